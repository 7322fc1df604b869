"""The line reader: one number's grey strip → which marks stand in it, column by column. ONNX Runtime only.

Its files are `models/line-reader/`: `model.onnx`, `config.json` (its marks; weights and thresholds fitted with it), and
a card. It is one network for all bundles: a bundle names single digits, this reads numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from digits.errors import BundleError
from digits.reading.networks.classifier import run_options
from digits.reading.networks.ctc import CtcOutput

ROWS = 40
"""Rows of a strip as the network sees it: digits of 20 to 36 pixels, at which dots are still seen, and no more cost."""

NARROWEST = 8
"""Columns that a strip has at the least."""

WIDEST = 4000
"""Columns of a strip at the most, about 150 digits: what is longer is made narrower, and hardly a number."""

FOLDER = Path(__file__).parents[2] / "models" / "line-reader"


@dataclass(frozen=True, eq=False)
class LineReader:
    """Strips → what stands in them. Safe to use from several threads.

    Attributes:
        marks: its alphabet, digits and signs.
        config: the contents of `config.json`.
    """

    marks: str
    config: Mapping[str, Any]
    session: onnxruntime.InferenceSession

    @classmethod
    def load(cls, path: Path = FOLDER) -> "LineReader":
        """The line reader in a folder.

        Raises:
            BundleError: a file is missing or damaged, or the network takes or gives something else.
        """
        try:
            config = json.loads((path / "config.json").read_text("utf-8"))
            session = onnxruntime.InferenceSession(
                (path / "model.onnx").read_bytes(), run_options(), providers=["CPUExecutionProvider"]
            )
            marks = config["marks"]
        except OSError as error:
            raise BundleError(f"{path} holds no line reader: {error.strerror}: {error.filename}") from error
        except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
            reason = str(error).splitlines()[0][:200]
            raise BundleError(f"the line reader in {path} is damaged: {reason}; install the package again") from error
        taken, given = session.get_inputs()[0], session.get_outputs()[0]
        if taken.shape[1:3] != [1, ROWS] or given.shape[-1] != 1 + len(marks):
            raise BundleError(
                f"the line reader in {path} is foreign: expected strips (n, 1, {ROWS}, width) → log-probabilities "
                f"(n, columns, {1 + len(marks)}); got {taken.shape} → {given.shape}"
            )
        return cls(marks, config, session)

    def read(self, strip: npt.NDArray[np.uint8]) -> CtcOutput:
        """What stands in a strip, uint8 (height, width), either polarity; any size from one pixel on."""
        (said,) = self.session.run(None, {"strips": sized(strip)[None, None]})
        return CtcOutput(said[0].astype(np.float64), self.marks)


@cache
def load_line_reader() -> LineReader:
    """The line reader that ships with the package; loaded once."""
    return LineReader.load()


def sized(strip: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """A strip at the network's height: float32 (40, width), 0 to 255."""
    height, width = strip.shape
    columns = min(WIDEST, max(NARROWEST, round(width * ROWS / height)))
    how = cv2.INTER_AREA if height > ROWS else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(strip, (columns, ROWS), interpolation=how), np.float32)
