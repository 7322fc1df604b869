"""`digits compare`: what is printed, drawn and refused."""

import json
import shutil

import pytest
from PIL import Image

import digits
from digits.cli.compare import _histories


@pytest.fixture
def bundles(trained_run, tmp_path):
    """runs/a-s0, a-s1, b-s0, b-s1: two recipes of two seeds each, all with the same weights; `b` on other digits."""
    for recipe in "ab":
        for seed in range(2):
            path = tmp_path / "runs" / f"{recipe}-s{seed}"
            shutil.copytree(trained_run.bundle, path)
            description = json.loads((path / "bundle.json").read_text("utf-8"))
            description["name"] = path.name
            description["recipe"]["name"] = recipe
            description["recipe"]["training"]["seed"] = seed
            description["recipe"]["data"]["source"] = "sample"
            if recipe == "b":
                description["training_digits"]["hash"] = "of other digits"
            (path / "bundle.json").write_text(json.dumps(description), "utf-8")


@pytest.mark.usefixtures("bundles")
def test_two_networks_give_a_table_a_sentence_and_figures(digits_command, tmp_path):
    code, out, _ = digits_command("compare", "a-s0", "a-s1", "--out", "figures")
    assert code == 0
    assert "digits  sample, test, n = 1,000" in out
    assert max(map(len, out.splitlines())) <= 100
    out = " ".join(out.split())
    assert "There is not enough evidence to say which is better, a-s0 or a-s1" in out
    assert "This is about these two networks" in out
    assert "a-s0 and a-s1 give different answers to 0 digits" in out
    for name in ("accuracies.png", "disagreements.png"):
        assert f"figures/{name}" in out
        with Image.open(tmp_path / "figures" / name) as picture:
            assert picture.format == "PNG"


@pytest.mark.usefixtures("bundles")
def test_groups_of_seeds_are_made_by_themselves(digits_command):
    code, out, _ = digits_command("compare", "a-s0", "a-s1", "b-s0", "b-s1", "--data", "sample", "--json")
    found = json.loads(out)
    assert code == 0
    assert [group["name"] for group in found["groups"]] == ["a-small", "b-small"]
    assert [network["model"] for network in found["groups"][1]["networks"]] == ["b-s0", "b-s1"]
    assert found["figures"] == []
    assert found["pairs"][0]["verdict"] == "undecided"


@pytest.mark.usefixtures("bundles")
def test_several_groups_have_a_figure_of_disagreements_each(digits_command, tmp_path):
    description = tmp_path / "runs" / "b-s1" / "bundle.json"
    description.write_text(description.read_text("utf-8").replace('"name": "b"', '"name": "c"'), "utf-8")
    code, out, _ = digits_command("compare", "a-s0", "b-s0", "b-s1", "--data", "sample", "--out", "f", "--json")
    assert code == 0
    expected = ["f/accuracies.png", "f/disagreements-1-2.png", "f/disagreements-1-3.png"]
    assert json.loads(out)["figures"] == expected
    assert all((tmp_path / name).is_file() for name in expected)


@pytest.mark.usefixtures("bundles")
def test_the_split_can_be_chosen(digits_command):
    code, out, _ = digits_command("compare", "a-s1", "a-s0", "--split", "train", "--json")
    assert code == 0
    assert json.loads(out)["split"] == "train"


BAD_INPUT = {
    "one model": (["a-s0"], "needs two models or more, got a-s0 alone"),
    "a model that is none": (["a-s0", "nothing"], "there is no model 'nothing'"),
    "one model twice": (["a-s0", "a-s0"], "is given 2 times"),
    "models trained on different digits": (["a-s0", "b-s0"], "say with --data on which digits to compare them"),
    "a source that is none": (["a-s0", "a-s1", "--data", "sampel"], "did you mean 'sample'?"),
    "a split that is none": (["a-s0", "a-s1", "--split", "exam"], "there is no split 'exam'"),
}


@pytest.mark.usefixtures("bundles")
@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(digits_command, case):
    arguments, expected = BAD_INPUT[case]
    code, out, err = digits_command("compare", *arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert len(err.splitlines()) == 1


@pytest.mark.usefixtures("bundles")
def test_a_place_where_no_figure_can_be_written_is_one_line_and_exit_code_1(digits_command, tmp_path):
    (tmp_path / "taken").write_text("a file")
    code, _, err = digits_command("compare", "a-s0", "a-s1", "--out", "taken")
    assert code == 1
    assert "cannot write" in err
    assert len(err.splitlines()) == 1


def test_it_explains_itself(digits_command):
    code, out, _ = digits_command("compare", "--help")
    assert code == 0
    assert "MODEL" in out


def test_runs_bring_their_histories_and_bundles_alone_do_not(trained_run, tmp_path):
    alone = shutil.copytree(trained_run.bundle, tmp_path / "alone")
    histories = _histories([digits.load(trained_run.path), digits.load(alone), digits.load(trained_run.bundle)])
    assert histories == {"dense-128-small": [trained_run.history, trained_run.history]}
