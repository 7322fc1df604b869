"""`digits compare`: is the difference between networks real?"""

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, RunsDir, ScoredSplit, app, default_split, load_digits
from digits.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from digits.evaluation.comparison import Comparison, Group, Pair
    from digits.reading.networks.classifier import Classifier
    from digits.training.run import Epoch

WIDTH = 100
"""Characters in a line of prose."""


@app.command()
def compare(
    models: Annotated[
        list[str],
        typer.Argument(metavar="MODEL MODEL...", help="Two or more: path of a run or bundle, or name of a run."),
    ],
    data: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Digits to compare on [those of the training's source].")
    ] = None,
    split: ScoredSplit = None,
    data_dir: DataDir = None,
    runs_dir: RunsDir = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also draw figures, as PNG files in this directory.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether networks differ on the same digits, or whether that may be chance.

    Runs that differ in their seed only count as one group; every group is compared with the first.

    digits compare runs/dense-128-mnist-s* runs/dense-128-64-mnist-s*
    """
    from digits import api

    if len(models) < 2:
        raise InputError(f"a comparison needs two models or more, got {models[0]} alone; give another one")
    classifiers = [api.load(model, runs_dir=runs_dir) for model in models]
    source = data or _common_source(classifiers)
    dataset = load_digits(source, split or default_split(source, data_dir), data_dir)
    comparison = api.compare(classifiers, dataset)
    figures = _draw(comparison, dataset.images, _histories(classifiers), out) if out else []
    if as_json:
        print(json.dumps({**comparison.to_json(), "figures": [str(figure) for figure in figures]}))
    else:
        print("\n".join([*_described(comparison), *(["", *map(str, figures)] if figures else [])]))


def _common_source(classifiers: "list[Classifier]") -> str:
    """Where the training digits of all of them come from."""
    first = classifiers[0].description
    for other in classifiers[1:]:
        trained_on, others_on = (description["training_digits"] for description in (first, other.description))
        if trained_on.get("hash") != others_on.get("hash"):
            raise InputError(
                f"{classifiers[0].name} was trained on {trained_on.get('name')}, {other.name} on "
                f"{others_on.get('name')}: say with --data on which digits to compare them"
            )
    return str(first["recipe"]["data"]["source"])


def _histories(classifiers: "list[Classifier]") -> "dict[str, list[tuple[Epoch, ...]]]":
    """The histories of those models that are runs, the seeds of one recipe together under its name."""
    from digits.training.run import Run

    found: dict[str, tuple[str, list[tuple[Epoch, ...]]]] = {}  # recipe but for its seed → label, histories
    for classifier in classifiers:
        run = Run(classifier.path.parent)
        if classifier.path != run.bundle or not (run.path / "recipe.toml").is_file():
            continue  # a bundle alone, without the run that it came from
        recipe = run.recipe.override(["training.seed=0"])
        label = f"{recipe.name}-{run.environment['dataset']['name']}"
        taken = sum(name.split(" (")[0] == label for name, _ in found.values())
        key = recipe.model_dump_json(exclude={"data": {"source"}}) + run.environment["dataset"]["hash"]
        found.setdefault(key, (f"{label} ({taken + 1})" if taken else label, []))[1].append(run.history)
    return dict(found.values())


def _draw(
    comparison: "Comparison",
    images: "npt.NDArray[np.uint8]",
    histories: "dict[str, list[tuple[Epoch, ...]]]",
    out: Path,
) -> list[Path]:
    from digits.atomic import whole_file
    from digits.evaluation.figures import comparing, training

    drawn = {"accuracies.png": comparing.accuracies(comparison)}
    if histories:
        drawn["curves.png"] = training.curves(histories, title="How the trainings went")
    for number, pair in enumerate(comparison.pairs, start=2):
        name = "disagreements.png" if len(comparison.pairs) == 1 else f"disagreements-1-{number}.png"
        drawn[name] = comparing.disagreements(pair, images)
    for name, figure in drawn.items():
        with whole_file(out / name) as temporary:
            figure.savefig(temporary)
    return [out / name for name in drawn]


def _described(comparison: "Comparison") -> list[str]:
    lines = [
        f"digits  {comparison.data}, {comparison.split}, n = {comparison.n:,}",
        "",
        terminal.table(["", "seeds", "accuracy", "95 % interval"], [_row(group) for group in comparison.groups]),
    ]
    for pair in comparison.pairs:
        lines += ["", *map(_wrapped, (pair.sentence, pair.caveat, _disagreement(pair)))]
    return [*lines, *(line for note in comparison.notes for line in ("", _wrapped(note)))]


def _wrapped(text: str) -> str:
    together = text.replace(" %", "\N{NO-BREAK SPACE}%").replace("p = ", "p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    filled = textwrap.fill(together, WIDTH, break_long_words=False, break_on_hyphens=False)
    return filled.replace("\N{NO-BREAK SPACE}", " ")


def _row(group: "Group") -> list[str]:
    accuracy = terminal.percent(group.accuracy) if group.sd is None else _mean_and_sd(group.accuracy, group.sd)
    interval: Any = group.interval and f"{100 * group.interval[0]:.2f} to {100 * group.interval[1]:.2f} %"
    return [group.name, str(len(group.networks)), accuracy, interval or "–"]


def _mean_and_sd(mean: float, sd: float) -> str:
    return f"{100 * mean:.2f} ± {100 * sd:.2f} %"


def _disagreement(pair: "Pair") -> str:
    both_wrong = len(pair.disagreements) - pair.only_a - pair.only_b
    return (
        f"{pair.network_a} and {pair.network_b} give different answers to {len(pair.disagreements):,} digits: "
        f"{pair.only_a:,} that the first alone has right, {pair.only_b:,} the second alone, {both_wrong:,} neither."
    )
