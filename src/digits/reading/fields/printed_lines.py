"""The printed lines of a page, across and down, and those of them that could be the sides of boxes.

    lines = find_printed_lines(grey, piece)
    across, down = lines.that_meet(reach, shortest)

Notable choices:
- lines are found by morphology along rows and along columns, in short pieces: a few degrees of tilt do not matter. What
  is thinner than the paper around it counts (a black-hat transform), however uneven the light;
- brightness is averaged along a line before it is judged: faint, broken and dotted lines stand out from the grain;
- strokes have straight pieces, too. But a box's side meets others at both of its ends, which strokes hardly ever do:
  what lies between the first and the last meeting is kept. What goes on beyond them is not: a caption may stand in
  line with a box;
- squared paper is no form: most of its lines go on, beyond the last one that was found of the other direction;
- lines are few of a page's pixels. They are listed once, and all that follows is asked of the list: so pages without
  boxes, which are most, cost little.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit.ink import Grey, Mask

THICKEST = 0.6
"""Pieces: what is thicker is no line."""

_DARKER = 0.02  # of the paper's brightness: what a line takes away at least
_NOISE = 2.0  # times the scatter of the paper: what stands out from its grain
_EDGE = 0.33  # of what a line takes away in its middle: where it takes away less is its blurred edge
_AVERAGED = 0.5  # pieces: along which brightness is averaged
_GAP = 0.2  # pieces: a gap in a line that is bridged
_BREAK = 0.33  # pieces: twice that may be missing within a line
_GOING_ON = 0.22  # of the lines that meet: how many may go on beyond their last meeting
_ROUNDS = 4  # in which strokes are told from lines by what they end at


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines of one direction, in a page that is turned so that they run across.

    Attributes:
        shape: the height and width of the page.
        y, x: intp (pixels,), where their pixels are.
        number: intp (pixels,), which line each pixel belongs to, from 0.
    """

    shape: tuple[int, int]
    y: npt.NDArray[np.intp]
    x: npt.NDArray[np.intp]
    number: npt.NDArray[np.intp]

    @classmethod
    def of(cls, mask: Mask, link: int) -> "Lines":
        """The lines of a mask; pieces that are 2 · `link` pixels apart are one line."""
        labels = cv2.connectedComponents(cv2.dilate(mask, np.ones((3, 2 * link + 1), np.uint8)), connectivity=8)[1]
        y, x = np.divmod(np.flatnonzero(mask.view(bool)), mask.shape[1])
        return cls((mask.shape[0], mask.shape[1]), y, x, labels[y, x].astype(np.intp) - 1)

    def mask(self, kept: npt.NDArray[np.bool_], *, turned: bool) -> Mask:
        """Some of their pixels: bool (pixels,) → uint8 (height, width), 0 or 1; or turned, (width, height)."""
        mask = np.zeros(self.shape[::-1] if turned else self.shape, np.uint8)
        mask[(self.x[kept], self.y[kept]) if turned else (self.y[kept], self.x[kept])] = 1
        return mask

    def between(self, others: Mask, kept: npt.NDArray[np.bool_], reach: int, shortest: float) -> npt.NDArray[np.bool_]:
        """Which pixels lie between the first and the last place where their line meets others: bool (pixels,).

        Args:
            others: uint8 (height, width), 0 or 1.
            kept: bool (pixels,), those that are asked about.
            reach: pixels between lines that meet.
            shortest: pixels between the two places, of a line that goes on beyond them.
        """
        near = cv2.dilate(others, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)).view(bool)
        met = kept & near[self.y, self.x]
        (begin, end), (first, last) = self._all_ends, self._ends(met)
        whole = (first <= begin + reach) & (last >= end - reach)
        first[~whole & (last - first < shortest + 2 * reach)] = self.shape[1]
        return kept & (self.x >= first[self.number]) & (self.x <= last[self.number])

    def going_on(self, kept: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
        """Of the lines that have pixels kept, which go on farther than within reach of them: bool (lines,)."""
        (begin, end), (first, last) = self._all_ends, self._ends(kept)
        return np.asarray(((first - begin > reach) | (end - last > reach))[first <= last])

    @cached_property
    def _all_ends(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        return self._ends(np.ones(len(self.x), bool))

    def _ends(self, pixels: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The first and the last column of such pixels, of each line: intp (lines,)."""
        lines = int(self.number.max()) + 1
        first, last = np.full(lines, self.shape[1], np.intp), np.full(lines, -1, np.intp)
        np.minimum.at(first, self.number[pixels], self.x[pixels])
        np.maximum.at(last, self.number[pixels], self.x[pixels])
        return first, last


@dataclass(frozen=True, eq=False)
class LinesBothWays:
    """The lines of a page: those that run across it, and those that run down."""

    across: Lines
    down: Lines

    def that_meet(self, reach: int, shortest: float) -> tuple[Mask, Mask] | None:
        """The lines that could be sides of boxes: uint8 (height, width), 0 or 1, across and down; None without any.

        Args:
            reach: pixels between lines that meet.
            shortest: pixels of a box's side.
        """
        pair = self.across, self.down
        kept = [np.ones(len(lines.x), bool) for lines in pair]
        for _ in range(_ROUNDS):
            before = [pixels.sum() for pixels in kept]
            for one, other in ((0, 1), (1, 0)):
                others = pair[other].mask(kept[other], turned=True)
                kept[one] = pair[one].between(others, kept[one], reach, shortest)
                if not kept[one].any():
                    return None
            if before == [pixels.sum() for pixels in kept]:
                break
        going_on = [lines.going_on(pixels, reach) for lines, pixels in zip(pair, kept, strict=True)]
        if np.concatenate(going_on).mean() > _GOING_ON:
            return None
        return pair[0].mask(kept[0], turned=False), pair[1].mask(kept[1], turned=True)


def find_printed_lines(grey: Grey, piece: int) -> LinesBothWays | None:
    """The dark lines of a page, found in pieces of so many pixels; None unless there are both across and down."""
    found = []
    for turned in (grey, cv2.transpose(grey)):
        mask = _level_lines(np.asarray(turned, np.uint8), piece)
        if mask is None:
            return None
        found.append(Lines.of(mask, round(_BREAK * piece)))
    return LinesBothWays(*found)


def _level_lines(grey: Grey, piece: int) -> Mask | None:
    """The pixels of dark lines that run across; None if there are none."""
    averaged = round(_AVERAGED * piece) | 1
    along = cv2.blur(grey, (averaged, 1))
    around = cv2.morphologyEx(along, cv2.MORPH_CLOSE, np.ones((round(THICKEST * piece) | 1, 1), np.uint8))
    darker = cv2.subtract(around, along)
    low, middle = np.quantile(darker[::4, ::4], (0.16, 0.5))
    needed = cv2.convertScaleAbs(around, alpha=_DARKER, beta=float(middle + _NOISE * (middle - low)) + 1)
    strongest = cv2.dilate(darker, np.ones((round(THICKEST * piece) | 1, 1), np.uint8))
    needed = cv2.max(needed, cv2.convertScaleAbs(strongest, alpha=_EDGE))
    dark = cv2.compare(darker, needed, cv2.CMP_GT)
    spread = cv2.dilate(dark, np.ones((3, 1), np.uint8))  # a line that is a little tilted keeps long runs
    runs = cv2.morphologyEx(spread, cv2.MORPH_OPEN, np.ones((1, piece + averaged), np.uint8))
    runs = cv2.bitwise_and(cv2.erode(runs, np.ones((1, averaged), np.uint8)), dark)  # the average had made them longer
    if not runs.any():
        return None
    closed = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((3, round(_GAP * piece) | 1), np.uint8))
    return np.asarray(closed > 0, np.uint8)
