"""MODEL and RUN are found as documented, and the public verbs compose the rooms."""

import dataclasses
import shutil

import numpy as np
import pytest

import digits
from digits import locate, making
from digits.errors import BundleError, InputError, RunError


@pytest.fixture
def runs_dir(trained_run, tmp_path):
    shutil.copytree(trained_run.path, tmp_path / "runs" / "mine")
    return tmp_path / "runs"


def test_a_model_is_found_by_the_path_of_a_run_a_bundle_a_name_or_as_the_latest(runs_dir):
    bundle = runs_dir / "mine" / "bundle"
    for model in (runs_dir / "mine", bundle, "mine", "latest"):
        assert locate.find_bundle(model, runs_dir) == bundle
        assert digits.load(model, runs_dir=runs_dir).path == bundle


def test_a_run_is_found_by_path_by_name_or_as_the_latest(runs_dir):
    for run in (runs_dir / "mine", "mine", "latest"):
        assert locate.find_run(run, runs_dir).path == runs_dir / "mine"


def test_the_runs_directory_comes_from_the_environment(runs_dir, monkeypatch):
    monkeypatch.setenv("DIGITS_RUNS_DIR", str(runs_dir))
    assert locate.default_runs_dir() == runs_dir
    assert digits.load("mine").path == runs_dir / "mine" / "bundle"


def test_what_does_not_exist_is_refused_with_what_does(runs_dir, tmp_path):
    with pytest.raises(BundleError, match="there is no model 'yours'"):
        digits.load("yours", runs_dir=runs_dir)
    with pytest.raises(RunError, match=r"there is no run 'yours'; runs under .*: mine"):
        locate.find_run("yours", runs_dir)
    with pytest.raises(BundleError, match="make one with: digits train"):
        digits.load("latest", runs_dir=tmp_path / "empty")
    with pytest.raises(RunError, match="make one with: digits train"):
        locate.find_run("latest", tmp_path / "empty")


def test_a_run_without_bundle_and_a_folder_that_is_neither_are_refused(runs_dir, tmp_path):
    shutil.rmtree(runs_dir / "mine" / "bundle")
    with pytest.raises(BundleError, match="has no bundle yet; make it with: digits export"):
        digits.load("mine", runs_dir=runs_dir)
    (tmp_path / "folder").mkdir()
    with pytest.raises(BundleError, match="is neither a run nor a bundle"):
        digits.load(tmp_path / "folder")


def test_a_complete_run_is_not_resumed(runs_dir):
    with pytest.raises(RunError, match="is complete: there is nothing to resume"):
        digits.resume("mine", runs_dir=runs_dir)


def test_a_run_stopped_while_its_report_was_written_gets_its_report(runs_dir):
    (runs_dir / "mine" / "report.html").unlink()
    assert digits.resume("mine", runs_dir=runs_dir).complete
    assert (runs_dir / "mine" / "report.html").exists()


def test_a_network_that_must_not_be_scored_on_its_test_digits_says_so(small, tmp_path, monkeypatch):
    monkeypatch.setattr("digits.evaluation.metrics.MNIST_TEST_HASH", small.hash)
    said = []

    class Listener(making.Watcher):
        def stage(self, text):
            said.append(text)

    recipe = digits.load_recipe("linear-sigmoid").override(["training.epochs=1"])
    run = digits.train(recipe, small, test=small, out=tmp_path / "run", watch=Listener())
    assert set(run.metrics) == {"validation"}
    assert any(line.startswith("not evaluated on small: ") for line in said)


def test_the_thresholds_of_a_network_that_knows_non_digits_are_fitted_and_their_progress_is_told(small, tmp_path):
    said = []

    class Listener(making.Watcher):
        def stage(self, text):
            said.append(text)

    settings = ["training.epochs=1", "network.hidden=[16]", "non_digits.share=0.5"]
    recipe = digits.load_recipe("dense-128").override(settings)
    run = digits.train(recipe, small, out=tmp_path / "run", watch=Listener())
    assert run.thresholds["risk"] == digits.load(run.path).description["thresholds"]["risk"] == 0.01
    assert sum(line.endswith(" pictures read") for line in said) == 10


def test_a_run_stopped_after_training_is_completed(runs_dir, small, trained_run):
    for name in ("metrics.json", "model.keras", "bundle"):
        path = runs_dir / "mine" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    run = digits.resume("mine", small, runs_dir=runs_dir)
    assert run.complete
    assert run.metrics["validation"]["accuracy"] == trained_run.metrics["validation"]["accuracy"]


def test_exporting_a_complete_run_elsewhere_takes_its_figures_along(runs_dir, tmp_path):
    path = making.export("mine", tmp_path / "out", runs_dir=runs_dir)
    assert digits.load(path).description["measured"]["validation"]["n"] == 40


def test_without_test_digits_the_validation_digits_alone_are_scored(trained_run):
    assert set(trained_run.metrics) == {"validation"}
    assert trained_run.metrics["validation"]["n"] == 40


def test_a_network_is_evaluated_by_name_or_loaded(runs_dir, sample_test):
    by_name = digits.evaluate("mine", sample_test, runs_dir=runs_dir)
    loaded = digits.evaluate(digits.load("mine", runs_dir=runs_dir), sample_test)
    assert by_name == dataclasses.replace(loaded)


def test_a_recipe_that_is_none_is_refused_before_keras_is_needed(small):
    with pytest.raises(InputError, match="there is no recipe"):
        digits.train("dense-182", small)


def test_a_seed_replaces_the_recipes(small, tmp_path):
    run = digits.train("linear-sigmoid", small, seed=7, out=tmp_path / "run")
    assert run.recipe.training.seed == 7
    assert np.isfinite(run.history[-1].loss)
