"""How a training went: curves, the network, and what its first layer looks for."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from digits.evaluation.figures.style import BLUE, COLOURS, Axes, Figure, new_figure
from digits.training.recipe import Recipe
from digits.training.run import Epoch

SHOWN_NEURONS = 64
LONG = 8
"""Epochs above which the accuracy's axis begins with the third epoch."""


def curves(histories: Mapping[str, Sequence[Sequence[Epoch]]], *, title: str = "") -> Figure:
    """Loss and accuracy over the epochs, training and validation.

    Args:
        histories: label → the histories of its seeds. One seed is a line; several are their mean, with a band from the
            lowest to the highest.
        title: above all.
    """
    figure = new_figure(9, 3.8)
    figure.suptitle(title)
    loss_axes, accuracy_axes = figure.subplots(1, 2)
    alone = len(histories) == 1
    for number, (label, seeds) in enumerate(histories.items()):
        for axes, what, scale in ((loss_axes, "loss", 1), (accuracy_axes, "accuracy", 100)):
            for part, dash in (("", "--"), ("validation_", "-")):
                values = [[getattr(epoch, part + what) for epoch in seed] for seed in seeds]
                if any(value is None for seed in values for value in seed):
                    continue
                name = "validation" if part else "training (while the weights move)"
                colour = COLOURS[bool(part) if alone else number % len(COLOURS)]
                label_here = name if alone else f"{label}, {name.split(maxsplit=1)[0]}"
                _band(axes, scale * _padded(values), label_here, colour, dash)
    for axes, name in ((loss_axes, "loss (cross-entropy)"), (accuracy_axes, "accuracy in %")):
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.3)
    loss_axes.set_ylim(bottom=0)
    later = [epoch for seeds in histories.values() for seed in seeds for epoch in seed[2:] if len(seed) > LONG]
    if later:  # the first epochs of a long training would press all others flat
        shown = [epoch.accuracy for epoch in later]
        shown += [epoch.validation_accuracy for epoch in later if epoch.validation_accuracy is not None]
        lowest, highest = 100 * min(shown), 100 * max(shown)
        accuracy_axes.set_ylim(lowest - 0.05 * (highest - lowest + 0.1), highest + 0.05 * (highest - lowest + 0.1))
    loss_axes.legend(fontsize=8, frameon=False)
    return figure


def first_layer(kernel: npt.NDArray[np.float32], *, title: str = "") -> Figure:
    """The first layer's weights, float32 (side, side, neurons), as images: blue wants ink there, red wants none."""
    side, neurons = kernel.shape[0], min(SHOWN_NEURONS, kernel.shape[2])
    columns = min(16, neurons)
    rows = -(-neurons // columns)
    cell = side + max(1, side // 14)  # one picture of all: a gap around each
    mosaic = np.full((cell * rows, cell * columns), np.nan)
    for number in range(neurons):
        top, left = (cell * place for place in divmod(number, columns))
        mosaic[top : top + side, left : left + side] = kernel[:, :, number]
    figure = new_figure(0.6 * columns, 0.6 * rows + 0.5)
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_axis_off()
    limit = float(np.abs(kernel).max()) / 2
    axes.imshow(mosaic, cmap="RdBu", vmin=-limit, vmax=limit, interpolation="nearest")
    return figure


def network(recipe: Recipe) -> Figure:
    """The network from input to output: a bar a layer, its width the number of values, with shapes and parameters."""
    layers = [layer for layer in recipe.layers() if layer.parameters or layer.name == "images"]
    figure = new_figure(7, (0.62 if len(layers) < 8 else 0.36) * len(layers) + 1.1)
    axes = figure.add_subplot()
    widths = [layer.values for layer in layers]
    longest = 1.8 * float(np.sqrt(max(widths)))
    axes.barh(range(len(layers)), np.sqrt(widths), height=0.6, color=BLUE, alpha=0.85)
    for row, layer in enumerate(layers):
        counted = f"{layer.parameters:,} parameters" if layer.parameters else "pixels"
        axes.text(np.sqrt(widths[row]) + 0.012 * longest, row, f"{layer.shape}   {counted}", va="center", fontsize=9)
    axes.set_yticks(range(len(layers)), [layer.name for layer in layers])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.set_xlim(0, longest)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    total = sum(layer.parameters for layer in recipe.layers())
    axes.set_title(f"{recipe.name}: {total:,} parameters", loc="left")
    axes.set_xlabel("bar: square root of the number of values", fontsize=8)
    return figure


def _padded(values: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """(seeds, epochs), shorter histories filled with NaN."""
    longest = max((len(seed) for seed in values), default=0)
    return np.array([[*seed, *[np.nan] * (longest - len(seed))] for seed in values], dtype=np.float64)


def _band(axes: Axes, values: npt.NDArray[np.float64], label: str, colour: str, dash: str) -> None:
    epochs = np.arange(1, values.shape[1] + 1)
    several = f" (mean of {len(values)} seeds)" if len(values) > 1 else ""
    marker = "o" if values.shape[1] == 1 else None
    axes.plot(epochs, np.nanmean(values, axis=0), dash, color=colour, label=label + several, marker=marker)
    if len(values) > 1:
        low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        axes.fill_between(epochs, low, high, color=colour, alpha=0.18, linewidth=0)
