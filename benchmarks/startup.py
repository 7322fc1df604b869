"""How long we take to start, side by side: the help against a bare interpreter, one digit against TensorFlow.

    python benchmarks/startup.py                  trains a small network on the sample first, some seconds
    python benchmarks/startup.py --model RUN      takes that run instead

*Help*: `digits --help` against `python -c pass`, the same interpreter, bytecode compiled.
*One digit*: `digits classify PICTURE --model RUN` against `contenders/tensorflow_classify.py`, which loads the same
run's `model.keras` in TensorFlow and names the digit in the same PNG. Both must name the same one.

Every time is the whole life of a process, from its start to its end. The uncounted round compiles bytecode and brings
files into the page cache; in the counted rounds the processes take turns. Speed is a ratio of times within a round, of
which the median, the lowest and the highest are stated.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.table import Table

import harness
from digits.data.sources import load_dataset
from harness import Aim, Ratio, say

BARE, HELP, CLASSIFY, TENSORFLOW = "python -c pass", "digits --help", "digits classify", "TensorFlow script"
DIGITS = Path(sys.executable).with_name("digits")


def train_small_run(place: Path) -> Path:
    """Train a network of the usual shape for two epochs on the sample."""
    say("training a small network on the sample")
    run = place / "run"
    harness.run_process([DIGITS, "train", "--data", "sample", "--set", "training.epochs=2", "--out", run])
    return run


def write_picture(place: Path) -> Path:
    """A digit of the sample as a PNG."""
    picture = place / "digit.png"
    Image.fromarray(load_dataset("sample", "test").images[0]).save(picture)
    return picture


def measure(commands: Mapping[str, Sequence[str | Path]], rounds: int, warmup: int) -> dict[str, list[float]]:
    """Run the commands in turns: seconds of each process, by round.

    Raises:
        SystemExit: two commands name different digits.
    """
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(1 - warmup, rounds + 1):
        named = set()
        for name, command in commands.items():
            variables = {"KERAS_BACKEND": "tensorflow"} if name == TENSORFLOW else {}
            elapsed, output = harness.run_process(command, variables)
            if name in (CLASSIFY, TENSORFLOW):
                named.add(json.loads(output.splitlines()[-1])["digit"])
            if number > 0:
                seconds[name].append(elapsed)
        if len(named) > 1:
            raise SystemExit(f"digits and TensorFlow name different digits: {sorted(named)}")
    return seconds


def print_table(summary: dict[str, Any], aims: list[Aim]) -> None:
    """The figures for a person."""
    console = Console(width=110, highlight=False)
    console.print(harness.describe_machine(summary["machine"]))
    table = Table(title=f"From a process's start to its end, {summary['settings']['rounds']} rounds")
    for column in ("", "median", "range"):
        table.add_column(column, justify="right" if column else "left")
    for name, seconds in summary["seconds"].items():
        span = f"{min(seconds) * 1000:.0f}–{max(seconds) * 1000:.0f} ms"
        table.add_row(name, f"{statistics.median(seconds) * 1000:.0f} ms", span)
    console.print(table)
    for aim in aims:
        print(aim)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    harness.add_common_arguments(parser, rounds=10)
    parser.add_argument("--model", type=Path, help="a run that is there already (default: train a small one)")
    parser.add_argument("--measure", choices=("help", "classify", "both"), default="both", help="default: %(default)s")
    options = parser.parse_args()
    facts = harness.machine()

    commands: dict[str, Sequence[str | Path]] = {}
    if options.measure != "classify":
        commands |= {BARE: [sys.executable, "-c", "pass"], HELP: [DIGITS, "--help"]}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        if options.measure != "help":
            tensorflow = harness.interpreter("tensorflow", options.env_dir, options.tensorflow_python)
            run, picture = options.model or train_small_run(place), write_picture(place)
            script = harness.CONTENDERS / "tensorflow_classify.py"
            commands |= {
                CLASSIFY: [DIGITS, "classify", picture, "--model", run, "--json"],
                TENSORFLOW: [tensorflow, script, run / "model.keras", picture],
            }
        seconds = measure(commands, options.rounds, options.warmup)

    aims = []
    if HELP in seconds:
        aims.append(Aim(f"{HELP} / {BARE}", Ratio.of(seconds[HELP], seconds[BARE]), at_most=20))
    if CLASSIFY in seconds:
        ratio = Ratio.of(seconds[CLASSIFY], seconds[TENSORFLOW])
        aims.append(Aim(f"{CLASSIFY} / {TENSORFLOW}", ratio, at_most=0.1))
    summary = {
        "machine": facts,
        "settings": {"rounds": options.rounds, "warmup": options.warmup},
        "seconds": seconds,
        "aims": [aim.to_json() for aim in aims],
    }
    if options.json:
        print(json.dumps(summary, indent=1))
    else:
        print_table(summary, aims)


if __name__ == "__main__":
    main()
