"""The form of MNIST, brought about and measured, on shapes whose size, place and stroke width are known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digits.reading.digit.mnist_form import STROKES, in_form, measure, percentiles, to_form


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


def ring(radius, thickness, side=200):
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, (side // 2, side // 2), radius, 1, thickness)
    return mask


def test_the_longer_side_becomes_twenty_pixels_and_the_centre_of_mass_the_middle():
    mask = np.zeros((300, 300), np.uint8)
    mask[20:260, 200:235] = 1
    image = to_form(mask).image
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert np.ptp(rows) + 1 == 20
    assert np.ptp(columns) + 1 == 3
    assert measure(image)["offset"] < 0.71


@pytest.mark.parametrize("size", [40, 90, 700])
def test_the_form_does_not_depend_on_the_size_of_the_picture(size):
    mask = np.zeros((200, 200), np.uint8)
    cv2.polylines(mask, [np.array([[40, 40], [140, 40], [80, 170]])], False, 1, 22)
    scaled = cv2.resize(mask.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    difference = to_form((scaled >= 0.5).astype(np.uint8)).image - to_form(mask).image.astype(int)
    assert np.abs(difference).mean() < 8


@pytest.mark.parametrize(("thickness", "corrected"), [(1, "wider"), (4, "wider"), (22, "as it was"), (60, "narrower")])
def test_hairlines_and_felt_pens_come_into_the_range_of_training_strokes(thickness, corrected):
    form = to_form(ring(80, thickness))
    assert STROKES[0] * 20 - 0.8 <= measure(form.image)["stroke_width"] <= STROKES[1] * 20 + 1.3
    says = {"wider": form.corrected > 1.2, "as it was": form.corrected == 1, "narrower": form.corrected < 0.9}
    assert says[corrected]


def test_strokes_can_be_left_as_they_are():
    assert to_form(ring(80, 1), strokes=None).corrected == 1


def test_mnist_digits_are_in_the_form_and_other_images_are_not(sample):
    assert np.mean([in_form(image) for image in sample.images[:300]]) > 0.99
    assert not any(in_form(255 - image) for image in sample.images[:50])
    assert not any(in_form(np.roll(image, 4, axis=1)) for image in sample.images[:50])
    assert not in_form(np.zeros((28, 28), np.uint8))


@given(mask=arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 1)))
@settings(max_examples=60, deadline=None)
def test_any_ink_has_a_form(mask):
    if not mask.any():
        return
    form = to_form(mask)
    assert form.image.shape == (28, 28)
    assert form.image.dtype == np.uint8
    assert form.image.any()
