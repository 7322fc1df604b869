"""The Pareto figure: who is on the front, and labels that can be read."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Annotation

from digits.errors import InputError
from digits.evaluation.figures import pareto as drawing
from digits.evaluation.figures.pareto import front, pareto
from digits.evaluation.metrics import wilson_interval
from digits.evaluation.models import ModelFigures, Speed


def model(name, correct, parameters, microseconds, n=10_000):
    measured = {} if correct is None else {"n": n, "accuracy": correct / n, "interval": wilson_interval(correct, n)}
    return ModelFigures(
        name=name, path=name, shipped=True, default=False, corrected=None, robustness=None, parameters=parameters,
        bytes=4 * parameters + 2_000, microseconds=Speed(single=microseconds, batch=microseconds / 3),
        **{"n": None, "accuracy": None, "interval": None, **measured},
    )  # fmt: skip


SEVERAL = [
    model("linear-sigmoid", 9_230, 7_850, 8.0), model("dense-128", 9_760, 101_770, 13.0),
    model("dense-128-64", 9_755, 109_386, 14.0), model("cnn-tiny", 9_945, 9_850, 95.0),
    model("cnn-fast", 9_912, 44_000, 40.0), model("dense-best", 9_923, 1_200_000, 180.0),
    model("student", 9_975, 250_000, 700.0), model("cnn-best", 9_977, 280_000, 800.0),
    model("dense-best-augmented", 9_962, 2_700_000, 420.0),
]  # fmt: skip


def drawn(figure):
    figure.savefig(io.BytesIO(), format="png")  # what overlaps the edge or lacks a glyph is a warning, and so an error
    return figure


def labels(axes):
    return [child for child in axes.get_children() if isinstance(child, Annotation)]


def test_the_front_is_what_none_beats_in_both():
    assert front([1, 2, 3, 4], [5, 6, 2, 3]) == [0, 2]
    assert front([2, 1], [1, 1]) == [1]
    assert front([1, 1], [2, 1]) == [1]
    assert front([7], [1]) == [0]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=12))
def test_whoever_is_not_on_the_front_is_beaten_by_one_who_is(points):
    costs, errors = zip(*points, strict=True)
    found = front(costs, errors)
    for index, (cost, error) in enumerate(points):
        beaten = any(
            costs[one] <= cost and errors[one] <= error and (costs[one], errors[one]) != (cost, error) for one in found
        )
        assert beaten or (cost, error) in {points[one] for one in found}, index


def test_each_network_is_named_in_both_panels_and_no_label_covers_another():
    figure = drawn(pareto(SEVERAL))
    left, right = figure.axes
    for axes in (left, right):
        boxes = [drawing._extent(label) for label in labels(axes)]
        assert len(boxes) == len(SEVERAL)
        inside = axes.get_window_extent().padded(1)
        for number, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:number])
            assert inside.x0 <= box.x0 <= box.x1 <= inside.x1
            assert inside.y0 <= box.y0 <= box.y1 <= inside.y1
    assert "cnn-tiny\n9,850 parameters" in [label.get_text() for label in labels(left)]
    assert sorted(label.get_text() for label in labels(right)) == sorted(one.name for one in SEVERAL)


def test_labels_cover_no_mark():
    axes = drawn(pareto(SEVERAL)).axes[0]
    marks = [line.get_window_extent() for line in axes.lines[1:]]
    assert not any(drawing._extent(label).overlaps(mark) for label in labels(axes) for mark in marks)


def test_the_interval_is_drawn_and_the_beaten_are_hollow():
    left, _ = pareto(SEVERAL).axes
    bars = [line for line in left.lines if line.get_marker() == "_"]
    low, high = SEVERAL[1].interval
    assert list(bars[1].get_ydata()) == pytest.approx([100 * (1 - high), 100 * (1 - low)])
    marks = [line for line in left.lines if line.get_marker() == "o"]
    filled = {one.name for one, mark in zip(SEVERAL, marks, strict=True) if mark.get_markerfacecolor() != "white"}
    assert filled == {"linear-sigmoid", "cnn-tiny", "student", "cnn-best"}


def test_one_network_without_a_single_error_can_be_drawn():
    drawn(pareto([model("perfect", 1_000, 5_000, 12.0, n=1_000)]))


def test_many_networks_in_one_place_can_be_drawn():
    drawn(pareto([model(f"twin-{number}", 9_700 + number, 10_000 + number, 10.0) for number in range(12)]))


def test_networks_that_are_not_measured_are_left_out_and_none_at_all_is_refused():
    figure = pareto([*SEVERAL[:2], model("unknown", None, 1_000, 5.0)])
    assert "unknown" not in [label.get_text() for label in labels(figure.axes[1])]
    with pytest.raises(InputError, match="none of these models is measured on MNIST's test set"):
        pareto([model("unknown", None, 1_000, 5.0)])


def test_twins_are_both_on_the_front():
    left, _ = pareto([SEVERAL[0], SEVERAL[0]]).axes
    assert all(mark.get_markerfacecolor() != "white" for mark in left.lines if mark.get_marker() == "o")
