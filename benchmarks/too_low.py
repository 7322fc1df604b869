"""Why does a classic project report 92 % for 128 hidden neurons, where the same network reaches 97.7 %? One slip each.

    python benchmarks/too_low.py                three seeds each, about five minutes on 2 cores
    python benchmarks/too_low.py --seeds 5 --json

Trains the recipe `dense-128` on all 60,000 training digits, as the project did, with one slip that beginners make, and
scores the network of the last epoch on MNIST's test set. Nothing is chosen by these scores: they are the question.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digits.data.sources import load_dataset
from digits.evaluation.significance import mean_interval
from digits.training.backend import keras
from digits.training.recipe import load_recipe
from digits.training.trainer import Trainer


@dataclass(frozen=True)
class Slip:
    """One thing done otherwise: settings of the recipe, and a change to the network or the loss."""

    title: str
    settings: tuple[str, ...] = ()
    change: Callable[[Any], None] = lambda trainer: None


def _raw_pixels(trainer: Any) -> None:
    trainer.model.get_layer("scale").scale = 1.0


def _raw_pixels_and_logits(trainer: Any) -> None:
    _raw_pixels(trainer)
    trainer.model.get_layer("probabilities").activation = keras.activations.linear
    trainer.objective.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def _no_activation(trainer: Any) -> None:
    trainer.model.get_layer("relu_1").activation = keras.activations.linear


def _softmax_twice(trainer: Any) -> None:
    trainer.objective.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


SGD = ("training.optimizer=sgd", "training.learning_rate=0.01")
SLIPS = {
    "as-it-is": Slip("the network as it is: pixels divided by 255, ReLU, Adam, 10 epochs"),
    "no-activation": Slip("no activation in the hidden layer (Keras's default for Dense)", change=_no_activation),
    "raw-pixels": Slip("pixels not divided by 255, loss of the probabilities", change=_raw_pixels),
    "raw-pixels-logits": Slip(
        "pixels not divided by 255, loss of the logits (as Keras on TensorFlow computes it)",
        change=_raw_pixels_and_logits,
    ),
    "sgd": Slip("SGD at Keras's default rate 0.01 instead of Adam", SGD),
    "sigmoid-sgd": Slip("sigmoid neurons, and SGD", (*SGD, "network.activation=sigmoid")),
    "one-epoch": Slip("1 epoch instead of 10", ("training.epochs=1",)),
    "sgd-one-epoch": Slip("SGD, and 1 epoch", (*SGD, "training.epochs=1")),
    "softmax-twice": Slip("softmax outputs given to the loss as logits", change=_softmax_twice),
}


def main() -> None:
    """Train, score, print."""
    options = _options()
    training, test = (load_dataset("mnist", split, data_dir=options.data_dir) for split in ("train", "test"))
    results = {}
    for name in options.only or SLIPS:
        slip = SLIPS[name]
        accuracies = [_accuracy(slip, seed, training, test) for seed in range(options.seeds)]
        interval = mean_interval(accuracies)
        results[name] = {"title": slip.title, "n": len(test), "accuracies": accuracies, "interval": interval}
        spread = 100 * np.std(accuracies, ddof=1) if len(accuracies) > 1 else 0.0
        line = f"{100 * np.mean(accuracies):6.2f} ± {spread:.2f} %  {slip.title}"
        print(line, file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.json:
        print(json.dumps(results))


def _accuracy(slip: Slip, seed: int, training: Any, test: Any) -> float:
    recipe = load_recipe("dense-128").override([*slip.settings, f"training.seed={seed}"])
    trainer = Trainer(recipe, training)
    slip.change(trainer)
    for epoch in range(1, recipe.training.epochs + 1):
        for _ in trainer.run_epoch(epoch):
            pass
    trainer.model.get_layer("probabilities").activation = keras.activations.softmax
    return float(np.mean(trainer.probabilities(test.images).argmax(axis=1) == test.labels))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3, help="networks for each slip, seeds 0, 1, 2 … [3]")
    parser.add_argument("--only", nargs="+", choices=list(SLIPS), help="these slips alone")
    parser.add_argument("--data-dir", type=Path, help="directory that has MNIST's files already")
    parser.add_argument("--json", action="store_true", help="print JSON on standard output")
    return parser.parse_args()


if __name__ == "__main__":
    main()
