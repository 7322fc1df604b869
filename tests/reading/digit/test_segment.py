"""What belongs to the one digit in a picture, and what is dirt, an edge or a ruled line."""

import cv2
import numpy as np
import pytest

from digits.reading.digit.ink import Ink
from digits.reading.digit.segment import find_marks, one_digit, without_ruled_lines


def ink_of(mask, contrast=None):
    return Ink(mask, 255 * mask if contrast is None else contrast, False, 1.0, 4.0)


def five(*, gap=0):
    """A 5 in the middle of 120 × 100 pixels, its bar `gap` pixels away from the rest."""
    mask = np.zeros((120, 100), np.uint8)
    cv2.ellipse(mask, (50, 75), (20, 18), 0, -120, 150, 1, 5)
    cv2.line(mask, (38, 58), (40, 35), 1, 5)
    cv2.line(mask, (43 + gap, 34), (68, 34), 1, 5)
    return mask


def test_a_bar_that_lost_its_stroke_still_belongs_to_the_digit():
    mask = five(gap=6)
    assert len(find_marks(ink_of(mask)).area) == 2
    assert np.array_equal(one_digit(ink_of(mask)), mask)


def test_dirt_is_left_out():
    mask = five()
    dirty = mask.copy()
    dirty[10:12, 90:92] = 1
    assert np.array_equal(one_digit(ink_of(dirty)), mask)


@pytest.mark.parametrize(
    "edge",
    [
        pytest.param(np.s_[:, :3], id="left"),
        pytest.param(np.s_[:4, :], id="above"),
        pytest.param(np.s_[-3:, 20:], id="below, in part"),
    ],
)
def test_the_edge_of_a_page_is_left_out(edge):
    mask = five()
    framed = mask.copy()
    framed[edge] = 1
    assert np.array_equal(one_digit(ink_of(framed)), mask)


def test_a_corner_of_two_edges_is_left_out_however_much_ink_it_has():
    mask = five()
    framed = mask.copy()
    framed[:, -5:] = framed[-5:, :] = 1
    assert np.array_equal(one_digit(ink_of(framed)), mask)


def test_a_digit_that_the_frame_cuts_off_is_no_edge():
    cut = five()[:80]
    assert one_digit(ink_of(cut)).sum() > 0.9 * cut.sum()


def test_a_stain_is_no_ink():
    mask = five()
    stained = mask.copy()
    stained[80:110, 5:20] = 1
    contrast = 255 * mask + 40 * (stained - mask)
    assert np.array_equal(one_digit(ink_of(stained, contrast.astype(np.uint8))), mask)


def test_a_blank_mask_holds_no_digit():
    assert one_digit(ink_of(np.zeros((20, 20), np.uint8))) is None


@pytest.mark.parametrize("slope", [0, 2, -3])
def test_a_ruled_line_is_taken_away_and_the_strokes_it_crossed_are_mended(slope):
    mask = five()
    ruled = mask.copy()
    cv2.line(ruled, (0, 70), (99, 70 + slope), 1, 2)
    rest = without_ruled_lines(ink_of(ruled))
    assert (rest & mask).sum() > 0.95 * mask.sum()
    assert (rest & (1 - mask)).sum() < 0.2 * (ruled & (1 - mask)).sum()


def test_the_border_of_a_cell_is_taken_away():
    mask = five()
    cell = mask.copy()
    cv2.rectangle(cell, (4, 4), (95, 115), 1, 2)
    assert np.array_equal(one_digit(ink_of(cell), without_ruled_lines(ink_of(cell))), mask)


def test_the_strokes_of_a_digit_are_no_ruled_lines():
    assert without_ruled_lines(ink_of(five())) is None
