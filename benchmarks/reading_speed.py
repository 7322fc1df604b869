"""How fast `digits read` is, beside TensorFlow, Tesseract and RapidOCR, and what memory many pictures take.

    python benchmarks/reading_speed.py                                   all of it
    python benchmarks/reading_speed.py --measure folder --count 1000     one part, smaller

*Cold*: `digits read PICTURE` against `contenders/tensorflow_read.py`, from the start of the process to its end. Both
must name the same digit.
*Folder*: `digits read FOLDER`, all of the process, over `--count` pictures of 28×28 (light on dark) and as many of
128×128 (dark on paper), against the loop alone of the same script, one `model.predict` a picture, timed over `--part`
of them and multiplied.
*Page*: one page of 12 megapixels, `digits read` against Tesseract and RapidOCR 3.10, each with one core at its best
setting, seconds of the processor, the process's start included; and a folder of pages with one worker and with one for
each core (`page_speed.py`).
*Form*: forms and sudokus of 0.4 to 16 megapixels, `digits read` alone, seconds of one core, in the same way.
*Memory*: the most that `digits read` held over 2,000 pictures, against over 100: with one worker that is all it takes,
with two what the process takes that collects their answers.

Ours reads with the network that it reads with by default; TensorFlow's is `dense-128-64`, far smaller, trained on the
sample for two epochs. The pictures are digits of the sample. The processes take turns; a ratio is taken within a round,
of which the median, the lowest and the highest are stated.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console
from rich.table import Table

import harness
import page_speed
import startup
from digits.data.sources import load_dataset
from harness import Aim, Ratio, say

PARTS = ("cold", "folder", "memory", "page", "form")
SIZES = (28, 128)
COLD, FASTER = 10, {28: 50, 128: 40}
"""How many times as long TensorFlow ought to take for one picture, and for a folder by its pictures' side."""

FEW, MANY = 100, 2000
"""Pictures whose peak memory is compared."""

WORKERS = (1, 2)
"""Processes that read them."""

CLEAR = 7
"""A digit of the sample that nobody mistakes."""

PAPER, GRAIN = 225, 3.0
"""Brightness of the rendered paper, and its standard deviation."""

DIGITS = Path(sys.executable).with_name("digits")
TENSORFLOW_READ = harness.CONTENDERS / "tensorflow_read.py"
KERAS = {"KERAS_BACKEND": "tensorflow"}

Figures = dict[str, list[float]]
"""What was measured → seconds or megabytes, by round."""


def render(digit: npt.NDArray[np.uint8], side: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A digit, uint8 (28, 28), as a picture of `side` × `side`: as it is, or enlarged and dark on grainy paper."""
    if side == len(digit):
        return digit
    ink = cv2.resize(digit, (side, side), interpolation=cv2.INTER_CUBIC) / 255.0
    paper = PAPER + rng.normal(0, GRAIN, (side, side))
    rendered: npt.NDArray[np.uint8] = np.clip(np.round(paper * (1 - 0.8 * ink)), 0, 255).astype(np.uint8)
    return rendered


def write_folder(folder: Path, side: int, count: int) -> Path:
    """A folder of digits of the sample as PNGs."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    images = load_dataset("sample", "test").images
    for number in range(count):
        Image.fromarray(render(images[number % len(images)], side, rng)).save(folder / f"{number:05d}.png")
    return folder


def digit_of(output: str) -> str:
    """The digit in the JSON that `digits read --json` printed last."""
    numbers = json.loads(output.splitlines()[-1])["numbers"]
    return str(numbers[0]["digits"][0]["text"]) if numbers else "nothing"


def measure_cold(python: Path, model: Path, picture: Path) -> dict[str, float]:
    """Seconds of both processes for one picture; different answers end the program."""
    ours, said = harness.run_process([DIGITS, "read", picture, "--json"])
    theirs, heard = harness.run_process([python, TENSORFLOW_READ, model, picture], KERAS)
    named = digit_of(said), json.loads(heard.splitlines()[-1])["digit"]
    if named[0] != named[1]:
        raise SystemExit(f"digits and TensorFlow name different digits: {named}")
    return {"digits read, one picture": ours, "TensorFlow script, one picture": theirs}


def measure_folder(python: Path, model: Path, folder: Path, count: int, part: int) -> dict[str, float]:
    """Seconds that both take for all pictures of a folder, TensorFlow's multiplied from a part of them."""
    ours, said = harness.run_process([DIGITS, "read", folder, "--json"])
    if len(said.splitlines()) != count:
        raise SystemExit(f"digits read {len(said.splitlines())} of {count} pictures")
    _, heard = harness.run_process([python, TENSORFLOW_READ, model, folder, "--count", str(part)], KERAS)
    timed = json.loads(heard.splitlines()[-1])
    side = folder.name
    return {f"digits read, {side}": ours, f"TensorFlow loop, {side}": timed["seconds"] / timed["n"] * count}


def measure_memory(few: Path, many: Path) -> dict[str, float]:
    """Megabytes that `digits read` held at most over a few and over many pictures, by workers."""
    found = {}
    for workers in WORKERS:
        for folder in (few, many):
            options = ["--json", "--workers", str(workers)]
            command = [sys.executable, harness.CONTENDERS / "peak_memory.py", "read", folder, *options]
            environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
            done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=True)
            peak = json.loads(done.stderr.splitlines()[-1])["peak_rss_mb"]
            found[f"{folder.name} pictures, workers: {workers}"] = peak
    return found


def prepare(options: argparse.Namespace, place: Path) -> Callable[[], dict[str, dict[str, float]]]:
    """Train, draw and write what is needed below `place`; gives what measures a round: part → what → value."""
    steps: dict[str, Callable[[], dict[str, float]]] = {}
    if {"cold", "folder"} & set(options.measure):
        python = harness.interpreter("tensorflow", options.env_dir, options.tensorflow_python)
        model, picture = startup.train_small_run(place) / "model.keras", place / "digit.png"
        Image.fromarray(load_dataset("sample", "test").images[CLEAR]).save(picture)
        steps["cold"] = lambda: measure_cold(python, model, picture)
    if "folder" in options.measure:
        say(f"rendering {len(SIZES)} × {options.count:,} pictures")
        folders = [write_folder(place / f"{side}×{side}", side, options.count) for side in SIZES]
        part = min(options.part, options.count)
        steps["folder"] = lambda: {
            what: seconds
            for folder in folders
            for what, seconds in measure_folder(python, model, folder, options.count, part).items()
        }
    if "memory" in options.measure:
        few, many = (write_folder(place / str(count), SIZES[-1], count) for count in (FEW, MANY))
        steps["memory"] = lambda: measure_memory(few, many)
    if "page" in options.measure:
        page = page_speed.write_page(place / "page.jpg", page_speed.LARGE, seed=0)
        pages = page_speed.write_pages(place / "pages")
        rapidocr = page_speed.rapidocr(options)
        steps["page"] = lambda: page_speed.measure(page, pages, rapidocr)
    if "form" in options.measure:
        forms = page_speed.write_forms(place / "forms")
        steps["form"] = lambda: page_speed.measure_forms(forms)
    return lambda: {part: steps[part]() for part in PARTS if part in options.measure}


def aims(figures: Mapping[str, Figures], count: int) -> list[Aim]:
    """What the ratios ought to be, of the parts that were measured."""
    found = []
    if cold := figures.get("cold"):
        ratio = Ratio.of(cold["TensorFlow script, one picture"], cold["digits read, one picture"])
        found.append(Aim("one picture, cold: TensorFlow script / digits read", ratio, at_least=COLD))
    if folder := figures.get("folder"):
        for side in SIZES:
            ratio = Ratio.of(folder[f"TensorFlow loop, {side}×{side}"], folder[f"digits read, {side}×{side}"])
            what = f"{count:,} pictures, {side}×{side}: TensorFlow loop / digits read"
            found.append(Aim(what, ratio, at_least=FASTER[side]))
    if memory := figures.get("memory"):
        for workers in WORKERS:
            many, few = (memory[f"{count} pictures, workers: {workers}"] for count in (MANY, FEW))
            found.append(
                Aim(f"peak memory, workers: {workers}: {MANY:,} pictures / {FEW}", Ratio.of(many, few), at_most=1.2)
            )
    if page := figures.get("page"):
        found += page_speed.aims(page)
    return found + page_speed.form_aims(figures.get("form", {}))


def print_table(summary: Mapping[str, Any], reached: list[Aim]) -> None:
    """The figures for a person."""
    console = Console(width=120, highlight=False)
    console.print(harness.describe_machine(summary["machine"]))
    settings = summary["settings"]
    folders = f"; folders of {settings['count']:,} pictures" if "folder" in summary["figures"] else ""
    table = Table(title=f"{settings['rounds']} rounds{folders}")
    for column in ("", "median", "range"):
        table.add_column(column, justify="right" if column else "left")
    for part, figures in summary["figures"].items():
        unit = "MB" if part == "memory" else "s"
        for what, values in figures.items():
            span = f"{min(values):,.2f}–{max(values):,.2f} {unit}"
            table.add_row(what, f"{statistics.median(values):,.2f} {unit}", span)
        table.add_section()
    console.print(table)
    for aim in reached:
        print(aim)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    harness.add_common_arguments(parser, rounds=3)
    parser.add_argument("--measure", nargs="+", choices=PARTS, default=list(PARTS), help="default: all")
    parser.add_argument("--count", type=int, default=10_000, help="pictures of a folder (default: %(default)s)")
    parser.add_argument("--part", type=int, default=300, help="pictures TensorFlow is timed on (default: %(default)s)")
    parser.add_argument("--rapidocr3-python", type=Path, help="an interpreter that has RapidOCR 3.10 already")
    options = parser.parse_args()
    facts = harness.machine()
    figures: dict[str, Figures] = {part: {} for part in PARTS if part in options.measure}

    with tempfile.TemporaryDirectory() as name:
        measure_round = prepare(options, Path(name))
        for number in range(1 - options.warmup, options.rounds + 1):
            found = measure_round()
            say(f"round {number}: {found}")
            for part, values in found.items() if number > 0 else ():
                for what, value in values.items():
                    figures[part].setdefault(what, []).append(value)

    reached = aims(figures, options.count)
    settings = {"rounds": options.rounds, "warmup": options.warmup, "count": options.count, "part": options.part}
    summary = {"machine": facts, "settings": settings, "figures": figures, "aims": [aim.to_json() for aim in reached]}
    if options.json:
        print(json.dumps(summary, indent=1))
    else:
        print_table(summary, reached)


if __name__ == "__main__":
    main()
