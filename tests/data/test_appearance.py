"""Which side of an image is ink, told by its border."""

import numpy as np

from digits.data.appearance import has_dark_ink, settled


def told(images):
    notes = []
    return settled(images, notes.append), notes


def test_no_digit_of_the_sample_is_taken_for_dark_ink_and_every_negative_is(sample):
    assert not has_dark_ink(sample.images).any()
    assert has_dark_ink(255 - sample.images).all()


def test_dark_ink_on_grey_paper_is_dark_ink(sample):
    paper = 120 - (sample.images[:50] * 0.3).astype(np.uint8)

    assert has_dark_ink(paper).all()


def test_light_ink_is_left_as_it_is_without_a_word(sample):
    images, notes = told(sample.images)

    assert images is sample.images
    assert notes == []


def test_dark_ink_is_turned_and_that_is_told(sample):
    images, notes = told(255 - sample.images[:40])

    np.testing.assert_array_equal(images, sample.images[:40])
    assert notes == ["all 40 digits have dark ink on a light ground, and are turned into light ink on a dark one"]


def test_in_a_mixture_each_digit_is_turned_on_its_own(sample):
    mixed = np.concatenate([sample.images[:30], 255 - sample.images[30:40]])
    images, notes = told(mixed)

    np.testing.assert_array_equal(images, sample.images[:40])
    assert "10 of 40 digits have dark ink" in notes[0]


def test_black_and_white_as_0_and_1_becomes_0_and_255(sample):
    images, notes = told((sample.images[:5] > 128).astype(np.uint8))

    assert images.max() == 255
    assert notes == ["its pixels, 0 to 1, are taken as 0 to 255"]


def test_an_image_all_of_one_grey_is_left_as_it_is():
    blank = np.full((3, 28, 28), 200, np.uint8)
    blank[1] = 0

    assert told(blank)[0] is blank
