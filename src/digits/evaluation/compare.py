"""Networks on the very same digits → is the difference between them real? No I/O.

Notable choices:
- runs that differ in their seed only are one group: a comparison of groups is about recipes (Welch's test on the
  accuracies of the seeds), one of single runs is about these networks (McNemar's test on their digits). Where all runs
  are of one recipe, each stands for itself;
- one run against a group is not tested: a single accuracy does not tell how much the seeds of its recipe vary;
- every group is compared with the first. Holm's correction holds several comparisons together, and the verdict rests
  on the corrected p-value.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from digits.errors import InputError
from digits.evaluation import significance, verdict
from digits.evaluation.answers import Answers
from digits.evaluation.comparison import Comparison, Disagreement, Group, Network, Pair
from digits.evaluation.metrics import wilson_interval


def compare(answers: Sequence[Answers]) -> Comparison:
    """Compare the answers of two networks or more to the very same digits.

    Raises:
        InputError: fewer than two, answers to different digits, or one seed of a recipe twice among others.
    """
    if len(answers) < 2:
        raise InputError(f"a comparison needs the answers of two networks or more, got {len(answers)}")
    first = answers[0]
    for other in answers[1:]:
        if other.digits_hash != first.digits_hash or len(other.labels) != len(first.labels):
            raise InputError(
                f"a comparison needs the very same digits: {first.model} was asked about {first.data}, {first.split} "
                f"(n = {len(first.labels):,}), {other.model} about {other.data}, {other.split} "
                f"(n = {len(other.labels):,}); ask both about one Dataset"
            )
    members = _grouped(answers)
    groups = tuple(_group(group, name) for group, name in zip(members, _names(members), strict=True))
    tests = [_test(members[0], others) for others in members[1:]]
    made = [test.p_value for test in tests if test]
    adjusted = iter(significance.holm(made))
    pairs = tuple(
        _pair((groups[0], group), (members[0][0], others[0]), test, next(adjusted) if test else None)
        for group, others, test in zip(groups[1:], members[1:], tests, strict=True)
    )
    seen = [network.model for group in groups for network in group.networks if network.seen_in_training]
    return Comparison(
        data=first.data,
        split=first.split,
        n=len(first.labels),
        groups=groups,
        pairs=pairs,
        notes=verdict.notes(comparisons=len(made), seen=seen),
    )


def _grouped(answers: Sequence[Answers]) -> list[list[Answers]]:
    """Networks that differ in their seed only, together, in the order in which each recipe first comes."""
    by_setup: dict[str, list[Answers]] = {}
    for one in answers:
        by_setup.setdefault(one.setup, []).append(one)
    if len(by_setup) == 1:
        return [[one] for one in answers]
    for group in by_setup.values():
        seeds = {one.seed: one for one in reversed(group)}
        again = next((one for one in group if seeds[one.seed] is not one), None)
        if again:
            raise InputError(
                f"{seeds[again.seed].model} and {again.model} are the same recipe, digits and seed ({again.seed}), "
                "which would count one seed twice; leave one of them out"
            )
    return [sorted(group, key=lambda one: one.seed) for group in by_setup.values()]


def _names(members: Sequence[Sequence[Answers]]) -> list[str]:
    names = [group[0].model if len(group) == 1 else f"{group[0].recipe}-{group[0].trained_on}" for group in members]
    shared = Counter(names)
    return [
        name if shared[name] == 1 else f"{name} ({group[0].model} …)"
        for name, group in zip(names, members, strict=True)
    ]


def _group(members: Sequence[Answers], name: str) -> Group:
    n = len(members[0].labels)
    networks = tuple(
        Network(
            model=one.model,
            seed=one.seed,
            correct=int(one.correct.sum()),
            accuracy=int(one.correct.sum()) / n,
            interval=wilson_interval(int(one.correct.sum()), n),
            seen_in_training=one.seen_in_training,
        )
        for one in members
    )
    accuracies = [network.accuracy for network in networks]
    single = len(networks) == 1
    return Group(
        name=name,
        networks=networks,
        accuracy=float(np.mean(accuracies)),
        sd=None if single else float(np.std(accuracies, ddof=1)),
        interval=networks[0].interval if single else significance.mean_interval(accuracies),
    )


def _test(
    members_a: Sequence[Answers], members_b: Sequence[Answers]
) -> significance.McNemar | significance.Welch | None:
    if len(members_a) == len(members_b) == 1:
        return significance.mcnemar(members_a[0].correct, members_b[0].correct)
    return significance.welch(*([float(one.correct.mean()) for one in members] for members in (members_a, members_b)))


def _pair(
    groups: tuple[Group, Group],
    networks: tuple[Answers, Answers],
    test: significance.McNemar | significance.Welch | None,
    adjusted: float | None,
) -> Pair:
    a, b = networks
    counts = significance.mcnemar(a.correct, b.correct)
    difference = test.difference if test else groups[0].accuracy - groups[1].accuracy
    decided = verdict.decide(difference, adjusted)
    return Pair(
        a=groups[0].name,
        b=groups[1].name,
        test=test.name if test else None,
        difference=difference,
        interval=test.interval if test else None,
        p_value=test.p_value if test else None,
        adjusted_p_value=adjusted,
        verdict=decided,
        sentence=verdict.sentence(decided, groups, counts, test, adjusted),
        caveat=verdict.caveat(test),
        network_a=a.model,
        network_b=b.model,
        both_right=counts.both_right,
        only_a=counts.only_a,
        only_b=counts.only_b,
        both_wrong=counts.both_wrong,
        disagreements=_disagreements(a, b),
    )


def _disagreements(a: Answers, b: Answers) -> tuple[Disagreement, ...]:
    return tuple(
        Disagreement(
            index=int(index),
            label=int(a.labels[index]),
            answer_a=int(a.answers[index]),
            confidence_a=float(a.confidences[index]),
            answer_b=int(b.answers[index]),
            confidence_b=float(b.confidences[index]),
        )
        for index in np.flatnonzero(a.answers != b.answers)
    )
