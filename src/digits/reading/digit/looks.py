"""One digit in a picture, looked for in several ways: which side is ink, how far do shadows reach, is a line ruled?

The likeliest way is tried first, and where the network is certain of what it sees, it is the only one; otherwise the
others are tried too, and the network's own certainty chooses.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit import mnist_form, segment
from digits.reading.digit.ink import NARROW, WIDE, Ink, Mask, find_ink, polarities
from digits.reading.digit.mnist_form import Form
from digits.reading.networks.classifier import Classifier
from digits.reading.pictures.picture import Picture

_CLEAR = 0.95
"""The certainty at which the likeliest way of looking at a picture is the only one."""

_A_DIGIT = 0.9
"""The digitness at which it is a digit, whichever: a shadow cannot be the reason why the network hesitates."""

_SECOND_LOOK, _SECOND_ONE = 0.5, 0.1
"""How likely another way of looking is the right one, beside the first; and if it finds a 1, as in every crack."""

_SUREST = 0.999
"""No network is surer than that of what is a digit."""

_GREY, _GREY_COUNTS = 0.3, 10.0
"""Of the strokes' contrast: what is that strong beside them is no paper; what a share of it in a digit's box weighs."""

_SCRATCH = 50.0
"""Times its width that a stroke is widened: a thinner one is an edge or a scratch; its digitness is halved."""

_MUCH_INK, _FULL = 0.5, 0.3
"""The share of a picture that a digit's strokes seldom fill, as the paper around a digit does; what that weighs."""


@dataclass(frozen=True, eq=False)
class Look:
    """One way of looking at a picture, and what the network makes of it.

    Attributes:
        ink: the picture's ink, as it was taken.
        strokes: uint8, as `ink.mask`: what of it is the digit.
        form: the digit in MNIST's form.
        corrected: what was done to the picture, in words.
        probabilities: float32 (10,).
        digitness: 0 to 1; None if the network cannot tell.
        grey: what of the digit's box beside its strokes is neither ink nor paper, 0 to 1; it lowers `digitness`.
        beside: how many marks as tall as the digit stand beside it, where they were looked at and not read.
        share: what speaks for this look, as a share of that and of what speaks for the best one with another answer.
    """

    ink: Ink
    strokes: Mask
    form: Form
    corrected: tuple[str, ...]
    probabilities: npt.NDArray[np.float32]
    digitness: float | None
    grey: float = 0.0
    beside: int = 0
    share: float = 1.0

    @property
    def answer(self) -> int:
        """The best guess."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """The probability of the best guess, if this is the right way of looking at the picture."""
        return self.share * float(self.probabilities.max())

    @property
    def certainty(self) -> float:
        """How much this looks like the digit that it is taken for."""
        return self.confidence * (1.0 if self.digitness is None else self.digitness)


def find_looks(classifier: Classifier, picture: Picture, *, thorough: bool = False) -> list[Look]:
    """The ways in which one digit was looked for, the best first; empty if there is no ink.

    Args:
        classifier: the network.
        picture: the page.
        thorough: try them all, even if the first is sure.
    """
    found: list[tuple[float, Look]] = []
    for ways in _ways(classifier, picture):
        found += ways
        if not thorough and max(look.certainty for _, look in found) >= _CLEAR:
            break
    found.sort(key=lambda pair: -pair[0])
    if found:
        (weight, best), *others = found
        rival = max((other for other, look in others if look.answer != best.answer), default=0.0)
        found[0] = weight, replace(best, share=weight / (weight + rival))
    return [look for _, look in found]


def _ways(classifier: Classifier, picture: Picture) -> Iterator[list[tuple[float, Look]]]:
    """Ways of looking at a picture, each with its weight; the likely ones together, then the others."""
    whole = _as_it_is(classifier, picture)
    if whole:
        yield [(_weight(whole), whole)]
    likelier, *other = polarities(picture.pixels)
    wide = [(_weight(look), look) for look in _looks(classifier, picture, likelier, WIDE)]
    is_digit = any((look.digitness or 0) >= _A_DIGIT for _, look in wide)
    wide += [_second(look, inside_out=True) for light in other for look in _looks(classifier, picture, light, WIDE)]
    if wide:
        yield wide
    if not is_digit:  # of a digit, the narrower estimate would hollow out the strokes, and find one in the outlines
        narrow = [
            _second(look, inside_out=light is not likelier)
            for light in (likelier, *other)
            for look in _looks(classifier, picture, light, NARROW)
        ]
        if narrow:
            yield narrow


def _looks(classifier: Classifier, picture: Picture, light: bool, reach: float) -> Iterator[Look]:
    """What is seen with light or dark ink and a reach of the paper: with ruled lines, and without them."""
    ink = find_ink(picture.pixels, light=light, reach=reach)
    if ink is None:
        return
    ruled = segment.without_ruled_lines(ink)
    for mask in (ink.mask,) if ruled is None else (ink.mask, ruled):
        strokes = segment.one_digit(ink, mask)
        if strokes is not None:
            words = _corrections(ink, ruled=mask is not ink.mask, reach=reach)
            yield _against_grey(_answered(classifier, ink, strokes, mnist_form.to_form(strokes), words))


def is_in_form(picture: Picture) -> bool:
    """Whether a picture, or its negative, is in MNIST's form already, and so holds one digit."""
    return mnist_form.in_form(picture.grey) or mnist_form.in_form(255 - picture.grey)


def _as_it_is(classifier: Classifier, picture: Picture) -> Look | None:
    """A picture that is in MNIST's form already, or the negative of such a one; None for any other."""
    for light in (True, False):
        image = picture.grey if light else 255 - picture.grey
        if mnist_form.in_form(image):
            mask = (image >= mnist_form.INK).astype(np.uint8)
            ink = Ink(mask, image, light, 1.0, mnist_form.stroke_width(mask))
            form = Form(image, ink.stroke_width / mnist_form.BOX, 1.0)
            return _answered(classifier, ink, mask, form, _corrections(ink, ruled=False, reach=WIDE))
    return None


def _answered(classifier: Classifier, ink: Ink, strokes: Mask, form: Form, words: tuple[str, ...]) -> Look:
    answers = classifier.answer(form.image[np.newaxis])
    digitness = None if answers.digitness is None else float(answers.digitness[0])
    if digitness is not None and form.corrected > _SCRATCH:
        digitness *= 0.5
    if form.corrected != 1:
        how = "widened" if form.corrected > 1 else "narrowed"
        words = (*words, f"strokes {how} to {form.corrected:.1f} times their width")
    return Look(ink, strokes, form, words, answers.probabilities[0], digitness)


def _against_grey(look: Look) -> Look:
    """The look, its digitness less where much in its box is neither ink nor paper: a pen leaves the paper as it was."""
    column, row, width, height = cv2.boundingRect(look.strokes)
    box = np.s_[row : row + height, column : column + width]
    contrast, strokes = look.ink.contrast[box], np.ascontiguousarray(look.strokes[box])
    side = max(3, int(look.ink.stroke_width / 2) | 1)  # their blurred edges are theirs
    beside = contrast[cv2.dilate(strokes, np.ones((side, side), np.uint8)) == 0]
    grey = float((beside > _GREY * contrast[strokes > 0].mean()).mean()) if beside.size else 0.0
    if look.digitness is None:
        return replace(look, grey=grey)
    against = (1 - look.digitness) * np.exp(_GREY_COUNTS * grey)
    return replace(look, grey=grey, digitness=float(look.digitness / (look.digitness + against)))


def _weight(look: Look) -> float:
    """How much speaks for a look: the odds that it is a digit, and that paper fills more of a picture than strokes."""
    odds = 1.0
    if look.digitness is not None:
        digitness = min(max(look.digitness, 1 - _SUREST), _SUREST)
        odds = digitness / (1 - digitness)
    return odds * look.confidence * (1.0 if look.strokes.mean() < _MUCH_INK else _FULL)


def _second(look: Look, *, inside_out: bool) -> tuple[float, Look]:
    """An unlikelier look and its weight; its digitness halved if it found a 1 or has ink and paper exchanged.

    The crack in anything is a 1, and the paper within a letter makes many a digit.
    """
    weight = (_SECOND_ONE if look.answer == 1 else _SECOND_LOOK) * _weight(look)
    if look.digitness is None or not (inside_out or look.answer == 1):
        return weight, look
    return weight, replace(look, digitness=0.5 * look.digitness)


def _corrections(ink: Ink, *, ruled: bool, reach: float) -> tuple[str, ...]:
    words = ["light ink on a dark ground" if ink.light else "dark ink on a light ground"]
    if reach == NARROW:
        words.append("a shadow taken away")
    if ruled:
        words.append("ruled lines taken away")
    return tuple(words)
