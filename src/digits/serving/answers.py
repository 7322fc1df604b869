"""What is said of one digit, as JSON; the same whoever was asked, a worker process or the network in this one."""

from typing import Any

import numpy as np
import numpy.typing as npt

from digits.reading.networks.calibration import Thresholds

EMPTY = "there is no ink"


def answer_of(
    probabilities: npt.NDArray[np.float32], digitness: float | None, thresholds: Thresholds, *, empty: bool = False
) -> dict[str, Any]:
    """A JSON object.

    Args:
        probabilities: float32 (10,).
        digitness: 0 to 1; None if the network cannot tell.
        thresholds: from what on it is sure.
        empty: whether there was no ink at all.
    """
    said = probabilities.tolist()
    confidence = max(said)
    is_digit = None if digitness is None else digitness >= thresholds.digitness
    return {
        "digit": said.index(confidence),
        "confidence": confidence,
        "probabilities": said,
        "digitness": digitness,
        "is_digit": False if empty else is_digit,
        "unsure": EMPTY if empty else thresholds.unsure(confidence, digitness),
    }


def no_digit(why: str) -> dict[str, Any]:
    """The JSON object where no digit was found."""
    nothing = dict.fromkeys(("digit", "confidence", "probabilities", "digitness"))
    return {**nothing, "is_digit": False, "unsure": why}
