"""`digits explore`: what is in a source of digits, as text, JSON, a table of pixels, or figures."""

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, app, load_digits, split_name
from digits.errors import InputError

if TYPE_CHECKING:
    from digits.data.dataset import Dataset
    from digits.data.explore import Exploration


@app.command()
def explore(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A name (see: digits data), or a path.")],
    split: Annotated[
        str | None, typer.Option(metavar="SPLIT", help="train, test, or all: both as one [each on its own].")
    ] = None,
    data_dir: DataDir = None,
    rows: Annotated[int, typer.Option(metavar="N", min=0, help="Show the first this many digits as a table.")] = 5,
    pixels: Annotated[
        bool, typer.Option("--pixels", help="Print CSV instead: each pixel's count, mean, std, min, quartiles, max.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write figures there, as PNG; the audit's page [audit-NAME].")
    ] = None,
    audit: Annotated[
        bool,
        typer.Option("--audit", help="Look for wrong labels instead (of the training digits): train, judge, list."),
    ] = False,
    recipe: Annotated[
        str | None, typer.Option(metavar="RECIPE", help="The network that audits [dense-128-64-dropout].")
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(metavar="N", min=2, help="Networks to audit with, each judges what it has not seen [5]."),
    ] = None,
    top: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Suspicious labels on the audit's page [50].")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at digits: classes, pixels, duplicates, whether they are MNIST's.

    digits explore mnist --out figures

    digits explore mnist --audit
    """
    from digits.data.explore import explore as explore_dataset
    from digits.data.sources import available_splits

    if audit:
        from digits.cli.audit import audit_source

        if pixels:
            raise InputError("--audit looks for wrong labels instead: give no --pixels")
        audit_source(source, split or "train", data_dir, recipe=recipe, folds=folds, top=top, out=out, as_json=as_json)
        return
    if recipe is not None or folds is not None or top is not None:
        raise InputError("--recipe, --folds and --top belong to the audit: give --audit, too")
    if out:
        import digits.evaluation.figures.exploring  # noqa: F401  (if it is missing, say so before the work)

        if out.exists() and not out.is_dir():
            raise InputError(f"{out} is a file; name a directory for the figures")
    splits = [split_name(part) for part in ([split] if split else available_splits(source, data_dir=data_dir))]
    datasets = [load_digits(source, part, data_dir) for part in splits]
    found = [explore_dataset(dataset) for dataset in datasets]
    if pixels and not as_json:
        _print_pixels(found)
    elif as_json:
        _print_json(source, datasets, found, pixels=pixels, figures=_save_figures(datasets, found, out))
        return
    else:
        _print_text(datasets, found, rows)
    for figure in _save_figures(datasets, found, out):
        if pixels:
            terminal.say(str(figure))
        else:
            print(figure)


def _print_json(
    source: str, datasets: "list[Dataset]", found: "list[Exploration]", *, pixels: bool, figures: list[Path]
) -> None:
    from digits.data.duplicates import overlap
    from digits.data.recognise import recognise

    result = {
        "source": source,
        "splits": [
            one.to_json(pixels=pixels) | {"mnist": recognise(dataset).to_json()}
            for dataset, one in zip(datasets, found, strict=True)
        ],
        "overlap": overlap(datasets[0], datasets[1]).to_json() if len(datasets) == 2 else None,
        "figures": [str(figure) for figure in figures],
    }
    print(json.dumps(result))


def _print_pixels(found: "list[Exploration]") -> None:
    """One row for each pixel of each split, as CSV."""
    from digits.data.explore import PIXELS, STATISTICS

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["split", "pixel", *STATISTICS])
    for one in found:
        columns = one.each_pixel.to_json().values()
        names = [f"pixel{pixel}" for pixel in range(PIXELS)]
        writer.writerows([one.split, *row] for row in zip(names, *columns, strict=True))


def _print_text(datasets: "list[Dataset]", found: "list[Exploration]", rows: int) -> None:
    from digits.cli import explore_text as text
    from digits.data.duplicates import overlap
    from digits.data.recognise import recognise

    parts = []
    for dataset, one in zip(datasets, found, strict=True):
        parts.append(text.describe(one, recognise(dataset)))
        if rows:
            parts.append(text.first_rows(dataset, rows))
    if len(datasets) == 2:
        first, second = datasets
        parts.append(text.describe_overlap(overlap(first, second), first.split, second.split))
    print("\n\n".join(parts))


def _save_figures(datasets: "list[Dataset]", found: "list[Exploration]", out: Path | None) -> list[Path]:
    """Write the figures of each split into a directory, if there is one; the paths of the files."""
    if not out:
        return []
    from digits.atomic import whole_file
    from digits.evaluation.figures import exploring

    written = []
    for dataset, one in zip(datasets, found, strict=True):
        figures = {
            "samples": exploring.samples(dataset),
            "class-counts": exploring.class_counts(one),
            "mean-digits": exploring.mean_digits(one),
            "ink": exploring.ink(one),
        }
        for name, figure in figures.items():
            path = out / f"{one.split}-{name}.png"
            with whole_file(path) as temporary:
                figure.savefig(temporary)
            written.append(path)
    return written
