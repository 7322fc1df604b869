"""A run becomes a bundle that ships: the same network, under its new name, with predictions to hold it to."""

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import digits
from digits.data.dataset import Dataset
from digits.errors import InputError
from digits.reading.networks.classifier import Classifier
from digits.training.run import Run

PATH = Path(__file__).parent.parent / "scripts" / "ship_model.py"


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("ship_model", PATH)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def ship(script, trained_run, sample_test, tmp_path):
    def run(run=trained_run, **options):
        places = {"models": tmp_path / "models", "golden": tmp_path / "golden"}
        return script.ship(run, "cnn-new", sample_test, **places, **options)

    return run


def test_the_network_is_the_runs_and_the_name_is_the_new_one(ship, trained_run, sample_test):
    path = ship()
    assert (path / "model.onnx").read_bytes() == (trained_run.bundle / "model.onnx").read_bytes()
    shipped = Classifier.load(path)
    assert shipped.name == "cnn-new"
    figures = shipped.description["measured"]["test"]
    assert figures == json.loads(json.dumps(digits.evaluate(path, sample_test).to_json()))
    assert 'digits.load("cnn-new")' in (path / "README.md").read_text()


def test_the_golden_predictions_are_of_64_fixed_digits(ship, sample_test, tmp_path):
    classifier = Classifier.load(ship())
    with np.load(tmp_path / "golden" / "cnn-new.npz") as golden:
        np.testing.assert_array_equal(golden["indices"], 15 * np.arange(64))
        expected = golden["probabilities"]
    assert (expected.dtype, expected.shape) == (np.float32, (64, 10))
    np.testing.assert_allclose(classifier.predict_proba(sample_test.images[15 * np.arange(64)]), expected, atol=1e-6)


def test_shipping_twice_gives_the_same_bytes(ship, tmp_path):
    def content():
        return {file.name: file.read_bytes() for file in (*ship().iterdir(), tmp_path / "golden" / "cnn-new.npz")}

    assert content() == content()


def test_robustness_is_put_into_the_description_and_onto_the_card(ship):
    stress = {
        "mean": 0.91,
        "mean_unlike_training": 0.9,
        "n": 10_000,
        "seed": 0,
        "sweeps": [],
        "mean_interval": [0.9, 0.92],
    }
    path = ship(robustness=stress)
    kept = {key: value for key, value in stress.items() if key != "sweeps"}
    assert Classifier.load(path).description["robustness"] == kept
    assert "91.00 % (95 % interval 90.00 to 92.00 %)" in (path / "README.md").read_text()


@pytest.mark.parametrize(
    ("stress", "expected"),
    [
        ({"mean": 0.9}, "has no 'mean_unlike_training'"),
        ({"mean": 0.9, "mean_unlike_training": 0.9, "n": 1, "seed": 0, "clean": {"correct": 3}}, "of another network"),
    ],
)
def test_robustness_of_something_else_is_refused(ship, tmp_path, stress, expected):
    with pytest.raises(InputError, match=expected):
        ship(robustness=stress)
    assert not (tmp_path / "models").exists()


def test_a_large_bundle_ships_only_if_it_must(ship, script, monkeypatch, tmp_path):
    monkeypatch.setattr(script, "LARGEST", 100_000)
    with pytest.raises(InputError, match=r"more than 100,000; ship a smaller one, or give --force"):
        ship()
    assert not (tmp_path / "models").exists()
    assert ship(force=True).is_dir()


def test_an_unfinished_run_does_not_ship(ship, trained_run, tmp_path):
    shutil.copytree(trained_run.path, tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()
    with pytest.raises(InputError, match="is not finished"):
        ship(Run(tmp_path / "run"))


def test_a_figure_that_is_not_the_runs_own_is_refused(ship, script, trained_run, sample_test, tmp_path, monkeypatch):
    shutil.copytree(trained_run.path, tmp_path / "run")
    run = Run(tmp_path / "run")
    run.write_metrics({**run.metrics, "test": {"data": "mnist", "correct": 1}})
    monkeypatch.setattr(script, "MNIST_TEST_HASH", sample_test.hash)
    with pytest.raises(InputError, match=r"metrics\.json says 1; export the run again"):
        ship(run)


def test_digits_it_was_trained_on_are_scored_as_such(script, trained_run, small, tmp_path):
    images = np.concatenate([small.images, small.images])
    other = Dataset(images=images, labels=np.concatenate([small.labels, small.labels]), name="seen", split="test")
    path = script.ship(trained_run, "seen", other, models=tmp_path / "models", golden=tmp_path / "golden")
    assert "(seen in training)" in (path / "README.md").read_text()
