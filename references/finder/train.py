"""Train the finder: from nothing to `model.onnx` and `config.json`.

    pip install torch onnx onnxscript scikit-image scikit-learn        beside the package
    python references/fonts.py FONTS
    python references/finder/train.py RUN --fonts FONTS                goes on if it was stopped
    python references/finder/train.py RUN --fonts FONTS --export src/digits/models/finder

Pages are drawn from MNIST's training digits, strokes, fonts and textures (`digits.synthesis.pages`); no real picture is
seen. Two cores are used: one learns, in bfloat16 where the processor has it, the other draws. What is exported is the
average of the weights over the last steps, as it stands: an unfinished run can be looked at.
"""

import argparse
import io
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from digits.atomic import write_whole
from finder.batches import BATCH, Batch, batches
from finder.export import export
from finder.network import Finder
from finder.targets import loss_of

PEAK, WARM_UP, DECAY, CLIPPED = 2e-3, 300, 0.02, 2.0
"""Learning rate at its highest, steps up to there, weight decay, largest norm of a gradient."""

AVERAGE = 0.998
"""What the average keeps of itself at each step."""

KEEP_EVERY, SAY_EVERY = 250, 50
"""Steps between two states that are kept, and between two lines of print."""


class Training:
    """A run: a folder with the state of the last step that was kept."""

    def __init__(self, folder: Path, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.steps, self.seed, self.done = steps, seed, 0
        self.file = folder / "state.pt"
        self.network = Finder().to(memory_format=torch.channels_last)
        self.averaged = torch.optim.swa_utils.AveragedModel(
            self.network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
        )
        self.optimizer = torch.optim.AdamW(self.network.parameters(), weight_decay=DECAY)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, PEAK, steps, pct_start=min(0.5, WARM_UP / steps), cycle_momentum=False,
            final_div_factor=50,
        )  # fmt: skip
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
            if self.done % KEEP_EVERY == 0 or self.done == self.steps:
                self._keep()

    def _step(self, batch: Batch) -> dict[str, float]:
        tiles = torch.from_numpy(batch.tiles).float().contiguous(memory_format=torch.channels_last)
        truth = [torch.from_numpy(part) for part in (batch.maps, batch.counts, batch.edges, batch.inside)]
        with torch.autocast("cpu", torch.bfloat16):
            said = self.network(tiles)
        loss, parts = loss_of(said, *truth)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return {"loss": loss.item(), **parts}

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self.network, "averaged": self.averaged,
            "optimizer": self.optimizer, "schedule": self.schedule,
        }  # fmt: skip

    def _keep(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        content = io.BytesIO()
        torch.save({**state, "done": self.done}, content)
        write_whole(self.file, content.getvalue())

    def _resume(self) -> None:
        if self.file.is_file():
            kept = torch.load(self.file, weights_only=True)
            for name, part in self._parts().items():
                part.load_state_dict(kept[name])
            self.done = kept["done"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="RUN", help="where the state is kept")
    parser.add_argument("--fonts", type=Path, help="what references/fonts.py filled (default: no fonts)")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    parser.add_argument("--steps", type=int, default=4_000, help=f"batches of {BATCH} tiles (default: %(default)s)")
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
