"""A text's probability is that of all ways to say it: compared with saying everything."""

from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading.networks.ctc import NONE, CtcOutput

MARKS = "019.,"
SAID = (NONE, 1, 3, 4)  # none, 0, 9 and the point


def output(columns, seed, sharpness=1.0):
    """One that says nothing but these classes."""
    shares = np.full((columns, 1 + len(MARKS)), 1e-300)
    shares[:, SAID] = np.random.default_rng(seed).dirichlet(np.full(len(SAID), sharpness), columns)
    return CtcOutput(np.log(shares), MARKS)


def said_by(classes):
    return "".join(MARKS[one - 1] for one, _ in groupby(classes) if one != NONE)


def every_text(heard):
    """What can be said in so many columns, and how likely each is."""
    found = defaultdict(float)
    for classes in product(SAID, repeat=len(heard.log_probabilities)):
        found[said_by(classes)] += np.exp(sum(heard.log_probabilities[column, at] for column, at in enumerate(classes)))
    return found


@given(st.integers(1, 20), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_nothing_is_as_likely_as_the_empty_text(columns, seed):
    heard = output(columns, seed)
    assert heard.nothing == pytest.approx(heard.log_likelihood(""))


@given(st.integers(1, 5), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_a_texts_likelihood_is_the_sum_of_all_ways_to_say_it(columns, seed):
    heard = output(columns, seed)
    likelihoods = every_text(heard)
    assert sum(likelihoods.values()) == pytest.approx(1)
    for text, likelihood in likelihoods.items():
        assert heard.log_likelihood(text) == pytest.approx(np.log(likelihood))


@given(st.integers(1, 6), st.integers(0, 1000), st.lists(st.text("09.", max_size=6), max_size=5))
def test_texts_of_any_lengths_are_as_likely_together_as_alone(columns, seed, texts):
    heard = output(columns, seed)
    together = heard.log_likelihoods(texts)
    assert together.tolist() == [heard.log_likelihood(text) for text in texts]


@given(st.integers(4, 5), st.integers(0, 1000), st.sampled_from(["0", "09", "00", "0.9", "9.9"]))
@settings(max_examples=40, deadline=None)
def test_a_marks_probabilities_are_those_of_the_texts_that_differ_in_it_alone(columns, seed, text):
    heard = output(columns, seed)
    likelihoods = every_text(heard)
    expected = np.array([[likelihoods[text[:at] + mark + text[at + 1 :]] for mark in MARKS] for at in range(len(text))])
    expected /= expected.sum(axis=1, keepdims=True)
    assert heard.probabilities(text) == pytest.approx(expected, abs=1e-9)


@given(st.integers(3, 6), st.integers(0, 500))
@settings(max_examples=60, deadline=None)
def test_the_search_finds_the_likeliest_text_where_the_network_is_fairly_sure(columns, seed):
    heard = output(columns, seed, sharpness=0.15)
    likelihoods = every_text(heard)
    (text, likelihood), *others = heard.likeliest(4)
    assert np.exp(likelihood) == pytest.approx(likelihoods[text])
    assert likelihoods[text] >= likelihoods[heard.text] - 1e-12
    assert [one for _, one in others] == sorted((one for _, one in others), reverse=True)


def test_a_search_that_expects_two_marks_gives_texts_of_two():
    heard = output(5, 3)
    found = heard.likeliest(5, lambda text: len(text) == 2)
    assert found
    assert all(len(text) == 2 for text, _ in found)


def test_what_is_certain_has_no_rivals():
    shares = np.full((3, 1 + len(MARKS)), 1e-9)
    shares[[0, 1, 2], [1, NONE, 3]] = 1
    heard = CtcOutput(np.log(shares), MARKS)
    assert heard.text == "09"
    assert [text for text, _ in heard.likeliest(5)] == ["09"]


def test_marks_are_where_they_are_said():
    shares = np.full((9, 1 + len(MARKS)), 1e-9)
    shares[:, NONE] = 1
    for column, mark in ((1, 1), (6, 3)):
        shares[column] = 1e-9
        shares[column, mark] = 1
    first, second = CtcOutput(np.log(shares), MARKS).places("09")
    assert first == pytest.approx(1, abs=0.2)
    assert second == pytest.approx(6, abs=0.2)


def test_an_empty_text_has_no_marks_and_more_marks_than_columns_cannot_be():
    heard = output(3, 0)
    assert heard.probabilities("").shape == (0, len(MARKS))
    assert heard.places("").shape == (0,)
    assert heard.log_likelihood("0.0.") == -np.inf
