"""How fast our loop trains a convolutional network, beside `Model.fit`, and how much of the machine it puts to use.

    python benchmarks/convolutional_loop.py                                cnn-fast and cnn-best, three counted rounds
    python benchmarks/convolutional_loop.py --rounds-file loop.json        can be stopped, and goes on from there
    python benchmarks/convolutional_loop.py --recipes cnn-fast --rounds 5
    python benchmarks/convolutional_loop.py --recipes dense-128-64 cnn-fast cnn-best --only ours    shares alone

*The same work*: the network of a recipe with its initial weights, its loss, its optimiser (Adam instead of our Muon)
and its batch size, without what `fit` has no equal of (augmentation, averaged weights, distillation) and at a constant
learning rate, so that Keras on TensorFlow reads it all from one `.keras` file. 10,000 digits of MNIST's training set,
as many whole batches as they hold, no validation. Images a second are those of the median epoch from the second on:
compilation is out.

*The share of the machine*: a network needs so many multiply-adds for an image, counted from its layers; training needs
them three times (forwards, for the gradient of the weights, for the gradient of the inputs; the first layer's inputs
need none). Times the images a second, this is put beside the most multiply-adds a second that NumPy or JAX reach in
products of large float32 matrices in the same round. Normalisation, activations and the optimiser are not counted.

Speed is a ratio within a round, of which the median, the lowest and the highest are stated.
"""

import argparse
import json
import math
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
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.errors import DigitsError
from digits.training.recipe import Recipe, load_recipe, validate_recipe
from harness import Ratio, say

OURS = "ours"


@dataclass(frozen=True)
class Contender:
    """One way to train the network: a script, the environment it runs in, and its variables."""

    title: str
    script: str
    stack: str = "project"
    variables: Mapping[str, str] = field(default_factory=dict)


CONTENDERS = {
    OURS: Contender("our loop", "digits_train.py"),
    "keras-jax": Contender("Keras fit on JAX", "keras_fit_file.py", variables={"KERAS_BACKEND": "jax"}),
    "keras-tensorflow": Contender(
        "Keras fit on TensorFlow", "keras_fit_file.py", "tensorflow", {"KERAS_BACKEND": "tensorflow"}
    ),
}


def without_extras(recipe: Recipe, *settings: str) -> Recipe:
    """The recipe without what `fit` has no equal of, then with these settings."""
    table = recipe.model_dump(mode="json")
    for section in ("augmentation", "distillation"):
        table.pop(section, None)
    plain = validate_recipe(table, recipe.name)
    if recipe.training.optimizer == "muon":  # ours is none of Keras's, and the others' environments do not know it
        settings = ("training.optimizer=adam", "training.momentum=0", *settings)
    return plain.override(["training.average=0", "training.keep=last", *settings])


def save_compiled(recipe: Recipe, file: Path, steps: int) -> int:
    """Save the recipe's network, loss and optimiser for `steps` steps in all; gives the multiply-adds of an image."""
    from digits.training import networks

    model = networks.build(recipe)
    model.compile(optimizer=networks.build_optimizer(recipe, steps), loss=networks.build_loss(recipe))
    model.optimizer.build(model.trainable_variables)
    model.save(file)
    return training_multiply_adds(model)


def training_multiply_adds(model: Any) -> int:
    """Multiply-adds that one image costs in training: of each kernel, three times, but twice of the first one.

    A kernel is applied once at each place of its layer's output; its size is what one output place takes.
    """
    layers = [
        sum(math.prod(weight.shape) for weight in layer.weights if weight.name.endswith("kernel"))
        * math.prod(layer.output.shape[1:-1])
        for layer in model.layers
    ]
    counts = [count for count in layers if count]
    return 3 * sum(counts) - counts[0]


class Bench:
    """Where everything is, and how a contender is run."""

    def __init__(self, options: argparse.Namespace, place: Path) -> None:
        self.options, self.place = options, place
        self.pythons = {"project": Path(sys.executable)}
        self.multiply_adds: dict[str, int] = {}
        self.digits: dict[str, int] = {}

    def prepare(self) -> None:
        """Make the environments, and write digits, recipes and networks."""
        options = self.options
        recipes = {name: load_recipe(name) for name in options.recipes}
        if any(CONTENDERS[name].stack == "tensorflow" for name in options.only):
            python = harness.interpreter("tensorflow", options.env_dir, options.tensorflow_python)
            self.pythons["tensorflow"] = python
        dataset = load_dataset(options.data, "train", data_dir=options.data_dir)
        for name, chosen in recipes.items():
            recipe = without_extras(
                chosen,
                "training.schedule=constant",
                "training.warmup=0",
                "data.validation=0",
                f"training.epochs={options.epochs}",
            )
            self._write_digits(name, dataset, recipe.training.batch_size)
            self.multiply_adds[name] = save_compiled(recipe, self._file(name, "keras"), 1)
            self._file(name, "toml").write_text(recipe.to_toml())

    def images_per_second(self, contender: str, recipe: str) -> dict[str, Any]:
        """Run a contender's process to its end."""
        one, ours = CONTENDERS[contender], contender == OURS
        arguments = ["--recipe", self._file(recipe, "toml")] if ours else ["--model", self._file(recipe, "keras")]
        digits = self._file(recipe, "whole.npz" if ours else "split.npz")
        training = load_recipe(self._file(recipe, "toml")).training
        common = ["--data", digits, "--epochs", training.epochs, "--batch-size", training.batch_size]
        common += ["--seed", training.seed]  # the same in every round: there is one file of initial weights
        command = [self.pythons[one.stack], harness.CONTENDERS / one.script, *arguments, *map(str, common)]
        _, output = harness.run_process(command, one.variables)
        said = json.loads(output.splitlines()[-1])
        epoch = statistics.median(said["epoch_s"][1:])
        keys = ("epoch_s", "peak_rss_mb", "versions")
        return {"images_s": self.digits[recipe] / epoch, **{key: said[key] for key in keys}}

    def peak(self) -> dict[str, Any]:
        """The most multiply-adds a second, now."""
        _, output = harness.run_process([sys.executable, harness.CONTENDERS / "matrix_multiply.py"])
        found: dict[str, Any] = json.loads(output.splitlines()[-1])
        return found

    def _file(self, recipe: str, suffix: str) -> Path:
        return self.place / f"{Path(recipe).stem}.{suffix}"

    def _write_digits(self, name: str, dataset: Dataset, batch: int) -> None:
        wanted = min(self.options.digits, len(dataset)) // batch * batch
        if not wanted:
            harness.refuse(f"--digits {self.options.digits}: expected one batch of {name} or more, which is {batch}")
        self.digits[name] = wanted
        images, labels = dataset.images[:wanted], dataset.labels[:wanted]
        np.savez(self._file(name, "whole.npz"), images=images, labels=labels)
        np.savez(
            self._file(name, "split.npz"),
            training_images=images,
            training_labels=labels,
            validation_images=images[:0],
            validation_labels=labels[:0],
        )


def measure(bench: Bench, rounds: harness.Rounds) -> None:
    """Run all contenders in turns, until there are as many rounds as are wanted."""
    options = bench.options
    for number in range(1 - options.warmup if not rounds.results else len(rounds.results) + 1, options.rounds + 1):
        turn = f"round {number}" if number > 0 else "warm-up"
        peak = bench.peak()
        say(f"{turn}  matrix products  {2e-9 * peak['multiply_adds_s']:,.0f} GFLOP/s ({peak['by']})")
        result: dict[str, Any] = {"peak": peak, "multiply_adds": bench.multiply_adds, "digits": bench.digits}
        for recipe in options.recipes:
            result[recipe] = {}
            for contender in options.only:
                one = bench.images_per_second(contender, recipe)
                result[recipe][contender] = one
                say(f"{turn}  {recipe:14}  {contender:17}  {one['images_s']:,.0f} images/s")
        if number > 0:
            rounds.add(result)


def share(result: Mapping[str, Any], recipe: str, contender: str) -> float:
    """The share of the matrix-multiply peak that a contender put to use in a round."""
    done = result[recipe][contender]["images_s"] * result["multiply_adds"][recipe]
    return float(done / result["peak"]["multiply_adds_s"])


def print_tables(rounds: harness.Rounds, options: argparse.Namespace) -> None:
    """The figures for a person."""
    console = Console(width=120, highlight=False)
    console.print(harness.describe_machine(rounds.machine))
    peaks = [2e-9 * result["peak"]["multiply_adds_s"] for result in rounds.results]
    console.print(f"float32 matrix products: {statistics.median(peaks):,.0f} GFLOP/s ({_span(peaks, ',.0f')})")
    for recipe in options.recipes:
        first = rounds.results[0]
        title = (
            f"{recipe}: {first['multiply_adds'][recipe] / 1e6:.2f} million multiply-adds an image in training, "
            f"{first['digits'][recipe]:,} digits an epoch, {len(rounds.results)} rounds"
        )
        table = Table(title=title)
        for column in ("", "images/s", "ours over it (range)", "share of the peak (range)", "peak memory"):
            table.add_column(column, justify="right" if column else "left")
        for contender in options.only:
            figures = [result[recipe][contender] for result in rounds.results]
            shares = [share(result, recipe, contender) for result in rounds.results]
            table.add_row(
                CONTENDERS[contender].title,
                f"{statistics.median(one['images_s'] for one in figures):,.0f}",
                str(ratio(rounds, recipe, contender)) if OURS in options.only else "",
                f"{statistics.median(shares):.1%} ({_span(shares, '.1%')})",
                f"{statistics.median(one['peak_rss_mb'] for one in figures):,.0f} MB",
            )
        console.print(table)
    for contender in options.only:
        versions = rounds.results[0][options.recipes[0]][contender]["versions"]
        text = ", ".join(f"{package} {number}" for package, number in versions.items())
        console.print(f"  {CONTENDERS[contender].title}: {text}")


def ratio(rounds: harness.Rounds, recipe: str, contender: str) -> Ratio:
    """Our images a second over a contender's, round by round."""
    speeds = {
        name: [result[recipe][name]["images_s"] for result in rounds.results]
        for name in dict.fromkeys([OURS, contender])
    }
    return Ratio.of(speeds[OURS], speeds[contender])


def _span(values: list[float], form: str) -> str:
    return f"{min(values):{form}}–{max(values):{form}}"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    harness.add_common_arguments(parser, rounds=3)
    parser.set_defaults(warmup=0)  # every process has an uncounted epoch of its own
    harness.add_rounds_file(parser)
    parser.add_argument(
        "--recipes", nargs="+", default=["cnn-fast", "cnn-best"], metavar="NAME", help="default: %(default)s"
    )
    parser.add_argument(
        "--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), help=f"these only: {', '.join(CONTENDERS)}"
    )
    parser.add_argument("--digits", type=int, default=10_000, help="training digits (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=3, help="of each process, 2 or more (default: %(default)s)")
    parser.add_argument("--data", default="mnist", metavar="SOURCE", help="the digits (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, help="directory that has MNIST's files [$DIGITS_DATA_DIR, cache]")
    options = parser.parse_args()
    if options.epochs < 2 or options.rounds < 1:
        parser.error("an epoch is warm from the second on, and one round must count: --epochs 2, --rounds 1 or more")
    return options


def main() -> None:
    options = parse_arguments()
    settings = {name: getattr(options, name) for name in ("recipes", "only", "digits", "epochs", "data")}
    rounds = harness.Rounds(options.rounds_file, settings)
    try:
        if len(rounds.results) < options.rounds:
            with tempfile.TemporaryDirectory() as place:
                bench = Bench(options, Path(place))
                bench.prepare()
                measure(bench, rounds)
    except DigitsError as error:
        harness.refuse(str(error))
    if options.json:
        content = {"machine": rounds.machine, "settings": rounds.settings, "rounds": rounds.results}
        print(json.dumps(content, indent=1))
    else:
        print_tables(rounds, options)


if __name__ == "__main__":
    main()
