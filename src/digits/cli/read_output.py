"""What `digits read` gives to other programs: records for CSV, tables for spreadsheets, and files that are whole.

Notable choices:
- `--csv` and `--json` are for programs: a point before decimals, a comma between cells, whatever the locale;
- `--table` is for spreadsheets: cells as a person there would type them, with the locale's decimal comma and, then, `;`
  between cells. What has no value is what is written;
- an .xlsx file has numbers, dates and times as such, and codes with their zeros.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from digits.atomic import whole_file
from digits.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from digits.reading.results import Number, Reading

Rows = Callable[["Reading"], Iterator[str]]
Form = Literal["csv", "json", "table"]

CSV_HEADER = (
    "picture", "page", "line", "text", "confidence", "unsure", "left", "top", "width", "height", "error", "name",
    "field", "value", "kind", "unit", "why", "note",
)  # fmt: skip

ENDINGS: dict[str, tuple[Form, ...]] = {
    ".csv": ("csv", "table"), ".json": ("json",), ".jsonl": ("json",), ".xlsx": ("csv", "table"),
}  # fmt: skip
"""What a file may hold by its ending, the first by default."""

EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps: it computes with doubles."""

WIDEST = 300
"""Pixels of a spreadsheet's column at the most: reasons are long."""

FIRST_YEAR = 1900
"""Of a spreadsheet's dates."""


def csv_rows(reading: "Reading") -> Iterator[str]:
    """The records of a page as lines of CSV."""
    for record in records(reading):
        yield _line(record)


def json_rows(reading: "Reading") -> Iterator[str]:
    """A page as one line of JSON."""
    yield json.dumps(reading.to_json())


def table_rows(locale: str | None) -> Rows:
    """What gives a page's table as lines of CSV, with an empty line before each but the first."""
    from digits.reading.tables import table_of
    from digits.reading.values.customs import customs_of

    decimal = customs_of(locale).decimal or "."
    pages = 0

    def rows(reading: "Reading") -> Iterator[str]:
        nonlocal pages
        table = table_of(reading.numbers)
        if table and pages:
            yield ""
        pages += bool(table)
        for row in table:
            yield _line([number and cell_of(number, decimal) for number in row], ";" if decimal == "," else ",")

    return rows


ROWS: dict[Form, Rows] = {"csv": csv_rows, "json": json_rows}


def records(reading: "Reading") -> Iterator[list[object]]:
    """What `CSV_HEADER` names, of each number and of each place that could not be read; one record if there is none."""
    place: list[object] = [reading.picture, reading.page]
    for number in reading.numbers:
        reasons = [number.doubt, *(mark.unsure for mark in number.marks)]
        unsure = "; ".join(reason for reason in reasons if reason)
        known = [number.line, number.text, f"{number.confidence:.4f}", unsure, *number.box, None]
        value = number.value
        meant = [value.text, value.kind, value.unit, value.why] if value else [None] * 4
        yield [*place, *known, number.name, number.field, *meant, number.note]
    for unread in reading.unread:
        yield [*place, None, "", None, unread.why, *unread.box, *[None] * 8]
    if not reading.numbers and not reading.unread:
        yield [*place, *[None] * 8, reading.error, *[None] * 7]


def cell_of(number: "Number", decimal: str = ".") -> str:
    """A number as a person types it into a spreadsheet; as it is written if it has no value."""
    value = number.value.value if number.value else None
    if isinstance(value, int | Decimal) and number.value:
        return number.value.text.replace(".", decimal) + ("%" if number.value.unit == "%" else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if isinstance(value, Fraction):
        return _typed_fraction(number.text, value)
    if number.value and number.value.kind == "range":
        return number.text.replace("-", "–")  # 10-12 would become a date
    return number.text


def _typed_fraction(text: str, value: Fraction) -> str:
    """A fraction with its whole part, without which it would become a date: `0 1/2`, `0 45/50`, `3 1/2`."""
    if re.fullmatch(r"[0-9]+/[0-9]+", text) and value < 1:
        return f"0 {text}"
    whole, rest = divmod(abs(value.numerator), value.denominator)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole} {rest}/{value.denominator}" if rest else f"{sign}{whole}"


@contextmanager
def written(path: Path, form: Form | None, locale: str | None) -> Iterator[Rows]:
    """Give a function that takes each Reading into a file; it is there when all are taken, and never half.

    Args:
        path: the file; its ending says what it is.
        form: what it holds; None: what such a file holds by default.
        locale: whose decimal mark a table has.

    Raises:
        InputError: there is no such ending, or it cannot hold this.
        MissingExtraError: it is .xlsx, and XlsxWriter is not installed.
        StorageError: it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(f"{path} has the ending {ending!r}; --output expects one of {', '.join(ENDINGS)}")
    form = form or ENDINGS[ending][0]
    if form not in ENDINGS[ending]:
        raise InputError(f"a {ending} file holds no {form}; leave --{form} out, or give another ending")
    take = _workbook if ending == ".xlsx" else _text_file
    with whole_file(path) as temporary, take(temporary, ending, form, locale) as rows:
        yield rows


@contextmanager
def _text_file(path: Path, ending: str, form: Form, locale: str | None) -> Iterator[Rows]:
    rows = ROWS.get(form) or table_rows(locale)
    is_list = ending == ".json"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        if form == "csv":
            print(",".join(CSV_HEADER), file=file)
        before = "[\n" if is_list else ""

        def take(reading: "Reading") -> Iterator[str]:
            nonlocal before
            for row in rows(reading):
                file.write(before + row + ("" if is_list else "\n"))
                before = ",\n" if is_list else ""
            return iter(())

        yield take
        if is_list:
            file.write("[]\n" if before == "[\n" else "\n]\n")


@contextmanager
def _workbook(path: Path, ending: str, form: Form, locale: str | None) -> Iterator[Rows]:
    try:
        import xlsxwriter
    except ImportError as error:
        how = "install it with: pip install 'handwritten-digits[values]'"
        raise MissingExtraError(f"an .xlsx file needs XlsxWriter ({error}); {how}") from error
    from digits.reading.tables import table_of

    book = xlsxwriter.Workbook(str(path))
    sheet = None if form == "table" else book.add_worksheet("numbers")
    lines = 0
    if sheet:
        sheet.write_row(0, 0, CSV_HEADER)
        sheet.freeze_panes(1, 0)

    def take_records(reading: "Reading") -> Iterator[str]:
        nonlocal lines
        numbers = (*reading.numbers, *[None] * len(reading.unread))
        for place, record in enumerate(records(reading)):
            lines += 1
            for column, (name, cell) in enumerate(zip(CSV_HEADER, record, strict=True)):
                _write(sheet, lines, column, float(str(cell)) if name == "confidence" and cell else cell)
            number = numbers[place] if place < len(numbers) else None
            if number:
                _write_number(book, sheet, lines, CSV_HEADER.index("value"), number)
        return iter(())

    def take_table(reading: "Reading") -> Iterator[str]:
        page = book.add_worksheet()
        for line, row in enumerate(table_of(reading.numbers)):
            for column, number in enumerate(row):
                if number:
                    _write_number(book, page, line, column, number, number.text)
        return iter(())

    yield take_records if sheet else take_table
    if not book.worksheets():
        book.add_worksheet()
    for page in book.worksheets():
        page.autofit(WIDEST)
    book.close()


def _write(sheet: Any, line: int, column: int, cell: object) -> None:  # noqa: ANN401  (no types ship)
    if isinstance(cell, int | float):
        sheet.write_number(line, column, cell)
    elif cell not in {None, ""}:
        sheet.write_string(line, column, str(cell))


def _write_number(book: Any, sheet: Any, line: int, column: int, number: "Number", otherwise: str = "") -> None:  # noqa: ANN401
    """Write what a number means as a spreadsheet's number, date or time; as text, what is none of these."""
    value = number.value.value if number.value else None
    digits = sum(sign.isdigit() for sign in number.value.text) if number.value else 0
    if isinstance(value, int | Decimal) and number.value and digits <= EXACT_DIGITS:
        is_share = number.value.unit == "%"
        places = len(number.value.text.partition(".")[2])
        pattern = "0" + ("." + "0" * places if places else "") + ("%" if is_share else "")
        size = float(value / 100 if is_share else value)
        sheet.write_number(line, column, size, book.add_format({"num_format": pattern}))
    elif isinstance(value, date) and value.year >= FIRST_YEAR:
        sheet.write_datetime(line, column, value, book.add_format({"num_format": "yyyy-mm-dd"}))
    elif isinstance(value, Fraction):
        sheet.write_number(line, column, float(value), book.add_format({"num_format": "# ???/???"}))
    elif isinstance(value, time):
        sheet.write_datetime(line, column, value, book.add_format({"num_format": "hh:mm:ss"}))
    else:
        text = number.value.text if number.value and number.value.value is not None and not otherwise else otherwise
        _write(sheet, line, column, text)


def _line(cells: list[Any], delimiter: str = ",") -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="", delimiter=delimiter).writerow(cells)
    return line.getvalue()
