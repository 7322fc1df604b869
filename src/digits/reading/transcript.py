"""What a line network says of a line: at each step from left to right, which digit begins or goes on there, or none.

A text's probability is the sum over all ways to say it along the steps, each digit for one step or several, none in
between, or where two digits are alike (connectionist temporal classification: Graves, Fernández, Gomez & Schmidhuber
2006). All is worked out in logarithms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
        log_probabilities: float64 (steps, 11), of none and of the digits 0 to 9; finite.
        columns: float64 (steps,), where in the line each step is.
    """

    log_probabilities: Floats
    columns: Floats

    @cached_property
    def text(self) -> str:
        """The likeliest symbol of each step, said once for as long as it lasts."""
        return "".join(str(symbol - 1) for symbol, _, _ in self.runs)

    @cached_property
    def places(self) -> Floats:
        """Where each digit of `text` was seen, a column of the line in the midst of its ink: float64 (digits,)."""
        return np.array([self.columns[first:last].mean() for _, first, last in self.runs])

    @cached_property
    def runs(self) -> list[tuple[int, int, int]]:
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
        return float(self.log_likelihoods([text])[0])

    def log_likelihoods(self, texts: Sequence[str]) -> Floats:
        """The logarithms of several texts' probabilities, float64 (texts,): much faster than one after the other."""
        if not texts:
            return np.zeros(0)
        lengths = np.array([len(text) for text in texts])
        as_long = [text.ljust(int(lengths.max()), "0") for text in texts]  # what follows a text does not matter
        symbols = np.stack([_symbols(text) for text in as_long])
        heard = self.log_probabilities
        said, _ = _said(heard[:, symbols], heard[:, NONE, None, None], symbols)
        return np.asarray(said[-1, np.arange(len(texts)), lengths])

    def probabilities(self, text: str) -> Floats:
        """How likely each digit of a text is each of the ten, if all others are right: float64 (digits, 10)."""
        if not text:
            return np.zeros((0, 10))
        heard, symbols = self.log_probabilities, _symbols(text)
        both = np.stack([heard, heard[::-1]], axis=1)  # forwards and backwards
        order = np.stack([symbols, symbols[::-1]])
        said, ended = _said(both[:, [[0], [1]], order], both[:, :, :1], order)
        before, after = np.append(NONE, symbols[:-1]), np.append(symbols[1:], NONE)
        entering = _beside(said[:-1, 0, :-1], ended[:-1, 0, :-1], before)
        leaving = _beside(said[-2::-1, 1, -2::-1], ended[-2::-1, 1, -2::-1], after)
        passed = np.concatenate([np.zeros((1, 10)), np.cumsum(heard[:, 1:], axis=0)])[:, None]
        on = np.logaddexp.accumulate(entering - passed[:-1], axis=0) + passed[1:]  # this digit is being said
        ways = on + leaving
        likeliest = ways.max(axis=(0, 2), keepdims=True)
        total = np.exp(ways - np.where(np.isfinite(likeliest), likeliest, 0.0)).sum(axis=0)
        total[~total.any(axis=1)] = 1.0
        return np.asarray(total / total.sum(axis=1, keepdims=True))


def _symbols(text: str) -> npt.NDArray[np.intp]:
    return np.array([int(digit) + 1 for digit in text], np.intp)


def _said(digits: Floats, none: Floats, symbols: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """How likely the first steps say the first digits of each text, and no more: logarithms.

    Args:
        digits: float64 (steps, texts, digits), the log-probability of each digit at each step.
        none: float64 (steps, texts or 1, 1), that of none.
        symbols: intp (texts, digits).

    Returns:
        float64 (steps + 1, texts, digits + 1), after so many steps, of so many digits; and that part of it in which the
        last step says none: only then can a digit follow that is like the last one.
    """
    steps, texts, longest = digits.shape
    said = np.full((steps + 1, texts, longest + 1), -np.inf)
    said[0, :, 0] = 0.0
    ended = said.copy()
    alike = np.zeros((texts, longest), bool)
    alike[:, 1:] = symbols[:, 1:] == symbols[:, :-1]
    on = np.full((texts, longest + 1), -np.inf)  # the last digit is being said
    digit = on[:, 1:]
    for step in range(steps):
        entering = np.where(alike, ended[step, :, :-1], said[step, :, :-1])
        np.logaddexp(digit, entering, out=digit)
        digit += digits[step]
        np.add(said[step], none[step], out=ended[step + 1])
        np.logaddexp(ended[step + 1], on, out=said[step + 1])
    return said, ended


def _beside(said: Floats, ended: Floats, symbols: npt.NDArray[np.intp]) -> Floats:
    """How likely all is that is said on one side of each digit, for each of the ten that it may be.

    Args:
        said: float64 (steps, digits), as `_said` gives it.
        ended: likewise.
        symbols: intp (digits,), what is said next to it.

    Returns:
        float64 (steps, digits, 10).
    """
    alike = np.arange(1, 11) == symbols[:, None]
    return np.where(alike, ended[:, :, None], said[:, :, None])
