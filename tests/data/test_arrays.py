"""What shapes, types and ranges of arrays are images and labels, and what is told or refused."""

import numpy as np
import pytest

from digits.data.arrays import as_images, as_labels
from digits.errors import DataError

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)


def told(array):
    notes = []
    return as_images(array, "here", notes.append), notes


SHAPES = {
    "flat": IMAGES.reshape(5, 784),
    "a column a digit": IMAGES.reshape(5, 784).T,
    "a channel last": IMAGES[..., np.newaxis],
    "a channel first": IMAGES[:, np.newaxis],
    "floats that are whole": IMAGES.astype(np.float64),
    "large integers": IMAGES.astype(np.int64),
}


@pytest.mark.parametrize("array", SHAPES.values(), ids=SHAPES)
def test_the_same_digits_in_another_shape_or_type_are_the_same_and_nothing_is_told(array):
    images, notes = told(array)

    assert images.dtype == np.uint8
    assert notes == []
    np.testing.assert_array_equal(images, IMAGES)


def test_one_image_alone_is_a_set_of_one():
    assert told(IMAGES[0])[0].shape == (1, 28, 28)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_pixels_from_0_to_1_become_0_to_255_and_that_is_told(dtype):
    images, notes = told((IMAGES / 255).astype(dtype))

    assert notes == ["its pixels, 0 to 1, are taken as 0 to 255"]
    assert np.abs(images.astype(int) - IMAGES).max() <= (dtype == np.float16)


def test_true_is_ink():
    images, notes = told(IMAGES > 128)

    assert sorted(np.unique(images)) == [0, 255]
    assert notes


BAD = {
    "normalised": (IMAGES / 127.5 - 1, "from -1 to 1; expected whole numbers from 0 to 255, or pixels from 0 to 1"),
    "16 bits": (IMAGES.astype(np.uint16) * 257, "from 0 to 65535; expected whole numbers"),
    "NaN": (np.full((2, 28, 28), np.nan), "expected whole numbers"),
    "infinity": (np.full((2, 28, 28), np.inf), "expected whole numbers"),
    "objects": (np.array([{}]), "object values, which are not loaded"),
    "32 by 32": (np.zeros((2, 32, 32), np.uint8), r"must be uint8 \(n, 28, 28\)"),
    "colours": (np.zeros((2, 28, 28, 3), np.uint8), r"must be uint8 \(n, 28, 28\)"),
    "none": (np.zeros((0, 28, 28)), "no digit in it"),
}


@pytest.mark.parametrize(("array", "words"), BAD.values(), ids=BAD)
def test_what_are_no_images_is_refused_in_one_line(array, words):
    with pytest.raises(DataError, match=words) as caught:
        as_images(array, "here")
    assert str(caught.value).startswith("here")
    assert len(str(caught.value).splitlines()) == 1


LABELS = {
    "floats": np.array([7.0, 0.0, 9.0]),
    "text": np.array(["7", "0", "9"]),
    "bytes": np.array([b"7", b"0", b"9"]),
    "a column": np.array([[7], [0], [9]]),
    "a row": np.array([[7, 0, 9]]),
    "one-hot": np.eye(10)[[7, 0, 9]],
    "one-hot truth": np.eye(10, dtype=bool)[[7, 0, 9]],
}


@pytest.mark.parametrize("array", LABELS.values(), ids=LABELS)
def test_labels_of_any_usual_kind_are_the_same_labels(array):
    labels = as_labels(array, "here")

    assert labels.dtype == np.uint8
    assert labels.tolist() == [7, 0, 9]


BAD_LABELS = {
    "a fraction": (np.array([1.5]), "expected whole numbers"),
    "below 0": (np.array([-1]), "from -1 to -1"),
    "10": (np.array([1, 10]), "label 2 is 10"),
    "a word": (np.array(["7", "seven"]), "holds 'seven'"),
    "probabilities": (np.full((3, 10), 0.1), "expected whole numbers"),
    "two in one row": (np.ones((3, 10), np.uint8), r"must be uint8 \(n,\)"),
    "objects": (np.array([{}]), "which are not loaded"),
}


@pytest.mark.parametrize(("array", "words"), BAD_LABELS.values(), ids=BAD_LABELS)
def test_what_are_no_labels_is_refused_in_one_line(array, words):
    with pytest.raises(DataError, match=words) as caught:
        as_labels(array, "here")
    assert len(str(caught.value).splitlines()) == 1
