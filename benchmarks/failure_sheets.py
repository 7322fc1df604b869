"""What a reader got wrong, as one picture a source: the picture beside what the network saw.

A failure is a digit whose best guess is wrong, or a non-digit that was named freely. Those that were named freely are
red, those that were held back as unsure grey.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digits.reading.pictures.picture import open_pictures
from labelled_pictures import DIGITS, Labelled, sources
from ways_to_read import Answer

SIDE = 112
"""Pixels of a picture on the sheet: four for one of 28."""

ACROSS, AT_MOST = 6, 60
"""Failures in a row, and on a sheet."""

_GAP, _CAPTION, _TITLE = 14, 36, 44
_RED, _GREY, _BLACK, _FRAME = (186, 30, 30), (115, 115, 115), (20, 20, 20), (205, 205, 205)


def write(pictures: Sequence[Labelled], answers: Sequence[Answer], directory: Path) -> list[Path]:
    """Write a PNG for each source that has failures; gives the files."""
    files = []
    for source in sources(pictures):
        pairs = [pair for pair in zip(pictures, answers, strict=True) if pair[0].source == source]
        failures = [pair for pair in pairs if is_failure(*pair)]
        if failures:
            directory.mkdir(parents=True, exist_ok=True)
            file = directory / f"{source.replace('/', '_')}.png"
            draw(failures, f"{source}: {_title(failures, len(pairs))}").save(file)
            files.append(file)
    return files


def is_failure(picture: Labelled, answer: Answer) -> bool:
    """Whether this answer is one to learn from."""
    return answer.guess != picture.label if picture.kind == DIGITS else answer.given


def draw(failures: Sequence[tuple[Labelled, Answer]], title: str) -> Image.Image:
    """The sheet: those named freely first, the surest of them before the others."""
    order = sorted(failures, key=lambda pair: (not pair[1].given, -pair[1].certainty))[:AT_MOST]
    across = min(ACROSS, max(3, len(order)))
    cell, row = 2 * SIDE + 4 + 2 * _GAP, SIDE + _CAPTION + _GAP
    down = -(-len(order) // across)
    sheet = Image.new("RGB", (across * cell + _GAP, _TITLE + down * row + _GAP), "white")
    pen, font, small = ImageDraw.Draw(sheet), ImageFont.load_default(15), ImageFont.load_default(11)
    pen.text((_GAP, _GAP), title, _BLACK, font)
    for number, (picture, answer) in enumerate(order):
        left, top = _GAP + number % across * cell, _TITLE + number // across * row
        pages = [next(open_pictures(picture.path)).pixels, answer.seen]
        for place, pixels in zip((left, left + SIDE + 4), pages, strict=True):
            pen.rectangle((place - 1, top - 1, place + SIDE, top + SIDE), outline=_FRAME)
            if pixels is not None:
                shown = _fitted(pixels)
                sheet.paste(shown, (place + (SIDE - shown.width) // 2, top + (SIDE - shown.height) // 2))
        colour = _RED if answer.given else _GREY
        pen.text((left, top + SIDE + 3), _caption(picture, answer), colour, font)
        pen.text((left, top + SIDE + 22), picture.name, _GREY, small)
    return sheet


def _title(failures: Sequence[tuple[Labelled, Answer]], n: int) -> str:
    given = sum(answer.given for _, answer in failures)
    shown = f"; the surest {AT_MOST} are shown" if len(failures) > AT_MOST else ""
    if all(picture.kind != DIGITS for picture, _ in failures):
        return f"{given:,} of {n:,} named, though they are no digits{shown}"
    return f"{len(failures):,} of {n:,} wrong: {given:,} named freely (red), {len(failures) - given:,} unsure{shown}"


def _caption(picture: Labelled, answer: Answer) -> str:
    said = f"{picture.label} > {answer.guess or 'nothing'}   {100 * answer.confidence:.0f} %"
    return said if answer.digitness is None else f"{said}   digit {100 * answer.digitness:.0f} %"


def _fitted(pixels: np.ndarray) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    factor = SIDE / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.NEAREST if factor >= 2 else Image.Resampling.LANCZOS)
