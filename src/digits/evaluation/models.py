"""What is known of a bundle, for a table or a figure of several: how accurate, how large, how fast, how sturdy.

Notable choices:
- accuracy, corrected accuracy and robustness are read from the bundle, where its card states them too; nothing is
  scored again;
- speed is measured on the spot, because it belongs to a machine as much as to a network: of one image at a time, which
  ONNX Runtime answers on one thread, and of an image in a batch of 10,000, which all cores share;
- the median of the calls is stated: what else the machine does makes some of them slower and none faster.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.errors import BundleError
from digits.reading.networks.classifier import MODEL_FILE, Classifier

BATCH = 10_000
"""Images in the large batch, as many as MNIST's test set has."""

SINGLE_CALLS, BATCH_CALLS = 500, 3
"""How many calls are measured at the most."""

SECONDS = 0.5
"""No further call of a kind is measured after this time; at least one is."""


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Microseconds an image: one image at a time on one thread, and in a batch of 10,000 on all cores."""

    single: float
    batch: float


@dataclass(frozen=True, kw_only=True)
class StatedFigures:
    """What a bundle states of itself.

    Attributes:
        name, path: what it is called, and where it is.
        shipped, default: whether it comes with the package, and whether it reads where no model is named.
        n, accuracy, interval: on MNIST's test set, with the 95 % Wilson interval; None if not measured there.
        corrected: the same answers against human-corrected labels, as in an Evaluation; None if not measured.
        parameters: how many numbers it has learned (and, with batch normalisation, averaged).
        bytes: of `model.onnx`.
        robustness: `mean` accuracy over the fifteen corruptions of MNIST-C, `mean_unlike_training`, `n`, `seed`; None
            if not measured.
    """

    name: str
    path: str
    shipped: bool
    default: bool
    n: int | None
    accuracy: float | None
    interval: tuple[float, float] | None
    corrected: Mapping[str, Any] | None
    parameters: int
    bytes: int
    robustness: Mapping[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """A JSON object with these keys."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class ModelFigures(StatedFigures):
    """What is known of one bundle: what it states, and how fast it is here.

    Attributes:
        microseconds: an image, on this machine.
    """

    microseconds: Speed


def describe(
    classifier: Classifier, images: npt.NDArray[np.uint8], *, shipped: bool = False, default: bool = False
) -> ModelFigures:
    """What is known of a loaded bundle; its speed is measured on `images`, uint8 (n, 28, 28), n > 0.

    Raises:
        BundleError: its description lacks what every bundle states.
    """
    known = stated(classifier.path, classifier.description, shipped=shipped, default=default)
    return ModelFigures(**vars(known), microseconds=measure_speed(classifier, images))


def stated(path: Path, description: Mapping[str, Any], *, shipped: bool, default: bool) -> StatedFigures:
    """What the bundle at `path` says in its description.

    Raises:
        BundleError: it lacks what every bundle states.
    """
    try:
        test = description["measured"].get("test") or {}
        on_mnist = test if (test.get("data"), test.get("n")) == ("mnist", 10_000) else {}
        low_and_high = on_mnist.get("interval")
        parameters = int(description["parameters"])
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BundleError(f"{path} is damaged: parameters or measured are missing or wrong") from error
    return StatedFigures(
        name=description["name"],
        path=str(path),
        shipped=shipped,
        default=default,
        n=on_mnist.get("n"),
        accuracy=on_mnist.get("accuracy"),
        interval=(low_and_high[0], low_and_high[1]) if low_and_high else None,
        corrected=on_mnist.get("corrected"),
        parameters=parameters,
        bytes=(path / MODEL_FILE).stat().st_size,
        robustness=description.get("robustness"),
    )


def measure_speed(classifier: Classifier, images: npt.NDArray[np.uint8]) -> Speed:
    """How fast a network answers here, on images like `images`, uint8 (n, 28, 28), n > 0. Takes about a second."""
    single, batch = images[:1], np.resize(images, (BATCH, 28, 28))
    classifier.predict_proba(batch[: BATCH // 10])  # the first calls also reserve memory
    classifier.predict_proba(single)
    return Speed(
        single=1e6 * _median_seconds(lambda: classifier.predict_proba(single), SINGLE_CALLS),
        batch=1e6 * _median_seconds(lambda: classifier.predict_proba(batch), BATCH_CALLS) / BATCH,
    )


def _median_seconds(call: Callable[[], object], at_most: int) -> float:
    seconds: list[float] = []
    while not seconds or (len(seconds) < at_most and sum(seconds) < SECONDS):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return median(seconds)
