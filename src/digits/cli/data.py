"""`digits data`: the sources of digits, and conversion between formats."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, app, load_digits
from digits.errors import DataError, InputError

data_app = typer.Typer(help="List the sources of digits, fetch one, or convert digits.", rich_markup_mode=None)
app.add_typer(data_app, name="data")


@data_app.callback(invoke_without_command=True)
def data(context: typer.Context, as_json: AsJson = False) -> None:
    """List the sources of digits, fetch one, or convert digits."""
    if context.invoked_subcommand:
        return
    from digits.data.sources import SOURCES

    if as_json:
        print(json.dumps({"sources": {name: vars(source) for name, source in SOURCES.items()}}))
    else:
        print(
            terminal.table(["source", "what it is"], [[name, source.description] for name, source in SOURCES.items()])
        )


@data_app.command()
def fetch(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="mnist, or another name that is downloaded.")] = "mnist",
) -> None:
    """Download a named source into the user's cache, checked against its sums, and say where it lies."""
    from digits.data.published import PUBLISHED, cache_of
    from digits.data.sources import load_dataset

    if name not in PUBLISHED:
        raise InputError(f"{name!r} is no source that is downloaded; give one of: {', '.join(PUBLISHED)}")
    there = os.environ.get("DIGITS_DATA_DIR")
    if there:
        terminal.say(f"DIGITS_DATA_DIR is set to {there}: nothing is downloaded, the files there are checked")
    with terminal.download_shown() as show_download:
        for split in ("train", "test"):
            load_dataset(name, split, on_progress=show_download)
    print(there or cache_of(name))


@data_app.command()
def convert(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A name (see: digits data), or a path.")],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="File (.csv, .npz) or directory (IDX files, folder of pictures).")
    ],
    to: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="idx, csv, folder or npz [by the suffix of OUT, else folder].")
    ] = None,
    split: Annotated[str, typer.Option(help="train, test or all.")] = "train",
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first this many digits.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a source's digits as IDX files, Kaggle's CSV, a folder of pictures, or npz."""
    import numpy as np

    from digits.data.formats import WRITERS

    chosen = to or out.suffix.removeprefix(".") or "folder"
    if chosen not in WRITERS:
        raise InputError(f"there is no format {chosen!r}; give --to one of: {', '.join(WRITERS)}")
    if out.exists() and chosen in ("csv", "npz"):  # the others look themselves: IDX files may join others
        raise DataError(f"{out} exists already; choose another place")
    dataset = load_digits(source, split, data_dir)
    if limit:
        dataset = dataset.take(np.arange(min(limit, len(dataset))))
    WRITERS[chosen](dataset, out)
    print(out)
