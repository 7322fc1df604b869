"""A number's strip, cut out of a page and read by both networks."""

import cv2
import numpy as np
import pytest

import digits
from digits.data.sources import load_dataset
from digits.reading.lines import (
    BESIDE,
    DIGITS,
    MARGIN,
    LineCrop,
    Voices,
    cut_line,
    pool,
    read_line,
    see_digits,
    without_signs,
)
from digits.reading.networks.ctc import CtcOutput
from digits.reading.networks.line_reader import load_line_reader
from digits.synthesis.hands import Glyphs, Hand
from digits.synthesis.numbers import write_number

HAND = Hand(pen=-0.3, slant=0.1, breadth=1.0, gap=0.25, gap_spread=0.02, unevenness=0.02, bend=0.01)


@pytest.fixture(scope="module")
def voices():
    return Voices.of(load_line_reader(), digits.load())


@pytest.fixture(scope="module")
def glyphs():
    return Glyphs(load_dataset("sample", "test"))


def page_with(text, glyphs, seed=0, *, height=160, left=40, top=50):
    """A page, dark on light, and the corners of the number on it."""
    written = write_number(text, HAND, glyphs, np.random.default_rng(seed))
    rows, columns = written.ink.shape
    page = np.full((height, left + columns + 60), 225.0)
    page[top : top + rows, left : left + columns] -= 170 * written.ink
    corners = np.array([(left, top), (left + columns, top), (left + columns, top + rows), (left, top + rows)], float)
    return page.astype(np.uint8), corners, written


def test_a_strip_shows_the_number_and_a_margin_of_paper(glyphs):
    page, corners, _ = page_with("123", glyphs)
    crop = cut_line(page, corners)
    height = corners[3, 1] - corners[0, 1]
    assert len(crop.pixels) == pytest.approx(height * (1 + 2 * MARGIN) + 2, abs=1.5)
    assert crop.pixels[0].min() > 200, "the margin is paper"


def test_a_place_in_a_strip_is_found_again_on_the_page(glyphs):
    page, corners, _ = page_with("123", glyphs)
    turn = cv2.getRotationMatrix2D((100, 80), 12, 1)
    turned = np.asarray(cv2.warpAffine(page, turn, page.shape[::-1], borderValue=225), np.uint8)
    places = corners @ turn[:, :2].T + turn[:, 2]
    crop = cut_line(turned, places)
    height, width = crop.pixels.shape
    high = corners[3, 1] - corners[0, 1]
    beside, above = BESIDE * high + 1, MARGIN * high + 1
    back = crop.corners(beside, above, width - beside, height - above)
    assert back == pytest.approx(places, abs=1.0)


def test_what_lies_beyond_the_pages_edge_repeats_its_last_pixels():
    page = np.full((20, 30), 200, np.uint8)
    crop = cut_line(page, np.array([(-5, -5), (34, -5), (34, 24), (-5, 24)], float))
    assert (crop.pixels == 200).all()


@pytest.mark.parametrize("light", [False, True])
def test_digits_and_signs_are_read_on_either_ground(voices, glyphs, light):
    right = 0
    for seed, text in enumerate(("12.50", "2023-05", "731", "12/08", "4,20", "806", "18:45", "9315")):
        page, corners, _ = page_with(text, glyphs, seed)
        page = 255 - page if light else page
        right += read_line(voices, cut_line(page, corners)).text == text
    assert right >= 5


def test_each_mark_has_a_box_from_left_to_right_and_digits_their_images(voices, glyphs):
    page, corners, written = page_with("4830", glyphs)
    line = read_line(voices, cut_line(page, corners))
    assert line.text == "4830"
    lefts = [mark.box[0] for mark in line.marks]
    assert lefts == sorted(lefts)
    for mark, true in zip(line.marks, written.boxes, strict=True):
        assert mark.image.shape == (28, 28)
        assert mark.probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert 0 <= mark.confidence <= 1
        middle = line.crop.corners(*mark.box).mean(axis=0) - corners[0]
        assert true[0] - 8 <= middle[0] <= true[2] + 8


def test_without_signs_only_digits_are_read(voices, glyphs):
    page, corners, _ = page_with("12.50", glyphs)
    line = read_line(voices, cut_line(page, corners), signs=False)
    assert set(line.text) <= set(DIGITS)


def test_an_expected_count_is_kept_to_or_missed(voices, glyphs):
    page, corners, _ = page_with("4830", glyphs)
    crop = cut_line(page, corners)
    kept = read_line(voices, crop, (4, 4))
    assert (len(kept.text), kept.missed) == (4, False)
    assert read_line(voices, crop, (60, 60)).missed


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (40, 9000)])
def test_any_strip_is_read_or_holds_nothing(voices, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    line = read_line(voices, LineCrop(pixels, np.eye(3)))
    assert 0 <= line.confidence <= 1


def test_empty_paper_holds_no_number(voices):
    line = read_line(voices, LineCrop(np.full((40, 120), 230, np.uint8), np.eye(3)))
    assert line.marks == ()


def test_pooling_with_no_weight_is_the_line_readers_word():
    line = np.array([0.7, 0.3, *[0.0] * 8])
    digit = np.array([0.1, 0.9, *[0.0] * 8], np.float32)
    assert pool(line, digit, 0.0, 1.0) == pytest.approx(line, abs=1e-4)
    assert pool(line, digit, 1.0, 1.0).argmax() == 1


def test_signs_that_are_not_wanted_become_nothing():
    said = np.log(np.array([[0.1, 0.3, 0.6], [0.2, 0.7, 0.1]]))
    found = without_signs(CtcOutput(said, "5."))
    assert np.exp(found.log_probabilities[:, 0]) == pytest.approx([0.7, 0.3], abs=1e-6)
    assert found.text == "5"


def test_ink_that_reaches_far_into_a_neighbour_is_parted(voices):
    strip = np.full((60, 120), 230, np.uint8)
    cv2.line(strip, (10, 30), (110, 30), 40, 4)  # two marks that are joined
    seen = see_digits(voices.classifier, strip, np.array([0.0, 60.0, 120.0]), np.array([True, True]))
    assert seen.images.shape == (2, 28, 28)
    assert seen.boxes[0, 2] <= 62
    assert seen.boxes[1, 0] >= 58
