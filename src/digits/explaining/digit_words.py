"""Why was mine wrong? What an explanation found, in plain sentences, the weightiest first.

Notable choices:
- a sentence is said only where its cause is there: its bound stands beside it, as a constant;
- what was corrected is said as what was done, not as a reason: the network did not see it;
- nothing is blamed that was not found. Where size, place and strokes are those of the training digits, that is said: it
  is the shape itself, then, that the network takes for another digit.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from digits.explaining.explanation import ExplainedDigit
from digits.explaining.occlusion import PATCH, Spot
from digits.explaining.wording import a, counted, listed, probability
from digits.reading.digit.mnist_form import BOX
from digits.reading.pictures.picture import Picture

FAINT = 40
"""Brightness levels, of 255: ink that differs less from its ground is called faint."""

COARSE = 14
"""Pixels: a digit whose longer side has fewer is called too small."""

DECIDES = 0.1
"""A change of a probability from which on a spot is said to matter."""

LIKELY = 0.5
"""The certainty from which on the answer of another way of looking is told."""

FOREIGN = 0.99
"""A digit is called unlike the sample's if so many of these have a nearer neighbour."""

GREY = 0.1
"""The share of a digit's box, beside its strokes, that is neither ink nor paper, from which on that is told."""

NOISE = 3.0
"""Standard deviations of the ground's noise: what differs less from the ground may be no ink."""

MOST_LOOPS = 3
"""Patches of ground that a digit's strokes enclose; with more it is called no digit."""

# specks and stains are not worth a word
_KINDS = {"line": "line", "frame": "frame", "edge": "edge of a page or cell", "mark": "mark"}


def sentences(digit: ExplainedDigit) -> tuple[str, ...]:
    """The reasons for an answer."""
    troubles = [*_in_the_picture(digit), *_strokes(digit), *_left_out(digit)]
    return (*_answer(digit), *troubles, *_disagreement(digit), *_corrected(digit, bool(troubles)), *_where(digit),
        *_nearest(digit))  # fmt: skip


def nothing_found(picture: Picture, *, digit: bool = False) -> tuple[str, ...]:
    """Why there is no digit in a picture; `digit` says that one digit alone was looked for."""
    darkest, lightest = int(picture.grey.min()), int(picture.grey.max())
    if darkest == lightest:
        return ("Nothing was found: the picture is blank, all its pixels have the same brightness.",)
    calm = cv2.medianBlur(picture.grey, 3) if min(picture.grey.shape) >= 3 else picture.grey
    span = int(np.percentile(calm, 99.5)) - int(np.percentile(calm, 0.5))
    if span < FAINT:
        return (
            f"Nothing was found: the contrast is too low. Between the darkest and the lightest parts lie only {span} "
            "of 255 levels of brightness.",
            "Write with a darker pen, or take the picture in more light.",
        )
    kinds = (
        "dirt, a shadow, a line or the edge of the picture" if digit else "dirt, a shadow, a line, a drawing or words"
    )
    return (f"Nothing was found that could be a digit: what differs from the paper is {kinds}.",)


def one_for_several(label: str, digit: bool) -> str:
    """What to say where one digit was found, and the label has several; `digit` says that one alone was looked for."""
    yes = f"It should be {label}, {len(label)} marks: it was taken for one"
    if digit:
        return f"{yes}, because the layout says that the picture holds one."
    return f"{yes}. Give the layout of a line, or the count of its digits, to have it read as several."


def _answer(digit: ExplainedDigit) -> Iterator[str]:
    order = np.argsort(-digit.look.probabilities, kind="stable")
    guess, runner_up = int(order[0]), int(order[1])
    yield f"Read as {guess} with confidence {digit.look.confidence:.2f}."
    if digit.unsure:
        yield f"That is unsure: it {digit.unsure}."
    if digit.look.probabilities[runner_up] >= 0.02:
        yield f"The runner-up is {runner_up} ({digit.look.probabilities[runner_up]:.2f})."
    if digit.label is not None and not digit.wrong:
        yield f"It should be {a(digit.label)}, and is read as one."
    elif digit.label is not None:
        place = int(np.flatnonzero(order == digit.label)[0]) + 1
        given = float(digit.look.probabilities[digit.label])
        place_said = f", its guess number {place}" if given >= 0.005 else ""
        yield f"It should be {a(digit.label)}: the network gives that {probability(given)}{place_said}."


def _in_the_picture(digit: ExplainedDigit) -> Iterator[str]:
    """What about the picture may have misled the network."""
    around, near = digit.surroundings, digit.neighbours
    width, height = around.box[2:]
    if digit.unsure and near and near.farther_than >= FOREIGN:
        share = "all" if near.farther_than == 1 else "99 %"
        yield (
            f"It is farther from the nearest of the sample's {len(near.labels):,} digits than {share} of these are "
            "from theirs: perhaps it is no digit."
        )
    if digit.unsure and digit.look.grey >= GREY:
        yield (
            f"Of what lies around its strokes, {100 * digit.look.grey:.0f} % is neither ink nor paper, where a pen "
            "leaves the paper as it was: perhaps it is no digit."
        )
    if around.figures > 1:
        yield (
            f"{counted(around.figures, 'mark').capitalize()} as tall as a digit stand side by side: likely a number "
            "of several digits, and it was read as one digit."
        )
    if around.touches:
        yield _touching(around.touches)
    levels = f"it differs from its ground by {around.difference:.0f} of 255 levels of brightness"
    if around.difference < max(NOISE * around.noise, 1):
        yield f"What was taken for ink may be none: {levels}, hardly more than noise."
    elif around.difference < FAINT:
        yield f"The ink is faint: {levels}."
    if max(width, height) < COARSE:
        yield f"It is only {max(width, height)} pixels large: too few to show its shape."


def _touching(sides: tuple[str, ...]) -> str:
    names = {"left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom"}
    fills = {"left", "right"} <= set(sides) or {"top", "bottom"} <= set(sides)
    where = listed([names[side] for side in sides])
    if fills:
        return f"It fills the picture up to its border, {where}: a part may be cut off."
    return f"It touches the picture's border {where}: a part may be cut off."


def _strokes(digit: ExplainedDigit) -> Iterator[str]:
    """What about its strokes is unlike the training digits'."""
    measure = next(one for one in digit.measures if one.name == "stroke_width")
    came = measure.unusual(measure.came)
    seen = None if measure.seen is None else measure.unusual(measure.seen)
    if came:
        thin, thinner = ("thin", "thinner") if came == "below" else ("thick", "thicker")
        half = f"of which half have {measure.training[25]:.1f} to {measure.training[75]:.1f}"
        yield (
            f"Its strokes are {thin}: {measure.came:.1f} pixels where it is brought to {BOX}, {thinner} than in "
            f"99 % of the training digits, {half}."
        )
    if seen and measure.seen is not None:
        thin = "thin" if seen == "below" else "thick"
        yield f"As the network saw them, its strokes are {thin}: {measure.seen:.1f} pixels."
    loops, left = digit.loops
    if loops > MOST_LOOPS:
        yield f"Its strokes enclose {loops} patches of ground, a digit's at most two: perhaps it is no digit."
    elif left < loops:
        of_which = {1: "its loop", 2: "one of its two loops" if left else "both its loops"}.get(
            loops, "some of its loops"
        )
        yield f"Its strokes close {of_which} where it is brought to 28×28 pixels: the network saw a blot there."


def _left_out(digit: ExplainedDigit) -> Iterator[str]:
    around = digit.surroundings
    marks = [counted(count, _KINDS[kind]) for kind, count in around.kinds.items() if kind in _KINDS]
    if marks:
        yield f"Left out, because not taken for a part of the digit: {listed(marks)}."


def _disagreement(digit: ExplainedDigit) -> Iterator[str]:
    """What another way of looking gave: the right answer, if one is known, else a likely other one."""
    differing = [look for look in digit.others if look.answer != digit.guess]
    right = [look for look in differing if digit.wrong and look.answer == digit.label]
    likely = [look for look in differing if digit.unsure and look.certainty >= LIKELY]
    for look in (right or likely)[:1]:
        read = f"it is read as {look.answer} ({look.confidence:.2f})"
        yield f"Looked at in another way ({listed(look.corrected)}), {read}."


def _corrected(digit: ExplainedDigit, troubled: bool) -> Iterator[str]:
    if not troubled:
        shape = (
            f": it is its shape that the network {'takes for ' + a(digit.guess) if digit.wrong else 'is not sure of'}"
        )
        unusual = "As the network saw it, nothing about its size, place and strokes is unusual"
        yield f"{unusual}{shape if digit.unsure or digit.wrong else ''}."
    if digit.look.corrected:
        yield f"How it was taken: {listed(digit.look.corrected)}."


def _where(digit: ExplainedDigit) -> Iterator[str]:
    """Which part of it was decisive, and which spoke against what it should have been."""
    spot, before = digit.occlusion.decisive(digit.guess), float(digit.occlusion.before[digit.guess])
    if -spot.change < DECIDES:
        yield (
            f"No single part decided: with any {PATCH}×{PATCH} of its 28×28 pixels hidden, {digit.guess} keeps at "
            f"least {before + spot.change:.2f}."
        )
    else:
        yield (
            f"Its {_part(spot)} mattered most: without the ink there, {digit.guess} falls from {before:.2f} to "
            f"{before + spot.change:.2f}{_instead(digit, spot)}."
        )
    if digit.label is None or not digit.wrong or (spot.digit == digit.label and -spot.change >= DECIDES):
        return
    label, hidden, inked = digit.label, digit.occlusion.against(digit.label), digit.occlusion.missing(digit.label)
    best = max(hidden, inked, key=lambda one: one.change)
    if best.change < DECIDES:
        yield f"No single part spoke against {a(label)}: hiding ink, or adding some, makes it one nowhere."
        return
    given = float(digit.occlusion.before[label])
    rises = f"rises from {probability(given)} to {given + best.change:.2f}"
    how = "without the ink there" if best is hidden else "with more ink there"
    verb = "spoke most against" if best is hidden else "is not as it should be for"
    then = ", and it is read as one" if best.digit == label else _instead(digit, best)
    yield f"Its {_part(best)} {verb} {a(label)}: {how}, {label} {rises}{then}."


def _nearest(digit: ExplainedDigit) -> Iterator[str]:
    near = digit.neighbours
    if near is None:
        return
    first = ", ".join(str(label) for label in near.labels[:5])
    yield f"The nearest of the sample's {len(near.labels):,} digits are {first}."
    if digit.wrong and digit.label is not None:
        place = near.first(digit.label)
        yield f"None is {a(digit.label)}." if place is None else f"The first {digit.label} is at place {place + 1}."


def _part(spot: Spot) -> str:
    return spot.where if spot.where in ("top", "bottom", "middle") else f"{spot.where} part"


def _instead(digit: ExplainedDigit, spot: Spot) -> str:
    return f", and it is read as {spot.digit} ({spot.confidence:.2f})" if spot.digit != digit.guess else ""
