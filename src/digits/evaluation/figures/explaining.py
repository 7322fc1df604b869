"""Why a picture was read as it was: the way from the picture to the answer, in one figure.

Of one digit its own way through the reader; of numbers the page with their places, each one's strip, and its digits
as the digit network saw them.

Notable choices:
- from left to right as the reader goes: the picture, the ink, what the network saw, where it looked, its answer; below
  what that compares with, and beside it the words;
- what was left out of the ink is hatched as well as coloured, and the spot that mattered most is framed: black and
  white will do.
"""

import textwrap
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.colors import to_rgb
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Patch, Polygon, Rectangle

from digits.evaluation.figures.style import (
    BLACK,
    BLUE,
    ORANGE,
    SKY,
    VERMILION,
    Axes,
    Figure,
    new_figure,
)
from digits.explaining.explanation import ExplainedDigit, ExplainedNumber, Explanation
from digits.explaining.occlusion import PATCH, Spot
from digits.explaining.resemblance import Measure
from digits.reading.mnist_form import BOX, SIDE

NEAREST = 6
"""Neighbours shown."""

OTHERS = 5
"""Other ways of looking shown."""

MOST_NUMBERS = 8
"""Numbers whose strips are drawn; more find no room."""

GREY = "#666666"
"""Of what is said beside."""

_LONGEST = 700  # pixels of a picture that is drawn: more cannot be seen
_SPACING = 1.5  # from one line of words to the next, of its letters' size
_FILLING = {11: 50, 10: 55, 9: 61, 8: 68}  # size of letters in points → how many of them fill 4 inches
_SMALL = 0.2  # of the picture's longer side: the ink of a digit that is smaller is shown enlarged
_PITCH = 33  # pixels from one digit of a row to the next
_NAMES = {"size": "size", "offset": "off the middle", "stroke_width": "stroke width"}


def explanation(found: Explanation) -> Figure:
    """All that an Explanation says: of one digit, of numbers, of a form, or that nothing was found."""
    if found.numbers:
        return _numbers(found)
    if found.fields:
        return _form_of_fields(found)
    if not found.digits:
        return _nothing(found)
    digit = found.digits[0]
    figure = new_figure(15.5, 6.6)
    figure.suptitle(_title(found, digit), fontsize=13, parse_math=False)
    grid = figure.add_gridspec(2, 5, width_ratios=(1, 1, 1, 1, 1.35), height_ratios=(1, 0.9))
    _picture(figure.add_subplot(grid[0, 0]), found, digit)
    _ink(figure.add_subplot(grid[0, 1]), digit)
    _seen(figure.add_subplot(grid[0, 2]), digit)
    _looked(figure.add_subplot(grid[0, 3]), digit)
    _probabilities(figure.add_subplot(grid[1, 0]), digit)
    _form(figure, grid, digit)
    _rows_of_digits(figure, grid, digit)
    write_words(figure.add_subplot(grid[:, 4]), found.words)
    return figure


def _nothing(found: Explanation) -> Figure:
    figure = new_figure(9, 4.2)
    figure.suptitle(f"{found.picture.name}: nothing found", fontsize=13, parse_math=False)
    picture, words = figure.subplots(1, 2, width_ratios=(1, 1.2))
    show_picture(picture, found.picture.pixels)
    picture.set_title("the picture", fontsize=10)
    write_words(words, found.words)
    return figure


def _form_of_fields(found: Explanation) -> Figure:
    """A form's fields with their numbers."""
    height, width = found.picture.pixels.shape[:2]
    figure = new_figure(14, min(max(3.5, 9.5 * height / width), 12) + 0.8)
    figure.suptitle(f"{found.picture.name}: {len(found.fields)} fields", fontsize=13, parse_math=False)
    picture, words = figure.subplots(1, 2, width_ratios=(2.2, 1))
    factor = show_picture(picture, found.picture.pixels) / found.picture.scale
    for at, field in enumerate(found.fields):
        colour = VERMILION if field.unsure else BLUE if field.digits else GREY
        left, top, across, tall = (factor * side for side in field.box)
        picture.add_patch(Rectangle((left, top), across, tall, fill=False, edgecolor=colour, linewidth=1.2))
        place = top if field.digits else top + tall  # the number of an empty field has room within
        picture.text(left + 1, place, str(at + 1), fontsize=7, color=colour, va="bottom", clip_on=True)
    picture.set_title("the picture (red: unsure, grey: empty), its fields with their numbers", fontsize=10)
    write_words(words, found.words)
    return figure


def _numbers(found: Explanation) -> Figure:
    """A page with its numbers' places, and each number's strip over its digits as the network saw them."""
    shown = found.numbers[:MOST_NUMBERS]
    figure = new_figure(15.5, max(4.5, 1.15 * len(shown) + 0.8))
    count = "one number" if len(found.numbers) == 1 else f"{len(found.numbers)} numbers"
    figure.suptitle(f"{found.picture.name}: {count}", fontsize=13, parse_math=False)
    grid = figure.add_gridspec(2 * len(shown), 3, width_ratios=(1.3, 1.5, 1.35))
    _places(figure.add_subplot(grid[:, 0]), found)
    for row, one in enumerate(shown):
        _strip(figure.add_subplot(grid[2 * row, 1]), one)
        _digits(figure.add_subplot(grid[2 * row + 1, 1]), one)
    write_words(figure.add_subplot(grid[:, 2]), found.words, inches=figure.get_figheight() - 0.8)
    return figure


def _places(axes: Axes, found: Explanation) -> None:
    """The picture, with a box and its text for each number."""
    factor = show_picture(axes, found.picture.pixels)
    for one in found.numbers:
        colour = VERMILION if one.number.unsure else BLUE
        corners = one.found.corners * factor
        axes.add_patch(Polygon(corners, fill=False, edgecolor=colour, linewidth=1.2))
        left, top = corners[0]
        label = one.guess + (" ?" if one.number.unsure else "")
        axes.text(left, top - 2, label, fontsize=7, color=colour, va="bottom", clip_on=True, parse_math=False)
    axes.set_title("where the finder found numbers (red: unsure)", fontsize=10)


def _strip(axes: Axes, one: ExplainedNumber) -> None:
    """The strip that the line reader saw, each mark where it saw it."""
    pixels = one.line.crop.pixels
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    hide_scales(axes)
    for mark, given in zip(one.line.marks, one.number.marks, strict=True):
        colour = VERMILION if given.unsure else BLUE
        middle = float(mark.box[0] + mark.box[2]) / 2
        axes.axvline(middle, color=colour, linewidth=0.8, ymax=0.12)
    axes.set_title(f"{one.guess}  {one.number.confidence:.2f}", fontsize=9, loc="left", parse_math=False)


def _digits(axes: Axes, one: ExplainedNumber) -> None:
    """Each digit as the digit network saw it, with what both networks say of it."""
    digits = one.number.digits
    for at, digit in enumerate(digits):
        left = at * _PITCH
        axes.imshow(digit.image, cmap="gray_r", vmin=0, vmax=255, extent=(left, left + SIDE, SIDE, 0))
        colour = VERMILION if digit.unsure else BLACK
        axes.add_patch(Rectangle((left, 0), SIDE, SIDE, fill=False, linewidth=0.5, edgecolor=colour))
        caption = f"{digit.text} {digit.confidence:.2f}"
        axes.text(left + SIDE / 2, SIDE + 2, caption, fontsize=7, ha="center", va="top", color=colour)
    axes.set_xlim(0, max(_LEAST_DIGITS, len(digits)) * _PITCH)
    axes.set_ylim(SIDE + 14, 0)
    axes.set_axis_off()
    axes.set_anchor("NW")


_LEAST_DIGITS = 8  # room for so many digits side by side: those of a short number are not drawn larger


def _title(found: Explanation, digit: ExplainedDigit) -> str:
    title = f"{found.picture.name}: read as {digit.guess} with confidence {digit.look.confidence:.2f}"
    if digit.unsure:
        title += ", unsure"
    return f"{title}; it should be {digit.label}" if digit.wrong else title


def _picture(axes: Axes, found: Explanation, digit: ExplainedDigit) -> None:
    factor = show_picture(axes, found.picture.pixels) / found.picture.scale
    left, top, width, height = (factor * side for side in digit.surroundings.box)
    axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor=VERMILION, linewidth=1.5))
    pixels = found.picture.pixels
    axes.set_title("the picture, and the digit's box", fontsize=10)
    axes.set_xlabel(f"{pixels.shape[1]} × {pixels.shape[0]} pixels", fontsize=8, color=GREY)


def _ink(axes: Axes, digit: ExplainedDigit) -> None:
    """The strokes taken for the digit, what was left out, and the borders that it touches."""
    around, enlarged = _close_up(digit.look.strokes)
    masks = (digit.look.strokes[around], digit.surroundings.left_out[around])
    strokes, left_out = (smaller(255 * mask) / 255 for mask in masks)
    colours = np.ones((*strokes.shape, 3))
    for mask, colour in ((left_out, ORANGE), (strokes, BLACK)):
        colours += mask[..., np.newaxis] * (np.array(to_rgb(colour)) - colours)
    axes.imshow(colours, interpolation="nearest")
    hide_scales(axes)
    axes.set_title("the ink found, enlarged" if enlarged else "the ink found", fontsize=10)
    handles = [Patch(color=BLACK, label="the digit")]
    if left_out.any():
        axes.contourf(left_out, levels=[0.5, 1], colors="none", hatches=["////"])
        handles.append(Patch(facecolor=ORANGE, hatch="////", label="left out"))
    for side in digit.surroundings.touches:
        axes.spines[side].set(color=VERMILION, linewidth=4)
    if digit.surroundings.touches:
        handles.append(Patch(color=VERMILION, label="touches the border"))
    axes.legend(
        handles=handles, fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.01),
        ncols=3, handlelength=1, columnspacing=1, handletextpad=0.5,
    )  # fmt: skip


def _seen(axes: Axes, digit: ExplainedDigit) -> None:
    image = digit.look.form.image
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    hide_scales(axes)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    left, top = (columns[0] + columns[-1] - BOX) / 2, (rows[0] + rows[-1] - BOX) / 2
    axes.add_patch(Rectangle((left, top), BOX, BOX, fill=False, edgecolor=BLUE, linestyle=":", linewidth=1.2))
    axes.plot([14], [14], "+", color=BLUE, markersize=8)
    axes.set_title("what the network saw", fontsize=10)
    axes.set_xlabel("dotted: MNIST's box of 20 × 20\n+ its centre of mass", fontsize=8, color=GREY)


def _looked(axes: Axes, digit: ExplainedDigit) -> None:
    """The digit under the map of an occlusion, and the spots that matter."""
    occlusion, image = digit.occlusion, digit.look.form.image
    falls = occlusion.falls(digit.guess)
    axes.imshow(255 - image.astype(float) * 0.35, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    largest = max(0.05, float(np.abs(falls).max()))
    opacity = np.clip(np.abs(falls) / largest, 0, 1) * 0.85
    shown = axes.imshow(falls, cmap="RdBu_r", vmin=-largest, vmax=largest, alpha=opacity, interpolation="bilinear")
    axes.figure.colorbar(shown, ax=axes, fraction=0.046, pad=0.03).ax.tick_params(labelsize=7)
    hide_scales(axes)
    axes.set_title("where it looked", fontsize=10)
    spot = occlusion.decisive(digit.guess)
    _frame(axes, spot, "-")
    after = occlusion.before[digit.guess] + spot.change
    notes = [f"red: hiding ink lowers {digit.guess}, in □ to {after:.2f}"]
    if digit.label is not None and digit.wrong:
        hidden, inked = occlusion.against(digit.label), occlusion.missing(digit.label)
        best, how = (hidden, "hiding ink") if hidden.change >= inked.change else (inked, "more ink")
        _frame(axes, best, ":")
        notes.append(f"{how} in ⬚ raises {digit.label} to {occlusion.before[digit.label] + best.change:.2f}")
    axes.set_xlabel("\n".join(notes), fontsize=8, color=GREY)


def _frame(axes: Axes, spot: Spot, dash: str) -> None:
    corner = (spot.column - PATCH / 2 - 0.5, spot.row - PATCH / 2 - 0.5)
    axes.add_patch(Rectangle(corner, PATCH, PATCH, fill=False, edgecolor=BLACK, linewidth=1.3, linestyle=dash))


def _probabilities(axes: Axes, digit: ExplainedDigit) -> None:
    probabilities = digit.look.probabilities
    colours = [BLUE if one == digit.guess else ORANGE if one == digit.label else SKY for one in range(10)]
    bars = axes.barh(range(10), probabilities, color=colours, height=0.7)
    if digit.label is not None:
        bars[digit.label].set(hatch="///", edgecolor="white")
    for one, probability in enumerate(probabilities):
        if probability >= 0.005 or one == digit.label:
            axes.text(float(probability) + 0.02, one, f"{probability:.2f}", va="center", fontsize=8)
    axes.set_yticks(range(10), [str(one) for one in range(10)])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.18)
    axes.set_xticks([0, 0.5, 1])
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    digitness = "" if digit.look.digitness is None else f"; digitness {digit.look.digitness:.2f}"
    axes.set_title(f"its answer{digitness}", fontsize=10)


def _form(figure: Figure, grid: GridSpec, digit: ExplainedDigit) -> None:
    """A scale for each measure: the training digits' percentiles, the digit as it came and as it was seen."""
    inner = grid[1, 1].subgridspec(len(digit.measures), 1, hspace=0.1)
    for row, measure in enumerate(digit.measures):
        axes = figure.add_subplot(inner[row])
        _scale(axes, measure)
        if row == 0:
            axes.set_title("its form, in pixels of 28×28", fontsize=10)
    axes.set_xlabel(
        "▽ as it came  ▲ as the network saw it\nblue: 98 % and half of the training digits", fontsize=8, color=GREY
    )


def _scale(axes: Axes, measure: Measure) -> None:
    end = {"size": 28.0, "offset": 8.0, "stroke_width": 8.0}[measure.name]
    if measure.training:
        for low, high, colour in ((1, 99, SKY), (25, 75, BLUE)):
            least, most = measure.training[low], measure.training[high]
            middle, width = (least + most) / 2, max(most - least, end / 60)
            axes.add_patch(Rectangle((middle - width / 2, -0.32), width, 0.64, color=colour, linewidth=0))
    axes.axhline(0, color=BLACK, linewidth=0.6)
    for value, marker, y, face in ((measure.came, "v", 0.42, "white"), (measure.seen, "^", -0.42, BLACK)):
        if value is not None:
            axes.plot([min(value, end)], [y], marker, color=BLACK, markerfacecolor=face, markersize=7, clip_on=False)
    axes.set_xlim(0, end)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.tick_params(labelsize=7, pad=1)
    axes.set_ylabel(_NAMES[measure.name].replace(" ", "\n"), rotation=0, ha="right", va="center", fontsize=8)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)


def _rows_of_digits(figure: Figure, grid: GridSpec, digit: ExplainedDigit) -> None:
    """The nearest digits, the nearest with the right label, and the other ways of looking."""
    rows: list[tuple[str, list[tuple[npt.NDArray[np.uint8], str]]]] = []
    near = digit.neighbours
    if near is not None:
        space = "by the network's features" if near.space == "features" else "by their pixels"
        nearest = [(near.images[at], str(near.labels[at])) for at in range(min(NEAREST, len(near.labels)))]
        rows.append((f"the nearest of {len(near.labels):,} labelled digits, {space}", nearest))
        if digit.label is not None and digit.wrong:
            places = np.flatnonzero(near.labels == digit.label)[:NEAREST]
            wanted = [(near.images[at], f"place {at + 1}") for at in places]
            rows.append((f"the nearest that are {digit.label}", wanted))
    others = [(one.form.image, f"{one.probabilities.argmax()}: {one.confidence:.2f}") for one in digit.others[:OTHERS]]
    rows.append(
        ("other ways of looking at the picture" if others else "there is no other way of looking at it", others)
    )
    inner = grid[1, 2:4].subgridspec(len(rows), 1)
    for row, (title, images) in enumerate(rows):
        axes = figure.add_subplot(inner[row])
        for column, (image, caption) in enumerate(images):
            left = column * _PITCH
            axes.imshow(image, cmap="gray_r", vmin=0, vmax=255, extent=(left, left + SIDE, SIDE, 0))
            axes.add_patch(Rectangle((left, 0), SIDE, SIDE, fill=False, linewidth=0.5))
            axes.text(left + SIDE / 2, SIDE + 2, caption, fontsize=8, ha="center", va="top")
        axes.set_xlim(0, NEAREST * _PITCH)
        axes.set_ylim(SIDE + 10, 0)
        axes.set_axis_off()
        axes.set_title(title, fontsize=9, loc="left")


def _close_up(strokes: npt.NDArray[np.uint8]) -> tuple[tuple[slice, slice], bool]:
    """What to show of a mask: all of it, or the surroundings of a digit that is small in it; and whether it is."""
    rows, columns = np.flatnonzero(strokes.any(axis=1)), np.flatnonzero(strokes.any(axis=0))
    digit = int(max(np.ptp(rows), np.ptp(columns))) + 1
    if digit > _SMALL * max(strokes.shape):
        return (slice(None), slice(None)), False
    return (
        slice(max(0, int(rows[0]) - digit), int(rows[-1]) + digit),
        slice(max(0, int(columns[0]) - digit), int(columns[-1]) + digit),
    ), True


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
