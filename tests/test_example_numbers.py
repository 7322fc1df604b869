"""The example pictures of numbers: drawn by their script, read as the golden file says, what is wrong unsure.

Where the reader reads them otherwise, and better: make the golden file anew, look at what changed, and bring the
section "Example pictures" of docs/numbers.md and its figure up to date.

    digits read examples/numbers --csv --always-answer | cut -d, -f1-4 > tests/golden/example-numbers.csv
    python scripts/make_reading_figure.py example-numbers.jpg
"""

import contextlib
import csv
import io
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digits
from digits.cli import main

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "numbers"
GOLDEN = ROOT / "tests" / "golden" / "example-numbers.csv"


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def lines(rows):
    """The digits of each line, by (picture, page) and line."""
    found = defaultdict(lambda: defaultdict(str))
    for row in rows:
        found[Path(row["picture"]).name, row["page"]][row["line"]] += row["text"]
    return found


@pytest.fixture(scope="module")
def labels():
    """The rows of each page, without spaces."""
    rows = table((EXAMPLES / "labels.csv").read_text("utf-8"))
    return {(row["file"], row["page"]): row["label"].replace(" ", "").split("/") for row in rows}


@pytest.fixture(scope="module")
def read():
    """What `digits read examples/numbers --csv --always-answer` prints, row by row."""
    with pytest.MonkeyPatch.context() as patch:
        printed = io.StringIO()
        patch.setattr("sys.argv", ["digits", "read", str(EXAMPLES), "--csv", "--always-answer"])
        patch.setattr("sys.stdout", printed)
        with contextlib.suppress(SystemExit):
            main()
    return table(printed.getvalue())


def test_they_are_read_as_the_golden_file_says(read):
    expected = table(GOLDEN.read_text("utf-8"))
    found = [{name: row[name] for name in expected[0]} for row in read]
    for row in (*found, *expected):
        row["picture"] = Path(row["picture"]).name
    assert found == expected, f"read otherwise than {GOLDEN.name} says; if it is better, do as {__file__} begins"


def test_what_is_read_wrong_is_unsure(read, labels):
    unsure = {(Path(row["picture"]).name, row["page"], row["line"]) for row in read if row["unsure"]}
    for page, texts in lines(read).items():
        for line, text in texts.items():
            assert text in labels[page] or (*page, line) in unsure, f"{page}: {text} is wrong, and named freely"


def test_the_page_says_how_many_rows_are_right(labels):
    found = lines(table(GOLDEN.read_text("utf-8")))
    right = sum(row in found[page].values() for page, rows in labels.items() for row in rows)
    total = sum(map(len, labels.values()))
    text = " ".join((ROOT / "docs" / "numbers.md").read_text("utf-8").split())
    assert re.search(rf"Of the {total} rows .{{0,60}}\b{right} are read right", text), f"{right} of {total} are right"


def test_empty_boxes_of_the_form_are_fields_without_a_number():
    form = digits.read(EXAMPLES / "form.jpg", layout="grid", always_answer=True)
    assert [number.text for number in form.numbers if number.line == 1][-3:] == ["", "", ""]
    assert "".join(number.text for number in form.numbers if number.line == 0) == "07032025"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The folder that the script draws."""
    folder = tmp_path_factory.mktemp("drawn") / "numbers"
    script = ROOT / "scripts" / "make_example_numbers.py"
    subprocess.run([sys.executable, script, folder], check=True, capture_output=True)
    return folder


def test_their_script_draws_them(drawn):
    assert {file.name for file in drawn.iterdir()} == {file.name for file in EXAMPLES.iterdir()}
    for name in ("labels.csv", "form.boxes.json"):
        assert (drawn / name).read_bytes() == (EXAMPLES / name).read_bytes()
    for file in sorted(EXAMPLES.glob("*.[jw][pe]*")):  # another version of a library may change a byte, not the picture
        with Image.open(file) as shipped, Image.open(drawn / file.name) as again:
            np.testing.assert_allclose(np.asarray(again, int), np.asarray(shipped, int), atol=24)


def test_they_are_small():
    assert all(file.stat().st_size < 60_000 for file in EXAMPLES.iterdir())


def test_a_pdf_has_a_reading_for_each_of_its_pages(read):
    assert {row["page"] for row in read if row["picture"].endswith(".pdf")} == {"0", "1"}
