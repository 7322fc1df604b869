"""A number's place on a page → its strip, grey as photographed → its marks, each with what both networks say of it.

    crop = cut_line(page, corners)
    line = read_line(networks, crop)

Notable choices:
- the line reader sees the strip as it is; nothing is decided on pixels before;
- it says where each digit is; there the digit network looks at it alone, in MNIST's form. What both say is pooled with
  weights that were fitted with them (`references/fit_reader.py`);
- the text is the likeliest that fits what is expected; how likely others are is part of its confidence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit import mnist_form
from digits.reading.digit.ink import Mask, find_ink, polarities
from digits.reading.digit.segment import without_ruled_lines
from digits.reading.networks.classifier import MODEL_FILE, Answers, Classifier
from digits.reading.networks.ctc import CtcOutput
from digits.reading.networks.line_reader import LineReader

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

DIGITS = "0123456789"

BESIDE = 0.2
"""Paper before and after a number that its strip shows, as a share of its height: of 0.12 to 0.7, that at which most of
1,499 numbers on synthetic validation pages were read exactly (73.3 %; 72.0 % with 0.12, 68.8 % with 0.7)."""

WIDER = 0.6
"""Likewise, of a second look: half a number, or a piece of a word, reads otherwise with what stands beside it. By eye;
what that is worth is fitted (`deciding.evidence`)."""

MARGIN = 0.12
"""Paper above and below, likewise, of 0.06, 0.12 and 0.2."""

LARGEST = 96
"""Pixels of a strip's height at which the digit network's images are made: more than MNIST's form can show."""

BELIEVED = 1e-3
"""The line reader's probability from which on a text that fits what is expected is believed to stand there; by eye."""

_CANDIDATES = 8  # texts whose probabilities are worked out
_LEAST = 1e-6  # no network is surer than that of anything

Expected = tuple[int, int]
"""The least and the greatest count of a number's digits."""


@dataclass(frozen=True, eq=False)
class LineCrop:
    """A number's strip, cut out and made level.

    Attributes:
        pixels: uint8 (height, width).
        to_page: float64 (3, 3), the homography that takes a place in it to one in the page.
    """

    pixels: Pixels
    to_page: Floats

    def corners(self, left: float, top: float, right: float, bottom: float) -> Floats:
        """Where on the page a part of the strip is: float64 (4, 2), from the upper left clockwise."""
        places = np.array([(left, top, 1), (right, top, 1), (right, bottom, 1), (left, bottom, 1)]) @ self.to_page.T
        return np.asarray(places[:, :2] / places[:, 2:])


@dataclass(frozen=True, eq=False)
class Voices:
    """What is asked of a number: both networks, and how much each counts.

    Attributes:
        line_reader: reads the strip.
        classifier: names single digits.
        weight: of the digit network's log-probabilities beside the line reader's 1.
        temperature: what their sum is divided by.
    """

    line_reader: LineReader
    classifier: Classifier
    weight: float
    temperature: float

    @classmethod
    def of(cls, line_reader: LineReader, classifier: Classifier) -> "Voices":
        """Both networks with the weights that were fitted with this digit network, or with the plain ones.

        A personal network is the one that it was fine-tuned from, as far as this goes.
        """
        known = line_reader.config["voices"]
        described = classifier.description
        digest = described.get("files", {}).get(MODEL_FILE)  # none of a network that is no bundle
        digest = described.get("personal", {}).get("network", digest)
        weights = known["fitted"] if digest == known["digit_network"] else known["plain"]
        return cls(line_reader, classifier, float(weights["weight"]), float(weights["temperature"]))


@dataclass(frozen=True, eq=False)
class ReadMark:
    """A mark of a number.

    Attributes:
        text: the digit or sign that both networks together take it for.
        confidence: how likely it is that.
        box: float64 (4,), left, top, right, bottom in the strip's pixels.
        alternatives: the next likeliest marks and their probabilities.
        image: uint8 (28, 28), what the digit network saw; None of a sign.
        probabilities: float32 (10,), what both say of a digit; None of a sign.
        digitness: 0 to 1; None of a sign, or where the network cannot tell.
    """

    text: str
    confidence: float
    box: Floats
    alternatives: tuple[tuple[str, float], ...]
    image: Pixels | None = None
    probabilities: npt.NDArray[np.float32] | None = None
    digitness: float | None = None


@dataclass(frozen=True, eq=False)
class ReadLine:
    """A strip, read.

    Attributes:
        crop: the strip.
        output: what the line reader said of it.
        marks: from left to right; none if it holds no number.
        confidence: the probability that all of it is right, as both networks see it.
        alternatives: the next likeliest texts and their probabilities by the line reader alone.
        missed: whether no likely text had as many digits as were expected, or could be of the type that was.
        steady: whether the line reader says the same of a strip with more paper beside it.
    """

    crop: LineCrop
    output: CtcOutput
    marks: tuple[ReadMark, ...]
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    missed: bool = False
    steady: bool = True

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(mark.text for mark in self.marks)

    @property
    def digits(self) -> int:
        """How many of its marks are digits."""
        return sum(mark.text in DIGITS for mark in self.marks)


def cut_line(page: Pixels, corners: Floats, beside: float = BESIDE) -> LineCrop:
    """The strip within corners, float64 (4, 2) from the upper left along the line, and some paper around it.

    `beside` is the paper before and after it, as a share of its height.

    Beyond the page's edge its last pixels are repeated.
    """
    right, down = corners[1] - corners[0], corners[3] - corners[0]
    across, high = max(1.0, float(np.hypot(*right))), max(1.0, float(np.hypot(*down)))
    beside, above = beside * high + 1, MARGIN * high + 1
    width, height = max(2, round(across + 2 * beside)), max(2, round(high + 2 * above))
    left, top, last, low = beside, above, beside + across, above + high
    inside = np.array([(left, top), (last, top), (last, low), (left, low)])
    to_page = cv2.getPerspectiveTransform(inside.astype(np.float32), corners.astype(np.float32)).astype(np.float64)
    pixels = cv2.warpPerspective(
        page, to_page, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    return LineCrop(np.asarray(pixels, np.uint8), to_page)


def read_line(
    voices: Voices,
    crop: LineCrop,
    expected: Expected | None = None,
    signs: bool = True,
    fits: Callable[[str], bool] | None = None,
    wider: LineCrop | None = None,
) -> ReadLine:
    """What stands in a strip.

    Args:
        voices: the networks.
        crop: the strip.
        expected: how many digits it has; None if that is not known.
        signs: whether signs are read, too; else digits alone.
        fits: whether a text can be what is expected, a date for instance; None if anything can.
        wider: the strip with more paper beside it, if it shall be known whether the text is `steady`.
    """
    output = voices.line_reader.read(crop.pixels)
    steady = wider is None or voices.line_reader.read(wider.pixels).text == output.text
    if not signs:
        output = without_signs(output)
    accepted = _accepted(expected, fits)
    texts = output.likeliest(_CANDIDATES, accepted)
    if accepted is not None:  # what has to lose a digit to be a date, or to gain one to be long enough, is none
        texts = [(text, likelihood) for text, likelihood in texts if likelihood >= np.log(BELIEVED)]
    missed = accepted is not None and not texts
    if missed:
        texts = output.likeliest(_CANDIDATES)
    (text, likelihood), *others = texts or [("", 0.0)]
    alternatives = tuple((other, float(np.exp(likely))) for other, likely in others)
    if not any(mark in DIGITS for mark in text):
        return ReadLine(crop, output, (), float(np.exp(likelihood)), alternatives, missed, steady)
    marks, pooled = _marks(voices, crop, output, text)
    confidence = float(np.exp(min(0.0, likelihood + pooled)))
    return ReadLine(crop, output, marks, confidence, alternatives, missed, steady)


def without_signs(output: CtcOutput) -> CtcOutput:
    """The output, its signs' probability given to "no mark"."""
    signs = [1 + place for place, mark in enumerate(output.alphabet) if mark not in DIGITS]
    heard = output.log_probabilities.copy()
    heard[:, 0] = np.logaddexp.reduce(heard[:, [0, *signs]], axis=1)
    heard[:, signs] = np.log(_LEAST) * 4
    return CtcOutput(heard, output.alphabet)


def _accepted(expected: Expected | None, fits: Callable[[str], bool] | None) -> Callable[[str], bool] | None:
    if expected is None:
        return fits
    least, most = expected
    return lambda text: least <= sum(mark in DIGITS for mark in text) <= most and (fits is None or fits(text))


def _marks(voices: Voices, crop: LineCrop, output: CtcOutput, text: str) -> tuple[tuple[ReadMark, ...], float]:
    """The marks of a text, and by how much the logarithm of its probability changes with the digit network's voice."""
    said = output.probabilities(text)
    width = crop.pixels.shape[1]
    columns = len(output.log_probabilities)
    places = (output.places(text) + 0.5) * width / columns
    ends = np.concatenate([[0.0], (places[1:] + places[:-1]) / 2, [float(width)]])
    is_digit = np.array([mark in DIGITS for mark in text])
    seen = see_digits(voices.classifier, crop.pixels, ends, is_digit)
    digits = [output.alphabet.index(digit) for digit in DIGITS]
    marks, difference, number = [], 0.0, 0
    for place, mark in enumerate(text):
        box = seen.boxes[place]
        if not is_digit[place]:
            order = np.argsort(-said[place], kind="stable")
            others = tuple((output.alphabet[one], float(said[place, one])) for one in order[1:4])
            marks.append(ReadMark(mark, float(said[place, output.alphabet.index(mark)]), box, others))
            continue
        line = said[place, digits]
        pooled = pool(line, seen.answers.probabilities[number], voices.weight, voices.temperature)
        best = int(pooled.argmax())
        share = float(line.sum())  # that it is a digit at all
        order = np.argsort(-pooled, kind="stable")
        others = tuple((str(one), share * float(pooled[one])) for one in order[1:4])
        digitness = None if seen.answers.digitness is None else float(seen.answers.digitness[number])
        own = max(float(said[place, output.alphabet.index(mark)]), _LEAST)
        difference += float(np.log(max(share * pooled[best], _LEAST)) - np.log(own))
        marks.append(
            ReadMark(
                str(best), share * float(pooled[best]), box, others, seen.images[number],
                pooled.astype(np.float32), digitness,
            )
        )  # fmt: skip
        number += 1
    return tuple(marks), difference


def pool(line: Floats, digit: npt.NDArray[np.float32], weight: float, temperature: float) -> Floats:
    """What both networks say of a digit together, float64 (10,): a weighted geometric mean of their probabilities."""
    both = np.log(np.maximum(line, _LEAST)) + weight * np.log(np.maximum(digit.astype(np.float64), _LEAST))
    both = np.exp((both - both.max()) / temperature)
    return np.asarray(both / both.sum())


@dataclass(frozen=True, eq=False)
class Seen:
    """The digits of a strip, one by one.

    Attributes:
        boxes: float64 (marks, 4), left, top, right, bottom of each mark's ink in the strip's pixels.
        images: uint8 (digits, 28, 28).
        answers: what the digit network says to them.
    """

    boxes: Floats
    images: Pixels
    answers: Answers


def see_digits(classifier: Classifier, strip: Pixels, ends: Floats, is_digit: npt.NDArray[np.bool_]) -> Seen:
    """What the digit network says to each digit of a strip.

    Args:
        classifier: the network.
        strip: uint8 (height, width).
        ends: float64 (marks + 1,), between which columns each mark is.
        is_digit: bool (marks,); of the others only the boxes are found.
    """
    height, width = strip.shape
    factor = min(1.0, LARGEST / height)
    if factor < 1:
        size = max(1, round(width * factor)), LARGEST
        strip = np.asarray(cv2.resize(strip, size, interpolation=cv2.INTER_AREA), np.uint8)
    ink = find_ink(strip, light=polarities(strip)[0])
    if ink is None:
        masks: list[Mask | None] = [None] * len(is_digit)
        scale = 1.0
    else:
        scale = ink.scale
        ruled = without_ruled_lines(ink)
        masks = list(_parted(ink.mask if ruled is None else ruled, ends * factor / scale))
    blank = np.zeros((mnist_form.SIDE, mnist_form.SIDE), np.uint8)
    boxes: list[tuple[float, ...]] = []
    images: list[Pixels] = []
    for place, mask in enumerate(masks):
        if mask is None or not mask.any():
            boxes.append((ends[place], 0.0, ends[place + 1], float(height)))
        else:
            left, top, across, down = cv2.boundingRect(mask)
            boxes.append(tuple(side * scale / factor for side in (left, top, left + across, top + down)))
        if is_digit[place]:
            images.append(blank if mask is None or not mask.any() else mnist_form.to_form(mask).image)
    stacked = np.stack(images) if images else np.zeros((0, mnist_form.SIDE, mnist_form.SIDE), np.uint8)
    return Seen(np.array(boxes, np.float64), stacked, classifier.answer(stacked))


def _parted(mask: Mask, ends: Floats) -> Sequence[Mask]:
    """The ink of each mark: components go whole to the mark whose columns hold most of them, or are cut between two."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    owner = np.clip(np.searchsorted(ends, centres[:, 0]) - 1, 0, len(ends) - 2)
    lefts = stats[:, cv2.CC_STAT_LEFT].astype(np.float64)
    rights = lefts + stats[:, cv2.CC_STAT_WIDTH]
    widths = ends[owner + 1] - ends[owner]
    reach = np.maximum(ends[owner] - lefts, rights - ends[owner + 1])
    is_whole = reach < _REACHES_OVER * widths
    is_whole[0] = False
    parts = []
    for place in range(len(ends) - 1):
        part = (is_whole & (owner == place))[labels]
        left, right = max(0, round(ends[place])), max(0, round(ends[place + 1]))
        shared = ~is_whole
        shared[0] = False
        part[:, left:right] |= shared[labels[:, left:right]]
        parts.append(np.ascontiguousarray(part.astype(np.uint8)))
    return parts


_REACHES_OVER = 0.35  # of a mark's columns: a component that reaches further into its neighbours' is two marks
