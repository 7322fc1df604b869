"""What ways to read are worth on pictures with numbers and signs: figures by name, for tables, JSON and comparisons.

Notable choices:
- *in rows* (digits, lines, amounts, pages): all that is read in a row is joined, spaces do not count; a row is exactly
  right if its digits are (`reading_numbers.match` says which row stands beside which). Signs are scored in their place:
  a row's text is right if digits and signs are;
- *scattered* (documents): numbers count, in any order, digits alone. A written number is found if one of the same
  digits was read, each of which counts once. Character errors and digits are counted between pairs: the same
  number first, then those with the most digits in common;
- digits and signs are *found* and *right* by the longest common subsequence of what is written and what is read:
  recall is its share of the first, precision of the second;
- *nothing*: pictures without a digit, in which none should be sure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelled_documents import NOTHING, Document, only_digits, only_marks
from measured import CharacterErrors, Share
from reading_numbers import edit_distance, match
from ways_to_read_documents import Found, Said
from ways_to_read_numbers import UNSURE, Answer

Figures = dict[str, Share | CharacterErrors | float]
"""What is measured → the figure."""

EXACT, ERRORS, GIVEN, RIGHT = "exactly right", "character error rate", "named freely", "of these, right"
DIGITS_FOUND, DIGITS_RIGHT = "digits: recall", "digits: precision"
TEXT, TEXT_GIVEN = "text with signs exactly right", "of those named freely, text with signs right"
SIGNS_FOUND, SIGNS_RIGHT = "signs: recall", "signs: precision"
FOUND, PRECISION = "written numbers found exactly", "of what is read, right"
READ_FREELY = "of what is read, named freely"
FOUND_FREELY = "written numbers found exactly and named freely"
SURE_IN_NOTHING = "sure numbers a picture without any"
SURE_DIGIT, SURE_NUMBER = "with a sure digit", "with a sure number"

Pair = tuple[str, str]
"""What is written, and what was read there: digits, or marks; nothing on either side if it has no partner."""


def in_rows(documents: Sequence[Document], said: Sequence[Said]) -> Figures:
    """The figures of pictures whose rows are compared."""
    answers = [_answer(document, one) for document, one in zip(documents, said, strict=True)]
    digits = ["/".join(map(only_digits, document.rows)) for document in documents]
    matches = [match(label, answer) for label, answer in zip(digits, answers, strict=True)]
    rows = [row for one in matches for row in one.rows]
    lengths = tuple(sum(len(row.label) for row in one.rows) for one in matches)
    figures: Figures = {
        EXACT: Share.of(row.exact for row in rows),
        ERRORS: CharacterErrors(tuple(one.edits for one in matches), lengths),
        GIVEN: Share.of(row.given for row in rows),
        RIGHT: Share.of(row.exact for row in rows if row.given),
        **common_share([(row.label, row.read) for row in rows], DIGITS_FOUND, DIGITS_RIGHT),
    }
    if any(document.has_signs for document in documents):
        scored = [pair for pair in zip(documents, said, strict=True) if pair[0].has_signs]
        figures |= _with_signs(*zip(*scored, strict=True))
    return figures


def scattered(documents: Sequence[Document], said: Sequence[Said]) -> Figures:
    """The figures of pictures whose numbers are compared in any order; for each kind, too, what is found and right."""
    every = [pair for pair in zip(documents, said, strict=True) if pair[0].counts]
    figures = _of_numbers(every)
    without = [sum(number.given for number in one.numbers) for document, one in every if document.kind == NOTHING]
    if without:
        figures[SURE_IN_NOTHING] = float(np.mean(without))
        figures["  pictures without any, with a sure number"] = Share.of(count > 0 for count in without)
    for kind in sorted({document.kind for document, _ in every} - {NOTHING}):
        own = _of_numbers([(document, one) for document, one in every if document.kind == kind])
        figures |= {f"  {kind}: {what}": own[what] for what in (FOUND, PRECISION, READ_FREELY, RIGHT)}
    return figures


def nothing(documents: Sequence[Document], said: Sequence[Said]) -> Figures:
    """The figures of pictures that show no digit."""
    assert len(documents) == len(said)
    return {
        SURE_DIGIT: Share.of(any(number.has_sure_digit for number in one.numbers) for one in said),
        SURE_NUMBER: Share.of(any(number.given for number in one.numbers) for one in said),
    }


def faults(documents: Sequence[Document], said: Sequence[Said]) -> Figures:
    """How many pictures are read right: digits, numbers (which digits belong together), text with signs, all of it."""
    verdicts = [verdict(*pair) for pair in zip(documents, said, strict=True)]
    right = [one.all for one in verdicts]
    return {
        EXACT: Share.of(right),
        "  digits right": Share.of(one.digits for one in verdicts),
        "  numbers right": Share.of(one.numbers for one in verdicts),
        "  text with signs right": Share.of(one.text for one in verdicts),
        GIVEN: Share.of(is_given(one) for one in said),
        RIGHT: Share.of(good for good, one in zip(right, said, strict=True) if is_given(one)),
    }


@dataclass(frozen=True)
class Verdict:
    """What of a picture is read right.

    Attributes:
        digits: row by row, spaces not counted.
        numbers: which digits belong together, in their order; signs that stand alone are no numbers.
        text: row by row, digits and signs, spaces not counted.
    """

    digits: bool
    numbers: bool
    text: bool

    @property
    def all(self) -> bool:
        """All of it."""
        return self.numbers and self.text

    def __str__(self) -> str:
        return "".join("+" if one else "-" for one in (self.digits, self.numbers, self.text))


def verdict(document: Document, said: Said) -> Verdict:
    """A picture's text beside what was read."""
    rows = ["".join(number.text for number in row) for row in said.rows]
    return Verdict(
        digits=list(map(only_digits, document.rows)) == list(map(only_digits, rows)),
        numbers=document.numbers == tuple(number.digits for number in said.numbers),
        text=list(map(only_marks, document.rows)) == rows,
    )


def common(one: str, other: str) -> str:
    """The longest common subsequence of two texts."""
    best = [""] * (len(other) + 1)
    for character in one:
        diagonal = ""
        for place, also in enumerate(other, 1):
            above = best[place]
            best[place] = diagonal + character if character == also else max(above, best[place - 1], key=len)
            diagonal = above
    return best[-1]


def paired(written: Sequence[str], read: Sequence[str]) -> list[Pair]:
    """Numbers side by side: the same first, then those with the most digits in common, as few others as can be."""
    ranked = sorted(
        (
            (-len(common(label, found)), edit_distance(found, label), at, place)
            for at, label in enumerate(written)
            for place, found in enumerate(read)
        ),
        key=lambda pair: (written[pair[2]] != read[pair[3]], *pair),
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for shared, _, at, place in ranked:
        if shared and at not in partner and place not in taken:
            partner[at] = place
            taken.add(place)
    pairs = [(label, read[partner[at]] if at in partner else "") for at, label in enumerate(written)]
    return pairs + [("", found) for place, found in enumerate(read) if place not in taken]


def to_json(figures: Figures) -> dict[str, Any]:
    """The figures as a JSON object: each with its value, and its n and interval where it has them."""

    def one(figure: Share | CharacterErrors | float) -> dict[str, Any]:
        if isinstance(figure, Share):
            return {"value": figure.value if figure.n else None, **figure.to_json()}
        if isinstance(figure, CharacterErrors):
            return {"value": figure.rate if sum(figure.characters) else None, **figure.to_json()}
        return {"value": figure}

    return {what: one(figure) for what, figure in figures.items()}


def table_rows(figures: Mapping[str, Figures]) -> list[tuple[str, list[str]]]:
    """The table of all ways: what is measured, and a cell for each."""
    names = list(dict.fromkeys(what for one in figures.values() for what in one))
    return [(what, [_cell(one.get(what)) for one in figures.values()]) for what in names]


def _cell(figure: Share | CharacterErrors | float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:.2f}" if isinstance(figure, float) else str(figure)


def _answer(document: Document, said: Said) -> Answer:
    """A Said as the rows of digits that `reading_numbers` compares; a number that is not named freely is all `?`."""
    rows = tuple("".join(number.digits for number in row) for row in said.rows)
    free = tuple(
        "".join(number.digits if number.given else UNSURE * len(number.digits) for number in row) for row in said.rows
    )
    if len(document.rows) == 1:
        return Answer(("".join(rows),), ("".join(free),), said.confidence)
    return Answer(rows, free, said.confidence)


def _with_signs(documents: Sequence[Document], said: Sequence[Said]) -> Figures:
    """The figures of text with signs; all rows of a picture are joined."""
    pairs = [
        (only_marks(document.text.replace(" / ", "")), "".join(number.text for number in one.numbers))
        for document, one in zip(documents, said, strict=True)
    ]
    return {
        TEXT: Share.of(written == read for written, read in pairs),
        TEXT_GIVEN: Share.of(w == read for (w, read), one in zip(pairs, said, strict=True) if is_given(one)),
        **common_share(pairs, SIGNS_FOUND, SIGNS_RIGHT, digits=False),
    }


def _of_numbers(every: Sequence[tuple[Document, Said]]) -> Figures:
    """The figures of numbers in any order."""
    counted = [(document.numbers, without_print(document, said)) for document, said in every]
    found = sum((Counter(labels) & Counter(one.digits for one in read)).total() for labels, read in counted)
    freely = [(labels, [one for one in read if one.given]) for labels, read in counted]
    right = sum((Counter(labels) & Counter(one.digits for one in read)).total() for labels, read in freely)
    written, read = (sum(len(pair[side]) for pair in counted) for side in (0, 1))
    given = sum(len(read) for _, read in freely)
    pairs = [paired(labels, [one.digits for one in read]) for labels, read in counted]
    return {
        FOUND: Share(found, written),
        PRECISION: Share(found, read),
        READ_FREELY: Share(given, read),
        RIGHT: Share(right, given),
        FOUND_FREELY: Share(right, written),
        ERRORS: CharacterErrors(
            tuple(sum(edit_distance(read, label) for label, read in own) for own in pairs),
            tuple(sum(len(label) for label, _ in own) for own in pairs),
        ),
        **common_share([pair for own in pairs for pair in own], DIGITS_FOUND, DIGITS_RIGHT),
    }


def without_print(document: Document, said: Said) -> list[Found]:
    """The numbers that count: of a printed one as many are left as are also written by hand."""
    counted = list(said.numbers)
    for printed in document.printed:
        same = [one for one in counted if one.digits == printed]
        if len(same) > document.numbers.count(printed):
            counted.remove(same[0])
    return counted


def common_share(pairs: Sequence[Pair], recall: str, precision: str, *, digits: bool = True) -> Figures:
    """Recall and precision of digits, or of signs."""

    def count(text: str) -> int:
        return len(only_digits(text)) if digits else len(text) - len(only_digits(text))

    shared = sum(count(common(*pair)) for pair in pairs)
    return {
        recall: Share(shared, sum(count(written) for written, _ in pairs)),
        precision: Share(shared, sum(count(read) for _, read in pairs)),
    }


def is_given(said: Said) -> bool:
    """Whether there is a number, and all are named freely."""
    return bool(said.numbers) and all(number.given for number in said.numbers)
