"""What a network gets wrong: confusions, digits, and how sure it was."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.evaluation.figures.style import (
    BLACK,
    BLUE,
    ORANGE,
    VERMILION,
    Figure,
    digit_grid,
    new_axes,
    new_figure,
    show_digit,
)
from digits.evaluation.metrics import wilson_interval

Confusion = Sequence[Sequence[int]]
Probabilities = npt.NDArray[np.float32]
Digits = npt.NDArray[np.uint8]


def confusion_matrix(confusion: Confusion, *, rates: bool = False, title: str = "") -> Figure:
    """The confusion matrix: rows the true digits, columns the answers; counts, or the rates of each row in %.

    Colour shows the errors alone: right answers would outshine them.
    """
    counts = np.array(confusion, dtype=float)
    values = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) if rates else counts
    errors = values.copy()
    np.fill_diagonal(errors, np.nan)
    figure = new_figure(6.2, 5.6)
    axes = figure.add_subplot()
    most = max(np.nanmax(errors), 1e-9)
    picture = axes.imshow(errors, cmap="Oranges", vmin=0, vmax=most)
    for true in range(10):
        for answer in range(10):
            value = values[true, answer]
            right = true == answer
            text = ("·" if value == 0 else f"{value:.1f}") if rates else ("·" if value == 0 else f"{value:.0f}")
            colour = "white" if not right and value > 0.6 * most else BLACK
            weight = "bold" if right else "normal"
            axes.text(answer, true, text, ha="center", va="center", fontsize=8, color=colour, weight=weight)
    axes.set_xticks(range(10))
    axes.set_yticks(range(10))
    axes.set_xlabel("answer")
    axes.set_ylabel("true digit")
    axes.set_title(title or ("Confusions, in % of each digit" if rates else "Confusions, counted"))
    figure.colorbar(picture, ax=axes, shrink=0.8, label="errors, in %" if rates else "errors")
    return figure


def confused_pairs(confusion: Confusion, *, most: int = 10) -> Figure:
    """The pairs of digits most often taken for one another, both ways told apart."""
    counts = np.array(confusion)
    pairs = [(counts[a, b] + counts[b, a], a, b) for a in range(10) for b in range(a)]
    worst = [pair for pair in sorted(pairs, reverse=True)[:most] if pair[0]]
    figure = new_figure(6, 0.36 * max(len(worst), 2) + 1.2)
    axes = new_axes(figure, title="The most confused pairs", x="errors")
    rows = np.arange(len(worst))
    there = np.array([counts[b, a] for _, a, b in worst])
    back = np.array([counts[a, b] for _, a, b in worst])
    axes.barh(rows, there, color=BLUE, label="the smaller taken for the larger")
    axes.barh(rows, back, left=there, color=ORANGE, hatch="//", edgecolor="white", label="the larger for the smaller")
    axes.set_yticks(rows, [f"{b} and {a}" for _, a, b in worst])
    axes.invert_yaxis()
    if worst:
        axes.legend(fontsize=8, frameon=False, loc="lower right")
    else:
        axes.text(0.5, 0.5, "no error at all", ha="center", transform=axes.transAxes)
    return figure


def sample_predictions(images: Digits, labels: Digits, probabilities: Probabilities, *, most: int = 10) -> Figure:
    """Digits beside the ten probabilities that the network gives them; the true digit's bar is hatched."""
    shown = min(most, len(images))
    figure = new_figure(9, 1.15 * -(-shown // 2) + 0.5)
    figure.suptitle("What the network says")
    ratios = [1, 2.4, 1, 2.4]
    grid = figure.add_gridspec(-(-shown // 2), 4, width_ratios=ratios)
    for index in range(shown):
        row, column = divmod(index, 2)
        answer = int(probabilities[index].argmax())
        right = answer == labels[index]
        title = f"{'✓' if right else '✗'} says {answer}" + ("" if right else f", is {labels[index]}")
        show_digit(
            figure.add_subplot(grid[row, 2 * column]), images[index], title=title, colour=BLACK if right else VERMILION
        )
        axes = figure.add_subplot(grid[row, 2 * column + 1])
        bars = axes.bar(range(10), 100 * probabilities[index], color=BLUE)
        bars[int(labels[index])].set(hatch="///", edgecolor="white")
        if not right:
            bars[answer].set(color=VERMILION)
        axes.set_ylim(0, 105)
        axes.set_xticks(range(10))
        axes.set_yticks([0, 50, 100])
        axes.tick_params(labelsize=7)
        axes.set_ylabel("%", fontsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def worst_errors(images: Digits, labels: Digits, probabilities: Probabilities, *, most: int = 40) -> Figure:
    """The errors that the network was surest of: its answer, how sure it was, and the given label."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    surest = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:most]
    answers = probabilities.argmax(axis=1)
    titles = [
        f"says {answers[index]} ({100 * probabilities[index].max():.0f} %)\nlabel {labels[index]}" for index in surest
    ]
    title = f"The {len(surest)} surest of the errors" if len(surest) else "No error at all"
    return digit_grid(images[surest], titles, columns=8, title=title)


def reliability(probabilities: Probabilities, labels: Digits, *, calibrated: Probabilities, bins: int = 10) -> Figure:
    """How often an answer is right, by how sure the network was, before and after temperature; the counts below."""
    figure = new_figure(5.4, 5.4)
    top, bottom = figure.subplots(2, 1, height_ratios=[3, 1], sharex=True)
    top.plot([0, 100], [0, 100], ":", color=BLACK, label="what it says is true")
    edges = np.linspace(0, 1, bins + 1)
    parts = (("before temperature", probabilities, ORANGE, "--s"), ("after", calibrated, BLUE, "-o"))
    for number, (name, given, colour, dash) in enumerate(parts):
        confidence = given.max(axis=1)
        right = given.argmax(axis=1) == labels
        found = np.clip(np.digitize(confidence, edges) - 1, 0, bins - 1)
        count = np.bincount(found, minlength=bins)
        filled = count > 0
        mean_confidence = np.bincount(found, confidence, bins)[filled] / count[filled]
        accuracy = np.bincount(found, right, bins)[filled] / count[filled]
        top.plot(100 * mean_confidence, 100 * accuracy, dash, color=colour, label=name)
        centres = 100 * (edges[:-1] + edges[1:]) / 2
        bottom.bar(centres + (number - 0.5) * 3, count, width=3, color=colour, hatch="//" if number == 0 else "")
    top.set_ylabel("of these answers right, %")
    top.set_title(f"Reliability, n = {len(labels):,}")
    top.legend(fontsize=8, frameon=False)
    bottom.set_yscale("log")
    bottom.set_ylabel("digits")
    bottom.set_xlabel("how sure the network was, %")
    for axes in (top, bottom):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def risk_coverage(calibrated: Probabilities, labels: Digits) -> Figure:
    """The share of wrong answers if the surest alone are given, over the share given (El-Yaniv & Wiener 2010)."""
    order = np.argsort(-calibrated.max(axis=1), kind="stable")
    wrong = (calibrated.argmax(axis=1) != labels)[order]
    given = np.arange(1, len(labels) + 1)
    figure = new_figure(5.4, 3.6)
    axes = new_axes(figure, title="Risk and coverage", x="of all digits answered, %", y="of these answers wrong, %")
    axes.plot(100 * given / len(labels), 100 * np.cumsum(wrong) / given, color=BLUE)
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    first = int(np.flatnonzero(wrong)[0]) if wrong.any() else len(labels)
    axes.annotate(
        f"first error after {100 * first / len(labels):.0f} %", (100 * first / len(labels), 0),
        xytext=(0, 40), textcoords="offset points", fontsize=8, ha="center", arrowprops={"arrowstyle": "->"},
    )  # fmt: skip
    return figure


def per_class(figures: Any) -> Figure:  # noqa: ANN401  (an evaluation as a JSON object)
    """Errors of each digit in %, with the 95 % Wilson interval; from an evaluation's `per_class`."""
    rows = figures["per_class"]
    missed = [round(row["n"] * (1 - row["recall"])) for row in rows]
    counts = [max(row["n"], 1) for row in rows]
    shares = np.array([100 * wrong / n for wrong, n in zip(missed, counts, strict=True)])
    intervals = 100 * np.array([wilson_interval(wrong, n) for wrong, n in zip(missed, counts, strict=True)])
    figure = new_figure(6, 3.4)
    axes = new_axes(
        figure,
        title="Errors of each digit, with 95 % intervals",
        x="digit, and how many there were",
        y="not recognised, %",
    )
    axes.bar(range(10), shares, color=BLUE, alpha=0.85)
    errors = np.stack([shares - intervals[:, 0], intervals[:, 1] - shares]).clip(0)
    axes.errorbar(range(10), shares, errors, fmt="none", color=BLACK, capsize=3)
    axes.set_xticks(range(10), [f"{row['digit']}\n{row['n']:,}" for row in rows], fontsize=8)
    return figure
