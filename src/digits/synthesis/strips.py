"""Strips: one number as a box around it cuts it out of a picture, with its text; what the line reader learns from.

    strip = draw_strip(glyphs, words, random)     its pixels, uint8 (height, width), and its text

Notable choices:
- a strip is cut loosely, closely, or through the ink, as the boxes of a finder are: what stands beside it comes in;
- some strips hold no number: words and parts of them, letters, scribbles, rulings, empty paper. Their text is empty;
- lines under a number and beside it, ticks, words and neighbours belong to no text: the network has to learn what is
  none of the number's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from digits.synthesis.camera import photograph
from digits.synthesis.hands import HEIGHT, Glyphs, Hand, Ink, draw_hand
from digits.synthesis.numbers import Written, write_number
from digits.synthesis.papers import Random, draw_paper
from digits.synthesis.sheet import draw_word
from digits.synthesis.texts import draw_text
from digits.synthesis.words import LETTERS, draw_letters, draw_phrase

NOTHING = 0.12
"""The share of the strips that hold no number."""

PART = 0.5
"""The share of their words of which a strip shows a part: what a finder that takes an `o` for a 0 cuts out."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A number as a box cuts it out.

    Attributes:
        pixels: uint8 (height, width), grey as photographed, light on dark or dark on light.
        text: its digits and signs; empty if it holds no number.
    """

    pixels: npt.NDArray[np.uint8]
    text: str


def draw_strip(glyphs: Glyphs, printed: Sequence[Path], random: Random, longest: int = 13) -> Strip:
    """A strip.

    Args:
        glyphs: where digits come from, and the fonts that words are written in.
        printed: fonts that words are printed in; may be empty.
        random: what all is drawn from.
        longest: digits of a plain number at the most.
    """
    hand = draw_hand(random, len(glyphs.fonts))
    if random.random() < NOTHING:
        text, sheet, box = "", *_no_number(glyphs, printed, random)
    else:
        written = write_number(draw_text(random, longest), hand, glyphs, random)
        text = written.text
        sheet, box = _on_sheet(written, random)
        _beside(sheet, box, hand, glyphs, printed, random)
    if random.random() < 0.5:
        sheet, box = _turned(sheet, box, random.uniform(-4, 4))
    left, top, right, bottom = _cut(box, sheet.shape, random)
    ink = sheet[top:bottom, left:right]
    return Strip(_on_paper(ink, (left - box[0], top - box[1], box[2] - left, box[3] - top), random), text)


_Box = tuple[int, int, int, int]  # left, top, right, bottom

_AROUND = 2 * HEIGHT  # pixels of the sheet around a number


def _on_sheet(written: Written, random: Random) -> tuple[Ink, _Box]:
    """The number on a sheet that is larger than its strip will be, and the box of its ink."""
    height, width = written.ink.shape
    sheet = np.zeros((height + 2 * _AROUND, width + 2 * _AROUND), np.float32)
    sheet[_AROUND : _AROUND + height, _AROUND : _AROUND + width] = written.ink
    return sheet, (_AROUND, _AROUND, _AROUND + width, _AROUND + height)


def _no_number(glyphs: Glyphs, printed: Sequence[Path], random: Random) -> tuple[Ink, _Box]:
    """Words, letters, a scribble, or nothing, on a sheet."""
    families = [font.family for font in glyphs.fonts]
    ink = np.zeros((HEIGHT, round(random.uniform(0.6, 5) * HEIGHT)), np.float32)
    chosen = random.random()
    if chosen < 0.6 and (families or printed):
        by_hand = bool(families) and (random.random() < 0.7 or not printed)
        family = families if by_hand else printed
        lone = random.random() < 0.25
        word = str(random.choice(list(LETTERS))) if lone else draw_phrase(random, int(random.integers(1, 3)))
        one, size = family[int(random.integers(len(family)))], random.uniform(0.7, 1.2) * HEIGHT
        ink = draw_word(word, one, size, random, by_hand=by_hand).ink
        if not lone and random.random() < PART:
            sheet, width = np.pad(ink, _AROUND), random.uniform(0.4, 2.5) * HEIGHT
            left = _AROUND + random.uniform(0, max(1.0, ink.shape[1] - width))
            box = round(left), _AROUND, round(min(left + width, _AROUND + ink.shape[1])), _AROUND + len(ink)
            return sheet, box
    elif chosen < 0.85:
        scribble(ink, random)
    sheet = np.pad(ink, _AROUND)
    return sheet, (_AROUND, _AROUND, sheet.shape[1] - _AROUND, sheet.shape[0] - _AROUND)


def scribble(ink: Ink, random: Random) -> None:
    """A pen's loops and zigzags, drawn into `ink`."""
    height, width = ink.shape
    points = int(random.integers(4, 14))
    places = np.stack([np.sort(random.uniform(0, width, points)), random.uniform(0, height, points)], axis=1)
    if random.random() < 0.5:
        places += random.normal(0, 0.2 * height, places.shape)
    path = cv2.resize(places.astype(np.float32)[:, None], (1, 12 * points), interpolation=cv2.INTER_CUBIC)[:, 0]
    cv2.polylines(ink, [np.round(path).astype(np.int32)], False, 1.0, int(random.integers(2, 7)), cv2.LINE_AA)


def _beside(sheet: Ink, box: _Box, hand: Hand, glyphs: Glyphs, printed: Sequence[Path], random: Random) -> None:
    """What else is on the sheet near the number's box: lines, ticks, words, neighbours; drawn into it."""
    left, top, right, bottom = box
    if random.random() < 0.3:
        _lines(sheet, box, random)
    if random.random() < 0.1:  # neighbours above or below
        for _ in range(int(random.integers(1, 3))):
            other = write_number(draw_text(random, 6), hand, glyphs, random).ink
            away = round(random.uniform(0.1, 0.4) * HEIGHT)
            row = top - away - len(other) if random.random() < 0.5 else bottom + away
            _lay(sheet, other, row, round(random.uniform(left - HEIGHT, right)))
    families = [*printed, *(font.family for font in glyphs.fonts)]
    if families and random.random() < 0.12:  # a word before or after
        chosen = int(random.integers(len(families)))
        size, by_hand = random.uniform(0.4, 1.0) * HEIGHT, chosen >= len(printed)
        ink = draw_word(draw_letters(random), families[chosen], size, random, by_hand=by_hand).ink
        gap = round(random.uniform(0.35, 0.9) * HEIGHT)
        column = left - gap - ink.shape[1] if random.random() < 0.5 else right + gap
        _lay(sheet, ink, bottom - len(ink) + round(random.normal(0, 0.1) * HEIGHT), column)
    if random.random() < 0.04:  # a tick after
        at = right + round(random.uniform(0.5, 0.9) * HEIGHT)
        low = bottom - round(random.uniform(0.2, 0.5) * HEIGHT)
        points = np.array([(at, low), (at + 8, low + 14), (at + 30, low - 36)], np.int32)
        cv2.polylines(sheet, [points], False, 1.0, 3, cv2.LINE_AA)


def _lines(sheet: Ink, box: _Box, random: Random) -> None:
    """Lines under, over or beside a number: underlines, cells, comb dividers, page edges."""
    left, top, right, bottom = box
    rows, columns = sheet.shape
    for _ in range(int(random.integers(1, 4))):
        dark, thickness = random.uniform(0.3, 1.0), int(random.integers(1, 6))
        slope = int(random.integers(-5, 6))
        if random.random() < _LEVEL:
            under = round(random.uniform(-0.08, 0.4) * HEIGHT)
            row = bottom + under if random.random() < 0.7 else top - max(1, under)
            first, last = (0, columns) if random.random() < 0.7 else (left - 10, right + 10)
            cv2.line(sheet, (first, row), (last, row + slope), dark, thickness, cv2.LINE_AA)
            continue
        away = round(random.uniform(_BESIDE, 0.6) * HEIGHT)
        after = random.random() < 0.5
        column = right + away if after else left - away
        cv2.line(sheet, (column, 0), (column + slope, rows), dark, thickness, cv2.LINE_AA)
        if random.random() < 0.3:  # all is dark from there on
            sheet[:, column if after else 0 : None if after else column] = dark


_LEVEL = 0.8
"""The share of the lines that are level: upright ones beside a number make a network doubt each 1 at its ends."""

_BESIDE = 0.12
"""The least distance between a number and an upright line, as a share of a digit's height: closer ones look like 1s."""


def _lay(sheet: Ink, ink: Ink, row: int, column: int) -> None:
    """Put ink on the sheet, in place; what would be outside is cut off."""
    ink = ink[max(0, -row) :, max(0, -column) :]
    view = sheet[max(0, row) :, max(0, column) :][: ink.shape[0], : ink.shape[1]]
    np.maximum(view, ink[: view.shape[0], : view.shape[1]], out=view)


def _turned(sheet: Ink, box: _Box, degrees: float) -> tuple[Ink, _Box]:
    """The sheet turned about the box's middle, and the upright box around the turned one's ink."""
    left, top, right, bottom = box
    middle = (left + right) / 2, (top + bottom) / 2
    move = cv2.getRotationMatrix2D(middle, degrees, 1)
    turned = np.asarray(cv2.warpAffine(sheet, move, sheet.shape[::-1]), np.float32)
    more = abs(np.sin(np.deg2rad(degrees))) * (right - left) / 2 * 0.8
    return turned, (left, max(0, round(top - more)), right, min(sheet.shape[0], round(bottom + more)))


def _cut(box: _Box, shape: tuple[int, ...], random: Random) -> _Box:
    """Where the strip is cut out: about the number's box as the reader does, with what finders are wrong by."""
    high = max(box[3] - box[1], 0.6 * HEIGHT)
    above = random.uniform(-0.02, 0.3 if random.random() < 0.8 else 0.7, 2) * high
    beside = random.uniform(0.05, 0.4 if random.random() < 0.8 else 1.2, 2) * high
    if random.random() < 0.2:  # a box that ends at the ink, or a little before
        beside[int(random.integers(2))] = random.uniform(-0.03, 0.05) * high
    left, top = max(0, round(box[0] - beside[0])), max(0, round(box[1] - above[0]))
    right, bottom = min(shape[1], round(box[2] + beside[1])), min(shape[0], round(box[3] + above[1]))
    return left, top, max(right, left + 4), max(bottom, top + 4)


def _on_paper(ink: Ink, inside: tuple[int, int, int, int], random: Random) -> npt.NDArray[np.uint8]:
    """The ink on paper, photographed, at the resolution of what people have: digits of 9 to 60 pixels."""
    height, width = ink.shape
    paper = draw_paper(height, width, HEIGHT, random)
    dark = random.uniform(0.45, 0.95) if random.random() < 0.8 else random.uniform(0.25, 0.45)
    page = paper * (1 - dark * ink)
    size = float(np.exp(random.uniform(np.log(11), np.log(HEIGHT * 1.2)))) if random.random() < 0.7 else HEIGHT
    factor = size / HEIGHT
    shape = max(4, round(width * factor)), max(6, round(height * factor))
    seen = cv2.resize(page, shape, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return photograph(np.asarray(seen), size, random)
