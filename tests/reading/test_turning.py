"""Pages turned by quarters, and places brought back."""

import numpy as np
import pytest

from digits.reading.finding import Found
from digits.reading.lines import LineCrop, ReadLine
from digits.reading.networks.ctc import CtcOutput
from digits.reading.turning import brought_back, turn


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_place_on_a_turned_page_is_brought_back(quarters):
    page = np.zeros((40, 70), np.uint8)
    page[5:9, 20:32] = 255
    turned, back = turn(page, quarters)
    rows, columns = np.nonzero(turned)
    left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)
    found = Found(corners, np.array([(left, top, right, bottom)], float), np.ones(1), 0.9, 0)
    line = ReadLine(LineCrop(turned, np.eye(3)), CtcOutput(np.zeros((1, 2)), "1"), (), 0.5, ())
    place, read = brought_back(found, line, back)
    assert place.corners.min(axis=0).tolist() == [20, 5]
    assert place.corners.max(axis=0).tolist() == [32, 9]
    assert place.marks.tolist() == [[20, 5, 32, 9]]
    assert read.crop.corners(*corners.min(axis=0), *corners.max(axis=0)).min(axis=0).tolist() == [20, 5]


def test_a_turned_page_reads_along_its_own_direction():
    page = np.zeros((40, 70), np.uint8)
    _, back = turn(page, 1)
    corners = np.array([(0, 0), (10, 0), (10, 5), (0, 5)], float)
    found = Found(corners, np.zeros((0, 4)), np.zeros(0), 0.9, 0)
    line = ReadLine(LineCrop(page, np.eye(3)), CtcOutput(np.zeros((1, 2)), "1"), (), 0.5, ())
    place, _ = brought_back(found, line, back)
    along = place.corners[1] - place.corners[0]
    assert along.tolist() == [0, 10], "to the right on the turned page is down on the page"
