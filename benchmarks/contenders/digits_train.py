"""Ours: a shipped recipe, trained by `digits.training.engine.train` into a run directory, as `digits train` does it.

Notable choices:
- the digits come from the .npz through `load_dataset`, and the validation digits are split off by `train` itself, to
  the very split that the other contenders are given;
- the run directory is written as always (environment, state after every epoch, history, log, `model.keras`, validation
  probabilities), into a temporary place; export and evaluation, which `digits train` adds, are left out: no other
  contender does the like;
- with a target, the recipe still runs to the end of its schedule;
- a warm-up calls `train` once, into a run directory of its own, and puts the weights of its `Trainer` back to where
  they were; the second call is given that `Trainer` instead of making one, so that what was compiled stays compiled.
"""

import contextlib
import tempfile
from pathlib import Path
from unittest import mock

import contract

from digits.cli.keras_alone import import_keras_alone
from digits.data.sources import load_dataset
from digits.training.recipe import Recipe, load_recipe
from digits.training.run import Run

import_keras_alone()  # as the command line does

from digits.training import engine, environment  # noqa: E402


def warm_up(recipe: Recipe, dataset, run: Run) -> engine.Trainer:
    """Call `train` once; the Trainer it used, with fresh weights."""
    training, _ = dataset.split_off(recipe.data.held_back(len(dataset)))
    trainer = engine.Trainer(recipe, training)
    fresh = {name: array.copy() for name, array in trainer.arrays().items()}
    with mock.patch.object(engine, "Trainer", return_value=trainer):
        engine.train(recipe, dataset, run)
    trainer.restore(fresh, run)
    return trainer


def main() -> None:
    parser = contract.make_parser(__doc__)
    contract.add_warm_up(parser)
    parser.set_defaults(epochs=None, batch_size=None)
    parser.add_argument("--recipe", default="dense-128-64", help="a recipe that ships (default: %(default)s)")
    options = parser.parse_args()
    clock = contract.Clock(options.target)

    settings = {
        "training.seed": options.seed,
        "training.epochs": options.epochs,
        "training.batch_size": options.batch_size,
    }
    recipe = load_recipe(options.recipe).override(
        f"{key}={value}" for key, value in settings.items() if value is not None
    )
    dataset = load_dataset(str(options.data), "train")

    described = environment.describe(dataset, engine.device_name())

    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        if options.warm_up:
            trainer = warm_up(recipe, dataset, Run.create(Path(place) / "thrown-away", recipe, described))
            stack.enter_context(mock.patch.object(engine, "Trainer", return_value=trainer))
        run = Run.create(Path(place) / "run", recipe, described)

        clock.start()
        engine.train(recipe, dataset, run, on_epoch=lambda epoch: clock.end_epoch(epoch.validation_accuracy))
    clock.report("handwritten-digits", "keras", "jax", "numpy")


if __name__ == "__main__":
    main()
