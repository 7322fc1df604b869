"""Thresholds keep the promise that they state, on answers whose truth is known."""

import json

import numpy as np
import pytest

import digits
from digits.evaluation import abstention
from digits.evaluation.abstention import Answers, outcome, threshold
from digits.evaluation.metrics import wilson_interval

ARRAYS = ("right", "confidence", "digitness")


def calibrated_answers(n, seed=0):
    """Answers that are right as often as their confidence says."""
    random = np.random.default_rng(seed)
    confidence = 1 - random.uniform(0, 1, n) ** 4 / 2
    right = random.uniform(size=n) < confidence
    return Answers(right[None], confidence[None], np.ones((1, n)))


@pytest.mark.parametrize("risk", [0.05, 0.02, 0.01])
def test_the_stated_risk_holds_on_the_digits_that_it_was_fitted_on_and_on_others(risk):
    fitted = calibrated_answers(5000)
    chosen = threshold(fitted, 0.0, risk)
    given = fitted.confidence >= chosen
    assert wilson_interval(int((~fitted.right[given]).sum()), int(given.sum()))[1] <= risk * 1.01
    checked = outcome(calibrated_answers(5000, seed=1), 0.0, chosen)
    assert checked["interval"][0] <= risk  # other digits scatter


def test_a_smaller_risk_answers_less():
    answers = calibrated_answers(5000)
    chosen = [threshold(answers, 0.0, risk) for risk in (0.05, 0.02, 0.01, 0.005)]
    covered = [outcome(answers, 0.0, one)["coverage"] for one in chosen]
    assert chosen == sorted(chosen)
    assert covered == sorted(covered, reverse=True)
    assert covered[0] > covered[-1] > 0


def test_where_no_confidence_is_high_enough_nothing_but_certainty_answers():
    hopeless = Answers(np.zeros((1, 50), bool), np.linspace(0.5, 0.99, 50)[None], np.ones((1, 50)))
    assert threshold(hopeless, 0.0, 0.05) == 1.0
    assert outcome(hopeless, 0.0, 1.0) == {"given": 0, "coverage": 0.0, "wrong": 0, "risk": 0.0, "interval": None}


def test_what_is_refused_for_its_digitness_is_no_answer():
    answers = Answers(np.array([[True, False]]), np.array([[0.9, 0.95]]), np.array([[0.9, 0.1]]))
    assert outcome(answers, 0.5, 0.8)["given"] == 1
    assert outcome(answers, 0.5, 0.8)["wrong"] == 0


def test_pictures_of_one_digit_that_go_wrong_together_count_for_fewer():
    once = calibrated_answers(5000)
    thrice = Answers(*(np.repeat(array, 3, axis=0) for array in (once.right, once.confidence, once.digitness)))
    assert once.design_effect(0.0) == pytest.approx(1)
    assert thrice.design_effect(0.0) == pytest.approx(3)
    assert threshold(thrice, 0.0, 0.01) == pytest.approx(threshold(once, 0.0, 0.01), abs=0.01)
    low, high = outcome(thrice, 0.0, 0.9)["interval"]
    assert outcome(once, 0.0, 0.9)["interval"] == pytest.approx([low, high], abs=1e-3)


def test_pictures_of_one_digit_that_go_wrong_apart_count_in_full():
    apart = [calibrated_answers(5000, seed) for seed in range(3)]
    together = Answers(*(np.concatenate([getattr(answers, name) for answers in apart]) for name in ARRAYS))
    assert together.design_effect(0.0) == pytest.approx(1, abs=0.1)
    assert threshold(together, 0.0, 0.005) < 1


def test_where_nothing_goes_wrong_there_is_nothing_to_go_wrong_together():
    right = Answers(np.ones((3, 9), bool), np.full((3, 9), 0.9), np.ones((3, 9)))
    assert right.design_effect(0.5) == 1


def test_the_fit_of_a_network_states_what_it_was_fitted_and_checked_on(sample_test):
    told, some = [], sample_test.take(np.arange(60))
    fitted = abstention.fit(digits.load("cnn-tiny"), some, lambda done, of: told.append((done, of)))
    assert told[-1] == (180, 180)
    for half in (fitted["fitted_on"], fitted["checked_on"]):
        assert (half["pictures"], half["digits"]) == (90, 30)
    assert set(fitted["confidence"]) == set(fitted["checked_on"]["risks"]) == {"0.05", "0.02", "0.01", "0.005"}
    assert json.loads(json.dumps(fitted)) == fitted
