"""A number, explained: what the finder, the line reader and the digit network saw of it, and what it should have been.

`explain.py` makes it, `number_words.py` finds the words, `evaluation/figures/explaining.py` draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.reading.finding import Found
from digits.reading.lines import ReadLine
from digits.reading.results import Number


@dataclass(frozen=True, eq=False)
class ExplainedNumber:
    """All there is to say of one number.

    Attributes:
        number: what the reader gives; its marks are those of `line`.
        found: where the finder found it, in page pixels.
        line: its strip, its marks, what the line reader said of it.
        seen: float32 (digits, 10), what the digit network alone says to each of its digits.
        threshold: the least confidence of a number that is given freely.
        scale: of the file's own pixels for one of the page.
        words: why it was read so, in plain sentences.
    """

    number: Number
    found: Found
    line: ReadLine
    seen: npt.NDArray[np.float32]
    threshold: float
    scale: float = 1.0
    words: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The best guess, unsure marks included."""
        return self.line.text

    @cached_property
    def heard(self) -> npt.NDArray[np.float64]:
        """What the line reader alone says of each mark, if the others are right: float64 (marks, alphabet)."""
        return self.line.output.probabilities(self.text)

    def voices(self, place: int, mark: str) -> tuple[float, float | None]:
        """How likely the mark at a place is another, to the line reader and to the digit network; None for signs."""
        alphabet = self.line.output.alphabet
        heard = float(self.heard[place, alphabet.index(mark)]) if mark in alphabet else 0.0
        if self.line.marks[place].image is None or not mark.isdigit():
            return heard, None
        digit = sum(one.image is not None for one in self.line.marks[:place])
        return heard, float(self.seen[digit, int(mark)])

    def share(self, text: str) -> float:
        """How likely a text is as a whole to the line reader, 0 to 1."""
        if not set(text) <= set(self.line.output.alphabet):
            return 0.0
        return float(np.exp(min(0.0, self.line.output.log_likelihood(text))))

    def to_json(self) -> dict[str, Any]:
        """A JSON object: the number's own, and what each network saw."""
        found, height_and_width = self.number.to_json(), self.line.crop.pixels.shape
        for place, mark in enumerate(found["marks"]):
            heard, seen = self.voices(place, mark["text"])
            mark |= {"line_reader": heard, "digit_network": seen}
        return {
            **found,
            "found": {"confidence": self.found.confidence, "marks": (self.scale * self.found.marks).tolist()},
            "strip": {"width": height_and_width[1], "height": height_and_width[0]},
            "line_reader": {"text": self.line.output.text, "share": self.share(self.text)},
            "alternatives": [{"text": text, "confidence": share} for text, share in self.line.alternatives],
            "threshold": self.threshold,
            "words": list(self.words),
        }


@dataclass(frozen=True)
class Mismatch:
    """A mark that is not as it should be.

    Attributes:
        place: in the text that was read, counted from 0; of a mark that was not found, before which one it belongs.
        read: the mark; empty if it was not found.
        wanted: what it should be; empty if it should not be there.
    """

    place: int
    read: str
    wanted: str


@dataclass(frozen=True)
class AgainstLabel:
    """What was read beside what should have been.

    Attributes:
        label: what should have been read.
        numbers: which of the explained numbers it was held against, from left to right.
        read: what these say together.
        mismatches: the fewest mistakes between the two; places are in `read`.
        share: how likely the line reader holds the label, 0 to 1; None where several numbers are meant.
    """

    label: str
    numbers: tuple[int, ...]
    read: str
    mismatches: tuple[Mismatch, ...]
    share: float | None

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "label": self.label,
            "numbers": list(self.numbers),
            "read": self.read,
            "mismatches": [dict(vars(mismatch)) for mismatch in self.mismatches],
            "line_reader": self.share,
        }


def hold_against(numbers: Sequence[ExplainedNumber], label: str) -> AgainstLabel:
    """Compare a label with what it resembles most: one number, all numbers of a line, or all there are; at least one.

    A number that was torn apart is found in its line; which one of a page is meant need not be said.
    """
    lines = sorted({one.number.line for one in numbers})
    whole = [[at for at, one in enumerate(numbers) if one.number.line == line] for line in lines]
    groups = [*([at] for at in range(len(numbers))), *whole, list(range(len(numbers)))]
    found = []
    for group in groups:
        read = "".join(numbers[at].text for at in group)
        share = numbers[group[0]].share(label) if len(group) == 1 else None
        found.append(AgainstLabel(label, tuple(group), read, find_mismatches(read, label), share))
    return min(found, key=lambda one: len(one.mismatches))


def find_mismatches(read: str, wanted: str) -> tuple[Mismatch, ...]:
    """The fewest mistakes by which `read` differs from `wanted`, from left to right; empty if it does not.

    Of equally few, marks that were read as others are preferred (Levenshtein 1966).
    """
    best: list[tuple[Mismatch, ...]] = [
        tuple(Mismatch(0, "", mark) for mark in wanted[:count]) for count in range(len(wanted) + 1)
    ]
    for row, one in enumerate(read):
        above, best = best, [(*best[0], Mismatch(row, one, ""))]
        for column, other in enumerate(wanted):
            replaced = above[column] if one == other else (*above[column], Mismatch(row, one, other))
            spare = (*above[column + 1], Mismatch(row, one, ""))
            missing = (*best[column], Mismatch(row + 1, "", other))
            best.append(min(replaced, spare, missing, key=len))
    return best[-1]
