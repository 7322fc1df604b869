"""Make src/digits/data/mnist_fingerprint.npz, by which `digits explore` recognises MNIST's digits.

    python scripts/make_mnist_fingerprint.py [--data-dir DIR]

The hashes of every 32nd of MNIST's training and test digits (`Dataset.fingerprint`), from MNIST's own files: those in
DIR or DIGITS_DATA_DIR, else downloaded. The same bytes come out every time.
"""

import argparse
import hashlib
from pathlib import Path

from digits.data.npz import write_arrays
from digits.data.recognise import FINGERPRINT_FILE
from digits.data.sources import load_dataset

TARGET = Path(__file__).resolve().parents[1] / "src/digits/data" / FINGERPRINT_FILE


def main() -> None:
    """Make the file, say what it holds."""
    parser = argparse.ArgumentParser(description="Make the fingerprints of MNIST that ship with the package.")
    parser.add_argument("--data-dir", type=Path, help="directory with MNIST's files [DIGITS_DATA_DIR, else download]")
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()

    parts = {split: load_dataset("mnist", split, data_dir=options.data_dir) for split in ("train", "test")}
    write_arrays(options.out, {split: part.fingerprint for split, part in parts.items()})
    content = options.out.read_bytes()
    print(f"{options.out}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")
    for split, part in parts.items():
        print(f"{split}: {len(part.fingerprint):,} of {len(part):,} digits, {part.hash}")


if __name__ == "__main__":
    main()
