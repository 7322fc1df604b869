"""Two networks or more side by side: their accuracies with intervals, and the digits on which two disagree.

Notable choices:
- the intervals of two networks on the same digits may overlap though the difference is real, so the difference has an
  interval and a panel of its own;
- who is right is said by a mark (✓ or ✗) and a heading as well as by colour;
- of many disagreements, those are drawn on which both networks are surest: they teach the most.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from digits.evaluation.comparison import Comparison, Disagreement, Group, Pair
from digits.evaluation.figures.style import BLACK, BLUE, VERMILION, new_figure, show_digit

COLUMNS = 10
"""Digits in a row."""

PER_PART = 20
"""Digits at the most in each part: only A right, only B right, both wrong."""

_RESTS_ON = {
    frozenset({False}): "(how it would do on more such digits)",
    frozenset({True}): "(of the mean over seeds; circles: the seeds)",
    frozenset({False, True}): "(of one network: over digits; of several: of their mean over seeds)",
}
"""What the intervals of single networks, of groups, and of both beside each other are about."""


def accuracies(comparison: Comparison) -> Figure:
    """Each group's accuracy with its 95 % interval and its seeds, and beside it the difference from the first."""
    groups = comparison.groups
    figure = new_figure(10, 1.7 + 0.5 * len(groups))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.15, 1))
    figure.suptitle(f"Accuracy on the same digits: {comparison.data}, {comparison.split}, n = {comparison.n:,}")
    for row, group in enumerate(groups):
        _accuracy_row(left, row, group)
    right.axvline(0, color=BLACK, linewidth=1)
    right.annotate("0: the first itself", (0, 0), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8)
    for row, pair in enumerate(comparison.pairs, start=1):
        _difference_row(right, row, pair)
    left.set_yticks(range(len(groups)), [_label(group) for group in groups])
    left.set_ylim(len(groups) - 0.4, -0.6)  # the first on top
    counts = {len(group.networks) > 1 for group in groups}
    left.set_xlabel(f"accuracy in %, with its 95 % interval\n{_RESTS_ON[frozenset(counts)]}")
    level = "after Holm's correction" if len(comparison.pairs) > 1 else "at the 95 % level"
    right.set_xlabel(f"percentage points more than {groups[0].name}\n(filled: a real difference, {level})")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
        axes.margins(x=0.12)
        axes.ticklabel_format(axis="x", useOffset=False)
    ends = [end for pair in comparison.pairs for end in (pair.difference, *(pair.interval or ()))]
    reach = 140 * max(abs(end) for end in ends) or 1
    right.set_xlim(-reach, reach)
    return figure


def disagreements(pair: Pair, images: npt.NDArray[np.uint8]) -> Figure:
    """The digits on which the two networks of a pair disagree: what they are, and what each says, ✓ or ✗.

    Args:
        pair: one comparison.
        images: uint8 (n, 28, 28), the digits that both were asked about, in their order.
    """
    only_a = [one for one in pair.disagreements if one.answer_a == one.label]
    only_b = [one for one in pair.disagreements if one.answer_b == one.label]
    neither = [one for one in pair.disagreements if one.label not in (one.answer_a, one.answer_b)]
    parts = [
        (rows, heading, colour)
        for rows, heading, colour in (
            (only_a, "✓ A alone is right", BLUE),
            (only_b, "✓ B alone is right", VERMILION),
            (neither, "both are wrong, each in its own way", BLACK),
        )
        if rows
    ]
    heights = [0.45 + 1.45 * -(-min(len(rows), PER_PART) // COLUMNS) for rows, _, _ in parts]
    figure = new_figure(1.12 * COLUMNS, 1.0 + sum(heights))
    figure.suptitle(
        f"A = {pair.network_a}\nB = {pair.network_b}\n"
        f"They disagree on {len(pair.disagreements):,} of {len(images):,} digits",
        fontsize=11,
    )
    if parts:
        subfigures = figure.subfigures(len(parts), 1, squeeze=False, height_ratios=heights)
        for subfigure, (rows, heading, colour) in zip(subfigures.ravel(), parts, strict=True):
            _part(subfigure, rows, heading, colour, images)
    return figure


def _part(
    figure: SubFigure, rows: Sequence[Disagreement], heading: str, colour: str, images: npt.NDArray[np.uint8]
) -> None:
    shown = sorted(rows, key=lambda one: one.confidence_a + one.confidence_b, reverse=True)[:PER_PART]
    count = f"{len(rows):,} digit{'s' if len(rows) != 1 else ''}"
    if len(shown) < len(rows):
        count += f", of which the {len(shown)} on which they are surest"
    figure.suptitle(f"{heading}: {count}", fontsize=10, color=colour, fontweight="bold")
    all_axes = figure.subplots(-(-len(shown) // COLUMNS), COLUMNS, squeeze=False).ravel()
    for axes in all_axes[len(shown) :]:
        axes.set_axis_off()
    for axes, one in zip(all_axes, shown, strict=False):
        show_digit(
            axes,
            images[one.index],
            title=f"is a {one.label}\n{_said('A', one.answer_a, one.confidence_a, one.label)}\n"
            f"{_said('B', one.answer_b, one.confidence_b, one.label)}",
            colour=colour,
        )


def _said(name: str, answer: int, confidence: float, label: int) -> str:
    return f"{name}: {answer} {'✓' if answer == label else '✗'} {100 * confidence:.0f} %"


def _label(group: Group) -> str:
    return group.name if len(group.networks) == 1 else f"{group.name}\n({len(group.networks)} seeds)"


def _accuracy_row(axes: Axes, row: int, group: Group) -> None:
    if len(group.networks) > 1:
        axes.plot(
            [100 * network.accuracy for network in group.networks],
            [row + 0.18] * len(group.networks),
            "o", markersize=4, markerfacecolor="none", markeredgecolor=BLUE,
        )  # fmt: skip
    _estimate(axes, row, 100 * group.accuracy, group.interval, filled=True)
    _text(
        axes,
        row,
        100 * group.accuracy,
        f"{100 * group.accuracy:.2f}" + ("" if group.sd is None else f" ± {100 * group.sd:.2f} (sd)"),
    )


def _difference_row(axes: Axes, row: int, pair: Pair) -> None:
    interval = pair.interval and (-pair.interval[1], -pair.interval[0])  # seen from B: how much it has more
    _estimate(axes, row, -100 * pair.difference, interval, filled=pair.verdict != "undecided")
    words = {"better": "worse", "worse": "better", "undecided": "undecided"}[pair.verdict]
    _text(axes, row, -100 * pair.difference, f"{-100 * pair.difference:+.2f}: {words}".replace("-", "−"))


def _estimate(axes: Axes, row: int, value: float, interval: tuple[float, float] | None, *, filled: bool) -> None:
    if interval:
        axes.plot([100 * end for end in interval], [row, row], "|-", color=BLUE, linewidth=2, markersize=8)
    axes.plot(value, row, "D", markersize=7, color=BLUE, markerfacecolor=BLUE if filled else "white")


def _text(axes: Axes, row: int, value: float, text: str) -> None:
    axes.annotate(text, (value, row), xytext=(0, 8), textcoords="offset points", ha="center", fontsize=8,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )  # fmt: skip
