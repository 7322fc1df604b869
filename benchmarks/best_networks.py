"""The table of the best networks in docs/results.md: every recipe and its seeds on full MNIST.

    python benchmarks/best_networks.py --runs-dir runs

A run that is there already, finished or not, is not begun anew, so the command can be stopped at any time and goes on.
The test set is read once for each finished run; it selects nothing.
"""

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path

from digits.evaluation.metrics import wilson_interval
from digits.making import Watcher, load_splits, train_once
from digits.reading.networks.classifier import read_description
from digits.training.recipe import load_recipe
from digits.training.run import Run, list_runs

SEEDS = {
    "dense-best": 5,
    "dense-best-augmented": 3,
    "cnn-tiny": 3,
    "cnn-fast": 5,
    "cnn-best": 3,
    "ensemble": 1,
    "student": 1,
    "cnn-sturdy": 1,
}
"""Recipe → how many seeds, from 0 on; fewer where a training is long."""


class Said(Watcher):
    """Prints the stages of a training, and every epoch."""

    def stage(self, text):
        """A line a stage."""
        print(f"  {text}", flush=True)

    def epoch(self, epoch):
        """A line an epoch."""
        print(f"  epoch {epoch.epoch}: validation {epoch.validation_accuracy}, {epoch.seconds:.0f} s", flush=True)


def row(recipe: str, runs: Sequence[Run]) -> str:
    """A line of the table, from the finished runs of a recipe's seeds."""
    figures = [run.metrics["test"] for run in runs]
    accuracies = [100 * one["accuracy"] for one in figures]
    spread = f" ± {statistics.stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
    n = figures[0]["n"]
    low, high = wilson_interval(round(statistics.fmean(one["correct"] for one in figures)), n)
    corrected = [100 * one["corrected"]["accuracy"] for one in figures if one.get("corrected")]
    seconds = statistics.median(sum(epoch.seconds for epoch in run.history) for run in runs)
    parameters = read_description(runs[0].bundle)["parameters"]
    each = ", ".join(f"{accuracy:.2f}" for accuracy in accuracies)
    seeds = f"0 to {len(runs) - 1}" if len(runs) > 1 else "0"
    command = f"digits train {recipe} --data mnist" + (f" --seeds {len(runs)}" if len(runs) > 1 else "")
    minutes = f"{seconds / 60:.1f} min" if seconds else "its members'"
    return (
        f"| `{recipe}` | {parameters:,} | **{statistics.fmean(accuracies):.2f}{spread} %** | {100 * low:.2f} to "
        f"{100 * high:.2f} % | {each} ({seeds}) | {statistics.fmean(corrected):.2f} % | {minutes} | `{command}` |"
    )


def main() -> None:
    """Train what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=list(SEEDS), help="which rows [all]")
    parser.add_argument("--runs-dir", type=Path, default=Path("runs"))
    parser.add_argument("--data-dir", type=Path, help="where MNIST's files are")
    parser.add_argument("--finished", action="store_true", help="train nothing: a row of the seeds that are there")
    given = parser.parse_args()
    training, test = load_splits("mnist", data_dir=given.data_dir)
    rows = []
    for name in given.recipes:
        wanted = [
            load_recipe(name).override(["data.source=mnist", f"training.seed={seed}"]) for seed in range(SEEDS[name])
        ]
        if given.finished:
            there = [run for run in list_runs(given.runs_dir) if run.complete]
            seeds = {run.recipe.training.seed: run for run in there if run.recipe.name == name}
            runs = [seeds[seed] for seed in sorted(seeds)]
        else:
            runs = [train_once(recipe, training, test=test, runs_dir=given.runs_dir, watch=Said()) for recipe in wanted]
        if runs:
            rows.append(row(name, runs))
    print(
        "\n| recipe | parameters | test accuracy | other test digits | each seed | corrected labels | a training | "
        "command |\n|---|---|---|---|---|---|---|---|"
    )
    print("\n".join(rows))


if __name__ == "__main__":
    main()
