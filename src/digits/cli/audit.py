"""The label audit of `digits explore SOURCE --audit`: out-of-fold probabilities, suspicious labels, a page."""

import json
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digits import terminal
from digits.atomic import whole_file, write_whole
from digits.cli.app import load_digits
from digits.cli.keras_alone import import_keras_alone
from digits.errors import InputError

if TYPE_CHECKING:
    from digits.data.dataset import Dataset
    from digits.evaluation.audit import Audit
    from digits.training.crossval import FoldProgress

DEFAULT_RECIPE = "dense-128-64-dropout"
"""Measured against the others in docs/audit.md."""

DEFAULT_FOLDS = 5
DEFAULT_TOP = 50

SEED = 0
"""Chooses the folds."""

ROWS_PRINTED = 10


def audit_source(
    source: str,
    split: str,
    data_dir: Path | None,
    *,
    recipe: str | None,
    folds: int | None,
    top: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Load the digits of a source and audit them; what is None gets its default."""
    if out and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; name a directory for the audit's page")
    dataset = load_digits(source, split, data_dir)
    run_audit(
        dataset,
        source=source,
        recipe=recipe or DEFAULT_RECIPE,
        folds=folds or DEFAULT_FOLDS,
        top=top or DEFAULT_TOP,
        out=out,
        as_json=as_json,
    )


def run_audit(
    dataset: "Dataset", *, source: str, recipe: str, folds: int, top: int, out: Path | None, as_json: bool
) -> None:
    """Audit a Dataset's labels: write `audit.html` and `audit.png` into `out`, and print what was found.

    Args:
        dataset: the digits.
        source: what they were called on the command line.
        recipe: the name of a recipe that ships, or a TOML file.
        folds: networks to train, each on all digits but its part.
        top: suspicious digits on the page and in the figure.
        out: directory for the two files; by default `audit-<name of the Dataset>`.
        as_json: print one JSON object.
    """
    from digits.training.recipe import load_recipe

    chosen = load_recipe(recipe)  # before all that takes time
    import_keras_alone()
    from digits.evaluation import audit_page
    from digits.evaluation.audit import audit
    from digits.evaluation.figures.auditing import suspicious_labels
    from digits.training.crossval import out_of_fold

    with _progress_shown() as show:
        probabilities = out_of_fold(chosen, dataset, folds=folds, seed=SEED, on_progress=show)
    found = audit(dataset.labels, probabilities)
    directory = out or Path("audit-" + re.sub(r"[^\w.-]+", "-", dataset.name))
    made = {
        "digits": f"{source}, {dataset.split}, n = {found.n:,}",
        "hash of the digits": dataset.hash,
        "recipe": f"{chosen.name}: {chosen.description}",
        "folds": f"{folds}, seed {SEED}; equal pictures in the same fold",
        "networks' seed": str(chosen.training.seed),
        "command": _command(source, dataset.split, recipe, folds, top),
    }
    page, picture = directory / "audit.html", directory / "audit.png"
    write_whole(page, audit_page.render(found, dataset, made=made, top=top))
    with whole_file(picture) as temporary:
        suspicious_labels(found, dataset, top=top).savefig(temporary)
    if as_json:
        context = {"data": dataset.name, "split": dataset.split, "recipe": chosen.name, "folds": folds, "seed": SEED}
        files = {"page": str(page), "figure": str(picture)}
        print(json.dumps({**context, **found.to_json(), **files}))
    else:
        print(_describe(found, min(top, ROWS_PRINTED)), f"page    {page}", f"figure  {picture}", sep="\n")


def _command(source: str, split: str, recipe: str, folds: int, top: int) -> str:
    words = ["digits", "explore", source, "--split", split, "--audit"]
    return shlex.join([*words, "--recipe", recipe, "--folds", str(folds), "--top", str(top)])


def _describe(found: "Audit", rows: int) -> str:
    """What was found, as lines of text: counts, and the most suspicious labels."""
    agreement = terminal.percent(found.agreeing / found.n)
    lines = [
        f"digits             {found.n:,}",
        f"label = answer     {found.agreeing:,} ({agreement}), each digit judged by a network that had not seen it",
        f"suspicious labels  {len(found.suspicions):,}",
        "",
    ]
    if found.suspicions:
        cells = [
            [
                str(suspicion.index),
                str(suspicion.given),
                str(suspicion.suggested),
                terminal.percent(suspicion.score),
                terminal.percent(suspicion.confidence),
            ]
            for suspicion in found.suspicions[:rows]
        ]
        headings = ["digit no.", "label", "suggested", "probability of the label", "of the suggested"]
        lines += [terminal.table(headings, cells), ""]
    return "\n".join(lines)


@contextmanager
def _progress_shown() -> Iterator[Callable[["FoldProgress"], None]]:
    """Give a function that shows how far the folds are: a live line on a terminal, a line a fold elsewhere."""
    live, last_fold, began = sys.stderr.isatty(), 0, time.monotonic()

    def show(progress: "FoldProgress") -> None:
        nonlocal last_fold
        text = f"fold {progress.fold}/{progress.folds}"
        if live:
            left = (time.monotonic() - began) * (1 / progress.done - 1)
            text += (
                f"  epoch {progress.epoch}/{progress.epochs}  accuracy {terminal.percent(progress.accuracy)}"
                f"  {terminal.duration(left)} left"
            )
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        elif progress.fold != last_fold:
            terminal.say(text)
        last_fold = progress.fold

    try:
        yield show
    except KeyboardInterrupt:
        if live:
            print(file=sys.stderr)
        terminal.say("stopped: nothing was written")
        raise typer.Exit(1) from None
    finally:
        if live and last_fold:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
