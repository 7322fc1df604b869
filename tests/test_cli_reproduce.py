"""`digits reproduce` on the sample, with networks so small that the test takes seconds."""

import json
import shutil

import pytest

from digits.cli import main
from digits.cli import reproduce as command
from digits.errors import Interrupted

TINY = ("training.epochs=2", "training.batch_size=128", "data.source=sample")
ONLY = ["--only", "dense-64-dropout", "--only", "dense-128-64-kaggle"]


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["digits", "reproduce", *map(str, arguments)])
    main()


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "SOURCE", "sample")
    monkeypatch.setattr(command, "SETTINGS", TINY)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A recipe with a penalty and the Kaggle one, two seeds each: the directory, and what was printed."""
    directory = tmp_path_factory.mktemp("reproduce")
    printed = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "SOURCE", "sample")
        patch.setattr(command, "SETTINGS", TINY)
        patch.setattr("digits.making.report", lambda run: run.path)  # its own tests are elsewhere
        patch.setattr("sys.argv", [*words(directory), "--json"])
        patch.setattr(command, "print", printed.append, raising=False)
        with pytest.raises(SystemExit) as stop:
            main()
        assert not stop.value.code
    return directory, json.loads(printed[0])


def words(directory):
    places = ["--runs-dir", str(directory / "runs"), "--out", str(directory / "out")]
    return ["digits", "reproduce", "--seeds", "2", *ONLY, *places]


def test_each_recipe_has_a_row_for_each_of_its_protocols(made):
    _, found = made
    rows = {(row["recipe"], row["protocol"]): row for row in found["rows"]}
    assert list(rows) == [
        ("dense-128-64-kaggle", "kaggle"),
        ("dense-64-dropout", "own"),
        ("dense-64-dropout", "honest"),
    ]
    own, honest = rows["dense-64-dropout", "own"], rows["dense-64-dropout", "honest"]
    assert [score["training_n"] for score in own["scores"]] == [4_000, 4_000]
    assert [score["training_n"] for score in honest["scores"]] == [3_600, 3_600]
    assert own["measured"]["validation"] is None
    assert honest["scores"][0]["validation_n"] == 400
    assert [score["seed"] for score in own["scores"]] == [0, 1]
    assert 0.5 < honest["measured"]["test"]["mean"] < 1
    assert honest["measured"]["test"]["n"] == 1_000


def test_the_loss_is_given_with_and_without_the_penalty(made):
    _, found = made
    by_recipe = {row["recipe"]: row["measured"] for row in found["rows"]}
    dropout, kaggle = by_recipe["dense-64-dropout"], by_recipe["dense-128-64-kaggle"]
    assert dropout["test_loss_with_penalty"]["mean"] > dropout["test_loss"]["mean"] + 0.02
    assert kaggle["test_loss_with_penalty"]["mean"] == kaggle["test_loss"]["mean"]


def test_the_reported_epochs_that_were_trained_stand_beside_ours(made):
    directory, found = made
    epochs = found["rows"][0]["epochs"]
    assert set(epochs) == {"1", "2"}  # the tenth was not trained here
    page = (directory / "out" / "reproduction.md").read_text("utf-8")
    assert "| 1, reported | 0.3007 | 91.39 % | 0.1618 | 95.26 % |" in page
    assert f"| 2, ours | {epochs['2']['loss']['mean']:.4f}" in page


def test_table_and_figure_are_written(made):
    directory, found = made
    assert json.loads((directory / "out" / "reproduction.json").read_text("utf-8"))["rows"] == found["rows"]
    assert (directory / "out" / "reproduction.png").stat().st_size > 20_000
    assert found["files"] == [str(directory / "out" / f"reproduction.{suffix}") for suffix in ("md", "json", "png")]


def test_runs_that_are_there_are_used_and_an_interrupted_one_goes_on(made, tiny, tmp_path, monkeypatch, capsys):
    directory, found = made
    shutil.copytree(directory / "runs", tmp_path / "runs")
    name = found["rows"][1]["scores"][0]["run"]
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*/model.keras")}
    assert len(before) == 6
    (tmp_path / "runs" / name / "metrics.json").unlink()  # stopped before its evaluation
    with pytest.raises(SystemExit) as stop:
        run(monkeypatch, *words(tmp_path)[2:])
    assert not stop.value.code
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*/model.keras")}
    assert {path.parent.name for path in after if after[path] != before.get(path)} == {name}
    text = capsys.readouterr().out
    assert f"{100 * found['rows'][1]['measured']['test']['mean']:.2f} ±" in text


def test_ctrl_c_says_how_to_go_on(tiny, tmp_path, monkeypatch, capsys):
    def stopped(*_, **__):
        raise Interrupted(tmp_path, 1, 2)

    monkeypatch.setattr("digits.making.train_once", stopped)
    with pytest.raises(SystemExit) as stop:
        run(monkeypatch, "--only", "linear-sigmoid", "--runs-dir", tmp_path)
    assert stop.value.code == 1
    assert "go on with the same command" in capsys.readouterr().err


def test_a_recipe_that_rebuilds_nothing_is_refused_in_one_line(tiny, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        run(monkeypatch, "--only", "dense-fast")
    assert stop.value.code == 2
    assert "no reported figure to set 'dense-fast' beside; give one of: linear-sigmoid" in capsys.readouterr().err
