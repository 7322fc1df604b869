"""The network that reads a line as a whole: it needs no cuts to say what a line says.

`golden/line_network.npz` has what the shipped one says of a line: probabilities, float32 (steps, 11). For a new network
it is written anew by `WRITE_GOLDEN=1 pytest tests/reading/test_line_network.py -k golden`.
"""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading import line_network
from digits.reading.line_network import DIGIT, FINER, ROWS, LineNetwork, centred, shipped, sized

GOLDEN = Path(__file__).parent / "golden" / "line_network.npz"
TALL = 64


def line_of(images, gap):
    """Digits of MNIST's in a row, 64 pixels tall, their boxes `gap` apart: uint8, 1 where there is ink."""
    line = np.zeros((3 * TALL, 40), np.uint8)
    for image in images:
        rows, columns = np.nonzero(image > 60)
        shape = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        width = max(1, round(shape.shape[1] * TALL / len(shape)))
        ink = (cv2.resize(shape, (width, TALL), interpolation=cv2.INTER_CUBIC) > 127).astype(np.uint8)
        place = max(0, line.shape[1] + gap)
        line = np.pad(line, ((0, 0), (0, max(0, place + width - line.shape[1]))))
        line[TALL : 2 * TALL, place : place + width] |= ink
    return np.pad(line, ((0, 0), (0, 40)))


@pytest.fixture(scope="module")
def clear(sample_test):
    """Some of the sample's digits that every network reads, in the order of their labels."""
    return [sample_test.images[sample_test.labels == digit][3] for digit in range(10)]


@pytest.mark.parametrize("text", ["2026", "4830", "7", "1975362"])
@pytest.mark.parametrize("gap", [16, 6, 3])
def test_a_line_is_read_whether_or_not_its_digits_are_apart(clear, text, gap):
    heard = shipped().transcribe(line_of([clear[int(digit)] for digit in text], gap), TALL)
    assert heard.text == text


def test_the_shipped_network_says_what_its_golden_file_has(clear):
    heard = shipped().transcribe(line_of([clear[int(digit)] for digit in "1975362"], 6), TALL)
    said = np.exp(heard.log_probabilities).astype(np.float32)
    if os.environ.get("WRITE_GOLDEN"):
        np.savez_compressed(GOLDEN, probabilities=said)
    with np.load(GOLDEN, allow_pickle=False) as golden:
        assert said == pytest.approx(golden["probabilities"], abs=1e-3)


def test_each_digit_is_seen_in_the_midst_of_its_ink(clear):
    line = line_of([clear[3], clear[8], clear[5]], 20)
    starts = np.flatnonzero(np.diff(line.any(axis=0).astype(int)) == 1) + 1
    ends = np.flatnonzero(np.diff(line.any(axis=0).astype(int)) == -1) + 1
    for left in (0, 100):
        places = shipped().transcribe(line, TALL, left).places - left
        assert len(places) == 3
        assert (places > starts).all()
        assert (places < ends).all()


@given(st.integers(20, 200), st.integers(1, 400), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_a_line_of_any_size_gives_probabilities(height, width, seed):
    mask = (np.random.default_rng(seed).random((height, width)) > 0.8).astype(np.uint8)
    heard = shipped().transcribe(mask, TALL)
    if not mask.any():
        assert heard is None
        return
    assert np.exp(heard.log_probabilities).sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert len(heard.columns) == len(heard.log_probabilities)


def test_paper_says_nothing():
    assert shipped().transcribe(np.zeros((128, 300), np.uint8), TALL) is None


def test_what_is_longer_than_any_line_of_digits_is_left_alone(monkeypatch):
    monkeypatch.setattr(line_network, "_WIDEST", 100)
    assert shipped().transcribe(np.ones((64, 400), np.uint8), TALL) is None


def test_the_middle_of_a_lines_ink_is_in_the_middle_of_its_strip():
    mask = np.zeros((300, 100), np.uint8)
    mask[200:264, 20:80] = 1
    strip = centred(mask, TALL)
    assert strip.shape == (2 * FINER, 50)
    rows = np.flatnonzero(strip.max(axis=1) > 127)
    assert (rows[0], rows[-1]) == (FINER // 2, FINER + FINER // 2 - 1)
    seen = np.flatnonzero(sized(strip).max(axis=1) > 127)
    assert len(sized(strip)) == ROWS
    assert len(seen) == pytest.approx(DIGIT, abs=1)


def test_it_can_be_asked_from_several_threads(clear):
    from concurrent.futures import ThreadPoolExecutor

    line = line_of([clear[int(digit)] for digit in "48302"], 10)
    network = LineNetwork(line_network.FILE.read_bytes())
    with ThreadPoolExecutor(4) as pool:
        heard = list(pool.map(lambda _: network.transcribe(line, TALL).log_probabilities, range(8)))
    assert all((one == heard[0]).all() for one in heard)
