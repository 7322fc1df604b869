"""The ways to read a picture of one digit that `reading.py` sets side by side: ours, the usual demo's, Tesseract's.

Notable choices:
- *The usual demo* is what nearly every MNIST project does with a user's picture: grey, resized to 28×28 (Pillow's
  default, bicubic), inverted if the mean is light, then the network. It never refuses.
- *Tesseract* (Debian's `tesseract-ocr`) reads print, as single characters (`--psm 10`) out of `0123456789`. It gets a
  fair chance: as it came, it answered 32 % of a sample of our pictures rightly. So each is cut to its ink (Otsu's
  threshold), brought to a height that Tesseract likes, dark on light, with a white margin, and shown four times: 24, 32
  and 100 pixels high, and 32 high with light and dark exchanged. The surest answer counts, which was the best that we
  found on those same pictures (about 59 %): to its advantage. All pictures of a turn are one process with a list of
  files, which starts once; only one of the four passes is counted as its time.
- *MNIST form* is our Reader with the textbook network of the usual demo: what the form alone brings.
- All start from a file, and use one core. What is counted is the processor's time, of child processes too: on a busy
  machine it says more than the clock.
"""

import csv
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import harness
from digits.locate import find_bundle, shipped_models
from digits.reading.networks.classifier import Classifier
from digits.reading.reader import Reader

TEXTBOOK, CONVNET = "dense-128-64", "cnn-best"
"""The shipped networks that the usual demo brings."""

OURS, TESSERACT = "ours", "tesseract"
WAYS = ("demo-dense", "demo-convnet", TESSERACT, "form-dense", OURS)

INSTALL = "Tesseract is left out: it is not installed (on Debian: apt-get install tesseract-ocr)"


@dataclass(frozen=True, eq=False)
class Answer:
    """What a reader says to one picture.

    Attributes:
        guess: the digit that it would name if it had to; None if it has no idea.
        confidence: in that guess, 0 to 1; each reader's own.
        given: whether it names the digit freely.
        digitness: how much this is a digit at all, 0 to 1; None if the reader does not say.
        seen: uint8 (28, 28), what the network saw; None if there was none.
    """

    guess: str | None
    confidence: float = 0.0
    given: bool = False
    digitness: float | None = None
    seen: npt.NDArray[np.uint8] | None = None

    @property
    def certainty(self) -> float:
        """How sure the reader is that this is a digit: its digitness, or else its confidence; 0 without a guess."""
        if self.guess is None:
            return 0.0
        return self.confidence if self.digitness is None else self.digitness


class Way(Protocol):
    """A way to read pictures.

    Attributes:
        title: what tables call it.
        classifier: its network; None if it is not one of ours.
    """

    title: str
    classifier: Classifier | None

    def answer(self, paths: Sequence[Path]) -> tuple[list[Answer], float]:
        """What it says to each picture, and the seconds of the processor that this took."""


class Demo:
    """Resize, invert perhaps, ask the network."""

    def __init__(self, model: str) -> None:
        self.title = f"usual demo, {model}"
        self.classifier = Classifier.load(shipped_models()[model])

    def answer(self, paths: Sequence[Path]) -> tuple[list[Answer], float]:
        """One picture after the other."""
        started = processor_seconds()
        return [self._answer(path) for path in paths], processor_seconds() - started

    def _answer(self, path: Path) -> Answer:
        with Image.open(path) as picture:
            seen = np.asarray(picture.convert("L").resize((28, 28)))
        if seen.mean() > 127:
            seen = 255 - seen
        probabilities = self.classifier.predict_proba(seen[np.newaxis])[0]
        return Answer(str(probabilities.argmax()), float(probabilities.max()), given=True, seen=seen)


class Ours:
    """The Reader, told that a picture holds one digit."""

    def __init__(self, bundle: Path, title: str) -> None:
        self.classifier = Classifier.load(bundle)
        self.title = f"{title}, {self.classifier.name}"
        self._reader = Reader(self.classifier, layout="digit")

    def answer(self, paths: Sequence[Path]) -> tuple[list[Answer], float]:
        """One picture after the other."""
        started = processor_seconds()
        return [self._answer(path) for path in paths], processor_seconds() - started

    def _answer(self, path: Path) -> Answer:
        digits = [digit for reading in self._reader.read(path) for number in reading.numbers for digit in number.digits]
        if not digits:
            return Answer(None)
        best = max(digits, key=lambda digit: digit.confidence)
        given = len(digits) == 1 and best.unsure is None
        return Answer(best.text, best.confidence, given, best.digitness, best.image)


class Tesseract:
    """Tesseract, single characters, digits only."""

    PASSES = ((24, False), (32, False), (100, False), (32, True))
    """Height of the ink in pixels, and whether light and dark change places."""

    title = "Tesseract"
    classifier = None

    def answer(self, paths: Sequence[Path]) -> tuple[list[Answer], float]:
        """All pictures in one process a pass; the surest of each picture's answers, and the seconds of one pass."""
        started = processor_seconds()
        answers = [Answer(None) for _ in paths]
        for height, exchanged in self.PASSES:
            with tempfile.TemporaryDirectory() as name:
                found = self._pass(paths, Path(name), height, exchanged)
            answers = [max(pair, key=lambda answer: answer.confidence) for pair in zip(answers, found, strict=True)]
        return answers, (processor_seconds() - started) / len(self.PASSES)

    def _pass(self, paths: Sequence[Path], place: Path, height: int, exchanged: bool) -> list[Answer]:
        prepared = [place / f"{number:05d}.png" for number in range(len(paths))]
        for path, file in zip(paths, prepared, strict=True):
            with Image.open(path) as picture:
                Image.fromarray(prepare(np.asarray(picture.convert("L")), height, exchanged=exchanged)).save(file)
        names = place / "names.txt"
        names.write_text("\n".join(map(str, prepared)))
        settings = ("tessedit_char_whitelist=0123456789", "tessedit_create_tsv=1")
        options = ["--psm", "10", *(part for setting in settings for part in ("-c", setting))]
        _, table = harness.run_process(["tesseract", names, "-", *options], {"OMP_THREAD_LIMIT": "1"})
        return parse_tesseract(table, len(paths))


def processor_seconds() -> float:
    """What this process and those that it waited for have taken of the processor."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def prepare(grey: npt.NDArray[np.uint8], height: int, *, exchanged: bool) -> npt.NDArray[np.uint8]:
    """A picture, uint8 (height, width), cut to its ink, dark on light, `height` pixels high, with a white margin."""
    frame = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if (np.median(frame) < 128) != exchanged:
        grey = 255 - grey
    ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1] > 0
    if ink.any():
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        grey = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = min(height / grey.shape[0], 2 * height / grey.shape[1])
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    grey = cv2.resize(np.ascontiguousarray(grey), size, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    prepared: npt.NDArray[np.uint8] = np.pad(grey, max(10, round(0.3 * height)), constant_values=255)
    return prepared


def parse_tesseract(table: str, pictures: int) -> list[Answer]:
    """The answers in Tesseract's TSV, whose pages are the pictures: the first character of the surest word of each."""
    answers = [Answer(None) for _ in range(pictures)]
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row["text"] or "").strip()
        number, confidence = int(row["page_num"]) - 1, float(row["conf"]) / 100
        if text and confidence >= answers[number].confidence:
            answers[number] = Answer(text[0], confidence, given=True)
    return answers


def make(name: str, model: str | None) -> Way | None:
    """The way of this name; `model` is what ours reads with. None, and a line that says so, if it is not installed."""
    if name == TESSERACT:
        if shutil.which("tesseract"):
            return Tesseract()
        harness.say(INSTALL)
        return None
    if name == OURS:
        return Ours(find_bundle(model), "ours")
    if name == "form-dense":
        return Ours(shipped_models()[TEXTBOOK], "MNIST form")
    return Demo(TEXTBOOK if name == "demo-dense" else CONVNET)
