"""What the browser reads without a server is what Python reads: the same drawings through both, run by Node."""

import base64
import json
import shutil
import struct
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

import digits
from digits.data.sources import load_dataset
from digits.errors import DownloadError
from digits.evaluation.rendering import PLAIN, render
from digits.reading.reader import Reader
from digits.serving.static_site import write_static_site

pytestmark = pytest.mark.browser

DRAWINGS = 1000
"""Of the sample's test digits, each drawn once; the same answers are asked for in 99.9 %."""

SAME_FORMS = 0.99
"""Of the drawings. In 2 % of them a smoothed edge lies within 1e-7 of one half somewhere: there the last bit of floats
decides whether a pixel is ink."""

PHOTOGRAPHS = 100


@pytest.fixture(scope="module")
def read_in_node(tmp_path_factory):
    """A function: pictures, uint8 (height, width) or (height, width, 3) → what the page's modules say to each."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("there is no Node.js here: apt-get install nodejs npm")
    folder = tmp_path_factory.mktemp("site")
    try:
        write_static_site(folder)
    except DownloadError as error:
        pytest.skip(str(error))
    (folder / "package.json").write_text('{"type": "module"}')  # a browser need not be told

    def read(pictures):
        file = folder / "pictures"
        with file.open("wb") as stream:
            for picture in pictures:
                channels = np.moveaxis(np.atleast_3d(picture), 2, 0)
                stream.write(struct.pack("<III", picture.shape[1], picture.shape[0], len(channels)))
                stream.write(channels.tobytes())
        command = ["node", str(Path(__file__).with_name("read_in_node.mjs")), str(folder), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return [json.loads(line) for line in done.stdout.splitlines()]

    return read


def drawn(image, random):
    """A digit as one draws it on the page: even strokes with soft edges, black on white, of any size and thickness."""
    factor = random.uniform(3, 7)
    ink = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    ink = cv2.GaussianBlur(ink, (0, 0), 0.35 * factor).astype(np.float32)
    edge = random.uniform(70, 150)
    ink = np.clip((ink - edge) * (255 / 40), 0, 255).astype(np.uint8)
    left, top, right, bottom = random.integers(0, 60, 4).tolist()
    return 255 - cv2.copyMakeBorder(ink, top, bottom, left, right, cv2.BORDER_CONSTANT)


def compared(pictures, found):
    """How many forms are the same within one grey level, and how many answers are the same, by text and reason."""
    reader = Reader(digits.load(), layout="digit")
    forms = answers = 0
    for picture, entry in zip(pictures, found, strict=True):
        (wanted,) = reader.read(picture, "picture")
        texts = [number.text for number in wanted.numbers]
        answers += texts == [number["text"] for number in entry["numbers"]]
        if not wanted.numbers or not entry["numbers"]:
            forms += not wanted.numbers and not entry["numbers"]
            continue
        ours, theirs = wanted.numbers[0].digits[0], entry["numbers"][0]["marks"][0]
        form = np.frombuffer(base64.b64decode(theirs["form"]), np.uint8).reshape(28, 28).astype(int)
        forms += int(np.abs(form - ours.image).max() <= 1)
    return forms, answers


def test_drawings_have_the_same_form_and_the_same_answer(read_in_node):
    images = load_dataset("sample", "test").images
    pictures = [drawn(images[place % len(images)], np.random.default_rng([18, place])) for place in range(DRAWINGS)]
    forms, answers = compared(pictures, read_in_node(pictures))
    print(f"n = {DRAWINGS}: {forms} forms within one grey level, {answers} answers the same")
    assert forms >= SAME_FORMS * DRAWINGS
    assert answers >= 0.999 * DRAWINGS


def test_pictures_with_shade_and_grain_have_the_same_answer(read_in_node):
    images = load_dataset("sample", "test").images
    pictures = [render(image, PLAIN, np.random.default_rng([19, at])) for at, image in enumerate(images[:PHOTOGRAPHS])]
    colours = [cv2.merge([255 - (255 - one) // 2, one, one]) for one in pictures[:20]]
    everything = [*pictures, *colours]
    forms, answers = compared(everything, read_in_node(everything))
    print(f"n = {len(everything)}: {forms} forms within one grey level, {answers} answers the same")
    assert answers == len(everything)


@pytest.mark.parametrize("picture", [np.full((80, 60), 255, np.uint8), np.zeros((28, 28), np.uint8)])
def test_where_there_is_no_ink_neither_finds_a_digit(read_in_node, picture):
    assert read_in_node([picture])[0]["numbers"] == []
