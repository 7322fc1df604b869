"""The best ways through a line: which candidates, one after the other, are its digits.

A path goes from the first cut to the last, each step over a candidate or over a component that is left out. Its score
is the sum of the log-odds that its candidates are digits, less what is left out costs: the most probable path, if all
candidates spoke independently. The likelihood of a path among its rivals is how much surer the number is of its
segmentation than of another one (LeCun, Bottou, Bengio & Haffner 1998, section VI, with sums in place of penalties).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.reading.candidates import Chain
from digits.reading.transcript import Transcript

KEPT = 10
"""Paths kept at each cut, and given at the end."""

BIAS = 0.5
"""What each digit of a path adds: a path of more digits sums more doubts. Fitted on lines of known length."""

LEFT_OUT = 8.0
"""What leaving out a component costs, for one as large as a digit; in proportion for smaller ones."""

HEARD = 3.0
"""What the log-probability of a text counts that the line network gives it."""

_LEAST = 1e-3  # no network is surer than that of anything

TEMPERATURE = 4.0
"""Scores are divided by this before they are compared as log-probabilities."""


@dataclass(frozen=True)
class Path:
    """A way through a line.

    Attributes:
        steps: numbers of the chain's candidates, from left to right.
        text: what it says, a digit for each step.
        score: see above.
        share: its likelihood among the paths that were kept.
    """

    steps: tuple[int, ...]
    text: str
    score: float
    share: float = 1.0


@dataclass(frozen=True)
class _Way:
    score: float
    steps: tuple[int, ...]


def find_paths(
    chain: Chain,
    judged: npt.NDArray[np.float64],
    probabilities: npt.NDArray[Any],
    height: float,
    expected: tuple[int, int] | None = None,
) -> list[Path]:
    """The best paths through a chain, the best first; empty if none has so many digits as are expected.

    Args:
        chain: of candidates.
        judged: float64 (n,), the log-odds that each is a digit.
        probabilities: (n, 10), of which.
        height: of the line's digits, in pixels.
        expected: the least and the greatest count of digits, if they are known.
    """
    arriving = _arriving(chain, judged, height)
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
    digits = probabilities.argmax(axis=1)
    best = sorted((way for way in ends if way.steps), key=lambda way: -way.score)[:KEPT]
    return shared([Path(way.steps, "".join(str(digits[at]) for at in way.steps), way.score) for way in best])


def follow(
    chain: Chain, judged: npt.NDArray[np.float64], probabilities: npt.NDArray[Any], height: float, text: str
) -> Path | None:
    """The best path that says a text; None if none has so many digits. Arguments as for `find_paths`.

    A candidate that says another digit costs what the network finds that one likelier.
    """
    logarithms = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    relative = logarithms - logarithms.max(axis=1, keepdims=True)
    arriving = _arriving(chain, judged, height)
    ways: dict[tuple[int, int], _Way] = {(0, 0): _Way(0.0, ())}
    for cut in range(1, chain.starts[-1] + 1):
        for start, number, gain in arriving.get(cut, ()):
            for count in range(len(text) + (number < 0)):
                way = ways.get((start, count))
                if way is None:
                    continue
                now, step, score = count, way.steps, way.score + gain
                if number >= 0:
                    now, step, score = count + 1, (*step, number), score + float(relative[number, int(text[count])])
                if (cut, now) not in ways or ways[cut, now].score < score:
                    ways[cut, now] = _Way(score, step)
    best = ways.get((chain.starts[-1], len(text)))
    return Path(best.steps, text, best.score) if best and best.steps else None


def weighed(paths: Sequence[Path], transcript: Transcript) -> list[Path]:
    """Paths, the best first, once what a line network says of the whole line is added to their scores."""
    texts = list({path.text for path in paths})
    heard = dict(zip(texts, transcript.log_likelihoods(texts).tolist(), strict=True))
    return shared([replace(path, score=path.score + HEARD * heard[path.text]) for path in paths])


def shared(paths: Sequence[Path]) -> list[Path]:
    """Paths, the best first, with their likelihoods among each other."""
    if not paths:
        return []
    ordered = sorted(paths, key=lambda path: -path.score)
    weights = np.exp((np.array([path.score for path in ordered]) - ordered[0].score) / TEMPERATURE)
    return [replace(path, share=float(share)) for path, share in zip(ordered, weights / weights.sum(), strict=True)]


def _arriving(chain: Chain, judged: npt.NDArray[np.float64], height: float) -> dict[int, list[tuple[int, int, float]]]:
    """For each cut the steps that end there: where they start, which candidate (-1: ink left out), what they add."""
    arriving: dict[int, list[tuple[int, int, float]]] = {}
    for number, candidate in enumerate(chain.candidates):
        arriving.setdefault(candidate.end, []).append((candidate.start, number, float(judged[number]) + BIAS))
    for index, component in enumerate(chain.components):
        size = max(component.ink.shape) / height
        arriving.setdefault(chain.starts[index + 1], []).append((chain.starts[index], -1, -LEFT_OUT * size))
    return arriving
