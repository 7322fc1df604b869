"""Batches to train the line network on: strips drawn anew, side by side, with dirt between them.

Every strip is made larger or smaller, wider or narrower, more or less slanted, thicker or thinner; before and between
strips there may be a sign: a comma, dash, point, colon or plus. Then all is bent, and some of it erased, spotted, ruled
or faint. Slashes and brackets are no signs here: who learns that they say nothing loses the long 1s of some hands.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.line_network import DIGIT, FINER, ROWS, sized
from synthetic_strips import Ink, Strips

Random = np.random.Generator

BATCH, WIDTH, LONGEST = 32, 192, 24
"""Rows of strips of a batch, their width in pixels, and the most digits of one."""

_TRIES = 12  # strips for one row
_SIGN_FIRST, _SIGN = 0.08, 0.35  # how often there is a sign before the first strip, and in a gap that has room for one


def draw_batch(strips: Strips, random: Random) -> tuple[Ink, npt.NDArray[np.int32]]:
    """Images, uint8 (32, 32, 192), and their labels, int32 (32, 24): 1 + digit, -1 where there is no more.

    Args:
        strips: from which they are drawn.
        random: what all is drawn from.
    """
    images = np.zeros((BATCH, ROWS, WIDTH), np.uint8)
    labels = np.full((BATCH, LONGEST), -1, np.int32)
    for image, label in zip(images, labels, strict=True):
        text = _fill(image, strips, random)
        label[: len(text)] = [int(digit) + 1 for digit in text]
    for image in images:
        _wear(image, random)
    return _bent(images, random), labels


def _fill(image: Ink, strips: Strips, random: Random) -> str:
    """Put strips side by side; gives what they say."""
    left, text, gap = int(random.integers(0, 6)), "", 0
    if random.random() < _SIGN_FIRST:
        left = gap = int(random.integers(10, 18))
    for _ in range(_TRIES):
        chosen = int(random.integers(len(strips.inks)))
        strip = _redrawn(strips.inks[chosen], random)
        if left + strip.shape[1] > WIDTH or len(text) + len(strips.texts[chosen]) > LONGEST:
            if text:
                break
            continue
        if gap > 8 and (not text or random.random() < _SIGN):
            _sign(image, left - gap // 2, strip, random)
        view = image[:, left : left + strip.shape[1]]
        np.maximum(view, strip, out=view)
        text += strips.texts[chosen]
        gap = int(random.integers(0, 8) if random.random() < 0.5 else random.integers(5, 40))
        left += strip.shape[1] + gap
        if left > WIDTH - 15:
            break
    return text


def _redrawn(strip: Ink, random: Random) -> Ink:
    """A strip at another size, with another slant and pen."""
    factor = DIGIT / FINER * random.uniform(0.82, 1.25)
    across = factor * random.uniform(0.85, 1.18)
    slant = random.uniform(-0.2, 0.2) if random.random() < 0.7 else 0.0
    down = random.uniform(-2.5, 2.5)
    if random.random() < 0.35:
        size = int(random.integers(2, 5))
        pen = np.ones((size, size), np.uint8)
        if random.random() < 0.5:
            strip = np.asarray(cv2.dilate(strip, pen), np.uint8)
        elif size == 2:
            strip = np.asarray(cv2.erode(strip, pen), np.uint8)
    middle = len(strip) / 2
    aside = 1 + abs(slant) * DIGIT / 2
    move = np.array(
        [[across, slant * factor, aside - slant * factor * middle], [0, factor, ROWS / 2 - factor * middle + down]],
        np.float32,
    )
    return sized(strip, move)


def _sign(image: Ink, column: int, beside: Ink, random: Random) -> None:
    """A comma, dash, point, colon or plus, as it belongs to the digits beside it."""
    rows = np.flatnonzero(beside.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1])
    middle, pen, wide = (top + bottom) // 2, int(random.integers(1, 3)), int(random.integers(3, 6))

    def line(*ends: tuple[int, int]) -> None:
        cv2.line(image, *ends, 255, pen, cv2.LINE_AA)

    def point(row: int) -> None:
        cv2.circle(image, (column, row), int(random.integers(0, 2)), 255, -1)

    kind = random.choice(("comma", "dash", "point", "colon", "plus"))
    if kind == "comma":
        down = int(random.integers(1, 6))
        line((column + 1, bottom - down // 2), (column - int(random.integers(0, 3)), bottom + down))
    elif kind == "dash":
        line((column - wide, middle), (column + wide, middle + int(random.integers(-1, 2))))
    elif kind == "point":
        point(int(random.integers(middle, bottom + 2)))
    elif kind == "colon":
        point(middle - (bottom - top) // 4)
        point(middle + (bottom - top) // 4)
    else:
        line((column - wide, middle), (column + wide, middle))
        line((column, middle - wide), (column, middle + wide))


def _wear(image: Ink, random: Random) -> None:
    """Erase, spot, rule or fade some images."""
    if random.random() < 0.25:
        for _ in range(int(random.integers(1, 5))):
            row, column, size = (
                int(random.integers(0, ROWS)),
                int(random.integers(0, WIDTH)),
                int(random.integers(1, 3)),
            )
            image[row : row + size, column : column + size] = 0 if random.random() < 0.5 else 255
    if random.random() < 0.15:
        row = int(random.integers(0, ROWS))
        line = int(random.integers(60, 255)) * (random.random(WIDTH) < random.uniform(0.2, 1))
        image[row] = np.maximum(image[row], line)
    if random.random() < 0.4:
        image[:] = image * random.uniform(0.5, 1)


def _bent(images: Ink, random: Random) -> Ink:
    """Images bent a little, each in its own way; half of the lines rise and fall."""
    rows, columns = np.mgrid[0:ROWS, 0:WIDTH].astype(np.float32)
    found = np.empty_like(images)
    for number, image in enumerate(images):
        strength = random.uniform(0, 1.3)
        across, down = (_smooth(random) * np.float32(strength) for _ in range(2))
        if random.random() < 0.5:
            wave = np.sin(2 * np.pi * (columns / random.uniform(80, 300) + random.random()))
            down = down + random.uniform(0, 2.5) * wave.astype(np.float32)
        found[number] = cv2.remap(image, columns + across, rows + down.astype(np.float32), cv2.INTER_LINEAR)
    return found


def _smooth(random: Random) -> npt.NDArray[np.float32]:
    """A smooth field, float32 (32, 192), of strength 1."""
    coarse = random.uniform(-1, 1, (ROWS // 4 + 2, WIDTH // 4 + 2)).astype(np.float32)
    field = cv2.GaussianBlur(coarse, (0, 0), 1.2)
    field /= max(1e-6, float(np.abs(field).max()))
    return np.asarray(cv2.resize(field, (WIDTH, ROWS), interpolation=cv2.INTER_CUBIC), np.float32)
