"""What a comparison found: groups of networks, and how each differs from the first. Plain data, ready for JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["better", "worse", "undecided"]
"""What is said of the first of two, at the 95 % level."""

Test = Literal["mcnemar", "welch"]


@dataclass(frozen=True, kw_only=True)
class Network:
    """How one network does; `interval` is the 95 % Wilson interval of its accuracy."""

    model: str
    seed: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    seen_in_training: bool | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Networks that differ in their seed only, or a single one.

    Attributes:
        name: of a single network its own, else `<recipe>-<training digits>`.
        networks: one for each seed.
        accuracy: their mean.
        sd: standard deviation over the seeds; None for a single network.
        interval: 95 % interval: Wilson's for a single network (how it would do on more such digits), the t interval of
            the mean for several (how other seeds would do on these digits); None where the seeds do not vary.
    """

    name: str
    networks: tuple[Network, ...]
    accuracy: float
    sd: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A digit to which two networks give different answers; `index` counts from 0."""

    index: int
    label: int
    answer_a: int
    confidence_a: float
    answer_b: int
    confidence_b: float


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One comparison: A, the first group, with another, B.

    Attributes:
        a, b: the groups' names.
        test: `mcnemar`, `welch`, or None where no test could be made.
        difference: accuracy of A minus accuracy of B.
        interval: its 95 % interval, for this comparison alone.
        p_value, adjusted_p_value: as tested, and after Holm's correction for all comparisons made.
        verdict: whether A is `better`, `worse`, or this is `undecided`, at the 95 % level.
        sentence: the verdict in words, with its numbers.
        caveat: what it does not say.
        network_a, network_b: whose answers the following is about: the first network of each group.
        both_right, only_a, only_b, both_wrong: counts of digits.
        disagreements: the digits to which these two give different answers.
    """

    a: str
    b: str
    test: Test | None
    difference: float
    interval: tuple[float, float] | None
    p_value: float | None
    adjusted_p_value: float | None
    verdict: Verdict
    sentence: str
    caveat: str
    network_a: str
    network_b: str
    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Groups of networks on the same `n` digits; `notes` are sentences that concern all of them."""

    data: str
    split: str
    n: int
    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """A JSON object with these keys; each `interval` is `[low, high]` or null."""
        return asdict(self)
