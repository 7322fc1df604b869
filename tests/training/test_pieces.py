"""Pieces of digits and joined ones: made of digits, and none of them can pass for one."""

import cv2
import numpy as np
import pytest

from digits.training import pieces
from digits.training.drawings import SIDE

MAKERS = (pieces.part, pieces.half, pieces.pair, pieces.attached)
every_kind = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


@pytest.fixture(scope="module")
def digits(sample):
    return {digit: sample.images[sample.labels == digit] for digit in range(10)}


def made(make, digits, count=100, seed=0):
    random = np.random.default_rng(seed)
    return [make(digits, random) for _ in range(count)]


def shapes(canvases):
    """Width by height of the ink of each."""
    boxes = np.array([cv2.boundingRect((canvas > 64).astype(np.uint8)) for canvas in canvases])
    return boxes[:, 2] / boxes[:, 3]


@every_kind
def test_canvases_are_light_on_black_differ_and_follow_from_the_seed(make, digits):
    canvases = made(make, digits)
    assert all((canvas.dtype, canvas.shape) == (np.uint8, (SIDE, SIDE)) for canvas in canvases)
    assert all(canvas.max() > 100 for canvas in canvases)
    assert len({canvas.tobytes() for canvas in canvases}) > 90
    assert all(np.array_equal(*both) for both in zip(canvases, made(make, digits), strict=True))


@every_kind
def test_the_ink_is_as_large_as_the_canvas_allows_and_in_its_middle(make, digits):
    for canvas in made(make, digits, count=40):
        left, top, width, height = cv2.boundingRect((canvas > 24).astype(np.uint8))
        assert 70 <= max(width, height) <= 86
        assert abs(left + width / 2 - SIDE / 2) < 6
        assert abs(top + height / 2 - SIDE / 2) < 6


@pytest.mark.parametrize("make", [pieces.part, pieces.half], ids=lambda make: make.__name__)
def test_a_piece_is_no_straight_stroke_which_would_be_a_one(make, digits):
    assert np.mean([pieces.is_slender(canvas) for canvas in made(make, digits, count=200)]) < 0.03


def test_an_upright_and_a_slanted_stroke_are_slender_and_a_ring_is_not():
    strokes = [np.zeros((SIDE, SIDE), np.uint8) for _ in range(3)]
    cv2.line(strokes[0], (48, 10), (48, 86), 255, 8)
    cv2.line(strokes[1], (30, 10), (70, 86), 255, 8)
    cv2.circle(strokes[2], (48, 48), 30, 255, 6)
    assert [pieces.is_slender(stroke) for stroke in strokes] == [True, True, False]
    assert pieces.is_slender(np.zeros((SIDE, SIDE), np.uint8))


def test_parts_are_narrower_and_halves_lower_than_digits(digits):
    whole = shapes([image for images in digits.values() for image in images[:20]])
    assert np.median(shapes(made(pieces.part, digits))) < np.median(whole)
    assert np.median(shapes(made(pieces.half, digits))) > 1.3 * np.median(whole)


def test_pairs_are_wider_than_digits_and_most_of_them_wider_than_high(digits):
    wide = shapes(made(pieces.pair, digits, count=200))
    assert np.mean(wide > 1) > 0.75
    assert np.median(shapes(made(pieces.attached, digits, count=200))) > 0.9


def test_some_pairs_touch_and_some_do_not(digits):
    marks = [cv2.connectedComponents((canvas > 96).astype(np.uint8))[0] - 1 for canvas in made(pieces.pair, digits)]
    assert 0.2 < np.mean(np.array(marks) == 1) < 0.95


def test_ones_alone_are_never_joined_for_two_of_them_are_a_four(digits):
    """Where only the 1s have ink, every pair would be of 1s: one of its digits has to be another, and has none."""
    blank = {digit: np.zeros((1, 28, 28), np.uint8) for digit in range(10)} | {1: digits[1]}
    random = np.random.default_rng(0)
    pairs = [pieces.pair(blank, random) for _ in range(60)]
    ones = [cv2.connectedComponents((canvas > 96).astype(np.uint8))[0] - 1 for canvas in pairs]
    assert np.mean(np.array(ones) <= 1) > 0.9
