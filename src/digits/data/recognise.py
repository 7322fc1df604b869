"""Are these digits MNIST's? Kaggle's rows, and many a "new" set of digits, are MNIST's under another name.

Notable choices:
- the package ships the fingerprints of MNIST's training and test digits (`mnist_fingerprint.npz`, 17 KB, made by
  `scripts/make_mnist_fingerprint.py`), so that nothing has to be downloaded: every 32nd digit, chosen by its hash;
- so a share of MNIST is an estimate, and its 95 % interval stands beside it; a few digits among many can be missed.
  Who has MNIST's files gets exact numbers from `duplicates.overlap`;
- pixels decide, labels and order do not. A digit that was changed by one grey value is another digit.
"""

from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset, Images, image_hashes, probe
from digits.data.published import MNIST_HASHES

FINGERPRINT_FILE = "mnist_fingerprint.npz"
"""Beside this module: `train` and `test`, the fingerprints (`Dataset.fingerprint`) of MNIST's two splits, uint64."""

Part = Literal["train", "test"]


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """How much of a Dataset is MNIST's, and how much of MNIST is in it.

    Attributes:
        probes: how many of the Dataset's digits were looked up, about one in 32; there may be none among a few dozen.
        found: how many of these are MNIST's.
        share: found / probes, 0 to 1; None without a probe: too few digits to tell.
        train_share: which share of MNIST's training digits is in the Dataset, 0 to 1.
        train_interval: the 95 % Wilson interval of it, (low, high).
        test_share: which share of MNIST's test digits is in the Dataset, 0 to 1.
        test_interval: the 95 % Wilson interval of it, (low, high).
        exactly: the split of MNIST that this is, pixel for pixel, label for label and in its order; else None.
    """

    probes: int
    found: int
    share: float | None
    train_share: float
    train_interval: tuple[float, float]
    test_share: float
    test_interval: tuple[float, float]
    exactly: Part | None

    def to_json(self) -> dict[str, Any]:
        """The attributes as they are, for `json.dumps`."""
        return asdict(self)


def recognise(dataset: Dataset) -> Recognition:
    """Look a Dataset's fingerprint up in MNIST's. Nothing is downloaded."""
    mnist = mnist_fingerprints()
    probes = dataset.fingerprint
    known = {part: int(np.isin(fingerprint, probes).sum()) for part, fingerprint in mnist.items()}
    found = int(np.isin(probes, np.concatenate([mnist["train"], mnist["test"]])).sum())
    names: dict[str, Part] = {MNIST_HASHES["train"]: "train", MNIST_HASHES["test"]: "test"}
    return Recognition(
        probes=len(probes),
        found=found,
        share=found / len(probes) if len(probes) else None,
        train_share=known["train"] / len(mnist["train"]),
        train_interval=_wilson(known["train"], len(mnist["train"])),
        test_share=known["test"] / len(mnist["test"]),
        test_interval=_wilson(known["test"], len(mnist["test"])),
        exactly=names.get(dataset.hash),
    )


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """How many of some images are known by their hash.

    Attributes:
        probes: how many of them were looked up: all, or about one in 32, chosen by the hash.
        found: how many of these are known.
        share: found / probes, 0 to 1; None without a probe: too few images to tell.
        interval: the 95 % Wilson interval of the share; None without a probe.
    """

    probes: int
    found: int
    share: float | None
    interval: tuple[float, float] | None


def look_up(images: Images, fingerprint: npt.NDArray[np.uint64]) -> Lookup:
    """How many of the images, uint8 (n, 28, 28), labelled or not, are among those of a fingerprint."""
    return _lookup(probe(images)[1], fingerprint)


def look_up_all(images: Images, others: Images) -> Lookup:
    """How many of the images, uint8 (n, 28, 28), are among others: every one is looked up."""
    return _lookup(image_hashes(images), image_hashes(others))


def _lookup(hashes: npt.NDArray[np.uint64], known: npt.NDArray[np.uint64]) -> Lookup:
    probes, found = len(hashes), int(np.isin(hashes, known).sum())
    return Lookup(
        probes=probes,
        found=found,
        share=found / probes if probes else None,
        interval=_wilson(found, probes) if probes else None,
    )


def mnist_fingerprints() -> dict[str, npt.NDArray[np.uint64]]:
    """The fingerprints of MNIST's digits that ship with the package: `train` and `test`, sorted uint64 (m,)."""
    with as_file(files("digits.data") / FINGERPRINT_FILE) as path, np.load(path, allow_pickle=False) as archive:
        return {part: archive[part] for part in ("train", "test")}


def _wilson(found: int, probes: int) -> tuple[float, float]:
    """The 95 % Wilson interval of found / probes."""
    z = 1.959964  # of the normal distribution, 97.5 %
    share, weight = found / probes, z**2 / probes
    centre = (share + weight / 2) / (1 + weight)
    half = (share * (1 - share) * weight + weight**2 / 4) ** 0.5 / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)
