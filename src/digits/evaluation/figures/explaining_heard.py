"""What the line network heard of a number, above its strip: a roll of ten rows, one for each digit, column by column.

Notable choices:
- a roll, as of a player piano, shows rivals where they are: a paler cell in another row, with its digit in it;
- a digit that was heard stands above its columns, in the colour of the digit below it that was read as the same, and a
  thin line leads down to the ink; what was read as something else, or not at all, is black;
- a cell's tint is the root of its probability: what has one in ten can still be seen;
- cells without a digit stay empty: that the network mostly says "none" is no news.
"""

import numpy as np
import numpy.typing as npt
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from digits.evaluation.figures.explaining_parts import GREY
from digits.evaluation.figures.style import BLACK, Axes
from digits.reading.explained_number import ExplainedNumber

Floats = npt.NDArray[np.float64]

_ROW, _LABELS, _GAP = 0.083, 0.17, 0.14  # inches: of a digit's row, of the digits heard, and to the ink
_FAINTEST, _NAMED = 0.02, 0.1  # a less likely digit is not drawn; has not its digit in its cell
_AROUND = 1.5  # columns that the network is asked at: so far around its place cells have a digit's colour
_BEFORE = 0.14  # inches: the names of the digits' rows
_STRIPE = "#f2f2f2"  # behind every other row

INCHES = 10 * _ROW + _LABELS + _GAP
"""Inches that it needs above a strip."""


def draw_heard(
    axes: Axes, one: ExplainedNumber, colours: list[str], *, foot: float, start: float, scale: float
) -> None:
    """Draw it above a strip, nothing if the line network was not asked.

    Args:
        axes: in pixels of the strip, downwards.
        one: the number.
        colours: of its digits.
        foot: where it is to end, in pixels of the strip.
        start: where the names of its rows are to end, likewise.
        scale: inches for a pixel of the strip.
    """
    transcript, heard = one.line.transcript, one.heard
    if transcript is None or heard is None:
        return
    row, bottom = _ROW / scale, foot - _GAP / scale
    top = bottom - 10 * row
    half = float(transcript.columns[1] - transcript.columns[0]) / 2 if len(transcript.columns) > 1 else 0.5
    left, right = float(transcript.columns[0]) - half, float(transcript.columns[-1]) + half
    _draw_rows(axes, left, right, top, row)
    owners = _owners(one, colours)
    cells = _cells(np.exp(transcript.log_probabilities[:, 1:]), transcript.columns, one, owners)
    axes.imshow(cells, extent=(left, right, bottom, top), interpolation="nearest", zorder=2)
    for rival, step in np.argwhere(_is_rival(np.exp(transcript.log_probabilities))):
        x, y = transcript.columns[step], top + (rival + 0.55) * row
        axes.text(x, y, str(rival), fontsize=5, ha="center", va="center", zorder=4)
    for digit, colour in zip(heard.digits, owners, strict=True):
        middle = sum(digit.columns) / 2
        axes.text(middle, top - 0.02 / scale, digit.text, fontsize=9, weight="bold", color=colour, ha="center")
        axes.plot([middle, middle], [bottom, foot], color=colour, linewidth=0.8)
    name, x = "the line\nnetwork sees", min(start, left - _BEFORE / scale)
    axes.text(x, (top + bottom) / 2, name, fontsize=8, color=GREY, ha="right", va="center", linespacing=1.4)


def _draw_rows(axes: Axes, left: float, right: float, top: float, row: float) -> None:
    """The roll without what is on it: ten rows of this height, named on both sides, in a frame."""
    for number in range(10):
        y = top + number * row
        if number % 2 == 0:
            axes.add_patch(Rectangle((left, y), right - left, row, color=_STRIPE, linewidth=0))
        for x, align in ((left - 2, "right"), (right + 2, "left")):
            axes.text(x, y + 0.55 * row, str(number), fontsize=5, color=GREY, ha=align, va="center")
    frame = Rectangle((left, top), right - left, 10 * row, fill=False, edgecolor=GREY, linewidth=0.5, zorder=3)
    axes.add_patch(frame)


def _owners(one: ExplainedNumber, colours: list[str]) -> list[str]:
    """For each digit heard the colour of the digit read nearest to it, if that is the same; else black."""
    assert one.heard is not None
    boxes = np.array([one.line.chain.candidates[step].box for step in one.line.steps], np.float64)
    middles = (boxes[:, 0] + boxes[:, 2]) / 2
    nearest = [int(np.abs(middles - sum(digit.columns) / 2).argmin()) for digit in one.heard.digits]
    return [
        colours[at] if one.number.digits[at].text == digit.text else BLACK
        for at, digit in zip(nearest, one.heard.digits, strict=True)
    ]


def _cells(likely: Floats, columns: Floats, one: ExplainedNumber, owners: list[str]) -> Floats:
    """The roll, (10, steps, 4): colour, and how likely; grey where it was not heard."""
    assert one.heard is not None
    cells = np.zeros((10, len(likely), 4))
    cells[..., :3] = to_rgb(GREY)
    for digit, colour in zip(one.heard.digits, owners, strict=True):
        around = _AROUND * (columns[1] - columns[0]) if len(columns) > 1 else 0.0
        inside = (columns >= digit.columns[0] - around) & (columns <= digit.columns[1] + around)
        cells[int(digit.text), inside, :3] = to_rgb(colour)
    cells[..., 3] = np.where(likely.T >= _FAINTEST, np.sqrt(likely.T), 0.0)
    return cells


def _is_rival(likely: Floats) -> npt.NDArray[np.bool_]:
    """Of likelihoods, (steps, 11), where a digit is likely that is not heard, neither there nor beside: (10, steps)."""
    heard = np.arange(1, 11)[:, None] == np.pad(likely.argmax(axis=1), 1)
    is_near: npt.NDArray[np.bool_] = heard[:, :-2] | heard[:, 1:-1] | heard[:, 2:]
    return (likely[:, 1:].T >= _NAMED) & ~is_near
