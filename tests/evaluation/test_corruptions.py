"""The fifteen corruptions: the paper's, repeatable, each digit for itself, and each doing what it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digits.errors import InputError
from digits.evaluation.corruptions import AUGMENTATIONS, CORRUPTIONS, corrupt
from digits.training.recipe import Augmentation

some_digits = hnp.arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(28), st.just(28)))
seeds = st.integers(0, 2**63)
each = pytest.mark.parametrize("name", CORRUPTIONS)


@pytest.fixture(scope="module")
def digits(sample_test):
    return sample_test.images[:60]


def test_they_are_the_papers_fifteen():
    assert list(CORRUPTIONS) == [
        "shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate", "brightness",
        "translate", "stripe", "fog", "spatter", "dotted_line", "zigzag", "canny_edges",
    ]  # fmt: skip


def test_what_they_resemble_are_fields_of_a_recipe():
    named = {field for corruption in CORRUPTIONS.values() for field in corruption.resembles}
    assert named <= set(AUGMENTATIONS)
    assert set(Augmentation.model_fields) - {"elastic_width", "spared"} <= set(AUGMENTATIONS), (
        "what does the new field resemble?"
    )
    assert all(corruption.resembles for corruption in CORRUPTIONS.values())


@each
@settings(deadline=None, max_examples=20)  # the first fog is slow
@given(images=some_digits, seed=seeds)
def test_any_images_keep_shape_and_dtype_and_their_originals(name, images, seed):
    before = images.copy()
    changed = corrupt(images, name, seed=seed)
    assert (changed.dtype, changed.shape) == (np.uint8, images.shape)
    np.testing.assert_array_equal(images, before)


@each
def test_the_same_seed_gives_the_same_bits(name, digits):
    np.testing.assert_array_equal(corrupt(digits, name, seed=3), corrupt(digits, name, seed=3))


@each
def test_a_digit_is_changed_the_same_way_wherever_it_stands(name, digits):
    order = np.random.default_rng(0).permutation(len(digits))[:7]
    np.testing.assert_array_equal(corrupt(digits[order], name), corrupt(digits, name)[order])


@each
def test_blocks_do_not_show(name, digits, monkeypatch):
    whole = corrupt(digits, name)
    monkeypatch.setattr("digits.evaluation.corruptions.BLOCK", 7)
    np.testing.assert_array_equal(corrupt(digits, name), whole)


@each
def test_another_seed_gives_other_digits_where_there_is_chance(name, digits):
    differ = bool(np.any(corrupt(digits, name, seed=1) != corrupt(digits, name, seed=2)))
    assert differ == (name not in {"scale", "brightness", "stripe", "canny_edges"})


@each
def test_every_digit_is_changed(name, digits):
    assert np.all(np.any(corrupt(digits, name) != digits, axis=(1, 2)))


def test_shot_noise_has_four_levels_and_no_noise_without_ink(digits):
    changed = corrupt(digits, "shot_noise")
    assert set(np.unique(changed)) == {0, 85, 170, 255}
    assert not changed[digits == 0].any()


def test_impulse_noise_hits_a_sixth_of_the_pixels_half_black_half_white():
    even = np.arange(100, 200, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8)
    grey = corrupt(even, "impulse_noise")
    hit = (grey == 0) | (grey == 255)
    assert hit.mean() == pytest.approx(0.17, abs=0.01)
    assert (grey == 255).sum() / hit.sum() == pytest.approx(0.5, abs=0.02)
    np.testing.assert_array_equal(grey[~hit], even[~hit])


def test_glass_blur_keeps_the_ink_and_softens_it(digits):
    changed = corrupt(digits, "glass_blur")
    assert changed.mean() == pytest.approx(digits.mean(), rel=0.02)
    assert (changed == 255).mean() < (digits == 255).mean() / 4 + 0.01


def test_motion_blur_trails_along_a_direction_below_45_degrees():
    dots = np.zeros((50, 28, 28), np.uint8)
    dots[np.arange(50), 14, 14] = 200 + np.arange(50)
    ink = corrupt(dots, "motion_blur").astype(float)
    rows, columns = (ink.sum(axis=axis) > 0 for axis in (2, 1))
    assert np.all(columns.sum(axis=1) >= 6)
    assert np.all(rows.sum(axis=1) <= columns.sum(axis=1))
    assert len({tuple(digit.ravel() > 0) for digit in ink}) > 10


@pytest.mark.parametrize(("name", "size"), [("scale", 0.7**2), ("rotate", 1), ("translate", 1), ("shear", 1.086)])
def test_warped_digits_have_the_ink_that_their_size_lets_expect(name, size):
    disc = ((np.indices((28, 28)) - 13.5) ** 2).sum(axis=0) < 5**2
    changed = corrupt((250 * disc[None]).astype(np.uint8), name)
    assert changed.sum() / (250 * disc.sum()) == pytest.approx(size, rel=0.05)


def test_translated_digits_move_by_three_pixels_each_way():
    dots = np.zeros((40, 28, 28), np.uint8)
    dots[np.arange(40), 14, 14] = 200 + np.arange(40)
    _, rows, columns = np.nonzero(corrupt(dots, "translate"))
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(11, 11), (11, 17), (17, 11), (17, 17)}


def test_brightness_lifts_the_paper_to_half(digits):
    changed = corrupt(digits, "brightness")
    np.testing.assert_allclose(changed, np.minimum(digits + 127.5, 255), atol=0.51)


def test_the_stripe_inverts_the_outer_quarters_only(digits):
    changed = corrupt(digits, "stripe")
    np.testing.assert_array_equal(changed[:, :, 7:21], digits[:, :, 7:21])
    np.testing.assert_array_equal(changed[:, :, :7], 255 - digits[:, :, :7])
    np.testing.assert_array_equal(changed[:, :, 21:], 255 - digits[:, :, 21:])


def test_fog_is_smooth_and_leaves_a_quarter_of_the_contrast():
    striped = np.arange(196, 256, dtype=np.uint8)[:, None, None] * (np.indices((28, 28))[1] % 2).astype(np.uint8)
    foggy = corrupt(striped, "fog").astype(float)
    paper, ink = foggy[:, :, ::2], foggy[:, :, 1::2]
    strongest = np.arange(196, 256)[:, None, None] / 255  # what the veil is scaled by
    assert (paper / strongest).mean() == pytest.approx(255 * 0.52 * 3 / (3 + strongest.mean()), rel=0.15)
    assert np.abs(np.diff(paper, axis=1)).max() < 16
    left = (strongest**2 / (strongest + 3)).ravel()
    np.testing.assert_allclose((ink - paper).mean(axis=(1, 2)), 255 * left, atol=4)


def test_spatter_covers_with_dark_grey_and_whitens_nothing(digits):
    changed = corrupt(digits, "spatter").astype(int)
    covered = changed != digits
    assert 0.05 < covered.mean() < 0.4
    assert changed[covered & (digits == 0)].max() <= 63


@pytest.mark.parametrize("name", ["dotted_line", "zigzag"])
def test_lines_add_ink_and_take_none_away(name, digits):
    added = corrupt(digits, name).astype(int) - digits
    assert added.min() == 0
    assert 0.005 < (added > 0).mean() < 0.12


def test_the_dotted_line_has_gaps_of_two_columns():
    drawn = corrupt(np.arange(20, dtype=np.uint8)[:, None, None] * np.ones((28, 28), np.uint8), "dotted_line")
    columns = (drawn.astype(int) - np.arange(20)[:, None, None]).any(axis=1)  # (20, 28)
    assert not columns[:, (np.arange(28) % 4 < 2)].any()
    assert columns[:, 2:4].any()


def test_canny_edges_are_the_outline_alone():
    square = np.zeros((1, 28, 28), np.uint8)
    square[0, 8:20, 8:20] = 255
    edges = corrupt(square, "canny_edges")[0]
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[11:17, 11:17].any()
    assert 35 < (edges > 0).sum() < 60
    assert not corrupt(np.zeros((1, 28, 28), np.uint8), "canny_edges").any()


def test_bad_input_is_refused_by_name():
    with pytest.raises(InputError, match="there is no corruption 'snow'; there are: shot_noise"):
        corrupt(np.zeros((1, 28, 28), np.uint8), "snow")
    with pytest.raises(InputError, match=r"uint8 \(n, 28, 28\); got float32 \(28, 28\)"):
        corrupt(np.zeros((28, 28), np.float32), "fog")
