"""Make the line reader from nothing: MNIST's training digits, strokes and fonts become strips, strips a network.

    pip install -e . torch onnx onnxscript                             PyTorch, in an environment of its own
    python references/fonts.py FONTS                                   handwriting fonts, from npm
    python references/line_reader/train.py RUN --fonts FONTS           hours on one core; goes on if stopped
    python references/line_reader/train.py RUN --fonts FONTS --steps 60000      and on, from before the rate fell

RUN keeps the state; the end of it is `model.onnx` in RUN, or where `--out` says (src/digits/models/line-reader).

Notable choices:
- every strip is seen once: it follows from the seed and its place alone, and is drawn by a process beside;
- the learning rate is constant up to the last fifth, in which it falls to nothing (a "trapezoid"): the state from
  before is kept, so that a longer training goes on from there instead of beginning anew;
- steps are in bfloat16, which a processor that has it multiplies twice as fast; what ships is float32, proven to say
  the same as PyTorch;
- strips of validation digits and of fonts that were held back say how it does; nothing is chosen on test digits.
"""

import argparse
import io
import itertools
import multiprocessing
import queue
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

sys.path.insert(0, str(Path(__file__).parent))
from network import ROWS, Exported, LineReader, normalised

from digits.atomic import write_whole
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.synthesis.fonts import handwriting_fonts, load_fonts, printed_fonts
from digits.synthesis.hands import Glyphs
from digits.synthesis.strips import draw_strip
from digits.synthesis.texts import MARKS

BATCH = 32
GROUP = 4
"""Batches that are drawn together and parted by width: what is padded is wasted."""

RATE, WARM_UP, COOLED, DECAY, CLIPPED = 2e-3, 500, 0.2, 0.02, 2.0
"""Learning rate, steps up to it, the share of the steps in which it falls, weight decay, largest norm of a gradient."""

AVERAGE = 0.999
KEEP_EVERY = 250
WIDEST = 720
"""Columns of a strip at the most, in training."""

HELD_BACK = 5000
"""Digits that are kept for validation, as everywhere in this project."""

VALIDATION = 1000
_ASK_EVERY = 10.0  # seconds between two looks at whether the training is still there

Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Strips (n, 1, 40, width), normalised and padded; labels of all, one after the other; their counts; columns said."""


def sized(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """A strip at the network's height: float32 (40, width), 0 to 255."""
    height, width = pixels.shape
    across = max(8, round(width * ROWS / height))
    how = cv2.INTER_AREA if height > ROWS else cv2.INTER_LINEAR
    return cv2.resize(pixels, (across, ROWS), interpolation=how).astype(np.float32)


def draw_group(glyphs: Glyphs, printed: tuple[Path, ...], seed: int, place: int) -> list[Batch]:
    """`GROUP` batches, of narrow strips to wide ones, in an order that is drawn."""
    random = np.random.default_rng([seed, place])
    drawn = []
    while len(drawn) < BATCH * GROUP:
        strip = draw_strip(glyphs, printed, random)
        pixels = sized(strip.pixels)
        if pixels.shape[1] <= WIDEST and pixels.shape[1] >= 4 * len(strip.text):
            drawn.append((pixels, strip.text))
    drawn.sort(key=lambda one: one[0].shape[1])
    return [_batch(drawn[number * BATCH :][:BATCH]) for number in random.permutation(GROUP)]


def _batch(drawn: list[tuple[npt.NDArray[np.float32], str]]) -> Batch:
    widest = max(pixels.shape[1] for pixels, _ in drawn)
    strips = np.zeros((len(drawn), 1, ROWS, widest), np.float32)
    for strip, (pixels, _) in zip(strips, drawn, strict=True):
        strip[:, :, : pixels.shape[1]] = normalised(torch.from_numpy(pixels[None, None]))[0].numpy()
    labels = np.array([1 + MARKS.index(mark) for _, text in drawn for mark in text], np.int64)
    counts = np.array([len(text) for _, text in drawn], np.int64)
    columns = np.array([(pixels.shape[1] + 1) // 2 for pixels, _ in drawn], np.int64)
    return strips, labels, counts, columns


def _draw(drawn: Any, glyphs: Glyphs, printed: tuple[Path, ...], seed: int, first: int) -> None:
    """Groups of batches, one after the other, into a queue: what the process beside does."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    for place in itertools.count(first):
        for batch in draw_group(glyphs, printed, seed, place):
            while True:
                try:
                    drawn.put(batch, timeout=_ASK_EVERY)
                    break
                except queue.Full:
                    if parent is None or not parent.is_alive():  # it was killed: nobody waits for strips
                        return


class Training:
    """A run: a folder with the state of the last step that was kept, and of the last before the rate fell."""

    def __init__(self, folder: Path, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.folder, self.steps, self.seed, self.done = folder, steps, seed, 0
        self.network = LineReader()
        self.averaged = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGE), use_buffers=True)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=RATE, weight_decay=DECAY)
        self.cooling_from = round((1 - COOLED) * steps)
        self._resume()

    def run(self, glyphs: Glyphs, printed: tuple[Path, ...]) -> Iterator[tuple[int, float]]:
        """Train on; gives the steps done and the mean loss of a strip, whenever the state was kept."""
        context = multiprocessing.get_context("spawn")  # a fork of a process that ran PyTorch may hang
        drawn = context.Queue(4 * GROUP)
        first = self.done // GROUP
        beside = context.Process(target=_draw, args=(drawn, glyphs, printed, self.seed, first), daemon=True)
        beside.start()
        losses = []
        try:
            for _ in range(self.done % GROUP):
                drawn.get()
            while self.done < self.steps:
                losses.append(self._step(drawn.get()))
                self.done += 1
                if self.done % KEEP_EVERY == 0 or self.done in {self.steps, self.cooling_from}:
                    self._keep()
                    yield self.done, float(np.mean(losses))
                    losses = []
        finally:
            beside.terminate()

    def _step(self, batch: Batch) -> float:
        strips, labels, counts, columns = (torch.from_numpy(part) for part in batch)
        rate = RATE * min(1.0, (self.done + 1) / WARM_UP, (self.steps - self.done) / (self.steps - self.cooling_from))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            said = self.network(strips.to(memory_format=torch.channels_last))
        loss = nn.functional.ctc_loss(said.transpose(0, 1), labels, columns, counts, zero_infinity=True)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        return float(loss.item())

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "averaged": self.averaged, "optimizer": self.optimizer}

    def _keep(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        content = io.BytesIO()
        torch.save({**state, "done": self.done, "random": torch.get_rng_state()}, content)
        names = ["state.pt"] + (["before-cooling.pt"] if self.done <= self.cooling_from else [])
        for name in names:
            write_whole(self.folder / name, content.getvalue())

    def _resume(self) -> None:
        files = [self.folder / name for name in ("state.pt", "before-cooling.pt")]
        if not all(file.is_file() for file in files):
            return
        kept, warm = (torch.load(file, weights_only=True) for file in files)
        if kept["done"] > warm["done"] and self.cooling_from > warm["done"]:
            kept = warm  # a longer training goes on from before the rate fell
        for part, module in self._parts().items():
            module.load_state_dict(kept[part])
        self.done = kept["done"]
        torch.set_rng_state(kept["random"])


def export(network: LineReader, file: Path) -> None:
    """Write the network as ONNX, proven to say the same as PyTorch's at widths even and odd."""
    shipped = Exported(network).eval()
    strips = torch.zeros((2, 1, ROWS, 96))
    free = {"strips": {0: torch.export.Dim("n"), 3: torch.export.Dim("width", min=8)}}
    program = torch.onnx.export(
        shipped, (strips,), dynamic_shapes=free, input_names=["strips"], output_names=["log_probabilities"],
        external_data=False, verbose=False,
    )  # fmt: skip
    assert program is not None
    model = program.model_proto
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        part.ClearField("metadata_props")  # stack traces, with paths of this machine
    content = model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for width in (40, 97, 333):
        strips = torch.from_numpy(np.random.default_rng(width).uniform(0, 255, (2, 1, ROWS, width)).astype(np.float32))
        (said,) = session.run(None, {"strips": strips.numpy()})
        with torch.inference_mode():
            difference = float(np.abs(np.exp(said) - shipped(strips).exp().numpy()).max())
        if not difference <= 1e-4:
            raise SystemExit(f"the exported network differs from PyTorch's by {difference:.1e} at width {width}")
    write_whole(file, content)


def read_exactly(network: nn.Module, strips: list[tuple[npt.NDArray[np.float32], str]]) -> int:
    """How many strips are read without an error, by the likeliest mark of each column."""
    right = 0
    for pixels, text in strips:
        with torch.inference_mode():
            said = network(normalised(torch.from_numpy(pixels[None, None])))[0].argmax(1).tolist()
        read = [one for one, before in zip(said, [0, *said], strict=False) if one and one != before]
        right += "".join(MARKS[one - 1] for one in read) == text
    return right


def validation_strips(digits: Dataset, fonts: Path | None, seed: int) -> list[tuple[npt.NDArray[np.float32], str]]:
    """Strips of digits and hands that are not learnt from."""
    glyphs = Glyphs(digits, load_fonts(handwriting_fonts(fonts, held_back=True)))
    random = np.random.default_rng([seed, 10**6])
    strips = (draw_strip(glyphs, printed_fonts(fonts), random) for _ in range(VALIDATION))
    return [(sized(strip.pixels), strip.text) for strip in strips]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="RUN", help="where the state is kept")
    parser.add_argument("--fonts", type=Path, help="what references/fonts.py filled (default: none)")
    parser.add_argument("--out", type=Path, help="folder for model.onnx (default: RUN)")
    parser.add_argument("--steps", type=int, default=30_000, help=f"batches of {BATCH} (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="mnist", help="whose training digits (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    parser.add_argument("--export-only", action="store_true", help="of the state that there is, averaged")
    options = parser.parse_args()
    torch.set_num_threads(1)
    whole = load_dataset(options.data, data_dir=options.data_dir)
    digits, held = whole.split_off(min(HELD_BACK, len(whole) // 5))
    check = validation_strips(held, options.fonts, options.seed)
    options.folder.mkdir(parents=True, exist_ok=True)
    training = Training(options.folder, options.steps, options.seed)
    parameters = sum(weights.numel() for weights in training.network.parameters())
    print(f"{parameters:,} parameters; from step {training.done:,} on", flush=True)
    glyphs = Glyphs(digits, load_fonts(handwriting_fonts(options.fonts, held_back=False)))
    began, before = time.monotonic(), training.done
    for done, loss in () if options.export_only else training.run(glyphs, printed_fonts(options.fonts)):
        pace = (time.monotonic() - began) / (done - before)
        right = read_exactly(training.averaged.module.eval(), check) if done % 1000 == 0 else None
        shown = "" if right is None else f", validation strips read exactly {right / len(check):.1%}"
        print(f"step {done:,} of {options.steps:,}: loss {loss:.4f}, {pace:.2f} s a step{shown}", flush=True)
    network = training.averaged.module.eval()
    right, n = read_exactly(network, check), len(check)
    print(f"validation strips read exactly: {right / n:.1%} (n = {n:,}, seed {options.seed})")
    out = options.out or options.folder
    export(network, out / "model.onnx")
    print(f"written to {out / 'model.onnx'}")


if __name__ == "__main__":
    main()
