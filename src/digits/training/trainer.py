"""A network in training: Keras's stateless calls, fused by JAX.

Notable choices:
- many steps run in one compiled loop (`lax.fori_loop` with bounds as arguments: one compilation for any number of
  steps); between calls the loop reports progress and listens to Ctrl-C about four times a second. Convolutions on a
  CPU are the exception: they run a compiled step at a time;
- the digits are arguments of the compiled function, never captured: XLA would fold them as constants;
- images stay uint8 on the device and are gathered by the step, so an epoch moves 784 bytes a digit;
- non-digits, where the recipe has them, follow the digits in a step's batch: one pass of the network for both;
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
from digits.errors import RecipeError, RunError
from digits.training import augment, networks, non_digits
from digits.training.backend import require_jax
from digits.training.objective import Objective, Totals, Variables
from digits.training.recipe import Recipe
from digits.training.run import Arrays, Run

REPORT_SECONDS = 0.25
"""How long a compiled call should last: progress is shown, and Ctrl-C noticed, this often."""

MOST_NON_DIGITS = 60_000
"""Non-digits drawn for a run: a longer one meets them again, each time changed in another way."""

PREDICTION_BATCH = 1000
"""Images a call outside of training."""


class Weights(NamedTuple):
    """All that a step changes: Keras's variables, as lists of arrays in Keras's order."""

    trainable: Variables
    non_trainable: Variables
    optimizer: Variables
    average: Variables
    """Moving averages of the trainable and of the float non-trainable variables; empty if the recipe wants none."""


class NonDigits(NamedTuple):
    """What the steps of an epoch see beside the digits."""

    images: jax.Array
    order: jax.Array
    """Which non-digits each step sees, int32 (steps, beside)."""


class Feed(NamedTuple):
    """What the steps of an epoch read."""

    images: jax.Array
    labels: jax.Array
    order: jax.Array
    """Which digits each step sees, int32 (steps, batch)."""

    key: jax.Array | None
    """The epoch's key for augmentation; None without any, so that nothing of it is compiled."""

    teacher: tuple[Variables, Variables] | None
    """The teacher's trainable and non-trainable variables, where there is one."""

    non_digits: NonDigits | None
    """None without any, so that nothing of them is compiled."""


class Trainer:
    """A network in training: the Keras objects, the compiled functions, the training digits and the current weights."""

    def __init__(self, recipe: Recipe, training: Dataset, teacher: Any = None) -> None:  # noqa: ANN401 (keras.Model)
        require_jax()
        if (teacher is None) == bool(recipe.distillation.teacher):
            raise RecipeError(f"{recipe.name} is taught by {recipe.distillation.teacher!r}: train it by digits.train")
        self.teacher = teacher
        self.recipe = recipe
        self.steps = -(-len(training) // recipe.training.batch_size)  # a whole epoch
        self.steps_a_call = 64 if self._fuses() else 4  # adapted to the machine after the first call
        self.model = networks.build(recipe)
        precision = recipe.training.precision  # of the steps alone: what is measured and kept is the float32 model
        self.stepping = self.model if precision == "float32" else networks.build(recipe, precision)
        self.objective = Objective(recipe, self.stepping)
        self.total_steps = self.steps * recipe.training.epochs
        self.optimizer = networks.build_optimizer(recipe, self.total_steps)
        self.optimizer.build(self.model.trainable_variables)
        self.images = jnp.asarray(training.images)
        self.labels = jnp.asarray(training.labels)
        self.beside = recipe.non_digits.beside(recipe.training.batch_size)
        self.non_digits = self._draw_non_digits(training) if self.beside else None
        self.weights = self._initial_weights()
        self._run_steps = jax.jit(self._loop, donate_argnums=(0, 1)) if self._fuses() else self._one_by_one
        self._one_step = jax.jit(self._numbered_step, donate_argnums=(0, 1))
        self._predict = jax.jit(self._infer)

    def step(
        self, weights: Weights, images: jax.Array, labels: jax.Array, taught: jax.Array | None = None
    ) -> tuple[Weights, Totals]:
        """One step of optimisation on one batch: what Keras's `train_on_batch` does.

        Args:
            weights: what the step changes.
            images: uint8 (n, 28, 28); those beyond the labels are non-digits.
            labels: of the first images.
            taught: a teacher's answers to them.
        """
        gradient = jax.value_and_grad(self.objective, has_aux=True)
        (_, (non_trainable, totals)), gradients = gradient(
            weights.trainable, weights.non_trainable, images, labels, taught
        )
        trainable, optimizer = self.optimizer.stateless_apply(weights.optimizer, gradients, weights.trainable)
        average = self._averaged(weights, trainable, non_trainable)
        return Weights(trainable, non_trainable, optimizer, average), totals

    def order(self, epoch: int) -> npt.NDArray[np.int32]:
        """Which digits each step of this epoch sees: int32 (steps, batch)."""
        random = np.random.default_rng([self.recipe.training.seed, epoch])
        order = random.permutation(len(self.labels)).astype(np.int32)
        return np.resize(order, (self.steps, self.recipe.training.batch_size))

    def feed(self, epoch: int) -> Feed:
        """What the steps of this epoch read."""
        order = jnp.asarray(self.order(epoch))
        key, teacher = self._augmentation_key(epoch), self._teaching()
        return Feed(self.images, self.labels, order, key, teacher, self._non_digits_of(epoch))

    def run_epoch(self, epoch: int) -> Iterator[tuple[int, Totals]]:
        """Run an epoch's steps; gives (steps done, totals so far) several times a second."""
        feed = self.feed(epoch)
        totals = Totals(*jax.device_put((np.float32(0), np.float32(0), np.int32(0))))
        start = 0
        while start < self.steps:
            began = time.perf_counter()
            stop = min(self.steps, start + self.steps_a_call)
            self.weights, totals = self._run_steps(self.weights, totals, feed, start, stop)
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
            parts.append(np.asarray(self._predict(*self._kept(), filled))[: len(part)])
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
        """Give the current weights, averaged if the recipe says so, to the Keras model."""
        trainable, non_trainable = self._kept()
        for variable, value in zip(self.model.trainable_variables, trainable, strict=True):
            variable.assign(value)
        for variable, value in zip(self.model.non_trainable_variables, non_trainable, strict=True):
            variable.assign(value)

    def _fuses(self) -> bool:
        """Whether many steps run in one compiled loop.

        XLA rewrites convolutions to their fast form in a program's entry only: on a CPU, a small network's step took
        490 ms inside the loop and 46 ms outside of it.
        """
        dense = self.recipe.network.kind == "dense" and self.teacher is None  # a teacher may have convolutions
        return dense or jax.default_backend() != "cpu"

    def _initial_weights(self) -> Weights:
        """Copies of the Keras variables' values: each step gives its input away."""
        trainable, non_trainable, optimizer = (
            [jax.device_put(np.array(variable.value)) for variable in variables]
            for variables in (
                self.model.trainable_variables,
                self.model.non_trainable_variables,
                self.optimizer.variables,
            )
        )
        averaged = [*trainable, *_floats(non_trainable)] if self.recipe.training.average else []
        return Weights(trainable, non_trainable, optimizer, [jnp.array(value) for value in averaged])

    def _averaged(self, weights: Weights, trainable: Variables, non_trainable: Variables) -> Variables:
        """The moving averages after a step; they begin as plain means, lest the first weights weigh on."""
        if not weights.average:
            return []
        done = weights.optimizer[0].astype(jnp.float32)  # Keras's optimisers count their steps in their first variable
        decay = jnp.minimum(self.recipe.training.average, (1 + done) / (10 + done))
        new = [*trainable, *_floats(non_trainable)]
        return [decay * old + (1 - decay) * value for old, value in zip(weights.average, new, strict=True)]

    def _kept(self) -> tuple[Variables, Variables]:
        """The variables that are measured and kept: the moving averages, or else the current ones."""
        trainable, non_trainable, _, average = self.weights
        if not average:
            return trainable, non_trainable
        averages = iter(average[len(trainable) :])
        return average[: len(trainable)], [next(averages) if _is_float(value) else value for value in non_trainable]

    def _augmentation_key(self, epoch: int) -> jax.Array | None:
        """The epoch's key; None without augmentation, so that nothing of it is compiled."""
        training, augmentation = self.recipe.training, self.recipe.augmentation
        return augment.epoch_key(training.seed, epoch) if augmentation.changes else None

    def _draw_non_digits(self, training: Dataset) -> jax.Array:
        """All non-digits that the run sees, as many as it has use for: they follow from the seed and the digits."""
        wanted = self.total_steps * self.beside
        return jnp.asarray(non_digits.draw(min(wanted, MOST_NON_DIGITS), training, self.recipe.training.seed))

    def _non_digits_of(self, epoch: int) -> NonDigits | None:
        if self.non_digits is None:
            return None
        random = np.random.default_rng([self.recipe.training.seed, epoch, non_digits.STREAM])
        order = random.permutation(len(self.non_digits)).astype(np.int32)
        return NonDigits(self.non_digits, jnp.asarray(np.resize(order, (self.steps, self.beside))))

    def _teaching(self) -> tuple[Variables, Variables] | None:
        if self.teacher is None:
            return None
        lists = self.teacher.trainable_variables, self.teacher.non_trainable_variables
        trainable, non_trainable = ([jnp.asarray(variable.value) for variable in variables] for variables in lists)
        return trainable, non_trainable

    def _numbered_step(self, weights: Weights, totals: Totals, feed: Feed, number: jax.Array) -> tuple[Weights, Totals]:
        """Step `number` of an epoch: its digits are gathered, changed as the recipe says, and learned."""
        chosen = feed.order[number]  # (batch,)
        images, labels, taught = feed.images[chosen], feed.labels[chosen], None  # (batch, 28, 28), (batch,)
        if feed.non_digits is not None:
            images = jnp.concatenate([images, feed.non_digits.images[feed.non_digits.order[number]]])
        augmentation, key = self.recipe.augmentation, None
        bent = images
        if feed.key is not None:
            key = jax.random.fold_in(feed.key, number)
            bent = augment.bend(augmentation, images, key)
        if feed.teacher is not None:  # it sees the digit distorted, but without noise, blots and blur
            clean = augment.rounded(bent[: len(labels)])
            outputs, _ = self.teacher.stateless_call(*feed.teacher, clean, training=False)
            taught = networks.probabilities_of(outputs)
        if key is not None:
            if augment.writes(augmentation):  # no teacher has seen such
                bent = augment.bend(augmentation, augment.write(augmentation, images, labels, key), key)
            images = augment.rounded(augment.paint(augmentation, bent, key))
        weights, added = self.step(weights, images, labels, taught)
        return weights, Totals(*(total + value for total, value in zip(totals, added, strict=True)))

    def _loop(self, weights: Weights, totals: Totals, feed: Feed, start: int, stop: int) -> tuple[Weights, Totals]:
        def body(number: jax.Array, carry: tuple[Weights, Totals]) -> tuple[Weights, Totals]:
            return self._numbered_step(*carry, feed, number)

        carried: tuple[Weights, Totals] = lax.fori_loop(start, stop, body, (weights, totals))
        return carried

    def _one_by_one(
        self, weights: Weights, totals: Totals, feed: Feed, start: int, stop: int
    ) -> tuple[Weights, Totals]:
        """As `_loop`, a compiled call a step."""
        for number in range(start, stop):
            weights, totals = self._one_step(weights, totals, feed, np.int32(number))
        return weights, totals

    def _infer(self, trainable: Variables, non_trainable: Variables, images: jax.Array) -> jax.Array:
        outputs, _ = self.model.stateless_call(trainable, non_trainable, images, training=False)
        answers = networks.probabilities_of(outputs)
        normalised: jax.Array = answers / jnp.sum(answers, axis=-1, keepdims=True)
        return normalised


def _is_float(value: jax.Array) -> bool:
    return jnp.issubdtype(value.dtype, jnp.floating)


def _floats(values: Variables) -> Variables:
    """Without the counters and the states of random generators."""
    return [value for value in values if _is_float(value)]
