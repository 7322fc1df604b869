"""`digits kaggle`: from Kaggle's train.csv and test.csv to a submission, with an honest estimate of its score."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.cli.app import AsJson, RunsDir, app, load_network
from digits.cli.keras_alone import import_keras_alone
from digits.errors import InputError, Interrupted

if TYPE_CHECKING:
    from digits.data.kaggle_files import KaggleFiles
    from digits.data.recognise import Lookup
    from digits.kaggle import Submission
    from digits.training.recipe import Recipe

CHEATING = "to submit labels that were looked up would be cheating; none was looked at here"


@app.command()
def kaggle(
    train: Annotated[str, typer.Argument(metavar="TRAIN", help="Kaggle's train.csv, or the zip that it is in.")],
    test: Annotated[str, typer.Argument(metavar="TEST", help="Kaggle's test.csv, or the zip that it is in.")],
    recipe: Annotated[
        str | None, typer.Option(metavar="RECIPE", help="What to train on train.csv, as for digits train [cnn-fast].")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Train nothing: this network answers, as for digits evaluate.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Change a field of the recipe: training.epochs=5 (repeatable)."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="Instead of the recipe's.")] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The submission; an older one is replaced.")] = Path(
        "submission.csv"
    ),
    any_rows: Annotated[
        bool, typer.Option("--any-rows", help="Take files of other than 42,000 and 28,000 rows.")
    ] = False,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Answer Kaggle's digit-recognizer: train, write submission.csv, estimate its score from unseen digits.

    The same command again goes on with a training that was stopped.

    digits kaggle train.csv test.csv --recipe cnn-best
    """
    from digits import kaggle as competing

    if model is not None:
        if recipe is not None or settings or seed is not None:
            raise InputError("--model names a network that is trained already: give no --recipe, --set or --seed")
        network = load_network(model, runs_dir)
        files = _looked_at(train, test, out, any_rows=any_rows)
        made = competing.answer(files, network, out)
    else:
        from digits.training.recipe import load_recipe

        seeds = [] if seed is None else [f"training.seed={seed}"]
        changed = load_recipe(recipe or competing.DEFAULT_RECIPE).override([*(settings or []), *seeds])
        chosen = competing.with_validation(changed)
        files = _looked_at(train, test, out, any_rows=any_rows)
        made = _trained(files, chosen, out, runs_dir)
    print(json.dumps(made.to_json()) if as_json else "\n".join(_described(made)))


def _looked_at(train: str, test: str, out: Path, *, any_rows: bool) -> "KaggleFiles":
    """The digits of both files; what was put right in them is said."""
    from digits import kaggle as competing

    files = competing.look(train, test, out, any_rows=any_rows)
    for note in files.training.notes:
        terminal.say(note)
    return files


def _trained(files: "KaggleFiles", recipe: "Recipe", out: Path, runs_dir: Path | None) -> "Submission":
    """A submission by a network that is trained for it. Ctrl-C ends it cleanly, and says how to go on."""
    from digits import kaggle as competing

    with terminal.TrainingDisplay() as display:
        try:
            display.stage(f"{recipe.name} on {len(files.training):,} digits of {files.training.origin}; starting Keras")
            import_keras_alone()
            return competing.answer(files, recipe, out, runs_dir=runs_dir, watch=display)
        except Interrupted as stop:
            display.stage(f"{stop}; no submission was written: the same command again goes on with {stop.run}")
            raise typer.Exit(1) from None


def _described(made: "Submission") -> list[str]:
    """What was made, as lines of text: the figures first, then what has to be said of them."""
    estimate = made.estimate
    lines = [
        f"submission           {made.path} ({made.rows:,} rows)",
        f"network              {made.model}, trained on {made.trained_on}",
        *([f"run                  {made.run}"] if made.run else []),
    ]
    if estimate:
        lines.append(f"estimated score      {terminal.accuracy_with_interval(vars(estimate))}")
        lines.append(f"estimated from       {estimate.digits}")
    else:
        lines.append("estimated score      none: no digit of train.csv is known to be new to this network")
    return [*lines, *_public(made), *_seen(made)]


def _public(made: "Submission") -> list[str]:
    """Whether the labels of test rows are public."""
    if not made.public.found:
        return []
    return ["", f"{_counted(made.public)} public MNIST digits: {CHEATING}."]


def _seen(made: "Submission") -> list[str]:
    """Whether the score can be set beside those of others."""
    if made.estimate and made.estimate.comparable:
        return []
    if made.seen is None or made.seen.share is None:
        return ["", f"Whether {made.model} was trained on test rows cannot be told: its score may not be comparable."]
    if not made.seen.found:
        return []
    return [
        "",
        f"{_counted(made.seen)} training digits of {made.model}, which has seen their labels: its score on Kaggle "
        "is not comparable with the estimate or with others', and no fair entry; train on train.csv alone: --recipe",
    ]


def _counted(lookup: "Lookup") -> str:
    """`750 of the 875 test rows that were looked up (85.7 %, 95 % interval 83.2 to 87.9 %) are`."""
    low, high = lookup.interval or (0.0, 1.0)  # there is one: something was found
    return (
        f"{lookup.found:,} of the {lookup.probes:,} test rows that were looked up "
        f"({100 * lookup.found / lookup.probes:.1f} %, 95 % interval {100 * low:.1f} to {100 * high:.1f} %) are"
    )
