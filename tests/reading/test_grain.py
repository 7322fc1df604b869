"""Grain is measured and smoothed where it is coarse; whatever else a picture shows stays as it is."""

import cv2
import numpy as np
import pytest

import digits
from digits.reading.grain import noise_of, without_grain
from digits.reading.picture import Picture
from digits.reading.reader import Reader


def written(sample_test, label="50392", paper=220, ink=70):
    """A number on even paper, uint8 (160, 520)."""
    page = np.full((160, 520), paper, np.uint8)
    for number, digit in enumerate(label):
        image = sample_test.images[np.flatnonzero(sample_test.labels == int(digit))[2 + number]]
        part = page[30:130, 20 + 95 * number : 120 + 95 * number]
        shown = cv2.resize(image, (100, 100), interpolation=cv2.INTER_CUBIC) / 255.0
        part[:] = np.minimum(part, paper - (paper - ink) * shown).astype(np.uint8)
    return page


def noisy(pixels, deviation):
    noise = np.random.default_rng(0).normal(0, deviation, pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("deviation", [3, 8, 20])
def test_noise_is_measured_whatever_is_written(sample_test, deviation):
    assert noise_of(noisy(written(sample_test), deviation)) == pytest.approx(deviation, rel=0.25)


@pytest.mark.parametrize("colours", [False, True])
def test_coarse_grain_is_smoothed(sample_test, colours):
    page = written(sample_test)
    pixels = noisy(np.dstack([page] * 3) if colours else page, 15)
    smooth = without_grain(Picture("page", 0, pixels)).pixels
    assert smooth.shape == pixels.shape
    assert smooth[:20].std() < 0.5 * pixels[:20].std()


def test_a_clean_page_stays_as_it_is(sample_test):
    page = Picture("page", 0, noisy(written(sample_test), 1))
    assert without_grain(page) is page


def test_a_small_picture_stays_as_it_is(sample_test):
    small = Picture("digit", 0, noisy(sample_test.images[0], 20))
    assert without_grain(small) is small


@pytest.mark.parametrize("light", [1.0, 0.25], ids=["much light", "little light"])
def test_a_number_is_read_through_the_grain(sample_test, light):
    reader = Reader(digits.load(), always_answer=True)
    page = light * written(sample_test)
    for pixels in (page.astype(np.uint8), noisy(page, 18 * light)):
        assert [number.text for number in reader.read_page(Picture("page", 0, pixels)).numbers] == ["50392"]
