"""The command line: a table of arguments and what is printed; errors are one line and exit code 2."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from digits import cli
from digits.data.sources import load_dataset


@pytest.fixture
def digits_command(capsys, monkeypatch, tmp_path):
    """Run `digits …` in this process, in an empty directory; gives (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIGITS_RUNS_DIR", raising=False)
    monkeypatch.delenv("DIGITS_DATA_DIR", raising=False)

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["digits", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def in_runs(trained_run, tmp_path):
    shutil.copytree(trained_run.path, tmp_path / "runs" / "mine")


BAD_INPUT = {
    "an unknown recipe": (["train", "dense-999"], "there is no recipe 'dense-999'"),
    "an unknown setting": (["train", "--set", "training.epoch=3"], "did you mean 'epochs'?"),
    "an unknown source": (["train", "--data", "sampel"], "did you mean 'sample'?"),
    "resume with other options": (["train", "--resume", "mine", "--seed", "3"], "give no --data, --seed"),
    "resume of nothing": (["train", "--resume", "nothing"], "there is no run 'nothing'"),
    "seed and seeds": (["train", "--seed", "1", "--seeds", "2"], "give no --seed or --out"),
    "a model that is none": (["evaluate", "nothing"], "there is no model 'nothing'"),
    "a run to export that is none": (["export", "nothing"], "there is no run 'nothing'"),
    "a recipe to show that is none": (["recipes", "show", "nothing"], "there is no recipe 'nothing'"),
    "a source to convert that is none": (["data", "convert", "nothing", "x.csv"], "'nothing'"),
    "a format that is none": (["data", "convert", "sample", "x.xlsx"], "there is no format 'xlsx'"),
    "a split that is none": (["data", "convert", "sample", "x.csv", "--split", "exam"], "there is no split 'exam'"),
    "an option that is none": (["train", "--epochs", "3"], "No such option"),
    "a command that is none": (["trian"], "No such command"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(digits_command, case):
    arguments, expected = BAD_INPUT[case]
    code, out, err = digits_command(*arguments)
    assert code == 2
    assert out == ""
    assert expected in err
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if line.lower().startswith("error")]) == 1


@pytest.mark.parametrize(
    "command",
    [
        "",
        "train",
        "evaluate",
        "classify",
        "export",
        "runs",
        "recipes",
        "recipes show",
        "data",
        "data fetch",
        "data convert",
    ],
)
def test_every_command_explains_itself(digits_command, command):
    code, out, _ = digits_command(*command.split(), "--help")
    assert code == 0
    assert "Usage: digits" in out


def test_a_training_from_start_to_evaluation(digits_command, tmp_path):
    code, out, err = digits_command("train", "linear-sigmoid", "--set", "training.epochs=2", "--seed", "4")
    assert code == 0, err
    assert re.search(r"test accuracy +8\d\.\d\d % \(95 % interval 8\d\.\d\d to \d\d\.\d\d %, n = 1,000\)", out)
    assert "epoch 2/2  loss" in err
    run = tmp_path / "runs" / "linear-sigmoid-sample-s4"
    assert (run / "bundle" / "model.onnx").exists()

    _, out, _ = digits_command("evaluate", "latest", "--json")
    figures = json.loads(out)
    assert {"accuracy", "n", "interval", "loss", "model", "data", "seen_in_training"} <= set(figures)
    assert (figures["n"], figures["data"], figures["seen_in_training"]) == (1000, "sample", False)

    _, out, _ = digits_command("evaluate", run, "--split", "train")
    assert "yes: this is no measure of unseen digits" in out

    _, out, _ = digits_command("export", "latest", "--out", tmp_path / "shipped")
    assert out.strip() == str(tmp_path / "shipped")
    _, out, _ = digits_command("runs", "--json")
    (row,) = json.loads(out)["runs"]
    assert (row["name"], row["complete"], row["metrics"]["test"]["n"]) == (run.name, True, 1000)


def test_several_seeds_give_mean_and_standard_deviation(digits_command):
    arguments = ("train", "linear-sigmoid", "--set", "training.epochs=1", "--seeds", "2", "--json")
    code, out, err = digits_command(*arguments)
    assert code == 0, err
    result = json.loads(out)
    assert [run["seed"] for run in result["runs"]] == [0, 1]
    accuracies = [run["metrics"]["test"]["accuracy"] for run in result["runs"]]
    assert result["accuracy"]["mean"] == pytest.approx(np.mean(accuracies))
    assert result["accuracy"]["sd"] == pytest.approx(np.std(accuracies, ddof=1))


def test_a_stopped_run_goes_on_with_resume(digits_command, in_runs, tmp_path):
    (tmp_path / "runs" / "mine" / "metrics.json").unlink()
    code, _, err = digits_command("train", "--resume", "mine")
    assert code == 2  # the fixture was trained on digits that no source gives
    assert "'small'" in err or "other digits" in err


def test_pictures_are_classified_one_json_object_each(digits_command, in_runs, digit_picture):
    code, out, err = digits_command("classify", digit_picture, digit_picture, "--json")
    assert code == 0, err
    first, second = map(json.loads, out.splitlines())
    assert first == second
    assert first["digit"] == int(np.argmax(first["probabilities"]))
    assert first["confidence"] == pytest.approx(max(first["probabilities"]))
    assert (first["picture"], first["error"]) == (str(digit_picture), None)


def test_a_broken_picture_among_good_ones_is_a_row_with_its_error(digits_command, in_runs, digit_picture, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"nothing")
    code, out, _ = digits_command("classify", digit_picture, tmp_path / "broken.png")
    assert code == 0
    good, broken = out.splitlines()
    assert re.search(r"\.png  \d  \d+\.\d\d %$", good)
    assert "error:" in broken
    code, _, _ = digits_command("classify", tmp_path / "broken.png")
    assert code == 2


def test_a_digit_is_drawn_on_request_and_dark_ink_inverted(digits_command, in_runs, sample_test, tmp_path):
    image = sample_test.images[0]
    Image.fromarray(image).save(tmp_path / "light.png")
    Image.fromarray(255 - image).save(tmp_path / "dark.png")
    _, light, _ = digits_command("classify", "light.png", "--show")
    _, dark, _ = digits_command("classify", "dark.png", "--show", "--invert")
    assert "⣿" in light
    assert light.replace("light", "dark") == dark


def test_a_recipe_shown_is_a_recipe_that_trains(digits_command, tmp_path):
    _, out, _ = digits_command("recipes", "show", "dense-128")
    (tmp_path / "mine.toml").write_text(out)
    code, again, _ = digits_command("recipes", "show", "mine.toml")
    assert (code, again) == (0, out)


def test_the_lists_name_everything_that_ships(digits_command):
    _, out, _ = digits_command("recipes")
    assert "dense-128-64-kaggle" in out
    assert len(json.loads(digits_command("recipes", "--json")[1])["recipes"]) == len(out.splitlines()) - 1
    _, out, _ = digits_command("data")
    assert {"mnist", "sample", "kaggle-split"} <= {line.split()[0] for line in out.splitlines()}


@pytest.mark.parametrize("name", ["digits.csv", "digits.npz", "idx", "folder"])
def test_digits_are_converted_and_read_back_equal(digits_command, tmp_path, name):
    to = [] if "." in name else ["--to", name]
    code, out, err = digits_command("data", "convert", "sample", name, "--limit", "30", *to)
    assert code == 0, err
    assert out.strip() == name
    original = load_dataset("sample").take(np.arange(30))
    read = load_dataset(tmp_path / name)
    if name == "folder":  # sorted by digit
        order = np.lexsort((np.arange(30), original.labels))
        original = original.take(order)
    assert read.hash == original.hash


def test_converting_does_not_overwrite(digits_command, tmp_path):
    (tmp_path / "digits.csv").write_text("precious")
    code, _, err = digits_command("data", "convert", "sample", "digits.csv")
    assert code == 2
    assert "exists already" in err


def test_an_unexpected_error_is_one_line_too(digits_command, monkeypatch):
    monkeypatch.setattr("digits.training.recipe.recipe_names", lambda: 1 / 0)
    monkeypatch.delenv("DIGITS_DEBUG", raising=False)
    code, _, err = digits_command("recipes")
    assert code == 1
    assert err.startswith("error: unexpected ZeroDivisionError, please report it")
    assert "Traceback" not in err


def test_the_version_is_printed(digits_command):
    assert digits_command("--version")[1].strip() == "0.1.0"
