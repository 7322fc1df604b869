"""How long a convolutional network takes to 99 % and 99.5 % on a GPU: our loop beside `Model.fit` on the same one.

    python benchmarks/gpu.py                                   three counted rounds
    python benchmarks/gpu.py --rounds-file gpu.json            can be stopped, and goes on from there

Both train the network of `cnn-best` from the same initial weights, with its loss, its optimiser, its batch size and its
schedule over `--epochs`, without what `fit` has no equal of (augmentation, averaged weights, distillation), with Keras
on JAX on both sides, on MNIST's 55,000 digits; both are asked for their accuracy on the 5,000 validation digits after
each epoch. Our loop fuses the steps of an epoch into a few compiled calls; `fit` makes one call a step.

*Warm*: from the call of the training function to the end of the first epoch with the target, after a throw-away
training in the same process. *Cold*: from the script's first line to there, imports and compilation included, in a
process that was not warmed up. Round n trains with seed n - 1. If ours does not get there, its time is infinite; if
`fit` does not, its time is that of all its epochs.

Where JAX sees no accelerator, one line says so, and the exit code is 2.
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import harness
from convolutional_loop import save_compiled, without_extras
from digits.data.sources import load_dataset
from digits.errors import DigitsError
from digits.training.recipe import load_recipe
from harness import Aim, Ratio, say

OURS, FIT = "ours", "keras-jax"
SCRIPTS = {OURS: "digits_train.py", FIT: "keras_fit_file.py"}
TARGETS = (0.99, 0.995)
KINDS = ("warm", "cold")
FIND = "import jax; d = jax.devices()[0]; print(d.platform, d.device_kind, sep='\\n')"


def accelerator() -> str:
    """The name of the accelerator that JAX sees; without one the program ends with code 2."""
    _, output = harness.run_process([sys.executable, "-c", FIND], accelerators=True)
    platform, name = output.splitlines()[-2:]
    if platform == "cpu":
        harness.refuse(
            "JAX sees no accelerator here, and this benchmark is about one: run it on a machine with a GPU, "
            "with JAX's build for it (pip install 'jax[cuda12]')"
        )
    return name


class Bench:
    """Where everything is, and how both are run."""

    def __init__(self, options: argparse.Namespace, place: Path) -> None:
        self.options, self.place = options, place

    def prepare(self) -> None:
        """Write the digits."""
        dataset = load_dataset(self.options.data, "train", data_dir=self.options.data_dir)
        training, validation = dataset.split_off(load_recipe(self.options.recipe).data.held_back(len(dataset)))
        if validation is None:
            harness.refuse(f"the recipe {self.options.recipe} holds no validation digits back; give one that does")
        self.training_digits = len(training)
        np.savez(self.place / "whole.npz", images=dataset.images, labels=dataset.labels)
        splits = {"training": training, "validation": validation}
        arrays = {f"{name}_images": split.images for name, split in splits.items()}
        arrays |= {f"{name}_labels": split.labels for name, split in splits.items()}
        np.savez(self.place / "split.npz", **arrays)

    def run(self, name: str, kind: str, seed: int) -> dict[str, Any]:
        """Run a process to its end: for each target, the seconds to it and the epoch, None if it was not reached."""
        recipe = without_extras(
            load_recipe(self.options.recipe), f"training.epochs={self.options.epochs}", f"training.seed={seed}"
        )
        training = recipe.training
        if name == OURS:
            (self.place / "recipe.toml").write_text(recipe.to_toml())
            arguments = ["--recipe", self.place / "recipe.toml", "--data", self.place / "whole.npz"]
        else:
            steps = -(-self.training_digits // training.batch_size) * training.epochs
            save_compiled(recipe, self.place / "network.keras", steps)
            arguments = ["--model", self.place / "network.keras", "--data", self.place / "split.npz"]
            arguments += ["--needs", "digits.training.networks"]
        numbers = ["--epochs", training.epochs, "--batch-size", training.batch_size, "--seed", seed]
        command = [sys.executable, harness.CONTENDERS / SCRIPTS[name], *arguments, *map(str, numbers)]
        command += ["--target", str(max(TARGETS)), *(["--warm-up"] if kind == "warm" else [])]
        _, output = harness.run_process(command, {"KERAS_BACKEND": "jax"}, accelerators=True)
        said = json.loads(output.splitlines()[-1])
        before = 0.0 if kind == "warm" else said["setup_s"]
        ends = [before + float(seconds) for seconds in np.cumsum(said["epoch_s"])]
        found: dict[str, Any] = {"gave_up_s": ends[-1], **said}
        for target in TARGETS:
            epoch = next((n for n, got in enumerate(said["validation_accuracy"], start=1) if got >= target), None)
            found[str(target)] = {"epoch": epoch, "seconds": ends[epoch - 1] if epoch else None}
        return found


def measure(bench: Bench, rounds: harness.Rounds) -> None:
    """Run both in turns, until there are as many rounds as are wanted."""
    options = bench.options
    for number in range(len(rounds.results) + 1, options.rounds + 1):
        result: dict[str, Any] = {}
        for kind in KINDS:
            result[kind] = {}
            for name in SCRIPTS:
                one = result[kind][name] = bench.run(name, kind, number - 1)
                say(f"round {number}  {kind}  {name:10}  {', '.join(_describe(target, one) for target in TARGETS)}")
        rounds.add(result)


def _describe(target: float, one: dict[str, Any]) -> str:
    took = one[str(target)]["seconds"]
    return f"{target:.1%} not reached" if took is None else f"{target:.1%} after {took:.2f} s"


def seconds(rounds: harness.Rounds, kind: str, name: str, target: float) -> list[float]:
    """The times to a target, by round; of who did not get there, infinite if it is ours, else of all epochs."""
    of_rounds = [result[kind][name] for result in rounds.results]
    missed = [math.inf if name == OURS else one["gave_up_s"] for one in of_rounds]
    found = [one[str(target)]["seconds"] for one in of_rounds]
    return [last if got is None else got for got, last in zip(found, missed, strict=True)]


def aims(rounds: harness.Rounds) -> list[Aim]:
    """`fit`'s time over ours; the aim is for the warm one, without the compilation that both do."""
    found = []
    for kind in KINDS:
        for target in TARGETS:
            ratio = Ratio.of(*(seconds(rounds, kind, name, target) for name in (FIT, OURS)))
            bound = 30 if kind == "warm" else 1
            found.append(Aim(f"to {target:.1%} on validation, {kind}, Keras fit on JAX / ours", ratio, at_least=bound))
    return found


def print_table(rounds: harness.Rounds) -> None:
    """The figures for a person."""
    console = Console(width=110, highlight=False)
    console.print(f"{rounds.settings['accelerator']}; {harness.describe_machine(rounds.machine)}")
    table = Table(title=f"{rounds.settings['recipe']} on validation, {len(rounds.results)} rounds")
    for column in ("", "", "to", "time, median", "epochs, by round"):
        table.add_column(column, justify="right" if column else "left")
    for kind in KINDS:
        for target in TARGETS:
            for name in SCRIPTS:
                epochs = [result[kind][name][str(target)]["epoch"] for result in rounds.results]
                took = statistics.median(seconds(rounds, kind, name, target))
                table.add_row(kind, name, f"{target:.1%}", f"{took:.2f} s", " ".join(str(n or "–") for n in epochs))
    console.print(table)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds (default: %(default)s)")
    harness.add_rounds_file(parser)
    parser.add_argument("--recipe", default="cnn-best", help="default: %(default)s")
    parser.add_argument("--epochs", type=int, default=15, help="the schedule's length (default: %(default)s)")
    parser.add_argument("--data", default="mnist", metavar="SOURCE", help="the digits (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, help="directory that has MNIST's files [$DIGITS_DATA_DIR, cache]")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("one round must count: --rounds 1 or more")
    return options


def main() -> None:
    options = parse_arguments()
    settings = {name: getattr(options, name) for name in ("recipe", "epochs", "data")}
    rounds = harness.Rounds(options.rounds_file, {**settings, "accelerator": accelerator()})
    os.environ["JAX_PLATFORMS"] = "cpu"  # this process only builds networks, and leaves the accelerator to the others
    try:
        with tempfile.TemporaryDirectory() as place:
            bench = Bench(options, Path(place))
            bench.prepare()
            measure(bench, rounds)
    except DigitsError as error:
        harness.refuse(str(error))
    found = aims(rounds)
    if options.json:
        content = {"machine": rounds.machine, "settings": rounds.settings, "rounds": rounds.results}
        print(json.dumps({**content, "aims": [aim.to_json() for aim in found]}, indent=1))
        return
    print_table(rounds)
    for aim in found:
        print(aim)


if __name__ == "__main__":
    main()
