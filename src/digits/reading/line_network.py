"""The network that reads a line of digits as a whole, without cutting it: a strip of ink → a Transcript.

It sees what no single candidate shows: where a stroke comes from, and what its neighbours are. The digit network then
says of each digit whether it is one, and the search (`lines.py`) believes the text that both find likely.

It is trained on lines made of MNIST's training digits (`benchmarks/train_line_network.py`) and ships with the package,
one for all bundles: `line_network.onnx`, strips, uint8 (n, 32, width) → float32 (n, steps, 11), log-probabilities.
"""

import threading
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from digits.reading.classifier import run_options
from digits.reading.ink import Mask
from digits.reading.transcript import Transcript

FILE = Path(__file__).with_suffix(".onnx")

DIGIT, ROWS = 20, 32
"""Pixels of a digit's height, and rows, of what the network sees."""

FINER = 32
"""Pixels of a digit's height in a strip that is kept for training; it has twice as many rows."""

_BLUR = 0.55 * FINER / DIGIT  # before it is made that much smaller
_PAPER = 3  # columns on either side
_STEP = 2  # columns
_WIDEST = 4096  # pixels


class LineNetwork:
    """Strips → Transcripts. Safe to use from several threads."""

    def __init__(self, network: bytes) -> None:
        """Start the network in an ONNX file's contents."""
        self._session = onnxruntime.InferenceSession(network, run_options(), providers=["CPUExecutionProvider"])

    def transcribe(self, mask: Mask, height: float, left: int = 0) -> Transcript | None:
        """What a line says; None if there is no ink, or if it is longer than any line of digits.

        Args:
            mask: uint8 (height, width), 1 where there is ink.
            height: of the line's digits, in pixels.
            left: where the mask lies in the line whose columns the Transcript is to name.
        """
        strip = centred(mask, height)
        if strip is None or strip.shape[1] > _WIDEST:
            return None
        shown = np.pad(sized(strip), ((0, 0), (_PAPER, _PAPER)))
        (said,) = self._session.run(None, {"strips": shown[None]})
        columns = left + (_STEP * np.arange(len(said[0])) - _PAPER) * height / DIGIT
        return Transcript(said[0].astype(np.float64), columns)


@cache
def shipped() -> LineNetwork:
    """The one that ships; loaded once."""
    with _LOADING:
        return LineNetwork(FILE.read_bytes())


_LOADING = threading.Lock()


def centred(mask: Mask, height: float) -> npt.NDArray[np.uint8] | None:
    """A line's ink, uint8 (64, width), its digits 32 pixels tall, its middle in the middle; None if there is none."""
    factor = FINER / height
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    size = tuple(max(1, round(factor * side)) for side in mask.shape[::-1])
    ink: Any = cv2.resize(mask * np.float32(255), size, interpolation=how)
    by_row = ink.sum(axis=1, dtype=np.float64)
    if not by_row.any():
        return None
    middle = round(float(by_row @ np.arange(len(by_row)) / by_row.sum()))
    return np.pad(ink, ((FINER, FINER), (0, 0)))[middle : middle + 2 * FINER].astype(np.uint8)


def sized(strip: npt.NDArray[np.uint8], move: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.uint8]:
    """What the network sees of a strip, uint8 (32, width); `move`, float32 (2, 3), bends it on the way, to train."""
    factor = DIGIT / FINER
    if move is None:
        move = np.array([[factor, 0, 0], [0, factor, ROWS / 2 - factor * len(strip) / 2]], np.float32)
    width = max(1, int(np.ceil(strip.shape[1] * move[0, 0] + abs(move[0, 1]) * len(strip) + 1)))
    smooth = cv2.GaussianBlur(strip, (0, 0), _BLUR)
    return np.asarray(cv2.warpAffine(smooth, move, (width, ROWS), flags=cv2.INTER_LINEAR), np.uint8)
