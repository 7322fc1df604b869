"""What a reader got wrong in lines and pages, as one picture a source: the picture, its label, what was read.

A failure is a label of which a character was read wrongly, or a picture without a digit in which some were named
freely. What was named freely is red, what was held back as unsure grey.
"""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from digits.reading.pictures.picture import open_pictures
from labelled_pictures import Labelled, sources
from reading_numbers import Match, match
from ways_to_read_numbers import UNSURE, Answer

WIDTH, HEIGHT = 360, 240
"""Pixels that a picture has on the sheet at the most."""

ACROSS, AT_MOST = 4, 32
"""Failures in a row, and on a sheet."""

_GAP, _LINE, _TITLE = 16, 18, 46
_SHOWN_ROWS = 8
_RED, _GREY, _BLACK, _FRAME = (186, 30, 30), (115, 115, 115), (20, 20, 20), (205, 205, 205)

Failure = tuple[Labelled, Answer, Match | None]
"""A picture, what was read, and that beside its label; None where there is no digit."""


def write(pictures: Sequence[Labelled], answers: Sequence[Answer], directory: Path) -> list[Path]:
    """Write a PNG for each source that has failures; gives the files."""
    files = []
    for source in sources(pictures):
        pairs = [pair for pair in zip(pictures, answers, strict=True) if pair[0].source == source]
        if found := failures(pairs):
            directory.mkdir(parents=True, exist_ok=True)
            file = directory / f"{source.replace('/', '_')}_numbers.png"
            draw(found, _title(source, found, len(pairs))).save(file)
            files.append(file)
    return files


def failures(pairs: Sequence[tuple[Labelled, Answer]]) -> list[Failure]:
    """The pictures to learn from, those with the most to learn first."""
    found: list[Failure] = []
    for picture, answer in pairs:
        if not picture.is_number:
            if any(row.replace(UNSURE, "") for row in answer.free):
                found.append((picture, answer, None))
        elif not (compared := match(picture.label, answer)).exact:
            found.append((picture, answer, compared))
    return sorted(found, key=lambda one: (not _given(one), -(one[2].edits if one[2] else 0)))


def draw(found: Sequence[Failure], title: str) -> Image.Image:
    """The sheet: each picture above its rows, the label before what was read."""
    shown = found[:AT_MOST]
    across = min(ACROSS, len(shown))
    cells = [_cell(*one) for one in shown]
    rows = [cells[start : start + across] for start in range(0, len(cells), across)]
    heights = [max(cell.height for cell in row) + _GAP for row in rows]
    sheet = Image.new("RGB", (across * (WIDTH + _GAP) + _GAP, _TITLE + sum(heights)), "white")
    ImageDraw.Draw(sheet).text((_GAP, _GAP), title, _BLACK, ImageFont.load_default(15))
    top = _TITLE
    for row, height in zip(rows, heights, strict=True):
        for place, cell in enumerate(row):
            sheet.paste(cell, (_GAP + place * (WIDTH + _GAP), top))
        top += height
    return sheet


def _cell(picture: Labelled, answer: Answer, compared: Match | None) -> Image.Image:
    pixels = Image.fromarray(next(open_pictures(picture.path)).pixels).convert("RGB")
    factor = min(WIDTH / pixels.width, HEIGHT / pixels.height, 3)
    shown = pixels.resize((max(1, round(pixels.width * factor)), max(1, round(pixels.height * factor))))
    lines = _said(answer, compared)
    cell = Image.new("RGB", (WIDTH, shown.height + 2 + (1 + len(lines)) * _LINE), "white")
    pen, font, small = ImageDraw.Draw(cell), ImageFont.load_default(14), ImageFont.load_default(11)
    cell.paste(shown, (1, 1))
    pen.rectangle((0, 0, shown.width + 1, shown.height + 1), outline=_FRAME)
    pen.text((0, shown.height + 4), picture.name, _GREY, small)
    for number, (text, colour) in enumerate(lines, 1):
        pen.text((0, shown.height + 2 + number * _LINE), text, colour, font)
    return cell


def _said(answer: Answer, compared: Match | None) -> list[tuple[str, tuple[int, int, int]]]:
    """Lines of a caption and their colours."""
    if compared is None:
        lines = [(f"no digit > {row}", _RED) for row in answer.free if row.replace(UNSURE, "")]
    else:
        wrong = [row for row in compared.rows if not row.exact]
        lines = [(_beside(row.label, row.read, row.free), _RED if row.given else _GREY) for row in wrong]
        if compared.invented:
            lines.append((f"rows that are not there: {compared.invented}", _RED))
    more = len(lines) - _SHOWN_ROWS
    return [*lines[:_SHOWN_ROWS], (f"… and {more} more", _GREY)] if more > 0 else lines


def _beside(label: str, read: str, free: str) -> str:
    unsure = f"   freely {free}" if UNSURE in free else ""
    return f"{label} > {read or 'nothing'}{unsure}"


def _given(failure: Failure) -> bool:
    _, _, compared = failure
    return compared is None or any(row.given and not row.exact for row in compared.rows) or compared.invented > 0


def _title(source: str, found: Sequence[Failure], n: int) -> str:
    shown = f"; {AT_MOST} are shown" if len(found) > AT_MOST else ""
    named = sum(map(_given, found))
    return f"{source}: {len(found):,} of {n:,} not exactly right, {named:,} of them named freely (red){shown}"
