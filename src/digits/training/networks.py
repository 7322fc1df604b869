"""A Recipe becomes a plain Keras model, loss and optimiser, on any Keras backend.

Notable choices:
- pixels are scaled inside the network: it takes raw uint8 images, so nobody can forget to divide by 255;
- initial kernels are Glorot-uniform (Glorot & Bengio 2010) as Keras's are, but drawn by NumPy: the same seed starts
  from the same weights on every backend, and JAX need not compile its generator for each shape (a second);
- every layer has a seed of its own, derived from the recipe's: no global random state is read or set;
- the learning-rate schedule is a Keras `LearningRateSchedule`, so `compile` and `fit` take it as well as our loop.
"""

import math
from typing import Any

import numpy as np

from digits.training.backend import keras
from digits.training.recipe import Recipe

IMAGE_SHAPE = (28, 28)


def build(recipe: Recipe) -> Any:  # noqa: ANN401  (keras.Model; Keras ships no types)
    """The recipe's network, as a `keras.Model` with its initial weights.

    Input `images`: uint8 (n, 28, 28), 0 background to 255 ink. Output `probabilities`: float32 (n, 10), the network's
    own: softmax rows sum to 1, sigmoid rows do not.
    """
    network = recipe.network
    layers = keras.layers
    seeds = _seeds(recipe.training.seed, 2 * len(network.hidden) + 1)
    kernels: dict[str, int] = {}  # layer → seed of its kernel

    def dense(width: int, name: str, **options: Any) -> Any:  # noqa: ANN401
        kernels[name] = next(seeds)
        return layers.Dense(width, kernel_initializer="zeros", name=name, **options)

    images = keras.Input(IMAGE_SHAPE, dtype="uint8", name="images")
    x = layers.Rescaling(1 / 255, name="scale")(images)  # (n, 28, 28), 0 to 1
    x = layers.Flatten(name="flatten")(x)  # (n, 784)
    for number, width in enumerate(network.hidden, start=1):
        penalty = keras.regularizers.L2(network.l2) if network.l2 else None
        bias = not network.batch_norm  # batch normalisation brings its own offset
        x = dense(width, f"dense_{number}", use_bias=bias, kernel_regularizer=penalty)(x)
        if network.batch_norm:
            x = layers.BatchNormalization(name=f"batch_norm_{number}")(x)
        x = layers.Activation(network.activation, name=f"{network.activation}_{number}")(x)
        seed = next(seeds)
        if network.dropout:
            x = layers.Dropout(network.dropout, seed=seed, name=f"dropout_{number}")(x)
    logits = dense(10, "logits")(x)  # (n, 10)
    probabilities = layers.Activation(network.output, name="probabilities")(logits)
    model = keras.Model(images, probabilities, name=recipe.name)
    for name, seed in kernels.items():
        _draw_kernel(model.get_layer(name), seed)
    return model


def build_loss(recipe: Recipe) -> Any:  # noqa: ANN401  (keras.losses.Loss)
    """The recipe's loss. Cross-entropy divides each row by its sum first, which makes it fit sigmoid outputs."""
    training = recipe.training
    if training.loss == "categorical_crossentropy":
        return keras.losses.CategoricalCrossentropy(label_smoothing=training.label_smoothing)
    return keras.losses.SparseCategoricalCrossentropy()


def build_optimizer(recipe: Recipe, steps: int) -> Any:  # noqa: ANN401  (keras.optimizers.Optimizer)
    """The recipe's optimiser for a training of `steps` steps in all (the schedule falls to zero at the last)."""
    training = recipe.training
    rate = _learning_rate(recipe, steps)
    if training.optimizer == "sgd":
        return keras.optimizers.SGD(
            rate,
            training.momentum,
            nesterov=training.momentum > 0,
            weight_decay=training.weight_decay or None,
        )
    if training.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=training.weight_decay)
    return keras.optimizers.Adam(rate)


def learning_rate_at(recipe: Recipe, steps: int, step: int) -> float:
    """The learning rate of step `step`, counted from 0, in a training of `steps` steps."""
    rate = _learning_rate(recipe, steps)
    return float(rate.at(np.float32(step), np)) if isinstance(rate, Schedule) else float(rate)


@keras.saving.register_keras_serializable(package="digits")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras ships no types
    """A learning rate that rises linearly to its peak, then stays, or falls to zero linearly or as a half cosine.

    Linear with a warm-up is the "one cycle" of Smith & Topin 2018 (without its last, smaller leg).
    """

    def __init__(self, peak: float, steps: int, shape: str, warmup: float) -> None:
        self.peak, self.steps, self.shape, self.warmup = peak, steps, shape, warmup

    def __call__(self, step: Any) -> Any:  # noqa: ANN401  (a tensor of the backend)
        """The learning rate of the step with this number, counted from 0."""
        return self.at(keras.ops.cast(step, "float32"), keras.ops)

    def at(self, step: Any, ops: Any) -> Any:  # noqa: ANN401
        """The same for a float `step`, computed by `ops`: `keras.ops`, or NumPy for a plain number."""
        rising_steps = self.warmup * self.steps
        rising = (step + 1.0) / (rising_steps + 1.0)
        done = ops.clip((step - rising_steps) / max(1.0, self.steps - rising_steps), 0.0, 1.0)
        falling = {
            "constant": ops.ones_like,
            "linear": lambda share: 1.0 - share,
            "cosine": lambda share: 0.5 * (1.0 + ops.cos(math.pi * share)),
        }[self.shape](done)
        return self.peak * (ops.minimum(rising, falling) if self.warmup else falling)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to make an equal schedule."""
        return {"peak": self.peak, "steps": self.steps, "shape": self.shape, "warmup": self.warmup}


def _learning_rate(recipe: Recipe, steps: int) -> Any:  # noqa: ANN401  (float or Schedule)
    training = recipe.training
    if training.schedule == "constant" and not training.warmup:
        return training.learning_rate
    return Schedule(training.learning_rate, steps, training.schedule, training.warmup)


def _draw_kernel(layer: Any, seed: int) -> None:  # noqa: ANN401  (keras.layers.Dense)
    """Draw a kernel as Keras's GlorotUniform does, and have the layer's configuration say so."""
    inputs, outputs = layer.kernel.shape
    limit = math.sqrt(6 / (inputs + outputs))
    layer.kernel.assign(np.random.default_rng(seed).uniform(-limit, limit, (inputs, outputs)).astype(np.float32))
    layer.kernel_initializer = keras.initializers.GlorotUniform(seed=seed)


def _seeds(seed: int, count: int) -> Any:  # noqa: ANN401  (an iterator of int)
    return iter(np.random.SeedSequence(seed).generate_state(count).tolist())
