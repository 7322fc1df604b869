"""A hard shadow across a page is lit; no digit, sheet or slope of the light is taken for one."""

import cv2
import numpy as np
import pytest

import digits
from digits.reading.picture import Picture
from digits.reading.reader import Reader
from digits.reading.shade import find_shade, without_shade

PAPER, INK = 215, 60


@pytest.fixture(scope="module")
def page(sample_test):
    """A number on even paper, uint8 (260, 620)."""
    sheet = np.full((260, 620), PAPER, np.uint8)
    for number, digit in enumerate("60381"):
        image = sample_test.images[np.flatnonzero(sample_test.labels == int(digit))[4 + number]]
        part = sheet[70:180, 30 + 112 * number : 140 + 112 * number]
        shown = cv2.resize(image, (110, 110), interpolation=cv2.INTER_CUBIC) / 255.0
        part[:] = np.minimum(part, PAPER - (PAPER - INK) * shown).astype(np.uint8)
    return sheet


def shaded(page, *, depth=0.5, soft=1.5, slope=0.4, at=0.45):
    """A shadow over the right of a page, whose edge is some pixels wide."""
    height, width = page.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    light = 1 - (1 - depth) / (1 + np.exp(-(x - at * width + slope * (y - height / 2)) / soft))
    return (page * (light if page.ndim == 2 else light[..., None])).astype(np.uint8)


@pytest.mark.parametrize("depth", [0.4, 0.55, 0.75])
@pytest.mark.parametrize("negative", [False, True], ids=["dark ink", "light ink"])
def test_a_page_is_evenly_lit_again(page, depth, negative):
    sheet = (255 - page // 2) if negative else page
    sheet = (0.55 * sheet).astype(np.uint8) if negative else sheet
    pixels = shaded(sheet, depth=depth)
    assert find_shade(pixels) is not None
    lit = without_shade(Picture("page", 0, pixels)).pixels.astype(int)
    corners = [np.median(corner) for half in (lit[:30], lit[-30:]) for corner in (half[:, :60], half[:, -60:])]
    assert np.ptp(corners) < 12


def test_colours_are_lit_alike(page):
    pixels = shaded(np.dstack([page, (0.9 * page).astype(np.uint8), (0.7 * page).astype(np.uint8)]))
    lit = without_shade(Picture("page", 0, pixels)).pixels
    assert lit.shape == pixels.shape
    assert np.abs(lit[5, -5].astype(int) - lit[5, 5].astype(int)).max() < 12


@pytest.mark.parametrize("slope", [-1.0, 0.0, 0.6])
def test_a_number_is_read_across_the_edge_of_a_shadow(page, slope):
    reader = Reader(digits.load(), always_answer=True)
    for pixels in (page, shaded(page, slope=slope)):
        assert [number.text for number in reader.read_page(Picture("page", 0, pixels)).numbers] == ["60381"]


def test_light_that_falls_off_slowly_is_no_shadow(page):
    assert find_shade(shaded(page, soft=60)) is None
    assert find_shade((page * np.linspace(1, 0.5, page.shape[1])).astype(np.uint8)) is None


def test_an_evenly_lit_page_stays_as_it_is(page):
    picture = Picture("page", 0, page)
    assert without_shade(picture) is picture


def test_a_sheet_on_a_table_is_not_in_the_light(page):
    assert find_shade(cv2.copyMakeBorder(page, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=110)) is None


def test_no_digit_is_a_shadow(sample_test):
    for image in sample_test.images[:200]:
        large = cv2.resize(image, (224, 224), interpolation=cv2.INTER_CUBIC)
        grey = (PAPER - large / 255 * 100).astype(np.uint8)
        assert find_shade(grey) is None
        assert find_shade(255 - grey) is None
        assert find_shade(cv2.erode(grey, np.ones((21, 21), np.uint8))) is None
