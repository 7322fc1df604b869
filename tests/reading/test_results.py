"""A Reading says what was read: its text, its doubts, and all of it as JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from digits.reading.results import Digit, Number, Reading


def digit(text, confidence=0.9, unsure=None, digitness=0.8):
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[int(text)] = confidence
    return Digit(text, confidence, (1, 2, 3, 4), np.zeros((28, 28), np.uint8), probabilities, digitness, unsure)


def number(text, *digits, **more):
    return Number(text, 0.8, 0, (1, 2, 9, 4), digits, **more)


def test_alternatives_are_the_other_digits_the_likeliest_first():
    seven = digit("7", 0.6)
    seven.probabilities[[1, 2, 9]] = 0.06, 0.05, 0.2
    assert [text for text, _ in seven.alternatives] == ["9", "1", "2"]
    assert [confidence for _, confidence in seven.alternatives] == pytest.approx([0.2, 0.06, 0.05])


def test_a_number_is_unsure_for_its_own_reason_or_that_of_its_first_digit_that_has_one():
    digits = digit("4"), digit("2", unsure="too pale"), digit("1", unsure="too small")
    assert number("42", *digits[:1]).unsure is None
    assert number("4??", *digits).unsure == "too pale"
    assert number("4??", *digits, doubt="8 digits were expected, 3 found").unsure == "8 digits were expected, 3 found"


def test_the_text_of_a_reading_is_its_numbers_without_empty_fields():
    read = Reading("a.png", 0, (number("42"), number(""), number("1?")))
    assert read.text == "42 1?"
    lines = (number("42"), replace(number("7"), line=1), replace(number(""), line=2), replace(number("9"), line=3))
    assert Reading("a.png", 0, lines).text == "42\n7\n9"
    assert Reading("a.png", 0, ()).text == ""


def test_json_has_everything_but_the_pixels():
    named = number("4?", digit("4"), digit("2", unsure="too pale", digitness=None), name="amount")
    read = Reading("a.png", 3, (named, number("", name="date")))
    said = json.loads(json.dumps(read.to_json()))
    assert list(said) == ["schema", "picture", "page", "numbers", "unread", "error"]
    assert (said["picture"], said["page"], said["error"]) == ("a.png", 3, None)
    full, empty = said["numbers"]
    keys = [
        "text",
        "confidence",
        "line",
        "box",
        "corners",
        "field",
        "name",
        "unsure",
        "value",
        "note",
        "marks",
        "digits",
    ]
    assert list(full) == keys
    assert (full["value"], full["note"]) == (None, None)
    assert (full["text"], full["box"], full["name"], full["unsure"]) == ("4?", [1, 2, 9, 4], "amount", "too pale")
    sure, unsure = full["digits"]
    assert set(sure) == {"text", "confidence", "box", "alternatives", "digitness", "unsure", "kind"}
    assert (sure["unsure"], unsure["unsure"], unsure["digitness"]) == (None, "too pale", None)
    assert len(sure["alternatives"]) == 3
    assert (empty["text"], empty["digits"], empty["name"], empty["unsure"]) == ("", [], "date", None)


def test_a_picture_that_could_not_be_read_is_its_error():
    failed = replace(Reading("a.png", 0, ()), error="a.png is no picture")
    said = failed.to_json()
    assert (said["picture"], said["numbers"], said["unread"], said["error"]) == ("a.png", [], [], "a.png is no picture")
