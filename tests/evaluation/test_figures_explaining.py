"""The figure of an explanation shows what was found, and can be drawn of anything."""

import io

import cv2
import numpy as np
import pytest
from matplotlib.text import Text

import digits
from digits.evaluation.figures.explaining import explanation
from digits.explaining.explain import explain
from digits.reading.picture import Picture
from digits.reading.reader import Reader


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
    return next(axes for axes in figure.axes if axes.get_title().startswith(title))


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


def test_what_was_left_out_and_a_touched_border_are_marked(reader, sample_test):
    picture = picture_of(sample_test.images[0], factor=8).pixels.copy()
    picture[:, :5] = 20
    said = texts(explanation(explain(reader, Picture("edged", 0, picture))))
    assert "left out" in said
    cut = Picture("cut", 0, np.ascontiguousarray(picture_of(sample_test.images[0]).pixels[:, :90]))
    found = explain(reader, cut)
    assert found.digits[0].surroundings.touches
    assert "touches the border" in texts(explanation(found))


def test_the_ink_of_a_small_digit_is_enlarged(reader, sample_test):
    large = np.full((900, 1200), 235, np.uint8)
    large[700:868, 900:1068] = np.minimum(picture_of(sample_test.images[0]).pixels, 235)
    figure = explanation(explain(reader, Picture("large", 0, large)))
    shown = axes_titled(figure, "the ink found, enlarged").images[0].get_array()
    assert max(shown.shape[:2]) < 500
    assert (shown < 0.5).any()


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
    found = explain(Reader(digits.load()), Picture("form.png", 0, sheet))
    figure = explanation(found)
    assert len(axes_titled(figure, "the picture").patches) == 4
    said = texts(figure)
    assert "form.png: 4 fields" in said
    assert found.words[0] in said.replace("\n   ", " ")
