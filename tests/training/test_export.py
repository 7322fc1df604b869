"""A bundle is its Keras model: proven on real digits, for every recipe that ships, and refused when it is not."""

import hashlib
import json
import sys

import numpy as np
import pytest

from digits.errors import ExportError, RunError
from digits.reading.networks.classifier import Classifier
from digits.training import engine, export, networks
from digits.training.backend import keras
from digits.training.environment import describe
from digits.training.recipe import load_recipe, recipe_names
from digits.training.run import Run

ALONE = [
    name
    for name in recipe_names()
    if load_recipe(name).network.kind != "ensemble" and not load_recipe(name).distillation.teacher
]


def short_run(path, name, dataset, *settings):
    recipe = load_recipe(name).override(["training.epochs=1", *settings])
    run = Run.create(path, recipe, describe(dataset, "cpu"))
    engine.train(recipe, dataset, run)
    return run


@pytest.mark.parametrize("name", ALONE)
def test_the_bundle_of_every_recipe_gives_what_its_keras_model_gives(name, small, sample_test, tmp_path):
    run = short_run(tmp_path / "run", name, small)
    classifier = Classifier.load(export.export(run))
    expected = np.asarray(export.load_model(run)(sample_test.images))
    expected = expected / expected.sum(axis=1, keepdims=True)
    for batch in (1, 64, 1000):
        parts = [
            classifier.predict_proba(sample_test.images[start : start + batch], calibrated=False)
            for start in range(0, 1000, batch)
        ]
        np.testing.assert_allclose(np.concatenate(parts), expected, atol=1e-5)


def test_batch_norm_dropout_and_every_activation_survive_the_export(small, tmp_path):
    for activation in ("elu", "gelu", "leaky_relu", "selu", "sigmoid", "silu", "tanh"):
        run = short_run(
            tmp_path / activation,
            "dense-128",
            small,
            "network.batch_norm=true",
            "network.dropout=0.2",
            f"network.activation={activation}",
            "network.hidden=[16]",
        )
        export.export(run)  # proves equality itself


def test_an_export_does_not_wait_for_the_exporters_own_examples(small, tmp_path):
    export.export(short_run(tmp_path / "run", "dense-128", small))
    assert not [name for name in sys.modules if name.startswith("jax2onnx.plugins.examples")]


def test_a_bundle_that_differs_from_its_model_is_not_made(small, tmp_path, monkeypatch):
    run = short_run(tmp_path / "run", "dense-128", small)
    real = export._to_onnx
    other = networks.build(load_recipe("dense-128").override(["training.seed=1"]))
    monkeypatch.setattr(export, "_to_onnx", lambda model, opset: real(other, opset))
    with pytest.raises(ExportError, match="at batch size 1 the bundle differs from the Keras model by"):
        export.export(run)
    assert not run.bundle.exists()


def test_a_network_that_cannot_be_exported_is_refused_with_its_layers(tmp_path):
    images = keras.Input((28, 28), dtype="uint8", name="images")
    noisy = keras.layers.Lambda(lambda x: keras.ops.linalg.svd(keras.ops.cast(x, "float32"))[1])(images)
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(noisy), name="odd")
    with pytest.raises(ExportError, match=r"odd does not survive the export to ONNX .*; its layers: .*Lambda"):
        export._to_onnx(model, None)


def test_a_bundle_states_what_it_was_trained_on_its_hashes_and_its_temperature(small, tmp_path):
    run = short_run(tmp_path / "run", "dense-128", small)
    bundle = export.export(run, tmp_path / "out")
    description = json.loads((bundle / "bundle.json").read_text())
    assert description["training_digits"]["hash"] == small.hash
    assert description["training_digits"]["shape"]["size"]
    assert description["temperature_fitted_on"] == 40
    assert description["parameters"] == 101_770
    for name, digest in description["files"].items():
        assert hashlib.sha256((bundle / name).read_bytes()).hexdigest() == digest
    assert sorted(file.name for file in bundle.iterdir()) == ["README.md", "bundle.json", "model.onnx"]


def test_measured_figures_go_onto_the_card_and_leave_the_network_alone(small, tmp_path):
    bundle = export.export(short_run(tmp_path / "run", "dense-128", small))
    before = (bundle / "model.onnx").read_bytes()
    figures = {
        "data": "mnist",
        "split": "test",
        "n": 10_000,
        "accuracy": 0.975,
        "interval": [0.972, 0.978],
        "loss": 0.1,
        "calibrated_loss": 0.09,
        "seen_in_training": False,
    }
    export.record(bundle, {"test": figures})
    card = (bundle / "README.md").read_text()
    assert "| mnist, test | 10,000 | 97.50 % | 97.20 to 97.80 % | 0.1000 | 0.0900 |" in card
    assert (bundle / "model.onnx").read_bytes() == before
    assert Classifier.load(bundle).description["measured"]["test"] == figures


def test_a_run_without_a_network_says_how_to_go_on(small, tmp_path):
    run = Run.create(tmp_path / "run", load_recipe("dense-128"), describe(small, "cpu"))
    with pytest.raises(RunError, match="has no network yet; train on with: digits train --resume"):
        export.export(run)


def test_a_damaged_keras_file_is_refused(small, tmp_path):
    run = Run.create(tmp_path / "run", load_recipe("dense-128"), describe(small, "cpu"))
    run.model_file.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(RunError, match=r"model\.keras is damaged"):
        export.export(run)
