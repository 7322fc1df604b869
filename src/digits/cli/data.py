"""`digits data`: the sources of digits, conversion between formats, and the digits that were corrected by hand."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, app, load_digits, open_store
from digits.errors import DataError, InputError

if TYPE_CHECKING:
    from digits.serving.store import Store

data_app = typer.Typer(
    help="List the sources of digits, fetch one, convert digits, or manage corrected ones.", rich_markup_mode=None
)
app.add_typer(data_app, name="data")


@data_app.callback(invoke_without_command=True)
def data(context: typer.Context, as_json: AsJson = False) -> None:
    """List the sources of digits, fetch one, convert digits, or manage corrected ones."""
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

    chosen = _format(to, out, tuple(WRITERS))
    dataset = load_digits(source, split, data_dir)
    if limit:
        dataset = dataset.take(np.arange(min(limit, len(dataset))))
    WRITERS[chosen](dataset, out)
    print(out)


@data_app.command()
def corrections(
    out: Annotated[
        Path | None, typer.Argument(metavar="[OUT]", help="Write them: a folder, or a file (.csv, .npz, .jsonl).")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="idx, csv, folder, npz or jsonl [by the suffix of OUT, else folder]."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="STORE",
            envvar="DIGITS_STORE",
            help="A SQLite file, or postgresql://USER@HOST/DATABASE [the file in the user's data].",
        ),
    ] = None,
    add: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Add the corrections of a .jsonl file, all or none.")
    ] = None,
    delete_all: Annotated[bool, typer.Option("--delete-all", help="Delete every correction, for good.")] = False,
    as_json: AsJson = False,
) -> None:
    """Count the digits that were corrected by hand, write them as digits to train on, move or delete them.

    A .jsonl file holds all there is of each correction, and moves them from one store to another.

    digits data corrections mine --to folder
    """
    if sum((out is not None, add is not None, delete_all)) > 1:
        raise InputError("digits data corrections does one thing at a time: give OUT, --add or --delete-all")
    with open_store(store) as opened:
        if delete_all:
            terminal.say(f"{opened.delete_all():,} corrections deleted from {opened.name}")
        elif add is not None:
            new, known = _added(opened, add)
            terminal.say(f"{new:,} corrections added to {opened.name}, {known:,} were there before")
        elif out is not None:
            _write_corrections(opened, out, to)
            print(out)
        else:
            _count_corrections(opened, as_json)


def _format(to: str | None, out: Path, known: "tuple[str, ...]") -> str:
    """The format to write: as it was said, or by the suffix. A file is not written over."""
    chosen = to or out.suffix.removeprefix(".") or "folder"
    if chosen not in known:
        raise InputError(f"there is no format {chosen!r}; give --to one of: {', '.join(known)}")
    if out.exists() and chosen not in ("folder", "idx"):  # these look themselves: IDX files may join others
        raise DataError(f"{out} exists already; choose another place")
    return chosen


def _added(store: "Store", file: Path) -> tuple[int, int]:
    try:
        with file.open(encoding="utf-8") as lines:
            return store.read_lines(lines)
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is no file of corrections, which is text in UTF-8; nothing was added") from error


def _write_corrections(store: "Store", out: Path, to: str | None) -> None:
    from digits.atomic import whole_file
    from digits.data.formats import WRITERS

    chosen = _format(to, out, (*WRITERS, "jsonl"))
    if chosen != "jsonl":
        WRITERS[chosen](store.dataset(), out)
        return
    with whole_file(out) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        store.write_lines(stream)


def _count_corrections(store: "Store", as_json: bool) -> None:
    labels = [correction.label for correction in store]
    counts = {str(digit): labels.count(digit) for digit in range(10)}
    if as_json:
        print(json.dumps({"store": store.name, "count": len(labels), "digits": counts}))
        return
    print(terminal.table(["digit", "corrections"], [[digit, f"{count:,}"] for digit, count in counts.items()]))
    terminal.say(f"{len(labels):,} corrections in {store.name}")
