"""Pictures become Readings: one digit or numbers, on lines, pages and forms; confidences, boxes, and "unsure"."""

import io
import json
from dataclasses import replace

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
from digits.reading import reader as reading_module
from digits.reading.fields.given import GivenBox
from digits.reading.networks.calibration import Thresholds
from digits.reading.reader import Reader
from digits.synthesis.hands import Glyphs, Hand
from digits.synthesis.numbers import write_number


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
    assert {"schema", "picture", "page", "numbers", "unread", "error"} <= set(reading)
    assert (reading["schema"], reading["picture"], reading["page"], reading["error"]) == (2, "my picture", 0, None)
    (number,) = reading["numbers"]
    assert {"text", "confidence", "line", "box", "corners", "field", "name", "unsure", "marks", "digits"} <= set(number)
    (digit,) = number["digits"]
    assert number["marks"] == number["digits"]
    assert {"text", "confidence", "box", "alternatives", "unsure"} <= set(digit)
    assert len(digit["alternatives"]) == 3


def test_the_box_is_where_the_digit_is(reader, sample_test):
    picture = np.full((200, 300), 255, np.uint8)
    digit = cv2.resize(sample_test.images[0], (112, 112), interpolation=cv2.INTER_CUBIC)
    picture[60:172, 150:262] = 255 - digit
    rows, columns = np.flatnonzero((digit > 128).any(axis=1)), np.flatnonzero((digit > 128).any(axis=0))
    expected = (150 + columns[0], 60 + rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert next(reader.read(picture)).numbers[0].box == pytest.approx(expected, abs=4)


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
    read = [number for number in reading.numbers if number.digits]
    assert len(read) <= 1 or all(number.unsure for number in read)


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
        assert left + width <= 1.2 * pixels.shape[1] + 2
        assert top + height <= 1.2 * pixels.shape[0] + 2


@pytest.fixture(scope="module")
def clear(reader, sample_test):
    """The sample's digits of which the network is certain, so that a wrong number is no wrong digit."""
    answers = reader.classifier.answer(sample_test.images)
    right = answers.probabilities.argmax(axis=1) == sample_test.labels
    return sample_test.take(np.flatnonzero(right & (answers.probabilities.max(axis=1) * answers.digitness > 0.98)))


def written(clear, text, tall=48, gap=16):
    """A number in ink, light on dark, `tall` pixels high."""
    random, parts = np.random.default_rng(int(text)), []
    for letter in text:
        image = clear.images[random.choice(np.flatnonzero(clear.labels == int(letter)))]
        rows, columns = np.nonzero(image > 60)
        cropped = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        parts += [
            cv2.resize(cropped, (round(cropped.shape[1] * tall / len(cropped)), tall), interpolation=cv2.INTER_CUBIC)
        ]
        parts += [np.zeros((tall, gap), np.uint8)]
    return np.hstack(parts[:-1])


def sheet(clear, *numbers, shape=(300, 700)):
    """A page, dark on light, with numbers at places: (text, left, top)."""
    ink = np.zeros(shape, np.uint8)
    for text, left, top in numbers:
        number = written(clear, text)
        ink[top : top + number.shape[0], left : left + number.shape[1]] = number
    return (235 - 0.8 * ink).astype(np.uint8)


def texts(reading):
    return [(number.line, number.text) for number in reading.numbers]


def like(reader, **options):
    """A reader with the same network and other options."""
    return Reader(reader.classifier, always_answer=True, **options)


THREE = ("4830", 50, 40), ("27", 450, 42), ("1963", 60, 160)


def test_a_page_is_its_numbers_line_by_line_without_being_told(reader, clear):
    (reading,) = like(reader).read(sheet(clear, *THREE))
    assert texts(reading) == [(0, "4830"), (0, "27"), (1, "1963")]
    assert reading.text == "4830 27\n1963"
    for number in reading.numbers:
        assert len(number.digits) == len(number.text)
        assert "".join(digit.text for digit in number.digits) == number.text
        assert 0 < number.confidence <= min(digit.confidence for digit in number.digits) + 1e-6


def test_a_line_of_two_digits_is_a_number(reader, clear):
    (reading,) = like(reader).read(sheet(clear, ("42", 60, 40), shape=(130, 240)))
    assert texts(reading) == [(0, "42")]


SEGMENTS = {"2": "abged", "4": "fgbc", "7": "abc"}
ENDS = {
    "a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2), "e": (0, 1, 0, 2), "f": (0, 0, 0, 1),
    "g": (0, 1, 1, 1),
}  # fmt: skip


def on_a_display(text):
    """A number in seven segments: shapes that hardly look like written digits."""
    paper = np.full((114, 48 * len(text) + 50), 235, np.uint8)
    for place, digit in enumerate(text):
        for x, y, to_x, to_y in (ENDS[segment] for segment in SEGMENTS[digit]):
            left = 35 + 48 * place
            cv2.line(paper, (left + 22 * x, 35 + 22 * y), (left + 22 * to_x, 35 + 22 * to_y), 40, 5, cv2.LINE_AA)
    return paper


@pytest.mark.xfail(reason="the finder leaves the last digit of a display out, and the others are sure without it")
@pytest.mark.parametrize("text", ["472", "772"])
def test_a_number_with_one_clear_digit_among_doubtful_ones_is_not_that_digit(reader, text):
    (reading,) = reader.read(on_a_display(text))
    said = "".join(digit.text for number in reading.numbers for digit in number.digits)
    assert said == text or any(number.unsure for number in reading.numbers) or reading.unread


def test_a_page_is_read_as_one_digit_where_that_is_said(reader, clear):
    (reading,) = like(reader, layout="digit").read(sheet(clear, *THREE))
    assert [len(number.digits) for number in reading.numbers] == [1]


def test_a_line_is_one_number_where_that_is_said(reader, clear):
    (reading,) = like(reader, layout="line").read(sheet(clear, *THREE[:2], shape=(130, 700)))
    assert texts(reading) == [(0, "483027")]


@pytest.mark.parametrize("layout", ["auto", "digit", "line", "page"])
def test_a_single_digit_is_read_in_every_layout(reader, clear, layout):
    right = 0
    for index in range(10):
        pixels = np.full((150, 160), 235, np.uint8)
        pixels[20:132, 24:136] -= (0.8 * cv2.resize(clear.images[index], (112, 112))).astype(np.uint8)
        (reading,) = like(reader, layout=layout).read(pixels)
        right += reading.text == str(clear.labels[index])
    assert right >= 9


def test_the_boxes_of_digits_lie_in_the_box_of_their_number_from_left_to_right(reader, clear):
    (reading,) = like(reader).read(sheet(clear, *THREE))
    for number, (_, left, top) in zip(reading.numbers, THREE, strict=True):
        x, y, width, height = number.box
        assert (x, y) == pytest.approx((left, top), abs=8)
        assert height == pytest.approx(48, abs=8)
        lefts = [digit.box[0] for digit in number.digits]
        assert lefts == sorted(lefts)
        for digit in number.digits:
            assert x <= digit.box[0] <= digit.box[0] + digit.box[2] <= x + width
            assert y <= digit.box[1] <= digit.box[1] + digit.box[3] <= y + height


def test_a_known_count_of_digits_makes_one_number_of_a_spaced_one(reader, clear):
    page = sheet(clear, ("483", 50, 40), ("627", 350, 40), shape=(130, 700))
    assert [text for _, text in texts(next(like(reader).read(page)))] == ["483", "627"]
    assert [text for _, text in texts(next(like(reader, expected=(6, 6)).read(page)))] == ["483627"]


@pytest.mark.parametrize(("expected", "said"), [((60, 60), "60 digits were"), ((60, 70), "60 to 70 digits were")])
def test_a_count_that_cannot_be_is_a_doubt(reader, clear, expected, said):
    (reading,) = like(reader, expected=expected).read(sheet(clear, *THREE[:1]))
    (number,) = reading.numbers
    assert number.doubt == f"{said} expected, 4 found"
    assert number.unsure == number.doubt


def test_more_digits_than_there_are_make_a_number_unsure(reader, clear):
    (reading,) = Reader(reader.classifier, expected=(7, 9)).read(sheet(clear, *THREE[:1]))
    assert all(number.unsure for number in reading.numbers)


def with_boxes(clear, *texts, side=80):
    """A form of printed boxes in a row; some are left empty."""
    page = np.full((200, 120 + side * len(texts)), 240, np.uint8)
    for number, text in enumerate(texts):
        left = 60 + side * number
        cv2.rectangle(page, (left, 60), (left + side, 60 + side), 40, 2)
        if text:
            digit = written(clear, text)
            x = left + (side - digit.shape[1]) // 2
            page[76 : 76 + 48, x : x + digit.shape[1]] -= (0.8 * digit).astype(np.uint8)
    return page


def test_printed_boxes_are_fields_and_an_empty_one_is_kept(reader, clear):
    (reading,) = like(reader, layout="grid").read(with_boxes(clear, "4", "", "8", "3", ""))
    assert [number.text for number in reading.numbers] == ["4", "", "8", "3", ""]
    assert [number.digits for number in reading.numbers if not number.text] == [(), ()]
    assert [number.box[0] for number in reading.numbers] == sorted(number.box[0] for number in reading.numbers)
    assert reading.text == "4 8 3"


@pytest.mark.xfail(reason="the printed lines between the boxes are read as doubtful 1s")
def test_what_stands_in_printed_boxes_is_read_without_being_told_of_them(reader, clear):
    (reading,) = like(reader).read(with_boxes(clear, "4", "", "8", "3", ""))
    assert "".join(number.text for number in reading.numbers) == "483"
    assert all(number.field is None for number in reading.numbers)


def with_more(clear, form, *numbers):
    """A form with numbers beside its boxes, at these places (left, top)."""
    page = np.full((420, max(700, form.shape[1] + 200)), 240, np.uint8)
    page[: form.shape[0], : form.shape[1]] = form
    for text, left, top in numbers:
        ink = written(clear, text)
        page[top : top + ink.shape[0], left : left + ink.shape[1]] -= (0.8 * ink).astype(np.uint8)
    return page


@pytest.mark.parametrize(
    "how", [{"layout": "grid"}, {"boxes": [GivenBox((60, 60, 80, 80)), GivenBox((140, 60, 80, 80))]}]
)
def test_who_says_that_a_page_is_boxes_is_told_of_nothing_else(reader, clear, how):
    page = with_more(clear, with_boxes(clear, "4", "8"), ("1483", 80, 260))
    assert [number.text for number in next(like(reader, **how).read(page)).numbers] == ["4", "8"]


def test_a_grid_without_boxes_holds_nothing(reader, clear):
    assert next(like(reader, layout="grid").read(sheet(clear, ("1257", 50, 40)))).numbers == ()


def test_boxes_that_are_given_are_the_fields_in_their_order_and_nothing_else_is_read(reader, clear):
    boxes = [GivenBox((440, 25, 160, 80), "month"), GivenBox((30, 20, 330, 90)), GivenBox((400, 180, 200, 90), "empty")]
    (reading,) = like(reader, boxes=boxes).read(sheet(clear, *THREE))
    assert [number.field for number in reading.numbers] == list(range(len(reading.numbers)))
    assert [(number.name, number.text) for number in reading.numbers] == [
        ("month", "27"),
        (None, "4830"),
        ("empty", ""),
    ]
    month, _, empty = reading.numbers
    assert month.box[0] == pytest.approx(450, abs=8)
    assert (empty.digits, empty.confidence, empty.unsure) == ((), 1.0, None)


def test_a_given_box_has_its_own_count_of_digits(reader, clear):
    page = sheet(clear, ("48", 50, 40), ("62", 350, 40), shape=(130, 700))
    (reading,) = like(reader, expected=(1, 1), boxes=[GivenBox((20, 10, 600, 110), expected=(4, 4))]).read(page)
    assert [number.text for number in reading.numbers] == ["4862"]


def test_a_given_box_outside_of_its_picture_is_an_error_of_that_picture(reader, clear):
    (reading,) = like(reader, boxes=[GivenBox((5000, 0, 10, 10))]).read(sheet(clear, *THREE))
    assert reading.numbers == ()
    assert "box" in reading.error


def test_a_reader_is_not_changed_by_what_it_reads(reader, clear):
    one = like(reader, boxes=[GivenBox((30, 20, 330, 90), expected=(4, 4))])
    before = (one.layout, one.expected, one.boxes)
    next(one.read(sheet(clear, *THREE)))
    assert (one.layout, one.expected, one.boxes) == before


def test_words_are_no_numbers(reader):
    page = np.full((220, 900), 240, np.uint8)
    for top, words in ((70, "many words and"), (150, "hardly a number")):
        cv2.putText(page, words, (30, top), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 4)
    (reading,) = reader.read(page)
    assert all(number.unsure for number in reading.numbers)


@pytest.mark.parametrize("size", [1.0, 1.6])
def test_a_page_of_words_in_rows_of_any_length_is_no_page_of_digits(reader, size):
    paper = np.full((700, 1000), 235, np.uint8)
    words = "so nine boys all go by a silly old bog in solo", "is it I or all of us who lose a goose", "zoo less"
    for row in range(9):
        place = 40, 80 + 70 * row
        cv2.putText(paper, words[row % 3], place, cv2.FONT_HERSHEY_SIMPLEX, size, 40, 3, cv2.LINE_AA)
    (reading,) = reader.read(paper)
    assert sum(digit.unsure is None for number in reading.numbers for digit in number.digits) <= 3


def test_a_page_is_told_of_before_its_reading_is_given(reader, clear):
    told = []
    pixels = sheet(clear, *THREE)
    for reading in reader.read(pixels, on_page=lambda picture, reading: told.append((picture.pixels.shape, reading))):
        assert told == [(pixels.shape, reading)]


HAND = Hand(pen=-0.3, slant=0.1, breadth=1.0, gap=0.25, gap_spread=0.02, unevenness=0.02, bend=0.01)


def page_of(glyphs, *texts, shape=(330, 460)):
    """A page, dark on light, with numbers below each other, signs and all."""
    ink = np.zeros(shape, np.float32)
    for place, text in enumerate(texts):
        one = write_number(text, HAND, glyphs, np.random.default_rng(place)).ink
        top = 40 + 90 * place
        ink[top : top + len(one), 60 : 60 + one.shape[1]] = one
    return (235 - 180 * ink).astype(np.uint8)


@pytest.fixture(scope="module")
def glyphs(clear):
    return Glyphs(clear)


AMOUNTS = "12.50", "3,80", "140.05"


def test_signs_are_part_of_the_text_and_marks_of_the_number(reader, glyphs):
    (reading,) = like(reader).read(page_of(glyphs, *AMOUNTS))
    assert [number.text for number in reading.numbers] == list(AMOUNTS)
    first = reading.numbers[0]
    assert [type(mark).__name__ for mark in first.marks] == ["Digit", "Digit", "Sign", "Digit", "Digit"]
    assert "".join(digit.text for digit in first.digits) == "1250"


def test_without_signs_a_number_is_its_digits(reader, glyphs):
    (reading,) = like(reader, signs=False).read(page_of(glyphs, *AMOUNTS))
    assert [number.text for number in reading.numbers] == ["1250", "380", "14005"]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_that_lies_on_its_side_is_read_all_the_same(reader, glyphs, quarters):
    upright = page_of(glyphs, "48301", "27745", "19632")
    (reading,) = like(reader).read(np.rot90(upright, quarters))
    assert [number.text for number in reading.numbers] == ["48301", "27745", "19632"]
    _, _, width, height = reading.numbers[0].box
    assert (height > width) == (quarters != 2), "boxes are those of the picture as it came"


def test_what_was_found_and_could_not_be_read_is_told(reader, glyphs, monkeypatch):
    real = reading_module.read_line
    monkeypatch.setattr(reading_module, "read_line", lambda *args: replace(real(*args), marks=()))
    (reading,) = like(reader, layout="page").read(page_of(glyphs, *AMOUNTS))
    assert reading.numbers == ()
    assert len(reading.unread) == 3
    assert "no digit" in reading.unread[0].why


def test_a_number_cropped_to_its_ink_is_read_as_with_a_margin(reader, glyphs):
    page = page_of(glyphs, "1557")
    rows, columns = np.flatnonzero((page < 150).any(axis=1)), np.flatnonzero((page < 150).any(axis=0))
    tight = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert next(like(reader).read(tight)).text == next(like(reader).read(page)).text == "1557"
