"""Six ways to change digits by a strength that can be turned up: shift, rotation, scale, stroke width, contrast, noise.

Each is a function (images, strength, seed) → images, both uint8 (n, 28, 28); the neutral strength changes nothing, and
the same seed gives the same bits. They measure, as the corruptions do, and share nothing with the training's changes.

Notable choices:
- a shift goes into a direction drawn for each digit; rotation, scale and stroke width go both ways, as curves;
- strokes are widened and thinned in the grey image, enlarged four times without interpolation: steps of half a pixel
  are possible, and a step of none changes nothing; a stroke thinner than what is taken away gets paler;
- contrast multiplies all values; noise adds normal numbers to them, and the sum is cut at 0 and 255.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]

FINER = 4
"""How often digits are enlarged to change their strokes: the step is half a pixel in width."""

MIDDLE = (28 - 1) / 2


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """One way to change digits, and the strengths that are measured.

    Attributes:
        name: what is changed.
        unit: what the strength counts.
        neutral: the strength that changes nothing.
        strengths: those measured, rising, the neutral one among them.
        change: (images, strength, seed) → images, uint8 (n, 28, 28).
    """

    name: str
    unit: str
    neutral: float
    strengths: tuple[float, ...]
    change: Callable[[Images, float, int], Images]


def shift(images: Images, pixels: float, seed: int = 0) -> Images:
    """Move each digit by so many pixels into a direction of its own; ink that leaves is lost."""
    angles = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(images))
    return _warp(images, [(1.0, 0.0, pixels * np.cos(angle), pixels * np.sin(angle)) for angle in angles])


def rotate(images: Images, degrees: float, seed: int = 0) -> Images:
    """Turn each digit counter-clockwise about the middle of its image."""
    angle = np.radians(degrees)
    return _warp(images, [(np.cos(angle), np.sin(angle), 0.0, 0.0)] * len(images))


def scale(images: Images, factor: float, seed: int = 0) -> Images:
    """Make each digit larger (above 1) or smaller about the middle of its image; what does not fit is lost."""
    return _warp(images, [(factor, 0.0, 0.0, 0.0)] * len(images))


def stroke_width(images: Images, pixels: float, seed: int = 0) -> Images:
    """Make the strokes wider (above 0) or thinner by so many pixels."""
    radius = round(abs(pixels) * FINER / 2)
    if radius == 0:
        return images.copy()
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    change = cv2.dilate if pixels > 0 else cv2.erode
    changed = np.empty_like(images)
    for index, image in enumerate(images):
        finer = cv2.resize(image, None, fx=FINER, fy=FINER, interpolation=cv2.INTER_NEAREST)
        changed[index] = cv2.resize(change(finer, ball), (28, 28), interpolation=cv2.INTER_AREA)
    return changed


def contrast(images: Images, factor: float, seed: int = 0) -> Images:
    """Multiply all values: below 1 the ink gets paler, above 1 its grey edges get full."""
    return _rounded(images * np.float32(factor))


def noise(images: Images, deviation: float, seed: int = 0) -> Images:
    """Add normal numbers of this standard deviation, as a share of full ink, to each pixel."""
    drawn = np.random.default_rng(seed).standard_normal(images.shape, dtype=np.float32)
    return _rounded(images + np.float32(255 * deviation) * drawn)


SWEEPS = (
    Sweep(name="shift", unit="pixels, in any direction", neutral=0, strengths=tuple(range(9)), change=shift),
    Sweep(
        name="rotation",
        unit="degrees, counter-clockwise",
        neutral=0,
        strengths=tuple(range(-60, 61, 10)),
        change=rotate,
    ),
    Sweep(
        name="scale",
        unit="times the size",
        neutral=1,
        strengths=(0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6),
        change=scale,
    ),
    Sweep(
        name="stroke width",
        unit="pixels wider",
        neutral=0,
        strengths=(-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0),
        change=stroke_width,
    ),
    Sweep(
        name="contrast",
        unit="times the values",
        neutral=1,
        strengths=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0),
        change=contrast,
    ),
    Sweep(
        name="noise",
        unit="standard deviation, of full ink",
        neutral=0,
        strengths=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
        change=noise,
    ),
)
"""What the robustness card shows, in its order."""


def _warp(images: Images, movements: list[tuple[float, float, float, float]]) -> Images:
    """Move each image by its (a, b, x, y): the middle goes to the middle + (x, y), the rest turns and grows about it.

    a + ib is the complex number that turns and scales: cosine and sine of the angle, times the factor.
    """
    moved = np.empty_like(images)
    for index, (a, b, x, y) in enumerate(movements):  # (x, y) → a (x, y) + b (y, -x): rows are counted downwards
        matrix = np.array([[a, b, MIDDLE * (1 - a - b) + x], [-b, a, MIDDLE * (1 - a + b) + y]])
        moved[index] = cv2.warpAffine(images[index], matrix, (28, 28), flags=cv2.INTER_LINEAR)
    return moved


def _rounded(values: npt.NDArray[np.float32]) -> Images:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
