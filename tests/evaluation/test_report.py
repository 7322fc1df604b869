"""A report is one page that loads nothing, says what was measured, and refuses a run that it cannot be made of."""

import json
import re
import shutil

import numpy as np
import pytest

import digits
from digits import making
from digits.errors import RunError
from digits.evaluation import report
from digits.training.run import Run


@pytest.fixture(scope="module")
def run_with_test(small, sample_test, tmp_path_factory):
    recipe = digits.load_recipe("dense-128").override(["training.epochs=2", "network.hidden=[20]"])
    return digits.train(recipe, small, test=sample_test, out=tmp_path_factory.mktemp("report") / "run")


@pytest.fixture
def copy(run_with_test, tmp_path):
    return Run(shutil.copytree(run_with_test.path, tmp_path / "copy"))


def test_training_leaves_a_page_and_its_pictures(run_with_test):
    page = (run_with_test.path / "report.html").read_text("utf-8")
    names = {file.stem for file in (run_with_test.path / "report").glob("*.png")}
    assert names == {
        "confused-pairs",
        "confusion-rates",
        "confusions",
        "curves",
        "each-digit",
        "first-layer",
        "network",
        "reliability",
        "risk-coverage",
        "samples",
        "worst-errors",
    }
    assert page.count("data:image/png;base64,") == len(names)


def test_the_page_loads_nothing_from_anywhere_and_runs_nothing(run_with_test):
    page = (run_with_test.path / "report.html").read_text("utf-8")
    assert not re.findall(r"(?:src|href)=[\"'](?!data:)", page)
    assert "<script" not in page
    assert "@import" not in page


def test_the_page_says_the_accuracy_with_its_interval_and_n(run_with_test):
    page = (run_with_test.path / "report.html").read_text("utf-8")
    figures = run_with_test.metrics["test"]
    low, high = figures["interval"]
    assert f"{100 * figures['accuracy']:.2f} %" in page
    assert f"between {100 * low:.2f} and {100 * high:.2f} %" in page
    assert "of 1,000 digits it has never seen" in page


def test_the_recipe_on_the_page_repeats_the_run(run_with_test):
    page = (run_with_test.path / "report.html").read_text("utf-8")
    assert "hidden = [\n    20,\n]" in page
    assert "digits train dense-128.toml --data sample --seed 0" in page


def test_hostile_names_are_text_and_not_html(copy):
    environment = copy.environment
    environment["dataset"]["name"] = "<script>alert(1)</script>"
    (copy.path / "environment.json").write_text(json.dumps(environment))
    assert "<script" not in report.build(Run(copy.path)).html


def test_the_same_run_gives_the_same_report(run_with_test):
    first, second = report.build(run_with_test), report.build(run_with_test)
    assert first.html == second.html
    assert first.pictures == second.pictures


def test_without_test_digits_the_validation_digits_are_reported_as_such(trained_run):
    assert "held-back validation digits" in report.build(trained_run).html


def test_without_any_digits_to_measure_on_the_report_says_so(small, tmp_path):
    recipe = digits.load_recipe("linear-sigmoid").override(["training.epochs=1", "data.validation=0"])
    run = digits.train(recipe, small, out=tmp_path / "run")
    page = (run.path / "report.html").read_text("utf-8")
    assert "There were no digits to measure it on" in page


def test_a_network_without_an_error_has_a_report_too(copy):
    predictions = copy.read_predictions("test")
    right = np.eye(10, dtype=np.float32)[predictions.labels]
    perfect = digits.Dataset(images=np.zeros((1000, 28, 28), np.uint8), labels=predictions.labels, name="perfect")
    copy.write_predictions("test", right, perfect)
    metrics = copy.metrics
    metrics["test"] |= {"confusion": np.diag(np.bincount(predictions.labels)).tolist(), "correct": 1000}
    copy.write_metrics(metrics)
    assert report.build(copy).pictures["worst-errors"]


def test_an_incomplete_run_says_how_to_complete_it(copy):
    (copy.path / "metrics.json").unlink()
    with pytest.raises(RunError, match="is not complete, so there is nothing to report; digits train --resume"):
        making.report(copy.path)


def test_a_run_of_another_version_is_refused(copy):
    environment = {**copy.environment, "format": 0}
    (copy.path / "environment.json").write_text(json.dumps(environment))
    with pytest.raises(RunError, match="run format 0; this version reads format 1"):
        making.report(copy.path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("metrics.json", b"{}}"),
        ("metrics.json", b'{"test": {"accuracy": 1}}'),
        ("metrics.json", b'{"test": 3}'),
        ("state.npz", b"PK"),
        ("test.npz", b"PK"),
        ("environment.json", b"[1]"),
        ("recipe.toml", b"\xff"),
    ],
)
def test_a_damaged_run_is_refused_in_one_line(copy, file, content):
    (copy.path / file).write_bytes(content)
    with pytest.raises(RunError, match="damaged") as caught:
        making.report(Run(copy.path))
    assert "\n" not in str(caught.value)
