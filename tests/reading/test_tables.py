"""Numbers in rows and columns as they stand on a page."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits.reading.results import Number
from digits.reading.tables import table_of


def number(text, line, left=None, right=None, width=None):
    width = width or 12 * len(text)
    left = right - width if left is None else left
    top = 40 * line
    corners = ((left, top), (left + width, top), (left + width, top + 20), (left, top + 20))
    return Number(text, 1.0, line, (left, top, width, 20), (), corners=corners)


def turned(number, quarters):
    """The number on its page of 1000 × 1000 pixels, which is turned so many quarters clockwise."""
    for _ in range(quarters):
        left, top, width, height = number.box
        corners = tuple((1000 - y, x) for x, y in number.corners)
        number = replace(number, box=(1000 - top - height, left, height, width), corners=corners)
    return number


def texts(numbers):
    return [[one.text if one else None for one in row] for row in table_of(numbers)]


def test_amounts_that_end_at_the_same_place_are_a_column():
    numbers = [number("1", 0, 20), number("12.50", 0, right=300), number("2", 1, 20), number("1250.00", 1, right=302)]
    numbers += [number("1262.50", 2, right=299)]
    assert texts(numbers) == [["1", "12.50"], ["2", "1250.00"], [None, "1262.50"]]


def test_a_score_sheet_keeps_its_gaps():
    numbers = [number("7", 0, 20), number("9", 0, 220), number("8", 1, 118), number("3", 1, 222), number("5", 2, 22)]
    assert texts(numbers) == [["7", None, "9"], [None, "8", "3"], ["5", None, None]]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turned_page_has_the_table_of_the_upright_one(quarters):
    numbers = [number("1", 0, 20), number("12.50", 0, right=300), number("2", 1, 20), number("1250.00", 1, right=302)]
    numbers += [number("7", 1, right=330), number("8", 1, right=326), number("1262.50", 2, right=299)]
    upright = [["1", "12.50", None], ["2", "1250.00", "7 8"], [None, "1262.50", None]]
    assert texts([turned(one, quarters) for one in numbers]) == upright


def test_numbers_that_stand_in_no_line_are_taken_as_upright():
    fields = [replace(number("1", 0, 20), corners=None), replace(number("2", 0, 90), corners=None)]
    assert texts(fields) == [["1", "2"]]


def test_columns_never_cross():
    numbers = [number("1", 0, 100), number("22222222", 0, 130), number("33333333", 1, 60), number("4", 1, 170)]
    table = texts(numbers)
    assert [text for text in table[0] if text] == ["1", "22222222"]
    assert [text for text in table[1] if text] == ["33333333", "4"]


def test_what_cannot_stand_in_two_columns_stands_in_one_cell():
    numbers = [number("1", 0, 100), number("0", 0, 108), number("12", 1, 100), number("5", 2, 101)]
    assert texts(numbers) == [["1 0"], ["12"], ["5"]]
    assert numbers[0].text == "1"


def test_empty_fields_are_left_out_and_nothing_is_an_empty_table():
    assert texts([number("", 0, 20, width=30)]) == []
    assert texts([]) == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 900), st.integers(1, 8)), max_size=14))
def test_every_number_stands_once_in_its_row_and_in_its_order(places):
    taken, numbers = set(), []
    for line, left, length in places:
        span = range(left // 10 - 1, (left + 12 * length) // 10 + 2)
        if not taken & {(line, cell) for cell in span}:
            taken |= {(line, cell) for cell in span}
            numbers.append(number("1" * length, line, left))
    numbers.sort(key=lambda one: (one.line, one.box[0]))
    table = table_of(numbers)
    assert [one for row in table for one in row if one] == numbers
    assert len({len(row) for row in table}) <= 1


@given(st.integers(1, 6), st.integers(1, 5), st.lists(st.integers(1, 5), min_size=30, max_size=30), st.integers(-3, 3))
def test_a_full_table_is_found_whatever_the_lengths_of_its_numbers(rows, columns, lengths, drift):
    numbers = [
        number("1" * lengths[row * 5 + column], row, right=120 * (column + 1) + drift * row)
        for row in range(rows)
        for column in range(columns)
    ]
    assert [[one.text for one in row] for row in table_of(numbers)] == [
        ["1" * lengths[row * 5 + column] for column in range(columns)] for row in range(rows)
    ]
