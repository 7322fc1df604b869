"""What stands on paper beside numbers."""

import numpy as np
import pytest

from digits.data.sources import load_dataset
from digits.synthesis import clutter, words
from digits.synthesis.hands import Glyphs, draw_hand
from digits.synthesis.numbers import write_number
from digits.synthesis.sheet import Sheet, Sources

SOURCES = Sources(Glyphs(load_dataset("sample")))

LAID = {
    "words": lambda sheet: clutter.lay_words(sheet, 24, 6),
    "print": lambda sheet: clutter.lay_print(sheet, 24, 6),
    "doodles": lambda sheet: clutter.lay_doodles(sheet, 24, 6),
    "lines": lambda sheet: clutter.lay_lines(sheet, 24),
    "edges": lambda sheet: clutter.lay_edges(sheet, 24),
    "stamp": lambda sheet: clutter.lay_stamp(sheet, 24),
    "stain": lambda sheet: clutter.lay_stain(sheet, 24),
    "finger": lambda sheet: clutter.lay_finger(sheet, 24),
    "printed block": lambda sheet: clutter.lay_printed_block(sheet, (0, 0, 200, 120), 12),
    "written block": lambda sheet: clutter.lay_written_block(sheet, (0, 0, 200, 120), 20),
}


def blank(seed):
    return Sheet(np.full((240, 320), 0.9, np.float32), SOURCES, np.random.default_rng(seed))


@pytest.mark.parametrize("name", LAID)
def test_clutter_is_seen_and_leaves_no_mark_in_the_truth(name):
    changed = []
    for seed in range(6):
        sheet = blank(seed)
        LAID[name](sheet)
        changed.append((sheet.grey != np.float32(0.9)).any())
        assert not sheet.marks
        assert np.isfinite(sheet.grey).all()
    assert any(changed)


@pytest.mark.parametrize("name", ["words", "print", "doodles", "finger", "edges"])
def test_a_number_is_not_covered(name):
    for seed in range(6):
        sheet = blank(seed)
        random = np.random.default_rng(seed)
        sheet.write(write_number("480", draw_hand(random), SOURCES.glyphs, random), 120, 140, 40, 0.9)
        quads = np.array(sheet.quads).round().astype(int)
        rows, columns = (slice(quads[..., axis].min() + 1, quads[..., axis].max() - 1) for axis in (1, 0))
        before = sheet.grey.copy()
        LAID[name](sheet)
        changed = sheet.grey != before
        inked = before < 0.5
        assert not changed[inked].any() or changed[rows, columns].mean() < 0.35


def test_letters_that_stand_alone_are_no_digits_in_anybodys_hand():
    assert not set(words.LETTERS) & set("oOlISZgq")


def test_words_have_letters():
    random = np.random.default_rng(0)
    assert all(any(letter.isalpha() for letter in words.draw_letters(random)) for _ in range(100))
