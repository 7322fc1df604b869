"""Muon: hidden kernels, convolutions too, move equally far along all directions; everything else moves as with Adam."""

import numpy as np
import pytest

from digits.training.backend import keras
from digits.training.muon import Muon

RATE = 0.01


def change(optimizer, shape, gradient, name="kernel"):
    """What one step makes of a variable of zeros."""
    variable = keras.Variable(np.zeros(shape, np.float32), name=name)
    optimizer.apply([gradient], [variable])
    return np.asarray(variable.value)


def gradient_of(shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(40, 12), (12, 40), (3, 3, 4, 8), (5, 5, 1, 16)])
def test_a_hidden_kernel_moves_nearly_equally_far_along_all_directions(shape):
    moved = change(Muon(RATE, weight_decay=None), shape, gradient_of(shape)).reshape(-1, shape[-1])
    lengths = np.linalg.svd(moved, compute_uv=False)
    full = RATE * 0.2 * np.sqrt(max(moved.shape))
    assert lengths.min() > 0.5 * full
    assert lengths.max() < 1.3 * full


@pytest.mark.parametrize("shape", [(40, 12), (3, 3, 4, 8)])
def test_a_step_is_as_long_however_small_the_gradient(shape):
    steps = [change(Muon(RATE, weight_decay=None), shape, scale * gradient_of(shape)) for scale in (1, 1e-3)]
    np.testing.assert_allclose(*steps, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("shape", "name"), [((12,), "bias"), ((40, 10), "logits_kernel")])
def test_biases_and_the_output_layer_move_as_with_adam(shape, name):
    gradient = gradient_of(shape)
    ours = change(Muon(RATE, adam_weight_decay=None), shape, gradient, name)
    np.testing.assert_allclose(ours, change(keras.optimizers.Adam(RATE), shape, gradient, name), rtol=1e-5)
