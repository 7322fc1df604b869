"""Lines between the numbers of a column: drawn on paper of all kinds, counted where they are, and no others."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading.rulings import rulings_above
from digits.reading.tables import Place

TEXTS = ("12.50", "1227.25", "88.00", "1327.75")


def column(size=40, pitch=80, right=400):
    """Where `TEXTS` stand, below each other, digits so high, flush right."""
    return [
        Place(row, right - 0.6 * size * len(text), 60 + pitch * row, right, 60 + pitch * row + size)
        for row, text in enumerate(TEXTS)
    ]


def page(places, lines=(), *, ink=40, paper=235, thickness=3, tilt=0.0, ruled=None):
    """A sheet with `TEXTS` at these places, and lines above the numbers of these rows."""
    size = places[0].bottom - places[0].top
    sheet = np.full((int(places[-1].bottom) + 80, int(places[0].right) + 100), paper, np.uint8)
    if ruled is not None:
        for place in places:
            cv2.line(sheet, (0, int(place.bottom) + 4), (500, int(place.bottom) + 4), ruled, 2)
    for place, text in zip(places, TEXTS, strict=True):
        where = int(place.left), int(place.bottom)
        cv2.putText(sheet, text, where, cv2.FONT_HERSHEY_SIMPLEX, size / 30, ink, thickness, cv2.LINE_AA)
    for row in lines:
        y = int((places[row - 1].bottom + places[row].top) / 2)
        rise = np.tan(np.deg2rad(tilt)) * 150
        cv2.line(sheet, (260, int(y + rise / 2)), (410, int(y - rise / 2)), ink, thickness, cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 3, sheet.shape)
    return np.clip(sheet + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("tilt", [-3, 0, 3])
@pytest.mark.parametrize(("ink", "paper"), [(40, 235), (230, 50)])
def test_a_line_above_a_total_is_counted_dark_or_light_level_or_tilted(ink, paper, tilt):
    places = column()
    assert rulings_above(page(places, (3,), ink=ink, paper=paper, tilt=tilt), places) == [0, 0, 1]
    assert rulings_above(page(places, ink=ink, paper=paper), places) == [0, 0, 0]


@pytest.mark.parametrize("size", [14, 40, 120])
def test_it_is_counted_whatever_the_size_of_the_writing(size):
    places = column(size, 2 * size, right=int(3.2 * size) + 280)
    thickness = max(1, size // 14)
    pixels = page(places, thickness=thickness)
    y = int((places[1].bottom + places[2].top) / 2)
    cv2.line(pixels, (int(places[2].left), y), (int(places[2].right), y), 40, thickness, cv2.LINE_AA)
    assert rulings_above(pixels, places) == [0, 1, 0]


@pytest.mark.parametrize(("ruled", "usual"), [(190, 0), (60, 1)])
def test_on_ruled_paper_a_total_has_one_more_whether_rulings_are_seen_or_not(ruled, usual):
    places = column()
    assert rulings_above(page(places, ruled=ruled), places) == [usual, usual, usual]
    assert rulings_above(page(places, (3,), ruled=ruled), places) == [usual, usual, usual + 1]


def test_a_short_stroke_is_none():
    places, (first, second, *_) = column(), column()
    pixels = page(places)
    y = int((first.bottom + second.top) / 2)
    cv2.line(pixels, (int(second.right) - 30, y), (int(second.right), y), 40, 3)
    assert rulings_above(pixels, places) == [0, 0, 0]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31))
def test_whatever_is_on_the_page_each_gap_has_a_count(seed):
    noise = np.random.default_rng(seed).integers(0, 256, (420, 500), np.uint8)
    counts = rulings_above(noise, column())
    assert len(counts) == 3
    assert min(counts) >= 0
