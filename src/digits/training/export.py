"""A run, or a Keras network of somebody's own, becomes a bundle, proven equal to its Keras model.

Only the run directory is read (and the embedded sample, for the proof), so a run can be exported where its training
digits are not at hand.
"""

import importlib
import pkgutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jax2onnx.plugins.jax  # keras exports through jax2onnx; a missing one should be found here
import jax2onnx.plugins.plugin_system
import numpy as np
import numpy.typing as npt
import onnx

from digits.atomic import whole_directory
from digits.data.sources import load_dataset
from digits.errors import ExportError, RunError
from digits.reading.networks.calibration import fit_temperature
from digits.reading.networks.classifier import (
    FORMAT,
    FORMAT_VERSION,
    MODEL_FILE,
    Classifier,
    read_description,
)
from digits.reading.networks.own_network import RANGES, Understood, classifier_of
from digits.training import networks, own_keras
from digits.training.backend import keras
from digits.training.bundle import write_bundle
from digits.training.run import Run

TOLERANCE = 1e-5
"""Largest difference allowed between an output of the bundle and of the Keras model, as a share where above 1."""

INPUT = "uint8 (n, 28, 28), 0 background to 255 ink"
PROBABILITIES = "float32 (n, 10), rows sum to 1, before temperature"

PROOF_BATCHES = (1, 64)
"""Batch sizes at which the two are compared."""


OPSETS = (18, 23)
"""The least and the greatest version of ONNX's operators that a bundle is written in. Below 18 the exporter's own
operators are missing; 23, its default, is what ONNX Runtime runs from 1.23 on."""


def export(run: Run, out: Path | None = None, opset: int | None = None) -> Path:
    """Make the run's bundle at `out` (default: the run's own `bundle/`), replacing an old one; gives its path.

    Args:
        run: the run.
        out: the bundle's directory.
        opset: the version of ONNX's operators, within OPSETS; by default the newest.

    Raises:
        RunError: the run has no network yet, or a damaged one.
        ExportError: the network does not survive the way to ONNX, or does not come out equal.
        StorageError: the bundle cannot be written.
    """
    model = load_model(run)
    validation = run.read_predictions("validation")
    network = _to_onnx(model, opset)
    outputs = {"probabilities": PROBABILITIES}
    if isinstance(model.output, dict):
        width = model.get_layer("logits").input.shape[-1]
        outputs["digitness"] = "float32 (n,), 0 no digit at all to 1 a digit"
        outputs["features"] = f"float32 (n, {width}), what the last layer names a digit by"
    description = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "name": run.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": run.recipe.model_dump(mode="json"),
        "epochs_done": len(run.history),
        "parameters": int(model.count_params()),
        "input": {"images": INPUT},
        "outputs": outputs,
        "temperature": fit_temperature(validation.probabilities, validation.labels) if validation else 1.0,
        "temperature_fitted_on": len(validation.labels) if validation else 0,
        "measured": {},
        "versions": run.environment["versions"],
        "training_digits": run.environment["dataset"],
    }
    path = out or run.bundle
    with whole_directory(path) as temporary:
        write_bundle(temporary, description, network)
        _prove(_expected(model), temporary, run.name)
    run.log(f"exported to {path}")
    return path


def export_own(file: Path, out: Path, opset: int | None = None) -> Path:
    """Make a bundle at `out` of a Keras network of somebody's own; gives its path.

    What the network takes and gives is found out (`own_network.py`); the bundle takes bytes and gives probabilities.

    Args:
        file: the .keras or .h5 file.
        out: the bundle's directory; an old one is replaced.
        opset: as for `export`.

    Raises:
        BundleError: the file cannot be opened, or what its network takes or gives is not understood.
        ExportError: the network does not survive the way to ONNX, or does not come out equal.
        StorageError: the bundle cannot be written.
    """
    digits = load_dataset("sample", "test")
    model, ask, understood = own_keras.open_keras(file, (digits.images, digits.labels))
    network = _network_to_onnx(_from_bytes(model, understood), ["probabilities"], file.name, opset)
    description = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "name": file.stem,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "made_of": f"{file.name}, a Keras network that was trained elsewhere: it {understood}",
        "parameters": int(model.count_params()),
        "input": {"images": INPUT},
        "outputs": {"probabilities": PROBABILITIES},
        "temperature": 1.0,
        "temperature_fitted_on": 0,
        "measured": {},
        "versions": {"keras": keras.__version__},
        "training_digits": {"name": "unknown", "fingerprint": ""},
    }
    expected = classifier_of(ask, understood, file).predict_proba(digits.images)
    with whole_directory(out) as temporary:
        write_bundle(temporary, description, network)
        _prove({"probabilities": expected}, temporary, file.name)
    return out


def record(bundle: Path, measured: Mapping[str, Any], thresholds: Mapping[str, Any] | None = None) -> None:
    """Put figures (an evaluation for each split) and a reader's thresholds into a bundle and onto its card."""
    description = {**read_description(bundle), "measured": dict(measured)}
    if thresholds:
        description["thresholds"] = dict(thresholds)
    network = (bundle / MODEL_FILE).read_bytes()
    with whole_directory(bundle) as temporary:
        write_bundle(temporary, description, network)


def load_model(run: Run) -> Any:  # noqa: ANN401  (keras.Model)
    """The run's `model.keras`.

    Raises:
        RunError: there is none yet, or it is damaged.
    """
    if not run.model_file.exists():
        raise RunError(f"{run.path} has no network yet; train on with: digits train --resume {run.path}")
    try:
        return keras.saving.load_model(run.model_file, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises what zip, JSON and HDF5 readers raise
        raise RunError(f"{run.model_file} is damaged: {str(error).splitlines()[0][:200]}") from error


def _to_onnx(model: Any, opset: int | None) -> bytes:  # noqa: ANN401  (keras.Model)
    outputs = {"probabilities": networks.probabilities_of(model.output)}
    if networks.gives_sigmoids(model):
        # Divided by their sum, as in Keras's cross-entropy; but by way of logarithms, because ONNX Runtime's sigmoid is
        # exact to 1e-7 and no better, and ten small outputs are divided by a small sum.
        logits = model.get_layer("logits").output
        outputs["probabilities"] = keras.ops.softmax(-keras.ops.softplus(-logits), axis=-1)
    if isinstance(model.output, dict):
        outputs |= {"digitness": model.output["digitness"], "features": model.get_layer("logits").input}
    serving = keras.Model(model.input, list(outputs.values()), name="bundle")
    return _network_to_onnx(serving, list(outputs), model.name, opset)


def _from_bytes(model: Any, understood: Understood) -> Any:  # noqa: ANN401  (keras.Model)
    """A Keras model of somebody's own as one that takes bytes, (n, 28, 28), and gives probabilities."""
    ops = keras.ops
    images = keras.Input((28, 28), dtype="uint8", name="images")
    pixels = RANGES[understood.range_name](ops.cast(images, "float32"))
    taken = ops.cast(ops.reshape(pixels, (-1, *understood.shape)), understood.dtype.name)
    answers = ops.cast(model(taken), "float32")
    if understood.gives in ("logits", "log-probabilities"):
        answers = ops.softmax(answers, axis=-1)
    elif understood.gives == "sigmoids":
        answers = answers / ops.sum(answers, axis=-1, keepdims=True)
    return keras.Model(images, [answers], name="bundle")


def _network_to_onnx(serving: Any, outputs: Sequence[str], name: str, opset: int | None) -> bytes:  # noqa: ANN401
    """A Keras model that takes bytes and gives these outputs, as ONNX; `name` is for messages."""
    _load_converters()
    serving(np.zeros((1, 28, 28), np.uint8))  # the exporter wants a model that was called
    try:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / MODEL_FILE
            serving.export(file, format="onnx", verbose=False, opset_version=opset)
            network = onnx.load(file)
        _rename_outputs(network, outputs)
        onnx.checker.check_model(network, full_check=True)
    except Exception as error:  # jax2onnx and onnx raise many kinds
        layers = ", ".join(sorted({type(layer).__name__ for layer in serving.layers}))
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ExportError(f"{name} does not survive the export to ONNX ({reason}); its layers: {layers}") from error
    exported: bytes = network.SerializeToString()
    return exported


def _load_converters() -> None:
    """Load what converts JAX's own operations, which are all that Keras uses.

    The exporter would load the examples that it is tested with, too, which build networks of other libraries and
    compile them: seven seconds of every training. A version that does not know the flag loads them as before.
    """
    plugins = jax2onnx.plugins
    for module in pkgutil.walk_packages(plugins.jax.__path__, f"{plugins.jax.__name__}."):
        importlib.import_module(module.name)
    plugins.plugin_system._already_imported_plugins = True


def _rename_outputs(network: Any, names: Sequence[str]) -> None:  # noqa: ANN401  (onnx.ModelProto)
    renamed = {output.name: name for output, name in zip(network.graph.output, names, strict=True)}
    for node in network.graph.node:
        node.output[:] = [renamed.get(given, given) for given in node.output]
        node.input[:] = [renamed.get(given, given) for given in node.input]
    for output in network.graph.output:
        output.name = renamed[output.name]


def _expected(model: Any) -> dict[str, npt.NDArray[np.float32]]:  # noqa: ANN401  (keras.Model)
    """What a Keras model of ours gives for the sample's 1,000 held-back digits."""
    images = load_dataset("sample", "test").images
    outputs = model(images)
    probabilities = np.asarray(networks.probabilities_of(outputs), dtype=np.float32)
    expected = {"probabilities": probabilities / probabilities.sum(axis=1, keepdims=True)}
    if isinstance(outputs, dict):
        features = keras.Model(model.input, model.get_layer("logits").input)
        expected |= {"digitness": np.asarray(outputs["digitness"]), "features": np.asarray(features(images))}
    return expected


def _prove(expected: Mapping[str, npt.NDArray[np.float32]], bundle: Path, name: str) -> None:
    """Compare a bundle with what its Keras model gives for the sample's 1,000 held-back digits."""
    images = load_dataset("sample", "test").images
    classifier = Classifier.load(bundle)
    for batch in PROOF_BATCHES:
        parts = [
            classifier.answer(images[start : start + batch], calibrated=False, features=True)
            for start in range(0, len(images), batch)
        ]
        for output, values in expected.items():
            given = np.concatenate([getattr(part, output) for part in parts])
            difference = float(np.abs(given - values).max() / max(1.0, np.abs(values).max()))
            if not difference <= TOLERANCE:
                raise ExportError(
                    f"{name}: at batch size {batch} the bundle differs from the Keras model by {difference:.1e} "
                    f"in its {output} (allowed: {TOLERANCE:.0e})"
                )
