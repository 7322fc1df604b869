"""A number as one hand writes it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.data.sources import load_dataset
from digits.synthesis.hands import HEIGHT, Glyphs, draw_hand, write_mark
from digits.synthesis.numbers import write_number
from digits.synthesis.strokes import DIGITS, MARGIN, SIGNS, draw, strokes_of
from digits.synthesis.texts import MARKS, draw_text

GLYPHS = Glyphs(load_dataset("sample"))


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("mark", DIGITS + SIGNS)
def test_every_drawn_mark_leaves_ink_about_the_place_of_a_digit(mark):
    canvas = draw(strokes_of(mark, generator()), pen=0.1)
    assert canvas.dtype == np.uint8
    assert canvas.any()
    rows = np.flatnonzero(canvas.any(axis=1)) - MARGIN
    assert rows[0] > -MARGIN, "the canvas cuts the mark"
    assert rows[-1] < len(canvas) - MARGIN - 1


@settings(max_examples=60, deadline=None)
@given(text=st.text(MARKS, min_size=1, max_size=12), seed=st.integers(0, 2**32))
def test_a_number_has_one_box_a_mark_and_ink_in_each(text, seed):
    random = generator(seed)
    written = write_number(text, draw_hand(random), GLYPHS, random)
    assert written.text == text
    assert written.boxes.shape == (len(text), 4)
    assert written.ink.dtype == np.float32
    assert 0 <= written.ink.min() <= written.ink.max() <= 1.0001
    for left, top, right, bottom in written.boxes.astype(int):
        assert 0 <= left < right <= written.ink.shape[1]
        assert 0 <= top < bottom <= written.ink.shape[0]
    assert (np.diff(written.boxes[:, 2]) > -HEIGHT).all()


def test_one_seed_writes_one_number():
    once, again = (write_number("12.50", draw_hand(generator(7)), GLYPHS, generator(8)).ink for _ in range(2))
    assert np.array_equal(once, again)


def test_a_full_stop_stands_low_and_a_tick_high():
    hand = replace(draw_hand(generator(1)), unevenness=0.0)
    assert write_mark(".", hand, GLYPHS, generator()).top > 0.6 * HEIGHT
    assert write_mark("'", hand, GLYPHS, generator()).top < 0.3 * HEIGHT


def test_a_hands_gap_is_what_stands_between_its_digits():
    hand = replace(draw_hand(generator(1)), gap=0.8, gap_spread=0.0, bend=0.0)
    written = write_number("88", hand, GLYPHS, generator())
    empty = ~(written.ink > 0.3).any(axis=0)
    assert empty.sum() > 0.5 * HEIGHT


def test_a_space_keeps_groups_apart_and_is_no_mark():
    hand = replace(draw_hand(generator(1)), bend=0.0)
    close, apart = (write_number(text, hand, GLYPHS, generator()) for text in ("88", "8 8"))
    assert apart.text == "88"
    assert apart.ink.shape[1] > close.ink.shape[1] + 0.3 * HEIGHT


def test_a_number_without_a_mark_is_refused():
    with pytest.raises(ValueError, match="one mark at the least"):
        write_number(" ", draw_hand(generator()), GLYPHS, generator())


def test_texts_hold_known_marks_alone_and_every_one_of_them():
    random = generator()
    texts = [draw_text(random) for _ in range(3000)]
    assert set("".join(texts)) == set(MARKS)
    assert all(any(mark.isdigit() for mark in text) for text in texts)
