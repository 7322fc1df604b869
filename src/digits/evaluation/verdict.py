"""The words of a comparison: a plain sentence, what it does not say, and what concerns all of them. No I/O."""

from collections.abc import Sequence

from digits.evaluation.comparison import Group, Verdict
from digits.evaluation.significance import LEVEL, McNemar, Welch


def decide(difference: float, p_value: float | None) -> Verdict:
    """Whether the first of two is better, worse, or this is undecided; None is a test that could not be made."""
    if p_value is None or p_value >= LEVEL:
        return "undecided"
    return "better" if difference > 0 else "worse"


def sentence(
    verdict: Verdict,
    groups: tuple[Group, Group],
    counts: McNemar,
    test: McNemar | Welch | None,
    adjusted: float | None,
) -> str:
    """The verdict in words, with its numbers and what they rest on; `adjusted` is the p-value that decided."""
    a, b = groups
    head = (
        f"There is not enough evidence to say which is better, {a.name} or {b.name}"
        if verdict == "undecided"
        else f"{a.name} is {verdict} than {b.name}"
    )
    seeds = len(a.networks), len(b.networks)
    means = "" if seeds == (1, 1) else f" (means of {_seeds(seeds[0])} and {_seeds(seeds[1])})"
    text = (
        f"{head}: {100 * a.accuracy:.2f} % against {100 * b.accuracy:.2f} % of the same {counts.n:,} digits{means}, "
        f"a difference of {points(a.accuracy - b.accuracy)} points"
    )
    if test is None or adjusted is None:
        return f"{text}; no test can be made, {_why_not(groups)}."
    p_value = _p(test.p_value) + (f", after Holm's correction {_p(adjusted)}" if adjusted != test.p_value else "")
    low, high = test.interval
    text += f" (95 % interval {points(low)} to {points(high)})."
    if isinstance(test, McNemar):
        return (
            f"{text} It rests on the {test.only_a + test.only_b:,} that one of the two alone has right: "
            f"the first {test.only_a:,}, the second {test.only_b:,} (McNemar's exact test, {p_value})."
        )
    return f"{text} It rests on how much the seeds vary (Welch's t-test, {p_value})."


def caveat(test: McNemar | Welch | None) -> str:
    """What the sentence does not say."""
    if isinstance(test, McNemar):
        return "This is about these two networks, one seed each: other seeds of their recipes may turn out otherwise."
    if test is None:
        return "Without a test, these are figures of these networks on these digits and no more."
    return "This is about these very digits, whichever seed is trained: on other digits the difference may be another."


def notes(*, comparisons: int, seen: Sequence[str]) -> tuple[str, ...]:
    """Sentences for all comparisons: of several at once, and of networks that trained on these digits (`seen`)."""
    found = []
    if comparisons > 1:
        found.append(
            f"{comparisons} comparisons are made at once, and Holm's correction makes their p-values larger, so that "
            "the chance of even one false claim stays below 5 %. The verdicts rest on that; each interval stands for "
            "itself."
        )
    if seen:
        verb = "was" if len(seen) == 1 else "were"
        found.append(
            f"{', '.join(seen)} {verb} trained on digits among these: that accuracy is no measure of unseen digits."
        )
    return tuple(found)


def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign: `+0.25`."""
    return f"{100 * share:+.2f}".replace("-", "\N{MINUS SIGN}")


def _p(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"


def _why_not(groups: tuple[Group, Group]) -> str:
    single = next((group.name for group in groups if len(group.networks) == 1), None)
    if single:
        return f"because one seed of {single} does not tell how much its seeds vary: train more of them"
    return "because the seeds vary in neither: compare them on more digits"
