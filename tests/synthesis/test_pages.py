"""Pages, and the sheets that they are photographs of."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from digits.data.sources import load_dataset
from digits.synthesis.hands import Glyphs, draw_hand
from digits.synthesis.layouts import LAYOUTS
from digits.synthesis.numbers import write_number
from digits.synthesis.pages import SHARES, draw_close, draw_page
from digits.synthesis.sheet import Sheet, Sources, draw_word
from digits.synthesis.texts import MARKS

SOURCES = Sources(Glyphs(load_dataset("sample")))
A_FONT = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"


def blank(height=300, width=400, seed=0):
    return Sheet(np.ones((height, width), np.float32), SOURCES, np.random.default_rng(seed))


def a_number(text="2026", seed=0):
    random = np.random.default_rng(seed)
    return write_number(text, draw_hand(random), SOURCES.glyphs, random)


@pytest.fixture(scope="module")
def pages():
    return {
        (name, seed): draw_page(240, 320, SOURCES, np.random.default_rng([7, seed]), layout=name, size=24.0)
        for name in LAYOUTS
        for seed in range(4)
    }


def test_one_seed_is_one_picture():
    one, other = (draw_page(160, 200, SOURCES, np.random.default_rng(3)) for _ in range(2))
    assert (one.grey == other.grey).all()
    assert (one.boxes == other.boxes).all()


def test_a_page_has_the_size_that_was_asked_for_and_needs_no_fonts(pages):
    for page in pages.values():
        assert page.grey.shape == (240, 320)
        assert page.grey.dtype == np.uint8


def test_every_layout_has_its_share():
    assert set(SHARES) == set(LAYOUTS)
    assert sum(SHARES.values()) == pytest.approx(1)


def test_the_truth_is_of_one_length_and_in_order(pages):
    for page in pages.values():
        assert len(page.boxes) == len(page.quads) == len(page.marks) == len(page.numbers) == len(page.seen)
        assert set(page.marks) <= set(MARKS)
        assert (np.diff(page.numbers) >= 0).all()


def test_boxes_end_at_the_frame(pages):
    for page in pages.values():
        assert (page.boxes >= 0).all()
        assert (page.boxes[:, [0, 2]] <= 320).all()
        assert (page.boxes[:, [1, 3]] <= 240).all()
        assert (page.boxes[:, :2] < page.boxes[:, 2:]).all()


def test_most_pages_hold_numbers_and_pages_of_nothing_hold_none(pages):
    holding = [bool(page.marks) for (name, _), page in pages.items() if name != "nothing"]
    assert np.mean(holding) > 0.9
    assert not any(page.marks for (name, _), page in pages.items() if name == "nothing")


@pytest.mark.parametrize("size", [14, 30, 90])
@pytest.mark.parametrize("turn", [0.0, 20.0, -8.0])
def test_all_ink_of_a_number_lies_in_its_marks(size, turn):
    sheet = blank()
    box = sheet.write(a_number(), 60, 180, size, 1.0, turn=turn)
    rows, columns = np.nonzero(sheet.grey < 0.6)
    assert box[0] - 2 <= columns.min()
    assert columns.max() <= box[2] + 2
    assert box[1] - 2 <= rows.min()
    assert rows.max() <= box[3] + 2
    assert len(sheet.quads) == 4


def test_what_rises_to_the_right_rises_to_the_right():
    sheet = blank()
    sheet.write(a_number(), 60, 180, 30, 1.0, turn=20.0)
    first, last = sheet.quads[0].mean(axis=0), sheet.quads[-1].mean(axis=0)
    assert np.rad2deg(np.arctan2(first[1] - last[1], last[0] - first[0])) == pytest.approx(20, abs=6)


def test_marks_written_later_may_belong_to_the_number_before():
    sheet = blank()
    sheet.write(a_number("1"), 20, 100, 30, 1.0)
    sheet.write(a_number("2"), 90, 100, 30, 1.0, same=True)
    sheet.write(a_number("3"), 200, 100, 30, 1.0)
    assert sheet.numbers == [0, 0, 1]


def test_a_place_is_free_until_something_is_written_there():
    sheet = blank()
    assert sheet.is_free((50, 50, 200, 120))
    sheet.write(a_number(), 60, 100, 30, 1.0)
    assert not sheet.is_free((50, 50, 200, 120))
    assert sheet.is_free((50, 150, 200, 220))


def test_a_word_stands_on_its_line_without_any_font():
    word = draw_word("net", None, 30, np.random.default_rng(0), by_hand=False)
    rows = np.flatnonzero(word.ink.max(axis=1) > 0.5)
    assert word.ink.max() == 1
    assert abs(rows[-1] - word.above) < 5


def test_a_closely_cropped_number_is_cut_near_its_ink():
    for seed in range(12):
        page = draw_close(120, 200, SOURCES, np.random.default_rng(seed))
        assert page.marks
        assert page.grey.shape[0] <= 120
        assert page.grey.shape[1] <= 200


def test_letters_of_words_are_known_by_place_and_are_no_marks():
    sheet = Sheet(np.full((120, 600), 0.9, np.float32), SOURCES, np.random.default_rng(0))
    word = draw_word("Miete 7", A_FONT, 30, sheet.random, by_hand=True)
    sheet.put(word, 40, 80, 0.9)
    assert "".join(sheet.letters) == "Miete"
    assert not sheet.marks
    lefts = [box[0] for box in sheet.letter_boxes]
    assert lefts == sorted(lefts)
    for left, top, right, bottom in np.round(sheet.letter_boxes).astype(int):
        assert (sheet.grey[top:bottom, left:right] < 0.5).any()


def test_a_word_that_is_cut_loses_the_letters_that_are_cut_off():
    word = draw_word("Miete", A_FONT, 30, np.random.default_rng(0), by_hand=False)
    half = word.cut(int(word.boxes[2, 0]))
    assert (half.letters, len(half.boxes)) == ("Mi", 2)
