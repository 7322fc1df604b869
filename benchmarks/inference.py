"""How fast a bundle answers, side by side with the very Keras model that it was made from.

    python benchmarks/inference.py                             dense-128-64 and cnn-fast, against Keras on JAX
    python benchmarks/inference.py dense-128-64 --rounds 9     one recipe, longer
    python benchmarks/inference.py --run RUN                   a run that is there, instead of recipes
    python benchmarks/inference.py --tensorflow                also against Keras on TensorFlow

*One image*: `Classifier.predict_proba` against `model.predict`, and against a compiled call of the model.
*10,000 images*: `Classifier.predict_proba` against `model.predict` with its defaults (batches of 32) and in batches of
1,024, and against a compiled call. Ours includes the calibration and all checks of the input;
`contenders/answer.py` says what exactly is called.

Each recipe is trained on the sample for an epoch first: speed does not depend on what the weights are. Every
measurement is a process of its own, the processes take turns, and a ratio is taken within a round, of which the median,
the lowest and the highest are stated.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import harness
from digits.data.sources import load_dataset
from harness import Aim, Ratio, say

RECIPES = ("dense-128-64", "cnn-fast")
DIGITS = Path(sys.executable).with_name("digits")
IMAGES = {"single": 1, "batch": 10_000}

OURS = "digits"
BACKENDS = {"jax": "JAX", "tensorflow": "TensorFlow"}
CALLS = {
    "single predict": "model.predict",
    "single compiled": "compiled call",
    "batch predict": "model.predict",
    "batch predict 1024": "model.predict, batches of 1,024",
    "batch compiled": "compiled call",
}
"""What Keras is asked to do; the first word says with how many images."""

AIMS = {"single predict": 500, "single compiled": 5, "batch predict": 10}
"""How many times faster than Keras ours ought to be."""

Seconds = dict[str, dict[str, list[float]]]
"""Who → what kind of call → seconds of one call, by round."""


def train(recipe: str, place: Path) -> Path:
    """Train a recipe for an epoch on the sample; gives the run."""
    say(f"training {recipe} on the sample")
    run = place / Path(recipe).stem
    harness.run_process([DIGITS, "train", recipe, "--data", "sample", "--set", "training.epochs=1", "--out", run])
    return run


def measure(run: Path, pythons: Mapping[str, Path], digits: Path, rounds: int, warmup: int) -> Seconds:
    """Ask the bundle, and the Keras model on each backend, in turns."""
    found: Seconds = {who: {} for who in (OURS, *pythons)}
    script = harness.CONTENDERS / "answer.py"
    for number in range(1 - warmup, rounds + 1):
        for who in found:
            how = "bundle" if who == OURS else "keras"
            command = [pythons.get(who, Path(sys.executable)), script, how, run, digits]
            _, output = harness.run_process(command, {} if who == OURS else {"KERAS_BACKEND": who})
            for call, seconds in json.loads(output.splitlines()[-1]).items():
                if number > 0:
                    found[who].setdefault(call, []).append(seconds)
    return found


def ratios(seconds: Seconds) -> dict[tuple[str, str], Ratio]:
    """(backend, kind of call) → how many times as long as ours it took."""
    return {
        (backend, call): Ratio.of(values, seconds[OURS][call.split()[0]])
        for backend in seconds
        if backend != OURS
        for call, values in seconds[backend].items()
    }


def aims(network: str, found: Mapping[tuple[str, str], Ratio]) -> list[Aim]:
    """The ratios that have an aim, on each backend."""
    return [
        Aim(f"{network}, {counted(call)}: Keras on {BACKENDS[backend]}, {CALLS[call]} / digits", ratio, AIMS[call])
        for (backend, call), ratio in found.items()
        if call in AIMS
    ]


def counted(call: str) -> str:
    """With how many images a kind of call is made."""
    images = IMAGES[call.split(maxsplit=1)[0]]
    return f"{images:,} image{'s' if images > 1 else ''}"


def print_table(network: str, seconds: Seconds, console: Console) -> None:
    """The figures of one network for a person."""
    found = ratios(seconds)
    table = Table(title=f"{network}: microseconds an image, {len(seconds[OURS]['single'])} rounds")
    for column in ("", "median", "range", "times ours, median (range)"):
        table.add_column(column, justify="right" if column else "left")
    for kind, images in IMAGES.items():
        for who, call, values in (
            (who, call, values) for who, calls in seconds.items() for call, values in calls.items()
        ):
            if call.split()[0] == kind:
                each = [1e6 * value / images for value in values]
                name = OURS if who == OURS else f"Keras on {BACKENDS[who]}, {CALLS[call]}"
                table.add_row(
                    f"{counted(kind)}: {name}",
                    f"{statistics.median(each):,.1f}",
                    f"{min(each):,.1f}–{max(each):,.1f}",
                    "" if who == OURS else str(found[who, call]),
                )
        table.add_section()
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=list(RECIPES), metavar="RECIPE", help=f"default: {RECIPES}")
    parser.add_argument("--run", type=Path, help="a run that is there already, instead of recipes")
    parser.add_argument("--tensorflow", action="store_true", help="also against Keras on TensorFlow")
    harness.add_common_arguments(parser, rounds=5)
    options = parser.parse_args()
    facts: dict[str, Any] = harness.machine()
    pythons = {"jax": Path(sys.executable)}
    if options.tensorflow:
        pythons["tensorflow"] = harness.interpreter("tensorflow", options.env_dir, options.tensorflow_python)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        np.save(place / "digits.npy", np.resize(load_dataset("sample", "test").images, (IMAGES["batch"], 28, 28)))
        runs = {options.run.name: options.run} if options.run else {r: train(r, place) for r in options.recipes}
        found = {
            network: measure(run, pythons, place / "digits.npy", options.rounds, options.warmup)
            for network, run in runs.items()
        }

    reached = [aim for network, seconds in found.items() for aim in aims(network, ratios(seconds))]
    if options.json:
        settings = {"rounds": options.rounds, "warmup": options.warmup}
        summary = {"machine": facts, "settings": settings, "seconds": found, "aims": [aim.to_json() for aim in reached]}
        print(json.dumps(summary, indent=1))
        return
    console = Console(width=120, highlight=False)
    console.print(harness.describe_machine(facts))
    for network, seconds in found.items():
        print_table(network, seconds, console)
    for aim in reached:
        print(aim)


if __name__ == "__main__":
    main()
