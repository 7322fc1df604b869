"""Ruled lines are taken away from a page, and what was written on them stays."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from digits.reading.ink import Ink
from digits.reading.ruling import without_ruling

SHAPE = 420, 600
PEN, LINE = 255, 90  # contrast of what was written, and of lines


def writing() -> np.ndarray:
    """Rows of digits, as a mask."""
    mask = np.zeros(SHAPE, np.uint8)
    for row, text in enumerate(("27518", "4096633", "715")):
        cv2.putText(mask, text, (70, 110 + 120 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 1, 5)
    return mask


def page(written: np.ndarray, lines: np.ndarray, contrast: int = LINE) -> Ink:
    """The ink of a page with lines under the writing."""
    return Ink(
        np.maximum(written, lines), np.maximum(PEN * written, contrast * lines).astype(np.uint8), False, 1.0, 5.0
    )


def ruling(*, pitch: int = 40, askew: float = 0.0, diverging: float = 0.0, squared: bool = False, bent: float = 0.0):
    """Ruled paper as a mask: lines that descend by `askew`, and at the foot of the page by `diverging` more."""
    height, width = SHAPE
    lines = np.zeros(SHAPE, np.uint8)
    x = np.arange(width)
    for level in range(-height, 2 * height, pitch):
        y = level + (askew + diverging * level / height) * (x - width / 2) + bent * np.sin(x / width * np.pi)
        cv2.polylines(lines, [np.stack([x, y], axis=1).round().astype(np.int32)], False, 1, 2)
    if squared:
        for level in range(-width, 2 * width, pitch):
            cv2.line(lines, (round(level - askew * height), 0), (level, height - 1), 1, 2)
    return lines


def dashed(lines: np.ndarray) -> np.ndarray:
    """What a threshold leaves of faint lines: not half of them."""
    return lines * (np.random.default_rng(3).random((SHAPE[0] // 6, SHAPE[1] // 6)) < 0.45).astype(np.uint8).repeat(
        6, axis=0
    ).repeat(6, axis=1)


@pytest.mark.parametrize(
    "lines",
    [
        ruling(),
        ruling(askew=0.1),
        ruling(askew=-0.2),
        ruling(diverging=0.08),
        ruling(bent=3),
        ruling(squared=True),
        ruling(squared=True, askew=0.08),
        dashed(ruling(pitch=80, squared=True, askew=0.05)),
    ],
    ids=["ruled", "askew", "steep", "in perspective", "bent", "squared", "squared and askew", "faint and squared"],
)
def test_ruled_lines_are_taken_away_and_what_was_written_stays(lines):
    written = writing()
    rest = without_ruling(page(written, lines))
    on_paper = lines * (1 - cv2.dilate(written, np.ones((7, 7), np.uint8)))
    assert (rest & written).sum() > 0.97 * written.sum()
    assert (rest & on_paper).sum() < 0.25 * on_paper.sum()


def test_a_single_line_as_strong_as_writing_is_taken_away():
    line = np.zeros(SHAPE, np.uint8)
    cv2.line(line, (0, 240), (599, 255), 1, 2)
    written = writing()
    rest = without_ruling(page(written, line, PEN))
    assert (rest & line & (1 - written)).sum() < 0.1 * line.sum()
    assert (rest & written).sum() > 0.95 * written.sum()


def test_writing_alone_has_no_ruled_lines():
    assert without_ruling(page(writing(), np.zeros(SHAPE, np.uint8))) is None


@pytest.mark.parametrize("text", ["11111111", "77777777", "55555555", "--------"])
@pytest.mark.parametrize("rows", [1, 4])
def test_strokes_that_stand_in_line_are_no_ruled_lines(text, rows):
    mask = np.zeros((100 * rows, 600), np.uint8)
    for row in range(rows):
        cv2.putText(mask, text, (40, 80 + 100 * row), cv2.FONT_HERSHEY_SIMPLEX, 2.2, 1, 5)
    assert without_ruling(Ink(mask, 255 * mask, False, 1.0, 5.0)) is None


def test_a_stroke_along_a_line_stays_if_it_is_stronger():
    written = np.zeros(SHAPE, np.uint8)
    written[199:202, 250:300] = 1  # as the foot of a 2
    rest = without_ruling(page(written, ruling()))
    assert (rest & written).sum() == written.sum()


def test_lines_that_run_down_are_left_where_none_runs_across():
    lines = np.ascontiguousarray(cv2.resize(ruling().T, SHAPE[::-1], interpolation=cv2.INTER_NEAREST))
    assert without_ruling(page(np.zeros(SHAPE, np.uint8), lines)) is None


def test_noise_is_no_ruling():
    noise = (np.random.default_rng(0).random(SHAPE) < 0.3).astype(np.uint8)
    assert without_ruling(Ink(noise, 255 * noise, False, 1.0, 2.0)) is None


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_mask_only_loses_ink(data):
    shape = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    mask = data.draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, 1)))
    contrast = data.draw(arrays.arrays(np.uint8, shape)) * mask
    rest = without_ruling(Ink(mask, contrast, False, 1.0, data.draw(st.floats(1, 50))))
    assert rest is None or (rest.shape == mask.shape and not (rest & (1 - mask)).any())


def test_the_lines_of_a_small_picture_are_taken_away_though_it_shows_them_as_thick_as_a_pen():
    written, lines = cv2.dilate(writing(), np.ones((7, 7), np.uint8)), np.zeros(SHAPE, np.uint8)
    for level in (20, 170, 320):
        cv2.line(lines, (0, level), (599, level + 70), 1, 8)
    seen = page(written, lines)
    on_paper = lines * (1 - cv2.dilate(written, np.ones((9, 9), np.uint8)))
    kept = (without_ruling(replace(seen, stroke_width=11.0)) & on_paper).sum()
    assert kept > 0.5 * on_paper.sum(), "so thick a line of a large picture was written"
    rest = without_ruling(replace(seen, stroke_width=11.0, scale=3.0))
    assert (rest & written).sum() > 0.9 * written.sum()
    assert (rest & on_paper).sum() < 0.1 * on_paper.sum()


def test_a_pale_line_from_edge_to_edge_is_taken_away_though_writing_breaks_it():
    written, line = writing(), np.zeros(SHAPE, np.uint8)
    for start in range(0, 600, 25):
        line[232:234, start : start + 10] = 1
    rest = without_ruling(page(written, line, contrast=PEN // 2))
    assert (rest & line & (1 - written)).sum() < 0.1 * line.sum()
    assert without_ruling(page(written, line, contrast=PEN)) is None, "dashes as strong as writing"
