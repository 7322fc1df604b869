"""The run directory: named, listed, written whole, and refused in one line when it is damaged."""

import csv
import json

import numpy as np
import pytest

from digits.errors import RunError
from digits.training.environment import describe
from digits.training.recipe import load_recipe
from digits.training.run import Epoch, Run, State, list_runs, new_run_path


def epoch(number):
    return Epoch(
        epoch=number,
        loss=0.5,
        penalty=0.0,
        accuracy=0.9,
        validation_loss=0.4,
        validation_accuracy=0.91,
        learning_rate=0.001,
        seconds=1.0,
        images_per_second=1000.0,
    )


@pytest.fixture
def run(tmp_path, small):
    return Run.create(tmp_path / "run", load_recipe("dense-128"), describe(small, "cpu"))


def test_a_run_knows_its_recipe_and_on_what_it_trains(run, small):
    opened = Run(run.path)
    assert opened.recipe == load_recipe("dense-128")
    assert opened.environment["dataset"]["hash"] == small.hash
    assert opened.environment["dataset"]["n"] == len(small)
    assert opened.environment["versions"]["keras"]
    assert not opened.complete


def test_the_environment_measures_the_training_digits(run):
    shape = run.environment["dataset"]["shape"]
    assert shape["percentiles"] == [1, 5, 25, 50, 75, 95, 99]
    assert 18 <= shape["size"][3] <= 20  # MNIST's digits fill a box of 20 pixels
    assert shape["offset"][3] < 1  # and are centred by mass
    assert 1.5 < shape["stroke_width"][3] < 4


def test_a_state_comes_back_as_it_was_written_and_the_history_with_it(run):
    arrays = {"trainable/0": np.arange(6, dtype=np.float32).reshape(2, 3), "best/trainable/0": np.ones(3, np.float32)}
    run.write_state(State(history=(epoch(1), epoch(2)), arrays=arrays))
    state = run.read_state()
    assert state.history == (epoch(1), epoch(2))
    assert all(np.array_equal(state.arrays[name], array) for name, array in arrays.items())
    rows = list(csv.DictReader((run.path / "history.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert rows[0]["validation_accuracy"] == "0.91"


def test_predictions_keep_the_images_of_the_first_digits_and_the_surest_errors(run, small):
    probabilities = np.eye(10, dtype=np.float32)[small.labels]  # all right
    wrong = [300, 350]
    for index, sure in zip(wrong, (0.6, 0.9), strict=True):
        answer = (small.labels[index] + 1) % 10
        probabilities[index] = (1 - sure) / 9
        probabilities[index, answer] = sure
    run.write_predictions("test", probabilities, small)
    predictions = run.read_predictions("test")
    assert predictions.shown.tolist() == [*range(20), 350, 300]
    assert np.array_equal(predictions.images, small.images[predictions.shown])
    assert np.array_equal(predictions.probabilities, probabilities)
    assert run.read_predictions("validation") is None


def test_runs_are_named_by_recipe_data_and_seed_and_numbered_when_taken(tmp_path, small):
    recipe = load_recipe("dense-128").override(["training.seed=3"])
    first = new_run_path(tmp_path, recipe, small)
    assert first.name == "dense-128-small-s3"
    first.mkdir()
    assert new_run_path(tmp_path, recipe, small).name == "dense-128-small-s3-2"


def test_runs_are_listed_oldest_first_and_other_directories_passed_over(tmp_path, small):
    (tmp_path / "a-folder").mkdir()
    for name in ("z", "a"):
        Run.create(tmp_path / name, load_recipe("dense-128"), describe(small, "cpu"))
    assert [run.name for run in list_runs(tmp_path)] == ["z", "a"]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_directory_with_something_in_it_is_not_overwritten(tmp_path, small):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(RunError, match="exists already; choose another --out"):
        Run.create(tmp_path, load_recipe("dense-128"), describe(small, "cpu"))


@pytest.mark.parametrize(
    ("file", "content", "expected"),
    [
        ("state.npz", b"PK\x03\x04 cut off", "state.npz is damaged"),
        ("state.npz", b"", "state.npz is damaged"),
        ("environment.json", b"{", "environment.json is damaged"),
        ("environment.json", b"[]", "environment.json is damaged: expected a JSON object"),
        ("recipe.toml", b"name = 3", "recipe.toml is damaged"),
        ("metrics.json", b"nonsense", "metrics.json is damaged"),
    ],
)
def test_a_damaged_file_is_refused_by_name(run, file, content, expected):
    (run.path / file).write_bytes(content)
    opened = Run(run.path)
    with pytest.raises(RunError) as caught:
        _ = opened.environment, opened.recipe, opened.history, opened.metrics
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pickle_in_a_state_is_not_executed(run):
    np.savez(run.path / "state.npz", history=np.array([{"a": 1}], dtype=object))
    with pytest.raises(RunError, match="is damaged"):
        run.read_state()


def test_a_run_of_another_version_is_refused(run):
    environment = run.environment | {"format": 99}
    (run.path / "environment.json").write_text(json.dumps(environment))
    with pytest.raises(RunError, match="run format 99; this version reads format 1"):
        Run(run.path).check()
