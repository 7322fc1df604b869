"""`digits explain`: words, a drawing, a figure; and bad input is one line."""

import json
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

import digits
from digits.errors import PictureError


@pytest.fixture
def scan(tmp_path, sample_test):
    """A digit, dark on light, `scan.png`, and its label."""
    pixels = 255 - cv2.resize(sample_test.images[0], (140, 140), interpolation=cv2.INTER_CUBIC)
    Image.fromarray(pixels).save(tmp_path / "scan.png")
    return "scan.png", int(sample_test.labels[0])


def test_it_prints_the_drawing_and_the_words(digits_command, scan):
    code, out, err = digits_command("explain", scan[0])
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "scan.png"
    assert f"Read as {scan[1]} with confidence" in out
    assert any(0x2801 <= ord(character) <= 0x28FF for character in out)
    assert "The nearest of the sample's 5,000 digits are" in out
    assert "figure" not in out


def test_the_label_is_held_against_the_answer(digits_command, scan):
    wanted = (scan[1] + 1) % 10
    code, out, _ = digits_command("explain", scan[0], "--label", wanted)
    assert code == 0
    assert f"It should be a{'n' if wanted == 8 else ''} {wanted}:" in out


@pytest.mark.parametrize(
    ("out", "file"), [("why.png", "why.png"), ("here", "here/scan-explained.png"), ("why.svg", "why.svg")]
)
def test_the_figure_is_written(digits_command, scan, tmp_path, out, file):
    code, printed, err = digits_command("explain", scan[0], "--out", out)
    assert (code, err) == (0, "")
    assert printed.splitlines()[-1] == f"figure  {file}"
    assert (tmp_path / file).stat().st_size > 10_000


def test_it_prints_one_object(digits_command, scan):
    code, out, _ = digits_command("explain", scan[0], "--json", "--out", "why.png")
    assert code == 0
    found = json.loads(out)
    assert (found["picture"], found["page"], found["model"]) == ("scan.png", 0, digits.load().name)
    assert found["digits"][0]["text"] == str(scan[1])
    assert found["figure"] == "why.png"


def test_another_model_explains_itself(digits_command, scan):
    code, out, _ = digits_command("explain", scan[0], "--model", "dense-128-64", "--json")
    assert code == 0
    assert json.loads(out)["model"] == "dense-128-64"


def test_a_page_is_chosen(digits_command, scan, tmp_path):
    pages = [Image.fromarray(np.full((50, 50), 255, np.uint8)), Image.open(tmp_path / scan[0])]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    first = digits_command("explain", "pages.tif")[1]
    second = digits_command("explain", "pages.tif", "--page", 2)[1]
    assert "the picture is blank" in first
    assert f"Read as {scan[1]}" in second


def test_a_blank_picture_is_explained_and_no_error(digits_command, tmp_path):
    Image.new("L", (60, 60), 255).save(tmp_path / "blank.png")
    code, out, err = digits_command("explain", "blank.png")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith("Nothing was found: the picture is blank")


BAD_INPUT = {
    "no such picture": (["explain", "nowhere.png"], "nowhere.png"),
    "no picture": (["explain", "text.png"], "text.png"),
    "no such page": (["explain", "scan.png", "--page", "3"], "scan.png has 1 page; there is no page 3"),
    "page 0": (["explain", "scan.png", "--page", "0"], "--page"),
    "a label that is no digit": (["explain", "scan.png", "--label", "12"], "--label"),
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
    assert digits_command("explain", scan[0])[0] == 0
    code, out, err = digits_command("explain", scan[0], "--out", "why.png")
    assert (code, out) == (2, "")
    assert "pip install 'handwritten-digits[train]'" in err
    assert len(err.splitlines()) == 1


def test_from_python(scan, tmp_path, sample_test):
    found = digits.explain(tmp_path / scan[0], label=scan[1])
    assert isinstance(found, digits.Explanation)
    assert found.digits[0].guess == scan[1]
    again = digits.explain(np.asarray(Image.open(tmp_path / scan[0])), model=digits.load())
    assert again.digits[0].guess == scan[1]
    with pytest.raises(PictureError, match="has 1 page; there is no page 2"):
        digits.explain(tmp_path / scan[0], page=1)
