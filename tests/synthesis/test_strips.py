"""Strips, papers and the camera."""

import numpy as np
import pytest

from digits.data.sources import load_dataset
from digits.synthesis.camera import light, photograph
from digits.synthesis.hands import Glyphs
from digits.synthesis.papers import draw_paper, ruling
from digits.synthesis.strips import NOTHING, draw_strip
from digits.synthesis.texts import MARKS

GLYPHS = Glyphs(load_dataset("sample"))


@pytest.fixture(scope="module")
def strips():
    random = np.random.default_rng(0)
    return [draw_strip(GLYPHS, (), random) for _ in range(300)]


def test_a_strip_is_grey_and_says_what_stands_on_it(strips):
    for strip in strips:
        assert strip.pixels.dtype == np.uint8
        assert strip.pixels.ndim == 2
        assert set(strip.text) <= set(MARKS)


def test_some_strips_hold_no_number(strips):
    assert 0.2 * NOTHING < np.mean([strip.text == "" for strip in strips]) < 3 * NOTHING


def test_strips_are_light_on_dark_and_dark_on_light_small_and_large(strips):
    medians = np.array([np.median(strip.pixels) for strip in strips])
    assert (medians < 80).mean() > 0.05
    assert (medians > 128).mean() > 0.3
    heights = [len(strip.pixels) for strip in strips]
    assert min(heights) < 20
    assert max(heights) > 60


def test_one_seed_draws_one_strip():
    once, again = (draw_strip(GLYPHS, (), np.random.default_rng(5)) for _ in range(2))
    assert once.text == again.text
    assert np.array_equal(once.pixels, again.pixels)


def test_papers_reflect_between_none_and_all_of_the_light():
    for seed in range(40):
        paper = draw_paper(30, 50, 20, np.random.default_rng(seed))
        assert paper.shape == (30, 50)
        assert -0.1 <= paper.min() <= paper.max() <= 1.2


def test_ruled_lines_are_level_and_squares_are_both():
    level = ruling(100, 100, 20, np.random.default_rng(3), squared=False)
    squares = ruling(100, 100, 20, np.random.default_rng(3), squared=True)
    assert level.mean(axis=1).std() > 4 * level.mean(axis=0).std()
    assert squares.mean(axis=0).std() > 0.05


def test_the_camera_turns_a_page_round_where_it_is_told_to():
    page = np.full((20, 20), 0.9, np.float32)
    dark, bright = (photograph(page, 10, np.random.default_rng(0), turned_round=turned) for turned in (True, False))
    assert dark.dtype == np.uint8
    assert dark.mean() < bright.mean()
    assert abs(dark.mean() + bright.mean() - 255) < 3


def test_light_is_smooth_but_for_a_shadows_edge():
    field = light(60, 80, np.random.default_rng(1))
    assert field.shape == (60, 80)
    assert np.abs(np.diff(field, axis=0)).mean() < 0.02
