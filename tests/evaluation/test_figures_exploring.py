"""The figures of an exploration show what they are given, and can be drawn of little."""

import io

import numpy as np
import pytest

from digits.data.dataset import Dataset
from digits.data.explore import explore
from digits.evaluation.figures import exploring


@pytest.fixture(scope="module")
def few(sample):
    """Digits of a few classes only, under a name that Matplotlib could take for a formula."""
    rows = np.flatnonzero((sample.labels == 1) | (sample.labels == 7))[:12]
    return Dataset(images=sample.images[rows], labels=sample.labels[rows], name="a $1 and a $7", split="test")


def png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def sheet_of(figure):
    return np.asarray(figure.axes[0].images[0].get_array())


def test_the_samples_stand_in_the_row_of_their_label(sample):
    sheet = sheet_of(exploring.samples(sample, per_class=4))
    known = {image.tobytes(): label for image, label in zip(sample.images, sample.labels, strict=True)}
    for digit in range(10):
        for place in range(4):
            top, left = 32 * digit, 32 * place
            assert known[sheet[top : top + 28, left : left + 28].tobytes()] == digit


def test_the_samples_are_chosen_by_the_seed(sample):
    first, again, other = (sheet_of(exploring.samples(sample, seed=seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_class_with_few_digits_has_a_short_row(few):
    sheet = sheet_of(exploring.samples(few))
    inked = [int((sheet[32 * digit : 32 * digit + 28].reshape(28, -1) > 0).any()) for digit in range(10)]
    assert inked == [0, 1, 0, 0, 0, 0, 0, 1, 0, 0]


def test_the_bars_are_the_counts(few):
    exploration = explore(few)
    axes = exploring.class_counts(exploration).axes[0]
    assert [bar.get_height() for bar in axes.patches] == exploration.class_counts.tolist()
    assert axes.get_xticklabels()[7].get_text() == f"7\n{exploration.class_counts[7]}"


def test_the_mean_digits_share_one_scale(few):
    exploration = explore(few)
    axes = exploring.mean_digits(exploration).axes
    assert len(axes) == 10
    for digit, one in enumerate(axes):
        assert np.array_equal(one.images[0].get_array(), exploration.mean_digits[digit])
        assert one.images[0].get_clim() == (0, 255)


def test_the_map_of_ink_marks_the_pixels_that_are_always_empty(few):
    exploration = explore(few)
    axes = exploring.ink(exploration).axes[0]
    marked = {(round(y), round(x)) for x, y in axes.collections[0].get_offsets()}
    assert marked == {(y, x) for y, x in np.argwhere(exploration.empty).tolist()}
    assert np.allclose(axes.images[0].get_array(), 100 * exploration.ink)
    full = Dataset(images=np.full((1, 28, 28), 9, np.uint8), labels=np.uint8([3]), name="full")
    assert not exploring.ink(explore(full)).axes[0].collections


@pytest.mark.parametrize("draw", [exploring.class_counts, exploring.mean_digits, exploring.ink])
def test_figures_are_drawn_without_a_warning_and_twice_the_same(few, draw):
    exploration = explore(few)
    assert png(draw(exploration)) == png(draw(exploration))


def test_the_samples_are_drawn_without_a_warning(few):
    assert png(exploring.samples(few)).startswith(b"\x89PNG")
