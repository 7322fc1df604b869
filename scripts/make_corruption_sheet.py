"""Draw docs/corruptions.png: the fifteen corruptions on a digit of each class, from the embedded sample, seed 0."""

from pathlib import Path

import numpy as np

from digits.data.sources import load_dataset
from digits.evaluation.corruptions import CORRUPTIONS, corrupt
from digits.evaluation.figures.robustness import contact_sheet

FILE = Path(__file__).parent.parent / "docs" / "corruptions.png"

if __name__ == "__main__":
    sample = load_dataset("sample", "test")
    digits = sample.images[[int(np.argmax(sample.labels == digit)) for digit in range(10)]]
    contact_sheet({"clean": digits, **{name: corrupt(digits, name) for name in CORRUPTIONS}}).savefig(FILE)
    print(FILE)
