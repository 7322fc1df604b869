"""A Recipe becomes a plain Keras model, loss and optimiser, on any Keras backend.

Notable choices:
- pixels are scaled inside the network: it takes raw uint8 images, so nobody can forget to divide by 255;
- initial kernels are Glorot-uniform (Glorot & Bengio 2010) as Keras's are, but drawn by NumPy: the same seed starts
  from the same weights on every backend, and JAX need not compile its generator for each shape (a second);
- every layer has a seed of its own, derived from the recipe's: no global random state is read or set;
- the learning-rate schedule is a Keras `LearningRateSchedule`, so `compile` and `fit` take it as well as our loop.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from digits.training.architecture import Block, ConvolutionalNetwork, Ensemble
from digits.training.backend import keras
from digits.training.muon import Muon
from digits.training.recipe import Recipe

IMAGE_SHAPE = (28, 28)


def build(recipe: Recipe, precision: str = "float32") -> Any:  # noqa: ANN401  (keras.Model; Keras ships no types)
    """The recipe's network, as a `keras.Model` with its initial weights.

    Input `images`: uint8 (n, 28, 28), 0 background to 255 ink. Output `probabilities`: float32 (n, 10), the network's
    own: softmax rows sum to 1, sigmoid rows do not. With non-digits in the recipe the outputs are a dictionary, which
    also holds `digitness`: float32 (n,), 0 no digit at all to 1 a digit.
    """
    network = recipe.network
    if isinstance(network, Ensemble):
        raise TypeError("an ensemble is made of trained networks: see networks.average")
    images = keras.Input(IMAGE_SHAPE, dtype="uint8", name="images")
    x = keras.layers.Rescaling(1 / 255, name="scale")(images)  # (n, 28, 28), 0 to 1
    builder = _Builder(recipe, precision)
    if isinstance(network, ConvolutionalNetwork):
        x = keras.layers.Reshape((*IMAGE_SHAPE, 1), name="reshape")(x)  # (n, 28, 28, 1)
        for number, block in enumerate(network.blocks, start=1):
            x = builder.block(x, block, str(number))  # (n, side, side, filters)
        head = keras.layers.GlobalAveragePooling2D if network.head == "average" else keras.layers.Flatten
        x = builder.dropout(head(name=network.head)(x), network.dropout, "dropout_head")  # (n, width)
    else:
        x = keras.layers.Flatten(name="flatten")(x)  # (n, 784)
        x = builder.dropout(x, network.input_dropout, "dropout_input") if network.input_dropout else x
    for number, width in enumerate(network.hidden, start=1):
        x = builder.dense(x, width, f"dense_{number}", use_bias=not network.batch_norm)
        x = builder.activated(x, str(number))
        x = builder.dropout(x, network.dropout, f"dropout_{number}")
    logits = builder.dense(x, 10, "logits")  # (n, 10)
    probabilities = keras.layers.Activation(network.output, name="probabilities")(logits)
    outputs = probabilities
    if recipe.non_digits.share:
        digitness = keras.layers.Activation("sigmoid", name="sigmoid_digitness")(builder.dense(x, 1, "digit_logit"))
        outputs = {"probabilities": probabilities, "digitness": keras.layers.Reshape((), name="digitness")(digitness)}
    model = keras.Model(images, outputs, name=recipe.name)
    for name, seed in builder.kernels.items():
        _draw_kernel(model.get_layer(name), seed)
    return model


def probabilities_of(outputs: Any) -> Any:  # noqa: ANN401  (a tensor, or several by name)
    """The probabilities among what a network gives: all of it, or one of several outputs."""
    return outputs["probabilities"] if isinstance(outputs, dict) else outputs


def gives_sigmoids(model: Any) -> bool:  # noqa: ANN401  (keras.Model)
    """Whether its probabilities are ten sigmoids, which do not sum to 1."""
    answer = next((layer for layer in model.layers if layer.name == "probabilities"), None)
    return getattr(answer, "activation", None) is keras.activations.sigmoid


def behind_scale(model: Any) -> Any:  # noqa: ANN401  (keras.Model)
    """The same network, with the same variables, from the scaled pixels on: float32 (n, 28, 28), 0 to 1."""
    return keras.Model(model.get_layer("scale").output, model.output, name=f"{model.name}_behind_scale")


def average(models: Sequence[Any], name: str) -> Any:  # noqa: ANN401  (keras.Model)
    """One `keras.Model` whose probabilities are the mean of those of `models`, each row divided by its sum first."""
    images = keras.Input(IMAGE_SHAPE, dtype="uint8", name="images")
    members = []
    for number, model in enumerate(models):
        model.name = f"member_{number}"
        if model.get_layer("probabilities").activation is not keras.activations.softmax:
            raise ValueError(
                f"{model.name} gives no probabilities that sum to 1: an ensemble averages softmax networks"
            )
        members.append(probabilities_of(model(images)))
    return keras.Model(images, keras.layers.Average(name="probabilities")(members), name=name)


class _Builder:
    """Layers of a recipe's network, with names and seeds of their own."""

    def __init__(self, recipe: Recipe, precision: str) -> None:
        self.precision = precision
        self.network: Any = recipe.network  # dense or convolutional: what is asked of it here, both have
        self.seeds = _seeds(recipe.training.seed)
        self.kernels: dict[str, int] = {}  # layer → seed of its kernel

    def dense(self, x: Any, width: int, name: str, *, use_bias: bool = True) -> Any:  # noqa: ANN401
        self.kernels[name] = next(self.seeds)
        answers = name in ("logits", "digit_logit")
        penalty = None if answers else self._penalty()
        layer = keras.layers.Dense
        return layer(
            width,
            use_bias=use_bias,
            kernel_initializer="zeros",
            kernel_regularizer=penalty,
            dtype="float32" if answers else self.precision,  # probabilities are never rounded
            name=name,
        )(x)

    def convolution(self, x: Any, filters: int, kernel: int, stride: int, name: str, padding: str = "same") -> Any:  # noqa: ANN401
        self.kernels[name] = next(self.seeds)
        return keras.layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            padding=padding,
            use_bias=not self.network.batch_norm,  # batch normalisation brings its own offset
            kernel_initializer="zeros",
            kernel_regularizer=self._penalty(),
            dtype=self.precision,
            name=name,
        )(x)

    def block(self, x: Any, block: Block, name: str) -> Any:  # noqa: ANN401
        entering = x
        for place in range(1, block.convolutions + 1):
            stride = block.stride if place == 1 else 1
            label = f"{name}_{place}"
            x = self.convolution(x, block.filters, block.kernel, stride, f"convolution_{label}", block.padding)
            if block.residual and place == block.convolutions:
                x = self.normalised(x, label)
                if entering.shape != x.shape:
                    entering = self.convolution(entering, block.filters, 1, block.stride, f"projection_{name}")
                    entering = self.normalised(entering, f"projection_{name}")
                x = keras.layers.Add(dtype=self.precision, name=f"add_{name}")([x, entering])
                x = self.activation(x, label)
            else:
                x = self.activated(x, label)
        if block.pool > 1:
            x = keras.layers.AveragePooling2D(block.pool, dtype=self.precision, name=f"average_{name}")(x)
        return self.dropout(x, block.dropout, f"dropout_block_{name}")

    def activated(self, x: Any, label: str) -> Any:  # noqa: ANN401
        return self.activation(self.normalised(x, label), label)

    def normalised(self, x: Any, label: str) -> Any:  # noqa: ANN401
        if not self.network.batch_norm:
            return x
        return keras.layers.BatchNormalization(dtype=self.precision, name=f"batch_norm_{label}")(x)

    def activation(self, x: Any, label: str) -> Any:  # noqa: ANN401
        name = f"{self.network.activation}_{label}"
        return keras.layers.Activation(self.network.activation, dtype=self.precision, name=name)(x)

    def dropout(self, x: Any, rate: float, name: str) -> Any:  # noqa: ANN401
        seed = next(self.seeds)  # drawn even if not needed: the kernels are the same with and without dropout
        return keras.layers.Dropout(rate, seed=seed, dtype=self.precision, name=name)(x) if rate else x

    def _penalty(self) -> Any:  # noqa: ANN401
        return keras.regularizers.L2(self.network.l2) if self.network.l2 else None


def build_loss(recipe: Recipe) -> Any:  # noqa: ANN401  (keras.losses.Loss)
    """The recipe's loss. Cross-entropy divides each row by its sum first, which makes it fit sigmoid outputs."""
    training = recipe.training
    if training.loss == "categorical_crossentropy":
        return keras.losses.CategoricalCrossentropy(label_smoothing=training.label_smoothing)
    return keras.losses.SparseCategoricalCrossentropy()


def build_digitness_loss() -> Any:  # noqa: ANN401  (keras.losses.Loss)
    """What the digitness is trained by, where a recipe has non-digits: digits are 1, non-digits 0."""
    return keras.losses.BinaryCrossentropy()


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
    if training.optimizer == "muon":
        decay = training.weight_decay or None
        return Muon(rate, momentum=training.momentum, weight_decay=decay, adam_weight_decay=decay)
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


def _draw_kernel(layer: Any, seed: int) -> None:  # noqa: ANN401  (keras.layers.Dense or Conv2D)
    """Draw a kernel as Keras's GlorotUniform does, and have the layer's configuration say so."""
    *window, inputs, outputs = shape = tuple(layer.kernel.shape)
    limit = math.sqrt(6 / ((inputs + outputs) * math.prod(window)))
    layer.kernel.assign(np.random.default_rng(seed).uniform(-limit, limit, shape).astype(np.float32))
    layer.kernel_initializer = keras.initializers.GlorotUniform(seed=seed)


def _seeds(seed: int) -> Iterator[int]:
    return iter(np.random.SeedSequence(seed).generate_state(1000).tolist())
