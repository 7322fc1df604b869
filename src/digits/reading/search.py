"""The best ways through a line: which candidates, one after the other, are its digits.

A path goes from the first cut to the last, each step over a candidate or over a component that is left out. Its score
is the sum of the log-odds that its candidates are digits, less what is left out costs: the most probable path, if all
candidates spoke independently. The likelihood of a path among its rivals is how much surer the number is of its
segmentation than of another one (LeCun, Bottou, Bengio & Haffner 1998, section VI, with sums in place of penalties).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digits.reading.candidates import Chain

KEPT = 10
"""Paths kept at each cut, and given at the end."""

BIAS = 0.5
"""What each digit of a path adds: a path of more digits sums more doubts. Fitted on lines of known length."""

LEFT_OUT = 8.0
"""What leaving out a component costs, for one as large as a digit; in proportion for smaller ones."""

TEMPERATURE = 1.0
"""Scores are divided by this before they are compared as log-probabilities."""


@dataclass(frozen=True)
class Path:
    """A way through a line.

    Attributes:
        steps: numbers of the chain's candidates, from left to right.
        score: see above.
        share: its likelihood among the paths that were kept.
    """

    steps: tuple[int, ...]
    score: float
    share: float


@dataclass(frozen=True)
class _Way:
    score: float
    steps: tuple[int, ...]


def find_paths(
    chain: Chain, judged: npt.NDArray[np.float64], height: float, expected: tuple[int, int] | None = None
) -> list[Path]:
    """The best paths through a chain, the best first; empty if none has so many digits as are expected.

    Args:
        chain: of candidates.
        judged: float64 (n,), the log-odds that each is a digit.
        height: of the line's digits, in pixels.
        expected: the least and the greatest count of digits, if they are known.
    """
    arriving: dict[int, list[tuple[int, int, float]]] = {}
    for number, candidate in enumerate(chain.candidates):
        arriving.setdefault(candidate.end, []).append((candidate.start, number, float(judged[number]) + BIAS))
    for index, component in enumerate(chain.components):
        size = max(component.ink.shape) / height
        arriving.setdefault(chain.starts[index + 1], []).append((chain.starts[index], -1, -LEFT_OUT * size))
    ways: dict[tuple[int, int], list[_Way]] = {(0, 0): [_Way(0.0, ())]}
    counts: dict[int, set[int]] = {0: {0}}
    for cut in range(1, chain.starts[-1] + 1):
        reached: dict[int, list[_Way]] = {}
        for start, number, gain in arriving.get(cut, ()):
            for count in counts.get(start, ()):
                now = count + (number >= 0) if expected else 0
                if expected and now > expected[1]:
                    continue
                steps = (number,) if number >= 0 else ()
                reached.setdefault(now, []).extend(
                    _Way(way.score + gain, way.steps + steps) for way in ways[start, count]
                )
        for count, found in reached.items():
            ways[cut, count] = sorted(found, key=lambda way: -way.score)[:KEPT]
        counts[cut] = set(reached)
    last = chain.starts[-1]
    ends = [way for count in counts[last] for way in ways[last, count] if not expected or count >= expected[0]]
    return _shared(sorted((way for way in ends if way.steps), key=lambda way: -way.score)[:KEPT])


def _shared(ways: Sequence[_Way]) -> list[Path]:
    if not ways:
        return []
    weights = np.exp((np.array([way.score for way in ways]) - ways[0].score) / TEMPERATURE)
    return [Path(way.steps, way.score, float(share)) for way, share in zip(ways, weights / weights.sum(), strict=True)]
