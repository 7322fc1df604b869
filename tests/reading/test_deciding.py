"""How sure is a number, and which of its marks is in doubt."""

import numpy as np
import pytest

from digits.errors import InputError
from digits.reading.deciding import Judge, evidence
from digits.reading.finding import Found
from digits.reading.lines import LineCrop, ReadLine, ReadMark
from digits.reading.networks.ctc import CtcOutput

NAMES = ("line", "steady", "apart", "nothing", "rival", "weakest", "found", "digitness", "marks")
CONFIG = {
    "single": {"agreement": 0.1},
    "numbers": {
        "risk": 0.01,
        "thresholds": {"0.05": 0.6, "0.01": 0.9},
        "least": 0.1,
        "weights": {"bias": 0.0, **dict.fromkeys(NAMES, 0.0), "line": 1.0},
        "presence": {"bias": 0.0, **dict.fromkeys(NAMES, 0.0), "found": 1.0},
    },
}
PLACE = Found(np.zeros((4, 2)), np.zeros((0, 4)), np.zeros(0), 0.8, 0)


def line(*confidences, whole=None, alternatives=()):
    marks = tuple(ReadMark("5", one, np.zeros(4), (), digitness=0.9) for one in confidences)
    crop, output = LineCrop(np.zeros((4, 4), np.uint8), np.eye(3)), CtcOutput(np.zeros((1, 2)), "5")
    return ReadLine(crop, output, marks, float(np.prod(confidences)) if whole is None else whole, alternatives)


def test_a_number_above_the_threshold_has_no_doubt():
    judge = Judge.of(CONFIG)
    assert judge.doubts(line(0.99, 0.99), 0.95) == (None, None)


def test_below_it_the_marks_that_are_not_sure_enough_are_doubted():
    first, second = Judge.of(CONFIG).doubts(line(0.99, 0.7), 0.69)
    assert first is None
    assert "0.70" in second
    assert "whole confidence 0.69, at least 0.90" in second


def test_a_doubted_number_has_at_least_one_doubted_mark():
    doubts = Judge.of(CONFIG).doubts(line(0.999, 0.998), 0.5)
    assert sum(one is not None for one in doubts) == 1
    assert doubts[1] is not None


def test_confidence_is_the_logistic_function_of_the_evidence():
    judge = Judge.of(CONFIG)
    assert judge.confidence(line(0.8), PLACE) == pytest.approx(0.8)
    assert judge.confidence(line(1.0), PLACE) < 1.0


def test_the_evidence_has_a_weight_each():
    known = evidence(line(0.9, alternatives=(("56", 0.2),)), PLACE)
    assert set(known) == set(NAMES)
    assert all(np.isfinite(value) for value in known.values())


def test_a_place_that_was_given_is_no_evidence_of_a_number():
    assert evidence(line(0.9), None)["found"] == 0.0


def test_another_risk_has_another_threshold_and_an_unknown_one_is_refused():
    assert Judge.of(CONFIG, 0.05).threshold == 0.6
    with pytest.raises(InputError, match=r"risk of 0\.3; it has 0\.01, 0\.05"):
        Judge.of(CONFIG, 0.3)


def test_a_single_digit_that_the_line_reader_does_not_see_is_doubted():
    judge = Judge.of(CONFIG)
    assert judge.disagrees(0.1) is None
    assert "0.02 of at least 0.10" in judge.disagrees(0.02)
