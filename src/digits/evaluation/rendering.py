"""Digits become pictures: enlarged, written with some pen on some paper, lit, turned, photographed. Seeded.

What a reader is measured and calibrated with where no labelled pictures can be had: a Dataset's digits, rendered. The
networks are trained on 28×28 images and never see these.

Notable choices:
- `PLAIN` is the round trip that the reader must survive nearly without loss: enlarged 4 to 12 times, half of them
  light on dark, paper with grain and shading, turned by up to 5 degrees, JPEG;
- `VARIED` is what its thresholds are fitted on: pens from hairline to felt, pencil to ink, shadows, blur, noise, small
  and large digits, at the frame or far from it, a ruled line or a cell around some.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset

Random = np.random.Generator
Range = tuple[float, float]


@dataclass(frozen=True)
class Style:
    """Ranges that a picture's properties are drawn from, uniformly.

    Attributes:
        enlargement: pixels of the picture for one of the image.
        margin: paper around the 28×28 image, in its pixels, on each side.
        pen: by how much strokes are made wider or thinner, in the image's pixels, both sides together.
        ink: how much of the paper's light the ink takes away, 0 to 1.
        shading: how much darker the paper may be on one side than on the other, half of it each way.
        shadow: share of the pictures with a shadow that has an edge.
        grain: standard deviation of the paper's texture, in grey levels.
        blur: standard deviation, in the image's pixels.
        turn: degrees, each way.
        lines: share of the pictures with a ruled line or a cell's border.
        light: share of the pictures with light ink on dark.
        quality: of the JPEG.
    """

    enlargement: Range
    margin: Range
    pen: Range
    ink: Range
    shading: float
    shadow: float
    grain: Range
    blur: Range
    turn: float
    lines: float
    light: float
    quality: tuple[int, int]


PLAIN = Style(
    enlargement=(4, 12), margin=(0, 0), pen=(0, 0), ink=(0.85, 0.85), shading=0.4, shadow=0, grain=(3, 3), blur=(0, 0),
    turn=5, lines=0, light=0.5, quality=(75, 75),
)  # fmt: skip

VARIED = Style(
    enlargement=(1.5, 12), margin=(-3, 14), pen=(-1.6, 2.5), ink=(0.12, 0.95), shading=0.5, shadow=0.15, grain=(0, 6),
    blur=(0, 0.7), turn=12, lines=0.15, light=0.3, quality=(50, 95),
)  # fmt: skip


def render_all(dataset: Dataset, style: Style, seed: int = 0) -> Iterator[npt.NDArray[np.uint8]]:
    """A picture of each of a Dataset's digits, in its order: uint8 (height, width), each of its own size.

    A digit's picture follows from the seed and its place alone.
    """
    for place, image in enumerate(dataset.images):
        yield render(image, style, np.random.default_rng([seed, place]))


def render(image: npt.NDArray[np.uint8], style: Style, random: Random) -> npt.NDArray[np.uint8]:
    """A picture of a digit, uint8 (28, 28), light on dark: uint8 (height, width)."""
    factor = random.uniform(*style.enlargement)
    ink = _pen(_enlarged(image, style, factor, random), style, factor, random)
    height, width = ink.shape
    if random.random() < style.lines:
        ink = np.maximum(ink, _line(height, width, factor, random))
    blur = random.uniform(*style.blur) * factor
    if blur > 0.2:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), blur))
    paper = random.uniform(190, 250) * _light(height, width, style, random)
    grain = random.normal(0, 1, (height, width)).astype(np.float32)
    paper = paper + random.uniform(*style.grain) * (0.6 * grain + cv2.GaussianBlur(grain, (0, 0), 1.5) * 2)
    picture = paper * (1 - random.uniform(*style.ink) * ink)
    if random.random() < style.light:
        picture = 255 - picture
    return _photographed(np.clip(np.round(picture), 0, 255).astype(np.uint8), style, random)


def _enlarged(image: npt.NDArray[np.uint8], style: Style, factor: float, random: Random) -> npt.NDArray[Any]:
    """The digit's ink, 0 to 1, turned, at the picture's size, with its margins (a negative one cuts)."""
    left, top, right, bottom = random.uniform(*style.margin, 4)
    width, height = round((28 + left + right) * factor), round((28 + top + bottom) * factor)
    angle = np.deg2rad(random.uniform(-style.turn, style.turn))
    cos, sin = factor * np.cos(angle), factor * np.sin(angle)
    middle = 13.5
    across = (left + middle + 0.5) * factor - 0.5 - (cos * middle - sin * middle)
    down = (top + middle + 0.5) * factor - 0.5 - (sin * middle + cos * middle)
    move = np.array([[cos, -sin, across], [sin, cos, down]], np.float32)
    grey = cv2.warpAffine(image, move, (width, height), flags=cv2.INTER_CUBIC)
    return grey.astype(np.float32) / 255


def _pen(ink: npt.NDArray[Any], style: Style, factor: float, random: Random) -> npt.NDArray[Any]:
    """The ink after another pen: made a mask, wider or thinner, its edge a pixel soft."""
    change = random.uniform(*style.pen) * factor / 2
    if change == 0:
        return ink
    mask = (ink >= 0.5).astype(np.uint8)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    deepest = float(inside.max())
    change = max(change, -0.6 * deepest)  # something is left of the thinnest pen's strokes
    written: npt.NDArray[Any] = np.clip(change + inside - outside + 0.5, 0, 1).astype(np.float32)
    return written


def _line(height: int, width: int, factor: float, random: Random) -> npt.NDArray[Any]:
    """A ruled line, or a cell's border: float32 (height, width), 0 to 1."""
    canvas = np.zeros((height, width), np.uint8)
    thickness = max(1, round(random.uniform(0.2, 1.0) * factor))
    strength = random.uniform(90, 255)
    if random.random() < 0.5:
        row, slope = random.uniform(0.05, 0.95) * height, random.uniform(-0.03, 0.03) * width
        cv2.line(canvas, (0, round(row)), (width, round(row + slope)), strength, thickness, cv2.LINE_AA)
    else:
        inset = random.uniform(0, 0.06, 4) * np.array([width, height, width, height])
        corners = (round(inset[0]), round(inset[1])), (round(width - 1 - inset[2]), round(height - 1 - inset[3]))
        cv2.rectangle(canvas, *corners, strength, thickness)
    return canvas.astype(np.float32) / 255


def _light(height: int, width: int, style: Style, random: Random) -> npt.NDArray[Any]:
    """How bright the light is: a slope in some direction, at times a shadow with a soft edge; about 1."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (columns / max(1, width - 1) - 0.5) + np.sin(angle) * (rows / max(1, height - 1) - 0.5)
    light = 1 + style.shading * along * random.uniform(0, 1)
    if random.random() < style.shadow:
        edge = random.uniform(-0.4, 0.4)
        depth, softness = random.uniform(0.15, 0.5), random.uniform(0.01, 0.1)
        light = light * (1 - depth / (1 + np.exp(-(along - edge) / softness)))
    return np.asarray(light, np.float32)


def _photographed(picture: npt.NDArray[np.uint8], style: Style, random: Random) -> npt.NDArray[np.uint8]:
    """The picture after JPEG."""
    low, high = style.quality
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(low, high + 1))])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)
