"""`digits read`: values, checks, tables and files; what the networks read is put in their place."""

import csv
import io
import json
import sys
from datetime import datetime
from decimal import Decimal

import numpy as np
import openpyxl
import pytest
from PIL import Image

import digits
from digits.reading import many
from digits.reading.results import Digit, Number, Reading, Sign, Unread
from digits.reading.understanding import understood

LEAST = 0.9


def number(text, line, right, **more):
    width = 12 * len(text)
    image, probabilities = np.zeros((28, 28), np.uint8), np.full(10, 0.1, np.float32)
    marks = tuple(
        Digit(mark, 0.99, (0, 0, 9, 9), image, probabilities, None, None)
        if mark.isdigit()
        else Sign(mark, 0.99, (0, 0, 9, 9), (), None)
        for mark in text
    )
    return Number(text, 0.99, line, (right - width, 40 * line, width, 20), marks, **more)


RECEIPT = [
    number("2", 0, 20),
    number("12.50", 0, 200),
    number("1", 1, 20),
    number("7.25", 1, 200),
    number("19.75", 2, 200),
]
SHEET = [
    number("007", 0, 60), number("12/08/25", 0, 300), number("12%", 0, 400), number("1.480", 1, 60),
    number("7:45", 1, 300), number("45/50", 1, 400), number("3-4", 2, 60),
]  # fmt: skip


@pytest.fixture
def pages(monkeypatch, tmp_path):
    """Put what is read in the networks' place: a list of pages, each its numbers; `b.png` cannot be read."""
    Image.new("L", (60, 60), 230).save(tmp_path / "a.png")
    told = []

    def read_many(reader, tasks, *, workers=None):
        for page, numbers in enumerate(told):
            reading = Reading("a.png", page, tuple(numbers), unread=(Unread((1, 2, 3, 4), "no digit in it"),))
            yield understood(reading, reader.wanted, LEAST)
        for task in tasks[1:]:
            yield Reading(str(task.path), 0, (), f"{task.path} is no picture")

    monkeypatch.setattr(many, "read_many", read_many)
    return told


def test_text_has_rows_on_one_line_and_no_values(digits_command, pages):
    pages.append(RECEIPT)
    code, out, err = digits_command("read", "a.png")
    assert (code, out) == (0, "a.png  2 12.50 / 1 7.25 / 19.75  99.00 %\n"), err


def test_csv_has_values_after_the_old_columns(digits_command, pages):
    pages.append(SHEET)
    _, out, _ = digits_command("read", "a.png", "--csv")
    assert out.splitlines()[0].startswith(
        "picture,page,line,text,confidence,unsure,left,top,width,height,error,name,field,"
    )
    rows = list(csv.DictReader(io.StringIO(out)))
    meant = [(row["text"], row["value"], row["kind"], row["unit"]) for row in rows[:-1]]
    assert meant == [
        ("007", "007", "code", ""),
        ("12/08/25", "", "", ""),
        ("12%", "12", "percent", "%"),
        ("1.480", "", "", ""),
        ("7:45", "07:45:00", "time", ""),
        ("45/50", "9/10", "fraction", ""),
        ("3-4", "3-4", "range", ""),
    ]
    assert rows[3]["why"].startswith("1.480 may be an integer (1480) or a decimal (1.480): a locale")
    assert (rows[-1]["text"], rows[-1]["unsure"], rows[-1]["left"]) == ("", "no digit in it", "1")


def test_json_has_values_as_strings(digits_command, pages):
    pages.append(SHEET)
    _, out, _ = digits_command("read", "a.png", "--json", "--locale", "de_DE")
    values = [number["value"] for number in json.loads(out)["numbers"]]
    assert [value["value"] for value in values[:4]] == ["007", "2025-08-12", "12", "1480"]
    assert json.loads(out)["schema"] == 2


def test_a_type_is_expected_of_every_number(digits_command, pages):
    pages.append([number("0745", 0, 100), number("7:65", 1, 100)])
    _, out, _ = digits_command("read", "a.png", "--csv", "--type", "time")
    good, bad, _ = csv.DictReader(io.StringIO(out))
    assert (good["value"], bad["value"]) == ("07:45:00", "")
    assert bad["unsure"] == bad["why"].replace("7:65 is", "a time was expected: 7:65 is")


def test_checks_say_what_they_found(digits_command, pages):
    pages.append(RECEIPT[1::2] + RECEIPT[4:])
    _, out, _ = digits_command("read", "a.png", "--check", "sum")
    assert out == "a.png  12.50 / 7.25 / 19.75  99.00 %  the 2 numbers above make it\n"
    pages[0] = [number("79927398710", 0, 200)]
    _, out, _ = digits_command("read", "a.png", "--check", "luhn")
    assert out == "a.png  79927398710  99.00 %  its digits do not fit luhn\n"


def test_a_table_is_what_a_person_would_type_into_a_spreadsheet(digits_command, pages):
    pages += [RECEIPT, SHEET]
    _, out, _ = digits_command("read", "a.png", "--table")
    assert out.splitlines() == [
        "2,12.50", "1,7.25", ",19.75", "", "007,12/08/25,12%", "1.480,07:45,0 45/50", "3–4,,",
    ]  # fmt: skip
    _, out, _ = digits_command("read", "a.png", "--table", "--locale", "de_DE")
    assert out.splitlines() == [
        "2;12,50", "1;7,25", ";19,75", "", "007;2025-08-12;12%", "1480;07:45;0 45/50", "3–4;;",
    ]  # fmt: skip


def test_what_is_in_no_table_is_told_on_standard_error(digits_command, pages):
    pages.append(RECEIPT)
    code, out, err = digits_command("read", "a.png", "b.png", "--table")
    assert (code, out.splitlines()[0]) == (0, "2,12.50")
    assert err.splitlines() == ["a.png  not read  at 1, 2: no digit in it", "b.png is no picture"]


@pytest.mark.parametrize(("name", "options"), [("a.csv", []), ("a.csv", ["--csv"]), ("A.CSV", [])])
def test_a_csv_file_is_what_csv_prints(digits_command, pages, tmp_path, name, options):
    pages.append(SHEET)
    _, printed, _ = digits_command("read", "a.png", "--csv")
    code, out, err = digits_command("read", "a.png", "--output", name, *options)
    assert (code, out, err) == (0, "", "")
    assert (tmp_path / name).read_text("utf-8") == printed


def test_json_files_have_a_list_or_a_line_a_page(digits_command, pages, tmp_path):
    digits_command("read", "a.png", "--output", "empty.json")
    assert json.loads((tmp_path / "empty.json").read_text()) == []
    pages += [RECEIPT, SHEET]
    _, printed, _ = digits_command("read", "a.png", "--json")
    digits_command("read", "a.png", "--output", "a.jsonl")
    digits_command("read", "a.png", "--output", "a.json")
    assert (tmp_path / "a.jsonl").read_text("utf-8") == printed
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == [json.loads(line) for line in printed.splitlines()]


def test_an_xlsx_table_has_numbers_dates_and_codes_as_such(digits_command, pages, tmp_path):
    pages += [RECEIPT, SHEET]
    code, _, err = digits_command("read", "a.png", "--table", "--output", "a.xlsx", "--locale", "de_DE")
    assert code == 0, err
    first, second = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets
    assert [[cell.value for cell in row] for row in first.iter_rows()] == [[2, 12.5], [1, 7.25], [None, 19.75]]
    assert first["B1"].number_format == "0.00"
    assert second["A1"].value == "007"
    assert second["B1"].value == datetime(2025, 8, 12)
    assert (second["C1"].value, second["C1"].number_format) == (0.12, "0%")
    assert second["A2"].value == 1480
    assert (second["B2"].value.hour, second["C2"].value) == (7, 0.9)


def test_an_xlsx_file_has_a_record_a_number(digits_command, pages, tmp_path):
    pages.append([number("12.50", 0, 200), number("1234567890123456", 1, 300)])
    digits_command("read", "a.png", "--output", "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    header, amount, long, unread = sheet.iter_rows(values_only=True)
    assert dict(zip(header, amount, strict=True))["value"] == 12.5
    assert dict(zip(header, amount, strict=True))["confidence"] == 0.99
    assert dict(zip(header, long, strict=True))["value"] == "1234567890123456"
    assert dict(zip(header, unread, strict=True))["unsure"] == "no digit in it"


def test_a_file_is_whole_or_not_there(digits_command, pages, tmp_path, monkeypatch):
    def stopped(reader, tasks, *, workers=None):
        yield Reading("a.png", 0, tuple(RECEIPT))
        raise KeyboardInterrupt

    monkeypatch.setattr(many, "read_many", stopped)
    for name in ("a.csv", "a.json", "a.xlsx"):
        code, _, err = digits_command("read", "a.png", "--output", name)
        assert (code, err) == (1, f"stopped: {name} is not written\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--csv", "--table"], "exclude each other"),
        (["--output", "a.txt"], r"a.txt has the ending '.txt'; --output expects one of .csv, .json, .jsonl, .xlsx"),
        (["--output", "a.json", "--table"], "a .json file holds no table"),
        (["--output", "a.csv", "--json"], "a .csv file holds no json"),
        (["--locale", "xx"], "'xx' is no locale; expected one such as de_CH"),
        (["--type", "money"], "'money' is no type; expected one of integer, "),
        (["--check", "crc"], "'crc' is no check; expected one of luhn, "),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(digits_command, pages, arguments, said):
    code, out, err = digits_command("read", "a.png", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


@pytest.mark.parametrize(
    ("module", "arguments", "what"),
    [
        ("babel", ["--locale", "de_CH"], "a locale needs babel"),
        ("stdnum", ["--check", "luhn"], "check digits need python-stdnum"),
        ("xlsxwriter", ["--output", "a.xlsx"], "an .xlsx file needs XlsxWriter"),
    ],
)
def test_what_is_missing_is_said_with_the_line_that_installs_it(
    digits_command, pages, monkeypatch, module, arguments, what
):
    from digits.reading.values.customs import customs_of

    customs_of.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    code, _, err = digits_command("read", "a.png", *arguments)
    assert code == 2
    assert what in err
    assert err.endswith("install it with: pip install 'handwritten-digits[values]'\n")


def test_values_are_pythons_own(pages):
    value = RECEIPT[1].value
    assert value is None
    (read,) = understood(Reading("a", 0, (RECEIPT[1],)), digits.Reader(digits.load()).wanted, LEAST).numbers
    assert read.value.value == Decimal("12.50")
