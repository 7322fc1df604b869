"""A sheet on a table: the table is painted over with the sheet's paper, and nothing else is taken for a sheet."""

import cv2
import numpy as np
import pytest

import digits
from digits.reading.picture import Picture
from digits.reading.reader import Reader
from digits.reading.sheet import find_sheet, without_table

PAPER, TABLE, INK = 210, 70, 60
CORNERS = np.array([(120, 70), (690, 90), (670, 400), (90, 380)])


def sheet_of(sample_test, label="4711"):
    """A sheet with a number on it, uint8 (330, 600)."""
    sheet = np.full((330, 600), PAPER, np.uint8)
    for number, digit in enumerate(label):
        image = sample_test.images[np.flatnonzero(sample_test.labels == int(digit))[number]]
        part = sheet[100:212, 70 + 120 * number : 182 + 120 * number]
        part[:] = np.minimum(part, PAPER - (PAPER - INK) * (cv2.resize(image, (112, 112)) / 255.0)).astype(np.uint8)
    return sheet


def on_table(sheet, table=TABLE, corners=CORNERS):
    """A photo of a sheet that lies askew on a table."""
    height, width = sheet.shape[:2]
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    move = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    border = (table,) * 3
    return cv2.warpPerspective(sheet, move, (780, 470), borderMode=cv2.BORDER_CONSTANT, borderValue=border)


@pytest.mark.parametrize("light", [True, False], ids=["paper on a dark desk", "a slate on a light wall"])
def test_a_table_is_painted_over_with_the_sheet_s_paper(sample_test, light):
    photo = on_table(sheet_of(sample_test))
    shown = without_table(Picture("photo", 0, photo if light else 255 - photo)).pixels
    shown = shown if light else 255 - shown
    around = cv2.fillConvexPoly(np.ones_like(photo), CORNERS, 0) > 0
    assert np.abs(shown[around].astype(int) - PAPER).max() < 25
    inner = cv2.erode((~around).astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    assert (shown[inner] == photo[inner]).all()


def test_colours_stay(sample_test):
    coloured = np.stack([on_table(sheet_of(sample_test), table) for table in (40, 70, 90)], axis=2)
    shown = without_table(Picture("photo", 0, coloured)).pixels
    assert shown.shape == coloured.shape
    assert np.ptp(shown[5, 5].astype(int)) < 10


def test_the_paper_goes_on_as_it_is_at_the_edge(sample_test):
    light = np.linspace(1, 0.75, 600) * np.linspace(1, 0.9, 330)[:, None]
    photo = on_table((sheet_of(sample_test) * light).astype(np.uint8))
    shown = without_table(Picture("photo", 0, photo)).grey.astype(int)
    assert abs(shown[220, 60] - PAPER) < 25
    assert abs(shown[380, 740] - 0.68 * PAPER) < 25


def test_a_number_on_a_sheet_is_read_as_without_the_table(sample_test):
    reader = Reader(digits.load(), always_answer=True)
    sheet = sheet_of(sample_test)
    for pixels in (sheet, on_table(sheet), 255 - on_table(sheet)):
        assert [number.text for number in reader.read_page(Picture("photo", 0, pixels)).numbers] == ["4711"]


def test_boxes_stay_where_they_are(sample_test):
    (number,) = Reader(digits.load()).read_page(Picture("photo", 0, on_table(sheet_of(sample_test)))).numbers
    left, top, width, height = number.box
    assert 120 < left < 260
    assert left + width < 690
    assert 120 < top < 200
    assert 60 < height < 200


def test_half_a_page_in_the_shade_is_no_sheet(sample_test):
    page = cv2.resize(sheet_of(sample_test), (780, 470))
    page[:, 430:] = page[:, 430:] // 2
    assert find_sheet(page) is None


def test_a_soft_shadow_around_the_light_is_no_table(sample_test):
    light = cv2.GaussianBlur((on_table(np.full((330, 600), 255, np.uint8), 90)).astype(np.float32), (0, 0), 25) / 255
    page = (cv2.resize(sheet_of(sample_test), (780, 470)) * light).astype(np.uint8)
    assert find_sheet(page) is None


@pytest.mark.parametrize("corners", [CORNERS - [0, 120], CORNERS - [300, 0]], ids=["above", "left"])
def test_a_sheet_may_be_cut_off_at_one_side(sample_test, corners):
    sheet = find_sheet(on_table(sheet_of(sample_test), corners=corners))
    assert sheet is not None
    assert sheet[0].any() or sheet[:, 0].any()


def test_a_blank_sheet_is_none():
    """A thick 1 is one, too."""
    assert find_sheet(on_table(np.full((330, 600), PAPER, np.uint8))) is None


def test_no_digit_is_a_sheet(sample_test):
    for image in sample_test.images[:300]:
        large = cv2.resize(image, (280, 280), interpolation=cv2.INTER_CUBIC)
        thick = cv2.dilate(large, np.ones((25, 25), np.uint8))
        assert find_sheet(large) is None
        assert find_sheet(255 - large) is None
        assert find_sheet(thick) is None


def test_a_panel_beside_which_something_is_written_is_no_sheet(sample_test):
    photo = on_table(sheet_of(sample_test))
    assert find_sheet(photo) is not None
    cv2.putText(photo, "27", (20, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 230, 6)
    assert find_sheet(photo) is None
