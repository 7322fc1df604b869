"""A page becomes numbers: rows are found, cut out as strips, and each strip is searched (`line_search.py`).

Notable choices:
- which side is the ink is decided by what can be read, where the picture leaves it open;
- a row that runs steeply is read both turned level and as it stands: some turn the paper, some climb while they write;
- a row of which something is unsure is read once more, with its ink as the page shows it: the edge of a shadow that
  spoils one of the two seldom spoils the other;
- all is bounded: marks and rows of a page, pixels of a strip, cuts of a component, candidates of a number.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading import segment
from digits.reading.classifier import Classifier
from digits.reading.ink import Ink, find_ink, polarities
from digits.reading.layout import Row, find_rows
from digits.reading.line_search import Expected, Line, read_strip
from digits.reading.picture import Picture
from digits.reading.ruling import without_ruling
from digits.reading.strip import Strip, cut_strip

SMALLEST, LARGEST = 600, 1600
"""Longer side, in pixels, of the picture that rows are looked for in: a smaller one is enlarged, a larger reduced."""

_GLANCE = 400  # pixels of the longer side at which a picture is glanced at
_LARGE_MARK, _ALIKE, _MANY_MARKS = 0.2, (0.5, 2.0), 6  # of the largest one's ink; times the usual height; marks
_REACH = 0.08  # of the longer side: how far the page's brightness reaches across ink
_STEEP = 12.0  # degrees from which on a row is read as it stands, too
_LOWEST = 7.0  # pixels of the picture: lower digits cannot be read
_SEVERAL, _CERTAIN, _MOST_CERTAIN = 4, 0.95, 0.8  # digits; how sure one is; the share of digits that are
_DOUBTED = 0.8  # a number's confidence, below which its row is read once more
_HOLLOW = 0.4  # of `_REACH`: wider strokes may be hollow in the page's ink
_MOST_ROWS = 300
_PATIENCE = 30  # rows in a row that were searched and held nothing: what follows is noise, too


def has_many_marks(picture: Picture) -> bool:
    """Whether a glance at a picture, at a small size, shows so many marks of one height that it may hold numbers."""
    small = _resized(picture.pixels, min(1.0, _GLANCE / max(picture.pixels.shape[:2])))
    ink = find_ink(small, light=polarities(small)[0], reach=_REACH)
    if ink is None:
        return False
    marks = segment.find_marks(ink)
    usable = (marks.strongest >= segment.WEAK) & ~segment.at_the_edge(marks)[1]
    area, tall = marks.area[usable], (marks.boxes[usable, 3] - marks.boxes[usable, 1])
    if not len(area):
        return False
    usual = np.median(tall[area > _LARGE_MARK * area.max()])
    return int(((tall > _ALIKE[0] * usual) & (tall < _ALIKE[1] * usual)).sum()) >= _MANY_MARKS


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
    found: list[list[Line]] = []
    for light in polarities(picture.pixels):
        found.append(list(_lines(classifier, picture, light, one_row=one_row, expected=expected)))
        if _are_clear(found[-1]):  # what is between these strokes is no writing
            break
    return max(found, key=_speaks_for)


def _speaks_for(lines: list[Line]) -> tuple[float, float]:
    """What speaks for a way of looking at a page; if nothing does, something is better than nothing."""
    scores = [line.score for line in lines]
    return sum(max(0.0, score) for score in scores), sum(scores) if scores else -np.inf


def _are_clear(lines: list[Line]) -> bool:
    """Whether most digits of a page are beyond doubt, and they are several."""
    certain = [np.array(line.shares) * line.probabilities.max(axis=1) >= _CERTAIN for line in lines]
    return sum(each.size for each in certain) >= _SEVERAL and float(np.concatenate(certain).mean()) >= _MOST_CERTAIN


def _lines(
    classifier: Classifier, picture: Picture, light: bool, *, one_row: bool, expected: Expected | None
) -> Iterator[Line]:
    ink = page_ink(picture, light)
    if ink is None:
        return
    ruled = without_ruling(ink)
    layout = find_rows(ink, ink.mask if ruled is None else ruled, one=one_row)
    if layout is None:
        return
    fruitless, is_thin = 0, ink.stroke_width <= _HOLLOW * _REACH * max(ink.mask.shape)
    for row in layout.rows[:_MOST_ROWS]:
        if row.height < _LOWEST * ink.scale or fruitless > _PATIENCE:
            continue
        cut = partial(cut_strip, picture, layout, row, ink.scale, light=light)
        best = _read_row(classifier, row, cut, expected, twice=is_thin and not fruitless)
        fruitless = 0 if any(line.score > 0 for line in best) else fruitless + bool(best)
        yield from best


def _read_row(
    classifier: Classifier, row: Row, cut: Callable[..., Strip | None], expected: Expected | None, *, twice: bool
) -> list[Line]:
    """What a row says, cut out in whichever way makes it likeliest; if it is to be read twice, in more ways."""

    def read(**how: bool) -> list[Line]:
        strip = cut(**how)
        return list(read_strip(classifier, strip, row.line, expected)) if strip else []

    found = [read(), read(level=False)] if abs(row.angle) > _STEEP else [read()]
    if twice and any(line.confidence < _DOUBTED for lines in found for line in lines):
        found.append(read(anew=False))
    return max(found, key=lambda lines: sum(line.score for line in lines))


def page_ink(picture: Picture, light: bool) -> Ink | None:
    """The ink of a page at the size at which rows are looked for; None if there is none."""
    pixels: npt.NDArray[Any] = picture.pixels
    longer = max(pixels.shape[:2])
    factor = min(LARGEST / longer, max(1.0, SMALLEST / longer))
    ink = find_ink(_resized(pixels, factor), light=light, reach=_REACH)
    return None if ink is None else replace(ink, scale=ink.scale * factor)


def _resized(pixels: npt.NDArray[Any], factor: float) -> npt.NDArray[Any]:
    if factor == 1:
        return pixels
    size = tuple(max(1, round(side * factor)) for side in pixels.shape[1::-1])
    resized: npt.NDArray[Any] = cv2.resize(
        pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    return resized
