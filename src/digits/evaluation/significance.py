"""Is a difference of accuracies more than chance? Tests and intervals on arrays, all two-sided and at 95 %. No I/O.

Notable choices:
- two networks on the same digits are paired data: only the digits that one has right and the other wrong tell them
  apart. McNemar's test (1947) in its exact, binomial form; the interval is Newcombe's score interval for paired
  proportions (1998, Statistics in Medicine 17, 2635–2650, method 10), which stays inside [-1, 1] and behaves near 100 %
  where the textbook (Wald) interval does not. Test and interval are made in different ways and may disagree at the
  very border; the test decides;
- several seeds of a recipe are independent draws of one accuracy: Welch's t-test (1947), which assumes no equal
  spread. It is unpaired even where both recipes used the same seeds: seed 3 starts two different networks in two
  different places. What the same seeds do share, the order of the digits, could at most make their accuracies go
  together, and then this test is too careful, not too bold;
- several comparisons are held together by Holm's correction (1979).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from digits.errors import InputError, MissingExtraError
from digits.evaluation.metrics import wilson_interval

try:
    from scipy.stats import binomtest
    from scipy.stats import t as student_t
except ImportError as error:
    raise MissingExtraError(
        f"comparing needs SciPy ({error}); install it with: pip install 'handwritten-digits[train]'"
    ) from error

LEVEL = 0.05
"""The chance of calling a difference real where there is none."""


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Two networks on the same digits.

    Attributes:
        both_right, only_a, only_b, both_wrong: counts of digits.
        difference: accuracy of A minus accuracy of B, -1 to 1.
        interval: its 95 % interval (low, high), Newcombe's method 10.
        p_value: of the exact binomial test that `only_a` and `only_b` are equally likely; 1 if both are 0.
    """

    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    difference: float
    interval: tuple[float, float]
    p_value: float
    name: Literal["mcnemar"] = "mcnemar"

    @property
    def n(self) -> int:
        """How many digits there are."""
        return self.both_right + self.only_a + self.only_b + self.both_wrong


@dataclass(frozen=True, kw_only=True)
class Welch:
    """Two groups of accuracies, one for each seed.

    Attributes:
        difference: mean of A minus mean of B.
        interval: its 95 % interval (low, high), inside [-1, 1].
        degrees_of_freedom: Welch–Satterthwaite.
        p_value: of the test that the two means are equal.
    """

    difference: float
    interval: tuple[float, float]
    degrees_of_freedom: float
    p_value: float
    name: Literal["welch"] = "welch"


def mcnemar(correct_a: npt.NDArray[np.bool_], correct_b: npt.NDArray[np.bool_]) -> McNemar:
    """Compare two networks by which digits they have right: bool (n,) each, the same n > 0 digits in the same order.

    Raises:
        InputError: the two are not about the same number of digits, or about none.
    """
    if correct_a.shape != correct_b.shape or correct_a.ndim != 1 or len(correct_a) == 0:
        raise InputError(
            f"a comparison needs the answers to the very same digits, bool (n,); got {correct_a.shape} "
            f"and {correct_b.shape}; score both networks on one Dataset"
        )
    both_right = int(np.sum(correct_a & correct_b))
    only_a = int(np.sum(correct_a & ~correct_b))
    only_b = int(np.sum(~correct_a & correct_b))
    both_wrong = len(correct_a) - both_right - only_a - only_b
    told_apart = only_a + only_b
    return McNemar(
        both_right=both_right,
        only_a=only_a,
        only_b=only_b,
        both_wrong=both_wrong,
        difference=(only_a - only_b) / len(correct_a),
        interval=newcombe_interval(both_right, only_a, only_b, both_wrong),
        p_value=float(binomtest(only_a, told_apart, 0.5).pvalue) if told_apart else 1.0,
    )


def newcombe_interval(both: int, only_a: int, only_b: int, neither: int) -> tuple[float, float]:
    """95 % interval of the difference of two paired proportions, from the four counts (their sum n > 0).

    Newcombe 1998, method 10: the Wilson intervals of the two, squared and added, with their correlation.
    """
    n = both + only_a + only_b + neither
    count_a, count_b = both + only_a, both + only_b
    share_a, share_b = count_a / n, count_b / n
    low_a, high_a = wilson_interval(count_a, n)
    low_b, high_b = wilson_interval(count_b, n)
    margins = count_a * (n - count_a) * count_b * (n - count_b)
    cross = both * neither - only_a * only_b
    correlation = (max(cross - n / 2, 0) if cross > 0 else cross) / math.sqrt(margins) if margins else 0.0

    def distance(to_a: float, to_b: float) -> float:
        return math.sqrt(max(to_a**2 - 2 * correlation * to_a * to_b + to_b**2, 0.0))

    difference = (only_a - only_b) / n
    return (
        max(difference - distance(share_a - low_a, high_b - share_b), -1.0),
        min(difference + distance(high_a - share_a, share_b - low_b), 1.0),
    )


def welch(accuracies_a: Sequence[float], accuracies_b: Sequence[float]) -> Welch | None:
    """Compare the mean accuracies of two groups of seeds; None if there is nothing to judge their spread by.

    Each accuracy, 0 to 1, is that of one seed. With fewer than two in a group, or where they vary in neither, no test
    can be made.
    """
    groups = [np.asarray(accuracies, np.float64) for accuracies in (accuracies_a, accuracies_b)]
    if min(len(group) for group in groups) < 2 or all(np.ptp(group) == 0 for group in groups):
        return None
    variances = [float(np.var(group, ddof=1)) / len(group) for group in groups]  # of the two means
    error = math.sqrt(sum(variances))
    freedom = sum(variances) ** 2 / sum(
        variance**2 / (len(group) - 1) for variance, group in zip(variances, groups, strict=True)
    )
    difference = float(groups[0].mean() - groups[1].mean())
    reach = float(student_t.ppf(1 - LEVEL / 2, freedom)) * error
    return Welch(
        difference=difference,
        interval=(max(difference - reach, -1.0), min(difference + reach, 1.0)),
        degrees_of_freedom=freedom,
        p_value=float(2 * student_t.sf(abs(difference) / error, freedom)),
    )


def mean_interval(accuracies: Sequence[float]) -> tuple[float, float] | None:
    """95 % t interval (low, high) of a mean accuracy, inside [0, 1]; None for fewer than 2, or if they do not vary."""
    values = np.asarray(accuracies, np.float64)
    if len(values) < 2 or np.ptp(values) == 0:
        return None
    mean = float(values.mean())
    reach = float(student_t.ppf(1 - LEVEL / 2, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values)))
    return max(mean - reach, 0.0), min(mean + reach, 1.0)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given: held against 5 %, they keep the chance of any false claim below."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted
