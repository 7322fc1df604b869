"""A page becomes numbers: lines and columns, touching digits, spaces; and what is no number is bounded work."""

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

import digits
from digits.reading import line_search, lines
from digits.reading.lines import find_lines, page_ink
from digits.reading.picture import Picture

MODULES = ("synthetic_paper", "synthetic_hand", "synthetic_lines", "synthetic_clutter")


@pytest.fixture(scope="module")
def classifier():
    return digits.load()


@pytest.fixture(scope="module")
def clear(classifier, sample_test):
    """The sample's digits of which the network is certain, so that a wrong number is no wrong digit."""
    answers = classifier.answer(sample_test.images)
    right = answers.probabilities.argmax(axis=1) == sample_test.labels
    return sample_test.take(np.flatnonzero(right & (answers.probabilities.max(axis=1) * answers.digitness > 0.98)))


def said(classifier, pixels, **options):
    """The numbers of a picture, line by line: "12 34/56"."""
    found = find_lines(classifier, Picture("page", 0, np.asarray(pixels, np.uint8)), **options)
    last = max((line.line for line in found), default=-1)
    return "/".join(" ".join(line.text for line in found if line.line == number) for number in range(last + 1))


def page(clear, *rows, tall=44, gap=14, space=110, between=40, paper=235):
    """A page of numbers, dark on light: rows such as "123 45", digits `gap` and numbers `space` pixels apart."""
    random = np.random.default_rng(sum(map(ord, "".join(rows))))
    ink = np.zeros((60 + len(rows) * (tall + between), 1100), np.uint8)
    for number, row in enumerate(rows):
        x, top = 50, 40 + number * (tall + between)
        for letter in row:
            if letter == " ":
                x += space
                continue
            image = clear.images[random.choice(np.flatnonzero(clear.labels == int(letter)))]
            down, across = np.nonzero(image > 60)
            cropped = image[down.min() : down.max() + 1, across.min() : across.max() + 1]
            factor = tall / len(cropped)
            digit = cv2.resize(cropped, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
            ink[top : top + tall, x : x + digit.shape[1]] = np.maximum(
                ink[top : top + tall, x : x + digit.shape[1]], digit
            )
            x += digit.shape[1] + gap
    return (paper - 0.8 * ink).astype(np.uint8)


def test_a_line_says_its_number(classifier, clear):
    assert said(classifier, page(clear, "4830275196")) == "4830275196"


def test_a_page_says_its_numbers_row_by_row(classifier, clear):
    assert said(classifier, page(clear, "4830275", "19603", "7524")) == "4830275/19603/7524"


def test_a_space_parts_numbers(classifier, clear):
    assert said(classifier, page(clear, "4830 275 69", "52 4407")) == "4830 275 69/52 4407"


def test_digits_that_stand_wide_apart_are_still_one_number(classifier, clear):
    assert said(classifier, page(clear, "483027", gap=40)) == "483027"


def test_columns_are_read_line_by_line(classifier, clear):
    found = page(clear, "48 27", "63 55", "90 72", space=500)
    assert said(classifier, found) == "48 27/63 55/90 72"


def test_light_digits_on_a_dark_ground_are_read_as_dark_ones_are(classifier, clear):
    pixels = page(clear, "4830275", "602")
    assert said(classifier, 255 - pixels) == said(classifier, pixels) == "4830275/602"


@pytest.mark.parametrize("degrees", [-15, 4, 20])
def test_a_tilted_page_is_read_as_a_level_one(classifier, clear, degrees):
    pixels = np.pad(page(clear, "4830275", "19603"), 200, constant_values=235)
    height, width = pixels.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    assert said(classifier, cv2.warpAffine(pixels, turn, (width, height), borderValue=235)) == "4830275/19603"


def test_ruled_paper_is_no_ink(classifier, clear):
    pixels = page(clear, "4830275", "19603", "7524")
    for top in range(92, len(pixels), 84):
        pixels[top : top + 2] = 150
    assert said(classifier, pixels) == "4830275/19603/7524"


def test_commas_and_dashes_are_no_digits(classifier, clear):
    pixels = page(clear, "48302", gap=24)
    left = find_lines(classifier, Picture("line", 0, pixels))[0]
    (x, _, width, _), (after, *_) = (left.strip.box(left.chain.candidates[step].box) for step in left.steps[1:3])
    cv2.line(pixels, ((x + width + after) // 2 + 1, 78), ((x + width + after) // 2 - 3, 88), 50, 4)
    assert said(classifier, pixels) == "48302"


def exact(classifier, scripts, style, clear, count=12, **options):
    rendered = list(scripts.synthetic_lines.render_lines(count, style, clear, digits=6, seed=5))
    return sum(said(classifier, picture, **options).replace(" ", "") == text for picture, text in rendered)


@pytest.mark.parametrize(("style", "least"), [("clean", 10), ("touching", 5), ("photographed", 6)])
def test_synthetic_lines_are_read(classifier, scripts, clear, style, least):
    assert exact(classifier, scripts, style, clear, one_row=True) >= least


def test_touching_digits_are_parted(classifier, clear):
    numbers = ["38026", "50243", "62038", "20859", "94036", "83025", "26483", "30592"]
    right = 0
    for number in numbers:
        pixels = page(clear, number, gap=-4)
        ink = page_ink(Picture("line", 0, pixels), light=False)
        assert cv2.connectedComponents(ink.mask)[0] - 1 < 5
        right += said(classifier, pixels) == number
    assert right >= 5


def test_a_known_count_of_digits_is_kept(classifier, clear):
    pixels = page(clear, "4830 276")
    assert said(classifier, pixels) == "4830 276"
    assert said(classifier, pixels, expected=(7, 7)) == "4830276"


def test_where_the_count_cannot_be_kept_the_best_reading_is_given_and_marked(classifier, clear):
    pixels = page(clear, "4830")
    (line,) = find_lines(classifier, Picture("line", 0, pixels), expected=(60, 70))
    assert line.missed
    assert line.text == "4830"
    (kept,) = find_lines(classifier, Picture("line", 0, pixels), expected=(3, 5))
    assert not kept.missed


def test_a_number_s_confidence_is_that_of_its_digits_and_its_segmentation(classifier, clear):
    (line,) = find_lines(classifier, Picture("line", 0, page(clear, "4830275")))
    assert len(line.shares) == len(line.steps) == 7
    each = line.probabilities.max(axis=1)
    assert 0.5 < line.confidence <= each.prod() + 1e-6
    assert all(0 < share <= 1 + 1e-9 for share in line.shares)
    assert line.score == line.paths[0].score == max(path.score for path in line.paths)
    assert len(line.images) == len(line.answers.probabilities) == len(line.judged) == len(line.chain.candidates)


def test_what_can_be_cut_in_two_ways_is_less_sure(classifier, clear):
    (apart,), (touching,) = (
        find_lines(classifier, Picture("line", 0, page(clear, "38026", gap=gap)), one_row=True) for gap in (14, -9)
    )
    assert touching.confidence < apart.confidence


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_blank_page_has_no_numbers(classifier, value):
    assert find_lines(classifier, Picture("page", 0, np.full((300, 400), value, np.uint8))) == []


@pytest.mark.parametrize("what", ["specks", "black", "gradient", "clouds", "newspaper", "scribbles"])
def test_a_page_without_digits_is_bounded_work(classifier, scripts, what):
    pixels = scripts.synthetic_clutter.NOTHING[what](400, 500, np.random.default_rng(0))
    start = time.process_time()
    found = find_lines(classifier, Picture("page", 0, pixels))
    assert time.process_time() - start < 30
    assert len(found) <= lines._MOST_ROWS
    assert all(line.steps for line in found)


def test_limits_hold_where_there_is_more_than_can_be_numbers(classifier, clear, monkeypatch):
    pixels = page(clear, "4830275", "19603", "7524")
    monkeypatch.setattr(lines, "_MOST_ROWS", 2)
    assert said(classifier, pixels) == "4830275/19603"
    monkeypatch.setattr(line_search, "_MOST_COMPONENTS", 6)
    assert said(classifier, pixels) == "/19603"
    monkeypatch.setattr(line_search, "_MOST_CANDIDATES", 5)
    assert said(classifier, pixels) in ("/19603", "")


@pytest.mark.parametrize(("shape", "scale"), [((300, 200), 2.0), ((800, 1000), 1.0), ((3200, 2000), 0.5)])
def test_rows_are_looked_for_in_a_picture_of_middle_size(shape, scale):
    pixels = np.full(shape, 235, np.uint8)
    cv2.putText(pixels, "25", (20, 150), cv2.FONT_HERSHEY_SIMPLEX, 4, 20, 10)
    ink = page_ink(Picture("page", 0, pixels), light=False)
    assert ink.scale == pytest.approx(scale, rel=0.05)
    assert ink.mask.shape == pytest.approx([side * scale for side in shape], abs=2)


def test_a_doubtful_row_is_read_once_more_as_the_page_shows_it(classifier, clear, monkeypatch):
    pixels, cut, asked = page(clear, "48302751"), lines.cut_strip, []

    def spoiled(*args, anew=True, **options):
        strip = cut(*args, anew=anew, **options)
        asked.append(anew)
        return replace(strip, mask=cv2.dilate(strip.mask, np.ones((15, 15), np.uint8))) if anew else strip

    assert said(classifier, pixels) == "48302751"
    monkeypatch.setattr(lines, "cut_strip", spoiled)
    assert said(classifier, pixels) == "48302751"
    assert asked[:2] == [True, False]
