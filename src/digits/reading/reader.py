"""The Reader: a picture becomes a Reading, numbers with a confidence that can be acted on, or "unsure".

    reader = Reader(classifier)
    for reading in reader.read("photo.jpg"): print(reading.text)

Notable choices:
- one digit is looked for before many: where the network is certain of it and it is all the ink there is, that is the
  answer, and a small picture costs no more than one digit does;
- otherwise, and first where a glance shows many marks, the page is searched for numbers, and whichever way is surer of
  what it found is believed;
- coarse grain, a table around a sheet and a hard shadow are taken away before anything is looked for;
- a picture with two printed boxes or more is a form: each box is a field, which is read by itself, in the same way;
- what nobody could call digits is left out of a page, not guessed at: words, drawings, a face;
- nothing here decides by itself what is sure: the thresholds stand in the bundle, fitted on rendered validation digits.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from digits.errors import PictureError
from digits.reading.calibration import Thresholds
from digits.reading.classifier import Classifier
from digits.reading.clearing import cleared
from digits.reading.field_cut import cut_field
from digits.reading.fields import Field, find_fields
from digits.reading.given_boxes import GivenBox, given_fields
from digits.reading.ink import Mask
from digits.reading.line_search import Expected, Line
from digits.reading.lines import find_lines, has_many_marks
from digits.reading.looks import Look, find_looks, is_in_form
from digits.reading.one_or_several import are_likelier, is_clearly_one, with_marks_beside
from digits.reading.outside_fields import Form, without_fields
from digits.reading.picture import Picture, Source, name_of, open_pictures
from digits.reading.results import Box, Digit, Number, Reading

Layout = Literal["auto", "digit", "line", "page", "grid"]
"""What a picture holds: one digit, one line, lines, printed boxes, or whichever of these it turns out to be."""

_LITTLE = 256
"""Pixels of a picture's longer side, up to which a look at it as one digit is not slower than a glance at its marks."""

_CROWDED = 2  # marks beside a digit: it may be one of a number; one mark may be what is left of a border
_PLENTY = 4  # clear digits beyond the unsure ones: these are numbers, and neither one digit nor a form
_FORM = 2  # printed boxes make a form
_MORE = 1.5  # times as many clear digits: then it was squared paper
_NEARLY_ALL = 0.75  # of a number's digits
_DOUBTFUL = 0.15  # of a form's digits: if so many are unsure, it may be squared paper
_AS_HIGH, _WRITTEN = 0.7, 0.5  # of the digits in fields: what stands beside them; of a field's height: a digit in it
_MANY, _OF_NUMBERS, _LONG = 10, 0.5, 3  # of so many groups of marks that few are numbers: a page of words, where only
# numbers of so many digits, all of them clear, are believed
_PAGEFUL, _LIKE_DIGITS = 30, 0.7  # of so many digits in all fewer look like digits: words, too, in however long rows


class Reader:
    """Pictures → Readings. Safe to use from several threads.

    Attributes:
        classifier: the network.
        thresholds: from what on an answer is sure.
        layout: what pictures hold.
        expected: the least and the greatest count of a number's digits; None if it is not known.
        boxes: the fields that every picture has, and nothing else is read; None if they are not known.
        always_answer: whether a number's text shows the best guess of an unsure digit, too.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        risk: float | None = None,
        layout: Layout = "auto",
        expected: Expected | None = None,
        boxes: Sequence[GivenBox] | None = None,
        always_answer: bool = False,
    ) -> None:
        """A reader with a network.

        Args:
            classifier: the network.
            risk: the share of the given answers that may be wrong; by default the bundle's own.
            layout: see above.
            expected: see above.
            boxes: see above; from a file: `given_boxes.load_boxes`.
            always_answer: see above.

        Raises:
            InputError: the bundle states no threshold for this risk.
        """
        self.classifier = classifier
        self.thresholds = Thresholds.of(classifier.description, risk)
        self.layout = layout
        self.expected = expected
        self.boxes = boxes
        self.always_answer = always_answer

    def read(
        self, source: Source, name: str | None = None, *, on_page: Callable[[Picture, Reading], None] | None = None
    ) -> Iterator[Reading]:
        """The Readings of a picture's pages, one after the other; a page that cannot be read has an `error`.

        Args:
            source: a path, bytes, a file object, a Pillow image or an array.
            name: what to call it.
            on_page: told of each page that was read, before its Reading is given.
        """
        pages = 0
        try:
            for picture in open_pictures(source, name):
                reading = self.read_page(picture)
                if on_page:
                    on_page(picture, reading)
                yield reading
                pages += 1
        except PictureError as error:
            yield Reading(name or name_of(source), pages, (), str(error))

    def read_page(self, picture: Picture) -> Reading:
        """What one page says.

        Raises:
            PictureError: a box that was given lies outside of it.
        """
        picture = cleared(picture)
        form = self.form(picture)
        if form is not None:
            return Reading(picture.name, picture.page, form.numbers)
        found = self.find(picture)
        if isinstance(found, Look):
            return Reading(picture.name, picture.page, (self._one_digit(found, picture),))
        return Reading(picture.name, picture.page, tuple(self.number(line) for line in found))

    def form(self, picture: Picture) -> Form | None:
        """A cleared page's fields, what stands in each, in layout `auto` what stands beside; None if it is no form.

        Raises:
            PictureError: a box that was given lies outside of it.
        """
        if self.boxes is None and self.layout not in {"auto", "grid"}:
            return None
        fields = find_fields(picture) if self.boxes is None else given_fields(picture, self.boxes)
        is_open = self.boxes is None and self.layout == "auto"
        if is_open and len(fields) < _FORM:
            return None
        inside = tuple(
            replace(self._in_field(picture, field), field=number, name=field.name)
            for number, field in enumerate(fields)
        )
        beside = self._beside(picture, fields, inside) if is_open else None
        outside = beside or ()
        found = (*inside, *outside)
        if is_open and _are_doubtful(found, beside is None):  # squared paper has boxes, too: what is written decides
            others = [self.number(line) for line in self._lines(picture)]
            is_aside = sum(len(one.digits) for one in outside) > sum(len(one.digits) for one in inside)
            more = 1.0 if is_aside else _MORE
            if _clear_digits(others, ones=False) >= _PLENTY + more * max(0, _clear_digits(found, ones=False)):
                return None
        return Form.of(fields, inside, outside, picture.scale)

    def _beside(self, picture: Picture, fields: Sequence[Field], inside: Sequence[Number]) -> tuple[Number, ...] | None:
        """The numbers beside a form's fields: nearly all digits, no lower than those in fields, as captions are.

        None if nothing so high is there at all.
        """
        written = [float(digit.box[3]) for number in inside for digit in number.digits]
        heights = written or [_WRITTEN * min(field.size) * picture.scale for field in fields]
        least = _AS_HIGH * float(np.median(heights))
        rest = without_fields(picture, fields, least / picture.scale)
        if rest is None:
            return None
        lines = find_lines(self.classifier, rest, expected=self.expected)
        numbers = [self.number(line) for line in lines if self._is_number(line, _NEARLY_ALL)]
        return tuple(one for one in numbers if np.median([digit.box[3] for digit in one.digits]) >= least)

    def find(self, picture: Picture) -> Look | list[Line]:
        """What a cleared page holds: one digit, or numbers; an empty list if there is nothing."""
        if self.layout == "digit":
            looks = self.look(picture)
            return looks[0] if looks else []
        if self.layout == "auto":
            return self._whichever(picture)
        return self._lines(picture)

    def look(self, picture: Picture, *, thorough: bool = False) -> list[Look]:
        """The ways in which one digit was looked for in a cleared page, the best first (see `looks.find_looks`)."""
        return find_looks(self.classifier, picture, thorough=thorough)

    def _lines(self, picture: Picture) -> list[Line]:
        lines = find_lines(self.classifier, picture, one_row=self.layout == "line", expected=self.expected)
        if self.layout == "line":
            return lines
        numbers = [line for line in lines if self._is_number(line)]
        if self._are_words(lines, len(numbers)):  # an o is no 0
            return [line for line in numbers if len(line.steps) >= _LONG and self._is_number(line, least=1.0)]
        return numbers

    def _are_words(self, lines: list[Line], numbers: int) -> bool:
        """Whether a page, of whose groups of marks so many are numbers, is one of words."""
        if len(lines) >= _MANY and numbers < _OF_NUMBERS * len(lines):
            return True
        each = [line.answers.digitness[list(line.steps)] for line in lines if line.answers.digitness is not None]
        like = np.concatenate(each) >= self.thresholds.digitness if each else np.ones(0, bool)
        return len(like) >= _PAGEFUL and float(like.mean()) < _LIKE_DIGITS

    def _whichever(self, picture: Picture) -> Look | list[Line]:
        """One digit, or numbers: what the network is surer of."""
        looks: list[Look] | None = None
        if max(picture.pixels.shape[:2]) <= _LITTLE:
            looks = self._single(picture)
            if looks and (is_in_form(picture) or is_clearly_one(looks[0])):
                return looks[0]
        lines = self._lines(picture) if has_many_marks(picture) else None
        if lines and _clear_digits([self.number(line) for line in lines]) >= _PLENTY:
            return lines
        looks = self._single(picture) if looks is None else looks
        if not looks:
            return self._lines(picture) if lines is None else lines
        one = looks[0]
        if is_clearly_one(one):
            return one
        lines = self._lines(picture) if lines is None else lines
        if lines and sum(len(line.steps) for line in lines) > 1 and are_likelier(lines, one):
            return lines
        return with_marks_beside(one, picture)

    def _single(self, picture: Picture) -> list[Look]:
        """The looks at a page as one digit; none where several are expected."""
        return [] if self.expected and self.expected[0] > 1 else self.look(picture)

    def _is_number(self, line: Line, least: float = 0.5) -> bool:
        """Whether at least this share of a number's digits look like digits."""
        digitness = line.answers.digitness
        if digitness is None:
            return True
        return bool(np.mean(digitness[list(line.steps)] >= self.thresholds.digitness) >= least)

    def _in_field(self, picture: Picture, field: Field) -> Number:
        """What stands in a field, as one number: its digits in reading order, whatever gaps are between them."""
        cut, box = cut_field(picture, field), field.box(picture.scale)
        if cut.is_empty:
            return Number("", 1.0, field.line, box, ())
        inner = copy.copy(self)
        inner.layout, inner.boxes, inner.expected = "page", None, field.expected or self.expected
        found = inner.look(cut.picture)[:1] if inner.expected == (1, 1) else inner._whichever(cut.picture)
        if isinstance(found, Look):
            found = [found]
        numbers = [inner._one_digit(one, cut.picture) if isinstance(one, Look) else inner.number(one) for one in found]
        if not numbers:
            return Number("", 0.0, field.line, box, (), "what is written in this field is no number")
        digits = tuple(replace(digit, box=cut.box(digit.box)) for number in numbers for digit in number.digits)
        doubt = next((number.doubt for number in numbers if number.doubt), None)
        confidence = float(np.prod([number.confidence for number in numbers]))
        around = _around([digit.box for digit in digits])
        return Number(self._text(digits), confidence, field.line, around, digits, doubt)

    def _one_digit(self, look: Look, picture: Picture) -> Number:
        unsure = self.thresholds.unsure(look.confidence, look.digitness)
        box = _box(look.strokes, picture.scale / look.ink.scale)
        guess = str(look.answer)
        digit = Digit(guess, look.confidence, box, look.form.image, look.probabilities, look.digitness, unsure)
        doubt = None
        if look.beside >= _CROWDED:
            doubt = f"{look.beside} marks as tall as this digit stand beside it, which could not be read"
        return Number(self._text((digit,)), digit.confidence, 0, digit.box, (digit,), doubt)

    def number(self, line: Line) -> Number:
        """What was found, as a Number with its doubts."""
        answers, found = line.answers, []
        for step, share, probabilities in zip(line.steps, line.shares, line.probabilities, strict=True):
            confidence = share * float(probabilities.max())
            digitness = None if answers.digitness is None else float(answers.digitness[step])
            box = line.strip.box(line.chain.candidates[step].box)
            unsure = self.thresholds.unsure(confidence, digitness)
            text = str(int(probabilities.argmax()))
            found.append(Digit(text, confidence, box, line.images[step], probabilities, digitness, unsure))
        doubt = None
        if line.missed and self.expected:
            least, most = self.expected
            count = str(least) if least == most else f"{least} to {most}"
            doubt = f"{count} digits were expected, {len(found)} found"
        box = _around([digit.box for digit in found])
        return Number(self._text(found), line.confidence, line.line, box, tuple(found), doubt)

    def _text(self, digits: "list[Digit] | tuple[Digit, ...]") -> str:
        return "".join("?" if digit.unsure and not self.always_answer else digit.text for digit in digits)


def _clear_digits(numbers: Sequence[Number], *, ones: bool = True) -> int:
    """By how many more digits are sure than unsure; without 1s, where boxes' borders may be taken for them."""
    digits = [digit for number in numbers for digit in number.digits if ones or digit.text != "1"]
    return sum(1 if digit.unsure is None else -1 for digit in digits)


def _are_doubtful(numbers: Sequence[Number], is_all: bool) -> bool:
    """Whether many of a form's digits are unsure; or there are none, and that is not all that is written."""
    digits = [digit for number in numbers for digit in number.digits]
    unsure = sum(digit.unsure is not None for digit in digits) + sum(number.doubt is not None for number in numbers)
    return unsure > _DOUBTFUL * len(digits) or not (digits or is_all)


def _box(strokes: Mask, scale: float) -> Box:
    """The box of a mask's ink, in the picture's pixels."""
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    left, top = int(columns[0] * scale), int(rows[0] * scale)
    return left, top, max(1, round((columns[-1] + 1) * scale) - left), max(1, round((rows[-1] + 1) * scale) - top)


def _around(boxes: list[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
