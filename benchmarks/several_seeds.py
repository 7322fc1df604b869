"""Five seeds at once (`vmap`), or one after the other? The same steps, taking turns, on this machine.

    python benchmarks/several_seeds.py

The recipe `dense-128-64` on MNIST, batch 32 and 128: the very step that training takes, in one compiled
loop, over five sets of weights at once against five loops of one. What is stated is the time of five seeds one after
the other over that of five at once, its median over the rounds and its range; compilation is left out on both sides.
"""

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from digits.data.sources import load_dataset
from digits.training.recipe import load_recipe
from digits.training.trainer import Trainer

SEEDS = 5


def main() -> None:
    """Measure at both batch sizes, and print."""
    options = _options()
    dataset = load_dataset("mnist", data_dir=options.data_dir)
    for batch in (32, 128):
        recipe = load_recipe("dense-128-64").override([f"training.batch_size={batch}"])
        trainers = [Trainer(recipe.override([f"training.seed={seed}"]), dataset) for seed in range(SEEDS)]
        steps = options.digits // batch
        orders = jnp.asarray(np.stack([trainer.order(1)[:steps] for trainer in trainers]))  # (seeds, steps, batch)
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(trainer.weights for trainer in trainers))
        one, many = _loops(trainers[0], steps)
        first = trainers[0]

        def in_turn(one: Any = one, trainers: Any = trainers, orders: Any = orders, first: Any = first) -> Any:
            return [
                one(trainer.weights, first.images, first.labels, order)
                for trainer, order in zip(trainers, orders, strict=True)
            ]

        def at_once(many: Any = many, stacked: Any = stacked, orders: Any = orders, first: Any = first) -> Any:
            return many(stacked, first.images, first.labels, orders)

        for alone, together in zip(jax.tree.leaves(in_turn()[2]), jax.tree.leaves(at_once()), strict=True):
            np.testing.assert_allclose(alone, together[2], rtol=2e-2, atol=2e-2)
        ratios, seconds = [], []
        for _ in range(options.rounds):
            times = [_seconds(in_turn), _seconds(at_once)]
            ratios.append(times[0] / times[1])
            seconds.append(times)
        medians = [statistics.median(column) for column in zip(*seconds, strict=True)]
        print(
            f"batch {batch}, {steps} steps: one after the other {medians[0]:.2f} s, at once {medians[1]:.2f} s, ratio "
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}), {options.rounds} rounds",
            flush=True,
        )


def _loops(trainer: Trainer, steps: int) -> tuple[Any, Any]:
    """Compiled: `steps` steps of one network, and of several at once."""

    def run(step: Any, weights: Any, images: Any, labels: Any, orders: Any, axis: int) -> Any:
        def body(number: Any, weights: Any) -> Any:
            chosen = lax.dynamic_index_in_dim(orders, number, axis, keepdims=False)
            return step(weights, images[chosen], labels[chosen])[0]

        return lax.fori_loop(0, steps, body, weights)

    one = jax.jit(lambda *arguments: run(trainer.step, *arguments, axis=0))
    many = jax.jit(lambda *arguments: run(jax.vmap(trainer.step), *arguments, axis=1))
    return one, many


def _seconds(call: Any) -> float:
    began = time.perf_counter()
    jax.block_until_ready(call())
    return time.perf_counter() - began


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="how often both take their turn [9]")
    parser.add_argument("--digits", type=int, default=12_800, help="digits that each network sees in a round [12800]")
    parser.add_argument("--data-dir", type=Path, help="directory that has MNIST's files already")
    return parser.parse_args()


if __name__ == "__main__":
    main()
