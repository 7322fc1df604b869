"""A strip is one row of a picture, level, upright and of one height, and knows where in the picture it was."""

import cv2
import numpy as np
import pytest

from digits.reading import strip as strips
from digits.reading.layout import find_rows
from digits.reading.lines import page_ink
from digits.reading.picture import Picture
from digits.reading.strip import HEIGHT, cut_strip, made_upright, slant_of

WANTED = (3, 0, 4, 7, 2, 6)  # in one part each


@pytest.fixture(scope="module")
def images(sample_test):
    """A digit of each wanted kind that is one connected stroke, cropped to its ink, 60 pixels tall."""
    found = []
    for wanted in WANTED:
        for image in sample_test.images[sample_test.labels == wanted]:
            rows, columns = np.nonzero(image > 60)
            cropped = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
            large = cv2.resize(cropped, None, fx=60 / len(cropped), fy=60 / len(cropped), interpolation=cv2.INTER_CUBIC)
            if len(parts((large > 127).astype(np.uint8))) == 1:
                found.append(large)
                break
    return found


def parts(mask):
    """The boxes of a mask's connected parts, from left to right: left, top, right, bottom."""
    _, _, table, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return sorted((x, y, x + width, y + height) for x, y, width, height, area in table[1:].tolist() if area > 20)


def written(images, angle=0.0, times=1.0, gap=80, paper=235):
    """Dark digits in a row that descends to the right by `angle` degrees; and the box of each, left to bottom."""
    down = np.tan(np.deg2rad(angle))
    ink, boxes = np.zeros((400, 620), np.uint8), []
    for number, image in enumerate(images):
        left, top = 60 + gap * number, round(150 + down * gap * (number - 2.5))
        height, width = image.shape
        there = ink[top : top + height, left : left + width]
        np.maximum(there, image, out=there)
        own = np.zeros_like(ink)
        own[top : top + height, left : left + width] = image
        boxes += parts((own > 127).astype(np.uint8))
    if times != 1:
        ink = cv2.resize(ink, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return (paper - 0.8 * ink).astype(np.uint8), times * np.array(boxes)


def strip_of(pixels, **options):
    """The strip of the only row in a picture."""
    scale = options.pop("scale", 1)
    picture = Picture("row", 0, pixels, scale)
    ink = page_ink(picture, light=False)
    layout = find_rows(ink, ink.mask)
    (row,) = layout.rows
    return cut_strip(picture, layout, row, ink.scale, light=False, **options)


@pytest.mark.parametrize("times", [0.4, 1.0, 3.0])
def test_digits_come_out_of_one_height_whatever_the_picture_s(images, times):
    found = parts(strip_of(written(images, times=times)[0]).mask)
    assert len(found) == len(images)
    assert np.median([bottom - top for _, top, _, bottom in found]) == pytest.approx(HEIGHT, rel=0.1)


@pytest.mark.parametrize("angle", [0, 6, -12, 20])
def test_a_tilted_row_comes_out_level(images, angle):
    middles = [(top + bottom) / 2 for _, top, _, bottom in parts(strip_of(written(images, angle)[0]).mask)]
    assert len(middles) == len(images)
    assert np.ptp(middles) < 0.25 * HEIGHT


def test_a_row_is_taken_as_it_stands_if_that_is_wanted(images):
    found = parts(strip_of(written(images, 20)[0], level=False).mask)
    middles = [(top + bottom) / 2 for _, top, _, bottom in found]
    assert np.all(np.diff(middles) > 0.2 * HEIGHT)


@pytest.mark.parametrize(("angle", "times"), [(0, 1.0), (0, 3.0), (0, 0.5), (10, 1.0)])
def test_boxes_are_told_in_the_picture_s_own_pixels(images, angle, times, monkeypatch):
    monkeypatch.setattr(strips, "_SLANTED", 1.0)
    pixels, boxes = written(images, angle, times)
    strip = strip_of(pixels)
    aside = 40 * np.sin(np.deg2rad(angle))  # the upright box around a tilted one is larger
    for corners, (left, top, right, bottom) in zip(parts(strip.mask), boxes, strict=True):
        x, y, width, height = strip.box(corners)
        assert (x, y, x + width, y + height) == pytest.approx((left, top, right, bottom), abs=2 * max(1, times) + aside)


def test_the_box_of_a_digit_that_was_made_upright_holds_it_as_it_was_written(images):
    pixels, boxes = written(images)
    strip = strip_of(pixels)
    for corners, (left, top, right, bottom) in zip(parts(strip.mask), boxes, strict=True):
        x, y, width, height = strip.box(corners)
        assert x <= left + 2
        assert x + width >= right - 2
        assert (y, y + height) == pytest.approx((top, bottom), abs=2)
        assert width <= right - left + 0.3 * height


def test_boxes_of_a_picture_that_was_made_smaller_are_in_its_file_s_pixels(images):
    pixels, _ = written(images)
    small, large = strip_of(pixels), strip_of(pixels, scale=4)
    for one, other in zip(parts(small.mask), parts(large.mask), strict=True):
        assert np.array(large.box(other)) == pytest.approx(4 * np.array(small.box(one)), abs=8)


def test_a_box_never_reaches_out_to_the_left_or_above_and_is_never_empty(images):
    strip = strip_of(written(images)[0])
    left, top, width, height = strip.box((-500, -500, -490, -490))
    assert (left, top) == (0, 0)
    assert min(width, height) >= 1


def test_the_stroke_width_is_that_of_the_strip(images):
    widths = [strip_of(written(images, times=times)[0]).stroke_width for times in (0.6, 1.0, 2.5)]
    assert widths == pytest.approx([np.median(widths)] * 3, rel=0.2)


def test_the_rows_above_and_below_stay_out(images):
    pixels, boxes = written(images)
    both = np.vstack([pixels[:250], pixels[120:]])  # a second row, 130 pixels below the first
    picture = Picture("rows", 0, both)
    ink = page_ink(picture, light=False)
    layout = find_rows(ink, ink.mask)
    assert len(layout.rows) == 2
    for row, down in zip(layout.rows, (0, 130), strict=True):
        strip = cut_strip(picture, layout, row, ink.scale, light=False)
        tops = [strip.box(corners)[1] for corners in parts(strip.mask)]
        assert tops == pytest.approx([top + down for _, top, _, _ in boxes], abs=3)


def test_light_ink_on_a_dark_ground_is_cut_out_as_well(images):
    pixels = 255 - written(images)[0]
    picture = Picture("row", 0, pixels)
    ink = page_ink(picture, light=True)
    layout = find_rows(ink, ink.mask)
    strip = cut_strip(picture, layout, layout.rows[0], ink.scale, light=True)
    dark = strip_of(255 - pixels)
    assert strip.mask.shape == dark.mask.shape
    assert (strip.mask != dark.mask).mean() < 0.01


def test_the_grain_of_a_large_picture_is_averaged(images):
    pixels, _ = written(images, times=5)
    grain = np.random.default_rng(0).normal(0, 25, pixels.shape)
    grainy = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    clean, found = parts(strip_of(pixels).mask), parts(strip_of(grainy).mask)
    assert np.array(found) == pytest.approx(np.array(clean), abs=4)


def test_a_slanted_hand_is_made_upright(images):
    upright = strip_of(written(images)[0])
    height, width = upright.mask.shape
    shear = np.array([[1, -0.45, 0.45 * height], [0, 1, 0]])
    slanted = (cv2.warpAffine(255 * upright.mask, shear, (width + height, height)) > 127).astype(np.uint8)
    leans = slant_of(slanted)
    assert leans > slant_of(upright.mask) + 0.2
    mask, to_slanted = made_upright(slanted)
    assert abs(slant_of(mask)) < 0.6 * leans
    for (left, top, right, bottom), (x, y, to_x, to_y) in zip(parts(mask), parts(slanted), strict=True):
        there = to_slanted @ ((left + right) / 2, (top + bottom) / 2, 1)
        assert there[:2] == pytest.approx(((x + to_x) / 2, (y + to_y) / 2), abs=6)


def test_a_single_digit_that_leans_is_believed_less_than_a_line_of_them(images):
    seven = (cv2.resize(images[3], None, fx=64 / 60, fy=64 / 60) > 127).astype(np.uint8)
    padded = np.pad(seven, 20)
    assert abs(slant_of(padded)) < abs(slant_of(np.hstack([padded] * 6)))


def test_of_no_digits_no_slant_is_known():
    assert slant_of(np.zeros((80, 80), np.uint8)) == 0
    mask = np.zeros((80, 200), np.uint8)
    mask[30:50, 20:180] = 1  # a dash
    assert slant_of(mask) == 0


def test_a_strip_that_would_be_too_large_is_none(images, monkeypatch):
    monkeypatch.setattr(strips, "_MOST_PIXELS", 10_000)
    assert strip_of(written(images)[0]) is None


def test_a_box_never_reaches_out_of_the_picture(images):
    sheet = np.zeros((140, 700), np.uint8)
    for place, image in enumerate(images):
        sheet[40 : 40 + len(image), 40 + 100 * place :][:, : image.shape[1]] = image
    picture = Picture("row", 0, (235 - 0.8 * sheet).astype(np.uint8))
    ink = page_ink(picture, light=False)
    rows = find_rows(ink, ink.mask)
    left, top, width, height = cut_strip(picture, rows, rows.rows[0], ink.scale, light=False).box((0, 0, 9999, 9999))
    assert left + width <= 700
    assert top + height <= 140


def test_a_row_can_be_cut_out_with_the_page_s_own_ink(images):
    pixels = written(images)[0]
    anew, as_laid_out = strip_of(pixels).mask, strip_of(pixels, anew=False).mask
    assert len(parts(anew)) == len(parts(as_laid_out)) == len(images)
    assert anew.sum() == pytest.approx(as_laid_out.sum(), rel=0.2)
