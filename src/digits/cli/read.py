"""`digits read`: what pictures say, as text, CSV or JSON Lines, each row as soon as it is known."""

from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.cli.app import RunsDir, app, load_network
from digits.cli.read_output import CSV_HEADER, ROWS, Form, Rows, table_rows, written
from digits.cli.reading_options import Boxes, Check, Expect, Layout, Locale, Risk, Signs, Type
from digits.errors import InputError

if TYPE_CHECKING:
    from digits.reading.results import Number, Reading

UNREAD_TOLD = 3
"""Places of a page that could not be read, told one by one in text."""


@app.command()
def read(
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE...", help="Pictures, folders of them, patterns such as 'scans/*.png'; - is standard input."
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Path of a run or bundle, name of a run or of a shipped model, latest, or a network of your own "
            "(.onnx, .keras) [what digits models use chose, else the shipped reader].",
        ),
    ] = None,
    layout: Layout = "auto",
    boxes: Boxes = None,
    expect: Expect = None,
    risk: Risk = None,
    always_answer: Annotated[
        bool, typer.Option("--always-answer", help="Show the best guess where it is unsure, too, and no ?.")
    ] = False,
    signs: Signs = "all",
    locale: Locale = None,
    type: Type = None,
    check: Check = None,
    annotate: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the pictures there, too, with boxes and answers, as PNG."),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV: a header, and a row a number.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a page (JSON Lines).")] = False,
    table: Annotated[
        bool,
        typer.Option("--table", help="Print the values of a page in rows and columns as they stand there, as CSV."),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write to this file instead: .csv, .json, .jsonl or .xlsx; whole or not at all."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes that read [one a core; 1 for few pictures].")
    ] = None,
    runs_dir: RunsDir = None,
) -> None:
    """Read digits and numbers in any pictures: photos, scans, drawings, forms, dark on light or light on dark.

    A picture that cannot be read is a row with its error; the exit code is 2 if none could be opened. What was found
    and could not be read is told on standard error, in CSV as a row without text, in JSON as `unread`.
    """
    if as_csv + as_json + table > 1:
        raise InputError("--csv, --json and --table exclude each other; give one")
    from digits.reading.fields.given import load_boxes, parse_expected
    from digits.reading.many import find_tasks, read_many
    from digits.reading.reader import Reader

    known, expected = load_boxes(boxes) if boxes else None, parse_expected(expect) if expect is not None else None
    classifier = load_network(model, runs_dir)
    if classifier.path.is_file():  # a network of the user's own, which the worker processes cannot load
        if workers is not None and workers > 1:
            raise InputError(f"{classifier.path} is read with in one process: leave --workers out, or export a bundle")
        workers = 1
    reader = Reader(
        classifier,
        risk=risk,
        layout=layout,
        expected=expected,
        boxes=known,
        always_answer=always_answer,
        signs=signs == "all",
        locale=locale,
        type=type,
        check=check,
    )
    tasks = find_tasks(pictures, annotate)
    form: Form | None = "json" if as_json else "csv" if as_csv else "table" if table else None
    with written(output, form, locale) if output else nullcontext(_rows(form, locale)) as rows:
        if form == "csv" and not output:
            print(",".join(CSV_HEADER))
        try:
            with (
                closing(read_many(reader, tasks, workers=workers)) as readings,
                terminal.pictures_shown(len(tasks)) as show,
            ):
                _print(readings, len(tasks), rows, show, tell=table)
        except KeyboardInterrupt:
            terminal.say("stopped: " + (f"{output} is not written" if output else "the rows above are complete"))
            raise typer.Exit(1) from None


def _rows(form: Form | None, locale: str | None) -> Rows:
    """What a Reading is on standard output."""
    return _text if form is None else table_rows(locale) if form == "table" else ROWS[form]


def _print(
    readings: Iterator["Reading"], pictures: int, rows: Rows, show: "Callable[[Reading], None]", *, tell: bool = False
) -> None:
    """Print the rows of each Reading when it comes; `tell` what they do not; InputError if all are errors."""
    first_error, opened = None, False
    for reading in readings:
        opened = opened or reading.error is None
        first_error = first_error or reading.error
        if not (pictures == 1 and reading.error and rows is _text):  # the message that follows says it
            for row in rows(reading):
                print(row, flush=True)
        if reading.unread and (tell or rows is _text):
            terminal.say(_unread(reading))
        if tell and reading.error and pictures > 1:
            terminal.say(terminal.one_line(reading.error))
        show(reading)
    if first_error and not opened:
        several = f"none of these {pictures:,} pictures could be opened; the first: "
        raise InputError(first_error if pictures == 1 else several + first_error)


def _text(reading: "Reading") -> Iterator[str]:
    name = _name(reading)
    if reading.error:
        yield f"{name}  error: {terminal.one_line(reading.error)}"
    elif not reading.numbers:
        yield f"{name}  nothing found"
    else:
        least = min(number.confidence for number in reading.numbers)
        doubts = "; ".join(doubt for number in reading.numbers for doubt in _doubts(number))
        text = reading.text.replace("\n", " / ") or ("nothing found" if doubts else "all fields empty")
        yield f"{name}  {text}  {terminal.percent(least)}" + (f"  {doubts}" if doubts else "")


def _doubts(number: "Number") -> Iterator[str]:
    if number.doubt:
        yield number.doubt
    if number.note and number.note != number.doubt:
        yield number.note
    yield from (f"perhaps {mark.text}: {mark.unsure}" for mark in number.marks if mark.unsure)


def _unread(reading: "Reading") -> str:
    """What was found in a page and not read: where, and why."""
    places = [f"at {unread.box[0]}, {unread.box[1]}: {unread.why}" for unread in reading.unread[:UNREAD_TOLD]]
    more = len(reading.unread) - len(places)
    return f"{_name(reading)}  not read  {'; '.join(places)}{f'; and {more} more' if more else ''}"


def _name(reading: "Reading") -> str:
    return terminal.one_line(reading.picture) + (f", page {reading.page + 1}" if reading.page else "")
