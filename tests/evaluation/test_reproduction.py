"""The reproduction's figures from scores that are known, its page and figure; and docs/results.md, kept alive."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from digits.evaluation import reproduction_page
from digits.evaluation.figures import reproducing
from digits.evaluation.reported import PROTOCOLS, REPORTED
from digits.evaluation.reproduction import Reproduction, Row, Score, score, spread
from digits.reading.networks.classifier import Classifier
from digits.training.recipe import load_recipe, recipe_names
from digits.training.run import Epoch

RESULTS = (Path(__file__).parents[2] / "docs" / "results.md").read_text("utf-8")


def epoch(number, seed):
    return Epoch(
        epoch=number, loss=0.2 / number, penalty=0.0, accuracy=0.9 + 0.001 * seed, validation_loss=1.5 + seed,
        validation_accuracy=0.95, learning_rate=0.001, seconds=1.0, images_per_second=1.0,
    )  # fmt: skip


def made_up(recipe, protocol, *, seeds=3, test=0.97, penalty=0.1, epochs=10):
    scores = tuple(
        Score(
            run=f"{recipe}-s{seed}", seed=seed, training=0.98 + 0.002 * seed, training_n=55_000,
            validation=None if protocol == "own" else 0.96, validation_n=0 if protocol == "own" else 5_000,
            test=test + 0.001 * seed, test_n=10_000, test_loss=0.09 + 0.01 * seed, penalty=penalty,
            history=tuple(epoch(number, seed) for number in range(1, epochs + 1)),
        )
        for seed in range(seeds)
    )  # fmt: skip
    return Row(recipe=recipe, protocol=protocol, scores=scores)


def all_rows(**options):
    return tuple(made_up(name, protocol, **options) for name, told in REPORTED.items() for protocol in told.protocols)


def whole(rows):
    return Reproduction(rows=rows, command="digits reproduce --seeds 3", machine="2 cores")


def test_every_recipe_that_rebuilds_a_project_has_a_reported_figure_and_an_explanation():
    rebuilding = {name for name in recipe_names() if load_recipe(name).rebuilds}
    assert set(REPORTED) == rebuilding
    assert all(reported.explanation and reported.text for reported in REPORTED.values())


def test_the_own_protocol_holds_nothing_back_and_the_honest_one_does():
    recipe = load_recipe("dense-128")
    own = recipe.override(PROTOCOLS["own"].settings)
    assert own.data.held_back(60_000) == 0
    assert recipe.override(PROTOCOLS["honest"].settings).data.held_back(60_000) == 5_000


def test_a_spread_is_mean_sd_and_t_interval():
    found = spread([0.97, 0.98, 0.99])
    reach = 4.302653 * 0.01 / np.sqrt(3)  # t of 2 degrees of freedom
    assert (found.seeds, found.mean, found.sd) == (3, pytest.approx(0.98), pytest.approx(0.01))
    assert found.interval == pytest.approx((0.98 - reach, min(0.98 + reach, 1.0)))
    assert (spread([0.97]).sd, spread([0.97]).interval) == (None, None)


def test_the_interval_of_a_loss_may_leave_0_to_1():
    low, high = spread([1.0, 2.0, 3.0], shares=False).interval
    assert high == pytest.approx(2 + 4.302653 / np.sqrt(3))
    assert high - 2 == pytest.approx(2 - low)


def test_both_losses_and_the_wilson_interval_of_a_row():
    row = made_up("dense-64-dropout", "own")
    assert row.test_loss.mean == pytest.approx(0.10)
    assert row.test_loss_with_penalty.mean == pytest.approx(0.20)
    assert row.test_interval_on_other_digits == pytest.approx((0.96755, 0.97415), abs=2e-4)
    assert row.validation is None
    assert made_up("dense-64-dropout", "honest").validation.mean == pytest.approx(0.96)


def test_epochs_are_means_over_the_seeds_and_none_beyond_the_last():
    row = made_up("dense-128-64-kaggle", "kaggle", epochs=4)
    assert row.epoch(2)["loss"].mean == pytest.approx(0.1)
    assert row.epoch(2)["validation_loss"].mean == pytest.approx(2.5)
    assert row.epoch(10) is None
    assert set(row.to_json()["epochs"]) == {"1", "2"}


def test_more_neurons_is_welchs_test_of_more_minus_fewer():
    rows = made_up("dense-64-dropout", "own", test=0.96), made_up("dense-128-64-dropout", "own", test=0.97)
    found = whole(rows).more_neurons("own")
    assert found.difference == pytest.approx(0.01)
    assert found.interval[0] > 0
    assert "yes: +1.00 points" in reproduction_page.more_neurons(whole(rows))
    worse = whole((made_up("dense-64-dropout", "own", test=0.98), rows[1]))
    assert "no, they cost something: −1.00 points" in reproduction_page.more_neurons(worse)
    same = whole((made_up("dense-64-dropout", "own", test=0.97), rows[1]))
    assert "no effect is shown" in reproduction_page.more_neurons(same)
    assert whole(rows[:1]).more_neurons("own") is None
    assert reproduction_page.more_neurons(whole(rows[:1])) is None


def test_a_single_seed_is_shown_without_a_spread():
    page = reproduction_page.render(whole(all_rows(seeds=1)))
    assert "±" not in page.split("Accuracies are")[0]
    assert "seed 0" in page
    assert reproducing.reproduction(whole(all_rows(seeds=1))) is not None


def test_the_page_has_a_row_for_every_recipe_and_protocol():
    page = reproduction_page.render(whole(all_rows()))
    for name, reported in REPORTED.items():
        assert len(re.findall(rf"^\| `{name}` \| {re.escape(reported.text)}", page, re.MULTILINE)) == len(
            reported.protocols
        )
        assert f"- `{name}`: {reported.explanation}" in page
    assert "Made by `digits reproduce --seeds 3` on 2 cores." in page


def test_the_figure_shows_every_recipe_and_every_reported_accuracy():
    figure = reproducing.reproduction(whole(all_rows()))
    left, right = figure.axes
    assert [label.get_text().split("\n")[0] for label in left.get_yticklabels()] == list(REPORTED)
    told = {text.get_text() for axes in (left, right) for text in axes.texts}
    assert {"92.5", "98.4", "97.3", "92", "98", "97", "99.37", "96.81", "96.97"} <= told


def test_a_run_is_scored_by_its_bundle_on_the_digits_it_was_trained_on(trained_run, small, sample_test):
    classifier = Classifier.load(trained_run.bundle)
    found = score(trained_run, classifier, small, sample_test, penalty=0.5)
    assert (found.training_n, found.validation_n, found.test_n) == (360, 40, 1_000)
    training, validation = small.split_off(0.1)
    assert found.training == np.mean(classifier.predict(training.images) == training.labels)
    assert found.validation == pytest.approx(np.mean(classifier.predict(validation.images) == validation.labels))
    assert found.test == digits_right(classifier, sample_test)
    assert found.penalty == 0.5
    assert [one.epoch for one in found.history] == [1, 2, 3, 4, 5]
    assert dataclasses.asdict(found)["seed"] == 0


def digits_right(classifier, dataset):
    return float(np.mean(classifier.predict(dataset.images) == dataset.labels))


def test_the_results_page_has_a_row_with_spread_for_every_rebuilt_recipe_and_protocol():
    for name, reported in REPORTED.items():
        rows = re.findall(rf"^\| `{name}` \| {re.escape(reported.text)} .*$", RESULTS, re.MULTILINE)
        assert len(rows) == len(reported.protocols), name
        for row in rows:
            assert re.search(r"\d\d\.\d\d ± \d\.\d\d % \[\d\d\.\d\d, \d\d\.\d\d\], n = 10,000|n = 28,000", row)
            assert "seeds 0 to 4" in row
        assert f"- `{name}`: {reported.explanation}" in RESULTS
    assert all(name in recipe_names() for name in re.findall(r"^\| `([^`]+)` \|", RESULTS, re.MULTILINE))
    assert "digits reproduce --seeds 5" in RESULTS
