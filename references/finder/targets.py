"""What the finder is to say of a page: maps drawn from the truth, where they count, and the loss.

Notable choices:
- a mark's core is a Gaussian over its box, 1 at its centre; cores of touching neighbours do not touch at half height;
- a joint is a band from the centre of each mark to the next of the same number; digits are joined past the signs
  between them, so that a lost comma does not tear a number in two;
- marks too small or too large for one level of the picture pyramid do not count there: another level will see them. The
  largest and tiniest are ground: the stem of a huge 4 is no 1, and four lines of small print are no 8;
- the loss is the quality focal loss (Li et al. 2020) for the maps, with an exponent of 1: letters, of which the network
  is half sure for long, weigh more than with 2. Distances: smooth L1 of their logarithms, in the cores.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
from torch import Tensor
from torch.nn import functional

from digits.synthesis.pages import Page
from finder.network import EDGE_STRIDE, NAMES, STRIDE, UNIT

Floats = npt.NDArray[np.float32]

TINIEST, SMALLEST, LARGEST, HUGE = 5.0, 8.0, 60.0, 90.0
"""Pixels of a digit's longer side. Between the first two, and the last two, it does not count; beyond it is ground."""

CORE = 0.22
"""Standard deviation of a core, as a share of its box's width and height."""

LEAST_CORE = 1.3
"""Pixels: the smallest standard deviation of a core, so that dots and the thin side of a 1 have one."""

JOINT = 0.3
"""Thickness of a joint, as a share of the marks' height."""

INSIDE = 0.4
"""Where a core is at least so high, its distances to the edges are learnt."""

NOBODY = -1
"""The name of a sign, of a letter that is not in `NAMES`, and of the ground."""

SIGN_WEIGHT = 0.5
"""Signs count half: a lost dot costs less than a lost digit."""


@dataclass(frozen=True, eq=False)
class Targets:
    """What is to be said of one page of height × width pixels.

    Attributes:
        maps: digit, sign, joint, float32 (3, height / 2, width / 2), 0 to 1.
        counts: where the maps count, float32 (3, height / 2, width / 2), 0 to 1.
        edges: log distances in units of `UNIT` pixels: left, top, right, bottom, float32 (4, height / 4, width / 4).
        inside: where the distances count, float32 (height / 4, width / 4).
        names: which of `NAMES` is there, int64 (height / 4, width / 4); `NOBODY` where none is.
    """

    maps: Floats
    counts: Floats
    edges: Floats
    inside: Floats
    names: npt.NDArray[np.int64]


def draw_targets(page: Page) -> Targets:
    """The targets of a page whose height and width are multiples of 32."""
    height, width = page.grey.shape
    maps = np.zeros((3, height // STRIDE, width // STRIDE), np.float32)
    counts = np.ones_like(maps)
    edges = np.zeros((4, height // EDGE_STRIDE, width // EDGE_STRIDE), np.float32)
    inside = np.zeros(edges.shape[1:], np.float32)
    names = np.full(inside.shape, NOBODY, np.int64)
    sizes = _digit_sizes(page)
    for box, mark, size, seen in zip(page.boxes, page.marks, sizes, page.seen, strict=True):
        if not TINIEST <= size <= HUGE:
            continue
        if not SMALLEST <= size <= LARGEST or not seen:
            _forget(counts, box)
            continue
        place, core = _core(box, STRIDE, maps.shape)
        if core.size:
            layer = maps[0 if mark.isdigit() else 1]
            layer[place] = np.maximum(layer[place], core)
            names[_learn_edges(edges, inside, box)] = NAMES.find(mark)
    for box, letter in zip(page.letter_boxes, page.letters, strict=True):
        if SMALLEST <= (box[2:] - box[:2]).max() <= LARGEST:
            names[_learn_edges(edges, inside, box)] = NAMES.find(letter.lower())
    _draw_joints(maps[2], counts[2], page, sizes)
    for box in page.doubtful:
        _forget(counts, box)
    counts[1] *= SIGN_WEIGHT
    return Targets(maps, counts, edges, inside, names)


def _digit_sizes(page: Page) -> Floats:
    """For each mark, the longer side of the largest digit of its number: signs are small beside their digits."""
    sides = (page.boxes[:, 2:] - page.boxes[:, :2]).max(axis=1) if len(page.boxes) else np.zeros(0)
    sizes = np.zeros(len(sides), np.float32)
    for number in np.unique(page.numbers):
        own = page.numbers == number
        sizes[own] = np.median(sides[own & page.is_digit]) if (own & page.is_digit).any() else sides[own].max()
    return sizes


def _window(box: npt.NDArray[np.float64], stride: int, shape: tuple[int, ...], more: float = 0.0) -> tuple[int, ...]:
    """The cells that the box reaches into: left, top, right, bottom, cut at the frame."""
    left, top, right, bottom = box
    return (
        max(0, int((left - more) / stride)), max(0, int((top - more) / stride)),
        min(shape[-1], int((right + more) / stride) + 1), min(shape[-2], int((bottom + more) / stride) + 1),
    )  # fmt: skip


def _core(box: npt.NDArray[np.float64], stride: int, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], Floats]:
    """A mark's Gaussian: the rows and columns of a map of `shape` in which it is, and its values there."""
    left, top, right, bottom = _window(box, stride, shape, 3 * LEAST_CORE)
    spread_x = max(LEAST_CORE, CORE * (box[2] - box[0]))
    spread_y = max(LEAST_CORE, CORE * (box[3] - box[1]))
    x = (np.arange(left, max(left, right)) + 0.5) * stride - (box[0] + box[2]) / 2
    y = (np.arange(top, max(top, bottom)) + 0.5) * stride - (box[1] + box[3]) / 2
    drawn = np.exp(-0.5 * ((x / spread_x) ** 2 + ((y / spread_y) ** 2)[:, None])).astype(np.float32)
    if drawn.max(initial=0) > 0.5:
        drawn /= drawn.max()  # a core between cells is no less sure
    return (slice(top, max(top, bottom)), slice(left, max(left, right))), drawn


def _learn_edges(
    edges: Floats, inside: Floats, box: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Write the distances to the box's edges where the mark's core is higher than another's there; gives the cells."""
    (tall, wide), own = _core(box, EDGE_STRIDE, inside.shape)
    rows, columns = np.nonzero((own >= INSIDE) & (own > inside[tall, wide]))
    core = own[rows, columns]
    rows, columns = rows + tall.start, columns + wide.start
    x, y = (columns + 0.5) * EDGE_STRIDE, (rows + 0.5) * EDGE_STRIDE
    distances = np.stack([x - box[0], y - box[1], box[2] - x, box[3] - y])
    edges[:, rows, columns] = np.log(np.maximum(distances, 0.75) / UNIT)
    inside[rows, columns] = core
    return rows, columns


def _forget(counts: Floats, box: npt.NDArray[np.float64]) -> None:
    """What is said inside the box does not count."""
    left, top, right, bottom = _window(box, STRIDE, counts.shape)
    counts[:, top:bottom, left:right] = 0


def _draw_joints(into: Floats, counts: Floats, page: Page, sizes: Floats) -> None:
    """Bands between neighbours of each number, digits joined past the signs between."""
    centres = (page.boxes[:, :2] + page.boxes[:, 2:]) / 2
    for number in np.unique(page.numbers):
        own = np.flatnonzero(page.numbers == number)
        size = sizes[own[0]]
        if len(own) < 2 or not TINIEST <= size <= HUGE:
            continue
        digits = own[page.is_digit[own]]
        pairs = {*pairwise(own), *pairwise(digits)}
        layer = into if SMALLEST <= size <= LARGEST else counts
        value = 1.0 if layer is into else 0.0
        thickness = max(1, round(JOINT * size / STRIDE))
        for one, other in sorted(pairs):
            ends = [tuple(int(v) for v in centres[mark] / STRIDE * 16 - 8) for mark in (one, other)]
            cv2.line(layer, ends[0], ends[1], value, thickness, cv2.LINE_8, 4)


def loss_of(
    said: tuple[Tensor, Tensor, Tensor], maps: Tensor, counts: Tensor, edges: Tensor, inside: Tensor, names: Tensor
) -> tuple[Tensor, dict[str, float]]:
    """The loss of a batch, and its parts; shapes as in `Targets`, with the batch's dimension before."""
    logits, distances, called = (part.float() for part in said)
    difference = (logits.sigmoid() - maps).abs()
    focal = functional.binary_cross_entropy_with_logits(logits, maps, reduction="none") * difference * counts
    cores = maps.sum((0, 2, 3)) + 50.0  # so many cells are sure; a batch without any counts a little
    per_map = focal.sum((0, 2, 3)) / cores
    off = functional.smooth_l1_loss(distances, edges, reduction="none", beta=0.1).sum(1)
    boxes = (off * inside).sum() / (inside.sum() + 20.0)
    surprise = functional.cross_entropy(called, names, ignore_index=NOBODY, reduction="none")
    wrong = (surprise * inside).sum() / ((inside * (names != NOBODY)).sum() + 20.0)
    parts = {"digit": per_map[0], "sign": per_map[1], "joint": per_map[2], "edges": boxes, "names": wrong}
    total = 2 * per_map[0] + per_map[1] + per_map[2] + 0.5 * boxes + wrong
    return total, {name: float(part.detach()) for name, part in parts.items()}
