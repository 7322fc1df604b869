"""The ways to read a line of digits, or a page, that `reading.py` sets side by side: ours, Tesseract's, RapidOCR's.

Notable choices:
- *Ours* is the Reader as it comes: it is not told what a picture holds.
- *Tesseract* (Debian's `tesseract-ocr`), out of `0123456789`, is told whether it is a line or a page. Each picture is
  shown five times, as its documentation advises for hard ones: as it came and cleaned (paper made white, the digits
  dark and 32 pixels high, a white margin), as one line or block and in other modes. The answer that it is surest of
  counts; its time is that of one pass.
- *RapidOCR* 3.10 (`rapidocr`, with PP-OCRv6) and 1.4.4 (`rapidocr-onnxruntime`) bring their networks along and run in
  environments of their own. Of what they read the digits are kept; boxes next to each other are one row.
- All start from a file, and use one core.
"""

import argparse
import csv
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import harness
from digits import Reader, Reading
from digits.locate import find_bundle
from digits.reading.networks.classifier import Classifier
from measured import Way
from ways_to_read import INSTALL, OURS, TESSERACT, processor_seconds

RAPIDOCR, RAPIDOCR_3 = "rapidocr1", "rapidocr3"
NUMBER_WAYS = (TESSERACT, RAPIDOCR, RAPIDOCR_3, OURS)

RAPIDOCR_READ = harness.CONTENDERS / "rapidocr_read.py"
RAPIDOCR_3_READ = harness.CONTENDERS / "rapidocr3_read.py"

TextBox = tuple[float, float, float, float, str, float]
"""Left, top, right, bottom, text, confidence."""

UNSURE = "?"
"""What stands for a digit that a reader does not name freely."""


@dataclass(frozen=True)
class Answer:
    """What a reader says to one picture, row by row from the top, digits alone.

    Attributes:
        rows: its best guess.
        free: the same rows with `?` for each digit that it does not name freely.
        confidence: in all of it, 0 to 1; each reader's own.
    """

    rows: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    confidence: float = 0.0

    @classmethod
    def sure(cls, rows: Sequence[str], confidence: float) -> "Answer":
        """Of a reader that never says that it is unsure; rows without a digit are left out."""
        kept = tuple(digits for row in rows if (digits := only_digits(row)))
        return cls(kept, kept, confidence)


class Ours:
    """The Reader, not told what a picture holds."""

    def __init__(self, bundle: Path) -> None:
        classifier = Classifier.load(bundle)
        self.title = f"ours, {classifier.name}"
        self._reader = Reader(classifier)

    def answer(self, paths: Sequence[Path]) -> tuple[list[Answer], float]:
        """One picture after the other."""
        started = processor_seconds()
        return [answer_of(next(iter(self._reader.read(path)))) for path in paths], processor_seconds() - started


class Tesseract:
    """Tesseract, digits only.

    Attributes:
        passes: whether the picture is cleaned, and the mode (`--psm`): 7 a line, 13 a raw line, 6 a block, 4 a column,
            11 text anywhere.
        characters: that it chooses from; empty if it may read any.
    """

    title = "Tesseract"

    def __init__(self, *, pages: bool, characters: str = "0123456789") -> None:
        self.characters = characters
        lines = ((False, 7), (False, 13), (True, 7), (True, 13), (True, 6))
        self.passes = ((False, 6), (False, 4), (True, 6), (True, 4), (True, 11)) if pages else lines

    def answer(self, paths: Sequence[Path]) -> tuple[list[Answer], float]:
        """All pictures in one process a pass; the surest of each picture's answers, and the seconds of one pass."""
        started = processor_seconds()
        answers = self.parse("", len(paths))
        with tempfile.TemporaryDirectory() as place:
            files = {False: [path.absolute() for path in paths], True: _cleaned_files(paths, Path(place))}
            for is_cleaned, mode in self.passes:
                found = self._pass(files[is_cleaned], mode, Path(place))
                answers = [max(pair, key=_certainty) for pair in zip(answers, found, strict=True)]
        return answers, (processor_seconds() - started) / len(self.passes)

    def _pass(self, files: Sequence[Path], mode: int, place: Path) -> list[Answer]:
        names = place / "names.txt"
        names.write_text("\n".join(map(str, files)))
        settings = [f"tessedit_char_whitelist={self.characters}"] * bool(self.characters) + ["tessedit_create_tsv=1"]
        options = ["--psm", str(mode), *(part for setting in settings for part in ("-c", setting))]
        try:
            _, table = harness.run_process(["tesseract", names, "-", *options], {"OMP_THREAD_LIMIT": "1"})
        except SystemExit:  # it divides by zero at some pictures: only those are unread, not all of a turn
            if len(files) == 1:
                return self.parse("", 1)
            half = len(files) // 2
            return self._pass(files[:half], mode, place) + self._pass(files[half:], mode, place)
        return self.parse(table, len(files))

    def parse(self, table: str, pictures: int) -> list[Answer]:
        """The answers in a table of Tesseract's; to none of the pictures if it is empty."""
        return parse_tesseract(table, pictures)


class RapidOCR:
    """RapidOCR, of which the digits are kept."""

    def __init__(
        self, python: Path, script: Path = RAPIDOCR_READ, *options: str, title: str = "RapidOCR 1.4.4"
    ) -> None:
        self.title = title
        self._command = python, script, options

    def answer(self, paths: Sequence[Path]) -> tuple[list[Answer], float]:
        """All pictures in one process, whose loop is timed."""
        pictures, seconds = self.boxes(paths)
        return [answer_of_boxes(boxes) for boxes in pictures], seconds

    def boxes(self, paths: Sequence[Path]) -> tuple[list[list[TextBox]], float]:
        """The texts in each picture, and the loop's seconds."""
        python, script, options = self._command
        with tempfile.TemporaryDirectory() as place:
            names = Path(place) / "names.txt"
            names.write_text("\n".join(str(path.absolute()) for path in paths))
            _, said = harness.run_process([python, script, names, *options])
        *lines, last = (json.loads(line) for line in said.splitlines())
        return lines, last["seconds"]


def only_digits(text: str) -> str:
    """The digits 0 to 9 of a text."""
    return "".join(character for character in text if character in "0123456789")


def answer_of(reading: Reading) -> Answer:
    """A Reading's numbers, line by line; of a number that is doubted as a whole no digit is named freely."""
    lines = sorted({number.line for number in reading.numbers})
    numbers = [[number for number in reading.numbers if number.line == line] for line in lines]
    rows = tuple("".join(digit.text for number in line for digit in number.digits) for line in numbers)
    free = tuple(
        "".join(UNSURE if number.doubt or digit.unsure else digit.text for number in line for digit in number.digits)
        for line in numbers
    )
    return Answer(rows, free, min((number.confidence for number in reading.numbers), default=0.0))


def answer_of_boxes(boxes: Sequence[TextBox]) -> Answer:
    """Texts in boxes → rows of digits."""
    texts = ["".join(box[4] for box in row) for row in rows_of_boxes(boxes)]
    return Answer.sure(texts, min((box[5] for box in boxes), default=0.0))


def rows_of_boxes(boxes: Sequence[TextBox]) -> list[list[TextBox]]:
    """Boxes from the top, and in a row from the left.

    A box is in the row of the one before, by height, if its middle is above that one's lower quarter.
    """
    rows: list[list[TextBox]] = []
    for box in sorted(boxes, key=lambda box: box[1] + box[3]):
        if rows and (box[1] + box[3]) / 2 < rows[-1][-1][3] - (rows[-1][-1][3] - rows[-1][-1][1]) / 4:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda box: box[0]) for row in rows]


def parse_tesseract(table: str, pictures: int) -> list[Answer]:
    """The answers in Tesseract's TSV, whose pages are the pictures; the confidence is the mean over characters."""
    lines: list[dict[tuple[str, ...], list[tuple[str, float]]]] = [{} for _ in range(pictures)]
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if text := only_digits(row["text"] or ""):
            place = tuple(row[name] for name in ("block_num", "par_num", "line_num"))
            lines[int(row["page_num"]) - 1].setdefault(place, []).append((text, float(row["conf"]) / 100))
    answers = []
    for found in lines:
        words = [word for line in found.values() for word in line]
        characters = sum(len(text) for text, _ in words)
        confidence = sum(len(text) * sure for text, sure in words) / characters if characters else 0.0
        answers.append(Answer.sure(["".join(text for text, _ in line) for line in found.values()], confidence))
    return answers


def cleaned(grey: npt.NDArray[np.uint8], height: int = 32) -> npt.NDArray[np.uint8]:
    """A picture, uint8 (height, width), as Tesseract's documentation likes it: white paper, digits `height` high.

    Light ink on dark is turned round, uneven light divided out, what is around the ink cut off.
    """
    if np.median(grey) < 128:
        grey = 255 - grey
    few = cv2.resize(grey, (max(8, grey.shape[1] // 4), max(8, grey.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(few, np.ones((9, 9), np.uint8)).astype(np.float32), (0, 0), 6)
    paper = cv2.resize(paper, grey.shape[::-1])
    even = np.clip(255.0 * grey / np.maximum(paper, 1), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(even, 0, 255, cv2.THRESH_OTSU)
    ink = (even < threshold).astype(np.uint8)
    heights = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:, cv2.CC_STAT_HEIGHT]
    if len(heights):
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        even = even[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        factor = height / float(np.median(heights[heights >= 0.35 * heights.max()]))
        size = tuple(max(1, min(6000, round(side * factor))) for side in even.shape[::-1])
        even = cv2.resize(even, size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    return np.pad(even, 20, constant_values=255)


def make(name: str, options: argparse.Namespace, *, pages: bool) -> Way[Answer] | None:
    """The way of this name; None, and a line that says so, if it cannot be had.

    Args:
        name: one of `NUMBER_WAYS`.
        options: `model`, what ours reads with; `env_dir`, `rapidocr_python` and `rapidocr3_python`, where RapidOCR is.
        pages: whether the pictures are pages, which Tesseract is told.
    """
    if name == OURS:
        return Ours(find_bundle(options.model))
    if name == TESSERACT:
        if shutil.which("tesseract"):
            return Tesseract(pages=pages)
        harness.say(INSTALL)
        return None
    return make_rapidocr(name, options)


def make_rapidocr(name: str, options: argparse.Namespace, *, crops: bool = False) -> RapidOCR | None:
    """RapidOCR of this name, or its recogniser alone; None, and a line that says so, if it cannot be had."""
    try:
        if name == RAPIDOCR:
            return RapidOCR(harness.interpreter("rapidocr", options.env_dir, options.rapidocr_python))
        python = harness.interpreter("rapidocr3", options.env_dir, options.rapidocr3_python)
    except (subprocess.CalledProcessError, OSError) as error:
        harness.say(f"RapidOCR is left out: its environment could not be made ({error})")
        return None
    if crops:
        return RapidOCR(python, RAPIDOCR_3_READ, "--crops", title="RapidOCR 3.10,\nrecogniser")
    return RapidOCR(python, RAPIDOCR_3_READ, title="RapidOCR 3.10")


def _certainty(answer: Answer) -> tuple[float, int]:
    """What the surest answer has most of: confidence, and of several without any, digits."""
    return answer.confidence, sum(map(len, answer.rows))


def _cleaned_files(paths: Sequence[Path], place: Path) -> list[Path]:
    files = [place / f"{number:05d}.png" for number in range(len(paths))]
    for path, file in zip(paths, files, strict=True):
        with Image.open(path) as picture:
            Image.fromarray(cleaned(np.asarray(picture.convert("L")))).save(file)
    return files
