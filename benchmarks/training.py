"""How fast we train, side by side with other stacks: an epoch, and the way to 97 % on validation.

    python benchmarks/training.py                       everything, three counted rounds
    python benchmarks/training.py --only jax-by-hand    ours against one other
    python benchmarks/training.py --measure target      the way to 97 % alone

*An epoch*: the network 784-128-64-10 on MNIST's 55,000 training digits (5,000 are held back), Adam, the same batch size
and as many epochs for all, each the way its users write it. A contender's figure in a round is the median of its warm
epochs, the second to the last, each with its validation. Peak memory is of the whole process.

*The way to 97 %*: our recipe `dense-fast`, batch size and schedule chosen beforehand on the validation digits,
against the plain Keras script on TensorFlow at batch 32, which stops after the first epoch with 97 % on validation.
Warm: from the call of the training function to the end of that epoch, after a throw-away epoch in the same process.
Cold: the whole life of a process without such a warm-up, imports and compilation included. Round n trains with seed
n - 1 on both sides.

Speed is a ratio of times within a round, of which the median, the lowest and the highest are stated. Exact definitions,
and what is fair or unfair to whom: benchmarks/README.md.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import harness
from digits.data.sources import load_dataset
from digits.errors import DigitsError
from digits.training.recipe import load_recipe
from harness import Aim, Ratio, say

OURS, LIMIT, SCRIPT = "digits", "jax-by-hand", "keras-tensorflow"
MOST_EPOCHS = 15
"""When the Keras script gives up on its way to the target."""


@dataclass(frozen=True)
class Contender:
    """One way to train the network: a script, the environment it runs in, and how it is called."""

    title: str
    script: str
    stack: str = "project"
    variables: Mapping[str, str] = field(default_factory=dict)


CONTENDERS = {
    OURS: Contender("digits, dense-128-64", "digits_train.py"),
    SCRIPT: Contender("Keras fit on TensorFlow", "keras_fit.py", "tensorflow", {"KERAS_BACKEND": "tensorflow"}),
    "keras-jax": Contender("Keras fit on JAX", "keras_fit.py", variables={"KERAS_BACKEND": "jax"}),
    "pytorch": Contender("PyTorch", "pytorch_loop.py", "torch"),
    "scikit-learn": Contender("scikit-learn MLPClassifier", "scikit_learn_mlp.py"),
    LIMIT: Contender("JAX by hand (the limit)", "jax_by_hand.py"),
}


@dataclass(frozen=True)
class Result:
    """What one process gave."""

    wall_s: float
    setup_s: float
    epoch_s: list[float]
    validation_accuracy: list[float]
    peak_rss_mb: float
    versions: dict[str, str]

    @property
    def warm_epoch_s(self) -> float:
        """The median epoch from the second on."""
        return statistics.median(self.epoch_s[1:])

    @property
    def start_up_s(self) -> float:
        """What the process cost beside warm epochs: interpreter, imports, digits, compilation, end."""
        return self.wall_s - len(self.epoch_s) * self.warm_epoch_s

    def reached(self, target: float) -> int | None:
        """The first epoch, from 1, with this validation accuracy."""
        return next((number for number, got in enumerate(self.validation_accuracy, start=1) if got >= target), None)


class Bench:
    """Where everything is, and how a contender is run."""

    def __init__(self, options: argparse.Namespace, place: Path) -> None:
        self.options = options
        self.pythons = {"project": Path(sys.executable)}
        self.split, self.whole = place / "split.npz", place / "whole.npz"

    def prepare(self, names: list[str]) -> None:
        """Write the digits for the contenders, and make the environments they need."""
        given = {"tensorflow": self.options.tensorflow_python, "torch": self.options.torch_python}
        for stack in {CONTENDERS[name].stack for name in names} - {"project"}:
            self.pythons[stack] = harness.interpreter(stack, self.options.env_dir, given[stack])
        dataset = load_dataset("mnist", "train", data_dir=self.options.data_dir)
        training, validation = dataset.split_off(load_recipe().data.held_back(len(dataset)))
        assert validation is not None
        np.savez(self.whole, images=dataset.images, labels=dataset.labels)
        np.savez(
            self.split,
            training_images=training.images,
            training_labels=training.labels,
            validation_images=validation.images,
            validation_labels=validation.labels,
        )

    def run(self, name: str, *arguments: str) -> Result:
        """Run a contender's process to its end."""
        contender = CONTENDERS[name]
        digits = self.whole if name == OURS else self.split
        script = harness.CONTENDERS / contender.script
        command = [self.pythons[contender.stack], script, "--data", digits, *arguments]
        wall, output = harness.run_process(command, contender.variables)
        return Result(wall_s=wall, **json.loads(output.splitlines()[-1]))


def measure_epochs(bench: Bench, names: list[str]) -> dict[str, list[Result]]:
    """Several epochs of each contender, in turns."""
    options = bench.options
    results: dict[str, list[Result]] = {name: [] for name in names}
    for number in range(1 - options.warmup, options.rounds + 1):
        counted = number > 0
        for name in names:
            epochs = options.epochs if counted else 2
            seed = max(0, number - 1)
            result = bench.run(
                name, "--epochs", str(epochs), "--batch-size", str(options.batch_size), "--seed", str(seed)
            )
            say(f"{_round(number)}  epoch   {name:17} {result.warm_epoch_s:7.3f} s")
            if counted:
                results[name].append(result)
    return results


def measure_target(bench: Bench) -> dict[str, dict[str, list[Result]]]:
    """Our fast recipe and the Keras script on their way to the target, warm and cold, in turns."""
    options = bench.options
    ours = ("--recipe", options.fast_recipe)
    theirs = ("--epochs", str(MOST_EPOCHS))
    results: dict[str, dict[str, list[Result]]] = {kind: {OURS: [], SCRIPT: []} for kind in ("warm", "cold")}
    for number in range(1 - options.warmup, options.rounds + 1):
        for kind, of_kind in results.items():
            for name, arguments in ((OURS, ours), (SCRIPT, theirs)):
                extra = ["--target", str(options.target), "--seed", str(max(0, number - 1))]
                if kind == "warm":
                    extra.append("--warm-up")
                result = bench.run(name, *arguments, *extra)
                seconds = seconds_to_target(result, kind, options.target)
                say(f"{_round(number)}  {kind}    {name:17} {seconds:7.3f} s, epoch {result.reached(options.target)}")
                if number > 0:
                    of_kind[name].append(result)
    return results


def seconds_to_target(result: Result, kind: str, target: float) -> float:
    """Warm: from the training function's call to the end of the epoch that reached the target; cold: the process."""
    epochs = result.reached(target)
    if epochs is None:
        raise SystemExit(f"a contender did not reach {target:.0%} on validation: {result.validation_accuracy}")
    return sum(result.epoch_s[:epochs]) if kind == "warm" else result.wall_s


def _round(number: int) -> str:
    return f"round {number}" if number > 0 else "warm-up"


def epoch_summary(results: dict[str, list[Result]]) -> dict[str, Any]:
    """The figures of the epochs, by contender."""
    ours = [result.warm_epoch_s for result in results[OURS]]
    return {
        name: {
            "warm_epoch_s": statistics.median(result.warm_epoch_s for result in of_contender),
            "ratio": Ratio.of([result.warm_epoch_s for result in of_contender], ours).__dict__,
            "start_up_s": statistics.median(result.start_up_s for result in of_contender),
            "validation_accuracy": statistics.mean(result.validation_accuracy[-1] for result in of_contender),
            "peak_rss_mb": statistics.median(result.peak_rss_mb for result in of_contender),
            "versions": of_contender[0].versions,
            "rounds": [result.__dict__ for result in of_contender],
        }
        for name, of_contender in results.items()
    }


def target_summary(results: dict[str, dict[str, list[Result]]], target: float) -> dict[str, Any]:
    """The figures of the way to the target: warm and cold, by contender."""
    summary: dict[str, Any] = {}
    for kind, of_kind in results.items():
        seconds = {name: [seconds_to_target(result, kind, target) for result in of_kind[name]] for name in of_kind}
        summary[kind] = {
            name: {
                "seconds": statistics.median(seconds[name]),
                "ratio": Ratio.of(seconds[name], seconds[OURS]).__dict__,
                "epochs": [result.reached(target) for result in of_contender],
                "validation_accuracy": [result.validation_accuracy[-1] for result in of_contender],
                "peak_rss_mb": statistics.median(result.peak_rss_mb for result in of_contender),
                "rounds": [result.__dict__ for result in of_contender],
            }
            for name, of_contender in of_kind.items()
        }
    return summary


def aims(epochs: dict[str, list[Result]], target: dict[str, dict[str, list[Result]]], goal: float) -> list[Aim]:
    """What was aimed at, as far as it was measured."""
    found = []
    warm = {name: [result.warm_epoch_s for result in of_contender] for name, of_contender in epochs.items()}
    if SCRIPT in warm:
        ratio = Ratio.of(warm[SCRIPT], warm[OURS])
        found.append(Aim("an epoch, Keras on TensorFlow / digits", ratio, at_least=7))
    if LIMIT in warm:
        found.append(Aim("an epoch, digits / JAX by hand", Ratio.of(warm[OURS], warm[LIMIT]), at_most=1.1))
    for kind, bound in (("warm", 15), ("cold", 3)):
        if kind in target:
            theirs, ours = (
                [seconds_to_target(result, kind, goal) for result in target[kind][name]] for name in (SCRIPT, OURS)
            )
            what = f"to {goal:.0%} on validation, {kind}, Keras on TensorFlow / digits"
            found.append(Aim(what, Ratio.of(theirs, ours), at_least=bound))
    return found


def print_tables(summary: dict[str, Any]) -> None:
    """The figures for a person."""
    console = Console(width=110, highlight=False)
    console.print(harness.describe_machine(summary["machine"]))
    if summary["epochs"]:
        settings = summary["settings"]
        table = Table(title=f"An epoch at batch {settings['batch_size']}, {settings['rounds']} rounds")
        for column in ("", "warm epoch", "× ours (range)", "start-up", "validation", "peak memory"):
            table.add_column(column, justify="right" if column else "left")
        for name, figures in summary["epochs"].items():
            table.add_row(
                CONTENDERS[name].title,
                f"{figures['warm_epoch_s']:.3f} s",
                str(Ratio(**figures["ratio"])),
                f"{figures['start_up_s']:.1f} s",
                f"{figures['validation_accuracy']:.2%}",
                f"{figures['peak_rss_mb']:.0f} MB",
            )
        console.print(table)
        for name, figures in summary["epochs"].items():
            versions = ", ".join(f"{package} {number}" for package, number in figures["versions"].items())
            console.print(f"  {CONTENDERS[name].title}: {versions}")
    for kind, of_kind in summary["target"].items():
        table = Table(title=f"To {summary['settings']['target']:.0%} on validation, {kind}")
        for column in ("", "time", "× ours (range)", "epochs, by round", "peak memory"):
            table.add_column(column, justify="right" if column else "left")
        for name, figures in of_kind.items():
            table.add_row(
                f"digits, {summary['settings']['fast_recipe']}" if name == OURS else CONTENDERS[name].title,
                f"{figures['seconds']:.3f} s",
                str(Ratio(**figures["ratio"])),
                " ".join(map(str, figures["epochs"])),
                f"{figures['peak_rss_mb']:.0f} MB",
            )
        console.print(table)


def parse_arguments() -> argparse.Namespace:
    others = [name for name in CONTENDERS if name != OURS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    harness.add_common_arguments(parser, rounds=3)
    parser.add_argument("--torch-python", type=Path, help="an interpreter that has PyTorch already")
    parser.add_argument(
        "--epochs", type=int, default=4, help="epochs of each process, 2 or more (default: %(default)s)"
    )
    parser.add_argument("--batch-size", type=int, default=32, help="digits a step, for all (default: %(default)s)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=others,
        default=others,
        metavar="NAME",
        help=f"against these only: {', '.join(others)}",
    )
    parser.add_argument(
        "--measure",
        choices=("epoch", "target", "both"),
        default="both",
        help="what to measure; target is against keras-tensorflow alone (default: %(default)s)",
    )
    parser.add_argument(
        "--target", type=float, default=0.97, help="validation accuracy to reach (default: %(default)s)"
    )
    parser.add_argument("--fast-recipe", default="dense-fast", help="our recipe on that way (default: %(default)s)")
    parser.add_argument(
        "--data-dir", type=Path, help="directory that has MNIST's files (default: $DIGITS_DATA_DIR, cache)"
    )
    options = parser.parse_args()
    if options.epochs < 2 or options.rounds < 1:
        parser.error("an epoch is warm from the second on, and one round must count: --epochs 2, --rounds 1 or more")
    return options


def main() -> None:
    options = parse_arguments()
    facts = harness.machine()
    names = [name for name in CONTENDERS if name in (OURS, *options.only)]
    wanted = names if options.measure != "target" else []
    race = (OURS, SCRIPT) if options.measure == "target" or (options.measure == "both" and SCRIPT in names) else ()
    with tempfile.TemporaryDirectory() as place:
        bench = Bench(options, Path(place))
        try:
            bench.prepare([*wanted, *race])
        except DigitsError as error:
            raise SystemExit(str(error)) from error
        epochs = measure_epochs(bench, wanted) if wanted else {}
        target = measure_target(bench) if race else {}
    found = aims(epochs, target, options.target)
    summary = {
        "machine": facts,
        "settings": {
            name: getattr(options, name)
            for name in ("rounds", "warmup", "epochs", "batch_size", "target", "fast_recipe")
        },
        "epochs": epoch_summary(epochs) if epochs else {},
        "target": target_summary(target, options.target) if target else {},
        "aims": [aim.to_json() for aim in found],
    }
    if options.json:
        print(json.dumps(summary, indent=1))
        return
    print_tables(summary)
    for aim in found:
        print(aim)


if __name__ == "__main__":
    main()
