"""When a reader should rather say "unsure": thresholds fitted on validation digits, rendered as pictures.

Selective classification (Geifman & El-Yaniv 2017): of the answers whose confidence reaches a threshold, no more than a
stated share may be wrong. The threshold is the smallest at which the upper end of the wrong answers' Wilson interval
stays below that share, on one half of the pictures; the other half says what came of it.

Notable choices:
- the pictures are `rendering.VARIED`: harder than most scans, because a threshold that is too high costs an answer,
  and one that is too low a wrong one;
- a small risk takes many pictures, so each digit is rendered several times. Pictures of one digit go wrong together:
  they count for fewer than they are (the design effect, Kish 1965), or the interval would promise too much;
- what is not rejected for its confidence can still be no digit at all: a second threshold, on the network's
  `digitness`, is set where it keeps 99 % of the digits that are read right in `rendering.PLAIN`
  pictures. Where it has to be guessed what a picture's ink is, "unsure" is the right answer. How much else is refused
  is measured elsewhere, on real letters and clothes (docs/reading.md).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from digits.evaluation.metrics import wilson_interval
from digits.evaluation.rendering import PLAIN, VARIED, Style, render_all
from digits.reading.digit.looks import find_looks
from digits.reading.networks.classifier import Classifier
from digits.reading.pictures.picture import Picture

RISKS = (0.05, 0.02, 0.01, 0.005)
DEFAULT_RISK = 0.01
KEPT_DIGITS = 0.99
"""The share of the digits read right in plain pictures whose digitness shall reach its threshold."""

RENDERINGS = 3
"""Varied pictures of each validation digit. Those of half of the digits are for the fit, the others for the check."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a reader says to pictures of single digits, one row a rendering, one column a digit.

    Attributes:
        right: bool (renderings, n), whether the best guess is the label; False where nothing was found.
        confidence: float64 (renderings, n), 0 where nothing was found.
        digitness: float64 (renderings, n); 1 where the network cannot tell.
    """

    right: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float64]
    digitness: npt.NDArray[np.float64]

    def part(self, which: slice) -> "Answers":
        """Those to some of the digits."""
        return Answers(self.right[:, which], self.confidence[:, which], self.digitness[:, which])

    def design_effect(self, digitness: float) -> float:
        """How many times the variance of the share of wrong answers is that of as many pictures, each of its own digit.

        At least 1; of the answers whose digitness is enough (Kish 1965).
        """
        wrong = ~self.right & (self.digitness >= digitness)
        share, renderings = float(wrong.mean()), len(wrong)
        if share in (0, 1):
            return 1.0
        return max(1.0, float(wrong.sum(axis=0).var()) / (renderings * share * (1 - share)))


def fit(
    classifier: Classifier, validation: Dataset, on_progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """The `thresholds` of a bundle: a JSON object.

    Keys: `risk` (the default), `confidence` (risk → threshold), `digitness`, `fitted_on` (pictures, digits, data),
    `checked_on` (pictures, digits, digits kept, of plain and of varied pictures, and for each risk the answers given,
    the wrong ones among them and their interval).

    Args:
        classifier: the network that the thresholds are for; those that its bundle states play no part.
        validation: digits that the network was not trained on.
        on_progress: told how many of how many pictures are read.
    """
    plain = ask(classifier, validation, PLAIN)
    varied = ask(classifier, validation, VARIED, renderings=RENDERINGS, on_progress=on_progress)
    (fitted, checked), (plain_fitted, plain_checked) = (
        (answers.part(slice(0, None, 2)), answers.part(slice(1, None, 2))) for answers in (varied, plain)
    )
    digitness = round(float(np.quantile(plain_fitted.digitness[plain_fitted.right], 1 - KEPT_DIGITS)), 4)
    confidence = {f"{risk:g}": threshold(fitted, digitness, risk) for risk in RISKS}
    return {
        "risk": DEFAULT_RISK,
        "confidence": confidence,
        "digitness": digitness,
        "fitted_on": {**_size(fitted), "data": f"{validation.name}, validation digits, rendered"},
        "checked_on": {
            **_size(checked),
            "kept_digits": float(np.mean(plain_checked.digitness[plain_checked.right] >= digitness)),
            "kept_digits_varied": float(np.mean(checked.digitness[checked.right] >= digitness)),
            "risks": {key: outcome(checked, digitness, value) for key, value in confidence.items()},
        },
    }


def ask(
    classifier: Classifier,
    digits: Dataset,
    style: Style,
    *,
    renderings: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> Answers:
    """What a network says to a Dataset's digits, each rendered some times in a style, with the seeds 0, 1, 2 …"""
    shape = renderings, len(digits)
    right, confidence, digitness = np.zeros(shape, bool), np.zeros(shape), np.zeros(shape)
    for seed in range(renderings):
        for place, pixels in enumerate(render_all(digits, style, seed)):
            looks = find_looks(classifier, Picture("rendered", 0, pixels))
            if looks:
                best = looks[0]
                right[seed, place] = int(best.probabilities.argmax()) == digits.labels[place]
                confidence[seed, place] = best.confidence
                digitness[seed, place] = 1.0 if best.digitness is None else best.digitness
            if on_progress:
                on_progress(seed * len(digits) + place + 1, right.size)
    return Answers(right, confidence, digitness)


def threshold(answers: Answers, digitness: float, risk: float) -> float:
    """The least confidence at which at most a share `risk` of the answers given is wrong, by Wilson's upper bound.

    1 (nothing but certainty) where no confidence is high enough.
    """
    effect = answers.design_effect(digitness)
    given = answers.digitness >= digitness
    order = np.argsort(-answers.confidence[given], kind="stable")
    confidence, wrong = answers.confidence[given][order], ~answers.right[given][order]
    ends = np.append(np.flatnonzero(wrong), len(wrong))  # the bound falls with every right answer
    for errors, count in reversed(list(enumerate(ends.tolist()))):
        if count and _interval(errors, count, effect)[1] <= risk:
            return round(float(confidence[count - 1]), 4)
    return 1.0


def outcome(answers: Answers, digitness: float, confidence: float) -> Mapping[str, Any]:
    """What thresholds did on pictures: answers given of all, wrong ones of them, with their intervals."""
    given = (answers.digitness >= digitness) & (answers.confidence >= confidence)
    wrong, count = int((~answers.right[given]).sum()), int(given.sum())
    return {
        "given": count,
        "coverage": float(given.mean()),
        "wrong": wrong,
        "risk": wrong / max(1, count),
        "interval": list(_interval(wrong, count, answers.design_effect(digitness))) if count else None,
    }


def _interval(wrong: int, n: int, design_effect: float) -> tuple[float, float]:
    """95 % Wilson interval of the share `wrong / n`, for as many answers as the `n` are worth."""
    return wilson_interval(math.ceil(wrong / design_effect), math.ceil(n / design_effect))


def _size(answers: Answers) -> dict[str, int]:
    return {"pictures": answers.right.size, "digits": answers.right.shape[1]}
