"""Whether a page's ink is one digit, or the numbers that were found in it: what the network is surer of."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading import segment
from digits.reading.line_search import Line
from digits.reading.looks import Look
from digits.reading.picture import Picture
from digits.reading.surroundings import survey

_CERTAIN = 0.95
"""The certainty at which one digit that is all the ink there is is not looked at as several."""

_LIKELY, _LIKELY_ROW = 0.75, 0.4
"""The certainty at which two digits are believed, though one is certain, if there is more ink than that one's; and at
which more than two are, which clutter beside a digit seldom looks like."""

_DOUBTED, _SURER = 0.25, 0.1
"""The certainty below which one digit is no likelier than several; above it, they must be so much less uncertain: parts
of a digit often look like digits, two digits seldom like one."""

_CLEAR, _SEVERAL, _MOSTLY = 0.9, 5, 0.5
"""So many digits of that certainty, and that share of all that were found, are no parts of one digit: a sheet on a dark
table, or the light on it, may look like a digit of its own."""

_ALL_THE_INK = 0.9
_WIDE = 1.2  # times its height: what is wider may be two digits, however certain the network is


def is_clearly_one(look: Look) -> bool:
    """Whether a page's ink is one digit, and nothing else is worth a look."""
    return look.certainty >= _CERTAIN and _is_alone(look)


def are_likelier(lines: list[Line], one: Look) -> bool:
    """Whether a page's ink is rather these numbers than one digit."""
    each = np.concatenate([_certainties(line) for line in lines])
    if (each >= _CLEAR).sum() >= max(_SEVERAL, _MOSTLY * len(each)):  # one digit has not so many parts like digits
        return True
    certainty = _certainty(lines[0])
    if not _is_alone(one):  # there is more ink than that one's
        needed = _LIKELY if len(lines[0].steps) <= 2 else _LIKELY_ROW
        return len(lines) > 1 or certainty > min(one.certainty, needed)
    if one.certainty < _DOUBTED:
        return certainty > one.certainty
    return len(lines) == 1 and 1 - certainty < _SURER * (1 - one.certainty)


def with_marks_beside(look: Look, picture: Picture) -> Look:
    """The look, and how many marks as tall as its digit stand beside it in the picture."""
    return replace(look, beside=survey(picture, look.ink, look.strokes).figures - 1)


def _certainty(line: Line) -> float:
    """How much a number's digits look like the digits that they are taken for: the geometric mean."""
    return float(np.exp(np.log(np.maximum(_certainties(line), 1e-6)).mean()))


def _certainties(line: Line) -> npt.NDArray[np.float64]:
    """How much each of a number's digits looks like the digit that it is taken for: float64 (n,)."""
    each = np.array(line.shares) * line.probabilities.max(axis=1)
    return np.asarray(each if line.answers.digitness is None else each * line.answers.digitness[list(line.steps)])


def _is_alone(look: Look) -> bool:
    """Whether a digit is all the ink there is, and not as wide as two."""
    marks = segment.find_marks(look.ink, segment.without_ruled_lines(look.ink))
    weight = marks.area * (marks.strongest >= segment.WEAK) * ~segment.at_the_edge(marks)[1]
    _, _, width, height = cv2.boundingRect(look.strokes)
    return bool(look.strokes.sum() >= _ALL_THE_INK * weight.sum() and width <= _WIDE * height)
