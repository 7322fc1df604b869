"""Papers: what stands on a sheet before anybody writes on it. Grey fields of 0, black, to 1, white.

    paper = draw_paper(height, width, size, random)

`size` is the height in pixels of a digit that will stand there: rulings and patterns are drawn for it.

Notable choices:
- security print, as cheques have it, is waves, hatching, rings and dots, one or two of them over each other;
- a ruling is a part of the paper, fainter or darker than a pen's line, and seldom where a digit would want it;
- boards and dark papers are light ones whose picture is turned round by the camera (`camera.py`).
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Random = np.random.Generator
Grey = npt.NDArray[Any]
"""float32 (height, width): 0 black to 1 white."""


def draw_paper(height: int, width: int, size: float, random: Random) -> Grey:
    """A sheet, float32 (height, width); the shares of its kinds are by eye."""
    brightness = random.uniform(0.5, 1.0)
    paper = np.full((height, width), brightness, np.float32)
    if random.random() < 0.55:
        paper *= 1 - random.uniform(0, 0.06) * np.abs(grain(height, width, random))
    chosen = random.random()
    if chosen < 0.42:
        for _ in range(int(random.integers(1, 3))):
            paper *= 1 - _strength(random) * _PATTERNS[int(random.integers(len(_PATTERNS)))](
                height, width, size, random
            )
    elif chosen < 0.62:
        paper *= 1 - random.uniform(0.1, 0.8) * ruling(height, width, size, random, squared=random.random() < 0.4)
    return paper


def grain(height: int, width: int, random: Random) -> Grey:
    """A paper's texture: mean 0, standard deviation about 1, fine and coarse."""
    fine = random.standard_normal((height, width), np.float32)
    coarse = random.standard_normal((height // 4 + 2, width // 4 + 2), np.float32)
    return np.asarray(0.6 * fine + 0.8 * cv2.resize(coarse, (width, height)), np.float32)


def ruling(height: int, width: int, size: float, random: Random, *, squared: bool) -> Grey:
    """Level lines, or squares: 1 on a line, 0 beside."""
    lines = np.zeros((height, width), np.float32)
    pitch = size * (random.uniform(0.5, 1.6) if squared else random.uniform(1.2, 2.4))
    thickness = max(1, round(random.uniform(0.015, 0.07) * size))
    slope = random.normal(0, 0.01)
    start = random.uniform(0, pitch)
    for row in np.arange(start - pitch, height + pitch, pitch):
        cv2.line(lines, (0, round(row)), (width, round(row + slope * width)), 1.0, thickness, cv2.LINE_AA)
    if squared:
        for column in np.arange(random.uniform(0, pitch) - pitch, width + pitch, pitch):
            cv2.line(lines, (round(column), 0), (round(column - slope * height), height), 1.0, thickness, cv2.LINE_AA)
    return lines


def _strength(random: Random) -> float:
    """How much light a pattern takes: mostly little."""
    return float(random.uniform(0.04, 0.45) * (0.5 if random.random() < 0.5 else 1.0))


def _pattern(phase: Grey, random: Random) -> Grey:
    """A wave of this phase (in turns), soft or with hard edges, thin or wide: 0 to 1."""
    wave = np.cos(np.float32(2 * np.pi) * phase)
    if random.random() < 0.65:
        threshold, softness = random.uniform(-0.4, 0.85), random.uniform(0.1, 0.4)
        return np.clip((wave - threshold) / softness + 0.5, 0, 1)
    return np.clip(wave, 0, 1)


def _axes(height: int, width: int) -> tuple[Grey, Grey]:
    """Rows (height, 1) and columns (1, width)."""
    return np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None]


def _waves(height: int, width: int, size: float, random: Random) -> Grey:
    """Lines that all wave alike, across or down."""
    rows, columns = _axes(height, width)
    along, across = (columns, rows) if random.random() < 0.7 else (rows, columns)
    swing = (
        random.uniform(0, 0.5)
        * size
        * np.sin(along * (2 * np.pi / (random.uniform(0.8, 8) * size)) + random.uniform(0, 6))
    )
    slope = random.uniform(-0.4, 0.4) * along
    return _pattern((across + swing + slope) / (random.uniform(0.08, 0.35) * size), random)


def _hatching(height: int, width: int, size: float, random: Random) -> Grey:
    """Straight lines, at times crossed."""
    rows, columns = _axes(height, width)
    turn, pitch = random.uniform(0, np.pi), random.uniform(0.08, 0.4) * size
    first = _pattern((np.float32(np.cos(turn)) * columns + np.float32(np.sin(turn)) * rows) / pitch, random)
    if random.random() < 0.5:
        return first
    second = _pattern((np.float32(np.sin(turn)) * columns - np.float32(np.cos(turn)) * rows) / pitch, random)
    return np.maximum(first, second)


def _rings(height: int, width: int, size: float, random: Random) -> Grey:
    """Circles about a point in or beside the picture, whose distance swings: guilloches."""
    rows, columns = _axes(height, width)
    down, right = rows - random.uniform(-height, 2 * height), columns - random.uniform(0, width)
    far = np.sqrt(down**2 + right**2)
    if random.random() < 0.5:
        far = far + random.uniform(0.1, 0.6) * size * np.sin(random.integers(3, 30) * np.arctan2(down, right))
    return _pattern(far / (random.uniform(0.1, 0.4) * size), random)


def _dots(height: int, width: int, size: float, random: Random) -> Grey:
    """A screen of dots."""
    rows, columns = _axes(height, width)
    pitch = np.float32(random.uniform(0.08, 0.3) * size)
    wave = np.cos(2 * np.pi * rows / pitch) * np.cos(2 * np.pi * columns / pitch)
    return np.clip((wave - random.uniform(-0.2, 0.7)) / 0.3, 0, 1)


def _mottle(height: int, width: int, size: float, random: Random) -> Grey:
    """Cardboard, newsprint's back, a photocopy's dirt."""
    fine: Grey = random.standard_normal((height, width), np.float32)
    field: Grey = np.asarray(cv2.GaussianBlur(fine, (0, 0), max(0.5, random.uniform(0.02, 0.2) * size)), np.float32)
    field = field / (np.abs(field).max() + 1e-6)
    if random.random() < 0.4:
        field = (field - random.uniform(0.1, 0.5)) / 0.2
    return np.asarray(np.clip(1.5 * field, 0, 1), np.float32)


_PATTERNS: tuple[Callable[[int, int, float, Random], Grey], ...] = (_waves, _waves, _hatching, _rings, _dots, _mottle)
