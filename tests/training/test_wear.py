"""Pens and papers: each change does to the stated share of the digits what it says, and nothing to the others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from digits.reading.digit.mnist_form import measure
from digits.training import augment, wear
from digits.training.sections import Augmentation

CHANGES = {name: getattr(wear, name) for name in ("felt", "hairline", "cut", "gaps", "coarse", "clutter", "threshold")}
every_change = pytest.mark.parametrize("name", CHANGES)


@pytest.fixture(scope="module")
def images(sample):
    return sample.images[:300].astype(np.float32)


def changed(name, images, share=1.0, key=0):
    return np.asarray(CHANGES[name](jnp.asarray(images, jnp.float32), jax.random.key(key), share))


def widths(images):
    return np.array([measure(np.clip(image, 0, 255).astype(np.uint8))["stroke_width"] for image in images])


@every_change
def test_a_change_keeps_to_its_share_and_follows_from_its_key(name, images):
    out = changed(name, images, share=0.4)
    touched = (out != images).any(axis=(1, 2))
    assert 0.2 < touched.mean() < 0.5
    assert np.array_equal(out, changed(name, images, share=0.4))
    assert not np.array_equal(out, changed(name, images, share=0.4, key=1))
    assert np.array_equal(changed(name, images, share=0.0), images)
    assert out.min() >= -0.01
    assert out.max() <= 255.01


@every_change
def test_a_blank_image_stays_finite_and_a_full_one_does_too(name):
    ends = np.concatenate([np.zeros((4, 28, 28)), np.full((4, 28, 28), 255)])
    assert np.isfinite(changed(name, ends)).all()


@every_change
def test_a_recipe_asks_for_it_by_its_name(name, sample):
    digits = jnp.asarray(sample.images[:64])
    out = np.asarray(augment.augment(Augmentation(**{name: 1.0}), digits, jax.random.key(0)))
    assert (out.dtype, out.shape) == (np.uint8, (64, 28, 28))
    assert (out != sample.images[:64]).any(axis=(1, 2)).mean() > 0.7


def test_a_felt_pen_is_wider_and_the_digit_no_larger(images):
    out = changed("felt", images[:100])
    assert np.median(widths(out) / widths(images[:100])) > 1.4
    before, after = (np.ptp(np.argwhere(stack.max(axis=(0, 2)) > 128)) for stack in (images[:100], out))
    assert after <= before + 1


def test_a_hairline_is_thin_and_stays_within_the_stroke(images):
    out = changed("hairline", images[:100])
    before = widths(images[:100])
    assert np.median((widths(out) / before)[before > 2.7]) < 0.9
    outside = np.asarray(augment.neighbours(jnp.asarray(images[:100]), jnp.maximum)) < 20
    assert (out[outside] > 60).mean() < 0.01
    assert (out.max(axis=(1, 2)) > 200).mean() > 0.95


def test_a_cut_takes_one_to_five_pixels_off_one_side_of_the_ink():
    square = np.zeros((400, 28, 28), np.float32)
    square[:, 4:24, 4:24] = 255
    out = changed("cut", square)
    rows, columns = (out.max(axis=axis) > 0 for axis in (2, 1))
    lost = np.stack([rows.argmax(1) - 4, 23 - (27 - rows[:, ::-1].argmax(1)), columns.argmax(1) - 4,
                     23 - (27 - columns[:, ::-1].argmax(1))])  # fmt: skip
    assert (np.count_nonzero(lost, axis=0) == 1).all()
    assert set(lost.sum(axis=0).tolist()) == {1, 2, 3, 4, 5}
    assert (np.count_nonzero(lost, axis=1) > 60).all()


def test_gaps_take_some_of_the_ink_and_add_none(images):
    out = changed("gaps", images)
    left = out.sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    assert (out <= images + 0.01).all()
    assert 0.7 < left.mean() < 0.95
    assert left.min() > 0.2


def test_coarse_pixels_keep_the_mean_and_have_few_values(images):
    out = changed("coarse", images)
    assert np.median(np.abs(out.mean(axis=(1, 2)) - images.mean(axis=(1, 2)))) < 0.5
    values = np.array([len(np.unique(np.round(image))) for image in out])
    assert values.min() < 60  # squares
    steps = np.abs(np.diff(out, axis=2))
    assert ((steps < 0.01).mean(axis=(1, 2)) > 0.5).mean() > 0.3


def test_clutter_only_adds_ink_and_leaves_most_of_the_image_alone(images):
    out = changed("clutter", images)
    assert (out >= images).all()
    share = (out > images + 30).mean(axis=(1, 2))
    assert share.max() < 0.3
    assert 0.01 < share.mean() < 0.1


def test_a_threshold_leaves_hardly_a_grey_value(images):
    before, after = (((stack > 10) & (stack < 245)).mean() for stack in (images, changed("threshold", images)))
    assert after < 0.4 * before
