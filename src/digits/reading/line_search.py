"""A strip becomes numbers: groups of components, what the line network says of each, and the best path through it.

Notable choices:
- digits are grouped into numbers before they are read: a space is wider than the digits' own gaps, and wide enough;
- the line network reads a number as a whole first. Where it is sure, only ink in which it sees two digits or more is
  cut, only between them, and each candidate holds one digit that it sees; else all ink is cut that may be several;
- what is one digit beyond doubt, to the digit network, is never cut: it could only become worse, and most is clear;
- the text is that which both networks find likely together: a path's score, and the text's log-probability.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from digits.reading import line_network
from digits.reading.candidates import Chain, image_of, judge, link
from digits.reading.classifier import Answers, Classifier
from digits.reading.cuts import Component, cut, find_components
from digits.reading.search import HEARD, TEMPERATURE, Path, find_paths, follow, weighed
from digits.reading.strip import HEIGHT, Strip
from digits.reading.transcript import Transcript

Floats = npt.NDArray[np.float64]

Expected = tuple[int, int]
"""The least and the greatest count of a number's digits."""

_SPACE, _WIDER, _SURELY = 1.0, 2.2, 3.0  # a space: digits' heights; times the usual gap; digits' heights in any case
_MOST_CANDIDATES = 4000
_MOST_COMPONENTS = 150
_CLEAR, _NARROW = 0.99, 0.75  # certainty, and width of the height: a component that is surer and narrower is one digit
_SURE = -0.1  # log-probability of the text from which on the line network is sure of where digits are
_LARGE, _FEW, _LIKE_DIGITS = 0.5, 8, 0.4  # of the height; large components; their share: a row with less is no number
_LEAST = 1e-4  # no network is surer than that of anything
_SAME = 0.6  # of two boxes' united area: what candidates share that stand for the same digit


@dataclass(frozen=True, eq=False)
class Line:
    """A number as it was searched for.

    Attributes:
        strip: the row that it stands in.
        line: which line of the page that is, counted from 0.
        chain: its candidates.
        images: uint8 (n, 28, 28), what the network saw of each.
        answers: what it said.
        judged: float64 (n,), the log-odds that each is a digit.
        transcript: what the line network says of it as a whole; None if it was not asked.
        paths: the best ways through it, the best first; at least one.
        missed: whether no path had as many digits as were expected.
    """

    strip: Strip
    line: int
    chain: Chain
    images: npt.NDArray[np.uint8]
    answers: Answers
    judged: npt.NDArray[np.float64]
    transcript: Transcript | None
    paths: tuple[Path, ...]
    missed: bool

    @property
    def steps(self) -> tuple[int, ...]:
        """The candidates that were taken."""
        return self.paths[0].steps

    @property
    def score(self) -> float:
        """The best path's."""
        return self.paths[0].score

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """Of each digit of the best path, float32 (digits, 10): what both networks say of it together.

        Where the line network counts other digits than the path has, the digit network speaks alone.
        """
        seen = self.answers.probabilities[list(self.steps)].astype(np.float64)
        if self.transcript is None or len(self.transcript.text) != len(self.steps):
            return seen.astype(np.float32)
        said = self.transcript.probabilities(self.paths[0].text)
        both = (np.log(np.maximum(seen, _LEAST)) + HEARD * np.log(np.maximum(said, _LEAST))) / TEMPERATURE
        both = np.exp(both - both.max(axis=1, keepdims=True))
        both /= both.sum(axis=1, keepdims=True)
        return np.asarray(both, np.float32)

    @cached_property
    def text(self) -> str:
        """What the best path says."""
        return "".join(str(digit) for digit in self.probabilities.argmax(axis=1))

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """For each digit of the best path, the share of the paths that have it there, or say the same in all."""
        best = self.paths[0]
        return tuple(
            sum(
                path.share
                for path in self.paths
                if path.text == best.text
                or any(
                    digit == other_digit and self._alike(step, other)
                    for other, other_digit in zip(path.steps, path.text, strict=True)
                )
            )
            for step, digit in zip(best.steps, best.text, strict=True)
        )

    @cached_property
    def confidence(self) -> float:
        """The probability that all of it is right: its segmentation, and every digit."""
        share = sum(path.share for path in self.paths if path.text == self.paths[0].text)
        return share * float(np.prod(self.probabilities.max(axis=1)))

    def _alike(self, one: int, other: int) -> bool:
        """Whether two candidates are nearly the same place."""
        if one == other:
            return True
        boxes = self.chain.candidates[one].box, self.chain.candidates[other].box
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        wide, tall = min(rights) - max(lefts), min(bottoms) - max(tops)
        united = (max(rights) - min(lefts)) * (max(bottoms) - min(tops))
        return bool(wide > 0 and tall > 0 and wide * tall > _SAME * united)


def read_strip(classifier: Classifier, strip: Strip, line: int, expected: Expected | None) -> Iterator[Line]:
    """The numbers of a strip, from left to right."""
    components = find_components(strip.mask, HEIGHT, strip.stroke_width)
    if not components or len(components) > _MOST_COMPONENTS:
        return
    known = look_at_whole(classifier, components)
    if not _is_writing(known):
        return
    whole = _searched(classifier, strip, known, line, expected) if expected else None
    if whole and not whole.missed:
        yield whole
        return
    for start, end in pairwise(_ends_of_groups(components)):
        found = _searched(classifier, strip, known[start:end], line, expected)
        if found:
            yield found


@dataclass(frozen=True, eq=False)
class Whole:
    """A component, and what the digit network makes of it if it is one digit.

    Attributes:
        component: not cut.
        image: uint8 (28, 28).
        probabilities: float32 (10,).
        digitness: 0 to 1; None if the network does not say.
    """

    component: Component
    image: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.float32]
    digitness: np.float32 | None

    @property
    def is_clear(self) -> bool:
        """Whether it is one digit beyond doubt: cutting could only make it worse, and most of a page is clear."""
        left, _, right, _ = self.component.box
        certainty = 0.0 if self.digitness is None else float(self.digitness * self.probabilities.max())
        return certainty >= _CLEAR and right - left <= _NARROW * HEIGHT


def look_at_whole(classifier: Classifier, components: Sequence[Component]) -> list[Whole]:
    """What the digit network makes of each component of a strip."""
    chain = link(components, HEIGHT, _MOST_CANDIDATES, parts=1)
    assert chain is not None
    images = np.stack([image_of(candidate, HEIGHT) for candidate in chain.candidates])
    answers = classifier.answer(images)
    digitness = [None] * len(images) if answers.digitness is None else answers.digitness
    return [Whole(*one) for one in zip(components, images, answers.probabilities, digitness, strict=True)]


def _is_writing(known: Sequence[Whole]) -> bool:
    """Whether this may be a row of digits: of what is large, enough looks like digits."""
    large = [one.digitness for one in known if one.component.ink.shape[0] >= _LARGE * HEIGHT]
    like = [digitness >= 0.5 for digitness in large if digitness is not None]
    return len(like) < max(_FEW, len(large)) or float(np.mean(like)) >= _LIKE_DIGITS


def _ends_of_groups(components: Sequence[Component]) -> list[int]:
    """Where groups of components begin and end that are no further apart than digits of one number are."""
    edges = np.array([(component.box[0], component.box[2]) for component in components])
    reached = np.maximum.accumulate(edges[:, 1])[:-1]
    gaps = (edges[1:, 0] - reached) / HEIGHT
    usual = float(np.median(np.maximum(gaps, 0.1))) if len(gaps) else 0.0
    spaces = (gaps > max(_SPACE, _WIDER * usual)) | (gaps > _SURELY)
    return [0, *(np.flatnonzero(spaces) + 1).tolist(), len(components)]


def _searched(
    classifier: Classifier,
    strip: Strip,
    known: Sequence[Whole],
    line: int,
    expected: Expected | None,
) -> Line | None:
    """The best way through components."""
    transcript = _transcribed(strip, [one.component for one in known])
    places = _surely_at(transcript, known, expected)
    if transcript and places is not None:
        found = _best(classifier, strip, known, line, expected, transcript, places)
        if found and len(found.steps) == len(transcript.text):  # else the ink does not part as it was heard
            return found
    return _best(classifier, strip, known, line, expected, transcript, None)


def _best(
    classifier: Classifier,
    strip: Strip,
    known: Sequence[Whole],
    line: int,
    expected: Expected | None,
    transcript: Transcript | None,
    places: list[Floats] | None,
) -> Line | None:
    """The best way; where it is known which digits are in which component, only through candidates of one digit."""
    components = [
        one.component
        if one.is_clear and places is None
        else cut(one.component, strip.mask, HEIGHT, strip.stroke_width, None if places is None else places[number])
        for number, one in enumerate(known)
    ]
    chain = link(components, HEIGHT, _MOST_CANDIDATES)
    if chain is None or not chain.candidates:
        return None
    images, answers = _answered(classifier, chain, known)
    judged = judge(chain.candidates, answers, HEIGHT)
    paths = find_paths(chain, judged, answers.probabilities, HEIGHT, expected)
    missed = expected is not None and not paths
    if missed:
        expected = None
        paths = find_paths(chain, judged, answers.probabilities, HEIGHT)
    if transcript:
        if transcript.text not in {path.text for path in paths} and _is_as_long(transcript.text, expected):
            other = follow(chain, judged, answers.probabilities, HEIGHT, transcript.text)
            paths += [other] if other else []
        paths = weighed(paths, transcript)
    return Line(strip, line, chain, images, answers, judged, transcript, tuple(paths), missed) if paths else None


def _answered(classifier: Classifier, chain: Chain, known: Sequence[Whole]) -> tuple[npt.NDArray[np.uint8], Answers]:
    """What the digit network sees of each candidate, uint8 (n, 28, 28), and says; nothing is asked twice."""
    whole = dict(zip(pairwise(chain.starts), known, strict=True))
    asked = [whole.get((candidate.start, candidate.end)) for candidate in chain.candidates]
    images = np.stack(
        [one.image if one else image_of(each, HEIGHT) for one, each in zip(asked, chain.candidates, strict=True)]
    )
    new = np.array([one is None for one in asked])
    answers = classifier.answer(images[new])
    probabilities = np.empty((len(images), 10), np.float32)
    probabilities[new] = answers.probabilities
    probabilities[~new] = np.array([one.probabilities for one in asked if one]).reshape(-1, 10)
    if answers.digitness is None:
        return images, Answers(probabilities=probabilities)
    digitness = np.empty(len(images), np.float32)
    digitness[new] = answers.digitness
    digitness[~new] = [one.digitness for one in asked if one]
    return images, Answers(probabilities=probabilities, digitness=digitness)


def _surely_at(transcript: Transcript | None, known: Sequence[Whole], expected: Expected | None) -> list[Floats] | None:
    """Where digits are, for each component; None if the line network is not sure of it, or the other one disagrees."""
    if transcript is None or not transcript.text or not _is_as_long(transcript.text, expected):
        return None
    if transcript.log_likelihood(transcript.text) < _SURE:
        return None
    boxes = np.array([one.component.box for one in known], np.float64)
    left, right = boxes[:, 0, None], boxes[:, 2, None]
    away = np.maximum(np.maximum(left - transcript.places, transcript.places - right), 0)
    aside = np.abs((left + right) / 2 - transcript.places) / (right - left)  # of several, that in whose midst it is
    owner = (away + aside).argmin(axis=0)
    places = [transcript.places[owner == number] for number in range(len(known))]
    agrees = all(len(its) == 1 for its, one in zip(places, known, strict=True) if one.is_clear)
    return places if agrees else None


def _is_as_long(text: str, expected: Expected | None) -> bool:
    return not expected or expected[0] <= len(text) <= expected[1]


def _transcribed(strip: Strip, components: Sequence[Component]) -> Transcript | None:
    """What the line network says of some of a strip."""
    left = min(component.box[0] for component in components)
    right = max(component.box[2] for component in components)
    return line_network.shipped().transcribe(strip.mask[:, left:right], HEIGHT, left)
