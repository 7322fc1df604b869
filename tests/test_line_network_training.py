"""What the line network is trained on: strips that say what their text says, and batches that follow from a seed."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

import digits
from digits.reading.line_network import LineNetwork, shipped, sized
from digits.reading.mnist_form import in_form

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = (
    "harness", "labelled_pictures", "synthetic_paper", "synthetic_hand", "synthetic_lines", "synthetic_pages",
    "synthetic_forms", "synthetic_clutter", "synthetic_pictures", "fit_search", "drawn_digits",
    "synthetic_strips", "strip_batches",
)  # fmt: skip


def drawn(scripts, sample, kind, count):
    """So many strips and their texts."""
    found = [scripts.synthetic_strips.DRAW[kind](sample, np.random.default_rng([5, place])) for place in range(count)]
    return [one for one in found if one]


@pytest.mark.parametrize("kind", ["photographed", "written"])
def test_a_strip_says_what_its_text_says(scripts, sample, kind):
    strips = drawn(scripts, sample, kind, 40)
    assert len(strips) >= 35
    read = [shipped().transcribe((strip > 127).astype(np.uint8), 32) for strip, _ in strips]
    assert sum(heard.text == text for heard, (_, text) in zip(read, strips, strict=True)) >= 0.7 * len(strips)
    for strip, text in strips:
        assert strip.dtype == np.uint8
        assert strip.shape[0] == 64
        assert strip[:, 0].any()
        assert strip[:, -1].any()
        assert 1 <= len(text) <= scripts.synthetic_strips.LONGEST


def test_a_batch_follows_from_its_seed_and_holds_whole_strips(scripts, sample):
    strips = scripts.synthetic_strips.Strips(*zip(*drawn(scripts, sample, "written", 20), strict=True))
    images, labels = scripts.strip_batches.draw_batch(strips, np.random.default_rng(3))
    again, same = scripts.strip_batches.draw_batch(strips, np.random.default_rng(3))
    other, _ = scripts.strip_batches.draw_batch(strips, np.random.default_rng(4))
    assert (images == again).all()
    assert (labels == same).all()
    assert (images != other).any()
    assert images.shape == (scripts.strip_batches.BATCH, 32, scripts.strip_batches.WIDTH)
    for label in labels:
        text = "".join(str(digit - 1) for digit in label if digit > 0)
        assert (label[len(text) :] == -1).all()
        while text:  # one strip after the other
            begins = [said for said in strips.texts if text.startswith(said)]
            assert begins
            text = text[len(max(begins, key=len)) :]


def test_a_strip_drawn_anew_is_as_the_network_sees_it(scripts, sample):
    strip, _ = drawn(scripts, sample, "written", 3)[0]
    assert sized(strip).shape[0] == scripts.strip_batches._redrawn(strip, np.random.default_rng(0)).shape[0] == 32


@pytest.mark.parametrize("digit", [1, 4, 7])
def test_a_digit_drawn_from_strokes_is_that_digit_in_mnist_s_form(scripts, digit):
    random = np.random.default_rng(7)
    images = np.stack([scripts.drawn_digits.draw(digit, random) for _ in range(60)])
    assert images.dtype == np.uint8
    assert all(in_form(image) for image in images)
    assert len({image.tobytes() for image in images}) == 60
    named = digits.load().answer(images).probabilities.argmax(axis=1)
    assert np.mean(named == digit) >= 0.8


def test_signs_of_many_shapes_are_drawn_beside_digits(scripts):
    beside = np.zeros((32, 60), np.uint8)
    cv2.rectangle(beside, (2, 6), (20, 25), 255, 2)
    signs = set()
    for seed in range(40):
        image = np.zeros((32, 60), np.uint8)
        scripts.strip_batches._sign(image, 30, beside, np.random.default_rng(seed))
        assert image.any()
        signs.add(image.tobytes())
    assert len(signs) > 20


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed: pip install torch onnxscript")
def test_a_run_that_is_over_is_exported_again_as_it_was(tmp_path):
    def train(folder, *more):
        script = [sys.executable, "benchmarks/train_line_network.py", str(tmp_path / folder)]
        options = ["--data", "sample", "--photographed", "40", "--written", "40", "--steps", "4", *more]
        subprocess.run([*script, *options], cwd=BENCHMARKS.parent, check=True, capture_output=True, text=True)

    train("whole")
    whole = (tmp_path / "whole/state.pt").read_bytes()
    train("whole")  # nothing is left to do
    assert (tmp_path / "whole/state.pt").read_bytes() == whole
    network = LineNetwork((tmp_path / "whole/line_network.onnx").read_bytes())
    heard = network.transcribe(np.ones((64, 300), np.uint8), 64)
    assert heard.log_probabilities.shape[1] == 11
