"""Networks by what they cost and what they get wrong: test error against size, and against time.

Notable choices:
- the error rate is drawn, on a logarithmic axis: from 98 to 99 % halves the errors, and should look as it does from
  99.4 to 99.7 %;
- each error has its 95 % Wilson interval, without which a hundredth of a percent looks like a difference;
- the Pareto front is a staircase: it says which error can be had for at most that cost. Who is on it is filled, who is
  beaten by a cheaper and more accurate network is hollow: readable without colours;
- a label takes the first free place around its mark, further away with a line to it where it is crowded.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product

import numpy as np
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from digits.errors import InputError
from digits.evaluation.figures.style import BLACK, BLUE, Axes, Figure, new_figure
from digits.evaluation.models import ModelFigures

DIRECTIONS = ((1, 0.6), (1, -0.6), (-1, 0.6), (-1, -0.6), (0, 1), (0, -1), (1, 0), (-1, 0))
"""Where a label may stand from its mark, the first choice first: right or left (x), above or below (y)."""

DISTANCES = (7, 18, 30, 44, 60, 80)
"""How far away, in points; from the second one on a line leads back to the mark."""


def pareto(models: Sequence[ModelFigures]) -> Figure:
    """Test error against the size of `model.onnx`, and beside it against the time for one image.

    Args:
        models: networks that are measured on MNIST's test set; others are left out.

    Raises:
        InputError: none of them is.
    """
    measured = [model for model in models if model.accuracy is not None and model.interval is not None]
    if not measured:
        raise InputError(
            "none of these models is measured on MNIST's test set; train one with: digits train --data mnist"
        )
    figure = new_figure(12, 5.4)
    left, right = figure.subplots(1, 2, sharey=True)
    counts = sorted({f"{model.n:,}" for model in measured})
    figure.suptitle(f"What accuracy costs: errors on MNIST's test set (n = {', '.join(counts)})")
    _panel(left, measured, lambda model: model.bytes, "size of model.onnx", _bytes)
    _panel(right, measured, lambda model: model.microseconds.single, "time for one image, on one thread", _microseconds)
    left.set_ylabel("test error in %, with its 95 % interval")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    left.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    left.yaxis.set_minor_formatter(NullFormatter())
    figure.supxlabel(
        "Stairs: the Pareto front. Filled: no other network is both cheaper and more accurate. "
        "Times are of the machine that drew this.",
        fontsize=8.5,
    )
    figure.draw_without_rendering()  # settles where everything is, so that the labels can look for free places
    _label(left, measured, lambda model: model.bytes, lambda model: f"{model.name}\n{model.parameters:,} parameters")
    _label(right, measured, lambda model: model.microseconds.single, lambda model: model.name)
    return figure


def front(costs: Sequence[float], errors: Sequence[float]) -> list[int]:
    """The Pareto front: indices, cheapest first, of those whom no other beats in one and equals in the other."""
    found: list[int] = []
    for index in sorted(range(len(costs)), key=lambda index: (costs[index], errors[index])):
        if not found or errors[index] < errors[found[-1]]:
            found.append(index)
    return found


def error_in_percent(model: ModelFigures) -> tuple[float, float, float]:
    """Test error in % and the ends of its interval, (error, low, high); none is drawn as half an error."""
    assert model.n
    assert model.accuracy is not None
    assert model.interval
    least = 0.5 / model.n  # a logarithmic axis has no 0
    low, high = model.interval
    return 100 * max(1 - model.accuracy, least), 100 * max(1 - high, least), 100 * max(1 - low, least)


def _panel(
    axes: Axes,
    models: Sequence[ModelFigures],
    cost: Callable[[ModelFigures], float],
    title: str,
    written: Callable[[float], str],
) -> None:
    costs, errors = [cost(model) for model in models], [error_in_percent(model) for model in models]
    best = front(costs, [error for error, _, _ in errors])
    unbeaten = {(costs[index], errors[index][0]) for index in best}  # twins of those on the front among them
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.plot(
        np.repeat([costs[index] for index in best], 2)[1:],  # to the right until the next, then down to it
        np.repeat([errors[index][0] for index in best], 2)[:-1],
        color=BLUE,
        linewidth=1.2,
        dashes=(4, 2),
        alpha=0.7,
    )
    for index, (error, low, high) in enumerate(errors):
        axes.plot([costs[index]] * 2, [low, high], "_-", color=BLUE, linewidth=1.3, markersize=6, alpha=0.6)
        axes.plot(
            costs[index],
            error,
            "o",
            color=BLUE,
            markersize=7,
            markerfacecolor=BLUE if (costs[index], error) in unbeaten else "white",
        )
    span = max(costs) / min(costs)
    room = max(
        span**0.22, (10 / span) ** 0.5
    )  # for labels; at least a factor of 10 is shown, so that little looks little
    axes.set_xlim(min(costs) / room, max(costs) * room)
    ends = [end for _, low, high in errors for end in (low, high)]
    axes.set_ylim(min(ends) / 1.35, max(ends) * 1.35)
    axes.set_xlabel(title)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if span < 300 else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)


def _label(
    axes: Axes,
    models: Sequence[ModelFigures],
    cost: Callable[[ModelFigures], float],
    text: Callable[[ModelFigures], str],
) -> None:
    """Write each network's label where it covers neither a mark, nor an interval, nor the stairs, nor another label."""
    stairs, *marks = axes.lines
    corners = axes.transData.transform(stairs.get_xydata())
    taken = [Bbox([np.minimum(one, other), np.maximum(one, other)]).padded(1) for one, other in pairwise(corners)]
    taken += [mark.get_window_extent() for mark in marks]
    for model in sorted(models, key=cost):
        chosen: Annotation | None = None
        least = np.inf
        for label in _candidates(axes, text(model), (cost(model), error_in_percent(model)[0])):
            covered = _covered(label, taken, axes.get_window_extent())
            if covered >= least:
                label.remove()
                continue
            if chosen:
                chosen.remove()
            chosen, least = label, covered
            if covered == 0:
                break
        assert chosen
        taken.append(_extent(chosen))


def _candidates(axes: Axes, text: str, point: tuple[float, float]) -> Iterator[Annotation]:
    leader = {"arrowstyle": "-", "color": BLACK, "alpha": 0.4, "linewidth": 0.7, "shrinkB": 4}
    for distance, (right, up) in product(DISTANCES, DIRECTIONS):
        label = axes.annotate(
            text,
            point,
            xytext=(distance * right, distance * up),
            textcoords="offset points",
            fontsize=8.5,
            linespacing=1.1,
            horizontalalignment={1: "left", 0: "center", -1: "right"}[right],
            verticalalignment="bottom" if up > 0 else "top" if up < 0 else "center",
            arrowprops=leader if distance > DISTANCES[0] else None,
        )
        label.set_in_layout(False)  # the axes stay where they were when the place was chosen
        yield label


def _covered(label: Annotation, taken: Sequence[Bbox], inside: Bbox) -> float:
    """How many square pixels of other things, and of what is outside the axes, a label covers."""
    box = _extent(label)
    overlaps = [Bbox.intersection(box, other) for other in taken]
    within = Bbox.intersection(box, inside)
    outside = box.width * box.height - (within.width * within.height if within else 0)
    return outside + sum(max(overlap.width * overlap.height, 1.0) for overlap in overlaps if overlap)


def _extent(label: Annotation) -> Bbox:
    """The rectangle of a label's text alone, without its line, in pixels."""
    label.get_window_extent()  # settles where the text is; its own answer has the line in it
    return Text.get_window_extent(label).padded(1.5)


def _bytes(value: float) -> str:
    return f"{value / 1e6:g} MB" if value >= 1e6 else f"{value / 1e3:g} kB"


def _microseconds(value: float) -> str:
    return f"{value / 1e3:g} ms" if value >= 1e3 else f"{value:g} µs"
