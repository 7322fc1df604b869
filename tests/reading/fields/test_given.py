"""Boxes that are given: from a file or otherwise, and what is wrong with them in one clear line."""

import json
import re

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digits.errors import InputError, PictureError
from digits.reading.fields.given import GivenBox, given_fields, load_boxes, parse_expected
from digits.reading.pictures.picture import Picture


def page(pixels):
    return Picture("form", 0, np.ascontiguousarray(pixels, np.uint8))


def test_a_given_box_is_read_where_it_is_and_keeps_its_name():
    (field,) = given_fields(page(np.full((100, 200), 255)), [GivenBox((10, 20, 100, 40), "sum", (3, 5), "amount")])
    assert (field.box(), field.name, field.expected, field.border) == ((10, 20, 100, 40), "sum", (3, 5), 0)
    assert field.type == "amount"


def test_a_given_box_that_is_printed_is_taken_without_its_lines():
    sheet = np.full((200, 300), 255, np.uint8)
    for left in (50, 110, 170):
        cv2.rectangle(sheet, (left, 50), (left + 60, 106), 0, 2)
    (field,) = given_fields(page(sheet), [GivenBox((47, 47, 66, 62), "first")])
    assert field.border > 0
    assert field.name == "first"


def test_given_boxes_are_in_the_files_own_pixels():
    picture = Picture("large", 0, np.full((100, 200), 255, np.uint8), scale=4)
    (field,) = given_fields(picture, [GivenBox((400, 200, 80, 40))])
    assert field.box(4) == (400, 200, 80, 40)


def test_a_box_outside_of_the_picture_is_named():
    with pytest.raises(PictureError, match=r"box 2 .*total.* outside of form, which is 200×100 pixels"):
        given_fields(page(np.full((100, 200), 255)), [GivenBox((0, 0, 9, 9)), GivenBox((150, 50, 100, 20), "total")])


def test_boxes_come_from_a_file(tmp_path):
    file = tmp_path / "boxes.json"
    file.write_text(
        json.dumps([[1, 2, 3, 4], {"box": [5, 6, 7, 8], "name": "amount", "expect": "3-5", "type": "amount"}])
    )
    assert load_boxes(file) == (GivenBox((1, 2, 3, 4)), GivenBox((5, 6, 7, 8), "amount", (3, 5), "amount"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "expected a list of boxes"),
        ('{"box": [1, 2, 3, 4]}', "expected a list of boxes"),
        ("[[1, 2, 3]]", "box 1 is .1, 2, 3.; expected .left, top, width, height."),
        ("[[1, 2, 3, 4], [1, 2, 0, 4]]", "box 2 is"),
        ("[[-1, 2, 3, 4]]", "box 1 is"),
        ("[[1, 2, 3, true]]", "box 1 is"),
        ("[[1, 2, 3, 1e99]]", "box 1 is"),
        ("[7]", "box 1 is 7"),
        ('[{"name": "amount"}]', "box 1 is null"),
        ('[{"box": [1, 2, 3, 4], "nmae": "amount"}]', "box 1 has 'nmae'; expected box, name, expect and type"),
        ('[{"box": [1, 2, 3, 4], "name": 7}]', "name 7; expected a text"),
        ('[{"box": [1, 2, 3, 4], "expect": [8]}]', "expected a count"),
        ('[{"box": [1, 2, 3, 4], "type": 8}]', "has the type 8; expected one of integer, "),
        ('[{"box": [1, 2, 3, 4], "type": "money"}]', "box 1: 'money' is no type; expected one of integer, "),
        ('[{"box": [1, 2, 3, 4], "expect": "5-3"}]', "box 1: '5-3' is no count of digits"),
    ],
)
def test_a_file_of_boxes_that_is_wrong_is_one_clear_line(tmp_path, content, said):
    file = tmp_path / "boxes.json"
    file.write_text(content)
    with pytest.raises(InputError, match=said) as error:
        load_boxes(file)
    assert "\n" not in str(error.value)


def test_a_missing_file_of_boxes_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=r"boxes.json cannot be read: No such file"):
        load_boxes(tmp_path / "boxes.json")


@pytest.mark.parametrize(("text", "counts"), [("8", (8, 8)), ("3-5", (3, 5)), (" 3 - 5 ", (3, 5)), ("4-4", (4, 4))])
def test_how_many_digits_are_expected_is_a_count_or_a_range(text, counts):
    assert parse_expected(text) == counts


@given(st.text(max_size=8))
@example("0")
@example("5-3")
@example("-3")
@example("101")
@example("٣")
def test_any_other_count_is_one_clear_line(text):
    if re.fullmatch(r"\s*[0-9]+(\s*-\s*[0-9]+)?\s*", text, re.ASCII) and text not in {"0", "5-3", "101"}:
        return
    with pytest.raises(InputError, match=r"^[^\n]* is no count of digits; expected [^\n]*$"):
        parse_expected(text)
