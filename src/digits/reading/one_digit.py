"""Is a picture one digit? Two networks are asked: the digit network, in several ways, and the line reader, as a strip.

Notable choices:
- each has what the other lacks: the digit network names an isolated digit best, and takes a letter's part for one; the
  line reader sees all that stands in a strip, and says nothing where no number does;
- an answer that the line reader does not hold possible at all is unsure, however sure the digit network is.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from digits.reading.digit.looks import Look, find_looks
from digits.reading.finding import Found
from digits.reading.lines import ReadLine, Voices, cut_line
from digits.reading.networks.calibration import Thresholds
from digits.reading.pictures.picture import Picture

LITTLE = 512
"""Pixels of a picture's longer side up to which it is first looked at as one digit, which costs a tenth of a search."""

CERTAIN = 0.95
"""The probability at which both networks have to see the same digit for a little picture not to be searched; by eye."""

SMALL = 0.2
"""The share of a picture's shorter side below which a digit is one on a page, and not all that it shows; by eye."""


def look_first(voices: Voices, picture: Picture) -> list[Look]:
    """The looks at a little picture that is one digit beyond doubt: both networks see the same, and nothing else in it.

    Empty where it has to be searched.
    """
    if max(picture.grey.shape) > LITTLE:
        return []
    looks = find_looks(voices.classifier, picture)
    if not looks or looks[0].certainty < CERTAIN:
        return []
    output = voices.line_reader.read(picture.grey)
    is_all = output.text == str(looks[0].answer) and output.log_likelihood(output.text) >= np.log(CERTAIN)
    return looks if is_all else []


def is_one(picture: Picture, found: Sequence[Found], lines: Sequence[ReadLine]) -> bool:
    """Whether a picture is one digit at the most: no second one was read, and the one is not small beside it."""
    digits = sum(line.digits for line in lines)
    places = [one for one, line in zip(found, lines, strict=True) if line.marks]
    least = SMALL * min(picture.grey.shape)
    return digits <= 1 and all(np.ptp(one.corners[:, 1]) >= least for one in places)


def look_after(voices: Voices, thresholds: Thresholds, picture: Picture, lines: Sequence[ReadLine]) -> list[Look]:
    """The looks at a picture in which a search read one digit or none; empty where no network is sure of one."""
    looks = find_looks(voices.classifier, picture)
    if any(line.marks for line in lines):
        return looks
    is_sure = bool(looks) and thresholds.unsure(looks[0].confidence, looks[0].digitness) is None
    return looks if is_sure else []


def agreement(voices: Voices, look: Look, picture: Picture) -> float:
    """The probability that the line reader gives to a look's digit, in a strip around its strokes: 0 to 1."""
    left, top, width, height = cv2.boundingRect(look.strokes)
    corners = np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])
    strip = cut_line(picture.grey, look.ink.scale * corners.astype(np.float64))
    output = voices.line_reader.read(strip.pixels)
    return float(np.exp(output.log_likelihood(str(look.answer))))
