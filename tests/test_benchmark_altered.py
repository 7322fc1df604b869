"""Altered pictures: what a change does follows from the place alone, and what was written stays in the picture."""

import numpy as np
import pytest
from PIL import Image

import digits
from digits.reading.reader import Reader

MODULES = ("harness", "labelled_pictures", "measured", "altered_pictures")
CHANGES = 16


@pytest.mark.parametrize("colours", [False, True], ids=["grey", "RGB"])
@pytest.mark.parametrize("number", range(CHANGES))
def test_a_change_follows_from_the_place_and_leaves_a_picture(scripts, number, colours):
    changes = scripts.altered_pictures.CHANGES
    assert len(changes) == CHANGES
    change = list(changes.values())[number]
    pixels = np.full((60, 200), 220, np.uint8)
    pixels[20:40, 90:110] = 30
    pixels = np.dstack([pixels] * 3) if colours else pixels
    kept = pixels.copy()
    once, again = (change(pixels, np.random.default_rng(3)) for _ in range(2))
    assert (once == again).all()
    assert once.dtype == np.uint8
    assert once.ndim == pixels.ndim
    assert np.ptp(once) > 30
    assert (pixels == kept).all()


def test_shares_count_what_was_read(scripts, tmp_path, sample_test):
    right = int(np.flatnonzero(sample_test.labels == 3)[0])
    large = Image.fromarray(255 - sample_test.images[right]).resize((112, 112), Image.Resampling.BICUBIC)
    large.save(tmp_path / "digit.png")
    (tmp_path / "labels.csv").write_text("file,label\ndigit.png,3\n")
    pictures = scripts.labelled_pictures.read_folder(tmp_path, tmp_path)
    read = scripts.altered_pictures.read_altered
    exact, freely, correct = read(Reader(digits.load()), pictures, "as it is", save=tmp_path / "seen")
    assert (exact.count, exact.n) == (1, 1)
    assert correct.n == freely.count
    assert (tmp_path / "seen" / "as it is" / "digit.png").is_file()
