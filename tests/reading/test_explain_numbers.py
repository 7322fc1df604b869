"""An explanation of numbers is right: what was written, left out, joined and cut is what the explanation says."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import digits
from digits.errors import InputError
from digits.reading import why_numbers, wording
from digits.reading.calibration import Thresholds
from digits.reading.explain import explain
from digits.reading.mismatch import Mismatch, find_mismatches
from digits.reading.picture import Picture
from digits.reading.reader import Reader
from digits.reading.search import HEARD
from digits.reading.segmentation import dissect

TIMES = 3
"""How much larger than MNIST's the digits are written."""


@pytest.fixture(scope="module")
def classifier():
    return digits.load()


@pytest.fixture(scope="module")
def reader(classifier):
    return Reader(classifier, layout="page")


@pytest.fixture(scope="module")
def write(sample, classifier):
    """Writes digits side by side, with gaps in pixels of MNIST's: a picture, uint8 (height, width), dark on light."""
    surest = {}
    for label in range(10):
        images = sample.images[sample.labels == label]
        answers = classifier.answer(images)
        surest[str(label)] = images[int(answers.probabilities[:, label].argmax())]

    def written(text, gap=5):
        drawn = [surest[digit][:, surest[digit].max(axis=0) > 60] for digit in text]
        width = sum(image.shape[1] + gap for image in drawn) - gap
        line = np.zeros((28 + 24, width + 24), np.uint8)
        left = 12
        for image in drawn:
            place = line[12:40, left : left + image.shape[1]]
            np.maximum(place, image, out=place)
            left += image.shape[1] + gap
        large = cv2.resize(line, None, fx=TIMES, fy=TIMES, interpolation=cv2.INTER_CUBIC)
        return 235 - (large * (200 / 255)).astype(np.uint8)

    return written


def page(pixels, name="written.png"):
    return Picture(name, 0, np.ascontiguousarray(pixels))


def below(*pictures):
    """Pictures as lines of one page."""
    width = max(picture.shape[1] for picture in pictures)
    return np.concatenate([
        np.pad(picture, ((0, 0), (0, width - picture.shape[1])), constant_values=235) for picture in pictures
    ])  # fmt: skip


def said(explanation):
    return "\n".join(explanation.words)


def test_a_number_is_explained_as_the_reader_reads_it(reader, write):
    picture = page(write("23057"))
    found = explain(reader, picture)
    (one,), (number,) = found.numbers, reader.read_page(picture).numbers
    assert found.digits == ()
    assert one.guess == "23057"
    assert (one.number.text, one.number.confidence, one.number.box) == (number.text, number.confidence, number.box)
    assert found.words[0] == f"Read as 23057 with confidence {number.confidence:.2f}."
    assert found.words == one.words == found.summary


def test_a_plain_number_is_not_blamed_for_anything(reader, write):
    words = said(explain(reader, page(write("2305"))))
    for blame in ("unsure", "touch", "joined", "Left out", "descends", "climbs", "should", "expected", "high"):
        assert blame not in words


def test_each_digit_has_the_candidates_that_would_have_used_its_ink(reader, write):
    (one,) = explain(reader, page(write("2385"))).numbers
    chain, considered = one.line.chain, one.segmentation.considered
    for step, candidates in zip(one.line.steps, considered, strict=True):
        taken = chain.candidates[step]
        assert step in candidates
        for at, other in enumerate(chain.candidates):
            apart = other.end <= taken.start or other.start >= taken.end
            assert (at in candidates) is not apart


def test_the_versions_share_all_that_speaks_for_any_and_the_first_is_the_one_taken(reader, write):
    (one,) = explain(reader, page(write("4078"))).numbers
    versions = one.segmentation.versions
    assert versions[0].text == one.guess
    assert sum(version.share for version in versions) == pytest.approx(1)
    assert len({version.text for version in versions}) == len(versions)
    shares = [version.share for version in versions[1:]]
    assert shares == sorted(shares, reverse=True)
    for version in versions[1:]:
        rest = one.guess[version.place + len(version.of) :]
        assert version.text == one.guess[: version.place] + version.instead + rest
        assert one.guess[version.place :].startswith(version.of)


def test_a_version_says_how_much_of_its_score_each_network_gave(reader, write):
    (one,) = explain(reader, page(write("4078"))).numbers
    for version in one.segmentation.versions:
        assert version.heard == pytest.approx(one.line.transcript.log_likelihood(version.text))
        assert version.seen + HEARD * version.heard == pytest.approx(version.score)
    alone = dissect(replace(one.line, transcript=None)).versions
    assert all((version.seen, version.heard) == (version.score, None) for version in alone)


def test_digits_that_touch_are_said_to_be_cut_apart_and_the_cut_lies_between_them(classifier, write):
    found = explain(Reader(classifier, layout="line", expected=(2, 2)), page(write("64", gap=-2)))
    (one,) = found.numbers
    (taken,) = [cut for cut in one.segmentation.cuts if cut.taken]
    first, second = (one.line.chain.candidates[step] for step in one.line.steps)
    assert first.end == second.start == taken.number
    assert taken.crossed > 0
    assert "touch were cut apart (through so many stroke widths of ink): " in said(found)


def test_strokes_that_were_joined_are_named(classifier, write):
    picture = write("57")
    columns = np.flatnonzero((picture < 150).any(axis=0))
    rows = np.flatnonzero((picture[:, : columns[0] + 30] < 150).any(axis=1))
    picture[rows[0] + 14 : rows[0] + 19, : columns[0] + 40] = 235  # the pen left the paper
    found = explain(Reader(classifier, layout="line", expected=(2, 2)), page(picture))
    (one,) = found.numbers
    parts = one.line.chain.candidates[one.line.steps[0]].parts
    assert parts >= 2
    assert f"The first digit, {one.guess[0]}, was joined from {wording.counted(parts, 'stroke')}" in said(found)


def test_a_comma_and_a_speck_are_left_out_and_named(reader, write):
    picture = write("82074", gap=9)
    ink = np.flatnonzero((picture < 150).any(axis=0))
    gap = ink[:-1][np.diff(ink) > 9][1] + 10
    foot = int(np.flatnonzero((picture < 150).any(axis=1))[-1])
    cv2.line(picture, (gap + 3, foot - 3), (gap - 1, foot + 8), 35, 5, cv2.LINE_AA)
    found = explain(reader, page(picture))
    assert found.numbers[0].guess == "82074"
    assert found.numbers[0].segmentation.kinds == {"comma": 1}
    assert "Left out, because not taken for a digit: one mark at the foot like a comma or a point." in said(found)


def test_a_tilted_row_is_told_with_its_degrees(reader, write):
    line = write("2305748")
    side = max(line.shape) + 40
    sheet = np.full((side, side), 235, np.uint8)
    top = (side - line.shape[0]) // 2
    sheet[top : top + line.shape[0], 20 : 20 + line.shape[1]] = line
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), -15, 1)
    tilted = cv2.warpAffine(sheet, turn, (side, side), borderValue=235, flags=cv2.INTER_CUBIC)
    found = explain(reader, page(tilted))
    assert found.numbers[0].segmentation.angle == pytest.approx(15, abs=4)
    degrees = round(found.numbers[0].segmentation.angle)
    assert f"Its row descends by {degrees} degrees: it was turned level." in said(found)


def test_the_height_of_the_digits_is_in_the_pixels_of_the_picture(reader, write):
    (one,) = explain(reader, page(write("2305"))).numbers
    assert one.segmentation.height == pytest.approx(20 * TIMES, rel=0.2)
    small = cv2.resize(write("2305"), None, fx=0.17, fy=0.17, interpolation=cv2.INTER_AREA)
    found = explain(reader, page(small))
    if found.numbers:
        assert "pixels high: too few to show their shapes" in said(found)


def test_a_count_that_was_expected_and_not_found_is_told(classifier, write):
    picture = page(write("2305"))
    asked = explain(Reader(classifier, layout="page", expected=(40, 40)), picture)
    assert "40 digits were expected, 4 found: its ink cannot be taken apart into so many." in said(asked)
    assert asked.numbers[0].segmentation.unrestricted is None


def test_what_would_be_read_without_the_count_is_told(classifier, write):
    found = explain(Reader(classifier, layout="page", expected=(3, 3)), page(write("2305")))
    (one,) = found.numbers
    assert len(one.guess) == 3
    assert one.segmentation.unrestricted == "2305"
    assert "Without the count of digits that was given, it would be read as 2305." in said(found)
    agreeing = explain(Reader(classifier, layout="page", expected=(4, 4)), page(write("2305")))
    assert agreeing.numbers[0].segmentation.unrestricted is None


def test_a_label_is_held_against_the_number_digit_by_digit(reader, write):
    picture = page(write("23057"))
    right = explain(reader, picture, label=23057)
    assert right.against_label.mismatches == ()
    assert right.words[1] == "It should be 23057, and is read so."
    wrong = explain(reader, picture, label="23 857")
    assert wrong.against_label.mismatches == (Mismatch(2, "0", "8"),)
    assert wrong.words[1] == "It should be 23857: one digit is wrong."
    assert wrong.words[2].startswith("The third digit should be an 8 and was read as a 0: the networks give 8 ")
    longer = explain(reader, picture, label="2399057")
    assert "99 before the third digit, 0, was not found." in said(longer)
    shorter = explain(reader, picture, label="2357")
    assert "The third digit, 0, should not be there" in said(shorter)


def test_the_label_of_one_number_finds_it_on_a_page(reader, write):
    lines = below(write("23057"), write("84206"), write("70352"))
    found = explain(reader, page(lines), label="84306")
    assert [one.guess for one in found.numbers] == ["23057", "84206", "70352"]
    assert found.against_label.numbers == (1,)
    assert found.words[0] == "Three numbers were found in three lines."
    assert found.words[1] == "It should be 84306; the closest to that is 84206 in line 2: one digit is wrong."


def test_a_number_that_was_torn_apart_is_compared_as_a_whole(reader, write):
    apart = np.concatenate([write("230"), np.full((52 * TIMES, 150), 235, np.uint8), write("57")], axis=1)
    found = explain(reader, page(below(apart, write("84206"))), label="23057")
    assert [one.guess for one in found.numbers] == ["230", "57", "84206"]
    assert found.against_label.numbers == (0, 1)
    assert "It should be 23057, and is read so, in two numbers." in said(found)


def test_one_line_of_a_page_is_chosen(reader, write):
    picture = page(below(write("23057"), write("84206")))
    found = explain(reader, picture, line=1)
    assert [one.guess for one in found.numbers] == ["84206"]
    assert (found.lines, found.words[0][:13]) == (2, "Read as 84206")
    with pytest.raises(InputError, match=r"written\.png has no number in line 3; there are some in lines 1 and 2"):
        explain(reader, picture, line=2)


def test_a_page_says_of_each_number_in_which_line_it_stands(reader, write):
    found = explain(reader, page(below(write("23057"), write("84206"))))
    assert found.summary == ("Two numbers were found in two lines.",)
    assert [one.words[0][:23] for one in found.numbers] == ["Line 1: read as 23057 w", "Line 2: read as 84206 w"]
    assert found.words == (*found.summary, *found.numbers[0].words, *found.numbers[1].words)


def test_auto_explains_what_it_found_one_digit_or_several(classifier, write, sample):
    auto = Reader(classifier)
    one = explain(auto, page(write("3")), sample=(sample.images[:100], sample.labels[:100]))
    assert (len(one.digits), one.numbers, one.lines) == (1, (), 1)
    several = explain(auto, page(write("23057")))
    assert (several.digits, len(several.numbers)) == ((), 1)


def test_where_nothing_was_found_words_and_drawings_may_be_there(reader):
    found = explain(reader, page(np.full((90, 120), 235, np.uint8)))
    assert found.numbers == found.digits == ()
    assert "the picture is blank" in said(found)


def doubts(reader, picture, thresholds):
    reader.thresholds = thresholds
    (one,) = explain(reader, picture).numbers
    return [sentence for sentence in one.words if "unsure" in sentence]


def test_a_digit_is_doubted_for_the_reason_that_it_has(classifier, write):
    reader, picture = Reader(classifier, layout="line", expected=(3, 3)), page(write("2305"))
    (one,) = explain(reader, picture).numbers
    no_digits = doubts(reader, picture, Thresholds(0.0, 1.0, None))
    assert all("it hardly looks like a digit (digitness " in sentence for sentence in no_digits)
    divided = max(one.number.digits, key=lambda digit: digit.probabilities.max() - digit.confidence)
    between = (divided.confidence + float(divided.probabilities.max())) / 2
    assert between > divided.confidence
    ways = doubts(reader, picture, Thresholds(between, 0.0, None))
    assert any("its shape is clear" in sentence and "other ways to take its ink apart" in sentence for sentence in ways)
    shapes = doubts(reader, picture, Thresholds(1.0, 0.0, None))
    assert any("it could be a" in sentence for sentence in shapes)


def test_of_many_doubts_the_first_are_told_and_the_others_counted(classifier, write):
    found = doubts(Reader(classifier, layout="line"), page(write("2305748")), Thresholds(0.0, 1.0, None))
    assert len(found) == why_numbers.MOST_DOUBTS + 1
    assert found[-1] == "Three digits more are unsure."


def test_the_json_object_holds_what_is_documented(reader, write):
    found = json.loads(json.dumps(explain(reader, page(write("23057")), label=23857).to_json(), allow_nan=False))
    assert list(found) == [
        "picture", "page", "model", "digits", "numbers", "lines", "fields", "against_label", "words",
    ]  # fmt: skip
    assert found["digits"] == []
    assert found["against_label"] == {
        "label": "23857", "numbers": [0], "read": "23057", "mismatches": [{"place": 2, "read": "0", "wanted": "8"}],
    }  # fmt: skip
    (number,) = found["numbers"]
    assert set(number) >= {
        "text", "confidence", "line", "box", "unsure", "digits", "angle", "height", "cuts", "candidates", "left_out",
        "heard", "versions", "unrestricted", "words",
    }  # fmt: skip
    assert set(number["heard"]) == {"text", "log_probability", "log_probability_read", "led", "digits"}
    for place, digit in enumerate(number["digits"]):
        candidate = number["candidates"][digit["candidate"]]
        assert candidate["text"] == digit["text"] == "23057"[place]
        assert candidate["box"] == digit["box"]
        assert digit["candidate"] in digit["considered"]
        assert 0 <= digit["share"] <= 1
        assert digit["seen"] == candidate["probability"]
        assert digit["heard"] is None or 0 <= digit["heard"] <= 1
    assert list(number["candidates"][0]) == [
        "text", "probability", "digitness", "log_odds", "box", "start", "end", "crossed", "gap", "parts",
    ]  # fmt: skip
    assert [digit["candidate"] for digit in number["digits"]] == number["versions"][0]["candidates"]
    assert list(number["versions"][0]) == [
        "text", "candidates", "score", "seen", "heard", "share", "place", "instead", "of",
    ]  # fmt: skip
    assert all(list(cut) == ["number", "crossed", "taken"] for cut in number["cuts"])


@pytest.fixture
def form(write):
    """Four printed boxes, the third of them empty: 23, 4, nothing, 705."""
    sheet = np.full((260, 1500), 235, np.uint8)
    for at, text in enumerate(("23", "4", "", "705")):
        left = 40 + 360 * at
        if text:
            line = write(text)
            sheet[60 : 60 + line.shape[0], left + 30 : left + 30 + line.shape[1]] = line
        cv2.rectangle(sheet, (left, 40), (left + 330, 220), 90, 3)
    return page(sheet, "form.png")


def test_a_form_is_told_field_by_field(classifier, form):
    found = explain(Reader(classifier), form)
    assert ["".join(digit.text for digit in field.digits) for field in found.fields] == ["23", "4", "", "705"]
    assert found.words[0] == "Four fields were found in this form; one field left empty."
    assert (found.numbers, found.digits) == ((), ())
    assert json.loads(json.dumps(found.to_json()))["fields"][3]["digits"][0]["text"] == "7"


def test_what_stands_beside_the_fields_of_a_form_is_named(classifier, form, write):
    line = write("4180")
    sheet = np.full((520, 1500), 235, np.uint8)
    sheet[:260] = form.pixels
    sheet[320 : 320 + line.shape[0], 60 : 60 + line.shape[1]] = line
    found = explain(Reader(classifier), page(sheet, "form.png"))
    assert (len(found.fields), found.lines) == (4, 2)
    assert found.words[-1].startswith("Beside the fields stands one number more: 4180")
    assert not any("4180" in word for word in explain(Reader(classifier), page(sheet, "form.png"), line=0).words)


def test_a_field_of_a_form_is_explained_as_a_picture_of_its_own(classifier, form):
    reader = Reader(classifier)
    several, one, empty = (explain(reader, form, field=at) for at in (3, 1, 2))
    assert several.picture.name == "form.png, field 4"
    assert [number.guess for number in several.numbers] == ["705"]
    assert one.digits[0].guess == 4
    assert empty.words == ("The field was left empty: nobody wrote in it.",)
    assert explain(reader, form, field=3, label="105").against_label.mismatches == (Mismatch(0, "7", "1"),)


def test_what_a_form_has_not_is_refused(classifier, form, write):
    reader = Reader(classifier)
    with pytest.raises(InputError, match=r"form\.png has 4 fields; there is no field 5"):
        explain(reader, form, field=4)
    with pytest.raises(InputError, match=r"form\.png is a form of 4 fields; say which of them should be 12"):
        explain(reader, form, label=12)
    with pytest.raises(InputError, match=r"written\.png has no printed boxes; there is no field 1"):
        explain(reader, page(write("23")), field=0)


numerals = st.text("0123", max_size=7)


@given(numerals, numerals)
@example("13124579693", "13924579693")
def test_mismatches_turn_what_was_read_into_what_was_wanted(read, wanted):
    found = find_mismatches(read, wanted)
    turned, done = "", 0
    for mismatch in found:
        assert mismatch.read != mismatch.wanted
        assert read[mismatch.place : mismatch.place + len(mismatch.read)] == mismatch.read
        turned += read[done : mismatch.place] + mismatch.wanted
        done = mismatch.place + len(mismatch.read)
    assert turned + read[done:] == wanted
    assert len(found) <= max(len(read), len(wanted))
    assert len(found) >= abs(len(read) - len(wanted))
    assert len(found) == len(find_mismatches(wanted, read))


def test_places_are_ordinal_numbers():
    assert [wording.place(at) for at in (0, 9, 10, 11, 20, 21, 110)] == [
        "first", "tenth", "11th", "12th", "21st", "22nd", "111th",
    ]  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8))
def test_every_scribble_has_an_explanation(reader, seed, strokes):
    random = np.random.default_rng(seed)
    picture = np.full((80, 200), 235, np.uint8)
    for _ in range(strokes):
        cv2.polylines(picture, [random.integers(0, 200, (3, 2)).astype(np.int32)], False, 40, 4)
    found = explain(Reader(reader.classifier, layout="line"), page(picture), label=123)
    assert found.words
    assert all((sentence[0].isupper() or sentence[0].isdigit()) and sentence.endswith(".") for sentence in found.words)
    json.dumps(found.to_json(), allow_nan=False)
