"""Check digits and sums: a doubtful digit becomes the only one that fits, or is unsure; columns add up or do not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from digits.errors import InputError
from digits.reading.checking import CHECKS, SCHEMES, checked, fits, known_check
from digits.reading.pictures.picture import Picture
from digits.reading.results import Digit, Number, Reading, Sign
from digits.reading.sums import said_of_sum, totals, with_sums
from digits.reading.understanding import Wanted, understood

VALID = {
    "luhn": "79927398713",
    "mod97": "794431",
    "mod11": "794623",
    "verhoeff": "2363",
    "damm": "5724",
    "ean8": "73513537",
    "ean13": "4006381333931",
    "isbn": "9783161484100",
    "imei": "490154203237518",
    "esr": "210000000003139471430009017",
    "ahv": "7569217076985",
}


def mark(text, left=0, unsure=None, other=None, share=0.3):
    """A mark; `other` is what else it may be, by this share."""
    if not text.isdigit():
        return Sign(text, 0.99, (left, 0, 4, 20), (), unsure)
    probabilities = np.full(10, 0.0005, np.float32)
    probabilities[int(text)] = 0.995 - (share if other else 0)
    if other:
        probabilities[int(other)] = share
    image = np.zeros((28, 28), np.uint8)
    return Digit(text, float(probabilities[int(text)]), (left, 0, 10, 20), image, probabilities, None, unsure)


def number(text, doubts=None, confidence=0.95, line=0, right=200, **more):
    """A number; `doubts`: place → what else the doubtful mark there may be."""
    doubts = doubts or {}
    marks = tuple(
        mark(one, 10 * at, "too pale" if at in doubts else None, doubts.get(at)) for at, one in enumerate(text)
    )
    shown = "".join("?" if one.unsure else one.text for one in marks)
    return Number(shown, confidence, line, (right - 12 * len(text), 40 * line, 12 * len(text), 20), marks, **more)


@pytest.mark.parametrize("name", SCHEMES)
def test_every_check_knows_a_number_that_fits_and_one_that_does_not(name):
    text = VALID[name]
    assert fits(text, name)
    assert not fits(text[:-1] + str((int(text[-1]) + 1) % 10), name)
    assert known_check(name) == name


def test_a_check_that_does_not_exist_is_named():
    with pytest.raises(InputError, match=r"'crc' is no check; expected one of luhn, .*, sum"):
        known_check("crc")
    assert CHECKS[-1] == "sum"


def test_digits_that_fit_say_so():
    found = checked(number("79927398713"), "luhn", 0.9)
    assert (found.text, found.unsure, found.note) == ("79927398713", None, "its digits fit luhn")


def test_a_doubtful_digit_becomes_the_only_one_that_fits_and_the_number_says_so():
    found = checked(number("79921398713", {4: "7"}, confidence=0.68), "luhn", 0.9)
    assert (found.text, found.unsure) == ("79927398713", None)
    assert found.note == "by luhn, digit 5 can only be 7; 1 looked likelier"
    assert found.marks[4].text == "7"
    assert "1" in {text for text, _ in found.marks[4].alternatives}
    assert found.confidence > 0.9


def test_a_doubtful_digit_that_fits_is_doubtful_no_longer():
    found = checked(number("79927398713", {4: "1"}, confidence=0.68), "luhn", 0.9)
    assert (found.text, found.unsure, found.note) == ("79927398713", None, "by luhn, digit 5 can only be 7")


def test_a_digit_that_looks_nothing_like_what_fits_is_not_made_it():
    found = checked(number("79921398713", {4: "4"}, confidence=0.68), "luhn", 0.9)
    assert found.text == "7992?398713"
    assert "digit 5 would be 7, which is too unlikely" in found.unsure


def test_two_doubtful_digits_stay_doubtful():
    found = checked(number("79921398713", {4: "7", 5: "8"}), "luhn", 0.9)
    assert found.text == "7992??98713"
    assert found.unsure == "2 digits are doubtful: luhn settles one at the most"


def test_sure_digits_that_do_not_fit_make_the_number_unsure():
    found = checked(number("79927398710"), "luhn", 0.9)
    assert (found.text, found.unsure) == ("79927398710", "its digits do not fit luhn")
    assert checked(number("400638133393"), "ean13", 0.9).unsure == "ean13 checks numbers of 13 digits, this has 12"


@given(st.text("0123456789", min_size=3, max_size=12), st.data())
def test_a_single_misread_digit_is_never_given_freely_where_a_check_is_known(payload, data):
    right = payload + luhn.calc_check_digit(payload)
    at = data.draw(st.integers(0, len(right) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != right[at]]))
    misread = right[:at] + wrong + right[at + 1 :]
    assert checked(number(misread), "luhn", 0.9).unsure
    repaired = checked(number(misread, {at: right[at]}, confidence=0.65), "luhn", 0.9)
    assert repaired.unsure or repaired.text == right


def test_a_column_that_adds_up_says_so_in_its_total():
    column = [number(text, line=line) for line, text in enumerate(["12.50", "7.25", "100.00", "119.75"])]
    *others, total = with_sums(column)
    assert total.note == "the 3 numbers above make it"
    assert {other.note for other in others} == {None}


def test_a_column_that_does_not_add_up_says_what_it_makes_and_which_doubtful_digit_would_make_it():
    column = [number("12.50"), number("1.25", {0: "7"}), number("19.75")]
    assert said_of_sum(column) == "the 2 numbers above make 13.75, not 19.75; 7.25 for 1.25 (line 1) would make it"
    column = [number("12.50"), number("1.25"), number("19.75")]
    assert said_of_sum(column) == "the 2 numbers above make 13.75, not 19.75"
    column = [number("12.50", {1: "8"}), number("1.25", {0: "7"}), number("19.75")]
    assert said_of_sum(column).endswith("; 18.50 for 12.50 (line 1) or 7.25 for 1.25 (line 1) would make it")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([0, 0, 0], [(0, 3)]),  # without any line the last one is the total
        ([0, 0, 1, 0], [(0, 3)]),  # what stands below a total is none of it
        ([0, 1, 0, 1], [(0, 2), (2, 4)]),  # a subtotal is counted on
        ([1, 1, 1, 2], [(0, 4)]),  # ruled paper
        ([1, 1, 1], [(0, 3)]),
        ([1, 0, 0], [(1, 3)]),  # below a heading
        ([0], []),
        ([1], []),
        ([], []),
    ],
)
def test_totals_stand_below_lines_or_last(lines, expected):
    assert totals(lines) == expected


@pytest.mark.parametrize("scale", [1, 2])
def test_a_total_below_a_line_is_no_matter_what_follows_it(scale):
    column = [number(text, line=line) for line, text in enumerate(["12.50", "7.25", "19.75", "50.00", "30.25"])]
    pixels = np.full((220, 240), 230, np.uint8)
    for one in column:
        left, top, _, height = one.box
        cv2.putText(pixels, one.text, (left, top + height), cv2.FONT_HERSHEY_PLAIN, 1.4, 30, 2, cv2.LINE_AA)
    cv2.line(pixels, (130, 72), (205, 71), 30, 2, cv2.LINE_AA)
    boxes = [tuple(scale * side for side in one.box) for one in column]
    column = [replace(one, box=box) for one, box in zip(column, boxes, strict=True)]
    notes = [one.note for one in with_sums(column, Picture("a.png", 0, pixels, scale=scale))]
    assert notes == [None, None, "the 2 numbers above its line make it", None, None]


def test_a_column_with_what_cannot_be_added_says_so():
    column = [number("1.480"), number("2.500"), number("3.980")]
    assert said_of_sum(column) == "whether the 2 numbers above make it is not known: 1.480 cannot be added"
    assert said_of_sum(column, locale="de_DE") == "the 2 numbers above make it"
    assert said_of_sum(column, type="integer") == "the 2 numbers above make it"


def test_numbers_have_their_values_where_they_are_understood():
    read = Reading("a.png", 0, (number("1.480"), number("12?", doubt="too pale"), Number("", 1.0, 2, (0, 0, 9, 9), ())))
    plain, doubted, empty = understood(read, Wanted.of("de_DE", None, None), 0.9).numbers
    assert (plain.value.value, doubted.value.why, empty.value.why) == (1480, "too pale", "nothing is written here")


def test_a_number_that_is_not_what_is_expected_is_unsure():
    (found,) = understood(Reading("a.png", 0, (number("45.13.2020"),)), Wanted.of(None, "date", None), 0.9).numbers
    assert found.unsure == "a date was expected: 45.13.2020 is not a date"
    (found,) = understood(Reading("a.png", 0, (number("12/08"),)), Wanted.of(None, "date", None), 0.9).numbers
    assert (found.unsure, found.value.value) == (None, None)


def test_the_fields_of_a_form_have_types_of_their_own():
    numbers = tuple(number("1207", field=field) for field in range(3))
    types = ["time", "integer", None]
    times, whole, plain = understood(
        Reading("a.png", 0, numbers), Wanted.of(None, "code", None), 0.9, types=types
    ).numbers
    assert (times.value.text, whole.value.value, plain.value.value) == ("12:07:00", 1207, "1207")
