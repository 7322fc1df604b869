"""What a text means: the kinds, what settles what is ambiguous, and that nothing is made up."""

import json
import re
from datetime import date, time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits.errors import InputError
from digits.reading.values.meaning import accepts, tidied, value_of
from digits.reading.values.value import KINDS, MonthDay, Range

MARKS = "0123456789.,-/:+=%()€$£#'*"

CLEAR = {
    "1480": ("integer", 1480),
    "0": ("integer", 0),
    "-5": ("integer", -5),
    "−5": ("integer", -5),
    "+5": ("integer", 5),
    "12.": ("integer", 12),
    "12,": ("integer", 12),
    "1.006.509.": ("integer", 1006509),
    "10,00.": ("decimal", Decimal("10.00")),
    "3.975,00.": ("decimal", Decimal("3975.00")),
    "1.234.567": ("integer", 1234567),
    "1'480": ("integer", 1480),
    "12.50": ("decimal", Decimal("12.50")),
    "12,50": ("decimal", Decimal("12.50")),
    "-0,5": ("decimal", Decimal("-0.5")),
    ".5": ("decimal", Decimal("0.5")),
    "0.480": ("decimal", Decimal("0.480")),
    "1234.567": ("decimal", Decimal("1234.567")),
    "1.234,50": ("decimal", Decimal("1234.50")),
    "1,234.50": ("decimal", Decimal("1234.50")),
    "1'480.50": ("decimal", Decimal("1480.50")),
    "(12.50)": ("decimal", Decimal("-12.50")),
    "38.117.-": ("amount", Decimal(38117)),
    "38,117.–": ("amount", Decimal(38117)),
    "500/-": ("amount", Decimal(500)),
    "12.=": ("amount", Decimal(12)),
    "€ 3,50": ("amount", Decimal("3.50")),
    "3.50£": ("amount", Decimal("3.50")),
    "-$5": ("amount", Decimal(-5)),
    "*12.50*": ("amount", Decimal("12.50")),
    "#12.50#": ("amount", Decimal("12.50")),
    "12 %": ("percent", Decimal(12)),
    "2,5%": ("percent", Decimal("2.5")),
    "7:45": ("time", time(7, 45)),
    "23:59:59": ("time", time(23, 59, 59)),
    "2025-08-12": ("date", date(2025, 8, 12)),
    "31.12.2025": ("date", date(2025, 12, 31)),
    "31/12/2025": ("date", date(2025, 12, 31)),
    "45/50": ("fraction", Fraction(9, 10)),
    "3 1/2": ("fraction", Fraction(7, 2)),
    "3 ½": ("fraction", Fraction(7, 2)),
    "3½": ("fraction", Fraction(7, 2)),
    "10–12": ("range", Range(Decimal(10), Decimal(12))),
    "1990-1995": ("range", Range(Decimal(1990), Decimal(1995))),
    "0049 170 1234567": ("phone", "00491701234567"),
    "+491701234567": ("phone", "+491701234567"),
    "007": ("code", "007"),
    "#5": ("code", "5"),
    "5)": ("code", "5"),
    "030-123-4567": ("code", "030-123-4567"),
}

AMBIGUOUS = {
    "1.480": {"1480", "1.480"},
    "1,480": {"1480", "1.480"},
    "3.172.": {"3172", "3.172"},
    "131.134,": {"131134", "131.134"},
    "€ 1.480": {"1480", "1.480"},
    "1.480%": {"1480", "1.480"},
    "(5)": {"-5", "5"},
    "12-": {"12", "-12"},
    "12/08": {"--08-12", "--12-08"},
    "1/2": {"--02-01", "--01-02", "1/2"},
    "12/08/25": {"2025-08-12", "2025-12-08", "2012-08-25"},
    "12.08.25": {"2025-08-12", "2025-12-08", "2012-08-25"},
    "12.08.2025": {"2025-08-12", "2025-12-08"},
    "05-12": {"--05-12", "--12-05"},
    "12.5.": {"--05-12", "--12-05"},
    "555-1234": {"555-1234"},
    "1 234": {"1234", "1 234"},
}

NONE = [
    "12.34,50",
    "1,23,456",
    "3/0",
    "12-10",
    "++5",
    "12:4",
    "7:65",
    "24:00",
    "12+5=17",
    "1.2.3",
    "--",
    "€",
    "1,2,3,4",
]


@pytest.mark.parametrize("text", CLEAR)
def test_what_means_one_thing_has_that_value(text):
    value = value_of(text)
    assert (value.kind, value.value) == CLEAR[text]
    assert type(value.value) is type(CLEAR[text][1])
    assert value.why is None


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_what_may_mean_several_things_has_no_value_and_names_them_all(text):
    value = value_of(text)
    assert (value.kind, value.value) == (None, None)
    assert {other.text for other in value.alternatives} == AMBIGUOUS[text]
    assert " may be " in value.why
    assert "settles it" in value.why


@pytest.mark.parametrize("text", NONE)
def test_what_nobody_writes_as_a_number_has_no_value_and_says_so(text):
    value = value_of(text)
    assert (value.value, value.alternatives) == (None, ())
    assert " is no number as people write them" in value.why or " is a calculation or a ratio" in value.why


def test_an_unsure_mark_leaves_no_value():
    for type in (None, *KINDS):
        assert value_of("12.?0", type=type).why == "a mark of it is unsure"
    assert value_of("").why == "nothing is written here"
    assert value_of("9" * 200).why == "it has more than 100 characters"


@pytest.mark.parametrize(
    ("text", "locale", "kind", "meaning"),
    [
        ("1.480", "de_DE", "integer", 1480),
        ("1.480", "en-US", "decimal", Decimal("1.480")),
        ("1.480", "de_CH", "decimal", Decimal("1.480")),
        ("1,480", "en_US", "integer", 1480),
        ("€ 1.480", "de_DE", "amount", Decimal(1480)),
        ("3.172.", "de_DE", "integer", 3172),
        ("38.117.-", "en_US", "amount", Decimal(38117)),
        ("12/08/25", "en_US", "date", date(2025, 12, 8)),
        ("12/08/25", "en_GB", "date", date(2025, 8, 12)),
        ("25.08.12", "ko_KR", "date", date(2025, 8, 12)),
        ("12.08.", "de_AT", "date", MonthDay(8, 12)),
        ("1,23,456", "en_IN", "integer", 123456),
        ("1 234", "fr_FR", "integer", 1234),
        ("12,50", "en_US", "decimal", Decimal("12.50")),
    ],
)
def test_a_locale_settles_what_is_ambiguous(text, locale, kind, meaning):
    value = value_of(text, locale=locale)
    assert (value.kind, value.value) == (kind, meaning)


def test_what_the_locale_has_no_custom_for_stays_ambiguous():
    assert {other.text for other in value_of("1,480", locale="de_CH").alternatives} == {"1480", "1.480"}


def test_a_date_that_is_none_in_the_locale_has_no_value_and_names_the_day_it_is_elsewhere():
    value = value_of("25/12/2025", locale="en_US")
    assert (value.value, [other.text for other in value.alternatives]) == (None, ["2025-12-25"])
    assert "no date as en_US writes it" in value.why


@pytest.mark.parametrize(
    ("text", "type", "meaning"),
    [
        ("1.480", "integer", 1480),
        ("007", "integer", 7),
        ("(5)", "integer", -5),
        ("5", "amount", Decimal(5)),
        ("12-", "amount", Decimal(12)),
        ("5", "decimal", Decimal(5)),
        ("0745", "time", time(7, 45)),
        ("7.45", "time", time(7, 45)),
        ("31122025", "date", date(2025, 12, 31)),
        ("1/2", "fraction", Fraction(1, 2)),
        ("555-1234", "phone", "5551234"),
        ("(030) 123 45", "phone", "03012345"),
        ("12/08", "code", "12/08"),
    ],
)
def test_what_is_expected_may_look_like_something_else(text, type, meaning):
    value = value_of(text, type=type)
    assert (value.kind, value.value) == (type, meaning)


@pytest.mark.parametrize(
    ("text", "type"),
    [("45.13.2020", "date"), ("30.02.2024", "date"), ("7:65", "time"), ("12.5", "integer"), ("12", "percent")],
)
def test_what_is_expected_is_not_made_of_what_it_cannot_be(text, type):
    value = value_of(text, type=type)
    assert (value.value, value.alternatives) == (None, ())
    assert value.why == f"{text} is not {'an' if type == 'integer' else 'a'} {type}"
    assert not accepts(type)(text)


def test_a_year_of_two_digits_is_what_posix_takes_it_for_and_names_the_other_century():
    for text, day, other in (
        ("31.12.68", date(2068, 12, 31), "1968-12-31"),
        ("31.12.69", date(1969, 12, 31), "2069-12-31"),
    ):
        value = value_of(text, locale="de_DE")
        assert (value.value, [one.text for one in value.alternatives]) == (day, [other])


def test_what_is_ambiguous_can_be_of_its_type():
    assert accepts("date")("12/08/25")
    assert accepts("amount")("1.480")
    assert accepts(None) is None


def test_a_locale_or_a_type_that_does_not_exist_is_named():
    with pytest.raises(InputError, match="'xx_YY' is no locale; expected one such as de_CH"):
        value_of("5", locale="xx_YY")
    with pytest.raises(InputError, match="'money' is no type; expected one of integer, decimal, amount"):
        value_of("5", type="money")


def test_json_has_strings_and_never_floats():
    said = value_of("12,50").to_json()
    assert said == {"kind": "decimal", "value": "12.50", "unit": None, "why": None, "alternatives": []}
    assert value_of("€ 3,50").to_json()["unit"] == "€"
    said = value_of("1.480").to_json()
    assert (said["value"], said["alternatives"][0]) == (None, {"kind": "integer", "value": "1480", "unit": None})
    assert value_of("45/50").to_json()["value"] == "9/10"


@given(
    st.text(MARKS + " ?½−’", max_size=20), st.sampled_from([None, *KINDS]), st.sampled_from([None, "de_CH", "en_US"])
)
def test_any_text_has_a_value_or_says_why_not(text, type, locale):
    value = value_of(text, type=type, locale=locale)
    assert (value.value is None) == (value.kind is None) == bool(value.why)
    json.dumps(value.to_json())
    if value.value is not None and type:
        assert value.kind == type
        assert accepts(type, locale)(text)


@given(st.text(MARKS + " ½−’", max_size=20), st.sampled_from([None, *KINDS]))
def test_no_digit_is_made_up_or_lost(text, type):
    value = value_of(text, type=type)
    if value.kind in {"integer", "decimal", "amount", "percent", "phone", "code"}:
        meant = re.sub("[^0-9]", "", value.text).lstrip("0")
        assert meant == re.sub("[^0-9]", "", tidied(text)).lstrip("0")


@given(
    st.one_of(st.sampled_from(sorted(AMBIGUOUS)), st.text(MARKS, max_size=12)),
    st.sampled_from(["de_CH", "en_US", "de_DE", "fr_FR", "ko_KR"]),
)
def test_a_locale_chooses_among_what_a_text_may_mean_and_adds_nothing(text, locale):
    without, settled = value_of(text), value_of(text, locale=locale)
    if settled.value is not None:
        assert settled.value in {without.value, *(other.value for other in without.alternatives)}


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)), st.sampled_from(["de_DE", "en_US", "en_GB", "sv_SE", "fr_CA"]))
def test_a_date_that_is_written_as_the_locale_has_it_is_read_so(day, locale):
    from babel.dates import format_date

    assert value_of(format_date(day, "short", locale), locale=locale, type="date").value == day


@given(
    st.decimals(-(10**9) + 1, 10**9 - 1, places=2),
    st.sampled_from(["de_CH", "en_US", "de_DE", "fr_FR", "en_IN", "sv_SE"]),
)
def test_a_decimal_that_is_written_as_the_locale_has_it_is_read_so(size, locale):
    from babel.numbers import format_decimal

    written = format_decimal(size, locale=locale)
    assert value_of(written, locale=locale).value == size
