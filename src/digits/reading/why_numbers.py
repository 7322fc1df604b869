"""Why was my number read so? What was found of its segmentation, in plain sentences, the weightiest first.

Notable choices:
- as in `why.py`, a sentence is said only where its cause is there, and its bound stands beside it as a constant;
- a digit is doubted for one of three reasons, and it is said for which: the networks hesitate between two digits, or
  differ; the digit network sees no digit at all; or other ways to take the ink apart are likely, too.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from digits.reading.calibration import Thresholds
from digits.reading.explained_number import AgainstLabel, ExplainedNumber
from digits.reading.mismatch import Mismatch
from digits.reading.results import Number
from digits.reading.why_heard import differing, of_heard
from digits.reading.wording import a, counted, listed, place, probability

TILTED = 4.0
"""Degrees from which on a row is called tilted."""

COARSE = 14.0
"""Pixels: digits that are lower are called too small."""

THROUGH_INK = 0.1
"""Stroke widths: digits between which a cut crosses less are close, but do not touch."""

NEAR = 0.005
"""The share from which on another version is told as a rival."""

MOST_DOUBTS = 4
"""Unsure digits of one number that are told one by one."""

MOST_FIELDS = 12
"""Unsure fields of a form that are told one by one."""

_KINDS = {"comma": "mark at the foot like a comma or a point", "tall mark": "mark as tall as a digit"}


def sentences(numbers: Sequence[ExplainedNumber], lines: int, against: AgainstLabel | None) -> tuple[str, ...]:
    """All that is to be said of some numbers of a picture, in how many lines there are any, and what it should be."""
    label = tuple(_against_label(numbers, against)) if against else ()
    if len(numbers) == 1:
        first, *others = numbers[0].words
        return (first, *label, *others)
    where = "one line" if len({one.number.line for one in numbers}) == 1 else counted(lines, "line")
    found = f"{counted(len(numbers), 'number').capitalize()} were found in {where}."
    return (found, *label, *(sentence for one in numbers for sentence in one.words))


def of_number(explained: ExplainedNumber, thresholds: Thresholds, *, alone: bool) -> tuple[str, ...]:
    """The reasons for one number's answer; `alone` says that no other is explained beside it."""
    number = explained.number
    read = f"ead as {explained.guess} with confidence {number.confidence:.2f}."
    first = f"R{read}" if alone else f"Line {number.line + 1}: r{read}"
    reasons = (
        _doubts(explained, thresholds),
        _expectation(explained),
        of_heard(explained, alone=alone),
        _rival(explained),
        _taken_apart(explained),
        _row(explained),
    )
    return (first, *chain(*reasons))


def of_form(numbers: Sequence[Number], line: int | None) -> tuple[str, ...]:
    """What stands in the fields of a form, or in those of one line, and which of them to look at."""
    if not numbers:
        return ("No printed boxes were found: there is nothing to read in a form without fields.",)
    chosen = [(at, number) for at, number in enumerate(numbers) if line is None or number.line == line]
    empty = sum(not number.digits and not number.doubt for _, number in chosen)
    where = f"line {line + 1} of this form" if line is not None else "this form"
    were = "was" if len(chosen) == 1 else "were"
    first = (
        f"{counted(len(chosen), 'field').capitalize()} {were} found in {where}; {counted(empty, 'field')} left empty."
    )
    doubts = [f"Field {at + 1}: {_doubted(number)}." for at, number in chosen if number.unsure]
    rest = len(doubts) - MOST_FIELDS
    more = [f"{counted(rest, 'field').capitalize()} more {'is' if rest == 1 else 'are'} unsure."] if rest > 0 else []
    last = "Each field is read by itself: choose one by its number to have it explained."
    return (first, *doubts[:MOST_FIELDS], *more, last)


def _doubted(number: Number) -> str:
    guess = "".join(digit.text for digit in number.digits)
    return number.doubt or f"read as {guess}, unsure, because it {number.unsure}"


def _doubts(explained: ExplainedNumber, thresholds: Thresholds) -> Iterator[str]:
    digits = explained.number.digits
    unsure = [at for at, digit in enumerate(digits) if digit.unsure]
    for at in unsure[:MOST_DOUBTS]:
        digit, share = digits[at], explained.line.shares[at]
        certain = float(digit.probabilities.max())
        text, other = digit.alternatives[0]
        which = f"The {place(at)} digit, {digit.text}, is unsure"
        differs = differing(explained, at)
        has = f"{digit.text} has {certain:.2f}, {text} {probability(other)}"
        shape = f"{differs} (together, {has})" if differs else f"it could be {a(text)} ({has})"
        ways = f"other ways to take its ink apart have a share of {1 - share:.2f}"
        if digit.digitness is not None and digit.digitness < thresholds.digitness:
            yield f"{which}: it hardly looks like a digit (digitness {digit.digitness:.2f})."
        elif certain >= thresholds.confidence:
            yield f"{which}: its shape is clear ({certain:.2f}), but {ways}."
        else:
            yield f"{which}: {shape}{f', and {ways}' if share < thresholds.confidence else ''}."
    if len(unsure) > MOST_DOUBTS:
        rest = len(unsure) - MOST_DOUBTS
        yield f"{counted(rest, 'digit').capitalize()} more {'is' if rest == 1 else 'are'} unsure."


def _expectation(explained: ExplainedNumber) -> Iterator[str]:
    """What the count that was asked for did."""
    if explained.number.doubt:
        yield f"{_sentence(explained.number.doubt)}: its ink cannot be taken apart into so many."
    elif explained.segmentation.unrestricted:
        yield f"Without the count of digits that was given, it would be read as {explained.segmentation.unrestricted}."


def _rival(explained: ExplainedNumber) -> Iterator[str]:
    best, *others = explained.segmentation.versions
    if not others or others[0].share < NEAR:
        yield "No other way to take it apart comes near."
        return
    rival = others[0]
    if not rival.of:
        how = f"with {rival.instead} added {f'after {best.text[: rival.place]}' if rival.place else 'in front'}"
    elif not rival.instead:
        how = f"without the {rival.of} at the {place(rival.place)} place"
    else:
        how = f"with {rival.instead} in place of the {rival.of} at the {place(rival.place)} place"
    lost = f"it lost by {best.score - rival.score:.1f} in log-odds"
    shares = f"{rival.share:.2f} against {best.share:.2f}"
    if rival.share > best.share:
        shares = f"though all ways to it together have more, {shares}"
    else:
        shares = f"its share {shares}"
    yield f"The next best reading is {rival.text}, {how}: {lost}, {shares}."


def _taken_apart(explained: ExplainedNumber) -> Iterator[str]:
    """Where digits touched, where strokes were joined, and what was left out."""
    steps = [explained.line.chain.candidates[step] for step in explained.line.steps]
    guess, cuts = explained.guess, {cut.number: cut for cut in explained.segmentation.cuts}
    touching, close = list[str](), list[str]()
    for at, (step, following) in enumerate(pairwise(steps)):
        if step.end == following.start and step.end in cuts:
            crossed, pair = cuts[step.end].crossed, f"{guess[at]} and {guess[at + 1]}"
            if crossed >= THROUGH_INK:
                touching.append(f"{pair} ({crossed:.1f})")
            else:
                close.append(pair)
    if touching:
        yield f"Digits that touch were cut apart (through so many stroke widths of ink): {listed(touching)}."
    if close:
        yield f"Digits that nearly touch were told apart: {listed(close)}."
    for at, step in enumerate(steps):
        if step.parts > 1:
            gap = f", up to {100 * step.gap:.0f} % of its height apart" if step.gap > 0 else ""
            yield f"The {place(at)} digit, {guess[at]}, was joined from {counted(step.parts, 'stroke')}{gap}."
    marks = [counted(count, _KINDS.get(kind, kind)) for kind, count in explained.segmentation.kinds.items()]
    if marks:
        yield f"Left out, because not taken for a digit: {listed(marks)}."


def _row(explained: ExplainedNumber) -> Iterator[str]:
    angle, height = explained.segmentation.angle, explained.segmentation.height
    if abs(angle) >= TILTED:
        yield f"Its row {'descends' if angle > 0 else 'climbs'} by {abs(angle):.0f} degrees: it was turned level."
    if height < COARSE:
        yield f"Its digits are only {height:.0f} pixels high: too few to show their shapes."


def _against_label(numbers: Sequence[ExplainedNumber], against: AgainstLabel) -> Iterator[str]:
    chosen = [numbers[at] for at in against.numbers]
    if not against.mismatches:
        apart = f", in {counted(len(chosen), 'number')}" if len(chosen) > 1 else ""
        yield f"It should be {against.label}, and is read so{apart}."
        return
    which = ""
    if len(numbers) > 1:
        which = f"; the closest to that is {' '.join(one.guess for one in chosen)} in line {chosen[0].number.line + 1}"
    wrong = (
        "one digit is wrong"
        if len(against.mismatches) == 1
        else f"{counted(len(against.mismatches), 'digit')} are wrong"
    )
    yield f"It should be {against.label}{which}: {wrong}."
    for mismatch in _grouped(against.mismatches):
        yield _mismatch(chosen, against, mismatch)
    if any(not mismatch.read for mismatch in against.mismatches):
        yield "What was not found is ink that was left out, or taken for a part of another digit."
    rivals = [version for one in chosen for version in one.segmentation.versions[1:]] if len(chosen) == 1 else []
    for version in rivals:
        if version.text == against.label:
            best = chosen[0].segmentation.versions[0]
            yield (
                f"{against.label} was among the other readings: it lost by {best.score - version.score:.1f} in "
                f"log-odds, its share {probability(version.share)}."
            )


def _mismatch(chosen: Sequence[ExplainedNumber], against: AgainstLabel, mismatch: Mismatch) -> str:
    at, read, wanted = mismatch.place, mismatch.read, mismatch.wanted
    if not read:
        where = f"before the {place(at)} digit, {against.read[at]}," if at < len(against.read) else "at the end"
        return f"{_sentence(a(wanted)) if len(wanted) == 1 else wanted} {where} was not found."
    if not wanted:
        return f"The {place(at)} digit, {read}, should not be there: its ink is none, or another digit's."
    one, its = [(one, its) for one in chosen for its in range(len(one.number.digits))][at]
    digit, differs = one.number.digits[its], differing(one, its)
    given = f"{wanted} {probability(float(digit.probabilities[int(wanted)]))}"
    return (
        f"The {place(at)} digit should be {a(wanted)} and was read as {a(read)}: "
        f"{f'{differs}; together they give' if differs else 'the networks give'} {given} "
        f"and {read} {float(digit.probabilities.max()):.2f}."
    )


def _grouped(mismatches: Sequence[Mismatch]) -> list[Mismatch]:
    """Mismatches, with digits that were not found side by side as one."""
    found: list[Mismatch] = []
    for mismatch in mismatches:
        if found and not mismatch.read and not found[-1].read and found[-1].place == mismatch.place:
            found[-1] = Mismatch(mismatch.place, "", found[-1].wanted + mismatch.wanted)
        else:
            found.append(mismatch)
    return found


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
