"""Test labels of MNIST that people have judged wrong: a second, corrected truth to score against. Never the first one.

Northcutt, Athalye & Mueller 2021, "Pervasive Label Errors in Test Sets Destabilize Machine Learning Benchmarks"
(arXiv:2103.14749), had networks pick the test digits whose label they doubt most and showed each to five people, who
chose between the given label, the networks' guess, both, and neither. Their votes are public: `mturk/mnist_mturk.json`
of https://github.com/cleanlab/label-errors. The tables below are what one rule makes of those votes:

- *corrected*: at least three of the five chose the guess, and more than chose the given label: 10 digits;
- *undecidable*: at least three of the five said neither; such a digit is left out of the corrected score: 3 digits;
- all others keep the label that they have, the two digits among them on which the five were divided.

Notable choices:
- five people can agree and be wrong (look at 3558 and 5937); nothing is added to their votes, and nothing left out;
- the plain score always comes first, because every published figure is one; the corrected one is named so;
- nothing is trained or selected on corrected labels;
- they are given to MNIST's test set alone, known by its hash: in any other order the indices mean other digits.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset, Labels
from digits.data.published import MNIST_TEST_HASH

CORRECTED = {
    947: 9,  # given: 8; votes for given, guess, neither: 0, 5, 0
    1621: 6,  # given: 0; 2, 3, 0
    1901: 4,  # given: 9; 2, 3, 0
    2462: 0,  # given: 2; 0, 4, 1
    2597: 3,  # given: 5; 0, 4, 1
    3558: 0,  # given: 5; 1, 4, 0
    5937: 3,  # given: 5; 1, 3, 1
    6651: 6,  # given: 0; 0, 5, 0
    6783: 6,  # given: 1; 2, 3, 0
    9729: 6,  # given: 5; 2, 3, 0
}
"""Index in MNIST's test set, from 0 → the label on which people agreed."""

UNDECIDABLE = (
    2654,  # given: 6; 0, 2, 3
    3520,  # given: 6; 2, 0, 3
    9679,  # given: 6; 2, 0, 3
)
"""Indices in MNIST's test set, from 0, of digits in which most people saw neither label."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Corrections:
    """A Dataset's labels as people have corrected them.

    Attributes:
        labels: uint8 (n,), 0 to 9, in the Dataset's order.
        decidable: bool (n,), which digits count.
    """

    labels: Labels
    decidable: npt.NDArray[np.bool_]


def corrections_of(dataset: Dataset) -> Corrections | None:
    """The corrected labels of MNIST's test set; None for any other digits."""
    if dataset.hash != MNIST_TEST_HASH:
        return None
    labels, decidable = dataset.labels.copy(), np.ones(len(dataset), dtype=np.bool_)
    labels[list(CORRECTED)] = list(CORRECTED.values())
    decidable[list(UNDECIDABLE)] = False
    return Corrections(labels=labels, decidable=decidable)
