"""A sheet that lies on a table: found, and the table painted over with the sheet's own paper.

    picture = without_table(picture)

To what looks for ink, the edge of a sheet is the longest and darkest stroke of all, and a table's grain is writing.
Here no strokes are looked for, but an area of one brightness with four straight sides that has something on it and lies
in another brightness: white paper on a desk, a slate on a wall, a label on a parcel.

Notable choices:
- the picture keeps its size, so that places in it stay what they are; the paper is continued as it is at the edge;
- half a page in the shade has four straight sides, too, but three of them are the picture's own, and most shadows have
  soft edges: what was written may go on in the light. A sheet lies mostly within its picture, and ends at once;
- where strokes like those on it lie beside it, dark or light, it is no sheet, or not all of one (a hard shadow may lie
  across it): what was written beside it must not be lost;
- a 0 or a slanted 1 is no sheet: the one is round, and on the other is nothing.
"""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Grey, Mask, reduced
from digits.reading.picture import Picture

_SIDE = 256  # pixels of the longer side of the copy in which a sheet is looked for
_SMALLEST = 64  # pixels of a picture's longer side: a smaller one shows no table
_APART, _PALEST = 0.25, 12.0  # of the brighter one's brightness, of 255: what sheet and table differ by at least
_LEAST, _MOST = 0.08, 0.97  # of the picture's area
_SQUARE = 0.94  # of the area within four straight sides
_AT_FRAME = 0.1  # of what sheet and frame differ by
_FREE, _SURELY_GROUND = 0.35, 0.6  # of the frame: more of it is not a sheet's; of a brightness, nor is so much
_OTHER, _OWN = 0.85, 0.5  # of what lies around a sheet, and on it: what is table, and paper
_SHARP, _EDGES, _WITHIN = 0.6, 0.7, 7  # of their difference, between pixels of the copy so near; of the edge
_MARKED, _DARKER = 0.0015, 0.2  # of the sheet: what is written on it at least, by so much of what they differ by darker
_FAINT, _WRITTEN, _BESIDE = (
    0.3,
    0.995,
    0.15,
)  # of the strongest strokes on it; that quantile; of them: strokes beside it
_RIM = 0.012  # of the picture's longer side: the edge of a sheet is bent, or casts a shadow
_WRITING = 0.06  # of the copy's longer side: strokes that are narrower are no paper
_NEAR, _FAR = 0.03, 0.3  # of the copy's longer side: how far its paper reaches beyond an edge, and where that ends


def without_table(picture: Picture) -> Picture:
    """The picture with its sheet's paper wherever there is none of the sheet; the same if it shows no sheet."""
    sheet = find_sheet(picture.grey)
    if sheet is None:
        return picture
    height, width = picture.pixels.shape[:2]
    small = np.asarray(cv2.resize(picture.pixels, sheet.shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    grey = cv2.resize(picture.grey, sheet.shape[::-1], interpolation=cv2.INTER_AREA)
    is_light = float(np.median(grey[sheet > 0])) > float(np.median(grey[sheet == 0]))
    clean = cv2.morphologyEx(small, cv2.MORPH_CLOSE if is_light else cv2.MORPH_OPEN, _stroke(sheet))
    continued = _continued(np.asarray(clean, np.uint8), sheet)
    paper = np.asarray(cv2.resize(continued, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    inside = cv2.resize(255 * sheet, (width, height), interpolation=cv2.INTER_LINEAR) > 127
    cv2.copyTo(picture.pixels, inside.astype(np.uint8), paper)
    paper.flags.writeable = False
    return replace(picture, pixels=paper)


def find_sheet(grey: Grey) -> Mask | None:
    """Where a sheet lies in a picture, its very edge left out: uint8, 0 or 1, 256 a side at the most; None for none.

    Args:
        grey: uint8 (height, width).
    """
    if max(grey.shape) < _SMALLEST:
        return None
    small = reduced(grey, _SIDE)
    smooth = np.asarray(cv2.medianBlur(small, 5), np.uint8)
    if np.ptp(smooth) < _PALEST:
        return None
    found = [sheet for level in _levels(smooth) for sheet in _sheets_at(level, smooth, small)]
    return max(found, key=lambda sheet: int(sheet.sum()), default=None)


def _levels(grey: Grey) -> tuple[float, float]:
    """Brightnesses that may part sheet and table: the one that parts best, and one near the frame's.

    A sheet's darkest corner may be hardly brighter than the table.
    """
    best, light = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    frame = float(np.median(frame_of(grey)))
    other = cv2.mean(grey, np.asarray(light if frame <= best else 1 - light, np.uint8))[0]
    return best, frame + _AT_FRAME * (other - frame)


def _sheets_at(level: float, smooth: Grey, small: Grey) -> Iterator[Mask]:
    """Sheets that a level parts from their table."""
    light: Mask = (smooth > level).astype(np.uint8)
    if not 0 < cv2.countNonZero(light) < light.size:
        return
    brighter, darker = cv2.mean(smooth, light)[0], cv2.mean(smooth, 1 - light)[0]
    difference = brighter - darker
    if difference < max(_PALEST, _APART * brighter):
        return
    for side in (light, 1 - light):
        sheet = _sheet_of(side, small, smooth, difference)
        if sheet is not None:
            yield sheet


def frame_of(grey: Grey) -> Grey:
    """A picture's outermost pixels: uint8 (n,)."""
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def range_within(grey: Grey) -> Grey:
    """By how much brightness differs within a few pixels of each."""
    window = np.ones((_WITHIN, _WITHIN), np.uint8)
    return np.asarray(cv2.subtract(cv2.dilate(grey, window), cv2.erode(grey, window)), np.uint8)


def _sheet_of(side: Mask, small: Grey, smooth: Grey, difference: float) -> Mask | None:
    """The largest area of one brightness, if it is a sheet; without its edge."""
    if side.mean() < _OWN * _LEAST or frame_of(side).mean() > _SURELY_GROUND:
        return None
    contours, _ = cv2.findContours(side, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = np.asarray(max(contours, key=cv2.contourArea), np.int32)
    whole: Mask = np.asarray(cv2.drawContours(np.zeros_like(side), [contour], -1, 1, cv2.FILLED), np.uint8)
    if not _LEAST < whole.mean() < _MOST or frame_of(whole).mean() > _FREE or _squareness(contour, whole) < _SQUARE:
        return None
    if side[whole > 0].mean() < _OWN or 1 - side[whole == 0].mean() < _OTHER:
        return None
    x, y = contour[:, 0].T
    free = (x > 0) & (y > 0) & (x < side.shape[1] - 1) & (y < side.shape[0] - 1)
    sharp = range_within(smooth) > _SHARP * difference
    if not free.any() or sharp[y[free], x[free]].mean() < _EDGES:  # the edge of a shadow
        return None
    reach = max(1, round(_RIM * max(side.shape)))
    window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    bordered = cv2.copyMakeBorder(whole, 1, 1, 1, 1, cv2.BORDER_REPLICATE)  # where the picture ends is no edge
    inner: Mask = np.asarray(cv2.erode(bordered, window), np.uint8)[1:-1, 1:-1]
    outer: Mask = 1 - np.asarray(cv2.dilate(whole, window), np.uint8)
    return inner if _is_written_on(small, inner, outer, difference) else None


def _is_written_on(small: Grey, inner: Mask, outer: Mask, difference: float) -> bool:
    """Whether there is something on a sheet, and nothing like it around."""
    if not inner.any():
        return False
    paper = float(np.median(small[inner > 0]))
    marked = np.abs(small[inner > 0].astype(np.float32) - paper) > _DARKER * difference
    if marked.mean() < _MARKED:
        return False
    if not outer.any():
        return True
    is_light = paper > float(np.median(small[outer > 0]))
    on = _strokes(small, inner, is_light=is_light)
    least = _FAINT * float(np.quantile(on, _WRITTEN))
    beside = [(_strokes(small, outer, is_light=either) > least).sum() for either in (True, False)]
    return bool(max(beside) <= _BESIDE * (on > least).sum())


def _strokes(small: Grey, area: Mask, *, is_light: bool) -> Grey:
    """By how much narrow things in an area are darker (or brighter) than what is around them: uint8 (n,)."""
    shown = np.where(area > 0, small, _continued(small, area))
    how = cv2.MORPH_BLACKHAT if is_light else cv2.MORPH_TOPHAT
    return np.asarray(cv2.morphologyEx(shown, how, _stroke(area)), np.uint8)[area > 0]


def _stroke(area: Mask) -> Mask:
    """What narrow things are narrower than."""
    return np.ones((2 * max(1, round(_WRITING * max(area.shape) / 2)) + 1,) * 2, np.uint8)


def _squareness(contour: npt.NDArray[np.int32], whole: Mask) -> float:
    """What an area shares with that within four straight sides around it, as a share of both together."""
    hull = cv2.convexHull(contour)
    around = cv2.arcLength(hull, True)
    for tolerance in np.linspace(0.01, 0.1, 10):
        corners = cv2.approxPolyDP(hull, float(tolerance) * around, True)
        if len(corners) == 4:
            square = cv2.fillConvexPoly(np.zeros_like(whole), corners, 1)
            return float((whole & square).sum() / (whole | square).sum())
    return 0.0


def _continued(small: npt.NDArray[np.uint8], area: Mask) -> npt.NDArray[np.uint8]:
    """What an area shows, going on smoothly beyond its edges: uint8 as `small`."""
    longer = max(area.shape)
    weight = area.astype(np.float32)
    shown = small.astype(np.float32) * (weight if small.ndim == 2 else weight[..., None])
    total, weights = np.zeros(small.shape, np.float32), np.zeros(area.shape, np.float32)
    for reach, trust in ((_NEAR, 1.0), (_FAR, 1e-3)):
        window = (2 * round(reach * longer) + 1,) * 2
        total += np.float32(trust) * cv2.blur(cv2.blur(shown, window), window)
        weights += np.float32(trust) * cv2.blur(cv2.blur(weight, window), window)
    weights = np.maximum(weights, 1e-12)
    level = total / (weights if small.ndim == 2 else weights[..., None])
    return np.asarray(np.clip(np.rint(level), 0, 255), np.uint8)
