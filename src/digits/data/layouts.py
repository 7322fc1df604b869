"""What a path holds: which splits, and how each is read. Looks at names only; pixels are read when asked for.

A directory is tried in this order, and the first that fits is taken: IDX files (also in torchvision's `MNIST/raw`),
`train.csv`, `train.parquet`, sub-folders per digit, `train` and `test` folders of these, a CSV that lists pictures,
pictures with labels in their names. A single file or folder that is not divided is the split `train`.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from digits.data import folder, picture_list
from digits.data.arrays import Tell, as_images, as_labels, ignore
from digits.data.dataset import Images, Labels
from digits.data.foreign import refuse_foreign
from digits.data.guard import unreadable
from digits.data.idx import read_idx
from digits.data.kaggle_csv import csv_has_labels, read_csv
from digits.data.mat import mat_splits, read_mat
from digits.data.npz import npz_splits, read_npy, read_npz, read_npz_images
from digits.data.parquet import read_parquet
from digits.data.picture import ToForm
from digits.errors import DataError

Loader = Callable[[Tell], tuple[Images, Labels]]
"""Reads a split; is handed who is told what was found and put right."""

Splits = dict[str, Loader]

_IDX_NAME = re.compile(
    r"(?:(?:emnist[-_](\w+?)|(qmnist))[-_])?(train|t10k|test)[-_.](images|labels)[-_.]"
    r"(?:idx[13][-_.]ubyte|idx2[-_.]int)(\.gz)?",
    re.IGNORECASE,
)
_SETS_OF_DIGITS = ("", "qmnist", "digits", "mnist")
"""The sets that are digits and nothing else, by their files' names: MNIST's own, QMNIST, two of EMNIST's."""

_RAW = ("", "raw", "MNIST/raw", "QMNIST/raw", "EMNIST/raw", "gzip")
"""Where in a directory IDX files may lie: torchvision's root, its `MNIST`, and EMNIST as it is unpacked."""

_TABLE_NAME = re.compile(r"(?:e?mnist[-_])?(?:digits[-_])?(train|test)(?:-\d+-of-\d+)?\.(?:csv|parquet)", re.IGNORECASE)
_FOLDER_NAMES = {"train": "train", "training": "train", "test": "test", "testing": "test"}
_CSV_SUFFIXES = (".csv", ".tsv", ".txt", ".data")

EXPECTED = (
    "IDX files (train-images-idx3-ubyte …), train.csv, sub-folders 0 to 9 with pictures, "
    "or train and test folders with these"
)


def find_splits(path: Path, to_form: ToForm | None = None) -> Splits:
    """The splits at a path, each with the function that reads it.

    Args:
        path: a file or directory.
        to_form: what brings pictures of other sizes than 28×28 into MNIST's form; without it they are refused.

    Raises:
        DataError: there is nothing at `path`, or nothing that holds labelled digits.
    """
    try:
        found = _find_in_directory(path, to_form) if path.is_dir() else _find_file(path, to_form)
    except OSError as error:
        raise unreadable(path, error) from error
    if not found:
        raise DataError(f"{path} holds no digits that can be read; expected {EXPECTED}")
    return found


def find_idx(directory: Path, only: str | None = None) -> Splits:
    """The splits that a directory has as IDX files under any usual name, or of one set alone; empty if there are none.

    Also Kaggle's mnist-dataset, where a folder has the name of the file that is in it. If several sets are there, such
    as EMNIST's six, the one of digits.
    """
    sets: dict[str, dict[tuple[str, str], Path]] = {}
    # Files go before folders, and within each the plain name before `.gz`: of two copies one is taken, always the same.
    for entry in sorted(directory.iterdir(), key=lambda entry: (entry.is_dir(), entry.name)):
        match = _IDX_NAME.fullmatch(entry.name)
        inside = entry / entry.name
        file = inside if entry.is_dir() else entry
        if match and file.is_file():
            split = "train" if match[3].lower() == "train" else "test"
            sets.setdefault((match[1] or match[2] or "").lower(), {}).setdefault((split, match[4].lower()), file)
    if only is not None:
        sets = {name: files for name, files in sets.items() if name == only}
    if not sets:
        return {}
    order = [*_SETS_OF_DIGITS, *sorted(sets)]  # letters last
    name = min(sets, key=order.index)
    named = {name: name or "the one without a name" for name in sorted(sets)}
    note = f"of the sets that are here ({', '.join(named.values())}), {named[name]} is taken" if len(sets) > 1 else None
    files = sets[name]
    return {
        split: partial(_idx_pair, files[split, "images"], files.get((split, "labels")), note)
        for split in ("train", "test")
        if (split, "images") in files
    }


def read_images(path: str | Path, tell: Tell = ignore) -> Images:
    """The images of a file that may have no labels, such as Kaggle's test.csv, or an IDX file of images.

    Returns:
        Images, uint8 (n, 28, 28), as bright as they came.

    Raises:
        DataError: it cannot be read, or holds something else.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in _CSV_SUFFIXES:
        return read_csv(path, tell)[0]
    if suffix == ".npz":
        return read_npz_images(path, tell)
    if suffix == ".npy":
        return as_images(read_npy(path), str(path), tell)
    if suffix == ".parquet":
        return read_parquet(path, tell)[0]
    if suffix == ".mat":
        return read_mat(path, mat_splits(path)[0], tell)[0]
    return read_idx(path, dimensions=3)


def holds_many(path: Path) -> bool:
    """Whether a file is one of many images, by its name: what `read_images` reads, and no picture."""
    return path.suffix.lower() in (*_CSV_SUFFIXES, ".npz", ".npy", ".parquet", ".mat") or _is_idx_of_images(path)


def _find_in_directory(path: Path, to_form: ToForm | None) -> Splits:
    for place in _RAW:
        if (path / place).is_dir() and (found := find_idx(path / place)):
            return found
    return _find_tables(path, to_form) or _find_folders(path, to_form) or _find_pictures(path, to_form)


def _find_file(path: Path, to_form: ToForm | None) -> Splits:
    if not path.exists():
        raise DataError(f"{path} does not exist; expected a file or directory of digits")
    refuse_foreign(path)
    suffix = path.suffix.lower()
    if suffix in (*_CSV_SUFFIXES, ".parquet"):
        return {"train": partial(_labelled_table, path, to_form)}
    if suffix == ".npz":
        return {split: partial(read_npz, path, split) for split in npz_splits(path)}
    if suffix == ".mat":
        return {split: partial(read_mat, path, split) for split in mat_splits(path)}
    if suffix == ".npy":
        return {"train": partial(_npy_pair, path)}
    if _is_idx_of_images(path):
        return {"train": partial(_idx_pair, path, _labels_beside(path), None)}
    raise DataError(
        f"{path} is of no known kind; expected .csv, .npz, .npy, .mat, .parquet, an IDX file of images, or a directory"
    )


def _is_idx_of_images(path: Path) -> bool:
    return "images" in path.name and "idx" in path.name


def _find_tables(directory: Path, to_form: ToForm | None) -> Splits:
    files: dict[str, Path] = {}
    for entry in sorted(directory.iterdir()):
        if match := _TABLE_NAME.fullmatch(entry.name):
            files.setdefault(match[1].lower(), entry)
    if "test" in files and not _has_labels(files["test"]):
        del files["test"]  # Kaggle keeps its labels
    return {split: partial(_labelled_table, files[split], to_form) for split in ("train", "test") if split in files}


def _has_labels(path: Path) -> bool:
    return path.suffix.lower() == ".parquet" or picture_list.is_picture_list(path) or csv_has_labels(path)


def _find_folders(directory: Path, to_form: ToForm | None) -> Splits:
    if folder.digit_folders(directory):
        return {"train": partial(_folder, directory, to_form)}
    found: Splits = {}
    for entry in sorted(directory.iterdir()):
        split = _FOLDER_NAMES.get(entry.name.lower())
        if split and folder.digit_folders(entry):
            found.setdefault(split, partial(_folder, entry, to_form))
    return {split: found[split] for split in ("train", "test") if split in found}


def _find_pictures(directory: Path, to_form: ToForm | None) -> Splits:
    """Pictures whose labels stand in a CSV beside them or in their own names."""
    lists = [file for file in sorted(directory.glob("*.csv")) if picture_list.is_picture_list(file)]
    if len(lists) > 1:
        names = ", ".join(file.name for file in lists)
        raise DataError(f"{directory} has several lists of pictures: {names}; give the one that is meant")
    if lists:
        return {"train": partial(picture_list.read_picture_list, lists[0], to_form=to_form)}
    files = folder.pictures_in(directory)
    labels = folder.labels_in_names(files) if files else None
    if labels is None:
        return {}
    return {"train": partial(_pictures, list(zip(files, labels, strict=True)), to_form)}


def _folder(directory: Path, to_form: ToForm | None, tell: Tell) -> tuple[Images, Labels]:
    return folder.read_folder(directory, tell, to_form)


def _pictures(files: list[tuple[Path, int]], to_form: ToForm | None, tell: Tell) -> tuple[Images, Labels]:
    tell(f"the labels stand in the pictures' names: {files[0][0].name} is a {files[0][1]}")
    return folder.read_pictures(files, tell, to_form)


def _idx_pair(images: Path, labels: Path | None, note: str | None, tell: Tell) -> tuple[Images, Labels]:
    if labels is None:
        raise DataError(f"there are no labels beside {images}; expected {_labels_name(images)}")
    if note:
        tell(note)
    return read_idx(images, dimensions=3), read_idx(labels, dimensions=1)


def _npy_pair(path: Path, tell: Tell) -> tuple[Images, Labels]:
    """The images of an npy, and the labels of the one beside it."""
    pairs = (("images", "labels"), ("data", "labels"), ("x", "y"), ("X", "y"))
    names = [path.stem.replace(image, label) for image, label in pairs if image in path.stem]
    labels = next((file for name in names if (file := path.with_name(f"{name}.npy")).is_file()), None)
    if labels is None:
        expected = f"expected {names[0]}.npy beside it, or " if names else "expected "
        raise DataError(
            f"{path} holds images without labels; {expected}an npz with both; digits classify names the digits in it"
        )
    return as_images(read_npy(path), str(path), tell), as_labels(read_npy(labels), str(labels))


def _labelled_table(path: Path, to_form: ToForm | None, tell: Tell) -> tuple[Images, Labels]:
    """The digits of a CSV, or the pictures that it lists, or the digits of a Parquet file."""
    is_csv = path.suffix.lower() != ".parquet"
    if is_csv and picture_list.is_picture_list(path):
        return picture_list.read_picture_list(path, tell, to_form)
    images, labels = read_csv(path, tell) if is_csv else read_parquet(path, tell)
    if labels is None:
        raise DataError(
            f"{path} has no labels (784 columns); expected 785 columns, one of them named label; "
            "digits classify names the digits in it"
        )
    return images, labels


def _labels_beside(images: Path) -> Path | None:
    name = _labels_name(images).removesuffix(".gz")
    names = (name, name.replace("idx1-ubyte", "idx2-int"))  # the second is QMNIST's
    paths = (images.with_name(f"{name}{suffix}") for name in names for suffix in ("", ".gz"))
    return next((path for path in paths if path.is_file()), None)


def _labels_name(images: Path) -> str:
    return images.name.replace("images", "labels").replace("idx3", "idx1")
