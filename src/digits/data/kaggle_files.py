"""The two files of Kaggle's digit-recognizer, looked at before anything is trained: train.csv and test.csv.

Notable choices:
- what is wrong is named by what it is (swapped, a submission, another competition's, cut off) with what to do;
- a zip, as Kaggle delivers, is read as it is: the one CSV of the wanted name in it is unpacked into a temporary
  directory under a name of our own, and no more of it than MAX_CSV_BYTES, whatever the archive claims;
- names of columns are asked for: the files have them, and a file without was made elsewhere, or lost its first line.
"""

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal

from digits.atomic import storage_errors, write_whole
from digits.data import columns
from digits.data.appearance import settled
from digits.data.dataset import Dataset, Images, Labels
from digits.data.foreign import refuse_address
from digits.data.guard import unreadable
from digits.data.kaggle_csv import read_csv, read_head
from digits.data.sources import KAGGLE_TEST, KAGGLE_TRAIN
from digits.errors import DataError

MAX_CSV_BYTES = 512 * 1024**2
"""A zip may unpack to no more: seven times Kaggle's train.csv, which has about 77 MB."""

MAX_MEMBERS = 1000
"""A zip with more files is none of Kaggle's: that of digit-recognizer has three."""

_CHUNK = 1 << 20  # bytes that are unpacked at once
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(/[a-z0-9]+(-[a-z0-9]+)*)?")
_SUBMISSION = ["imageid", "label"]

Role = Literal["train", "test"]
_EXPECTED = {
    "train": f"Kaggle's train.csv: label,pixel0,…,pixel783 and {KAGGLE_TRAIN:,} rows",
    "test": f"Kaggle's test.csv: pixel0,…,pixel783 and {KAGGLE_TEST:,} rows",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class KaggleFiles:
    """What is in the two files.

    Attributes:
        training: the labelled digits of train.csv; its notes say what was put right in either file.
        test_images: the digits of test.csv in its order, uint8 (n, 28, 28), 0 background to 255 ink.
    """

    training: Dataset
    test_images: Images


def read_kaggle_files(train: str | Path, test: str | Path, *, any_rows: bool = False) -> KaggleFiles:
    """Read train.csv and test.csv, each as it is or in a zip; heads first, so that a mix-up is told at once.

    Args:
        train: path of train.csv, or of a zip that it is in.
        test: path of test.csv, or of a zip that it is in.
        any_rows: whether other numbers of rows than Kaggle's 42,000 and 28,000 will do.

    Raises:
        DataError: one of them is no such file: the message says what it is instead, or where it is wrong.
        StorageError: a zip cannot be unpacked into the temporary directory.
    """
    with _csv_of(train, "train") as train_csv, _csv_of(test, "test") as test_csv:
        _refuse_mix_up({"train": train_csv, "test": test_csv}, {"train": str(train), "test": str(test)})
        notes: list[str] = []
        images, labels = read_csv(train_csv, notes.append)
        images = settled(images, notes.append)
        notes = [f"{train}: {note}" for note in notes]
        test_notes: list[str] = []
        test_images = settled(read_csv(test_csv, test_notes.append)[0], test_notes.append)
        notes += [f"{test}: {note}" for note in test_notes]
    if not any_rows:
        _refuse_rows(str(train), len(images), KAGGLE_TRAIN)
        _refuse_rows(str(test), len(test_images), KAGGLE_TEST)
    if labels is None:  # never: its head has them
        raise DataError(f"{train} has no labels; expected {_EXPECTED['train']}")
    training = Dataset(
        images=images, labels=labels, name="kaggle", split="train", origin=str(train), notes=tuple(notes)
    )
    return KaggleFiles(training=training, test_images=test_images)


def write_submission(answers: Labels, path: Path) -> None:
    """Write what Kaggle's digit-recognizer takes: `ImageId,Label`, ImageId from 1; whole or not at all.

    Raises:
        StorageError: the disk is full, or the place is not writable.
    """
    lines = ["ImageId,Label", *(f"{number},{digit}" for number, digit in enumerate(answers.tolist(), 1))]
    write_whole(path, "\n".join(lines) + "\n")


@contextmanager
def _csv_of(given: str | Path, role: Role) -> Iterator[Path]:
    """The CSV that was given, or that is in the zip that was given; errors name the zip, and not the temporary file."""
    path = _existing(given, role)
    if not _is_zip(path):
        yield path
        return
    with TemporaryDirectory(prefix="digits-") as directory:
        unpacked = Path(directory) / f"{role}.csv"
        _unpack(path, role, unpacked)
        try:
            yield unpacked
        except DataError as error:
            raise DataError(str(error).replace(str(unpacked), f"{path}, {role}.csv")) from error


def _existing(given: str | Path, role: Role) -> Path:
    """The path of a file, or a DataError that says what was given instead."""
    refuse_address(str(given))
    path = Path(given)
    if path.is_dir():
        raise DataError(f"{path} is a directory; give the file in it: {path / f'{role}.csv'}")
    if path.exists():
        return path
    if _SLUG.fullmatch(str(given)):
        raise DataError(
            f"there is no file {str(given)!r}; if it is the name of a competition: download it with "
            f"`kaggle competitions download -c {given}`, and give its files: digits kaggle train.csv test.csv"
        )
    raise DataError(f"{path} does not exist; expected {_EXPECTED[role]}")


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError as error:
        raise unreadable(path, error) from error


def _unpack(archive: Path, role: Role, target: Path) -> None:
    """Write the CSV of a zip to `target`: the one named for its role, or the only one."""
    try:
        with zipfile.ZipFile(archive) as opened, storage_errors(target):
            member = _member(archive, opened.infolist(), role)
            done = 0
            with opened.open(member) as source, target.open("wb") as out:
                while chunk := source.read(_CHUNK):
                    done += len(chunk)
                    if done > MAX_CSV_BYTES:
                        raise DataError(_too_large(archive, member))
                    out.write(chunk)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{archive} is a damaged zip: {error}; download it again, or unpack it yourself") from error


def _member(archive: Path, members: list[zipfile.ZipInfo], role: Role) -> zipfile.ZipInfo:
    if len(members) > MAX_MEMBERS:
        raise DataError(f"{archive} holds {len(members):,} files; expected {_EXPECTED[role]}, or a zip of it")
    tables = {PurePosixPath(member.filename).name.lower(): member for member in members}
    tables = {name: member for name, member in tables.items() if name.endswith(".csv") and not name.startswith(".")}
    member = tables.get(f"{role}.csv") or (next(iter(tables.values())) if len(tables) == 1 else None)
    if member is None:
        there = ", ".join(sorted(tables)[:5]) or "no CSV at all"
        raise DataError(f"{archive} has no {role}.csv in it; it has: {there}")
    if member.flag_bits & 1:
        raise DataError(f"{archive} is encrypted; unpack it yourself, and give {role}.csv")
    if member.file_size > MAX_CSV_BYTES:
        raise DataError(_too_large(archive, member))
    return member


def _too_large(archive: Path, member: zipfile.ZipInfo) -> str:
    return f"{archive}: {member.filename} unpacks to more than {MAX_CSV_BYTES:,} bytes; Kaggle's has a seventh of that"


def _refuse_mix_up(files: dict[Role, Path], given: dict[Role, str]) -> None:
    """A DataError unless the heads are those of a train.csv and of a test.csv."""
    labelled: dict[Role, bool] = {role: _has_labels(path, role) for role, path in files.items()}
    if not labelled["train"] and labelled["test"]:
        raise DataError(
            f"the two files are swapped: {given['train']} has no labels, and {given['test']} has; "
            f"repeat as: digits kaggle {given['test']} {given['train']}"
        )
    if not labelled["train"]:
        raise DataError(f"{files['train']} has no column named label; expected {_EXPECTED['train']}")
    if labelled["test"]:
        raise DataError(
            f"{files['test']} has labels; expected {_EXPECTED['test']}; to score a network on labelled digits: "
            "digits evaluate MODEL --data FILE"
        )


def _has_labels(path: Path, role: Role) -> bool:
    """Whether a file's head has a column of labels beside 784 pixels; a DataError if it is no such head."""
    head = read_head(path)
    names = [name.lower() for name in head.fields]
    if names == _SUBMISSION:
        raise DataError(f"{path} is a submission (ImageId,Label), and holds no digits; expected {_EXPECTED[role]}")
    if not head.named:
        raise DataError(f"{path} has no header: its first line holds numbers; expected {_EXPECTED[role]}")
    if not any(name.startswith("pixel") or name in columns.LABEL_NAMES for name in names):
        first = ", ".join(field[:20] for field in head.fields[:3])
        raise DataError(
            f"{path} is of another competition: its {len(names):,} columns begin with {first}; "
            f"expected {_EXPECTED[role]} (digit-recognizer)"
        )
    return columns.named(head.fields, str(path)).label is not None


def _refuse_rows(given: str, came: int, expected: int) -> None:
    if came != expected:
        raise DataError(
            f"{given} has {came:,} rows of digits; Kaggle's has {expected:,}: download it again; "
            "if the rows are meant to be others, say --any-rows"
        )
