"""`digits stress`: the table, the card, the JSON; and bad input is one line."""

import json
import shutil

import numpy as np
import pytest

from digits.evaluation import robustness


@pytest.fixture
def small_digits(digits_command, sample_test, tmp_path):
    """60 labelled digits, `few.npz`."""
    np.savez(tmp_path / "few.npz", images=sample_test.images[:60], labels=sample_test.labels[:60])
    return "few.npz"


def test_a_run_is_stressed_and_attacked(digits_command, trained_run, small_digits, tmp_path):
    arguments = ["stress", trained_run.path, "--data", small_digits, "--out", "card"]
    code, out, err = digits_command(*arguments)
    assert code == 0, err
    for line in ("canny edges ", "mean of the fifteen ", "stroke width, n = 60", "every pixel random ", "pgd     0.3 "):
        assert any(row.startswith(line) for row in out.splitlines()), line
    assert "model   run" in out
    assert out.splitlines()[-1] == "card    card/stress.html"
    assert err.splitlines()[0] == "1/29  shot noise"
    assert err.splitlines()[-1] == "29/29  pgd, ε = 0.3"
    page = (tmp_path / "card" / "stress.html").read_text("utf-8")
    assert f"digits stress {trained_run.path} --data few.npz --split train --seed 0" in page
    card = json.loads((tmp_path / "card" / "stress.json").read_text("utf-8"))
    assert {"mean", "mean_unlike_training", "n", "seed", "made"} <= set(card)
    assert sorted(path.name for path in (tmp_path / "card").iterdir()) == ["stress.html", "stress.json"]


def test_a_bundle_is_stressed_and_the_card_says_why_it_is_not_attacked(
    digits_command, trained_run, small_digits, tmp_path
):
    shutil.copytree(trained_run.bundle, tmp_path / "shipped")
    code, out, err = digits_command("stress", "shipped", "--data", small_digits)
    assert code == 0, err
    assert out.splitlines()[-1].startswith("attacks: none (a bundle has no gradient")


def test_it_prints_one_object(digits_command, trained_run, small_digits):
    arguments = ["stress", trained_run.path, "--data", small_digits, "--no-attack", "--seed", 4, "--json"]
    code, out, err = digits_command(*arguments)
    assert code == 0, err
    figures = json.loads(out)
    assert (figures["n"], figures["seed"], figures["attacks"]) == (60, 4, [])
    assert figures["attack_note"] == "not asked for (--no-attack)"
    assert len(figures["corruptions"]) == 15


def test_the_digits_are_by_default_those_that_evaluate_takes(digits_command, trained_run, tmp_path, monkeypatch):
    taken = []

    def stop(classifier, dataset, **_):
        taken.append((dataset.name, dataset.split))
        raise KeyboardInterrupt

    monkeypatch.setattr(robustness, "stress", stop)
    digits_command("stress", trained_run.path, "--data", "sample", "--no-attack")
    assert taken == [("sample", "test")]


BAD_INPUT = {
    "no such model": (["stress", "nobody"], "there is no model 'nobody'"),
    "a bundle to attack": (["stress", "shipped", "--data", "sample", "--attack"], "a bundle has no gradient"),
    "no such source": (["stress", "shipped", "--data", "nowhere"], "nowhere"),
    "a split that is none": (["stress", "shipped", "--data", "sample", "--split", "exam"], "there is no split 'exam'"),
    "a negative seed": (["stress", "shipped", "--seed", "-1"], "--seed"),
    "a file in the way": (["stress", "shipped", "--out", "few.npz"], "few.npz is a file"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(digits_command, trained_run, small_digits, tmp_path, case):
    shutil.copytree(trained_run.bundle, tmp_path / "shipped")
    arguments, expected = BAD_INPUT[case]
    code, out, err = digits_command(*arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert len([line for line in err.splitlines() if line.lower().startswith("error")]) == 1
