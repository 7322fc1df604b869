"""Lines of digits made from a Dataset's, as pictures with known text: to tune a search on, and to measure with.

    python benchmarks/synthetic_pictures.py touching FOLDER --count 100         a folder as `reading.py` takes it
    python benchmarks/synthetic_pictures.py photographed FOLDER --split test --digits 13 --seed 1

Usage from Python: `render_line(8, STYLES["touching"], dataset, random)` gives a picture, uint8 (height, width), dark on
light, and its text; a text such as `"2026"` instead of the 8 says which digits. `render_lines(100, …, seed=0)` gives
many, each of which follows from the seed and its place alone. `write_line` of `synthetic_hand.py` gives the ink alone
with each digit's box, where a search has to be told which cuts are right. Validation digits
(`load_dataset("mnist").split_off(5000)[1]`) are for tuning; test digits for the one figure at the end.

Styles:
- `clean`: even gaps, plain light paper;
- `touching`: most neighbours touch or overlap a little, the others nearly do, as people write;
- `photographed`: tilted, in perspective, on paper under uneven light, uneven in size and gaps, slanted, with thin and
  thick pens; some touch; a ruled line beneath some, a neighbouring row cut off at the border of others.

Digits come one hand a line (`synthetic_hand.py`), on paper (`synthetic_paper.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from synthetic_hand import Hand, Ink, Written, draw_digits, lay, write_line
from synthetic_paper import FLAT, PHONE, Camera, bend, photograph

Random = np.random.Generator
Range = tuple[float, float]
Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Style:
    """Ranges that a line's properties are drawn from, uniformly; shares are of a digit's height.

    Attributes:
        camera: what takes the picture.
        height: of a digit in pixels; drawn from its logarithm.
        stroke: width of the pen's line, as a share; never below `HAIRLINE` pixels.
        slant: to the right.
        unevenness: standard deviation of heights and of places above the line, as shares.
        gap: between the inks of neighbours that do not touch, as a share.
        even: whether all gaps of a line are alike.
        touching: share of the neighbours that touch, or overlap by at most `OVERLAP` strokes.
        tails: share of the 7s and 9s that reach below the line.
        margin: paper around the text, as a share.
        ruled: share of the pictures with a ruled line beneath the text.
        neighbour: share of the pictures with a part of another row at the border.
    """

    camera: Camera
    height: Range
    stroke: Range
    slant: Range
    unevenness: Range
    gap: Range
    even: bool
    touching: Range
    tails: Range
    margin: Range
    ruled: float = 0.0
    neighbour: float = 0.0


HAIRLINE = 1.3
"""Pixels of the thinnest line: the photographs that we know have none below."""

OVERLAP = 0.8
"""Strokes by which touching neighbours overlap at the most."""

STYLES = {
    "clean": Style(
        FLAT, height=(20, 120), stroke=(0.08, 0.16), slant=(-0.1, 0.3), unevenness=(0.02, 0.05), gap=(0.15, 0.5),
        even=True, touching=(0, 0), tails=(0, 0), margin=(0.3, 0.8),
    ),
    "touching": Style(
        FLAT, height=(20, 120), stroke=(0.08, 0.16), slant=(-0.1, 0.4), unevenness=(0.02, 0.07), gap=(0.02, 0.12),
        even=False, touching=(0.6, 0.9), tails=(0, 0.3), margin=(0.3, 0.8),
    ),
    "photographed": Style(
        PHONE, height=(16, 200), stroke=(0.05, 0.18), slant=(-0.15, 0.5), unevenness=(0.03, 0.1), gap=(0.04, 0.6),
        even=False, touching=(0, 0.3), tails=(0, 0.6), margin=(0.15, 1.5), ruled=0.2, neighbour=0.15,
    ),
}  # fmt: skip


def render_line(labels: str | int, style: Style | str, dataset: Dataset, random: Random) -> tuple[Picture, str]:
    """A picture of a line of digits, uint8 (height, width), dark on light, and what it says.

    Args:
        labels: the digits, or how many to draw at random.
        style: a Style, or the name of one in `STYLES`.
        dataset: where the digits come from.
        random: what all is drawn from.
    """
    style = STYLES[style] if isinstance(style, str) else style
    hand = draw_hand(style, random)
    line = write(labels, style, hand, dataset, random)
    neighbour = write(len(line.text), style, hand, dataset, random) if random.random() < style.neighbour else None
    ruled = random.random() < style.ruled
    tilt = random.uniform(-1, 1) * style.camera.tilt
    if neighbour:  # a line is cut out along its own direction, or all of the other row would be in the picture
        tilt *= 0.1
    ink, left, top, right, bottom = _sheet(line, hand, style, random, ruled=ruled, neighbour=neighbour)
    move, height, width = bend(*ink.shape, tilt, 0 if neighbour else style.camera.perspective, random)
    seen = cv2.warpPerspective(ink, move, (width, height), flags=cv2.INTER_LINEAR)
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)
    found = cv2.perspectiveTransform(corners, move)[0]
    (first, highest), (last, lowest) = np.floor(found.min(axis=0)).astype(int), np.ceil(found.max(axis=0)).astype(int)
    cut = seen[max(0, highest) : lowest, max(0, first) : last]
    return photograph(np.ascontiguousarray(cut), style.camera, random, stroke=hand.stroke), line.text


def render_lines(
    count: int, style: Style | str, dataset: Dataset, *, digits: int = 8, seed: int = 0
) -> Iterator[tuple[Picture, str]]:
    """So many lines of `digits` digits; each follows from the seed and its place alone."""
    for place in range(count):
        yield render_line(digits, style, dataset, np.random.default_rng([seed, place]))


def draw_hand(style: Style, random: Random, height: float | None = None) -> Hand:
    """A hand of this style; `height` in pixels, or drawn."""
    height = height or float(np.exp(random.uniform(*np.log(style.height))))
    return Hand(
        height=height,
        stroke=max(HAIRLINE, random.uniform(*style.stroke) * height),
        slant=random.uniform(*style.slant),
        breadth=random.uniform(0.85, 1.1),
        unevenness=random.uniform(*style.unevenness),
        tails=random.uniform(*style.tails),
        small_zeros=random.random() < 0.25 * (style.tails[1] > 0),
    )


def write(labels: str | int, style: Style, hand: Hand, dataset: Dataset, random: Random) -> Written:
    """A line of digits by this hand, with this style's gaps."""
    text, images = draw_digits(labels, dataset, random)
    between = max(0, len(text) - 1)
    gaps = random.uniform(*style.gap, 1 if style.even else between) * hand.height * np.ones(between)
    if not style.even:  # a line is tight or wide, and uneven in it
        gaps *= random.uniform(0.4, 1)
    touching = random.permutation(between)[: round(random.uniform(*style.touching) * between)]
    gaps[touching] = -random.uniform(0.2, OVERLAP, len(touching)) * hand.stroke
    return write_line(text, images, hand, list(gaps), random)


def _sheet(
    line: Written, hand: Hand, style: Style, random: Random, *, ruled: bool, neighbour: Written | None
) -> tuple[Ink, int, int, int, int]:
    """The line on a sheet that is larger than the picture will be, and what of it the picture shows."""
    height, width = line.ink.shape
    left, top, right, bottom = np.round(random.uniform(*style.margin, 4) * hand.height).astype(int) + 2
    around = round(0.3 * width + 2 * hand.height) + max(left, top, right, bottom)
    ink = np.pad(line.ink, around)
    if neighbour:
        distance = round(random.uniform(0.15, 0.5) * hand.height)
        shown = round(random.uniform(0.05, 0.3) * hand.height)
        shift = round(random.uniform(-0.5, 0.5) * hand.height)
        above = random.random() < 0.5
        if above:
            at, top = around - distance - len(neighbour.ink), distance + shown
        else:
            at, bottom = around + height + distance, distance + shown
        lay(ink, neighbour.ink, max(0, at), around + shift)
    if ruled:
        row = around + line.baseline + round(random.uniform(-0.05, 0.2) * hand.height)
        thickness = max(1, round(random.uniform(0.15, 0.5) * hand.stroke))
        lines = np.zeros_like(ink)
        pitch = round(random.uniform(1.4, 2) * hand.height)
        for number in (-1, 0, 1):
            lines[max(0, row + number * pitch) :][:thickness] = random.uniform(0.3, 0.9)
        ink = np.maximum(ink, lines)
    return ink, around - left, around - top, around + width + right, around + height + bottom
