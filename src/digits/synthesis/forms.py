"""Numbers where somebody printed or drew a place for them: tables, forms, combs, grids.

Each layout writes on a sheet, digits about `size` pixels high; `layouts.LAYOUTS` lists them.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from digits.synthesis import clutter
from digits.synthesis.numbers import Written
from digits.synthesis.papers import Random
from digits.synthesis.sheet import Box, Points, Sheet, draw_word
from digits.synthesis.texts import digits
from digits.synthesis.words import draw_letters, draw_phrase
from digits.synthesis.writers import Writer, new_writer, short


def table(sheet: Sheet, size: float) -> None:
    """Ruled cells with numbers and words, the rules printed or drawn, whole or in part."""
    random, writer = sheet.random, new_writer(sheet, size)
    high, longest = size * random.uniform(1.15, 2.2), int(random.integers(1, 9))
    wide = size * (random.uniform(1.2, 2.0) + random.uniform(0.55, 0.9) * longest)
    columns = np.arange(random.uniform(-0.5, 1) * wide, sheet.width + wide, wide * random.uniform(0.8, 1.2))
    rows = np.arange(random.uniform(-0.5, 1.5) * high, sheet.height + high, high)
    heading, wordy, printed = random.random() < 0.5, random.uniform(0, 0.4), random.random() < 0.4
    for row, (top, bottom) in enumerate(pairwise(rows)):
        for left, right in pairwise(columns):
            chosen = random.random()
            if (heading and row == 0) or chosen < wordy:
                _word_in((left, top, right, bottom), writer, printed=printed)
            elif chosen < 0.9:
                _number_in((left, top, right, bottom), writer, writer.write(short(random, longest)), row)
    _rules(sheet, rows, columns, size)


def grid(sheet: Sheet, size: float) -> None:
    """Single digits or short numbers in equal cells, each a number of its own: sudokus, matrices, worksheets."""
    random, writer = sheet.random, new_writer(sheet, size)
    longest = 1 if random.random() < 0.6 else 2
    side = size * random.uniform(1.4, 2.2) if random.random() < 0.7 else size * random.uniform(2.2, 4)
    side *= 1 + 0.5 * (longest - 1)
    left, top = random.uniform(-0.5, 1.5, 2) * side
    columns, rows = np.arange(left, sheet.width + side, side), np.arange(top, sheet.height + side, side)
    filled, printed = random.uniform(0.3, 1.0), random.random() < 0.2
    for row, y in enumerate(rows):
        for x in columns:
            if random.random() >= filled:
                continue
            if printed and random.random() < 0.5:
                word = draw_word(digits(random, 1), clutter.print_font(sheet), size, random, by_hand=False)
                sheet.put(word, x + 0.3 * side, y + side / 2 + size / 2, random.uniform(0.6, 1.0))
                continue
            text = ("-" if random.random() < 0.15 else "") + digits(random, int(random.integers(1, longest + 1)))
            uneven = replace(writer, size=size * random.normal(1, 0.05))
            _number_in((x, y, x + side, y + side), uneven, uneven.write(text), row)
    if random.random() < 0.65 or printed:
        _rules(sheet, rows, columns, size)


def form(sheet: Sheet, size: float) -> None:
    """Printed labels, each with a box, a line or a comb that a number was written into."""
    random, writer = sheet.random, new_writer(sheet, size)
    pitch, left = size * random.uniform(1.8, 3.2), random.uniform(-1, 3) * size
    small, combs, family = size * random.uniform(0.35, 0.8), random.random() < 0.4, clutter.print_font(sheet)
    for row, line in enumerate(np.arange(random.uniform(1, 2) * size, sheet.height + size, pitch)):
        x = left
        while x < sheet.width:
            label = draw_word(draw_phrase(random, 1), family, small, random, by_hand=False)
            above = random.random() < 0.3
            right = sheet.put(label, x, line - size * 1.25 if above else line, random.uniform(0.5, 1.0))[2]
            x = x if above else right + random.uniform(0.2, 0.7) * size
            if random.random() < 0.12:
                x = writer.word(draw_phrase(random, 1), x, line)
            else:
                text = short(random, int(random.integers(1, 12)))
                fill = _comb if combs and text.isdigit() else _field
                x = fill(writer, text, x, line, row)
            x += random.uniform(0.6, 3) * size
            if random.random() < 0.3:
                break


def _print(random: Random, size: float) -> tuple[float, float]:
    """Width in pixels and strength of a printed line."""
    return random.uniform(0.02, 0.1) * size, random.uniform(0.25, 1.0)


def _field(writer: Writer, text: str, left: float, line: float, row: int) -> float:
    """A number in a box or over a line; gives the right end of what was printed for it."""
    sheet, size, random = writer.sheet, writer.size, writer.sheet.random
    written, (width, pen) = writer.write(text), _print(random, size)
    right = left + writer.width(written) + random.uniform(0.3, 2) * size
    top, bottom = line - size * random.uniform(1.1, 1.6), line + size * random.uniform(0.08, 0.4)
    writer.put(written, left + random.uniform(0.1, 0.6) * size, line, row=row, turn=random.normal(0, 1))
    boxed = random.random() < 0.5
    outline = clutter.rectangle((left, top, right, bottom)) if boxed else [(left, bottom), (right, bottom)]
    clutter.stroke(sheet, np.array(outline), width, pen)
    return right


def _comb(writer: Writer, text: str, left: float, line: float, row: int) -> float:
    """A number whose digits stand in boxes of their own, or between the teeth of an open comb; gives its right end."""
    sheet, size, random = writer.sheet, writer.size, writer.sheet.random
    cell, empty = size * random.uniform(0.85, 1.7), int(random.integers(0, 4)) * int(random.random() < 0.4)
    step = cell + (random.uniform(0.05, 0.3) * size if random.random() < 0.2 else 0.0)
    width, pen = _print(random, size)
    top, bottom = line - size * random.uniform(1.1, 1.4), line + size * random.uniform(0.08, 0.3)
    teeth = bottom - (bottom - top) * random.uniform(0.15, 0.5) if random.random() < 0.35 else top
    for i in range(len(text) + empty):
        x = left + i * step
        if i < len(text):
            digit = writer.write(text[i])
            at = x + (cell - writer.width(digit)) * random.uniform(0.3, 0.7)
            writer.put(digit, at, line + random.normal(0, 0.04) * size, row=row, same=i > 0)
        outline = [(x, teeth), (x, bottom), (x + cell, bottom), (x + cell, teeth)]
        clutter.stroke(sheet, np.array(clutter.closed(outline) if teeth == top else outline), width, pen)
    return left + (len(text) + empty) * step


def _rules(sheet: Sheet, rows: Points, columns: Points, size: float) -> None:
    """A table's lines; at times only those across, or only those down."""
    random, (width, pen) = sheet.random, _print(sheet.random, size)
    uneven, which = (0.05 * size if random.random() < 0.3 else 0.0), random.random()
    if which < 0.9:
        for y in rows:
            clutter.stroke(sheet, clutter.by_hand([(columns[0], y), (columns[-1], y)], random, uneven), width, pen)
    if which > 0.15:
        for x in columns:
            clutter.stroke(sheet, clutter.by_hand([(x, rows[0]), (x, rows[-1])], random, uneven), width, pen)


def _number_in(cell: Box, writer: Writer, written: Written, row: int) -> None:
    """A number in a cell, if it fits, anywhere in it."""
    random = writer.sheet.random
    room = cell[2] - cell[0] - writer.width(written)
    if room > 0:
        left = cell[0] + room * random.beta(1.5, 1.5)
        line = cell[1] + writer.size + (cell[3] - cell[1] - writer.size) * random.beta(2, 2)
        writer.put(written, left, line, row=row, turn=random.normal(0, 1.5))


def _word_in(cell: Box, writer: Writer, *, printed: bool) -> None:
    """A word in a cell, as small as it must be."""
    sheet, random = writer.sheet, writer.sheet.random
    text = clutter.draw_printed(random) if printed else draw_letters(random)
    small = min(writer.size, (cell[2] - cell[0]) / (0.75 * len(text) + 0.5)) * random.uniform(0.6, 1.0)
    family = clutter.print_font(sheet) if printed else writer.family
    word = draw_word(text, family, max(3.0, small), random, by_hand=not printed)
    line = cell[3] - random.uniform(0.2, 0.6) * (cell[3] - cell[1])
    sheet.put(word, cell[0] + 0.15 * writer.size, line, writer.pen)
