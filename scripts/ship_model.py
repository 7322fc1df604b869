"""Make a finished run's bundle one that ships: src/digits/models/NAME, and tests/golden/NAME.npz to hold it to.

    python scripts/ship_model.py RUN NAME [--robustness stress.json] [--data-dir DIR] [--force]

The network is the run's own, byte for byte. Its description and card get the name by which it is loaded
(`digits.load("NAME")`), what it scores on MNIST's test set (plain and against human-corrected labels, scored anew through
the bundle, and refused if that is not what the run says), and its robustness, if `digits stress --json` has measured it.
A bundle above 1.2 MB in all is refused without --force: every user downloads it.

The golden file has the calibrated probabilities of 64 fixed digits of the embedded sample, float32 (64, 10), and their
digitness, float32 (64,), where the network gives one:
`tests/test_shipped_models.py` compares what the shipped bundle says with them.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import digits
from digits.atomic import whole_directory
from digits.data.dataset import Dataset
from digits.data.npz import write_arrays
from digits.data.published import MNIST_TEST_HASH
from digits.errors import DigitsError, InputError
from digits.locate import find_run
from digits.reading.networks.classifier import MODEL_FILE, Classifier
from digits.training.bundle import write_bundle
from digits.training.run import Run

ROOT = Path(__file__).resolve().parents[1]
MODELS, GOLDEN = ROOT / "src/digits/models", ROOT / "tests/golden"

LARGEST = 1_200_000
"""Bytes of a bundle, all files together, that need no --force."""

GOLDEN_DIGITS = np.arange(0, 1_000, 1_000 // 64)[:64]
"""Which of the sample's 1,000 test digits the golden predictions are of: every 15th."""


def ship(
    run: Run,
    name: str,
    test: Dataset,
    *,
    robustness: Mapping[str, Any] | None = None,
    models: Path = MODELS,
    golden: Path = GOLDEN,
    force: bool = False,
) -> Path:
    """Write the bundle and its golden predictions; gives the bundle's path.

    Args:
        run: a finished run.
        name: what the network is to be called.
        test: MNIST's test set.
        robustness: what `digits stress --json` gave, with `mean`, `mean_unlike_training`, `n` and `seed`.
        models: where the bundle goes.
        golden: where the predictions go.
        force: whether a large bundle may ship.

    Raises:
        InputError: the run has no bundle or no such figure, or the bundle is too large.
    """
    if not run.complete:
        raise InputError(f"{run.path} is not finished; finish it with: digits train --resume {run.path}")
    classifier = Classifier.load(run.bundle)
    size = sum(file.stat().st_size for file in run.bundle.iterdir())
    if size > LARGEST and not force:
        raise InputError(f"{run.bundle} has {size:,} bytes, more than {LARGEST:,}; ship a smaller one, or give --force")
    measured = {**run.metrics, "test": digits.evaluate(classifier, test).to_json()}
    before = run.metrics.get("test", {})
    if (
        test.hash == MNIST_TEST_HASH
        and before.get("data") == "mnist"
        and before["correct"] != measured["test"]["correct"]
    ):
        raise InputError(
            f"{run.bundle} names {measured['test']['correct']:,} test digits rightly, {run.path}/metrics.json says "
            f"{before['correct']:,}; export the run again and evaluate it"
        )
    if (
        robustness
        and robustness.get("clean", {}).get("correct", measured["test"]["correct"]) != measured["test"]["correct"]
    ):
        raise InputError("the robustness is of another network: it names another number of clean digits rightly")
    description = {
        **classifier.description,
        "name": name,
        "shipped": True,
        "measured": {split: {**figures, "model": name} for split, figures in measured.items()},
        **({"robustness": _only_what_the_card_says(robustness)} if robustness else {}),
    }
    with whole_directory(models / name) as temporary:
        write_bundle(temporary, description, (run.bundle / MODEL_FILE).read_bytes())
    images = digits.load_dataset("sample", "test").images[GOLDEN_DIGITS]
    said = Classifier.load(models / name).answer(images)
    predictions = {"probabilities": said.probabilities, "digitness": said.digitness}
    given = {key: values for key, values in predictions.items() if values is not None}
    write_arrays(golden / f"{name}.npz", {"indices": GOLDEN_DIGITS, **given})
    return models / name


def _only_what_the_card_says(robustness: Mapping[str, Any]) -> dict[str, Any]:
    intervals = ("mean_interval", "mean_unlike_training_interval")
    try:
        return {
            **{key: robustness[key] for key in ("mean", "mean_unlike_training", "n", "seed")},
            **{key: robustness[key] for key in intervals if key in robustness},
        }
    except KeyError as error:
        raise InputError(f"the robustness has no {error}; give what `digits stress MODEL --json` printed") from error


def main() -> None:
    """Ship the bundle, say what it is."""
    parser = argparse.ArgumentParser(description="Make a finished run's bundle one that ships with the package.")
    parser.add_argument("run", help="path or name of a finished run, or latest")
    parser.add_argument("name", help="what the network is called from now on")
    parser.add_argument("--robustness", type=Path, metavar="FILE", help="what digits stress MODEL --json printed")
    parser.add_argument("--data-dir", type=Path, help="directory with MNIST's files [DIGITS_DATA_DIR, else download]")
    parser.add_argument("--force", action="store_true", help=f"ship it even if it is above {LARGEST:,} bytes")
    options = parser.parse_args()
    try:
        test = digits.load_dataset("mnist", "test", data_dir=options.data_dir)
        robustness = json.loads(options.robustness.read_text("utf-8")) if options.robustness else None
        run = find_run(options.run)
        shipped = ship(run, options.name, test, robustness=robustness, force=options.force)
    except (DigitsError, OSError, ValueError) as error:
        sys.exit(f"error: {error}")
    for file in (*sorted(shipped.iterdir()), GOLDEN / f"{options.name}.npz"):
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size:,} bytes")
    fingerprint = Classifier.load(shipped).description["training_digits"]["fingerprint"]
    print(f"of bundle.json, {len(fingerprint):,} bytes are the fingerprint of its training digits")
    print((shipped / "README.md").read_text("utf-8"))


if __name__ == "__main__":
    main()
