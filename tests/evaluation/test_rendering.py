"""Digits rendered as pictures: what a style promises, and that the same seed gives the same picture."""

import numpy as np
import pytest

from digits.evaluation.rendering import PLAIN, VARIED, render, render_all


@pytest.mark.parametrize("style", [PLAIN, VARIED], ids=["plain", "varied"])
def test_a_digit_has_the_same_picture_whatever_comes_before_it(sample_test, style):
    first, *_ = render_all(sample_test.take(np.array([5, 6])), style, seed=3)
    again, *_ = render_all(sample_test.take(np.array([5])), style, seed=3)
    other, *_ = render_all(sample_test.take(np.array([5])), style, seed=4)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_round_trip_enlarges_4_to_12_times_and_inverts_half(sample_test):
    pictures = list(render_all(sample_test.take(np.arange(200)), PLAIN))
    sides = {side for picture in pictures for side in picture.shape}
    assert min(sides) >= 4 * 28
    assert max(sides) <= 12 * 28
    light_on_dark = np.mean([np.median(picture) < 128 for picture in pictures])
    assert 0.4 < light_on_dark < 0.6


def test_varied_pens_are_thinner_and_thicker(sample_test):
    pictures = list(render_all(sample_test.take(np.arange(120)), VARIED))
    assert len({picture.shape for picture in pictures}) > 100
    assert all(picture.dtype == np.uint8 and np.ptp(picture) > 0 for picture in pictures)


@pytest.mark.parametrize("seed", range(20))
def test_a_blank_image_is_blank_paper(seed):
    picture = render(np.zeros((28, 28), np.uint8), PLAIN, np.random.default_rng(seed))
    assert picture.std() < 40
