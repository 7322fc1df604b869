"""What the values are worth that numbers are given: figures by name, for `reading.py --values`.

A number on a page is *given a value* if it is named freely, signs and all, and means one thing without a locale or a
type. A value that is given and is not what is written is silently wrong: nothing asks a person to look. It is wrong by

    a sign          a separator or a sign lost, invented, moved, or taken for a digit: 12.50 → 1250, 12/08 → 12108.
                    These are the *silent magnitude errors*
    a digit's loss  the signs are right, and a digit is lost or invented: 12.50 → 2.50
    another digit   the rest: 12.50 → 72.50

Notable choices:
- what is written is understood by the same rules (`digits.reading.values`): they are not measured here, their tests are
  elsewhere. What is written and means several things (`1.480`) has no value, and should be given none;
- whose number a read one is: where the places of marks are known (synthetic pages), that of the number of which it
  covers most marks; in a picture of one number, that one's; else that of the number with which it has most digits in
  common, half of them at least. So a number that was found in two halves has two values, each of which is counted;
- what is read where no number stands is counted by itself: it is no error of magnitude.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

import document_figures
from digits.reading.values.meaning import value_of
from digits.reading.values.value import Value
from document_figures import SIGNS_FOUND, SIGNS_RIGHT, TEXT, Figures
from labelled_documents import Document, Points, only_digits
from measured import Share
from ways_to_read_documents import Found, Said

RIGHT = "value right, of the numbers that mean one thing (best guess)"
GIVEN, GIVEN_RIGHT = "given a value freely, of the numbers that mean one thing", "of the values given, right"
MAGNITUDE = "of the values given: silent magnitude errors (a sign lost, invented, moved, or taken for a digit)"
LENGTH, OTHER = "  a digit lost or invented", "  another digit"
INVENTED = "values given where no number stands, a picture"

SAME = 0.5
"""Digits in common, of the longer number's, from which on two numbers may be the same."""

AROUND = 0.2
"""Of the height of what was read: marks whose middles are so near to it are covered, too."""


@dataclass(frozen=True)
class OnNumber:
    """What was read of one number that is written, the best first; nothing if it was not found."""

    written: str
    read: tuple[Found, ...] = ()

    @property
    def best(self) -> str:
        """The best guess of the best one."""
        return self.read[0].text if self.read else ""


def values(documents: Sequence[Document], said: Sequence[Said]) -> Figures:
    """The figures of pictures whose numbers are understood."""
    pairs = [
        laid_on(document, one.numbers if document.places else document_figures.without_print(document, one))
        for document, one in zip(documents, said, strict=True)
        if document.counts
    ]
    numbers = [number for found, _ in pairs for number in found]
    meant = [(number, value) for number in numbers if (value := value_of(number.written)).kind]
    given = [(number.written, one) for number in numbers for one in number.read if value_of(one.shown).kind]
    wrong = [kind for written, one in given if (kind := fault(written, one.shown))]
    invented = sum(bool(value_of(one.shown).kind) for _, others in pairs for one in others)
    return {
        TEXT: Share.of(number.best == number.written for number in numbers),
        RIGHT: Share.of(means(number.best, value) for number, value in meant),
        GIVEN: Share.of(bool(number.read and value_of(number.read[0].shown).kind) for number, _ in meant),
        GIVEN_RIGHT: Share(len(given) - len(wrong), len(given)),
        MAGNITUDE: Share(wrong.count(MAGNITUDE), len(given)),
        LENGTH: Share(wrong.count(LENGTH), len(given)),
        OTHER: Share(wrong.count(OTHER), len(given)),
        INVENTED: invented / max(1, len(pairs)),
        **document_figures.common_share(
            [(number.written, number.best) for number in numbers], SIGNS_FOUND, SIGNS_RIGHT, digits=False
        ),
    }


def silent(documents: Sequence[Document], said: Sequence[Said]) -> list[dict[str, str]]:
    """Every value that is given and wrong, to be looked at: its picture, what is written, what was read."""
    found = []
    for document, one in zip(documents, said, strict=True):
        for number in laid_on(document, one.numbers)[0]:
            for read in number.read:
                if value_of(read.shown).kind and (kind := fault(number.written, read.shown)):
                    what = "sign" if kind == MAGNITUDE else kind.strip()
                    found.append(
                        {"picture": document.name, "written": number.written, "read": read.shown, "wrong": what}
                    )
    return found


def means(text: str, value: Value) -> bool:
    """Whether a text has this value."""
    own = value_of(text)
    return (own.kind, own.value, own.unit) == (value.kind, value.value, value.unit)


def fault(written: str, read: str) -> str:
    """What is wrong with the value of what was read: `MAGNITUDE`, `LENGTH` or `OTHER`; empty if it is the right one."""
    if written == read or means(read, value_of(written)):
        return ""
    runs, own = _signs_and_runs(written), _signs_and_runs(read)
    if runs == own:
        return OTHER
    digits = len(only_digits(written)), len(only_digits(read))
    return LENGTH if runs[0] == own[0] and digits[0] != digits[1] else MAGNITUDE


def _signs_and_runs(text: str) -> tuple[str, tuple[int, ...]]:
    """The signs of a text in their order, and how many digits stand before, between and behind them."""
    signs = "".join(mark for mark in text if not only_digits(mark))
    runs, count = [], 0
    for mark in text:
        if only_digits(mark):
            count += 1
        else:
            runs.append(count)
            count = 0
    return signs, (*runs, count)


def laid_on(document: Document, numbers: Sequence[Found]) -> tuple[list[OnNumber], list[Found]]:
    """What was read of each number that is written; and what was read where none is."""
    if document.places:
        whose = [_covered(document, one) for one in numbers]
        numbers = [one for one, place in zip(numbers, whose, strict=True) if place is not CUT]
        whose = [place for place in whose if place is not CUT]
    elif len(document.written) == 1:
        whose = [0] * len(numbers)
    else:
        whose = _alike(document.written, numbers)
    found = []
    for place, written in enumerate(document.written):
        own = [one for one, at in zip(numbers, whose, strict=True) if at == place]
        own.sort(key=lambda one: -len(document_figures.common(written, one.text)))
        found.append(OnNumber(written, tuple(own)))
    return found, [one for one, place in zip(numbers, whose, strict=True) if place is None]


CUT = -1
"""The place of what lies on a number that the frame cuts, or that nobody can read."""


def _covered(document: Document, one: Found) -> int | None:
    """Of which number a read one covers most marks; `CUT` if of one that does not count, None if of none."""
    counts = [covered(one.corners, points) for points in (*document.places, document.cut)]
    most = max(range(len(counts)), key=counts.__getitem__)
    if not counts[most]:
        return None
    return most if most < len(document.places) else CUT


def covered(corners: Points, points: Points) -> int:
    """How many points lie within four corners, or near to them."""
    outline = np.array(corners, np.float32)
    near = AROUND * float(np.hypot(*(outline[3] - outline[0])))
    return sum(cv2.pointPolygonTest(outline, point, measureDist=True) >= -near for point in points)


def _alike(written: Sequence[str], numbers: Sequence[Found]) -> list[int | None]:
    """For each number that was read the written one it is, each of which is one at most."""
    whose: list[int | None] = [None] * len(numbers)
    left = list(range(len(written)))
    ranked = sorted(
        (-len(document_figures.common(label, one.text)), abs(len(label) - len(one.text)), at, place)
        for at, label in enumerate(written)
        for place, one in enumerate(numbers)
    )
    for _, _, at, place in ranked:
        label, read = only_digits(written[at]), numbers[place].digits
        is_same = len(document_figures.common(label, read)) >= SAME * max(len(label), len(read))
        if whose[place] is None and at in left and is_same:
            whose[place] = at
            left.remove(at)
    return whose
