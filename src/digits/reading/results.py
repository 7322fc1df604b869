"""What the reader gives: a Reading of a page, made of Numbers, made of marks: digits and signs.

A mark's `text` is always the best guess; in its number's text an unsure mark is `?`.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.reading.values.value import Value

SCHEMA = 2
"""Of the JSON objects: 2 has a number's `marks`, `value` and `note`, and a page's `unread`; the keys of 1 stay."""

Box = tuple[int, int, int, int]
"""Left, top, width, height in the picture's own pixels."""

ALTERNATIVES = 3
"""How many other marks an answer names."""


@dataclass(frozen=True, eq=False)
class Sign:
    """One sign of a number: a decimal point, a minus, a slash …

    Attributes:
        text: the best guess.
        confidence: its calibrated probability.
        box: where it is.
        alternatives: the next most probable marks and their probabilities.
        unsure: None, or why this answer should not be relied on.
    """

    text: str
    confidence: float
    box: Box
    alternatives: tuple[tuple[str, float], ...]
    unsure: str | None

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return _mark(self) | {"kind": "sign"}


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit of a number.

    Attributes:
        text: the best guess.
        confidence: its calibrated probability.
        box: where it is.
        image: uint8 (28, 28), what the digit network saw.
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
        order = [digit for digit in np.argsort(-self.probabilities, kind="stable") if str(digit) != self.text]
        return tuple((str(digit), float(self.probabilities[digit])) for digit in order[:ALTERNATIVES])

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return _mark(self) | {"kind": "digit", "digitness": self.digitness}


Mark = Digit | Sign


def _mark(mark: Mark) -> dict[str, Any]:
    return {
        "text": mark.text,
        "confidence": mark.confidence,
        "box": list(mark.box),
        "alternatives": [{"text": text, "confidence": confidence} for text, confidence in mark.alternatives],
        "unsure": mark.unsure,
    }


@dataclass(frozen=True, eq=False)
class Number:
    """Marks that belong together.

    Attributes:
        text: what is written, digits and signs, `?` for a mark that is unsure.
        confidence: that all of it is right.
        line: in which line of the picture, counted from 0.
        box: where it is, upright.
        marks: digits and signs from left to right; none if this is a field that was left empty.
        doubt: None, or why the number as a whole should not be relied on.
        field: which field of a form this is, counted from 0; None if it stands in none.
        name: of that field, if it was given one.
        corners: its four corners along the line it stands on, from the upper left clockwise, in the picture's pixels;
            None where it was looked for in no line.
        value: what it means, or why it has no meaning; None where nobody has asked.
        note: None, or what a check of its digits, or of the sum, has found.

    A field that was left empty is a number, too: no text, no marks, the field's box, confidence 1.0. Where something
    is, but no digit, its confidence is 0.0, with a doubt.
    """

    text: str
    confidence: float
    line: int
    box: Box
    marks: tuple[Mark, ...]
    doubt: str | None = None
    field: int | None = None
    name: str | None = None
    corners: tuple[tuple[float, float], ...] | None = None
    value: Value | None = None
    note: str | None = None

    @property
    def digits(self) -> tuple[Digit, ...]:
        """Its digits alone."""
        return tuple(mark for mark in self.marks if isinstance(mark, Digit))

    @property
    def unsure(self) -> str | None:
        """None, or why it should not be relied on: its own reason, or that of its first mark that has one."""
        return self.doubt or next((mark.unsure for mark in self.marks if mark.unsure), None)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "line": self.line,
            "box": list(self.box),
            "corners": None if self.corners is None else [list(corner) for corner in self.corners],
            "field": self.field,
            "name": self.name,
            "unsure": self.unsure,
            "value": None if self.value is None else self.value.to_json(),
            "note": self.note,
            "marks": [mark.to_json() for mark in self.marks],
            "digits": [digit.to_json() for digit in self.digits],
        }


@dataclass(frozen=True, eq=False)
class Unread:
    """A place where marks were found that could not be read as a number.

    Attributes:
        box: where, upright.
        why: the reason.
    """

    box: Box
    why: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"box": list(self.box), "why": self.why}


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read in one page of a picture.

    Attributes:
        picture: what the picture is called.
        page: counted from 0.
        numbers: in reading order; empty if nothing was found.
        error: None, or why the picture could not be read.
        unread: what was found and could not be read.
    """

    picture: str
    page: int
    numbers: tuple[Number, ...]
    error: str | None = None
    unread: tuple[Unread, ...] = ()

    @property
    def text(self) -> str:
        """The numbers, those of a line separated by spaces, lines by line breaks; empty fields are left out."""
        written = [number for number in self.numbers if number.text]
        return "\n".join(
            " ".join(number.text for number in row) for _, row in groupby(written, key=lambda number: number.line)
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "schema": SCHEMA,
            "picture": self.picture,
            "page": self.page,
            "numbers": [number.to_json() for number in self.numbers],
            "unread": [place.to_json() for place in self.unread],
            "error": self.error,
        }
