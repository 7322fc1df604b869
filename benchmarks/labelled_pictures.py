"""Pictures with a label: from a folder with `labels.csv`, or rendered from digits that come as arrays.

Notable choices:
- every picture is a file, rows of an array included (a PNG in a temporary folder): all readers start from a file;
- a label is a number (one digit, the digits of a line, the rows of a page joined by `/`), or what else the picture
  shows: a letter, or a word such as `fashion`;
- a folder is one of single digits, of lines or of pages, as most of its labels say. Labels of several digits in a
  folder of single digits are left out, and counted;
- a source is whoever made the pictures: the repository where `labels.csv` has a column `source`
  (`owner/name@commit:path`), else the part of the file's name before the first `_`.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from digits.data.sources import load_dataset
from harness import refuse, say

DIGITS = "digits"
LINES = "lines"
PAGES = "pages"
LETTERS = "letters"
CLOTHES = "clothes"
LEFT_OUT = frozenset("I")
"""Letters that look like a digit."""


@dataclass(frozen=True)
class Labelled:
    """A picture and what it shows.

    Attributes:
        path: a file.
        name: what it is called in the answers.
        label: a number, a letter or a word.
        source: who made it.
    """

    path: Path
    name: str
    label: str
    source: str

    @property
    def kind(self) -> str:
        """`digits`, `lines`, `pages`, `letters`, `clothes`, or the label itself."""
        if self.is_number and len(self.label) > 1:
            return PAGES if "/" in self.label else LINES
        if len(self.label) == 1:
            return DIGITS if self.label.isdecimal() else LETTERS
        return CLOTHES if self.label == "fashion" else self.label

    @property
    def is_number(self) -> bool:
        """Whether it shows digits, and nothing else."""
        return is_number(self.label)


def folder_kind(pictures: Iterable[Labelled]) -> str | None:
    """`digits`, `lines` or `pages`; None if there is no digit in any of a folder's pictures."""
    kinds = {picture.kind for picture in pictures}
    return next((kind for kind in (PAGES, LINES, DIGITS) if kind in kinds), None)


def is_number(label: str) -> bool:
    """Whether a label is of digits: one or several, with spaces, rows joined by `/`."""
    digits = label.replace("/", "").replace(" ", "")
    return digits.isascii() and digits.isdecimal()


def read_folder(folder: Path, place: Path) -> list[Labelled]:
    """The pictures that a folder's `labels.csv` names; rows of arrays become files in `place`.

    Without letters that look like a digit, and in a folder of single digits without labels of several. What cannot be
    used ends the program with code 2.
    """
    table = folder / "labels.csv"
    try:
        rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeError) as error:
        refuse(f"{table} cannot be read ({error}); expected a CSV file with the columns file, label and perhaps source")
    if not rows or not {"file", "label"} <= rows[0].keys():
        refuse(f"{table}: expected the columns file and label, got {', '.join(rows[0]) if rows else 'no rows'}")
    several = [is_number(row["label"]) and len(row["label"]) > 1 for row in rows]
    single = sum(is_number(row["label"]) for row in rows) - sum(several)
    unwanted = [many and sum(several) <= single for many in several]
    wanted = [row for row, no in zip(rows, unwanted, strict=True) if not no and row["label"] not in LEFT_OUT]
    if len(wanted) < len(rows):
        say(
            f"{folder}: {len(rows) - len(wanted):,} of {len(rows):,} left out: several digits, or a letter like a digit"
        )
    if not wanted:
        refuse(f"{folder} has no picture of digits or of none")
    arrays: dict[str, npt.NDArray[np.uint8]] = {}
    return [_labelled(row, folder, place, arrays) for row in wanted]


def save_digits(
    images: npt.NDArray[np.uint8], labels: Sequence[int] | npt.NDArray[np.integer], source: str, place: Path
) -> list[Labelled]:
    """Digits of one source, uint8 (n, height, width), as PNGs of their own size in `place`."""
    place.mkdir(parents=True, exist_ok=True)
    found = []
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = place / f"{number:05d}_{label}.png"
        Image.fromarray(image).save(path)
        found.append(Labelled(path, path.name, str(label), source))
    return found


def mnist_form(data: str, data_dir: Path | None, place: Path) -> list[Labelled]:
    """The test digits of a source as pictures: 28×28, light on dark, as they are."""
    dataset = load_dataset(data, "test", data_dir=data_dir)
    return save_digits(dataset.images, dataset.labels, data, place)


def optdigits(place: Path) -> list[Labelled]:
    """The 1,797 digits that scikit-learn ships: 8×8 pixels, light on dark, filling their frame.

    They are the test set of UCI's "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998), by 13 people
    whose digits are in no training set of ours. Their values 0 to 16 are multiplied by 15.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    images = (15 * found.images).astype(np.uint8)
    return save_digits(images, found.target, "optdigits", place)


def sources(pictures: Iterable[Labelled]) -> list[str]:
    """Who made the pictures, in the order in which they come."""
    return list(dict.fromkeys(picture.source for picture in pictures))


def _labelled(row: dict[str, str], folder: Path, place: Path, arrays: dict[str, npt.NDArray[np.uint8]]) -> Labelled:
    file, _, number = row["file"].partition("#")
    path = folder / file
    named = (row.get("source") or "").partition("@")[0]
    source = named or Path(file).name.partition("_")[0]
    if number:
        if file not in arrays:
            try:
                with np.load(path, allow_pickle=False) as archive:
                    arrays[file] = archive["X"]
            except (OSError, ValueError, KeyError) as error:
                refuse(f"{path} cannot be read ({error}); expected an .npz with the array X, uint8 (n, height, width)")
        path = place / f"{Path(file).stem}_{int(number):05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(arrays[file][int(number)]).save(path)
    elif not path.is_file():
        refuse(f"{folder / 'labels.csv'} names {file}, which does not exist")
    return Labelled(path, row["file"], row["label"], source)
