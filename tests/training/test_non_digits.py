"""Non-digits, and what a network learns from them: a second answer, and nothing about the ten digits."""

import jax
import numpy as np
import pytest

from digits.data.dataset import Dataset
from digits.errors import BundleError, Interrupted, RecipeError
from digits.reading.digit.mnist_form import measure
from digits.reading.networks.classifier import Classifier
from digits.training import engine, export, networks, non_digits
from digits.training.attack import Attacker
from digits.training.environment import describe
from digits.training.recipe import load_recipe
from digits.training.run import Run
from digits.training.trainer import Trainer

SETTINGS = ["network.hidden=[32]", "training.batch_size=50", "non_digits.share=0.5"]
LONGER = ["network.hidden=[64]", "non_digits.share=0.9", "training.epochs=20"]


@pytest.fixture(scope="module")
def drawn(sample):
    return non_digits.draw(600, sample, seed=3)


@pytest.fixture(scope="module")
def run(small, tmp_path_factory):
    """A network that was trained beside non-digits for a few seconds."""
    recipe = load_recipe("dense-128").override([*SETTINGS, *LONGER])
    run = Run.create(tmp_path_factory.mktemp("non-digits") / "run", recipe, describe(small, "cpu"))
    engine.train(recipe, small, run)
    return run


@pytest.fixture(scope="module")
def classifier(run):
    return Classifier.load(export.export(run))


def test_images_are_uint8_differ_and_follow_from_the_seed(drawn, sample):
    assert (drawn.dtype, drawn.shape) == (np.uint8, (600, 28, 28))
    assert len({image.tobytes() for image in drawn}) > 580
    assert np.array_equal(drawn[:100], non_digits.draw(600, sample, seed=3)[:100])
    assert not np.array_equal(drawn, non_digits.draw(600, sample, seed=4))


def test_none_is_a_training_digit(drawn, sample):
    digits = {image.tobytes() for image in sample.images}
    assert not digits & {image.tobytes() for image in drawn}


def test_most_have_mnists_form_and_some_fill_their_frame(drawn):
    sizes = np.array([found["size"] for image in drawn if (found := measure(image))])
    assert 0.5 < np.mean(np.abs(sizes - 20) <= 1) < 0.9
    assert np.mean(sizes > 24) > 0.05


def test_what_is_made_of_digits_never_fills_its_frame_nor_loses_a_part(sample):
    canvas = np.zeros((96, 96), np.uint8)
    canvas[20:76, 20:40], canvas[20:76, 60:76] = 255, 150  # two strokes, the second one fainter
    random = np.random.default_rng(0)
    images = [non_digits._presented(canvas, random, drawn=False) for _ in range(50)]
    assert all(abs(measure(image)["size"] - 20) <= 1 for image in images)
    assert all(image[:, 18:].max() > 60 for image in images)
    assert np.mean([measure(non_digits._presented(canvas, random, drawn=True))["size"] > 24 for _ in range(50)]) > 0.05


def test_the_form_puts_the_longer_side_into_20_pixels_and_the_mass_into_the_middle():
    canvas = np.zeros((96, 96), np.uint8)
    canvas[10:50, 20:30] = 255
    found = measure(non_digits.to_form(canvas))
    assert found["size"] == 20
    assert found["offset"] < 0.8
    assert non_digits.to_form(np.zeros((96, 96), np.uint8)).max() == 0


def test_digits_of_one_class_alone_will_do(sample):
    ones = sample.take(np.flatnonzero(sample.labels == 1))
    assert non_digits.draw(50, ones, seed=0).shape == (50, 28, 28)


def test_a_tiny_network_tells_digits_from_non_digits_that_it_has_not_seen(classifier, sample, sample_test):
    others = non_digits.draw(500, sample_test, seed=99)
    digits, rest = (classifier.answer(images).digitness for images in (sample_test.images[:500], others))
    assert np.mean(digits[:, None] > rest[None, :]) > 0.85  # the area under the ROC curve


def test_the_digits_are_learned_as_well(classifier, sample_test):
    assert np.mean(classifier.predict(sample_test.images) == sample_test.labels) > 0.75


def test_the_bundle_gives_all_that_the_keras_model_gives(run, classifier, sample_test):
    model = export.load_model(run)
    outputs = model(sample_test.images)
    answers = classifier.answer(sample_test.images, calibrated=False, features=True)
    assert classifier.outputs == ("probabilities", "digitness", "features")
    assert classifier.description["outputs"]["features"].startswith("float32 (n, 64)")
    np.testing.assert_allclose(answers.probabilities, np.asarray(outputs["probabilities"]), atol=1e-5)
    np.testing.assert_allclose(answers.digitness, np.asarray(outputs["digitness"]), atol=1e-5)
    assert (answers.digitness.shape, answers.features.shape) == ((1000,), (1000, 64))
    logits = model.get_layer("logits")
    probabilities = jax.nn.softmax(answers.features @ np.asarray(logits.kernel) + np.asarray(logits.bias))
    np.testing.assert_allclose(answers.probabilities, probabilities, atol=1e-5)


def test_the_table_of_layers_counts_the_digitness_as_keras_does(run):
    recipe = run.recipe
    assert sum(layer.parameters for layer in recipe.layers()) == networks.build(recipe).count_params()
    reader = load_recipe("reader")
    parameters = networks.build(reader).count_params()
    assert sum(layer.parameters for layer in reader.layers()) == parameters
    assert f"{parameters:,} parameters" in reader.description


def test_without_non_digits_there_is_one_output_and_the_same_initial_weights():
    plain, reading = (networks.build(load_recipe("dense-128").override(one)) for one in ([], ["non_digits.share=0.1"]))
    assert not isinstance(plain.output, dict)
    assert set(reading.output) == {"probabilities", "digitness"}
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    assert np.array_equal(plain(images), reading(images)["probabilities"])


def test_the_loss_of_the_probabilities_sees_the_digits_alone(small):
    recipe = load_recipe("dense-128").override(SETTINGS)
    trainer = Trainer(recipe, small)
    assert trainer.beside == 25
    images, labels = trainer.images[:50], trainer.labels[:50]
    totals = []
    for others in (trainer.non_digits[:25], trainer.non_digits[25:50]):
        both = jax.numpy.concatenate([images, others])
        totals.append(trainer.objective(*trainer.weights[:2], both, labels, None)[1][1])
    assert totals[0].loss == totals[1].loss
    assert totals[0].correct == totals[1].correct
    assert totals[0].penalty != totals[1].penalty


def weights_of(recipe, dataset, path, **told):
    run = Run.create(path, recipe, describe(dataset, "cpu")) if not path.exists() else Run(path)
    return engine.train(recipe, dataset, run, **told).get_weights()


def identical(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_resumed_run_with_non_digits_ends_bit_identical_with_an_uninterrupted_one(small, tmp_path):
    changes = ["augmentation.hands=0.5", "augmentation.rotation=9", "augmentation.clutter=0.5", "training.epochs=3"]
    recipe = load_recipe("dense-128").override([*SETTINGS, *changes])
    whole = weights_of(recipe, small, tmp_path / "whole")

    def stop_in_epoch_2(progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped after 1 of 3 epochs"):
        weights_of(recipe, small, tmp_path / "stopped", on_progress=stop_in_epoch_2)
    assert identical(weights_of(recipe, small, tmp_path / "stopped"), whole)
    assert not identical(weights_of(recipe.override(["non_digits.weight=2"]), small, tmp_path / "other"), whole)


@pytest.mark.parametrize("settings", [["training.virtual_adversarial=2.0"], ["network.output=sigmoid"]])
def test_other_losses_and_outputs_go_with_it(settings, small, sample_test, tmp_path):
    recipe = load_recipe("dense-128").override([*SETTINGS, *settings, "training.epochs=1"])
    run = Run.create(tmp_path / "run", recipe, describe(small, "cpu"))
    engine.train(recipe, small, run)
    answers = Classifier.load(export.export(run)).answer(sample_test.images)
    np.testing.assert_allclose(answers.probabilities.sum(axis=1), 1, atol=1e-5)


def test_such_a_network_can_be_attacked_teach_and_be_a_member(run, small, sample_test):
    model = export.load_model(run)
    images, labels = sample_test.images[:20], sample_test.labels[:20]
    attacked = Attacker(model).fgsm(images, labels, 0.1)
    assert np.abs(attacked.astype(int) - images).max() == 25
    average = networks.average([export.load_model(run), export.load_model(run)], "pair")
    np.testing.assert_allclose(average(images), model(images)["probabilities"], atol=1e-6)
    settings = ["training.loss=categorical_crossentropy", "distillation.teacher=dense-128", "network.hidden=[16]"]
    student = Trainer(load_recipe("dense-128").override([*settings, "training.batch_size=200"]), small, model)
    *_, (steps, totals) = student.run_epoch(1)
    assert steps == 2
    assert np.isfinite(totals.loss)


def test_an_ensemble_has_no_non_digits_of_its_own():
    with pytest.raises(RecipeError, match=r"non_digits\.share above 0 needs a dense or convolutional network"):
        load_recipe("ensemble").override(["non_digits.share=0.2"])
    with pytest.raises(RecipeError, match=r"non_digits\.share"):
        load_recipe("dense-128").override(["non_digits.share=1.5"])


def test_a_network_without_digitness_says_none(trained_run, sample_test):
    answers = Classifier.load(trained_run.bundle).answer(sample_test.images[:7], features=True)
    assert answers.probabilities.shape == (7, 10)
    assert answers.digitness is None
    assert answers.features is None


def test_a_digitness_of_another_shape_is_a_foreign_network(run, small, tmp_path, monkeypatch):
    real = export._rename_outputs
    monkeypatch.setattr(
        export,
        "_rename_outputs",
        lambda network, names: real(network, ["probabilities", "features", "digitness"]),
    )
    with pytest.raises(BundleError, match=r"perhaps digitness, float32 \(n,\)"):
        export.export(run, tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_the_dataset_is_not_touched(sample):
    before = sample.hash
    non_digits.draw(100, sample, seed=0)
    assert Dataset(images=sample.images, labels=sample.labels, name="x", split="train").hash == before
