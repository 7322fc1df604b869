"""Comparisons: who is grouped with whom, which test is made, and what is said in words."""

import json
import re
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import digits
from digits.data.dataset import Dataset
from digits.errors import InputError
from digits.evaluation.answers import Answers
from digits.evaluation.compare import compare

N = 1_000
LABELS = (np.arange(N) % 10).astype(np.uint8)


def answers(name, wrong, *, recipe=None, seed=0, digits_hash="same", seen=False):
    """A network that names the digits at the indices `wrong` one too high, and the others rightly."""
    given_answers = LABELS.copy()
    given_answers[wrong] = (given_answers[wrong] + 1) % 10
    return Answers(
        model=name,
        recipe=recipe or name,
        trained_on="digits",
        setup=recipe or name,
        seed=seed,
        data="digits",
        split="test",
        digits_hash=digits_hash,
        labels=LABELS,
        answers=given_answers,
        confidences=np.full(N, 0.9, np.float32),
        seen_in_training=seen,
    )


def seeds(recipe, errors):
    """One network a seed, with so many errors each."""
    return [answers(f"{recipe}-s{seed}", range(count), recipe=recipe, seed=seed) for seed, count in enumerate(errors)]


def test_two_networks_are_compared_by_mcnemars_test_and_the_sentence_has_the_numbers():
    comparison = compare([answers("good", range(10)), answers("bad", range(5, 45))])
    (pair,) = comparison.pairs
    assert (pair.test, pair.verdict, pair.a, pair.b) == ("mcnemar", "better", "good", "bad")
    assert (pair.both_right, pair.only_a, pair.only_b, pair.both_wrong) == (955, 35, 5, 5)
    assert pair.difference == pytest.approx(0.03)
    assert pair.p_value == pair.adjusted_p_value < 1e-4
    assert pair.sentence.startswith("good is better than bad: 99.00 % against 96.00 % of the same 1,000 digits, ")
    assert "a difference of +3.00 points (95 % interval +1.81 to +4.38)" in pair.sentence
    assert "the 40 that one of the two alone has right: the first 35, the second 5" in pair.sentence
    assert "McNemar's exact test, p < 0.0001" in pair.sentence
    assert "one seed each" in pair.caveat
    assert comparison.notes == ()


def test_the_other_way_round_it_is_worse():
    (pair,) = compare([answers("bad", range(5, 45)), answers("good", range(10))]).pairs
    assert pair.verdict == "worse"
    assert pair.sentence.startswith("bad is worse than good: 96.00 % against 99.00 %")
    assert "−3.00 points" in pair.sentence


def test_a_small_difference_is_not_enough_evidence():
    (pair,) = compare([answers("one", range(10)), answers("other", range(4, 17))]).pairs
    assert pair.verdict == "undecided"
    assert pair.sentence.startswith("There is not enough evidence to say which is better, one or other:")


def test_networks_with_the_same_answers_have_nothing_to_disagree_on():
    (pair,) = compare([answers("one", range(10)), answers("other", range(10))]).pairs
    assert (pair.verdict, pair.p_value, pair.disagreements) == ("undecided", 1, ())


def test_disagreements_name_the_digit_and_what_both_say():
    one, other = answers("one", [3]), answers("other", [3, 7])
    other.answers[3] = 9
    first, second = compare([one, other]).pairs[0].disagreements
    assert (first.index, first.label, first.answer_a, first.answer_b) == (3, 3, 4, 9)
    assert (second.index, second.label, second.answer_a, second.answer_b) == (7, 7, 7, 8)
    assert second.confidence_a == pytest.approx(0.9)


def test_runs_that_differ_in_their_seed_are_one_group_and_compared_by_welchs_test():
    comparison = compare([*seeds("wide", [20, 22, 21]), *reversed(seeds("slim", [40, 44, 41, 43]))])
    wide, slim = comparison.groups
    assert (wide.name, slim.name) == ("wide-digits", "slim-digits")
    assert [network.seed for network in slim.networks] == [0, 1, 2, 3]
    assert wide.accuracy == pytest.approx(0.979)
    assert wide.sd == pytest.approx(0.001)
    assert wide.interval[0] < 0.979 < wide.interval[1]
    (pair,) = comparison.pairs
    assert (pair.test, pair.verdict) == ("welch", "better")
    assert "(means of 3 seeds and 4 seeds)" in pair.sentence
    assert "Welch's t-test" in pair.sentence
    assert "on other digits" in pair.caveat
    assert (pair.network_a, pair.network_b) == ("wide-s0", "slim-s0")


def test_seeds_that_overlap_are_not_enough_evidence():
    assert compare([*seeds("wide", [20, 30, 40]), *seeds("slim", [25, 32, 41])]).pairs[0].verdict == "undecided"


def test_seeds_of_one_recipe_alone_are_compared_one_by_one():
    comparison = compare(seeds("wide", [20, 22, 21]))
    assert [group.name for group in comparison.groups] == ["wide-s0", "wide-s1", "wide-s2"]
    assert [pair.test for pair in comparison.pairs] == ["mcnemar", "mcnemar"]


@pytest.mark.parametrize(("errors", "words"), [([20], "one seed of wide-s0"), ([20, 20], "the seeds vary in neither")])
def test_where_no_test_can_be_made_the_sentence_says_why(errors, words):
    (pair,) = compare([*seeds("wide", errors), *seeds("slim", [50, 50])]).pairs
    assert (pair.test, pair.p_value, pair.interval, pair.verdict) == (None, None, None, "undecided")
    assert words in pair.sentence


def test_several_comparisons_are_held_together_by_holm_and_the_note_says_so():
    others = [answers(f"other-{number}", range(20, 20 + count)) for number, count in enumerate((8, 9, 10))]
    comparison = compare([answers("first", []), *others])
    assert [pair.verdict for pair in comparison.pairs] == ["better"] * 3
    assert all(pair.adjusted_p_value >= pair.p_value for pair in comparison.pairs)
    assert "3 comparisons" in comparison.notes[0]
    assert "Holm" in comparison.notes[0]
    # 6 digits alone are p = 0.03: enough for one comparison, not for four
    assert compare([answers("first", []), answers("six", range(6))]).pairs[0].verdict == "better"
    assert compare([answers("first", []), answers("six", range(6)), *others]).pairs[0].verdict == "better"
    weak = [answers(f"six-{number}", range(6)) for number in range(2)]
    assert [pair.verdict for pair in compare([answers("first", []), *weak]).pairs] == ["undecided"] * 2


def test_a_network_that_has_seen_the_digits_is_named():
    comparison = compare([answers("honest", [1]), answers("seen", [2], seen=True)])
    assert comparison.notes == (
        "seen was trained on digits among these: that accuracy is no measure of unseen digits.",
    )


def test_groups_of_one_name_are_told_apart():
    one, other = seeds("wide", [20, 22]), seeds("slim", [20, 25])
    renamed = [answers(f"again-s{run.seed}", range(30), recipe="slim", seed=run.seed) for run in other]
    groups = compare([*one, *(_with_recipe(run, "wide") for run in renamed)]).groups
    assert [group.name for group in groups] == ["wide-digits (wide-s0 …)", "wide-digits (again-s0 …)"]


def _with_recipe(run, name):
    return Answers(**{**vars(run), "recipe": name})


def test_different_digits_are_refused_in_one_line():
    with pytest.raises(
        InputError, match=r"^a comparison needs the very same digits: one .*, other .*one Dataset$"
    ) as fault:
        compare([answers("one", [1]), answers("other", [1], digits_hash="another")])
    assert "\n" not in str(fault.value)


def test_one_network_alone_is_refused():
    with pytest.raises(InputError, match="two networks or more, got 1"):
        compare([answers("one", [1])])


def test_a_seed_that_comes_twice_is_refused():
    again = answers("again", range(9), recipe="wide", seed=1)
    with pytest.raises(InputError, match=r"wide-s1 and again are the same recipe, digits and seed \(1\)"):
        compare([*seeds("wide", [20, 22]), again, *seeds("slim", [30, 31])])


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_swapping_two_networks_turns_the_sign_and_the_verdict(wrong_a, wrong_b):
    one, other = answers("one", sorted(wrong_a)), answers("other", sorted(wrong_b))
    (forth,), (back,) = compare([one, other]).pairs, compare([other, one]).pairs
    assert forth.difference == -back.difference
    assert forth.p_value == back.p_value
    assert {"better": "worse", "worse": "better", "undecided": "undecided"}[forth.verdict] == back.verdict
    assert forth.only_a + forth.only_b <= len(forth.disagreements)


def test_the_json_has_stable_keys():
    found = json.loads(json.dumps(compare([answers("one", [1]), answers("other", [2])]).to_json()))
    assert list(found) == ["data", "split", "n", "groups", "pairs", "notes"]
    assert list(found["groups"][0]) == ["name", "networks", "accuracy", "sd", "interval"]
    assert list(found["groups"][0]["networks"][0]) == [
        "model", "seed", "correct", "accuracy", "interval", "seen_in_training",
    ]  # fmt: skip
    assert list(found["pairs"][0]) == [
        "a", "b", "test", "difference", "interval", "p_value", "adjusted_p_value", "verdict", "sentence", "caveat",
        "network_a", "network_b", "both_right", "only_a", "only_b", "both_wrong", "disagreements",
    ]  # fmt: skip
    assert len(found["pairs"][0]["interval"]) == 2


# --- through bundles -----------------------------------------------------------------------------------------------


@pytest.fixture
def copy_of(trained_run, tmp_path):
    """Make a bundle like the trained run's, with changes to its description."""

    def make(name, **changes):
        path = tmp_path / name
        shutil.copytree(trained_run.bundle, path)
        description = json.loads((path / "bundle.json").read_text("utf-8"))
        for key, value in changes.items():
            part, field = key.split("__")
            (description["recipe"] if part != "training_digits" else description)[part][field] = value
        (path / "bundle.json").write_text(json.dumps(description), "utf-8")
        return path

    return make


def test_bundles_are_compared_and_score_as_evaluate_scores_them(trained_run, copy_of, sample_test):
    other = copy_of("other", training__epochs=6)
    comparison = digits.compare([trained_run.path, other], sample_test)
    evaluation = digits.evaluate(trained_run.path, sample_test)
    network = comparison.groups[0].networks[0]
    assert (network.correct, network.interval) == (evaluation.correct, evaluation.interval)
    assert network.seen_in_training is evaluation.seen_in_training is False
    assert comparison.pairs[0].disagreements == ()
    assert [group.name for group in comparison.groups] == [str(trained_run.bundle), str(other)]  # both called `run`


def test_bundles_are_grouped_by_all_but_seed_and_the_spelling_of_the_source(trained_run, copy_of, sample_test):
    models = [
        trained_run.path,
        copy_of("b", training__seed=1),
        copy_of("c", training__seed=2, data__source="./elsewhere"),
        copy_of("d", training__seed=0, training_digits__hash="of other digits"),
    ]
    groups = digits.compare(models, sample_test).groups
    assert [len(group.networks) for group in groups] == [3, 1]


def test_a_bundle_given_twice_is_refused(trained_run, sample_test):
    with pytest.raises(InputError, match="is given 2 times"):
        digits.compare([trained_run.path, trained_run.bundle], sample_test)


def test_a_bundle_alone_is_refused(trained_run, sample_test):
    with pytest.raises(InputError, match="two models or more, got 1"):
        digits.compare([trained_run.path], sample_test)


def test_a_bundle_without_its_recipe_is_refused(trained_run, copy_of, sample_test):
    broken = copy_of("broken")
    text = (broken / "bundle.json").read_text("utf-8")
    (broken / "bundle.json").write_text(re.sub(r'"recipe":', '"prescription":', text, count=1), "utf-8")
    with pytest.raises(InputError, match="does not say how it was trained, which comparing asks"):
        digits.compare([trained_run.path, broken], sample_test)


def test_digits_seen_in_training_are_said_to_be(trained_run, copy_of, small):
    comparison = digits.compare([trained_run.path, copy_of("other", training__epochs=6)], small)
    assert "were trained on digits among these" in comparison.notes[0]


def test_a_network_that_trained_on_mnists_test_digits_is_not_compared_on_them(trained_run, copy_of, monkeypatch):
    held = Dataset(images=np.zeros((64, 28, 28), np.uint8), labels=np.zeros(64, np.uint8), name="fake", split="test")
    monkeypatch.setattr("digits.evaluation.metrics.MNIST_TEST_HASH", held.hash)
    cheat = copy_of("cheat", training_digits__hash=held.hash)
    with pytest.raises(InputError, match="holds digits of MNIST's test set"):
        digits.compare([trained_run.path, cheat], held)
