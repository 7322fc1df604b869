"""Ink on paper, photographed: light, shadow, texture, perspective, blur, noise, JPEG.

Notable choices:
- light and shadow are drawn small and enlarged: they are smooth, and a page has twelve million pixels;
- ink and paper are bent together, so that ruled lines, and the edges of a sheet on a dark table, tilt with the digits;
- what is random comes from one generator that is handed in: one seed, one picture.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Random = np.random.Generator
Range = tuple[float, float]
Field = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
Homography = npt.NDArray[np.float64]

_MOST_BLUR = 3.0  # pixels: what is larger is no more out of focus
_LIGHT_SIDE = 96  # pixels of the longer side on which light is drawn


@dataclass(frozen=True)
class Camera:
    """Ranges that a photograph's properties are drawn from, uniformly.

    Attributes:
        tilt: degrees, each way.
        perspective: how far a corner may move, as a share of the picture's shorter side.
        paper: its brightness, in grey levels.
        ink: how much of the paper's light the ink takes away, 0 to 1.
        shading: how much darker one side may be than the other, and the corners than the middle.
        shadow: share of the pictures with a shadow that has an edge.
        grain: standard deviation of the paper's texture, in grey levels.
        noise: standard deviation of the sensor's noise, in grey levels.
        blur: standard deviation, in stroke widths.
        quality: of the JPEG.
    """

    tilt: float
    perspective: float
    paper: Range
    ink: Range
    shading: float
    shadow: float
    grain: Range
    noise: Range
    blur: Range
    quality: tuple[int, int]


FLAT = Camera(
    tilt=0, perspective=0, paper=(225, 250), ink=(0.75, 0.95), shading=0.06, shadow=0, grain=(0.5, 1.5), noise=(0, 1),
    blur=(0, 0.15), quality=(85, 95),
)  # fmt: skip
"""A scanner, or nearly so."""

PHONE = Camera(
    tilt=10, perspective=0.05, paper=(150, 245), ink=(0.45, 0.9), shading=0.45, shadow=0.3, grain=(1, 5),
    noise=(0.5, 4), blur=(0.1, 0.4), quality=(50, 92),
)  # fmt: skip
"""A telephone or a webcam, held by a hand, in a room."""


def bend(height: int, width: int, tilt: float, perspective: float, random: Random) -> tuple[Homography, int, int]:
    """How a sheet tilted by `tilt` degrees and seen from aside lies in its picture: (homography, height, width).

    The picture holds all of the sheet.
    """
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    angle = np.deg2rad(tilt)
    turned = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned += random.uniform(-perspective, perspective, (4, 2)) * min(height, width)
    turned -= turned.min(axis=0)
    across, down = np.ceil(turned.max(axis=0)).astype(int)
    found = cv2.getPerspectiveTransform(corners.astype(np.float32), turned.astype(np.float32))
    return found, int(down), int(across)


def light(height: int, width: int, camera: Camera, random: Random) -> Field:
    """How bright the light is, about 1: a slope, darker corners, at times a shadow with a soft edge."""
    factor = min(1.0, _LIGHT_SIDE / max(height, width))
    small = max(2, round(height * factor)), max(2, round(width * factor))
    rows, columns = (axis.astype(np.float32) for axis in np.mgrid[-1 : 1 : small[0] * 1j, -1 : 1 : small[1] * 1j])
    angle = random.uniform(0, 2 * np.pi)
    along = np.cos(angle) * columns + np.sin(angle) * rows
    found = 1 + camera.shading * random.uniform(0, 1) * along / 2
    found -= camera.shading * random.uniform(0, 0.5) * (columns**2 + rows**2) / 2
    if random.random() < camera.shadow:
        direction, edge = random.uniform(0, 2 * np.pi), random.uniform(-0.6, 0.6)
        bow = random.uniform(-0.5, 0.5)
        beyond = np.cos(direction) * columns + np.sin(direction) * rows
        beyond += bow * (np.cos(direction) * rows - np.sin(direction) * columns) ** 2
        found *= 1 - random.uniform(0.15, 0.5) / (1 + np.exp((edge - beyond) / random.uniform(0.03, 0.3)))
    return np.asarray(cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def texture(height: int, width: int, random: Random) -> Field:
    """The paper's grain: mean 0, standard deviation about 1, fine and coarse."""
    fine = random.standard_normal((height, width), np.float32)
    coarse = cv2.resize(random.standard_normal((height // 4 + 2, width // 4 + 2), np.float32), (width, height))
    return np.asarray(0.5 * cv2.GaussianBlur(fine, (0, 0), 0.8) + 0.8 * coarse, np.float32)


def photograph(
    ink: Field, camera: Camera, random: Random, *, stroke: float = 3.0, sheet: Field | None = None
) -> Picture:
    """A picture, uint8 (height, width), of a sheet.

    Args:
        ink: float32 (height, width), 0 to 1, already tilted as the camera sees it.
        camera: what takes the picture.
        random: what its properties are drawn from.
        stroke: width of the pen's line in pixels, which blur is measured by.
        sheet: float32 as `ink`: 1 where the paper is, 0 where a dark table is; None if the paper is all.
    """
    height, width = ink.shape
    ground = random.uniform(*camera.paper) + random.uniform(*camera.grain) * texture(height, width, random)
    seen = ground * (1 - random.uniform(*camera.ink) * ink)
    if sheet is not None:
        table = random.uniform(15, 70) + random.uniform(3, 12) * texture(height, width, random)
        seen = sheet * seen + (1 - sheet) * table
    seen = seen * light(height, width, camera, random)
    blur = min(random.uniform(*camera.blur) * stroke, _MOST_BLUR)
    if blur > 0.2:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    seen = seen + random.uniform(*camera.noise) * random.standard_normal((height, width), np.float32)
    return jpeg(np.clip(np.round(seen), 0, 255).astype(np.uint8), camera, random)


def jpeg(picture: Picture, camera: Camera, random: Random) -> Picture:
    """The picture, uint8 (height, width), after JPEG."""
    low, high = camera.quality
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(low, high + 1))])
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)
