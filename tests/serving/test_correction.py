"""A correction is checked when it is made, and survives JSON unchanged."""

import json
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digits.errors import DataError
from digits.serving.correction import Correction

FORM = np.arange(784, dtype=np.uint16).astype(np.uint8).reshape(28, 28)

texts = st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=200)
corrections = st.builds(
    Correction,
    pixels=arrays(np.uint8, (28, 28)),
    label=st.integers(0, 9),
    said=st.none() | st.integers(0, 9),
    confidence=st.none() | st.floats(0, 1),
    model=texts,
    note=texts,
    created=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)


@settings(max_examples=30)
@given(corrections)
def test_what_was_written_as_json_comes_back(correction):
    written = json.dumps(correction.to_json())
    again = Correction.from_json(json.loads(written))

    np.testing.assert_array_equal(again.pixels, correction.pixels)
    assert json.dumps(again.to_json()) == written


def test_the_same_pixels_and_label_are_the_same_correction_whatever_else_is_said():
    one = Correction(pixels=FORM, label=7, said=1, note="mine")
    assert one.digest == Correction(pixels=FORM.copy(), label=7).digest
    assert one.digest != Correction(pixels=FORM, label=1).digest
    assert one.digest != Correction(pixels=FORM.T, label=7).digest


def test_its_pixels_are_its_own():
    pixels = FORM.copy()
    correction = Correction(pixels=pixels, label=7)
    pixels[:] = 0
    np.testing.assert_array_equal(correction.pixels, FORM)
    assert not correction.pixels.flags.writeable


def test_a_time_is_written_in_utc():
    created = datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))
    assert Correction(pixels=FORM, label=7, created=created).to_json()["created"] == "2026-01-31T12:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pixels": FORM.astype(np.float32)}, r"uint8 \(28, 28\).*got float32 \(28, 28\)"),
        ({"pixels": FORM.ravel()}, r"got uint8 \(784,\)"),
        ({"label": 10}, "label must be a whole number from 0 to 9; got 10"),
        ({"label": True}, "label must be a whole number"),
        ({"label": None}, "label must be a whole number"),
        ({"said": -1}, "said must be a whole number"),
        ({"confidence": 1.5}, "confidence must be a number from 0 to 1; got 1.5"),
        ({"confidence": float("nan")}, "confidence must be a number"),
        ({"note": "n" * 201}, "note must be text of at most 200 characters"),
        ({"note": "half \ud83d"}, "half of a character"),
        ({"model": "a\x00b"}, "model holds a NUL character"),
        ({"model": 7}, "model must be text"),
        ({"created": datetime(2026, 1, 1)}, "a time with its zone"),
    ],
)
def test_what_is_no_correction_is_refused_in_one_line(changed, said):
    with pytest.raises(DataError, match=said) as refused:
        Correction(**{"pixels": FORM, "label": 7, **changed})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"pixels": "AAAA"}, "784 bytes in base64"),
        ({"pixels": "not base64!"}, "784 bytes in base64"),
        ({"pixels": 7}, "784 bytes in base64"),
        ({"label": "7"}, "whole number from 0 to 9; got '7'"),
        ({"created": "yesterday"}, "created must be a time as"),
        ({"colour": "red"}, "a correction has no 'colour'; it has: pixels, label"),
    ],
)
def test_json_that_is_no_correction_is_refused_in_one_line(changed, said):
    with pytest.raises(DataError, match=said):
        Correction.from_json({**Correction(pixels=FORM, label=7).to_json(), **changed})


@pytest.mark.parametrize("key", ["pixels", "label"])
def test_pixels_and_label_are_needed(key):
    given = Correction(pixels=FORM, label=7).to_json()
    del given[key]
    with pytest.raises(DataError, match=f"a correction needs '{key}'"):
        Correction.from_json(given)
