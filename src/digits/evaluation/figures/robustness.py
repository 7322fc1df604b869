"""How sturdy a network is: the fifteen corruptions, what they look like, the sweeps and the attacks.

Notable choices:
- a bar has beside it the first digit, as the network saw it; digits are drawn on the whole range from paper to ink, so
  that a lightened digit looks lightened;
- corruptions that resemble a training augmentation have hatched bars: black and white will do;
- the fifteen keep the paper's order, so that two cards can be laid side by side; each bar has its number.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Patch

from digits.evaluation.figures.style import BLACK, BLUE, SKY, VERMILION, Axes, Figure, new_axes, new_figure
from digits.evaluation.robustness import Robustness, Score, SweepScores

Image = npt.NDArray[np.uint8]

EXAMPLES = 6
"""Digits shown above a curve, at the most."""


def corruptions(found: Robustness) -> Figure:
    """A bar for each corruption, with its interval, its number and an example; the clean digits above, the means."""
    rows: list[tuple[str, Score, bool]] = [("clean", found.clean, False)]
    rows += [(score.name, score, score.like_training) for score in found.corruptions]
    figure = new_figure(9, 8.6)
    axes = new_axes(figure, x=f"accuracy in %, with its 95 % interval; n = {found.n:,} each")
    axes.grid(visible=False, axis="y")
    for row, (name, score, hatched) in enumerate(rows):
        axes.barh(
            row,
            100 * score.accuracy,
            height=0.62,
            color=SKY if hatched else BLUE,
            hatch="///" if hatched else None,
            edgecolor="white",
            linewidth=0,
        )
        low, high = (100 * end for end in score.interval)
        axes.plot([low, high], [row, row], "|-", color=BLACK, linewidth=1.2, markersize=6)
        axes.text(
            102.5, row, f"{100 * score.accuracy:.2f}  ({low:.2f} to {high:.2f})", va="center", fontsize=8, clip_on=False
        )
        _place_digit(axes, found.examples[name], (0, row), zoom=0.95, offset=(-20, 0))
    for mean, dash in ((found.mean, "-"), (found.mean_unlike_training, ":")):
        if mean is None:
            continue
        axes.axvline(100 * mean, color=VERMILION, linewidth=1.5, linestyle=dash)
    axes.set_yticks(range(len(rows)), [name.replace("_", " ") for name, _, _ in rows])
    axes.tick_params(axis="y", length=0, pad=40)
    axes.set_ylim(len(rows) - 0.4, -0.6)  # the clean ones on top
    axes.set_xlim(0, 100)
    figure.suptitle(f"{found.model} under the corruptions of MNIST-C", fontsize=11)
    figure.legend(handles=_corruption_legend(found), loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def sweeps(found: Robustness) -> Figure:
    """A curve for each sweep: accuracy against strength, with its 95 % band, and what the strengths look like."""
    figure = new_figure(11, 7.4)
    n = found.sweeps[0].scores[0].n
    figure.suptitle(f"Accuracy in % against strength, with 95 % intervals; the first {n:,} digits", fontsize=11)
    for axes, sweep in zip(figure.subplots(2, 3).ravel(), found.sweeps, strict=True):
        _curve(axes, [score.strength for score in sweep.scores], sweep.scores, BLUE, "-o", "")
        axes.plot([sweep.neutral] * 2, [0, 100], ":", color=BLACK, linewidth=1)
        logarithmic = sweep.scores[-1].strength > 20 * sweep.scores[0].strength > 0
        if logarithmic:
            axes.set_xscale("log")
            axes.set_xticks([0.05, 0.1, 0.2, 0.5, 1, 2, 4], ["0.05", "0.1", "0.2", "0.5", "1", "2", "4"], minor=False)
            axes.minorticks_off()
        for strength in _spread(sweep, math.log if logarithmic else float):
            _place_digit(axes, found.examples[sweep.name, strength], (strength, 116), zoom=0.85)
        axes.set_title(sweep.name, fontsize=11)
        axes.set_xlabel(sweep.unit)
        axes.margins(x=0.09)
        _percent_axis(axes, top=130)
    return figure


def attacks(found: Robustness) -> Figure:
    """Accuracy against the largest change of a pixel, for each attack, and the first digit after it."""
    figure = new_figure(8, 4.6)
    clean = next(score for score in found.attacks if score.method == "none")
    axes = new_axes(figure, x="largest change of a pixel (ε), as a share of full ink", y="accuracy in %")
    figure.suptitle(f"Attacked with full knowledge of the network; the first {clean.n:,} digits", fontsize=11)
    for height, (method, colour, dash, name) in zip(
        (140, 118), (("fgsm", BLUE, "-o", "FGSM, one step"), ("pgd", VERMILION, "--s", "PGD, 40 steps")), strict=True
    ):
        scores = [clean, *(score for score in found.attacks if score.method == method)]
        _curve(axes, [score.epsilon for score in scores], scores, colour, dash, name)
        axes.annotate(method.upper(), (0, height), xytext=(-22, 0), textcoords="offset points", ha="right", va="center",
            fontsize=8, annotation_clip=False, color=colour)  # fmt: skip
        for score in scores:
            example = found.examples["clean" if score is clean else (method, score.epsilon)]
            _place_digit(axes, example, (score.epsilon, height), zoom=1)
    axes.set_xticks([score.epsilon for score in found.attacks if score.method != "fgsm"])
    _percent_axis(axes, top=152)
    axes.legend(frameon=False, loc="center right")
    return figure


def contact_sheet(changed: Mapping[str, Sequence[Image] | Image]) -> Figure:
    """Rows of digits, uint8 (28, 28), each row under one name: what the corruptions do."""
    columns = len(next(iter(changed.values())))
    figure = new_figure(0.62 * columns + 1.5, 0.62 * len(changed))
    all_axes = figure.subplots(len(changed), columns, squeeze=False)
    for row, (name, images) in zip(all_axes, changed.items(), strict=True):
        for axes, image in zip(row, images, strict=True):
            axes.imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_linewidth(0.4)
        row[0].set_ylabel(name.replace("_", " "), rotation=0, ha="right", va="center", fontsize=9)
    return figure


def _curve(axes: Axes, strengths: Sequence[float], scores: Sequence[Score], colour: str, dash: str, label: str) -> None:
    low, high = np.array([score.interval for score in scores]).T
    axes.fill_between(strengths, 100 * low, 100 * high, color=colour, alpha=0.2, linewidth=0)
    axes.plot(strengths, [100 * score.accuracy for score in scores], dash, color=colour, markersize=4, label=label)


def _percent_axis(axes: Axes, *, top: float) -> None:
    """From 0 to 100, and above that room for digits."""
    axes.set_ylim(0, top)
    axes.set_yticks(range(0, 101, 20))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines["left"].set_bounds(0, 100)
    axes.grid(visible=False, axis="x")
    axes.grid(alpha=0.3, axis="y")
    axes.set_axisbelow(True)


def _spread(sweep: SweepScores, place: Callable[[float], float]) -> list[float]:
    """Strengths to show as digits: the neutral one, and as many others as stand clear of each other at their place."""
    places = {score.strength: place(score.strength) for score in sweep.scores}
    apart = (max(places.values()) - min(places.values())) / EXAMPLES
    shown: list[float] = []
    for strength in sorted(places, key=lambda strength: abs(places[strength] - places[sweep.neutral])):
        if all(abs(places[strength] - places[other]) >= 0.99 * apart for other in shown):
            shown.append(strength)
    return shown


def _place_digit(
    axes: Axes, image: Image, place: tuple[float, float], *, zoom: float, offset: tuple[float, float] = (0, 0)
) -> None:
    """Draw a digit, ink on paper, with its middle at this place of the axes' data, moved by an offset in points."""
    paper = np.repeat(255 - image[:, :, np.newaxis], 3, axis=2)  # as a colour picture: its range is not stretched
    picture = OffsetImage(paper, zoom=zoom, interpolation="nearest")
    axes.add_artist(
        AnnotationBbox(picture, place, xybox=offset, boxcoords="offset points", pad=0.08,
            bboxprops={"linewidth": 0.4}, annotation_clip=False)
    )  # fmt: skip


def _corruption_legend(found: Robustness) -> list[Patch | Line2D]:
    handles: list[Patch | Line2D] = [
        Line2D([], [], color=VERMILION, label=f"mean of all fifteen: {100 * found.mean:.2f} %")
    ]
    like = sum(score.like_training for score in found.corruptions)
    if like and found.mean_unlike_training is not None:
        unlike = len(found.corruptions) - like
        text = f"mean of the {unlike} unlike the training: {100 * found.mean_unlike_training:.2f} %"
        handles.append(Line2D([], [], color=VERMILION, linestyle=":", label=text))
    if like:
        text = "resembles an augmentation of its training"
        handles.append(Patch(facecolor=SKY, hatch="///", edgecolor="white", label=text))
    return handles
