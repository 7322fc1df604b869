"""How numbers come to stand on a page: in lines, columns, tables, forms, combs, notes, charts, grids, or alone.

    LAYOUTS["table"](sheet, size)        writes on the sheet; digits are about `size` pixels high

Notable choices:
- what is near belongs together only where a writer means it so: a comb's digits are one number, a sudoku's are many;
- a number may stand within words (`R1 = 50 Ω`, `x = x + 1`): its digits are its own, the letters are ground;
- nothing is written where something else stands, but lines, cells and frames come as close as in life.
"""

from collections.abc import Callable

import numpy as np

from digits.synthesis import clutter
from digits.synthesis.hands import Hand, draw_hand
from digits.synthesis.numbers import Written, write_number
from digits.synthesis.papers import Random
from digits.synthesis.sheet import Box, Sheet, draw_word
from digits.synthesis.texts import digits, draw_text


def new_hand(sheet: Sheet) -> Hand:
    """One writer."""
    return draw_hand(sheet.random, len(sheet.sources.glyphs.fonts))


def new_pen(random: Random) -> float:
    """How much light a pen's ink takes: mostly nearly all, at times as little as a hard pencil's."""
    return float(random.uniform(0.55, 1.0) if random.random() < 0.7 else random.uniform(0.2, 0.6))


def a_number(sheet: Sheet, text: str, hand: Hand) -> Written:
    """A number of this hand."""
    return write_number(text, hand, sheet.sources.glyphs, sheet.random)


def short(random: Random, longest: int) -> str:
    """A number of at most so many marks."""
    while True:
        text = draw_text(random, longest)
        if len(text) <= longest:
            return text


def lines(sheet: Sheet, size: float) -> None:
    """Rows of numbers, level or rising or bent, with words between at times."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    pitch, rise = size * random.uniform(1.35, 2.8), random.normal(0, 0.04)
    bow = random.normal(0, 0.06) if random.random() < 0.3 else 0.0
    longest, wordy = int(random.integers(2, 14)), random.random() * (random.random() < 0.35)
    family, gap = clutter.hand_font(sheet), random.uniform(0.9, 3.5)
    for row, line in enumerate(np.arange(random.uniform(0.3, 1.4) * size, sheet.height + size / 2, pitch)):
        left = random.uniform(-0.5, 1.5) * size if random.random() < 0.8 else random.uniform(0, sheet.width / 2)
        while left < sheet.width:
            turn = np.rad2deg(rise + bow * (2 * left / sheet.width - 1))
            at = line - rise * left - bow * (left / sheet.width - 1) * left
            if random.random() < wordy:
                word = clutter.written_word(sheet, clutter.draw_letters(random), family, size)
                left = sheet.put(word, left, at, pen)[2] + random.uniform(0.4, 1.0) * size
            else:
                written = a_number(sheet, short(random, longest), hand)
                left = sheet.write(written, left, at, size, pen, row=row, turn=turn)[2] + random.uniform(0.8, 1.5) * gap * size
            if random.random() < 0.08:
                break


def column(sheet: Sheet, size: float) -> None:
    """Columns of numbers under each other, flush right or left, at times added up under a line."""
    random, pen = sheet.random, new_pen(sheet.random)
    pitch, right = size * random.uniform(1.2, 1.9), random.uniform(2, 5) * size
    while right < sheet.width + size:
        hand, longest = new_hand(sheet), int(random.integers(2, 9))
        before, widest, top = right, 0.0, random.uniform(0.5, 2.5) * size
        for row, line in enumerate(np.arange(top, sheet.height + size / 2, pitch)):
            if random.random() < 0.1:
                continue
            written = a_number(sheet, short(random, longest), hand)
            width = written.ink.shape[1] * size / written.height
            left = before - width + random.normal(0, 0.1) * size
            if sheet.is_free((left, line - size, left + width, line), 0.15 * size):
                sheet.write(written, left, line, size, pen, row=row)
            widest = max(widest, width)
            if random.random() < 0.06:
                ends = [(before - widest, line + 0.25 * size), (before + 0.2 * size, line + 0.25 * size)]
                clutter.stroke(sheet, clutter.by_hand(ends, random, 0.03 * size), 0.07 * size, pen)
        right += random.uniform(3, 8) * size


def table(sheet: Sheet, size: float) -> None:
    """Ruled cells with numbers and words, the rules printed or drawn, whole or in part."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    high, longest = size * random.uniform(1.15, 2.2), int(random.integers(1, 9))
    wide = size * (random.uniform(1.2, 2.0) + random.uniform(0.55, 0.9) * longest)
    left, top = random.uniform(-0.5, 1) * wide, random.uniform(-0.5, 1.5) * high
    columns = np.arange(left, sheet.width + wide, wide * random.uniform(0.8, 1.2))
    rows = np.arange(top, sheet.height + high, high)
    heading, wordy = random.random() < 0.5, random.uniform(0, 0.4)
    printed, family = random.random() < 0.4, clutter.hand_font(sheet)
    for row, (y, below) in enumerate(zip(rows, rows[1:], strict=False)):
        for x, after in zip(columns, columns[1:], strict=False):
            cell = (x, y, after, below)
            chosen = random.random()
            if (heading and row == 0) or chosen < wordy:
                _word_in(sheet, cell, size, pen, printed=printed, family=family)
            elif chosen < 0.9:
                _number_in(sheet, cell, a_number(sheet, short(random, longest), hand), size, pen, row)
    _rules(sheet, rows, columns, size)


def _rules(sheet: Sheet, rows: clutter.Points, columns: clutter.Points, size: float) -> None:
    """A table's lines; at times only those across, or only those down."""
    random = sheet.random
    width, pen = random.uniform(0.02, 0.12) * size, random.uniform(0.25, 1.0)
    uneven, which = (0.05 * size if random.random() < 0.3 else 0.0), random.random()
    if which < 0.9:
        for y in rows:
            clutter.stroke(sheet, clutter.by_hand([(columns[0], y), (columns[-1], y)], random, uneven), width, pen)
    if which > 0.15:
        for x in columns:
            clutter.stroke(sheet, clutter.by_hand([(x, rows[0]), (x, rows[-1])], random, uneven), width, pen)


def _number_in(sheet: Sheet, cell: Box, written: Written, size: float, pen: float, row: int) -> None:
    """A number in a cell, if it fits, anywhere in it."""
    random, scale = sheet.random, size / written.height
    width, high = written.ink.shape[1] * scale, cell[3] - cell[1]
    room = cell[2] - cell[0] - width
    if room > 0:
        left = cell[0] + room * random.beta(1.5, 1.5)
        line = cell[1] + size + (high - size) * random.beta(2, 2)
        sheet.write(written, left, line, size, pen, row=row, turn=random.normal(0, 1.5))


def _word_in(sheet: Sheet, cell: Box, size: float, pen: float, *, printed: bool, family: object) -> None:
    """A word in a cell, as small as it must be."""
    random = sheet.random
    font = clutter.print_font(sheet) if printed else clutter.hand_font(sheet)
    text = clutter.draw_printed(random) if printed else clutter.draw_letters(random)
    small = min(size, (cell[2] - cell[0]) / (0.75 * len(text) + 0.5)) * random.uniform(0.6, 1.0)
    word = draw_word(text, font, max(3.0, small), random, by_hand=not printed)
    sheet.put(word, cell[0] + 0.15 * size, cell[3] - random.uniform(0.2, 0.6) * (cell[3] - cell[1]), pen)


def form(sheet: Sheet, size: float) -> None:
    """Printed labels, each with a box, a line or a comb that a number was written into."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    pitch, left = size * random.uniform(1.8, 3.2), random.uniform(-1, 3) * size
    small, style, family = size * random.uniform(0.35, 0.8), random.random(), clutter.print_font(sheet)
    for row, line in enumerate(np.arange(random.uniform(1, 2) * size, sheet.height + size, pitch)):
        x = left
        while x < sheet.width:
            label = draw_word(clutter.draw_phrase(random, 1), family, small, random, by_hand=False)
            above = random.random() < 0.3
            box = sheet.put(label, x, line - size * 1.25 if above else line, random.uniform(0.5, 1.0))
            x = x if above else box[2] + random.uniform(0.2, 0.7) * size
            if random.random() < 0.12:
                word = clutter.written_word(sheet, clutter.draw_phrase(random, 1), clutter.hand_font(sheet), size)
                x = sheet.put(word, x, line, pen)[2]
            else:
                x = _field(sheet, x, line, size, hand, pen, row, comb=style > 0.6)
            x += random.uniform(0.6, 3) * size
            if random.random() < 0.3:
                break


def _field(
    sheet: Sheet, left: float, line: float, size: float, hand: Hand, pen: float, row: int, *, comb: bool
) -> float:
    """A number in a box, in a comb or over a line; gives the right end of what was printed for it."""
    random, text = sheet.random, short(sheet.random, int(sheet.random.integers(1, 12)))
    width, print_pen = random.uniform(0.02, 0.1) * size, random.uniform(0.25, 1.0)
    if comb and text.isdigit():
        return _comb(sheet, left, line, size, text, hand, pen, row)
    written = a_number(sheet, text, hand)
    right = left + written.ink.shape[1] * size / written.height + random.uniform(0.3, 2) * size
    top, bottom = line - size * random.uniform(1.1, 1.6), line + size * random.uniform(0.08, 0.4)
    sheet.write(written, left + random.uniform(0.1, 0.6) * size, line, size, pen, row=row, turn=random.normal(0, 1))
    if random.random() < 0.5:
        clutter.stroke(sheet, np.array(clutter.rectangle((left, top, right, bottom))), width, print_pen)
    else:
        clutter.stroke(sheet, np.array([(left, bottom), (right, bottom)]), width, print_pen)
    return right


def _comb(
    sheet: Sheet, left: float, line: float, size: float, text: str, hand: Hand, pen: float, row: int
) -> float:
    """A number whose digits stand in boxes of their own, or between the teeth of an open comb."""
    random = sheet.random
    cell, empty = size * random.uniform(0.85, 1.7), int(random.integers(0, 4)) * int(random.random() < 0.4)
    width, print_pen = random.uniform(0.02, 0.1) * size, random.uniform(0.25, 1.0)
    apart = random.uniform(0.05, 0.3) * size if random.random() < 0.2 else 0.0
    top, bottom = line - size * random.uniform(1.1, 1.4), line + size * random.uniform(0.08, 0.3)
    teeth = bottom - (bottom - top) * random.uniform(0.15, 0.5) if random.random() < 0.35 else top
    for i in range(len(text) + empty):
        x = left + i * (cell + apart)
        if i < len(text):
            digit = a_number(sheet, text[i], hand)
            free = cell - digit.ink.shape[1] * size / digit.height
            at = x + free * random.uniform(0.3, 0.7)
            sheet.write(digit, at, line + random.normal(0, 0.04) * size, size, pen, row=row, same=i > 0)
        for side in (x, x + cell):
            clutter.stroke(sheet, np.array([(side, teeth), (side, bottom)]), width, print_pen)
        clutter.stroke(sheet, np.array([(x, bottom), (x + cell, bottom)]), width, print_pen)
        if teeth == top:
            clutter.stroke(sheet, np.array([(x, top), (x + cell, top)]), width, print_pen)
    return left + (len(text) + empty) * (cell + apart)


def scattered(sheet: Sheet, size: float) -> None:
    """Numbers of all sizes and turns wherever there is room, by one or several hands."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    longest, spread = int(random.integers(1, 12)), random.uniform(0, 0.5)
    several, crowd = random.random() < 0.3, int(random.integers(1, 30))
    for _ in range(crowd):
        if several:
            hand, pen = new_hand(sheet), new_pen(random)
        own = size * float(np.exp(random.normal(0, spread)))
        written = a_number(sheet, short(random, longest), hand)
        width = written.ink.shape[1] * own / written.height
        turn = random.normal(0, 12) if random.random() < 0.4 else random.normal(0, 2)
        left, top = clutter.anywhere(sheet, width, own)
        line = top + own
        rise = width * np.sin(np.deg2rad(turn))
        if sheet.is_free((left, line - own - max(0, rise), left + width, line - min(0, rise)), 0.5 * own):
            sheet.write(written, left, line, own, pen, row=len(sheet.lines), turn=turn)


def notes(sheet: Sheet, size: float) -> None:
    """Handwriting with numbers in it: `T1 = 20 °C`, `n = n / 10`, `we paid 357 in all`."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    family = clutter.hand_font(sheet)
    if hand.font is not None:
        family = sheet.sources.glyphs.fonts[hand.font].family
    pitch, many, formulas = size * random.uniform(1.5, 3), random.uniform(0.05, 0.6), random.random()
    rise = random.normal(0, 0.02)
    for row, line in enumerate(np.arange(random.uniform(0.6, 1.6) * size, sheet.height + size / 2, pitch)):
        left = random.uniform(-1, 2) * size
        while left < sheet.width:
            if random.random() < many:
                how = _formula if random.random() < formulas else _among_words
                left = how(sheet, left, line - rise * left, size, hand, pen, row, family)
            else:
                word = clutter.written_word(sheet, clutter.draw_phrase(random, 1), family, size)
                left = sheet.put(word, left, line - rise * left, pen)[2]
            left += random.uniform(0.35, 1.2) * size
            if random.random() < 0.1:
                break


def _among_words(
    sheet: Sheet, left: float, line: float, size: float, hand: Hand, pen: float, row: int, family: object
) -> float:
    """A number between words, at times with a unit close to it."""
    random = sheet.random
    written = a_number(sheet, short(random, 8), hand)
    right = sheet.write(written, left, line, size, pen, row=row)[2]
    if random.random() < 0.35:
        unit = str(random.choice(["km", "kg", "cm", "m", "x", "V", "K", "Ω", "°C", "th", "a", "b", "C", "h", "Uhr", "N"]))
        word = clutter.written_word(sheet, unit, family, size * random.uniform(0.7, 1.0))  # type: ignore[arg-type]
        right = sheet.put(word, right + random.uniform(0.1, 0.5) * size, line, pen)[2]
    return right


def _formula(
    sheet: Sheet, left: float, line: float, size: float, hand: Hand, pen: float, row: int, family: object
) -> float:
    """A letter, often with a digit below it, an operator, and a number: each digit group is one number."""
    random = sheet.random
    letters = str(random.choice(list("abcdefhknprtuvwxyABCDEFHKMNPRTUVXY")))
    if random.random() < 0.25:
        letters = clutter.draw_letters(random)
    word = clutter.written_word(sheet, letters, family, size)  # type: ignore[arg-type]
    right = sheet.put(word, left, line, pen)[2]
    if random.random() < 0.5:
        small = size * random.uniform(0.45, 0.85)
        index = a_number(sheet, digits(random, 1 if random.random() < 0.85 else 2), hand)
        drop = random.uniform(0, 0.35) * size if random.random() < 0.85 else -0.5 * size
        right = sheet.write(index, right + random.uniform(0, 0.12) * size, line + drop, small, pen, row=row)[2]
    for _ in range(int(random.integers(0, 3))):
        sign = str(random.choice(["=", "+", "-", "<", ">", "/", ":", "->", "·", "*", "(", ")", "<=", ">="]))
        between = clutter.written_word(sheet, sign, family, size * random.uniform(0.7, 1.0))  # type: ignore[arg-type]
        right = sheet.put(between, right + random.uniform(0.15, 0.6) * size, line, pen)[2] + random.uniform(0.15, 0.6) * size
        if random.random() < 0.75:
            text = digits(random, int(random.integers(1, 5)), zeros=0.3)
            text = text if random.random() < 0.8 else f"{text}.{digits(random, 1)}"
            right = sheet.write(a_number(sheet, text, hand), right, line, size, pen, row=row)[2]
        if random.random() < 0.35:
            more = str(random.choice(["x", "dx", "V", "a", "K", "C", "n", "b", "u", "Ω"]))
            word = clutter.written_word(sheet, more, family, size)  # type: ignore[arg-type]
            right = sheet.put(word, right + random.uniform(0.05, 0.35) * size, line, pen)[2]
    return right


def chart(sheet: Sheet, size: float) -> None:
    """Outlines with a formula or words in them, joined by arrows: flow charts, mind maps."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    family, width = clutter.hand_font(sheet), random.uniform(0.05, 0.14) * size
    y, x = random.uniform(-1, 2) * size, random.uniform(0.15, 0.7) * sheet.width
    row = 0
    while y < sheet.height:
        wide, high = size * random.uniform(3, 8), size * random.uniform(1.7, 3)
        for offset in (0.0, wide * 1.4) if random.random() < 0.4 else (0.0,):
            box = (x + offset - wide / 2, y, x + offset + wide / 2, y + high)
            inside, line = box[0] + random.uniform(0.3, 1.2) * size, y + high / 2 + size / 2
            if random.random() < 0.6:
                _formula(sheet, inside, line, size, hand, pen, row, family)
            else:
                word = clutter.written_word(sheet, clutter.draw_phrase(random, 1), family, size * random.uniform(0.7, 1))
                sheet.put(word, inside, line, pen)
            outline = _outline(box, random)
            clutter.stroke(sheet, clutter.by_hand(outline, random, 0.03 * size), width, pen)
        end = np.array([x, y + high + size * random.uniform(0.8, 2)])
        for path in clutter.arrow(np.array([x, y + high]), end, 0.35 * size, random):
            clutter.stroke(sheet, path, width, pen)
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
        middle, across = (top + bottom) / 2, (left + right) / 2
        points = [(left - 6 * more, middle), (across, top - 3 * more), (right + 6 * more, middle), (across, bottom + 3 * more)]
        return [*points, points[0]]
    points = [(left, top), (right + 2 * more, top), (right, bottom), (left - 2 * more, bottom)]
    return [*points, points[0]]


def grid(sheet: Sheet, size: float) -> None:
    """Single digits or short numbers in equal cells, each a number of its own: sudokus, matrices, worksheets."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    longest = 1 if random.random() < 0.6 else 2
    side = size * random.uniform(1.4, 2.2) if random.random() < 0.7 else size * random.uniform(2.2, 4)
    side *= 1 + 0.5 * (longest - 1)
    left, top = random.uniform(-0.5, 1.5, 2) * side
    columns, rows = np.arange(left, sheet.width + side, side), np.arange(top, sheet.height + side, side)
    filled, printed = random.uniform(0.3, 1.0), random.random() < 0.2
    for row, y in enumerate(rows):
        for x in columns:
            if random.random() < filled:
                cell = (x, y, x + side, y + side)
                if printed and random.random() < 0.5:
                    word = draw_word(digits(random, 1), clutter.print_font(sheet), size, random, by_hand=False)
                    sheet.put(word, x + 0.3 * side, y + side / 2 + size / 2, random.uniform(0.6, 1.0))
                    continue
                signed = ("-" if random.random() < 0.15 else "") + digits(random, int(random.integers(1, longest + 1)))
                _number_in(sheet, cell, a_number(sheet, signed, hand), size * random.normal(1, 0.05), pen, row)
    if random.random() < 0.65 or printed:
        _rules(sheet, rows, columns, size)


def spaced(sheet: Sheet, size: float) -> None:
    """A few rows, each one number whose digits stand far apart, with nothing between: postal codes, model digits."""
    random, hand, pen = sheet.random, new_hand(sheet), new_pen(sheet.random)
    step, pitch = size * random.uniform(1.0, 1.9), size * random.uniform(2.4, 4)
    for row, line in enumerate(np.arange(random.uniform(1.2, 2) * size, sheet.height + size / 2, pitch)):
        x = random.uniform(-0.5, 2) * size
        for i in range(int(random.integers(3, 10))):
            digit = a_number(sheet, digits(random, 1), hand)
            at = line + random.normal(0, 0.08) * size
            sheet.write(digit, x + random.normal(0, 0.06) * size, at, size, pen, row=row, same=i > 0)
            x += step


def alone(sheet: Sheet, size: float) -> None:
    """One number in the middle of the sheet: the frame will cut close to it."""
    random = sheet.random
    room = 0.96 * sheet.width
    text = draw_text(random, 13) if random.random() < 0.75 else digits(random, int(random.integers(1, 3)))
    written = a_number(sheet, text, new_hand(sheet))
    own = min(size, room * written.height / written.ink.shape[1])
    width = written.ink.shape[1] * own / written.height
    sheet.write(written, (sheet.width - width) / 2, sheet.height / 2 + own / 2, own, new_pen(random))
    if random.random() < 0.3:
        clutter.lay_lines(sheet, own)


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


Layout = Callable[[Sheet, float], None]

LAYOUTS: dict[str, Layout] = {
    "lines": lines, "column": column, "table": table, "form": form, "scattered": scattered, "notes": notes,
    "chart": chart, "grid": grid, "spaced": spaced, "alone": alone, "nothing": nothing,
}  # fmt: skip
