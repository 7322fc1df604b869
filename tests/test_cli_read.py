"""`digits read`: rows, CSV, JSON Lines; errors are rows, and the end only where nothing could be opened."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from digits.reading.networks.calibration import Thresholds
from digits.reading.reader import Reader
from digits.reading.results import Digit, Number, Reading, Sign, Unread

EXAMPLES = Path(__file__).parent.parent / "examples" / "pictures"
BLANK = Image.new("L", (60, 60), 230)
CLEAR = {"1": 55, "3": 887, "4": 713, "5": 84, "6": 7, "7": 886, "9": 971}  # plainly written digits of the sample


@pytest.fixture
def scans(sample_test, tmp_path):
    """A folder with three digits, one of them below, and a file that is no picture."""
    folder = tmp_path / "scans"
    (folder / "more").mkdir(parents=True)
    for name, number in (("a.png", 1), ("b.png", 4), ("more/c.png", 9)):
        Image.fromarray(255 - sample_test.images[number]).resize((84, 84)).save(folder / name)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return folder


@pytest.fixture(scope="module")
def page(sample_test, tmp_path_factory):
    """A page with two numbers in its first line and one in its second: 41 and 76, then 935."""
    ink = np.zeros((330, 620), np.uint8)
    for text, left, top in (("41", 50, 40), ("76", 400, 40), ("935", 60, 190)):
        for place, digit in enumerate(text):
            image = sample_test.images[CLEAR[digit]]
            part = ink[top : top + 84, left + 75 * place : left + 75 * place + 84]
            np.maximum(part, cv2.resize(image, (84, 84), interpolation=cv2.INTER_CUBIC), out=part)
    file = tmp_path_factory.mktemp("pages") / "page.png"
    Image.fromarray((235 - 0.8 * ink).astype(np.uint8)).save(file)
    return file


CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where the tests run in the background
from digits.cli import main
main()
"""


def command(*arguments):
    return [sys.executable, "-c", CODE, "read", *map(str, arguments)]


def gone(group, seconds=20):
    """Whether all processes of a group end."""
    for _ in range(10 * seconds):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_the_example_pictures_are_read_right(digits_command):
    labels = {
        row["file"]: row["label"] for row in csv.DictReader((EXAMPLES / "labels.csv").read_text("utf-8").splitlines())
    }
    code, out, err = digits_command("read", EXAMPLES, "--json", "--always-answer")
    assert code == 0, err
    read = {Path(row["picture"]).name: row["numbers"][0]["text"] for row in map(json.loads, out.splitlines())}
    assert read == labels
    assert len(labels) == 8


def test_text_is_one_row_a_picture(digits_command, scans, sample_test):
    BLANK.save(scans / "z.png")
    code, out, err = digits_command("read", scans)
    assert (code, err) == (0, "")
    first, second, broken, below, blank = out.splitlines()
    assert re.fullmatch(rf"{scans}/a.png  [{sample_test.labels[1]}?]  \d+\.\d\d %.*", first)
    assert re.fullmatch(rf"{scans}/b.png  [{sample_test.labels[4]}?]  \d+\.\d\d %.*", second)
    assert re.fullmatch(rf"{scans}/broken.png  error: .*broken.png .*", broken)
    assert below.startswith(f"{scans}/more/c.png")
    assert blank == f"{scans}/z.png  nothing found"


def test_json_is_one_object_a_page_with_everything(digits_command, scans):
    BLANK.save(scans / "z.tiff", save_all=True, append_images=[BLANK])
    code, out, _ = digits_command("read", scans, "--json")
    assert code == 0
    rows = [json.loads(line) for line in out.splitlines()]
    assert all(list(row) == ["schema", "picture", "page", "numbers", "unread", "error"] for row in rows)
    assert [row["page"] for row in rows] == [0, 0, 0, 0, 0, 1]
    (number,) = rows[0]["numbers"]
    old = {"text", "confidence", "line", "box", "field", "name", "unsure", "digits"}
    assert set(number) == old | {"corners", "marks", "value", "note"}
    (digit,) = number["digits"]
    assert {"text", "confidence", "box", "alternatives", "unsure"} <= set(digit)
    assert digit["confidence"] + sum(other["confidence"] for other in digit["alternatives"]) == pytest.approx(
        1, abs=0.1
    )
    assert (rows[2]["numbers"], rows[4]["numbers"], rows[4]["error"]) == ([], [], None)


def test_csv_is_a_header_and_a_row_a_number(digits_command, scans):
    BLANK.save(scans / 'odd, "name".png')
    code, out, _ = digits_command("read", scans, "--csv")
    assert code == 0
    old = "picture,page,line,text,confidence,unsure,left,top,width,height,error,name,field"
    assert out.splitlines()[0] == f"{old},value,kind,unit,why,note"
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [Path(row["picture"]).name for row in rows] == ["a.png", "b.png", "broken.png", "c.png", 'odd, "name".png']
    assert 0.1 <= float(rows[0]["confidence"]) <= 1
    assert 40 < int(rows[0]["height"]) < 84
    assert rows[0]["error"] == ""
    assert rows[2]["error"].startswith(str(scans / "broken.png"))
    assert {rows[4][key] for key in rows[4] if key not in ("picture", "page")} == {""}


def test_an_unsure_digit_is_a_question_mark_with_its_reason(digits_command, scans, monkeypatch):
    monkeypatch.setattr(Thresholds, "unsure", lambda *_: "could be another digit")
    _, out, _ = digits_command("read", scans / "a.png")
    assert re.fullmatch(rf"{scans}/a\.png  \?  \d+\.\d\d %  perhaps \d: could be another digit\n", out)
    _, out, _ = digits_command("read", scans / "a.png", "--always-answer")
    assert re.fullmatch(rf"{scans}/a\.png  \d  \d+\.\d\d %  perhaps \d: could be another digit\n", out)
    _, out, _ = digits_command("read", scans / "a.png", "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["text"], row["unsure"]) == ("?", "could be another digit")


@pytest.fixture
def sign_and_unread(monkeypatch):
    """A reader for which each picture says `5?`, the sign unsure, and has four places that it cannot read."""
    seven = Digit("5", 0.9, (10, 10, 20, 30), np.zeros((28, 28), np.uint8), np.eye(10, dtype=np.float32)[5], None, None)
    minus = Sign("-", 0.4, (32, 20, 9, 4), (("=", 0.3),), "could be another")
    number = Number("5?", 0.4, 0, (10, 10, 31, 30), (seven, minus))
    unread = tuple(Unread((40 + place, 50, 12, 9), "no digit in it") for place in range(4))
    monkeypatch.setattr(Reader, "read_page", lambda _, picture: Reading(picture.name, 0, (number,), unread=unread))


@pytest.mark.usefixtures("sign_and_unread")
def test_an_unsure_sign_is_told_as_an_unsure_digit_is(digits_command, scans):
    _, out, _ = digits_command("read", scans / "a.png")
    assert out == f"{scans}/a.png  5?  40.00 %  perhaps -: could be another\n"
    _, out, _ = digits_command("read", scans / "a.png", "--json")
    (number,) = json.loads(out)["numbers"]
    assert [(mark["text"], mark["kind"]) for mark in number["marks"]] == [("5", "digit"), ("-", "sign")]


@pytest.mark.usefixtures("sign_and_unread")
def test_what_was_not_read_is_one_line_on_standard_error_a_row_of_csv_and_an_entry_of_json(digits_command, scans):
    _, _, err = digits_command("read", scans / "a.png")
    assert err.startswith(f"{scans}/a.png  not read  at 40, 50: no digit in it; at 41, 50: no digit in it; ")
    assert err.endswith("; and 1 more\n")
    _, out, err = digits_command("read", scans / "a.png", "--csv")
    assert err == ""
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["text"], row["unsure"]) for row in rows[:2]] == [("5?", "could be another"), ("", "no digit in it")]
    assert [row["left"] for row in rows[1:]] == ["40", "41", "42", "43"]
    _, out, err = digits_command("read", scans / "a.png", "--json")
    assert err == ""
    assert json.loads(out)["unread"][0] == {"box": [40, 50, 12, 9], "why": "no digit in it"}


@pytest.mark.parametrize(("signs", "expected"), [((), True), (("--signs", "all"), True), (("--signs", "none"), False)])
def test_signs_are_read_unless_they_are_not_wanted(digits_command, scans, monkeypatch, signs, expected):
    asked = []
    monkeypatch.setattr(
        Reader, "read_page", lambda self, picture: asked.append(self.signs) or Reading(picture.name, 0, ())
    )
    assert digits_command("read", scans / "a.png", *signs)[0] == 0
    assert asked == [expected]


def test_standard_input_is_a_picture(digits_command, scans, monkeypatch):
    content = (scans / "a.png").read_bytes()
    for arguments in ((), ("--workers", "2")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        code, out, _ = digits_command("read", "-", scans / "b.png", *arguments)
        assert code == 0
        assert re.match(r"-  .  \d+\.\d\d %", out)


def test_one_that_cannot_be_opened_is_one_line_and_exit_code_2(digits_command, scans):
    for picture, why in (
        (scans / "broken.png", "broken.png"),
        ("nothing.png", "does not exist"),
        ("*.x", "no file matches"),
    ):
        code, out, err = digits_command("read", picture)
        assert (code, out) == (2, "")
        assert re.fullmatch(r"error: [^\n]+\n", err)
        assert why in err


def test_several_that_cannot_be_opened_are_rows_and_exit_code_2(digits_command, scans):
    code, out, err = digits_command("read", "nothing.png", scans / "broken.png")
    assert code == 2
    assert [line.split("  ")[0] for line in out.splitlines()] == ["nothing.png", str(scans / "broken.png")]
    assert re.fullmatch(r"error: none of these 2 pictures could be opened; the first: nothing.png does not .*\n", err)
    code, out, err = digits_command("read", "nothing.png", "--json")
    assert (code, json.loads(out)["numbers"]) == (2, [])
    assert json.loads(out)["error"] in err


def test_a_missing_picture_among_others_is_a_row(digits_command, scans):
    code, out, _ = digits_command("read", scans / "a.png", "nothing.png", scans / "b.png")
    assert code == 0
    assert [line.split("  ")[0].split("/")[-1] for line in out.splitlines()] == ["a.png", "nothing.png", "b.png"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--csv", "--json"], "exclude each other"),
        (["--model", "nothing"], "there is no model 'nothing'"),
        (["--risk", "0.123"], "risk"),
        (["--workers", "0"], "workers"),
        (["--annotate", "scans"], "give --annotate another folder"),
        (["--layout", "table"], "'table' is not one of"),
        (["--signs", "some"], "'some' is not one of"),
        (["--expect", "many"], "'many' is no count of digits"),
        (["--expect", "5-3"], "'5-3' is no count of digits"),
        (["--expect", "0"], "'0' is no count of digits"),
        (["--boxes", "nothing.json"], "nothing.json cannot be read"),
        (["--boxes", "scans/a.png"], "scans/a.png is no JSON"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(digits_command, scans, arguments, expected):
    code, out, err = digits_command("read", "scans/a.png", *arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert "Traceback" not in err


def test_annotated_pictures_are_written_beside_the_rows(digits_command, scans, tmp_path):
    code, out, _ = digits_command("read", scans, "--annotate", "seen")
    assert code == 0
    assert len(out.splitlines()) == 4
    written = sorted(str(file.relative_to(tmp_path / "seen")) for file in (tmp_path / "seen").rglob("*.*"))
    assert written == ["a.png", "b.png", "more/c.png"]
    again = digits_command("read", scans, "--annotate", "seen", "--workers", "2")
    assert again[:2] == (code, out)


def test_names_that_would_break_a_line_are_escaped(digits_command, scans):
    os.rename(scans / "a.png", scans / "two\nlines.png")
    _, out, _ = digits_command("read", scans)
    assert len(out.splitlines()) == 4
    assert r"two\nlines.png" in out


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("workers", [1, 2])
def test_rows_come_at_once_and_ctrl_c_ends_cleanly(scans, workers, tmp_path):
    os.mkfifo(tmp_path / "slow.png")
    process = subprocess.Popen(
        command(scans / "a.png", tmp_path / "slow.png", scans / "b.png", "--workers", workers),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout.readline().startswith(f"{scans}/a.png")
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert gone(process.pid)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_reader_that_leaves_ends_it_cleanly(scans, workers):
    shell = [command(*[scans / "a.png"] * 300, "--workers", workers), ["head", "-1"]]
    first = subprocess.Popen(shell[0], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    result = subprocess.run(shell[1], stdin=first.stdout, capture_output=True, text=True, check=True, timeout=60)
    first.stdout.close()
    assert first.stderr.read() == ""
    first.stderr.close()
    assert first.wait(60) == 1
    assert result.stdout.startswith(f"{scans}/a.png")


def test_the_numbers_of_a_page_are_its_text_one_row_a_picture(digits_command, page):
    code, out, err = digits_command("read", page, "--always-answer")
    assert (code, err) == (0, "")
    assert re.fullmatch(rf"{page}  41 76 / 935  \d+\.\d\d %.*\n", out)


def test_csv_has_a_row_for_each_number_with_its_line_and_place(digits_command, page):
    _, out, _ = digits_command("read", page, "--csv", "--always-answer")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["line"], row["text"]) for row in rows] == [("0", "41"), ("0", "76"), ("1", "935")]
    assert {(row["picture"], row["page"], row["error"]) for row in rows} == {(str(page), "0", "")}
    assert [int(row["left"]) < 200 for row in rows] == [True, False, True]
    assert [int(row["top"]) < 150 for row in rows] == [True, True, False]


def test_json_has_lines_and_boxes_of_numbers_and_of_their_digits(digits_command, page):
    _, out, _ = digits_command("read", page, "--json", "--always-answer")
    numbers = json.loads(out)["numbers"]
    assert [(number["line"], number["text"]) for number in numbers] == [(0, "41"), (0, "76"), (1, "935")]
    for number in numbers:
        left, top, width, height = number["box"]
        assert "".join(digit["text"] for digit in number["digits"]) == number["text"]
        for x, y, wide, tall in (digit["box"] for digit in number["digits"]):
            assert left <= x <= x + wide <= left + width
            assert top <= y <= y + tall <= top + height


def test_a_pdf_is_read_page_by_page(digits_command, page, tmp_path):
    sheet = Image.open(page)
    sheet.save(tmp_path / "scan.pdf", save_all=True, append_images=[BLANK, sheet], resolution=100)
    code, out, _ = digits_command("read", "scan.pdf", "--json", "--always-answer")
    assert code == 0
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["page"] for row in rows] == [0, 1, 2]
    assert [[number["text"] for number in row["numbers"]] for row in rows] == [
        ["41", "76", "935"],
        [],
        ["41", "76", "935"],
    ]
    _, out, _ = digits_command("read", "scan.pdf", "--always-answer")
    assert [line.split("  ")[0] for line in out.splitlines()] == ["scan.pdf", "scan.pdf, page 2", "scan.pdf, page 3"]


def test_a_layout_of_one_digit_reads_one(digits_command, page):
    _, out, _ = digits_command("read", page, "--json", "--layout", "digit")
    (number,) = json.loads(out)["numbers"]
    assert len(number["digits"]) == 1
    _, out, _ = digits_command("read", page, "--json", "--layout", "page", "--always-answer")
    assert [number["text"] for number in json.loads(out)["numbers"]] == ["41", "76", "935"]


def test_a_known_count_joins_what_a_space_parts(digits_command, page, tmp_path):
    Image.open(page).crop((0, 0, 620, 160)).save(tmp_path / "line.png")
    for count in ("4", "3-5"):
        _, out, _ = digits_command("read", "line.png", "--json", "--always-answer", "--expect", count)
        assert [number["text"] for number in json.loads(out)["numbers"]] == ["4176"]


def test_a_count_that_cannot_be_is_the_number_s_doubt(digits_command, page, tmp_path):
    Image.open(page).crop((0, 160, 400, 330)).save(tmp_path / "line.png")
    _, out, _ = digits_command("read", "line.png", "--json", "--expect", "60-70")
    (number,) = json.loads(out)["numbers"]
    assert number["unsure"] == "60 to 70 digits were expected, 3 found"


def test_given_boxes_are_read_and_nothing_else(digits_command, page, tmp_path):
    boxes = [{"box": [40, 170, 300, 130], "name": "amount", "expect": 3}, [380, 20, 230, 130], [420, 200, 150, 100]]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    code, out, err = digits_command("read", page, "--json", "--always-answer", "--boxes", "boxes.json")
    assert code == 0, err
    numbers = json.loads(out)["numbers"]
    assert [(number["name"], number["text"]) for number in numbers] == [("amount", "935"), (None, "76"), (None, "")]
    assert numbers[2]["box"] == [420, 200, 150, 100]


def test_a_given_box_outside_of_the_picture_is_one_line_and_exit_code_2(digits_command, page, tmp_path):
    (tmp_path / "boxes.json").write_text("[[5000, 10, 20, 30]]")
    code, out, err = digits_command("read", page, "--boxes", "boxes.json")
    assert (code, out) == (2, "")
    assert re.fullmatch(r"error: [^\n]*page\.png[^\n]+\n", err)


def test_processes_read_pages_as_one_does(digits_command, page):
    rows = [digits_command("read", page, page, "--json", "--workers", workers)[1] for workers in (1, 2)]
    assert rows[0] == rows[1]
    assert len(json.loads(rows[0].splitlines()[0])["numbers"]) == 3


def test_a_number_s_own_doubt_is_told_in_text_and_csv(digits_command, sample_test, tmp_path):
    ink = np.zeros((150, 220), np.uint8)
    for place, index in enumerate((713, 55)):
        ink[30:114, 20 + 90 * place :][:, :84] = cv2.resize(sample_test.images[index], (84, 84))
    Image.fromarray((235 - 0.8 * ink).astype(np.uint8)).save(tmp_path / "line.png")
    _, out, _ = digits_command("read", "line.png", "--expect", "60")
    assert "60 digits were expected, 2 found" in out
    _, out, _ = digits_command("read", "line.png", "--expect", "60", "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert "60 digits were expected, 2 found" in row["unsure"]


def test_csv_names_the_fields_that_were_given_a_name(digits_command, page, tmp_path):
    boxes = [{"box": [30, 20, 200, 120], "name": "room, floor"}, [380, 20, 200, 120]]
    (tmp_path / "boxes.json").write_text(json.dumps(boxes))
    _, out, _ = digits_command("read", page, "--boxes", "boxes.json", "--csv", "--always-answer")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["text"], row["name"]) for row in rows] == [("41", "room, floor"), ("76", "")]


def test_a_form_that_nobody_filled_in_is_said_to_be_empty(digits_command, page, tmp_path):
    (tmp_path / "boxes.json").write_text("[[300, 150, 60, 60], [500, 180, 60, 60]]")
    _, out, _ = digits_command("read", page, "--boxes", "boxes.json")
    assert out == f"{page}  all fields empty  100.00 %\n"
