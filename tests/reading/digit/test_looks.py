"""One digit is looked for in several ways, and the one that shows a digit is believed."""

import cv2
import numpy as np
import pytest

import digits
from digits.evaluation.rendering import PLAIN, render_all
from digits.reading.digit.looks import find_looks
from digits.reading.pictures.picture import Picture
from digits.training.clothes import garment


@pytest.fixture(scope="module")
def classifier():
    return digits.load()


def looks_at(classifier, pixels, **options):
    return find_looks(classifier, Picture("image", 0, np.asarray(pixels, np.uint8)), **options)


def enlarged(image, times=5, margin=30):
    large = cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return np.pad(large, margin)


def test_a_picture_in_the_form_is_read_as_it_is(classifier, sample_test):
    answers = classifier.answer(sample_test.images[:40])
    certain = answers.probabilities.max(axis=1) * answers.digitness > 0.96
    assert certain.sum() >= 36
    for image in sample_test.images[:40][certain]:
        for same in (image, 255 - image):
            best = looks_at(classifier, same)[0]
            assert np.array_equal(best.form.image, image)
            assert best.form.corrected == 1


def test_dark_ink_and_light_ink_are_told_apart(classifier, sample_test):
    for image in sample_test.images[:10]:
        pixels = enlarged(image)
        light, dark = looks_at(classifier, 20 + 0.8 * pixels)[0], looks_at(classifier, 235 - 0.8 * pixels)[0]
        assert (light.ink.light, dark.ink.light) == (True, False)
        assert light.answer == dark.answer


def test_what_was_done_to_a_picture_is_told(classifier, sample_test):
    pixels = 235 - 0.8 * enlarged(sample_test.images[0])
    assert "dark ink on a light ground" in looks_at(classifier, pixels)[0].corrected
    pixels[40::45] = 150
    best = looks_at(classifier, pixels)[0]
    assert "ruled lines taken away" in best.corrected
    assert best.answer == sample_test.labels[0]


def test_a_hairline_is_widened_and_that_is_told(classifier):
    pixels = np.full((300, 300), 240, np.uint8)
    cv2.ellipse(pixels, (150, 150), (70, 100), 0, 0, 360, 30, 2)
    best = looks_at(classifier, pixels)[0]
    assert best.answer == 0
    assert any("strokes widened" in words for words in best.corrected)


@pytest.mark.parametrize(("tall", "is_stroke"), [(300, True), (1300, False)])
def test_a_line_a_thousand_times_as_long_as_thick_is_hardly_a_digit(classifier, tall, is_stroke):
    pixels = np.full((tall + 100, tall + 100), 240, np.uint8)
    cv2.line(pixels, (tall // 2, 50), (tall // 2, 50 + tall), 30, 1)
    assert (looks_at(classifier, pixels)[0].digitness > 0.75) is is_stroke


def test_a_picture_that_can_be_seen_in_two_ways_shares_its_confidence(classifier, sample_test):
    for image in sample_test.images[:8]:
        looks = looks_at(classifier, image, thorough=True)
        assert all(look.confidence <= look.probabilities.max() + 1e-6 for look in looks)
        rivals = [look for look in looks[1:] if look.answer != looks[0].answer]
        assert (looks[0].share < 1) == bool(rivals)


def test_a_thorough_look_finds_all_that_a_quick_one_does(classifier, sample_test):
    for picture in render_all(sample_test.take(np.arange(8)), PLAIN):
        quick, thorough = looks_at(classifier, picture), looks_at(classifier, picture, thorough=True)
        assert len(thorough) >= len(quick) >= 1
        assert thorough[0].answer == quick[0].answer


def test_what_is_neither_ink_nor_paper_beside_the_strokes_speaks_against_a_digit(classifier, sample_test):
    """As in clothes, of which only a part is dark enough to be taken for strokes."""
    random = np.random.default_rng(1)
    clothes = [looks_at(classifier, garment(random))[0] for _ in range(30)]
    written = [looks_at(classifier, 235 - 0.8 * enlarged(image))[0] for image in sample_test.images[:30]]
    grey = [look for look in clothes if look.grey > 0.05]
    assert len(grey) >= 6
    assert max(look.grey for look in written) < 0.05
    for look in grey:
        assert look.digitness < classifier.answer(look.form.image[np.newaxis]).digitness[0]


def test_certainty_is_confidence_times_digitness(classifier, sample_test):
    for look in looks_at(classifier, enlarged(sample_test.images[2]), thorough=True):
        assert look.certainty == pytest.approx(look.confidence * look.digitness)
        assert look.answer == look.probabilities.argmax()


def test_a_network_that_knows_no_digitness_is_believed_by_its_confidence(sample_test):
    looks = looks_at(digits.load("cnn-tiny"), enlarged(sample_test.images[2]))
    assert looks[0].digitness is None
    assert looks[0].certainty == looks[0].confidence
    assert looks[0].answer == sample_test.labels[2]


@pytest.mark.parametrize("value", [0, 128, 255])
def test_where_there_is_no_ink_there_is_nothing_to_look_at(classifier, value):
    assert looks_at(classifier, np.full((60, 80), value)) == []
