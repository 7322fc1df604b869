"""Temperature: finds what was planted, never changes an answer, keeps rows summing to one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits.reading.networks.calibration import apply_temperature, fit_temperature


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("planted", [0.5, 1.0, 2.5])
def test_a_planted_temperature_is_found(planted):
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (20_000, 10))
    true = softmax(logits)
    labels = np.array([random.choice(10, p=row / row.sum()) for row in true.astype(np.float64)]).astype(np.uint8)
    assert fit_temperature(softmax(logits * planted), labels) == pytest.approx(planted, rel=0.05)


@given(st.floats(0.05, 20), st.integers(0, 2**32 - 1))
def test_temperature_keeps_the_order_of_the_answers_and_the_sum_of_the_rows(temperature, seed):
    probabilities = softmax(np.random.default_rng(seed).normal(0, 3, (8, 10)))
    softened = apply_temperature(probabilities, temperature)
    assert softened.dtype == np.float32
    np.testing.assert_allclose(softened.sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(softened.argmax(axis=1), probabilities.argmax(axis=1))


@given(st.floats(0.05, 20), st.integers(0, 2**32 - 1))
def test_temperature_divides_the_logits(temperature, seed):
    logits = np.random.default_rng(seed).normal(0, 3, (8, 10))
    softened = apply_temperature(softmax(logits), temperature)
    np.testing.assert_allclose(softened, softmax(logits / temperature), atol=2e-6)


def test_equal_answers_survive_the_sharpest_temperature():
    equal = np.full((2, 10), 0.1, np.float32)
    np.testing.assert_allclose(apply_temperature(equal, 0.05), equal, rtol=1e-5)


def test_certain_and_impossible_answers_stay_finite():
    certain = np.eye(10, dtype=np.float32)
    for temperature in (0.05, 1.0, 20.0):
        assert np.isfinite(apply_temperature(certain, temperature)).all()
    assert 0.05 <= fit_temperature(certain, np.arange(10, dtype=np.uint8)) <= 20
    assert fit_temperature(certain, np.arange(10, dtype=np.uint8)[::-1].copy()) == pytest.approx(20, rel=0.01)
