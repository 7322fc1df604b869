"""Why was my number read so? What the three networks saw of it, in plain sentences, the weightiest first.

As in `digit_words.py`, a sentence is said only where its cause is there, and its bound stands beside it as a constant.
"""

from collections.abc import Iterator, Sequence

from digits.explaining.explained_number import AgainstLabel, ExplainedNumber, Mismatch
from digits.explaining.wording import a, counted, listed, place, probability
from digits.reading.lines import DIGITS
from digits.reading.results import Number, Unread
from digits.reading.values.value import named

COARSE = 14
"""Pixels: strips that are lower are called too small."""

NEAR = 0.005
"""The share from which on another text is told as a rival."""

LIKELY = 0.02
"""The probability from which on another mark is told."""

NO_DIGIT = 0.5
"""Digitness below which a mark is called hardly a digit."""

MOST_TOLD = 4
"""Marks, rivals and places that are told one by one."""

MOST_FIELDS = 12
"""Unsure fields of a form that are told one by one."""


def sentences(numbers: Sequence[ExplainedNumber], lines: int, against: AgainstLabel | None) -> tuple[str, ...]:
    """All that is to be said of some numbers of a picture, in how many lines there are any, and what it should be."""
    label = tuple(_against_label(numbers, against)) if against else ()
    if len(numbers) == 1:
        first, *others = numbers[0].words
        return (first, *label, *others)
    where = "one line" if len({one.number.line for one in numbers}) == 1 else counted(lines, "line")
    found = f"{counted(len(numbers), 'number').capitalize()} were found in {where}."
    return (found, *label, *(sentence for one in numbers for sentence in one.words))


def of_number(explained: ExplainedNumber, *, alone: bool) -> tuple[str, ...]:
    """The reasons for one number's answer; `alone` says that no other is explained beside it."""
    read = f"ead as {_guess(explained.number)} with confidence {explained.number.confidence:.2f}."
    first = f"R{read}" if alone else f"Line {explained.number.line + 1}: r{read}"
    return (
        first,
        *_doubts(explained),
        *_meaning(explained.number),
        *_marks(explained),
        *_rivals(explained, alone=alone),
        *_finder(explained, alone=alone),
    )


def of_form(fields: Sequence[Number], line: int | None) -> tuple[str, ...]:
    """What stands in the fields of a form, or in those of one line, and which of them to look at."""
    if not fields:
        return ("No printed boxes were found: there is nothing to read in a form without fields.",)
    chosen = [(at, field) for at, field in enumerate(fields) if line is None or field.line == line]
    empty = sum(not field.marks and not field.doubt for _, field in chosen)
    unsure = [(at, field) for at, field in chosen if field.unsure]
    where = "" if line is None else f" in line {line + 1}"
    told = [f"Field {at + 1}: {_doubted(field)}." for at, field in unsure[:MOST_FIELDS]]
    return (
        f"A form: {counted(len(chosen), 'field')}{where}, of which {empty} left empty and {len(unsure)} unsure.",
        *told,
        "Each field is read by itself: choose one by its number to have it explained.",
    )


def of_comb(field: Number, boxes: int) -> tuple[str, ...]:
    """What stands in a comb of so many cells, and which of its marks to look at."""
    read = f"Read as {_guess(field)} with confidence {field.confidence:.2f}." if field.marks else "It was left empty."
    unsure = [
        f"The {place(at)} mark is unsure: it {mark.unsure}." for at, mark in enumerate(field.marks) if mark.unsure
    ]
    return (
        f"A comb of {counted(boxes, 'cell')}, each of which is read by itself.",
        read,
        *([f"It is unsure: {field.doubt}."] if field.doubt else []),
        *_meaning(field),
        *unsure,
        "With the layout of a grid, each of its cells can be explained.",
    )


def of_unread(places: Sequence[Unread]) -> Iterator[str]:
    """Where something was found and not read."""
    for one in places[:MOST_TOLD]:
        left, top, width, height = one.box
        yield f"Not read, at {left}, {top} ({width} × {height} pixels): {one.why}."
    if len(places) > MOST_TOLD:
        yield f"And {counted(len(places) - MOST_TOLD, 'place')} more were not read."


def _doubted(field: Number) -> str:
    return field.doubt or f"read as {_guess(field)}, unsure, because it {field.unsure}"


def _guess(number: Number) -> str:
    """The best guess, unsure marks included."""
    return "".join(mark.text for mark in number.marks)


def _doubts(explained: ExplainedNumber) -> Iterator[str]:
    """That the number is unsure, and why as a whole."""
    number = explained.number
    if number.doubt:
        yield f"It is unsure: {number.doubt}."
    elif number.unsure:
        yield f"It is unsure: a number needs a confidence of {explained.threshold:.2f} to be given freely."
    height = len(explained.line.crop.pixels)
    if height < COARSE:
        yield f"Its strip is only {height} pixels high: too few to show its shapes."


def _meaning(number: Number) -> Iterator[str]:
    """What a number that is sure means, or why it has no value; and what a check of it found."""
    value = number.value
    if value and not number.unsure:
        yield f"Its value is {value.text}, {named(value.kind)}." if value.kind else f"It has no value: {value.why}."
    if number.note and number.note != number.doubt:
        yield f"Checked: {number.note}."


def _marks(explained: ExplainedNumber) -> Iterator[str]:
    """Of the first marks that are unsure, hardly digits, or of which the networks differ: what is said of them."""
    sentences = []
    for at, (mark, read) in enumerate(zip(explained.number.marks, explained.line.marks, strict=True)):
        told = _differing(explained, at)
        if read.digitness is not None and read.digitness < NO_DIGIT:
            told.append(f"the digit network hardly takes it for a digit (digitness {read.digitness:.2f})")
        if not (told or mark.unsure):
            continue
        others = [f"{text} ({share:.2f})" for text, share in mark.alternatives[:2] if share >= LIKELY]
        told += [f"it may be {' or '.join(others)}"] if others else []
        sentences.append(f"{'; '.join([f'The {place(at)} mark is {a(mark.text)} with {mark.confidence:.2f}', *told])}.")
    yield from sentences[:MOST_TOLD]


def _differing(explained: ExplainedNumber, at: int) -> list[str]:
    """What each network takes a digit for, where they differ."""
    if explained.line.marks[at].image is None:
        return []
    each = {digit: explained.voices(at, digit) for digit in DIGITS}
    heard, seen = (max(each, key=lambda digit: each[digit][voice] or 0.0) for voice in (0, 1))
    line, digit = each[heard][0], each[seen][1]
    said = f"the line reader sees {a(heard)} ({line:.2f}), the digit network {a(seen)} ({digit:.2f})"
    return [] if heard == seen else [said]


def _rivals(explained: ExplainedNumber, *, alone: bool) -> Iterator[str]:
    """What else the line reader would read."""
    output, own = explained.line.output, explained.text
    texts = {output.text: explained.share(output.text), **dict(explained.line.alternatives)}
    rivals = [f"{text or 'nothing'} ({share:.2f})" for text, share in texts.items() if share >= NEAR and text != own]
    if rivals:
        are = "is" if len(rivals) == 1 else "are"
        others = listed(rivals[:MOST_TOLD])
        yield f"Beside {own} ({explained.share(own):.2f}), the line reader's next best {are} {others}."
    elif alone:
        yield "To the line reader no other text comes near."


def _finder(explained: ExplainedNumber, *, alone: bool) -> Iterator[str]:
    """How sure the finder is of the place, and whether it saw as many marks there as were read."""
    found, read = explained.found, len(explained.line.marks)
    count = len(found.marks)
    if not count:
        yield "The finder found no number here: the whole picture was read as a line."
    elif alone or count != read:
        differ = "" if count == read else f"; {counted(read, 'mark')} {'was' if read == 1 else 'were'} read"
        yield f"The finder is sure of its place with {found.confidence:.2f}, and saw {counted(count, 'mark')}{differ}."


def _against_label(numbers: Sequence[ExplainedNumber], against: AgainstLabel) -> Iterator[str]:
    chosen = [numbers[at] for at in against.numbers]
    if not against.mismatches:
        apart = f", in {counted(len(chosen), 'number')}" if len(chosen) > 1 else ""
        yield f"It should be {against.label}, and is read so{apart}."
        return
    closest = f"; the closest to that is {' '.join(one.text for one in chosen)} in line {chosen[0].number.line + 1}"
    wrong = f"{counted(len(against.mismatches), 'mark')} {'is' if len(against.mismatches) == 1 else 'are'} wrong"
    yield f"It should be {against.label}{closest if len(numbers) > 1 else ''}: {wrong}."
    marks = [(one, at) for one in chosen for at in range(len(one.line.marks))]
    for mismatch in against.mismatches:
        yield _mismatch(marks, mismatch)
    if against.share is not None:
        wanted, own = probability(against.share), probability(chosen[0].share(chosen[0].text))
        yield f"As a whole, the line reader gives {against.label} {wanted} and {against.read} {own}."


def _mismatch(marks: Sequence[tuple[ExplainedNumber, int]], mismatch: Mismatch) -> str:
    at, read, wanted = mismatch.place, mismatch.read, mismatch.wanted
    if not read:
        where = "at the end" if at == len(marks) else f"before the {place(at)} mark"
        return f"What is missing {where}: {wanted}."
    if not wanted:
        return f"The {place(at)} mark, {read}, should not be there."
    one, its = marks[at]
    (heard, seen), (heard_read, seen_read) = (one.voices(its, mark) for mark in (wanted, read))
    voices = f"the line reader gives {wanted} {probability(heard)} and {read} {probability(heard_read)}"
    if seen is not None and seen_read is not None:
        voices += f", the digit network {probability(seen)} and {probability(seen_read)}"
    return f"The {place(at)} mark should be {a(wanted)} and was read as {a(read)}: {voices}."
