"""Out-of-fold probabilities: what a network makes of each digit that it has not seen.

Notable choices:
- equal pictures are always in the same fold (`folds.py`): a copy among the training digits would give its label away;
- the folds follow from a seed and the digits alone, so that an audit can be repeated;
- every fold trains the same recipe with the same seed, to its last epoch, without validation digits: nothing is chosen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digits.data.dataset import CLASSES, Dataset
from digits.errors import WorkError
from digits.training.folds import assign_folds
from digits.training.recipe import Recipe
from digits.training.trainer import Trainer


@dataclass(frozen=True, kw_only=True)
class FoldProgress:
    """Where the work is: after `step` of `steps` in `epoch` of `epochs`, of network `fold` of `folds` (all from 1).

    `accuracy` is that on the training digits, over the epoch's steps so far.
    """

    fold: int
    folds: int
    epoch: int
    epochs: int
    step: int
    steps: int
    accuracy: float

    @property
    def done(self) -> float:
        """Share of all the work that is done, 0 to 1."""
        epochs_done = (self.fold - 1) * self.epochs + self.epoch - 1 + self.step / self.steps
        return epochs_done / (self.folds * self.epochs)


OnFoldProgress = Callable[[FoldProgress], None]


def out_of_fold(
    recipe: Recipe,
    dataset: Dataset,
    *,
    folds: int = 5,
    seed: int = 0,
    on_progress: OnFoldProgress = lambda _: None,
) -> npt.NDArray[np.float32]:
    """Judge every digit by a network that was trained without it (and without its copies).

    Args:
        recipe: what to train, `folds` times; its data section and `training.keep` play no part.
        dataset: the digits to judge.
        folds: into how many parts they are divided, 2 or more; each network trains on all parts but one.
        seed: chooses the parts; the networks' own seed is the recipe's.
        on_progress: called several times a second.

    Returns:
        Probabilities, float32 (n, 10), in the Dataset's order; rows sum to 1. The same bits every time.

    Raises:
        DataError: fewer than two folds, or more than there are different pictures.
        WorkError: a network's probabilities are no longer finite, or Keras does not run on JAX.
        KeyboardInterrupt: Ctrl-C, as it comes: nothing is on the disk.
    """
    fold_of_digit = assign_folds(dataset, folds, seed)
    probabilities = np.empty((len(dataset), CLASSES), np.float32)
    for fold in range(folds):
        held_back = np.flatnonzero(fold_of_digit == fold)
        trainer = Trainer(recipe, dataset.take(np.flatnonzero(fold_of_digit != fold), split="train"))
        _train(trainer, fold, folds, on_progress)
        probabilities[held_back] = trainer.probabilities(dataset.images[held_back])
        if not np.isfinite(probabilities[held_back]).all():
            raise WorkError(
                f"the network of fold {fold + 1} gives no finite probabilities; "
                f"try a lower training.learning_rate (it was {recipe.training.learning_rate})"
            )
    return probabilities


def _train(trainer: Trainer, fold: int, folds: int, on_progress: OnFoldProgress) -> None:
    """Train to the recipe's last epoch."""
    training = trainer.recipe.training
    for epoch in range(1, training.epochs + 1):
        for step, totals in trainer.run_epoch(epoch):
            on_progress(
                FoldProgress(
                    fold=fold + 1,
                    folds=folds,
                    epoch=epoch,
                    epochs=training.epochs,
                    step=step,
                    steps=trainer.steps,
                    accuracy=int(totals.correct) / (step * training.batch_size),
                )
            )
