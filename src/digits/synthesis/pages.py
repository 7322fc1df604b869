"""Pages: numbers and all that stands beside them, photographed or scanned, with the whole truth.

    page = draw_page(480, 640, sources, random)      its pixels, its marks' boxes, what belongs together

Notable choices:
- one seed, one picture: all is drawn from the generator that is given;
- the frame cuts what it meets: of a mark that is mostly outside nothing is asked, of one that is partly outside nobody
  knows (`seen` is False), of one that is mostly inside what is inside;
- a mark's box after a turn is the box around the turned ellipse in it, not around its turned corners: ink is round.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from digits.synthesis import clutter
from digits.synthesis.camera import photograph
from digits.synthesis.layouts import LAYOUTS
from digits.synthesis.papers import Grey, Random, draw_paper, grain, ruling
from digits.synthesis.sheet import Box, Points, Sheet, Sources

SHARES = {
    "lines": 0.10, "column": 0.04, "table": 0.10, "form": 0.12, "scattered": 0.09, "notes": 0.24,
    "chart": 0.08, "grid": 0.04, "spaced": 0.03, "alone": 0.01, "nothing": 0.15,
}  # fmt: skip
"""How often each layout is drawn; by eye, the more the harder."""

SMALLEST, LARGEST = 10.0, 48.0
"""Pixels: digits are mostly so high, small ones as often as large ones on a scale of ratios. A reader that looks at a
page in several sizes sees each digit at one of them like this."""

OUTSIDE, TINIEST, HUGE = 0.12, 7.0, 200.0
"""The share of the pages whose digits are as small or as large as the other bounds say."""

PRINTED = 0.35
"""The share of the sheets that are strips' papers, often with security print; others are plain, ruled or squared."""

SEEN, FORGOTTEN = 0.6, 0.25
"""The share of a mark's box inside the frame: from the first on it counts, below the second it is not there."""


@dataclass(frozen=True, eq=False)
class Page:
    """A page and its truth, marks in the order of writing.

    Attributes:
        grey: uint8 (height, width).
        boxes: float64 (marks, 4): left, top, right, bottom of each mark, upright, cut at the frame.
        quads: float64 (marks, 4, 2): the same, turned as it is written: top-left, top-right, bottom-right, bottom-left.
        marks: the characters, one for each box.
        numbers: int64 (marks,): which number each belongs to, ascending.
        lines: int64 (marks,): which line of the page its number stands in.
        seen: bool (marks,): whether the frame left enough of it.
        letters: what stands beside and is no mark: the letters of words whose places are known.
        letter_boxes: float64 (letters, 4), of each of them.
        doubtful: boxes in which nobody can say what is written.
    """

    grey: npt.NDArray[np.uint8]
    boxes: Points
    quads: Points
    marks: str
    numbers: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    seen: npt.NDArray[np.bool_]
    letters: str = ""
    letter_boxes: Points = field(default_factory=lambda: np.zeros((0, 4)))
    doubtful: tuple[Box, ...] = ()

    @property
    def is_digit(self) -> npt.NDArray[np.bool_]:
        """Which of the marks are digits, bool (marks,)."""
        return np.array([mark.isdigit() for mark in self.marks], bool)


def draw_page(
    height: int, width: int, sources: Sources, random: Random, *, size: float | None = None, layout: str | None = None
) -> Page:
    """A page.

    Args:
        height: rows of the picture.
        width: columns of the picture.
        sources: what is written and printed from.
        random: what all is drawn from.
        size: height of a digit in pixels; None for any that fits.
        layout: one of `layouts.LAYOUTS`; None for any.
    """
    if size is None:
        size = draw_size(0.8 * height, random)
    name = layout or str(random.choice(list(SHARES), p=list(SHARES.values())))
    turned = random.random() < 0.6
    around = round(0.12 * max(height, width)) if turned else 0
    tall, wide = height + 2 * around, width + 2 * around
    sheet = Sheet(draw_ground(tall, wide, size, sources, random), sources, random)
    LAYOUTS[name](sheet, size)
    lay_clutter(sheet, size)
    move = _camera_move(height, width, around, random) if turned else np.eye(3)
    grey = sheet.grey
    if turned:
        grey = np.asarray(
            cv2.warpPerspective(grey, move, (width, height), borderValue=float(random.random())), np.float32
        )
    return _framed(photograph(grey, size, random), sheet, move)


def draw_close(height: int, width: int, sources: Sources, random: Random) -> Page:
    """A number that fills a picture of at most this size, cropped to its ink or loosely, as people and detectors do."""
    size = draw_size(0.75 * height, random)
    sheet = Sheet(draw_ground(height, width, size, sources, random), sources, random)
    LAYOUTS["alone"](sheet, size)
    if random.random() < 0.3:
        lay_clutter(sheet, size)
    quads = np.array(sheet.quads)
    left, top = quads.min(axis=(0, 1))
    right, bottom = quads.max(axis=(0, 1))
    most = random.choice([0.03, 0.15, 0.5, 1.5])
    edges = random.uniform(-0.02, most, 4) * size
    left, top = max(0, int(left - edges[0])), max(0, int(top - edges[1]))
    right, bottom = min(width, int(right + edges[2]) + 1), min(height, int(bottom + edges[3]) + 1)
    move = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    return _framed(photograph(sheet.grey[top:bottom, left:right], size, random), sheet, move)


def draw_size(largest: float, random: Random) -> float:
    """A digit's height in pixels, at most `largest`."""
    low, high = (TINIEST, HUGE) if random.random() < OUTSIDE else (SMALLEST, LARGEST)
    return float(min(largest, np.exp(random.uniform(np.log(low), np.log(high)))))


def draw_ground(height: int, width: int, size: float, sources: Sources, random: Random) -> Grey:
    """What is written on: paper, or a photograph whose contrast leaves a pen its place."""
    if sources.photographs and random.random() < 0.1:
        photo = sources.photographs[int(random.integers(len(sources.photographs)))]
        zoom = max(height / photo.shape[0], width / photo.shape[1]) * random.uniform(1.0, 3.0)
        rows, columns = int(height / zoom), int(width / zoom)
        top, left = random.integers(0, photo.shape[0] - rows + 1), random.integers(0, photo.shape[1] - columns + 1)
        cut = cv2.resize(photo[top : top + rows, left : left + columns], (width, height))
        dim = random.uniform(0.2, 1.0)
        return np.asarray(cut * dim + (1 - dim) * random.uniform(0.5, 1.0), np.float32)
    if random.random() < PRINTED:
        return draw_paper(height, width, size, random)
    paper = np.full((height, width), random.uniform(0.55, 1.0), np.float32)
    if random.random() < 0.4:
        paper *= 1 - random.uniform(0, 0.04) * np.abs(grain(height, width, random))
    if random.random() < 0.4:
        paper *= 1 - random.uniform(0.05, 0.7) * ruling(height, width, size, random, squared=random.random() < 0.5)
    return np.asarray(paper, np.float32)


_CLUTTER: tuple[tuple[float, Callable[[Sheet, float, Random], None]], ...] = (
    (0.4, lambda sheet, size, random: clutter.lay_words(sheet, size, int(random.integers(1, 10)))),
    (0.25, lambda sheet, size, random: clutter.lay_print(sheet, size, int(random.integers(1, 8)))),
    (0.2, lambda sheet, size, random: clutter.lay_doodles(sheet, size, int(random.integers(1, 6)))),
    (0.12, lambda sheet, size, _: clutter.lay_lines(sheet, size)),
    (0.12, lambda sheet, size, _: clutter.lay_stamp(sheet, size)),
    (0.15, lambda sheet, size, _: clutter.lay_edges(sheet, size)),
    (0.12, lambda sheet, size, _: clutter.lay_stain(sheet, size)),
    (0.07, lambda sheet, size, _: clutter.lay_finger(sheet, size)),
)
"""How often each kind of clutter is laid on a page."""


def lay_clutter(sheet: Sheet, size: float) -> None:
    """What else is on the sheet."""
    for share, lay in _CLUTTER:
        if sheet.random.random() < share:
            lay(sheet, size, sheet.random)


def _camera_move(height: int, width: int, around: int, random: Random) -> Points:
    """The homography, float64 (3, 3), from the sheet to the picture: a little turn, zoom and perspective."""
    steep = random.normal(0, 3) if random.random() < 0.85 else random.normal(0, 10)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    centre = np.array([width, height]) / 2
    turn = cv2.getRotationMatrix2D((0.0, 0.0), float(np.clip(steep, -20, 20)), random.uniform(0.92, 1.1))[:, :2]
    seen = (corners - centre) @ turn.T + centre + around
    seen += random.normal(0, 0.02, (4, 2)) * [width, height]
    return np.asarray(cv2.getPerspectiveTransform(seen.astype(np.float32), corners.astype(np.float32)), np.float64)


def _framed(grey: npt.NDArray[np.uint8], sheet: Sheet, move: Points) -> Page:
    """The picture with the truth of what is in its frame."""
    quads = _moved(np.array(sheet.quads, np.float64).reshape(-1, 4, 2), move)
    boxes, share = cut_at_frame(_around_ellipses(quads), grey.shape)
    there = share >= FORGOTTEN
    numbers = np.array(sheet.numbers, np.int64)[there]
    lines = np.array(sheet.lines, np.int64)[numbers] if len(numbers) else numbers
    marks = "".join(mark for mark, is_there in zip(sheet.marks, there, strict=True) if is_there)
    corners = np.array(sheet.letter_boxes, np.float64).reshape(-1, 4)[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]
    letter_boxes, letter_share = cut_at_frame(_around_ellipses(_moved(corners, move)), grey.shape)
    whole = letter_share >= SEEN
    letters = "".join(letter for letter, is_whole in zip(sheet.letters, whole, strict=True) if is_whole)
    return Page(
        grey, boxes[there], quads[there], marks, numbers, lines, share[there] >= SEEN,
        letters, letter_boxes[whole], tuple(sheet.doubtful),
    )  # fmt: skip


def _moved(quads: Points, move: Points) -> Points:
    """Quadrilaterals, float64 (n, 4, 2), taken along by a homography."""
    flat = np.concatenate([quads.reshape(-1, 2), np.ones((4 * len(quads), 1))], axis=1) @ move.T
    return np.asarray((flat[:, :2] / flat[:, 2:]).reshape(-1, 4, 2))


def cut_at_frame(boxes: Points, shape: tuple[int, ...]) -> tuple[Points, Points]:
    """What of boxes, float64 (n, 4), is inside a picture of `shape`; and which share of each that is, float64 (n,)."""
    inside = np.clip(boxes, 0, [shape[1], shape[0], shape[1], shape[0]])
    areas = [(edges[:, 2:] - edges[:, :2]).prod(axis=1) for edges in (inside, boxes)]
    return inside, np.asarray(areas[0] / areas[1])


def _around_ellipses(quads: Points) -> Points:
    """The upright boxes, float64 (n, 4), around the ellipses in these quadrilaterals."""
    centres = quads.mean(axis=1)
    across = (quads[:, 1] + quads[:, 2] - quads[:, 0] - quads[:, 3]) / 4  # from the centre to the right side's middle
    down = (quads[:, 2] + quads[:, 3] - quads[:, 0] - quads[:, 1]) / 4
    reach = np.maximum(np.hypot(across, down), 0.5)
    return np.concatenate([centres - reach, centres + reach], axis=1)
