"""What stands beside a form's fields: the page without them, and the rows of all."""

import cv2
import numpy as np
import pytest

from digits.reading.fields import Field, find_fields
from digits.reading.outside_fields import Form, without_fields
from digits.reading.picture import Picture
from digits.reading.results import Number

LEFT, TOP, WIDE, HIGH = 60, 60, 160, 70


def form(*, beside=True, open_box=False, light=False):
    """Three printed boxes with something in each, on paper with grain and a shadow."""
    sheet = np.full((360, 640), 235, np.uint8)
    for number in range(3):
        left = LEFT + number * WIDE
        cv2.rectangle(sheet, (left, TOP), (left + WIDE, TOP + HIGH), 60, 2)
        cv2.putText(sheet, "52", (left + 40, TOP + 50), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 30, 4, cv2.LINE_AA)
    if beside:
        cv2.putText(sheet, "83", (200, 260), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 30, 4, cv2.LINE_AA)
    if open_box:
        cv2.polylines(sheet, [np.array([(150, 205), (150, 285), (320, 285), (320, 205)])], False, 60, 2)
    grain = np.random.default_rng(0).normal(0, 3, sheet.shape)
    sheet = (sheet * np.linspace(1, 0.7, sheet.shape[1]) + grain).clip(0, 255).astype(np.uint8)
    return Picture("form", 0, 255 - sheet if light else sheet)


def darkness(picture, left, top, right, bottom):
    """How much darker than its paper the darkest pixel of a region is."""
    part = picture.pixels[top:bottom, left:right].astype(int)
    return np.median(part) - part.min()


def test_fields_are_painted_over_and_what_stands_beside_them_is_left():
    page = form()
    rest = without_fields(page, find_fields(page), 20)
    assert darkness(page, LEFT - 10, TOP - 10, LEFT + 3 * WIDE + 10, TOP + HIGH + 10) > 100
    assert darkness(rest, LEFT + 10, TOP - 10, LEFT + WIDE, TOP + HIGH + 10) < 30
    assert np.array_equal(rest.pixels[200:], page.pixels[200:])
    assert not rest.pixels.flags.writeable


def test_the_page_itself_is_not_painted_on():
    page = form()
    before = page.pixels.copy()
    without_fields(page, find_fields(page), 20)
    assert np.array_equal(page.pixels, before)


@pytest.mark.parametrize("light", [False, True])
def test_the_borders_of_an_open_box_are_painted_over_but_not_what_stands_in_it(light):
    page = form(open_box=True, light=light)
    rest = without_fields(page, find_fields(page), 20)
    change = np.abs(rest.pixels.astype(int) - page.pixels)
    assert (change[215:275, 148:153].max(axis=1) > 60).all()
    assert (change[283:288, 160:310].max(axis=0) > 60).all()
    assert change[225:265, 190:270].max() == 0


def test_nothing_is_left_of_a_form_that_is_all_boxes():
    page = form(beside=False)
    assert without_fields(page, find_fields(page), 20) is None


def test_what_is_too_low_to_be_a_digit_is_nothing():
    page = form()
    assert without_fields(page, find_fields(page), 60) is None


def test_colours_stay():
    grey = form()
    page = Picture("form", 0, np.dstack([grey.pixels, grey.pixels, grey.pixels]))
    assert without_fields(page, find_fields(page), 20).pixels.shape == page.pixels.shape


def field(left, top):
    return Field(np.array([(left, top), (left + 50, top), (left + 50, top + 40), (left, top + 40)], float), 0)


def number(text, left, top, line=0):
    return Number(text, 1.0, line, (left, top, 40, 30), ())


def test_numbers_beside_fields_are_put_into_their_rows():
    fields = [field(100, 100), field(160, 100), field(100, 300)]
    inside = [number("a", 105, 105, 0), number("b", 165, 105, 0), number("c", 105, 305, 1)]
    whole = Form.of(
        fields, inside, [number("between", 110, 205), number("left", 30, 106), number("right", 260, 304)], 1
    )
    assert [(one.line, one.text) for one in whole.numbers] == [
        (0, "left"), (0, "a"), (0, "b"), (1, "between"), (2, "c"), (2, "right"),
    ]  # fmt: skip
    assert [one.text for one in whole.inside] == ["a", "b", "c"]
    assert [one.line for one in whole.inside] == [0, 0, 2]
    assert [one.text for one in whole.outside] == ["left", "between", "right"]


def test_fields_alone_stay_as_they_are():
    inside = [number("a", 105, 305, 4), number("b", 105, 105, 2)]
    whole = Form.of([field(100, 300), field(100, 100)], inside, [], 1)
    assert list(whole.numbers) == inside
