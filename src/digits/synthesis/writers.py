"""Writers: one person's hand, pen and letters, and how they put numbers and words on a sheet.

writer = new_writer(sheet, size)
right = writer.number("12.50", left=40, line=120)
right = writer.word("kg", right + 5, line=120)
"""

from dataclasses import dataclass, replace
from pathlib import Path

from digits.synthesis import clutter
from digits.synthesis.hands import Hand, draw_hand
from digits.synthesis.numbers import Written, write_number
from digits.synthesis.papers import Random
from digits.synthesis.sheet import Box, Sheet
from digits.synthesis.texts import draw_text

ONE_LOOK = 0.2
"""The share of the hands that are given a font beside those that have one: letters and digits then look of one hand."""


@dataclass(frozen=True, eq=False)
class Writer:
    """Who writes on a sheet.

    Attributes:
        sheet: what is written on.
        size: height of their digits, in pixels.
        hand: how digits look.
        pen: how much light the ink takes, 0 to 1.
        family: the font of their words; None for OpenCV's strokes.
    """

    sheet: Sheet
    size: float
    hand: Hand
    pen: float
    family: Path | None

    def write(self, text: str) -> Written:
        """A number in this hand, not yet on the sheet."""
        return write_number(text, self.hand, self.sheet.sources.glyphs, self.sheet.random)

    def width(self, written: Written) -> float:
        """How wide a number will be on the sheet, in pixels."""
        return float(written.ink.shape[1] * self.size / written.height)

    def put(
        self, written: Written, left: float, line: float, *, row: int = 0, turn: float = 0.0, same: bool = False
    ) -> Box:
        """Put a number on the sheet; arguments as for `Sheet.write`."""
        return self.sheet.write(written, left, line, self.size, self.pen, row=row, turn=turn, same=same)

    def number(self, text: str, left: float, line: float, *, row: int = 0) -> float:
        """Write a number; gives its right end."""
        return self.put(self.write(text), left, line, row=row)[2]

    def word(self, text: str, left: float, line: float, share: float = 1.0) -> float:
        """Write a word, `share` times as large as digits; gives its right end."""
        word = clutter.written_word(self.sheet, text, self.family, self.size * share)
        return self.sheet.put(word, left, line, self.pen)[2]


def new_writer(sheet: Sheet, size: float) -> Writer:
    """One writer; whose digits are a font's writes words in the same one."""
    random, fonts = sheet.random, sheet.sources.glyphs.fonts
    hand = draw_hand(random, len(fonts))
    if fonts and random.random() < ONE_LOOK:
        hand = replace(hand, font=int(random.integers(len(fonts))))
    family = clutter.hand_font(sheet) if hand.font is None else fonts[hand.font].family
    return Writer(sheet, size, hand, new_pen(random), family)


def new_pen(random: Random) -> float:
    """How much light a pen's ink takes: mostly nearly all, at times as little as a hard pencil's."""
    return float(random.uniform(0.55, 1.0) if random.random() < 0.7 else random.uniform(0.2, 0.6))


def short(random: Random, longest: int) -> str:
    """A number of at most so many marks."""
    while True:
        text = draw_text(random, longest)
        if len(text) <= longest:
            return text
