"""A number as one hand writes it: the ink of its marks side by side, and where each of them is.

Notable choices:
- neighbours keep a distance between their inks, row by row, not between their boxes: the foot of a 2 goes under a 7;
- where inks overlap, the darker counts; who touches whom is left to the gaps of the hand.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digits.synthesis.hands import HEIGHT, Glyphs, Hand, Ink, Mark, Random, write_mark

_CONTACT = 0.25
"""The share of a digit's height in which overlapping neighbours meet at the most: two 1s are not laid on each other."""

_REACH = HEIGHT // 12
"""Rows up to which a neighbour's ink counts as beside: a digit does not slip under another one's bar."""

_SIGN_GAP = 0.12
"""The least gap between a sign and its neighbours, as a share of the height, where digits overlap."""

_GRID = 1 / 3
"""Between the points of the grid that bends a number, as a share of the height: strokes bend, and are not torn."""

_AWAY = 10**6  # pixels: further than any ink


@dataclass(frozen=True, eq=False)
class Written:
    """A number, written.

    Attributes:
        text: its marks.
        ink: float32 (height, width), 0 to 1, cut to the ink.
        boxes: float64 (marks, 4): left, top, right, bottom of each mark's ink.
        line: the row of `ink` that digits stand on; may lie outside of it.
        height: of a digit, in pixels.
    """

    text: str
    ink: Ink
    boxes: npt.NDArray[np.float64]
    line: int
    height: int = HEIGHT


def write_number(text: str, hand: Hand, glyphs: Glyphs, random: Random) -> Written:
    """A text of digits and signs (`texts.MARKS`); a space is as wide as half a digit.

    Raises:
        ValueError: the text holds no mark.
    """
    written: list[tuple[Mark, int]] = []  # each mark, and its left edge
    space, before = 0.0, ""
    for mark in text:
        if mark == " ":
            space += random.uniform(0.4, 0.9)
            continue
        one = write_mark(mark, hand, glyphs, random)
        gap = hand.gap + random.normal(0, hand.gap_spread)
        if before and not (before + mark).isdigit():
            gap = max(gap, random.uniform(0, 2) * _SIGN_GAP)
        left = _place(written[-2:], one, round((gap + space) * HEIGHT)) if written else 0
        written.append((one, left))
        space, before = 0.0, mark
    if not written:
        raise ValueError(f"a number has one mark at the least; got {text!r}")
    return _laid("".join(text.split(" ")), written, hand.bend, random)


def _laid(text: str, written: list[tuple[Mark, int]], bend: float, random: Random) -> Written:
    """The marks on one sheet, bent."""
    first, highest = min(left for _, left in written), min(mark.top for mark, _ in written)
    right = max(left + mark.ink.shape[1] for mark, left in written)
    lowest = max(mark.top + mark.ink.shape[0] for mark, _ in written)
    ink = np.zeros((lowest - highest, right - first), np.float32)
    boxes = []
    for mark, left in written:
        rows, columns = mark.ink.shape
        row, column = mark.top - highest, left - first
        view = ink[row : row + rows, column : column + columns]
        np.maximum(view, mark.ink, out=view)
        boxes.append((column, row, column + columns, row + rows))
    return Written(text, bent(ink, bend, HEIGHT, random), np.array(boxes, np.float64), -highest + HEIGHT)


def bent(ink: Ink, bend: float, height: float, random: Random) -> Ink:
    """The ink, moved smoothly by about `bend` of a digit's height in pixels, differently in each mark."""
    rows, columns = ink.shape
    step = max(2, round(_GRID * height))
    grid = max(2, columns // step + 2), max(2, rows // step + 2)
    field = random.standard_normal((grid[1], grid[0], 2), np.float32) * np.float32(bend * height)
    places: Ink = cv2.resize(field, (columns, rows), interpolation=cv2.INTER_CUBIC)
    places[..., 0] += np.arange(columns, dtype=np.float32)
    places[..., 1] += np.arange(rows, dtype=np.float32)[:, None]
    return np.asarray(cv2.remap(ink, places[..., 0], places[..., 1], cv2.INTER_LINEAR), np.float32)


def _place(before: list[tuple[Mark, int]], mark: Mark, gap: int) -> int:
    """Where the mark's left edge has to be, so that `gap` pixels are between its ink and that of the marks before."""
    top = min(one.top for one in (mark, *(other for other, _ in before))) - _REACH
    low = max(one.top + len(one.ink) for one in (mark, *(other for other, _ in before))) + _REACH
    ends = np.full(low - top, -_AWAY)
    for other, left in before:
        _edge(ends[other.top - top :], other.ink, left, last=True)
    begins = np.full(low - top, _AWAY)
    _edge(begins[mark.top - top :], mark.ink, 0, last=False)
    near = np.lib.stride_tricks.sliding_window_view(np.pad(ends, _REACH, constant_values=-_AWAY), 2 * _REACH + 1)
    touching = np.sort(near.max(axis=1) - begins)[::-1] + 1  # where each row's inks come to touch, the first row first
    last, left = before[-1]
    if touching[0] < -_AWAY // 2:  # a dot under nothing: beside the last mark's box
        return left + int(last.ink.shape[1]) + max(0, gap)
    contact = min(len(touching) - 1, round(_CONTACT * HEIGHT))
    placed = max(int(touching[0]) + gap, int(touching[contact]))
    return max(placed, left + int(min(last.ink.shape[1], mark.ink.shape[1])) // 2)


def _edge(rows: npt.NDArray[np.int64], ink: Ink, left: int, *, last: bool) -> None:
    """Write into `rows` the column of each row's last (or first) ink."""
    dark = ink > 0.3
    has = dark.any(axis=1)
    columns = dark.shape[1] - 1 - dark[:, ::-1].argmax(axis=1) if last else dark.argmax(axis=1)
    view = rows[: len(ink)]
    view[has] = np.maximum(view[has], left + columns[has]) if last else left + columns[has]
