"""A Dataset: labelled digits in memory, with a name, an origin and a hash.

Notable choices:
- arrays are read-only views, so that a Dataset's hash stays true for as long as it lives;
- the validation split is stratified and seeded, so that `training.seed` varies the network and never the digits;
- a fingerprint (the hashes of every 32nd digit, chosen by the hash itself) tells whether two Datasets share digits
  without shipping one of them: FracMinHash, as in sourmash (Brown & Irber 2016).
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from digits.errors import DataError

IMAGE_SIZE = 28
"""Height and width of an image in pixels, as MNIST's makers chose it."""

CLASSES = 10
"""The digits 0 to 9."""

FINGERPRINT_SCALE = 32
"""One digit in 32 stands in a fingerprint: 14 KB for all of MNIST, and still 31 probes among 1,000 digits."""

Split = Literal["train", "validation", "test", "all"]
Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False, kw_only=True)
class Dataset:
    """Labelled digits.

    Attributes:
        images: uint8 (n, 28, 28), 0 background to 255 ink; read-only.
        labels: uint8 (n,), 0 to 9; read-only.
        name: what it is called on the command line and in a run, such as `mnist`.
        split: which part of its source it is.
        origin: one line that says where the digits come from.
        notes: what was found out about the files and put right, a few words each; empty if nothing was.

    Raises:
        DataError: an array has another shape, dtype or range, the two differ in length, or there is no digit at all.
    """

    images: Images
    labels: Labels
    name: str
    split: Split = "all"
    origin: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_images(self.images, self.name)
        check_labels(self.labels, self.name)
        if len(self.images) != len(self.labels):
            raise DataError(
                f"{self.name}: {len(self.images):,} images but {len(self.labels):,} labels; "
                "give the labels that belong to these images"
            )
        for field in ("images", "labels"):
            view = getattr(self, field).view()
            view.flags.writeable = False
            object.__setattr__(self, field, view)

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the images' bytes, then the labels' bytes, as 64 hexadecimal digits."""
        digest = hashlib.sha256(self.images.tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()

    @cached_property
    def fingerprint(self) -> npt.NDArray[np.uint64]:
        """Sorted hashes, uint64 (m,), of about one in 32 of the images: those whose hash is a multiple of 32."""
        return np.unique(probe(self.images)[1])

    @property
    def class_counts(self) -> npt.NDArray[np.int64]:
        """How many digits of each class, int64 (10,)."""
        return np.bincount(self.labels, minlength=CLASSES).astype(np.int64)

    def take(self, indices: npt.NDArray[np.integer], *, split: Split | None = None) -> "Dataset":
        """The digits at `indices`, in that order, as a Dataset of the same name and origin."""
        return Dataset(
            images=self.images[indices],
            labels=self.labels[indices],
            name=self.name,
            split=split or self.split,
            origin=self.origin,
            notes=self.notes,
        )

    def split_off(self, amount: int | float, *, seed: int = 0) -> tuple["Dataset", "Dataset | None"]:
        """Split into (training, validation), each class in proportion, both in the original order.

        Args:
            amount: digits to hold back, as a count (int) or as a share below 1 (float); 0 holds none back.
            seed: chooses the digits; 0 everywhere in this project, so that all networks see the same ones.

        Returns:
            The two Datasets; the second is None if `amount` is 0.

        Raises:
            DataError: fewer than one digit would be left on either side.
        """
        held = round(amount * len(self)) if isinstance(amount, float) else amount
        if held == 0:
            return self, None
        if not 0 < held < len(self):
            raise DataError(
                f"{self.name}: cannot hold back {amount} of {len(self):,} digits for validation; "
                "choose a share below 1, or a smaller count"
            )
        chosen = np.zeros(len(self), dtype=bool)
        random = np.random.default_rng(seed)
        for digit, count in enumerate(_proportional(self.class_counts, held)):
            chosen[random.permutation(np.flatnonzero(self.labels == digit))[:count]] = True
        training = self.take(np.flatnonzero(~chosen), split="train")
        return training, self.take(np.flatnonzero(chosen), split="validation")


def image_hashes(images: Images) -> npt.NDArray[np.uint64]:
    """One 64-bit hash per image, uint64 (n,), of its 784 pixels: equal pictures have equal hashes."""
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    digests = b"".join(hashlib.blake2b(row.data, digest_size=8).digest() for row in rows)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def probe(images: Images) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Those of the images, about one in 32, that fingerprints tell of: their rows, ascending, and their hashes."""
    hashes = image_hashes(images)
    rows = np.flatnonzero(hashes % FINGERPRINT_SCALE == 0)
    return rows, hashes[rows]


def shared_fraction(dataset: Dataset, fingerprint: npt.NDArray[np.uint64]) -> float | None:
    """Which share of the Dataset's digits stands in a fingerprinted one; None if it is too small to tell."""
    probes = dataset.fingerprint
    return float(np.isin(probes, fingerprint).mean()) if len(probes) else None


def check_images(images: npt.NDArray[np.generic], name: str) -> None:
    """Raise a DataError unless `images` is uint8 (n, 28, 28) with n > 0."""
    expected = (IMAGE_SIZE, IMAGE_SIZE)
    if images.ndim != 3 or images.shape[1:] != expected or images.dtype != np.uint8:
        raise DataError(
            f"{name}: images must be uint8 (n, 28, 28), 0 background to 255 ink; got {images.dtype} {images.shape}"
        )
    if len(images) == 0:
        raise DataError(f"{name}: there is no digit in it")


def check_labels(labels: npt.NDArray[np.generic], name: str) -> None:
    """Raise a DataError unless `labels` is uint8 (n,) of 0 to 9."""
    if labels.ndim != 1 or labels.dtype != np.uint8:
        raise DataError(f"{name}: labels must be uint8 (n,), 0 to 9; got {labels.dtype} {labels.shape}")
    wrong = np.flatnonzero(labels.astype(np.uint8, copy=False) > CLASSES - 1)
    if len(wrong):
        raise DataError(f"{name}: labels must be 0 to 9; label {wrong[0] + 1:,} is {labels[wrong[0]]}")


def _proportional(counts: npt.NDArray[np.int64], total: int) -> npt.NDArray[np.int64]:
    """Share `total` out in proportion to `counts`, to whole numbers, by the largest remainder."""
    exact = counts * (total / counts.sum())
    shares: npt.NDArray[np.int64] = np.floor(exact).astype(np.int64)
    by_remainder = np.argsort(shares - exact, kind="stable")
    shares[by_remainder[: total - shares.sum()]] += 1
    return shares
