"""A picture becomes ink: where the pen was, on any paper, under any light.

The steps: one channel of the colours, the one in which the ink stands out; the paper's brightness, estimated wherever
there is no ink; contrast, relative to the paper; a threshold that follows the local strength of the strokes.

Notable choices:
- contrast is relative (how much of the paper's light the ink takes away): a shadow, which multiplies, cancels out;
- the paper is the upper envelope of the brightness: a quadratic surface for light that falls off, fitted to what is not
  darker than it; then a closing wider than strokes, smoothed. How wide is `reach`: wide enough for a fat pen in a small
  frame, or narrow enough to follow a sharp shadow. One number cannot do both, so the caller may ask for either and let
  the network judge what comes out;
- the threshold is a share of the strongest ink nearby (Bernsen 1986, bounded from below by noise and by a share of the
  picture's strongest ink): a stroke that fades is followed, the blurred edge of a strong one is not taken for ink;
- light ink on dark is read from the negative; which it is, is decided by frame and corners, and left open when they
  disagree;
- what is asked of a picture's levels is asked of its histogram, and what is the same for all pixels of a level is
  worked out for 256 levels and looked up: this is where the time of a small picture goes;
- noise is measured by the scatter of the paper, or by neighbours' differences where most of the picture is ink.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit.mnist_form import stroke_width

Grey = npt.NDArray[Any]
"""uint8 (height, width); OpenCV's types do not say so."""

Mask = npt.NDArray[Any]
"""uint8 (height, width), 1 where there is ink, else 0: the form in which OpenCV takes it."""

WIDE, NARROW = 0.6, 0.15
"""Reaches of the paper's estimate, as shares of the picture's longer side."""

SMALLEST, LARGEST = 96, 3000
"""Longer side, in pixels, of the picture that ink is looked for in: a smaller one is enlarged, a larger one reduced."""

_ENVELOPE_SIDE = 64  # the paper's brightness is smooth: a small copy is enough
_EVEN = 0.05  # of the brightest: paper that differs by less is even
_SURFACE_SIDE = 32
_RIDGE = 1e-3 * np.eye(6, dtype=np.float32)
_TINY = 32  # a surface through fewer pixels would follow the digit
_CERTAIN = 5.0  # times as much on one side of the ground's grey as on the other
_LOCAL_SHARE = 0.45  # of the strongest ink nearby
_FADED, _SHADOWED = 0.2, 0.45  # the faintest ink, of the strongest; and where shadows are looked for
_LEVELS = np.arange(256)
_NOISE = 3.0  # standard deviations of the paper's brightness below which nothing counts as ink


@dataclass(frozen=True, eq=False)
class Ink:
    """The ink of one picture.

    Attributes:
        mask: uint8 (height, width), 1 where there is ink.
        contrast: uint8 (height, width), how strong: 0 paper to 255 the strongest ink.
        light: whether the ink is lighter than its ground.
        scale: pixels of `mask` for one of the picture.
        stroke_width: typical, in pixels of `mask`.
    """

    mask: Mask
    contrast: Grey
    light: bool
    scale: float
    stroke_width: float


def find_ink(pixels: npt.NDArray[np.uint8], *, light: bool, reach: float = WIDE) -> Ink | None:
    """The ink in a picture, uint8 (height, width) or (height, width, 3); None if there is none.

    Args:
        pixels: grey or RGB.
        light: whether the ink is lighter than its ground.
        reach: how far the paper's brightness reaches across ink, as a share of the longer side.
    """
    scaled, scale = _working_size(pixels)
    grey = _one_channel(scaled if not light else 255 - scaled, reach)
    contrast = _contrast(grey, reach)
    if contrast is None:
        return None
    levels = _levels(contrast)
    if levels is None:
        return None
    paper, floor, strong = levels
    above = np.maximum(contrast, np.uint8(paper)) - np.uint8(paper)
    mask, width = _threshold(above, floor, strong, _FADED if reach == WIDE else _SHADOWED)
    return Ink(mask, contrast, light, scale, width)


def labelled(mask: Mask) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The connected components of a mask; pixels that meet at their corners are connected.

    For the table, OpenCV's usual algorithm takes three times as long. Without it, `cv2.connectedComponents` is faster
    still.

    Returns:
        int32 (height, width), the number of each pixel's component, 0 for paper; and int32 (components, 5), of the
        paper and each component, left, top, width, height, pixels.
    """
    _, labels, table, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_GRANA)
    return labels, table


def polarities(pixels: npt.NDArray[np.uint8]) -> tuple[bool, ...]:
    """Whether the ink is lighter than its ground: the likelier answer first, a second one where that is not certain.

    The ground is what the frame shows, the corners, and the middling grey; the ink is what differs from it. A digit
    that fills its picture makes one of them lie, a border another; the answer is certain where all three agree.
    """
    small = reduced(pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 96)
    likelier, agreed, certain = _polarity(small)
    if not certain and max(small.shape) > _TINY:  # light that falls off is neither ink nor ground
        again, _, certain = _polarity(_flattened(small))
        likelier, certain = (likelier, certain and again == likelier) if agreed else (again, certain)
    return (likelier,) if certain else (likelier, not likelier)


def _polarity(grey: npt.NDArray[Any]) -> tuple[bool, bool, bool]:
    """Whether the ink seems lighter than its ground, whether all grounds agree on it, and whether it is certain.

    All that is asked of a picture of whole levels, from 0, are sums over its histogram.
    """
    height, width = grey.shape
    edge, down, across = max(1, round(0.04 * max(height, width))), max(1, height // 10), max(1, width // 10)
    frame = (grey[:edge], grey[-edge:], grey[:, :edge], grey[:, -edge:])
    corners = (grey[:down, :across], grey[:down, -across:], grey[-down:, :across], grey[-down:, -across:])
    everything = np.bincount(grey.ravel())
    grounds = [np.bincount(np.concatenate([part.ravel() for part in parts])) for parts in (frame, corners)]
    levels = np.arange(len(everything))
    contrast = _spread(everything)
    verdicts = []
    for ground in (*grounds, everything):
        difference = levels - _median(ground)
        ink = difference * everything
        least = max(1.0, 0.1 * contrast)  # smaller differences are paper
        darker, lighter = float(-ink[difference < -least].sum()), float(ink[difference > least].sum())
        verdicts.append((lighter > darker, (max(darker, lighter) + 1) / (min(darker, lighter) + 1)))
    agree = len({light for light, _ in verdicts}) == 1
    certain = agree and min(clear for _, clear in verdicts) > _CERTAIN and _spread(grounds[0]) < 0.5 * contrast
    return max(verdicts, key=lambda verdict: verdict[1])[0], agree, certain


def _flattened(grey: Grey) -> npt.NDArray[np.int64]:
    """A picture without light that falls off, in whole levels from 0."""
    flat = np.rint(grey - _fitted(grey, below=0.1, above=0.1)).astype(np.int64)
    levels: npt.NDArray[np.int64] = flat - flat.min()
    return levels


def _working_size(pixels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], float]:
    """The picture, enlarged or reduced to a size in which strokes can be followed, and by how much."""
    longer = max(pixels.shape[:2])
    if longer > LARGEST:
        return reduced(pixels, LARGEST), LARGEST / longer
    if longer >= SMALLEST:
        return pixels, 1.0
    factor = -(-SMALLEST // longer)
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), float(factor)


def reduced(grey: Grey, longest: int) -> Grey:
    """A copy whose longer side is at most `longest`."""
    factor = longest / max(grey.shape[:2])
    if factor >= 1:
        return grey
    height, width = (max(1, round(side * factor)) for side in grey.shape[:2])
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)


def _one_channel(pixels: npt.NDArray[Any], reach: float) -> Grey:
    """Grey in which dark ink stands out most: each colour counts as much as the ink takes away of it, squared."""
    if pixels.ndim == 2:
        return pixels
    small = reduced(pixels, 128)
    weights = []
    for channel in range(3):
        values = np.ascontiguousarray(small[..., channel])
        paper = _paper(values, reach)
        weights.append(float(np.mean(np.square((paper - values) / np.maximum(paper, 8)))) ** 2)
    total = sum(weights)
    if total <= 0:
        return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    mixed: Grey = cv2.transform(pixels, np.array([weights]) / total)
    return mixed


def _paper(grey: Grey, reach: float) -> npt.NDArray[Any]:
    """The paper's brightness below dark ink, float32 (height, width)."""
    small = reduced(grey, _ENVELOPE_SIDE)
    if min(small.shape) >= 3:
        small = _without_specks(small)
    size = max(3, round(reach * max(small.shape)) | 1)
    envelope = _closed(small, size)
    softened = (size // 2 | 1, size // 2 | 1)
    if int(envelope.max()) - int(envelope.min()) > _EVEN * int(envelope.max()):
        surface = _surface(small)
        flat = _closed(cv2.convertScaleAbs(small / surface, alpha=200), size)
        smooth: npt.NDArray[Any] = surface / 200 * cv2.blur(flat, softened)
    else:
        smooth = cv2.blur(envelope, softened).astype(np.float32)
    return cv2.resize(smooth, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _without_specks(grey: Grey) -> Grey:
    """The median of 3 × 3 pixels. OpenCV takes 25 times as long for fewer than 66 columns: these get more."""
    height, width = grey.shape
    median: Grey = cv2.medianBlur(cv2.copyMakeBorder(grey, 1, 1, 1, _ENVELOPE_SIDE + 1, cv2.BORDER_REPLICATE), 3)
    return median[1 : height + 1, 1 : width + 1]


def _closed(grey: Grey, size: int) -> Grey:
    """A picture without what is dark and narrower than `size` pixels.

    It is mirrored at its frame: a shadow that a corner cuts off is as wide as one that goes on.
    """
    closed: Grey = cv2.morphologyEx(
        grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8), borderType=cv2.BORDER_REFLECT_101
    )
    return closed


def _surface(grey: Grey) -> npt.NDArray[np.float32]:
    """A quadratic surface through the brightest of a picture, float32 (height, width), at least 8.

    Least squares, again and again, with little weight for what lies below the last surface by more than its scatter:
    ink pulls no more than dirt.
    """
    surface = _fitted(grey, below=0.02, above=1.0)
    bounded: npt.NDArray[np.float32] = np.maximum(surface, max(8.0, 0.25 * float(surface.max())))
    return bounded


def _fitted(grey: Grey, *, below: float, above: float) -> npt.NDArray[np.float32]:
    """A quadratic surface through a picture, with these weights for what lies further from it than its scatter."""
    terms = _quadratic(_SURFACE_SIDE, _SURFACE_SIDE)
    values = cv2.resize(grey, (_SURFACE_SIDE, _SURFACE_SIDE), interpolation=cv2.INTER_AREA).ravel().astype(np.float32)
    weights = np.where(values >= _middle(values), np.float32(above), np.float32(max(below, 0.1)))
    for _ in range(5):
        weighted = terms * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ terms + _RIDGE, weighted.T @ values)
        missing = terms @ coefficients - values
        scatter = max(2.0, 1.5 * _middle(np.abs(missing)))
        weights = np.where(missing > scatter, below, np.where(missing < -scatter, above, 1.0)).astype(np.float32)
    surface: npt.NDArray[np.float32] = (_quadratic(*grey.shape) @ coefficients).reshape(grey.shape)
    return surface


def _middle(values: npt.NDArray[np.float32]) -> float:
    """The median of an even number of values; `np.median` takes thrice as long to look at them."""
    half = len(values) // 2
    return float(np.partition(values, (half - 1, half))[half - 1 : half + 1].mean())


@lru_cache(maxsize=32)
def _quadratic(height: int, width: int) -> npt.NDArray[np.float32]:
    """The six terms of a quadratic surface at every pixel: float32 (height × width, 6)."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6).astype(np.float32)


def _contrast(grey: Grey, reach: float) -> Grey | None:
    """What part of the paper's light is missing, uint8 (height, width), 255 the largest; None if none is."""
    paper = _paper(grey, reach)
    missing = np.subtract(paper, grey, dtype=np.float32)
    missing /= np.maximum(paper, 8)
    largest = float(missing.max())
    if largest < 2 / 255:
        return None
    scaled: Grey = cv2.convertScaleAbs(np.maximum(missing, 0), alpha=255 / largest)
    return scaled


def _levels(contrast: Grey) -> tuple[float, float, float] | None:
    """Of a contrast: the paper's level; the least above it that is no noise; that of the strongest ink, above it."""
    counts = _counts(contrast)
    below, middle = _quantile(counts, 0.16), _quantile(counts, 0.5)
    neighbours = _quantile(_counts(cv2.absdiff(contrast[:, 1:], contrast[:, :-1])), 0.5) if contrast.shape[1] > 1 else 0
    deviation = max(1.0, min(middle - below, 2 * neighbours))
    paper = min(middle, 3 * deviation)
    floor = _NOISE * deviation
    first = int(paper + floor) + 1
    if first > 255 or not counts[first:].any():
        return None
    ink = counts.copy()
    ink[:first] = 0
    ink[: _otsu(ink) + 1] = 0
    return paper, floor, _quantile(ink, 0.75) - paper


def _threshold(contrast: Grey, floor: float, strong: float, faded: float) -> tuple[Mask, float]:
    """Where the ink is, and how wide its strokes are, given contrast above the paper's own."""
    rough: Mask = cv2.threshold(contrast, max(floor, 0.5 * strong), 1, cv2.THRESH_BINARY)[1]
    width = stroke_width(rough)
    near = max(1, round(0.75 * width))
    local = cv2.dilate(contrast, np.ones((2 * near + 1, 2 * near + 1), np.uint8))
    faintest = min(max(faded * strong, 2 * floor), 0.5 * strong)
    local = cv2.blur(local, (near | 1, near | 1))
    needed = np.maximum(np.ceil(_LOCAL_SHARE * np.clip(_LEVELS, faintest, strong)), int(floor) + 1).astype(np.uint8)
    mask: Mask = (contrast >= cv2.LUT(local, needed)).astype(np.uint8)
    return mask, width


def _counts(values: Grey) -> npt.NDArray[np.float64]:
    """How many pixels have each of the 256 levels."""
    return cv2.calcHist([values], [0], None, [256], [0, 256]).ravel().astype(np.float64)


def _quantile(counts: npt.NDArray[Any], share: float) -> float:
    total = np.cumsum(counts)
    return float(np.searchsorted(total, share * total[-1]))


def _median(counts: npt.NDArray[np.int64]) -> float:
    """As `np.median` of what was counted: between the two in the middle."""
    total = np.cumsum(counts)
    return float(np.searchsorted(total, [(total[-1] - 1) // 2, total[-1] // 2], side="right").mean())


def _spread(counts: npt.NDArray[np.int64]) -> int:
    """From the lowest to the highest level that was counted."""
    return len(counts) - 1 - int(np.argmax(counts > 0))


def _otsu(counts: npt.NDArray[np.float64]) -> int:
    """The level at which 256 counts part best into two classes (Otsu 1979): the last of the lower one."""
    below = np.cumsum(counts)
    moment = np.cumsum(counts * _LEVELS)
    both = below * (below[-1] - below)
    between = np.divide((moment[-1] * below - moment * below[-1]) ** 2, both, out=np.zeros(256), where=both > 0)
    return int(np.argmax(between))
