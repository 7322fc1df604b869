"""Why were numbers read so? What the networks saw of them, in plain sentences."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from digits.explaining.explanation import ExplainedNumber
from digits.explaining.wording import counted, listed, place, probability

RIVAL = 0.02
"""The probability from which on another text is told of."""

TOLD = 3
"""Other texts that are told of at the most."""

SURELY_FOUND = 0.7
"""The finder's confidence below which it is told that the place itself is doubtful; by eye."""


def sentences(numbers: Sequence[ExplainedNumber], lines: int, wanted: str | None = None) -> tuple[str, ...]:
    """What there is to say of the numbers of a page, or of one line, and of a label beside them."""
    alone = len(numbers) == 1
    words = []
    if not alone:
        were = "were found in one line" if lines == 1 else f"were found in {counted(lines, 'line')}"
        words.append(f"{counted(len(numbers), 'number').capitalize()} {were}.")
    if wanted:
        words += list(_against(numbers, wanted))
    for number in numbers:
        words += [*of_number(number, name="" if alone else f"Line {number.number.line + 1}: ")]
    return tuple(words)


def of_number(one: ExplainedNumber, name: str = "") -> Iterator[str]:
    """What there is to say of one number; `name` says which it is, where there are several."""
    number, line = one.number, one.line
    read = f"read as {one.guess} with confidence {number.confidence:.2f}"
    yield f"{name}{read}." if name else f"{read.capitalize()}."
    if number.doubt:
        yield f"That is unsure: {number.doubt}."
    for at, mark in enumerate(number.marks):
        if mark.unsure:
            others = [f"{text} ({probability(share)})" for text, share in mark.alternatives if share >= RIVAL]
            rather = f"; it may be {listed(others)}" if others else ""
            yield f"Its {place(at)} mark, {mark.text}, is unsure: it {mark.unsure}{rather}."
    if one.found.confidence < SURELY_FOUND:
        yield f"The finder is not sure that a number stands there ({one.found.confidence:.2f})."
    rivals = [f"{text} ({probability(share)})" for text, share in line.alternatives if share >= RIVAL][:TOLD]
    if rivals:
        yield f"The strip as a whole might also say {listed(rivals)}."
    own = "".join(mark.text for mark in line.marks)
    if line.output.text and own != line.output.text:
        yield f"The line reader alone says {line.output.text}; the digit network, which saw each digit alone, decided."


def _against(numbers: Sequence[ExplainedNumber], wanted: str) -> Iterator[str]:
    """The label beside the number that is likest to it: what differs, and how likely it was held."""
    one = max(numbers, key=lambda number: SequenceMatcher(None, number.guess, wanted).ratio())
    if one.guess == wanted:
        yield f"It should be {wanted}, and is read so."
        return
    yield f"It should be {wanted}: the line reader gives that {probability(one.likelihood(wanted))}."
    parts = []
    for what, first, last, begin, end in SequenceMatcher(None, wanted, one.guess, autojunk=False).get_opcodes():
        true, read = wanted[first:last], one.guess[begin:end]
        if what == "delete":
            parts.append(f"its {place(first)} mark, {true}, was not read")
        elif what == "insert":
            parts.append(f"{read} was read before its {place(first)} mark" if first else f"{read} was read before it")
        elif what == "replace":
            parts.append(f"its {place(first)} mark, {true}, was read as {read}")
    yield f"{listed(parts).capitalize()}."
