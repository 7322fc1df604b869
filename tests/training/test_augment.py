"""Augmentation: what a shift may do to a digit, and that it never costs reproducibility."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from digits.errors import Interrupted, RecipeError
from digits.training import augment, engine
from digits.training.environment import describe
from digits.training.recipe import load_recipe
from digits.training.run import Run
from digits.training.sections import Augmentation
from digits.training.trainer import Trainer

SHIFTED = ["network.hidden=[16]", "network.dropout=0.3", "training.epochs=4", "augmentation.shift=2"]


@pytest.fixture(scope="module")
def dots():
    """300 images with one pixel of ink each, at row 14, column 10."""
    images = np.zeros((300, 28, 28), np.uint8)
    images[:, 14, 10] = 200
    return images


def moves(dots, pixels, key=0):
    moved = np.asarray(augment.shift(jnp.asarray(dots), jax.random.key(key), pixels))
    assert moved.dtype == np.uint8
    assert moved.shape == dots.shape
    assert (np.count_nonzero(moved, axis=(1, 2)) == 1).all()
    assert (moved.max(axis=(1, 2)) == 200).all()
    return np.argwhere(moved)[:, 1:] - [14, 10]


@pytest.mark.parametrize("pixels", [1, 2, 8])
def test_a_shift_moves_each_digit_on_its_own_by_up_to_that_many_pixels_every_way(dots, pixels):
    distances = moves(dots, pixels)
    for axis in (0, 1):
        assert set(distances[:, axis]) == set(range(-pixels, pixels + 1))
        assert abs(distances[:, axis].mean()) < 4 * pixels / np.sqrt(len(dots))
    assert abs(np.corrcoef(distances.T)[0, 1]) < 0.25  # down and across are independent


def test_what_leaves_the_image_is_lost_and_background_comes_in(sample):
    images = np.full((50, 28, 28), 255, np.uint8)
    moved = np.asarray(augment.shift(jnp.asarray(images), jax.random.key(0), 3))
    assert set(np.unique(moved)) == {0, 255}
    assert (moved.reshape(50, -1).sum(axis=1) >= 25 * 25 * 255).all()


def test_the_same_key_gives_the_same_bits_and_another_key_others(dots):
    assert np.array_equal(moves(dots, 2, key=1), moves(dots, 2, key=1))
    assert not np.array_equal(moves(dots, 2, key=1), moves(dots, 2, key=2))


def test_every_epoch_and_seed_has_a_key_of_its_own():
    keys = {
        tuple(jax.random.key_data(augment.epoch_key(seed, epoch)).tolist()) for seed in range(5) for epoch in range(5)
    }
    assert len(keys) == 25


def test_a_new_change_leaves_the_keys_of_the_older_ones_alone():
    keys = jax.random.key(5)
    older = jax.random.split(keys, 12)  # what there was before the pens and papers
    assert augment.Keys._fields[:12] == (
        "shift", "rotation", "scale", "shear", "elastic", "stroke", "blur", "erasing", "contrast", "noise", "outline",
        "inversion",
    )  # fmt: skip
    assert np.array_equal(jax.random.key_data(jax.numpy.stack(augment._keys(keys)[:12])), jax.random.key_data(older))


def test_no_augmentation_changes_nothing_and_compiles_to_what_it_was(small, dots):
    images = jnp.asarray(dots)
    assert augment.augment(Augmentation(), images, jax.random.key(0)) is images
    assert augment.augment(Augmentation(shift=1), images, jax.random.key(0)) is not images
    recipe = load_recipe("dense-128").override(["network.hidden=[16]"])
    text = {}
    for name, settings in {"none": [], "shift": ["augmentation.shift=1"]}.items():
        trainer = Trainer(recipe.override(settings), small)
        totals = jax.eval_shape(trainer.step, trainer.weights, trainer.images[:32], trainer.labels[:32])[1]
        text[name] = trainer._run_steps.lower(trainer.weights, totals, trainer.feed(1), 0, 1).as_text()
    assert "threefry" not in text["none"]
    assert "threefry" in text["shift"]


STRENGTHS = {
    "rotation": 20,
    "scale": 0.3,
    "shear": 0.4,
    "elastic": 1.5,
    "stroke": 1.5,
    "blur": 1.5,
    "contrast": 0.5,
    "noise": 0.3,
    "erasing": 1.0,
    "inversion": 1.0,
}
every_change = pytest.mark.parametrize("change", STRENGTHS)


def changed(images, key=0, **strengths):
    return np.asarray(augment.augment(Augmentation(**strengths), jnp.asarray(images), jax.random.key(key)))


@every_change
def test_a_change_gives_uint8_digits_that_differ_each_in_its_own_way_and_the_same_for_the_same_key(change, sample):
    images = sample.images[:64]
    same = np.repeat(images[:1], 64, axis=0)
    strengths = {change: STRENGTHS[change]}
    out = changed(same, **strengths)
    assert (out.dtype, out.shape) == (np.uint8, same.shape)
    assert len({image.tobytes() for image in out}) > 24  # some changes leave half of the digits alone
    assert np.array_equal(out, changed(same, **strengths))
    assert not np.array_equal(out, changed(same, key=1, **strengths))


@every_change
def test_a_change_of_hardly_any_strength_leaves_the_digits_nearly_as_they_are(change, sample):
    if change in ("erasing", "inversion"):  # these have a share, and no strength
        assert np.array_equal(changed(sample.images[:64], **{change: 1e-9}), sample.images[:64])
        return
    out = changed(sample.images[:64], **{change: 1e-4})
    assert np.abs(out.astype(int) - sample.images[:64]).max() <= 1


def test_a_turned_digit_is_the_digit_turned():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 5:9, 12:16] = 255  # above the centre
    keys = augment.Keys(*jax.random.split(jax.random.key(0), len(augment.Keys._fields)))
    places = augment.warp(Augmentation(rotation=90), 1, keys)
    turned = np.asarray(augment.sample(jnp.asarray(image, jnp.float32), *places))[0]
    rows, columns = np.mgrid[:28, :28] - 13.5
    distance = np.hypot((turned * rows).sum(), (turned * columns).sum()) / turned.sum()
    assert distance == pytest.approx(7, abs=0.3)  # as far from the centre as before
    assert turned.sum() == pytest.approx(image.sum(), rel=0.1)


def test_sampling_at_whole_pixels_is_exact_and_black_beyond_the_edge(sample):
    images = sample.images[:8].astype(np.float32)
    rows, columns = np.mgrid[:28, :28].astype(np.float32)
    rows, columns = (np.broadcast_to(places, images.shape) for places in (rows, columns))
    assert np.array_equal(augment.sample(jnp.asarray(images), rows, columns), images)
    moved = np.asarray(augment.sample(jnp.full_like(images, 255), rows - 3, columns))
    assert (moved[:, :3] == 0).all()
    assert np.allclose(moved[:, 3:], 255)


def test_elastic_distortion_moves_pixels_by_its_stated_root_mean_square():
    n = 400
    keys = augment.Keys(*jax.random.split(jax.random.key(0), len(augment.Keys._fields)))
    y, x = augment.warp(Augmentation(elastic=2.0), n, keys)
    rows, columns = np.mgrid[:28, :28]
    moved = np.stack([np.asarray(y) - rows, np.asarray(x) - columns])
    # sizes are uniform up to 2: the mean square of such is 4 / 3
    assert np.sqrt((moved**2).mean()) == pytest.approx(np.sqrt(4 / 3), rel=0.08)
    neighbours = np.abs(np.diff(moved, axis=-1)).mean() / np.abs(moved).mean()
    assert neighbours < 0.4  # smooth


def test_strokes_get_thicker_and_thinner(sample):
    images = sample.images[:200].astype(np.float32)
    out = np.asarray(augment.stroke(jnp.asarray(images), jax.random.key(0), 1.5))
    ratio = out.sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    assert ratio.min() < 0.6
    assert ratio.max() > 1.5
    assert abs(np.mean(ratio > 1) - 0.5) < 0.15


def test_blur_keeps_the_ink_and_lowers_its_peak(sample):
    images = sample.images[:50].astype(np.float32)
    out = np.asarray(augment.blur(jnp.asarray(images), jax.random.key(0), 2.0))
    assert np.allclose(out.sum(axis=(1, 2)), images.sum(axis=(1, 2)), rtol=0.02)
    assert out.max() <= 255.01
    lower = out.max(axis=(1, 2)) < 0.98 * images.max(axis=(1, 2))
    assert 0.2 < lower.mean() < 0.7  # half of them are left as they are


def test_erasing_paints_one_rectangle_of_3_to_10_pixels_a_side_in_the_stated_share():
    images = jnp.full((600, 28, 28), 60.0)
    out = np.asarray(augment.erase(images, jax.random.key(0), 0.5))
    touched = (out != 60).any(axis=(1, 2))
    assert abs(touched.mean() - 0.5) < 0.08
    for image in out[touched][:50]:
        rows, columns = np.where(image != 60)
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert 3 <= height <= 10
        assert 3 <= width <= 10
        assert len(rows) == height * width
    assert set(np.unique(out)) == {0.0, 60.0, 127.5, 255.0}


def test_contrast_raises_black_lowers_white_and_keeps_their_order(sample):
    out = changed(sample.images[:200], contrast=0.6).astype(int)
    assert out.min(axis=(1, 2)).max() > 100
    assert 0.4 < (out.min(axis=(1, 2)) == 0).mean() < 0.6  # half of them are left as they are
    assert out.max(axis=(1, 2)).min() > out.min(axis=(1, 2)).max() - 255 * 0.6
    assert (out.max(axis=(1, 2)) > out.min(axis=(1, 2)) + 60).all()


def test_noise_has_up_to_its_stated_standard_deviation():
    grey = jnp.full((300, 28, 28), 127.0)
    deviations = np.asarray(augment.noise(grey, jax.random.key(0), 0.2)).std(axis=(1, 2)) / 255
    assert deviations.max() == pytest.approx(0.2, rel=0.1)
    assert deviations.mean() == pytest.approx(0.05, rel=0.2)
    assert 0.4 < (deviations == 0).mean() < 0.6  # half of them are left as they are


def test_an_inverted_rectangle_swaps_ink_and_background():
    out = np.asarray(augment.invert(jnp.full((300, 28, 28), 55.0), jax.random.key(0), 1.0))
    assert set(np.unique(out)) == {55.0, 200.0}
    assert (out == 200).any(axis=(1, 2)).all()
    assert (out == 200).all(axis=(1, 2)).mean() < 0.05


def test_an_outline_is_hollow():
    thick = np.zeros((20, 28, 28), np.float32)
    thick[:, 8:20, 8:20] = 255
    out = np.asarray(augment.outline(jnp.asarray(thick), jax.random.key(0), 1.0))
    assert (out[:, 8, 8:20] == 255).all()
    assert (out[:, 10:18, 10:18] == 0).all()


def weights_of(recipe, dataset, path, **told):
    run = Run.create(path, recipe, describe(dataset, "cpu")) if not path.exists() else Run(path)
    return engine.train(recipe, dataset, run, **told).get_weights()


def identical(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_spared_digits_keep_strokes_and_greys_and_the_others_do_not(sample):
    images = sample.images[:400]
    out = changed(images, stroke=1.0, noise=0.3, contrast=0.5, spared=0.3)
    spared = (out == images).all(axis=(1, 2))
    assert abs(spared.mean() - 0.3) < 0.08
    assert np.array_equal(out[~spared], changed(images, stroke=1.0, noise=0.3, contrast=0.5)[~spared])


def test_spared_digits_are_moved_half_as_far():
    keys = augment.Keys(*jax.random.split(jax.random.key(0), len(augment.Keys._fields)))
    far, near = (augment.warp(Augmentation(shear=0.4, spared=share), 200, keys)[1] for share in (0.0, 1.0))
    columns = np.mgrid[:28, :28][1]
    np.testing.assert_allclose(np.asarray(near) - columns, (np.asarray(far) - columns) / 2, atol=1e-4)


def test_sparing_alone_changes_nothing(sample):
    assert not Augmentation(spared=0.5).changes
    assert np.array_equal(changed(sample.images[:20], spared=0.5), sample.images[:20])


def test_a_resumed_run_with_augmentation_ends_bit_identical_with_an_uninterrupted_one(small, tmp_path):
    recipe = load_recipe("dense-128").override(SHIFTED)
    whole = weights_of(recipe, small, tmp_path / "whole")

    def stop_in_epoch_3(progress):
        if progress.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped after 2 of 4 epochs"):
        weights_of(recipe, small, tmp_path / "stopped", on_progress=stop_in_epoch_3)
    assert identical(weights_of(recipe, small, tmp_path / "stopped"), whole)
    unshifted = recipe.override(["augmentation.shift=0"])
    assert not identical(weights_of(unshifted, small, tmp_path / "unshifted"), whole)


@pytest.mark.parametrize("value", ["-1", "9", "1.5", "far"])
def test_a_shift_that_does_not_fit_is_refused_with_its_place(value):
    with pytest.raises(RecipeError, match=r"augmentation\.shift"):
        load_recipe("dense-128").override([f"augmentation.shift={value}"])


def test_an_unknown_kind_of_augmentation_is_refused_with_the_nearest_name():
    with pytest.raises(RecipeError, match="did you mean 'shift'"):
        load_recipe("dense-128").override(["augmentation.shifts=1"])
