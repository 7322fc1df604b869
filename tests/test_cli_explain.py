"""`digits explain`: words, a drawing, a figure; and bad input is one line."""

import json
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

import digits
from digits.errors import PictureError

DIGIT = ("--layout", "digit")


def paper_of(images):
    """Digits side by side as a picture, dark on light."""
    line = np.concatenate([cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC) for image in images], axis=1)
    return np.pad(255 - line, 14, constant_values=255)


@pytest.fixture
def sheet(tmp_path, sample_test):
    """Two lines of four digits each, `sheet.png`, and what they say."""
    lines = [sample_test.images[start : start + 4] for start in (0, 4)]
    Image.fromarray(np.concatenate([paper_of(images) for images in lines])).save(tmp_path / "sheet.png")
    return "sheet.png", ["".join(str(label) for label in sample_test.labels[start : start + 4]) for start in (0, 4)]


@pytest.fixture
def scan(tmp_path, sample_test):
    """A digit, dark on light, `scan.png`, and its label."""
    pixels = 255 - cv2.resize(sample_test.images[0], (140, 140), interpolation=cv2.INTER_CUBIC)
    Image.fromarray(pixels).save(tmp_path / "scan.png")
    return "scan.png", int(sample_test.labels[0])


def test_it_prints_the_drawing_and_the_words(digits_command, scan):
    code, out, err = digits_command("explain", scan[0], *DIGIT)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "scan.png"
    assert f"Read as {scan[1]} with confidence" in out
    assert any(0x2801 <= ord(character) <= 0x28FF for character in out)
    assert "The nearest of the sample's 5,000 digits are" in out
    assert "figure" not in out


def test_the_label_is_held_against_the_answer(digits_command, scan):
    wanted = (scan[1] + 1) % 10
    code, out, _ = digits_command("explain", scan[0], *DIGIT, "--label", wanted)
    assert code == 0
    assert f"It should be a{'n' if wanted == 8 else ''} {wanted}:" in out


@pytest.mark.parametrize(
    ("out", "file"), [("why.png", "why.png"), ("here", "here/scan-explained.png"), ("why.svg", "why.svg")]
)
def test_the_figure_is_written(digits_command, scan, tmp_path, out, file):
    code, printed, err = digits_command("explain", scan[0], *DIGIT, "--out", out)
    assert (code, err) == (0, "")
    assert printed.splitlines()[-1] == f"figure  {file}"
    assert (tmp_path / file).stat().st_size > 10_000


def test_it_prints_one_object(digits_command, scan):
    code, out, _ = digits_command("explain", scan[0], *DIGIT, "--json", "--out", "why.png")
    assert code == 0
    found = json.loads(out)
    assert (found["picture"], found["page"], found["model"]) == ("scan.png", 0, digits.load().name)
    assert found["digits"][0]["text"] == str(scan[1])
    assert found["figure"] == "why.png"


def test_another_model_explains_itself(digits_command, scan):
    code, out, _ = digits_command("explain", scan[0], *DIGIT, "--model", "dense-128-64", "--json")
    assert code == 0
    assert json.loads(out)["model"] == "dense-128-64"


def test_a_page_is_chosen(digits_command, scan, tmp_path):
    pages = [Image.fromarray(np.full((50, 50), 255, np.uint8)), Image.open(tmp_path / scan[0])]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    first = digits_command("explain", "pages.tif", *DIGIT)[1]
    second = digits_command("explain", "pages.tif", *DIGIT, "--page", 2)[1]
    assert "the picture is blank" in first
    assert f"Read as {scan[1]}" in second


def test_a_blank_picture_is_explained_and_no_error(digits_command, tmp_path):
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    code, out, err = digits_command("explain", "blank.png")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith("Nothing was found: the picture is blank")


def test_numbers_are_explained_line_by_line(digits_command, sheet):
    code, out, err = digits_command("explain", sheet[0])
    assert (code, err) == (0, "")
    assert "numbers were found in " in out.splitlines()[2]
    assert out.count(": read as ") > 1
    assert sum(0x2801 <= ord(character) <= 0x28FF for character in out) > 100


def test_one_line_is_explained_with_its_label_and_its_figure(digits_command, sheet, tmp_path):
    last = json.loads(digits_command("explain", sheet[0], "--json")[1])["numbers"][-1]["line"] + 1
    code, out, err = digits_command("explain", sheet[0], "--line", last, "--label", sheet[1][1], "--out", "why.png")
    assert (code, err) == (0, "")
    assert "Line 1" not in out
    assert f"It should be {sheet[1][1]}" in out
    assert (tmp_path / "why.png").stat().st_size > 10_000


def test_a_label_keeps_its_zeros_in_front(digits_command, sheet):
    out = digits_command("explain", sheet[0], "--line", 1, "--label", "0012", "--json")[1]
    assert json.loads(out)["against_label"]["label"] == "0012"


def test_the_layout_and_the_count_are_those_of_the_reader(digits_command, sheet):
    found = [
        json.loads(digits_command("explain", sheet[0], "--json", *options)[1])
        for options in (["--layout", "digit"], ["--layout", "page"], ["--expect", "3"], ["--expect", "2-4"])
    ]
    assert (len(found[0]["digits"]), found[0]["numbers"]) == (1, [])
    assert (found[1]["digits"], found[1]["lines"] >= 1) == ([], True)
    for numbers, counts in ((found[2]["numbers"], (3,)), (found[3]["numbers"], (2, 3, 4))):
        assert all(len(one["digits"]) in counts or "digits were expected" in one["unsure"] for one in numbers)


def test_a_given_box_is_explained_as_it_is_read(digits_command, sheet, tmp_path):
    (tmp_path / "boxes.json").write_text('[[0, 0, 240, 140], {"box": [0, 140, 476, 140], "name": "second"}]')
    code, out, err = digits_command("explain", sheet[0], "--boxes", "boxes.json", "--json")
    assert (code, err) == (0, "")
    first, second = json.loads(out)["fields"]
    assert [len(first["digits"]) > 0, len(second["digits"]) > 0, second["name"]] == [True, True, "second"]
    found = json.loads(digits_command("explain", sheet[0], "--boxes", "boxes.json", "--field", "1", "--json")[1])
    assert found["picture"] == "sheet.png, field 1"
    inside = [*found["numbers"], *found["digits"]]
    read = [mark["text"] for one in inside for mark in one.get("marks", [one])]
    assert read == [mark["text"] for mark in first["marks"]]


@pytest.mark.parametrize(
    "options",
    [
        ["--type", "integer"],
        ["--type", "date", "--locale", "de_DE"],
        ["--check", "luhn"],
        ["--signs", "none", "--risk", "0.05", "--check", "sum"],
        ["--boxes", "boxes.json", "--check", "luhn"],
    ],
    ids=" ".join,
)
def test_it_explains_the_answer_that_read_gives_with_the_same_options(digits_command, sheet, tmp_path, options):
    (tmp_path / "boxes.json").write_text('[{"box": [0, 0, 476, 140], "type": "time"}]')
    read = json.loads(digits_command("read", sheet[0], "--json", *options)[1])["numbers"]
    explained = json.loads(digits_command("explain", sheet[0], "--json", *options)[1])
    said = ("text", "confidence", "unsure", "value", "note", "box")
    numbers = explained["numbers"] + (explained["fields"] or [])
    assert [[one[key] for key in said] for one in numbers] == [[one[key] for key in said] for one in read] != []


BAD_INPUT = {
    "no such locale": (["explain", "scan.png", "--locale", "xx"], "'xx' is no locale; expected"),
    "no such type": (["explain", "scan.png", "--type", "money"], "'money' is no type; expected one of integer"),
    "no such check": (["explain", "scan.png", "--check", "crc"], "'crc' is no check; expected one of luhn"),
    "no such risk": (["explain", "scan.png", "--risk", "0.3"], "0.3"),
    "no such picture": (["explain", "nowhere.png"], "nowhere.png"),
    "no picture": (["explain", "text.png"], "text.png"),
    "no such page": (["explain", "scan.png", "--page", "3"], "scan.png has 1 page; there is no page 3"),
    "page 0": (["explain", "scan.png", "--page", "0"], "--page"),
    "a label that is no number": (["explain", "scan.png", "--label", "seven"], "the label is 'seven'; expected"),
    "no such line": (
        ["explain", "scan.png", "--line", "2"],
        "scan.png has no number in line 2; there are some in line 1",
    ),
    "line 0": (["explain", "scan.png", "--line", "0"], "--line"),
    "no such signs": (["explain", "scan.png", "--signs", "some"], "--signs"),
    "no such field": (["explain", "scan.png", "--field", "1"], "scan.png has no printed boxes; there is no field 1"),
    "no such boxes": (["explain", "scan.png", "--boxes", "nothing.json"], "nothing.json cannot be read"),
    "no such layout": (["explain", "scan.png", "--layout", "poem"], "--layout"),
    "no count": (["explain", "scan.png", "--expect", "some"], "'some' is no count of digits; expected"),
    "a count of none": (["explain", "scan.png", "--expect", "0"], "is no count of digits; expected"),
    "a count backwards": (["explain", "scan.png", "--expect", "5-3"], "is no count of digits; expected"),
    "no such model": (["explain", "scan.png", "--model", "nobody"], "there is no model 'nobody'"),
    "a figure that is none": (["explain", "scan.png", "--out", "why.txt"], "why.txt is no figure"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(digits_command, scan, tmp_path, case):
    (tmp_path / "text.png").write_text("no picture")
    arguments, expected = BAD_INPUT[case]
    code, out, err = digits_command(*arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert len([line for line in err.splitlines() if line.lower().startswith("error")]) == 1


def test_without_matplotlib_the_words_are_there_and_a_figure_is_one_clear_line(digits_command, scan, monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("matplotlib", "digits.evaluation.figures"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert digits_command("explain", scan[0], *DIGIT)[0] == 0
    code, out, err = digits_command("explain", scan[0], *DIGIT, "--out", "why.png")
    assert (code, out) == (2, "")
    assert "pip install 'handwritten-digits[train]'" in err
    assert len(err.splitlines()) == 1


def test_from_python(scan, tmp_path, sample_test):
    found = digits.explain(tmp_path / scan[0], label=scan[1], layout="digit")
    assert isinstance(found, digits.Explanation)
    assert found.digits[0].guess == scan[1]
    again = digits.explain(np.asarray(Image.open(tmp_path / scan[0])), model=digits.load(), layout="digit")
    assert again.digits[0].guess == scan[1]
    with pytest.raises(PictureError, match="has 1 page; there is no page 2"):
        digits.explain(tmp_path / scan[0], page=1)
