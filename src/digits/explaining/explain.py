"""Why was a picture read as it was? The reader's way through it, taken apart: a picture → an Explanation.

    explanation = explain(reader, picture, sample=(images, labels))
    for sentence in explanation.words: print(sentence)

What is explained is the answer of `Reader.read_page`, from the very `Page` that it is decided on: one digit, beside
which stand the other ways of looking at the picture, or numbers, beside which stands what each of the three networks
saw. Of a form it is said what stands in each field; one of them is explained as a picture of its own.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from digits.errors import InputError
from digits.explaining import digit_words, number_words
from digits.explaining.explained_number import ExplainedNumber, hold_against
from digits.explaining.explanation import ExplainedDigit, Explanation
from digits.explaining.occlusion import occlude
from digits.explaining.resemblance import compare_form, count_loops, find_neighbours
from digits.explaining.surroundings import survey
from digits.explaining.wording import counted, listed
from digits.reading.digit.looks import Look, find_looks
from digits.reading.digit.mnist_form import INK
from digits.reading.fields.cut import cut_field
from digits.reading.fields.fields import Field, find_fields
from digits.reading.finding import Found
from digits.reading.lines import DIGITS, ReadLine
from digits.reading.pictures.picture import Picture
from digits.reading.reader import Page, Reader
from digits.reading.results import Number, Reading
from digits.reading.understanding import understood

Sample = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
"""Labelled digits: images, uint8 (n, 28, 28), and labels, uint8 (n,); n at least 2."""


def explain(
    reader: Reader,
    picture: Picture,
    *,
    sample: Sample | None = None,
    label: int | str | None = None,
    line: int | None = None,
    field: int | None = None,
) -> Explanation:
    """Say why a picture is read as it is.

    Args:
        reader: whose answer is explained.
        picture: one page.
        sample: digits to find the nearest in, such as MNIST's; for a picture that holds one digit.
        label: what it should have been read as: a digit, or a number with its signs; spaces in it are not compared.
        line: explain the numbers of this line alone, counted from 0.
        field: explain this field of a form, counted from 0 in the order of its numbers; without given boxes, as with
            the layout of a grid.

    Raises:
        InputError: the label is no number, there is no such line or field, or a label is given for a whole form.
        PictureError: a box that was given to the reader lies outside of the picture.
    """
    wanted = _marks_of(label, reader.voices.line_reader.marks)
    fields, name = reader.fields(picture), reader.classifier.name
    if field is not None:
        fields = find_fields(picture) if fields is None else fields
        reader, picture, is_empty = _one_field(reader, picture, fields, field)
        if is_empty:
            return Explanation(picture, name, (), ("The field was left empty: nobody wrote in it.",))
    elif fields is not None:
        return _explain_form(name, picture, reader.read_page(picture), wanted, line)
    page = reader.see(picture)
    reading = understood(reader.decide(page), reader.wanted, reader.judge.threshold)
    if page.one:
        _check_line(picture, line, [0])
        digit = _explain_digit(reader, page, reading.numbers[0].unsure, sample, wanted)
        return Explanation(picture, name, (digit,), _words(digit, wanted, reader.layout == "digit"), lines=1)
    if not reading.numbers:
        words = digit_words.nothing_found(picture, digit=reader.layout == "digit")
        found = Explanation(picture, name, (), words)
    else:
        found = _explain_numbers(reader, page, reading.numbers, wanted, line)
    words = (*found.words, *number_words.of_unread(reading.unread))
    return replace(found, words=words, unread=reading.unread)


def _explain_numbers(
    reader: Reader, page: Page, numbers: Sequence[Number], wanted: str | None, line: int | None
) -> Explanation:
    """What is to be said of the numbers that were given, or of those of one line."""
    picture, pairs = page.picture, _places(page, numbers)
    lines = sorted({number.line for number in numbers})
    _check_line(picture, line, lines)
    chosen = [(number, *pair) for number, pair in zip(numbers, pairs, strict=True) if line in (None, number.line)]
    explained = []
    for number, found, read in chosen:
        images = [mark.image for mark in read.marks if mark.image is not None]
        seen = reader.classifier.answer(np.stack(images)).probabilities
        one = ExplainedNumber(number, found, read, seen, reader.judge.threshold, picture.scale)
        explained.append(replace(one, words=number_words.of_number(one, alone=len(chosen) == 1)))
    against = hold_against(explained, wanted) if wanted else None
    words = number_words.sentences(explained, len(lines), against)
    return Explanation(picture, reader.classifier.name, (), words, tuple(explained), len(lines), against)


def _places(page: Page, numbers: Sequence[Number]) -> list[tuple[Found, ReadLine]]:
    """Where, and in which strip, each of these numbers was read; of what a page has, not all is given."""
    pairs = iter(zip(page.found, page.lines, strict=True))
    return [
        next(pair for pair in pairs if np.array_equal(pair[0].corners * page.picture.scale, number.corners or ()))
        for number in numbers
    ]


def _explain_form(name: str, picture: Picture, reading: Reading, wanted: str | None, line: int | None) -> Explanation:
    lines = sorted({number.line for number in reading.numbers})
    _check_line(picture, line, lines or [0])
    if wanted:
        count = f"{len(reading.numbers)} field{'' if len(reading.numbers) == 1 else 's'}"
        raise InputError(f"{picture.name} is a form of {count}; say which of them should be {wanted}")
    words = number_words.of_form(reading.numbers, line)
    return Explanation(picture, name, (), words, lines=len(lines), fields=reading.numbers)


def _one_field(reader: Reader, picture: Picture, fields: Sequence[Field], number: int) -> tuple[Reader, Picture, bool]:
    """A reader for a field, what is in it as a picture, and whether it was left empty."""
    if not 0 <= number < len(fields):
        count = counted(len(fields), "field") if fields else "no printed boxes"
        raise InputError(f"{picture.name} has {count}; there is no field {number + 1}")
    cut = cut_field(picture, fields[number])
    inside = replace(cut.picture, name=f"{picture.name}, field {number + 1}")
    return reader.field_reader(fields[number]), inside, cut.is_empty


def _explain_digit(
    reader: Reader, page: Page, unsure: str | None, sample: Sample | None, wanted: str | None
) -> ExplainedDigit:
    picture, look, classifier = page.picture, page.one[0], reader.classifier
    image = look.form.image
    return ExplainedDigit(
        look=look,
        unsure=unsure,
        label=int(wanted) if wanted and len(wanted) == 1 else None,
        surroundings=survey(picture, look.ink, look.strokes),
        measures=compare_form(look.strokes, look.form, classifier.description["training_digits"]),
        loops=(count_loops(look.strokes), count_loops((image >= INK).astype(np.uint8))),
        occlusion=occlude(classifier, image),
        neighbours=find_neighbours(classifier, image, *sample) if sample else None,
        others=tuple(one for one in find_looks(classifier, picture, thorough=True) if not _same(one, look)),
    )


def _words(digit: ExplainedDigit, wanted: str | None, alone: bool) -> tuple[str, ...]:
    """A digit's sentences; `alone` says that the layout allows for one alone."""
    words = digit_words.sentences(digit)
    if wanted and digit.label is None:
        return (words[0], digit_words.one_for_several(wanted, alone), *words[1:])
    return words


def _marks_of(label: int | str | None, marks: str) -> str | None:
    """A label without its spaces, its dashes as the line reader writes them; of these marks."""
    if label is None:
        return None
    text = "".join(str(label).split()).replace("−", "-").replace("–", "-")
    if not set(text) <= set(marks) or not set(text) & set(DIGITS):
        signs = "".join(mark for mark in marks if mark not in DIGITS)
        raise InputError(f"the label is {label!r}; expected what should be read: digits, and signs of {signs}")
    return text


def _check_line(picture: Picture, line: int | None, lines: list[int]) -> None:
    if line is not None and line not in lines:
        there = f"line {lines[0] + 1}" if len(lines) == 1 else f"lines {listed([str(one + 1) for one in lines])}"
        raise InputError(f"{picture.name} has no number in line {line + 1}; there are some in {there}")


def _same(one: Look, other: Look) -> bool:
    return one.corrected == other.corrected and np.array_equal(one.form.image, other.form.image)
