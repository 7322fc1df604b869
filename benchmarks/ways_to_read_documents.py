"""The ways to read pictures as they come that `reading_documents.py` sets side by side: numbers, with their signs.

Notable choices:
- *Ours* is the Reader as it comes, in layout `auto`; where a picture brings boxes, with these. A number is named freely
  if neither it nor any of its marks is unsure. Marks are a number's digits, and its signs where the Reader reads signs;
- *RapidOCR* 3.10 reads with its detector, and crops with its recogniser alone, too; RapidOCR 1.4.4 as before;
- *Tesseract* is used as in `ways_to_read_numbers.py`: the surest of five passes. It chooses from digits, from digits
  and signs where signs are scored, and from all characters where there are words, which would become digits;
- a contender's number is a run of digits with the signs in it or beside it: `R1=60` is 1 and `=60`.
  It never says that it is unsure.
"""

import argparse
import csv
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import harness
from digits import Reader, Reading
from digits.locate import find_bundle
from digits.reading.fields.given import load_boxes
from digits.reading.networks.classifier import Classifier
from labelled_documents import SAME, Document, only_digits, only_marks
from ways_to_read import INSTALL, OURS, TESSERACT, processor_seconds
from ways_to_read_numbers import (
    RAPIDOCR,
    RAPIDOCR_3,
    UNSURE,
    RapidOCR,
    TextBox,
    make_rapidocr,
    rows_of_boxes,
)
from ways_to_read_numbers import Tesseract as TesseractDigits

RAPIDOCR_3_CROPS = "rapidocr3-crops"
DOCUMENT_WAYS = (OURS, RAPIDOCR_3, RAPIDOCR_3_CROPS, RAPIDOCR, TESSERACT)

NUMBER = re.compile(r"(?:[-+=(#€$£] ?)?[0-9.,:/-]*[0-9][0-9.,:/-]*(?: ?[-%)€$£])?")
"""What a contender's text has to look like to be a number."""

DIGITS_ONLY, WITH_SIGNS, ANYTHING = "0123456789", "0123456789.,:/-+=%", ""
"""What Tesseract chooses from."""


@dataclass(frozen=True)
class Found:
    """A number that a reader found.

    Attributes:
        text: the best guess, digits and signs.
        shown: the same with `?` for each mark that is not named freely.
    """

    text: str
    shown: str

    @property
    def digits(self) -> str:
        """The digits of the best guess."""
        return only_digits(self.text)

    @property
    def given(self) -> bool:
        """Whether all of it is named freely."""
        return UNSURE not in self.shown

    @property
    def has_sure_digit(self) -> bool:
        """Whether any digit of it is named freely."""
        return bool(only_digits(self.shown))


@dataclass(frozen=True)
class Said:
    """What a reader says to a picture: rows of numbers from the top, and how sure it is of all of it, 0 to 1."""

    rows: tuple[tuple[Found, ...], ...] = ()
    confidence: float = 0.0

    @property
    def numbers(self) -> tuple[Found, ...]:
        """All numbers, row by row."""
        return tuple(number for row in self.rows for number in row)

    @property
    def text(self) -> str:
        """All numbers as labels are written."""
        return " / ".join(" ".join(number.text for number in row) for row in self.rows)

    @classmethod
    def of_texts(cls, rows: Iterable[str], confidence: float) -> "Said":
        """Of a reader that never says that it is unsure; rows without a number are left out."""
        found = (tuple(Found(text, text) for text in map(only_marks, numbers_in(row))) for row in rows)
        return cls(tuple(filter(None, found)), confidence)


class Way(Protocol):
    """A way to read pictures; `title` is what tables call it."""

    title: str

    def answer(self, documents: Sequence[Document]) -> tuple[list[Said], float]:
        """What it says to each picture, and the seconds of the processor that this took."""


class Ours:
    """The Reader, not told what a picture holds, unless it comes with boxes."""

    def __init__(self, bundle: Path) -> None:
        self._classifier = Classifier.load(bundle)
        self.title = f"ours, {self._classifier.name}"
        self._reader = Reader(self._classifier)

    def answer(self, documents: Sequence[Document]) -> tuple[list[Said], float]:
        """One picture after the other."""
        started = processor_seconds()
        said = [said_in(next(iter(self._reader_of(one).read(one.path)))) for one in documents]
        return said, processor_seconds() - started

    def _reader_of(self, document: Document) -> Reader:
        if document.boxes is None:
            return self._reader
        return Reader(self._classifier, boxes=load_boxes(document.boxes))


class Contender:
    """RapidOCR: of its texts the numbers are kept."""

    def __init__(self, reader: RapidOCR) -> None:
        self.title = reader.title
        self._reader = reader

    def answer(self, documents: Sequence[Document]) -> tuple[list[Said], float]:
        """All pictures in one process, whose loop is timed."""
        pictures, seconds = self._reader.boxes([one.path for one in documents])
        return [said_in_boxes(boxes) for boxes in pictures], seconds


class Tesseract:
    """Tesseract: of its words the numbers are kept."""

    title = "Tesseract"

    def __init__(self, *, pages: bool, characters: str) -> None:
        self._reader = _TesseractNumbers(pages=pages, characters=characters)

    def answer(self, documents: Sequence[Document]) -> tuple[list[Said], float]:
        """All pictures in one process a pass; the surest of each picture's answers, and the seconds of one pass."""
        return self._reader.answer([one.path for one in documents])


class _TesseractNumbers(TesseractDigits):
    def parse(self, table: str, pictures: int) -> list[Any]:
        return said_in_table(table, pictures)


def numbers_in(text: str) -> list[str]:
    """The numbers of a contender's text."""
    return NUMBER.findall(text.translate(SAME))


def said_in(reading: Reading) -> Said:
    """A Reading's numbers, line by line; fields without any mark are left out."""
    lines: dict[int, list[Found]] = {}
    for number in reading.numbers:
        marks = getattr(number, "marks", number.digits)  # digits and signs, or digits alone
        text = "".join(mark.text for mark in marks).translate(SAME)
        shown = "".join(UNSURE * len(mark.text) if number.doubt or mark.unsure else mark.text for mark in marks)
        if only_digits(text):
            lines.setdefault(number.line, []).append(Found(text, shown.translate(SAME)))
    confidence = min((number.confidence for number in reading.numbers), default=0.0)
    return Said(tuple(tuple(lines[line]) for line in sorted(lines)), confidence)


def said_in_boxes(boxes: Sequence[TextBox]) -> Said:
    """Texts in boxes → rows of numbers."""
    texts = [" ".join(box[4] for box in row) for row in rows_of_boxes(boxes)]
    return Said.of_texts(texts, min((box[5] for box in boxes), default=0.0))


def said_in_table(table: str, pictures: int) -> list[Said]:
    """The numbers in Tesseract's TSV, whose pages are the pictures; the confidence is the mean over characters."""
    lines: list[dict[tuple[str, ...], list[tuple[str, float]]]] = [{} for _ in range(pictures)]
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if text := (row["text"] or "").strip():
            place = tuple(row[name] for name in ("block_num", "par_num", "line_num"))
            lines[int(row["page_num"]) - 1].setdefault(place, []).append((text, float(row["conf"]) / 100))
    said = []
    for found in lines:
        words = [word for line in found.values() for word in line]
        characters = sum(len(text) for text, _ in words)
        confidence = sum(len(text) * sure for text, sure in words) / characters if characters else 0.0
        said.append(Said.of_texts((" ".join(text for text, _ in line) for line in found.values()), confidence))
    return said


def make(name: str, options: argparse.Namespace, *, pages: bool, characters: str) -> Way | None:
    """The way of this name; None, and a line that says so, if it cannot be had.

    Args:
        name: one of `DOCUMENT_WAYS`.
        options: `model`, what ours reads with; `env_dir`, `rapidocr_python` and `rapidocr3_python`, where RapidOCR is.
        pages: whether the pictures are pages, which Tesseract is told.
        characters: that Tesseract chooses from.
    """
    if name == OURS:
        return Ours(find_bundle(options.model))
    if name == TESSERACT:
        if shutil.which("tesseract"):
            return Tesseract(pages=pages, characters=characters)
        harness.say(INSTALL)
        return None
    crops = name == RAPIDOCR_3_CROPS
    reader = make_rapidocr(RAPIDOCR_3 if crops else name, options, crops=crops)
    return Contender(reader) if reader else None
