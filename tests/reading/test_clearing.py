"""What hides ink is cleared away, in one order, once; and an explanation says what was."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import digits
from digits.reading.clearing import cleared, of_clearing
from digits.reading.explain import explain
from digits.reading.picture import Picture, open_pictures
from digits.reading.reader import Reader

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def noisy(pixels):
    noise = np.random.default_rng(1).normal(0, 14, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def amounts():
    """A photo of a sheet on a table."""
    return next(open_pictures(EXAMPLES / "numbers" / "amounts.jpg"))


def test_a_plain_page_stays_as_it_is():
    page = Picture("page", 0, np.full((80, 200), 230, np.uint8))
    assert cleared(page) is page
    assert not list(of_clearing(page))


def test_what_is_cleared_is_clear(amounts):
    once = cleared(amounts)
    assert once is not amounts
    assert once.pixels.shape == amounts.pixels.shape
    assert cleared(once) is once


def test_what_was_cleared_is_said_in_one_sentence(amounts):
    (sentence,) = of_clearing(Picture("photo", 0, noisy(amounts.pixels)))
    assert sentence == (
        "Before anything was looked for, coarse grain was smoothed and what lies around the sheet was painted over "
        "with its paper."
    )


def test_an_explanation_ends_with_it(amounts):
    explanation = explain(Reader(digits.load()), amounts)
    assert explanation.words[-1] == next(of_clearing(amounts))
    assert explanation.picture is amounts


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_picture_keeps_its_size(data):
    shape = data.draw(st.tuples(st.integers(1, 90), st.integers(1, 130)))
    levels = data.draw(st.sampled_from([st.integers(0, 255), st.sampled_from([0, 90, 200, 255])]))
    pixels = data.draw(arrays.arrays(np.uint8, data.draw(st.sampled_from([shape, (*shape, 3)])), elements=levels))
    shown = cleared(Picture("any", 0, pixels))
    assert shown.pixels.shape == pixels.shape
    assert shown.pixels.dtype == np.uint8
