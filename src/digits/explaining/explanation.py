"""An Explanation: why a picture was read as it was, in numbers and in words.

`explain.py` makes it, `digit_words.py` and `number_words.py` find the words; `evaluation/figures/explaining.py` draws.
"""

from dataclasses import dataclass
from typing import Any

from digits.explaining.explained_number import AgainstLabel, ExplainedNumber
from digits.explaining.occlusion import Occlusion
from digits.explaining.resemblance import Measure, Neighbours
from digits.explaining.surroundings import Surroundings
from digits.reading.digit.looks import Look
from digits.reading.pictures.picture import Picture
from digits.reading.results import Number, Unread


@dataclass(frozen=True, eq=False)
class ExplainedDigit:
    """All there is to say of one digit.

    Attributes:
        look: the ink, the strokes taken for the digit, what the network saw and answered.
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
        return self.look.answer

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
            "others": [{"text": str(other.answer), **_answer(other)} for other in self.others],
            "against_label": against,
        }


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
        against_label: what was read beside the label; None without one, or where one digit was found or nothing.
        fields: of a form, what stands in each; only one that is chosen is explained, as a picture of its own.
        unread: where something was found and not read.
    """

    picture: Picture
    model: str
    digits: tuple[ExplainedDigit, ...]
    words: tuple[str, ...]
    numbers: tuple[ExplainedNumber, ...] = ()
    lines: int = 0
    against_label: AgainstLabel | None = None
    fields: tuple[Number, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def summary(self) -> tuple[str, ...]:
        """Of `words` what is said of the picture as a whole, and not of one of several numbers."""
        own = {sentence for one in self.numbers for sentence in one.words} if len(self.numbers) > 1 else set()
        return tuple(sentence for sentence in self.words if sentence not in own)

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
            "unread": [place.to_json() for place in self.unread],
            "against_label": self.against_label.to_json() if self.against_label else None,
            "words": list(self.words),
        }


def _answer(look: Look) -> dict[str, Any]:
    return {"confidence": look.confidence, "digitness": look.digitness, "corrected": list(look.corrected)}
