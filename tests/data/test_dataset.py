import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.data.dataset import Dataset, image_hashes, shared_fraction
from digits.errors import DataError


def make(count=20, *, labels=None, seed=0, **fields):
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    labels = np.arange(count) % 10 if labels is None else labels
    return Dataset(images=images, labels=np.asarray(labels, dtype=np.uint8), name="made", **fields)


def test_the_hash_is_of_the_images_then_the_labels():
    dataset = make()

    assert dataset.hash == hashlib.sha256(dataset.images.tobytes() + dataset.labels.tobytes()).hexdigest()


def test_the_hash_does_not_depend_on_the_order_in_memory():
    dataset = make()
    turned = Dataset(images=np.asfortranarray(dataset.images), labels=dataset.labels, name="other")

    assert turned.hash == dataset.hash


def test_the_arrays_are_read_only():
    dataset = make()
    for array in (dataset.images, dataset.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


IMAGES = np.zeros((3, 28, 28), np.uint8)
LABELS = np.zeros(3, np.uint8)
BAD = {
    "float images": (IMAGES / 255, LABELS, "uint8"),
    "flat images": (IMAGES.reshape(3, 784), LABELS, r"\(3, 784\)"),
    "another size": (np.zeros((3, 32, 32), np.uint8), LABELS, r"\(3, 32, 32\)"),
    "a channel": (IMAGES[..., None], LABELS, r"\(3, 28, 28, 1\)"),
    "no digit": (IMAGES[:0], LABELS[:0], "no digit"),
    "signed labels": (IMAGES, LABELS.astype(np.int64), "int64"),
    "one-hot labels": (IMAGES, np.zeros((3, 10), np.uint8), r"\(3, 10\)"),
    "label 10": (IMAGES, np.array([1, 10, 2], np.uint8), "label 2 is 10"),
    "other counts": (IMAGES, LABELS[:2], "3 images but 2 labels"),
}


@pytest.mark.parametrize(("images", "labels", "words"), BAD.values(), ids=BAD)
def test_arrays_that_are_no_digits_are_refused_in_one_line(images, labels, words):
    with pytest.raises(DataError, match=words) as caught:
        Dataset(images=images, labels=labels, name="mine")

    assert str(caught.value).startswith("mine: ")
    assert len(str(caught.value).splitlines()) == 1


def test_taking_digits_keeps_their_order_and_origin():
    dataset = make(origin="a drawer", split="train")
    taken = dataset.take(np.array([7, 3]))

    assert taken.labels.tolist() == [7, 3]
    assert (taken.name, taken.origin, taken.split) == ("made", "a drawer", "train")
    np.testing.assert_array_equal(taken.images[1], dataset.images[3])


@settings(deadline=None, max_examples=50)
@given(
    labels=st.lists(st.integers(0, 9), min_size=2, max_size=200), share=st.floats(0.01, 0.99), seed=st.integers(0, 5)
)
def test_a_split_loses_no_digit_and_keeps_each_class_in_proportion(labels, share, seed):
    dataset = make(len(labels), labels=labels)
    held = round(share * len(labels))
    if not 0 < held < len(labels):
        return
    training, validation = dataset.split_off(held, seed=seed)

    assert (len(training), len(validation)) == (len(labels) - held, held)
    both = np.concatenate([image_hashes(training.images), image_hashes(validation.images)])
    assert sorted(both.tolist()) == sorted(image_hashes(dataset.images).tolist())
    exact = dataset.class_counts * held / len(labels)
    assert np.all(np.abs(validation.class_counts - exact) < 1)


def test_a_split_is_the_same_for_the_same_seed_and_another_for_another():
    dataset = make(200)
    first, again, other = (dataset.split_off(40, seed=seed)[1] for seed in (0, 0, 1))

    assert first.hash == again.hash != other.hash


def test_both_sides_of_a_split_keep_the_original_order():
    dataset = make(100)
    position = {key: number for number, key in enumerate(image_hashes(dataset.images).tolist())}
    for part in dataset.split_off(0.3):
        numbers = [position[key] for key in image_hashes(part.images).tolist()]
        assert numbers == sorted(numbers)


def test_the_sides_of_a_split_are_named():
    training, validation = make().split_off(5)

    assert (training.split, validation.split) == ("train", "validation")


def test_holding_nothing_back_changes_nothing():
    dataset = make()

    assert dataset.split_off(0) == (dataset, None)


@pytest.mark.parametrize("amount", [20, 1.0, -1, 500, 1.5])
def test_an_amount_that_leaves_one_side_empty_is_refused(amount):
    with pytest.raises(DataError, match="cannot hold back"):
        make(20).split_off(amount)


def test_equal_images_have_equal_hashes():
    dataset = make()
    doubled = np.concatenate([dataset.images, dataset.images])
    hashes = image_hashes(doubled)

    np.testing.assert_array_equal(hashes[:20], hashes[20:])
    assert len(np.unique(hashes)) == 20


def test_a_fingerprint_tells_how_many_digits_two_datasets_share():
    ours, theirs = make(4000, seed=0), make(4000, seed=1)
    half = Dataset(
        images=np.concatenate([ours.images[:2000], theirs.images[2000:]]), labels=ours.labels, name="half and half"
    )

    assert shared_fraction(ours, ours.fingerprint) == 1
    assert shared_fraction(theirs, ours.fingerprint) == 0
    assert shared_fraction(half, ours.fingerprint) == pytest.approx(0.5, abs=0.2)


def test_a_few_digits_are_too_few_to_tell():
    assert len(make(1).fingerprint) == 0
    assert shared_fraction(make(1), make(4000, seed=1).fingerprint) is None
