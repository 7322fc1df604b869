"""Train the network that reads a line as a whole (`reading/line_network.py`), and export it.

    python benchmarks/train_line_network.py runs/lines              an hour on one core; goes on if it was stopped
    python benchmarks/train_line_network.py runs/lines --out src/digits/reading/line_network.onnx

The network sees strips of ink, uint8 (n, 32, width), and gives for every second column the log-probabilities of none
and of the ten digits. It is convolutional alone: what it says of a digit depends on a little more than the neighbours.
It learns from the text of whole lines, not from where digits are (connectionist temporal classification, Graves et al.
2006), on strips made of MNIST's training digits (`synthetic_strips.py`), several of them side by side, each drawn anew
in every batch: larger, more slanted, thicker, bent, with commas, dashes and dirt between them. Lines made of validation
digits say how it does; no test digit is seen.

Notable choices:
- a batch follows from the seed and its number alone, and the state is kept every some hundred steps: a run that was
  stopped goes on, and ends as it would have;
- the weights that are kept are an average over the last steps;
- the padding of the one layer that halves the width is its own, the same for even widths and odd: any width exports.
"""

import argparse
import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import keras
import numpy as np
import numpy.typing as npt
import onnxruntime
import optax
from keras import layers

from digits.atomic import write_whole
from digits.data.npz import write_arrays
from digits.data.sources import load_dataset
from digits.evaluation.metrics import wilson_interval
from digits.reading.line_network import ROWS, sized
from digits.reading.transcript import Transcript
from harness import say
from strip_batches import BATCH, WIDTH, draw_batch
from synthetic_pictures import HELD_BACK
from synthetic_strips import Strips, make_strips

FILTERS = (24, 40, 56, 80, 128)
DROPOUT = 0.15
PEAK, WARM_UP, DECAY, CLIPPED = 3e-3, 400, 0.02, 1.0
"""Learning rate at its highest, steps up to there, weight decay, largest norm of a gradient."""

AVERAGE = 0.998
KEEP_EVERY = 500
VALIDATION = 1200

Weights = list[jax.Array]
State = tuple[Weights, Weights, Any, Weights]
"""Trainable weights, others, the optimiser's state, and the averaged trainable weights."""


def build() -> keras.Model:
    """Strips, uint8 (n, 32, width) → logits, float32 (n, (width + 1) // 2, 11)."""

    def convolved(x: Any, filters: int, kernel: Any = 3, *, residual: bool = False, **options: Any) -> Any:
        options = {"padding": "same", **options}
        y = layers.Conv2D(filters, kernel, use_bias=False, **options)(x)
        y = layers.BatchNormalization(momentum=0.95)(y)
        return layers.Activation("relu")(layers.Add()([x, y]) if residual else y)

    one, two, three, four, five = FILTERS
    strips = keras.Input((ROWS, None), dtype="uint8", name="strips")
    x = keras.ops.expand_dims(layers.Rescaling(1 / 255)(strips), -1)
    x = convolved(x, one)
    x = convolved(layers.ZeroPadding2D(1)(x), two, strides=2, padding="valid")
    x = convolved(x, two, residual=True)
    for filters in (three, four):
        x = convolved(x, filters, strides=(2, 1))
        x = convolved(x, filters, residual=True)
    x = convolved(x, five, (4, 1), padding="valid")
    for _ in range(2):
        x = convolved(layers.Dropout(DROPOUT)(x), five, (1, 5), residual=True)
    logits = keras.ops.squeeze(layers.Conv2D(11, (1, 1))(x), 1)
    return keras.Model(strips, logits)


class Training:
    """A run: a folder with the state of the last step that was kept."""

    def __init__(self, folder: Path, strips: Strips, steps: int, seed: int) -> None:
        keras.utils.set_random_seed(seed)
        self.model, self.strips, self.steps, self.seed = build(), strips, steps, seed
        self.file = folder / "state.npz"
        schedule = optax.warmup_cosine_decay_schedule(0.0, PEAK, min(WARM_UP, steps // 2), steps, 1e-5)
        self.optimizer = optax.chain(optax.clip_by_global_norm(CLIPPED), optax.adamw(schedule, weight_decay=DECAY))
        trainable = [weight.value for weight in self.model.trainable_variables]
        others = [weight.value for weight in self.model.non_trainable_variables]
        self.state: State = (trainable, others, self.optimizer.init(trainable), trainable)
        self.done = self._resume()
        self.step = jax.jit(self._step)

    def run(self) -> Iterator[tuple[int, float]]:
        """Train on; gives the steps done and the mean loss a digit, whenever the state was kept."""
        losses = []
        for step, (strips, labels) in enumerate(self._batches(), self.done):
            self.state, loss = self.step(self.state, step, strips, labels)
            losses.append(loss)
            if (step + 1) % KEEP_EVERY == 0 or step + 1 == self.steps:
                self._keep(step + 1)
                yield step + 1, float(jnp.stack(losses).mean())
                losses = []

    def averaged(self) -> keras.Model:
        """The network with its averaged weights, giving log-probabilities."""
        _, others, _, average = self.state
        for variables, values in (
            (self.model.trainable_variables, average),
            (self.model.non_trainable_variables, others),
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return keras.Model(self.model.input, keras.ops.log_softmax(self.model.output))

    def _step(self, state: State, number: jax.Array, strips: jax.Array, labels: jax.Array) -> tuple[State, jax.Array]:
        trainable, others, optimizer, average = state

        def loss_of(trainable: Weights) -> tuple[jax.Array, Weights]:
            logits, new = self.model.stateless_call(trainable, others, strips, training=True)
            is_none = (labels < 0).astype(jnp.float32)
            loss = optax.ctc_loss(logits, jnp.zeros(logits.shape[:2]), jnp.maximum(labels, 0), is_none)
            return (loss / jnp.maximum(1, (labels >= 0).sum(axis=1))).mean(), new

        (loss, others), gradients = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        updates, optimizer = self.optimizer.update(gradients, optimizer, trainable)
        trainable = optax.apply_updates(trainable, updates)
        share = jnp.minimum(AVERAGE, (number + 1) / (number + 10))
        average = [old * share + new * (1 - share) for old, new in zip(average, trainable, strict=True)]
        return (trainable, others, optimizer, average), loss

    def _batches(self) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]]:
        """Batches that are drawn while others are learned from."""
        drawn: queue.Queue[Any] = queue.Queue(8)

        def draw() -> None:
            for step in range(self.done, self.steps):
                drawn.put(draw_batch(self.strips, np.random.default_rng([self.seed, step])))

        threading.Thread(target=draw, daemon=True).start()
        for _ in range(self.done, self.steps):
            yield drawn.get()

    def _keep(self, done: int) -> None:
        leaves = {f"leaf_{number}": np.asarray(leaf) for number, leaf in enumerate(jax.tree.leaves(self.state))}
        write_arrays(self.file, {"done": np.array(done), **leaves})

    def _resume(self) -> int:
        if not self.file.is_file():
            return 0
        leaves, tree = jax.tree.flatten(self.state)
        with np.load(self.file, allow_pickle=False) as kept:
            self.state = jax.tree.unflatten(
                tree, [jnp.asarray(kept[f"leaf_{number}"]) for number in range(len(leaves))]
            )
            return int(kept["done"])


def export(model: keras.Model, file: Path) -> None:
    """Write the network as ONNX, proven to say the same as the Keras model at widths even and odd."""
    model(np.zeros((1, ROWS, WIDTH), np.uint8))  # the exporter wants a model that was called
    temporary = file.with_suffix(".part.onnx")
    model.export(temporary, format="onnx", verbose=False)
    content = temporary.read_bytes()
    temporary.unlink()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for width in (40, 97, 333):
        strips = np.random.default_rng(width).integers(0, 256, (2, ROWS, width)).astype(np.uint8)
        (said,) = session.run(None, {"strips": strips})
        difference = float(np.abs(said - np.asarray(model(strips))).max())
        if not difference <= 1e-4:
            raise SystemExit(f"the exported network differs from the Keras model by {difference:.1e} at width {width}")
    write_whole(file, content)


def read_exactly(model: keras.Model, strips: Strips) -> int:
    """How many strips are read without an error."""
    right = 0
    for ink, text in zip(strips.inks, strips.texts, strict=True):
        shown = sized(ink)
        shown = np.pad(shown, ((0, 0), (3, 3 + -(shown.shape[1] + 6) % 64)))  # few widths, few compilations
        said = np.asarray(model(shown[None]), np.float64)[0]
        right += Transcript(said, np.arange(len(said), dtype=np.float64)).text == text
    return right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where strips and the state are kept")
    parser.add_argument("--out", type=Path, help="where the network is written (default: FOLDER/line_network.onnx)")
    parser.add_argument("--photographed", type=int, default=25_000, help="lines (default: %(default)s)")
    parser.add_argument("--written", type=int, default=16_000, help="lines (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=9000, help=f"batches of {BATCH} (default: %(default)s)")
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
    say(f"{len(strips.texts):,} strips; {training.model.count_params():,} parameters; from step {training.done:,} on")
    for done, loss in training.run():
        say(f"  step {done:,} of {training.steps:,}: loss {loss:.4f} a digit")
    model = training.averaged()
    right, n = read_exactly(model, check), len(check.texts)
    low, high = wilson_interval(right, n)
    print(f"validation lines read exactly: {right / n:.1%} ({low:.1%} to {high:.1%}, n = {n:,})")
    out = options.out or options.folder / "line_network.onnx"
    export(model, out)
    print(f"written to {out}")


if __name__ == "__main__":
    main()
