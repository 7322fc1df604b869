"""`digits explore SOURCE --audit`: planted errors stand on the page, and bad input is one line."""

import json

import numpy as np
import pytest
from PIL import Image

from digits.training import crossval


@pytest.fixture
def planted(sample, tmp_path):
    """1,000 digits, `my digits.npz`, of which 0s at ten places are called 1."""
    images, labels = sample.images[:1000], sample.labels[:1000].copy()
    wrong = np.flatnonzero(labels == 0)[:10]
    labels[wrong] = 1
    np.savez(tmp_path / "my digits.npz", images=images, labels=labels)
    return wrong


def test_the_audit_leaves_a_page_and_a_figure_with_the_planted_errors(digits_command, planted, tmp_path):
    arguments = ["explore", "my digits.npz", "--audit", "--recipe", "dense-fast", "--folds", "2", "--top", "25"]
    code, out, err = digits_command(*arguments)
    assert code == 0, err
    assert [line for line in err.splitlines() if line.startswith("fold")] == ["fold 1/2", "fold 2/2"]
    assert "suspicious labels" in out
    assert out.splitlines()[-2:] == [
        "page    audit-my-digits/audit.html",
        "figure  audit-my-digits/audit.png",
    ]
    page = (tmp_path / "audit-my-digits" / "audit.html").read_text("utf-8")
    assert page.count('class="card"') == 25
    assert sum(f'value="{index}"' in page for index in planted) >= 8
    command = "digits explore &#x27;my digits.npz&#x27; --split train --audit --recipe dense-fast --folds 2 --top 25"
    assert command in page
    with Image.open(tmp_path / "audit-my-digits" / "audit.png") as picture:
        assert picture.width > 800


def test_the_audit_prints_one_object(digits_command, planted, sample, tmp_path, monkeypatch):
    truth = np.eye(10, dtype=np.float32)[sample.labels[:1000]] * 0.9 + 0.01
    monkeypatch.setattr(crossval, "out_of_fold", lambda *_, **__: truth)
    arguments = ["explore", "my digits.npz", "--audit", "--recipe", "dense-fast", "--out", "here", "--json"]
    code, out, err = digits_command(*arguments)
    assert code == 0, err
    found = json.loads(out)
    assert (found["data"], found["split"], found["recipe"], found["folds"], found["n"]) == (
        "my digits", "train", "dense-fast", 5, 1000,
    )  # fmt: skip
    assert [suspicion["index"] for suspicion in found["suspicions"]] == planted.tolist()
    assert np.shape(found["estimated"]) == (10, 10)
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["audit.html", "audit.png"]
    assert (found["page"], found["figure"]) == ("here/audit.html", "here/audit.png")


BAD_INPUT = {
    "its options without it": (["explore", "sample", "--folds", "3"], "give --audit, too"),
    "pixels": (["explore", "sample", "--audit", "--pixels"], "give no --pixels"),
    "an unknown recipe": (["explore", "sample", "--audit", "--recipe", "dense-999"], "no recipe 'dense-999'"),
    "one fold": (["explore", "sample", "--audit", "--folds", "1"], "--folds"),
    "more folds than digits": (["explore", "sample", "--audit", "--folds", "9999"], "choose 2 to 4,000 folds"),
    "a file in the way": (["explore", "sample", "--audit", "--out", "my digits.npz"], "my digits.npz is a file"),
    "a split that is none": (["explore", "sample", "--audit", "--split", "exam"], "there is no split 'exam'"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(digits_command, planted, case):
    arguments, expected = BAD_INPUT[case]
    code, out, err = digits_command(*arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert len([line for line in err.splitlines() if line.lower().startswith("error")]) == 1


def test_ctrl_c_leaves_nothing(digits_command, planted, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(crossval, "out_of_fold", stop)
    code, out, err = digits_command("explore", "sample", "--audit")
    assert err.splitlines()[-1] == "stopped: nothing was written"
    assert (code, out) == (1, "")
    assert [path.name for path in tmp_path.iterdir()] == ["my digits.npz"]
