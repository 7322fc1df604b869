"""`digits models`: what ships, how good and how fast it is; each figure is the bundle's own."""

import hashlib
import json
import re
import shutil

import numpy as np
import pytest

from digits import locate
from digits.data.corrections import Corrections
from digits.errors import BundleError
from digits.evaluation import metrics, models
from digits.evaluation.metrics import wilson_interval
from digits.locate import DEFAULT_MODEL
from digits.reading.networks.classifier import Classifier

CORRECTED = {"n": 9_997, "correct": 9_740, "accuracy": 9_740 / 9_997, "interval": list(wilson_interval(9_740, 9_997))}
ON_MNIST = {
    "data": "mnist", "split": "test", "n": 10_000, "accuracy": 0.9735, "interval": list(wilson_interval(9_735, 10_000)),
    "corrected": {**CORRECTED, "corrected_labels": 10, "left_out": 3},
}  # fmt: skip
ROBUSTNESS = {"mean": 0.912, "mean_unlike_training": 0.905, "n": 10_000, "seed": 0}


def changed(bundle, place, **entries):
    """A copy of a bundle with other entries in its description."""
    shutil.copytree(bundle, place)
    description = json.loads((place / "bundle.json").read_text())
    (place / "bundle.json").write_text(json.dumps({**description, **entries}))
    return place


@pytest.fixture
def shipped(trained_run, tmp_path, monkeypatch):
    """The default, measured on MNIST, and another that is not."""
    found = {
        DEFAULT_MODEL: changed(
            trained_run.bundle, tmp_path / "models" / DEFAULT_MODEL,
            name=DEFAULT_MODEL, measured={"test": ON_MNIST}, robustness=ROBUSTNESS,
        ),
        "other": changed(trained_run.bundle, tmp_path / "models" / "other", name="other"),
    }  # fmt: skip
    monkeypatch.setattr(locate, "shipped_models", lambda: found)
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Speed is measured, and not for long."""
    monkeypatch.setattr(models, "SECONDS", 0.01)
    monkeypatch.setattr(models, "BATCH", 100)


def test_the_table_has_the_figures_of_the_bundles_and_marks_the_default(digits_command, shipped):
    code, out, _ = digits_command("models")
    assert code == 0
    default, other = out.splitlines()[1:3]
    assert default.split()[:2] == [DEFAULT_MODEL, "(default)"]
    assert "97.35 %  97.02 to 97.65 %    97.43 %" in default
    assert "91.20 %" in default
    assert "101,770" in default
    assert other.split()[0] == "other"
    assert other.count("–") == 4  # accuracy, interval, corrected, robustness


def test_the_json_has_the_documented_keys(digits_command, shipped):
    _, out, _ = digits_command("models", "--json")
    found = json.loads(out)
    assert found["figures"] == []
    default, other = found["models"]
    assert set(default) == {
        "name", "path", "shipped", "default", "n", "accuracy", "interval", "corrected", "parameters", "bytes",
        "microseconds", "robustness",
    }  # fmt: skip
    assert (default["shipped"], default["default"], other["default"]) == (True, True, False)
    assert default["corrected"] == ON_MNIST["corrected"]
    assert default["robustness"] == ROBUSTNESS
    assert default["bytes"] == (shipped[DEFAULT_MODEL] / "model.onnx").stat().st_size
    assert default["microseconds"]["single"] > 0
    assert default["microseconds"]["batch"] > 0
    assert other["accuracy"] is None


def test_finished_runs_are_listed_on_request(digits_command, shipped, trained_run, tmp_path):
    shutil.copytree(trained_run.path, tmp_path / "runs" / "mine")
    shutil.copytree(trained_run.path, tmp_path / "runs" / "stopped")
    (tmp_path / "runs" / "stopped" / "metrics.json").unlink()
    _, out, _ = digits_command("models", "--json")
    assert [one["name"] for one in json.loads(out)["models"]] == [DEFAULT_MODEL, "other"]
    _, out, _ = digits_command("models", "--runs", "--json")
    found = json.loads(out)["models"]
    assert [one["shipped"] for one in found] == [True, True, False]
    assert found[-1]["path"].endswith("mine/bundle")


def test_where_none_ships_it_says_so(digits_command, monkeypatch):
    monkeypatch.setattr(locate, "shipped_models", dict)
    code, out, err = digits_command("models")
    assert (code, out) == (0, "")
    assert "digits models --runs lists your own" in err


def test_the_figure_is_written_where_it_is_told(digits_command, shipped, tmp_path):
    code, out, _ = digits_command("models", "--out", tmp_path / "figures")
    assert code == 0
    assert out.splitlines()[-1] == str(tmp_path / "figures" / "pareto.png")
    assert (tmp_path / "figures" / "pareto.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_of_nothing_is_one_line_and_exit_code_2(digits_command, shipped, monkeypatch, tmp_path):
    monkeypatch.setattr(locate, "shipped_models", lambda: {"other": shipped["other"]})
    code, out, err = digits_command("models", "--out", tmp_path / "figures")
    assert (code, out) == (2, "")
    assert err.startswith("error: none of these models is measured on MNIST's test set")
    assert not (tmp_path / "figures").exists()


def test_a_card_is_shown_as_it_ships(digits_command, shipped):
    code, out, _ = digits_command("models", "show", "other")
    assert code == 0
    assert out == (shipped["other"] / "README.md").read_text()
    _, out, _ = digits_command("models", "show", "other", "--json")
    assert json.loads(out)["name"] == "other"


def test_a_card_of_nothing_is_one_line_and_exit_code_2(digits_command, shipped):
    code, _, err = digits_command("models", "show", "nothing")
    assert code == 2
    assert (
        f"there is no model 'nothing': neither a path, nor a run under runs, nor shipped (shipped: {DEFAULT_MODEL}"
        in err
    )


def test_a_figure_on_other_digits_is_not_taken_for_mnists(trained_run, tmp_path, sample_test):
    for number, other in enumerate(({"data": "sample"}, {"n": 1_000})):
        bundle = changed(trained_run.bundle, tmp_path / str(number), measured={"test": {**ON_MNIST, **other}})
        assert models.describe(Classifier.load(bundle), sample_test.images).accuracy is None


def test_a_damaged_description_is_refused(trained_run, tmp_path, sample_test):
    bundle = changed(trained_run.bundle, tmp_path / "bundle", parameters="many")
    with pytest.raises(BundleError, match="parameters or measured are missing or wrong"):
        models.describe(Classifier.load(bundle), sample_test.images)


def test_listing_changes_no_bundle(digits_command, shipped):
    def sums():
        files = sorted(file for path in shipped.values() for file in path.iterdir())
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]

    before = sums()
    digits_command("models")
    assert sums() == before


def test_evaluate_gives_the_corrected_score_below_the_plain_one(digits_command, trained_run, monkeypatch, sample_test):
    code, out, _ = digits_command("evaluate", trained_run.path, "--data", "sample")
    assert code == 0
    assert "corrected labels" not in out
    few = Corrections(labels=sample_test.labels, decidable=np.arange(1_000) > 1)
    monkeypatch.setattr(metrics, "corrections_of", lambda _: few)
    _, both, _ = digits_command("evaluate", trained_run.path, "--data", "sample")
    assert both.startswith(out)
    assert re.search(
        r"With human-corrected labels: \d\d\.\d\d % \(95 % interval .* n = 998\)\n\(0 labels .* 2 undec", both
    )


def test_one_command_chooses_the_model_that_reads_and_one_goes_back(
    digits_command, shipped, trained_run, digit_picture
):
    code, out, err = digits_command("models", "use", trained_run.path)
    assert (code, out) == (0, "")
    assert err == f"run ({trained_run.bundle}) reads by default now; go back with: digits models use --default\n"
    _, out, _ = digits_command("models", "--json")
    listed = json.loads(out)["models"]
    assert [(one["path"], one["shipped"]) for one in listed if one["default"]] == [(str(trained_run.bundle), False)]
    assert locate.default_bundle() == trained_run.bundle
    assert digits_command("classify", digit_picture)[0] == 0

    code, _, err = digits_command("models", "use", "--default")
    assert (code, err) == (0, f"{DEFAULT_MODEL} reads by default again\n")
    assert locate.default_bundle() == locate.shipped_models()[DEFAULT_MODEL]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "digits models use takes a MODEL, or --default"),
        (["other", "--default"], "digits models use takes a MODEL, or --default"),
        (["nothing"], "there is no model 'nothing'"),
        (["broken"], "model.onnx is damaged"),
    ],
)
def test_what_cannot_read_is_not_chosen(digits_command, shipped, tmp_path, arguments, said):
    shutil.copytree(shipped["other"], tmp_path / "broken")
    (tmp_path / "broken" / "model.onnx").write_bytes(b"nothing")
    code, _, err = digits_command("models", "use", *arguments)
    assert (code, said in err) == (2, True)
    assert locate.default_bundle() == shipped[DEFAULT_MODEL]
