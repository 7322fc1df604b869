"""What a path holds: which splits, and how each is read. Looks at names only; pixels are read when asked for.

A directory is tried in this order, and the first that fits is taken: IDX files, `train.csv`, sub-folders per digit,
`train` and `test` folders of these. A single file or folder that is not divided is the split `train`.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from digits.data import formats
from digits.data.dataset import Images, Labels
from digits.data.guard import unreadable
from digits.errors import DataError

Loader = Callable[[], tuple[Images, Labels]]

_IDX_NAME = re.compile(r"(train|t10k|test)[-_.](images|labels)[-_.]idx[13][-_.]ubyte(\.gz)?", re.IGNORECASE)
_CSV_NAME = re.compile(r"(?:mnist[-_])?(train|test)\.csv", re.IGNORECASE)
_FOLDER_NAMES = {"train": "train", "training": "train", "test": "test", "testing": "test"}

EXPECTED = (
    "IDX files (train-images-idx3-ubyte …), train.csv, sub-folders 0 to 9 with pictures, "
    "or train and test folders with these"
)


def find_splits(path: Path) -> dict[str, Loader]:
    """The splits at a path, each with the function that reads it.

    Raises:
        DataError: there is nothing at `path`, or nothing that holds labelled digits.
    """
    try:
        found = _find_in_directory(path) if path.is_dir() else _find_file(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if not found:
        raise DataError(f"{path} holds no digits that can be read; expected {EXPECTED}")
    return found


def find_idx(directory: Path) -> dict[str, Loader]:
    """The splits that a directory has as IDX files under any usual name; empty if there are none.

    Also Kaggle's mnist-dataset, where a folder has the name of the file that is in it.
    """
    files: dict[tuple[str, str], Path] = {}
    # Files go before folders, and within each the plain name before `.gz`: of two copies one is taken, always the same.
    for entry in sorted(directory.iterdir(), key=lambda entry: (entry.is_dir(), entry.name)):
        match = _IDX_NAME.fullmatch(entry.name)
        inside = entry / entry.name
        file = inside if entry.is_dir() else entry
        if match and file.is_file():
            split = "train" if match[1].lower() == "train" else "test"
            files.setdefault((split, match[2].lower()), file)
    return {
        split: partial(_idx_pair, files[split, "images"], files.get((split, "labels")))
        for split in ("train", "test")
        if (split, "images") in files
    }


def load_images(path: str | Path) -> Images:
    """The images of a file that may have no labels, such as Kaggle's test.csv, or an IDX file of images.

    Returns:
        Images, uint8 (n, 28, 28), 0 background to 255 ink.

    Raises:
        DataError: it cannot be read, or holds something else.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        return formats.read_csv(path)[0]
    if path.suffix.lower() == ".npz":
        return formats.read_npz(path, formats.npz_splits(path)[0])[0]
    return formats.read_idx(path, dimensions=3)


def _find_in_directory(path: Path) -> dict[str, Loader]:
    return find_idx(path) or _find_csv(path) or _find_folders(path)


def _find_file(path: Path) -> dict[str, Loader]:
    if not path.exists():
        raise DataError(f"{path} does not exist; expected a file or directory of digits")
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return {"train": partial(_labelled_csv, path)}
    if suffix == ".npz":
        return {split: partial(formats.read_npz, path, split) for split in formats.npz_splits(path)}
    if "images" in path.name and "idx" in path.name:
        return {"train": partial(_idx_pair, path, _labels_beside(path))}
    raise DataError(f"{path} is of no known kind; expected .csv, .npz, an IDX file of images, or a directory")


def _find_csv(directory: Path) -> dict[str, Loader]:
    files: dict[str, Path] = {}
    for entry in sorted(directory.iterdir()):
        if match := _CSV_NAME.fullmatch(entry.name):
            files.setdefault(match[1].lower(), entry)
    if "test" in files and not formats.csv_has_labels(files["test"]):
        del files["test"]  # Kaggle keeps its labels
    return {split: partial(_labelled_csv, files[split]) for split in ("train", "test") if split in files}


def _find_folders(directory: Path) -> dict[str, Loader]:
    if formats.digit_folders(directory):
        return {"train": partial(formats.read_folder, directory)}
    found: dict[str, Loader] = {}
    for entry in sorted(directory.iterdir()):
        split = _FOLDER_NAMES.get(entry.name.lower())
        if split and formats.digit_folders(entry):
            found.setdefault(split, partial(formats.read_folder, entry))
    return {split: found[split] for split in ("train", "test") if split in found}


def _idx_pair(images: Path, labels: Path | None) -> tuple[Images, Labels]:
    if labels is None:
        raise DataError(f"there are no labels beside {images}; expected {_labels_name(images)}")
    return formats.read_idx(images, dimensions=3), formats.read_idx(labels, dimensions=1)


def _labelled_csv(path: Path) -> tuple[Images, Labels]:
    images, labels = formats.read_csv(path)
    if labels is None:
        raise DataError(f"{path} has no labels (784 columns); expected 785 columns, one of them named label")
    return images, labels


def _labels_beside(images: Path) -> Path | None:
    name = _labels_name(images).removesuffix(".gz")
    return next((path for path in (images.with_name(name), images.with_name(f"{name}.gz")) if path.is_file()), None)


def _labels_name(images: Path) -> str:
    return images.name.replace("images", "labels").replace("idx3", "idx1")
