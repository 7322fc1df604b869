"""Ink between two cuts may be a digit: broken ones are joined, and what speaks for one is in its features."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading import mnist_form
from digits.reading.candidates import FEATURES, Candidate, features, image_of, judge, link
from digits.reading.classifier import Answers
from digits.reading.cuts import cut, find_components

TALL, PEN = 64.0, 7.0


def chain_of(mask, *, is_cut=False, most=1000, parts=3):
    components = find_components(mask, TALL, PEN)
    if is_cut:
        components = [cut(component, mask, TALL, PEN) for component in components]
    return link(components, TALL, most, parts)


def five(gap):
    """A 5 whose bar lies `gap` pixels to the right of its stem, and a 1 at some distance."""
    mask = np.zeros((90, 200), np.uint8)
    cv2.ellipse(mask, (45, 55), (20, 18), 0, -120, 150, 1, 7)
    cv2.line(mask, (32, 40), (34, 14), 1, 7)
    cv2.rectangle(mask, (38 + gap, 11), (68 + gap, 17), 1, -1)
    cv2.line(mask, (170, 12), (170, 74), 1, 7)
    return mask


def candidate(width=40, height=64, *, mask=None, **more):
    mask = np.ones((height, width), np.uint8) if mask is None else mask
    given = {"crossed": 0.0, "gap": 0.0, "near": 0.0, "parts": 1, **more}
    return Candidate(start=0, end=1, box=(0, 0, mask.shape[1], mask.shape[0]), mask=mask, **given)


def answers(*said):
    """What a network says: of each image the digit, its probability, and the digitness."""
    probabilities = np.array([[(1 - sure) / 9] * 10 for _, sure, _ in said], np.float32)
    for row, (digit, sure, _) in zip(probabilities, said, strict=True):
        row[digit] = sure
    digitness = np.array([digitness for *_, digitness in said], np.float32)
    return Answers(probabilities=probabilities, digitness=digitness)


def odds(one=None, said=(5, 0.9, 0.9)):
    return float(judge([one or candidate()], answers(said), TALL)[0])


def test_a_five_and_its_bar_are_one_candidate_and_each_is_one_by_itself():
    chain = chain_of(five(gap=6))
    assert len(chain.components) == 3
    spans = {(one.start, one.end): one for one in chain.candidates}
    assert set(spans) == {(0, 1), (1, 2), (2, 3), (0, 2)}
    joined = spans[0, 2]
    assert joined.parts == 2
    assert 0 < joined.gap < 0.2
    left, top, right, bottom = joined.box
    drawn = five(gap=6)[top:bottom, left:right]
    assert joined.mask[drawn > 0].all()
    assert joined.mask.sum() <= 1.05 * drawn.sum()


def test_what_lies_too_far_apart_is_no_one_digit():
    assert not any(one.parts > 1 for one in chain_of(five(gap=30)).candidates)


def test_the_gap_of_a_candidate_is_that_of_its_inks_in_digits_heights():
    near, far = (next(one.gap for one in chain_of(five(gap)).candidates if one.parts == 2) * TALL for gap in (6, 10))
    assert far - near == pytest.approx(4, abs=1.5)


def test_a_candidate_knows_how_near_other_ink_lies_before_and_behind_it():
    def near(gap):
        mask = np.zeros((84, 160), np.uint8)
        for left in (20, 20 + 8 + gap, 20 + 2 * (8 + gap)):
            mask[10:74, left : left + 8] = 1
        return [one.near for one in chain_of(mask, parts=2).candidates if one.parts == 1]

    first, between, last = near(4)
    assert first == pytest.approx(last)
    assert between == pytest.approx(first + last)
    assert near(8)[0] < first < 1
    assert near(40) == pytest.approx([0, 0, 0], abs=1e-3)


def test_no_digit_is_broken_into_more_parts_than_are_allowed():
    mask = np.zeros((90, 100), np.uint8)
    for top in (10, 24, 38, 52, 66):
        cv2.line(mask, (20, top), (60, top), 1, 6)
    assert max(one.parts for one in chain_of(mask).candidates) == 3
    assert max(one.parts for one in chain_of(mask, parts=1).candidates) == 1


def test_every_piece_between_two_cuts_is_a_candidate_and_knows_what_was_crossed(sample_test):
    mask = np.zeros((84, 130), np.uint8)
    cv2.ellipse(mask, (42, 42), (24, 30), 0, 0, 360, 1, 7)
    cv2.ellipse(mask, (88, 42), (24, 30), 0, 0, 360, 1, 7)
    chain = chain_of(mask, is_cut=True)
    (component,) = chain.components
    assert component.last > 1
    assert chain.starts == (0, component.last)
    for one in chain.candidates:
        ink = component.sides[one.end] & ~component.sides[one.start]
        assert 0.9 * ink.sum() <= one.mask.sum() <= ink.sum()
        assert one.crossed == pytest.approx(component.crossed[one.start] + component.crossed[one.end])
        left, top, right, bottom = one.box
        assert one.mask.shape == (bottom - top, right - left)
    assert {(0, component.last)} <= {(one.start, one.end) for one in chain.candidates}


def test_more_candidates_than_are_allowed_are_none_at_all():
    assert chain_of(five(gap=6), most=3) is None
    assert len(chain_of(five(gap=6), most=4).candidates) == 4


def test_a_line_without_components_has_no_candidates():
    assert link([], TALL, 10).candidates == ()


def test_the_image_of_a_candidate_has_mnist_s_form_and_a_long_tail_is_drawn_in():
    seven = np.zeros((130, 50), np.uint8)
    cv2.line(seven, (4, 4), (45, 4), 1, 7)
    cv2.line(seven, (45, 4), (30, 125), 1, 7)
    image = image_of(candidate(mask=seven), TALL)
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    drawn_in, whole = (np.ptp(np.nonzero(one.any(axis=0))[0]) for one in (image, mnist_form.to_form(seven).image))
    assert drawn_in > whole


def test_features_have_a_column_for_each_weight():
    found = features([candidate(), candidate(20, 30)], answers((1, 0.9, 0.9), (0, 0.5, 0.1)), TALL)
    assert found.shape == (2, len(FEATURES))
    assert np.isfinite(found).all()
    assert features([], Answers(probabilities=np.zeros((0, 10), np.float32)), TALL).shape == (0, len(FEATURES))


def test_each_feature_is_in_its_column():
    ones = candidate(crossed=1.5, gap=0.1, near=0.7, parts=2)
    low, tall, wide = candidate(20, 16), candidate(40, 80), candidate(128, 64)
    said = answers((1, 0.9, 0.9), (0, 0.9, 0.9), (5, 0.9, 0.9), (5, 0.9, 0.9))
    table = features([ones, low, tall, wide], said, TALL)
    one, zero, high, broad = (dict(zip(FEATURES, row, strict=True)) for row in table.tolist())
    logit, log = np.log(0.9 / 0.1), np.log(0.9)
    assert (one["one"], one["crossed"], one["crossed_for_1"], one["gap"], one["parts"]) == (1, 1.5, 1.5, 0.1, 1)
    assert (one["near"], one["near_for_1"]) == (0.7, 0.7)
    assert (one["digitness"], one["digitness_of_1"]) == pytest.approx((0, logit), abs=1e-4)
    assert (one["probability"], one["probability_of_1"]) == pytest.approx((0, log), abs=1e-4)
    assert (zero["one"], zero["low"], zero["parts"]) == (0, 0, 0)
    assert zero["low_0"] > 0.2
    assert (high["digitness"], high["probability"]) == pytest.approx((logit, log), abs=1e-4)
    assert high["tall"] == pytest.approx(80 / 64 - 1.15)
    assert high["wide"] == 0
    assert broad["wide"] > 0.9


def test_a_network_that_knows_no_digitness_says_neither_yes_nor_no():
    silent = Answers(probabilities=np.full((1, 10), 0.1, np.float32))
    assert features([candidate()], silent, TALL)[0, 1] == 0
    assert np.isfinite(judge([candidate()], silent, TALL)).all()


@given(
    digit=st.integers(0, 9),
    sure=st.floats(0.3, 0.999),
    lower=st.floats(0.01, 0.5),
    higher=st.floats(0.55, 0.99),
    crossed=st.floats(0.1, 3),
)
@settings(max_examples=40, deadline=None)
def test_digitness_speaks_for_a_candidate_and_crossed_ink_against_it(digit, sure, lower, higher, crossed):
    assert odds(said=(digit, sure, higher)) > odds(said=(digit, sure, lower))
    assert odds(candidate(crossed=crossed), (digit, sure, higher)) < odds(candidate(), (digit, sure, higher))


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        pytest.param(candidate(12, 18), candidate(), id="lower than a digit"),
        pytest.param(candidate(40, 110), candidate(), id="taller than a digit"),
        pytest.param(candidate(90, 64), candidate(), id="wider than a digit"),
    ],
)
def test_what_has_not_a_digit_s_size_is_less_likely_one(worse, better):
    assert odds(worse) < odds(better)


def test_a_cut_through_ink_speaks_more_against_a_one_than_against_others():
    def loss(digit):
        return odds(said=(digit, 0.9, 0.9)) - odds(candidate(crossed=1.0), (digit, 0.9, 0.9))

    assert loss(1) > loss(5) > 0
