"""Pictures become Readings: numbers, confidences, boxes, and "unsure"."""

import io
import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

import digits
from digits.errors import InputError
from digits.evaluation.rendering import PLAIN, render_all
from digits.reading.calibration import Thresholds
from digits.reading.picture import Picture
from digits.reading.reader import Reader


@pytest.fixture(scope="module")
def reader():
    return Reader(digits.load())


@pytest.fixture(scope="module")
def pictures(sample_test):
    """Twenty rendered digits and their labels."""
    chosen = sample_test.take(np.arange(20))
    return list(zip(render_all(chosen, PLAIN), chosen.labels.tolist(), strict=True))


def test_rendered_digits_are_read(reader, pictures):
    said = [next(reader.read(picture)) for picture, _ in pictures]
    right = [reading.text == str(label) for reading, (_, label) in zip(said, pictures, strict=True)]
    assert sum(right) >= 18
    assert all(reading.numbers[0].digits[0].unsure or reading.text != "?" for reading in said)


def test_every_kind_of_source_gives_the_same_answer(reader, pictures, tmp_path):
    array = pictures[0][0]
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "PNG")
    file = tmp_path / "digit.png"
    file.write_bytes(stream.getvalue())
    sources = [array, stream.getvalue(), io.BytesIO(stream.getvalue()), Image.fromarray(array), file, str(file)]
    said = [next(reader.read(source)).to_json() for source in sources]
    assert all(one["numbers"] == said[0]["numbers"] for one in said)
    assert said[-1]["picture"] == str(file)


def test_the_json_of_a_reading_is_what_the_documentation_says(reader, pictures):
    reading = json.loads(json.dumps(next(reader.read(pictures[1][0], "my picture")).to_json()))
    assert list(reading) == ["picture", "page", "numbers", "error"]
    assert (reading["picture"], reading["page"], reading["error"]) == ("my picture", 0, None)
    (number,) = reading["numbers"]
    assert list(number) == ["text", "confidence", "line", "box", "digits"]
    (digit,) = number["digits"]
    assert {"text", "confidence", "box", "alternatives", "unsure"} <= set(digit)
    assert len(digit["alternatives"]) == 3


def test_the_box_is_where_the_digit_is(reader, sample_test):
    picture = np.full((200, 300), 255, np.uint8)
    digit = cv2.resize(sample_test.images[0], (112, 112), interpolation=cv2.INTER_CUBIC)
    picture[60:172, 150:262] = 255 - digit
    rows, columns = np.flatnonzero((digit > 128).any(axis=1)), np.flatnonzero((digit > 128).any(axis=0))
    expected = (150 + columns[0], 60 + rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert next(reader.read(picture)).numbers[0].box == pytest.approx(expected, abs=4)


def test_a_picture_in_the_form_is_read_as_it_is(reader, sample_test):
    for image in sample_test.images[:30]:
        (best, *_) = reader.look(Picture("image", 0, image))
        assert np.array_equal(best.form.image, image)
        (negative, *_) = reader.look(Picture("image", 0, 255 - image))
        assert np.array_equal(negative.form.image, image)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_picture_says_nothing(reader, value):
    reading = next(reader.read(np.full((60, 80), value, np.uint8)))
    assert reading.numbers == ()
    assert (reading.text, reading.error) == ("", None)


def test_what_is_no_picture_is_a_reading_with_an_error(reader, tmp_path):
    (tmp_path / "notes.txt").write_text("not a picture")
    (reading,) = reader.read(tmp_path / "notes.txt")
    assert "notes.txt" in reading.error
    assert reading.numbers == ()


def test_the_pages_of_a_tiff_are_read_one_by_one(reader, pictures, tmp_path):
    first, *others = [Image.fromarray(picture) for picture, _ in pictures[:3]]
    first.save(tmp_path / "pages.tiff", save_all=True, append_images=others)
    said = list(reader.read(tmp_path / "pages.tiff"))
    assert [reading.page for reading in said] == [0, 1, 2]
    assert [reading.text for reading in said] == [next(reader.read(picture)).text for picture, _ in pictures[:3]]


def test_an_unsure_digit_is_a_question_mark_unless_an_answer_is_wanted(pictures):
    classifier = digits.load("cnn-tiny")
    careful, bold = Reader(classifier), Reader(classifier, always_answer=True)
    careful.thresholds = bold.thresholds = Thresholds(1.1, 0.0, None)
    (unsure,), (answered,) = (next(one.read(pictures[0][0])).numbers for one in (careful, bold))
    assert unsure.text == "?"
    assert answered.text == answered.digits[0].text == unsure.digits[0].text
    assert answered.unsure
    assert "confidence" in unsure.digits[0].unsure


def test_a_risk_that_a_bundle_does_not_state_is_refused():
    with pytest.raises(InputError, match="risk"):
        Reader(digits.load("cnn-tiny"), risk=0.01)


DEGENERATE = {
    "one pixel": np.full((1, 1), 7, np.uint8),
    "a row": np.random.default_rng(0).integers(0, 256, (1, 100_000), dtype=np.uint8),
    "a column": np.random.default_rng(1).integers(0, 256, (100_000, 1), dtype=np.uint8),
    "all ink": np.zeros((500, 400), np.uint8),
    "one pixel of ink": np.pad(np.zeros((1, 1), np.uint8), 300, constant_values=255),
    "noise": np.random.default_rng(2).integers(0, 256, (700, 900, 3), dtype=np.uint8),
    "a chessboard": np.kron(np.indices((200, 200)).sum(axis=0) % 2 * 255, np.ones((2, 2))).astype(np.uint8),
    "specks": np.where(np.random.default_rng(3).random((1000, 1000)) < 0.01, 0, 255).astype(np.uint8),
    "a ramp": np.tile(np.arange(256, dtype=np.uint8), (256, 1)),
    "stripes": np.tile(np.array([0, 255] * 200, np.uint8), (300, 1)),
}


@pytest.mark.parametrize("pixels", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_pictures_end_in_an_answer_or_none(reader, pixels):
    (reading,) = reader.read(pixels)
    assert reading.error is None
    assert len(reading.numbers) <= 1


def test_a_picture_that_can_be_seen_in_two_ways_shares_its_confidence(reader, sample_test):
    picture = Picture("image", 0, np.asarray(sample_test.images[3], np.uint8))
    looks = reader.look(picture, thorough=True)
    assert all(look.confidence <= look.probabilities.max() + 1e-6 for look in looks)
    rivals = [look for look in looks[1:] if look.answer != looks[0].answer]
    assert (looks[0].share < 1) == bool(rivals)


@given(
    pixels=arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, max_side=60)
        | st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)),
    )
)
@settings(max_examples=60, deadline=None)
def test_any_array_is_read_or_holds_nothing(reader, pixels):
    (reading,) = reader.read(pixels)
    assert reading.error is None
    for number in reading.numbers:
        left, top, width, height = number.box
        assert left >= 0
        assert top >= 0
        assert left + width <= pixels.shape[1] + 1
        assert top + height <= pixels.shape[0] + 1
