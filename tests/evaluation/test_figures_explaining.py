"""The figure of an explanation shows what was found, and can be drawn of anything."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from matplotlib.text import Text

import digits
from digits.evaluation.figures.explaining import explanation
from digits.explaining.explain import explain
from digits.explaining.explained_number import AgainstLabel
from digits.reading.pictures.picture import Picture
from digits.reading.reader import Reader
from digits.reading.results import Unread


@pytest.fixture(scope="module")
def reader():
    return Reader(digits.load("cnn-sturdy"), layout="digit")


@pytest.fixture
def few(sample):
    return sample.images[:200], sample.labels[:200]


def picture_of(image, *, factor=6, name="a $1 and a $7.png"):
    """A digit as a picture, dark on light, under a name that Matplotlib could take for a formula."""
    return Picture(name, 0, 255 - cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC))


def texts(figure):
    """Everything that a figure says, drawn: what overlaps or lacks a glyph is a warning, and so an error."""
    figure.savefig(io.BytesIO(), format="png")
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_text())


def axes_titled(figure, title):
    return next(axes for axes in figure.axes if f"{axes.get_title()}{axes.get_title(loc='left')}".startswith(title))


def test_it_shows_the_way_from_the_picture_to_the_answer(reader, few, sample_test):
    found = explain(reader, picture_of(sample_test.images[0]), sample=few)
    (digit,) = found.digits
    figure = explanation(found)
    shown = axes_titled(figure, "the picture").images[0].get_array()
    assert np.array_equal(shown, found.picture.pixels)
    assert np.array_equal(axes_titled(figure, "what the network saw").images[0].get_array(), digit.look.form.image)
    falls = axes_titled(figure, "where it looked").images[1].get_array()
    np.testing.assert_allclose(falls, digit.occlusion.falls(digit.guess))
    widths = [bar.get_width() for bar in axes_titled(figure, "its answer").patches]
    np.testing.assert_allclose(widths, digit.look.probabilities)
    said = texts(figure)
    assert f"a $1 and a $7.png: read as {digit.guess}" in said
    assert found.words[0] in said


def test_the_box_of_the_digit_stands_in_the_picture(reader, sample_test):
    found = explain(reader, picture_of(sample_test.images[0]))
    (box,) = axes_titled(explanation(found), "the picture").patches
    left, top, width, height = found.digits[0].surroundings.box
    assert (box.get_x() + 0.5, box.get_y() + 0.5, box.get_width(), box.get_height()) == (left, top, width, height)


def test_a_label_has_its_own_row_of_neighbours_and_its_own_bar(reader, few, sample_test):
    image, label = sample_test.images[0], int(sample_test.labels[0])
    wanted = (label + 1) % 10
    figure = explanation(explain(reader, picture_of(image), sample=few, label=wanted))
    said = texts(figure)
    assert f"; it should be {wanted}" in said
    assert f"the nearest that are {wanted}" in said
    assert axes_titled(figure, "its answer").patches[wanted].get_hatch()


def test_colour_is_drawn_and_a_large_picture_is_reduced(reader, sample_test):
    grey = cv2.resize(picture_of(sample_test.images[0]).pixels, (1600, 1600))
    figure = explanation(explain(reader, Picture("photo", 0, np.stack([grey, grey // 2, grey // 3], axis=2))))
    assert axes_titled(figure, "the picture").images[0].get_array().shape == (700, 700, 3)


def test_a_blank_picture_has_a_figure_that_says_so(reader):
    said = texts(explanation(explain(reader, Picture("blank.png", 0, np.full((60, 90), 255, np.uint8)))))
    assert "blank.png: nothing found" in said
    assert "the picture is blank" in said.replace("\n   ", " ")


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3)])
def test_pictures_of_any_shape_can_be_drawn(reader, few, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    texts(explanation(explain(reader, Picture("odd", 0, pixels), sample=few, label=3)))


def test_a_figure_is_drawn_twice_the_same(reader, few, sample_test):
    found = explain(reader, picture_of(sample_test.images[1]), sample=few)
    first, second = io.BytesIO(), io.BytesIO()
    for file in (first, second):
        explanation(found).savefig(file, format="png", metadata={"Software": None})
    assert first.getvalue() == second.getvalue()


def test_a_form_shows_its_fields_with_their_numbers(sample_test):
    sheet = np.full((200, 660), 235, np.uint8)
    for at in range(4):
        cv2.rectangle(sheet, (20 + 160 * at, 20), (150 + 160 * at, 170), 90, 3)
        if at != 2:
            image = cv2.resize(sample_test.images[at], (112, 112), interpolation=cv2.INTER_CUBIC)
            sheet[38:150, 30 + 160 * at : 142 + 160 * at] -= (image * 0.8).astype(np.uint8)
    found = explain(Reader(digits.load(), layout="grid"), Picture("form.png", 0, sheet))
    figure = explanation(found)
    assert len(axes_titled(figure, "the picture").patches) == 4
    said = texts(figure)
    assert "form.png: 4 fields" in said
    assert found.words[0] in said.replace("\n   ", " ")


@pytest.fixture(scope="module")
def page(sample_test):
    """What is found on a page of four lines of two digits each: at least two numbers."""
    lines = [
        np.concatenate([cv2.resize(image, (84, 84)) for image in sample_test.images[start : start + 2]], axis=1)
        for start in range(0, 8, 2)
    ]
    ink = np.concatenate([np.pad(line, ((20, 40), (30, 60))) for line in lines])
    found = explain(Reader(digits.load()), Picture("a $1 page.png", 0, (235 - 0.8 * ink).astype(np.uint8)))
    assert len(found.numbers) > 1
    return found


def test_a_page_shows_where_numbers_were_found_and_the_strips_of_the_first(page):
    figure = explanation(page)
    marks = sum(len(one.found.marks) for one in page.numbers)
    places = axes_titled(figure, "the picture").patches
    assert len(places) == len(page.numbers) + marks + len(page.unread)
    np.testing.assert_allclose(places[0].get_xy()[:4] + 0.5, page.numbers[0].found.corners)
    assert sum(axes.get_title(loc="left").startswith("line ") for axes in figure.axes) == min(4, len(page.numbers))
    said = texts(figure)
    assert page.words[0] in said
    assert page.numbers[0].words[0] in said


def test_a_number_shows_its_strip_its_marks_and_its_digits_with_what_is_said_of_each(page):
    one = page.numbers[0]
    figure = explanation(replace(page, numbers=(one,), words=one.words))
    (block,) = (axes for axes in figure.axes if axes.get_title(loc="left").startswith("line 1: "))
    strip, *shown = [image.get_array() for image in block.images]
    assert np.array_equal(strip, one.line.crop.pixels)
    assert [image.tolist() for image in shown] == [digit.image.tolist() for digit in one.number.digits]
    marks = {f"{mark.text}{'?' if mark.unsure else ''}" for mark in one.number.marks}
    assert marks <= {text.get_text() for text in block.texts}
    bars = [patch.get_height() for patch in block.patches if patch.get_height() <= 0]
    assert len(bars) == 20 * len(one.number.digits)
    said = [[*pair] for digit, seen in zip(one.number.digits, one.seen, strict=True)
            for pair in zip(digit.probabilities, seen, strict=True)]  # fmt: skip
    np.testing.assert_allclose(bars, -0.45 * np.ravel(said), atol=1e-6)


def test_of_a_page_the_number_is_drawn_that_a_label_was_held_against(page):
    last = len(page.numbers) - 1
    against = AgainstLabel("99", (last,), page.numbers[last].text, (), 0.0)
    figure = explanation(replace(page, against_label=against))
    blocks = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left").startswith("line ")]
    assert len(blocks) == 1
    assert blocks[0].startswith(f"line {page.numbers[last].number.line + 1}: ")


def test_a_place_that_was_not_read_is_drawn_with_a_question_mark(page):
    unread = (Unread((10, 10, 30, 40), "no digit in it"),)
    figure = explanation(replace(page, numbers=(), words=("Nothing was found.",), unread=unread))
    (place,) = axes_titled(figure, "the picture").patches
    assert (place.get_x(), place.get_width()) == (10, 30)
    assert "?" in texts(figure)
