"""A line's ink becomes components, and ways to cut them where digits may touch.

A cut is the cheapest way through a component from top to bottom; it costs the ink that it crosses. There are many more
cuts than digits that touch (over-segmentation, as in Casey & Lecolinet 1996 and LeCun et al. 1998): which of them are
right is for the search to find.

Notable choices:
- what has been taken gets dearer, and the cheapest ways are looked for again: where two digits touch twice, or one's
  bar reaches over the other, the best way is not the right one;
- a bit that a cut severs from its own side goes to the other one: it is the end of a bar, not a piece of a digit.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Mask, labelled

Shape = npt.NDArray[np.bool_]

_BROKEN = 0.015  # of the digits' height: a gap across which a stroke goes on
_NARROWEST = 0.25  # of the digits' height: no narrower component is cut
_SPACING = 0.07  # of the digits' height: the least distance of two cuts
_DEAREST = 3.5  # stroke widths that a cut may cross
_TIMES = 3  # that the cheapest ways are looked for
_TAKEN = 0.5  # what ink near a way that was taken costs more
_BRIDGE = 0.1  # what a pixel costs that only mends a broken stroke
_PAPER = 0.002  # what a row without ink costs: of ways through paper, the shortest is taken
_ASIDE = 0.2  # and a step to the side: strips are upright, and a way around all ink parts nothing
_BIT = 0.3  # of the digits' height: a stroke that is shorter is a bit
_ALIKE = 0.1  # of the digits' height: the stroke by which two cuts differ at least
_SHARED = 0.5  # of the lower part's height: what the parts on a cut's sides share of their rows
_MOST = 60  # cuts of one component
_SEVERAL = 2  # digits: what holds fewer is not cut


@dataclass(frozen=True, eq=False)
class Component:
    """Connected ink of a line.

    Attributes:
        ink: bool (height, width), its pixels.
        left: where it lies in the line.
        top: likewise.
        sides: bool (n, height, width), what lies left of each cut; the first cut has nothing there, the last one all.
        crossed: float64 (n,), stroke widths of ink that each cut crosses; 0 for the first and the last.
        heard: intp (n,), digits that are known to lie left of each cut, in this component; None if that is not known.
    """

    ink: Shape
    left: int
    top: int
    sides: npt.NDArray[np.bool_]
    crossed: npt.NDArray[np.float64]
    heard: npt.NDArray[np.intp] | None = None

    @property
    def last(self) -> int:
        """The number of the last cut."""
        return len(self.sides) - 1

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom; the last two lie just outside."""
        height, width = self.ink.shape
        return self.left, self.top, self.left + width, self.top + height


@dataclass(frozen=True, eq=False)
class Seam:
    """A cut of a component.

    Attributes:
        side: bool (height, width), what lies left of it.
        crossed: stroke widths of ink that it crosses.
        column: in the middle of it.
    """

    side: Shape
    crossed: float
    column: float


def find_components(mask: Mask, height: float, stroke_width: float) -> list[Component]:
    """The components of a line, from left to right, none of them cut.

    Args:
        mask: uint8 (height, width), 1 where there is ink.
        height: of the line's digits, in pixels.
        stroke_width: in pixels.
    """
    reach = max(1, round(_BROKEN * height))
    mended = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    x, y, wide, high = cv2.boundingRect(mended)
    if not wide:
        return []
    labels, table = labelled(mended[y : y + high, x : x + wide])
    smallest = max(3.0, 0.15 * stroke_width**2, 0.002 * height**2)
    found = []
    for number in range(1, len(table)):
        left, top, width, tall, area = table[number].tolist()
        if area >= smallest:
            ink = labels[top : top + tall, left : left + width] == number
            found.append(Component(ink, x + left, y + top, np.stack([np.zeros_like(ink), ink]), np.zeros(2)))
    return sorted(found, key=lambda component: component.box[0] + component.box[2])


def cut(
    component: Component, mask: Mask, height: float, stroke_width: float, places: npt.NDArray[np.float64] | None = None
) -> Component:
    """A component with all cuts that may part its digits.

    Args:
        component: not cut yet.
        mask: of the line, as for `find_components`.
        height: of its digits, in pixels.
        stroke_width: in pixels.
        places: float64 (n,), columns of the line, from left to right, at which its digits are known to be, one for
            each; None if that is not known. Only ink between two of them is cut then.
    """
    left, top, right, bottom = component.box
    drawn = mask[top:bottom, left:right]
    if places is None:
        if right - left <= _NARROWEST * height:
            return component
        return _with_cuts(component, _find_cuts(component.ink, drawn, height, stroke_width))
    places = np.clip(places - left, 0, right - left - 1)
    found: list[Seam] = []
    if len(places) >= _SEVERAL:
        free = _find_cuts(component.ink, drawn, height, stroke_width)
        found = [one for one in free if places[0] < one.column < places[-1]]
        found += _cuts_between(component.ink, drawn, height, stroke_width, places)
    parted = _with_cuts(component, found)
    columns = [one.column for one in _ordered(found)]
    return replace(parted, heard=np.array([0, *np.searchsorted(places, columns), len(places)]))


def _ordered(found: Iterable[Seam]) -> list[Seam]:
    return sorted(found, key=lambda one: np.count_nonzero(one.side))


def _with_cuts(component: Component, found: Iterable[Seam]) -> Component:
    inner = _ordered(found)
    first, last = component.sides[:1], component.sides[-1:]
    sides = np.concatenate([first, *(one.side[None] for one in inner), last])
    return replace(component, sides=sides, crossed=np.array([0.0, *(one.crossed for one in inner), 0.0]))


def _find_cuts(ink: Shape, drawn: Mask, height: float, stroke_width: float) -> Iterator[Seam]:
    """All cuts that may be right."""
    rows = np.arange(len(ink))
    cost = _cost(ink, drawn)
    near = np.ones((2 * round(0.5 * stroke_width) + 1,) * 2, np.uint8)
    dear, sides = cost.copy(), list[Shape]()
    for _ in range(_TIMES):
        taken = np.zeros(ink.shape, np.uint8)
        for way in _cheapest_ways(dear, _SPACING * height, _DEAREST * stroke_width):
            seam = _seam(ink, cost, way, height, stroke_width)
            taken[rows, way] = 1
            if not _side_by_side(seam.side, ink & ~seam.side):
                continue
            differs = all(np.count_nonzero(seam.side ^ other) > _ALIKE * height * stroke_width for other in sides)
            if differs and len(sides) < _MOST:
                sides.append(seam.side)
                yield seam
        dear += np.float32(_TAKEN) * (cv2.dilate(taken * ink, near) > 0)


def _cuts_between(
    ink: Shape, drawn: Mask, height: float, stroke_width: float, places: npt.NDArray[np.float64]
) -> Iterator[Seam]:
    """The cheapest cut between each place and the next, whatever it costs; none where the two are one column."""
    cost = _cost(ink, drawn)
    for before, after in pairwise(places.tolist()):
        first, last = int(np.ceil(before)), int(np.floor(after))
        if first < last:
            (total,) = _costs(cost[:, first:last])
            way = first + _followed(total, int(total[-1].argmin()))
            seam = _seam(ink, cost, way, height, stroke_width)
            if seam.side.any() and (ink & ~seam.side).any() and before < seam.column < after:
                yield seam


def _cost(ink: Shape, drawn: Mask) -> npt.NDArray[np.float32]:
    """What a cut costs at each pixel."""
    return np.where(ink & (drawn > 0), np.float32(1), np.float32(_BRIDGE) * ink) + np.float32(_PAPER)


def _seam(
    ink: Shape, cost: npt.NDArray[np.float32], way: npt.NDArray[np.intp], height: float, stroke_width: float
) -> Seam:
    """The cut along a way."""
    side = _with_bits_mended(ink & (np.arange(ink.shape[1]) <= way[:, None]), ink, _BIT * height * stroke_width)
    return Seam(side, float(cost[np.arange(len(ink)), way].sum()) / stroke_width, float(way.mean()))


def _side_by_side(left: Shape, right: Shape) -> bool:
    """Whether two parts of a component share rows, as digits do, and do not lie above each other, as a 7's do."""
    extents = []
    for part in (left, right):
        rows = np.flatnonzero(part.any(axis=1))
        if not len(rows):
            return False
        extents.append((rows[0], rows[-1] + 1))
    (top, bottom), (other_top, other_bottom) = extents
    shared = min(bottom, other_bottom) - max(top, other_top)
    return bool(shared >= _SHARED * min(bottom - top, other_bottom - other_top))


def _cheapest_ways(cost: npt.NDArray[np.float32], spacing: float, dearest: float) -> Iterator[npt.NDArray[np.intp]]:
    """Ways from the first row to the last that no way nearby undercuts: the column in each row, int (height,)."""
    down, up = _costs(cost, cost[::-1])
    middle, columns = len(cost) // 2, cost.shape[1]
    through = down[middle] + up[len(cost) - 1 - middle] - cost[middle]
    apart = max(1, round(spacing))
    window = np.ones((1, 2 * apart + 1), np.uint8)
    lowest = cv2.erode(through[None], window, borderType=cv2.BORDER_REPLICATE)[0]
    at = np.flatnonzero((through <= lowest + 1e-3) & (through <= dearest))
    at = at[(at > apart) & (at < columns - 1 - apart)]
    for level in np.split(at, np.flatnonzero(np.diff(at) > apart) + 1):
        if len(level):
            column = int(level[len(level) // 2])
            above = _followed(down[: middle + 1], column)
            below = _followed(up[: len(cost) - middle], column)
            yield np.concatenate([above, below[::-1][1:]])


def _costs(*costs: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    """What the cheapest way from the first row to each pixel costs; a step aside costs more than one straight down.

    Pictures of one size stand side by side, walls between them, because a row of several takes no longer than of one.
    """
    rows, columns = costs[0].shape
    wall = np.full((rows, 1), np.inf, np.float32)
    total = np.hstack([wall, *(part for cost in costs for part in (cost, wall))])
    best, aside = np.empty(total.shape[1] - 2, np.float32), np.float32(_ASIDE)
    for above, row in pairwise(total):
        np.minimum(above[:-2], above[2:], out=best)
        best += aside
        np.minimum(best, above[1:-1], out=best)
        row[1:-1] += best
    return [total[:, first : first + columns] for first in range(1, total.shape[1], columns + 1)]


def _followed(total: npt.NDArray[np.float32], column: int) -> npt.NDArray[np.intp]:
    """The columns of the cheapest way that ends in `column` of the last row, from the first row on."""
    columns = np.empty(len(total), np.intp)
    columns[-1] = column
    for row in range(len(total) - 2, -1, -1):
        first = max(0, column - 1)
        above = total[row, first : column + 2].tolist()
        least = above[column - first]
        for at, cost in enumerate(above, first):
            if cost + _ASIDE < least:
                least, column = cost + _ASIDE, at
        columns[row] = column
    return columns


def _with_bits_mended(left: Shape, ink: Shape, small: float) -> Shape:
    """One side of a cut, without its bits that hang on the other side, and with that one's bits that hang on it."""
    for is_left in (True, False):
        side: Any = (left if is_left else ink & ~left).astype(np.uint8)
        count, labels = cv2.connectedComponents(side, connectivity=8)
        if count > 2:
            area = np.bincount(labels.ravel())
            bit = area < small
            bit[[0, 1 + int(np.argmax(area[1:]))]] = False
            left = left ^ bit[labels]
    return left
