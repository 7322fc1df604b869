"""Why was a picture read as it was? The reader's way through it, taken apart: a picture → an Explanation.

    explanation = explain(reader, picture, sample=(images, labels))
    for sentence in explanation.words: print(sentence)

What is explained is what `Reader.see` saw and `Reader.decide` gave: one digit, beside which stand the other ways of
looking at it, or numbers, each with its strip, its marks and the next likeliest texts. Of fields it is said what stands
in each; one of them is explained as a picture of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from digits.errors import InputError
from digits.explaining import why, why_numbers
from digits.explaining.explanation import ExplainedDigit, ExplainedNumber, Explanation
from digits.explaining.occlusion import occlude
from digits.explaining.resemblance import compare_form, count_loops, find_neighbours
from digits.explaining.surroundings import survey
from digits.explaining.wording import counted, listed
from digits.reading.field_cut import cut_field
from digits.reading.fields import Field
from digits.reading.looks import Look, find_looks
from digits.reading.mnist_form import INK
from digits.reading.picture import Picture
from digits.reading.reader import Page, Reader
from digits.reading.results import Number

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
        field: explain this field of a form, counted from 0 in the order of its numbers.

    Raises:
        InputError: the label is no number, there is no such line or field, or a label is given for a whole form.
        PictureError: a box that was given to the reader lies outside of the picture.
    """
    wanted = _wanted(reader, label)
    fields = reader.fields(picture)
    if field is not None:
        reader, picture, is_empty = _one_field(reader, picture, fields or [], field)
        if is_empty:
            return Explanation(picture, reader.classifier.name, (), ("The field was left empty: nobody wrote in it.",))
    elif fields is not None:
        return _explain_fields(reader, picture, wanted, line)
    page = reader.see(picture)
    if page.one:
        _check_line(picture, line, [0])
        return _explain_look(reader, page, sample, wanted)
    numbers = _explained(reader, page)
    if not numbers:
        nothing = why.nothing_found(picture, digit=reader.layout == "digit")
        return Explanation(picture, reader.classifier.name, (), nothing)
    lines = sorted({one.number.line for one in numbers})
    _check_line(picture, line, lines)
    chosen = tuple(one for one in numbers if line is None or one.number.line == line)
    words = why_numbers.sentences(chosen, len(lines), wanted)
    return Explanation(picture, reader.classifier.name, (), words, chosen, len(lines), wanted)


def _explained(reader: Reader, page: Page) -> list[ExplainedNumber]:
    """The numbers of a page, with where each was found and what was read there."""
    numbers = iter(reader.decide(page).numbers)
    found = zip(page.found, page.lines, strict=True)
    return [ExplainedNumber(next(numbers), place, line) for place, line in found if line.marks]


def _explain_fields(reader: Reader, picture: Picture, wanted: str | None, line: int | None) -> Explanation:
    numbers = reader.read_page(picture).numbers
    lines = sorted({number.line for number in numbers})
    _check_line(picture, line, lines or [0])
    if wanted:
        raise InputError(
            f"{picture.name} is a form of {counted(len(numbers), 'field')}; say which of them should be {wanted}"
        )
    words = tuple(_of_fields(numbers, line))
    return Explanation(picture, reader.classifier.name, (), words, lines=len(lines), fields=numbers)


def _of_fields(numbers: Sequence[Number], line: int | None) -> Iterator[str]:
    """What stands in the fields of a form, in sentences."""
    rows = len({number.line for number in numbers})
    yield f"It was read as {counted(len(numbers), 'field')} in {counted(rows, 'row')}."
    for place, number in enumerate(numbers):
        if line is not None and number.line != line:
            continue
        said = number.text or ("empty" if number.doubt is None else "no number")
        doubt = f", unsure: {number.unsure}" if number.unsure else ""
        yield f"Field {place + 1}: {said}{doubt}."


def _one_field(reader: Reader, picture: Picture, fields: Sequence[Field], number: int) -> tuple[Reader, Picture, bool]:
    """A reader for a field, what is in it as a picture, and whether it was left empty."""
    if not 0 <= number < len(fields):
        count = counted(len(fields), "field") if fields else "no printed boxes"
        raise InputError(f"{picture.name} has {count}; there is no field {number + 1}")
    cut = cut_field(picture, fields[number])
    name = f"{picture.name}, field {number + 1}"
    return reader.field_reader(fields[number]), replace(cut.picture, name=name), cut.is_empty


def _explain_look(reader: Reader, page: Page, sample: Sample | None, wanted: str | None) -> Explanation:
    look, picture = page.one[0], page.picture
    others = [other for other in find_looks(reader.classifier, picture, thorough=True) if not _same(other, look)]
    label = int(wanted) if wanted and wanted.isdigit() and len(wanted) == 1 else None
    unsure = reader.decide(page).numbers[0].unsure
    digit = _explain_digit(reader, picture, look, tuple(others), sample, label, unsure)
    words = why.sentences(digit)
    if wanted and label is None:
        words = (words[0], *why.one_for_several(wanted, reader.layout == "digit"), *words[1:])
    return Explanation(picture, reader.classifier.name, (digit,), words, lines=1, label=wanted)


def _explain_digit(
    reader: Reader,
    picture: Picture,
    look: Look,
    others: tuple[Look, ...],
    sample: Sample | None,
    label: int | None,
    unsure: str | None,
) -> ExplainedDigit:
    classifier, image = reader.classifier, look.form.image
    return ExplainedDigit(
        look=look,
        unsure=unsure,
        label=label,
        surroundings=survey(picture, look.ink, look.strokes),
        measures=compare_form(look.strokes, look.form, classifier.description["training_digits"]),
        loops=(count_loops(look.strokes), count_loops((image >= INK).astype(np.uint8))),
        occlusion=occlude(classifier, image),
        neighbours=find_neighbours(classifier, image, *sample) if sample else None,
        others=others,
    )


def _wanted(reader: Reader, label: int | str | None) -> str | None:
    """A label without its spaces, its dashes as the line reader writes them."""
    if label is None:
        return None
    text = "".join(str(label).split()).replace("−", "-").replace("–", "-")
    marks = reader.voices.line_reader.marks
    if not text or not set(text) <= set(marks) or not any(mark.isdigit() for mark in text):
        raise InputError(
            f"the label is {label!r}; expected what should be read: a digit, 0 to 9, or a number, whose signs may be "
            f"{' '.join(mark for mark in marks if not mark.isdigit())}"
        )
    return text


def _check_line(picture: Picture, line: int | None, lines: list[int]) -> None:
    if line is not None and line not in lines:
        there = f"line {lines[0] + 1}" if len(lines) == 1 else f"lines {listed([str(one + 1) for one in lines])}"
        raise InputError(f"{picture.name} has no number in line {line + 1}; there are some in {there}")


def _same(one: Look, other: Look) -> bool:
    return one.corrected == other.corrected and np.array_equal(one.form.image, other.form.image)
