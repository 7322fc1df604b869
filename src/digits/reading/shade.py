"""A hard shadow across a page: found, and the page evenly lit again.

    picture = without_shade(picture)

Light that falls off slowly is no trouble (`ink.py` follows it), but the edge of a shadow is as dark and as narrow as a
stroke, and half a page in the shade makes it hard to say which side is ink. Here the ground alone is looked at, what is
left once all strokes are taken away: where it has two brightnesses with a sharp edge between them, both of which go on
beyond the picture, one of them is in the shade.

Notable choices:
- strokes are taken away by a closing (or an opening, of light ink), which leaves the edge of a shadow where it is: then
  the picture over its ground has no edge;
- whether ink is dark or light is what leaves the smoother ground, and decides nothing else;
- a thick pen is narrower than what is taken for ground, and a digit's two brightnesses are not both on all sides.
"""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Grey, reduced
from digits.reading.picture import Picture
from digits.reading.sheet import frame_of, range_within

_SMALLEST = 64  # pixels of a picture's longer side
_SIDE, _FINE = 256, 1600  # pixels of the longer side of the copies: in which shadows are looked for, and lit
_STROKE = 0.08  # of the longer side: strokes are narrower
_LEAST = 0.06  # of the ground: what is in the shade, or not
_GOES_ON = 0.08  # of the frame: each of them
_DEPTH = (0.3, 0.85)  # of the light: what is left in the shade
_DARKEST = 12.0  # of 255
_EVEN = 0.6  # of their difference: what each spans, but for its tenths
_SHARP, _EDGE = 0.5, 0.6  # of their difference, between pixels so near; of the edge
_GAIN = 5.0  # what nothing is lit by more than


def without_shade(picture: Picture) -> Picture:
    """The picture as if the light fell on all of it; the same if no hard shadow lies across it."""
    found = find_shade(picture.grey)
    if found is None:
        return picture
    lit, is_light = found
    ground = np.maximum(_ground(reduced(picture.grey, _FINE), is_light=is_light), 1).astype(np.float32)
    gain = cv2.resize(np.clip(lit / ground, 1 / _GAIN, _GAIN), picture.grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    shown = picture.pixels * (gain if picture.pixels.ndim == 2 else gain[..., None])
    pixels = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    pixels.flags.writeable = False
    return replace(picture, pixels=pixels)


def find_shade(grey: Grey) -> tuple[float, bool] | None:
    """How bright the ground is where the light falls on it, and whether ink is lighter; None if there is no shadow.

    Args:
        grey: uint8 (height, width).
    """
    if max(grey.shape) < _SMALLEST:
        return None
    small = reduced(grey, _SIDE)
    grounds = [_ground(small, is_light=is_light) for is_light in (False, True)]
    is_light = _unevenness(grounds[1]) < _unevenness(grounds[0])
    ground = grounds[is_light]
    level, bright = cv2.threshold(ground, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    at_frame = frame_of(bright).mean(), (frame_of(small) > level).mean()
    if not _LEAST < bright.mean() < 1 - _LEAST or not _GOES_ON < min(at_frame) <= max(at_frame) < 1 - _GOES_ON:
        return None
    sides = [ground[bright == value] for value in (1, 0)]
    lit, shaded = (float(np.median(side)) for side in sides)
    difference = lit - shaded
    if shaded < _DARKEST or not _DEPTH[0] < shaded / lit < _DEPTH[1]:
        return None
    if max(float(np.ptp(np.quantile(side, (0.1, 0.9)))) for side in sides) > _EVEN * difference:
        return None
    edge = cv2.morphologyEx(bright, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    is_hard = float((range_within(ground)[edge] > _SHARP * difference).mean()) > _EDGE
    return (lit, is_light) if is_hard else None


def _ground(grey: Grey, *, is_light: bool) -> Grey:
    """A picture without its strokes and specks."""
    side = 2 * max(1, round(_STROKE * max(grey.shape) / 2)) + 1
    how = cv2.MORPH_OPEN if is_light else cv2.MORPH_CLOSE
    window: npt.NDArray[np.uint8] = np.ones((side, side), np.uint8)
    clean = cv2.medianBlur(grey, 3)
    return np.asarray(cv2.morphologyEx(clean, how, window, borderType=cv2.BORDER_REFLECT_101), np.uint8)


def _unevenness(grey: Grey) -> int:
    """By how much brightness changes from pixel to pixel, all together."""
    return sum(int(np.abs(np.diff(grey.astype(np.int16), axis=axis)).sum(dtype=np.int64)) for axis in (0, 1))
