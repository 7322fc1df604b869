"""Keras users: the networks train on TensorFlow, start there from the same weights, and a run's network opens there.

TensorFlow has an environment of its own, because it and JAX need not fit into one. `DIGITS_TENSORFLOW_PYTHON` names an
interpreter that has TensorFlow and Keras, and not this project; otherwise the benchmarks' environment is used, and made
if it is missing.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import digits
from digits.training import networks
from digits.training.backend import keras
from digits.training.recipe import load_recipe, recipe_names

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LIGHT = ("pillow", "pooch", "pydantic", "tomli-w")
"""What reading the digits and building a network needs beside Keras."""

ALONE = [
    name
    for name in recipe_names()
    if load_recipe(name).network.kind != "ensemble" and not load_recipe(name).distillation.teacher
]
"""The recipes whose network is neither made of others nor taught by one."""

SHORT = {
    "dense": ["training.epochs=2"],
    "convolutional": ["training.epochs=5", "training.batch_size=16", "training.average=0"],
}
"""What makes a network of this kind learn something of a few hundred digits, within seconds."""

VARIANTS = {
    **{name: (name, SHORT[load_recipe(name).network.kind]) for name in ALONE},
    "batch-norm": (
        "dense-128-64-dropout",
        [*SHORT["dense"], "network.batch_norm=true", "network.activation=gelu"],
    ),
}
"""Every recipe that ships, and what none of them has: name → (recipe, settings)."""

FIT = """
import sys

import digits
from digits.training import networks

training, test = digits.load_dataset("sample"), digits.load_dataset("sample", "test")
model = networks.build(digits.load_recipe("dense-128-64"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(training.images, training.labels, batch_size=32, epochs=3, verbose=0)
assert "jax" not in sys.modules
print(model.evaluate(test.images, test.labels, verbose=0)[1])
"""

INITIAL_WEIGHTS = """
import sys

import numpy as np
import digits
from digits.training import networks

for number, name in enumerate(sys.argv[2:]):
    weights = networks.build(digits.load_recipe(name).override(["training.seed=7"])).get_weights()
    np.savez(f"{sys.argv[1]}/{name}.npz", *weights)
"""

OPEN = """
import importlib.util, sys
from pathlib import Path

import keras
import numpy as np

assert keras.backend.backend() == "tensorflow"
assert importlib.util.find_spec("digits") is None
images = np.load(sys.argv[1])
for file in map(Path, sys.argv[2:]):
    np.save(file.parent / "on-tensorflow.npy", keras.models.load_model(file).predict(images, verbose=0))
"""

CHECKPOINT = """
import sys

import keras
from digits.training import networks

keras.models.load_model(sys.argv[1])
"""

RESUME = """
import digits
from digits.errors import WorkError

try:
    digits.resume("run", digits.load_dataset("sample"))
except WorkError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def tensorflow_python():
    given = os.environ.get("DIGITS_TENSORFLOW_PYTHON")
    specification = importlib.util.spec_from_file_location("harness", ROOT / "benchmarks" / "harness.py")
    harness = importlib.util.module_from_spec(specification)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "harness", harness)  # dataclasses look their module up
        specification.loader.exec_module(harness)
        try:
            return harness.interpreter("tensorflow", ROOT / ".bench", Path(given) if given else None)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no environment with TensorFlow: {error}; set DIGITS_TENSORFLOW_PYTHON")


@pytest.fixture(scope="module")
def light(tensorflow_python, tmp_path_factory):
    """A directory with this project's light dependencies, for the path of the other interpreter."""
    target = tmp_path_factory.mktemp("light")
    command = [tensorflow_python, "-m", "pip", "install", "--quiet", "--target", target, *LIGHT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install {', '.join(LIGHT)} for {tensorflow_python}: {done.stderr[-300:]}")
    return target


@pytest.fixture(scope="module")
def run_alone(tensorflow_python, tmp_path_factory):
    """Runs a script on TensorFlow, without `digits` unless it is on `path`; gives what the script printed."""

    def run(script, *arguments, path=(), cwd=None):
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path_factory.getbasetemp()),  # no keras.json of this user's
            "KERAS_BACKEND": "tensorflow",
            "CUDA_VISIBLE_DEVICES": "",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": os.pathsep.join(map(str, path)),
        }
        command = [tensorflow_python, "-c", script, *map(str, arguments)]
        done = subprocess.run(command, env=variables, cwd=cwd, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return run


@pytest.fixture(scope="module")
def run_with_digits(run_alone, light):
    def run(script, *arguments, cwd=None):
        return run_alone(script, *arguments, path=(ROOT / "src", light), cwd=cwd)

    return run


def test_build_compile_and_fit_learn_the_sample_without_jax(run_with_digits):
    accuracy = float(run_with_digits(FIT).split()[-1])
    assert accuracy > 0.85


def test_a_seed_starts_from_the_same_weights_as_on_jax(run_with_digits, tmp_path):
    run_with_digits(INITIAL_WEIGHTS, tmp_path, *ALONE)
    for name in ALONE:
        ours = networks.build(load_recipe(name).override(["training.seed=7"])).get_weights()
        with np.load(tmp_path / f"{name}.npz") as archive:
            theirs = [archive[key] for key in archive.files]
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)), name


@pytest.fixture(scope="module")
def runs(small, tmp_path_factory):
    """A short run of every variant, by name."""
    where = tmp_path_factory.mktemp("runs")
    return {
        name: digits.train(load_recipe(recipe).override(settings), small, out=where / name)
        for name, (recipe, settings) in VARIANTS.items()
    }


def test_a_runs_network_opens_without_digits_and_predicts_the_same(runs, run_alone, sample_test, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (50, 28, 28)).astype(np.uint8)
    images = np.concatenate([sample_test.images[:200], noise])
    np.save(tmp_path / "images.npy", images)
    run_alone(OPEN, tmp_path / "images.npy", *(run.model_file for run in runs.values()), cwd=tmp_path)
    for name, run in runs.items():
        on_tensorflow = np.load(run.path / "on-tensorflow.npy")
        on_jax = keras.models.load_model(run.model_file).predict(images, verbose=0)
        np.testing.assert_allclose(on_tensorflow, on_jax, rtol=0, atol=1e-5, err_msg=name)
        assert on_jax.std() > 0.05, f"{name} has learnt nothing, so that this proves nothing"
        rows = on_tensorflow / on_tensorflow.sum(axis=1, keepdims=True)
        bundle = digits.load(run.path).predict_proba(images, calibrated=False)
        np.testing.assert_allclose(rows, bundle, rtol=0, atol=1e-5, err_msg=name)


def test_the_examples_of_the_page_run_in_their_order(run_with_digits, trained_run, tmp_path):
    page = (ROOT / "docs" / "keras.md").read_text("utf-8")
    examples = re.findall(r"^```py\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 5
    runs_dir = tmp_path / "runs"
    runs_dir.mkdir()
    (runs_dir / "dense-128-64-sample-s0").symlink_to(trained_run.path)
    first, *others = examples
    script = "\n".join([first, "assert accuracy > 0.9, accuracy", *others, "assert probabilities.shape == (1000, 10)"])
    run_with_digits(script, cwd=tmp_path)
    run_with_digits(CHECKPOINT, tmp_path / "best.keras", cwd=tmp_path)  # the schedule in it is known


def test_our_own_loop_refuses_tensorflow_in_one_line(run_with_digits, trained_run, tmp_path):
    shutil.copytree(trained_run.path, tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()  # as if it had been stopped
    said = run_with_digits(RESUME, cwd=tmp_path)
    assert "JAX, but Keras runs on tensorflow" in said
    assert len(said.splitlines()) == 1
