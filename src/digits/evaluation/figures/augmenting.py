"""What an augmentation does to digits: the same ones, changed in several ways."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from digits.evaluation.figures.style import Figure, digit_grid, new_figure, show_digit

Images = npt.NDArray[np.uint8]


def strengths(changes: Mapping[str, Sequence[tuple[str, Images]]]) -> Figure:
    """A row for each change: the digits at one strength after another.

    Args:
        changes: what is changed → (strength in words, images uint8 (n, 28, 28)), from weak to strong.
    """
    rows, groups = len(changes), max(len(group) for group in changes.values())
    count = len(next(iter(changes.values()))[0][1])
    figure = new_figure(0.58 * groups * count + 1.6, 0.78 * rows + 0.1)
    ratios = [0.9, *([1.0] * count + [0.25]) * groups]
    grid = figure.add_gridspec(rows, len(ratios), width_ratios=ratios)
    for row, (name, group) in enumerate(changes.items()):
        label = figure.add_subplot(grid[row, 0])
        label.set_axis_off()
        label.text(1, 0.5, name, ha="right", va="center", fontsize=10)
        for place, (strength, images) in enumerate(group):
            for number, image in enumerate(images):
                axes = figure.add_subplot(grid[row, 1 + place * (count + 1) + number])
                show_digit(axes, image)
                axes.images[0].set_clim(0, 255)  # so that a faded digit looks faded
                if number == count // 2:
                    axes.set_title(strength, fontsize=8)
    return figure


def variants(originals: Images, changed: Images, *, title: str) -> Figure:
    """Digits, uint8 (n, 28, 28), above what became of them: uint8 (m, n, 28, 28)."""
    count = len(originals)
    rows = np.concatenate([originals[None], changed]).reshape(-1, 28, 28)
    titles = ["as it is"] * count + [""] * (len(rows) - count)
    return digit_grid(rows, titles, columns=count, title=title)
