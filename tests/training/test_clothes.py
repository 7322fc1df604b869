"""Drawings of clothes: filled shapes with a surface, from top to bottom of their canvas, never the same twice."""

import cv2
import numpy as np
import pytest

from digits.training import clothes
from digits.training.drawings import SIDE


@pytest.fixture(scope="module")
def drawn():
    random = np.random.default_rng(0)
    return [clothes.garment(random) for _ in range(200)]


def test_they_are_light_on_black_canvases_and_follow_from_the_seed(drawn):
    assert all((canvas.dtype, canvas.shape) == (np.uint8, (SIDE, SIDE)) for canvas in drawn)
    assert len({canvas.tobytes() for canvas in drawn}) == len(drawn)
    again = np.random.default_rng(0)
    assert all(np.array_equal(clothes.garment(again), canvas) for canvas in drawn[:20])


def test_they_are_filled_and_reach_from_end_to_end(drawn):
    boxes = np.array([cv2.boundingRect((canvas > 12).astype(np.uint8)) for canvas in drawn])
    filled = np.array([(canvas > 12).sum() for canvas in drawn]) / (boxes[:, 2] * boxes[:, 3])
    assert np.mean(filled > 0.4) > 0.95
    assert np.mean(boxes[:, 2:].max(axis=1) > 0.8 * SIDE) > 0.9


def test_they_have_a_surface_of_many_greys_some_of_them_dark(drawn):
    assert np.mean([len(np.unique(canvas)) > 20 for canvas in drawn]) > 0.95
    middle = np.array([np.median(canvas[canvas > 12]) for canvas in drawn])
    assert 0.05 < np.mean(middle < 90) < 0.5
    assert np.mean(middle > 150) > 0.3


def test_none_is_as_slender_as_a_one(drawn):
    boxes = np.array([cv2.boundingRect((canvas > 12).astype(np.uint8)) for canvas in drawn])
    assert np.quantile(boxes[:, 2] / boxes[:, 3], 0.02) > 0.2
