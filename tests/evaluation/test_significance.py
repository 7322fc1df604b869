"""Tests and intervals, against published examples and against other people's implementations."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from mlxtend import evaluate as mlxtend_evaluate

from digits.errors import InputError
from digits.evaluation.significance import holm, mcnemar, mean_interval, newcombe_interval, welch

counts = st.tuples(*[st.integers(0, 300)] * 4).filter(any)
accuracies = st.lists(st.integers(9_000, 10_000).map(lambda correct: correct / 10_000), min_size=2, max_size=8)


def paired(both, only_a, only_b, neither):
    """Two bool (n,) arrays with these counts."""
    return (
        np.repeat([True, True, False, False], [both, only_a, only_b, neither]),
        np.repeat([True, False, True, False], [both, only_a, only_b, neither]),
    )


@pytest.mark.parametrize(
    ("table", "interval"),
    [
        # Cavo et al. 2012 and Bentur et al. 2009, as worked out in Fagerland, Lydersen and Laake, Statistical Analysis
        # of Contingency Tables (2017), chapter 8
        ((59, 6, 16, 80), (-0.1186, -0.0046)),
        ((1, 1, 7, 12), (-0.507, -0.026)),
    ],
)
def test_the_interval_is_newcombes_tenth_method(table, interval):
    digits = len(str(interval[0]).split(".")[1])
    assert tuple(round(end, digits) for end in newcombe_interval(*table)) == interval


def test_the_exact_test_gives_the_published_p_value():
    # Bentur et al. 2009 in Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13:91
    assert mcnemar(*paired(1, 1, 7, 12)).p_value == pytest.approx(0.0703, abs=5e-5)


@given(counts)
def test_the_exact_test_is_mlxtends(table):
    both, only_a, only_b, neither = table
    if only_a == only_b:
        assert mcnemar(*paired(*table)).p_value == 1  # mlxtend doubles the tail, and gives more than 1
        return
    _, expected = mlxtend_evaluate.mcnemar(np.array([[both, only_a], [only_b, neither]]), exact=True)
    assert mcnemar(*paired(*table)).p_value == pytest.approx(float(expected), rel=1e-9)


@given(counts)
def test_the_exact_test_is_statsmodelss(table):
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    both, only_a, only_b, neither = table
    expected = tables.mcnemar([[both, only_a], [only_b, neither]], exact=True).pvalue
    assert mcnemar(*paired(*table)).p_value == pytest.approx(min(float(expected), 1.0), rel=1e-9)


@given(counts)
def test_mcnemar_counts_and_swapping_turns_the_sign(table):
    correct_a, correct_b = paired(*table)
    found, swapped = mcnemar(correct_a, correct_b), mcnemar(correct_b, correct_a)
    assert (found.both_right, found.only_a, found.only_b, found.both_wrong) == table
    assert found.n == sum(table)
    assert found.difference == pytest.approx(correct_a.mean() - correct_b.mean())
    assert -1 <= found.interval[0] <= found.difference <= found.interval[1] <= 1
    assert 0 <= found.p_value <= 1
    assert swapped.difference == -found.difference
    assert swapped.interval == pytest.approx((-found.interval[1], -found.interval[0]))
    assert swapped.p_value == pytest.approx(found.p_value)


def test_networks_with_the_same_answers_do_not_differ_but_the_interval_is_no_point():
    found = mcnemar(*paired(990, 0, 0, 10))
    assert (found.difference, found.p_value) == (0, 1)
    assert found.interval[0] < 0 < found.interval[1]


def test_the_interval_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(0)
    shares = (0.96, 0.018, 0.012, 0.01)
    hits = 0
    for table in random.multinomial(1_000, shares, size=1_000):
        low, high = newcombe_interval(*table.tolist())
        hits += low <= shares[1] - shares[2] <= high
    assert 0.935 <= hits / 1_000 <= 0.985


def test_answers_to_different_numbers_of_digits_are_refused():
    with pytest.raises(InputError, match=r"very same digits.*\(3,\) and \(4,\)"):
        mcnemar(np.ones(3, bool), np.ones(4, bool))
    with pytest.raises(InputError, match="very same digits"):
        mcnemar(np.ones(0, bool), np.ones(0, bool))


@given(accuracies, accuracies)
def test_welch_is_scipys(accuracies_a, accuracies_b):
    found = welch(accuracies_a, accuracies_b)
    if np.ptp(accuracies_a) == np.ptp(accuracies_b) == 0:
        assert found is None
        return
    if np.ptp(accuracies_a) == 0 or np.ptp(accuracies_b) == 0:
        return  # SciPy warns
    expected = scipy.stats.ttest_ind(accuracies_a, accuracies_b, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6)
    assert found.degrees_of_freedom == pytest.approx(expected.df)
    assert found.interval == pytest.approx((max(interval.low, -1), min(interval.high, 1)), abs=1e-9)


@given(accuracies, accuracies)
def test_swapping_turns_welchs_sign(accuracies_a, accuracies_b):
    found, swapped = welch(accuracies_a, accuracies_b), welch(accuracies_b, accuracies_a)
    assert (found is None) == (swapped is None)
    if found:
        assert found.interval[0] <= found.difference <= found.interval[1]
        assert 0 <= found.p_value <= 1
        assert swapped.difference == pytest.approx(-found.difference)
        assert swapped.p_value == pytest.approx(found.p_value)


def test_welch_gives_the_published_p_value():
    # reading scores in Moore & McCabe, Introduction to the Practice of Statistics: t = 2.311, df = 37.86
    treated = [24, 43, 58, 71, 43, 49, 61, 44, 67, 49, 53, 56, 59, 52, 62, 54, 57, 33, 46, 43, 57]
    control = [42, 43, 55, 26, 62, 37, 33, 41, 19, 54, 20, 85, 46, 10, 17, 60, 53, 42, 37, 42, 55, 28, 48]
    found = welch([score / 100 for score in treated], [score / 100 for score in control])
    assert found.degrees_of_freedom == pytest.approx(37.86, abs=0.005)
    assert found.p_value == pytest.approx(0.0264, abs=5e-5)


@pytest.mark.parametrize(("a", "b"), [([0.9], [0.8, 0.7]), ([0.9, 0.9], [0.8, 0.8]), ([], [0.8, 0.7])])
def test_without_a_spread_there_is_no_test(a, b):
    assert welch(a, b) is None


@given(accuracies)
def test_the_interval_of_a_mean_is_students(values):
    found = mean_interval(values)
    if np.ptp(values) == 0:
        assert found is None
        return
    expected = scipy.stats.t.interval(0.95, len(values) - 1, np.mean(values), scipy.stats.sem(values))
    assert found == pytest.approx((max(expected[0], 0), min(expected[1], 1)))


def test_one_accuracy_has_no_interval_of_its_mean():
    assert mean_interval([0.9]) is None


def test_holm_gives_the_published_correction():
    # the example of R's p.adjust and of many textbooks: sorted, times m, m-1 …, never falling
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_never_below_the_p_value_nor_above_bonferroni(p_values):
    for adjusted, p_value in zip(holm(p_values), p_values, strict=True):
        assert p_value <= adjusted <= min(1, len(p_values) * p_value) or math.isclose(adjusted, p_value)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_statsmodelss(p_values):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    assert holm(p_values) == pytest.approx(multitest.multipletests(p_values, method="holm")[1].tolist())
