"""A network in training: Keras's stateless calls, fused by JAX.

Notable choices:
- many steps run in one compiled loop (`lax.fori_loop` with bounds as arguments: one compilation for any number of
  steps); between calls the loop reports progress and listens to Ctrl-C about four times a second;
- the digits are arguments of the compiled function, never captured: XLA would fold them as constants;
- images stay uint8 on the device and are gathered by the step, so an epoch moves 784 bytes a digit;
- the order of an epoch's digits follows from (seed, epoch) alone: a resumed run sees them as the first would have;
- the last step of an epoch is filled up from the epoch's first digits: every step has one shape, every digit is seen.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import lax

from digits.data.dataset import Dataset
from digits.errors import RunError
from digits.training import augment, networks
from digits.training.backend import require_jax
from digits.training.recipe import Recipe
from digits.training.run import Arrays, Run

REPORT_SECONDS = 0.25
"""How long a compiled call should last: progress is shown, and Ctrl-C noticed, this often."""

PREDICTION_BATCH = 1000
"""Images a call outside of training."""

Variables = list[jax.Array]


class Weights(NamedTuple):
    """All that a step changes: Keras's variables, as lists of arrays in Keras's order."""

    trainable: Variables
    non_trainable: Variables
    optimizer: Variables


class Totals(NamedTuple):
    """Sums over the steps of an epoch so far."""

    loss: jax.Array
    penalty: jax.Array
    correct: jax.Array


class Trainer:
    """A network in training: the Keras objects, the compiled functions, the training digits and the current weights."""

    def __init__(self, recipe: Recipe, training: Dataset) -> None:
        require_jax()
        self.recipe = recipe
        self.steps = -(-len(training) // recipe.training.batch_size)  # a whole epoch
        self.steps_a_call = 64  # adapted to the machine after the first call
        self.model = networks.build(recipe)
        self.loss = networks.build_loss(recipe)
        self.total_steps = self.steps * recipe.training.epochs
        self.optimizer = networks.build_optimizer(recipe, self.total_steps)
        self.optimizer.build(self.model.trainable_variables)
        self.images = jnp.asarray(training.images)
        self.labels = jnp.asarray(training.labels)
        self.weights = Weights(
            *(
                [
                    jax.device_put(np.array(variable.value)) for variable in variables
                ]  # copies: the loop gives its input away
                for variables in (
                    self.model.trainable_variables,
                    self.model.non_trainable_variables,
                    self.optimizer.variables,
                )
            )
        )
        self._run_steps = jax.jit(self._loop, donate_argnums=(0, 1))
        self._predict = jax.jit(self._infer)

    def step(self, weights: Weights, images: jax.Array, labels: jax.Array) -> tuple[Weights, Totals]:
        """One step of optimisation on one batch: what Keras's `train_on_batch` does."""
        gradient = jax.value_and_grad(self._objective, has_aux=True)
        (_, (non_trainable, totals)), gradients = gradient(weights.trainable, weights.non_trainable, images, labels)
        trainable, optimizer = self.optimizer.stateless_apply(weights.optimizer, gradients, weights.trainable)
        return Weights(trainable, non_trainable, optimizer), totals

    def order(self, epoch: int) -> npt.NDArray[np.int32]:
        """Which digits each step of this epoch sees: int32 (steps, batch)."""
        random = np.random.default_rng([self.recipe.training.seed, epoch])
        order = random.permutation(len(self.labels)).astype(np.int32)
        return np.resize(order, (self.steps, self.recipe.training.batch_size))

    def run_epoch(self, epoch: int) -> Iterator[tuple[int, Totals]]:
        """Run an epoch's steps; gives (steps done, totals so far) several times a second."""
        order = jnp.asarray(self.order(epoch))
        key = self._augmentation_key(epoch)
        totals = Totals(*jax.device_put((np.float32(0), np.float32(0), np.int32(0))))
        start = 0
        while start < self.steps:
            began = time.perf_counter()
            stop = min(self.steps, start + self.steps_a_call)
            self.weights, totals = self._run_steps(
                self.weights, totals, self.images, self.labels, order, key, start, stop
            )
            told = Totals(*jax.device_get(totals))  # waits for the result; the next call gives `totals` away
            self.steps_a_call = max(1, int((stop - start) * REPORT_SECONDS / (time.perf_counter() - began)))
            start = stop
            yield stop, told

    def probabilities(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """What the network makes of `images`, rows divided by their sum: float32 (n, 10)."""
        batch = min(PREDICTION_BATCH, len(images))
        parts = []
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            filled = np.concatenate([part, np.zeros((batch - len(part), *part.shape[1:]), np.uint8)])
            parts.append(np.asarray(self._predict(self.weights, filled))[: len(part)])
        return np.concatenate(parts)

    def arrays(self, prefix: str = "") -> dict[str, npt.NDArray[Any]]:
        """The current weights as named arrays, for a run's state."""
        return {
            f"{prefix}{field}/{number}": np.asarray(value)
            for field, values in self.weights._asdict().items()
            for number, value in enumerate(values)
        }

    def restore(self, arrays: Arrays, run: Run, prefix: str = "") -> None:
        """Set the current weights from a run's state.

        Raises:
            RunError: an array is missing or has another shape or dtype.
        """

        def fitting(name: str, like: jax.Array) -> jax.Array:
            array = arrays.get(name)
            if array is None or array.shape != like.shape or array.dtype != like.dtype:
                raise RunError(f"{run.path / 'state.npz'} does not belong to this recipe ({name} differs); train anew")
            return jnp.asarray(array)

        self.weights = Weights(
            *(
                [fitting(f"{prefix}{field}/{number}", like) for number, like in enumerate(values)]
                for field, values in self.weights._asdict().items()
            )
        )

    def write_back(self) -> None:
        """Give the current weights to the Keras model."""
        for variable, value in zip(self.model.trainable_variables, self.weights.trainable, strict=True):
            variable.assign(value)
        for variable, value in zip(self.model.non_trainable_variables, self.weights.non_trainable, strict=True):
            variable.assign(value)

    def _augmentation_key(self, epoch: int) -> jax.Array | None:
        """The epoch's key; None without augmentation, so that nothing of it is compiled."""
        training, augmentation = self.recipe.training, self.recipe.augmentation
        return augment.epoch_key(training.seed, epoch) if augmentation != type(augmentation)() else None

    def _objective(
        self, trainable: Variables, non_trainable: Variables, images: jax.Array, labels: jax.Array
    ) -> tuple[jax.Array, tuple[Variables, Totals]]:
        output, non_trainable, penalties = self.model.stateless_call(
            trainable, non_trainable, images, training=True, return_losses=True
        )
        one_hot = self.recipe.training.loss == "categorical_crossentropy"
        loss = self.loss(jax.nn.one_hot(labels, 10) if one_hot else labels, output)
        penalty = sum(penalties, jnp.zeros(()))
        correct = jnp.sum(jnp.argmax(output, axis=-1) == labels)
        return loss + penalty, (non_trainable, Totals(loss, penalty, correct))

    def _loop(
        self,
        weights: Weights,
        totals: Totals,
        images: jax.Array,
        labels: jax.Array,
        order: jax.Array,
        key: jax.Array | None,
        start: int,
        stop: int,
    ) -> tuple[Weights, Totals]:
        def body(number: int, carry: tuple[Weights, Totals]) -> tuple[Weights, Totals]:
            weights, totals = carry
            chosen = order[number]  # (batch,)
            batch = images[chosen]  # (batch, 28, 28)
            if key is not None:
                batch = augment.augment(self.recipe.augmentation, batch, jax.random.fold_in(key, number))
            weights, added = self.step(weights, batch, labels[chosen])
            return weights, Totals(*(total + value for total, value in zip(totals, added, strict=True)))

        carried: tuple[Weights, Totals] = lax.fori_loop(start, stop, body, (weights, totals))
        return carried

    def _infer(self, weights: Weights, images: jax.Array) -> jax.Array:
        output, _ = self.model.stateless_call(weights.trainable, weights.non_trainable, images, training=False)
        normalised: jax.Array = output / jnp.sum(output, axis=-1, keepdims=True)
        return normalised
