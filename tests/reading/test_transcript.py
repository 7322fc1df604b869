"""A text's probability is that of all ways to say it: compared with saying everything."""

from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading.transcript import NONE, Transcript

SYMBOLS = (NONE, 2, 3, 10)  # none, 1, 2, 9


def transcript(steps, seed):
    """One that says nothing but these symbols."""
    shares = np.full((steps, 11), 1e-300)
    shares[:, SYMBOLS] = np.random.default_rng(seed).dirichlet(np.ones(len(SYMBOLS)), steps)
    return Transcript(np.log(shares), 2.0 * np.arange(steps))


def said_by(symbols):
    return "".join(str(symbol - 1) for symbol, _ in groupby(symbols) if symbol != NONE)


def every_text(heard):
    """What can be said in so many steps, and how likely each is."""
    found = defaultdict(float)
    for symbols in product(SYMBOLS, repeat=len(heard.log_probabilities)):
        found[said_by(symbols)] += np.exp(sum(heard.log_probabilities[step, at] for step, at in enumerate(symbols)))
    return found


@given(st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_a_texts_likelihood_is_the_sum_of_all_ways_to_say_it(steps, seed):
    heard = transcript(steps, seed)
    likelihoods = every_text(heard)
    assert sum(likelihoods.values()) == pytest.approx(1)
    for text, likelihood in likelihoods.items():
        assert heard.log_likelihood(text) == pytest.approx(np.log(likelihood))


@given(st.integers(1, 6), st.integers(0, 1000), st.lists(st.text("129", max_size=6), max_size=5))
def test_texts_of_any_lengths_are_as_likely_together_as_alone(steps, seed, texts):
    heard = transcript(steps, seed)
    together = heard.log_likelihoods(texts)
    assert together.tolist() == [heard.log_likelihood(text) for text in texts]


@given(st.integers(4, 5), st.integers(0, 1000), st.sampled_from(["1", "12", "11", "192", "121"]))
@settings(max_examples=40, deadline=None)
def test_a_digits_probabilities_are_those_of_the_texts_that_differ_in_it_alone(steps, seed, text):
    heard = transcript(steps, seed)
    likelihoods = every_text(heard)
    expected = np.array(
        [[likelihoods[text[:at] + str(digit) + text[at + 1 :]] for digit in range(10)] for at in range(len(text))]
    )
    expected /= expected.sum(axis=1, keepdims=True)
    assert heard.probabilities(text) == pytest.approx(expected, abs=1e-9)


def test_alike_neighbours_need_a_step_of_none_between_them():
    alike = Transcript(np.log(np.eye(11)[[2, 2, 2]] + 1e-9), np.arange(3.0))
    assert alike.text == "1"
    apart = Transcript(np.log(np.eye(11)[[2, NONE, 2]] + 1e-9), np.arange(3.0))
    assert apart.text == "11"
    assert Transcript(apart.log_probabilities[:1], np.arange(1.0)).log_likelihood("11") == -np.inf


def test_what_can_not_be_said_at_all_leaves_every_digit_as_likely():
    heard = Transcript(np.log(np.eye(11)[[2, 2]] + 1e-9), np.arange(2.0))
    assert heard.probabilities("121") == pytest.approx(0.1)


def test_a_digits_place_is_in_the_middle_of_the_steps_that_say_it():
    heard = Transcript(np.log(np.eye(11)[[NONE, 2, 2, 2, NONE, 3, NONE]] + 1e-9), 10.0 * np.arange(7))
    assert heard.text == "12"
    assert heard.places.tolist() == [20.0, 50.0]


def test_a_silent_line_says_nothing():
    heard = Transcript(np.log(np.eye(11)[[NONE] * 4] + 1e-9), np.arange(4.0))
    assert heard.text == ""
    assert heard.places.tolist() == []
    assert heard.log_likelihood("") == pytest.approx(0, abs=1e-6)
    assert heard.probabilities("").shape == (0, 10)
