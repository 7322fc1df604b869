"""A Classifier: a bundle, loaded, that turns 28×28 images into calibrated probabilities. ONNX Runtime only.

Notable choices:
- ONNX Runtime gets one thread and no spinning: a single image costs microseconds and idle cores stay idle; a large
  batch is cut into chunks that run on all cores at once (ONNX Runtime releases the GIL);
- a bundle is checked before it is run: its format, its hashes, and that its network takes and gives what the contract
  says. Each refusal names what is wrong. The hash tells damage, not malice; an ONNX file is data, not code.
"""

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from digits.errors import BundleError, InputError
from digits.reading.networks.calibration import apply_temperature

Floats = npt.NDArray[np.float32]

FORMAT = "handwritten-digits bundle"
FORMAT_VERSION = 1
MODEL_FILE = "model.onnx"
DESCRIPTION_FILE = "bundle.json"
CARD_FILE = "README.md"

OUTPUTS = {"probabilities": 1, "digitness": 0, "features": 1}
"""What a network may give, and the dimensions of each for one image; all but the first are optional."""

CHUNK = 512
"""Images a call of the network in a large batch: large enough for its matrix products, small enough to share out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What a network says to n images.

    Attributes:
        probabilities: of the digits 0 to 9, float32 (n, 10); rows sum to 1.
        digitness: how much each is a digit at all, float32 (n,), 0 to 1; None if the network does not say.
        features: what its last layer names the digit by, float32 (n, d); None if it does not say, or was not asked.
    """

    probabilities: Floats
    digitness: Floats | None = None
    features: Floats | None = None


class Classifier:
    """28×28 images → probabilities. Safe to use from several threads.

    Attributes:
        path: the bundle's directory.
        description: the contents of `bundle.json`.
        name: what the network is called.
        temperature: what its logits are divided by.
        outputs: what its network gives: `probabilities`, and perhaps `digitness` and `features`.
    """

    def __init__(self, path: Path, description: Mapping[str, Any], session: onnxruntime.InferenceSession) -> None:
        self.path = path
        self.description = description
        self.name: str = description["name"]
        self.temperature: float = description["temperature"]
        self.outputs = tuple(node.name for node in session.get_outputs() if node.name in OUTPUTS)
        self._session = session

    @classmethod
    def load(cls, path: Path) -> "Classifier":
        """Load the bundle at `path`.

        Raises:
            BundleError: it is no bundle, is damaged, of another version, or its network breaks the contract.
        """
        description = read_description(path)
        model = _read(path / MODEL_FILE)
        digest = hashlib.sha256(model).hexdigest()
        if digest != description["files"][MODEL_FILE]:
            raise BundleError(
                f"{path / MODEL_FILE} is damaged: its SHA-256 is {digest[:12]}…, {DESCRIPTION_FILE} says "
                f"{description['files'][MODEL_FILE][:12]}…; export or copy the bundle again"
            )
        return cls(path, description, start_session(model, path / MODEL_FILE))

    def predict_proba(self, images: npt.NDArray[np.uint8], *, calibrated: bool = True) -> npt.NDArray[np.float32]:
        """Probabilities of the digits 0 to 9, float32 (n, 10); rows sum to 1.

        Args:
            images: uint8 (n, 28, 28), 0 background to 255 ink; any n.
            calibrated: whether the temperature is applied; without it, exactly what the network gives.

        Raises:
            InputError: `images` has another dtype or shape.
        """
        (probabilities,) = self._run(images, ["probabilities"])
        return apply_temperature(probabilities, self.temperature if calibrated else 1.0)

    def answer(self, images: npt.NDArray[np.uint8], *, calibrated: bool = True, features: bool = False) -> Answers:
        """All that the network says; `images` and `calibrated` as for `predict_proba`.

        Args:
            images: uint8 (n, 28, 28), 0 background to 255 ink; any n.
            calibrated: whether the temperature is applied to the probabilities.
            features: whether the features are wanted, too, where there are any: d numbers an image.

        Raises:
            InputError: `images` has another dtype or shape.
        """
        wanted = [name for name in self.outputs if features or name != "features"]
        given = dict(zip(wanted, self._run(images, wanted), strict=True))
        probabilities = apply_temperature(given.pop("probabilities"), self.temperature if calibrated else 1.0)
        return Answers(probabilities=probabilities, **given)

    def predict(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The most probable digit of each image, uint8 (n,); `images` as for `predict_proba`."""
        answers: npt.NDArray[np.uint8] = np.argmax(self.predict_proba(images), axis=1).astype(np.uint8)
        return answers

    @property
    def training_fingerprint(self) -> npt.NDArray[np.uint64]:
        """The fingerprint of the digits that the network was trained on, uint64 (m,)."""
        return np.frombuffer(base64.b64decode(self.description["training_digits"]["fingerprint"]), dtype="<u8")

    def _run(self, images: npt.NDArray[np.uint8], outputs: list[str]) -> list[Floats]:
        """These outputs of the network, a large batch in chunks on all cores."""
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
            raise InputError(
                f"images must be uint8 (n, 28, 28), 0 background to 255 ink; got {images.dtype} {images.shape}"
            )
        if len(images) == 0:  # ONNX Runtime refuses a batch of none
            return [given[:0] for given in self._run(np.zeros((1, 28, 28), np.uint8), outputs)]
        if len(images) <= CHUNK:
            return self._run_chunk(images, outputs)
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (a single digit need not pay for it)

        chunks = [images[start : start + CHUNK] for start in range(0, len(images), CHUNK)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            parts = list(pool.map(self._run_chunk, chunks, repeat(outputs)))
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    def _run_chunk(self, images: npt.NDArray[np.uint8], outputs: list[str]) -> list[Floats]:
        given: list[Floats] = self._session.run(outputs, {"images": np.ascontiguousarray(images)})
        return given


def run_options() -> onnxruntime.SessionOptions:
    """One thread, no spinning, no log."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what goes wrong is said by the exception
    return options


def start_session(model: bytes, where: Path) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session on one thread for the network in `model`, which must keep the bundle's contract.

    Raises:
        BundleError: it is no ONNX network, or takes or gives something else; `where` names it in the message.
    """
    try:
        session = onnxruntime.InferenceSession(model, run_options(), providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
        reason = str(error).splitlines()[0][:200]
        raise BundleError(f"{where} cannot be run: {reason}") from error
    inputs = {node.name: (node.type, node.shape[1:]) for node in session.get_inputs()}
    outputs = {node.name: (node.type, node.shape[1:]) for node in session.get_outputs()}
    dimensions = {name: len(shape) for name, (kind, shape) in outputs.items() if kind == "tensor(float)"}
    if (
        inputs != {"images": ("tensor(uint8)", [28, 28])}
        or outputs.get("probabilities") != ("tensor(float)", [10])
        or any(dimensions.get(name) != OUTPUTS[name] for name in OUTPUTS if name in outputs)
    ):
        raise BundleError(
            f"{where} is a foreign network: expected images, uint8 (n, 28, 28) → probabilities, float32 (n, 10), and "
            f"perhaps digitness, float32 (n,), and features, float32 (n, d); got {inputs} → {outputs}"
        )
    return session


def read_description(path: Path) -> dict[str, Any]:
    """The contents of a bundle's `bundle.json`, checked for what the Classifier needs.

    Raises:
        BundleError: it is missing, damaged, or of another format or version.
    """
    file = path / DESCRIPTION_FILE
    if not file.is_file():
        raise BundleError(f"{path} is no bundle: expected {MODEL_FILE} and {DESCRIPTION_FILE} in it")
    try:
        description = json.loads(_read(file))
    except ValueError as error:
        raise BundleError(f"{file} is damaged: {error}") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise BundleError(f"{file} is foreign: expected a JSON object with format {FORMAT!r}")
    if description.get("version") != FORMAT_VERSION:
        raise BundleError(
            f"{file} has version {description.get('version')!r}; this program reads version {FORMAT_VERSION}: "
            "export the run again"
        )
    try:
        base64.b64decode(description["training_digits"]["fingerprint"], validate=True)
        sound = (
            isinstance(description["name"], str)
            and isinstance(description["files"][MODEL_FILE], str)
            and isinstance(description["temperature"], float)
            and 0 < description["temperature"] < float("inf")
        )
    except (KeyError, TypeError, binascii.Error):
        sound = False
    if not sound:
        raise BundleError(f"{file} is damaged: name, temperature, files or training_digits are missing or wrong")
    return description


def read_card(path: Path) -> str:
    """A bundle's model card, in Markdown.

    Raises:
        BundleError: it is missing or cannot be read.
    """
    return _read(path / CARD_FILE).decode(errors="replace")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}; export or copy the bundle again") from error
