"""A page's ink becomes rows: which marks stand in one row, how that row runs, and how tall its digits are.

Notable choices:
- marks that a dry pen or a threshold has broken are mended before they are measured;
- the typical height is a quantile by length of stroke: most of what was written belongs to marks that are no taller;
- what is much thicker than strokes is a shadow or an object, what lives along the frame an edge;
- rows run in one direction, the one along which marks line up best (O'Gorman's docstrum, 1993); level wins ties;
- a mark is linked to its nearest neighbour on the right at the same level, if each is the nearest of the other;
- what is small (the bar of a 5, a comma, a dot) decides nothing and goes to the nearest row.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Ink, Mask
from digits.reading.mnist_form import stroke_width
from digits.reading.segment import WEAK, Marks, at_the_edge, find_marks
from digits.reading.sheet import frame_of

Floats = npt.NDArray[np.float64]

_ALONG, _MASSIVE = (0.4, 0.2), 0.005  # of the page's sides, the shorter first, and of its area: what surrounds the
# sheet has more
_SHEET = 0.1  # of the page's area: a smaller part of it that its surroundings cut off at the frame is none of the sheet
_BROKEN = 0.6  # stroke widths: a gap across which a stroke goes on
_MOST_MENDED = 8  # pixels on either side
_SMALL, _TALL = 0.4, 3.0  # of the typical height: what is smaller or taller says nothing about rows
_FLAT = 0.3  # of the typical height: what is lower is the bar of a 5 or a dash, however wide
_SPECK = 0.06  # of the typical height: the extent of dirt
_THICK = 5.0  # stroke widths: what is thicker was not written with this pen
_LONG_EDGE = 3.0  # of the typical height: what touches the frame and is longer is an edge
_HARDLY = 0.05  # of all that was written, by length
_HEIGHT = 0.6  # quantile of heights: of what is written, more is lower (a small 0, the bar of a 5) than taller
_LONG_ROW = 6.0  # typical heights: rows that say how all run
_STEEPEST, _STEP = 50, 2  # degrees: the directions that are tried
_IN_LINE = 0.35  # of the typical height: how far marks of one row lie apart across it
_BETTER = 1.15  # how much better than in a level row marks have to line up in a tilted one
_SHARED = 0.5  # of the lower one's height: what neighbours in a row share of their heights
_SAME_LEVEL = 0.55  # of the typical height: or how close their middles are across the row
_BENT = 0.03  # of the gap between rows of one line: how far their levels may drift apart
_FAR = 5.0  # typical heights between neighbours in a row
_SIGN = 0.5  # of its neighbour's height: a mark alone, beside no other, that is lower is a comma or an apostrophe
_NEAR = 0.6  # typical heights between something small and the row that it may belong to
_MOST = 2500  # marks: a page of more is no page of numbers


@dataclass(frozen=True, eq=False)
class Row:
    """Marks that stand in one row.

    Attributes:
        marks: int32 (n,), numbers of marks as in `Layout.labels`.
        angle: degrees by which the row descends to the right.
        height: of its digits, in pixels of the mask.
        line: which line of the page this is, counted from 0; rows of several columns may share one.
    """

    marks: npt.NDArray[np.int32]
    angle: float
    height: float
    line: int


@dataclass(frozen=True, eq=False)
class Layout:
    """The rows of a page in reading order.

    Attributes:
        labels: int32 (height, width), 0 for paper, else the mark's number, counted from 1.
        boxes: int32 (n, 4), left, top, right, bottom of each mark; right and bottom lie just outside.
        no_writing: uint8 (height, width), 1 where there is ink that is known to be none, such as ruled lines.
        rows: line by line, from left to right.
    """

    labels: npt.NDArray[Any]
    boxes: npt.NDArray[np.int32]
    no_writing: Mask
    rows: tuple[Row, ...]


def find_rows(ink: Ink, mask: Mask, *, one: bool = False) -> Layout | None:
    """The rows of a page; None if there is nothing like writing on it.

    Args:
        ink: of the page.
        mask: of it, without what is known to be no writing.
        one: all that is written is one row.
    """
    no_writing: Mask = cv2.subtract(ink.mask, mask)
    mask = _without_surroundings(mask)
    pen = stroke_width(mask)
    marks, thickness = _mended_marks(ink, mask, pen)
    strong = marks.strongest >= WEAK
    if not strong.any():
        return None
    touches, along_it = at_the_edge(marks)
    length = strong * marks.area / np.maximum(thickness, 1)
    # by length: a table or a finger has more ink than all that was written
    pen = _quantile(thickness, _away_from(touches, length), 0.5)
    width, tall = (marks.boxes[:, 2:] - marks.boxes[:, :2]).T.astype(np.float64)
    extent = np.maximum(width, tall)
    written = strong & (thickness <= _THICK * pen)
    if not (length * written).any():
        return None
    height = _quantile(tall, _away_from(touches, length * written), _HEIGHT)
    usable = written & ~along_it & ~(touches & (extent > _LONG_EDGE * height))
    usable &= (extent > max(2, _SPECK * height)) & (marks.area >= (0.5 * pen) ** 2)
    main = np.flatnonzero(usable & (extent >= _SMALL * height) & (tall >= _FLAT * height) & (tall <= _TALL * height))
    if not 0 < len(main) <= _MOST:
        return None
    boxes = marks.boxes[main].astype(np.float64)
    angle = _direction((boxes[:, :2] + boxes[:, 2:]) / 2, height)
    if one:
        groups = [np.arange(len(main))]
    else:
        angle = _refined(_linked(_turned(boxes, angle), height), boxes, angle, height)
        groups = _linked(_turned(boxes, angle), height)
        groups = [group for group in groups if not _is_a_sign(group, boxes)]
    members = [[*(main[group] + 1).tolist()] for group in groups]
    small = np.flatnonzero(usable & (extent < 2 * height) & ~np.isin(np.arange(len(usable)), main))
    for number, row in _nearest(marks.boxes, small, [main[group] for group in groups], _NEAR * height):
        members[row].append(number + 1)
    return Layout(marks.labels, marks.boxes, no_writing, tuple(_in_order(members, groups, boxes, angle)))


def _without_surroundings(mask: Mask) -> Mask:
    """The mask without what lies around a sheet: the table, a finger, a shadow, long along the frame and massive.

    And without what is cut off by it from the sheet, as the grain of a table that is lighter in spots.
    """
    labels = cv2.connectedComponents(mask, connectivity=8)[1]
    least = max(_ALONG[0] * min(mask.shape), _ALONG[1] * max(mask.shape))
    along = [labels == number for number in np.flatnonzero(np.bincount(frame_of(labels)) > least).tolist() if number]
    around = [one for one in along if np.count_nonzero(one) > _MASSIVE * mask.size]
    if not around:
        return mask
    edge = np.any(around, axis=0)
    parts = cv2.connectedComponents((~edge).view(np.uint8), connectivity=4)[1]
    area = np.bincount(parts.ravel())
    beyond = (np.bincount(frame_of(parts), minlength=len(area)) > 0) & (area < _SHEET * mask.size)
    beyond[0] = True
    rest: Mask = mask * ~beyond[parts]
    return rest


def _mended_marks(ink: Ink, mask: Mask, pen: float) -> tuple[Marks, Floats]:
    """The marks of a mask, and how thick each is at its thickest; broken strokes count as one mark."""
    reach = min(max(1, round(_BROKEN * pen)), _MOST_MENDED)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    marks = find_marks(ink, cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc))
    marks = replace(marks, labels=marks.labels * mask)
    to_edge = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_3)
    inked = mask.view(bool)
    thickness = np.zeros(len(marks.area) + 1, np.float32)  # as the distances: `at` is slow where types differ
    np.maximum.at(thickness, marks.labels[inked], to_edge[inked])
    return marks, 2 * thickness[1:].astype(np.float64)


def _quantile(values: Floats, weight: Floats, share: float) -> float:
    """A quantile of values, each of which counts as often as its weight says."""
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(total, share * total[-1])])


def _away_from(touching: npt.NDArray[np.bool_], length: Floats) -> Floats:
    """How much each mark counts: by its length, what touches the frame only where there is hardly anything else."""
    inner = length * ~touching
    return inner if inner.sum() > _HARDLY * length.sum() else length


def _direction(middles: Floats, height: float) -> float:
    """Degrees by which rows descend to the right."""
    if len(middles) < 3:
        return 0.0
    angles = np.arange(-_STEEPEST, _STEEPEST + 1, _STEP)
    scores = np.array([_lined_up(middles, float(angle), height) for angle in angles])
    level = scores[np.abs(angles) <= _STEP].max()
    return float(angles[scores.argmax()]) if scores.max() > _BETTER * level else 0.0


def _refined(groups: list[npt.NDArray[np.intp]], boxes: Floats, angle: float, height: float) -> float:
    """The direction of rows, once it is known which marks stand in one: the median of the long ones' own."""
    long = [group for group in groups if np.ptp(boxes[group, 0]) > _LONG_ROW * height]
    return float(np.median([_slope(boxes[group], angle, height) for group in long])) if long else angle


def _lined_up(middles: Floats, angle: float, height: float) -> int:
    """How many pairs of marks are at the same level in a direction."""
    turn = np.deg2rad(angle)
    levels = np.sort(middles[:, 1] * np.cos(turn) - middles[:, 0] * np.sin(turn))
    reach = _IN_LINE * height
    return int((np.searchsorted(levels, levels + reach) - np.searchsorted(levels, levels - reach)).sum())


def _turned(boxes: Floats, angle: float) -> Floats:
    """Boxes as seen along rows: middles along and across, width, height; float64 (n, 4)."""
    turn = np.deg2rad(angle)
    x, y = ((boxes[:, :2] + boxes[:, 2:]) / 2).T
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return np.stack([along, across, boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]], axis=1)


def _linked(turned: Floats, height: float) -> list[npt.NDArray[np.intp]]:
    """Which marks stand in one row: for each row their numbers."""
    along, across, wide, tall = turned.T
    gap = along[None] - along[:, None] - (wide[None] + wide[:, None]) / 2
    apart = np.abs(across[None] - across[:, None])
    shared = ((tall[None] + tall[:, None]) / 2 - apart) / np.minimum(tall[None], tall[:, None])
    fits = (along[None] > along[:, None]) & (gap < _FAR * height)
    fits &= (shared > _SHARED) | (apart < _SAME_LEVEL * height)
    cost = np.where(fits, np.maximum(gap, -0.5 * height) + 1.5 * apart, np.inf)
    right, left = cost.argmin(axis=1), cost.argmin(axis=0)
    row = np.arange(len(along))
    for one in np.argsort(along):
        other = right[one]
        close = shared[one, other] > _SHARED and gap[one, other] < height
        if fits[one, other] and (left[other] == one or close):
            row[row == row[other]] = row[one]
    return [np.flatnonzero(row == number) for number in np.unique(row)]


def _is_a_sign(group: npt.NDArray[np.intp], boxes: Floats) -> bool:
    """Whether a group is one mark alone, close to one that is much taller, but not beside it: a comma, and no row."""
    if len(group) > 1:
        return False
    own, tall = boxes[group[0]], boxes[:, 3] - boxes[:, 1]
    gaps = np.maximum(boxes[:, :2] - own[2:], own[:2] - boxes[:, 2:]).max(axis=1)
    return bool(((gaps < _NEAR * tall) & (own[3] - own[1] < _SIGN * tall)).any())


def _nearest(
    boxes: npt.NDArray[np.int32], small: npt.NDArray[np.intp], rows: list[npt.NDArray[np.intp]], reach: float
) -> list[tuple[int, int]]:
    """For what is small and near a row: its number, and that row's."""
    owner = np.concatenate([np.full(len(row), number) for number, row in enumerate(rows)])
    theirs = boxes[np.concatenate(rows)]
    found = []
    for number in small.tolist():
        box = boxes[number]
        gaps = np.maximum(theirs[:, :2] - box[2:], box[:2] - theirs[:, 2:]).max(axis=1)
        if gaps.min() < reach:
            found.append((number, int(owner[gaps.argmin()])))
    return found


def _in_order(members: list[list[int]], groups: list[npt.NDArray[np.intp]], boxes: Floats, angle: float) -> list[Row]:
    """Rows in reading order, each with its own angle, height and line."""
    turned = _turned(boxes, angle)
    lines = _lines_of([turned[group] for group in groups])
    rows = []
    for numbers, group, line in zip(members, groups, lines, strict=True):
        tall = _height_of(turned[group])
        rows.append(Row(np.array(numbers, np.int32), _slope(boxes[group], angle, tall), tall, line))
    starts = [turned[group, 0].min() for group in groups]
    order = sorted(range(len(rows)), key=lambda place: (rows[place].line, starts[place]))
    return [rows[place] for place in order]


def _height_of(turned: Floats) -> float:
    """How tall the digits of a row are."""
    return float(np.quantile(turned[:, 3], _HEIGHT))


def _lines_of(rows: list[Floats]) -> list[int]:
    """Which line of the page each row belongs to: a row goes on in the nearest one to its right at the same level."""
    start, end, level, height = np.array(
        [(row[:, 0].min(), row[:, 0].max(), np.median(row[:, 1]), _height_of(row)) for row in rows]
    ).T
    gap = start[None] - end[:, None]
    apart = np.abs(level[None] - level[:, None])
    follows = (gap > 0) & (apart < _SAME_LEVEL * np.maximum(height[None], height[:, None]) + _BENT * gap)
    nearest = np.where(follows, gap, np.inf).argmin(axis=1)
    line = np.arange(len(rows))
    for row in np.flatnonzero(follows.any(axis=1)):
        line[line == line[nearest[row]]] = line[row]
    order = sorted(set(line.tolist()), key=lambda number: float(np.median(level[line == number])))
    return [order.index(number) for number in line.tolist()]


def _slope(boxes: Floats, angle: float, height: float) -> float:
    """The direction of one row in degrees: the median slope of all pairs of marks that lie well apart (Sen 1968)."""
    x, y = ((boxes[:, :2] + boxes[:, 2:]) / 2).T
    if len(x) < 3 or np.ptp(x) < 2 * height:
        return angle
    across, down = x[None] - x[:, None], y[None] - y[:, None]
    far = across > 0.3 * np.ptp(x)
    return float(np.rad2deg(np.arctan(np.median(down[far] / across[far]))))
