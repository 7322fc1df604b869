"""Batches that the finder learns from: tiles of pages and of closely cropped pictures, drawn in a process of their own.

Notable choices:
- every picture stands in a border of its own frame's median grey, as `reading/finding.py` shows it to the network: ink
  that the frame cuts looks in training as it will look in use;
- closely cropped numbers are small: several share a tile;
- half of a batch are the fresh tiles of the step before, seen again larger or smaller, in other light or turned round:
  drawing costs as much as learning, and a digit at another size is another digit to a network;
- a batch follows from the seed and its step alone.
"""

import multiprocessing
import queue
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import skimage
import sklearn.datasets

from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.synthesis.fonts import handwriting_fonts, load_fonts, printed_fonts
from digits.synthesis.hands import Glyphs
from digits.synthesis.pages import FORGOTTEN, SEEN, Page, cut_at_frame, draw_close, draw_page
from digits.synthesis.papers import Grey, Random
from digits.synthesis.sheet import Sources
from finder.targets import Targets, draw_targets

SIDE = 384
"""Pixels of a tile's side: twelve of the network's coarsest cells, enough for context."""

BATCH = 8
"""Tiles a step, but for the first one."""

FRESH = 4
"""Tiles of a step that are drawn for it; the others are those of the step before, seen again."""

LARGER = 1.4
"""By how much a tile is enlarged, or made smaller, at the most, when it is seen again."""

FAR, FARTHEST, FARTHER = 0.12, 0.15, 0.4
"""The share of these tiles that are seen as from afar, several side by side, and the scales of that: what a
page of small writing looks like at the coarse levels of the pyramid."""

BORDER = 16
"""Pixels of plain grey around each picture; `reading/finding.py` puts the same."""

CLOSE = 0.3
"""The share of the tiles that hold closely cropped pictures."""

HELD_BACK = 5000
"""MNIST's training digits that are kept for validation, as everywhere in this project."""

PHOTOGRAPHS = [
    "astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "moon", "motorcycle_left",
    "retina", "rocket",
]  # fmt: skip
"""Those of scikit-image's pictures that have no writing in them."""

WAITING = 12
"""Batches drawn ahead."""


@dataclass(frozen=True, eq=False)
class Batch:
    """A step's tiles and what is to be said of them; shapes as in `Targets`, with the batch's dimension before."""

    tiles: npt.NDArray[np.uint8]  # (n, 1, SIDE, SIDE)
    maps: npt.NDArray[np.float32]
    counts: npt.NDArray[np.float32]
    edges: npt.NDArray[np.float32]
    inside: npt.NDArray[np.float32]
    names: npt.NDArray[np.int64]


def load_sources(data: Path | None, fonts: Path | None, *, held_back: bool) -> Sources:
    """What pages are drawn from: training digits and fonts, or those that are held back for validation."""
    training, validation = load_dataset("mnist", data_dir=data).split_off(HELD_BACK)
    digits: Dataset = validation if held_back else training
    families = load_fonts(handwriting_fonts(fonts, held_back=held_back))
    return Sources(Glyphs(digits, families), printed_fonts(fonts), load_photographs())


def load_photographs() -> list[Grey]:
    """Photographs and textures that scikit-image and scikit-learn ship, none with writing in it."""
    folder = Path(skimage.__file__).parent / "data"
    files = [file for name in PHOTOGRAPHS for file in sorted(folder.glob(f"{name}.*"))]
    files += sorted((Path(sklearn.datasets.__file__).parent / "images").glob("*.jpg"))
    pictures = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files]
    return [picture.astype(np.float32) / 255 for picture in pictures if picture is not None]


def draw_tile(sources: Sources, random: Random, side: int = SIDE) -> Page:
    """One tile: a page, or several closely cropped pictures side by side."""
    if random.random() >= CLOSE:
        if random.random() < 0.3:
            return draw_page(side, side, sources, random)
        return _on_tile([[draw_page(side - 2 * BORDER, side - 2 * BORDER, sources, random)]], side)
    rows = int(random.choice([2, 3, 4]))
    columns = int(random.choice([1, 2, 3]))
    height, width = side // rows - 2 * BORDER, side // columns - 2 * BORDER
    return _on_tile([[draw_close(height, width, sources, random) for _ in range(columns)] for _ in range(rows)], side)


def _on_tile(pages: list[list[Page]], side: int) -> Page:
    """Pictures in a grid of equal cells, each on its own border."""
    grey = np.empty((side, side), np.uint8)
    parts: list[Page] = []
    before = 0
    for i, row in enumerate(pages):
        for j, page in enumerate(row):
            top, bottom = side * i // len(pages), side * (i + 1) // len(pages)
            left, right = side * j // len(row), side * (j + 1) // len(row)
            grey[top:bottom, left:right] = frame_grey(page.grey)
            height, width = page.grey.shape
            grey[top + BORDER : top + BORDER + height, left + BORDER : left + BORDER + width] = page.grey
            offset = np.array([left + BORDER, top + BORDER], np.float64)
            numbers = page.numbers + before
            before = int(numbers.max()) + 1 if len(numbers) else before
            twice = np.tile(offset, 2)
            parts.append(
                replace(
                    page, boxes=page.boxes + twice, quads=page.quads + offset, numbers=numbers,
                    letter_boxes=page.letter_boxes + twice,
                )
            )  # fmt: skip
    arrays = ("boxes", "quads", "numbers", "lines", "seen", "letter_boxes")
    texts = {name: "".join(getattr(part, name) for part in parts) for name in ("marks", "letters")}
    return Page(grey, **texts, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in arrays})


def frame_grey(grey: npt.NDArray[np.uint8]) -> int:
    """The median of a picture's outermost pixels."""
    return int(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def see_again(page: Page, random: Random) -> Page:
    """A tile, larger or smaller, another part of it, in other light, at times turned round, or from afar."""
    side = page.grey.shape[0]
    far = random.random() < FAR
    scale = float(random.uniform(FARTHEST, FARTHER) if far else np.exp(random.uniform(-1, 1) * np.log(LARGER)))
    reach = round(side * scale)
    sized = cv2.resize(page.grey, (reach, reach), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if far:
        times = -(-side // reach)
        grey = np.tile(sized, (times, times))[:side, :side]
        offsets = [np.array([reach * i, reach * j], np.float64) for i in range(times) for j in range(times)]
    else:
        (left, top), (right, down) = (
            random.uniform(0, max(1, side - reach), 2),
            random.uniform(0, max(1, reach - side), 2),
        )
        offsets = [np.floor([left, top]) - np.floor([right, down])]
        move = np.array([[1, 0, offsets[0][0]], [0, 1, offsets[0][1]]])
        grey = np.asarray(cv2.warpAffine(sized, move, (side, side), borderValue=frame_grey(page.grey)), np.uint8)
    shown = grey.astype(np.float32) * random.uniform(0.5, 1.0) + random.uniform(0, 60)
    shown = 255 - shown if random.random() < 0.3 else shown
    return _placed(page, np.clip(shown, 0, 255).astype(np.uint8), scale, offsets)


def _placed(page: Page, grey: npt.NDArray[np.uint8], scale: float, offsets: list[npt.NDArray[np.float64]]) -> Page:
    """The truth of a page that stands in `grey` once or several times, scaled and moved."""
    times, count = len(offsets), len(page.boxes)
    inside, share = _boxes_placed(page.boxes, len(grey), scale, offsets)
    moved = np.repeat(np.array(offsets), count, axis=0)
    quads = np.tile(page.quads, (times, 1, 1)) * scale + moved[:, None]
    there = np.flatnonzero(share >= FORGOTTEN)
    numbers = np.tile(page.numbers, times) + np.repeat(np.arange(times), count) * (1 + page.numbers.max(initial=0))
    seen = np.tile(page.seen, times) & (share >= SEEN)
    letter_boxes, letter_share = _boxes_placed(page.letter_boxes, len(grey), scale, offsets)
    whole = np.flatnonzero(letter_share >= SEEN)
    return Page(
        grey,
        inside[there],
        quads[there],
        "".join((page.marks * times)[mark] for mark in there),
        numbers[there],
        np.tile(page.lines, times)[there],
        seen[there],
        "".join((page.letters * times)[letter] for letter in whole),
        letter_boxes[whole],
    )


def _boxes_placed(
    boxes: npt.NDArray[np.float64], side: int, scale: float, offsets: list[npt.NDArray[np.float64]]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Boxes, scaled and moved by each offset, cut at a tile's frame; and which share of each is inside."""
    moved = np.repeat(np.array(offsets), len(boxes), axis=0)
    return cut_at_frame(np.tile(boxes, (len(offsets), 1)) * scale + np.tile(moved, 2), (side, side))


def draw_batch(sources: Sources, seed: int, step: int, before: list[Page] | None = None) -> tuple[Batch, list[Page]]:
    """The batch of a step, and its fresh tiles; `before` are those of the step before, if they are at hand."""
    if before is None:
        before = _fresh(sources, seed, step - 1) if step else []
    fresh, random = _fresh(sources, seed, step), np.random.default_rng([seed, step, 1])
    pages = [*fresh, *(see_again(page, random) for page in before)]
    targets: list[Targets] = [draw_targets(page) for page in pages]
    batch = Batch(
        np.stack([page.grey for page in pages])[:, None],
        *(np.stack([getattr(one, name) for one in targets]) for name in ("maps", "counts", "edges", "inside", "names")),
    )
    return batch, fresh


def _fresh(sources: Sources, seed: int, step: int) -> list[Page]:
    random = np.random.default_rng([seed, step])
    return [draw_tile(sources, random) for _ in range(FRESH)]


def batches(data: Path | None, fonts: Path | None, seed: int, first: int, last: int) -> Iterator[Batch]:
    """The batches of the steps from `first` to `last`, drawn by another process while they are learned from."""
    context = multiprocessing.get_context("spawn")
    waiting: multiprocessing.Queue[Batch] = context.Queue(WAITING)
    process = context.Process(target=_draw_all, args=(waiting, data, fonts, seed, first, last), daemon=True)
    process.start()
    for _ in range(first, last):
        while True:
            try:
                batch = waiting.get(timeout=30)
                break
            except queue.Empty as error:
                if not process.is_alive():
                    raise RuntimeError("the process that draws has ended") from error
        yield batch


def _draw_all(waiting: "multiprocessing.Queue[Batch]", data: Path | None, fonts: Path | None, *steps: int) -> None:
    cv2.setNumThreads(1)
    seed, first, last = steps
    sources = load_sources(data, fonts, held_back=False)
    fresh: list[Page] | None = None
    for step in range(first, last):
        batch, fresh = draw_batch(sources, seed, step, fresh)
        while True:
            try:
                waiting.put(batch, timeout=30)
                break
            except queue.Full:
                if multiprocessing.parent_process() is None or not multiprocessing.parent_process().is_alive():
                    return  # who learnt has ended
