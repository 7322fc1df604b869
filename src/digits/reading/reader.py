"""The Reader: a picture becomes a Reading, numbers with a confidence that can be acted on, or "unsure".

    reader = Reader(classifier)
    for reading in reader.read("photo.jpg"): print(reading.text)

Notable choices:
- one digit is looked for before many: where the network is certain of it and it is all the ink there is, that is the
  answer, and a small picture costs no more than one digit does;
- otherwise the page is searched for numbers, and whichever way is surer of what it found is believed;
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
from digits.reading import segment
from digits.reading.calibration import Thresholds
from digits.reading.classifier import Classifier
from digits.reading.field_cut import cut_field
from digits.reading.fields import Field, find_fields
from digits.reading.given_boxes import GivenBox, given_fields
from digits.reading.ink import Mask
from digits.reading.lines import Expected, Line, find_lines
from digits.reading.looks import Look, find_looks
from digits.reading.picture import Picture, Source, name_of, open_pictures
from digits.reading.results import Box, Digit, Number, Reading

Layout = Literal["auto", "digit", "line", "page", "grid"]
"""What a picture holds: one digit, one line, lines, printed boxes, or whichever of these it turns out to be."""

_CERTAIN = 0.95
"""The certainty at which one digit that is all the ink there is is not looked at as several."""

_LIKELY = 0.75
"""The certainty at which several digits are believed, though one is certain, if there is more ink than that one's."""

_DOUBTED, _SURER = 0.25, 0.1
"""The certainty below which one digit is no likelier than several; above it, they must be so much less uncertain: parts
of a digit often look like digits, two digits seldom like one."""

_ALL_THE_INK = 0.9
_WIDE = 1.2  # times its height: what is wider may be two digits, however certain the network is
_FORM = 2  # printed boxes make a form
_MORE = 1.5  # times as many clear digits: then it was squared paper
_MANY, _OF_NUMBERS, _LONG = 10, 0.5, 3  # of so many groups of marks that few are numbers: a page of words, where only
# numbers of so many digits, all of them clear, are believed


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
        form = self._form(picture)
        if form is not None:
            return Reading(picture.name, picture.page, form[1])
        found = self.find(picture)
        if isinstance(found, Look):
            return Reading(picture.name, picture.page, (self._one_digit(found, picture),))
        return Reading(picture.name, picture.page, tuple(self.number(line) for line in found))

    def fields(self, picture: Picture) -> list[Field] | None:
        """The fields that a page is read by; None if it is no form.

        Raises:
            PictureError: a box that was given lies outside of it.
        """
        form = self._form(picture)
        return None if form is None else form[0]

    def _form(self, picture: Picture) -> tuple[list[Field], tuple[Number, ...]] | None:
        """A form's fields and what stands in each; None if a page is no form."""
        if self.boxes is None and self.layout not in {"auto", "grid"}:
            return None
        fields = find_fields(picture) if self.boxes is None else given_fields(picture, self.boxes)
        is_open = self.boxes is None and self.layout == "auto"
        if is_open and len(fields) < _FORM:
            return None
        numbers = tuple(self._in_field(picture, field) for field in fields)
        if is_open:  # squared paper has boxes, too: what is written decides
            others = tuple(self.number(line) for line in self._lines(picture))
            if _clear_digits(others) > _MORE * _clear_digits(numbers):
                return None
        return fields, numbers

    def find(self, picture: Picture) -> Look | list[Line]:
        """What a page holds: one digit, or numbers; an empty list if there is nothing."""
        if self.layout == "digit":
            looks = self.look(picture)
            return looks[0] if looks else []
        if self.layout == "auto":
            return self._whichever(picture)
        return self._lines(picture)

    def look(self, picture: Picture, *, thorough: bool = False) -> list[Look]:
        """The ways in which one digit was looked for, the best first (see `looks.find_looks`)."""
        return find_looks(self.classifier, picture, thorough=thorough)

    def _lines(self, picture: Picture) -> list[Line]:
        lines = find_lines(self.classifier, picture, one_row=self.layout == "line", expected=self.expected)
        if self.layout == "line":
            return lines
        numbers = [line for line in lines if self._is_number(line)]
        if len(lines) >= _MANY and len(numbers) < _OF_NUMBERS * len(lines):  # a page of words: an o is no 0
            return [line for line in numbers if len(line.steps) >= _LONG and self._is_number(line, least=1.0)]
        return numbers

    def _whichever(self, picture: Picture) -> Look | list[Line]:
        """One digit, or numbers: what the network is surer of."""
        looks = [] if self.expected and self.expected[0] > 1 else self.look(picture)
        if not looks:
            return self._lines(picture)
        one, is_alone = looks[0], _is_alone(looks[0])
        if is_alone and one.certainty >= _CERTAIN:
            return one
        lines = self._lines(picture)
        if not lines or (len(lines) == 1 and len(lines[0].steps) == 1):
            return one
        return lines if _are_likelier(lines, one, is_alone) else one

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
            return Number("", 1.0, field.line, box, (), name=field.name)
        inner = copy.copy(self)
        inner.layout, inner.boxes, inner.expected = "page", None, field.expected or self.expected
        found = inner.look(cut.picture)[:1] if inner.expected == (1, 1) else inner._whichever(cut.picture)
        if isinstance(found, Look):
            found = [found]
        numbers = [inner._one_digit(one, cut.picture) if isinstance(one, Look) else inner.number(one) for one in found]
        if not numbers:
            return Number("", 0.0, field.line, box, (), "what is written in this field is no number", field.name)
        digits = tuple(replace(digit, box=cut.box(digit.box)) for number in numbers for digit in number.digits)
        doubt = next((number.doubt for number in numbers if number.doubt), None)
        confidence = float(np.prod([number.confidence for number in numbers]))
        around = _around([digit.box for digit in digits])
        return Number(self._text(digits), confidence, field.line, around, digits, doubt, field.name)

    def _one_digit(self, look: Look, picture: Picture) -> Number:
        unsure = self.thresholds.unsure(look.confidence, look.digitness)
        box = _box(look.strokes, picture.scale / look.ink.scale)
        guess = str(look.answer)
        digit = Digit(guess, look.confidence, box, look.form.image, look.probabilities, look.digitness, unsure)
        return Number(self._text((digit,)), digit.confidence, 0, digit.box, (digit,))

    def number(self, line: Line) -> Number:
        """What was found, as a Number with its doubts."""
        answers, found = line.answers, []
        for step, share in zip(line.steps, line.shares, strict=True):
            probabilities = answers.probabilities[step]
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


def _clear_digits(numbers: tuple[Number, ...]) -> int:
    """By how many more digits are sure than unsure."""
    return sum(1 if digit.unsure is None else -1 for number in numbers for digit in number.digits)


def _are_likelier(lines: list[Line], one: Look, is_alone: bool) -> bool:
    """Whether a page's ink is rather these numbers than one digit."""
    certainty = _certainty(lines[0])
    if not is_alone:  # there is more ink than that one's
        return len(lines) > 1 or certainty > min(one.certainty, _LIKELY)
    if one.certainty < _DOUBTED:
        return certainty > one.certainty
    return len(lines) == 1 and 1 - certainty < _SURER * (1 - one.certainty)


def _certainty(line: Line) -> float:
    """How much a number's digits look like the digits that they are taken for: the geometric mean."""
    steps = list(line.steps)
    each = np.array(line.shares) * line.answers.probabilities[steps].max(axis=1)
    if line.answers.digitness is not None:
        each = each * line.answers.digitness[steps]
    return float(np.exp(np.log(np.maximum(each, 1e-6)).mean()))


def _is_alone(look: Look) -> bool:
    """Whether a digit is all the ink there is, and not as wide as two."""
    marks = segment.find_marks(look.ink, segment.without_ruled_lines(look.ink))
    weight = marks.area * (marks.strongest >= segment.WEAK) * ~segment.at_the_edge(marks)[1]
    _, _, width, height = _box(look.strokes, 1.0)
    return bool(look.strokes.sum() >= _ALL_THE_INK * weight.sum() and width <= _WIDE * height)


def _box(strokes: Mask, scale: float) -> Box:
    """The box of a mask's ink, in the picture's pixels."""
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    left, top = int(columns[0] * scale), int(rows[0] * scale)
    return left, top, max(1, round((columns[-1] + 1) * scale) - left), max(1, round((rows[-1] + 1) * scale) - top)


def _around(boxes: list[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top
