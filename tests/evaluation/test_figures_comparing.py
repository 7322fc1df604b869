"""Figures of comparisons: everything that is said stands in them, nothing is said by colour alone."""

import io

import numpy as np
import pytest

from digits.evaluation.answers import Answers
from digits.evaluation.compare import compare
from digits.evaluation.figures import comparing

N = 300
LABELS = (np.arange(N) % 10).astype(np.uint8)
IMAGES = np.random.default_rng(0).integers(0, 256, (N, 28, 28), dtype=np.uint8)


def answers(name, given, *, recipe=None, seed=0):
    return Answers(
        model=name, recipe=recipe or name, trained_on="digits", setup=recipe or name, seed=seed,
        data="digits", split="test", digits_hash="same", labels=LABELS, answers=given,
        confidences=np.linspace(0.5, 1, N, dtype=np.float32), seen_in_training=False,
    )  # fmt: skip


def wrong(indices, by=1):
    given = LABELS.copy()
    given[indices] = (given[indices] + by) % 10
    return given


def texts(figure):
    """Everything that a figure says, drawn: what overlaps or lacks a glyph is a warning, and so an error."""
    figure.savefig(io.BytesIO(), format="png")
    found = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return "\n".join(text for text in found if text)


@pytest.fixture
def comparison():
    return compare([answers("one", wrong(range(40))), answers("other", wrong(range(38, 70), by=2))])


def test_the_disagreements_show_the_label_both_answers_and_a_mark(comparison):
    said = texts(comparing.disagreements(comparison.pairs[0], IMAGES))
    assert "A = one" in said
    assert "B = other" in said
    assert "They disagree on 70 of 300 digits" in said
    assert "✓ A alone is right: 30 digits, of which the 20 on which they are surest" in said
    assert "✓ B alone is right: 38 digits, of which the 20" in said
    assert "both are wrong, each in its own way: 2 digits" in said
    assert "is a 9\nA: 9 ✓" in said
    assert "✗" in said


def test_the_surest_disagreements_are_shown(comparison):
    figure = comparing.disagreements(comparison.pairs[0], IMAGES)
    drawn = [
        axes.images[0].get_array() for axes in figure.findobj(lambda artist: hasattr(artist, "imshow")) if axes.images
    ]
    assert len(drawn) == 20 + 20 + 2
    np.testing.assert_array_equal(drawn[0], IMAGES[69])  # the last digit that A alone has right


def test_networks_that_agree_leave_an_empty_figure_that_says_so():
    pair = compare([answers("one", wrong([1])), answers("other", wrong([1]))]).pairs[0]
    assert "They disagree on 0 of 300 digits" in texts(comparing.disagreements(pair, IMAGES))


def test_the_accuracies_of_single_networks_have_intervals_and_a_verdict(comparison):
    said = texts(comparing.accuracies(comparison))
    assert "digits, test, n = 300" in said
    assert "86.67" in said
    assert "+2.67: undecided" in said
    assert "points more than one" in said


def test_groups_of_seeds_show_their_seeds_and_who_is_better():
    slim = [answers(f"slim-{seed}", wrong(range(40 + seed)), recipe="slim", seed=seed) for seed in range(3)]
    wide = [answers(f"wide-{seed}", wrong(range(9 + seed)), recipe="wide", seed=seed) for seed in range(3)]
    same = [answers(f"same-{seed}", wrong(range(9)), recipe="same", seed=seed) for seed in range(2)]
    figure = comparing.accuracies(compare([*slim, *wide, *same, answers("single", wrong([1]))]))
    said = texts(figure)
    assert "slim-digits\n(3 seeds)" in said
    assert "± 0.33 (sd)" in said
    assert "+10.33: better" in said
    seeds = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in seeds] == [3, 3, 2]
