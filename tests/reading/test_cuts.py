"""Where digits touch, one of the cuts parts them; whatever is cut, no ink is lost."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading import cuts
from digits.reading.cuts import cut, find_components
from digits.reading.strip import made_upright

TALL, PEN = 64, 7.0


def shape(image):
    """A digit of MNIST's, 64 pixels tall and upright, as a mask."""
    rows, columns = np.nonzero(image > 60)
    cropped = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    large = cv2.resize(cropped, None, fx=TALL / len(cropped), fy=TALL / len(cropped), interpolation=cv2.INTER_CUBIC)
    upright, _ = made_upright(np.tile(np.pad((large > 127).astype(np.uint8), 10), 6))  # of one digit it is careful
    left, _, width, _ = cv2.boundingRect(upright[:, : upright.shape[1] // 6])
    return upright[10 : 10 + TALL, left : left + width]


def beside(left, right, overlap):
    """Two shapes in one row that overlap by so many pixels of their inks: masks of both, of the same size."""
    first, second = (np.zeros((TALL + 20, 220), np.uint8) for _ in range(2))
    first[10 : 10 + TALL, 10 : 10 + left.shape[1]] = left
    for x in range(10 + left.shape[1], 0, -1):
        second[:] = 0
        second[10 : 10 + TALL, x : x + right.shape[1]] = right
        if (first & second).any():
            break
    return first, np.roll(second, 1 - overlap, axis=1)


def only(mask):
    (component,) = find_components(mask, TALL, PEN)
    return component


def best_share(component, left, right):
    """The best cut's: how much of the left digit lies left of it, or of the right one right of it, if that is less."""
    x, y, to_x, to_y = component.box
    left, right = left[y:to_y, x:to_x] > 0, right[y:to_y, x:to_x] > 0
    return max(min((side & left).sum() / left.sum(), (~side & right).sum() / right.sum()) for side in component.sides)


def test_the_components_of_a_line_come_from_left_to_right_and_dirt_does_not():
    mask = np.zeros((80, 300), np.uint8)
    for left in (200, 20, 110):
        cv2.ellipse(mask, (left + 20, 40), (18, 30), 0, 0, 360, 1, 6)
    mask[5, 5] = 1
    found = find_components(mask, TALL, PEN)
    assert [component.left for component in found] == sorted(component.left for component in found)
    assert len(found) == 3
    for component in found:
        left, top, right, bottom = component.box
        drawn = mask[top:bottom, left:right] > 0
        assert component.ink[drawn].all()  # and what closes hairline gaps
        assert component.ink.sum() <= 1.03 * drawn.sum()
        assert component.last == 1
        assert component.crossed.tolist() == [0, 0]


def test_a_hairline_gap_in_a_stroke_makes_no_two_components_of_it():
    mask = np.zeros((80, 80), np.uint8)
    cv2.line(mask, (20, 10), (60, 70), 1, 6)
    mask[40] = 0
    assert len(find_components(mask, TALL, PEN)) == 1


def test_blank_paper_has_no_components():
    assert find_components(np.zeros((80, 80), np.uint8), TALL, PEN) == []


def test_of_touching_digits_one_of_the_cuts_parts_them(sample_test):
    random = np.random.default_rng(0)
    parted, tried = 0, 0
    while tried < 30:
        first, second = (shape(sample_test.images[index]) for index in random.integers(0, len(sample_test), 2))
        left, right = beside(first, second, 1)
        found = find_components(left | right, TALL, PEN)
        if len(found) == 1 and (left & right).any():
            tried += 1
            parted += best_share(cut(found[0], left | right, TALL, PEN), left, right) > 0.85
    assert parted >= 26


def test_digits_that_touch_twice_are_parted():
    mask = np.zeros((84, 120), np.uint8)
    left, right = mask.copy(), mask.copy()
    cv2.ellipse(left, (30, 26), (18, 16), 0, -150, 90, 1, 7)
    cv2.ellipse(left, (30, 58), (18, 16), 0, -90, 150, 1, 7)
    cv2.ellipse(right, (82, 42), (24, 32), 0, 0, 360, 1, 7)
    cv2.line(left, (50, 26), (62, 26), 1, 7)
    cv2.line(left, (50, 58), (62, 58), 1, 7)
    component = cut(only(left | right), left | right, TALL, PEN)
    assert best_share(component, left, right) > 0.8  # the ends of the bars may stay with the 0


def test_a_cut_costs_the_ink_that_it_crosses():
    for thickness in (4, 7, 14):
        mask = np.zeros((84, 200), np.uint8)
        cv2.ellipse(mask, (45, 42), (25, 32), 0, 0, 360, 1, 7)
        cv2.ellipse(mask, (155, 42), (25, 32), 0, 0, 360, 1, 7)
        mask[42 : 42 + thickness, 68:132] = 1
        component = cut(only(mask), mask, TALL, PEN)
        x = [100 - component.left]
        through_the_bridge = [
            crossed
            for side, crossed in zip(component.sides[1:-1], component.crossed[1:-1], strict=True)
            if side[:, x[0] - 25].any() and not side[:, x[0] + 25].any()
        ]
        assert through_the_bridge
        assert min(through_the_bridge) == pytest.approx(thickness / PEN, abs=0.3)


def test_nothing_narrow_is_cut():
    mask = np.zeros((84, 60), np.uint8)
    cv2.line(mask, (30, 10), (30, 74), 1, 8)
    component = only(mask)
    assert cut(component, mask, TALL, PEN).last == 1


def test_no_cut_crosses_more_than_a_few_strokes():
    solid = np.ones((TALL, 150), np.uint8)
    assert cut(only(solid), solid, TALL, PEN).last == 1


strokes = st.tuples(st.integers(5, 195), st.integers(5, 75), st.integers(5, 195), st.integers(5, 75))


@given(strokes=st.lists(strokes, min_size=1, max_size=8), pen=st.integers(2, 14))
@settings(max_examples=40, deadline=None)
def test_no_ink_is_lost_between_cuts_and_no_less_lies_left_of_each_than_of_the_one_before(strokes, pen):
    mask = np.zeros((80, 200), np.uint8)
    for x, y, to_x, to_y in strokes:
        cv2.line(mask, (x, y), (to_x, to_y), 1, pen)
    for whole in find_components(mask, TALL, float(pen)):
        component = cut(whole, mask, TALL, float(pen))
        sides, crossed = component.sides, component.crossed
        assert not sides[0].any()
        assert np.array_equal(sides[-1], component.ink)
        assert len(crossed) == len(sides) == component.last + 1 <= 62
        assert crossed[0] == crossed[-1] == 0
        assert (crossed >= 0).all()
        assert not (sides & ~component.ink).any()
        assert (np.diff(sides.sum(axis=(1, 2))) >= 0).all()
        between = sides[1:] & ~sides[:-1]
        assert np.array_equal(between.any(axis=0), component.ink)
        assert all(np.array_equal(side ^ (component.ink & ~side), component.ink) for side in sides)


def test_where_digits_are_known_to_be_only_ink_between_two_of_them_is_cut(sample_test):
    left, right = (shape(sample_test.images[sample_test.labels == digit][0]) for digit in (3, 8))
    first, second = beside(left, right, 4)
    mask = first | second
    component = only(mask)
    places = np.array([np.nonzero(part)[1].mean() for part in (first, second)])
    free, told = cut(component, mask, TALL, PEN), cut(component, mask, TALL, PEN, places)
    assert told.last > 1
    assert told.heard.tolist() == [0] + [1] * (told.last - 1) + [2]
    assert best_share(told, first, second) >= best_share(free, first, second)
    assert cut(component, mask, TALL, PEN, places[:1]).last == 1
    assert cut(component, mask, TALL, PEN, places[:0]).heard.tolist() == [0, 0]


def test_a_line_without_ink_has_no_components():
    assert find_components(np.zeros((TALL, 30), np.uint8), TALL, PEN) == []


@given(st.integers(1, 12), st.integers(1, 9), st.integers(0, 1000))
def test_pictures_side_by_side_cost_what_each_costs_alone(rows, columns, seed):
    costs = np.random.default_rng(seed).random((2, rows, columns), np.float32)
    together = cuts._costs(*costs)
    for cost, total in zip(costs, together, strict=True):
        assert np.array_equal(total, cuts._costs(cost)[0])
        assert np.array_equal(total[0], cost[0])
        for row in range(1, rows):
            beside = np.pad(total[row - 1], 1, constant_values=np.inf)
            least = np.minimum(beside[1:-1], np.minimum(beside[:-2], beside[2:]) + np.float32(0.2))
            assert total[row] == pytest.approx(cost[row] + least, rel=1e-6)
