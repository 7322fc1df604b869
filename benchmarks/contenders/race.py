"""What the contenders on the way to 99 % share beside the contract: when they are asked, on which clock, what they say.

Such a contender says one line of JSON on standard output:

    {"seconds": 81.4, "epochs": 8.25, "checks": [[0.25, 4.1, 0.954], …], "validation": {"correct": 4951, "n": 5000},
     "test": {"correct": 9899, "n": 10000}, "peak_rss_mb": 1312, "versions": {…}}

Notable choices:
- the clock starts where the driver started the process (`--started`, seconds since 1970): a cold start, on every side;
- validation is asked for four times an epoch, so that nobody is charged for most of an epoch after the target is
  reached, and the clock stands still meanwhile: the contender is charged for no validation at all (ours is);
- `seconds` and `epochs` are of the first check that reached the target, null if none did; `checks` holds all of them:
  (epochs done, seconds, validation accuracy);
- the test digits are asked once, after the clock was read for the last time.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import contract
import numpy as np


def make_parser(description: str, *, epochs: int, batch_size: int) -> argparse.ArgumentParser:
    """The contract's parser, with the published number of epochs and batch size."""
    parser = contract.make_parser(description)
    parser.set_defaults(epochs=epochs, batch_size=batch_size, target=0.99)
    parser.add_argument("--started", type=float, default=time.time(), help="when the process started [now]")
    parser.add_argument("--checks", type=int, default=4, help="validations an epoch (default: %(default)s)")
    return parser


def load_test(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """The test digits that the driver prepared: images uint8 (n, 28, 28), labels uint8 (n,)."""
    with np.load(data, allow_pickle=False) as archive:
        return archive["test_images"], archive["test_labels"]


class Race:
    """Asks for the validation accuracy when it is due, and knows when the target is reached.

    `count_correct` takes images uint8 (n, 28, 28) and labels (n,), and gives how many the network names rightly now.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        digits: contract.Digits,
        count_correct: Callable[[np.ndarray, np.ndarray], int],
    ) -> None:
        self.options, self.digits, self.count_correct = options, digits, count_correct
        self.steps = -(-len(digits.training_labels) // options.batch_size)  # an epoch
        self.due = {-(-self.steps * number // options.checks) for number in range(1, options.checks + 1)}
        self.checks: list[tuple[float, float, float]] = []
        self.correct = 0
        self._standing_still = 0.0

    def step_done(self, epoch: int, step: int) -> bool:
        """Step `step` of epoch `epoch`, both from 1, is done; whether the target is reached."""
        if step not in self.due:
            return False
        now = time.time()
        validation = self.digits.validation_images, self.digits.validation_labels
        self.correct = self.count_correct(*validation)
        accuracy = self.correct / len(validation[1])
        seconds = now - self.options.started - self._standing_still
        self.checks.append((epoch - 1 + step / self.steps, seconds, accuracy))
        self._standing_still += time.time() - now
        return accuracy >= self.options.target

    def report(self, *packages: str) -> None:
        """Score the test digits, and print the line of JSON."""
        reached = bool(self.checks) and self.checks[-1][2] >= self.options.target
        images, labels = load_test(self.options.data)
        line = {
            "seconds": self.checks[-1][1] if reached else None,
            "epochs": self.checks[-1][0] if reached else None,
            "checks": self.checks,
            "validation": {"correct": self.correct, "n": len(self.digits.validation_labels)},
            "test": {"correct": self.count_correct(images, labels), "n": len(labels)},
            "peak_rss_mb": contract.peak_memory() / 1e6,
            "versions": {"python": platform.python_version()} | {name: version(name) for name in packages},
        }
        print(json.dumps(line), flush=True)
