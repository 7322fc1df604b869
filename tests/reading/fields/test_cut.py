"""Fields cut out of their page: clean, whole, empty or not, and where they are in it."""

import cv2
import numpy as np
from drawn_forms import HIGH, MARGIN, WIDE, page, photographed, table, turned, write

from digits.reading.fields.cut import cut_field
from digits.reading.fields.fields import find_fields
from digits.reading.pictures.picture import Picture


def test_a_written_box_is_found_as_an_empty_one_is():
    form = table(2, 4)
    for number, digit in enumerate("75"):
        write(form, digit, MARGIN + number * WIDE + 18, MARGIN + 44)
    fields = find_fields(page(form))
    assert [cut_field(page(form), field).is_empty for field in fields] == [False, False, True, True] + [True] * 4


def test_a_cut_has_nothing_of_the_borders_left():
    form = photographed(turned(table(2, 3, border=3), 2))
    for field in find_fields(page(form)):
        cut = cut_field(page(form), field)
        assert cut.is_empty
        assert np.ptp(cut.picture.pixels.astype(int)) < 60


def test_a_digit_that_crosses_its_border_stays_whole_and_its_neighbour_stays_out():
    form = table(1, 3)
    left = MARGIN + WIDE + 25
    cv2.line(form, (left, MARGIN + 12), (left, MARGIN + HIGH + 6), 0, 4)
    fields = find_fields(page(form))
    cuts = [cut_field(page(form), field) for field in fields]
    assert [cut.is_empty for cut in cuts] == [True, False, True]
    rows = np.flatnonzero((cuts[1].picture.pixels < 100).any(axis=1))
    _, top, _, height = cuts[1].box((0, int(rows[0]), 1, int(np.ptp(rows)) + 1))
    assert abs(top - MARGIN - 12) <= 4
    assert height >= HIGH - 12


def test_a_place_in_a_cut_is_told_in_the_pictures_own_pixels():
    form = write(table(1, 2), "7", MARGIN + 18, MARGIN + 44)
    picture = Picture("form", 0, form, scale=2)
    field = find_fields(picture)[0]
    cut = cut_field(picture, field)
    ys, xs = np.nonzero(cut.picture.pixels < 100)
    left, top, _, _ = cut.box((int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1))
    rows, columns = np.nonzero(form[MARGIN + 5 : MARGIN + HIGH - 5, MARGIN + 5 : MARGIN + WIDE - 5] < 100)
    assert abs(left - 2 * (MARGIN + 5 + columns.min())) <= 4
    assert abs(top - 2 * (MARGIN + 5 + rows.min())) <= 4
