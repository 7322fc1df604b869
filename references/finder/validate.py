"""What the finder finds on pages of validation digits and of hands in fonts that it never saw.

    python references/finder/validate.py src/digits/models/finder --fonts FONTS            figures
    python references/finder/validate.py src/digits/models/finder --fonts FONTS --choose  thresholds, into config.json

A number counts as found where a find covers it with an IoU of `HIT` or more of the upright boxes; its marks, where they
are as many digits as were written. Pages without a number say how many finds are false in a picture of nothing.
"""

import argparse
import json
import sys
import time
import zlib
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from digits.atomic import write_whole
from digits.reading.finding import Found, find_numbers
from digits.reading.networks.finder import Finder, Maps
from digits.synthesis.layouts import LAYOUTS
from digits.synthesis.pages import Page, draw_page
from finder.batches import load_sources

HIT = 0.5
"""IoU from which a number counts as found."""

SURE = 0.6
"""Confidence from which a false find on a page of nothing is a sure one."""

TRIED = tuple(product((0.25, 0.33, 0.42), (0.45, 0.55), (0.25, 0.35)))
"""Thresholds that are tried: of a mark, of a number's surest digit, of a joint."""

SIZES = ((480, 640), (1100, 800), (160, 240))
"""Rows and columns of the validation pages, in turn."""


@dataclass
class Tally:
    """Counts over pages of one layout."""

    pages: int = 0
    written: int = 0
    found: int = 0
    digits_right: int = 0
    finds: int = 0
    sure_finds: int = 0

    def __str__(self) -> str:
        """One line."""
        recall, precision = self.found / max(1, self.written), self.found / max(1, self.finds)
        exact = self.digits_right / max(1, self.written)
        return (
            f"{self.pages:4} pages  {self.written:5} numbers  recall {recall:.3f}  precision {precision:.3f}  "
            f"with its digits {exact:.3f}  sure finds a page {self.sure_finds / max(1, self.pages):.2f}"
        )


def number_boxes(page: Page) -> list[tuple[npt.NDArray[np.float64], int]]:
    """The upright box and the digits of each number that is wholly seen and large enough to read."""
    boxes = []
    for number in np.unique(page.numbers):
        own = page.numbers == number
        inside = page.boxes[own]
        if page.seen[own].all() and page.is_digit[own].any() and (inside[:, 3] - inside[:, 1]).max() >= 7:
            box = np.concatenate([inside[:, :2].min(axis=0), inside[:, 2:].max(axis=0)])
            boxes.append((box, int(page.is_digit[own].sum())))
    return boxes


def upright(found: Found) -> npt.NDArray[np.float64]:
    """The box around a find's marks."""
    return np.concatenate([found.marks[:, :2].min(axis=0), found.marks[:, 2:].max(axis=0)])


def overlap(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Intersection over union of two boxes."""
    common = np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0).prod()
    return float(common / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - common + 1e-9))


def count(tally: Tally, page: Page, found: tuple[Found, ...]) -> None:
    """Add a page."""
    written = number_boxes(page)
    left = list(found)
    tally.pages += 1
    tally.written += len(written)
    tally.finds += len(found)
    tally.sure_finds += sum(one.confidence >= SURE for one in found)
    for box, digits in written:
        best = max(left, key=lambda one: overlap(upright(one), box), default=None)
        if best is not None and overlap(upright(best), box) >= HIT:
            tally.found += 1
            tally.digits_right += int((best.digits >= 0.5).sum()) == digits
            left.remove(best)
    partly = [one for one in left if any(_touches(upright(one), box) for box in page.boxes[~page.seen])]
    tally.finds -= len(partly)  # what the frame cuts is neither right nor wrong


def _touches(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> bool:
    return bool((np.minimum(one[2:], other[2:]) > np.maximum(one[:2], other[:2])).all())


def measure(finder: Finder, pages: list[tuple[str, Page]]) -> dict[str, Tally]:
    """Tallies by layout, and of all."""
    tallies = {"all": Tally(), **{name: Tally() for name in LAYOUTS}}
    for name, page in pages:
        found = find_numbers(finder, page.grey)
        count(tallies[name], page, found)
        count(tallies["all"], page, found)
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, metavar="MODEL", help="folder of model.onnx and config.json")
    parser.add_argument("--fonts", type=Path, help="what references/fonts.py filled")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    parser.add_argument("--pages", type=int, default=330)
    parser.add_argument("--seed", type=int, default=10**6)
    parser.add_argument("--choose", action="store_true", help="the thresholds, and write them to config.json")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sources = load_sources(options.data_dir, options.fonts, held_back=True)
    pages = []
    for place in range(options.pages):
        random = np.random.default_rng([options.seed, place])
        name = list(LAYOUTS)[place % len(LAYOUTS)]
        height, width = SIZES[place // len(LAYOUTS) % len(SIZES)]
        size = float(np.exp(random.uniform(np.log(9), np.log(min(90, height / 2)))))
        pages.append((name, draw_page(height, width, sources, random, layout=name, size=size)))
    finder = Finder.load(options.model)
    if options.choose:
        choose(Remembering.load(options.model), pages, options.model / "config.json")
        finder = Finder.load(options.model)
    begin = time.monotonic()
    for name, tally in measure(finder, pages).items():
        print(f"{name:10}{tally}")
    print(f"{(time.monotonic() - begin) / len(pages):.3f} s a page")


class Remembering(Finder):
    """A finder that looks at each picture once, however often it is asked."""

    def look(self, page: npt.NDArray[np.uint8]) -> Maps:
        """As `Finder.look`."""
        key = (page.shape, zlib.crc32(np.ascontiguousarray(page)))
        if key not in self.remembered:
            self.remembered[key] = super().look(page)
        return self.remembered[key]

    remembered: ClassVar[dict[tuple[tuple[int, ...], int], Maps]] = {}


def choose(finder: Finder, pages: list[tuple[str, Page]], file: Path) -> None:
    """Try thresholds; the best F score of numbers whose digits are as many as written is kept."""
    results = []
    for mark, number, joint in TRIED:
        finder.config.update(mark=mark, number=number, joint=joint)
        tally = measure(finder, pages)["all"]
        score = 2 * tally.digits_right / max(1, tally.written + tally.finds)
        results.append((score, mark, number, joint))
        print(f"mark {mark} number {number} joint {joint}: F {score:.3f}  {tally}", flush=True)
    _, mark, number, joint = max(results)
    finder.config.update(mark=mark, number=number, joint=joint)
    write_whole(file, (json.dumps(finder.config, indent=2, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    main()
