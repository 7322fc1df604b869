"""A page's ruled lines, across and down, are told from what was written, and taken away.

    rest = without_ruling(ink)

Notable choices:
- a line is looked for where ink is no thicker across it than a ruled line may be: of writing, little that is as thin
  lies on one straight line across the page. Lines are found one after the other by a Hough transform (Duda and Hart
  1972) of a small copy; the votes of each are taken back before the next is looked for;
- one line alone must be nearly unbroken; of a family (ruled or squared paper) each confirms the others: they are
  parallel but for perspective, and lie about equally far apart. The dashes that a threshold leaves of faint lines are
  enough, if they are fainter than writing: that is what breaks a line;
- paper bends: a line is followed through its pieces;
- a stroke that crosses a line, or runs along it, is thicker there or stronger than the line: it stays;
- lines that run down are looked for on squared paper only: one alone would be a 1.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Grey, Ink, Mask

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_THICKER, _THICK, _LEAST_THICK = 1.25, 0.012, 4  # pens, of the page's longer side, pixels: a thicker line is not ruled
_THINNEST = 3.3  # pixels of a picture that is too small to tell a thinner line from a thicker one
_SIDE = 600  # pixels of the longer side of the copy in which lines are looked for
_SEEN = 40  # of 255: the least ink of a pixel of that copy
_FULL = 0.12  # of the copy: where so much is thin strokes, there is noise or print, and no line would stand out
_STEEPEST = 0.27  # of its length: the most that a line may descend or rise
_STEP = 3.0  # pixels of the copy: by how much more each slope that is tried descends over its width
_NEAR = 1.5  # pixels of the copy, more if it was enlarged: how far its ink may lie from a straight line
_LONG = 0.6  # of the page's width, from the first ink of a line to its last
_ALONE, _CLEAR, _FAINT = 0.5, 0.22, 0.16  # of the page's width: the ink of a line alone, in a family, in a known one
_ACROSS, _ALONE_ACROSS, _PALER = 0.97, 0.35, 0.75  # a line alone from edge to edge: its length, ink, contrast
_UNBROKEN = 0.75  # of its length: the ink of a line that a corner of the picture cuts off
_FAMILY, _MOST = 4, 120  # lines
_ALIKE = 0.015  # of its length: by how much a line's slope may differ from what the others let expect
_APART = 0.4  # of the usual distance between neighbours: nearer to one is no other
_WRITTEN, _WEAKER = 0.97, 0.5  # the quantile of contrast that is writing's; of that: what a broken line has at most
_SQUARED = 3  # lines across, without which none is looked for that runs down
_PIECES = 24  # of a page's width: how finely a line that bends is followed
_ASIDE = 0.004  # of the page's longer side: how far it may lie from the straight line
_INKED = 0.3  # of a piece: with less ink, it does not say where the line is
_BLUR = 1.5  # pixels of the picture on either side of a line that its ink may spread
_CHANGING, _STRONGER = 1.2, 1.5  # times a line's contrast: what it may have in parts; what was written on it


def without_ruling(ink: Ink) -> Mask | None:
    """The mask of a page's ink without its ruled lines, uint8 (height, width); None if it has none."""
    thickest = max(_THICK * max(ink.mask.shape), _THINNEST * ink.scale)
    thickest = max(_LEAST_THICK, round(min(_THICKER * ink.stroke_width, thickest)))
    enlarged = max(1.0, ink.scale)
    across, count = _without_lines(ink.mask, ink.contrast, thickest, enlarged)
    if count < _SQUARED:
        return across if count else None
    down, _ = _without_lines(cv2.transpose(across), cv2.transpose(ink.contrast), thickest, enlarged)
    rest: Mask = cv2.transpose(down)
    return rest


def _without_lines(mask: Mask, contrast: Grey, thickest: int, enlarged: float) -> tuple[Mask, int]:
    """A mask without the ruled lines, no thicker than so many pixels, that run across it, and how many those were."""
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thickest + 1, 1), np.uint8))
    thin: Mask = cv2.subtract(mask, thick)
    seen = _Seen(thin, contrast, enlarged)
    lines, rest = _ruled(seen), mask.copy()
    for line in lines:
        rest[_ink_of(line, thin, contrast, mask.shape[1] / seen.width, enlarged)] = 0
    return rest, len(lines)


@dataclass(frozen=True)
class _Line:
    """A straight line across a small copy.

    Attributes:
        slope: by how much of its length it descends.
        level: its height in the middle of the copy, in pixels.
        length: from its first ink to its last, as a share of the copy's width.
        ink: at how much of that width there is any.
        contrast: of its ink, as in `Ink.contrast`.
    """

    slope: float
    level: float
    length: float
    ink: float
    contrast: float


class _Seen:
    """The ink of a small copy in which lines are looked for, and its votes for each slope and level.

    Attributes:
        width: of the copy, in pixels.
        written: the contrast of what was written.
    """

    def __init__(self, thin: Mask, contrast: Grey, enlarged: float) -> None:
        factor = min(1.0, _SIDE / max(thin.shape))
        self.width, height = (max(1, round(side * factor)) for side in thin.shape[::-1])
        small = cv2.resize(255 * thin, (self.width, height), interpolation=cv2.INTER_AREA)
        shown = cv2.resize(contrast * thin, (self.width, height), interpolation=cv2.INTER_AREA)
        y, x = np.nonzero(small > _SEEN)
        if len(y) > _FULL * small.size:
            y, x = y[:0], x[:0]
        self._y, self._x = y, x - self.width / 2
        self._contrast = shown[y, x] * (255.0 / small[y, x])
        self.written = float(np.quantile(self._contrast, _WRITTEN)) if len(y) else 0.0
        most = int(_STEEPEST * self.width / _STEP)
        self._slopes = np.arange(-most, most + 1)[:, None] * _STEP / self.width
        self._beyond = int(_STEEPEST * self.width / 2) + 2  # levels above the copy, and below it
        self._levels = height + 2 * self._beyond
        self._votes = self._votes_of(slice(None))
        self._reach = max(_NEAR, factor * enlarged * _THINNEST / 2)

    def lines(self, least: float) -> Iterator[_Line]:
        """Lines with at least so much ink, as a share of the width; the clearest first. Each is taken out."""
        while len(self._y):
            both = self._votes[:, 1:] + self._votes[:, :-1]
            number, above = divmod(int(both.argmax()), both.shape[1])
            if both[number, above] < least * self.width:
                return
            voted = float(self._slopes[number, 0]), above - self._beyond + 0.5
            slope, level = max(
                voted, self._refined(*voted), key=lambda line: self._near(line[0], line[1], self._reach).sum()
            )
            on = self._near(slope, level, self._reach)
            contrast, columns = float(np.median(self._contrast[on])), np.unique(self._x[on])
            self._votes -= self._votes_of(on)
            self._y, self._x, self._contrast = self._y[~on], self._x[~on], self._contrast[~on]
            length = float(columns[-1] - columns[0] + 1)
            yield _Line(slope, level, length / self.width, len(columns) / self.width, contrast)

    def _refined(self, slope: float, level: float) -> tuple[float, float]:
        """The slope and level of the straight line through most of what lies near one, if that is long enough."""
        on = self._near(slope, level, max(self._reach, _STEP / 2 + 1))
        x, y = self._x[on], self._y[on]
        if np.ptp(x) < _LONG / 2 * self.width:
            return slope, level
        better = float(np.mean((x - x.mean()) * y) / x.var())
        return better, float(np.median(y - better * x))

    def _near(self, slope: float, level: float, reach: float) -> npt.NDArray[np.bool_]:
        near: npt.NDArray[np.bool_] = np.abs(self._y - slope * self._x - level) <= reach
        return near

    def _votes_of(self, which: npt.NDArray[np.bool_] | slice) -> Places:
        """How many of the pixels lie at each level for each slope: intp (slopes, levels)."""
        at = np.rint(self._y[which] - self._slopes * self._x[which]).astype(np.intp) + self._beyond
        at += self._levels * np.arange(len(self._slopes))[:, None]
        counted: Places = np.bincount(at.ravel(), minlength=len(self._slopes) * self._levels)
        return counted.reshape(len(self._slopes), self._levels)


def _ruled(seen: _Seen) -> list[_Line]:
    """Of the lines that can be seen in a page, those that were ruled: a family, or single ones that are unbroken."""
    lines = list(islice(seen.lines(_FAINT), _MOST))

    def is_alone(line: _Line) -> bool:
        crosses = line.length >= _ACROSS and line.contrast < _PALER * seen.written
        return line.ink >= (_ALONE_ACROSS if crosses else _ALONE)

    faint = _WEAKER * seen.written
    long = [line for line in lines if line.length >= _LONG and (is_alone(line) or line.contrast < faint)]
    clear = [line for line in long if line.ink >= _CLEAR]
    family: list[_Line] = []
    if len(clear) >= _FAMILY:
        expected = _slope_at(clear)
        family = _apart([line for line in long if abs(line.slope - expected(line.level)) < _ALIKE])
    many = sum(line.ink >= _CLEAR for line in family) >= _FAMILY
    found = family if many else [line for line in clear if is_alone(line)]
    cut_off = [line for line in lines if line.length < _LONG and line.ink > _UNBROKEN * line.length]
    return found + [line for line in cut_off if any(abs(line.slope - other.slope) < _ALIKE for other in found)]


def _slope_at(lines: Sequence[_Line]) -> Callable[[float], float]:
    """Which slope a line at a level is expected to have, by medians over pairs of the others (Sen 1968)."""
    levels, slopes = np.array([(line.level, line.slope) for line in lines]).T
    below = levels[None] - levels[:, None]
    far = below > 0.3 * np.ptp(levels)
    change = float(np.median((slopes[None] - slopes[:, None])[far] / below[far])) if far.any() else 0.0
    middle = float(np.median(slopes - change * levels))
    return lambda level: middle + change * level


def _apart(lines: Sequence[_Line]) -> list[_Line]:
    """Those lines that lie apart from all clearer ones, by nearly as much as is usual."""
    usual = float(np.median(np.diff(sorted(line.level for line in lines)))) if len(lines) > 1 else 0.0
    found: list[_Line] = []
    for line in sorted(lines, key=lambda line: -line.ink):
        if all(abs(line.level - other.level) > _APART * usual for other in found):
            found.append(line)
    return found


def _ink_of(line: _Line, thin: Mask, contrast: Grey, scale: float, enlarged: float) -> tuple[Places, Places]:
    """The rows and columns of a mask where there is a line's ink.

    Args:
        line: in the small copy.
        thin: what of the mask is no thicker than a line may be.
        contrast: of the page.
        scale: pixels of the mask for one of the copy.
        enlarged: pixels of the mask for one of a small picture.
    """
    height, width = thin.shape
    x, aside = np.arange(width), max(3, round(_ASIDE * max(thin.shape)))
    around = np.arange(-2 * aside, 2 * aside + 1)[:, None]
    y = np.rint(line.slope * (x + 0.5 - width / 2) + (line.level + 0.5) * scale - 0.5).astype(np.intp) + around
    inside = (y >= 0) & (y < height)
    y = np.clip(y, 0, height - 1)
    inked, values = thin.view(bool)[y, x] & inside, contrast[y, x]
    piece = max(8, width // _PIECES)
    starts = np.arange(0, width, piece)
    counts = np.add.reduceat(inked & (np.abs(around) <= aside), starts, axis=1, dtype=np.intp).cumsum(axis=0)
    known = counts[-1] >= min(_INKED * piece, counts[-1].max())
    starts, middles = starts[known], around[(counts >= counts[-1] / 2).argmax(axis=0)[known], 0]
    distance = np.abs(around - np.interp(x, starts + piece / 2, _smooth(middles, 1)))
    thick = (inked & (distance <= aside)).sum(axis=0)
    inked &= distance <= float(np.median(thick[thick > 0])) / 2 + _BLUR * enlarged if thick.any() else distance < 0
    usual = []
    for start in starts.tolist():
        part = inked[:, start : start + piece]
        usual.append(float(np.median(values[:, start : start + piece][part])) if part.any() else line.contrast)
    own = np.minimum(_smooth(np.array(usual), 2), _CHANGING * line.contrast)
    rows, columns = np.nonzero(inked & (values <= _STRONGER * np.interp(x, starts + piece / 2, own)))
    return y[rows, columns], x[columns]


def _smooth(values: npt.NDArray[Any], reach: int) -> Floats:
    """Each value's median with so many on either side."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, reach, mode="edge"), 2 * reach + 1)
    return np.asarray(np.median(windows, axis=1), np.float64)
