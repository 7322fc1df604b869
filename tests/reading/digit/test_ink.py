"""Ink is found on any paper, under any light, by any pen: strokes drawn where they are known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from digits.reading.digit import ink
from digits.reading.digit.ink import NARROW, find_ink, polarities
from digits.reading.digit.mnist_form import stroke_width


def strokes(height=160, width=120, thickness=8):
    """A known digit-like mask: a 7 with a bar, uint8 0 or 1."""
    canvas = np.zeros((height, width), np.uint8)
    for ends in (((30, 40), (90, 40)), ((90, 40), (50, 130)), ((50, 85), (90, 85))):
        cv2.line(canvas, *ends, 1, thickness)
    return canvas


def agreement(found, expected):
    """Intersection over union of two masks."""
    return (found & expected).sum() / (found | expected).sum()


def written(paper, ink_level, mask=None):
    """Dark ink on paper: what part of its light the ink takes away."""
    mask = strokes() if mask is None else mask
    return np.clip(paper * (1 - ink_level * mask), 0, 255).astype(np.uint8)


PAPER = np.full((160, 120), 230.0)
ROWS, COLUMNS = np.mgrid[:160, :120]


@pytest.mark.parametrize(
    ("paper", "ink_level"),
    [
        pytest.param(PAPER, 0.9, id="ink on white paper"),
        pytest.param(PAPER, 0.15, id="faint pencil"),
        pytest.param(PAPER * (0.6 + 0.4 * COLUMNS / 119), 0.3, id="light that falls off to one side"),
        pytest.param(PAPER * (1 - 0.5 * (np.hypot(ROWS - 80, COLUMNS - 60) / 100) ** 2), 0.4, id="dark corners"),
        pytest.param(PAPER + np.random.default_rng(0).normal(0, 6, PAPER.shape), 0.5, id="grain"),
    ],
)
def test_ink_is_found_whatever_the_paper_and_the_light(paper, ink_level):
    ink = find_ink(written(paper, ink_level), light=False)
    assert agreement(ink.mask, strokes()) > 0.8
    assert ink.stroke_width == pytest.approx(8, abs=2.5)


def test_a_shadow_with_an_edge_is_paper_when_the_estimate_follows_it():
    shadow = np.where(COLUMNS + 0.3 * ROWS > 80, 0.6, 1.0)
    ink = find_ink(written(PAPER * cv2.GaussianBlur(shadow, (0, 0), 2), 0.7), light=False, reach=NARROW)
    assert agreement(ink.mask, strokes()) > 0.7


def test_light_ink_is_read_from_the_negative():
    picture = 255 - written(PAPER, 0.8)
    assert agreement(find_ink(picture, light=True).mask, strokes()) > 0.8


@pytest.mark.parametrize("level", [4, 10, 30])
def test_near_black_on_black_is_still_ink(level):
    picture = (level * strokes()).astype(np.uint8)
    assert polarities(picture)[0]
    assert agreement(find_ink(picture, light=True).mask, strokes()) > 0.9


@pytest.mark.parametrize("colour", [(250, 235, 60), (40, 60, 200), (220, 40, 40), (120, 200, 120)])
def test_a_coloured_pen_stands_out_in_the_channel_that_it_darkens(colour):
    picture = np.full((160, 120, 3), 245, np.uint8)
    picture[strokes() > 0] = colour
    assert agreement(find_ink(picture, light=False).mask, strokes()) > 0.9


def test_a_stroke_that_fades_is_followed_to_its_end():
    fading = np.linspace(1, 0.25, 160)[:, None] * np.ones((1, 120))
    ink = find_ink(written(PAPER, 0.8 * fading), light=False)
    assert ink.mask[125:130, 45:60].any()


def test_a_one_pixel_line_in_a_large_picture_is_kept_whole():
    mask = np.zeros((400, 400), np.uint8)
    cv2.circle(mask, (200, 200), 120, 1, 1)
    found = find_ink(written(np.full((400, 400), 255.0), 1.0, mask), light=False)
    assert agreement(found.mask, mask) > 0.9


@pytest.mark.parametrize("value", [0, 7, 128, 255])
@pytest.mark.parametrize("light", [False, True])
def test_a_blank_picture_has_no_ink(value, light):
    assert find_ink(np.full((50, 70), value, np.uint8), light=light) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (2, 3), (8, 8)])
def test_any_size_has_ink_or_none(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for light in (False, True):
        ink = find_ink(picture, light=light)
        assert ink is None or ink.mask.shape == tuple(max(1, round(side * ink.scale)) for side in shape)


def test_the_ground_is_what_frame_and_corners_show():
    assert polarities(written(PAPER, 0.8)) == (False,)
    assert polarities(255 - written(PAPER, 0.8)) == (True,)


def test_the_question_is_left_open_where_a_digit_fills_its_frame():
    eight = np.zeros((16, 16), np.uint8)
    eight[:, 2:14] = 255
    eight[4:7, 6:10] = eight[10:13, 6:10] = 0
    assert len(polarities(eight)) == 2


@pytest.mark.parametrize("width", [1, 3, 8, 20])
def test_the_width_of_strokes_is_that_of_the_pen(width):
    mask = np.zeros((200, 200), np.uint8)
    mask[40:160, 100 : 100 + width] = 1
    assert stroke_width(mask) == pytest.approx(width, abs=max(1, 0.2 * width))


# The short cuts give what the long way would


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=80)))
@settings(max_examples=100, deadline=None)
def test_specks_are_taken_away_by_the_median_of_three_by_three(grey):
    assert np.array_equal(ink._without_specks(grey), cv2.medianBlur(grey, 3))


@given(arrays(np.uint8, st.integers(1, 60)))
@settings(max_examples=100, deadline=None)
def test_median_and_spread_follow_from_the_histogram(values):
    counts = np.bincount(values)
    assert ink._median(counts) == np.median(values)
    assert ink._spread(counts) == np.ptp(values)


@given(arrays(np.float32, st.integers(1, 30).map(lambda half: 2 * half), elements=st.floats(-1e3, 1e3, width=32)))
@settings(max_examples=100, deadline=None)
def test_the_middle_is_the_median(values):
    assert ink._middle(values) == np.median(values)


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.integers(0, 1)))
@settings(max_examples=100, deadline=None)
def test_components_are_numbered_and_measured_as_opencv_does_it_by_itself(mask):
    labels, table = ink.labelled(mask)
    _, expected, measured, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    assert np.array_equal(labels, expected)
    assert np.array_equal(table[1:], measured[1:])
