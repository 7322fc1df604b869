"""A Keras network of somebody's own: asked as it is, or made into a bundle, proven equal to it."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.errors import BundleError
from digits.reading.networks.classifier import Classifier
from digits.reading.networks.own_network import EXPECTED, Run, Sample, Understood, classifier_of, understand
from digits.training.backend import keras

SUFFIXES = (".keras", ".h5", ".hdf5")


def load_keras(path: Path, sample: Sample) -> Classifier:
    """A Keras network, to be asked as a bundle is.

    Nothing in the file is run but layers: Keras's safe mode refuses those that bring Python code (Lambda).

    Args:
        path: the .keras or .h5 file.
        sample: digits to find out with what it takes and gives.

    Raises:
        BundleError: it cannot be opened, or what it takes or gives is not understood.
    """
    _, run, understood = open_keras(path, sample)
    return classifier_of(run, understood, path)


def open_keras(path: Path, sample: Sample) -> tuple[Any, Run, Understood]:
    """The Keras model in a file, what asks it, and what it takes and gives; arguments and errors as in `load_keras`."""
    model = _opened(path)
    entry = model.inputs[0]
    lock = threading.Lock()  # Keras keeps state of its own while it predicts

    def run(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
        with lock:
            return np.asarray(model.predict_on_batch(images))

    return model, run, understand(run, tuple(entry.shape[1:]), np.dtype(entry.dtype), path, sample)


def _opened(path: Path) -> Any:  # noqa: ANN401  (keras.Model)
    """The Keras model in a file, with one input and one output.

    Raises:
        BundleError: it cannot be opened, or has more.
    """
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises what zip, JSON and HDF5 readers raise
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise BundleError(f"{path} cannot be opened by Keras: {reason[:200]}") from error
    if len(getattr(model, "inputs", None) or ()) != 1 or len(model.outputs) != 1:
        raise BundleError(f"{path} is not understood: {EXPECTED}")
    return model
