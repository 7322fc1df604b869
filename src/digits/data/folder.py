"""A folder of pictures, one digit each: in a sub-folder per digit, or with the digit in the files' names.

Notable choices:
- what a name says is taken for a digit only where every name of the folder says one, in the same place;
- pictures of other sizes than 28×28 are handed to `to_form`, if there is one: this room knows nothing of reading.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from digits.atomic import whole_directory
from digits.data.arrays import Tell, ignore
from digits.data.dataset import CLASSES, Dataset, Images, Labels
from digits.data.guard import refuse_existing, unreadable
from digits.data.picture import PICTURE_SUFFIXES, ToForm, read_any_picture
from digits.errors import DataError

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_JUNK = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})

_SAYS_A_DIGIT = re.compile(rf"(?:digit|class|label|number|num)?[ =_-]*(?:0*(\d)|({'|'.join(WORDS)}))", re.IGNORECASE)


def digit_folders(path: Path) -> dict[int, list[Path]]:
    """The sub-folders for each digit, those that are there: `0`, `zero`, `digit_0`, `class-0`, `Digit 00` …"""
    found: dict[int, list[Path]] = {}
    for entry in sorted(path.iterdir()) if path.is_dir() else []:
        digit = _digit_in(entry.name)
        if digit is not None and entry.is_dir():
            found.setdefault(digit, []).append(entry)
    return dict(sorted(found.items()))


def read_folder(path: Path, tell: Tell = ignore, to_form: ToForm | None = None) -> tuple[Images, Labels]:
    """Read a folder that has a sub-folder per digit (`digit_folders`), with pictures in it.

    Colours become grey; files beside the sub-folders and hidden ones are ignored.

    Args:
        path: the folder.
        tell: told what was changed.
        to_form: what brings pictures of other sizes than 28×28 into MNIST's form; without it they are refused.

    Returns:
        Images, uint8 (n, 28, 28), as bright as they came, and labels, uint8 (n,): digit by digit, sorted by name.

    Raises:
        DataError: there is no picture, or one is damaged, no picture at all, or of another size without `to_form`.
    """
    files: list[tuple[Path, int]] = []
    for digit, folders in digit_folders(path).items():
        for folder in folders:
            try:
                inside = sorted(folder.iterdir())
            except OSError as error:
                raise unreadable(folder, error) from error
            files += [(file, digit) for file in inside if not (file.name.startswith(".") or file.name in _JUNK)]
    if not files:
        raise DataError(f"{path} holds no digits; expected sub-folders 0 to 9 with 28×28 pictures in them")
    return read_pictures(files, tell, to_form)


def read_pictures(files: Iterable[tuple[Path, int]], tell: Tell, to_form: ToForm | None) -> tuple[Images, Labels]:
    """Read labelled pictures, at least one; arguments and errors as in `read_folder`."""
    images: list[Images] = []
    labels: list[int] = []
    formed = 0
    for file, digit in files:
        image, was_formed = read_any_picture(file, to_form)
        images.append(image)
        labels.append(digit)
        formed += was_formed
    if formed:
        tell(
            f"{formed:,} of {len(images):,} pictures were not 28×28: their digits were found and brought into that form"
        )
    return np.stack(images), np.array(labels, dtype=np.uint8)


def pictures_in(path: Path) -> list[Path]:
    """The pictures that lie in a folder itself, by the endings of their names, sorted."""
    return sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES and file.name[0] != ".")


def labels_in_names(files: list[Path]) -> list[int] | None:
    """The digits that stand in files' names, such as `7_12.png` or `img-0012-seven.png`; None if they do not say.

    Raises:
        DataError: some names begin with a digit and some do not, or first and last part might both be it.
    """
    parts = [re.split(r"[ _.\-]+", file.stem) for file in files]
    read = {
        where: [_digit_in(part[place]) if len(part) > 1 else None for part in parts]
        for where, place in (("begin", 0), ("end", -1))
    }
    whole = {where: digits for where, digits in read.items() if None not in digits}
    if len(whole) == 2:
        raise DataError(
            f"{files[0].parent}: the names of its pictures begin and end with a digit, as {files[0].name} does; "
            "expected the label in one place: use sub-folders 0 to 9, or a CSV of file names and labels"
        )
    found = next(iter(whole.values()), None)
    if found is None and any(digit is not None for digit in read["begin"]):
        odd = files[read["begin"].index(None)]
        raise DataError(
            f"{odd}: its name does not begin with a digit from 0 to 9, as those of other pictures beside it; "
            "expected names as 7_12.png, or sub-folders 0 to 9"
        )
    return [digit for digit in found if digit is not None] if found else None


def write_folder(dataset: Dataset, directory: Path) -> None:
    """Write a PNG per digit, `directory/7/00042.png` for the 43rd digit, a 7.

    Raises:
        DataError: the directory exists and is not empty.
        StorageError: the disk is full, or the place is not writable.
    """
    refuse_existing(directory)
    with whole_directory(directory) as temporary:
        for digit in range(CLASSES):
            (temporary / str(digit)).mkdir()
        width = max(5, len(str(len(dataset) - 1)))  # sorted by name is sorted by number
        for number, (image, label) in enumerate(zip(dataset.images, dataset.labels, strict=True)):
            Image.fromarray(image).save(temporary / str(label) / f"{number:0{width}}.png")


def _digit_in(name: str) -> int | None:
    """The digit that a name is, such as `7`, `seven`, `digit_7`; None if it is none."""
    match = _SAYS_A_DIGIT.fullmatch(name)
    if not match:
        return None
    return int(match[1]) if match[1] else WORDS.index(match[2].lower())
