"""Digits and a trained run that several tests share."""

import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import digits
from digits import cli
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(scope="module")
def scripts(request):
    """The benchmarks' modules that a test module names in `MODULES`, by name; importable only here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in request.module.MODULES})
    for name in request.module.MODULES:
        del sys.modules[name]


@pytest.fixture(scope="session")
def mnist_dir():
    """Where MNIST's files are; a test that asks for it is skipped where they are not."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    found = Path(os.environ["DIGITS_DATA_DIR"]) if os.environ.get("DIGITS_DATA_DIR") else beside
    if not found.is_dir():
        pytest.skip("MNIST's files are not here: set DIGITS_DATA_DIR to the directory that has them")
    return found


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path_factory):
    """Nobody's own corrections and choices: those of who runs the tests are left alone, and change nothing."""
    monkeypatch.delenv("DIGITS_STORE", raising=False)
    monkeypatch.setenv("DIGITS_HOME", str(tmp_path_factory.getbasetemp() / "home"))


@pytest.fixture(scope="session")
def sample():
    return load_dataset("sample")


@pytest.fixture(scope="session")
def sample_test():
    return load_dataset("sample", "test")


@pytest.fixture(scope="session")
def small(sample):
    """400 digits under another name: a source that no command finds."""
    return Dataset(images=sample.images[:400], labels=sample.labels[:400], name="small", split="train")


@pytest.fixture(scope="session")
def trained_run(small, tmp_path_factory):
    """A complete run on `small`; not to be changed."""
    recipe = digits.load_recipe("dense-128").override(["training.epochs=5", "data.source=small"])
    return digits.train(recipe, small, out=tmp_path_factory.mktemp("trained") / "run")


@pytest.fixture(scope="session")
def digit_picture(sample_test, tmp_path_factory):
    """A 28×28 picture of a held-back digit."""
    file = tmp_path_factory.mktemp("pictures") / "digit.png"
    Image.fromarray(np.asarray(sample_test.images[0])).save(file)
    return file


@pytest.fixture
def digits_command(capsys, monkeypatch, tmp_path):
    """Run `digits …` in this process, in an empty directory; gives (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIGITS_RUNS_DIR", raising=False)
    monkeypatch.delenv("DIGITS_DATA_DIR", raising=False)
    monkeypatch.setenv("DIGITS_HOME", str(tmp_path / "home"))

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
