"""Measuring a digit's form on shapes whose size, place and stroke width are known."""

import numpy as np
import pytest

from digits.reading.mnist_form import measure, percentiles


def bar(top, left, height, width):
    image = np.zeros((28, 28), np.uint8)
    image[top : top + height, left : left + width] = 255
    return image


@pytest.mark.parametrize("width", [2, 3, 4, 6])
def test_the_width_of_a_stroke_is_found(width):
    assert measure(bar(4, 10, 20, width))["stroke_width"] == pytest.approx(width, abs=0.7)


def test_size_is_the_longer_side_and_offset_the_distance_from_the_centre():
    centred = measure(bar(4, 12, 21, 5))
    assert centred["size"] == 21
    assert centred["offset"] == pytest.approx(0)
    assert measure(bar(7, 16, 21, 5))["offset"] == pytest.approx(5)


def test_an_image_without_ink_has_no_measures():
    assert measure(np.zeros((28, 28), np.uint8)) is None
    assert percentiles(np.zeros((3, 28, 28), np.uint8)) == {"percentiles": [1, 5, 25, 50, 75, 95, 99]}


def test_mnist_digits_have_the_form_that_their_makers_describe(sample):
    shape = percentiles(sample.images)
    assert max(shape["size"]) <= 20
    assert shape["offset"][-1] < 0.71  # rounded to a whole pixel in both directions
