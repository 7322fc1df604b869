"""Calibration: making probabilities mean what they say. Numpy only.

A network trained to certainty is too sure of itself. Temperature scaling (Guo et al. 2017) divides its logits by one
number, fitted on validation digits; it never changes which digit comes first.
"""

import numpy as np
import numpy.typing as npt

TEMPERATURES = (0.05, 20.0)
"""The range in which a temperature is looked for."""


def apply_temperature(probabilities: npt.NDArray[np.float32], temperature: float) -> npt.NDArray[np.float32]:
    """Probabilities, float32 (n, 10), softened (temperature above 1) or sharpened (below 1); rows still sum to 1."""
    if temperature == 1.0:
        return probabilities
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    result: npt.NDArray[np.float32] = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


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
