"""Augmentation: what a shift may do to a digit, and that it never costs reproducibility."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from digits.errors import Interrupted, RecipeError
from digits.training import augment, engine
from digits.training.environment import describe
from digits.training.recipe import Augmentation, load_recipe
from digits.training.run import Run
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


def test_no_augmentation_changes_nothing_and_compiles_to_what_it_was(small, dots):
    images = jnp.asarray(dots)
    assert augment.augment(Augmentation(), images, jax.random.key(0)) is images
    assert augment.augment(Augmentation(shift=1), images, jax.random.key(0)) is not images
    recipe = load_recipe("dense-128").override(["network.hidden=[16]"])
    text = {}
    for name, settings in {"none": [], "shift": ["augmentation.shift=1"]}.items():
        trainer = Trainer(recipe.override(settings), small)
        totals = jax.eval_shape(trainer.step, trainer.weights, trainer.images[:32], trainer.labels[:32])[1]
        order, key = jnp.asarray(trainer.order(1)), trainer._augmentation_key(1)
        lowered = trainer._run_steps.lower(trainer.weights, totals, trainer.images, trainer.labels, order, key, 0, 1)
        text[name] = lowered.as_text()
    assert "threefry" not in text["none"]
    assert "threefry" in text["shift"]


def weights_of(recipe, dataset, path, **told):
    run = Run.create(path, recipe, describe(dataset, "cpu")) if not path.exists() else Run(path)
    return engine.train(recipe, dataset, run, **told).get_weights()


def identical(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


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
