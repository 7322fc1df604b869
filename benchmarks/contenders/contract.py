"""What all contenders share: arguments, digits, clock, and one line of JSON. Standard library and NumPy alone.

A contender is a script that runs in its own process and its own environment. It trains a network (784-128-64-10, ReLU,
softmax, with Adam at Keras's defaults, where nothing else is said) on the digits that the driver prepared, and says on
standard output:

    {"setup_s": 4.1, "epoch_s": [3.4, 2.9], "validation_accuracy": [0.95, 0.96], "peak_rss_mb": 812, "versions": {…}}

Notable choices:
- `setup_s` runs from this module's import, the first one of every contender, to the start of the training: imports,
  reading the digits, building the network, and the warm-up if one was asked for;
- `epoch_s` holds the times between one epoch's end and the next one's, validation and whatever else the library does
  in between included; what is compiled at the first call therefore stands in the first epoch, unless a warm-up came
  before, and the driver counts an epoch as warm from the second on;
- the peak memory is the kernel's own figure, of this process alone: `VmHWM`, where there is one, because `ru_maxrss`
  starts from the driver's.
"""

import argparse
import json
import platform
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

STARTED = time.perf_counter()


class Digits(NamedTuple):
    """MNIST's training set, split by the driver: images uint8 (n, 28, 28), labels uint8 (n,)."""

    training_images: npt.NDArray[np.uint8]
    training_labels: npt.NDArray[np.uint8]
    validation_images: npt.NDArray[np.uint8]
    validation_labels: npt.NDArray[np.uint8]


def make_parser(description: str) -> argparse.ArgumentParser:
    """A parser of the arguments that every contender takes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--data", type=Path, required=True, help="the .npz that the driver prepared")
    parser.add_argument("--epochs", type=int, default=4, help="epochs at most (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=32, help="digits a step (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights and order (default: %(default)s)")
    parser.add_argument(
        "--target", type=float, help="stop after the first epoch with this validation accuracy, such as 0.97"
    )
    return parser


def add_warm_up(parser: argparse.ArgumentParser) -> None:
    """The argument of the contenders that can be warmed up."""
    parser.add_argument(
        "--warm-up",
        action="store_true",
        help="train one throw-away epoch first, uncounted, then start anew from fresh weights",
    )


def load_digits(data: Path) -> Digits:
    """The digits that the driver prepared."""
    with np.load(data, allow_pickle=False) as archive:
        return Digits(*(archive[name] for name in Digits._fields))


class Clock:
    """Notes when an epoch ends and what it gave; knows when the target is reached."""

    def __init__(self, target: float | None = None) -> None:
        self.target = target
        self.setup_seconds = 0.0
        self.epoch_seconds: list[float] = []
        self.accuracies: list[float | None] = []
        self._last = STARTED

    def start(self) -> None:
        """The training starts now."""
        self._last = time.perf_counter()
        self.setup_seconds = self._last - STARTED

    def end_epoch(self, validation_accuracy: float | None) -> bool:
        """An epoch and its validation end now (None: there are no such digits); whether the target is reached."""
        now = time.perf_counter()
        accuracy = None if validation_accuracy is None else float(validation_accuracy)
        self.epoch_seconds.append(now - self._last)
        self.accuracies.append(accuracy)
        self._last = now
        return self.target is not None and accuracy is not None and accuracy >= self.target

    def report(self, *packages: str) -> None:
        """Print the line of JSON, with the versions of these packages."""
        line = {
            "setup_s": self.setup_seconds,
            "epoch_s": self.epoch_seconds,
            "validation_accuracy": self.accuracies,
            "peak_rss_mb": peak_memory() / 1e6,
            "versions": {"python": platform.python_version()} | {name: version(name) for name in packages},
        }
        print(json.dumps(line), flush=True)


def peak_memory() -> int:
    """The most memory that this process ever held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
