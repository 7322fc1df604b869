"""What a line network says of a line: at each step from left to right, which digit begins or goes on there, or none.

A text's probability is the sum over all ways to say it along the steps, each digit for one step or several, none in
between, or where two digits are alike (connectionist temporal classification: Graves, Fernández, Gomez & Schmidhuber
2006). All is worked out in logarithms.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NONE = 0
"""The column of "no digit"; a digit's is its own number and 1."""


@dataclass(frozen=True, eq=False)
class Transcript:
    """A line's digits as a line network sees them.

    Attributes:
        log_probabilities: float64 (steps, 11), of none and of the digits 0 to 9.
        columns: float64 (steps,), where in the line each step is.
    """

    log_probabilities: Floats
    columns: Floats

    @cached_property
    def text(self) -> str:
        """The likeliest symbol of each step, said once for as long as it lasts."""
        return "".join(str(symbol - 1) for symbol, _, _ in self._runs)

    @cached_property
    def places(self) -> Floats:
        """Where each digit of `text` was seen, a column of the line in the midst of its ink: float64 (digits,)."""
        return np.array([self.columns[first:last].mean() for _, first, last in self._runs])

    @cached_property
    def _runs(self) -> list[tuple[int, int, int]]:
        """The digits of `text`: symbol, first step, and the step after the last one."""
        likeliest = self.log_probabilities.argmax(axis=1)
        bounds = np.flatnonzero(np.concatenate([[True], likeliest[1:] != likeliest[:-1], [True]]))
        return [
            (int(likeliest[first]), int(first), int(last))
            for first, last in pairwise(bounds)
            if likeliest[first] != NONE
        ]

    def log_likelihood(self, text: str) -> float:
        """The logarithm of a text's probability; -inf if there are fewer steps than it takes."""
        arrived = self._arriving(_states(text))[-1]
        return float(np.logaddexp.reduce(arrived[-2:]))

    def probabilities(self, text: str) -> Floats:
        """How likely each digit of a text is each of the ten, if all others are right: float64 (digits, 10)."""
        if not text:
            return np.zeros((0, 10))
        states, steps = _states(text), len(self.log_probabilities)
        arrived, left = self._arriving(states), self._leaving(states)
        digits = np.arange(1, 11)
        before, after = np.concatenate([[NONE], states[1:-2:2]]), np.concatenate([states[3::2], [NONE]])
        may_follow = np.where(digits != before[:, None], 0.0, -np.inf)  # like after like needs none in between
        may_precede = np.where(digits != after[:, None], 0.0, -np.inf)
        none_before, digit_before = arrived[:, 0:-1:2], _shifted(arrived[:, 1::2], right=True)
        none_after, digit_after = left[:, 2::2], _shifted(left[:, 3::2], right=False, wide=len(text))
        on = np.full((len(text), 10), -np.inf)
        total = on.copy()
        for step in range(steps):
            if step:
                entering = np.logaddexp(none_before[step - 1, :, None], digit_before[step - 1, :, None] + may_follow)
            else:
                entering = np.where(np.arange(len(text)) == 0, 0.0, -np.inf)[:, None]
            on = np.logaddexp(on, entering) + self.log_probabilities[step, 1:]
            if step < steps - 1:
                leaving = np.logaddexp(none_after[step + 1, :, None], digit_after[step + 1, :, None] + may_precede)
            else:
                leaving = np.where(np.arange(len(text)) == len(text) - 1, 0.0, -np.inf)[:, None]
            total = np.logaddexp(total, on + leaving)
        total -= np.logaddexp.reduce(total, axis=1, keepdims=True)
        return np.asarray(np.exp(np.nan_to_num(total, nan=-np.log(10))))

    def _arriving(self, states: npt.NDArray[np.intp]) -> Floats:
        """The log-probability of all ways that have come to each state by each step: (steps, states)."""
        said = self.log_probabilities[:, states]
        skips = _skips(states)
        found = np.empty_like(said)
        found[0] = -np.inf
        found[0, :2] = said[0, :2]
        for step in range(1, len(said)):
            last = found[step - 1]
            found[step] = last
            found[step, 1:] = np.logaddexp(found[step, 1:], last[:-1])
            found[step, 2:] = np.logaddexp(found[step, 2:], last[:-2] + skips[2:])
            found[step] += said[step]
        return found

    def _leaving(self, states: npt.NDArray[np.intp]) -> Floats:
        """The log-probability of all ways from each state, at each step, to the end, that state's included."""
        return replace(self, log_probabilities=self.log_probabilities[::-1])._arriving(states[::-1])[::-1, ::-1]


def _states(text: str) -> npt.NDArray[np.intp]:
    """None, digit, none, digit … none."""
    states = np.full(2 * len(text) + 1, NONE, np.intp)
    states[1::2] = [int(digit) + 1 for digit in text]
    return states


def _skips(states: npt.NDArray[np.intp]) -> Floats:
    """0 where a state may follow the last but one, as a digit does another digit; else -inf."""
    skips = np.full(len(states), -np.inf)
    skips[2:][(states[2:] != NONE) & (states[2:] != states[:-2])] = 0.0
    return skips


def _shifted(columns: Floats, *, right: bool, wide: int = 0) -> Floats:
    """Columns moved by one, -inf where one is missing."""
    missing = np.full((len(columns), 1), -np.inf)
    return np.hstack([missing, columns[:, :-1]]) if right else np.hstack([columns, missing])[:, :wide]
