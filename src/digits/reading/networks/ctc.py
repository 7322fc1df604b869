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

BEAM = 12
"""Texts that are followed at once in a search for the likeliest: of 1,000 validation strips none was read otherwise
with 50 (`references/line_reader/fit.py --beam 50`)."""

_PASSED_OVER = -1e-3
"""The log-probability of "no mark" from which on a column is not asked for others: most columns are between marks."""

_UNLIKELY = -7.0
"""The log-probability below which a mark is not followed in a column."""


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
        """How likely each mark of a text is each mark of the alphabet, if the others are right: float64 (text, marks)."""
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

    def likeliest(
        self, count: int, accepted: Callable[[str], bool] | None = None, beam: int = BEAM
    ) -> list[tuple[str, float]]:
        """The likeliest texts and the logarithms of their probabilities, the best first; by prefix search.

        Args:
            count: texts at the most.
            accepted: which texts count; by default all.
            beam: prefixes that are followed at once.
        """
        found = [text for text in self._prefixes(beam) if accepted is None or accepted(text)]
        if self.text not in found and (accepted is None or accepted(self.text)):
            found.append(self.text)
        order = sorted(zip(found, self.log_likelihoods(found), strict=True), key=lambda pair: -pair[1])
        return [(text, float(likelihood)) for text, likelihood in order[:count]]

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

    def _prefixes(self, beam: int) -> list[str]:
        """The prefixes that are left at the end of the strip (Graves 2008; Hannun et al. 2014)."""
        ended, saying = {"": 0.0}, {"": -np.inf}  # the last column said none; it said the prefix's last mark
        for heard in self.log_probabilities:
            none = float(heard[NONE])
            followed = [] if none > _PASSED_OVER else np.flatnonzero(heard[1:] > _UNLIKELY).tolist()
            next_ended: dict[str, float] = {}
            next_saying: dict[str, float] = {}
            for prefix in ended:
                both = _sum(ended[prefix], saying[prefix])
                next_ended[prefix] = _sum(next_ended.get(prefix, -np.inf), both + none)
                for place in followed:
                    mark, said = self.alphabet[place], float(heard[1 + place])
                    before = both
                    if prefix.endswith(mark):
                        next_saying[prefix] = _sum(next_saying.get(prefix, -np.inf), saying[prefix] + said)
                        before = ended[prefix]
                    longer = prefix + mark
                    next_saying[longer] = _sum(next_saying.get(longer, -np.inf), before + said)
            each = {one: _sum(next_ended.get(one, -np.inf), next_saying.get(one, -np.inf)) for one in {*next_ended, *next_saying}}
            kept = sorted(each, key=lambda one: (-each[one], one))[:beam]
            ended = {one: next_ended.get(one, -np.inf) for one in kept}
            saying = {one: next_saying.get(one, -np.inf) for one in kept}
        return list(ended)

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


def _sum(one: float, other: float) -> float:
    """The logarithm of the sum of two numbers, given theirs."""
    if one < other:
        one, other = other, one
    return one if other == -np.inf else one + float(np.log1p(np.exp(other - one)))


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
