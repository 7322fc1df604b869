"""Dates and times: which days and hours a text may mean.

Notable choices:
- `12/08/25` may be three days, with points or dashes as with slashes: CLDR knows no country that puts the month first
  with points, but people do. A year of four digits in front is ISO 8601's order everywhere;
- a year of two digits is taken as POSIX takes it, and the other century is named beside it.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, time

from digits.reading.values.customs import Customs
from digits.reading.values.value import MonthDay, Value

_YEAR_FIRST = ("year", "month", "day")

ORDERS = (("day", "month", "year"), ("month", "day", "year"), _YEAR_FIRST)
"""All orders of a date's parts that a country has (CLDR 47, short and medium dates)."""

PIVOT = 69
"""Years of two digits from here on are of the last century: POSIX, `strptime`, %y."""

LEAP_YEAR = 2000
"""A day without its year may be the 29th of February."""

_PARTS = re.compile(r"([0-9]{1,4}) ?([./-]) ?([0-9]{1,2})(?: ?\2 ?([0-9]{1,4}))?( ?\.)?", re.ASCII)
_COMPACT = re.compile(r"[0-9]{8}|[0-9]{6}", re.ASCII)
_TIME = re.compile(r"([0-9]{1,2}) ?[:.] ?([0-9]{2})(?: ?[:.] ?([0-9]{2}))?", re.ASCII)
_TIME_BY_FORM = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_TIME_IN_BOXES = re.compile(r"([0-9]{2})([0-9]{2})()", re.ASCII)


def dates(text: str, customs: Customs) -> list[Value]:
    """What a text may mean where a date is expected; in a form's boxes it has nothing between its parts."""
    if _COMPACT.fullmatch(text):
        return list(_compact(text, customs))
    return list(_dates(text, customs))


def dates_by_form(text: str, customs: Customs) -> Iterator[Value]:
    """What a text may mean that looks like a date: of three parts; of two with a slash, two points, or zeros."""
    found = _PARTS.fullmatch(text)
    padded = found and "0" in {found[1][0], found[3][0]}  # 08-12; 8-12 is a range
    if found and (found[4] or found[2] == "/" or (found[2] == "." and found[5]) or (found[2] == "-" and padded)):
        yield from _dates(text, customs)


def times(text: str, customs: Customs) -> list[Value]:
    """What a text may mean where a time of the day is expected: 7:45, 7.45, and 0745 as in a form's boxes."""
    return list(_times(_TIME.fullmatch(text) or _TIME_IN_BOXES.fullmatch(text)))


def times_by_form(text: str, customs: Customs) -> Iterator[Value]:
    """What a text may mean that looks like a time of the day."""
    yield from _times(_TIME_BY_FORM.fullmatch(text))


def _times(found: re.Match[str] | None) -> Iterator[Value]:
    if found:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if hour < 24 and minute < 60 and second < 60:
            yield Value("time", time(hour, minute, second))


def _dates(text: str, customs: Customs) -> Iterator[Value]:
    found = _PARTS.fullmatch(text)
    if not found or (found[5] and found[2] != "."):
        return
    parts = [part for part in (found[1], found[3], found[4]) if part]
    orders = ORDERS if customs.order is None else (customs.order,)
    if len(found[1]) == 4 and len(parts) == 3:
        orders = (_YEAR_FIRST,)
    seen = set()
    for order in orders:
        names = [name for name in order if name != "year"] if len(parts) == 2 else order
        value = _date(dict(zip(names, parts, strict=True)))
        if value and value.value not in seen:
            seen.add(value.value)
            yield value


def _compact(text: str, customs: Customs) -> Iterator[Value]:
    """A date without anything between its parts, as a form's boxes have it: 12082025, 120825."""
    seen = set()
    for order in ORDERS if customs.order is None else (customs.order,):
        parts, at = {}, 0
        for name in order:
            size = len(text) - 4 if name == "year" else 2
            parts[name], at = text[at : at + size], at + size
        value = _date(parts)
        if value and value.value not in seen:
            seen.add(value.value)
            yield value


def _date(parts: dict[str, str]) -> Value | None:
    """The day that has these parts; None if there is none."""
    year, month, day = parts.get("year"), parts["month"], parts["day"]
    if max(len(month), len(day)) > 2 or (year and len(year) not in {2, 4}):
        return None
    try:
        if year is None:
            date(LEAP_YEAR, int(month), int(day))
            return Value("date", MonthDay(int(month), int(day)))
        if len(year) == 4:
            if year[0] == "0":
                return None
            return Value("date", date(int(year), int(month), int(day)))
    except ValueError:
        return None
    return _of_a_century(int(year), int(month), int(day))


def _of_a_century(year: int, month: int, day: int) -> Value | None:
    nearest = (1900, 2000) if year >= PIVOT else (2000, 1900)
    days: Sequence[date] = [found for century in nearest if (found := _day(century + year, month, day))]
    if not days or days[0].year // 100 != nearest[0] // 100:
        return None
    return Value("date", days[0], alternatives=tuple(Value("date", other) for other in days[1:]))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
