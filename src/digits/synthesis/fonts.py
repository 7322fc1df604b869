"""Handwriting and printed fonts as hands and print: read by Pillow from a folder that `references/fonts.py` filled.

Fonts are an optional part of synthesis: without a folder there are none, and what is drawn is drawn from MNIST and
strokes alone. `FOLDER/handwriting/NAME.woff` and `FOLDER/printed/NAME.woff`, one file a family.

Notable choices:
- a fifth of the handwriting families is held back: their hands are never learnt from, and say how unseen ones are read;
- glyphs are drawn large once and made smaller by whoever uses them: hinting at small sizes is a screen's look.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

HOLD_BACK_EVERY = 5
"""Of the handwriting families in the order of their names, each fifth is kept for validation."""

SIGNS = ".,-/:+=%()"
"""The signs that a family must be able to draw to be kept; it may lack currency signs."""


def handwriting_fonts(folder: Path | None, *, held_back: bool) -> tuple[Path, ...]:
    """The handwriting families in `folder`, in the order of their names.

    Args:
        folder: what `references/fonts.py` filled; None for no fonts.
        held_back: the families that are kept for validation, or all others.
    """
    families = _families(folder, "handwriting")
    return tuple(family for i, family in enumerate(families) if (i % HOLD_BACK_EVERY == 2) == held_back)


def printed_fonts(folder: Path | None) -> tuple[Path, ...]:
    """The printed families in `folder`, in the order of their names."""
    return _families(folder, "printed")


def _families(folder: Path | None, kind: str) -> tuple[Path, ...]:
    return () if folder is None else tuple(sorted((folder / kind).glob("*.woff")))


@lru_cache(maxsize=512)
def load(family: Path, size: int) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels an em; kept, since loading takes longer than drawing."""
    return ImageFont.truetype(family, size)


def draw_text(text: str, family: Path, size: int) -> npt.NDArray[np.uint8]:
    """A line of text as ink, uint8 (height, width), 0 ground to 255 ink, cut to its ink; (0, 0) if it has none.

    Args:
        text: one line; what the family has no glyph for is drawn as the family draws what it lacks.
        family: the font's file.
        size: pixels of its em.
    """
    font = load(family, size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    if right <= left or bottom <= top:
        return np.zeros((0, 0), np.uint8)
    canvas = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, 255, font)
    ink = np.asarray(canvas)
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    if not len(rows):
        return np.zeros((0, 0), np.uint8)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()


def has_glyphs(family: Path, marks: str) -> bool:
    """Whether the family draws each of `marks`, and no two alike."""
    drawn = [draw_text(mark, family, 64) for mark in marks]
    lacking = draw_text("\ufffe", family, 64).tobytes()
    contents = {ink.tobytes() for ink in drawn}
    return len(contents) == len(marks) and b"" not in contents and lacking not in contents


EM = 96
"""Pixels of the em at which a font's marks are drawn for hands."""

MARKS = "0123456789.,-/:+=%()€$£#'*"
"""What hands take from a font, as far as it has it."""

Box = tuple[float, float, float, float]
"""Left, top, width, height."""


@dataclass(frozen=True, eq=False)
class Font:
    """A family's digits and signs.

    Attributes:
        family: the font's file.
        marks: for each mark, its grey picture, uint8, and the square of a digit in it: a digit's own, and a sign's is
            where a digit would stand in its place.
    """

    family: Path
    marks: dict[str, tuple[npt.NDArray[np.uint8], Box]]


def load_fonts(families: Iterable[Path]) -> list[Font]:
    """The marks of these families; a family without ten different digits is left out."""
    return [font for font in map(_marks_of, families) if font is not None]


def _marks_of(family: Path) -> Font | None:
    if not has_glyphs(family, "0123456789"):
        return None
    font = load(family, EM)
    drawn = {mark: _on_canvas(font, mark) for mark in MARKS}
    boxes = {mark: cv2.boundingRect(grey) for mark, grey in drawn.items()}
    tops, heights = zip(*((boxes[digit][1], boxes[digit][3]) for digit in "0123456789"), strict=True)
    top, height = float(np.median(tops)), float(np.median(heights))
    lacking = _on_canvas(font, "\ufffe").tobytes()
    marks: dict[str, tuple[npt.NDArray[np.uint8], Box]] = {}
    for mark, grey in drawn.items():
        if grey.any() and grey.tobytes() != lacking:
            left, own_top, width, own_height = boxes[mark]
            down = (own_top, own_height) if mark.isdigit() else (top, height)
            marks[mark] = grey, (float(left), float(down[0]), float(width), float(down[1]))
    return Font(family, marks)


def _on_canvas(font: ImageFont.FreeTypeFont, mark: str) -> npt.NDArray[np.uint8]:
    """A mark with room around it, uint8 (3 em, 3 em)."""
    canvas = Image.new("L", (3 * EM, 3 * EM))
    ImageDraw.Draw(canvas).text((EM, EM), mark, 255, font)
    return np.array(canvas)
