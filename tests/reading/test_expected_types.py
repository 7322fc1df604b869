"""What is expected is looked for: among what the networks think likely, the likeliest that can be of its type."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import digits
from digits.errors import InputError
from digits.reading import reader as reading_module
from digits.reading.fields.given import GivenBox
from digits.reading.finding import Found
from digits.reading.lines import LineCrop, Voices, _accepted, read_line
from digits.reading.networks.ctc import CtcOutput
from digits.reading.networks.line_reader import load_line_reader
from digits.reading.reader import Reader
from digits.reading.values.meaning import accepts

MARKS = "0123456789.,-/:"


def output(text, others):
    """A strip that says a text; `others`: place → the mark that is nearly as likely there."""
    heard = np.full((2 * len(text) + 1, 1 + len(MARKS)), 1e-5)
    heard[::2, 0] = 1
    for place, mark in enumerate(text):
        heard[2 * place + 1, 1 + MARKS.index(mark)] = 1
        if place in others:
            heard[2 * place + 1, 1 + MARKS.index(others[place])] = 0.3
    return CtcOutput(np.log(heard / heard.sum(axis=1, keepdims=True)), MARKS)


@pytest.mark.parametrize(
    ("text", "others", "type", "found"),
    [
        ("2025-18-12", {6: "0"}, "date", "2025-10-12"),
        ("7:65", {2: "5"}, "time", "7:55"),
        ("12.50", {2: ","}, "decimal", "12.50"),
        ("12-08-2025", {}, "date", "12-08-2025"),
    ],
)
def test_the_likeliest_text_of_the_type_is_found(text, others, type, found):
    said = output(text, others)
    assert said.likeliest(1)[0][0] == text
    assert said.likeliest(8, accepts(type))[0][0] == found


def test_what_has_to_lose_digits_to_be_of_the_type_is_not_made_it(voices):
    said = output("45.63.2025", {})
    assert "4.6.2025" in dict(said.likeliest(8, accepts("date")))
    heard = replace(voices, line_reader=SimpleNamespace(read=lambda strip: said))
    strip = LineCrop(np.full((32, 200), 230, np.uint8), np.eye(3))
    line = read_line(heard, strip, fits=accepts("date"))
    assert line.missed
    assert len(line.marks) == 10
    assert not read_line(heard, strip, fits=accepts("code")).missed


def test_a_count_and_a_type_are_kept_to_together():
    accepted = _accepted((4, 4), accepts("time"))
    assert [accepted(text) for text in ("07:45", "7:45", "07:65")] == [True, False, False]
    assert _accepted(None, None) is None


@pytest.fixture(scope="module")
def voices():
    return Voices.of(load_line_reader(), digits.load())


@pytest.fixture
def asked(monkeypatch):
    """What each strip was asked for: whether it may be a time, and an amount."""
    known, told = reading_module.read_line, []

    def read_line(*arguments):
        fits = arguments[4]
        told.append(None if fits is None else (fits("7:45"), fits("3.5")))
        return known(*arguments)

    monkeypatch.setattr(reading_module, "read_line", read_line)
    return told


def page(sample_test):
    sheet = np.full((120, 400), 235, np.uint8)
    for place, index in enumerate((713, 55, 886)):
        part = sheet[30:86, 40 + 60 * place : 96 + 60 * place]
        np.minimum(part, 235 - (sample_test.images[index].repeat(2, 0).repeat(2, 1) * 0.8).astype(np.uint8), out=part)
    return sheet


def test_a_reader_looks_for_its_type_and_a_field_for_its_own(asked, sample_test):
    sheet = page(sample_test)
    list(Reader(digits.load(), layout="page", type="time").read(sheet))
    assert set(asked) == {(True, False)}
    asked.clear()
    boxes = [GivenBox((20, 10, 250, 100), type="amount")]
    (reading,) = Reader(digits.load(), type="time", boxes=boxes).read(sheet)
    assert set(asked) == {(False, True)}
    assert reading.numbers[0].value.kind in {"amount", None}


def test_what_is_wanted_must_exist_before_anything_is_read():
    for wanted in ({"type": "money"}, {"locale": "xx"}, {"check": "crc"}):
        with pytest.raises(InputError, match="expected one"):
            Reader(digits.load(), **wanted)


@pytest.mark.parametrize(
    ("type", "read", "found"),
    [("date", (False, False), 1), ("date", (True, False), 2), ("integer", (False, False), 2)],
)
def test_a_line_is_one_date_where_none_of_its_pieces_is_one(monkeypatch, type, read, found):
    corners = [np.array([(x, 0), (x + 90, 0), (x + 90, 40), (x, 40)], float) for x in (0, 100)]
    places = [Found(one, np.zeros((1, 4)), np.ones(1), 0.9, 0) for one in corners]
    monkeypatch.setattr(reading_module, "find_numbers", lambda finder, page: places)

    def line(self, page, place):
        whole = np.ptp(place.corners[:, 0]) > 100
        missed = not whole and not read[int(place.corners[0, 0] > 0)]
        return SimpleNamespace(missed=missed, digits=0)

    monkeypatch.setattr(Reader, "_line", line)
    numbers, lines = Reader(digits.load(), type=type)._search(np.full((40, 200), 255, np.uint8))
    assert len(numbers) == len(lines) == found
