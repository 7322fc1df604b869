"""(labels, out-of-fold probabilities) → suspicious labels. No I/O.

Confident learning (Northcutt, Jiang & Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels",
doi:10.1613/jair.1.12125), pruned by noise rate:

1. a class's threshold is the mean probability that it gets from the digits that bear its label;
2. a digit counts, under its given label, for the most probable of the classes whose threshold it reaches;
3. these counts, each row scaled to the number of digits with that label, say how many 4s are really 9s;
4. for each such pair, that many digits are suspected: those where the network prefers 9 over 4 the most.

Notable choices:
- written from the paper, and compared with cleanlab, its authors' package, in a test (docs/architecture.md says why);
- a digit whose given label is the network's own answer is never suspected;
- the score is the probability of the given label, as cleanlab's `self_confidence`: low is suspicious.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.dataset import CLASSES
from digits.errors import DataError

ROUNDING = 1e-6
"""A probability this close below its class's threshold reaches it: float32 sums are no more exact."""

Probabilities = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """A label that is probably wrong.

    Attributes:
        index: which digit, counted from 0.
        given: its label, 0 to 9.
        suggested: the network's answer, 0 to 9, another one.
        score: the probability of the given label, 0 to 1: the lower, the more suspicious.
        confidence: the probability of the suggested label, 0 to 1.
    """

    index: int
    given: int
    suggested: int
    score: float
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Which labels of a set of digits are probably wrong.

    Attributes:
        n: how many digits were judged.
        agreeing: for how many the network's answer is the given label.
        thresholds: what each class's threshold is, ten floats; None for a class that no label names.
        estimated: how many digits with each given label (10 rows) really belong to each class (10 columns); a row sums
            to the number of digits with that label.
        suspicions: the suspicious labels, the lowest score first.
    """

    n: int
    agreeing: int
    thresholds: tuple[float | None, ...]
    estimated: tuple[tuple[float, ...], ...]
    suspicions: tuple[Suspicion, ...]

    @property
    def estimated_errors(self) -> float:
        """How many labels are wrong, by estimate: those off the diagonal of `estimated`."""
        table = np.asarray(self.estimated)
        return float(table.sum() - np.trace(table))

    def to_json(self) -> dict[str, Any]:
        """A JSON object with these keys, and `estimated_errors`."""
        return {**asdict(self), "estimated_errors": self.estimated_errors}


def audit(labels: Labels, probabilities: Probabilities) -> Audit:
    """Find the labels that are probably wrong.

    Args:
        labels: uint8 (n,), 0 to 9, n > 0.
        probabilities: float32 (n, 10), rows sum to 1, each row from a network that has not seen the digit
            (`training.crossval.out_of_fold`). Probabilities of seen digits find nothing: a network learns its errors.

    Raises:
        DataError: the two do not belong together, or a probability is not finite or not within 0 to 1.
    """
    _check(labels, probabilities)
    counts = np.bincount(labels, minlength=CLASSES)
    thresholds = _thresholds(labels, probabilities)
    estimated = _estimate(labels, probabilities, thresholds, counts)
    answers = np.argmax(probabilities, axis=1)
    suspected = _prune_by_noise_rate(labels, probabilities, estimated) & (answers != labels)
    given = probabilities[np.arange(len(labels)), labels]
    indices = np.flatnonzero(suspected)
    indices = indices[np.lexsort((indices, -probabilities[indices].max(axis=1), given[indices]))]
    return Audit(
        n=len(labels),
        agreeing=int(np.sum(answers == labels)),
        thresholds=tuple(float(value) if count else None for value, count in zip(thresholds, counts, strict=True)),
        estimated=tuple(tuple(float(value) for value in row) for row in estimated),
        suspicions=tuple(
            Suspicion(
                index=int(index),
                given=int(labels[index]),
                suggested=int(answers[index]),
                score=float(given[index]),
                confidence=float(probabilities[index, answers[index]]),
            )
            for index in indices
        ),
    )


def _thresholds(labels: Labels, probabilities: Probabilities) -> npt.NDArray[np.float64]:
    """Each class's mean probability among the digits that bear its label, (10,); infinite for a class without any."""
    thresholds = np.full(CLASSES, np.inf)
    for digit in np.unique(labels):
        thresholds[digit] = probabilities[labels == digit, digit].mean(dtype=np.float64)
    return thresholds


def _estimate(
    labels: Labels,
    probabilities: Probabilities,
    thresholds: npt.NDArray[np.float64],
    counts: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """The confident joint, rows scaled to the labels' counts: (10, 10), given label by true class."""
    reached = probabilities >= thresholds - ROUNDING  # (n, 10)
    sure = reached.any(axis=1)
    classes = np.argmax(np.where(reached, probabilities, -1.0), axis=1)
    joint = np.zeros((CLASSES, CLASSES))
    np.add.at(joint, (labels[sure], classes[sure]), 1)
    # a label of which no digit is sure keeps its digits
    np.fill_diagonal(joint, np.maximum(joint.diagonal(), counts > 0))
    scaled: npt.NDArray[np.float64] = joint * (counts / np.maximum(joint.sum(axis=1), 1))[:, np.newaxis]
    return scaled


def _prune_by_noise_rate(
    labels: Labels, probabilities: Probabilities, estimated: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Which digits are suspected, (n,): for each pair of classes as many as estimated, the largest margins first."""
    suspected = np.zeros(len(labels), dtype=bool)
    for given, true in np.argwhere(np.rint(estimated) > 0):
        if given == true:
            continue
        members = np.flatnonzero(labels == given)
        margins = probabilities[members, true] - probabilities[members, given]
        suspected[members[np.argsort(-margins, kind="stable")[: round(estimated[given, true])]]] = True
    return suspected


def _check(labels: Labels, probabilities: Probabilities) -> None:
    if labels.ndim != 1 or len(labels) == 0 or labels.max() >= CLASSES:
        raise DataError(f"an audit needs labels (n,), 0 to 9, n > 0; got {labels.dtype} {labels.shape}")
    if probabilities.shape != (len(labels), CLASSES):
        raise DataError(f"an audit of {len(labels):,} labels needs probabilities (n, 10); got {probabilities.shape}")
    if not (np.isfinite(probabilities).all() and probabilities.min() >= 0 and probabilities.max() <= 1 + ROUNDING):
        raise DataError("an audit needs finite probabilities, 0 to 1")
