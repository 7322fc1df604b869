"""The Reader: a picture becomes a Reading, numbers with a confidence that can be acted on, or "unsure".

    reader = Reader(classifier)
    for reading in reader.read("photo.jpg"): print(reading.text)

Notable choices:
- a picture can be looked at in several ways (which side is the ink, how far do shadows reach, is that line ruled?). The
  likeliest is tried first, and where the network is certain of what it sees, it is the only one; otherwise the others
  are tried too, and the network's own certainty chooses;
- nothing here decides by itself what is sure: the thresholds stand in the bundle, fitted on rendered validation digits;
- a digit's `text` is always the best guess; in its number's text an unsure digit is `?`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from digits.errors import PictureError
from digits.reading import mnist_form, segment
from digits.reading.calibration import Thresholds
from digits.reading.classifier import Classifier
from digits.reading.ink import NARROW, WIDE, Ink, Mask, find_ink, polarities
from digits.reading.mnist_form import Form
from digits.reading.picture import Picture, Source, name_of, open_pictures

Box = tuple[int, int, int, int]
"""Left, top, width, height in the picture's own pixels."""

Layout = Literal["digit"]
"""What a picture holds: one digit."""

ALTERNATIVES = 3
"""How many other digits an answer names."""

_CLEAR = 0.95
"""The certainty at which the likeliest way of looking at a picture is the only one."""

_A_DIGIT = 0.9
"""The digitness at which it is a digit, whichever: a shadow cannot be the reason why the network hesitates."""

_SECOND_LOOK, _SECOND_ONE = 0.5, 0.1
"""How likely another way of looking is the right one, beside the first; and if it finds a 1, as in every crack."""

_SUREST = 0.999
"""No network is surer than that of what is a digit."""

_MUCH_INK, _FULL = 0.5, 0.3
"""The share of a picture that a digit's strokes seldom fill, as the paper around a digit does; what that weighs."""


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit of a number.

    Attributes:
        text: the best guess.
        confidence: its calibrated probability.
        box: where it is.
        image: uint8 (28, 28), what the network saw.
        probabilities: float32 (10,).
        digitness: how much this is a digit at all, 0 to 1; None if the network cannot tell.
        unsure: None, or why this answer should not be relied on.
    """

    text: str
    confidence: float
    box: Box
    image: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.float32]
    digitness: float | None
    unsure: str | None

    @property
    def alternatives(self) -> tuple[tuple[str, float], ...]:
        """The next most probable digits and their probabilities."""
        order = np.argsort(-self.probabilities, kind="stable")[1 : 1 + ALTERNATIVES]
        return tuple((str(digit), float(self.probabilities[digit])) for digit in order)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "box": list(self.box),
            "alternatives": [{"text": text, "confidence": confidence} for text, confidence in self.alternatives],
            "digitness": self.digitness,
            "unsure": self.unsure,
        }


@dataclass(frozen=True, eq=False)
class Number:
    """Digits that belong together.

    Attributes:
        text: what it says, `?` for a digit that is unsure.
        confidence: that all of it is right.
        line: in which line of the picture, counted from 0.
        box: where it is.
        digits: from left to right.
    """

    text: str
    confidence: float
    line: int
    box: Box
    digits: tuple[Digit, ...]

    @property
    def unsure(self) -> bool:
        """Whether any of its digits is."""
        return any(digit.unsure for digit in self.digits)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        digits = [digit.to_json() for digit in self.digits]
        return {
            "text": self.text,
            "confidence": self.confidence,
            "line": self.line,
            "box": list(self.box),
            "digits": digits,
        }


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read in one page of a picture.

    Attributes:
        picture: what the picture is called.
        page: counted from 0.
        numbers: in reading order; empty if nothing was found.
        error: None, or why the picture could not be read.
    """

    picture: str
    page: int
    numbers: tuple[Number, ...]
    error: str | None = None

    @property
    def text(self) -> str:
        """The numbers, separated by spaces."""
        return " ".join(number.text for number in self.numbers)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        numbers = [number.to_json() for number in self.numbers]
        return {"picture": self.picture, "page": self.page, "numbers": numbers, "error": self.error}


@dataclass(frozen=True, eq=False)
class Look:
    """One way of looking at a picture, and what the network makes of it.

    Attributes:
        ink: the picture's ink, as it was taken.
        strokes: uint8, as `ink.mask`: what of it is the digit.
        form: the digit in MNIST's form.
        corrected: what was done to the picture, in words.
        probabilities: float32 (10,).
        digitness: 0 to 1; None if the network cannot tell.
        share: what speaks for this look, as a share of that and of what speaks for the best one with another answer.
    """

    ink: Ink
    strokes: Mask
    form: Form
    corrected: tuple[str, ...]
    probabilities: npt.NDArray[np.float32]
    digitness: float | None
    share: float = 1.0

    @property
    def answer(self) -> int:
        """The best guess."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """The probability of the best guess, if this is the right way of looking at the picture."""
        return self.share * float(self.probabilities.max())

    @property
    def certainty(self) -> float:
        """How much this looks like the digit that it is taken for."""
        return self.confidence * (1.0 if self.digitness is None else self.digitness)


class Reader:
    """Pictures → Readings. Safe to use from several threads.

    Attributes:
        classifier: the network.
        thresholds: from what on an answer is sure.
        always_answer: whether a number's text shows the best guess of an unsure digit, too.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        risk: float | None = None,
        layout: Layout = "digit",
        always_answer: bool = False,
    ) -> None:
        """A reader with a network.

        Args:
            classifier: the network.
            risk: the share of the given answers that may be wrong; by default the bundle's own.
            layout: what a picture holds.
            always_answer: see above.

        Raises:
            InputError: the bundle states no threshold for this risk.
        """
        self.classifier = classifier
        self.thresholds = Thresholds.of(classifier.description, risk)
        self.layout = layout
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
        """What one page says."""
        looks = self.look(picture)
        if not looks:
            return Reading(picture.name, picture.page, ())
        digit = self._digit(looks[0], picture)
        text = "?" if digit.unsure and not self.always_answer else digit.text
        number = Number(text, digit.confidence, 0, digit.box, (digit,))
        return Reading(picture.name, picture.page, (number,))

    def look(self, picture: Picture, *, thorough: bool = False) -> list[Look]:
        """The ways in which one digit was looked for, the best first; empty if there is no ink.

        Args:
            picture: the page.
            thorough: try them all, even if the first is sure.
        """
        found: list[tuple[float, Look]] = []
        for ways in self._ways(picture):
            found += ways
            if not thorough and max(look.certainty for _, look in found) >= _CLEAR:
                break
        found.sort(key=lambda pair: -pair[0])
        if found:
            (weight, best), *others = found
            rival = max((other for other, look in others if look.answer != best.answer), default=0.0)
            found[0] = weight, replace(best, share=weight / (weight + rival))
        return [look for _, look in found]

    def _ways(self, picture: Picture) -> Iterator[list[tuple[float, Look]]]:
        """Ways of looking at a picture, each with its weight; the likely ones together, then the others."""
        whole = self._as_it_is(picture)
        if whole:
            yield [(_weight(whole), whole)]
        likelier, *other = polarities(picture.pixels)
        wide = [(_weight(look), look) for look in self._looks(picture, likelier, WIDE)]
        is_digit = any((look.digitness or 0) >= _A_DIGIT for _, look in wide)
        wide += [_second(look, inside_out=True) for light in other for look in self._looks(picture, light, WIDE)]
        if wide:
            yield wide
        if not is_digit:  # of a digit, the narrower estimate would hollow out the strokes, and find one in the outlines
            narrow = [
                _second(look, inside_out=light is not likelier)
                for light in (likelier, *other)
                for look in self._looks(picture, light, NARROW)
            ]
            if narrow:
                yield narrow

    def _looks(self, picture: Picture, light: bool, reach: float) -> Iterator[Look]:
        """What is seen with light or dark ink and a reach of the paper: with ruled lines, and without them."""
        ink = find_ink(picture.pixels, light=light, reach=reach)
        if ink is None:
            return
        ruled = segment.without_ruled_lines(ink)
        for mask in (ink.mask,) if ruled is None else (ink.mask, ruled):
            strokes = segment.one_digit(ink, mask)
            if strokes is not None:
                words = _corrections(ink, ruled=mask is not ink.mask, reach=reach)
                yield self._answered(ink, strokes, mnist_form.to_form(strokes), words)

    def _as_it_is(self, picture: Picture) -> Look | None:
        """A picture that is in MNIST's form already, or the negative of such a one; None for any other."""
        for light in (True, False):
            image = picture.grey if light else 255 - picture.grey
            if mnist_form.in_form(image):
                mask = (image >= mnist_form.INK).astype(np.uint8)
                ink = Ink(mask, image, light, 1.0, mnist_form.stroke_width(mask))
                form = Form(image, ink.stroke_width / mnist_form.BOX, 1.0)
                return self._answered(ink, mask, form, _corrections(ink, ruled=False, reach=WIDE))
        return None

    def _answered(self, ink: Ink, strokes: Mask, form: Form, words: tuple[str, ...]) -> Look:
        answers = self.classifier.answer(form.image[np.newaxis])
        digitness = None if answers.digitness is None else float(answers.digitness[0])
        if form.corrected != 1:
            how = "widened" if form.corrected > 1 else "narrowed"
            words = (*words, f"strokes {how} to {form.corrected:.1f} times their width")
        return Look(ink, strokes, form, words, answers.probabilities[0], digitness)

    def _digit(self, look: Look, picture: Picture) -> Digit:
        guess = int(look.probabilities.argmax())
        unsure = self.thresholds.unsure(look.confidence, look.digitness)
        box = _box(look.strokes, picture.scale / look.ink.scale)
        image, probabilities = look.form.image, look.probabilities
        return Digit(str(guess), look.confidence, box, image, probabilities, look.digitness, unsure)


def _weight(look: Look) -> float:
    """How much speaks for a look: the odds that it is a digit, and that paper fills more of a picture than strokes."""
    odds = 1.0
    if look.digitness is not None:
        digitness = min(max(look.digitness, 1 - _SUREST), _SUREST)
        odds = digitness / (1 - digitness)
    return odds * look.confidence * (1.0 if look.strokes.mean() < _MUCH_INK else _FULL)


def _second(look: Look, *, inside_out: bool) -> tuple[float, Look]:
    """An unlikelier look and its weight; its digitness halved if it found a 1 or has ink and paper exchanged.

    The crack in anything is a 1, and the paper within a letter makes many a digit.
    """
    weight = (_SECOND_ONE if look.answer == 1 else _SECOND_LOOK) * _weight(look)
    if look.digitness is None or not (inside_out or look.answer == 1):
        return weight, look
    return weight, replace(look, digitness=0.5 * look.digitness)


def _corrections(ink: Ink, *, ruled: bool, reach: float) -> tuple[str, ...]:
    words = ["light ink on a dark ground" if ink.light else "dark ink on a light ground"]
    if reach == NARROW:
        words.append("a shadow taken away")
    if ruled:
        words.append("ruled lines taken away")
    return tuple(words)


def _box(strokes: Mask, scale: float) -> Box:
    """The box of a mask's ink, in the picture's pixels."""
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    left, top = int(columns[0] * scale), int(rows[0] * scale)
    return left, top, max(1, round((columns[-1] + 1) * scale) - left), max(1, round((rows[-1] + 1) * scale) - top)
