"""Render labelled digits as pictures, to measure a reader on: a folder of JPEGs' pixels as PNG, and its labels.csv.

    python scripts/render_pictures.py OUT [--style varied] [--data mnist] [--count 1000] [--skip 0] [--seed 0] [--data-dir DIR]
    python benchmarks/reading.py OUT --only ours --failures SHEETS

The pictures of a source's first test digits (after those skipped), as `digits.evaluation.rendering` makes them; the same seed gives the same.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from digits.data.sources import load_dataset
from digits.errors import DigitsError
from digits.evaluation.rendering import PLAIN, VARIED, render_all


def main() -> None:
    """Render what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--style", choices=["plain", "varied"], default="varied")
    parser.add_argument("--data", default="mnist", metavar="SOURCE")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        digits = load_dataset(options.data, "test", data_dir=options.data_dir)
    except DigitsError as error:
        sys.exit(f"error: {error}")
    digits = digits.take(np.arange(len(digits))[options.skip :][: options.count])
    style = {"plain": PLAIN, "varied": VARIED}[options.style]
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["file", "label"])
        for number, pixels in enumerate(render_all(digits, style, options.seed)):
            name = f"{options.style}_{number:05d}.png"
            Image.fromarray(pixels).save(options.out / name)
            rows.writerow([name, int(digits.labels[number])])


if __name__ == "__main__":
    main()
