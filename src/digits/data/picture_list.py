"""A CSV that lists pictures with their labels: `7_0012.png,7`. The pictures lie beside it, or in a folder beside it."""

import csv
from pathlib import Path

from digits.data.arrays import Tell
from digits.data.columns import LABEL_NAMES
from digits.data.dataset import CLASSES, Images, Labels
from digits.data.folder import read_pictures
from digits.data.guard import unreadable
from digits.data.kaggle_csv import Head, read_head
from digits.data.picture import PICTURE_SUFFIXES, ToForm
from digits.errors import DataError

FILE_NAMES = ("file", "filename", "file_name", "image", "path", "filepath", "picture", "name", "id", "img")
"""What people call the column of file names."""

FEW = 20
"""A list of pictures has at most so many columns; digits as numbers have 784."""


def is_picture_list(path: Path) -> bool:
    """Whether a CSV names a column of files and one of labels; reads its first line only.

    Raises:
        DataError: it cannot be read, or is no text.
    """
    return _columns(read_head(path)) is not None


def read_picture_list(path: Path, tell: Tell, to_form: ToForm | None) -> tuple[Images, Labels]:
    """Read the pictures that a CSV lists, in its order.

    Args:
        path: the CSV. A name in it may lack its ending, and the folder that the picture lies in.
        tell: told what was changed, and if there are pictures that are not listed.
        to_form: as in `folder.read_folder`.

    Raises:
        DataError: it lists no picture, one that is not there, or a label that is none; or a picture cannot be read.
    """
    head = read_head(path)
    columns = _columns(head)
    if columns is None:
        raise DataError(f"{path} lists no pictures; expected a column file and a column label")
    there, listed = _pictures_below(path.parent), list[tuple[Path, int]]()
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream, delimiter=head.separator)
            next(rows)
            for number, row in enumerate(rows, 2):
                if row:
                    listed.append(_listed(row, columns, there, f"{path}, line {number}"))
    except OSError as error:
        raise unreadable(path, error) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as CSV: {error}") from error
    if not listed:
        raise DataError(f"{path} lists no pictures; expected a row for each")
    without = len(set(there.values()) - {file for file, _ in listed} - {None})
    if without:
        tell(f"{without:,} pictures are in no row of {path.name}, and are left out")
    return read_pictures(listed, tell, to_form)


def _columns(head: Head) -> tuple[int, int] | None:
    """The columns of file names and of labels."""
    names = [field.lower() for field in head.fields]
    files = [number for number, name in enumerate(names) if name in FILE_NAMES]
    labels = [number for number, name in enumerate(names) if name in LABEL_NAMES]
    return (files[0], labels[0]) if len(names) <= FEW and files and labels else None


def _pictures_below(directory: Path) -> dict[str, Path | None]:
    """The pictures in and below a directory by the names that a list may call them; None where two share one."""
    found: dict[str, Path | None] = {}
    for file in sorted(directory.rglob("*")):
        if file.suffix.lower() in PICTURE_SUFFIXES:
            inside = file.relative_to(directory)
            for name in {inside.as_posix(), inside.with_suffix("").as_posix(), file.name, file.stem}:
                found[name] = file if name not in found else None
    return found


def _listed(row: list[str], columns: tuple[int, int], there: dict[str, Path | None], where: str) -> tuple[Path, int]:
    """A row's picture and label."""
    if len(row) <= max(columns):
        raise DataError(f"{where} has {len(row)} columns; expected a file and a label")
    name, label = (row[column].strip() for column in columns)
    file = there.get(name.removeprefix("./").replace("\\", "/"))
    if file is None:
        what = "is the name of several pictures" if name in there else "is no picture beside it"
        raise DataError(f"{where}: {name[:60]!r} {what}; expected the path of one, from the CSV's folder")
    if label not in map(str, range(CLASSES)):
        raise DataError(f"{where}: expected a label from 0 to 9, got {label[:20]!r}")
    return file, int(label)
