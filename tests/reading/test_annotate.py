"""Annotated pictures: every answer is drawn, nothing of the picture is lost, no file is written over."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from digits.errors import StorageError
from digits.reading.annotate import BESIDE, EMPTY, LARGEST, PAPER, READ, SMALLEST, UNSURE, annotate, draw, places
from digits.reading.annotate import _places as places_of_a_label
from digits.reading.annotate import _plates as plates
from digits.reading.pictures.picture import Picture
from digits.reading.results import Digit, Number, Reading, Sign, Unread


def reading(*boxes, unsure=None, confidence=0.98, page=0):
    digits = [
        Digit("7", confidence, box, np.zeros((28, 28), np.uint8), np.full(10, 0.1, np.float32), None, unsure)
        for box in boxes
    ]
    return Reading("a.png", page, tuple(Number("7", confidence, 0, digit.box, (digit,)) for digit in digits))


def grey(height, width, value=128, **more):
    return Picture("a.png", more.pop("page", 0), np.full((height, width), value, np.uint8), **more)


def count(image, colour):
    return int((np.asarray(image) == ImageColor.getrgb(colour)).all(axis=2).sum())


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (3, 900), (28, 28), (5000, 40), (2000, 3000)])
def test_any_picture_gets_a_legible_answer(shape, value):
    height, width = shape
    image = draw(grey(height, width, value), reading((0, 0, width, height)))
    assert SMALLEST <= max(image.size) <= LARGEST + 300
    assert count(image, READ) > 500  # the label's plate
    assert count(image, PAPER) > 50  # its letters
    assert count(image, UNSURE) == 0


def test_what_is_unsure_has_another_colour(tmp_path):
    image = draw(grey(100, 100), reading((20, 20, 30, 50), unsure="could be another digit"))
    assert count(image, UNSURE) > 500
    assert count(image, READ) == 0


def test_where_nothing_was_found_the_picture_says_so():
    image = draw(grey(100, 100), Reading("a.png", 0, ()))
    assert count(image, UNSURE) > 500


def test_box_and_label_hide_nothing_of_the_ink_and_paper_is_added_where_they_need_it():
    pixels = np.full((400, 400), 200, np.uint8)
    pixels[:100, 350:] = 10  # in the corner: box and label reach out of the picture
    image = np.asarray(draw(Picture("a.png", 0, pixels), reading((350, 0, 50, 100))))
    assert image.shape[0] > 400
    assert image.shape[1] > 400
    assert (image == 10).all(axis=2).sum() == 100 * 50
    inside = np.asarray(draw(grey(400, 400), reading((100, 200, 50, 100))))
    assert inside.shape == (400, 400, 3)


def test_boxes_are_in_the_pixels_of_the_file_whatever_the_picture_was_decoded_at():
    whole = draw(grey(800, 800), reading((200, 400, 100, 200)))
    half = draw(grey(400, 400, scale=2), reading((200, 400, 100, 200)))
    rows = [
        np.flatnonzero((np.asarray(image) == ImageColor.getrgb(READ)).all(axis=2).any(axis=1))
        for image in (whole, half)
    ]
    assert rows[0][-1] == pytest.approx(2 * rows[1][-1], abs=8)


def test_the_digits_of_a_number_have_boxes_of_their_own():
    one, two = (
        reading(box, unsure=unsure).numbers[0].digits[0]
        for box, unsure in (((10, 40, 30, 50), None), ((50, 40, 30, 50), "?"))
    )
    number = Number("7?", 0.5, 0, (10, 40, 70, 50), (one, two))
    image = draw(grey(100, 100), Reading("a.png", 0, (number,)))
    assert count(image, UNSURE) > count(image, READ) > 100


def number(*boxes, unsure=(), text="7", line=0):
    """A number of digits in these boxes, some of them unsure."""
    found = [
        Digit(
            text,
            0.9,
            box,
            np.zeros((28, 28), np.uint8),
            np.full(10, 0.1, np.float32),
            None,
            "?" if at in unsure else None,
        )
        for at, box in enumerate(boxes)
    ]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return Number(text * len(boxes), 0.9, line, (left, top, right - left, bottom - top), tuple(found))


def test_neighbours_have_boxes_of_different_colours():
    boxes = [(100 + 60 * at, 200, 50, 80) for at in range(4)]
    image = draw(grey(500, 500), Reading("a.png", 0, (number(*boxes),)))
    sides = [tuple(np.asarray(image)[240, left - 1]) for left, *_ in boxes[1:]]
    assert sides == [ImageColor.getrgb(BESIDE), ImageColor.getrgb(READ), ImageColor.getrgb(BESIDE)]


def test_an_unsure_digit_stands_on_a_bar_and_the_others_do_not():
    boxes = [(100 + 60 * at, 200, 50, 80) for at in range(4)]
    image = np.asarray(draw(grey(500, 500), Reading("a.png", 0, (number(*boxes, unsure=[2]),))))
    inside = 279  # the last row of the digits' own pixels, above the line around them
    bars = [(image[inside, left + 25] == ImageColor.getrgb(UNSURE)).all() for left, *_ in boxes]
    assert bars == [False, False, True, False]


def test_a_field_that_was_left_empty_has_a_faint_box_and_no_label():
    empty = Number("", 1.0, 0, (50, 100, 80, 90), ())
    image = draw(grey(300, 300), Reading("a.png", 0, (empty,)))
    assert 200 < count(image, EMPTY) < 1500
    assert count(image, READ) == count(image, UNSURE) == count(image, PAPER) == 0


def test_signs_have_boxes_and_stand_in_the_label_as_digits_do():
    number = reading((10, 40, 30, 50)).numbers[0]
    sign = Sign("-", 0.4, (45, 60, 20, 8), (), "could be another")
    alone, both = (Number("7", 0.9, 0, (10, 40, 60, 50), marks) for marks in (number.marks, (*number.marks, sign)))
    images = [draw(grey(100, 100), Reading("a.png", 0, (one,))) for one in (alone, both)]
    assert count(images[0], UNSURE) == 0
    assert count(images[1], UNSURE) > 500
    assert count(images[1], READ) > 50  # the digit's own box


def test_what_could_not_be_read_has_a_faint_box_with_a_question_mark():
    unread = (Unread((120, 100, 80, 60), "no digit in it"),)
    image = draw(grey(300, 300), Reading("a.png", 0, reading((20, 20, 40, 60)).numbers, unread=unread))
    faint = (np.asarray(image) == ImageColor.getrgb(EMPTY)).all(axis=2)
    assert faint.sum() > 280
    left = np.flatnonzero(faint.any(axis=0))
    inside = faint[:, left[0] + 10 : left[-1] - 10].sum()
    assert inside > 2 * (np.ptp(left) - 20), "a question mark stands in it"


def test_the_labels_of_a_page_are_no_taller_than_its_numbers():
    rows = [number(*[(100 + 30 * at, 100 + 60 * row, 25, 40) for at in range(5)], line=row) for row in range(20)]
    image = np.asarray(draw(grey(1400, 1400), Reading("a.png", 0, tuple(rows))))
    plate = (image == ImageColor.getrgb(READ)).all(axis=2)[:100, 120]
    assert 10 < plate.sum() < 40


rectangles = st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(1, 200), st.integers(1, 80)).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


def hidden(one, others):
    return sum(
        max(0, min(one[2], other[2]) - max(one[0], other[0])) * max(0, min(one[3], other[3]) - max(one[1], other[1]))
        for other in others
    )


@given(st.lists(rectangles, min_size=1, max_size=12))
def test_labels_stand_at_their_boxes_and_hide_no_more_than_they_have_to(boxes):
    size = (120, 30)
    found = plates(boxes, [size] * len(boxes), 1000)
    for at, (box, plate) in enumerate(zip(boxes, found, strict=True)):
        assert (plate[2] - plate[0], plate[3] - plate[1]) == size
        assert box[1] in (plate[3], plate[1] - (box[3] - box[1]))  # on it, or under it
        others = [*boxes[:at], *boxes[at + 1 :], *found[:at]]
        assert hidden(plate, others) == min(hidden(place, others) for place in places_of_a_label(box, size, 1000))


def test_a_label_that_is_free_above_its_box_stands_there():
    apart = [(100, 100, 200, 150), (500, 500, 600, 550)]
    assert plates(apart, [(50, 20)] * 2, 1000) == [(100, 80, 150, 100), (500, 480, 550, 500)]


def test_confidence_is_never_rounded_up():
    almost, sure = (draw(grey(300, 300), reading((90, 90, 90, 90), confidence=value)) for value in (0.99999, 1.0))
    assert np.asarray(almost).tobytes() != np.asarray(sure).tobytes()


def test_files_are_written_over_only_if_they_were_made_here(tmp_path):
    place = tmp_path / "new" / "a.png"
    annotate(grey(50, 50), reading((5, 5, 20, 30)), place)
    first = place.read_bytes()
    annotate(grey(60, 60), reading((5, 5, 20, 30)), place)
    assert place.read_bytes() != first
    Image.new("L", (9, 9)).save(place)
    with pytest.raises(StorageError, match="is there already and no annotated picture"):
        annotate(grey(50, 50), reading((5, 5, 20, 30)), place)
    with Image.open(place) as image:
        assert image.size == (9, 9)
    assert [file.name for file in place.parent.iterdir()] == ["a.png"]


def test_pages_are_numbered(tmp_path):
    for page in range(3):
        annotate(grey(50, 50, page=page), reading((5, 5, 20, 30), page=page), tmp_path / "scan.tif.png")
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "scan.tif-page-2.png", "scan.tif-page-3.png", "scan.tif.png",
    ]  # fmt: skip


parts = st.text("aA.-2", min_size=1, max_size=4).filter(lambda text: text.strip("."))
file_names = st.builds(
    "".join, st.tuples(parts, st.sampled_from(["", "-2", "-page-2", "-3"]), st.sampled_from([".png", ".PNG", ".jpg"]))
)


@given(st.lists(st.tuples(st.sampled_from(["", "sub"]), file_names).map(lambda pair: Path(*pair)), max_size=12))
def test_no_two_pictures_and_no_page_share_a_place(names):
    found = places(Path("out"), names, [])
    pages = {str(place.with_name(f"{place.stem}-page-{page}.png")).lower() for place in found for page in (2, 3)}
    plain = {str(place).lower() for place in found}
    assert len(plain) == len(names)
    assert len(pages) == 2 * len(names)
    assert not pages & plain
    assert all(place.parent == Path("out") / name.parent for place, name in zip(found, names, strict=True))
