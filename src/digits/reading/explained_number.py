"""A number of several digits, explained: what it was taken apart into, and why it was read so.

`explain.py` makes it, `why_numbers.py` finds the words, `evaluation/figures/explaining_numbers.py` draws it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from digits.reading.heard import Heard
from digits.reading.line_search import Line
from digits.reading.mismatch import Mismatch, find_mismatches
from digits.reading.results import Number
from digits.reading.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class ExplainedNumber:
    """All there is to say of one number.

    Attributes:
        number: what the reader gives.
        line: its ink, its candidates, the network's answers and the best paths (`lines.Line`).
        segmentation: its cuts, what was left out, the other versions.
        heard: what the line network says of it as a whole; None if that was not asked.
        words: why it was read so, in plain sentences.
    """

    number: Number
    line: Line
    segmentation: Segmentation
    heard: Heard | None
    words: tuple[str, ...] = ()

    @property
    def guess(self) -> str:
        """The best guess, unsure digits included."""
        return "".join(digit.text for digit in self.number.digits)

    def to_json(self) -> dict[str, Any]:
        """A JSON object: the number's own, and what is known of its segmentation."""
        parts, found = self.segmentation, self.number.to_json()
        steps = zip(found["digits"], self.line.steps, self.line.shares, parts.considered, strict=True)
        digits = [
            {
                **digit,
                "share": min(share, 1.0),
                **self._each_network(at),
                "candidate": step,
                "considered": list(considered),
            }
            for at, (digit, step, share, considered) in enumerate(steps)
        ]
        return {
            **found,
            "digits": digits,
            "angle": parts.angle,
            "height": parts.height,
            "cuts": [cut.to_json() for cut in parts.cuts],
            "candidates": [self._candidate(number) for number in range(len(self.line.chain.candidates))],
            "left_out": parts.kinds,
            "heard": self.heard.to_json() if self.heard else None,
            "versions": [version.to_json() for version in parts.versions],
            "unrestricted": parts.unrestricted,
            "words": list(self.words),
        }

    def _each_network(self, at: int) -> dict[str, Any]:
        """How likely a digit that was read is to the digit network, and to the line network if that counts so many."""
        digit, said = int(self.guess[at]), self.heard.said if self.heard else None
        seen = float(self.line.answers.probabilities[self.line.steps[at], digit])
        return {"seen": seen, "heard": None if said is None else min(1.0, float(said[at, digit]))}

    def _candidate(self, number: int) -> dict[str, Any]:
        candidate, answers = self.line.chain.candidates[number], self.line.answers
        probabilities = answers.probabilities[number]
        return {
            "text": str(int(probabilities.argmax())),
            "probability": float(probabilities.max()),
            "digitness": None if answers.digitness is None else float(answers.digitness[number]),
            "log_odds": float(self.line.judged[number]),
            "box": list(self.line.strip.box(candidate.box)),
            "start": candidate.start,
            "end": candidate.end,
            "crossed": float(candidate.crossed),
            "gap": float(candidate.gap),
            "parts": candidate.parts,
        }


@dataclass(frozen=True)
class AgainstLabel:
    """What was read beside what should have been.

    Attributes:
        label: what should have been read; digits alone.
        numbers: which of the explained numbers it was held against, from left to right.
        read: what these say together.
        mismatches: the fewest mistakes between the two; places are in `read`.
    """

    label: str
    numbers: tuple[int, ...]
    read: str
    mismatches: tuple[Mismatch, ...]

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "label": self.label,
            "numbers": list(self.numbers),
            "read": self.read,
            "mismatches": [mismatch.to_json() for mismatch in self.mismatches],
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
        read = "".join(numbers[at].guess for at in group)
        found.append(AgainstLabel(label, tuple(group), read, find_mismatches(read, label)))
    return min(found, key=lambda one: len(one.mismatches))
