"""What the figures of explanations share: pictures, words, and axes without scales."""

import textwrap
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digits.evaluation.figures.style import Axes

GREY = "#666666"
"""Of what is said beside."""

_LONGEST = 700  # pixels of a picture that is drawn: more cannot be seen
_SPACING = 1.5  # from one line of words to the next, of its letters' size
_FILLING = {11: 50, 10: 55, 9: 61, 8: 68}  # size of letters in points → how many of them fill 4 inches


def write_words(axes: Axes, words: Sequence[str], *, inches: float = 5.8, largest: int = 11) -> None:
    """Sentences one below the other, in letters so large that they find room.

    Args:
        axes: where to; about four inches wide.
        words: the sentences.
        inches: how high the axes are.
        largest: letters, in points.
    """
    axes.set_axis_off()
    sizes = [size for size in _FILLING if size <= largest]
    size = next((size for size in sizes if words_height(words, size) <= inches), sizes[-1])
    text = _filled(words, size)
    axes.text(0, 1, text, fontsize=size, va="top", linespacing=1.45, transform=axes.transAxes, parse_math=False)


def words_height(words: Sequence[str], size: int = min(_FILLING)) -> float:
    """Inches that sentences need, in letters of this size."""
    return _filled(words, size).count("\n") * size * _SPACING / 72


def _filled(words: Sequence[str], size: int) -> str:
    width = _FILLING[size]
    return "\n".join(textwrap.fill(one, width, initial_indent="• ", subsequent_indent="   ") for one in words)


def show_picture(axes: Axes, pixels: npt.NDArray[np.uint8]) -> float:
    """Draw a picture, reduced if it is large; gives by what."""
    small = smaller(pixels)
    axes.imshow(small, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    hide_scales(axes)
    return float(small.shape[1] / pixels.shape[1])


def smaller(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A copy whose longer side is not longer than can be seen."""
    factor = _LONGEST / max(pixels.shape[:2])
    if factor >= 1:
        return pixels
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)


def hide_scales(axes: Axes) -> None:
    """No ticks, and what has its own shape stands at the top."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_anchor("N")
