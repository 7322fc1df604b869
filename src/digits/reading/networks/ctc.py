"""What a line network says of a strip: in each column, which mark begins or goes on there, or none.

A text's probability is the sum over all ways to say it along the columns, each mark for one column or several, none in
between, or where two marks are alike (connectionist temporal classification: Graves, Fernández, Gomez & Schmidhuber
2006). All is worked out in logarithms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NONE = 0
"""The class of "no mark"; a mark's is its place in the alphabet and 1."""

ROUNDS = 4
"""Texts whose neighbours are looked at in a search for the likeliest; by eye, most lines are certain after one."""

_WORTH = 1e-3
"""The probability from which on another mark in a text's place is worth a look; by eye."""

_PUT_IN = 0.03
"""The probability in any one column from which on a mark more is worth a look there; by eye."""

_CERTAIN = -0.01
"""The log-probability from which on a text has no rival worth a search: all others together have a hundredth."""


@dataclass(frozen=True, eq=False)
class CtcOutput:
    """A strip's marks as a line network sees them.

    Attributes:
        log_probabilities: float64 (columns, 1 + marks), of none and of each mark of the alphabet; finite.
        alphabet: the marks, in the order of their classes.
    """

    log_probabilities: Floats
    alphabet: str

    @cached_property
    def text(self) -> str:
        """The likeliest class of each column, said once for as long as it lasts."""
        return "".join(self.alphabet[symbol - 1] for symbol, _, _ in self._runs)

    @property
    def nothing(self) -> float:
        """The logarithm of the probability that no mark is said: that of the empty text, without a search."""
        return float(self.log_probabilities[:, NONE].sum())

    def log_likelihood(self, text: str) -> float:
        """The logarithm of a text's probability; -inf if there are fewer columns than it takes."""
        return float(self.log_likelihoods([text])[0])

    def log_likelihoods(self, texts: Sequence[str]) -> Floats:
        """The logarithms of several texts' probabilities, float64 (texts,): much faster than one after the other."""
        if not texts:
            return np.zeros(0)
        lengths = np.array([len(text) for text in texts])
        longest = int(lengths.max())
        symbols = np.stack([np.append(self._symbols(text), np.ones(longest - len(text), np.intp)) for text in texts])
        heard = self.log_probabilities
        said, _ = _said(heard[:, symbols], heard[:, NONE, None, None], symbols)
        return np.asarray(said[-1, np.arange(len(texts)), lengths])

    def probabilities(self, text: str) -> Floats:
        """How likely each mark of a text is each of the alphabet, if the others are right: float64 (text, marks)."""
        if not text:
            return np.zeros((0, len(self.alphabet)))
        ways = self._ways(text)
        likeliest = ways.max(axis=(0, 2), keepdims=True)
        total = np.exp(ways - np.where(np.isfinite(likeliest), likeliest, 0.0)).sum(axis=0)
        total[~total.any(axis=1)] = 1.0
        return np.asarray(total / total.sum(axis=1, keepdims=True))

    def places(self, text: str) -> Floats:
        """The column at which each mark of a text ends to be said, in the mean over all ways: float64 (text,)."""
        if not text:
            return np.zeros(0)
        own = self._ways(text)[:, np.arange(len(text)), self._symbols(text) - 1]  # (columns, text)
        likeliest = own.max(axis=0)
        weights = np.exp(own - np.where(np.isfinite(likeliest), likeliest, 0.0))
        weights[:, ~weights.any(axis=0)] = 1.0
        columns = np.arange(len(own), dtype=np.float64)[:, None]
        return np.asarray((weights * columns).sum(axis=0) / weights.sum(axis=0))

    def likeliest(self, count: int, accepted: Callable[[str], bool] | None = None) -> list[tuple[str, float]]:
        """The likeliest texts and the logarithms of their probabilities, the best first.

        From the likeliest classes' text on, neighbours (one mark exchanged, left out, put in) are weighed exactly, and
        the neighbours of the best of those, some rounds long.

        Args:
            count: texts at the most.
            accepted: which texts count; by default all.
        """
        known = {self.text: self.log_likelihood(self.text)}
        if accepted is None and known[self.text] >= _CERTAIN:
            return list(known.items())
        searched: set[str] = set()
        for _ in range(ROUNDS if accepted is None else 2 * ROUNDS):
            waiting = [text for text in known if text not in searched]
            if not waiting:
                break
            best = max(waiting, key=lambda text: known[text])
            searched.add(best)
            new = [text for text in self._neighbours(best) if text not in known]
            known.update(zip(new, self.log_likelihoods(new).tolist(), strict=True))
            if accepted is None and best == max(known, key=lambda text: known[text]):
                break
        found = [pair for pair in known.items() if accepted is None or accepted(pair[0])]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:count]

    def _neighbours(self, text: str) -> set[str]:
        """Texts that differ in one mark from this one, as far as the network thinks of them at all."""
        found = {text[:place] + text[place + 1 :] for place in range(len(text))}
        for place, each in enumerate(self.probabilities(text)):
            for other in np.flatnonzero(each >= _WORTH).tolist():
                found.add(text[:place] + self.alphabet[other] + text[place + 1 :])
        places = self.places(text)
        for column, other in zip(*np.nonzero(self.log_probabilities[:, 1:] >= np.log(_PUT_IN)), strict=True):
            at = int(np.searchsorted(places, column))
            found.add(text[:at] + self.alphabet[other] + text[at:])
        return found - {text}

    @cached_property
    def _runs(self) -> list[tuple[int, int, int]]:
        """The marks of `text`: class, first column, and the column after the last one."""
        likeliest = self.log_probabilities.argmax(axis=1)
        bounds = np.flatnonzero(np.concatenate([[True], likeliest[1:] != likeliest[:-1], [True]]))
        return [
            (int(likeliest[first]), int(first), int(last))
            for first, last in pairwise(bounds)
            if likeliest[first] != NONE
        ]

    def _ways(self, text: str) -> Floats:
        """The logarithm of all ways in which mark i is said up to column c and is mark k: (columns, text, marks)."""
        heard, symbols = self.log_probabilities, self._symbols(text)
        marks = heard.shape[1] - 1
        both = np.stack([heard, heard[::-1]], axis=1)  # forwards and backwards
        order = np.stack([symbols, symbols[::-1]])
        said, ended = _said(both[:, [[0], [1]], order], both[:, :, :1], order)
        before, after = np.append(NONE, symbols[:-1]), np.append(symbols[1:], NONE)
        entering = _beside(said[:-1, 0, :-1], ended[:-1, 0, :-1], before, marks)
        leaving = _beside(said[-2::-1, 1, -2::-1], ended[-2::-1, 1, -2::-1], after, marks)
        passed = np.concatenate([np.zeros((1, marks)), np.cumsum(heard[:, 1:], axis=0)])[:, None]
        on = np.logaddexp.accumulate(entering - passed[:-1], axis=0) + passed[1:]  # this mark is being said
        return np.asarray(on + leaving)

    def _symbols(self, text: str) -> npt.NDArray[np.intp]:
        return np.array([1 + self.alphabet.index(mark) for mark in text], np.intp)


def _said(marks: Floats, none: Floats, symbols: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """How likely the first columns say the first marks of each text, and no more: logarithms.

    Args:
        marks: float64 (columns, texts, marks), the log-probability of each mark at each column.
        none: float64 (columns, texts or 1, 1), that of none.
        symbols: intp (texts, marks).

    Returns:
        float64 (columns + 1, texts, marks + 1), after so many columns, of so many marks; and that part of it in which
        the last column says none: only then can a mark follow that is like the last one.
    """
    columns, texts, longest = marks.shape
    said = np.full((columns + 1, texts, longest + 1), -np.inf)
    said[0, :, 0] = 0.0
    ended = said.copy()
    alike = np.zeros((texts, longest), bool)
    alike[:, 1:] = symbols[:, 1:] == symbols[:, :-1]
    on = np.full((texts, longest + 1), -np.inf)  # the last mark is being said
    mark = on[:, 1:]
    for column in range(columns):
        entering = np.where(alike, ended[column, :, :-1], said[column, :, :-1])
        np.logaddexp(mark, entering, out=mark)
        mark += marks[column]
        np.add(said[column], none[column], out=ended[column + 1])
        np.logaddexp(ended[column + 1], on, out=said[column + 1])
    return said, ended


def _beside(said: Floats, ended: Floats, symbols: npt.NDArray[np.intp], marks: int) -> Floats:
    """How likely all is that is said on one side of each mark, for each that it may be: float64 (columns, text, marks).

    Args:
        said: float64 (columns, text), as `_said` gives it.
        ended: likewise.
        symbols: intp (text,), what is said next to it.
        marks: how many there are.
    """
    alike = np.arange(1, marks + 1) == symbols[:, None]
    return np.where(alike, ended[:, :, None], said[:, :, None])
