"""Why numbers were read as they were: their ink taken apart, what the network saw of it, and the other readings.

Notable choices:
- a digit has one colour wherever it stands, in the picture, in its strip and around its image, and neighbours differ;
- an image stands below its ink, and a line joins the two where that is not quite so;
- all cuts that were considered are there, dotted; those taken are solid. A cut is drawn where the inks of its two sides
  are equally near, which is what it parts.
"""

import textwrap
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from digits.evaluation.figures.explaining_heard import INCHES, draw_heard
from digits.evaluation.figures.explaining_parts import GREY, hide_scales, show_picture, words_height, write_words
from digits.evaluation.figures.explaining_versions import WIDTH, draw_versions, versions_height
from digits.evaluation.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    Axes,
    Figure,
    new_figure,
)
from digits.reading.cuts import Component
from digits.reading.explained_number import ExplainedNumber
from digits.reading.explanation import Explanation

SHOWN = 4
"""Numbers that are drawn."""

Floats = npt.NDArray[np.float64]

_DIGITS = (BLUE, GREEN, PURPLE)
_TAKEN, _CONSIDERED = (BLACK, "-", 1.8), (BLACK, ":", 0.7)  # colour, dashes and width of a cut
_WIDEST, _NARROWEST = 10.6, 4.2  # inches: of the left column
_TALLEST = {1: 3.2, 2: 4.4}  # inches of the picture: of one number, of more
_SCALE = 0.0165  # inches for a pixel of a strip, if there is room
_LINE = 0.19  # inches from one line of the table below the images to the next
_HEADER = 1.1  # inches for what its lines are called
_SIDE, _PITCH = 44.0, 50.0  # pixels of a strip: an image's side, and to the next one's
_MARGIN, _GAP = 8, 18.0  # pixels of a strip: around it, and to the images below
_BEFORE = 6.0  # pixels of a strip: from what its lines are called
_BESIDE = 7.0  # pixels of a strip: how far a cut is drawn beside the ink


def numbers(found: Explanation) -> Figure:
    """The numbers of an Explanation, at least one: the picture, and each number's segmentation."""
    shown = _shown(found)
    plots = [_Plot(found.numbers[at]) for at in shown]
    left = min(_WIDEST, max(_NARROWEST, *(plot.width for plot in plots)))
    height, width = found.picture.pixels.shape[:2]
    tall = min(_TALLEST[min(2, len(found.numbers))], left * height / width)
    alone = len(found.numbers) == 1
    if alone:
        most = versions_height(found.numbers[0]) + words_height(found.words) + 0.3 - plots[0].inches
        heights = [max(tall, 2.2, most), plots[0].inches + 0.35]
    else:
        rows = [
            max(plot.inches, versions_height(plot.number) + words_height(plot.number.words)) + 0.35 for plot in plots
        ]
        heights = [max(tall, 2.2, words_height(_summary(found, shown)) + 0.3), *rows]
    title = textwrap.fill(_title(found), round(9 * (left + WIDTH)))
    figure = new_figure(left + WIDTH, sum(heights) + 0.6 + 0.2 * title.count("\n"))
    figure.suptitle(title, fontsize=12, parse_math=False)
    grid = figure.add_gridspec(len(heights), 2, width_ratios=(left, WIDTH), height_ratios=heights)
    _picture(figure.add_subplot(grid[0, 0]), found, shown)
    for row, plot in enumerate(plots, start=1):
        plot.draw(figure.add_subplot(grid[row, 0]), title="" if alone else f"line {plot.number.number.line + 1}")
        if not alone:
            draw_versions(figure, grid[row, 1], plot.number, plot.number.words, inches=heights[row], largest=9)
    if alone:
        draw_versions(figure, grid[:, 1], found.numbers[0], found.words, inches=sum(heights), largest=11)
    else:
        write_words(figure.add_subplot(grid[0, 1]), _summary(found, shown), inches=heights[0])
    _legend(figure, any(plot.number.segmentation.left_out for plot in plots))
    return figure


def _shown(found: Explanation) -> tuple[int, ...]:
    """Which numbers are drawn: those that a label was held against, else the first."""
    chosen = found.against_label.numbers if found.against_label else range(len(found.numbers))
    return tuple(chosen[:SHOWN])


def _summary(found: Explanation, shown: Sequence[int]) -> list[str]:
    """What is said of several numbers together, and how many of them are drawn."""
    if len(shown) == len(found.numbers):
        return list(found.summary)
    return [*found.summary, f"Drawn below: {len(shown)} of {len(found.numbers)} numbers."]


def _title(found: Explanation) -> str:
    read = " ".join(one.guess for one in found.numbers)
    title = f"{found.picture.name}: read as {read if len(read) <= 60 else read[:60] + ' …'}"
    if len(found.numbers) == 1:
        title += f" with confidence {found.numbers[0].number.confidence:.2f}"
    if any(one.number.unsure for one in found.numbers):
        title += ", unsure"
    if found.against_label and found.against_label.mismatches:
        title += f"; it should be {found.against_label.label}"
    return title


def _picture(axes: Axes, found: Explanation, shown: Sequence[int]) -> None:
    factor = show_picture(axes, found.picture.pixels) / found.picture.scale
    for at, one in enumerate(found.numbers):
        colour, line = VERMILION if one.number.unsure else BLACK, 1.6 if at in shown else 0.8
        _box(axes, one.number.box, factor, colour, line, around=3)
        for digit, own in zip(one.number.digits, _colours(one), strict=True):
            _box(axes, digit.box, factor, own, 1.0)
    if len(found.numbers) > 1:
        for line in sorted({one.number.line for one in found.numbers}):
            boxes = [one.number.box for one in found.numbers if one.number.line == line]
            middle = factor * sum(top + height / 2 for _, top, _, height in boxes) / len(boxes)
            axes.annotate(
                str(line + 1), (0, middle), (-4, 0), textcoords="offset points", fontsize=8, ha="right", va="center"
            )
    pixels = found.picture.pixels
    axes.set_title("the picture (red: unsure)", fontsize=10)
    axes.set_xlabel(f"{pixels.shape[1]} × {pixels.shape[0]} pixels", fontsize=8, color=GREY)


def _box(axes: Axes, box: Sequence[int], factor: float, colour: str, line: float, around: float = 0) -> None:
    left, top, width, height = (factor * side for side in box)
    corner, wider = (left - 0.5 - around, top - 0.5 - around), 2 * around
    axes.add_patch(Rectangle(corner, width + wider, height + wider, fill=False, edgecolor=colour, linewidth=line))


def _colours(one: ExplainedNumber) -> list[str]:
    return [_DIGITS[at % len(_DIGITS)] for at in range(len(one.number.digits))]


class _Plot:
    """A number's strip, above it what the line network heard, below it the images, and what both networks said of them.

    Attributes:
        number: the number.
        left: of what is shown of its strip.
        top: likewise.
        right: likewise.
        bottom: likewise.
        above: inches for what the line network heard.
        scale: inches for a pixel of the strip.
        width: of it all, in inches.
        inches: the height of it all.
    """

    def __init__(self, number: ExplainedNumber) -> None:
        self.number = number
        boxes = np.array([component.box for component in number.line.chain.components])
        height, width = number.line.strip.mask.shape
        self.left, self.top = (max(0, int(side) - _MARGIN) for side in boxes[:, :2].min(axis=0))
        right, bottom = boxes[:, 2:].max(axis=0)
        self.right, self.bottom = min(width, int(right) + _MARGIN), min(height, int(bottom) + _MARGIN)
        self.span = max(self.right - self.left, _PITCH * len(number.number.digits))
        self.scale = min(_SCALE, (_WIDEST - _HEADER - 0.4) / self.span)
        self.width = self.span * self.scale + _HEADER + 0.4
        self.above = INCHES if number.heard else 0.0
        below = len(self._table()) * _LINE
        self.inches = self.above + (self.bottom - self.top + _GAP + _SIDE) * self.scale + below

    def draw(self, axes: Axes, *, title: str) -> None:
        """Draw it all."""
        axes.set_title(title, fontsize=10, loc="left")
        axes.imshow(self._ink(), extent=(self.left, self.right, self.bottom, self.top), interpolation="nearest")
        chain = self.number.line.chain
        for cut in sorted(self.number.segmentation.cuts, key=lambda cut: cut.taken):  # those taken lie on top
            inner = cut.number - chain.starts[cut.component]
            _cut(axes, chain.components[cut.component], inner, *(_TAKEN if cut.taken else _CONSIDERED))
        start = (self.left + self.right - self.span) / 2 - _BEFORE
        draw_heard(axes, self.number, _colours(self.number), foot=self.top, start=start, scale=self.scale)
        self._images(axes)
        hide_scales(axes)
        axes.set_anchor("NW")
        axes.spines[:].set_visible(False)
        middle, below = (self.left + self.right) / 2, len(self._table()) * _LINE / self.scale
        axes.set_xlim(middle - self.span / 2 - _HEADER / self.scale, middle + self.span / 2)
        axes.set_ylim(self.bottom + _GAP + _SIDE + below, self.top - self.above / self.scale)

    def _ink(self) -> Floats:
        """The strip in colours, float64 (height, width, 3): each digit, what was left out, other numbers' ink."""
        line = self.number.line
        shown = np.ones((*line.strip.mask.shape, 3))
        shown[line.strip.mask > 0] = 0.85
        for mark in self.number.segmentation.left_out:
            component = line.chain.components[mark.component]
            _paint(shown, component.box, component.ink, ORANGE)
        for step, colour in zip(line.steps, _colours(self.number), strict=True):
            candidate = line.chain.candidates[step]
            _paint(shown, candidate.box, candidate.mask > 0, colour)
        return shown[self.top : self.bottom, self.left : self.right]

    def _images(self, axes: Axes) -> None:
        """What the network saw of each digit, as near below its ink as there is room, and the table."""
        line, top = self.number.line, self.bottom + _GAP
        boxes = [line.chain.candidates[step].box for step in line.steps]
        middles = np.array([(box[0] + box[2]) / 2 for box in boxes])
        centre = (self.left + self.right) / 2
        places = _apart(middles, centre - self.span / 2, centre + self.span / 2)
        for at, (step, colour) in enumerate(zip(line.steps, _colours(self.number), strict=True)):
            left = places[at] - _SIDE / 2
            extent = (left, left + _SIDE, top + _SIDE, top)
            axes.imshow(line.images[step], cmap="gray_r", vmin=0, vmax=255, extent=extent, interpolation="nearest")
            axes.add_patch(Rectangle((left, top), _SIDE, _SIDE, fill=False, edgecolor=colour, linewidth=1.5))
            axes.plot([middles[at], places[at]], [boxes[at][3] + 2, top], color=colour, linewidth=0.8)
        start = centre - self.span / 2 - _BEFORE
        for row, (name, entries) in enumerate(self._table()):
            y = top + _SIDE + (row + 0.6) * _LINE / self.scale
            axes.text(start, y, name, fontsize=8, color=GREY, ha="right", va="center")
            for at, entry in enumerate(entries):
                unsure = self.number.number.digits[at].unsure
                colour, weight = VERMILION if unsure else BLACK, "bold" if row == 0 else "normal"
                axes.text(
                    places[at], y, entry, fontsize=11 if row == 0 else 8, ha="center", va="center",
                    color=colour if row == 0 else BLACK, weight=weight,
                )  # fmt: skip

    def _table(self) -> list[tuple[str, list[str]]]:
        """What stands below the images: for each line its name, and an entry for each digit."""
        digits = self.number.number.digits
        table = [
            ("read as", [f"{digit.text}{'?' if digit.unsure else ''}" for digit in digits]),
            ("probability", [f"{digit.probabilities.max():.2f}" for digit in digits]),
        ]
        said = self.number.heard.said if self.number.heard else None
        if said is not None:
            answers = self.number.line.answers.probabilities[list(self.number.line.steps)]
            for name, given in (("by the piece", answers), ("by the whole", said)):
                own = [row[int(digit.text)] for row, digit in zip(given, digits, strict=True)]
                table.append((name, [f"{probability:.2f}" for probability in own]))
        if self.number.line.answers.digitness is not None:
            table.append(("digitness", [f"{digit.digitness or 0:.2f}" for digit in digits]))
        table.append(("share of paths", [f"{share:.2f}" for share in self.number.line.shares]))
        table.append(("candidates", [str(len(others)) for others in self.number.segmentation.considered]))
        return table


def _legend(figure: Figure, left_out: bool) -> None:
    handles: list[Artist] = [
        Line2D([], [], color=BLACK, linewidth=_TAKEN[2], label="cut taken"),
        Line2D([], [], color=BLACK, linewidth=1, linestyle=":", label="cut considered"),
    ]
    if left_out:
        handles.append(Patch(color=ORANGE, label="left out"))
    figure.legend(handles=handles, fontsize=8, frameon=False, loc="outside lower left", ncols=3, columnspacing=1.2)


def _paint(shown: Floats, box: Sequence[int], ink: npt.NDArray[np.bool_], colour: str) -> None:
    left, top, right, bottom = box
    shown[top:bottom, left:right][ink] = to_rgb(colour)


def _cut(axes: Axes, component: Component, inner: int, colour: str, dash: str, line: float) -> None:
    """A line where the two sides of a cut are equally far, from a little above to a little below the ink."""
    left: npt.NDArray[np.bool_] = component.sides[inner]
    away = [
        cv2.distanceTransform(
            np.pad(1 - side.astype(np.uint8), 3, constant_values=1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )
        for side in (left, component.ink & ~left)
    ]
    nearer = np.where(np.minimum(*away) <= _BESIDE, away[0] - away[1], np.nan).round(3)  # OpenCV's last bits vary
    x = component.left - 2.5 + np.arange(nearer.shape[1])
    y = component.top - 2.5 + np.arange(nearer.shape[0])
    axes.contour(x, y, nearer, levels=[0.0], colors=[colour], linestyles=[dash], linewidths=[line])


def _apart(middles: Floats, start: float, end: float) -> Floats:
    """Places for images near these middles, from left to right, that keep their distance and lie between two ends."""
    places = middles.copy()
    places[0] = max(places[0], start + _PITCH / 2)
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + _PITCH)
    places[-1] = min(places[-1], end - _PITCH / 2)
    for at in range(len(places) - 2, -1, -1):
        places[at] = min(places[at], places[at + 1] - _PITCH)
    return places
