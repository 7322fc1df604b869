"""How numbers come to stand on a page: in lines, columns, notes, charts, tables, forms, grids, or alone.

    LAYOUTS["notes"](sheet, size)        writes on the sheet; digits are about `size` pixels high

Notable choices:
- what is near belongs together only where a writer means it so: a comb's digits are one number, a sudoku's are many;
- a number may stand within words (`R1 = 50 Ω`, `x = x + 1`): its digits are its own, the letters are ground;
- nothing is written where something else stands, but lines, cells and frames come as close as in life.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from digits.synthesis import clutter
from digits.synthesis.forms import form, grid, table
from digits.synthesis.papers import Random
from digits.synthesis.sheet import Box, Sheet
from digits.synthesis.texts import digits, draw_text
from digits.synthesis.words import draw_letters, draw_phrase
from digits.synthesis.writers import Writer, new_writer, short

UNITS = ("km", "kg", "cm", "m", "x", "V", "K", "Ω", "°C", "th", "a", "b", "C", "h", "Uhr", "N", "dx", "u", "n")
"""What stands close after a number and is none of it."""

SYMBOLS = "abcdefhknprtuvwxyABCDEFHKMNPRTUVXY"
"""Letters that formulas are about: none that is a digit in some hands."""

OPERATORS = ("=", "+", "-", "<", ">", "/", ":", "->", "·", "*", "(", ")", "<=", ">=")
"""What stands between the parts of a formula, as ground: a sign belongs to a number only where it is written as one."""


def lines(sheet: Sheet, size: float) -> None:
    """Rows of numbers, level or rising or bent, with words between at times."""
    random, writer = sheet.random, new_writer(sheet, size)
    pitch, rise = size * random.uniform(1.35, 2.8), random.normal(0, 0.04)
    bow = random.normal(0, 0.06) if random.random() < 0.3 else 0.0
    longest, wordy = int(random.integers(2, 14)), random.random() * (random.random() < 0.35)
    gap = size * random.uniform(0.9, 3.5)
    for row, line in enumerate(np.arange(random.uniform(0.3, 1.4) * size, sheet.height + size / 2, pitch)):
        left = random.uniform(-0.5, 1.5) * size if random.random() < 0.8 else random.uniform(0, sheet.width / 2)
        while left < sheet.width:
            turn = np.rad2deg(rise + bow * (2 * left / sheet.width - 1))
            at = line - rise * left - bow * (left / sheet.width - 1) * left
            if random.random() < wordy:
                left = writer.word(draw_letters(random), left, at) + random.uniform(0.4, 1.0) * size
            else:
                written = writer.write(short(random, longest))
                left = writer.put(written, left, at, row=row, turn=turn)[2] + random.uniform(0.8, 1.5) * gap
            if random.random() < 0.08:
                break


def column(sheet: Sheet, size: float) -> None:
    """Columns of numbers under each other, flush right, at times added up under a line."""
    random = sheet.random
    pitch, right = size * random.uniform(1.2, 1.9), random.uniform(2, 5) * size
    while right < sheet.width + size:
        writer, longest = new_writer(sheet, size), int(random.integers(2, 9))
        for row, line in enumerate(np.arange(random.uniform(0.5, 2.5) * size, sheet.height + size / 2, pitch)):
            if random.random() < 0.1:
                continue
            written = writer.write(short(random, longest))
            left = right - writer.width(written) + random.normal(0, 0.1) * size
            if sheet.is_free((left, line - size, right, line), 0.15 * size):
                writer.put(written, left, line, row=row)
            if random.random() < 0.06:
                ends = [(left, line + 0.25 * size), (right + 0.2 * size, line + 0.25 * size)]
                clutter.stroke(sheet, clutter.by_hand(ends, random, 0.03 * size), 0.07 * size, writer.pen)
        right += random.uniform(3, 8) * size


def scattered(sheet: Sheet, size: float) -> None:
    """Numbers of all sizes and turns wherever there is room, by one or several hands."""
    random, writer = sheet.random, new_writer(sheet, size)
    longest, spread = int(random.integers(1, 12)), random.uniform(0, 0.5)
    several, crowd = random.random() < 0.3, int(random.integers(1, 30))
    for _ in range(crowd):
        writer = new_writer(sheet, size) if several else writer
        writer = replace(writer, size=size * float(np.exp(random.normal(0, spread))))
        written = writer.write(short(random, longest))
        width, high = writer.width(written), writer.size
        turn = random.normal(0, 12) if random.random() < 0.4 else random.normal(0, 2)
        left, top = clutter.anywhere(sheet, width, high)
        rise = width * np.sin(np.deg2rad(turn))
        if sheet.is_free((left, top - max(0, rise), left + width, top + high - min(0, rise)), 0.5 * high):
            writer.put(written, left, top + high, row=len(sheet.lines), turn=turn)


def notes(sheet: Sheet, size: float) -> None:
    """Handwriting with numbers in it: `T1 = 20 °C`, `n = n / 10`, `we paid 357 in all`."""
    random, writer = sheet.random, new_writer(sheet, size)
    pitch, many, formulas = size * random.uniform(1.5, 3), random.uniform(0.05, 0.6), random.random()
    rise = random.normal(0, 0.02)
    for row, line in enumerate(np.arange(random.uniform(0.6, 1.6) * size, sheet.height + size / 2, pitch)):
        left = random.uniform(-1, 2) * size
        while left < sheet.width:
            at = line - rise * left
            if random.random() >= many:
                left = writer.word(draw_phrase(random, 1), left, at)
            elif random.random() < formulas:
                left = _formula(writer, left, at, row)
            else:
                left = _among_words(writer, left, at, row)
            left += random.uniform(0.35, 1.2) * size
            if random.random() < 0.1:
                break


def _among_words(writer: Writer, left: float, line: float, row: int) -> float:
    """A number between words, at times with a unit close to it; gives the right end."""
    random = writer.sheet.random
    right = writer.number(short(random, 8), left, line, row=row)
    if random.random() < 0.35:
        apart = random.uniform(0.1, 0.5) * writer.size
        right = writer.word(str(random.choice(UNITS)), right + apart, line, random.uniform(0.7, 1.0))
    return right


def _formula(writer: Writer, left: float, line: float, row: int) -> float:
    """A letter, often with an index, operators and numbers: each group of digits is a number; gives the right end."""
    random, size = writer.sheet.random, writer.size
    name = str(random.choice(list(SYMBOLS))) if random.random() < 0.75 else draw_letters(random)
    right = writer.word(name, left, line)
    if random.random() < 0.5:
        index = replace(writer, size=size * random.uniform(0.45, 0.85))
        drop = random.uniform(0, 0.35) * size if random.random() < 0.85 else -0.5 * size
        text = digits(random, 1 if random.random() < 0.85 else 2)
        right = index.number(text, right + random.uniform(0, 0.12) * size, line + drop, row=row)
    for _ in range(int(random.integers(0, 3))):
        sign = str(random.choice(OPERATORS))
        right = writer.word(sign, right + random.uniform(0.15, 0.6) * size, line, random.uniform(0.7, 1.0))
        right += random.uniform(0.15, 0.6) * size
        if random.random() < 0.75:
            text = digits(random, int(random.integers(1, 5)), zeros=0.3)
            right = writer.number(
                text if random.random() < 0.8 else f"{text}.{digits(random, 1)}", right, line, row=row
            )
        if random.random() < 0.35:
            right = writer.word(str(random.choice(UNITS)), right + random.uniform(0.05, 0.35) * size, line)
    return right


def chart(sheet: Sheet, size: float) -> None:
    """Outlines with a formula or words in them, joined by arrows: flow charts, mind maps."""
    random, writer = sheet.random, new_writer(sheet, size)
    width, row = random.uniform(0.05, 0.14) * size, 0
    y, x = random.uniform(-1, 2) * size, random.uniform(0.15, 0.7) * sheet.width
    while y < sheet.height:
        wide, high = size * random.uniform(3, 8), size * random.uniform(1.7, 3)
        for offset in (0.0, wide * 1.4) if random.random() < 0.4 else (0.0,):
            box = (x + offset - wide / 2, y, x + offset + wide / 2, y + high)
            inside, line = box[0] + random.uniform(0.3, 1.2) * size, y + high / 2 + size / 2
            if random.random() < 0.6:
                _formula(writer, inside, line, row)
            else:
                writer.word(draw_phrase(random, 1), inside, line, random.uniform(0.7, 1))
            outline = clutter.by_hand(_outline(box, random), random, 0.03 * size)
            clutter.stroke(sheet, outline, width, writer.pen)
        end = np.array([x, y + high + size * random.uniform(0.8, 2)])
        for path in clutter.arrow(np.array([x, y + high]), end, 0.35 * size, random):
            clutter.stroke(sheet, path, width, writer.pen)
        y, row = float(end[1]), row + 1


def _outline(box: Box, random: Random) -> list[tuple[float, float]]:
    """A box, an oval, a lozenge or a slanted box around the place; wider where its corners would cut what is inside."""
    left, top, right, bottom = box
    kind, more = int(random.integers(4)), 0.25 * (bottom - top)
    if kind == 0:
        return clutter.rectangle(box)
    if kind == 1:
        return clutter.ellipse((left - 2 * more, top - more, right + 2 * more, bottom + more))[::3]
    if kind == 2:
        middle, across, high = (top + bottom) / 2, (left + right) / 2, 3 * more
        return clutter.closed([(left - 2 * high, middle), (across, top - high), (right + 2 * high, middle),
                               (across, bottom + high)])  # fmt: skip
    return clutter.closed([(left, top), (right + 2 * more, top), (right, bottom), (left - 2 * more, bottom)])


def spaced(sheet: Sheet, size: float) -> None:
    """A few rows, each one number whose digits stand far apart, with nothing between: postal codes, model digits."""
    random, writer = sheet.random, new_writer(sheet, size)
    step, pitch = size * random.uniform(1.0, 1.9), size * random.uniform(2.4, 4)
    for row, line in enumerate(np.arange(random.uniform(1.2, 2) * size, sheet.height + size / 2, pitch)):
        x = random.uniform(-0.5, 2) * size
        for i in range(int(random.integers(3, 10))):
            digit, at = writer.write(digits(random, 1)), line + random.normal(0, 0.08) * size
            writer.put(digit, x + random.normal(0, 0.06) * size, at, row=row, same=i > 0)
            x += step


def alone(sheet: Sheet, size: float) -> None:
    """One number in the middle of the sheet, as large as fits: the frame will cut close to it."""
    random, writer = sheet.random, new_writer(sheet, size)
    written = writer.write(
        draw_text(random, 13) if random.random() < 0.75 else digits(random, int(random.integers(1, 3)))
    )
    writer = replace(writer, size=min(size, 0.96 * sheet.width * written.height / written.ink.shape[1]))
    writer.put(written, (sheet.width - writer.width(written)) / 2, (sheet.height + writer.size) / 2)
    if random.random() < 0.3:
        clutter.lay_lines(sheet, writer.size)


def nothing(sheet: Sheet, size: float) -> None:
    """No number: handwriting, print, drawings, or an empty sheet."""
    random, whole = sheet.random, (0.0, 0.0, float(sheet.width), float(sheet.height))
    kind = random.random()
    if kind < 0.4:
        clutter.lay_written_block(sheet, whole, size)
    elif kind < 0.65:
        clutter.lay_printed_block(sheet, whole, size * random.uniform(0.5, 1))
    elif kind < 0.9:
        clutter.lay_doodles(sheet, size, int(random.integers(3, 20)))
    clutter.lay_words(sheet, size, int(random.integers(0, 12)))


LAYOUTS: dict[str, Callable[[Sheet, float], None]] = {
    "lines": lines, "column": column, "table": table, "form": form, "scattered": scattered, "notes": notes,
    "chart": chart, "grid": grid, "spaced": spaced, "alone": alone, "nothing": nothing,
}  # fmt: skip
"""Each writes on a sheet, digits about so many pixels high."""
