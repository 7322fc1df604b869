"""A bundle of a network whose last layer was fine-tuned on corrections: what it says of itself, and the proof.

Notable choices:
- what was measured of the network that it came from (test digits, robustness) is not claimed for this one;
- its thresholds stay: no pictures are rendered to fit others, and the card says whose they are.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from digits.data.dataset import Dataset
from digits.errors import ExportError
from digits.reading.networks.calibration import fit_temperature
from digits.reading.networks.classifier import MODEL_FILE, Classifier
from digits.training.bundle import write_bundle
from digits.training.last_layer import LastLayer
from digits.training.personal import Tuned

TOLERANCE = 1e-5
"""Largest difference allowed between a probability of the bundle and of what was tuned."""

_NOT_ITS_OWN = ("files", "shipped", "robustness", "measured")


def describe(name: str, known: Classifier, tuned: Tuned, corrections: Dataset, validation: Dataset) -> dict[str, Any]:
    """What `bundle.json` says of a tuned network, but for its figures (`measured`).

    Args:
        name: what it is called.
        known: the network that it was tuned from.
        tuned: what came out.
        corrections: what it was tuned on.
        validation: the digits that say what was forgotten.
    """
    of = known.description
    return {
        **{key: value for key, value in of.items() if key not in _NOT_ITS_OWN},
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "temperature": fit_temperature(tuned.validation_after, validation.labels),
        "temperature_fitted_on": len(validation),
        "personal": {
            "from": known.name,
            "network": of.get("personal", {}).get("network", of["files"][MODEL_FILE]),
            "corrections": {"name": corrections.name, "n": len(corrections), "hash": corrections.hash},
            "wrong_before": int(tuned.wrong_before.sum()),
            "wrong_after": int(tuned.wrong_after.sum()),
            "judged": tuned.judged,
            "validation": {
                "name": validation.name,
                "n": len(validation),
                "right_before": tuned.kept_before,
                "right_after": tuned.kept_after,
            },
            "strength": tuned.strength,
        },
    }


def write(directory: Path, description: Mapping[str, Any], layer: LastLayer, tuned: Tuned, validation: Dataset) -> None:
    """Write the bundle into a directory, and prove that it gives what was tuned.

    Raises:
        ExportError: it does not.
    """
    write_bundle(directory, description, layer.replaced(tuned.kernel, tuned.bias))
    given = Classifier.load(directory).predict_proba(validation.images, calibrated=False)
    difference = float(np.abs(given - tuned.validation_after).max())
    if not difference <= TOLERANCE:
        raise ExportError(
            f"{description['name']}: the bundle differs from what was tuned by {difference:.1e}; "
            f"{TOLERANCE:.0e} is allowed"
        )
