"""Thresholds keep the promise that they state, on answers whose truth is known."""

import json

import numpy as np
import pytest

import digits
from digits.evaluation import abstention
from digits.evaluation.abstention import Answers, outcome, threshold
from digits.evaluation.metrics import wilson_interval
from digits.reading.reader import Reader


def calibrated_answers(n, seed=0):
    """Answers that are right as often as their confidence says."""
    random = np.random.default_rng(seed)
    confidence = 1 - random.uniform(0, 1, n) ** 4 / 2
    return Answers(random.uniform(size=n) < confidence, confidence, np.ones(n))


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
    hopeless = Answers(np.zeros(50, bool), np.linspace(0.5, 0.99, 50), np.ones(50))
    assert threshold(hopeless, 0.0, 0.05) == 1.0
    assert outcome(hopeless, 0.0, 1.0) == {"given": 0, "coverage": 0.0, "wrong": 0, "risk": 0.0, "interval": None}


def test_what_is_refused_for_its_digitness_is_no_answer():
    answers = Answers(np.array([True, False]), np.array([0.9, 0.95]), np.array([0.9, 0.1]))
    assert outcome(answers, 0.5, 0.8)["given"] == 1
    assert outcome(answers, 0.5, 0.8)["wrong"] == 0


def test_the_fit_of_a_network_states_what_it_was_fitted_and_checked_on(sample_test, monkeypatch):
    monkeypatch.setattr(abstention, "PICTURES", 60)
    told = []
    fitted = abstention.fit(Reader(digits.load("cnn-tiny")), sample_test, lambda done, of: told.append((done, of)))
    assert told[-1] == (60, 60)
    assert fitted["fitted_on"]["pictures"] == fitted["checked_on"]["pictures"] == 30
    assert set(fitted["confidence"]) == set(fitted["checked_on"]["risks"]) == {"0.05", "0.02", "0.01", "0.005"}
    assert json.loads(json.dumps(fitted)) == fitted
