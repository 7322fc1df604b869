"""Train the finder: from nothing to `model.onnx` and `config.json`.

    pip install torch onnx onnxscript scikit-image scikit-learn        beside the package
    python references/fonts.py FONTS
    python references/finder/train.py RUN --fonts FONTS                goes on if it was stopped
    python references/finder/train.py RUN --fonts FONTS --export src/digits/models/finder

Pages are drawn from MNIST's training digits, strokes, fonts and textures (`digits.synthesis.pages`); no real picture is
seen. Two cores are used: one learns, in bfloat16 where the processor has it, the other draws. What is exported is the
average of the weights over the last steps, as it stands: an unfinished run can be looked at.

Notable choices:
- the learning rate is constant for seven tenths of the steps, and then falls to nothing (a "trapezoid"): the state from
  before is kept, so that a longer training (`--steps`) goes on from there instead of beginning anew;
- a batch follows from the seed and its step: a run that was stopped goes on, and ends as it would have.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from finder.batches import BATCH, Batch, batches
from finder.export import export
from finder.network import Finder
from finder.targets import loss_of
from trapezoid import Trapezoid

WARM_UP = 200
"""Steps in which the learning rate rises."""

COOLED = 0.3
"""The share of the steps in which it falls."""

AVERAGE = 0.998
"""What the average keeps of itself at each step."""

KEEP_EVERY = 250
"""Steps between two states that are kept."""

SAY_EVERY = 50
"""Steps between two lines of print."""


def averaged(average: Tensor, now: Tensor, steps: Tensor | int) -> Tensor:
    """The average after a step; in the first steps it forgets what it began with."""
    if not average.is_floating_point():
        return now  # a counter
    return torch.lerp(now, average, min(AVERAGE, (1 + int(steps)) / (10 + int(steps))))


class Training(Trapezoid):
    """The finder in training."""

    def __init__(self, folder: Path, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed = seed
        network = Finder().to(memory_format=torch.channels_last)
        average = torch.optim.swa_utils.AveragedModel(network, avg_fn=averaged, use_buffers=True)
        super().__init__(folder, average, network, steps=steps, cooled=COOLED, warm_up=WARM_UP)

    def run(self, data: Path | None, fonts: Path | None) -> None:
        """Train on to the last step; prints the mean of the loss's parts as it goes."""
        said: list[dict[str, float]] = []
        begin = time.monotonic()
        for batch in batches(data, fonts, self.seed, self.done, self.steps):
            said.append(self._step(batch))
            if self.done % SAY_EVERY == 0:
                means = "  ".join(f"{name} {np.mean([parts[name] for parts in said]):.4f}" for name in said[0])
                print(f"step {self.done:,} of {self.steps:,}  {means}  {time.monotonic() - begin:.0f} s", flush=True)
                said = []
            if self.done % KEEP_EVERY == 0 or self.is_worth_keeping:
                self.keep()

    def _step(self, batch: Batch) -> dict[str, float]:
        tiles = torch.from_numpy(batch.tiles).float().contiguous(memory_format=torch.channels_last)
        truth = [torch.from_numpy(part) for part in (batch.maps, batch.counts, batch.edges, batch.inside, batch.names)]
        with torch.autocast("cpu", torch.bfloat16):
            said = self.network(tiles)
        loss, parts = loss_of(said, *truth)
        self.learn(loss)
        return {"loss": loss.item(), **parts}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="RUN", help="where the state is kept")
    parser.add_argument("--fonts", type=Path, help="what references/fonts.py filled (default: no fonts)")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    parser.add_argument("--steps", type=int, default=3_700, help=f"batches of {BATCH} tiles (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="of the network (default: %(default)s)")
    parser.add_argument("--export", type=Path, metavar="MODEL", help="only write the average as it stands to MODEL")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    training = Training(options.folder, options.steps, options.seed)
    if options.export is None:
        parameters = sum(weights.numel() for weights in training.network.parameters())
        print(f"{parameters:,} parameters; from step {training.done:,} on", flush=True)
        training.run(options.data_dir, options.fonts)
    export(training.averaged.module, options.export or options.folder / "finder", training.done, options.seed)


if __name__ == "__main__":
    main()
