"""Calibration: making probabilities mean what they say. Numpy only.

A network trained to certainty is too sure of itself. Temperature scaling (Guo et al. 2017) divides its logits by one
number, fitted on validation digits; it never changes which digit comes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.errors import InputError

TEMPERATURES = (0.05, 20.0)
"""The range in which a temperature is looked for."""

UNCALIBRATED = 0.9
"""The confidence that is asked for where a bundle states no thresholds."""

_SMALLEST = np.finfo(np.float32).tiny  # in place of 0: an impossible answer is softened, too


def apply_temperature(probabilities: npt.NDArray[np.float32], temperature: float) -> npt.NDArray[np.float32]:
    """Probabilities, float32 (n, 10), softened (temperature above 1) or sharpened (below 1); rows still sum to 1.

    Logits divided by T are probabilities to the power of 1/T, which is one pass less than logarithm and exponential:
    it matters where one image is asked about. Float32 can hold the largest power of a row for every one of
    `TEMPERATURES`, and down to 0.03.
    """
    if temperature == 1.0:
        return probabilities
    powers: npt.NDArray[np.float32] = np.maximum(probabilities, _SMALLEST) ** np.float32(1 / temperature)
    powers /= np.add.reduce(powers, axis=1, keepdims=True)
    return powers


def fit_temperature(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> float:
    """The temperature at which these digits' cross-entropy is least.

    Cross-entropy is convex in 1/temperature, so a golden-section search over its logarithm finds the minimum; it stops
    at the ends of `TEMPERATURES` where there is none (a network without a single error).

    Args:
        probabilities: float32 (n, 10), of digits that the network was not trained on.
        labels: uint8 (n,).
    """
    rows = np.arange(len(labels))

    def cross_entropy(log_temperature: float) -> float:
        given = apply_temperature(probabilities, float(np.exp(log_temperature)))[rows, labels]
        return -float(np.mean(np.log(np.maximum(given, 1e-12), dtype=np.float64)))

    golden = (np.sqrt(5) - 1) / 2
    low, high = np.log(TEMPERATURES)
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if cross_entropy(left) < cross_entropy(right):
            high = right
        else:
            low = left
    return round(float(np.exp((low + high) / 2)), 4)


@dataclass(frozen=True)
class Thresholds:
    """From what on an answer is sure.

    Attributes:
        confidence: the least probability of the best guess.
        digitness: the least digitness; 0 where the network cannot tell.
        risk: the share of the answers given that may be wrong; None if the bundle states none.
    """

    confidence: float
    digitness: float
    risk: float | None

    @classmethod
    def of(cls, description: Mapping[str, Any], risk: float | None = None) -> "Thresholds":
        """The thresholds that a bundle's `bundle.json` states for a risk, or for its default one.

        Raises:
            InputError: it states none for this risk.
        """
        stated = description.get("thresholds")
        if stated is None:
            if risk is None:
                return cls(UNCALIBRATED, 0.0, None)
            raise InputError(
                f"{description['name']} states no thresholds for a risk; leave the risk out, or use reader"
            )
        table = {float(key): value for key, value in stated["confidence"].items()}
        chosen = stated["risk"] if risk is None else risk
        if chosen not in table:
            known = ", ".join(f"{one:g}" for one in sorted(table))
            raise InputError(f"{description['name']} states no threshold for a risk of {chosen:g}; it has {known}")
        return cls(table[chosen], stated["digitness"], chosen)

    def unsure(self, confidence: float, digitness: float | None) -> str | None:
        """None, or why an answer with this confidence and digitness should not be relied on."""
        if digitness is not None and digitness < self.digitness:
            return f"looks like no digit: digitness {digitness:.2f}, at least {self.digitness:.2f} is needed"
        if confidence < self.confidence:
            return f"could be another digit: confidence {confidence:.2f}, at least {self.confidence:.2f} is needed"
        return None
