"""How long it takes to have a network with 99 % on MNIST's validation digits, on the processor, from a cold start.

    python benchmarks/time_to_99.py                                     three counted rounds
    python benchmarks/time_to_99.py --rounds-file rounds.json           can be stopped, and goes on from there
    python benchmarks/time_to_99.py --only keras-convnet --rounds 5     against one other
    python benchmarks/time_to_99.py --data sample --target 0.9          a trial of a minute

*Ours* is the command `digits train cnn-fast`, whole, in a process of its own. It trains to the end of its schedule; the
clock stops when `model.keras` is in its place, which is after the last epoch's validation. That network is what is
scored: it must have 99 % on the 5,000 validation digits.

*The others* are keras.io's "Simple MNIST convnet" on TensorFlow, and the MNIST network of pytorch/examples on PyTorch,
with their published settings. Their clock stops at the first check with 99 % on the same validation digits; they are
checked four times an epoch, and the clock stands still meanwhile.

For all of them the clock starts where the driver starts the process: interpreter, imports, reading the digits and
compilation are in. The test digits are scored when it has stopped. Round n trains with seed n - 1 on all sides. If ours
does not get there, its time is infinite; if another does not, its time is when it gave up, after its published epochs.
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import harness
from digits import making, terminal
from digits.errors import DigitsError
from digits.evaluation.metrics import wilson_interval
from digits.training.recipe import load_recipe
from digits.training.run import Run
from harness import Aim, Ratio, say

OURS = "digits"
BUSY = 0.7
"""The load from which on the figures are not fair."""

DIGITS = Path(sys.executable).with_name("digits")


@dataclass(frozen=True)
class Contender:
    """Another network: a script, and the environment it runs in."""

    title: str
    script: str
    stack: str
    variables: Mapping[str, str] = field(default_factory=dict)


CONTENDERS = {
    "keras-convnet": Contender(
        "keras.io's convnet on TensorFlow", "keras_convnet.py", "tensorflow", {"KERAS_BACKEND": "tensorflow"}
    ),
    "pytorch-network": Contender("pytorch/examples on PyTorch", "pytorch_network.py", "torch"),
}

Finish = dict[str, Any]
"""What one process gave: `seconds` and `epochs` until the target (None: never reached), `gave_up_s`, the accuracies."""


class Bench:
    """Where everything is, and how a contender is run."""

    def __init__(self, options: argparse.Namespace, place: Path) -> None:
        self.options, self.place = options, place
        self.pythons: dict[str, Path] = {}

    def prepare(self) -> None:
        """Make the environments, write the digits for the others, and start each contender once, uncounted."""
        options = self.options
        given = {"tensorflow": options.tensorflow_python, "torch": options.torch_python}
        for stack in {CONTENDERS[name].stack for name in options.only}:
            self.pythons[stack] = harness.interpreter(stack, options.env_dir, given[stack])
        self._write_digits("sample")
        if options.data != "sample":
            self._write_digits(options.data)
        for _ in range(options.warmup):
            self.ours("sample", 0, "--set", "training.epochs=1")
            for name in options.only:
                self.other(name, "sample", 0, "--epochs", "1", "--checks", "1")

    def ours(self, data: str, seed: int, *arguments: str) -> Finish:
        """Run `digits train` to its end."""
        options = self.options
        directory = os.environ.get("DIGITS_DATA_DIR") if options.data_dir is None else str(options.data_dir)
        variables = {"DIGITS_DATA_DIR": directory} if directory else {}
        with tempfile.TemporaryDirectory(dir=self.place) as name:
            run = Run(Path(name) / "run")
            command = [DIGITS, "train", options.recipe, "--data", data, "--seed", str(seed), "--out", run.path]
            started = time.time()
            wall, _ = harness.run_process([*command, *arguments], variables)
            stood = run.model_file.stat().st_ctime - started  # put into its place, whole
            validation = run.read_predictions("validation")
            assert validation is not None
            right = validation.probabilities.argmax(axis=1) == validation.labels
            reached = float(right.mean()) >= options.target
            return {
                "seconds": stood if reached else None,
                "gave_up_s": stood,
                "wall_s": wall,
                "epochs": run.recipe.training.epochs,
                "checks": [[epoch.epoch, None, epoch.validation_accuracy] for epoch in run.history],
                "validation": accuracy(int(right.sum()), len(right)),
                "test": accuracy(run.metrics["test"]["correct"], run.metrics["test"]["n"]),
                "versions": {},
            }

    def other(self, name: str, data: str, seed: int, *arguments: str) -> Finish:
        """Run another contender's process to its end."""
        contender = CONTENDERS[name]
        options = ["--data", self._digits(data), "--seed", str(seed), "--target", str(self.options.target)]
        script = harness.CONTENDERS / contender.script
        started = ["--started", repr(time.time())]
        command = [self.pythons[contender.stack], script, *options, *started, *arguments]
        wall, output = harness.run_process(command, contender.variables)
        said = json.loads(output.splitlines()[-1])
        scored = {split: accuracy(**said[split]) for split in ("validation", "test")}
        return {**said, **scored, "gave_up_s": said["checks"][-1][1], "wall_s": wall}

    def _digits(self, data: str) -> Path:
        return self.place / f"{'sample' if data == 'sample' else 'given'}.npz"

    def _write_digits(self, data: str) -> None:
        dataset, test = making.load_splits(data, data_dir=self.options.data_dir)
        if test is None:
            harness.refuse(f"--data {data} has no test digits; give a source that has them, such as mnist")
        training, validation = dataset.split_off(load_recipe(self.options.recipe).data.held_back(len(dataset)))
        if validation is None:
            harness.refuse(f"the recipe {self.options.recipe} holds no validation digits back; give one that does")
        splits = {"training": training, "validation": validation, "test": test}
        arrays = {f"{name}_images": split.images for name, split in splits.items()}
        np.savez(self._digits(data), **arrays, **{f"{name}_labels": split.labels for name, split in splits.items()})


def accuracy(correct: int, n: int) -> dict[str, Any]:
    """An accuracy with its n and its 95 % Wilson interval."""
    return {"correct": correct, "n": n, "accuracy": correct / n, "interval": list(wilson_interval(correct, n))}


def measure(bench: Bench, rounds: harness.Rounds) -> None:
    """Run the contenders in turns, until there are as many rounds as are wanted."""
    options = bench.options
    for number in range(len(rounds.results) + 1, options.rounds + 1):
        finishes = {}
        for name in (OURS, *options.only):
            seed = number - 1
            one = bench.ours(options.data, seed) if name == OURS else bench.other(name, options.data, seed)
            finishes[name] = one
            how = "not reached" if one["seconds"] is None else f"{one['seconds']:7.2f} s, {one['epochs']:.3g} epochs"
            say(f"round {number}  {name:15}  {how}; test {terminal.accuracy_with_interval(one['test'])}")
        rounds.add(finishes)


def counted_seconds(name: str, finish: Finish) -> float:
    """The time that enters the ratio: of who did not get there, infinite if it is ours, else when it gave up."""
    if finish["seconds"] is not None:
        return float(finish["seconds"])
    return math.inf if name == OURS else float(finish["gave_up_s"])


def ratios(rounds: harness.Rounds, names: list[str]) -> dict[str, Ratio]:
    """Each other's time over ours, in the same round."""
    seconds = {name: [counted_seconds(name, finishes[name]) for finishes in rounds.results] for name in (OURS, *names)}
    return {name: Ratio.of(seconds[name], seconds[OURS]) for name in names}


def print_tables(rounds: harness.Rounds, options: argparse.Namespace) -> None:
    """The figures for a person."""
    console = Console(width=130, highlight=False)
    console.print(harness.describe_machine(rounds.machine))
    found = ratios(rounds, options.only)
    titles = {OURS: f"digits train {options.recipe}", **{name: one.title for name, one in CONTENDERS.items()}}
    table = Table(title=f"From a cold start to {options.target:.1%} on validation, {len(rounds.results)} rounds")
    for column in ("", "time, median", "× ours (range)", "whole process", "test accuracy, mean"):
        table.add_column(column, justify="right" if column else "left")
    for name in (OURS, *options.only):
        finishes = [one[name] for one in rounds.results]
        reached = sum(one["seconds"] is not None for one in finishes)
        seconds = statistics.median(counted_seconds(name, one) for one in finishes)
        missed = "" if reached == len(finishes) else f" ({reached} of {len(finishes)} got there)"
        table.add_row(
            titles[name],
            f"{seconds:.1f} s{missed}",
            str(found[name]) if name in found else "1",
            f"{statistics.median(one['wall_s'] for one in finishes):.1f} s",
            f"{statistics.mean(one['test']['accuracy'] for one in finishes):.2%}",
        )
    console.print(table)
    each = Table(title="Every network")
    for column in ("round", "", "seconds", "epochs", "validation accuracy", "test accuracy"):
        each.add_column(column, justify="right" if column in ("round", "seconds", "epochs") else "left")
    for number, finishes in enumerate(rounds.results, start=1):
        for name in (OURS, *options.only):
            one = finishes[name]
            took = [f"{one['seconds']:.2f}", f"{one['epochs']:.3g}"] if one["seconds"] is not None else ["–", "–"]
            each.add_row(str(number), name, *took, _with_interval(one["validation"]), _with_interval(one["test"]))
    console.print(each)
    for name in options.only:
        versions = rounds.results[0][name]["versions"]
        console.print(f"  {titles[name]}: {', '.join(f'{package} {number}' for package, number in versions.items())}")


def _with_interval(figures: Mapping[str, Any]) -> str:
    low, high = figures["interval"]
    return f"{figures['accuracy']:.2%} ({low:.2%} to {high:.2%}, n = {figures['n']:,})"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    harness.add_common_arguments(parser, rounds=3)
    harness.add_rounds_file(parser)
    parser.add_argument("--torch-python", type=Path, help="an interpreter that has PyTorch already")
    parser.add_argument("--recipe", default="cnn-fast", help="our recipe (default: %(default)s)")
    parser.add_argument("--target", type=float, default=0.99, help="validation accuracy (default: %(default)s)")
    parser.add_argument("--data", default="mnist", metavar="SOURCE", help="the digits (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, help="directory that has MNIST's files [$DIGITS_DATA_DIR, cache]")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=CONTENDERS,
        default=list(CONTENDERS),
        metavar="NAME",
        help=f"against these only: {', '.join(CONTENDERS)}",
    )
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("one round must count: --rounds 1 or more")
    return options


def main() -> None:
    options = parse_arguments()
    settings = {name: getattr(options, name) for name in ("recipe", "target", "data", "only")}
    rounds = harness.Rounds(options.rounds_file, settings)
    if rounds.machine["load_before"] > BUSY:
        say(f"the machine is busy (load {rounds.machine['load_before']}): PyTorch's threads suffer most from that")
    try:
        load_recipe(options.recipe)
        if len(rounds.results) < options.rounds:
            with tempfile.TemporaryDirectory() as place:
                bench = Bench(options, Path(place))
                bench.prepare()
                measure(bench, rounds)
    except DigitsError as error:
        harness.refuse(str(error))
    aims = [
        Aim(f"from a cold start to {options.target:.1%}, {CONTENDERS[name].title} / ours", ratio, at_least=10)
        for name, ratio in ratios(rounds, options.only).items()
    ]
    if options.json:
        content = {"machine": rounds.machine, "settings": rounds.settings, "rounds": rounds.results}
        print(json.dumps({**content, "aims": [aim.to_json() for aim in aims]}, indent=1))
        return
    print_tables(rounds, options)
    for aim in aims:
        print(aim)


if __name__ == "__main__":
    main()
