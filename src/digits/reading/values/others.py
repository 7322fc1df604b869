"""Fractions, ranges, telephone numbers and codes: what has digits, and is no single magnitude.

Notable choices:
- whatever leads with zeros, or is parted in a way that no magnitude is, is a code: its text is its value;
- `555-1234` may be a range or a telephone number: a range is short, or from one year to another.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from digits.reading.values.customs import Customs
from digits.reading.values.numerals import magnitudes
from digits.reading.values.value import Range, Value

MOST_DIGITS = 15
"""Of a telephone number: ITU-T E.164."""

FEWEST_DIGITS, FEWEST_ABROAD = 5, 9
"""Of a telephone number that is expected, and of one that is known by its leading + or 00; by eye."""

YEARS = range(1500, 2200)
"""What may be years: from one to another is a range."""

_FRACTION = re.compile(r"(?P<sign>[+-]?)(?:(?P<whole>0|[1-9][0-9]*) )?(?P<above>[0-9]+)/(?P<below>[0-9]+)", re.ASCII)
_RANGE = re.compile(r"([0-9][0-9.,']*) ?- ?([0-9][0-9.,']*)", re.ASCII)
_PHONE = re.compile(r"\+?[0-9(][0-9 ()/.-]*[0-9]", re.ASCII)
_GROUPS = re.compile(r"[0-9]+(?:[-/. ][0-9]+)+", re.ASCII)
_SPACED = re.compile(r"(?!00)[0-9]+(?: [0-9]+)+", re.ASCII)
_CODE = re.compile(r"[0-9+#*(][0-9 ()/.,:#*'-]*", re.ASCII)
_COUNTED_OFF = re.compile(r"#([0-9]+)|([0-9]{1,3})(?:\)|\.\)|:)", re.ASCII)


def fractions(text: str, customs: Customs) -> list[Value]:
    """What a text may mean where a fraction is expected: 1/2, 3 1/2, and points of points, 45/50."""
    found = _FRACTION.fullmatch(text)
    if not found or not int(found["below"]) or (found["whole"] and int(found["above"]) >= int(found["below"])):
        return []
    size = int(found["whole"] or 0) + Fraction(int(found["above"]), int(found["below"]))
    return [Value("fraction", -size if found["sign"] == "-" else size)]


def fractions_by_form(text: str, customs: Customs) -> Iterator[Value]:
    """What a text may mean that looks like a fraction; one with leading zeros does not."""
    if not re.search(r"(?<![0-9])0[0-9]", text):
        yield from fractions(text, customs)


def ranges(text: str, customs: Customs) -> list[Value]:
    """What a text may mean where a range is expected."""
    found = _RANGE.fullmatch(text)
    if not found:
        return []
    lows, highs = (magnitudes(found[side], customs) if found[side][-1].isdigit() else [] for side in (1, 2))
    pairs = ((low.number, high.number) for low in lows for high in highs if low.number < high.number)
    return [Value("range", Range(low, high)) for low, high in pairs]


def ranges_by_form(text: str, customs: Customs) -> Iterator[Value]:
    """What a text may mean that looks like a range; a code as well, if it is longer than most ranges are."""
    found = re.fullmatch(r"([1-9][0-9]*|0) ?- ?([1-9][0-9]*)", text, re.ASCII)
    if found:
        low, high = found.groups()
        if low == high or int(low) > int(high):
            return  # a difference, or a code
        yield Value("range", Range(Decimal(low), Decimal(high)))
        if not (len(low) <= 2 and len(high) <= 3) and not (int(low) in YEARS and int(high) in YEARS):
            yield Value("code", text)


def phones(text: str, customs: Customs) -> list[Value]:
    """What a text means where a telephone number is expected: its digits, and its + if it has one."""
    digits = re.sub(r"[^0-9]", "", text)
    if not _PHONE.fullmatch(text) or not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
        return []
    return [Value("phone", ("+" if text[0] == "+" else "") + digits)]


def phones_by_form(text: str, customs: Customs) -> Iterator[Value]:
    """What a text means that leads with + or 00, and is as long as a telephone number from abroad."""
    abroad = text[0] == "+" or (text.startswith("00") and " " in text)
    for found in phones(text, customs) if abroad else ():
        if len(found.text.lstrip("+")) >= FEWEST_ABROAD:
            yield found


def codes(text: str, customs: Customs) -> list[Value]:
    """What a text means where a code is expected: itself."""
    return [Value("code", text)] if _CODE.fullmatch(text) else []


def codes_by_form(text: str, customs: Customs) -> Iterator[Value]:
    """What a text may mean that leads with a zero, counts something off, or has groups with spaces between."""
    counted = _COUNTED_OFF.fullmatch(text)
    if counted:
        yield Value("code", counted[1] or counted[2])
    elif re.fullmatch(r"0[0-9]+", text, re.ASCII) or (_SPACED.fullmatch(text) and " " not in customs.groups):
        yield Value("code", text)


def groups_of_a_code(text: str) -> Iterator[Value]:
    """What a text means that has groups of digits, and nothing else: three groups at least, or one with zeros."""
    between = re.findall(r"[^0-9]", text)
    if _GROUPS.fullmatch(text) and "." not in between and (len(between) > 1 or text[0] == "0" or "-0" in text):
        yield Value("code", text)
