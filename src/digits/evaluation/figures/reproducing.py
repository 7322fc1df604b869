"""The reproduced projects: what each reported, and what we measure for its network.

Notable choices:
- training and test accuracy have a panel each, on one scale, so that the gap between them can be seen;
- the protocols differ in the shape and the fill of their marks, the reported figure is a long upright bar with its
  number: the figure reads in black and white.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from digits.evaluation.figures.style import BLACK, BLUE, GREEN, VERMILION, new_figure
from digits.evaluation.reported import PROTOCOLS, REPORTED, ProtocolName
from digits.evaluation.reproduction import Reproduction, Row, Spread

MARKS: dict[ProtocolName, tuple[str, str, bool]] = {
    "own": ("o", BLUE, True),
    "honest": ("s", GREEN, False),
    "kaggle": ("D", BLUE, True),
}
"""Of each protocol: the shape of its mark, its colour, and whether it is filled."""


def reproduction(found: Reproduction) -> Figure:
    """Each recipe's training and test accuracy, mean with 95 % interval and the seeds, beside the reported ones."""
    recipes = list(dict.fromkeys(row.recipe for row in found.rows))
    figure = new_figure(11, 1.9 + 0.75 * len(recipes))
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    figure.suptitle("What the classic projects reported, and what their networks do")
    for axes, title in ((left, "on the training digits"), (right, "on the test digits")):
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("accuracy in %")
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
    for place, recipe in enumerate(recipes):
        rows = [row for row in found.rows if row.recipe == recipe]
        for row, offset in zip(rows, _offsets(len(rows)), strict=True):
            _draw(left, place + offset, row, row.training, [score.training for score in row.scores])
            _draw(right, place + offset, row, *_held_back(row))
        _draw_reported(left, place, rows[0].reported.training)
        _draw_reported(right, place, rows[0].reported.validation or rows[0].reported.test)
        if place % 2:
            for axes in (left, right):
                axes.axhspan(place - 0.55, place + 0.45, color=BLACK, alpha=0.04, linewidth=0)
    left.set_yticks(range(len(recipes)), [_label(recipe) for recipe in recipes])
    left.set_ylim(len(recipes) - 0.4, -0.6)  # the first on top
    left.ticklabel_format(axis="x", useOffset=False)
    left.margins(x=0.06)
    figure.legend(handles=_legend(found.rows), loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _offsets(count: int) -> tuple[float, ...]:
    return (0.0,) if count == 1 else (-0.14, 0.22)


def _label(recipe: str) -> str:
    return f"{recipe}\n(right: validation)" if REPORTED[recipe].validation else recipe


def _held_back(row: Row) -> tuple[Spread, list[float]]:
    """The test accuracy; the validation accuracy where that is what the project reported."""
    validation = [score.validation for score in row.scores if score.validation is not None]
    if row.reported.validation and row.validation:
        return row.validation, validation
    return row.test, [score.test for score in row.scores]


def _draw(axes: Axes, y: float, row: Row, found: Spread, values: Sequence[float]) -> None:
    shape, colour, filled = MARKS[row.protocol]
    axes.plot([100 * value for value in values], [y] * len(values), "|", color=colour, markersize=5, alpha=0.6)
    if found.interval:
        axes.plot([100 * end for end in found.interval], [y, y], "-", color=colour, linewidth=2)
    axes.plot(
        100 * found.mean, y, shape, color=colour, markersize=6, markerfacecolor=colour if filled else "white"
    )  # fmt: skip
    axes.annotate(
        f"{100 * found.mean:.2f}" + ("" if found.sd is None else f" ± {100 * found.sd:.2f}"),
        (100 * max(found.mean, found.interval[1] if found.interval else 0), y),
        xytext=(7, 0), textcoords="offset points", va="center", fontsize=7.5, color=colour,
    )  # fmt: skip


def _draw_reported(axes: Axes, place: int, reported: float | None) -> None:
    if reported is None:
        return
    axes.plot([100 * reported] * 2, [place - 0.34, place + 0.42], color=VERMILION, linewidth=2.2, dashes=(2.5, 1))
    axes.annotate(
        f"{100 * reported:.4g}", (100 * reported, place - 0.34), xytext=(0, 1), textcoords="offset points",
        ha="center", va="bottom", fontsize=8, color=VERMILION, fontweight="bold",
    )  # fmt: skip


def _legend(rows: Sequence[Row]) -> list[Line2D]:
    handles = [
        Line2D(
            [], [], linewidth=2, marker=MARKS[name][0], color=MARKS[name][1],
            markerfacecolor=MARKS[name][1] if MARKS[name][2] else "white", label=f"ours, {PROTOCOLS[name].title}",
        )
        for name in PROTOCOLS
        if any(row.protocol == name for row in rows)
    ]  # fmt: skip
    seeds = max(len(row.scores) for row in rows)
    return [
        Line2D([], [], color=VERMILION, linewidth=2.2, dashes=(2.5, 1), label="reported by the project"),
        *handles,
        Line2D([], [], color=BLACK, linestyle="none", marker="|", label=f"one seed of {seeds}; bars: 95 % of the mean"),
    ]
