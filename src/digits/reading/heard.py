"""What the line network heard of a number: its text, where it saw each digit, and what it thinks of what was read.

Notable choices:
- nothing is asked again: it is all in the `Transcript` that the search went by (`line_search.py`);
- a digit's place is where it was likelier than every other digit and than none; that is but a few columns in its midst,
  because a network that is trained like this one says a digit once, and none before and after.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.reading.line_search import Line
from digits.reading.results import Box
from digits.reading.transcript import Transcript

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeardDigit:
    """A digit that the line network saw.

    Attributes:
        text: which.
        probability: that it is this one of the ten, if all others that were heard are right.
        columns: of the strip, from where to where it was the likeliest.
        box: these columns in the picture's own pixels, as high as the number.
    """

    text: str
    probability: float
    columns: tuple[float, float]
    box: Box

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"text": self.text, "probability": self.probability, "box": list(self.box)}


@dataclass(frozen=True, eq=False)
class Heard:
    """What the line network says of a number as a whole.

    Attributes:
        text: what it says by itself; empty if it sees no digit.
        log_probability: of that, by the line network alone.
        log_probability_read: of what was read; -inf if the number is too narrow for so many digits.
        digits: those of `text`, from left to right.
        said: float64 (digits read, 10), how likely it finds each of the ten for each digit that was read; None if it
            counts other digits, and so has no say in which they are.
        led: whether it was so sure that ink was cut only between digits that it sees.
    """

    text: str
    log_probability: float
    log_probability_read: float
    digits: tuple[HeardDigit, ...]
    said: Floats | None
    led: bool

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "text": self.text,
            "log_probability": rounded(self.log_probability),
            "log_probability_read": rounded(self.log_probability_read),
            "led": self.led,
            "digits": [digit.to_json() for digit in self.digits],
        }


def listen(line: Line) -> Heard | None:
    """What the line network says of a number; None if it was not asked."""
    transcript = line.transcript
    if transcript is None:
        return None
    text, alike = transcript.text, len(transcript.text) == len(line.steps)
    return Heard(
        text=text,
        log_probability=transcript.log_likelihood(text),
        log_probability_read=transcript.log_likelihood(line.text),
        digits=_digits(line, transcript),
        said=transcript.probabilities(line.paths[0].text) if alike else None,
        led=any(component.heard is not None for component in line.chain.components),
    )


def rounded(value: float) -> float | None:
    """With four places, for JSON; None where it is not finite."""
    return round(value, 4) if np.isfinite(value) else None


def _digits(line: Line, transcript: Transcript) -> tuple[HeardDigit, ...]:
    boxes = np.array([component.box for component in line.chain.components])
    top, bottom = int(boxes[:, 1].min()), int(boxes[:, 3].max())
    likely, found = transcript.probabilities(transcript.text), []
    for (left, right), digit, each in zip(_columns(transcript), transcript.text, likely, strict=True):
        box = line.strip.box((round(left), top, round(right), bottom))
        found.append(HeardDigit(digit, min(1.0, float(each[int(digit)])), (left, right), box))
    return tuple(found)


def _columns(transcript: Transcript) -> list[tuple[float, float]]:
    """For each digit of a transcript's text, from which column to which it is the likeliest."""
    columns = transcript.columns
    half = float(columns[1] - columns[0]) / 2 if len(columns) > 1 else 0.5
    return [(float(columns[first]) - half, float(columns[after - 1]) + half) for _, first, after in transcript.runs]
