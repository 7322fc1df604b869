"""The figure of numbers shows their ink, their cuts, what the network saw of it and the other versions."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

import digits
from digits.evaluation.figures.explaining import explanation
from digits.evaluation.figures.explaining_numbers import SHOWN
from digits.evaluation.figures.explaining_versions import VERSIONS
from digits.evaluation.figures.style import BLUE, GREEN, ORANGE
from digits.reading.explain import explain
from digits.reading.picture import Picture
from digits.reading.reader import Reader


@pytest.fixture(scope="module")
def reader():
    return Reader(digits.load(), layout="page")


def line_of(sample_test, count, start=0, closer=0):
    """Digits side by side, uint8 (140, 112 a digit and less if they are to be closer), dark on light."""
    images = sample_test.images[start : start + count]
    digits = [cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC) for image in images]
    line = np.concatenate([digit[:, closer : 112 - closer] for digit in digits], axis=1)
    return np.pad(235 - (line * (200 / 255)).astype(np.uint8), 14, constant_values=235)


def texts(figure):
    """Everything that a figure says, drawn: what overlaps or lacks a glyph is a warning, and so an error."""
    figure.savefig(io.BytesIO(), format="png")
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_text())


def strips(figure):
    """The axes of strips: each has an image in colours, and below it one for each digit."""
    return [axes for axes in figure.axes if len(axes.images) > 1]


def test_it_shows_the_ink_in_colours_and_what_the_network_saw_of_each_digit(reader, sample_test):
    found = explain(reader, Picture("a $1 and a $7.png", 0, line_of(sample_test, 3)))
    (one,) = found.numbers
    figure = explanation(found)
    (axes,) = strips(figure)
    ink, _, *images = [image.get_array() for image in axes.images]  # the second is what the line network heard
    colours = {tuple(colour) for colour in np.unique(np.asarray(ink).reshape(-1, 3), axis=0)}
    assert {to_rgb(BLUE), to_rgb(GREEN)} <= colours
    assert to_rgb(ORANGE) not in colours
    for image, digit in zip(images, one.number.digits, strict=True):
        assert np.array_equal(image, digit.image)
    said = texts(figure)
    assert "a $1 and a $7.png: read as" in said
    assert "left out" not in said
    for sentence in found.words:
        assert sentence in said.replace("\n   ", " ")


def test_its_table_says_what_the_network_said(reader, sample_test):
    found = explain(reader, Picture("line", 0, line_of(sample_test, 4)))
    (one,) = found.numbers
    said = texts(explanation(found)).split("\n")
    for digit, share, considered in zip(one.number.digits, one.line.shares, one.segmentation.considered, strict=True):
        assert digit.text + ("?" if digit.unsure else "") in said
        assert f"{digit.probabilities.max():.2f}" in said
        assert f"{share:.2f}" in said
        assert str(len(considered)) in said


def test_its_table_says_what_each_network_said_where_both_count_the_same_digits(reader, sample_test):
    found = explain(reader, Picture("line", 0, line_of(sample_test, 4)))
    (one,) = found.numbers
    sure = np.eye(10)[[int(digit) for digit in one.guess]]
    alike, other = (replace(one, heard=replace(one.heard, said=said)) for said in (sure, None))
    assert {"by the piece", "by the whole"} <= set(texts(explanation(replace(found, numbers=(alike,)))).split("\n"))
    assert "by the " not in texts(explanation(replace(found, numbers=(other,))))


def test_every_cut_is_drawn(reader, sample_test):
    found = explain(reader, Picture("line", 0, line_of(sample_test, 4, start=20, closer=39)))
    (one,) = found.numbers
    (axes,) = strips(explanation(found))
    assert one.segmentation.cuts
    assert len(axes.collections) == len(one.segmentation.cuts)


def test_the_versions_are_bars_of_their_shares(reader, sample_test):
    found = explain(reader, Picture("line", 0, line_of(sample_test, 4, start=20)))
    (one,) = found.numbers
    figure = explanation(found)
    (axes,) = [axes for axes in figure.axes if axes.get_title(loc="left").startswith("the ways to read it")]
    versions = one.segmentation.versions[:VERSIONS]
    assert [bar.get_width() for bar in axes.patches] == [version.share for version in versions]
    said = texts(figure)
    assert all(version.text in said for version in versions)


def test_a_version_that_lost_says_by_how_much_it_lost_to_its_pieces_and_to_the_line_network(reader, sample_test):
    found = explain(reader, Picture("line", 0, line_of(sample_test, 3)))
    (one,) = found.numbers
    best = replace(one.segmentation.versions[0], score=9.0, seen=10.0, heard=-0.5)
    other = replace(best, text="1", score=4.0, seen=12.5, heard=-4.25)
    unasked = replace(best, text="2", score=3.0, seen=3.0, heard=None)
    parts = replace(one.segmentation, versions=(best, other, unasked))
    said = texts(explanation(replace(found, numbers=(replace(one, segmentation=parts),)))).split("\n")
    assert any(text.endswith("lost by 5.0: pieces \N{MINUS SIGN}2.5, whole 7.5") for text in said)
    assert any(text.endswith("lost by 6.0") for text in said)


def test_what_was_left_out_has_its_colour_and_its_name(reader, sample_test):
    picture = line_of(sample_test, 3)
    cv2.circle(picture, (126, 118), 6, 35, -1)
    found = explain(reader, Picture("line", 0, picture))
    assert any(one.segmentation.left_out for one in found.numbers)
    assert "left out" in texts(explanation(found))


def test_of_many_numbers_the_first_are_drawn_and_it_says_how_many(reader, sample_test):
    page = np.concatenate([line_of(sample_test, 3, start) for start in range(0, 18, 3)])
    found = explain(reader, Picture("page", 0, page))
    assert len(found.numbers) > SHOWN
    figure = explanation(found)
    assert len(strips(figure)) == SHOWN
    said = texts(figure)
    assert f"Drawn below: {SHOWN} of {len(found.numbers)} numbers." in said
    assert "line 1" in said


def test_with_a_label_the_number_that_it_was_held_against_is_drawn(reader, sample_test):
    page = np.concatenate([line_of(sample_test, 3, start) for start in range(0, 18, 3)])
    last = explain(reader, Picture("page", 0, page)).numbers[-1].guess
    figure = explanation(explain(reader, Picture("page", 0, page), label=last))
    assert len(strips(figure)) == 1
    assert "line 6" in texts(figure)


def test_colour_is_drawn_and_a_large_picture_is_reduced(reader, sample_test):
    grey = cv2.resize(line_of(sample_test, 4), None, fx=3, fy=3)
    figure = explanation(explain(reader, Picture("photo", 0, np.stack([grey, grey // 2, grey // 3], axis=2))))
    shown = next(axes for axes in figure.axes if axes.get_title().startswith("the picture")).images[0].get_array()
    assert shown.ndim == 3
    assert max(shown.shape) == 700


@pytest.mark.parametrize("count", [1, 2, 25])
def test_numbers_of_any_length_can_be_drawn(reader, sample_test, count):
    one_line = Reader(reader.classifier, layout="line")
    found = explain(one_line, Picture("line", 0, line_of(sample_test, count)), label="12345")
    assert len(found.numbers) >= 1
    texts(explanation(found))


def test_a_figure_is_drawn_twice_the_same(reader, sample_test):
    found = explain(reader, Picture("line", 0, line_of(sample_test, 3)))
    first, second = io.BytesIO(), io.BytesIO()
    for file in (first, second):
        explanation(found).savefig(file, format="png", metadata={"Software": None})
    assert first.getvalue() == second.getvalue()
