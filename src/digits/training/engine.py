"""The training loop: epoch after epoch through the `Trainer`, with the state on the disk after each.

A run killed anywhere goes on from its last finished epoch to bit-identical weights: its state holds all variables, and
the rest follows from the recipe.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from digits.atomic import whole_file
from digits.data.dataset import Dataset
from digits.errors import Interrupted, RunError, WorkError
from digits.training import networks
from digits.training.objective import Totals
from digits.training.recipe import Recipe
from digits.training.run import Epoch, Run, State
from digits.training.trainer import Trainer

BEST = "best/"
"""Prefix of the arrays of the best validation epoch in a run's state."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where the training is: after `step` of `steps` in `epoch` (from 1) of `epochs`, with means over these steps."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    accuracy: float
    images_per_second: float
    seconds_left: float


OnProgress = Callable[[Progress], None]
OnEpoch = Callable[[Epoch], None]


def device_name() -> str:
    """The device that JAX computes on, such as `cpu` or the name of a GPU."""
    return str(jax.devices()[0].device_kind)


def train(
    recipe: Recipe,
    dataset: Dataset,
    run: Run,
    *,
    teacher: Any = None,  # noqa: ANN401  (keras.Model)
    on_progress: OnProgress = lambda _: None,
    on_epoch: OnEpoch = lambda _: None,
) -> Any:  # noqa: ANN401  (keras.Model)
    """Train the recipe's network on `dataset`, or go on where `run` stands, and leave `model.keras` in the run.

    Args:
        recipe: what to train.
        dataset: the training digits; the validation digits are taken out of it as `recipe.data.validation` says.
        run: where the result and the state go; if it holds a state, training goes on from there.
        teacher: the network whose probabilities are learned, a `keras.Model`, if the recipe has a teacher.
        on_progress: called several times a second.
        on_epoch: called after each epoch, when its state is safe on the disk.

    Returns:
        The kept network, a `keras.Model`.

    Raises:
        RunError: the run's state is damaged, or does not belong to this recipe and dataset.
        WorkError: the loss is no longer finite, or Keras does not run on JAX.
        Interrupted: Ctrl-C; the run then holds the state and the network of the last finished epoch.
    """
    if dataset.hash != run.environment["dataset"]["hash"]:
        raise RunError(f"{run.path} was started on other digits than these of {dataset.name}; give it the same ones")
    training, validation = dataset.split_off(recipe.data.held_back(len(dataset)))
    trainer = Trainer(recipe, training, teacher)
    state = run.read_state() or State(history=(), arrays={})
    if state.history:
        trainer.restore(state.arrays, run)
        run.log(f"resumed after epoch {len(state.history)} of {recipe.training.epochs}")
    try:
        for number in range(len(state.history) + 1, recipe.training.epochs + 1):
            epoch = _train_epoch(trainer, validation, number, on_progress)
            state = _next_state(trainer, state, epoch)
            run.write_state(state)
            run.log(_describe(epoch))
            on_epoch(epoch)
    except KeyboardInterrupt:
        run.log(f"interrupted after epoch {len(state.history)} of {recipe.training.epochs}")
        if state.history:
            trainer.restore(state.arrays, run)  # the interrupted epoch's values are half done, or given away
            _keep(trainer, validation, state, run)
        raise Interrupted(run.path, len(state.history), recipe.training.epochs) from None
    return _keep(trainer, validation, state, run)


def _train_epoch(trainer: Trainer, validation: Dataset | None, number: int, on_progress: OnProgress) -> Epoch:
    """Train epoch `number` (from 1), and measure it."""
    recipe, steps = trainer.recipe, trainer.steps
    started = time.perf_counter()
    for done, totals in trainer.run_epoch(number):
        seconds = time.perf_counter() - started
        on_progress(_progress(recipe, number, done, steps, totals, seconds))
    if not np.isfinite(float(totals.loss)):
        raise WorkError(
            f"the loss is no longer finite in epoch {number}; "
            f"try a lower training.learning_rate (it was {recipe.training.learning_rate})"
        )
    validation_loss, validation_accuracy = _validate(trainer, validation)
    digits = steps * recipe.training.batch_size
    return Epoch(
        epoch=number,
        loss=float(totals.loss) / steps,
        penalty=float(totals.penalty) / steps,
        accuracy=int(totals.correct) / digits,
        validation_loss=validation_loss,
        validation_accuracy=validation_accuracy,
        learning_rate=networks.learning_rate_at(recipe, trainer.total_steps, number * steps - 1),
        seconds=time.perf_counter() - started,
        images_per_second=digits / seconds,
    )


def _progress(recipe: Recipe, epoch: int, step: int, steps: int, totals: Totals, seconds: float) -> Progress:
    digits = step * recipe.training.batch_size
    return Progress(
        epoch=epoch,
        epochs=recipe.training.epochs,
        step=step,
        steps=steps,
        loss=float(totals.loss) / step,
        accuracy=int(totals.correct) / digits,
        images_per_second=digits / seconds,
        seconds_left=seconds / step * ((recipe.training.epochs - epoch + 1) * steps - step),
    )


def _validate(trainer: Trainer, validation: Dataset | None) -> tuple[float | None, float | None]:
    """Cross-entropy and accuracy on the validation digits."""
    if validation is None:
        return None, None
    probabilities = trainer.probabilities(validation.images)
    given = probabilities[np.arange(len(validation)), validation.labels].astype(np.float64)
    accuracy = float(np.mean(np.argmax(probabilities, axis=1) == validation.labels))
    return float(-np.mean(np.log(np.maximum(given, 1e-7)))), accuracy  # Keras clips at 1e-7, too


def _next_state(trainer: Trainer, state: State, epoch: Epoch) -> State:
    """The state after one epoch more; the best epoch's weights are carried along if the recipe wants them."""
    history = (*state.history, epoch)
    best = {name: array for name, array in state.arrays.items() if name.startswith(BEST)}
    if trainer.recipe.training.keep == "best_validation" and _is_best(history):
        best = trainer.arrays(BEST)
    return State(history=history, arrays={**trainer.arrays(), **best})


def _is_best(history: tuple[Epoch, ...]) -> bool:
    """Whether the last epoch has the highest validation accuracy, by loss among equals."""
    best = max(history, key=lambda epoch: (epoch.validation_accuracy or 0.0, -(epoch.validation_loss or 0.0)))
    return best is history[-1]


def _keep(trainer: Trainer, validation: Dataset | None, state: State, run: Run) -> Any:  # noqa: ANN401
    """Leave the network that the recipe keeps in the run."""
    if trainer.recipe.training.keep == "best_validation":
        trainer.restore(state.arrays, run, BEST)
    trainer.write_back()
    with whole_file(run.model_file) as temporary:
        trainer.model.save(temporary)
    if validation is not None:
        run.write_predictions("validation", trainer.probabilities(validation.images), validation)
    return trainer.model


def _describe(epoch: Epoch) -> str:
    text = f"epoch {epoch.epoch}: loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.4f}"
    if epoch.validation_loss is not None:
        text += f", validation loss {epoch.validation_loss:.4f}, accuracy {epoch.validation_accuracy:.4f}"
    return f"{text}, {epoch.images_per_second:,.0f} images/s"
