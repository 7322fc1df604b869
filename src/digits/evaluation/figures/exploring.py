"""What is in a Dataset, as figures: labelled samples, class counts, the mean digits, where ink falls."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from digits.data.dataset import CLASSES, IMAGE_SIZE, Dataset
from digits.data.explore import PIXELS, Exploration
from digits.evaluation.figures.style import BLACK, BLUE, VERMILION, digit_grid, new_axes, new_figure

_GAP = 4
"""White pixels between two digits of the grid of samples."""


def samples(dataset: Dataset, *, per_class: int = 10, seed: int = 0) -> Figure:
    """Digits as they are labelled: a row for each class, `per_class` of its digits in it, chosen by `seed`.

    A class with fewer digits has a shorter row, one without any an empty one.
    """
    step = IMAGE_SIZE + _GAP
    sheet = np.zeros((CLASSES * step - _GAP, per_class * step - _GAP), np.uint8)
    random = np.random.default_rng(seed)
    for digit in range(CLASSES):
        chosen = random.permutation(np.flatnonzero(dataset.labels == digit))[:per_class]
        for place, row in enumerate(chosen):
            top, left = digit * step, place * step
            sheet[top : top + IMAGE_SIZE, left : left + IMAGE_SIZE] = dataset.images[row]
    figure = new_figure(0.6 * per_class + 0.8, 0.6 * CLASSES + 0.5)
    axes = figure.add_subplot()
    axes.imshow(sheet, cmap="gray_r", interpolation="nearest", vmin=0, vmax=255)
    axes.set_title(f"Digits of each class\n{_named(dataset.name, dataset.split)}")
    axes.set_ylabel("label")
    axes.set_xticks([])
    axes.set_yticks(
        [digit * step + IMAGE_SIZE / 2 for digit in range(CLASSES)], [str(digit) for digit in range(CLASSES)]
    )
    axes.tick_params(length=0, labelsize=13)
    axes.spines[:].set_visible(False)
    return figure


def class_counts(exploration: Exploration) -> Figure:
    """How many digits of each class, beside the number that each would have if all had the same."""
    counts, even = exploration.class_counts, len(exploration) / CLASSES
    label = f"a tenth of all: {even:,.1f}".removesuffix(".0")
    figure = new_figure(7, 4)
    axes = new_axes(
        figure, title=f"How many digits of each class\n{_title(exploration)}", x="digit, and how many of it", y="digits"
    )
    axes.bar(np.arange(CLASSES), counts, color=BLUE, width=0.7)
    axes.axhline(even, color=VERMILION, linestyle="--", linewidth=1.2, label=label)
    axes.set_xticks(np.arange(CLASSES), [f"{digit}\n{count:,}" for digit, count in enumerate(counts)])
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(visible=False, axis="x")
    figure.legend(loc="outside lower center", frameon=False)
    return figure


def mean_digits(exploration: Exploration) -> Figure:
    """The mean of all digits of each class: black where all of them have ink, pale where they differ."""
    titles = [f"{digit}\nn = {count:,}" for digit, count in enumerate(exploration.class_counts)]
    title = f"The mean digit of each class\n{_title(exploration)}"
    figure = digit_grid(exploration.mean_digits, titles, columns=5, title=title)
    figure.set_size_inches(5.6, 3.45)
    for axes in figure.axes:
        axes.images[0].set_clim(0, 255)  # one scale for all ten: a pale digit is one that is written in many ways
    return figure


def ink(exploration: Exploration) -> Figure:
    """In which share of the digits each pixel has ink, and which pixels never have any."""
    figure = new_figure(6.4, 6.05)
    axes = figure.add_subplot()
    shown = axes.imshow(100 * exploration.ink, cmap="YlGnBu", interpolation="nearest", vmin=0, vmax=100)
    y, x = np.nonzero(exploration.empty)
    if len(x):
        label = f"never has ink: {len(x)} of {PIXELS} pixels"
        axes.scatter(x, y, s=14, marker="x", color=BLACK, linewidth=0.7, label=label)
        figure.legend(loc="outside lower center", frameon=False)
    axes.set_title(f"Where ink falls\n{_title(exploration)}")
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    ticks = range(0, IMAGE_SIZE, 3)
    axes.set_xticks(ticks)
    axes.set_yticks(ticks)
    bar = figure.colorbar(shown, ax=axes, shrink=0.9, format="{x:.0f} %")
    bar.set_label("digits that have ink at this pixel")
    return figure


def _title(exploration: Exploration) -> str:
    return _named(exploration.name, exploration.split)


def _named(name: str, split: str) -> str:
    return f"{name}, {split}".replace("$", r"\$")  # between two of them Matplotlib would set a formula
