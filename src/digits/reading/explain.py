"""Why was a picture read as it was? The reader's way through it, taken apart: a picture → an Explanation.

    explanation = explain(reader, picture, sample=(images, labels))
    for sentence in explanation.words: print(sentence)

What is explained is the answer of `Reader.read_page`: one digit, beside which stand the other ways of looking at the
picture, or numbers, beside which stand the other ways to take them apart. Of a form it is said what stands in each
field; one of them is explained as a picture of its own.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from digits.errors import InputError
from digits.reading import why, why_numbers
from digits.reading.clearing import cleared, of_clearing
from digits.reading.explained_number import ExplainedNumber, hold_against
from digits.reading.explanation import ExplainedDigit, Explanation
from digits.reading.field_cut import cut_field
from digits.reading.fields import Field
from digits.reading.heard import listen
from digits.reading.line_search import Line
from digits.reading.looks import Look
from digits.reading.mnist_form import INK
from digits.reading.occlusion import occlude
from digits.reading.outside_fields import Form
from digits.reading.picture import Picture
from digits.reading.reader import Reader
from digits.reading.resemblance import compare_form, count_loops, find_neighbours
from digits.reading.segmentation import dissect
from digits.reading.surroundings import survey
from digits.reading.wording import listed

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
        label: what it should have been read as: a digit, or a number; spaces in it are not compared.
        line: explain the numbers of this line alone, counted from 0.
        field: explain this field of a form, counted from 0 in the order of its numbers.

    Raises:
        InputError: the label is no number, there is no such line or field, or a label is given for a whole form.
        PictureError: a box that was given to the reader lies outside of the picture.
    """
    found = _explain(reader, picture, cleared(picture), sample, _digits_of(label), line, field)
    return replace(found, words=(*found.words, *of_clearing(picture)))


def _explain(
    reader: Reader,
    picture: Picture,
    page: Picture,
    sample: Sample | None,
    wanted: str | None,
    line: int | None,
    field: int | None,
) -> Explanation:
    """What there is to say of a page: `picture` as it came, `page` as it was read."""
    form = reader.form(page)
    if field is not None:
        reader, page, is_empty = _one_field(reader, page, form.fields if form else (), field)
        picture = page
        if is_empty:
            return Explanation(picture, reader.classifier.name, (), ("The field was left empty: nobody wrote in it.",))
    elif form is not None:
        return _explain_form(reader, picture, form, wanted, line)
    found = reader.find(page)
    name = reader.classifier.name
    if isinstance(found, Look):
        _check_line(picture, line, [0])
        return _explain_look(reader, picture, page, found, sample, wanted)
    if not found:
        return Explanation(picture, name, (), why.nothing_found(picture, digit=reader.layout == "digit"))
    _check_line(picture, line, sorted({one.line for one in found}))
    return _explain_lines(reader, picture, found, wanted, line)


def _explain_form(reader: Reader, picture: Picture, form: Form, wanted: str | None, line: int | None) -> Explanation:
    lines = sorted({number.line for number in form.numbers})
    _check_line(picture, line, lines or [0])
    if wanted:
        count = f"{len(form.fields)} field{'' if len(form.fields) == 1 else 's'}"
        raise InputError(f"{picture.name} is a form of {count}; say which of them should be {wanted}")
    words = (*why_numbers.of_form(form.inside, line), *_beside(form, line))
    return Explanation(picture, reader.classifier.name, (), words, lines=len(lines), fields=form.inside)


def _beside(form: Form, line: int | None) -> Iterator[str]:
    """What stands beside a form's fields, in a sentence, if anything does."""
    chosen = [one for one in form.outside if line is None or one.line == line]
    if chosen:
        what = (
            "Beside the fields stands one number more" if len(chosen) == 1 else "Beside the fields stand more numbers"
        )
        texts = listed(["".join(digit.text for digit in one.digits) + " ?" * bool(one.unsure) for one in chosen])
        yield f"{what}: {texts}."


def _one_field(reader: Reader, picture: Picture, fields: Sequence[Field], number: int) -> tuple[Reader, Picture, bool]:
    """A reader for a field, what is in it as a picture, and whether it was left empty."""
    if not 0 <= number < len(fields):
        count = f"{len(fields)} field{'' if len(fields) == 1 else 's'}" if fields else "no printed boxes"
        raise InputError(f"{picture.name} has {count}; there is no field {number + 1}")
    inner, field = copy.copy(reader), fields[number]
    inner.boxes, inner.expected = None, field.expected or reader.expected
    inner.layout = "digit" if inner.expected == (1, 1) else "auto"
    cut = cut_field(picture, field)
    return inner, replace(cut.picture, name=f"{picture.name}, field {number + 1}"), cut.is_empty


def _explain_lines(
    reader: Reader, picture: Picture, found: list[Line], wanted: str | None, line: int | None
) -> Explanation:
    chosen = [one for one in found if line is None or one.line == line]
    lines = len({one.line for one in found})
    numbers = tuple(_explain_number(reader, one, alone=len(chosen) == 1) for one in chosen)
    against = hold_against(numbers, wanted) if wanted else None
    words = why_numbers.sentences(numbers, lines, against)
    return Explanation(picture, reader.classifier.name, (), words, numbers, lines, against)


def _explain_number(reader: Reader, line: Line, *, alone: bool) -> ExplainedNumber:
    segmentation = dissect(line, expected=reader.expected is not None)
    explained = ExplainedNumber(reader.number(line), line, segmentation, listen(line))
    return replace(explained, words=why_numbers.of_number(explained, reader.thresholds, alone=alone))


def _explain_look(
    reader: Reader, picture: Picture, page: Picture, look: Look, sample: Sample | None, wanted: str | None
) -> Explanation:
    others = [other for other in reader.look(page, thorough=True) if not _same(other, look)]
    label = int(wanted) if wanted and len(wanted) == 1 else None
    digit = _explain_digit(reader, picture, look, tuple(others), sample, label)
    words = why.sentences(digit)
    if wanted and label is None:
        words = (words[0], *why.one_for_several(wanted, reader.layout == "digit"), *words[1:])
    return Explanation(picture, reader.classifier.name, (digit,), words, lines=1)


def _explain_digit(
    reader: Reader, picture: Picture, look: Look, others: tuple[Look, ...], sample: Sample | None, label: int | None
) -> ExplainedDigit:
    classifier, image = reader.classifier, look.form.image
    return ExplainedDigit(
        look=look,
        unsure=reader.thresholds.unsure(look.confidence, look.digitness),
        label=label,
        surroundings=survey(picture, look.ink, look.strokes),
        measures=compare_form(look.strokes, look.form, classifier.description["training_digits"]),
        loops=(count_loops(look.strokes), count_loops((image >= INK).astype(np.uint8))),
        occlusion=occlude(classifier, image),
        neighbours=find_neighbours(classifier, image, *sample) if sample else None,
        others=others,
    )


def _digits_of(label: int | str | None) -> str | None:
    """A label without its spaces."""
    if label is None:
        return None
    text = "".join(str(label).split())
    if not (text.isascii() and text.isdigit()):
        raise InputError(f"the label is {label!r}; expected what should be read: a digit, 0 to 9, or a number")
    return text


def _check_line(picture: Picture, line: int | None, lines: list[int]) -> None:
    if line is not None and line not in lines:
        there = f"line {lines[0] + 1}" if len(lines) == 1 else f"lines {listed([str(one + 1) for one in lines])}"
        raise InputError(f"{picture.name} has no number in line {line + 1}; there are some in {there}")


def _same(one: Look, other: Look) -> bool:
    return one.corrected == other.corrected and np.array_equal(one.form.image, other.form.image)
