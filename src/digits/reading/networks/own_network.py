"""A network of somebody's own, no bundle: what it takes and gives is found out, then it is asked as a bundle is.

Of its shapes little is asked: one input of 28×28 or 784 numbers an image, with a channel or without, and one output of
ten numbers. What shapes do not say is tried on digits whose labels are known: in which range it wants its pixels, and
whether it gives probabilities or logits.

Notable choices:
- of the ranges, the one is taken in which its answers make the labels most likely (the least cross-entropy): accuracy
  alone would not tell, because a network without biases names the same digits in any range;
- what was found out is stated in the Classifier's description, and who shows figures says it too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from digits.errors import BundleError
from digits.reading.networks.classifier import Classifier, run_options

Run = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
"""Asks a network: images as it takes them, (n, …), → what it gives, (n, 10)."""

Sample = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
"""Images, uint8 (n, 28, 28), and their labels, uint8 (n,), that a network is tried on."""

MNIST_MEAN, MNIST_DEVIATION = 0.1307, 0.3081
"""Of MNIST's training pixels from 0 to 1: what PyTorch's examples subtract and divide by."""

RANGES: dict[str, Callable[[Any], Any]] = {
    "0 to 1": lambda pixels: pixels / 255,
    "0 to 255": lambda pixels: pixels,
    "-1 to 1": lambda pixels: pixels / 127.5 - 1,
    "by MNIST's mean and deviation": lambda pixels: (pixels / 255 - MNIST_MEAN) / MNIST_DEVIATION,
}
"""The ranges in which networks want their pixels, and how 0 to 255, in floats of NumPy or Keras, comes into them."""

SHAPES = ((28, 28), (28, 28, 1), (1, 28, 28), (784,), (1, 784), (784, 1))
"""The shapes of one image that are understood."""

TYPES = {
    "tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8, "tensor(int32)": np.int32, "tensor(int64)": np.int64,
}  # fmt: skip
"""ONNX's names of the types of input that are understood."""

EXPECTED = (
    "expected one input of 28×28 or 784 numbers an image, with one channel or none, and one output of ten numbers, "
    "for the digits 0 to 9"
)

SUM_TOLERANCE = 1e-2
"""How far from 1 the sum of ten probabilities may be: half precision is exact to 1e-3 each."""


@dataclass(frozen=True)
class Understood:
    """How a network takes images and gives answers.

    Attributes:
        shape: of one image, one of SHAPES.
        dtype: of its input.
        range_name: one of RANGES.
        gives: `probabilities`, `log-probabilities`, `sigmoids` or `logits`.
        accuracy: the share of digits that it names rightly so, of those that it was tried on.
    """

    shape: tuple[int, ...]
    dtype: Any
    range_name: str
    gives: str
    accuracy: float

    def __str__(self) -> str:
        return (
            f"takes pixels {self.range_name} as {'×'.join(map(str, self.shape))}, gives {self.gives}, "
            f"and names {100 * self.accuracy:.1f} % of the sample's test digits"
        )


def load_onnx(path: Path, sample: Sample) -> Classifier:
    """An ONNX network of somebody's own, to be asked as a bundle is.

    Args:
        path: the .onnx file; weights beside it are found.
        sample: digits to find out with what it takes and gives.

    Raises:
        BundleError: it cannot be run, or what it takes or gives is not understood.
    """
    try:
        session = onnxruntime.InferenceSession(str(path), run_options(), providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no base class of their own
        raise BundleError(f"{path} cannot be run: {str(error).splitlines()[0][:200]}") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    ten = [node for node in outputs if list(node.shape[-1:]) == [10]]
    if len(inputs) != 1 or len(ten) != 1 or inputs[0].type not in TYPES:
        found = " and ".join(f"{node.type} {node.shape}" for node in inputs)
        given = " and ".join(f"{node.type} {node.shape}" for node in outputs)
        raise BundleError(f"{path} is not understood: {EXPECTED}; got {found} → {given}")
    batch = inputs[0].shape[0] if inputs[0].shape else None
    asked, answer = inputs[0].name, ten[0].name

    def run(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if not isinstance(batch, int):  # any number at once
            return np.asarray(session.run([answer], {asked: images})[0])
        filled = np.zeros((-len(images) % batch, *images.shape[1:]), images.dtype)
        parts = np.split(np.concatenate([images, filled]), (len(images) + len(filled)) // batch)
        return np.concatenate([session.run([answer], {asked: part})[0] for part in parts])[: len(images)]

    understood = understand(run, tuple(inputs[0].shape[1:]), TYPES[inputs[0].type], path, sample)
    return classifier_of(run, understood, path)


def understand(run: Run, shape: tuple[Any, ...], dtype: Any, path: Path, sample: Sample) -> Understood:  # noqa: ANN401
    """Find out what a network takes and gives.

    Args:
        run: asks it.
        shape: of one image in its input.
        dtype: NumPy's type of its input.
        path: its file, for messages.
        sample: digits whose labels are known.

    Raises:
        BundleError: it cannot be run, or what it takes or gives is not understood.
    """
    if shape not in SHAPES:
        raise BundleError(f"{path} is not understood: {EXPECTED}; it takes {shape} an image")
    images, labels = sample
    ways: list[tuple[float, Understood]] = []
    for range_name in ["0 to 255"] if np.issubdtype(dtype, np.integer) else RANGES:
        answers = _answers(run, _prepared(images, range_name, shape, dtype), path)
        gives = _kind(answers)
        probabilities = _probabilities(answers, gives)
        likelihoods = probabilities[np.arange(len(labels)), labels]
        accuracy = float((probabilities.argmax(axis=1) == labels).mean())
        loss = float(-np.log(np.clip(likelihoods, 1e-7, 1)).mean())
        ways.append((loss, Understood(shape, dtype, range_name, gives, accuracy)))
    return min(ways, key=lambda way: way[0])[1]


def classifier_of(run: Run, understood: Understood, path: Path) -> Classifier:
    """A Classifier that asks a network as it was understood."""

    def ask(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        prepared = _prepared(images, understood.range_name, understood.shape, understood.dtype)
        return _probabilities(_answers(run, prepared, path), understood.gives)

    description = {
        "name": path.stem,
        "temperature": 1.0,
        "training_digits": {"name": "unknown", "fingerprint": ""},
        "understood": str(understood),
    }
    return Classifier(path, description, _Session(ask))


class _Session:
    """What a Classifier asks of ONNX Runtime's session, of a network that is asked another way."""

    def __init__(self, ask: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]) -> None:
        self._ask = ask

    def get_outputs(self) -> list["_Node"]:
        return [_Node("probabilities")]

    def run(self, _: list[str], images: dict[str, npt.NDArray[np.uint8]]) -> list[npt.NDArray[np.float32]]:
        return [self._ask(images["images"])]


@dataclass(frozen=True)
class _Node:
    name: str


def _prepared(
    images: npt.NDArray[np.uint8],
    range_name: str,
    shape: tuple[int, ...],
    dtype: Any,  # noqa: ANN401
) -> npt.NDArray[Any]:
    """Images, uint8 (n, 28, 28), in a range of RANGES, as (n, *shape)."""
    pixels: npt.NDArray[Any] = RANGES[range_name](images.astype(np.float32))
    return pixels.reshape(len(images), *shape).astype(dtype)


def _answers(run: Run, prepared: npt.NDArray[Any], path: Path) -> npt.NDArray[np.float64]:
    """What the network gives, float64 (n, 10)."""
    try:
        answers = np.asarray(run(prepared), dtype=np.float64)
    except Exception as error:  # each library raises its own
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise BundleError(f"{path} cannot be run on {prepared.dtype} {prepared.shape}: {reason}") from error
    if answers.shape != (len(prepared), 10) or not np.isfinite(answers).all():
        what = "numbers" if answers.shape == (len(prepared), 10) else f"shape {answers.shape}"
        raise BundleError(f"{path} is not understood: {EXPECTED}; it gives {what} for {len(prepared):,} images")
    return answers


def _kind(answers: npt.NDArray[np.float64]) -> str:
    """What answers are, by their values."""
    if answers.min() >= 0 and answers.max() <= 1 + SUM_TOLERANCE:
        return "probabilities" if np.abs(answers.sum(axis=1) - 1).max() < SUM_TOLERANCE else "sigmoids"
    if answers.max() <= 0 and np.abs(np.exp(answers).sum(axis=1) - 1).max() < SUM_TOLERANCE:
        return "log-probabilities"
    return "logits"


def _probabilities(answers: npt.NDArray[np.float64], gives: str) -> npt.NDArray[np.float32]:
    """Answers as probabilities, float32 (n, 10), rows sum to 1."""
    if gives in ("logits", "log-probabilities"):
        answers = np.exp(answers - answers.max(axis=1, keepdims=True))
    sums = answers.sum(axis=1, keepdims=True)
    shares: npt.NDArray[np.float64] = np.divide(answers, sums, out=np.full_like(answers, 0.1), where=sums > 0)
    return shares.astype(np.float32)
