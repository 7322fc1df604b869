"""Write a folder of synthetic pictures with `labels.csv`, as `reading.py` takes it.

    python benchmarks/synthetic_pictures.py touching FOLDER --count 100                  lines of 8 digits
    python benchmarks/synthetic_pictures.py photographed FOLDER --digits 13 --split test
    python benchmarks/synthetic_pictures.py columns FOLDER --count 20                    pages
    python benchmarks/synthetic_pictures.py form FOLDER                                  forms, with their boxes
    python benchmarks/synthetic_pictures.py nothing FOLDER                               pages without a digit

What is drawn stands in `synthetic_lines.py`, `synthetic_pages.py`, `synthetic_forms.py` and `synthetic_clutter.py`. A
picture follows from the seed and its place alone. Validation digits are for tuning, test digits for the one figure at
the end.

Beside a form's picture lie `NAME.boxes.json`, which `digits read --boxes` takes, and `NAME.texts.json`: what stands in
each box, by its name. The label of a page without a digit is what it shows (`specks`, `newspaper` …).
"""

import argparse
import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from digits.atomic import write_whole
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from harness import say
from synthetic_clutter import NOTHING
from synthetic_forms import Field, render_form
from synthetic_lines import STYLES, render_lines
from synthetic_pages import PAGES, render_page

Labelled = tuple[npt.NDArray[np.uint8], str, list[Field]]
"""A picture, its label, and its boxes if it is a form."""

LICENCE = "CC-BY-SA-3.0"
"""Of MNIST, as it is commonly distributed, and so of what is made from it."""

HELD_BACK = 5000
"""Training digits that are validation digits, as in every recipe."""

SIDES = (1400, 1000)
"""Height and width of a page without digits."""


def load(data: str, split: str, data_dir: Path | None = None) -> Dataset:
    """The validation or test digits of a source."""
    if split == "test":
        return load_dataset(data, "test", data_dir=data_dir)
    training = load_dataset(data, data_dir=data_dir)
    held = training.split_off(min(HELD_BACK, len(training) // 5))[1]
    assert held is not None
    return held


def render(kind: str, count: int, dataset: Dataset, *, digits: int = 8, seed: int = 0) -> Iterator[Labelled]:
    """So many pictures of a kind; of `nothing` so many of each sort."""
    if kind in STYLES:
        for picture, text in render_lines(count, kind, dataset, digits=digits, seed=seed):
            yield picture, text, []
        return
    for place in range(count):
        random = np.random.default_rng([seed, place])
        if kind == "form":
            yield render_form(dataset, random)
        elif kind in PAGES:
            yield (*render_page(kind, dataset, random), [])
        else:
            for what, draw in NOTHING.items():
                yield draw(*SIDES, random), what, []


def save(folder: Path, pictures: Iterable[Labelled], what: str) -> int:
    """Write pictures and their `labels.csv`; gives how many.

    Args:
        folder: made if it is not there.
        pictures: in the order of their numbers.
        what: for the column `source`, `maker@origin`; files are called after the maker.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("file", "label", "polarity", "source", "licence"))
    count = 0
    for count, (picture, label, fields) in enumerate(pictures, 1):
        name = f"{what.partition('@')[0]}_{count - 1:04d}"
        Image.fromarray(picture).save(folder / f"{name}.png")
        rows.writerow((f"{name}.png", label, "dark-on-light", what, LICENCE))
        if fields:
            boxes, texts = [field.to_json() for field in fields], {field.name: field.text for field in fields}
            write_whole(folder / f"{name}.boxes.json", json.dumps(boxes) + "\n")
            write_whole(folder / f"{name}.texts.json", json.dumps(texts) + "\n")
    write_whole(folder / "labels.csv", table.getvalue())
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=(*STYLES, *PAGES, "form", "nothing"))
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where pictures and labels.csv are written")
    parser.add_argument("--count", type=int, default=20, help="pictures (default: %(default)s)")
    parser.add_argument("--digits", type=int, default=8, help="of a line (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="mnist", help="whose digits (default: %(default)s)")
    parser.add_argument("--split", choices=("validation", "test"), default="validation", help="default: %(default)s")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    options = parser.parse_args()
    dataset = load(options.data, options.split, options.data_dir)
    what = f"synthetic-{options.kind}@seed-{options.seed}:{options.data}-{options.split}"
    pictures = render(options.kind, options.count, dataset, digits=options.digits, seed=options.seed)
    say(f"{save(options.folder, pictures, what):,} pictures in {options.folder}")


if __name__ == "__main__":
    main()
