"""An explanation of numbers tells what the networks said of them, and what it says is what the reader answers."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import digits
from digits.errors import InputError
from digits.explaining import number_words
from digits.explaining.explain import explain
from digits.explaining.explained_number import ExplainedNumber, Mismatch, find_mismatches, hold_against
from digits.explaining.wording import a
from digits.reading.fields.given import GivenBox
from digits.reading.finding import Found
from digits.reading.lines import LineCrop, ReadLine, ReadMark
from digits.reading.networks.ctc import CtcOutput
from digits.reading.pictures.picture import Picture
from digits.reading.reader import Reader
from digits.reading.results import Digit, Number, Sign, Unread

ALPHABET = "0123456789.-"
IMAGE = np.zeros((28, 28), np.uint8)
SQUARE = np.array([(0, 0), (40, 0), (40, 20), (0, 20)], float)


def probabilities(**likely):
    """What a network says to a digit: `_5=0.8` is 0.8 for 5; the rest is 0."""
    return np.array([likely.get(f"_{digit}", 0.0) for digit in range(10)], np.float32)


def heard(*columns):
    """What a line reader says: in each column, with a column of no mark between, the probabilities of marks."""
    said = np.full((2 * len(columns), 1 + len(ALPHABET)), 1e-7)
    for place, column in enumerate(columns):
        for mark, likely in column.items():
            said[2 * place, 1 + ALPHABET.index(mark)] = likely
        said[2 * place, 0] = max(1e-7, 1 - sum(column.values()))
        said[2 * place + 1, 0] = 1.0
    return CtcOutput(np.log(said / said.sum(axis=1, keepdims=True)), ALPHABET)


def number(text="1.5", *, unsure=None, line=0, output=None, seen=None, doubt=None, digitness=0.99, **more):
    """An explained number; the mark at the place `unsure` is."""
    output = output or heard(*({mark: 0.99} for mark in text))
    marks, read, alone = [], [], []
    for place, mark in enumerate(text):
        why = "could be another" if place == unsure else None
        if mark.isdigit():
            given = probabilities(**{f"_{mark}": 1.0})
            marks.append(Digit(mark, 0.9, (0, 0, 9, 9), IMAGE, given, digitness, why))
            read.append(ReadMark(mark, 0.9, np.zeros(4), (), IMAGE, given, digitness))
            alone.append(given)
        else:
            marks.append(Sign(mark, 0.9, (0, 0, 9, 9), (("-", 0.06),), why))
            read.append(ReadMark(mark, 0.9, np.zeros(4), (("-", 0.06),)))
    strip = LineCrop(np.zeros((more.pop("height", 40), 90), np.uint8), np.eye(3))
    read_line = ReadLine(strip, output, tuple(read), 0.9, tuple(more.pop("alternatives", ())))
    found = Found(SQUARE, np.zeros((more.pop("seen_marks", len(text)), 4)), np.ones(0), 0.8, line)
    answer = Number(text, 0.9, line, (0, 0, 40, 20), tuple(marks), doubt)
    return ExplainedNumber(answer, found, read_line, np.array(alone if seen is None else seen), 0.95, 1.0)


def said(explained, alone=True):
    return "\n".join(number_words.of_number(explained, alone=alone))


class TestSentences:
    def test_a_number_that_is_sure_is_told_in_three_sentences(self):
        assert number_words.of_number(number(), alone=True) == (
            "Read as 1.5 with confidence 0.90.",
            "To the line reader no other text comes near.",
            "The finder is sure of its place with 0.80, and saw three marks.",
        )

    def test_an_unsure_mark_is_told_with_what_it_may_be(self):
        words = said(number(unsure=1))
        assert "It is unsure: a number needs a confidence of 0.95 to be given freely." in words
        assert "The second mark is a “.” with 0.90; it may be - (0.06)." in words

    def test_a_doubt_of_the_number_as_a_whole_is_told(self):
        assert "It is unsure: 4 digits were expected, 2 found." in said(number(doubt="4 digits were expected, 2 found"))

    def test_where_the_networks_differ_both_are_told(self):
        words = said(number("35", seen=[probabilities(_3=1.0), probabilities(_6=0.7, _5=0.3)]))
        assert "The second mark is a 5 with 0.90; the line reader sees a 5 (1.00)" in words
        assert "the digit network a 6 (0.70)" in words
        assert "first mark" not in words

    def test_what_is_hardly_a_digit_is_told(self):
        assert "the digit network hardly takes it for a digit (digitness 0.20)" in said(number("7", digitness=0.2))
        assert "hardly" not in said(number("7"))

    def test_the_next_best_texts_are_told_as_far_as_they_are_near(self):
        words = said(number("15", alternatives=[("75", 0.2), ("1.5", 0.006), ("16", 0.001)]))
        assert "the line reader's next best are 75 (0.20) and 1.5 (0.01)." in words

    def test_a_text_that_the_digit_network_outvoted_is_a_rival(self):
        words = said(number("16", output=heard({"1": 1.0}, {"5": 0.7, "6": 0.3})))
        assert "Beside 16 (0.30), the line reader's next best is 15 (0.70)." in words

    def test_that_the_finder_saw_more_or_fewer_marks_is_told(self):
        assert "saw five marks; three marks were read." in said(number(seen_marks=5))
        assert "the whole picture was read as a line" in said(number(seen_marks=0))

    def test_a_low_strip_is_called_too_low(self):
        assert "Its strip is only 11 pixels high" in said(number(height=11))

    def test_of_several_numbers_less_is_said_of_each_and_their_count_first(self):
        both = [replace(one, words=number_words.of_number(one, alone=False)) for one in (number(), number("8", line=2))]
        assert number_words.sentences(both, 2, None) == (
            "Two numbers were found in two lines.",
            "Line 1: read as 1.5 with confidence 0.90.",
            "Line 3: read as 8 with confidence 0.90.",
        )

    def test_many_places_that_were_not_read_are_counted(self):
        words = list(number_words.of_unread([Unread((1, 2, 3, 4), "no digit in it")] * 6))
        assert words[0] == "Not read, at 1, 2 (3 × 4 pixels): no digit in it."
        assert words[-1] == "And two places more were not read."

    def test_marks_have_their_article(self):
        assert [a(mark) for mark in ("7", 8, "-")] == ["a 7", "an 8", "a “-”"]


class TestLabels:
    def test_the_mark_that_differs_is_told_with_what_each_network_gave_it(self):
        one = number("1.5", output=heard({"1": 1.0}, {".": 0.99}, {"5": 0.75, "6": 0.25}))
        one = replace(one, words=number_words.of_number(one, alone=True))
        against = hold_against([one], "1.6")
        words = number_words.sentences([one], 1, against)
        assert words[1] == "It should be 1.6: one mark is wrong."
        assert words[2].startswith(
            "The third mark should be a 6 and was read as a 5: the line reader gives 6 0.25 and 5"
        )
        assert words[2].endswith("the digit network less than 0.01 and 1.00.")
        assert words[3].startswith("As a whole, the line reader gives 1.6 0.25 and 1.5 0.7")
        assert against.share == pytest.approx(0.25, abs=0.01)

    @pytest.mark.parametrize(
        ("label", "words"),
        [
            ("1.5", "It should be 1.5, and is read so."),
            ("15", "The second mark, ., should not be there."),
            ("1.57", "What is missing at the end: 7."),
            ("-1.5", "What is missing before the first mark: -."),
        ],
    )
    def test_what_is_missing_and_what_is_too_much_is_told(self, label, words):
        one = replace(number(), words=("Read as 1.5.",))
        assert words in number_words.sentences([one], 1, hold_against([one], label))

    def test_the_number_that_resembles_a_label_most_is_compared_with_it(self):
        numbers = [number("12"), number("731", line=1), number("5", line=1)]
        assert hold_against(numbers, "737").numbers == (1,)
        assert hold_against(numbers, "7315").numbers == (1, 2)
        assert hold_against(numbers, "127315").numbers == (0, 1, 2)

    def test_marks_of_a_label_that_the_line_reader_does_not_know_have_no_share(self):
        assert number().share("1€5") == 0.0
        assert number().share("1" * 60) == 0.0

    @pytest.mark.parametrize(
        ("read", "wanted", "expected"),
        [
            ("12", "12", []),
            ("12", "17", [Mismatch(1, "2", "7")]),
            ("1.2", "12", [Mismatch(1, ".", "")]),
            ("12", "1.2", [Mismatch(1, "", ".")]),
            ("", "3", [Mismatch(0, "", "3")]),
        ],
    )
    def test_mismatches_are_where_the_texts_differ(self, read, wanted, expected):
        assert list(find_mismatches(read, wanted)) == expected

    @given(st.text("12.", max_size=6), st.text("12.", max_size=6))
    def test_mismatches_turn_what_was_read_into_what_was_wanted(self, read, wanted):
        found = find_mismatches(read, wanted)
        turned, at = "", 0
        for one in found:
            turned += read[at : one.place] + one.wanted
            at = one.place + len(one.read)
        assert turned + read[at:] == wanted
        assert abs(len(read) - len(wanted)) <= len(found) <= max(len(read), len(wanted))


@pytest.fixture(scope="module")
def page(sample_test):
    """Two lines of three digits each."""
    lines = [
        np.concatenate([cv2.resize(image, (84, 84)) for image in sample_test.images[start : start + 3]], axis=1)
        for start in (0, 3)
    ]
    ink = np.concatenate([np.pad(line, ((20, 40), (30, 60))) for line in lines])
    return Picture("page.png", 0, (235 - 0.8 * ink).astype(np.uint8))


@pytest.fixture(scope="module")
def reader():
    return Reader(digits.load())


class TestExplaining:
    def test_it_explains_what_the_reader_answers(self, reader, page):
        found, reading = explain(reader, page), reader.read_page(page)
        assert [one.number.to_json() for one in found.numbers] == [one.to_json() for one in reading.numbers]
        assert found.unread == reading.unread
        assert found.lines == len({one.line for one in reading.numbers})
        for one in found.numbers:
            assert one.text == "".join(mark.text for mark in one.number.marks)
            assert one.heard.shape == (len(one.text), len(reader.voices.line_reader.marks))
            assert one.seen.shape == (len(one.number.digits), 10)

    def test_a_line_is_explained_alone_and_one_that_is_not_there_is_refused(self, reader, page):
        there = sorted({one.number.line for one in explain(reader, page).numbers})
        chosen = explain(reader, page, line=there[-1])
        assert {one.number.line for one in chosen.numbers} == {there[-1]}
        with pytest.raises(InputError, match="has no number in line 100; there are some in line"):
            explain(reader, page, line=99)

    def test_the_json_object_holds_what_is_documented(self, reader, page):
        found = json.loads(json.dumps(explain(reader, page, label="1-2").to_json(), allow_nan=False))
        assert set(found["against_label"]) == {"label", "numbers", "read", "mismatches", "line_reader"}
        for one in found["numbers"]:
            assert {"text", "marks", "digits", "found", "strip", "line_reader", "alternatives", "threshold"} <= set(one)
            assert len(one["digits"]) == sum(mark["kind"] == "digit" for mark in one["marks"])
            for mark in one["marks"]:
                assert 0 <= mark["line_reader"] <= 1
                assert (mark["digit_network"] is None) == (mark["kind"] == "sign")

    def test_boxes_are_in_the_pixels_of_the_file(self, reader, page):
        half = Picture("page.png", 0, page.pixels, scale=2.0)
        once, twice = (explain(reader, one).to_json()["numbers"][0]["found"]["marks"] for one in (page, half))
        assert np.array(twice) == pytest.approx(2 * np.array(once))

    def test_without_signs_none_is_explained(self, page):
        found = explain(Reader(digits.load(), signs=False), page)
        assert all(set(one.text) <= set("0123456789") for one in found.numbers)

    def test_a_label_may_hold_the_signs_that_the_line_reader_knows(self, reader, page):
        assert explain(reader, page, label="12.50 €").against_label.label == "12.50€"
        with pytest.raises(InputError, match="the label is '12 & 3'; expected what should be read: digits, and signs"):
            explain(reader, page, label="12 & 3")

    def test_the_fields_of_a_form_are_told_and_one_is_explained(self, page):
        boxes = [GivenBox((20, 10, 280, 100)), GivenBox((20, 115, 40, 20))]
        reader = Reader(digits.load(), boxes=boxes)
        form = explain(reader, page)
        assert [field.to_json() for field in form.fields] == [one.to_json() for one in reader.read_page(page).numbers]
        assert form.words[0].startswith("A form: two fields, of which 1 left empty")
        inside = explain(reader, page, field=0)
        assert inside.picture.name == "page.png, field 1"
        assert inside.numbers
        assert explain(reader, page, field=1).words == ("The field was left empty: nobody wrote in it.",)
        with pytest.raises(InputError, match="has two fields; there is no field 3"):
            explain(reader, page, field=2)
        with pytest.raises(InputError, match="is a form of 2 fields; say which of them should be 7"):
            explain(reader, page, label=7)
