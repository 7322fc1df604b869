"""A page becomes numbers: rows found, cut into strips, their ink into candidates, and the best path through each.

Notable choices:
- digits are grouped into numbers before they are read: a space is wider than the digits' own gaps, and wide enough;
- which side is the ink is decided by what can be read, where the picture leaves it open;
- a row that runs steeply is read both turned level and as it stands: some turn the paper, some climb while they write;
- all is bounded: marks of a page, pixels of a strip, cuts of a component, candidates of a number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading import segment
from digits.reading.candidates import Chain, image_of, judge, link
from digits.reading.classifier import Answers, Classifier
from digits.reading.cuts import Component, cut, find_components
from digits.reading.ink import Ink, find_ink, polarities
from digits.reading.layout import find_rows
from digits.reading.picture import Picture
from digits.reading.search import Path, find_paths
from digits.reading.strip import HEIGHT, Strip, cut_strip

Expected = tuple[int, int]
"""The least and the greatest count of a number's digits."""

SMALLEST, LARGEST = 600, 1600
"""Longer side, in pixels, of the picture that rows are looked for in: a smaller one is enlarged, a larger reduced."""

_REACH = 0.08  # of the longer side: how far the page's brightness reaches across ink
_STEEP = 12.0  # degrees from which on a row is read as it stands, too
_LOWEST = 7.0  # pixels of the picture: lower digits cannot be read
_SPACE, _WIDER, _SURELY = 1.0, 2.2, 3.0  # a space: digits' heights; times the usual gap; digits' heights in any case
_MOST_CANDIDATES = 4000
_MOST_ROWS = 300
_PATIENCE = 30  # rows in a row that were searched and held nothing: what follows is noise, too
_MOST_COMPONENTS = 150
_CLEAR, _NARROW = 0.99, 0.75  # certainty, and width of the height: a component that is surer and narrower is one digit
_LARGE, _FEW, _LIKE_DIGITS = 0.5, 8, 0.4  # of the height; large components; their share: a row with less is no number
_SAME = 0.6  # of two boxes' united area: what candidates share that stand for the same digit


@dataclass(frozen=True, eq=False)
class Line:
    """A number as it was searched for.

    Attributes:
        strip: the row that it stands in.
        line: which line of the page that is, counted from 0.
        chain: its candidates.
        images: uint8 (n, 28, 28), what the network saw of each.
        answers: what it said.
        judged: float64 (n,), the log-odds that each is a digit.
        paths: the best ways through it, the best first; at least one.
        missed: whether no path had as many digits as were expected.
    """

    strip: Strip
    line: int
    chain: Chain
    images: npt.NDArray[np.uint8]
    answers: Answers
    judged: npt.NDArray[np.float64]
    paths: tuple[Path, ...]
    missed: bool

    @property
    def steps(self) -> tuple[int, ...]:
        """The candidates that were taken."""
        return self.paths[0].steps

    @property
    def score(self) -> float:
        """The best path's."""
        return self.paths[0].score

    def text(self, path: Path) -> str:
        """What a path says."""
        return "".join(str(int(self.answers.probabilities[step].argmax())) for step in path.steps)

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """For each digit of the best path, the share of the paths that have it there, or say the same in all."""
        best = self.text(self.paths[0])
        return tuple(
            sum(
                path.share
                for path in self.paths
                if self.text(path) == best or any(self._alike(step, other) for other in path.steps)
            )
            for step in self.steps
        )

    @cached_property
    def confidence(self) -> float:
        """The probability that all of it is right: its segmentation, and every digit."""
        best = self.text(self.paths[0])
        share = sum(path.share for path in self.paths if self.text(path) == best)
        return share * float(np.prod(self.answers.probabilities[list(self.steps)].max(axis=1)))

    def _alike(self, one: int, other: int) -> bool:
        if one == other:
            return True
        if self.answers.probabilities[one].argmax() != self.answers.probabilities[other].argmax():
            return False
        first, second = np.array(self.chain.candidates[one].box), np.array(self.chain.candidates[other].box)
        united = np.maximum(first[2:], second[2:]) - np.minimum(first[:2], second[:2])
        shared = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
        return bool((shared > 0).all() and np.prod(shared) > _SAME * np.prod(united))


def find_lines(
    classifier: Classifier, picture: Picture, *, one_row: bool = False, expected: Expected | None = None
) -> list[Line]:
    """The numbers of a page in reading order; empty if there are none.

    Args:
        classifier: the network.
        picture: the page.
        one_row: all of it is one row.
        expected: how many digits each number has, if that is known.
    """
    found = [
        list(_lines(classifier, picture, light, one_row=one_row, expected=expected))
        for light in polarities(picture.pixels)
    ]
    return max(found, key=lambda lines: sum(max(0.0, line.score) for line in lines))


def _lines(
    classifier: Classifier, picture: Picture, light: bool, *, one_row: bool, expected: Expected | None
) -> Iterator[Line]:
    ink = page_ink(picture, light)
    if ink is None:
        return
    ruled = segment.without_tilted_lines(ink)
    layout = find_rows(ink, ink.mask if ruled is None else ruled, one=one_row)
    if layout is None:
        return
    fruitless = 0
    for row in layout.rows[:_MOST_ROWS]:
        if row.height < _LOWEST * ink.scale or fruitless > _PATIENCE:
            continue
        readings = []
        for level in (True, False) if abs(row.angle) > _STEEP else (True,):
            strip = cut_strip(picture, layout, row, ink.scale, light=light, level=level)
            if strip:
                readings.append(list(read_strip(classifier, strip, row.line, expected)))
        best = max(readings, key=lambda lines: sum(line.score for line in lines), default=[])
        fruitless = 0 if any(line.score > 0 for line in best) else fruitless + bool(best)
        yield from best


def page_ink(picture: Picture, light: bool) -> Ink | None:
    """The ink of a page at the size at which rows are looked for; None if there is none."""
    pixels: npt.NDArray[Any] = picture.pixels
    longer = max(pixels.shape[:2])
    factor = min(LARGEST / longer, max(1.0, SMALLEST / longer))
    if factor != 1:
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        size = tuple(max(1, round(side * factor)) for side in pixels.shape[1::-1])
        pixels = cv2.resize(pixels, size, interpolation=how)
    ink = find_ink(pixels, light=light, reach=_REACH)
    return None if ink is None else replace(ink, scale=ink.scale * factor)


def read_strip(classifier: Classifier, strip: Strip, line: int, expected: Expected | None) -> Iterator[Line]:
    """The numbers of a strip, from left to right."""
    components = find_components(strip.mask, HEIGHT, strip.stroke_width)
    if not components or len(components) > _MOST_COMPONENTS:
        return
    clear, is_writing = find_clear(classifier, components)
    if not is_writing:
        return
    cut_up = [
        component if is_clear else cut(component, strip.mask, HEIGHT, strip.stroke_width)
        for component, is_clear in zip(components, clear, strict=True)
    ]
    whole = _searched(classifier, strip, cut_up, line, expected) if expected else None
    if whole and not whole.missed:
        yield whole
        return
    for group in _groups(cut_up):
        found = _searched(classifier, strip, group, line, expected)
        if found:
            yield found


def find_clear(classifier: Classifier, components: Sequence[Component]) -> tuple[npt.NDArray[np.bool_], bool]:
    """Which components are one digit each beyond doubt, bool (n,); and whether this is a row of digits at all.

    Nothing of a clear one is cut: it could only become worse, and most of a page is clear.
    """
    chain = link(components, HEIGHT, _MOST_CANDIDATES, parts=1)
    assert chain is not None
    answers = classifier.answer(np.stack([image_of(candidate, HEIGHT) for candidate in chain.candidates]))
    boxes = np.array([component.box for component in components])
    wide, tall = ((boxes[:, 2:] - boxes[:, :2]) / HEIGHT).T
    if answers.digitness is None:
        return np.zeros(len(components), bool), True
    certain = answers.digitness * answers.probabilities.max(axis=1)
    large = tall >= _LARGE
    is_writing = large.sum() < _FEW or bool(np.mean(answers.digitness[large] >= 0.5) >= _LIKE_DIGITS)
    return (certain >= _CLEAR) & (wide <= _NARROW), is_writing


def _groups(components: Sequence[Component]) -> list[list[Component]]:
    """Components that are no further apart than digits of one number are."""
    edges = np.array([(component.box[0], component.box[2]) for component in components])
    reached = np.maximum.accumulate(edges[:, 1])[:-1]
    gaps = (edges[1:, 0] - reached) / HEIGHT
    usual = float(np.median(np.maximum(gaps, 0.1))) if len(gaps) else 0.0
    spaces = (gaps > max(_SPACE, _WIDER * usual)) | (gaps > _SURELY)
    ends = [0, *(np.flatnonzero(spaces) + 1).tolist(), len(components)]
    return [list(components[start:end]) for start, end in pairwise(ends)]


def _searched(
    classifier: Classifier, strip: Strip, components: Sequence[Component], line: int, expected: Expected | None
) -> Line | None:
    chain = link(components, HEIGHT, _MOST_CANDIDATES)
    if chain is None or not chain.candidates:
        return None
    images = np.stack([image_of(candidate, HEIGHT) for candidate in chain.candidates])
    answers = classifier.answer(images)
    judged = judge(chain.candidates, answers, HEIGHT)
    paths = find_paths(chain, judged, HEIGHT, expected)
    missed = expected is not None and not paths
    if missed:
        paths = find_paths(chain, judged, HEIGHT)
    return Line(strip, line, chain, images, answers, judged, tuple(paths), missed) if paths else None
