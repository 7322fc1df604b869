"""Test-time augmentation: the mean of what a network says to several views of a digit; named wherever it is used."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from digits.reading.networks.classifier import Classifier

Views = Literal["shifts"]
"""`shifts`: nine views, the digit moved by up to one pixel down and across."""


def mean_over_views(classifier: Classifier, images: npt.NDArray[np.uint8], views: Views) -> npt.NDArray[np.float32]:
    """The mean of the probabilities, before temperature, of all views of images, uint8 (n, 28, 28): float32 (n, 10)."""
    assert views == "shifts"
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    size = images.shape[1]
    total = np.zeros((len(images), 10), np.float32)
    for top in range(3):
        for left in range(3):
            view = padded[:, top : top + size, left : left + size]
            total += classifier.predict_proba(view, calibrated=False)
    return total / np.float32(9)
