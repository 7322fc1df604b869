"""Pages of numbers made from a Dataset's digits, as pictures with known text.

    python benchmarks/synthetic_pictures.py columns FOLDER --count 20

`render_page("columns", dataset, random)` gives a picture, uint8 (height, width), dark on light, and its text: numbers
separated by spaces, rows from the top joined by `/`.

Styles:
- `sheet`: a few ragged rows of a long number each, as on a note;
- `columns`: many rows of several numbers below each other, some places empty;
- `ruled`: rows on ruled or squared paper.

Notable choices:
- a page is written by one hand, whose rows differ in height, distance and beginning;
- half of the pages lie on a dark table that shows at their edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from synthetic_hand import Hand, Ink, Written, lay
from synthetic_lines import STYLES, Style, draw_hand, write
from synthetic_paper import PHONE, Homography, bend, photograph

Random = np.random.Generator
Picture = npt.NDArray[np.uint8]
Counts = tuple[int, int]

WRITING = replace(
    STYLES["photographed"], camera=replace(PHONE, tilt=5, perspective=0.03, blur=(0.05, 0.3)), height=(24, 60),
    stroke=(0.06, 0.14), touching=(0, 0.15), unevenness=(0.03, 0.08), gap=(0.08, 0.45), tails=(0, 0.5),
)  # fmt: skip
"""How pages and forms are written and photographed."""


@dataclass(frozen=True)
class Page:
    """Ranges that a page's properties are drawn from, both ends included.

    Attributes:
        rows: of numbers.
        columns: numbers of a row.
        digits: of a number.
        empty: share of the places that stay empty, where there are columns.
        ruled: share of the pages on ruled paper, half of them squared.
    """

    rows: Counts
    columns: Counts
    digits: Counts
    empty: float = 0.0
    ruled: float = 0.0


PAGES = {
    "sheet": Page(rows=(2, 6), columns=(1, 1), digits=(5, 13)),
    "columns": Page(rows=(4, 12), columns=(2, 4), digits=(1, 7), empty=0.1, ruled=0.2),
    "ruled": Page(rows=(3, 9), columns=(1, 2), digits=(3, 9), ruled=1.0),
}


def render_page(
    kind: Page | str, dataset: Dataset, random: Random, *, style: Style = WRITING, height: float | None = None
) -> tuple[Picture, str]:
    """A picture of a page, uint8 (height, width), and what it says: rows joined by `/`, numbers by spaces.

    Args:
        kind: a Page, or the name of one in `PAGES`.
        dataset: where the digits come from.
        random: what all is drawn from.
        style: how it is written and photographed.
        height: of a digit in pixels; by default drawn from the style.
    """
    page = PAGES[kind] if isinstance(kind, str) else kind
    hand = draw_hand(style, random, height)
    rows, columns = (int(random.integers(low, high + 1)) for low, high in (page.rows, page.columns))
    table = [[_number(page, style, hand, dataset, random, columns) for _ in range(columns)] for _ in range(rows)]
    for row in table:
        if not any(row):
            row[0] = write(page.digits[0], style, hand, dataset, random)
    ink, pitch = _lay_table(table, hand, random)
    if random.random() < page.ruled:
        ink = np.maximum(ink, _ruling(*ink.shape, pitch, hand, random))
    text = "/".join(" ".join(number.text for number in row if number) for row in table)
    return photographed(ink, hand, style, random)[0], text


def _number(page: Page, style: Style, hand: Hand, dataset: Dataset, random: Random, columns: int) -> Written | None:
    """A number of the page, or None where its place stays empty."""
    if columns > 1 and random.random() < page.empty:
        return None
    own = replace(hand, height=hand.height * random.uniform(0.85, 1.15))
    return write(int(random.integers(page.digits[0], page.digits[1] + 1)), style, own, dataset, random)


def _lay_table(table: Sequence[Sequence[Written | None]], hand: Hand, random: Random) -> tuple[Ink, int]:
    """The numbers on a sheet, and how far a row is from the next; columns begin or end below each other, raggedly."""
    widths = [
        max((number.ink.shape[1] for row in table if (number := row[place])), default=0)
        for place in range(len(table[0]))
    ]
    ragged, between = random.uniform(0, 1.5) * hand.height, random.uniform(2, 4) * hand.height
    starts = np.cumsum([0.0, *(width + ragged + between for width in widths)])
    to_the_right = random.random() < 0.4
    pitch = round(random.uniform(1.9, 3) * hand.height)
    margin = round(random.uniform(1.2, 2.5) * hand.height)
    ink = np.zeros((pitch * len(table) + 2 * margin, round(starts[-1] - between) + 2 * margin), np.float32)
    for place, row in enumerate(table):
        line = margin + round((place + 0.7 + random.uniform(-0.06, 0.06)) * pitch)
        for column, number in enumerate(row):
            if number:
                aside = (widths[column] - number.ink.shape[1]) if to_the_right else 0
                left = margin + round(starts[column] + aside + random.uniform(0, ragged))
                lay(ink, number.ink, max(0, line - number.baseline), left)
    return ink, pitch


def _ruling(height: int, width: int, pitch: int, hand: Hand, random: Random) -> Ink:
    """Ruled or squared paper: float32 (height, width)."""
    lines = np.zeros((height, width), np.float32)
    thickness, strength = max(1, round(random.uniform(0.15, 0.4) * hand.stroke)), random.uniform(0.15, 0.6)
    squared = random.random() < 0.5
    step = round(pitch / 2) if squared else pitch
    for row in range(int(random.integers(0, step)), height, step):
        lines[row : row + thickness] = strength
    if squared:
        for column in range(int(random.integers(0, step)), width, step):
            lines[:, column : column + thickness] = strength
    return lines


def photographed(ink: Ink, hand: Hand, style: Style, random: Random) -> tuple[Picture, Homography]:
    """The sheet's picture, and where its points are in it; on a dark table, or paper all over."""
    camera = style.camera
    move, height, width = bend(*ink.shape, random.uniform(-1, 1) * camera.tilt, camera.perspective, random)
    sheet = None
    if random.random() < 0.5:
        sheet = cv2.warpPerspective(np.ones_like(ink), move, (width, height))
    seen = np.asarray(cv2.warpPerspective(ink, move, (width, height)), np.float32)
    return photograph(seen, camera, random, stroke=hand.stroke, sheet=sheet), move
