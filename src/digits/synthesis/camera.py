"""The camera: what becomes of a page between the paper and a file. Light, shadow, blur, low resolution, noise, JPEG.

    picture = photograph(page, size, random)      float32 (height, width), 0 to 1 → uint8 of the same shape, or smaller

Notable choices:
- light and shadow are drawn small and enlarged: they are smooth, and a page has millions of pixels;
- half of the pictures are scans: little shading, no shadow;
- blur is measured by the height of a digit: what nobody could read is no example.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digits.synthesis.papers import Grey, Random

_LIGHT_SIDE = 48  # pixels of the longer side on which light is drawn


def light(height: int, width: int, random: Random) -> Grey:
    """How bright the light is, 0 to about 1.2: a slope, darker corners, at times a shadow, its edge soft or hard."""
    factor = min(1.0, _LIGHT_SIDE / max(height, width))
    small = max(2, round(height * factor)), max(2, round(width * factor))
    rows = np.linspace(-1, 1, small[0], dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, small[1], dtype=np.float32)[None]
    turn = random.uniform(0, 2 * np.pi)
    along = np.float32(np.cos(turn)) * columns + np.float32(np.sin(turn)) * rows
    found = 1 + random.uniform(0, 0.25) * along - random.uniform(0, 0.2) * (columns**2 + rows**2) / 2
    if random.random() < 0.35:
        turn, edge, bow = random.uniform(0, 2 * np.pi), random.uniform(-0.7, 0.7), random.uniform(-0.5, 0.5)
        beyond = np.float32(np.cos(turn)) * columns + np.float32(np.sin(turn)) * rows
        beyond = beyond + bow * (np.float32(np.cos(turn)) * rows - np.float32(np.sin(turn)) * columns) ** 2
        softness = random.uniform(0.01, 0.3)
        found = found * (1 - random.uniform(0.15, 0.6) / (1 + np.exp(np.clip((edge - beyond) / softness, -30, 30))))
    return np.asarray(cv2.resize(found.astype(np.float32), (width, height)), np.float32)


def photograph(page: Grey, size: float, random: Random, *, turned_round: bool | None = None) -> npt.NDArray[np.uint8]:
    """A picture of a page, uint8 (height, width).

    Args:
        page: float32 (height, width), 0 black to 1 white.
        size: height of a digit in pixels.
        random: what all is drawn from.
        turned_round: light on dark; None for a sixth of the pictures.
    """
    height, width = page.shape
    if random.random() < 0.5:
        page = page * light(height, width, random)
    blur = random.uniform(0, 0.05) * size
    if random.random() < 0.6 and blur > 0.3:
        page = cv2.GaussianBlur(page, (0, 0), blur)
    noise = random.uniform(0, 0.05) * random.random()
    page = page + np.float32(noise) * random.standard_normal(page.shape, np.float32)
    if random.random() < 0.3:  # contrast and exposure
        page = random.uniform(0.6, 1.0) * page + random.uniform(-0.1, 0.25)
    if (random.random() < 1 / 6) if turned_round is None else turned_round:
        page = 1 - page
    picture = np.clip(page * 255 + 0.5, 0, 255).astype(np.uint8)
    if random.random() < 0.5:
        quality = int(random.integers(30, 93))
        _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)
    return picture
