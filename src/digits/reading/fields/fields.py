"""The printed boxes of a form, comb or table, in reading order.

    for field in find_fields(picture): cut = cut_field(picture, field)

A box is a patch of paper that long, straight, thin lines enclose on all four sides. Each printed box is one field, an
empty one, too: a comb of eight boxes is eight fields, so that a program knows which of them was left empty. The lines
are found in `printed_lines.py`, the boxes between them in `printed_boxes.py`; `cut.py` cuts a field out.

Notable choices:
- small copies of a picture are searched, one for small boxes and one for large ones with thick lines;
- a box that strokes have cut in two is not mended: then the same is looked for in longer pieces of line;
- rows are followed from box to box: on a photograph they are neither level nor parallel.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit.ink import Grey, polarities
from digits.reading.fields.printed_boxes import PrintedBox, enclosed_boxes
from digits.reading.fields.printed_lines import find_printed_lines
from digits.reading.pictures.picture import Picture
from digits.reading.results import Box
from digits.reading.values.value import Kind

Floats = npt.NDArray[np.float64]

SIZES = (1600, 500)
"""Longer sides, in pixels, of the copies that boxes are looked for in; a picture is never enlarged."""

SMALLEST = 32
"""Pixels of a picture's shorter side, below which it is not searched."""

_PIECE = (10, 18)  # pixels of a line's shortest piece, and of a box's side, in a small picture and in a large one
_CORNERS = (0.33, 0.22)  # pieces: what may be missing of a faint line where it meets another; of a clear one
_LONGER, _SURELY = (1.5, 2.2), 1.7  # times as long pieces; pieces in the sides of boxes that are found by them
_MUCH_LARGER = 1.6  # times a small copy: a picture that is searched in it, whether it seems to be a form or not
_SAME_ROW = 0.5  # of the lower one's height: how much boxes of one row overlap


@dataclass(frozen=True, eq=False)
class Field:
    """A box of a form.

    Attributes:
        corners: float64 (4, 2), x and y of the inside's corners in `Picture.pixels`: from the upper left clockwise.
        line: which row of boxes it stands in, counted from 0.
        border: the thickness of its lines in `Picture.pixels`; 0 if nothing is printed around it.
        light: whether its lines are lighter than the paper; None if that is not known.
        name: what it is called.
        expected: the least and the greatest count of its digits; None if that is not known.
        type: the kind of value that it holds; None if that is not known.
    """

    corners: Floats
    line: int
    border: float = 0.0
    light: bool | None = None
    name: str | None = None
    expected: tuple[int, int] | None = None
    type: Kind | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the inside."""
        right, down = self.corners[1] - self.corners[0], self.corners[3] - self.corners[0]
        return float(np.hypot(*right)), float(np.hypot(*down))

    def box(self, scale: float = 1.0) -> Box:
        """The upright box around it, in pixels `scale` times smaller than those of `Picture.pixels`."""
        return upright_box(self.corners, scale)


def find_fields(picture: Picture) -> list[Field]:
    """The printed boxes of a page, row by row from left to right; empty if it is no form."""
    pixels = picture.pixels
    longer = max(pixels.shape[:2])
    if min(pixels.shape[:2]) < SMALLEST:
        return []
    found: list[Field] = []
    copy: Grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    for size in SIZES:
        if size == SIZES[0] or longer > _MUCH_LARGER * size or (found and longer > size):
            copy = _reduced(copy, size)
            found = max(found, _fields_of_copy(copy, longer / max(copy.shape)), key=len)
    rows, along = rows_of(found)
    return [replace(found[number], line=int(rows[number])) for number in np.lexsort((along, rows))]


def rows_of(fields: Sequence[Field]) -> tuple[npt.NDArray[np.intp], Floats]:
    """In which row each field stands, and how far along it, in the direction in which the form is turned.

    Fields are of one row if each is the other's next one to that side, and most of the lower one is beside the other.

    Returns:
        intp (fields,), the rows' numbers from the top, from 0; float64 (fields,), pixels.
    """
    if not fields:
        return np.zeros(0, np.intp), np.zeros(0)
    corners = np.array([field.corners for field in fields], np.float64)
    right = corners[:, 1] - corners[:, 0]
    turn = float(np.median(np.arctan2(right[:, 1], right[:, 0])))
    x, y = (corners.mean(axis=1) @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])).T
    tall = np.hypot(*(corners[:, 3] - corners[:, 0]).T)
    shared = (tall[:, None] + tall) / 2 - np.abs(y[:, None] - y)
    beside = shared >= _SAME_ROW * np.minimum(tall[:, None], tall)
    apart = np.where(beside & (x > x[:, None]), x - x[:, None], np.inf)  # [i, j]: how far j is to the right of i
    after, before = apart.argmin(axis=1), apart.argmin(axis=0)
    first = np.arange(len(fields))
    for number in np.argsort(x):
        left = before[number]
        if after[left] == number and np.isfinite(apart[left, number]):
            first[number] = first[left]
    heights = np.bincount(first, y, len(fields)) / np.maximum(np.bincount(first, minlength=len(fields)), 1)
    rows = np.unique(np.stack([heights[first], first]), axis=1, return_inverse=True)[1]
    return np.asarray(rows, np.intp).reshape(-1), np.asarray(x, np.float64)


def upright_box(corners: Floats, scale: float) -> Box:
    """The upright box around corners, float64 (4, 2), in pixels `scale` times smaller than theirs."""
    (left, top), (right, bottom) = np.floor(corners.min(axis=0) * scale), np.ceil(corners.max(axis=0) * scale)
    left, top = max(0, int(left)), max(0, int(top))
    return left, top, max(1, int(right) - left), max(1, int(bottom) - top)


def _reduced(grey: Grey, size: int) -> Grey:
    factor = size / max(grey.shape)
    if factor >= 1:
        return grey
    width, height = (max(1, round(side * factor)) for side in grey.shape[::-1])
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _fields_of_copy(grey: Grey, scale: float) -> list[Field]:
    """The boxes of a copy, by dark lines or by light ones; `scale` pixels of the picture for one of `grey`."""
    piece = round(float(np.clip(max(grey.shape) / 12, *_PIECE)))
    best: list[Field] = []
    for light in polarities(grey):
        dark = cv2.bitwise_not(grey) if light else grey
        found = _in_pieces(dark, piece, _CORNERS)
        for times in _LONGER if found else ():  # longer pieces leave more strokes out, and the lines of small boxes
            least = _SURELY * times * piece
            sure = [box for box in _in_pieces(dark, round(times * piece), _CORNERS[1:]) if box.shorter >= least]
            found = _united(sure, found)
        fields = [Field((box.corners + 0.5) * scale - 0.5, 0, box.border * scale, light) for box in found]
        best = max(best, fields, key=len)
    return best


def _in_pieces(grey: Grey, piece: int, corners: tuple[float, ...]) -> list[PrintedBox]:
    """The boxes that dark lines enclose, found in pieces of a length, with this much missing at their corners."""
    lines = find_printed_lines(grey, piece)
    if lines is None:
        return []
    found: list[PrintedBox] = []
    for missing in corners:
        found = _united(enclosed_boxes(lines, piece, round(missing * piece)), found)
        if not found:
            break
    return found


def _united(sure: list[PrintedBox], others: list[PrintedBox]) -> list[PrintedBox]:
    return sure + [box for box in others if not any(box.meets(other) for other in sure)]
