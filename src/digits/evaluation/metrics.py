"""(probabilities, labels) → Evaluation: what a network got right, how sure that is, and how sure it was. No I/O.

Notable choices:
- a bundle is scored the very way a user runs it, through the Classifier;
- accuracy carries its 95 % Wilson interval (Wilson 1927), which stays inside [0, 1] near 100 %;
- the loss is plain cross-entropy: no penalty, before temperature; the calibrated one stands beside it;
- on MNIST's test set the score against human-corrected labels stands beside the plain one, which comes first;
- a network that has seen the digits it is scored on is said to have (`seen_in_training`), and is not scored on
  MNIST's test set at all if it trained on any of it.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.corrections import Corrections, corrections_of
from digits.data.dataset import CLASSES, Dataset, shared_fraction
from digits.data.published import MNIST_TEST_HASH
from digits.errors import InputError, MissingExtraError
from digits.evaluation.views import Views, mean_over_views
from digits.reading.networks.calibration import apply_temperature
from digits.reading.networks.classifier import Classifier

try:
    from scipy.stats import binomtest
    from sklearn import metrics as sklearn_metrics
except ImportError as error:
    raise MissingExtraError(
        f"measuring needs scikit-learn ({error}); install it with: pip install 'handwritten-digits[train]'"
    ) from error

CALIBRATION_BINS = 15
"""Bins of equal width for the calibration error, as in Guo et al. 2017."""


@dataclass(frozen=True, kw_only=True)
class ClassFigures:
    """How well one digit is told from the others; `n` of them were there."""

    digit: int
    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, kw_only=True)
class CorrectedScore:
    """The same answers against labels that people have corrected (`digits.data.corrections`).

    Attributes:
        n, correct, accuracy: how many digits are decidable, and how many, and which share of them, were named rightly.
        interval: 95 % Wilson interval of the accuracy, (low, high).
        corrected_labels: how many labels are other than the given ones.
        left_out: how many digits are undecidable, and not among the `n`.
    """

    n: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    corrected_labels: int
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How good a network is on a Dataset.

    Attributes:
        model, data, split: what was scored on what.
        n, correct, accuracy: how many digits, and how many, and which share, were named rightly.
        interval: 95 % Wilson interval of the accuracy, (low, high).
        loss: mean cross-entropy in nats, without penalty, before temperature.
        calibrated_loss: the same after temperature.
        brier: mean squared distance between calibrated probabilities and the one-hot truth, 0 to 2 (Brier 1950).
        calibration_error: mean gap between confidence and accuracy over 15 bins, after temperature.
        seen_in_training: whether the network was trained on any of these digits; None if there are too few to tell.
        per_class: precision, recall and F1 of each digit.
        confusion: 10 rows, the true digits; 10 columns, the given answers; counts.
        corrected: the score against human-corrected labels, on MNIST's test set; None elsewhere.
        test_time_augmentation: the views that each answer is a mean over (`views.py`); None: the digit as it is.
    """

    model: str
    data: str
    split: str
    n: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    calibrated_loss: float
    brier: float
    calibration_error: float
    seen_in_training: bool | None
    per_class: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    corrected: CorrectedScore | None = None
    test_time_augmentation: Views | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object with these keys; `interval` is `[low, high]`."""
        return asdict(self)


def evaluate(classifier: Classifier, dataset: Dataset, test_time_augmentation: Views | None = None) -> Evaluation:
    """Score a loaded bundle on a Dataset; with test-time augmentation, the mean of its answers to several views.

    Raises:
        InputError: the Dataset is MNIST's test set, and the network was trained on some of it.
    """
    seen = seen_unless_refused(classifier, dataset)
    if test_time_augmentation:
        raw = mean_over_views(classifier, dataset.images, test_time_augmentation)
    else:
        raw = classifier.predict_proba(dataset.images, calibrated=False)
    calibrated = apply_temperature(raw, classifier.temperature)
    found = score(
        raw,
        dataset.labels,
        calibrated=calibrated,
        model=classifier.name,
        data=dataset.name,
        split=dataset.split,
        seen_in_training=seen,
        corrections=corrections_of(dataset),
    )
    return replace(found, test_time_augmentation=test_time_augmentation)


def seen_unless_refused(classifier: Classifier, dataset: Dataset) -> bool | None:
    """What `seen_in_training` says, if the network may be scored on these digits at all.

    Raises:
        InputError: the Dataset is MNIST's test set, and the network was trained on some of it.
    """
    seen = seen_in_training(classifier, dataset)
    if seen and dataset.hash == MNIST_TEST_HASH:
        trained_on = classifier.description["training_digits"]["name"]
        raise InputError(
            f"{classifier.name} was trained on {trained_on}, which holds digits of MNIST's test set: "
            f"such a score would mean nothing; evaluate it on --data {trained_on}, --split test"
        )
    return seen


def seen_in_training(classifier: Classifier, dataset: Dataset) -> bool | None:
    """Whether the network was trained on any of these digits; None if there are too few, or too few of its own."""
    if dataset.hash == classifier.description["training_digits"].get("hash"):
        return True
    known = classifier.training_fingerprint
    if len(known) == 0:
        return None
    shared = shared_fraction(dataset, known)
    return None if shared is None else shared > 0


def score(
    probabilities: npt.NDArray[np.float32],
    labels: npt.NDArray[np.uint8],
    *,
    calibrated: npt.NDArray[np.float32],
    model: str,
    data: str,
    split: str,
    seen_in_training: bool | None,
    corrections: Corrections | None = None,
) -> Evaluation:
    """Score probabilities, float32 (n, 10), before and after temperature, against labels, uint8 (n,), n > 0.

    With `corrections` of these labels, the answers are scored against them too.
    """
    digits = np.arange(CLASSES)
    predicted = np.argmax(probabilities, axis=1)
    correct = int(np.sum(predicted == labels))
    precision, recall, f1, counts = sklearn_metrics.precision_recall_fscore_support(
        labels, predicted, labels=digits, zero_division=0.0
    )
    confusion = sklearn_metrics.confusion_matrix(labels, predicted, labels=digits)
    return Evaluation(
        model=model,
        data=data,
        split=split,
        n=len(labels),
        correct=correct,
        accuracy=correct / len(labels),
        interval=wilson_interval(correct, len(labels)),
        loss=_cross_entropy(probabilities, labels),
        calibrated_loss=_cross_entropy(calibrated, labels),
        brier=float(np.mean(np.sum((calibrated - np.eye(CLASSES)[labels]) ** 2, axis=1))),
        calibration_error=calibration_error(calibrated, labels),
        seen_in_training=seen_in_training,
        per_class=tuple(
            ClassFigures(
                digit=int(digit),
                n=int(counts[digit]),
                precision=float(precision[digit]),
                recall=float(recall[digit]),
                f1=float(f1[digit]),
            )
            for digit in digits
        ),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        corrected=corrected_score(predicted, labels, corrections) if corrections else None,
    )


def corrected_score(
    answers: npt.NDArray[np.integer], labels: npt.NDArray[np.uint8], corrections: Corrections
) -> CorrectedScore:
    """Score answers (n,) against the corrections of labels, uint8 (n,)."""
    n = int(corrections.decidable.sum())
    correct = int(np.sum((answers == corrections.labels) & corrections.decidable))
    return CorrectedScore(
        n=n,
        correct=correct,
        accuracy=correct / n,
        interval=wilson_interval(correct, n),
        corrected_labels=int(np.sum(corrections.labels != labels)),
        left_out=len(labels) - n,
    )


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """95 % Wilson interval (low, high) of the share `correct / n`; n > 0."""
    interval = binomtest(correct, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)


def calibration_error(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> float:
    """Expected calibration error: |accuracy − confidence| of 15 bins of confidence, weighted by their digits."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = np.argmax(probabilities, axis=1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=correct - confidence, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(labels))


def _cross_entropy(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> float:
    exact = probabilities.astype(np.float64)  # float32 rows sum to 1 ± 1e-7, which scikit-learn warns of
    exact = np.maximum(exact, 1e-7)  # Keras clips here; without it one sure error is infinite
    exact /= exact.sum(axis=1, keepdims=True)
    return float(sklearn_metrics.log_loss(labels, exact, labels=np.arange(CLASSES)))
