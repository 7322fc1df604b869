"""Which L2 penalty gives the test loss 0.1867 that a classic project reports for its dropout network?

    python benchmarks/which_penalty.py              five seeds of three penalties, about two minutes on 2 cores

Trains `dense-128-64-dropout` on all 60,000 training digits, as the project did, and prints the test accuracy, the test
cross-entropy, and its sum with the penalty of the finished weights, which is what Keras reports as the loss.
"""

import argparse
from pathlib import Path

import numpy as np

from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.training.recipe import load_recipe
from digits.training.trainer import Trainer


def main() -> None:
    """Train, score, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--l2", nargs="+", default=["1e-3", "7e-4", "5e-4"], help="the penalties (default: %(default)s)"
    )
    parser.add_argument(
        "--seeds", type=int, default=5, help="networks for each, seeds 0, 1, 2 … (default: %(default)s)"
    )
    parser.add_argument("--data-dir", type=Path, help="directory that has MNIST's files already")
    options = parser.parse_args()
    training, test = (load_dataset("mnist", split, data_dir=options.data_dir) for split in ("train", "test"))
    print(f"n = {len(test):,} test digits, seeds 0 to {options.seeds - 1}; mean ± standard deviation")
    for l2 in options.l2:
        scores = np.array([score(l2, seed, training, test) for seed in range(options.seeds)])
        means, deviations = scores.mean(axis=0), scores.std(axis=0, ddof=1)
        accuracy, loss, keras_loss = (f"{m:.4f} ± {d:.4f}" for m, d in zip(means, deviations, strict=True))
        print(f"L2 {l2}: accuracy {accuracy}, cross-entropy {loss}, with the penalty {keras_loss}", flush=True)


def score(l2: str, seed: int, training: Dataset, test: Dataset) -> tuple[float, float, float]:
    """Test accuracy, cross-entropy, and cross-entropy with the penalty, of the last epoch's network."""
    recipe = load_recipe("dense-128-64-dropout").override([f"network.l2={l2}", f"training.seed={seed}"])
    trainer = Trainer(recipe, training)
    for epoch in range(1, recipe.training.epochs + 1):
        for _ in trainer.run_epoch(epoch):
            pass
    trainer.write_back()
    probabilities = trainer.probabilities(test.images)
    given = probabilities[np.arange(len(test)), test.labels].astype(np.float64)
    loss = float(-np.mean(np.log(np.maximum(given, 1e-7))))
    accuracy = float(np.mean(probabilities.argmax(axis=1) == test.labels))
    return accuracy, loss, loss + float(sum(trainer.model.losses))


if __name__ == "__main__":
    main()
