"""The words say who wanted what: the line network, which reads a number as a whole, or its pieces."""

from dataclasses import replace

import numpy as np
import pytest

from digits.reading.heard import Heard
from digits.reading.segmentation import Cut
from digits.reading.why_heard import differing, of_heard


@pytest.fixture
def words(number):
    """What is said of a number, given what was heard and the versions' texts with the scores of their pieces."""

    def said(heard, versions, likely=-0.1, likely_read=-0.1, alone=True, led=False, cuts=()):
        found = [
            replace(number.segmentation.versions[0], text=text, seen=seen, heard=likely if text == heard else -4.0)
            for text, seen in versions.items()
        ]
        parts = replace(number.segmentation, versions=tuple(found), cuts=cuts)
        whole = None if heard is None else Heard(heard, likely, likely_read, (), None, led)
        return list(of_heard(replace(number, segmentation=parts, heard=whole), alone=alone))

    return said


WHO = "The line network, which reads a number as a whole,"


def test_that_both_agree_is_said_of_a_number_by_itself_alone(number, words):
    read = number.guess
    assert words(read, {read: 9.0, "17": 2.0}) == [f"{WHO} says the same (0.90)."]
    assert words(read, {read: 9.0, "17": 2.0}, alone=False) == []


def test_where_it_was_sure_it_is_said_that_it_led_the_cuts_if_there_were_any(number, words):
    read, cut = number.guess, Cut(1, 0, 1.0, taken=True)
    led = [f"{WHO} is so sure of it (0.90) that ink was cut only between digits that it sees."]
    assert words(read, {read: 9.0}, led=True, cuts=(cut,)) == led
    assert words(read, {read: 9.0}, led=True, cuts=(cut,), alone=False) == led
    assert words(read, {read: 9.0}, led=True) == [f"{WHO} says the same (0.90)."]


def test_where_the_pieces_wanted_something_else_it_is_said_that_the_line_network_decided_it(number, words):
    read = number.guess
    assert words(read, {read: 5.0, "17": 7.25}) == [
        "Its pieces by themselves would rather be 17, by 2.2 in log-odds; the line network, which reads a number as a "
        f"whole, decided it: it gives {read} 0.90, and 17 0.02."
    ]


def test_where_it_was_not_believed_it_is_said_why(number, words):
    read = number.guess
    heard = f"{WHO} says 17 (0.61; it gives {read} 0.37)"
    assert words("17", {read: 9.0, "17": 2.0}, likely=-0.5, likely_read=-1.0) == [
        f"{heard}, but its pieces speak for {read} more strongly, by 7.0 in log-odds."
    ]
    assert words("17", {read: 9.0}, likely=-0.5, likely_read=-1.0) == [
        f"{heard}, but there was no way to take its ink apart into that."
    ]
    assert words("17", {read: 9.0}, likely=-1.0, likely_read=-0.5) == [
        f"{WHO} says 17 (0.37; it gives {read} 0.61), and so does not stand by it."
    ]


def test_where_each_wanted_something_else_what_was_read_suits_both(number, words):
    _, last = words("17", {number.guess: 9.0, "17": 2.0, "8": 10.0}, likely=-0.5, likely_read=-1.0)
    assert last == "Its pieces by themselves would rather be 8: what was read suits both."


def test_where_it_said_nothing_or_was_not_asked_that_is_said(number, words):
    read = number.guess
    assert words("", {read: 9.0}) == [f"{WHO} sees no digit in it: its pieces speak against that."]
    assert words(None, {read: 9.0}) == [
        "The line network was not asked: the number is longer than any that it reads."
    ]  # fmt: skip


def test_a_version_that_it_finds_impossible_wins_by_nothing(number, words):
    read = number.guess
    assert words(read, {read: 9.0, "17": float("nan")}) == [f"{WHO} says the same (0.90)."]


def test_what_each_network_sees_is_said_where_they_differ(number):
    seen = number.line.answers.probabilities[list(number.line.steps)].astype(np.float64)
    same, other = (replace(number, heard=Heard("", 0.0, 0.0, (), said, False)) for said in (seen, seen[:, ::-1]))
    first = int(seen[0].argmax())
    assert [differing(same, at) for at in range(3)] == [None] * 3
    sees = f"the digit network sees a {first}, the line network a {9 - first}"
    assert differing(other, 0).replace("an 8", "a 8") == sees
    assert differing(replace(number, heard=None), 0) is None
    assert differing(replace(number, heard=replace(same.heard, said=None)), 0) is None
