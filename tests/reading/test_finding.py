"""Where numbers stand on a page: what is made of the finder's maps, and what the shipped finder finds."""

import time

import numpy as np
import pytest

from digits.data.sources import load_dataset
from digits.errors import BundleError
from digits.reading.finding import MARKS, find_numbers
from digits.reading.networks.finder import Finder, Maps, load_finder
from digits.synthesis.hands import Glyphs
from digits.synthesis.pages import draw_page
from digits.synthesis.sheet import Sources

STRIDE = 2


class Told:
    """A finder that sees what it is told: marks as (x, y, width, height, kind) in page pixels, and joints between."""

    stride, edge_stride, border = STRIDE, 4, 16

    def __init__(self, marks, joints=()):
        self.marks, self.joints, self.shown = marks, joints, []
        self.config = {"mark": 0.3, "number": 0.5, "joint": 0.35}

    def look(self, page):
        self.shown.append(page.shape)
        height, width = (-(-side // 32) * 32 for side in page.shape)
        scale = page.shape[1] / 400
        maps = np.zeros((3, height // 2, width // 2), np.float32)
        edges = np.ones((4, height // 4, width // 4), np.float32)
        for *place, kind in self.marks:
            x, y, wide, high = (value * scale for value in place)
            row, column = int(y / 2), int(x / 2)
            maps[["digit", "sign"].index(kind), row, column] = 0.9
            here_x, here_y = (column // 2 + 0.5) * 4, (row // 2 + 0.5) * 4
            edges[:, row // 2, column // 2] = (
                here_x - x + wide / 2, here_y - y + high / 2, x + wide / 2 - here_x, y + high / 2 - here_y,
            )  # fmt: skip
        for one, other in self.joints:
            (x, y, *_), (to_x, to_y, *_) = self.marks[one], self.marks[other]
            for step in np.linspace(0, 1, 400):
                at_x, at_y = (x + (to_x - x) * step) * scale / 2, (y + (to_y - y) * step) * scale / 2
                maps[2, max(0, int(at_y) - 1) : int(at_y) + 2, max(0, int(at_x) - 1) : int(at_x) + 2] = 1
        return Maps(*maps, edges)


PAGE = np.full((300, 400), 255, np.uint8)
A, B, C = (100, 100, 20, 30, "digit"), (130, 100, 20, 30, "digit"), (160, 102, 20, 30, "digit")


def test_marks_that_are_joined_are_one_number_in_reading_order():
    (found,) = find_numbers(Told([C, A, B], [(0, 2), (1, 2)]), PAGE)
    assert np.abs(found.marks - [[90, 85, 110, 115], [120, 85, 140, 115], [150, 87, 170, 117]]).max() < 3
    assert np.abs(found.corners - [[90, 85], [170, 86], [170, 117], [90, 116]]).max() < 4
    assert found.confidence == pytest.approx(0.9)


def test_marks_side_by_side_without_a_joint_are_several_numbers():
    found = find_numbers(Told([A, B, C], [(0, 1)]), PAGE)
    assert [len(number.marks) for number in found] == [2, 1]
    assert [number.line for number in found] == [0, 0]


def test_a_sign_belongs_to_its_number_and_alone_is_none():
    point = (115, 113, 4, 4, "sign")
    (found,) = find_numbers(Told([A, B, point, (300, 200, 4, 4, "sign")], [(0, 2), (2, 1)]), PAGE)
    assert (found.digits >= 0.5).tolist() == [True, False, True]


def test_numbers_come_line_by_line_from_left_to_right():
    marks = [(300, 52, 20, 30, "digit"), (60, 50, 20, 30, "digit"), (200, 150, 20, 30, "digit")]
    found = find_numbers(Told(marks), PAGE)
    assert [round(number.marks[0, 0]) // 50 for number in found] == [1, 5, 3]
    assert [number.line for number in found] == [0, 0, 1]


def test_a_steep_number_gets_steep_corners():
    marks = [(100 + 30 * i, 200 - 15 * i, 20, 30, "digit") for i in range(5)]
    (found,) = find_numbers(Told(marks, [(i, i + 1) for i in range(4)]), PAGE)
    right, up = found.corners[1] - found.corners[0]
    assert np.rad2deg(np.arctan2(-up, right)) == pytest.approx(26, abs=7)


def test_a_page_of_nothing_has_no_number():
    assert find_numbers(Told([]), PAGE) == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (28, 28), (2, 5000)])
def test_every_shape_is_looked_at(shape):
    assert find_numbers(Told([]), np.zeros(shape, np.uint8)) == ()


def test_large_pages_are_looked_at_in_several_sizes_and_small_ones_are_not_blown_up():
    large, small = Told([]), Told([])
    find_numbers(large, np.zeros((3000, 4000), np.uint8))
    find_numbers(small, np.zeros((40, 100), np.uint8))
    assert len(large.shown) == 4
    assert max(rows * columns for rows, columns in large.shown) < 1.3e6
    assert small.shown == [(32, 79), (80, 200)]


def test_as_many_marks_as_there_are_pixels_end_in_bounded_time():
    finder = Told([])
    crowd = np.random.default_rng(0).random((3, 150, 200)).astype(np.float32)
    finder.look = lambda page: Maps(*crowd, np.full((4, 75, 100), 9, np.float32))
    begin = time.process_time()
    found = find_numbers(finder, PAGE)
    assert time.process_time() - begin < 10
    assert sum(len(number.marks) for number in found) <= MARKS


def test_a_folder_without_a_finder_is_refused(tmp_path):
    with pytest.raises(BundleError, match="holds no finder"):
        Finder.load(tmp_path)


def test_another_format_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"format": "something else"}', "utf-8")
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(BundleError, match="is no handwritten-digits finder"):
        Finder.load(tmp_path)


SOURCES = Sources(Glyphs(load_dataset("sample")))


def numbers_found(page, found):
    """How many of the wholly seen numbers have a find over them with an IoU of a half, and how many there are."""
    hits = written = 0
    for number in np.unique(page.numbers):
        own = page.boxes[page.numbers == number]
        if page.seen[page.numbers == number].all() and page.is_digit[page.numbers == number].any():
            written += 1
            box = np.concatenate([own[:, :2].min(axis=0), own[:, 2:].max(axis=0)])
            hits += any(overlap(upright(one), box) >= 0.5 for one in found)
    return hits, written


def upright(found):
    return np.concatenate([found.marks[:, :2].min(axis=0), found.marks[:, 2:].max(axis=0)])


def overlap(one, other):
    common = np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0).prod()
    return common / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - common)


@pytest.mark.parametrize("size", [16.0, 32.0, 100.0])
def test_the_shipped_finder_finds_what_is_written_on_drawn_pages(size):
    hits = written = 0
    for seed, layout in enumerate(["lines", "table", "scattered", "grid"]):
        height, width = (round(20 * size), round(26 * size))
        page = draw_page(height, width, SOURCES, np.random.default_rng([1, seed]), layout=layout, size=size)
        ours, all_of_them = numbers_found(page, find_numbers(load_finder(), page.grey))
        hits, written = hits + ours, written + all_of_them
    assert hits / written >= 0.6, (hits, written)


def test_the_shipped_finder_sees_both_polarities_alike():
    page = draw_page(400, 500, SOURCES, np.random.default_rng(5), layout="lines", size=30.0)
    dark, light = (find_numbers(load_finder(), grey) for grey in (page.grey, 255 - page.grey))
    alike = sum(any(overlap(upright(one), upright(other)) > 0.5 for other in light) for one in dark)
    assert alike > 0.7 * len(dark)


def test_numbers_that_touch_the_frame_are_found():
    hits = 0
    for seed in range(12):
        random = np.random.default_rng([2, seed])
        page = draw_page(120, 260, SOURCES, random, layout="alone", size=40.0)
        left, top = page.boxes[:, :2].min(axis=0).astype(int)
        right, bottom = np.ceil(page.boxes[:, 2:].max(axis=0)).astype(int)
        crop = np.ascontiguousarray(page.grey[top:bottom, left:right])
        found = find_numbers(load_finder(), crop)
        hits += any(overlap(upright(one), np.array([0, 0, right - left, bottom - top])) > 0.5 for one in found)
    assert hits >= 9


def test_an_empty_page_has_no_number():
    assert find_numbers(load_finder(), np.full((600, 800), 230, np.uint8)) == ()
