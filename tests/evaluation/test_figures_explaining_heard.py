"""The roll shows what the line network said at each column: which digits, how likely, and whether they were read so."""

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from digits.evaluation.figures.explaining_heard import draw_heard
from digits.evaluation.figures.style import BLACK, BLUE, GREEN, PURPLE
from digits.reading.heard import listen
from digits.reading.transcript import Transcript

COLOURS = [BLUE, GREEN, PURPLE]


def hearing(number, seen, rival=None):
    """The number, heard as digits in the middle of those read; the rival has 0.3 of the first one's column."""
    boxes = np.array([number.line.chain.candidates[step].box for step in number.line.steps])
    columns = np.arange(boxes[0, 0], boxes[-1, 2], 4.0)
    probabilities = np.full((len(columns), 11), 1e-6)
    probabilities[:, 0] = 1
    for digit, middle in zip(seen, (boxes[:, 0] + boxes[:, 2]) / 2, strict=True):
        probabilities[np.abs(columns - middle).argmin(), [0, digit + 1]] = 0, 1
    if rival is not None:
        at = int(probabilities[:, 0].argmin())
        probabilities[at, [seen[0] + 1, rival + 1]] = 0.7, 0.3
    transcript = Transcript(np.log(np.maximum(probabilities, 1e-6)), columns)
    line = replace(number.line, transcript=transcript)
    return replace(number, line=line, heard=listen(line))


def drawn(number):
    """The axes of a roll, drawn."""
    figure = Figure()
    axes = figure.add_subplot()
    axes.set_xlim(-80, 700)
    axes.set_ylim(100, -100)
    draw_heard(axes, number, COLOURS, foot=0, start=0, scale=0.0165)
    figure.savefig(io.BytesIO(), format="png")
    return axes


def cells(axes):
    """Which digit is drawn in which column, and its colour and tint."""
    (image,) = axes.images
    shown = np.asarray(image.get_array())
    return {(int(digit), int(step)): shown[digit, step] for digit, step in np.argwhere(shown[..., 3])}


def test_a_digit_has_a_cell_where_it_was_heard_in_the_colour_of_the_digit_that_was_read(number):
    read = [int(digit) for digit in number.guess]
    found = cells(drawn(hearing(number, read)))
    assert [digit for digit, _ in sorted(found, key=lambda cell: cell[1])] == read
    for colour, cell in zip(COLOURS, sorted(found, key=lambda cell: cell[1]), strict=True):
        assert found[cell][:3] == pytest.approx(to_rgb(colour))
        assert found[cell][3] == pytest.approx(1)


def test_the_roll_lies_at_the_columns_of_the_strip(number):
    heard = hearing(number, [int(digit) for digit in number.guess])
    axes = drawn(heard)
    left, right, bottom, top = axes.images[0].get_extent()
    columns = heard.line.transcript.columns
    assert (left, right) == (columns[0] - 2, columns[-1] + 2)
    assert top < bottom < 0
    labels = [text for text in axes.texts if text.get_weight() == "bold"]
    assert [label.get_text() for label in labels] == list(number.guess)
    for label, digit in zip(labels, heard.heard.digits, strict=True):
        assert label.get_position()[0] == sum(digit.columns) / 2


def test_what_was_read_as_something_else_is_black(number):
    read = [int(digit) for digit in number.guess]
    other = [(read[0] + 5) % 10, *read[1:]]
    found = cells(drawn(hearing(number, other)))
    first = min(found, key=lambda cell: cell[1])
    assert found[first][:3] == pytest.approx(to_rgb(BLACK))


def test_a_rival_is_paler_and_named_in_its_cell(number):
    read = [int(digit) for digit in number.guess]
    rival = (read[0] + 5) % 10
    plain, doubtful = drawn(hearing(number, read)), drawn(hearing(number, read, rival))
    found = cells(doubtful)
    (tint,) = [cell[3] for (digit, step), cell in found.items() if digit == rival and cell[3] < 0.7]
    assert tint == pytest.approx(np.sqrt(0.3), abs=0.01)
    assert len(doubtful.texts) == len(plain.texts) + 1
    assert str(rival) in [text.get_text() for text in doubtful.texts if text.get_zorder() == 4]


def test_without_a_line_network_nothing_is_drawn(number):
    axes = drawn(replace(number, heard=None))
    assert [*axes.images, *axes.texts, *axes.patches, *axes.lines] == []
