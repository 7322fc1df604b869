"""How many planted wrong labels does the audit find? `python benchmarks/planted_labels.py sample --seeds 5`.

A share of the labels gets another class, chosen by chance; the audit does not know which. Recall: the share of the
planted labels that are suspected. Precision: the share of the suspected labels that were planted (a label that was
wrong before counts against it). Average precision: how good the order by score is, over all digits.
"""

import argparse
import statistics
import time

import numpy as np
from sklearn.metrics import average_precision_score

from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.evaluation.audit import audit
from digits.training.crossval import out_of_fold
from digits.training.recipe import load_recipe

COLUMNS = ("seconds", "label = answer", "suspected", "recall", "precision", "average precision")


def plant(dataset: Dataset, share: float, seed: int):
    """A copy with wrong labels, and where they are: bool (n,)."""
    random = np.random.default_rng(seed)
    wrong = random.permutation(len(dataset)) < round(share * len(dataset))
    labels = (dataset.labels + wrong * random.integers(1, 10, len(dataset))) % 10
    return Dataset(images=dataset.images, labels=labels.astype(np.uint8), name="planted", split="train"), wrong


def measure(dataset: Dataset, recipe: str, *, share: float, folds: int, seed: int) -> list[float]:
    """One row of figures, in the order of COLUMNS."""
    planted, wrong = plant(dataset, share, seed)
    began = time.perf_counter()
    probabilities = out_of_fold(load_recipe(recipe), planted, folds=folds)
    found = audit(planted.labels, probabilities)
    seconds = time.perf_counter() - began
    hits = sum(wrong[suspicion.index] for suspicion in found.suspicions)
    given = probabilities[np.arange(len(wrong)), planted.labels]
    suspected = len(found.suspicions)
    order = average_precision_score(wrong, -given)
    return [seconds, found.agreeing / found.n, suspected, hits / wrong.sum(), hits / suspected, order]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", default="sample")
    parser.add_argument("recipes", nargs="*", default=["dense-128-64-dropout"])
    parser.add_argument("--share", type=float, default=0.03)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1, help="seeds of the planting")
    options = parser.parse_args()
    dataset = load_dataset(options.source)
    print(
        f"{options.source}, n = {len(dataset):,}, {options.share:.1%} planted, "
        f"{options.folds} folds, {options.seeds} seeds"
    )
    for recipe in options.recipes:
        rows = [
            measure(dataset, recipe, share=options.share, folds=options.folds, seed=seed)
            for seed in range(options.seeds)
        ]
        print(recipe)
        for name, values in zip(COLUMNS, zip(*rows, strict=True), strict=True):
            spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
            print(f"  {name:<18} {statistics.fmean(values):.3f}{spread}  (least {min(values):.3f})", flush=True)


if __name__ == "__main__":
    main()
