"""Train the network that reads a line as a whole (`reading/line_network.py`), and export it.

    pip install torch onnxscript                             beside the package: PyTorch, on a processor's bfloat16
    python benchmarks/train_line_network.py runs/lines       an hour and a half on one core; goes on if it was stopped
    python benchmarks/train_line_network.py runs/lines --out src/digits/reading/line_network.onnx

The network sees strips of ink, uint8 (n, 32, width), and gives for every second column the log-probabilities of none
and of the ten digits. It is convolutional alone: what it says of a digit depends on a little more than the neighbours.
It learns from the text of whole lines, not from where digits are (connectionist temporal classification, Graves et al.
2006), on strips made of MNIST's training digits (`synthetic_strips.py`), several of them side by side, each drawn anew
in every batch: larger, more slanted, thicker, bent, with commas, dashes and dirt between them. Lines made of validation
digits say how it does; no test digit is seen.

Notable choices:
- in PyTorch, which no other part of the project needs: its convolutions in bfloat16 take a step in less than a third of
  the time of JAX's on a processor (docs/experiments.md), and what ships is an ONNX file either way;
- a batch follows from the seed and its number alone, and the state is kept every some hundred steps: a run that was
  stopped goes on, and ends as it would have;
- the weights that are kept are an average over the last steps.
"""

import argparse
import io
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from digits.atomic import write_whole
from digits.data.sources import load_dataset
from digits.evaluation.metrics import wilson_interval
from digits.reading.line_network import ROWS, sized
from digits.reading.transcript import Transcript
from harness import say
from strip_batches import BATCH, WIDTH, draw_batch
from synthetic_pictures import HELD_BACK
from synthetic_strips import Strips, make_strips

FILTERS = (32, 56, 80, 112, 176)
DROPOUT = 0.15
PEAK, WARM_UP, DECAY, CLIPPED = 3e-3, 400, 0.02, 1.0
"""Learning rate at its highest, steps up to there, weight decay, largest norm of a gradient."""

AVERAGE = 0.998
KEEP_EVERY = 500
VALIDATION = 1200


class Convolved(nn.Module):
    """A convolution, normalised; as what it adds to its input where it is `residual`."""

    def __init__(self, before: int, filters: int, kernel: Any = 3, *, residual: bool = False, **options: Any) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, filters, kernel, bias=False, **options)
        self.normalised = nn.BatchNorm2d(filters, momentum=0.05)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """Float32 (n, before, height, width) → (n, filters, …)."""
        y = self.normalised(self.convolution(x))
        return torch.relu(x + y if self.residual else y)


class Network(nn.Module):
    """Strips, uint8 (n, 32, width) → log-probabilities, float32 (n, (width + 1) // 2, 11)."""

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four, five = FILTERS
        blocks: list[nn.Module] = [Convolved(1, one, padding=1)]
        for before, filters, strides in ((one, two, 2), (two, three, (2, 1)), (three, four, (2, 1))):
            blocks += [
                Convolved(before, filters, stride=strides, padding=1),
                Convolved(filters, filters, padding=1, residual=True),
            ]
        blocks.append(Convolved(four, five, (4, 1)))
        for _ in range(2):
            blocks += [nn.Dropout(DROPOUT), Convolved(five, five, (1, 5), padding=(0, 2), residual=True)]
        self.blocks = nn.Sequential(*blocks, nn.Conv2d(five, 11, 1)).to(memory_format=torch.channels_last)

    def forward(self, strips: Tensor) -> Tensor:
        """What it says of strips, for every second column."""
        logits = self.blocks(strips[:, None] / 255)
        return logits[:, :, 0].float().log_softmax(1).transpose(1, 2)


class Training:
    """A run: a folder with the state of the last step that was kept."""

    def __init__(self, folder: Path, strips: Strips, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.strips, self.steps, self.seed, self.done = strips, steps, seed, 0
        self.file = folder / "state.pt"
        self.network = Network()
        self.averaged = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGE), use_buffers=True)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), weight_decay=DECAY)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, PEAK, steps, pct_start=min(0.5, WARM_UP / steps), cycle_momentum=False,
            final_div_factor=10,
        )  # fmt: skip
        self._resume()

    def run(self) -> Iterator[tuple[int, float]]:
        """Train on; gives the steps done and the mean loss a digit, whenever the state was kept."""
        losses = []
        for strips, labels in self._batches():
            losses.append(self._step(strips, labels))
            self.done += 1
            if self.done % KEEP_EVERY == 0 or self.done == self.steps:
                self._keep()
                yield self.done, float(np.mean(losses))
                losses = []

    def _step(self, strips: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32]) -> float:
        with torch.autocast("cpu", torch.bfloat16):
            said = self.network(torch.from_numpy(strips))
        counts = torch.from_numpy((labels >= 0).sum(axis=1))
        steps = torch.full((len(said),), said.shape[1])
        loss = nn.functional.ctc_loss(
            said.transpose(0, 1), torch.from_numpy(labels).clamp(min=0), steps, counts, zero_infinity=True
        )
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return loss.item()

    def _batches(self) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]]:
        """Batches that are drawn while others are learned from."""
        drawn: queue.Queue[Any] = queue.Queue(8)
        places = range(self.done, self.steps)

        def draw() -> None:
            for step in places:
                drawn.put(draw_batch(self.strips, np.random.default_rng([self.seed, step])))

        threading.Thread(target=draw, daemon=True).start()
        for _ in places:
            yield drawn.get()

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self.network, "averaged": self.averaged,
            "optimizer": self.optimizer, "schedule": self.schedule,
        }  # fmt: skip

    def _keep(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        content = io.BytesIO()
        torch.save({**state, "done": self.done, "random": torch.get_rng_state()}, content)
        write_whole(self.file, content.getvalue())

    def _resume(self) -> None:
        if self.file.is_file():
            kept = torch.load(self.file, weights_only=True)
            for name, part in self._parts().items():
                part.load_state_dict(kept[name])
            self.done = kept["done"]
            torch.set_rng_state(kept["random"])


def export(network: nn.Module, file: Path) -> None:
    """Write the network as ONNX, proven to say the same as PyTorch's at widths even and odd."""
    strips = torch.zeros((2, ROWS, WIDTH), dtype=torch.uint8)
    free = {"strips": {0: torch.export.Dim("lines"), 2: torch.export.Dim("width", min=8)}}
    program = torch.onnx.export(
        network.eval(), (strips,), dynamic_shapes=free, input_names=["strips"], external_data=False, verbose=False
    )
    assert program is not None
    model = program.model_proto
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        part.ClearField("metadata_props")  # stack traces, with paths of this machine
    content = model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for width in (40, 97, 333):
        strips = torch.from_numpy(np.random.default_rng(width).integers(0, 256, (2, ROWS, width)).astype(np.uint8))
        (said,) = session.run(None, {"strips": strips.numpy()})
        with torch.inference_mode():
            difference = float(np.abs(said - network(strips).numpy()).max())
        if not difference <= 1e-4:
            raise SystemExit(f"the exported network differs from PyTorch's by {difference:.1e} at width {width}")
    write_whole(file, content)


def read_exactly(network: nn.Module, strips: Strips) -> int:
    """How many strips are read without an error."""
    right = 0
    for ink, text in zip(strips.inks, strips.texts, strict=True):
        shown = np.pad(sized(ink), ((0, 0), (3, 3)))
        with torch.inference_mode():
            said = network.eval()(torch.from_numpy(shown[None])).numpy()[0].astype(np.float64)
        right += Transcript(said, np.arange(len(said), dtype=np.float64)).text == text
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where strips and the state are kept")
    parser.add_argument("--out", type=Path, help="where the network is written (default: FOLDER/line_network.onnx)")
    parser.add_argument("--photographed", type=int, default=35_000, help="lines (default: %(default)s)")
    parser.add_argument("--written", type=int, default=25_000, help="lines (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=15_000, help=f"batches of {BATCH} (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="mnist", help="whose training digits (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    options = parser.parse_args()
    whole = load_dataset(options.data, data_dir=options.data_dir)
    digits, held = whole.split_off(min(HELD_BACK, len(whole) // 5))
    strips = make_strips(
        options.folder / "strips", digits,
        photographed=options.photographed, written=options.written, seed=options.seed,
    )  # fmt: skip
    check = make_strips(
        options.folder / "validation", held,
        photographed=min(VALIDATION, options.photographed), written=0, seed=options.seed + 1,
    )  # fmt: skip
    training = Training(options.folder, strips, options.steps, options.seed)
    parameters = sum(weights.numel() for weights in training.network.parameters())
    say(f"{len(strips.texts):,} strips; {parameters:,} parameters; from step {training.done:,} on")
    for done, loss in training.run():
        say(f"  step {done:,} of {training.steps:,}: loss {loss:.4f} a digit")
    right, n = read_exactly(training.averaged.module, check), len(check.texts)
    low, high = wilson_interval(right, n)
    print(f"validation lines read exactly: {right / n:.1%} ({low:.1%} to {high:.1%}, n = {n:,})")
    out = options.out or options.folder / "line_network.onnx"
    export(training.averaged.module, out)
    print(f"written to {out}")


if __name__ == "__main__":
    main()
