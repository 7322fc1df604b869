"""Why a picture was read as it was: the way from the picture to the answer, in one figure, and beside it the words.

Notable choices:
- of one digit: the picture, what the network saw, its answer, where it looked, and below what that compares with;
- of numbers: the picture with their places, each number's strip with its marks under it, and the images that the digit
  network saw, with what both networks together (filled bars) and it alone (outlined) say to them;
- what is unsure is red and has a question mark, the spot that mattered most is framed: black and white will do.
"""

import textwrap
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from matplotlib.patches import Polygon, Rectangle

from digits.evaluation.figures.style import BLACK, BLUE, ORANGE, SKY, VERMILION, Axes, Figure, new_figure
from digits.explaining.explained_number import ExplainedNumber
from digits.explaining.explanation import ExplainedDigit, Explanation
from digits.explaining.occlusion import PATCH, Spot
from digits.reading.digit.mnist_form import SIDE

NEAREST = 6
"""Neighbours shown, and other ways of looking."""

SHOWN = 4
"""Numbers of a page whose strips are shown."""

GREY = "#666666"
"""Of what is said beside."""

_LONGEST = 700  # pixels of a picture that is drawn: more cannot be seen
_NARROWEST, _WIDEST, _WORDS = 4.2, 8.4, 4.9  # inches: width of what is shown, and of the words
_STRIP, _TALLEST = 1.1, 4.2  # inches: a strip's height, and a picture's, at the most
_IMAGE, _PITCH, _BARS = 0.66, 0.76, 0.45  # inches: an image's side, to the next one, the height of its bars
_MARKS, _ROW = 0.5, _IMAGE + _BARS + 0.36  # inches: of the marks under a strip, and of a row of images
_LETTERS = {11: 60, 10: 66, 9: 73, 8: 82}  # size of letters in points → how many of them fill the words' width
_SPACING = 1.5  # from one line of words to the next, of its letters' size


def explanation(found: Explanation) -> Figure:
    """All that an Explanation says: of one digit, of numbers, of a form, or that nothing was found."""
    return _one_digit(found, found.digits[0]) if found.digits else _page(found)


def _page(found: Explanation) -> Figure:
    """A page with what was found on it, and each number's strip."""
    shown = [found.numbers[at] for at in found.against_label.numbers] if found.against_label else found.numbers
    shown = shown[:SHOWN]
    height, width = found.picture.pixels.shape[:2]
    left = min(_WIDEST, max(_NARROWEST, _TALLEST * width / height, *(_block_width(one) for one in shown), 0))
    heights = [
        min(_TALLEST, max(1.0, left * height / width)) + 0.4,
        *(_block_height(one, left) + 0.35 for one in shown),
    ]
    words = [[*found.words]]
    if len(found.numbers) > 1:
        few = [f"Shown: {len(shown)} of them."] if len(shown) < len(found.numbers) else []
        words = [[*found.summary, *few], *([*one.words] for one in shown)]
        heights = [max(own, _words_height(said, 9)) for own, said in zip(heights, words, strict=True)]
    heights[-1] += max(0.0, _words_height(words[0]) - sum(heights)) if len(words) == 1 else 0.0
    figure = new_figure(left + _WORDS, sum(heights) + 0.5)
    figure.suptitle(textwrap.fill(_title(found), round(9 * (left + _WORDS))), fontsize=12, parse_math=False)
    grid = figure.add_gridspec(len(heights), 2, width_ratios=(left, _WORDS), height_ratios=heights)
    _picture(figure.add_subplot(grid[0, 0]), found, shown)
    for row, one in enumerate(shown, start=1):
        _block(figure.add_subplot(grid[row, 0]), one, left)
    if shown:
        note = "bars: what both networks say together (filled), and the digit network alone (outlined)"
        figure.supxlabel(note, fontsize=8, color=GREY, x=0.01, ha="left")
    if len(words) == 1:
        _write(figure.add_subplot(grid[:, 1]), words[0], sum(heights))
    else:
        for row, said in enumerate(words):
            _write(figure.add_subplot(grid[row, 1]), said, heights[row], 9 if row else 11)
    return figure


def _title(found: Explanation) -> str:
    name = found.picture.name
    if found.fields:
        return f"{name}: {len(found.fields)} fields"
    read = " ".join(one.text for one in found.numbers)
    if not read:
        return f"{name}: {'a field that was left empty' if 'left empty' in found.words[0] else 'nothing found'}"
    title = f"{name}: read as {read if len(read) <= 60 else read[:60] + ' …'}"
    if len(found.numbers) == 1:
        title += f" with confidence {found.numbers[0].number.confidence:.2f}"
    title += ", unsure" if any(one.number.unsure for one in found.numbers) else ""
    wrong = found.against_label and found.against_label.mismatches
    return f"{title}; it should be {found.against_label.label}" if found.against_label and wrong else title


def _picture(axes: Axes, found: Explanation, shown: Sequence[ExplainedNumber]) -> None:
    """The page with the corners and marks that the finder gave, a form's fields, and what was not read."""
    in_page = _show(axes, found.picture.pixels)
    own = in_page / found.picture.scale
    for one in found.numbers:
        colour = VERMILION if one.number.unsure else BLUE
        corners = in_page * one.found.corners - 0.5
        axes.add_patch(Polygon(corners, fill=False, edgecolor=colour, linewidth=1.8 if one in shown else 1.0))
        for left, top, right, bottom in in_page * one.found.marks:
            _frame(axes, left, top, right - left, bottom - top, colour, 0.5)
        axes.text(
            corners[0, 0],
            corners[0, 1],
            f"{one.found.confidence:.2f}",
            fontsize=7,
            color=colour,
            va="bottom",
            clip_on=True,
        )
    for at, field in enumerate(found.fields):
        colour = VERMILION if field.unsure else BLUE if field.marks else GREY
        left, top, width, height = (own * side for side in field.box)
        _frame(axes, left, top, width, height, colour, 1.2)
        axes.text(left + 1, top if field.marks else top + height, str(at + 1), fontsize=7, color=colour, va="bottom")
    for place in found.unread:
        left, top, width, height = (own * side for side in place.box)
        _frame(axes, left, top, width, height, GREY, 1.0, ":")
        axes.text(left + width / 2, top + height / 2, "?", fontsize=8, color=GREY, ha="center", va="center")
    said = "fields with their numbers (red: unsure, grey: empty)" if found.fields else "nothing was found"
    if found.numbers:
        said = "where the finder found numbers, how sure, and their marks (red: unsure)"
    axes.set_title("the picture: " + said, fontsize=10, loc="left")


def _inches(one: ExplainedNumber) -> float:
    """Inches for a pixel of a number's strip."""
    height, width = one.line.crop.pixels.shape
    return float(min(_STRIP / height, (_WIDEST - 0.2) / width))


def _block_width(one: ExplainedNumber) -> float:
    """Inches of a number's strip and its digits, side by side as far as they find room."""
    return max(_inches(one) * int(one.line.crop.pixels.shape[1]), _PITCH * len(one.number.digits)) + 0.2


def _block_height(one: ExplainedNumber, across: float) -> float:
    """Inches of a number's strip and its digits where so many inches are across."""
    rows = -(-len(one.number.digits) // int(across / _PITCH))
    return _inches(one) * len(one.line.crop.pixels) + _MARKS + rows * _ROW


def _block(axes: Axes, one: ExplainedNumber, across: float) -> None:
    """A number's strip, its marks under it, and its digits as the digit network saw them; all in inches."""
    strip, inches = one.line.crop.pixels, _inches(one)
    height, width = (inches * side for side in strip.shape)
    axes.imshow(strip, cmap="gray", vmin=0, vmax=255, extent=(0, width, height, 0))
    foot = height + 0.06
    for mark, read in zip(one.number.marks, one.line.marks, strict=True):
        left, top, right, bottom = inches * read.box
        colour, middle = VERMILION if mark.unsure else BLUE, (left + right) / 2
        _frame(axes, left, top, right - left, bottom - top, colour, 1.0)
        text = f"{mark.text}{'?' if mark.unsure else ''}"
        axes.text(middle, foot, text, fontsize=10, weight="bold", color=colour, ha="center", va="top", parse_math=False)
        axes.text(middle, foot + 0.2, f"{mark.confidence:.2f}", fontsize=6, color=GREY, ha="center", va="top")
    row = int(across / _PITCH)
    for at, (digit, seen) in enumerate(zip(one.number.digits, one.seen, strict=True)):
        left, top = at % row * _PITCH, height + _MARKS + at // row * _ROW
        axes.imshow(digit.image, cmap="gray_r", vmin=0, vmax=255, extent=(left, left + _IMAGE, top + _IMAGE, top))
        _frame(axes, left, top, _IMAGE, _IMAGE, VERMILION if digit.unsure else BLACK, 0.8)
        _bars(axes, left, top + _IMAGE + 0.06 + _BARS, digit.probabilities, seen)
    said = f"line {one.number.line + 1}: {one.text}{'?' if one.number.unsure else ''}, its marks, its digits"
    axes.set_title(said, fontsize=10, loc="left", parse_math=False)
    axes.set_xlim(-0.03, across)
    axes.set_ylim(_block_height(one, across), -0.03)
    axes.set_aspect("equal")
    axes.set_anchor("NW")
    axes.set_axis_off()


def _bars(axes: Axes, left: float, foot: float, pooled: npt.NDArray[np.float32], seen: npt.NDArray[np.float32]) -> None:
    """Ten bars on a line: what both networks together say, and the digit network alone."""
    step = _IMAGE / 10
    for digit in range(10):
        corner, best = left + digit * step, pooled[digit] == pooled.max()
        fill = Rectangle((corner, foot), 0.8 * step, -_BARS * float(pooled[digit]), color=BLUE if best else SKY)
        axes.add_patch(fill)
        alone = Rectangle((corner, foot), 0.8 * step, -_BARS * float(seen[digit]), fill=False, linewidth=0.5)
        axes.add_patch(alone)
        axes.text(corner + 0.4 * step, foot + 0.02, str(digit), fontsize=4.5, ha="center", va="top", color=GREY)
    axes.plot([left, left + _IMAGE], [foot, foot], color=BLACK, linewidth=0.5)


def _one_digit(found: Explanation, digit: ExplainedDigit) -> Figure:
    figure = new_figure(14.5, 5.6)
    title = f"{found.picture.name}: read as {digit.guess} with confidence {digit.look.confidence:.2f}"
    title += ", unsure" if digit.unsure else ""
    figure.suptitle(f"{title}; it should be {digit.label}" if digit.wrong else title, fontsize=13, parse_math=False)
    grid = figure.add_gridspec(2, 5, width_ratios=(1, 1, 0.9, 1, 1.9), height_ratios=(1, 0.8))
    picture, seen, answer, looked = (figure.add_subplot(grid[0, column]) for column in range(4))
    factor = _show(picture, found.picture.pixels) / found.picture.scale
    left, top, width, height = (factor * side for side in digit.surroundings.box)
    _frame(picture, left - 0.5, top - 0.5, width, height, VERMILION, 1.5)
    picture.set_title("the picture, and the digit's box", fontsize=10)
    seen.imshow(digit.look.form.image, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
    _no_scales(seen)
    seen.set_title("what the network saw", fontsize=10)
    _answer(answer, digit)
    _looked(looked, digit)
    _rows_of_digits(figure.add_subplot(grid[1, :4]), digit)
    _write(figure.add_subplot(grid[:, 4]), found.words, 5.0)
    return figure


def _answer(axes: Axes, digit: ExplainedDigit) -> None:
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
    axes.set_xlim(0, 1.25)
    axes.set_xticks([0, 0.5, 1])
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    digitness = "" if digit.look.digitness is None else f"; digitness {digit.look.digitness:.2f}"
    axes.set_title(f"its answer{digitness}", fontsize=10)


def _looked(axes: Axes, digit: ExplainedDigit) -> None:
    """The digit under the map of an occlusion, and the spots that matter."""
    occlusion, image = digit.occlusion, digit.look.form.image
    falls = occlusion.falls(digit.guess)
    axes.imshow(255 - image.astype(float) * 0.35, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    largest = max(0.05, float(np.abs(falls).max()))
    opacity = np.clip(np.abs(falls) / largest, 0, 1) * 0.85
    axes.imshow(falls, cmap="RdBu_r", vmin=-largest, vmax=largest, alpha=opacity, interpolation="bilinear")
    _no_scales(axes)
    axes.set_title("where it looked", fontsize=10)
    spot = occlusion.decisive(digit.guess)
    _patch(axes, spot, "-")
    notes = [f"red: hiding ink lowers {digit.guess}, in □ to {occlusion.before[digit.guess] + spot.change:.2f}"]
    if digit.label is not None and digit.wrong:
        hidden, inked = occlusion.against(digit.label), occlusion.missing(digit.label)
        best, how = (hidden, "hiding ink") if hidden.change >= inked.change else (inked, "more ink")
        _patch(axes, best, ":")
        notes.append(f"{how} in ⬚ raises {digit.label} to {occlusion.before[digit.label] + best.change:.2f}")
    axes.set_xlabel("\n".join(notes), fontsize=8, color=GREY)


def _patch(axes: Axes, spot: Spot, dash: str) -> None:
    _frame(axes, spot.column - PATCH / 2 - 0.5, spot.row - PATCH / 2 - 0.5, PATCH, PATCH, BLACK, 1.3, dash)


def _rows_of_digits(axes: Axes, digit: ExplainedDigit) -> None:
    """The nearest digits, the nearest with the right label, and the other ways of looking."""
    rows: list[tuple[str, list[tuple[npt.NDArray[np.uint8], str]]]] = []
    near = digit.neighbours
    if near is not None:
        space = "by the network's features" if near.space == "features" else "by their pixels"
        nearest = [(near.images[at], str(near.labels[at])) for at in range(min(NEAREST, len(near.labels)))]
        rows.append((f"the nearest of {len(near.labels):,} labelled digits, {space}", nearest))
        if digit.label is not None and digit.wrong:
            places = np.flatnonzero(near.labels == digit.label)[:NEAREST]
            rows.append(
                (
                    f"the nearest that are {digit.label}, and their places",
                    [(near.images[at], str(at + 1)) for at in places],
                )
            )
    others = [(one.form.image, f"{one.answer}: {one.confidence:.2f}") for one in digit.others[:NEAREST]]
    rows.append(
        ("other ways of looking at the picture" if others else "there is no other way of looking at it", others)
    )
    for block, (title, images) in enumerate(rows):
        start, top = block % 2 * 1.2 * SIDE * (NEAREST + 0.7), block // 2 * 1.9 * SIDE
        axes.text(start, top - 4, title, fontsize=9, va="bottom")
        for column, (image, caption) in enumerate(images):
            left = start + 1.2 * SIDE * column
            axes.imshow(image, cmap="gray_r", vmin=0, vmax=255, extent=(left, left + SIDE, top + SIDE, top))
            _frame(axes, left, top, SIDE, SIDE, BLACK, 0.5)
            axes.text(left + SIDE / 2, top + SIDE + 2, caption, fontsize=8, ha="center", va="top")
    axes.set_xlim(-1, 1.2 * SIDE * (2 * NEAREST + 0.7))
    axes.set_ylim(1.9 * SIDE * -(-len(rows) // 2) - 8, -16)
    axes.set_anchor("NW")
    axes.set_axis_off()


def _frame(
    axes: Axes, left: float, top: float, width: float, height: float, colour: str, line: float, dash: str = "-"
) -> None:
    axes.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=colour, linewidth=line, linestyle=dash))


def _show(axes: Axes, pixels: npt.NDArray[np.uint8]) -> float:
    """Draw a picture, reduced if it is large; gives by what."""
    factor = min(1.0, _LONGEST / max(pixels.shape[:2]))
    height, width = (max(1, round(side * factor)) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA) if factor < 1 else pixels
    axes.imshow(small, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    _no_scales(axes)
    return float(width / pixels.shape[1])


def _no_scales(axes: Axes) -> None:
    """No ticks, and what has its own shape stands at the top."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_anchor("NW")


def _write(axes: Axes, words: Sequence[str], inches: float, largest: int = 11) -> None:
    """Sentences one below the other, in letters so large that they find room in so many inches."""
    axes.set_axis_off()
    sizes = [size for size in _LETTERS if size <= largest]
    size = next((size for size in sizes if _words_height(words, size) <= inches), sizes[-1])
    axes.text(
        0, 1, _filled(words, size), fontsize=size, va="top", linespacing=1.45, transform=axes.transAxes,
        parse_math=False,
    )  # fmt: skip


def _words_height(words: Sequence[str], size: int = min(_LETTERS)) -> float:
    """Inches that sentences need, in letters of this size."""
    return (_filled(words, size).count("\n") + 1) * size * _SPACING / 72


def _filled(words: Sequence[str], size: int) -> str:
    width = _LETTERS[size]
    return "\n".join(textwrap.fill(one, width, initial_indent="• ", subsequent_indent="   ") for one in words)
