"""The sweeps: the neutral strength changes nothing, the others what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digits.evaluation import sweeps
from digits.evaluation.sweeps import SWEEPS

some_digits = hnp.arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28)))
each = pytest.mark.parametrize("sweep", SWEEPS, ids=lambda sweep: sweep.name)


@each
@settings(deadline=None, max_examples=20)
@given(images=some_digits, seed=st.integers(0, 2**31))
def test_the_neutral_strength_changes_nothing(sweep, images, seed):
    np.testing.assert_array_equal(sweep.change(images, sweep.neutral, seed), images)


@each
@settings(deadline=None, max_examples=20)
@given(data=st.data(), images=some_digits)
def test_any_images_keep_shape_and_dtype_at_every_strength(sweep, data, images):
    changed = sweep.change(images, data.draw(st.sampled_from(sweep.strengths)), 0)
    assert (changed.dtype, changed.shape) == (np.uint8, images.shape)


@each
def test_the_strengths_rise_through_the_neutral_one(sweep):
    assert sweep.neutral in sweep.strengths
    assert list(sweep.strengths) == sorted(set(sweep.strengths))


@each
def test_the_same_seed_gives_the_same_bits(sweep, sample_test):
    strength = sweep.strengths[-1]
    twice = [sweep.change(sample_test.images[:5], strength, 7) for _ in range(2)]
    np.testing.assert_array_equal(*twice)
    assert np.any(twice[0] != sample_test.images[:5])


def dot(row, column):
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, row, column] = 200
    return image


def middle(image):
    return np.array([np.average(np.arange(28), weights=image[0].sum(axis=axis)) for axis in (1, 0)])  # row, column


def test_a_shift_moves_by_its_pixels():
    assert np.linalg.norm(middle(sweeps.shift(dot(14, 14), 5)) - 14) == pytest.approx(5, abs=0.1)


def test_a_rotation_turns_counter_clockwise():
    np.testing.assert_allclose(middle(sweeps.rotate(dot(13, 23), 90)), [4, 13], atol=0.1)  # from the right to the top


def test_a_scale_moves_away_from_the_middle():
    np.testing.assert_allclose(middle(sweeps.scale(dot(18, 13), 2)), [22.5, 12.5], atol=0.1)


@pytest.mark.parametrize("change", [-2, -1, 0.5, 1, 3])
def test_a_stroke_is_as_much_wider(change):
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 12:16] = 240
    width = sweeps.stroke_width(bar, change)[0, 14].sum() / 240
    assert width == pytest.approx(4 + change, abs=0.01)


def test_contrast_multiplies_and_cuts():
    image = np.full((1, 28, 28), 100, np.uint8)
    assert np.all(sweeps.contrast(image, 0.5) == 50)
    assert np.all(sweeps.contrast(image, 4) == 255)


def test_noise_has_its_deviation():
    grey = np.full((20, 28, 28), 128, np.uint8)
    assert sweeps.noise(grey, 0.1).std() == pytest.approx(25.5, rel=0.03)
