"""Rows of a page: whichever way they run, in reading order; what surrounds a sheet and what is no writing stay out."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading.ink import Ink
from digits.reading.layout import find_rows
from digits.reading.lines import page_ink
from digits.reading.picture import Picture

TALL, PEN = 40, 5
SHAPES = "3285069"


def ink_of(mask):
    return Ink(mask, 255 * mask, False, 1.0, float(PEN))


def found_in(mask, **options):
    return find_rows(ink_of(mask), mask, **options)


def written(places, shape=(400, 700), tall=TALL):
    """A page with one digit at each place, given by its middle, x and y."""
    mask = np.zeros(shape, np.uint8)
    for number, (x, y) in enumerate(places):
        digit = SHAPES[number % len(SHAPES)]
        start = round(x - 0.38 * tall), round(y + 0.5 * tall)
        cv2.putText(mask, digit, start, cv2.FONT_HERSHEY_SIMPLEX, tall / 22, 1, PEN, cv2.LINE_8)
    return mask


def row_at(layout, place, reach=0.4 * TALL):
    """Which of a page's rows the ink around a place belongs to; None if to none."""
    x, y = (round(at) for at in place)
    around = layout.labels[max(0, round(y - reach)) : round(y + reach), max(0, round(x - reach)) : round(x + reach)]
    numbers = set(np.unique(around[around > 0]).tolist())
    rows = [index for index, row in enumerate(layout.rows) if numbers & set(row.marks.tolist())]
    assert len(rows) <= 1
    return rows[0] if rows else None


def turned(places, degrees, about=(350, 200)):
    turn = np.deg2rad(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return [tuple((np.array(place) - about) @ matrix + about) for place in places]


TWO_ROWS = [(x, y) for y in (160, 240) for x in range(150, 560, 45)]


@pytest.mark.parametrize("degrees", [0, 5, -10, 20, -20, 40])
def test_rows_are_found_in_reading_order_however_the_page_is_turned(degrees):
    places = turned(TWO_ROWS, degrees)
    layout = found_in(written(places, (600, 700)))
    assert [row_at(layout, place) for place in places] == [0] * 10 + [1] * 10
    assert [row.line for row in layout.rows] == [0, 1]
    assert all(row.angle == pytest.approx(degrees, abs=3) for row in layout.rows)
    assert all(row.height == pytest.approx(TALL, rel=0.2) for row in layout.rows)


def test_one_line_that_climbs_steeply_is_one_row():
    places = [(60 + 45 * number, 420 - 32 * number) for number in range(12)]
    layout = found_in(written(places, (460, 640)))
    assert [row_at(layout, place) for place in places] == [0] * 12
    assert layout.rows[0].angle == pytest.approx(-35.4, abs=4)


def test_a_line_that_bends_is_one_row():
    places = [(60 + 45 * number, 200 + 30 * np.sin(number / 3)) for number in range(13)]
    layout = found_in(written(places))
    assert [row_at(layout, place) for place in places] == [0] * 13


def test_rows_of_uneven_height_stay_apart():
    small = [(100 + 30 * number, 80) for number in range(8)]
    large = [(120 + 60 * number, 170) for number in range(6)]
    layout = found_in(written(small, tall=26) | written(large, tall=56))
    assert [row_at(layout, place, 10) for place in small] == [0] * 8
    assert [row_at(layout, place, 10) for place in large] == [1] * 6
    assert layout.rows[0].height == pytest.approx(26, rel=0.25)
    assert layout.rows[1].height == pytest.approx(56, rel=0.25)


def test_a_descender_belongs_to_the_row_above_it():
    above, below = TWO_ROWS[:10], [place for place in TWO_ROWS[10:] if place[0] != 285]
    mask = written(above) | written(below)
    cv2.line(mask, (285, 165), (275, 245), 1, PEN)  # the tail of the digit above, between two of the row below
    layout = found_in(mask)
    assert row_at(layout, (277, 240), 4) == row_at(layout, (285, 160)) == 0
    assert [row_at(layout, place) for place in below] == [1] * 9


def test_columns_are_rows_that_share_a_line_and_are_read_line_by_line():
    left = [(x, y) for y in (100, 180) for x in (60, 100, 140)]
    right = [(x, y) for y in (100, 180) for x in (520, 560, 600)]
    layout = found_in(written(left + right))
    assert [row_at(layout, place) for place in left] == [0] * 3 + [2] * 3
    assert [row_at(layout, place) for place in right] == [1] * 3 + [3] * 3
    assert [row.line for row in layout.rows] == [0, 0, 1, 1]


def test_what_is_small_goes_to_the_row_that_is_near():
    mask = written(TWO_ROWS)
    small = {"a comma": ((173, 182), 0), "the bar of a 5": ((300, 216), 1), "a dash": ((440, 160), 0)}
    mask[:, 425:455] = 0
    cv2.line(mask, (174, 178), (171, 187), 1, PEN)
    cv2.line(mask, (292, 215), (308, 215), 1, 2)
    cv2.line(mask, (434, 160), (446, 160), 1, PEN)
    layout = found_in(mask)
    for what, (place, row) in small.items():
        assert row_at(layout, place, 3) == row, what


def test_a_large_comma_below_a_row_is_no_row_of_its_own():
    places = [(120 + 60 * number, 110) for number in range(4)]
    mask = written(places, (220, 500))
    cv2.line(mask, (213, 131), (210, 137), 1, 2 * PEN)
    layout = found_in(mask)
    assert len(layout.rows) == 1
    assert row_at(layout, (209, 138), 4) is None


def test_a_speck_far_from_every_row_is_left_out():
    mask = written(TWO_ROWS)
    cv2.circle(mask, (600, 350), 4, 1, -1)
    assert row_at(found_in(mask), (600, 350)) is None


def with_table(mask):
    mask[:30] = mask[-40:] = 1
    mask[:, :25] = 1


def with_page_edge(mask):
    mask[:, 690:694] = 1
    mask[6:9, :] = 1


def with_blob(mask):
    cv2.ellipse(mask, (600, 330), (45, 32), 20, 0, 360, 1, -1)


def with_finger(mask):
    cv2.ellipse(mask, (0, 330), (60, 35), 0, 0, 360, 1, -1)


@pytest.mark.parametrize("spoil", [with_table, with_page_edge, with_blob, with_finger])
def test_what_surrounds_the_writing_is_left_out(spoil):
    mask = written(TWO_ROWS)
    spoil(mask)
    layout = found_in(mask)
    assert [row_at(layout, place) for place in TWO_ROWS] == [0] * 10 + [1] * 10
    rows = np.isin(layout.labels, np.concatenate([row.marks for row in layout.rows]))
    assert np.array_equal(rows, written(TWO_ROWS) > 0)


def test_a_stain_is_no_writing():
    mask = written(TWO_ROWS)
    contrast = 255 * mask
    mask[320:360, 300:310] = 1
    contrast[320:360, 300:310] = 40
    layout = find_rows(Ink(mask, contrast, False, 1.0, float(PEN)), mask)
    assert row_at(layout, (305, 340)) is None


def test_what_is_left_of_faint_ruled_lines_does_not_say_how_tall_digits_are():
    places = [(120 + 45 * number, 110) for number in range(5)]
    mask = written(places, (220, 500))
    contrast = 255 * mask
    for row in range(14, 220, 24):
        for left in range(0, 490, 16):
            if not mask[row - 6 : row + 7, left - 6 : left + 18].any():
                mask[row, left : left + 12], contrast[row, left : left + 12] = 1, 50
    layout = find_rows(Ink(mask, contrast, False, 1.0, float(PEN)), mask)
    assert [row_at(layout, place) for place in places] == [0] * 5
    assert layout.rows[0].height == pytest.approx(TALL, rel=0.2)


def test_a_digit_whose_stroke_is_broken_is_one_mark():
    mask = written(TWO_ROWS)
    mask[160:162, :] = 0
    layout = found_in(mask)
    assert len(layout.rows) == 2
    assert len(layout.rows[0].marks) == 10


def test_all_is_one_row_where_that_is_known():
    places = [(100 + 60 * number, 200 + (-1) ** number * 45) for number in range(8)]
    assert len(found_in(written(places)).rows) > 1
    layout = found_in(written(places), one=True)
    assert [row_at(layout, place) for place in places] == [0] * 8


@pytest.mark.parametrize("mask", [np.zeros((60, 80), np.uint8), np.ones((60, 80), np.uint8)], ids=["blank", "all ink"])
def test_where_nothing_is_written_there_are_no_rows(mask):
    assert found_in(mask) is None


def test_a_page_of_thousands_of_marks_is_no_page_of_numbers():
    mask = np.zeros((800, 800), np.uint8)
    mask[::12, ::12] = mask[1::12, ::12] = mask[::12, 1::12] = mask[2::12, ::12] = 1
    assert found_in(mask) is None


boxes = st.tuples(st.integers(0, 280), st.integers(0, 180), st.integers(1, 60), st.integers(1, 60))


@given(boxes=st.lists(boxes, min_size=1, max_size=40), one=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_mark_is_in_one_row_at_most_and_rows_are_in_reading_order(boxes, one):
    mask = np.zeros((200, 300), np.uint8)
    for left, top, width, height in boxes:
        cv2.rectangle(mask, (left, top), (left + width, top + height), 1, 2)
    layout = found_in(mask, one=one)
    if layout is None:
        return
    marks = np.concatenate([row.marks for row in layout.rows])
    assert len(set(marks.tolist())) == len(marks)
    assert 1 <= marks.min() <= marks.max() <= layout.labels.max()
    lines = [row.line for row in layout.rows]
    assert lines == sorted(lines)
    assert set(lines) == set(range(len(set(lines))))
    assert all(row.height > 0 and abs(row.angle) < 90 for row in layout.rows)
    assert len(layout.rows) == 1 or not one


def test_the_bar_of_a_5_is_no_row_of_its_own():
    places = [(100 + 60 * number, 200) for number in range(8)]
    mask = written(places)
    cv2.ellipse(mask, (590, 206), (12, 13), 0, -90, 150, 1, PEN)
    cv2.line(mask, (593, 179), (626, 177), 1, PEN)  # as wide as a digit, and further up than half of one
    layout = found_in(mask)
    assert len(layout.rows) == 1
    assert row_at(layout, (615, 178), 4) == 0


@pytest.mark.parametrize(("middle", "axes"), [((600, 330), (60, 45)), ((0, 330), (110, 50))])
def test_a_blob_or_a_finger_of_more_ink_than_all_that_is_written_is_left_out(middle, axes):
    mask = written(TWO_ROWS)
    cv2.ellipse(mask, middle, axes, 0, 0, 360, 1, -1)
    layout = found_in(mask)
    assert [len(row.marks) for row in layout.rows] == [10, 10]


def test_the_grain_of_the_table_around_a_sheet_stands_in_no_row():
    random = np.random.default_rng(0)
    grain = cv2.GaussianBlur(random.normal(0, 1, (466, 600)).astype(np.float32), (0, 0), 1.5)
    pixels = np.clip(40 + 60 * grain, 0, 255).astype(np.uint8)
    sheet = np.array([[5, 48], [550, 2], [597, 398], [28, 462]], np.int32)
    cv2.fillConvexPoly(pixels, sheet, 215)
    for row, number in enumerate(("51126", "92609", "75809")):
        cv2.putText(pixels, number, (90, 160 + 95 * row), cv2.FONT_HERSHEY_SIMPLEX, 2, 60, 5)
    ink = page_ink(Picture("sheet", 0, pixels), light=False)
    layout = find_rows(ink, ink.mask)
    assert len(layout.rows) == 3
    assert all(abs(row.angle) < 4 for row in layout.rows)
