"""The training loop does what Keras does, gives the same bits every time, and survives being killed."""

import dataclasses
import shutil

import numpy as np
import pytest

from digits.errors import Interrupted, RunError, WorkError
from digits.training import engine, networks
from digits.training.environment import describe
from digits.training.recipe import load_recipe
from digits.training.run import Run
from digits.training.trainer import Trainer

REGULARISED = [
    "network.hidden=[32, 16]",
    "network.l2=0.001",
    "network.dropout=0.3",
    "network.batch_norm=true",
    "training.epochs=2",
]


def new_run(path, recipe, dataset):
    return Run.create(path, recipe, describe(dataset, "cpu"))


def trained_weights(path, recipe, dataset):
    return engine.train(recipe, dataset, new_run(path, recipe, dataset)).get_weights()


def identical(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    "settings",
    [
        [],
        ["training.optimizer=sgd", "training.momentum=0.9", "training.weight_decay=0.01", "training.learning_rate=0.1"],
        ["training.optimizer=adamw", "training.weight_decay=0.01", "training.schedule=cosine", "training.warmup=0.2"],
        ["training.optimizer=muon", "training.momentum=0.9", "training.weight_decay=0.01"],
        ["training.loss=categorical_crossentropy", "training.label_smoothing=0.1"],
        ["network.output=sigmoid"],
    ],
)
def test_a_step_is_keras_train_on_batch_with_l2_batch_norm_and_dropout(small, settings):
    recipe = load_recipe("dense-128").override([*REGULARISED, *settings])
    trainer = Trainer(recipe, small)
    model = networks.build(recipe)
    model.compile(networks.build_optimizer(recipe, trainer.total_steps), networks.build_loss(recipe))

    images, labels = small.images[:32], small.labels[:32]
    weights = trainer.weights
    for _ in range(3):
        weights, totals = trainer.step(weights, images, labels)
        one_hot = recipe.training.loss == "categorical_crossentropy"
        keras_loss = model.train_on_batch(images, np.eye(10, dtype=np.float32)[labels] if one_hot else labels)

    trainer.weights = weights
    trainer.write_back()
    for ours, theirs in zip(trainer.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)
    mean_of_keras = float(np.asarray(keras_loss).ravel()[0])
    assert np.isfinite(mean_of_keras)
    assert float(totals.penalty) > 0


def test_many_fused_steps_are_the_same_steps_one_by_one(small):
    recipe = load_recipe("dense-128").override(REGULARISED)
    fused, single = Trainer(recipe, small), Trainer(recipe, small)
    for _ in fused.run_epoch(1):
        pass
    weights = single.weights
    for chosen in single.order(1):
        weights, _ = single.step(weights, small.images[chosen], small.labels[chosen])
    for ours, theirs in zip(fused.weights.trainable, weights.trainable, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_an_epoch_shows_every_digit_at_least_once_and_in_another_order_each_time(small):
    trainer = Trainer(load_recipe("dense-128").override(["training.batch_size=48"]), small)
    first, second = trainer.order(1), trainer.order(2)
    assert set(first.ravel()) == set(range(len(small)))
    assert first.size - len(small) < 48
    assert not np.array_equal(first, second)
    assert np.array_equal(first, trainer.order(1))


def test_the_same_seed_gives_bit_identical_weights_and_another_seed_others(small, tmp_path):
    recipe = load_recipe("dense-128").override(REGULARISED)
    first = trained_weights(tmp_path / "first", recipe, small)
    again = trained_weights(tmp_path / "again", recipe, small)
    other = trained_weights(tmp_path / "other", recipe.override(["training.seed=1"]), small)
    assert identical(first, again)
    assert not identical(first, other)


@pytest.mark.parametrize("keep", ["last", "best_validation"])
def test_a_resumed_run_ends_bit_identical_with_an_uninterrupted_one(small, tmp_path, keep):
    recipe = load_recipe("dense-128").override([*REGULARISED, "training.epochs=4", f"training.keep={keep}"])
    whole = trained_weights(tmp_path / "whole", recipe, small)

    run = new_run(tmp_path / "stopped", recipe, small)

    def stop_in_epoch_3(progress):
        if progress.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped after 2 of 4 epochs"):
        engine.train(recipe, small, run, on_progress=stop_in_epoch_3)
    assert len(run.history) == 2
    assert run.model_file.exists()  # what is done is kept
    assert identical(engine.train(recipe, small, Run(run.path)).get_weights(), whole)
    assert [epoch.epoch for epoch in run.history] == [1, 2, 3, 4]


def test_ctrl_c_before_the_first_epoch_leaves_a_run_that_can_be_resumed(small, tmp_path):
    recipe = load_recipe("dense-128").override(REGULARISED)
    run = new_run(tmp_path / "run", recipe, small)

    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped after 0 of 2 epochs"):
        engine.train(recipe, small, run, on_progress=stop)
    assert engine.train(recipe, small, run) is not None


def test_best_validation_keeps_the_best_epoch(small, tmp_path):
    recipe = load_recipe("dense-128").override(
        ["training.epochs=6", "training.learning_rate=0.02", "training.keep=best_validation"]
    )
    run = new_run(tmp_path / "run", recipe, small)
    engine.train(recipe, small, run)
    validation = run.read_predictions("validation")
    kept = float(np.mean(validation.probabilities.argmax(axis=1) == validation.labels))
    assert kept == pytest.approx(max(epoch.validation_accuracy for epoch in run.history))


def test_a_run_is_not_resumed_on_other_digits(small, tmp_path):
    recipe = load_recipe("dense-128").override(REGULARISED)
    run = new_run(tmp_path / "run", recipe, small)
    other = dataclasses.replace(small, images=small.images[::-1])
    with pytest.raises(RunError, match="started on other digits"):
        engine.train(recipe, other, run)


def test_a_state_of_another_network_is_refused(small, tmp_path):
    recipe = load_recipe("dense-128").override(REGULARISED)
    run = new_run(tmp_path / "run", recipe, small)
    engine.train(recipe, small, run)
    wider = recipe.override(["network.hidden=[33, 16]", "training.epochs=3"])
    other = new_run(tmp_path / "other", wider, small)
    shutil.copy(run.path / "state.npz", other.path / "state.npz")
    with pytest.raises(RunError, match="does not belong to this recipe"):
        engine.train(wider, small, other)


def test_a_loss_that_explodes_ends_the_run_with_advice(small, tmp_path):
    recipe = load_recipe("dense-128").override(
        ["training.learning_rate=1e30", "training.optimizer=sgd", "network.l2=0.5"]
    )
    run = new_run(tmp_path / "run", recipe, small)
    with pytest.raises(WorkError, match=r"no longer finite in epoch 1; try a lower training\.learning_rate"):
        engine.train(recipe, small, run)


def test_progress_and_epochs_are_told_with_their_figures(small, tmp_path):
    recipe = load_recipe("dense-128").override(REGULARISED)
    run = new_run(tmp_path / "run", recipe, small)
    seen, epochs = [], []

    def on_epoch(epoch):
        epochs.append(epoch)
        assert run.history[-1] == epoch  # it is safe on the disk before it is told

    engine.train(recipe, small, run, on_progress=seen.append, on_epoch=on_epoch)
    assert [epoch.epoch for epoch in epochs] == [1, 2]
    assert all(0 <= epoch.accuracy <= 1 and epoch.images_per_second > 0 for epoch in epochs)
    assert epochs[0].penalty > 0
    assert (seen[-1].epoch, seen[-1].step, seen[-1].seconds_left) == (2, seen[-1].steps, 0)


def test_without_validation_digits_there_are_no_validation_figures(small, tmp_path):
    recipe = load_recipe("dense-128").override([*REGULARISED, "data.validation=0"])
    run = new_run(tmp_path / "run", recipe, small)
    engine.train(recipe, small, run)
    assert run.history[-1].validation_accuracy is None
    assert run.read_predictions("validation") is None


@pytest.mark.slow
def test_the_loop_reaches_the_accuracy_of_keras_fit_within_noise(sample, sample_test, tmp_path):
    """Five seeds each on the sample; the two means differ by less than three standard errors of their difference."""
    ours, theirs = [], []
    for seed in range(5):
        recipe = load_recipe("dense-128-64").override([f"training.seed={seed}"])
        model = engine.train(recipe, sample, new_run(tmp_path / f"s{seed}", recipe, sample))
        ours.append(accuracy(model, sample_test))
        training, _ = sample.split_off(0.1)
        model = networks.build(recipe)
        model.compile(networks.build_optimizer(recipe, 1), networks.build_loss(recipe))
        model.fit(training.images, training.labels, epochs=10, batch_size=32, verbose=0)
        theirs.append(accuracy(model, sample_test))
    error = np.sqrt((np.var(ours, ddof=1) + np.var(theirs, ddof=1)) / 5)
    assert abs(np.mean(ours) - np.mean(theirs)) < 3 * error, (ours, theirs)


def accuracy(model, dataset):
    return float(np.mean(np.asarray(model(dataset.images)).argmax(axis=1) == dataset.labels))
