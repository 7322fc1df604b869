"""Figures: known truths, published intervals, and what a network has seen is said."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits.data.corrections import Corrections
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.errors import InputError
from digits.evaluation import metrics
from digits.reading.networks.classifier import Classifier

CONTEXT = {"model": "m", "data": "d", "split": "test", "seen_in_training": False}


def one_hot(answers, sure=1.0):
    probabilities = np.full((len(answers), 10), (1 - sure) / 9, np.float32)
    probabilities[np.arange(len(answers)), answers] = sure
    return probabilities


def score(answers, labels, sure=1.0):
    probabilities = one_hot(np.asarray(answers), sure)
    return metrics.score(probabilities, np.asarray(labels, dtype=np.uint8), calibrated=probabilities, **CONTEXT)


def test_accuracy_counts_right_answers():
    evaluation = score([0, 1, 2, 3, 4, 4], [0, 1, 2, 3, 4, 5])
    assert (evaluation.n, evaluation.correct, evaluation.accuracy) == (6, 5, 5 / 6)


def test_the_interval_is_wilsons():
    # 81 of 263: Newcombe 1998, Statistics in Medicine 17, table I, method 3
    labels = np.zeros(263, np.uint8)
    answers = np.where(np.arange(263) < 81, 0, 1)
    low, high = score(answers, labels).interval
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_the_accuracy_and_stays_between_0_and_1(n, data):
    correct = data.draw(st.integers(0, n))
    evaluation = score(np.where(np.arange(n) < correct, 3, 4), np.full(n, 3))
    assert 0 <= evaluation.interval[0] <= evaluation.accuracy <= evaluation.interval[1] <= 1


def test_precision_recall_and_f1_of_a_digit():
    evaluation = score([7, 7, 7, 1], [7, 7, 1, 7])
    seven = evaluation.per_class[7]
    assert (seven.digit, seven.n) == (7, 3)
    assert (seven.precision, seven.recall, seven.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert evaluation.per_class[0].precision == 0  # never answered, never there


def test_confusion_has_the_true_digits_as_rows():
    confusion = np.array(score([7, 7, 1], [7, 1, 1]).confusion)
    assert (confusion[1, 7], confusion[7, 1], confusion[1, 1], confusion[7, 7]) == (1, 0, 1, 1)
    assert confusion.sum() == 3


def test_the_losses_of_a_network_that_always_shrugs():
    shrug = np.full((50, 10), 0.1, np.float32)
    evaluation = metrics.score(shrug, np.arange(50, dtype=np.uint8) % 10, calibrated=shrug, **CONTEXT)
    assert evaluation.loss == pytest.approx(np.log(10))
    assert evaluation.brier == pytest.approx(0.9)
    assert evaluation.calibration_error == pytest.approx(0, abs=1e-6)


def test_a_sure_and_wrong_answer_costs_much_and_stays_finite():
    evaluation = score([1], [0])
    assert 10 < evaluation.loss < 20
    assert evaluation.brier == pytest.approx(2)
    assert evaluation.calibration_error == pytest.approx(1)


def test_calibration_error_is_the_gap_between_sureness_and_truth():
    answers = np.where(np.arange(100) < 70, 0, 1)  # 70 % right, 90 % sure
    assert metrics.calibration_error(one_hot(answers, 0.9), np.zeros(100, np.uint8)) == pytest.approx(0.2)


def test_an_evaluation_is_a_json_object_with_the_documented_keys():
    evaluation = json.loads(json.dumps(score([0, 1], [0, 1]).to_json()))
    documented = {"accuracy", "n", "interval", "loss", "calibrated_loss", "model", "data", "split", "seen_in_training"}
    assert documented <= set(evaluation)
    assert isinstance(evaluation["interval"], list)


def test_a_network_has_seen_its_training_digits_and_not_the_held_back_ones(trained_run, small, sample, sample_test):
    classifier = Classifier.load(trained_run.bundle)
    assert metrics.evaluate(classifier, small).seen_in_training is True
    assert metrics.evaluate(classifier, sample).seen_in_training is True  # some of them
    assert metrics.evaluate(classifier, sample_test).seen_in_training is False


def test_a_shuffled_copy_of_the_training_digits_is_recognised(trained_run, small):
    order = np.random.default_rng(0).permutation(len(small))
    shuffled = Dataset(images=small.images[order], labels=small.labels[order], name="mine")
    assert metrics.evaluate(Classifier.load(trained_run.bundle), shuffled).seen_in_training is True


def test_one_foreign_digit_is_too_few_to_tell(trained_run, sample_test):
    classifier = Classifier.load(trained_run.bundle)
    for index in range(20):
        single = sample_test.take(np.array([index]))
        expected = None if len(single.fingerprint) == 0 else False
        assert metrics.evaluate(classifier, single).seen_in_training is expected


def test_a_network_that_saw_mnist_test_digits_is_not_scored_on_them(trained_run, small, monkeypatch):
    monkeypatch.setattr(metrics, "MNIST_TEST_HASH", small.hash)
    with pytest.raises(InputError, match="holds digits of MNIST's test set"):
        metrics.evaluate(Classifier.load(trained_run.bundle), small)


def test_an_evaluation_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        score([0], [0]).accuracy = 1.0


def test_corrected_labels_give_a_second_score_and_leave_the_first_alone():
    labels = np.array([1, 2, 3, 4], np.uint8)
    corrections = Corrections(
        labels=np.array([7, 2, 3, 4], np.uint8), decidable=np.array([True, True, True, False])
    )  # the first is a 7, the last undecidable
    probabilities = one_hot(np.array([7, 2, 4, 4]))
    plain = metrics.score(probabilities, labels, calibrated=probabilities, **CONTEXT)
    both = metrics.score(probabilities, labels, calibrated=probabilities, corrections=corrections, **CONTEXT)
    assert dataclasses.replace(both, corrected=None) == plain
    assert plain.corrected is None
    assert both.correct == 2
    assert (both.corrected.n, both.corrected.correct, both.corrected.accuracy) == (3, 2, 2 / 3)
    assert both.corrected.interval == metrics.wilson_interval(2, 3)
    assert (both.corrected.corrected_labels, both.corrected.left_out) == (1, 1)


def test_only_mnists_test_set_has_a_corrected_score(trained_run, small, sample_test):
    classifier = Classifier.load(trained_run.bundle)
    assert metrics.evaluate(classifier, sample_test).corrected is None
    assert json.loads(json.dumps(metrics.evaluate(classifier, small).to_json()))["corrected"] is None


@pytest.mark.mnist
def test_mnists_test_set_is_scored_against_corrected_labels_too(trained_run, mnist_dir):
    test = load_dataset("mnist", "test", data_dir=mnist_dir)
    corrected = metrics.evaluate(Classifier.load(trained_run.bundle), test).to_json()["corrected"]
    assert (corrected["n"], corrected["corrected_labels"], corrected["left_out"]) == (9_997, 10, 3)
