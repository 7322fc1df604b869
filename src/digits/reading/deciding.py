"""How sure is a number as a whole, and which of its marks is in doubt: what was fitted with the networks, applied.

`models/line-reader/config.json` holds the weights and thresholds; `references/fit_reader.py` fits them on synthetic
pages of validation digits, and says what came of them. Nothing here is set by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from digits.errors import InputError
from digits.reading.finding import APART_AT_MOST, Found
from digits.reading.lines import ReadLine

_LEAST = 1e-6  # no probability is taken to be nearer to 0 or 1 than that


@dataclass(frozen=True)
class Judge:
    """Confidence and doubt of numbers.

    Attributes:
        weights: of each of `evidence`, and of `bias`: a logistic regression of whether all is right.
        presence: likewise, of whether a number stands there at all.
        threshold: the least confidence of a number that is given freely.
        risk: the share of the numbers given freely that may be wrong.
        agreement: the least probability that the line reader gives to a single digit that is sure.
        least: the probability of a number below which what was read is none, but a place that is told as unread.
    """

    weights: Mapping[str, float]
    presence: Mapping[str, float]
    threshold: float
    risk: float | None
    agreement: float
    least: float

    @classmethod
    def of(cls, config: Mapping[str, Any], risk: float | None = None) -> "Judge":
        """The judge that a line reader's `config.json` states for a risk, or for its default one.

        Raises:
            InputError: it states none for this risk.
        """
        stated = config["numbers"]
        table = {float(key): float(value) for key, value in stated["thresholds"].items()}
        chosen = float(stated["risk"]) if risk is None else risk
        if chosen not in table:
            known = ", ".join(f"{one:g}" for one in sorted(table))
            raise InputError(f"the line reader states no threshold for a risk of {chosen:g}; it has {known}")
        agreement, least = float(config["single"]["agreement"]), float(stated["least"])
        return cls(stated["weights"], stated["presence"], table[chosen], chosen, agreement, least)

    def confidence(self, line: ReadLine, found: Found | None) -> float:
        """The probability that a number is right as a whole; `found` is None of one whose place was given."""
        return _probability(self.weights, evidence(line, found))

    def is_number(self, line: ReadLine, found: Found) -> bool:
        """Whether a number stands there, read rightly or not; else what was read is a word, a line, a stain."""
        return _probability(self.presence, evidence(line, found)) >= self.least

    def disagrees(self, agreement: float) -> str | None:
        """None, or why a single digit to which the line reader gives this probability should not be relied on."""
        if agreement >= self.agreement:
            return None
        return f"looks like no digit in its surroundings: {agreement:.2f} of at least {self.agreement:.2f}"

    def doubts(self, line: ReadLine, confidence: float) -> tuple[str | None, ...]:
        """For each mark None, or why it should not be relied on; the least sure one if the number as a whole is not."""
        if confidence >= self.threshold:
            return (None,) * len(line.marks)
        each = np.array([mark.confidence for mark in line.marks])
        needed = self.threshold ** (1 / len(each))
        doubted = (each < needed) | (each == each.min())
        whole = f"confidence {confidence:.2f}, at least {self.threshold:.2f} is needed"
        return tuple(
            None
            if not doubt
            else f"could be another: confidence {mark.confidence:.2f}, and of the number as a whole {whole}"
            for mark, doubt in zip(line.marks, doubted, strict=True)
        )


def evidence(line: ReadLine, found: Found | None) -> dict[str, float]:
    """What speaks for a number: logits and logarithms of what the three networks say of it, a few numbers by name."""
    digitness = [mark.digitness for mark in line.marks if mark.digitness is not None]
    rival = line.alternatives[0][1] if line.alternatives else 0.0
    return {
        "line": _logit(line.confidence),
        "nothing": float(max(line.output.nothing, np.log(_LEAST))),
        "steady": float(line.steady),
        "rival": float(np.log(max(rival, _LEAST))),
        "weakest": _logit(min((mark.confidence for mark in line.marks), default=0.0)),
        "found": _logit(found.confidence) if found is not None else 0.0,
        "apart": found.apart if found is not None else APART_AT_MOST,
        "digitness": float(np.mean([_logit(one) for one in digitness])) if digitness else 0.0,
        "marks": float(np.log(max(1, len(line.marks)))),
    }


def _probability(weights: Mapping[str, float], known: Mapping[str, float]) -> float:
    """What a logistic regression with these weights says."""
    logit = weights["bias"] + sum(weights[name] * value for name, value in known.items())
    return float(1 / (1 + np.exp(-logit)))


def _logit(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return float(np.log(bounded / (1 - bounded)))
