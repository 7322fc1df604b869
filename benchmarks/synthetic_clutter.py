"""Pictures in which nobody wrote a digit: what a reader of pages must survive, in bounded time and without inventing.

`NOTHING["specks"](height, width, random)` gives a picture, uint8 (height, width). All follow from the generator alone.

- `specks`: 10,000 of them, or as many as fit; `black`: all ink; `gradient`: light falling off, no ink;
- `clouds`: noise of all scales (its amplitude falls with the frequency, as in landscapes and faces), with the hard
  edges of some dark shapes;
- `newspaper`: columns of printed letters, without digits; `scribbles`: what a bored pen draws.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from synthetic_paper import PHONE, photograph

Random = np.random.Generator
Picture = npt.NDArray[np.uint8]

SPECKS = 10_000

_LETTERS = np.array(list("etaoinsrhdlucmfywgpbvkxqjz"))
_OFTEN = np.arange(len(_LETTERS), 0, -1.0) / np.arange(len(_LETTERS), 0, -1.0).sum()


def specks(height: int, width: int, random: Random) -> Picture:
    """Specks of one pixel to some, all over."""
    count = min(SPECKS, height * width // 40)
    ink = np.zeros((height, width), np.float32)
    rows, columns = random.integers(0, height, count), random.integers(0, width, count)
    ink[rows, columns] = random.uniform(0.4, 1, count)
    larger = random.random(count) < 0.3
    for row, column in zip(rows[larger], columns[larger], strict=True):
        cv2.circle(ink, (int(column), int(row)), int(random.integers(1, 4)), 0.9, -1, cv2.LINE_AA)
    return photograph(ink, PHONE, random)


def black(height: int, width: int, random: Random) -> Picture:
    """Ink and nothing else, with the camera's noise."""
    return np.clip(random.normal(12, 3, (height, width)), 0, 255).astype(np.uint8)


def gradient(height: int, width: int, random: Random) -> Picture:
    """From light to dark, and no ink."""
    along = np.linspace(random.uniform(180, 250), random.uniform(20, 120), width)[None] * np.ones((height, 1))
    return np.clip(np.round(along + random.normal(0, 1, (height, width))), 0, 255).astype(np.uint8)


def clouds(height: int, width: int, random: Random) -> Picture:
    """Noise whose amplitude is the inverse of its frequency, before which dark shapes stand."""
    rows, columns = np.fft.fftfreq(height)[:, None] * height, np.fft.rfftfreq(width)[None] * width
    frequency = np.maximum(1, np.hypot(rows, columns))
    wave = np.exp(2j * np.pi * random.random(frequency.shape)) / frequency**1.4
    field = np.fft.irfft2(wave, s=(height, width)).astype(np.float32)
    grey = 125 + 45 * field / field.std()
    for _ in range(int(random.integers(2, 7))):
        middle = random.uniform(0, 1, 2) * (width, height)
        around = np.sort(random.uniform(0, 2 * np.pi, 9))
        far = random.uniform(0.05, 0.25, 9)[:, None] * min(height, width)
        corners = middle + far * np.stack([np.cos(around), np.sin(around)], axis=1)
        cv2.fillPoly(grey, [np.round(corners).astype(np.int32)], float(random.uniform(10, 90)), cv2.LINE_AA)
    return np.clip(np.round(grey + random.normal(0, 2, grey.shape)), 0, 255).astype(np.uint8)


def newspaper(height: int, width: int, random: Random) -> Picture:
    """Columns of printed letters under a headline."""
    page = Image.new("L", (width, height))
    pen, size = ImageDraw.Draw(page), max(9, round(height / random.uniform(40, 70)))
    columns = max(1, round(width / (22 * size)))
    font, headline = ImageFont.load_default(size), ImageFont.load_default(3 * size)
    pen.text((size, size), _words(round(width / (2.2 * size)), random).title(), 255, headline)
    for column in range(columns):
        left = size + column * (width - size) // columns
        for top in range(6 * size, height - 2 * size, round(1.35 * size)):
            line = _words(max(1, round(((width - size) / columns - size) / (0.52 * size))), random)
            pen.text((left, top), line, 255, font)
    return photograph(np.asarray(page, np.float32) / np.float32(255), PHONE, random)


def scribbles(height: int, width: int, random: Random) -> Picture:
    """Loops, zigzags and spirals of a pen."""
    ink = np.zeros((height, width), np.float32)
    scale = min(height, width)
    thickness = max(1, round(scale * random.uniform(0.004, 0.012)))
    for _ in range(int(random.integers(4, 12))):
        turns, points = random.uniform(2, 9), 300
        along = np.linspace(0, 1, points)
        radius = scale * random.uniform(0.02, 0.12) * (random.uniform(0.3, 1) + random.uniform(0, 1) * along)
        bend = np.cumsum(random.normal(0, 0.15, points)) + 2 * np.pi * turns * along
        drift = np.outer(along - 0.5, random.uniform(-0.6, 0.6, 2) * scale)
        path = np.stack([np.cos(bend), random.uniform(0.3, 1.2) * np.sin(bend)], axis=1) * radius[:, None] + drift
        path += random.uniform(0.15, 0.85, 2) * (width, height)
        cv2.polylines(ink, [np.round(path).astype(np.int32)], False, 1.0, thickness, cv2.LINE_AA)
    return photograph(ink, PHONE, random, stroke=thickness)


def _words(letters: int, random: Random) -> str:
    """So many letters and spaces, in words."""
    text = "".join(random.choice(_LETTERS, letters, p=_OFTEN))
    cuts = np.flatnonzero(random.random(letters) < 0.18)
    return "".join(" " if at in set(cuts) else letter for at, letter in enumerate(text))


NOTHING: dict[str, Callable[[int, int, Random], Picture]] = {
    make.__name__: make for make in (specks, black, gradient, clouds, newspaper, scribbles)
}
