"""The command line: a table of arguments and what is printed; errors are one line and exit code 2."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import typer.main
from PIL import Image

from digits import __version__, cli
from digits.data.sources import load_dataset


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


def all_commands(command, name=""):
    yield name
    for word, inner in getattr(command, "commands", {}).items():
        yield from all_commands(inner, f"{name} {word}".strip())


def test_every_command_is_in_the_module_that_is_imported_for_it():
    registered = {command.name or command.callback.__name__ for command in cli.application().registered_commands}
    groups = {group.name for group in cli.application().registered_groups}
    assert registered | groups == {name for commands in cli.MODULES.values() for name in commands}


@pytest.mark.parametrize("command", list(all_commands(typer.main.get_command(cli.application()))))
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


def test_explore_describes_each_split_and_what_they_share(digits_command):
    code, out, err = digits_command("explore", "sample", "--rows", "2")
    assert code == 0, err
    assert max(map(len, out.splitlines())) <= 100
    assert "sample, train\n" in out
    assert "sample, test\n" in out
    assert re.search(r" 0 % of its test digits are here \(estimated, 0 to 1 %\)", out)
    assert re.search(r"MNIST +all these digits are MNIST's \(\d+ of \d+ that were looked up\)", out)
    assert re.search(r"row  label  pixel0  …  pixel405 .* pixel783\n  0 ", out)
    assert "2 of 4,000 digits, 6 of 784 pixels" in out
    assert out.endswith("train and test have no digit in common\n")
    _, joined, _ = digits_command("explore", "sample", "--split", "all", "--rows", "0")
    assert joined.startswith("sample, all\n")
    assert "in common" not in joined
    assert "pixel0" not in joined


def test_explore_finds_what_was_planted(digits_command, sample, tmp_path):
    chosen = sample.take(np.array([0, 1, 2, 1, 0]))
    labels = chosen.labels.copy()
    labels[3] = (labels[3] + 1) % 10
    np.savez("mine.npz", x_train=chosen.images, y_train=labels, x_test=sample.images[1:4], y_test=sample.labels[1:4])
    _, out, _ = digits_command("explore", "mine.npz")
    assert "2 pictures more than once (2 to spare)" in out
    assert "1 of them under different labels, rows 1, 3" in out
    assert "train and test have 2 pictures in common: 3 digits of train, 2 digits of test" in out
    assert "1 of these under different labels" in out

    found = json.loads(digits_command("explore", "mine.npz", "--json")[1])
    assert set(found) == {"source", "splits", "overlap", "figures"}
    assert [one["split"] for one in found["splits"]] == ["train", "test"]
    assert found["splits"][0]["duplicates"]["conflicting"] == [[1, 3]]
    assert (found["overlap"]["first_rows"], found["overlap"]["second_rows"]) == ([1, 2, 3], [0, 1])
    assert "each_pixel" not in found["splits"][0]
    found = json.loads(digits_command("explore", "mine.npz", "--split", "test", "--json", "--pixels")[1])
    assert found["overlap"] is None
    assert len(found["splits"][0]["each_pixel"]["mean"]) == 784


def test_explore_prints_each_pixel_as_csv(digits_command, sample, tmp_path):
    code, out, _ = digits_command("explore", "sample", "--pixels")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "split,pixel,count,mean,std,min,25%,50%,75%,max"
    assert len(lines) == 1 + 2 * 784
    row = dict(zip(lines[0].split(","), lines[1 + 406].split(","), strict=True))
    assert (row["split"], row["pixel"], row["count"]) == ("train", "pixel406", "4000")
    assert float(row["mean"]) == pytest.approx(sample.images[:, 14, 14].mean())


def test_explore_writes_its_figures_only_where_it_is_told(digits_command, tmp_path):
    _, out, _ = digits_command("explore", "sample", "--split", "test")
    assert not list(tmp_path.iterdir())
    code, out, err = digits_command("explore", "sample", "--split", "test", "--out", "figures")
    assert code == 0, err
    written = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "figures").iterdir())
    assert sorted(out.splitlines()[-4:]) == written
    assert [name.removeprefix("figures/") for name in written] == [
        f"test-{name}.png" for name in ("class-counts", "ink", "mean-digits", "samples")
    ]
    for name in written:
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 600
    (tmp_path / "file").write_text("precious")
    code, _, err = digits_command("explore", "sample", "--out", "file")
    assert (code, err) == (2, "error: file is a file; name a directory for the figures\n")


def test_explore_without_figures_loads_neither_matplotlib_nor_keras():
    code = "import sys; sys.argv = ['digits', 'explore', 'sample']\nimport contextlib\nfrom digits.cli import main\n"
    code += "with contextlib.suppress(SystemExit):\n    main()\n"
    code += "print({'matplotlib', 'keras', 'jax', 'scipy', 'sklearn', 'pandas'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.endswith("in common\nset()\n")


def test_the_command_is_the_package_run_as_a_module_too():
    command = [sys.executable, "-m", "digits", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout == f"{__version__}\n"
