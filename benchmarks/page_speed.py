"""The parts `--measure page` and `form` of `reading_speed.py`: a page of twelve megapixels, a folder, forms, a sudoku.

Notable choices:
- the page is drawn, of the sample's digits: 14 rows of four numbers, tilted, on a dark table, as JPEG;
- on the page everybody has one core and its best setting, and what is counted is the processor's time, process start
  included. Tesseract reads a block of text (`--psm 6`) out of `0123456789`, with `OMP_THREAD_LIMIT=1`: its threads wait
  for each other at every line. RapidOCR 3.10 has one thread, and reads nothing before;
- a form and a sudoku are read in layout `auto`, on one core, at sizes from a small scan to a telephone's photograph;
- the folder's pages are smaller, and read with one worker and with one for each core.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import harness
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from harness import Aim, Ratio, say
from synthetic_forms import render_form
from synthetic_hand import lay
from synthetic_lines import draw_hand, write
from synthetic_pages import WRITING, Page, photographed, render_page
from ways_to_read import INSTALL
from ways_to_read_numbers import RAPIDOCR_3_READ

LARGE, SMALL = (4000, 3000), (2000, 1500)
"""Width and height of the one page, and of a folder's pages."""

PAGES = 16
"""Pages of the folder."""

FILLED = Page(rows=(14, 14), columns=(4, 4), digits=(4, 8))

DIGITS = Path(sys.executable).with_name("digits")

PAGE = "a page of 12 megapixels"
OURS, TESSERACT, RAPIDOCR = f"digits read, {PAGE}", f"Tesseract, {PAGE}", f"RapidOCR 3.10, {PAGE}"

FASTER = {TESSERACT: 1.5, RAPIDOCR: 8}
"""How many times as long the others ought to take on the page."""

SCALES = 0.75
"""By how much of their number all cores ought to be faster than one."""

MEGAPIXELS = 0.4, 4, 16
"""Of the forms and sudokus."""

MOST_SECONDS = 5
"""Of one core, that a form or a sudoku ought to take at the most."""

CELLS = 9
"""Of a sudoku's row."""

GIVEN = 0.4
"""Share of a sudoku's cells in which a digit stands."""

SHARE_OF_CELL = 0.6
"""Height of a digit in a sudoku, in sides of a cell."""


def write_page(file: Path, size: tuple[int, int], seed: int) -> Path:
    """A JPEG of a page of numbers, `size` wide and high."""
    random = np.random.default_rng(seed)
    picture, _ = render_page(FILLED, load_dataset("sample"), random, height=size[1] / 30)
    Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC).save(file, quality=90)
    return file


def write_pages(folder: Path) -> Path:
    """A folder of pages."""
    folder.mkdir()
    for number in range(PAGES):
        write_page(folder / f"{number:03d}.jpg", SMALL, number)
    return folder


def cores() -> int:
    """How many this process may use."""
    return int(harness.machine()["cores"])


def write_forms(folder: Path) -> list[Path]:
    """A form and a sudoku of each size, as JPEGs."""
    folder.mkdir()
    digits = load_dataset("sample")
    files = []
    for kind in ("form", "sudoku"):
        random = np.random.default_rng(0)
        picture = render_form(digits, random)[0] if kind == "form" else render_sudoku(digits, random)
        for megapixels in MEGAPIXELS:
            factor = (1e6 * megapixels / picture.size) ** 0.5
            size = (round(factor * picture.shape[1]), round(factor * picture.shape[0]))
            files.append(folder / f"{kind} of {megapixels:g} megapixels.jpg")
            Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC).save(files[-1], quality=90)
    return files


def render_sudoku(digits: Dataset, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A photograph, uint8 (height, width), of a sudoku partly filled in by hand."""
    hand = draw_hand(WRITING, random)
    side = round(hand.height / SHARE_OF_CELL)
    ink = np.zeros(((CELLS + 2) * side,) * 2, np.float32)
    for line in range(CELLS + 1):
        at, thickness = (line + 1) * side, max(1, round(hand.height / (12 if line % 3 == 0 else 30)))
        cv2.line(ink, (at, side), (at, (CELLS + 1) * side), 0.8, thickness)
        cv2.line(ink, (side, at), ((CELLS + 1) * side, at), 0.8, thickness)
    for row, column in np.argwhere(random.random((CELLS, CELLS)) < GIVEN):
        digit = write(str(random.integers(1, 10)), WRITING, replace(hand, tails=0.0), digits, random).ink
        top, left = ((place + 1.5) * side - size / 2 for place, size in zip((row, column), digit.shape, strict=True))
        lay(ink, digit, round(top), round(left))
    return photographed(ink, hand, WRITING, random)[0]


def rapidocr(options: argparse.Namespace) -> Path | None:
    """The interpreter that has RapidOCR 3.10; None, and a line that says so, if there is none and none can be made."""
    try:
        return harness.interpreter("rapidocr3", options.env_dir, options.rapidocr3_python)
    except (subprocess.CalledProcessError, OSError) as error:
        say(f"RapidOCR is left out: its environment could not be made ({error})")
        return None


def measure(page: Path, folder: Path, rapidocr: Path | None) -> dict[str, float]:
    """Seconds of each; without those of others that are not installed, and a line that says so.

    Of the page seconds of the processor, of the folder those of the clock.
    """
    found = {OURS: harness.run_on_one_core([DIGITS, "read", page, "--json"])[0]}
    if shutil.which("tesseract"):
        command = ["tesseract", page, "-", "--psm", "6", "-c", "tessedit_char_whitelist=0123456789"]
        found[TESSERACT] = harness.run_on_one_core(command, {"OMP_THREAD_LIMIT": "1"})[0]
    else:
        say(INSTALL)
    if rapidocr:
        names = page.with_suffix(".txt")
        names.write_text(f"{page}\n")
        found[RAPIDOCR] = harness.run_on_one_core([rapidocr, RAPIDOCR_3_READ, names, "--cold"])[0]
    for workers in sorted({1, cores()}):
        command = [DIGITS, "read", folder, "--json", "--workers", str(workers)]
        found[_folder(workers)] = harness.run_process(command)[0]
    return found


def measure_forms(files: Sequence[Path]) -> dict[str, float]:
    """Seconds of the processor that `digits read` takes for each, process start included."""
    return {f"digits read, {file.stem}": harness.run_on_one_core([DIGITS, "read", file, "--json"])[0] for file in files}


def aims(figures: dict[str, list[float]]) -> list[Aim]:
    """What the ratios ought to be, of what was measured."""
    found = []
    for theirs, times in FASTER.items():
        if theirs in figures:
            ratio = Ratio.of(figures[theirs], figures[OURS])
            found.append(Aim(f"{PAGE}: {theirs.partition(',')[0]} / digits read", ratio, at_least=times))
    several = max(int(name.rpartition(" ")[2]) for name in figures if name.startswith("digits read, a folder"))
    if several > 1:
        ratio = Ratio.of(figures[_folder(1)], figures[_folder(several)])
        what = f"a folder of {PAGES} pages: one worker / {several}"
        found.append(Aim(what, ratio, at_least=SCALES * several))
    return found


def form_aims(figures: dict[str, list[float]]) -> list[Aim]:
    """How many seconds of one core each form ought to take at the most."""
    return [
        Aim(f"{what}, seconds of one core", Ratio.of(seconds, [1.0] * len(seconds)), at_most=MOST_SECONDS)
        for what, seconds in figures.items()
    ]


def _folder(workers: int) -> str:
    return f"digits read, a folder of {PAGES} pages, workers: {workers}"
