"""The part `--measure page` of `reading_speed.py`: a page of twelve megapixels, and a folder of pages.

Notable choices:
- the page is drawn, of the sample's digits: 14 rows of four numbers, tilted, on a dark table, as JPEG;
- Tesseract is called as its manual shows, as a block of text (`--psm 6`) out of `0123456789`, with as many threads as
  it likes; both processes are timed from their start to their end;
- the folder's pages are smaller, and read with one worker and with one for each core.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import harness
from digits.data.sources import load_dataset
from harness import Aim, Ratio, say
from synthetic_pages import Page, render_page
from ways_to_read import INSTALL

LARGE, SMALL = (4000, 3000), (2000, 1500)
"""Width and height of the one page, and of a folder's pages."""

PAGES = 16
"""Pages of the folder."""

FILLED = Page(rows=(14, 14), columns=(4, 4), digits=(4, 8))

DIGITS = Path(sys.executable).with_name("digits")

OURS, THEIRS = "digits read, a page of 12 megapixels", "Tesseract, a page of 12 megapixels"

FASTER, SCALES = 5, 0.75
"""How many times as long Tesseract ought to take; by how much of their number all cores ought to be faster than one."""


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


def measure(page: Path, folder: Path) -> dict[str, float]:
    """Seconds of each process; without Tesseract's, and a line that says so, where it is not installed."""
    found = {OURS: harness.run_process([DIGITS, "read", page, "--json"])[0]}
    if shutil.which("tesseract"):
        command = ["tesseract", page, "-", "--psm", "6", "-c", "tessedit_char_whitelist=0123456789"]
        found[THEIRS] = harness.run_process(command)[0]
    else:
        say(INSTALL)
    for workers in sorted({1, cores()}):
        command = [DIGITS, "read", folder, "--json", "--workers", str(workers)]
        found[_folder(workers)] = harness.run_process(command)[0]
    return found


def aims(figures: dict[str, list[float]]) -> list[Aim]:
    """What the ratios ought to be, of what was measured."""
    found = []
    if THEIRS in figures:
        ratio = Ratio.of(figures[THEIRS], figures[OURS])
        found.append(Aim("a page of 12 megapixels: Tesseract / digits read", ratio, at_least=FASTER))
    several = max(int(name.rpartition(" ")[2]) for name in figures if name.startswith("digits read, a folder"))
    if several > 1:
        ratio = Ratio.of(figures[_folder(1)], figures[_folder(several)])
        what = f"a folder of {PAGES} pages: one worker / {several}"
        found.append(Aim(what, ratio, at_least=SCALES * several))
    return found


def _folder(workers: int) -> str:
    return f"digits read, a folder of {PAGES} pages, workers: {workers}"
