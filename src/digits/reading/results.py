"""What the reader gives: a Reading of a page, made of Numbers, made of Digits.

A digit's `text` is always the best guess; in its number's text an unsure digit is `?`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Box = tuple[int, int, int, int]
"""Left, top, width, height in the picture's own pixels."""

ALTERNATIVES = 3
"""How many other digits an answer names."""


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
        digits: from left to right; none if this is a field that was left empty.
        doubt: None, or why the number as a whole should not be relied on.
        field: which field of a form this is, counted from 0; None if it stands in none.
        name: of that field, if it was given one.

    A field that was left empty is a number, too: no text, no digits, the field's box, confidence 1.0, for nothing in it
    is as dark and as large as what a pen leaves. Where something is, but no digit, its confidence is 0.0, with a doubt.
    """

    text: str
    confidence: float
    line: int
    box: Box
    digits: tuple[Digit, ...]
    doubt: str | None = None
    field: int | None = None
    name: str | None = None

    @property
    def unsure(self) -> str | None:
        """None, or why it should not be relied on: its own reason, or that of its first digit that has one."""
        return self.doubt or next((digit.unsure for digit in self.digits if digit.unsure), None)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        digits = [digit.to_json() for digit in self.digits]
        return {
            "text": self.text,
            "confidence": self.confidence,
            "line": self.line,
            "box": list(self.box),
            "field": self.field,
            "name": self.name,
            "unsure": self.unsure,
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
        """The numbers, separated by spaces; empty fields are left out."""
        return " ".join(number.text for number in self.numbers if number.text)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        numbers = [number.to_json() for number in self.numbers]
        return {"picture": self.picture, "page": self.page, "numbers": numbers, "error": self.error}
