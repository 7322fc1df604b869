"""What all figures share: colours, sizes, and grids of digits.

Notable choices:
- the colours are those of Okabe & Ito (2008), which the colour-blind tell apart; lines differ in their dashes as well
  and bars in their hatches where it matters, so that a black-and-white printout can be read;
- a digit is drawn as ink on paper, dark on light: nobody prints a black page;
- figures are `matplotlib.figure.Figure` objects of their own, never pyplot's: no global state, no display needed.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from digits.errors import MissingExtraError

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as error:
    raise MissingExtraError(
        f"figures need Matplotlib ({error}); install it with: pip install 'handwritten-digits[train]'"
    ) from error

__all__ = [  # Axes and Figure too: the other figures take them from here, so that one place misses Matplotlib
    "BLACK", "BLUE", "COLOURS", "DPI", "GREEN", "ORANGE", "PURPLE", "SKY", "VERMILION", "YELLOW",
    "Axes", "Figure", "digit_grid", "new_axes", "new_figure", "show_digit",
]  # fmt: skip

BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#000000",
)  # fmt: skip
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""In the order of use; neighbours differ in lightness, too."""

DPI = 150
"""Resolution of a figure that is saved as PNG."""


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, laid out so that nothing overlaps."""
    return Figure(figsize=(width, height), dpi=DPI, layout="constrained")


def new_axes(figure: Figure, *, title: str = "", x: str = "", y: str = "") -> Axes:
    """The one pair of axes of a figure: labelled, without the box's upper and right side, with a light grid."""
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    return axes


def show_digit(axes: Axes, image: npt.NDArray[np.number], *, title: str = "", colour: str = BLACK) -> None:
    """Draw one image (28, 28), ink dark on light, under a title."""
    axes.imshow(image, cmap="gray_r", interpolation="nearest")
    axes.set_title(title, fontsize=8, color=colour)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(0.4)


def digit_grid(
    images: npt.NDArray[np.number],
    titles: Sequence[str],
    *,
    columns: int = 10,
    colours: Sequence[str] = (),
    title: str = "",
) -> Figure:
    """Images (n, 28, 28) in rows, each under its title; `colours` are those of the titles."""
    rows = max(1, -(-len(images) // columns))
    lines = max((text.count("\n") + 1 for text in titles), default=0)
    figure = new_figure(0.95 * columns, (0.95 + 0.14 * lines) * rows + (0.4 if title else 0))
    figure.suptitle(title)
    all_axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in all_axes[len(images) :]:
        axes.set_axis_off()
    for index, image in enumerate(images):
        colour = colours[index] if colours else BLACK
        show_digit(all_axes[index], image, title=titles[index] if titles else "", colour=colour)
    return figure
