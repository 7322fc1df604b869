"""`digits models`: the networks that ship, how good and how fast they are; their cards; which one reads by default."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.cli.app import AsJson, RunsDir, app
from digits.errors import InputError

if TYPE_CHECKING:
    from digits.evaluation.models import ModelFigures

models_app = typer.Typer(
    help="List the networks that ship, show one's card, or choose which one reads.", rich_markup_mode=None
)
app.add_typer(models_app, name="models")


@models_app.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    runs: Annotated[bool, typer.Option("--runs", help="Also list the networks of finished runs.")] = False,
    runs_dir: RunsDir = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also draw error against size and time: pareto.png in DIR.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the networks that ship: accuracy, size, speed on this machine, robustness; show one's card; or choose one.

    digits models --runs --out figures
    """
    if context.invoked_subcommand:
        return
    found = _found(runs_dir if runs else None, with_runs=runs)
    figures = _draw(found, out) if out else []
    if as_json:
        print(json.dumps({"models": [one.to_json() for one in found], "figures": [str(figure) for figure in figures]}))
        return
    if not found:
        terminal.say("no network ships with this version yet; digits models --runs lists your own")
        return
    print("\n".join([*_described(found), *(["", *map(str, figures)] if figures else [])]))


@models_app.command("show")
def show_model(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="A model that ships, path of a run or bundle, name of a run, or latest."),
    ],
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Print a network's card: what it is, what it was trained on, how good it is, how to use it."""
    from digits.locate import find_bundle
    from digits.reading.networks.classifier import read_card, read_description

    path = find_bundle(model, runs_dir)
    print(json.dumps(read_description(path)) if as_json else read_card(path), end="\n" if as_json else "")


@models_app.command("use")
def use_model(
    model: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="A model that ships, path of a run or bundle, name of a run, or latest."),
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="Go back to the shipped default.")] = False,
    runs_dir: RunsDir = None,
) -> None:
    """Choose the model that read, classify and serve take where none is named, from now on; --default goes back.

    digits models use runs/my-hand
    """
    from digits import locate
    from digits.reading.networks.classifier import Classifier

    if default == (model is not None):
        raise InputError("digits models use takes a MODEL, or --default to go back to the shipped one")
    if default:
        locate.choose_bundle(None)
        terminal.say(f"{locate.DEFAULT_MODEL} reads by default again")
        return
    bundle = locate.find_bundle(model, runs_dir)
    chosen = Classifier.load(bundle)  # a damaged one is refused now, not when something is to be read
    locate.choose_bundle(bundle)
    terminal.say(f"{chosen.name} ({bundle}) reads by default now; go back with: digits models use --default")


def _found(runs_dir: Path | None, *, with_runs: bool) -> "list[ModelFigures]":
    from digits import locate
    from digits.data.sources import load_dataset
    from digits.evaluation.models import describe
    from digits.reading.networks.classifier import Classifier

    images = load_dataset("sample", "test").images
    places = dict.fromkeys(locate.shipped_models().values(), True)
    default = locate.default_bundle()
    if default:
        places.setdefault(default, False)
    if with_runs:
        from digits.training.run import list_runs

        for run in list_runs(runs_dir or locate.default_runs_dir()):
            if run.complete:
                places.setdefault(run.bundle, False)
    return [
        describe(Classifier.load(path), images, shipped=shipped, default=path == default)
        for path, shipped in places.items()
    ]


def _draw(found: "list[ModelFigures]", out: Path) -> list[Path]:
    from digits.atomic import whole_file
    from digits.evaluation.figures.pareto import pareto

    figure = pareto(found)
    with whole_file(out / "pareto.png") as temporary:
        figure.savefig(temporary)
    return [out / "pareto.png"]


def _described(found: "list[ModelFigures]") -> list[str]:
    headings = [
        "model", "accuracy", "95 % interval", "corrected", "parameters", "bytes", "µs single", "µs in batch",
        "robustness",
    ]  # fmt: skip
    rows = [_row(one) for one in found]
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    aligned = [  # figures to the right, under their headings
        [cell if column == 0 else cell.rjust(widths[column]) for column, cell in enumerate(row)]
        for row in (headings, *rows)
    ]
    return [
        terminal.table(aligned[0], aligned[1:]),
        "",
        "accuracy     on MNIST's test set, n = 10,000; corrected: against human-corrected labels, n = 9,997",
        f"µs           an image, measured now: single on one thread; in batches of 10,000 on {os.cpu_count()} cores",
        "robustness   mean accuracy over the fifteen corruptions of MNIST-C (digits stress)",
        *(f"default      {one.name}: reads where no model is named" for one in found if one.default),
    ]


def _row(one: "ModelFigures") -> list[str]:
    return [
        f"{one.name} (default)" if one.default else one.name,
        "–" if one.accuracy is None else terminal.percent(one.accuracy),
        "–" if one.interval is None else f"{100 * one.interval[0]:.2f} to {100 * one.interval[1]:.2f} %",
        "–" if one.corrected is None else terminal.percent(one.corrected["accuracy"]),
        f"{one.parameters:,}",
        f"{one.bytes:,}",
        f"{one.microseconds.single:,.1f}",
        f"{one.microseconds.batch:,.1f}",
        "–" if one.robustness is None else terminal.percent(one.robustness["mean"]),
    ]
