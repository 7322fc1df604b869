"""An explanation is right: what was done to a picture is what the explanation blames."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import digits
from digits.errors import InputError
from digits.explaining import digit_words
from digits.explaining.explain import explain
from digits.explaining.occlusion import MIDDLES, occlude
from digits.explaining.resemblance import count_loops, find_neighbours
from digits.reading.pictures.picture import Picture
from digits.reading.reader import Reader
from digits.training.clothes import garment

SIDE = 200


@pytest.fixture(scope="module")
def reader():
    return Reader(digits.load("cnn-sturdy"), layout="digit")


@pytest.fixture(scope="module")
def few(sample):
    """Labelled digits to find the nearest in."""
    return sample.images[:500], sample.labels[:500]


def paper(width=SIDE, height=SIDE, level=230):
    return np.full((height, width), level, np.uint8)


def drawn(*strokes, thickness=16, on=None, ink=30):
    """Lines through points (x, y), on white paper."""
    picture = paper() if on is None else on.copy()
    for stroke in strokes:
        cv2.polylines(picture, [np.array(stroke, np.int32)], False, ink, thickness, cv2.LINE_AA)
    return picture


def seven(x=100, y=100, size=60, **how):
    return drawn([(x - size // 2, y - size), (x + size // 2, y - size), (x - size // 4, y + size)], **how)


def one(x=100, y=100, size=60, **how):
    return drawn([(x, y - size), (x, y + size)], **how)


def page(pixels):
    return Picture("drawn", 0, pixels)


def said(explanation):
    return "\n".join(explanation.words)


def test_a_plain_digit_is_explained_and_nothing_is_blamed(reader, few):
    found = explain(reader, page(seven()), sample=few)
    (digit,) = found.digits
    assert digit.guess == 7
    assert digit.surroundings.touches == ()
    assert digit.surroundings.figures == 1
    assert digit.surroundings.kinds == {}
    assert "Read as 7" in said(found)
    assert "nothing about its size, place and strokes is unusual" in said(found)
    for blame in ("strokes are", "faint", "border", "side by side", "Left out", "no digit"):
        assert blame not in said(found)


@pytest.mark.parametrize(("thickness", "word"), [(2, "Its strokes are thin"), (44, "Its strokes are thick")])
def test_thin_and_thick_strokes_are_called_so_and_measured(reader, thickness, word):
    found = explain(reader, page(seven(x=200, y=200, thickness=thickness, on=paper(400, 400))))
    (digit,) = found.digits
    measure = next(one for one in digit.measures if one.name == "stroke_width")
    height = 120 + thickness
    assert measure.came == pytest.approx(20 * thickness / height, abs=0.7)
    assert word in said(found)
    assert f"{digit.look.form.corrected:.1f} times their width" in said(found)


def test_a_digit_that_is_cut_is_called_cut_on_its_side(reader):
    whole = seven()
    found = explain(reader, page(whole[:, :120]))
    assert found.digits[0].surroundings.touches == ("right",)
    assert "touches the picture's border on the right: a part may be cut off" in said(found)
    assert "border" not in said(explain(reader, page(whole)))


def test_a_digit_that_fills_its_frame_is_told_from_one_that_is_cut(reader):
    found = explain(reader, page(seven(size=100)[:, 20:170]))
    assert {"top", "bottom"} <= set(found.digits[0].surroundings.touches)
    assert "fills the picture up to its border" in said(found)


def test_light_ink_on_dark_is_named(reader):
    found = explain(reader, page(255 - seven()))
    assert found.digits[0].surroundings.light
    assert "light ink on a dark ground" in said(found)
    assert "dark ink on a light ground" in said(explain(reader, page(seven())))


def test_the_place_and_size_that_a_mere_resize_would_have_shown(reader):
    large = paper(1000, 1000)
    found = explain(reader, page(seven(x=800, y=800, size=40, thickness=10, on=large)))
    size, offset, _ = found.digits[0].measures
    assert size.came == pytest.approx(28 * 91 / 1000, abs=0.2)
    assert offset.came == pytest.approx(np.hypot(0.29, 0.27) * 28, abs=1)
    assert (size.seen, round(offset.seen)) == (20, 0)
    left, top, width, height = found.digits[0].surroundings.box
    assert (abs(left - 775) < 3, abs(top - 755) < 3, abs(width - 50) < 5, abs(height - 90) < 5) == (True,) * 4


def test_faint_ink_is_called_faint_with_its_levels(reader):
    found = explain(reader, page(seven(ink=200)))
    assert found.digits[0].surroundings.difference == pytest.approx(30, abs=1)
    assert "The ink is faint: it differs from its ground by 30 of 255" in said(found)


def test_several_digits_are_recognised_as_several(reader):
    both = one(x=60, size=50, on=seven(x=140, size=50))
    found = explain(reader, page(both))
    assert found.digits[0].surroundings.figures == 2
    assert "Two marks as tall as a digit stand side by side: likely a number of several digits" in said(found)


def test_a_stroke_below_another_is_no_second_digit(reader):
    broken = drawn([(140, 50), (70, 50), (70, 95), (130, 100), (135, 150), (70, 155)])
    broken[82:88] = 230  # the pen left the paper
    assert explain(reader, page(broken)).digits[0].surroundings.figures == 1


def test_an_edge_that_was_left_out_is_named(reader):
    edged = seven()
    edged[:, :6] = 40
    found = explain(reader, page(edged))
    assert found.digits[0].surroundings.kinds == {"edge": 1}
    assert "Left out, because not taken for a part of the digit: one edge of a page or cell." in said(found)
    left_out = found.digits[0].surroundings.left_out
    assert left_out[:, :6].all()
    assert not left_out[:, 10:].any()


def test_a_ruled_line_and_a_cell_are_named(reader):
    ruled = seven(size=50, thickness=12)
    ruled[175:178] = 60
    assert explain(reader, page(ruled)).digits[0].surroundings.kinds == {"line": 1}
    cell = seven(size=50, thickness=12)
    cv2.rectangle(cell, (25, 25), (175, 175), 60, 2)
    found = explain(reader, page(cell))
    assert found.digits[0].surroundings.kinds == {"frame": 1}
    assert "Left out, because not taken for a part of the digit: one frame." in said(found)


def test_a_tiny_digit_is_called_too_small(reader):
    small = cv2.resize(seven(), (16, 16), interpolation=cv2.INTER_AREA)
    found = explain(reader, page(small))
    assert "pixels large: too few to show its shape" in said(found)


def test_clothes_are_called_no_digit_for_what_is_neither_ink_nor_paper_in_them():
    reader, random = Reader(digits.load(), layout="digit"), np.random.default_rng(1)
    words = [said(explain(reader, page(garment(random)))) for _ in range(30)]
    told = [one for one in words if "is neither ink nor paper" in one]
    assert len(told) >= 3
    assert all("That is unsure" in one for one in told)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_is_called_blank(reader, level):
    found = explain(reader, page(paper(level=level)))
    assert found.digits == ()
    assert found.words == ("Nothing was found: the picture is blank, all its pixels have the same brightness.",)


def test_where_nothing_was_found_too_little_contrast_is_told_with_its_levels():
    almost = paper()
    almost[50:150, 90:110] -= 6
    assert "only 6 of 255 levels" in "\n".join(digit_words.nothing_found(page(almost)))
    assert "nothing was found that could be a digit" in "\n".join(digit_words.nothing_found(page(seven()))).lower()


def test_the_bar_that_makes_a_seven_of_a_one_matters_most(reader):
    found = explain(reader, page(seven()), label=1)
    (digit,) = found.digits
    spot = digit.occlusion.decisive(7)
    assert spot.change < -0.1
    assert spot.where in ("upper left", "top")
    falls = digit.occlusion.falls(7)
    assert np.argmax(falls.max(axis=1)) < 14  # in the upper half
    assert f"{spot.where} part mattered most" in said(found) or f"{spot.where} mattered most" in said(found)


def test_the_label_is_held_against_the_answer(reader, few):
    found = explain(reader, page(seven()), sample=few, label=1)
    (digit,) = found.digits
    assert digit.wrong
    place = digit.neighbours.first(1)
    assert "It should be a 1: the network gives that" in said(found)
    assert f"The first 1 is at place {place + 1}." in said(found)
    assert (digit.neighbours.labels[:place] != 1).all()
    against = digit.to_json()["against_label"]
    assert against["hidden"]["change"] == pytest.approx(
        (digit.occlusion.hidden[digit.occlusion.covers][:, 1] - digit.occlusion.before[1]).max()
    )
    assert against["nearest"] == place


def test_a_right_label_is_confirmed(reader):
    found = explain(reader, page(seven()), label=7)
    assert not found.digits[0].wrong
    assert "It should be a 7, and is read as one." in said(found)
    assert found.digits[0].to_json()["against_label"] is None


@pytest.mark.parametrize("label", ["", "seven", "٧", "1_5", "-"])
def test_a_label_that_is_no_number_is_refused(reader, label):
    with pytest.raises(InputError, match="expected what should be read: digits, and signs of"):
        explain(reader, page(seven()), label=label)


def test_a_label_of_several_digits_says_that_one_was_found(reader):
    found = explain(reader, page(seven()), label="17")
    assert not found.digits[0].wrong
    assert (
        found.words[1] == "It should be 17, 2 marks: it was taken for one, because the layout says that the "
        "picture holds one."
    )
    elsewhere = explain(Reader(reader.classifier), page(seven()), label=17)
    assert "Give the layout of a line, or the count of its digits" in said(elsewhere)


def test_a_line_that_is_not_there_is_refused(reader):
    with pytest.raises(InputError, match="drawn has no number in line 2; there are some in line 1"):
        explain(reader, page(seven()), line=1)


def test_it_explains_what_the_reader_answers(reader, sample_test):
    for image in sample_test.images[:10]:
        picture = page(cv2.resize(255 - image, (112, 112), interpolation=cv2.INTER_CUBIC))
        digit = explain(reader, picture).digits[0]
        answer = reader.read_page(picture).numbers[0].digits[0]
        assert (str(digit.guess), digit.look.confidence, digit.unsure) == (
            answer.text,
            answer.confidence,
            answer.unsure,
        )
        assert digit.surroundings.box == answer.box
        assert np.array_equal(digit.look.form.image, answer.image)


def test_loops_that_close_on_the_way_are_named(reader):
    ring = paper()
    cv2.ellipse(ring, (100, 100), (13, 60), 10, 0, 360, 30, 14, cv2.LINE_AA)
    (digit,) = explain(reader, page(ring)).digits
    assert digit.loops[0] == 1
    if digit.loops[1] == 0:
        assert "Its strokes close its loop" in said(explain(reader, page(ring)))


def test_loops_are_counted():
    eight = np.zeros((40, 30), np.uint8)
    cv2.circle(eight, (15, 11), 8, 1, 2)
    cv2.circle(eight, (15, 28), 8, 1, 2)
    assert count_loops(eight) == 2
    assert count_loops(eight[:, :20]) == 0  # open to the right
    assert count_loops(np.ones((5, 5), np.uint8)) == 0


def test_a_digit_of_the_sample_is_its_own_nearest_neighbour(reader, few):
    near = find_neighbours(reader.classifier, few[0][17], *few)
    assert np.array_equal(near.images[0], few[0][17])
    assert near.labels[0] == few[1][17]
    assert near.distances[0] == pytest.approx(0, abs=1e-5)
    assert (np.diff(near.distances) >= 0).all()
    assert near.farther_than == pytest.approx(0, abs=0.01)


def test_noise_is_farther_from_the_sample_than_its_digits_are(reader, few):
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    assert find_neighbours(reader.classifier, noise, *few).farther_than == 1


def test_occlusion_asks_what_the_network_says_of_each_covered_image(reader, sample_test):
    image = sample_test.images[3]
    occlusion = occlude(reader.classifier, image)
    assert np.array_equal(occlusion.before, reader.classifier.predict_proba(image[np.newaxis])[0])
    y, x = 6, 7
    covered = image.copy()
    covered[MIDDLES[y] - 3 : MIDDLES[y] + 3, MIDDLES[x] - 3 : MIDDLES[x] + 3] = 0
    np.testing.assert_allclose(
        occlusion.hidden[y, x], reader.classifier.predict_proba(covered[np.newaxis])[0], atol=1e-5
    )
    nothing = ~occlusion.covers & (image.max() >= 128)
    assert occlusion.falls(0).shape == (28, 28)
    assert nothing[0, 0]
    assert occlusion.hidden[0, 0] == pytest.approx(occlusion.before, abs=1e-5)  # paper hidden by paper


def test_the_json_object_holds_what_is_documented(reader, few):
    found = json.loads(json.dumps(explain(reader, page(seven()), sample=few, label=1).to_json()))
    assert list(found) == [
        "picture", "page", "model", "digits", "numbers", "lines", "fields", "unread", "against_label", "words",
    ]  # fmt: skip
    assert (found["numbers"], found["lines"], found["against_label"]) == ([], 1, None)
    (digit,) = found["digits"]
    assert list(digit) == [
        "text", "confidence", "digitness", "corrected", "probabilities", "unsure", "label", "box", "touches",
        "left_out", "left_out_near", "figures", "difference", "noise", "light_ink", "light_ink_certain", "measures",
        "loops", "occlusion", "nearest", "others", "against_label",
    ]  # fmt: skip
    assert np.shape(digit["occlusion"]["falls"]) == (28, 28)
    assert len(digit["nearest"]["labels"]) == len(digit["nearest"]["distances"]) == 5


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
@example(np.random.default_rng(1).integers(0, 256, (100_000, 1), dtype=np.uint8))
def test_every_picture_has_an_explanation(reader, pixels):
    found = explain(reader, page(pixels))
    assert found.words
    assert all((sentence[0].isupper() or sentence[0].isdigit()) and sentence.endswith(".") for sentence in found.words)
    json.dumps(found.to_json(), allow_nan=False)
