"""When a reader should rather say "unsure": thresholds fitted on validation digits, rendered as pictures.

Selective classification (Geifman & El-Yaniv 2017): of the answers whose confidence reaches a threshold, no more than a
stated share may be wrong. The threshold is the smallest at which the upper end of the wrong answers' Wilson interval
stays below that share, on one half of the pictures; the other half says what came of it.

Notable choices:
- the pictures are `rendering.VARIED`: harder than most scans, because a threshold that is too high costs an answer,
  and one that is too low a wrong one;
- what is not rejected for its confidence can still be no digit at all: a second threshold, on the network's
  `digitness`, is set where it keeps 99 % of the digits that are read right in `rendering.PLAIN`
  pictures. Where it has to be guessed what a picture's ink is, "unsure" is the right answer. How much else is refused
  is measured elsewhere, on real letters and clothes (docs/reading.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from digits.evaluation.metrics import wilson_interval
from digits.evaluation.rendering import PLAIN, VARIED, Style, render_all
from digits.reading.clearing import cleared
from digits.reading.picture import Picture
from digits.reading.reader import Reader

RISKS = (0.05, 0.02, 0.01, 0.005)
DEFAULT_RISK = 0.01
KEPT_DIGITS = 0.99
"""The share of the digits read right in plain pictures whose digitness shall reach its threshold."""

PICTURES = 4000
"""Rendered validation digits, half of them for the fit, half for the check."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a reader says to pictures of single digits, one entry a picture.

    Attributes:
        right: bool (n,), whether the best guess is the label; False where nothing was found.
        confidence: float64 (n,), 0 where nothing was found.
        digitness: float64 (n,); 1 where the network cannot tell.
    """

    right: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float64]
    digitness: npt.NDArray[np.float64]

    def part(self, which: slice) -> "Answers":
        """Some of them."""
        return Answers(self.right[which], self.confidence[which], self.digitness[which])


def fit(reader: Reader, validation: Dataset, on_progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """The `thresholds` of a bundle: a JSON object.

    Keys: `risk` (the default), `confidence` (risk → threshold), `digitness`, `fitted_on` (pictures, data), `checked_on`
    (pictures, digits kept, of plain and of varied pictures, and for each risk the answers given, the wrong ones among
    them and their interval).

    Args:
        reader: with the bundle that the thresholds are for; its own thresholds play no part.
        validation: digits that the network was not trained on.
        on_progress: told how many of how many pictures are read.
    """
    digits = validation.take(np.arange(min(PICTURES, len(validation))))
    plain, varied = ask(reader, digits, PLAIN), ask(reader, digits, VARIED, on_progress=on_progress)
    fitted, checked = varied.part(slice(0, None, 2)), varied.part(slice(1, None, 2))
    digitness = round(float(np.quantile(plain.digitness[::2][plain.right[::2]], 1 - KEPT_DIGITS)), 4)
    confidence = {f"{risk:g}": threshold(fitted, digitness, risk) for risk in RISKS}
    return {
        "risk": DEFAULT_RISK,
        "confidence": confidence,
        "digitness": digitness,
        "fitted_on": {"pictures": len(fitted.right), "data": f"{validation.name}, validation digits, rendered"},
        "checked_on": {
            "pictures": len(checked.right),
            "kept_digits": float(np.mean(plain.digitness[1::2][plain.right[1::2]] >= digitness)),
            "kept_digits_varied": float(np.mean(checked.digitness[checked.right] >= digitness)),
            "risks": {key: outcome(checked, digitness, value) for key, value in confidence.items()},
        },
    }


def ask(
    reader: Reader,
    digits: Dataset,
    style: Style,
    *,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Answers:
    """What a reader says to a Dataset's digits, rendered in a style."""
    right = np.zeros(len(digits), bool)
    confidence, digitness = np.zeros(len(digits)), np.zeros(len(digits))
    for place, pixels in enumerate(render_all(digits, style, seed)):
        looks = reader.look(cleared(Picture("rendered", 0, pixels)))
        if looks:
            best = looks[0]
            right[place] = int(best.probabilities.argmax()) == digits.labels[place]
            confidence[place] = best.confidence
            digitness[place] = 1.0 if best.digitness is None else best.digitness
        if on_progress:
            on_progress(place + 1, len(digits))
    return Answers(right, confidence, digitness)


def threshold(answers: Answers, digitness: float, risk: float) -> float:
    """The least confidence at which at most a share `risk` of the answers given is wrong, by Wilson's upper bound.

    1 (nothing but certainty) where no confidence is high enough.
    """
    given = answers.digitness >= digitness
    order = np.argsort(-answers.confidence[given], kind="stable")
    confidence, wrong = answers.confidence[given][order], ~answers.right[given][order]
    last = 1.0
    for count, errors in enumerate(np.cumsum(wrong), start=1):
        if wilson_interval(int(errors), count)[1] <= risk:
            last = float(confidence[count - 1])
    return round(last, 4)


def outcome(answers: Answers, digitness: float, confidence: float) -> Mapping[str, Any]:
    """What thresholds did on pictures: answers given of all, wrong ones of them, with their intervals."""
    given = (answers.digitness >= digitness) & (answers.confidence >= confidence)
    wrong = int((~answers.right[given]).sum())
    return {
        "given": int(given.sum()),
        "coverage": float(given.mean()),
        "wrong": wrong,
        "risk": wrong / max(1, int(given.sum())),
        "interval": list(wilson_interval(wrong, int(given.sum()))) if given.any() else None,
    }
