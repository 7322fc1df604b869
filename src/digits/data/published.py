"""Sets of digits that somebody published: which files they come in, from where, with which sums, and how they are read.

Each is a row of PUBLISHED. `sources.py` says what they are; here is how to come by them.

Notable choices:
- what is called MNIST, or QMNIST, is: a file counts only with the sum that was published for it, whether it was
  downloaded or lay in a data directory. MNIST alone is known by the hash of its digits, so that its files may be
  unpacked, have any usual name, or be Keras's `mnist.npz`;
- Fashion-MNIST's and KMNIST's files are called as MNIST's are: each set but MNIST has a folder of its own in the cache;
- digits are given upright: EMNIST's files have each picture's rows as columns.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from digits.data.arrays import ignore
from digits.data.dataset import Dataset, Images, Labels
from digits.data.download import OnProgress, cache_directory, fetch
from digits.data.guard import unreadable
from digits.data.idx import read_idx
from digits.data.layouts import Loader, find_idx
from digits.data.npz import read_npz
from digits.errors import DataError, DownloadError

MNIST_TRAIN_HASH = "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b"
"""`Dataset.hash` of MNIST's 60,000 training digits."""

MNIST_TEST_HASH = "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b"
"""`Dataset.hash` of MNIST's 10,000 test digits."""

MNIST_HASHES = {"train": MNIST_TRAIN_HASH, "test": MNIST_TEST_HASH}

KERAS_NPZ = "mnist.npz"
"""All of MNIST as Keras keeps it, in `~/.keras/datasets`: `x_train`, `y_train`, `x_test`, `y_test`."""

Digits = tuple[Images, Labels]


def read_pair(paths: Sequence[Path], _: str) -> Digits:
    """The digits of two IDX files, images first."""
    return read_idx(paths[0], dimensions=3), read_idx(paths[1], dimensions=1)


def read_emnist(paths: Sequence[Path], split: str) -> Digits:
    """The digits of EMNIST's archive, upright; of its six sets, `digits`."""
    images, labels = (
        read_idx(paths[0], dimensions, member=f"gzip/emnist-digits-{split}-{name}-ubyte.gz")
        for dimensions, name in ((3, "images-idx3"), (1, "labels-idx1"))
    )
    return np.ascontiguousarray(images.swapaxes(1, 2)), labels  # (n, 28, 28), columns for rows


@dataclass(frozen=True)
class Files:
    """One way in which a set of digits is distributed.

    Attributes:
        mirrors: addresses that end in a slash; the same files lie under each.
        sums: for each split, the published sum of each file it needs, as `digits.data.download.fetch` takes them.
        read: reads a split's files, in the order of `sums`.
    """

    mirrors: tuple[str, ...]
    sums: Mapping[str, Mapping[str, str]]
    read: Callable[[Sequence[Path], str], Digits] = read_pair


@dataclass(frozen=True)
class Published:
    """Where a set of digits is to be had.

    Attributes:
        files: how it is distributed.
        instead: the same digits in other files, if those cannot be had.
        torchvision: what torchvision calls its folder, which has the files in `raw`.
        cache: the folder in the cache.
        hashes: `Dataset.hash` by split, where that is known.
    """

    files: Files
    torchvision: str
    cache: str
    instead: Files | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)


def _idx_sums(train_images: str, train_labels: str, test_images: str, test_labels: str) -> dict[str, dict[str, str]]:
    """The sums of four IDX files under MNIST's own names."""
    return {
        "train": {"train-images-idx3-ubyte.gz": train_images, "train-labels-idx1-ubyte.gz": train_labels},
        "test": {"t10k-images-idx3-ubyte.gz": test_images, "t10k-labels-idx1-ubyte.gz": test_labels},
    }


def _archive_sums(name: str, checksum: str) -> dict[str, dict[str, str]]:
    """The sum of one file that has both splits."""
    return {split: {name: checksum} for split in ("train", "test")}


# Whose sums these are: MNIST's were taken from its files, whose digits have the hash above; that of mnist.npz is in
# Keras's source (keras.datasets.mnist); those of Fashion-MNIST, KMNIST and EMNIST are TensorFlow Datasets'
# (url_checksums); QMNIST's are torchvision's (torchvision.datasets.mnist): no SHA-256 of it was found published.
PUBLISHED = {
    "mnist": Published(
        Files(
            (
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ),
            _idx_sums(
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ),
        instead=Files(
            ("https://storage.googleapis.com/tensorflow/tf-keras-datasets/",),
            _archive_sums(KERAS_NPZ, "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"),
            lambda paths, split: read_npz(paths[0], split),
        ),
        torchvision="MNIST",
        cache="",  # where its files lay before there were others
        hashes=MNIST_HASHES,
    ),
    "qmnist": Published(
        Files(
            ("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
            {
                "train": {
                    "qmnist-train-images-idx3-ubyte.gz": "md5:ed72d4157d28c017586c42bc6afe6370",
                    "qmnist-train-labels-idx2-int.gz": "md5:0058f8dd561b90ffdd0f734c6a30e5e4",
                },
                "test": {
                    "qmnist-test-images-idx3-ubyte.gz": "md5:1394631089c404de565df7b7aeaf9412",
                    "qmnist-test-labels-idx2-int.gz": "md5:5b5b05890a5e13444e108efe57b788aa",
                },
            },
        ),
        torchvision="QMNIST",
        cache="qmnist",
    ),
    "emnist-digits": Published(
        Files(
            ("https://biometrics.nist.gov/cs_links/EMNIST/", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"),
            _archive_sums("gzip.zip", "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"),
            read_emnist,
        ),
        torchvision="EMNIST",
        cache="emnist-digits",
    ),
    "fashion-mnist": Published(
        Files(
            (
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            ),
            _idx_sums(
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ),
        torchvision="FashionMNIST",
        cache="fashion-mnist",
    ),
    "kmnist": Published(
        Files(
            ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/", "https://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
            _idx_sums(
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
        ),
        torchvision="KMNIST",
        cache="kmnist",
    ),
}
"""The published sets by the names of their sources."""


def read_published(name: str, split: str, data_dir: Path | None, on_progress: OnProgress | None = None) -> Digits:
    """A split of a published set, out of a directory that has its files, or else downloaded.

    Args:
        name: a key of PUBLISHED.
        split: `train` or `test`.
        data_dir: where its files are already; None: they are downloaded into the cache, unless they are there.
        on_progress: called while a file comes.

    Returns:
        Images, uint8 (n, 28, 28), upright; labels, uint8 (n,), 0 to 9.

    Raises:
        DataError: the files are not there, damaged, or others than those that were published.
        DownloadError: no mirror could deliver.
        StorageError: the cache cannot be written.
    """
    published = PUBLISHED[name]
    if data_dir is None:
        images, labels = _downloaded(published, split, on_progress)
    elif published.hashes:
        images, labels = _find_under_any_name(name, split, data_dir)(ignore)
    else:
        images, labels = published.files.read(_as_published(name, split, data_dir), split)
    if published.hashes:
        _refuse_others(images, labels, published.hashes[split], split, data_dir or cache_of(name))
    return images, labels


def cache_of(name: str) -> Path:
    """Where the downloaded files of a published set are kept."""
    return cache_directory() / PUBLISHED[name].cache


def _downloaded(published: Published, split: str, on_progress: OnProgress | None) -> Digits:
    """A split from the mirrors, or from the cache if its files are there."""
    cache = cache_directory() / published.cache
    refused: DownloadError | None = None
    for files in filter(None, (published.files, published.instead)):
        try:
            paths = fetch(files.sums[split], files.mirrors, cache, on_progress=on_progress)
        except DownloadError as error:
            refused = refused or error  # the usual files are the ones to ask for
            continue
        return files.read(paths, split)
    raise refused or DownloadError("there is no file to download")


def _places(name: str, data_dir: Path) -> tuple[Path, ...]:
    """Where in a data directory the files of a set may lie: there, under its name, or where torchvision puts them."""
    return data_dir, data_dir / name, data_dir / PUBLISHED[name].torchvision / "raw"


def _find_under_any_name(name: str, split: str, data_dir: Path) -> Loader:
    """The reader of a set's IDX files under any usual names, or of Keras's npz."""
    try:
        for directory in _places(name, data_dir):
            if directory.is_dir() and (loader := find_idx(directory, only="").get(split)):
                return loader
            if (directory / KERAS_NPZ).is_file():
                return partial(read_npz, directory / KERAS_NPZ, split)
    except OSError as error:
        raise unreadable(data_dir, error) from error
    names = " and ".join(PUBLISHED[name].files.sums[split])
    raise DataError(
        f"there are no MNIST {split} files in {data_dir} or {data_dir / name}; expected {names} "
        f"(or without .gz), or {KERAS_NPZ}; name another --data-dir, or none to download them"
    )


def _as_published(name: str, split: str, data_dir: Path) -> list[Path]:
    """A set's files, each with the sum that was published for it."""
    sums = PUBLISHED[name].files.sums[split]
    others = ""
    for directory in _places(name, data_dir):
        paths = [directory / file for file in sums]
        if all(path.is_file() for path in paths):
            wrong = [path for path in paths if not _has_sum(path, sums[path.name])]
            if not wrong:
                return paths
            others = others or f"; {wrong[0]} is another file, by its sum"
    raise DataError(
        f"there are no {name} {split} files, as they were published, in {data_dir} or {data_dir / name}: "
        f"expected {' and '.join(sums)}{others}; name another --data-dir, none to download them, "
        "or give the directory of other files itself as the source"
    )


def _has_sum(path: Path, published: str) -> bool:
    kind, _, digest = published.rpartition(":")
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, kind or "sha256").hexdigest() == digest
    except OSError as error:
        raise unreadable(path, error) from error


def _refuse_others(images: Images, labels: Labels, expected: str, split: str, where: Path) -> None:
    """A DataError unless these are MNIST's digits."""
    came = Dataset(images=images, labels=labels, name=str(where)).hash
    if came != expected:
        raise DataError(
            f"the {split} digits in {where} are not MNIST's: expected hash {expected[:16]}…, "
            f"got {came[:16]}…; get MNIST's own files, or give the directory itself as the source"
        )
