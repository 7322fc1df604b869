"""European hands: strokes are added to 0, 1 and 7 alone, where they belong, as wide as the digit's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from digits.training import hands


def written(images, labels, share=1.0, key=0):
    out = hands.write(jnp.asarray(images, jnp.float32), jnp.asarray(labels), jax.random.key(key), share)
    return np.asarray(out)


@pytest.fixture(scope="module")
def upright():
    """A digit of one upright stroke, 3 pixels wide, 20 high, in MNIST's place: a 1, or whatever its label says."""
    images = np.zeros((200, 28, 28), np.float32)
    images[:, 4:24, 13:16] = 255
    return images


def test_zeros_ones_and_sevens_get_ink_and_the_others_stay_as_they_are(sample):
    images = sample.images[:300].astype(np.float32)
    out = written(images, sample.labels[:300])
    written_on = np.isin(sample.labels[:300], [0, 1, 7])
    assert np.array_equal(out[~written_on], images[~written_on])
    more = out[written_on].sum(axis=(1, 2)) > images[written_on].sum(axis=(1, 2))
    assert more.mean() > 0.95
    assert (out.min(), out.max()) == (0, 255)


def test_what_has_no_label_is_no_digit_and_stays_as_it_is(upright):
    out = written(upright, np.full(50, 7))
    assert (out[:50] != upright[:50]).any(axis=(1, 2)).all()
    assert np.array_equal(out[50:], upright[50:])


def test_the_share_says_how_many(upright):
    changed = (written(upright, np.full(200, 7), share=0.3) != upright).any(axis=(1, 2))
    assert abs(changed.mean() - 0.3) < 0.12


def test_a_bar_crosses_the_stem_of_a_seven_on_both_sides_near_its_middle(upright):
    out = written(upright, np.full(200, 7))
    for side in (out[:, :, :11], out[:, :, 18:]):  # the stem is between them
        ink = side.sum(axis=(1, 2))
        assert (ink > 100).mean() > 0.95
        rows = (side.sum(axis=2) @ np.arange(28))[ink > 100] / ink[ink > 100]
        assert (np.abs(rows - 14.5) < 5).all()


def test_an_up_stroke_of_a_one_runs_from_its_top_down_to_the_left():
    images = np.zeros((200, 28, 28), np.float32)
    images[:, 4:24, 13:16] = 255
    out = written(images, np.full(200, 1))
    left = out[:, :14, :].sum(axis=1) > 255  # columns that have ink in the upper half
    width = 28 - left[:, ::-1].argmax(axis=1) - left.argmax(axis=1)
    assert (width >= 5).mean() > 0.95
    upper_ink = out[:, :14].sum(axis=(1, 2))
    assert (upper_ink > images[:, :14].sum(axis=(1, 2))).mean() > 0.95


def test_a_slash_goes_through_the_hole_of_a_zero():
    rows, columns = np.mgrid[:28, :28] - 14
    ring = np.where(np.abs(np.hypot(rows, columns) - 8) < 1.5, 255, 0).astype(np.float32)
    out = written(np.repeat(ring[None], 100, axis=0), np.zeros(100, int))
    assert (out[:, 12:17, 12:17].max(axis=(1, 2)) > 200).all()


def test_what_was_written_on_is_in_the_middle_again(upright):
    out = written(upright, np.full(200, 1))
    mass = out.sum(axis=(1, 2))
    for axis in (1, 2):
        centre = (out.sum(axis=3 - axis) @ np.arange(28)) / mass
        assert np.abs(centre - 14).max() <= 0.6


def test_blank_images_and_the_same_key_make_no_trouble(upright):
    blank = np.zeros((3, 28, 28), np.float32)
    assert np.isfinite(written(blank, [0, 1, 7])).all()
    assert np.array_equal(written(upright, np.full(200, 1)), written(upright, np.full(200, 1)))
    assert not np.array_equal(written(upright, np.full(200, 1)), written(upright, np.full(200, 1), key=1))


def test_a_slender_digit_is_narrower_as_high_as_before_and_has_the_ink_of_its_width(sample):
    images = jnp.asarray(sample.images[:200], jnp.float32)
    out = np.asarray(hands.slender(images, jax.random.key(0), 1.0))
    before, after = (np.ptp(np.argwhere(image > 100), axis=0) for image in (np.asarray(images[0]), out[0]))
    assert after[0] == before[0]
    assert after[1] < before[1]
    ratio = out.sum(axis=(1, 2)) / np.asarray(images).sum(axis=(1, 2))
    assert 0.43 < ratio.min() < 0.55
    assert 0.75 < ratio.max() < 0.87
    assert out.max() <= 255.01
    some = (np.asarray(hands.slender(images, jax.random.key(0), 0.3)) != np.asarray(images)).any(axis=(1, 2))
    assert abs(some.mean() - 0.3) < 0.12
