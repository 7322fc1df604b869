"""Page → where written numbers stand, and their marks. The finder's network looks; what is here only tidies up.

    find_numbers(load_finder(), page)      each number's corners, marks, confidence and line, in reading order

The page is looked at in several sizes (a picture pyramid), finer where marks turned out tiny. In each, marks are the
peaks of the digit and sign maps with the boxes that the network gives for them; of those that several levels see, the
surest stays. Two marks belong to one number where the joint map is high all the way between them.

Notable choices:
- levels are measured by area, so that a long strip is seen as finely as a page;
- a level says nothing of marks that are too small or too large for it: another one will see them;
- a number needs one sure digit; fainter ones count where they are joined to it (hysteresis); signs alone are none;
- all is bounded: so many peaks a level, so many finer views a page. A page of specks ends as soon as any other.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.networks.finder import Finder, Maps

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

LEVELS = (50, 140, 400, 1120)
"""Square roots of the levels' areas in pixels. Between neighbours lies a factor of 2.8, and digits are well seen from
10 to 50 pixels: whatever their size, at one level they are."""

ENLARGED = 2.0
"""A small picture, or a place of tiny digits, is enlarged by no more: a digit of 4 pixels is unreadable anyway."""

ALIKE = 1.5
"""Levels whose scales differ by less than this factor see the same."""

COMFORTABLE = (10.0, 50.0)
"""Pixels of a mark's longer side at which it is well seen: `references/finder/targets.py` trains on 8 to 60."""

TINY = 13.0
"""Pixels at the finest level: digits below are looked at again, twice as large."""

SURE = 0.4
"""How sure the network is of a tiny digit that it is worth another look."""

FINER_SIDE = 640
"""Pixels of a finer view's side."""

FINER_VIEWS = 4
"""Finer views of a page at the most: together no more than the finest level."""

PEAKS = 3000
"""Marks in one view at the most."""

MARKS = 4000
"""Marks in all views at the most: more digits stand on no page that anybody wrote."""

APART = 5
"""Cells: of two peaks that are within a square of this side, one is kept. The smallest digits stand 3 cells apart."""

FAR = 3.0
"""Digits further apart than so many of their heights do not belong together; joints that were learnt are shorter."""

ON = 0.4
"""The IoU of two marks' boxes above which one of them goes; by eye."""

WITHIN = 0.65
"""The share of the smaller of two digits, or two signs, within the other from which on one of them goes; by eye."""

SAMPLES = 11
"""Places between two marks at which the joint map is looked up."""

APART_AT_MOST = 4.0
"""Heights between neighbours from which on it does not matter how many there are."""

SAME_LINE = 0.5
"""Share of its height by which a number may be higher or lower than its neighbour in the same line."""


@dataclass(frozen=True, eq=False)
class Found:
    """Where one number stands on a page.

    Attributes:
        corners: in page pixels, float64 (4, 2): top-left, top-right, bottom-right, bottom-left along its own reading
            direction, tight around its marks.
        marks: left, top, right, bottom of each mark, upright, in page pixels and reading order, float64 (n, 4).
        digits: how sure each mark is a digit, and no sign, float64 (n,), 0 to 1.
        confidence: that this is a number, 0 to 1.
        line: which line of the page it stands in, from 0, top to bottom.
        apart: from it to the nearer of its neighbours in the line, in its own heights, at most `APART_AT_MOST`: who
            stands close may be the other half of the number.
    """

    corners: Floats
    marks: Floats
    digits: Floats
    confidence: float
    line: int
    apart: float = APART_AT_MOST


@dataclass(frozen=True, eq=False)
class _View:
    """A level of the pyramid, or a part of a finer one: what the network said, and where it looked."""

    maps: Maps
    scale: float  # pixels of the view for one of the page
    left: float  # of the view on the page, in page pixels
    top: float


@dataclass(frozen=True, eq=False)
class _Marks:
    """Marks in page pixels."""

    boxes: Floats  # (n, 4)
    scores: Floats  # (n,)
    digits: Floats  # (n,), share of digit against sign

    def of(self, chosen: npt.NDArray[np.int64]) -> "_Marks":
        return _Marks(self.boxes[chosen], self.scores[chosen], self.digits[chosen])

    @property
    def sides(self) -> Floats:
        """The longer side of each."""
        sides: Floats = (self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1, initial=0)
        return sides


def find_numbers(finder: Finder, page: Pixels) -> tuple[Found, ...]:
    """The written numbers of a page, in reading order.

    Args:
        finder: the network.
        page: uint8 (height, width), upright, either polarity.
    """
    views = _look(finder, page)
    seen = [_marks_of(view, finder) for view in views]
    finer = _finer_views(finder, page, views[-1].scale, seen[-1])
    seen += [_marks_of(view, finder) for view in finer]
    views += finer
    marks = _best(seen, views)
    groups = _joined(marks, views, finder)
    sure = np.where(marks.digits >= 0.5, marks.scores, 0)
    return _in_reading_order(
        [_found(marks.of(group)) for group in groups if sure[group].max() >= finder.config["number"]]
    )


def find_map(finder: Finder, page: Pixels) -> npt.NDArray[np.float32]:
    """How sure the finder is of a mark anywhere on a page: float32, 0 to 1, smaller than the page, of its shape.

    Args:
        finder: the network.
        page: uint8 (height, width), upright, either polarity.
    """
    *coarser, finest = [np.maximum(view.maps.digit, view.maps.sign) for view in _look(finder, page)]
    rows, columns = (max(1, round(side * _scales(*page.shape)[-1] / finder.stride)) for side in page.shape)
    whole = finest[:rows, :columns]
    for seen in coarser:
        whole = np.maximum(whole, cv2.resize(seen, whole.shape[::-1], interpolation=cv2.INTER_LINEAR))
    return whole


def _scales(height: int, width: int) -> list[float]:
    """By how much the page is scaled at each level, the coarsest first; only what is small is enlarged."""
    side = float(np.sqrt(height * width))
    most = min(ENLARGED, max(1.0, LEVELS[-2] / side))
    finest = min(most, LEVELS[-1] / side)
    return [level / side for level in LEVELS if level / side < finest / ALIKE] + [finest]


def _look(finder: Finder, page: Pixels) -> list[_View]:
    """The network's maps of the page at each level, the coarsest first; coarser pages are made from the finest."""
    *coarser, finest = _scales(*page.shape)
    whole = _resized(page, finest)
    pages = [(_resized(whole, scale / finest), scale) for scale in coarser] + [(whole, finest)]
    return [_View(finder.look(shown), scale, 0.0, 0.0) for shown, scale in pages]


def _resized(page: Pixels, scale: float) -> Pixels:
    height, width = (max(1, round(side * scale)) for side in page.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(page, (width, height), interpolation=how), np.uint8)


def _marks_of(view: _View, finder: Finder) -> _Marks:
    """The marks that a view shows: peaks of the maps, with their boxes, in page pixels."""
    maps, stride, edge_stride = view.maps, finder.stride, finder.edge_stride
    sure = np.maximum(maps.digit, maps.sign)
    peaks = (sure == cv2.dilate(sure, np.ones((APART, APART), np.uint8))) & (sure >= finder.config["mark"])
    rows, columns = np.nonzero(peaks)
    if len(rows) > PEAKS:
        kept = np.argpartition(-sure[rows, columns], PEAKS)[:PEAKS]
        rows, columns = rows[kept], columns[kept]
    down, right = rows * stride // edge_stride, columns * stride // edge_stride
    edges = maps.edges[:, down, right].astype(np.float64)
    x, y = (right + 0.5) * edge_stride, (down + 0.5) * edge_stride
    boxes = np.stack([x - edges[0], y - edges[1], x + edges[2], y + edges[3]], axis=1) / view.scale
    boxes += np.array([view.left, view.top, view.left, view.top])
    digit, sign = maps.digit[rows, columns], maps.sign[rows, columns]
    scores = sure[rows, columns].astype(np.float64)
    return _Marks(boxes, scores, (digit / np.maximum(digit + sign, 1e-6)).astype(np.float64))


def _finer_views(finder: Finder, page: Pixels, finest: float, marks: _Marks) -> list[_View]:
    """Views twice as fine as the finest level, of the places where its marks are tiny."""
    scale = min(2 * finest, ENLARGED)
    tiny = (marks.sides * finest < TINY) & (marks.digits >= 0.5) & (marks.scores >= SURE)
    if scale < 1.2 * finest or not tiny.any():
        return []
    side = FINER_SIDE / scale
    centres = (marks.boxes[tiny, :2] + marks.boxes[tiny, 2:]) / 2
    cells, counts = np.unique((centres // (0.8 * side)).astype(np.int64), axis=0, return_counts=True)
    views = []
    for column, row in cells[np.argsort(-counts, kind="stable")][:FINER_VIEWS]:
        left, top = max(0, round((0.8 * column - 0.1) * side)), max(0, round((0.8 * row - 0.1) * side))
        part = page[top : top + round(side), left : left + round(side)]
        views.append(_View(finder.look(_resized(part, scale)), scale, left, top))
    return views


def _best(seen: list[_Marks], views: list[_View]) -> _Marks:
    """The marks of all views, each once: the surest of those that lie on each other, where it is well seen."""
    for_all, weights = [], []
    for marks, view in zip(seen, views, strict=True):
        sides = marks.sides * view.scale
        is_digit = marks.digits >= 0.5
        well = np.where(is_digit, np.minimum(sides / COMFORTABLE[0], 1), 1) * np.minimum(COMFORTABLE[1] / sides, 1)
        fit = well > 0.6  # of signs nothing is known but that they are not too large
        for_all.append(marks.of(np.flatnonzero(fit)))
        weights.append((marks.scores * well)[fit])
    marks = _Marks(*(np.concatenate([getattr(one, name) for one in for_all]) for name in ("boxes", "scores", "digits")))
    return _not_on_each_other(marks.of(np.argsort(-np.concatenate(weights), kind="stable")[:MARKS]))


def _not_on_each_other(marks: _Marks) -> _Marks:
    """The marks that stay, taken in their order: none that lies on one before, or around two."""
    boxes, is_digit = marks.boxes, marks.digits >= 0.5
    areas, centres = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1), (boxes[:, :2] + boxes[:, 2:]) / 2
    before, after = _meeting(boxes)
    first, last = np.maximum(boxes[before, :2], boxes[after, :2]), np.minimum(boxes[before, 2:], boxes[after, 2:])
    common = (last - first).prod(axis=1)
    same = is_digit[before] == is_digit[after]
    on = common > ON * (areas[before] + areas[after] - common)
    on |= same & (common > WITHIN * np.minimum(areas[before], areas[after]))
    around = same & (centres[before] > boxes[after, :2]).all(axis=1) & (centres[before] < boxes[after, 2:]).all(axis=1)
    stays, inside = np.ones(len(boxes), bool), np.zeros(len(boxes), np.int64)
    met = on | around
    order = np.argsort(after[met], kind="stable")
    pairs = zip(*(part[met][order].tolist() for part in (before, after, on)), strict=True)
    for one, other, lies_on in pairs:  # all pairs of the marks before `one` come first
        if stays[one] and lies_on:
            stays[other] = False
        elif stays[one]:
            inside[other] += 1
            stays[other] &= inside[other] < 2
    return marks.of(np.flatnonzero(stays))


def _meeting(boxes: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All pairs of boxes that have something in common, the smaller place first."""
    order = np.argsort(boxes[:, 0], kind="stable")
    left = boxes[order, 0]
    begin = np.arange(1, len(order) + 1)
    counts = np.maximum(np.searchsorted(left, boxes[order, 2]) - begin, 0)
    one = np.repeat(np.arange(len(order)), counts)
    other = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts) + begin[one]
    one, other = order[one], order[other]
    meet = (boxes[one, 1] < boxes[other, 3]) & (boxes[other, 1] < boxes[one, 3])
    one, other = one[meet], other[meet]
    return np.minimum(one, other), np.maximum(one, other)


def _joined(marks: _Marks, views: list[_View], finder: Finder) -> list[npt.NDArray[np.int64]]:
    """The marks that belong together, number by number."""
    count, sides = len(marks.boxes), marks.sides
    centres = (marks.boxes[:, :2] + marks.boxes[:, 2:]) / 2
    reach = FAR / 2 * sides[:, None]
    first, second = _meeting(np.concatenate([centres - reach, centres + reach], axis=1))
    sizes = np.maximum(sides[first], sides[second])
    joints = _joints(centres[first], centres[second], sizes, views, finder)
    number_of = list(range(count))

    def number(mark: int) -> int:
        while number_of[mark] != mark:
            number_of[mark] = number_of[number_of[mark]]
            mark = number_of[mark]
        return mark

    sure = joints >= finder.config["joint"]
    for one, other in zip(first[sure].tolist(), second[sure].tolist(), strict=True):
        number_of[number(other)] = number(one)
    of = np.array([number(mark) for mark in range(count)], np.int64)
    order = np.argsort(of, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(of[order])) + 1) if count else []


def _joints(begin: Floats, end: Floats, sizes: Floats, views: list[_View], finder: Finder) -> Floats:
    """How high the joint map is between pairs of places, float64 (n,): nearly the least of what lies between."""
    steps = np.linspace(0, 1, SAMPLES)[None, :, None]
    places = begin[:, None] * (1 - steps) + end[:, None] * steps  # (n, SAMPLES, 2)
    found = np.zeros(len(begin))
    middle = np.sqrt(COMFORTABLE[0] * COMFORTABLE[1])
    fits = np.full(len(begin), np.inf)
    for view in views:
        cells = ((places - [view.left, view.top]) * view.scale / finder.stride).astype(np.int64)
        height, width = view.maps.joint.shape
        inside = ((cells >= 0) & (cells < [width, height])).all(axis=(1, 2))
        cells = np.clip(cells, 0, [width - 1, height - 1])
        said = np.sort(view.maps.joint[cells[..., 1], cells[..., 0]], axis=1)[:, 1]
        fit = np.where(inside, np.abs(np.log(sizes * view.scale / middle)), np.inf)
        better = fit < fits
        found[better], fits[better] = said[better], fit[better]
    return found


def _found(marks: _Marks) -> Found:
    """One number of its marks."""
    along = _direction(marks)
    aside = np.array([-along[1], along[0]])
    centres, halves = (marks.boxes[:, :2] + marks.boxes[:, 2:]) / 2, (marks.boxes[:, 2:] - marks.boxes[:, :2]) / 2
    order = np.argsort(centres @ along, kind="stable")
    reach_along, reach_aside = np.hypot(*(halves * along).T), np.hypot(*(halves * aside).T)  # of the ellipse in a box
    left, right = (centres @ along - reach_along).min(), (centres @ along + reach_along).max()
    top, bottom = (centres @ aside - reach_aside).min(), (centres @ aside + reach_aside).max()
    corners = np.array([along * x + aside * y for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))])
    sure = marks.scores[marks.digits >= 0.5]
    return Found(corners, marks.boxes[order], marks.digits[order], float(np.exp(np.log(sure).mean())), 0)


def _direction(marks: _Marks) -> Floats:
    """The unit vector along the number: level for one digit, and nearly for two, whose heights differ by chance."""
    digits = marks.digits >= 0.5
    centres = (marks.boxes[digits, :2] + marks.boxes[digits, 2:]) / 2
    spread = centres - centres.mean(axis=0)
    length, height = float(np.ptp(spread[:, 0])), float(np.median(marks.sides[digits]))
    if len(centres) < 2 or length < 0.3 * height:
        return np.array([1.0, 0.0])
    slope = float((spread[:, 0] * spread[:, 1]).sum() / (spread[:, 0] ** 2).sum())
    turn = np.arctan(slope) * length / (length + height)
    return np.array([np.cos(turn), np.sin(turn)])


def _in_reading_order(numbers: list[Found]) -> tuple[Found, ...]:
    """The numbers by lines from the top, and from left to right in each."""
    middles = np.array([number.corners.mean(axis=0) for number in numbers]).reshape(-1, 2)
    heights = np.array([number.corners[2, 1] - number.corners[1, 1] for number in numbers])
    lines: list[list[int]] = []
    for one in np.argsort(middles[:, 1], kind="stable").tolist():
        for line in lines[-3:]:
            nearest = min(line, key=lambda other: abs(middles[other, 0] - middles[one, 0]))
            if abs(middles[nearest, 1] - middles[one, 1]) < SAME_LINE * max(heights[nearest], heights[one]):
                line.append(one)
                break
        else:
            lines.append([one])
    ordered = []
    for place, line in enumerate(lines):
        in_line = [numbers[one] for one in sorted(line, key=lambda other: middles[other, 0])]
        gaps = [float(after.corners[:, 0].min() - before.corners[:, 0].max()) for before, after in pairwise(in_line)]
        for number, gap in zip(in_line, map(min, [np.inf, *gaps], [*gaps, np.inf]), strict=True):
            height = max(1.0, float(np.hypot(*(number.corners[3] - number.corners[0]))))
            apart = min(APART_AT_MOST, max(0.0, gap / height))
            ordered.append(replace(number, line=place, apart=apart))
    return tuple(ordered)
