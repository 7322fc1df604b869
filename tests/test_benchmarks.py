"""The speed benchmarks: what they count, what they refuse, and that a stopped one goes on. No time is measured here."""

import argparse
import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from digits.training import networks
from digits.training.backend import keras
from digits.training.recipe import load_recipe, parse_recipe

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = ("harness", "time_to_99", "convolutional_loop", "gpu", "contract", "race")

CONVOLUTIONAL = """
name = "two-blocks"
[augmentation]
shift = 2
[network]
kind = "convolutional"
hidden = [20]
[[network.blocks]]
filters = 4
kernel = 5
stride = 2
[[network.blocks]]
filters = 6
residual = true
[training]
average = 0.99
schedule = "cosine"
"""


@pytest.fixture(scope="module")
def scripts():
    """The benchmarks' modules by name, importable only here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        patch.syspath_prepend(str(BENCHMARKS / "contenders"))
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    for name in MODULES:
        del sys.modules[name]


@pytest.fixture
def rounds(scripts):
    def make(*results, file=None, settings=None):
        made = scripts.harness.Rounds(file, settings or {"recipe": "cnn-fast"})
        for result in results:
            made.add(result)
        return made

    return make


def finish(seconds, gave_up=100.0):
    return {"seconds": seconds, "gave_up_s": gave_up}


class TestRounds:
    def test_a_stopped_benchmark_goes_on_where_it_was(self, rounds, tmp_path):
        first = rounds({"ours": 1.5}, {"ours": 1.6}, file=tmp_path / "rounds.json")
        again = rounds(file=tmp_path / "rounds.json")
        assert again.results == [{"ours": 1.5}, {"ours": 1.6}]
        assert again.machine == first.machine

    def test_without_a_file_nothing_is_written(self, rounds, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        rounds({"ours": 1.5})
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"settings": {}}', '{"settings": 1, "machine": 2}'])
    def test_a_file_of_another_kind_is_refused_in_one_line(self, rounds, tmp_path, capsys, content):
        (tmp_path / "rounds.json").write_text(content)
        with pytest.raises(SystemExit) as stop:
            rounds(file=tmp_path / "rounds.json")
        assert stop.value.code == 2
        assert len(capsys.readouterr().err.splitlines()) == 1

    def test_rounds_of_other_settings_or_machines_are_refused(self, rounds, tmp_path, capsys):
        file = tmp_path / "rounds.json"
        rounds({"ours": 1.5}, file=file)
        with pytest.raises(SystemExit, match="2"):
            rounds(file=file, settings={"recipe": "cnn-best"})
        assert "cnn-best" in capsys.readouterr().err
        content = json.loads(file.read_text())
        file.write_text(json.dumps(content | {"machine": content["machine"] | {"cores": 4096}}))
        with pytest.raises(SystemExit, match="2"):
            rounds(file=file)
        assert "another machine" in capsys.readouterr().err


class TestTimeTo99:
    def test_a_ratio_is_taken_within_each_round(self, scripts, rounds):
        done = rounds(
            {"digits": finish(10.0), "keras-convnet": finish(100.0)},
            {"digits": finish(20.0), "keras-convnet": finish(220.0)},
            {"digits": finish(10.0), "keras-convnet": finish(130.0)},
        )
        ratio = scripts.time_to_99.ratios(done, ["keras-convnet"])["keras-convnet"]
        assert (ratio.median, ratio.lowest, ratio.highest) == (11.0, 10.0, 13.0)

    def test_a_miss_never_flatters_us(self, scripts):
        assert scripts.time_to_99.counted_seconds("digits", finish(None, gave_up=8.0)) == math.inf
        assert scripts.time_to_99.counted_seconds("keras-convnet", finish(None, gave_up=150.0)) == 150.0

    def test_an_accuracy_has_its_n_and_its_interval(self, scripts):
        figures = scripts.time_to_99.accuracy(9900, 10_000)
        low, high = figures["interval"]
        assert figures["accuracy"] == 0.99
        assert figures["n"] == 10_000
        assert 0.987 < low < 0.99 < high < 0.992


@pytest.fixture
def race(scripts, monkeypatch):
    """A race of 50 digits in steps of 4, on a clock that is set by hand; gives (race, clock, accuracies to come)."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(scripts.race.time, "time", lambda: clock.now)
    coming = []

    def count_correct(_, labels):
        clock.now += 7.0  # a validation takes its time
        return round(coming.pop(0) * len(labels))

    digits = scripts.contract.Digits(np.zeros((50, 28, 28)), np.zeros(50), np.zeros((20, 28, 28)), np.zeros(20))
    options = argparse.Namespace(batch_size=4, checks=4, started=990.0, target=0.9)
    return scripts.race.Race(options, digits, count_correct), clock, coming


class TestRace:
    def test_asks_four_times_an_epoch_the_last_time_at_its_end(self, race):
        running, _, coming = race
        coming += [0.0] * 8
        for epoch in (1, 2):
            for step in range(1, 14):
                assert not running.step_done(epoch, step)
        assert [round(13 * epochs) for epochs, _, _ in running.checks] == [4, 7, 10, 13, 17, 20, 23, 26]

    def test_the_clock_starts_with_the_process_and_stands_still_meanwhile(self, race):
        running, clock, coming = race
        coming += [0.5, 0.95]
        assert not running.step_done(1, 4)
        clock.now += 2.0
        assert running.step_done(1, 7)
        assert [(seconds, accuracy) for _, seconds, accuracy in running.checks] == [(10.0, 0.5), (12.0, 0.95)]


class TestConvolutionalLoop:
    def test_multiply_adds_of_a_dense_network(self, scripts):
        model = networks.build(load_recipe("dense-128-64"))
        first, others = 784 * 128, 128 * 64 + 64 * 10
        assert scripts.convolutional_loop.training_multiply_adds(model) == 2 * first + 3 * others

    def test_multiply_adds_of_convolutions(self, scripts):
        model = networks.build(parse_recipe(CONVOLUTIONAL, "here"))
        places = 14 * 14
        first = places * 5 * 5 * 1 * 4
        block = places * (3 * 3 * 4 * 6 + 4 * 6)  # with the 1×1 projection of the residual
        dense = 6 * 20 + 20 * 10
        assert scripts.convolutional_loop.training_multiply_adds(model) == 2 * first + 3 * (block + dense)

    def test_an_optimiser_that_only_we_have_is_changed_for_one_that_all_have(self, scripts):
        assert load_recipe("cnn-fast").training.optimizer == "muon"
        assert scripts.convolutional_loop.without_extras(load_recipe("cnn-fast")).training.optimizer == "adam"

    def test_both_train_the_same_network_in_the_same_way(self, scripts, tmp_path):
        recipe = scripts.convolutional_loop.without_extras(parse_recipe(CONVOLUTIONAL, "here"))
        assert recipe.augmentation == type(recipe.augmentation)()
        assert recipe.training.average == 0
        assert recipe.training.schedule == "cosine"
        constant = recipe.override(["training.schedule=constant"])
        scripts.convolutional_loop.save_compiled(constant, tmp_path / "network.keras", 1)
        saved = keras.models.load_model(tmp_path / "network.keras")
        for theirs, ours in zip(saved.get_weights(), networks.build(recipe).get_weights(), strict=True):
            np.testing.assert_array_equal(theirs, ours)
        assert saved.loss.get_config() == networks.build_loss(recipe).get_config()
        optimizers = saved.optimizer.get_config(), networks.build_optimizer(constant, 1).get_config()
        assert optimizers[0] | {"name": ""} == optimizers[1] | {"name": ""}

    def test_the_share_of_the_peak(self, scripts):
        result = {"peak": {"multiply_adds_s": 1e9}, "multiply_adds": {"a": 1000}, "a": {"ours": {"images_s": 250_000}}}
        assert scripts.convolutional_loop.share(result, "a", "ours") == pytest.approx(0.25)


class TestGPU:
    def test_without_an_accelerator_one_line_and_exit_code_2(self, scripts, monkeypatch, capsys):
        monkeypatch.setattr(scripts.harness, "run_process", lambda *_, **__: (1.0, "cpu\ncpu\n"))
        monkeypatch.setattr("sys.argv", ["gpu.py"])
        with pytest.raises(SystemExit) as stop:
            scripts.gpu.main()
        assert stop.value.code == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert len(captured.err.splitlines()) == 1
        assert "no accelerator" in captured.err

    def test_a_miss_never_flatters_us(self, scripts, rounds):
        missed = {"0.99": {"epoch": None, "seconds": None}, "gave_up_s": 9.0}
        done = rounds({"warm": {"ours": missed, "keras-jax": missed}})
        assert scripts.gpu.seconds(done, "warm", "ours", 0.99) == [math.inf]
        assert scripts.gpu.seconds(done, "warm", "keras-jax", 0.99) == [9.0]


@pytest.mark.parametrize("script", ["time_to_99", "convolutional_loop", "gpu"])
def test_help_says_what_is_measured(script):
    command = [sys.executable, BENCHMARKS / f"{script}.py", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--rounds-file" in done.stdout
    assert f"python benchmarks/{script}.py" in done.stdout


@pytest.mark.slow
class TestWhole:
    """Each benchmark from its start to its end, at its smallest size."""

    def run(self, script, *arguments):
        command = [sys.executable, BENCHMARKS / f"{script}.py", "--data", "sample", "--rounds", "1", *arguments]
        done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def test_convolutional_loop(self, tmp_path):
        (tmp_path / "two-blocks.toml").write_text(CONVOLUTIONAL)
        recipe = str(tmp_path / "two-blocks.toml")
        small = ["--digits", "256", "--epochs", "2", "--only", "ours", "keras-jax"]
        found = self.run("convolutional_loop", "--recipes", recipe, *small)
        assert all(found["rounds"][0][recipe][name]["images_s"] > 0 for name in ("ours", "keras-jax"))
        assert found["rounds"][0]["peak"]["multiply_adds_s"] > 1e9

    @pytest.mark.parametrize(
        ("contender", "variable"),
        [("keras-convnet", "DIGITS_TENSORFLOW_PYTHON"), ("pytorch-network", "DIGITS_TORCH_PYTHON")],
    )
    def test_time_to_99(self, contender, variable):
        if not os.environ.get(variable):
            pytest.skip(f"no interpreter with that library: set {variable}")
        small = ["--recipe", "dense-fast", "--target", "0.5", "--warmup", "0", "--only", contender]
        found = self.run("time_to_99", *small)
        for name in ("digits", contender):
            assert found["rounds"][0][name]["seconds"] > 0
            assert found["rounds"][0][name]["test"]["n"] == 1000
