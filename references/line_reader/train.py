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

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
from network import Exported, LineReader, normalised

from digits.atomic import write_whole
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.reading.networks.line_reader import ROWS, sized
from digits.synthesis.fonts import handwriting_fonts, load_fonts, printed_fonts
from digits.synthesis.hands import Glyphs
from digits.synthesis.strips import draw_strip
from digits.synthesis.texts import MARKS
from trapezoid import Trapezoid

BATCH = 32
GROUP = 4
"""Batches that are drawn together and parted by width: what is padded is wasted."""

WARM_UP = 500
"""Steps in which the learning rate rises."""

COOLED = 0.2
"""The share of the steps in which it falls."""

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


class Training(Trapezoid):
    """The line reader in training."""

    def __init__(self, folder: Path, steps: int, seed: int) -> None:
        torch.manual_seed(seed)
        self.seed = seed
        network = LineReader()
        average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(AVERAGE), use_buffers=True)
        super().__init__(folder, average, network, steps=steps, cooled=COOLED, warm_up=WARM_UP)

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
                if self.done % KEEP_EVERY == 0 or self.is_worth_keeping:
                    self.keep()
                    yield self.done, float(np.mean(losses))
                    losses = []
        finally:
            beside.terminate()

    def _step(self, batch: Batch) -> float:
        strips, labels, counts, columns = (torch.from_numpy(part) for part in batch)
        with torch.autocast("cpu", torch.bfloat16):
            said = self.network(strips.to(memory_format=torch.channels_last))
        loss = nn.functional.ctc_loss(said.transpose(0, 1), labels, columns, counts, zero_infinity=True)
        self.learn(loss)
        return float(loss.item())


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
