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
import io
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from digits.atomic import write_whole
from finder.batches import BATCH, Batch, batches
from finder.export import export
from finder.network import Finder
from finder.targets import loss_of

RATE, WARM_UP, COOLED, DECAY, CLIPPED = 2e-3, 200, 0.3, 0.02, 2.0
"""Learning rate, steps up to it, the share of the steps in which it falls, weight decay, largest norm of a gradient."""

AVERAGE = 0.998
"""What the average keeps of itself at each step."""

KEEP_EVERY, SAY_EVERY = 250, 50
"""Steps between two states that are kept, and between two lines of print."""


def averaged(average: Tensor, now: Tensor, steps: Tensor | int) -> Tensor:
    """The average after a step; in the first steps it forgets what it began with."""
    if not average.is_floating_point():
        return now  # a counter
    return torch.lerp(now, average, min(AVERAGE, (1 + int(steps)) / (10 + int(steps))))


class Training:
    """A run: a folder with the state of the last step that was kept, and of the last before the rate fell."""

    def __init__(self, folder: Path, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.folder, self.steps, self.seed, self.done = folder, steps, seed, 0
        self.network = Finder().to(memory_format=torch.channels_last)
        self.averaged = torch.optim.swa_utils.AveragedModel(self.network, avg_fn=averaged, use_buffers=True)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=RATE, weight_decay=DECAY)
        self.cooling_from = round((1 - COOLED) * steps)
        self._resume()

    def run(self, data: Path | None, fonts: Path | None) -> None:
        """Train on to the last step; prints the mean of the loss's parts as it goes."""
        said: list[dict[str, float]] = []
        begin = time.monotonic()
        for batch in batches(data, fonts, self.seed, self.done, self.steps):
            said.append(self._step(batch))
            self.done += 1
            if self.done % SAY_EVERY == 0:
                means = "  ".join(f"{name} {np.mean([parts[name] for parts in said]):.4f}" for name in said[0])
                print(f"step {self.done:,} of {self.steps:,}  {means}  {time.monotonic() - begin:.0f} s", flush=True)
                said = []
            if self.done % KEEP_EVERY == 0 or self.done in {self.steps, self.cooling_from}:
                self._keep()

    def _step(self, batch: Batch) -> dict[str, float]:
        rate = RATE * min(1.0, (self.done + 1) / WARM_UP, (self.steps - self.done) / (self.steps - self.cooling_from))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        tiles = torch.from_numpy(batch.tiles).float().contiguous(memory_format=torch.channels_last)
        truth = [torch.from_numpy(part) for part in (batch.maps, batch.counts, batch.edges, batch.inside, batch.names)]
        with torch.autocast("cpu", torch.bfloat16):
            said = self.network(tiles)
        loss, parts = loss_of(said, *truth)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        return {"loss": loss.item(), **parts}

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "averaged": self.averaged, "optimizer": self.optimizer}

    def _keep(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        content = io.BytesIO()
        torch.save({**state, "done": self.done}, content)
        for name in ["state.pt"] + (["before-cooling.pt"] if self.done <= self.cooling_from else []):
            write_whole(self.folder / name, content.getvalue())

    def _resume(self) -> None:
        files = [self.folder / name for name in ("state.pt", "before-cooling.pt")]
        if not all(file.is_file() for file in files):
            return
        kept, warm = (torch.load(file, weights_only=True) for file in files)
        if kept["done"] > warm["done"] and self.cooling_from > warm["done"]:
            kept = warm  # a longer training goes on from before the rate fell
        for name, part in self._parts().items():
            part.load_state_dict(kept[name])
        self.done = kept["done"]


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
