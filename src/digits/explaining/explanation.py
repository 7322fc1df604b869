"""An Explanation: why a picture was read as it was, in numbers and in words.

`explain.py` makes it, `why.py` and `why_numbers.py` find the words, `evaluation/figures/explaining.py` draws it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from digits.explaining.occlusion import Occlusion
from digits.explaining.resemblance import Measure, Neighbours
from digits.explaining.surroundings import Surroundings
from digits.reading.finding import Found
from digits.reading.lines import ReadLine
from digits.reading.looks import Look
from digits.reading.picture import Picture
from digits.reading.results import Number


@dataclass(frozen=True, eq=False)
class ExplainedDigit:
    """All there is to say of one digit.

    Attributes:
        look: the ink, the strokes taken for the digit, what the network saw and answered (`reader.Look`).
        unsure: None, or why the answer should not be relied on.
        label: what it should have been; None if that was not said.
        surroundings: how it lies in the picture.
        measures: size, offset and stroke width beside the training digits'.
        loops: patches of ground that its strokes enclose, as it came and as the network saw it.
        occlusion: where the network looked.
        neighbours: labelled digits, the nearest first; None if none were given.
        others: the other ways of looking at the picture, the best first.
    """

    look: Look
    unsure: str | None
    label: int | None
    surroundings: Surroundings
    measures: tuple[Measure, ...]
    loops: tuple[int, int]
    occlusion: Occlusion
    neighbours: Neighbours | None
    others: tuple[Look, ...]

    @property
    def guess(self) -> int:
        """The best guess."""
        return int(self.look.probabilities.argmax())

    @property
    def wrong(self) -> bool:
        """Whether it should have been another digit."""
        return self.label is not None and self.label != self.guess

    def to_json(self, nearest: int = 5) -> dict[str, Any]:
        """A JSON object, with this many neighbours."""
        occlusion = self.occlusion
        against = None
        if self.label is not None and self.wrong:
            against = {
                "hidden": occlusion.against(self.label).to_json(),
                "inked": occlusion.missing(self.label).to_json(),
                "nearest": None if self.neighbours is None else self.neighbours.first(self.label),
            }
        return {
            "text": str(self.guess),
            **_answer(self.look),
            "probabilities": self.look.probabilities.tolist(),
            "unsure": self.unsure,
            "label": self.label,
            **self.surroundings.to_json(),
            "measures": {measure.name: measure.to_json() for measure in self.measures},
            "loops": {"came": self.loops[0], "seen": self.loops[1]},
            "occlusion": {
                "falls": (occlusion.falls(self.guess).round(4) + 0.0).tolist(),
                "decisive": occlusion.decisive(self.guess).to_json(),
            },
            "nearest": None if self.neighbours is None else self.neighbours.to_json(nearest),
            "others": [{"text": str(int(other.probabilities.argmax())), **_answer(other)} for other in self.others],
            "against_label": against,
        }


@dataclass(frozen=True, eq=False)
class ExplainedNumber:
    """A number: where it was found, what the networks saw there, and what was given.

    Attributes:
        number: the answer.
        found: the finder's place.
        line: its strip, what the line reader said of it, and each mark with what both networks say.
    """

    number: Number
    found: Found
    line: ReadLine

    @property
    def guess(self) -> str:
        """The best guess, unsure marks and all."""
        return self.line.text

    def likelihood(self, text: str) -> float:
        """The probability that the line reader gives to a text."""
        return float(np.exp(self.line.output.log_likelihood(text)))

    def to_json(self) -> dict[str, Any]:
        """A JSON object: the number's, and what lies behind it."""
        return self.number.to_json() | {
            "guess": self.guess,
            "found": {"confidence": self.found.confidence, "corners": self.found.corners.tolist()},
            "strip": list(self.line.crop.pixels.shape[::-1]),
            "texts": [{"text": text, "probability": likely} for text, likely in self.texts()],
        }

    def texts(self) -> list[tuple[str, float]]:
        """The likeliest texts and their probabilities by the line reader, the best first."""
        own = self.line.output.text
        return sorted({own: self.likelihood(own), **dict(self.line.alternatives)}.items(), key=lambda one: -one[1])


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a picture was read as it was.

    Attributes:
        picture: the page.
        model: the network's name.
        digits: the one digit that was found; none if there are numbers, or nothing.
        words: it all in plain sentences.
        numbers: the numbers that were found, or those of the line that was asked for, in reading order.
        lines: in how many lines of the picture there are numbers.
        label: what it should have been read as; None if that was not said.
        fields: of a form, what stands in each; only one that is chosen is explained, as a picture of its own.
    """

    picture: Picture
    model: str
    digits: tuple[ExplainedDigit, ...]
    words: tuple[str, ...]
    numbers: tuple[ExplainedNumber, ...] = ()
    lines: int = 0
    label: str | None = None
    fields: tuple[Number, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "picture": self.picture.name,
            "page": self.picture.page,
            "model": self.model,
            "digits": [digit.to_json() for digit in self.digits],
            "numbers": [number.to_json() for number in self.numbers],
            "lines": self.lines,
            "fields": [number.to_json() for number in self.fields],
            "label": self.label,
            "words": list(self.words),
        }


def _answer(look: Look) -> dict[str, Any]:
    return {"confidence": look.confidence, "digitness": look.digitness, "corrected": list(look.corrected)}
