"""How a digit lies in its picture, and what lies beside it: the marks that were not taken for it, and its ink's light.

Nothing here decides what is read; it says what the reader's decisions (`ink.py`, `segment.py`) came to.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit.ink import Ink, Mask, polarities
from digits.reading.digit.segment import find_marks
from digits.reading.pictures.picture import Picture

_SPECK = 0.02  # of the digit's ink: less is dirt
_STAIN = 0.25  # of the strongest contrast: what nowhere reaches it
_LINE = 0.5  # of the picture's side: what is as long, and thin, is a line, or where it is so both ways, a frame
_THIN = 8  # times as long as the width that it would have if it were one straight stroke
_BAND = 0.07  # of the picture's longer side: what keeps to it, at the frame, is the edge of a page or a cell
_CLOSE = 0.12  # of the digit's longer side: ink that is left out as near to it may be its own
_TALL = 0.6  # of the digit's height: as tall, and beside it, is another digit
_MEAN_STEP = 0.886  # standard deviation of independent normal noise, by its mean step to the next pixel
_OVERLAP = 0.3  # of the narrower one's width: what is above another more than that is not beside it


@dataclass(frozen=True, eq=False)
class Surroundings:
    """How a digit lies in its picture, and what lies beside it.

    Attributes:
        box: left, top, width and height of the digit, in the picture's own pixels.
        touches: the sides at which it reaches the picture's border: of left, right, top, bottom.
        left_out: uint8, as the mask of the ink, 1 where there is ink that was not taken for the digit's.
        kinds: what the marks in it are taken for (`line`, `frame`, `edge`, `speck`, `stain`, `mark`) → how many are.
        near: the left-out ink in the digit's box and close to it, as a share of the digit's own.
        figures: how many marks as tall as a digit stand side by side, the digit itself included.
        difference: in brightness between the ink and the ground around it, 0 to 255.
        noise: standard deviation of the ground's brightness from one pixel to the next, shadows left out.
        light: whether the ink is lighter than its ground.
        light_certain: whether the picture leaves no doubt about that.
    """

    box: tuple[int, int, int, int]
    touches: tuple[str, ...]
    left_out: Mask
    kinds: Mapping[str, int]
    near: float
    figures: int
    difference: float
    noise: float
    light: bool
    light_certain: bool

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "box": list(self.box),
            "touches": list(self.touches),
            "left_out": dict(self.kinds),
            "left_out_near": self.near,
            "figures": self.figures,
            "difference": self.difference,
            "noise": self.noise,
            "light_ink": self.light,
            "light_ink_certain": self.light_certain,
        }


def survey(picture: Picture, ink: Ink, strokes: Mask) -> Surroundings:
    """How a digit's strokes lie in a picture.

    Args:
        picture: the page.
        ink: its ink, as it was taken.
        strokes: what of it is the digit, as `ink.mask`.
    """
    left_out: Mask = ink.mask & (1 - strokes)
    marks = find_marks(ink, left_out)
    kinds = [
        _kind(box, area, strongest, strokes)
        for box, area, strongest in zip(marks.boxes.tolist(), marks.area, marks.strongest, strict=True)
    ]
    figures = [box for box, kind in zip(marks.boxes.tolist(), kinds, strict=True) if kind == "mark"]
    figures += find_marks(ink, strokes).boxes.tolist()
    left, top, right, bottom = _box(strokes)
    scale = picture.scale / ink.scale
    difference, noise = _brightness(picture, ink, strokes)
    return Surroundings(
        box=(
            int(left * scale),
            int(top * scale),
            max(1, round((right - left) * scale)),
            max(1, round((bottom - top) * scale)),
        ),
        touches=_touches(strokes),
        left_out=left_out,
        kinds=dict(Counter(kinds)),
        near=float(left_out[_around(strokes, _CLOSE)].sum() / strokes.sum()),
        figures=_side_by_side(figures, bottom - top),
        difference=difference,
        noise=noise,
        light=ink.light,
        light_certain=len(polarities(picture.pixels)) == 1,
    )


def _kind(box: list[int], area: float, strongest: float, strokes: Mask) -> str:
    """What a mark beside the digit is taken for."""
    left, top, right, bottom = box
    height, width = strokes.shape
    if strongest < _STAIN:
        return "stain"
    if area < _SPECK * strokes.sum():
        return "speck"
    band = max(2, round(_BAND * max(height, width)))
    if right <= band or bottom <= band or left >= width - band or top >= height - band:
        return "edge"
    long = (right - left >= _LINE * width, bottom - top >= _LINE * height)
    longer = max(right - left, bottom - top)
    if any(long) and longer >= _THIN * area / longer:
        return "frame" if all(long) else "line"
    return "mark"


def _side_by_side(boxes: list[list[int]], height: int) -> int:
    """How many of these boxes are as tall as a digit of this height, and beside each other; at least 1."""
    columns: list[tuple[int, int]] = []
    for left, top, right, bottom in sorted(boxes):
        if bottom - top < _TALL * height:
            continue
        apart = all(
            min(right, end) - max(left, start) <= _OVERLAP * min(right - left, end - start) for start, end in columns
        )
        if apart:
            columns.append((left, right))
    return max(1, len(columns))


def _touches(strokes: Mask) -> tuple[str, ...]:
    sides = {"left": strokes[:, 0], "right": strokes[:, -1], "top": strokes[0], "bottom": strokes[-1]}
    return tuple(side for side, pixels in sides.items() if pixels.any())


def _brightness(picture: Picture, ink: Ink, strokes: Mask) -> tuple[float, float]:
    """How the digit's differs from that of the ground in and around its box, and the ground's noise."""
    height, width = strokes.shape
    grey = cv2.resize(picture.grey, (width, height), interpolation=cv2.INTER_AREA)
    around = _around(strokes, 0.25)
    nearby, ground = grey[around], ink.mask[around] == 0
    if not ground.any():
        return 0.0, 0.0
    steps = np.abs(np.diff(nearby.astype(np.int16), axis=1))[ground[:, 1:] & ground[:, :-1]]
    noise = float(np.mean(steps)) * _MEAN_STEP if steps.size else 0.0
    return abs(float(np.median(grey[strokes > 0])) - float(np.median(nearby[ground]))), noise


def _around(strokes: Mask, margin: float) -> tuple[slice, slice]:
    """The digit's box and a margin, a share of its longer side, as an index."""
    left, top, right, bottom = _box(strokes)
    more = round(margin * max(right - left, bottom - top)) + 1
    return slice(max(0, top - more), bottom + more), slice(max(0, left - more), right + more)


def _box(strokes: Mask) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a mask's ink; right and bottom lie just outside."""
    rows: npt.NDArray[np.intp] = np.flatnonzero(strokes.any(axis=1))
    columns: npt.NDArray[np.intp] = np.flatnonzero(strokes.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
