"""What the benchmarks of reading count with: shares with their intervals, character errors, readers that take turns.

Nothing of the training stack is imported: a benchmark that only reads starts as fast as the reader does.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from harness import say
from labelled_pictures import Labelled

TURN = 200
"""Pictures that a way reads before the next one's turn."""

RESAMPLES = 2000
"""Of the pictures, for the interval of a character error rate."""

NORMAL_QUANTILE = 1.959963984540054
"""Of the standard normal distribution, for intervals of 95 %."""

AnswerT = TypeVar("AnswerT")


def wilson_interval(count: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), of n ≥ 1; the same as `digits.evaluation.metrics` gives."""
    share, spread = count / n, NORMAL_QUANTILE**2 / n
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


class Way(Protocol[AnswerT]):
    """A way to read pictures; `title` is what tables call it."""

    title: str

    def answer(self, paths: Sequence[Path]) -> tuple[list[AnswerT], float]:
        """What it says to each picture, and the seconds of the processor that this took."""


@dataclass(frozen=True)
class Share:
    """So many of n."""

    count: int
    n: int

    @classmethod
    def of(cls, values: Iterable[bool]) -> "Share":
        """How many of them are true."""
        flags = list(values)
        return cls(sum(flags), len(flags))

    @property
    def value(self) -> float:
        """The share itself; of nothing, not a number."""
        return self.count / self.n if self.n else float("nan")

    def __str__(self) -> str:
        if not self.n:
            return "–"
        low, high = wilson_interval(self.count, self.n)
        return f"{100 * self.value:.2f} %\n{100 * low:.1f}–{100 * high:.1f}, n = {self.n:,}"

    def to_json(self) -> dict[str, Any]:
        """The share and its interval as a JSON object."""
        interval = wilson_interval(self.count, self.n) if self.n else None
        return {"count": self.count, "n": self.n, "interval": interval}


@dataclass(frozen=True)
class CharacterErrors:
    """How many characters have to be changed, added or taken away, of how many there are, in each picture.

    The interval is a bootstrap over pictures (percentiles of `RESAMPLES` resamples): errors of one picture come
    together, so that Wilson's interval, which takes characters to be independent, would be too narrow.
    """

    edits: tuple[int, ...]
    characters: tuple[int, ...]

    @property
    def rate(self) -> float:
        """Edits for a character of the labels; above 1 if much was invented."""
        return sum(self.edits) / sum(self.characters) if sum(self.characters) else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """The bootstrap's 95 % interval."""
        edits, characters = np.array(self.edits), np.array(self.characters)
        chosen = np.random.default_rng(0).integers(0, len(edits), (RESAMPLES, len(edits)))
        wrong, written = edits[chosen].sum(axis=1), characters[chosen].sum(axis=1)
        some = written > 0  # where most pictures have no digit, a resample may have none at all
        low, high = np.percentile(wrong[some] / written[some], (2.5, 97.5))
        return float(low), float(high)

    def __str__(self) -> str:
        if not sum(self.characters):
            return "–"
        low, high = self.interval
        return f"{100 * self.rate:.2f} %\n{100 * low:.1f}–{100 * high:.1f}, n = {sum(self.characters):,}"

    def to_json(self) -> dict[str, Any]:
        """The rate and its interval as a JSON object."""
        interval = self.interval if sum(self.characters) else None
        return {"edits": sum(self.edits), "characters": sum(self.characters), "interval": interval}


def read_in_turns(
    ways: Mapping[str, Way[AnswerT]], pictures: Sequence[Labelled]
) -> tuple[dict[str, list[AnswerT]], dict[str, list[float]]]:
    """What each way answers, and its seconds of the processor a picture by turn."""
    answers: dict[str, list[AnswerT]] = {name: [] for name in ways}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way.answer([pictures[0].path])  # uncounted
    for start in range(0, len(pictures), TURN):
        paths = [picture.path for picture in pictures[start : start + TURN]]
        for name, way in ways.items():
            given, elapsed = way.answer(paths)
            answers[name] += given
            seconds[name].append(elapsed / len(paths))
        say(f"{min(start + TURN, len(pictures)):,} of {len(pictures):,} pictures read")
    return answers, seconds
