"""The printed boxes of forms: found, told from everything else, in reading order."""

import cv2
import numpy as np
import pytest
from drawn_forms import HIGH, MARGIN, WIDE, page, photographed, table, turned, write
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from digits.reading.fields.cut import cut_field
from digits.reading.fields.fields import Field, find_fields, rows_of
from digits.reading.pictures.picture import Picture

FORMS = {
    "plain": table(3, 5),
    "thick lines": table(3, 5, border=6),
    "hairlines in light grey": table(3, 5, border=1, grey=200),
    "dotted lines": table(3, 5, dotted=True),
    "boxes apart": table(3, 5, apart=12),
    "turned by three degrees": turned(table(3, 5), 3),
    "a photograph": photographed(turned(table(3, 5), -2)),
    "light on dark": 255 - photographed(table(3, 5)),
    "in colour": np.dstack([table(3, 5), table(3, 5), np.full_like(table(3, 5), 255)]),
    "a large scan": cv2.resize(table(3, 5), None, fx=7, fy=7),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_each_printed_box_is_a_field(form):
    fields = find_fields(page(form))
    assert [field.line for field in fields] == [0] * 5 + [1] * 5 + [2] * 5
    lefts = [field.corners[0, 0] for field in fields]
    assert lefts[:5] == sorted(lefts[:5])


def test_the_corners_of_a_field_are_those_of_the_paper_within_the_box():
    first = find_fields(page(table(2, 3)))[0]
    inside = [(MARGIN, MARGIN), (MARGIN + WIDE, MARGIN), (MARGIN + WIDE, MARGIN + HIGH), (MARGIN, MARGIN + HIGH)]
    assert np.abs(first.corners - inside).max() < 5


def test_captions_in_line_with_the_boxes_are_no_part_of_them():
    form = table(3, 4, apart=30)
    for row in range(3):
        write(form, "EHLN", MARGIN - 4, MARGIN + row * (HIGH + 30) - 5, size=0.7)
    assert len(find_fields(page(form))) == 12


def test_lines_that_go_on_beyond_a_box_do_not_hide_it():
    form = table(2, 4)
    cv2.line(form, (MARGIN, MARGIN), (MARGIN + 5 * WIDE - 20, MARGIN), 0, 2)
    assert len(find_fields(page(form))) == 8


@pytest.mark.parametrize("side", [20, 24])
def test_small_boxes_of_a_large_page_are_found(side):
    sheet = np.full((1600, 1200), 255, np.uint8)
    for left in range(200, 200 + 6 * side, side):
        cv2.rectangle(sheet, (left, 300), (left + side, 300 + side), 0, 1)
    assert len(find_fields(page(sheet))) == 6


@pytest.mark.parametrize("border", [1, 2, 3])
def test_small_boxes_with_blurred_borders_are_found(border):
    """Where the paper is darker only by a line's blur, that is not the line: walls would seem to be thick."""
    sheet = np.full((136, 288), 235, np.uint8)
    for left in range(40, 248, 52):
        cv2.rectangle(sheet, (left, 40), (left + 40, 96), 40, border)
    assert len(find_fields(page(cv2.GaussianBlur(sheet, (0, 0), 1)))) == 4


def photographed_from(sheet, *corners):
    """As a camera sees a sheet whose corners, from the upper left clockwise, are there."""
    height, width = sheet.shape
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, np.array(corners, np.float32))
    return cv2.warpPerspective(sheet, matrix, (width, height), borderValue=255)


@pytest.mark.parametrize("rise", [20, 50, 80])
def test_rows_that_are_not_parallel_are_followed(rise):
    sheet = table(4, 12)
    height, width = sheet.shape
    seen = photographed_from(sheet, (0, rise), (width, 0), (width, height), (0, height - rise))
    assert [field.line for field in find_fields(page(seen))] == [row for row in range(4) for _ in range(12)]


def field(left, top, width, height):
    right, bottom = left + width, top + height
    return Field(np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float), 0)


def test_a_tall_box_stands_in_the_row_of_one_of_the_boxes_beside_it():
    tall, upper, lower, right = field(0, 0, 40, 40), field(50, 0, 40, 18), field(50, 22, 40, 18), field(100, 0, 40, 18)
    rows, _ = rows_of([tall, upper, lower, right])
    assert rows.tolist() == [0, 0, 1, 0]


def test_a_row_goes_on_across_a_gap():
    rows, along = rows_of([field(300, 12, 40, 30), field(0, 10, 40, 30), field(0, 50, 40, 30)])
    assert rows.tolist() == [0, 0, 1]
    assert along[0] > along[1]


@given(st.lists(st.tuples(*[st.integers(0, 500)] * 2, *[st.integers(1, 100)] * 2), max_size=30))
def test_rows_are_numbered_from_0_whatever_the_boxes(boxes):
    rows, along = rows_of([field(*box) for box in boxes])
    assert len(rows) == len(along) == len(boxes)
    assert sorted(set(rows.tolist())) == list(range(len(set(rows.tolist()))))


def drawn(draw):
    sheet = np.full((300, 400), 255, np.uint8)
    draw(sheet)
    return sheet


def ruled(sheet):
    sheet[20::30] = 120


def squared(sheet):
    sheet[10::25] = sheet[:, 10::25] = 150


def squared_and_written_on(sheet):
    squared(sheet)
    for top in (90, 190, 280):
        write(sheet, "5817 264", 30, top, 2.0)


def thick_rings(sheet):
    for left in (80, 180, 280):
        cv2.rectangle(sheet, (left, 120), (left + 50, 190), 20, 13)


def seven_segments(sheet):
    for top in (60, 140):
        cv2.rectangle(sheet, (150, top), (230, top + 80), 0, 24)


NO_FORMS = {
    "an empty sheet": drawn(lambda sheet: None),
    "ruled paper": drawn(ruled),
    "squared paper": drawn(squared),
    "squared paper, written on": drawn(squared_and_written_on),
    "rings of a thick pen": drawn(thick_rings),
    "a round 0": drawn(lambda sheet: cv2.ellipse(sheet, (200, 150), (60, 100), 0, 0, 360, 0, 3)),
    "an 8 of seven segments": drawn(seven_segments),
    "a number": drawn(lambda sheet: write(sheet, "1470", 60, 160, 3)),
    "a filled rectangle": drawn(lambda sheet: cv2.rectangle(sheet, (100, 100), (300, 200), 0, -1)),
    "the edge of the page": np.pad(np.full((200, 300), 250, np.uint8), 40, constant_values=30),
    "a frame around everything": drawn(lambda sheet: cv2.rectangle(sheet, (10, 10), (390, 290), 0, 3)),
}


@pytest.mark.parametrize("picture", NO_FORMS.values(), ids=NO_FORMS)
def test_what_is_no_form_has_no_fields(picture):
    assert find_fields(page(picture)) == []


@pytest.mark.parametrize("degrees", [-30, 45])
def test_a_form_that_is_turned_too_far_has_no_fields_rather_than_wrong_ones(degrees):
    assert find_fields(page(turned(table(3, 5), degrees))) == []


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=120)))
def test_any_picture_is_searched_and_any_field_cut(pixels):
    for field in find_fields(page(pixels)):
        assert cut_field(page(pixels), field).picture.pixels.size


@settings(max_examples=15, deadline=None)
@given(rows=st.integers(1, 4), columns=st.integers(2, 6), border=st.integers(1, 5), apart=st.sampled_from([0, 14]))
def test_a_clean_form_has_as_many_fields_as_boxes(rows, columns, border, apart):
    assert len(find_fields(page(table(rows, columns, border=border, apart=apart)))) == rows * columns


def test_the_zeros_of_a_page_are_no_printed_boxes(sample_test):
    zeros = sample_test.images[sample_test.labels == 0][:24]
    for start in range(0, 24, 4):
        ink = np.zeros((130, 460), np.uint8)
        for place, image in enumerate(zeros[start : start + 4]):
            rows, columns = np.nonzero(image > 60)
            cropped = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            large = cv2.resize(
                cropped, (round(48 * cropped.shape[1] / len(cropped)), 48), interpolation=cv2.INTER_CUBIC
            )
            ink[40:88, 40 + 100 * place : 40 + 100 * place + large.shape[1]] = large
        assert len(find_fields(Picture("page", 0, (235 - 0.8 * ink).astype(np.uint8)))) < 2
