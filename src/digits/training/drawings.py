"""Drawings of what is no digit: letters, signs, scribbles, lines, shapes, textures; NumPy, OpenCV, Pillow.

Each function draws one of its kind: (random generator) → canvas, uint8 (96, 96), light on black.

Notable choices:
- letters and signs that can pass for a digit are left out: I, l, i, j, 1's likes; O, o, Q; S, s, Z, z; b, g, q, y, t;
  brackets, bars, commas, `!`, `$`. So are upright single lines, circles and closed ovals;
- the typefaces are those that the libraries bring (OpenCV's Hershey faces, Pillow's own); what makes display typefaces
  of them is fattening, thinning, hollowing, stretching, striping.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Canvas = npt.NDArray[Any]  # uint8, which OpenCV's types do not say
Random = np.random.Generator
Draw = Callable[[Random], Canvas]

SIDE = 96

LETTERS = "ABCDEFGHJKLMNPRTUVWX" + "acdefhkmnpruvwx"
SIGNS = '+=%&#@?*<>^~"-:;'

_FACES = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX_SMALL,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def letter(random: Random) -> Canvas:
    """A letter, two thirds of them capitals, in some typeface and style."""
    capital = random.random() < 0.67
    letters = [one for one in LETTERS if one.isupper() == capital]
    return _styled(_written(letters[random.integers(len(letters))], random), random)


def sign(random: Random) -> Canvas:
    """A punctuation mark, a symbol, an arrow or a tick."""
    kind = random.integers(len(SIGNS) + 4)
    if kind < len(SIGNS):
        return _styled(_written(SIGNS[kind], random), random)
    canvas = _empty()
    thickness = int(random.integers(1, 12))
    if kind % 2:
        start, end = random.integers(8, 88, (2, 2))
        cv2.arrowedLine(canvas, start.tolist(), end.tolist(), 255, thickness, cv2.LINE_AA, tipLength=0.35)
    else:
        corners = np.array([[15, 50], [38, 78], [82, 18]]) + random.integers(-8, 9, (3, 2))
        cv2.polylines(canvas, [corners.astype(np.int32)], False, 255, thickness, cv2.LINE_AA)
    return canvas


def scribble(random: Random) -> Canvas:
    """One to five strokes: smooth curves, or zigzags."""
    canvas = _empty()
    thickness = int(random.integers(1, 9))
    smooth, strokes = random.random() < 0.6, int(random.integers(1, 6))
    for _ in range(strokes):
        corners = int(random.integers(5, 12)) if strokes < 3 else int(random.integers(3, 6))
        points = random.uniform(6, 90, (corners, 2))
        if smooth:
            points = _curve(points)
        cv2.polylines(canvas, [points.astype(np.int32)], False, int(random.integers(120, 256)), thickness, cv2.LINE_AA)
    return canvas


def lines(random: Random) -> Canvas:
    """Straight lines: one that lies, several that are ruled, a cross, a grid, a box, a frame with a diagonal."""
    canvas = _empty()
    thickness, ink = int(random.integers(1, 14)), int(random.integers(100, 256))
    kind = random.integers(6)
    if kind == 0:
        slant = random.uniform(-0.5, 0.5)
        cv2.line(canvas, (4, round(48 - 44 * slant)), (92, round(48 + 44 * slant)), ink, thickness, cv2.LINE_AA)
    elif kind in (1, 2):
        count, gap = int(random.integers(2, 8)), random.uniform(0.1, 0.9)
        for place in np.linspace(6, 90, count):
            cv2.line(canvas, (2, round(place)), (94, round(place + 20 * (gap - 0.5))), ink, min(thickness, 6), 16)
            if kind == 2:
                cv2.line(canvas, (round(place), 2), (round(place + 10 * (gap - 0.5)), 94), ink, min(thickness, 6), 16)
    elif kind == 3:
        for _ in range(int(random.integers(2, 6))):
            start, end = random.integers(2, 94, (2, 2)).tolist()
            cv2.line(canvas, start, end, ink, thickness, cv2.LINE_AA)
    else:
        left, top = random.integers(2, 30, 2).tolist()
        right, bottom = random.integers(66, 95, 2).tolist()
        cv2.rectangle(canvas, (left, top), (right, bottom), ink, thickness)
        if kind == 5:
            cv2.line(canvas, (left, top), (right, bottom), ink, thickness, cv2.LINE_AA)
            if random.random() < 0.5:
                cv2.line(canvas, (right, top), (left, bottom), ink, thickness, cv2.LINE_AA)
    return canvas


def shape(random: Random) -> Canvas:
    """Filled shapes: a polygon or star, several triangles, squares and discs; at times only their outlines."""
    canvas = _empty()
    if random.random() < 0.5:
        corners = int(random.integers(3, 11))
        angles = np.sort(random.uniform(0, 2 * np.pi, corners))
        reach = random.uniform(15, 46, corners)
        points = np.stack([48 + reach * np.cos(angles), 48 + reach * np.sin(angles)], axis=1)
        cv2.fillPoly(canvas, [points.astype(np.int32)], 255, cv2.LINE_AA)
        return _filled(canvas, random)
    for _ in range(int(random.integers(2, 6))):
        ink, thickness = int(random.integers(80, 256)), int(random.choice([-1, -1, 2, 5]))
        centre, size = random.integers(15, 81, 2), int(random.integers(6, 26))
        if random.random() < 0.4:
            cv2.circle(canvas, centre.tolist(), size, ink, thickness, cv2.LINE_AA)
        else:
            cv2.rectangle(
                canvas, (centre - size).tolist(), (centre + random.integers(4, 26, 2)).tolist(), ink, thickness
            )
    return canvas


def texture(random: Random) -> Canvas:
    """Nothing in particular: noise of some grain, blobs, a gradient, waves."""
    kind = random.integers(4)
    if kind < 2:
        grain = int(random.choice([4, 6, 9, 14, 24, 48, 96]))
        coarse = random.normal(128, random.uniform(10, 90), (grain, grain)).astype(np.float32)
        values = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC if kind else cv2.INTER_NEAREST)
        if random.random() < 0.4:
            values = 8 * (values - random.uniform(110, 170))
    else:
        rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
        angle = random.uniform(0, 2 * np.pi)
        along = np.cos(angle) * rows + np.sin(angle) * columns
        waves = random.uniform(2, 40) if kind == 3 else random.uniform(0.5, 3)
        values = 128 + random.uniform(20, 128) * np.sin(waves * along + angle)
    return np.clip(values, 0, 255).astype(np.uint8)


def blank(random: Random) -> Canvas:
    """Nothing: one grey, at times with a few specks or a little grain."""
    canvas = np.full((SIDE, SIDE), random.choice(np.array([0, 0, 255, random.integers(0, 256)])), np.uint8)
    if random.random() < 0.6:
        for _ in range(int(random.integers(1, 6))):
            cv2.circle(canvas, random.integers(0, SIDE, 2).tolist(), int(random.integers(1, 5)), 255, -1, cv2.LINE_AA)
    if random.random() < 0.5:
        grain = random.normal(0, random.uniform(1, 12), canvas.shape)
        canvas = np.clip(canvas + grain, 0, 255).astype(np.uint8)
    return canvas


def _empty() -> Canvas:
    return np.zeros((SIDE, SIDE), np.uint8)


def _written(text: str, random: Random) -> Canvas:
    """A character in the middle, in one of the typefaces, of a random thickness."""
    if random.random() < 0.4:
        picture = Image.new("L", (SIDE, SIDE))
        ImageDraw.Draw(picture).text((SIDE / 2, SIDE / 2), text, 255, _typeface(), anchor="mm")
        return np.array(picture)
    canvas = _empty()
    face = int(_FACES[random.integers(len(_FACES))]) | (cv2.FONT_ITALIC if random.random() < 0.25 else 0)
    thickness = int(random.choice([1, 1, 2, 3, 4, 6, 8, 11, 15]))
    (width, height), _ = cv2.getTextSize(text, face, 1.0, 1)
    size = 64 / max(width, height, 8)
    (width, height), _ = cv2.getTextSize(text, face, size, thickness)
    corner = (round((SIDE - width) / 2), round((SIDE + height) / 2))
    cv2.putText(canvas, text, corner, face, size, 255, thickness, cv2.LINE_AA)
    return canvas


@cache
def _typeface() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(70)


def _styled(canvas: Canvas, random: Random) -> Canvas:
    """Fattened, thinned, hollowed out, striped, or as it is; strokes across may differ from strokes down."""
    kind = random.integers(10)
    kernel = np.ones(random.integers(1, 10, 2), np.uint8)
    if kind < 3:
        return cv2.dilate(canvas, kernel)
    if kind == 3:
        return cv2.subtract(
            cv2.dilate(canvas, np.ones((7, 7), np.uint8)), cv2.dilate(canvas, np.ones((3, 3), np.uint8))
        )
    if kind == 4:
        fat = cv2.dilate(canvas, kernel)
        return np.where(np.arange(SIDE)[:, None] // random.integers(2, 5) % 2 == 0, fat, fat // 6).astype(np.uint8)
    if kind == 5:  # a shadow
        shadow = np.roll(cv2.dilate(canvas, kernel), random.integers(3, 9, 2), (0, 1))
        return np.maximum(canvas, shadow // 2)
    return canvas


def _filled(mask: Canvas, random: Random) -> Canvas:
    """A silhouette with a surface: a grey, folds, stripes across or down, a print, a dark rim; never black."""
    surface = np.full((SIDE, SIDE), random.uniform(60, 255), np.float32)
    kind = random.integers(5)
    if kind in (1, 2):  # folds, or patches
        grid = (3, int(random.integers(4, 16))) if kind == 1 else (int(random.integers(6, 40)),) * 2
        folds = random.normal(0, random.uniform(10, 60), grid).astype(np.float32)
        surface += cv2.resize(folds, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    elif kind == 3:
        period = random.integers(3, 14)
        stripes = np.arange(SIDE) // period % 2 * random.uniform(40, 160)
        surface -= stripes[:, None] if random.random() < 0.7 else stripes[None, :]
    elif kind == 4:
        centre, size = random.integers(32, 64, 2), int(random.integers(6, 18))
        cv2.rectangle(
            surface, (centre - size).tolist(), (centre + size // 2).tolist(), float(random.uniform(20, 255)), -1
        )
    if random.random() < 0.4:  # light from the front: darker towards the rim
        depth = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
        surface *= 0.6 + 0.4 * np.clip(depth / 8, 0, 1)
    return np.where(mask > 0, np.clip(surface, 25, 255) * (mask / 255), 0).astype(np.uint8)


def _curve(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Points on a smooth curve along `points` (Chaikin 1974: corners cut three times)."""
    for _ in range(3):
        near = 0.75 * points[:-1] + 0.25 * points[1:]
        far = 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.stack([near, far], axis=1).reshape(-1, 2)
    return points
