"""The inference benchmark: what it compares, and how. No time is measured here."""

import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = ("harness", "inference", "answer")


@pytest.fixture(scope="module")
def scripts():
    """The benchmark's modules by name, importable only here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        patch.syspath_prepend(str(BENCHMARKS / "contenders"))
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    for name in MODULES:
        del sys.modules[name]


SECONDS = {
    "digits": {"single": [1.0, 2.0, 1.0], "batch": [10.0, 10.0, 10.0]},
    "jax": {"single predict": [600.0, 1000.0, 700.0], "single compiled": [4.0, 4.0, 4.0], "batch predict": [99.0] * 3},
}


def test_a_ratio_is_taken_within_each_round(scripts):
    found = scripts.inference.ratios(SECONDS)["jax", "single predict"]
    assert (found.median, found.lowest, found.highest) == (600, 500, 700)


def test_the_aims_say_which_are_met(scripts):
    aims = scripts.inference.aims("net", scripts.inference.ratios(SECONDS))
    assert [(aim.at_least, aim.met) for aim in aims] == [(500, True), (5, False), (10, False)]
    assert str(aims[0]).startswith("met     net, 1 image: Keras on JAX, model.predict / digits: 600.00")


def test_bundle_and_keras_model_take_turns_on_the_same_digits(scripts, monkeypatch, tmp_path):
    asked = []

    def run_process(command, environment):
        asked.append((command[2], environment.get("KERAS_BACKEND"), command[3:]))
        return 1.0, '{"single": 1.0}' if command[2] == "bundle" else '{"single predict": 5.0}'

    monkeypatch.setattr(scripts.harness, "run_process", run_process)
    pythons = {"jax": Path("a"), "tensorflow": Path("b")}
    found = scripts.inference.measure(tmp_path, pythons, tmp_path / "digits.npy", rounds=2, warmup=1)
    assert [(how, backend) for how, backend, _ in asked] == 3 * [
        ("bundle", None), ("keras", "jax"), ("keras", "tensorflow"),
    ]  # fmt: skip
    assert len({tuple(rest) for _, _, rest in asked}) == 1
    assert found == {"digits": {"single": [1.0, 1.0]}} | {who: {"single predict": [5.0, 5.0]} for who in pythons}


def test_bundle_and_keras_model_give_the_same_answers(scripts, trained_run, sample_test, monkeypatch):
    given = []
    monkeypatch.setattr(scripts.answer, "seconds", lambda call, times: given.append(np.asarray(call())) or 1.0)
    images = sample_test.images[:50]
    ours = scripts.answer.measure_bundle(trained_run.path, images[:1], images)
    theirs = scripts.answer.measure_keras(trained_run.path, images[:1], images)
    assert {"single predict", "single compiled", "batch predict", "batch predict 1024", "batch compiled"} == set(theirs)
    assert set(ours) == {"single", "batch"}
    single, batch, *rest = given  # ours is calibrated, which moves probabilities and no answer
    for found in rest:
        np.testing.assert_array_equal(found.argmax(axis=1), (single if len(found) == 1 else batch).argmax(axis=1))
    for found in rest[1:]:
        np.testing.assert_allclose(found[:1], rest[0], atol=1e-5)


def test_help_says_what_is_measured():
    command = [sys.executable, BENCHMARKS / "inference.py", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--tensorflow" in done.stdout
    assert "python benchmarks/inference.py" in done.stdout
