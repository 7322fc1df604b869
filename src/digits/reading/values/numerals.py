"""Integers, decimals, amounts and percentages: which magnitudes a text with points, commas and signs may mean.

Notable choices:
- `1.480` is 1480 to some and 1.480 to others: both are given back, unless customs or what is expected leave one;
- what ends an amount of whole money (`.-`, `,-`, `.=`, `/-`) stands for its cents: what parts the digits before it can
  only part thousands;
- brackets are the minus of book-keepers; a single small number in brackets may just be counted off: both are given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from digits.reading.values.customs import Customs
from digits.reading.values.value import Kind, Value

CURRENCIES = "€$£"

_BODY = r"[0-9][0-9.,' ]*[0-9]|[.,]?[0-9]+"
_SIGNED = re.compile(rf"(?P<sign>[+-]?) ?(?P<body>{_BODY})", re.ASCII)
_IN_BRACKETS = re.compile(rf"\( ?(?P<body>{_BODY}) ?\)", re.ASCII)
_ENDED = re.compile(rf"(?P<sign>[+-]?)(?P<body>{_BODY}) ?[.,]", re.ASCII)
_DAY_AND_MONTH = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.", re.ASCII)
_PERCENT = re.compile(rf"(?P<sign>[+-]?) ?(?P<body>{_BODY}) ?%", re.ASCII)
_AMOUNT = re.compile(
    rf"(?P<sign>[+-]?) ?(?P<before>[{CURRENCIES}]?) ?(?P<sign2>[+-]?) ?(?P<body>{_BODY}) ?"
    rf"(?P<end>[.,]-{{1,2}}|[.,]=|/-|--|-|=|[.,])? ?(?P<after>[{CURRENCIES}]?)",
    re.ASCII,
)
_NO_CENTS = (".-", ",-", ".--", ",--", ".=", ",=", "/-", "--")
"""What stands for the cents of whole money, and means nothing else."""

_COUNTED_OFF = 3
"""Digits of a number in brackets up to which it may just be an item's number: (12)."""


_FROM_ABROAD = 9
"""Digits beyond which what a + leads is a telephone number."""

_PROTECTED = re.compile(rf"\*+(?:{_BODY})\**|(?:{_BODY})\*+|#(?:{_BODY})#|#[0-9.,' ]*[0-9][.,][0-9]{{2}}", re.ASCII)
"""An amount between signs that keep others from writing something before or behind it, as on a cheque."""


@dataclass(frozen=True)
class Magnitude:
    """A reading of digits with points and commas between.

    Attributes:
        number: what they are.
        is_whole: whether nothing stands behind a decimal mark.
        is_plain: whether they are digits alone.
    """

    number: Decimal
    is_whole: bool
    is_plain: bool = False


def magnitudes(body: str, customs: Customs) -> list[Magnitude]:
    """All that digits with points, commas, apostrophes and spaces between them may mean; none if nobody writes so."""
    parts, between = re.split(r"[.,' ]", body), re.findall(r"[.,' ]", body)
    if not between:
        return [Magnitude(Decimal(body), True, True)]
    found = []
    last = between[-1]
    if len(set(between)) == 1 and _is_grouped(parts, customs):
        found.append(Magnitude(Decimal("".join(parts)), True))
    others = between[:-1]
    head = not others or (len(set(others)) == 1 and others[0] != last and _is_grouped(parts[:-1], customs))
    if last in ".," and parts[-1] and head:
        found.append(Magnitude(Decimal(f"{''.join(parts[:-1]) or '0'}.{parts[-1]}"), False))
    if len(found) > 1 and last == customs.decimal:
        return found[1:]
    if len(found) > 1 and last in customs.groups:
        return found[:1]
    return found


def integers(text: str, customs: Customs) -> list[Value]:
    """What a text may mean where an integer is expected."""
    return [_value("integer", number, sign) for number, sign in _numbers(text, customs) if number.is_whole]


def decimals(text: str, customs: Customs) -> list[Value]:
    """What a text may mean where a decimal is expected; whole ones are some, too."""
    return [_value("decimal", number, sign) for number, sign in _numbers(text, customs)]


def percentages(text: str, customs: Customs) -> list[Value]:
    """What a text with `%` may mean."""
    found = _PERCENT.fullmatch(text)
    if not found:
        return []
    return [_value("percent", number, found["sign"], "%") for number in magnitudes(found["body"], customs)]


def amounts(text: str, customs: Customs) -> list[Value]:
    """What a text may mean where an amount of money is expected."""
    return list(_amounts(text, customs, expected=True))


def numerals_by_form(text: str, customs: Customs) -> Iterator[Value]:
    """What a text may mean that looks like an integer, a decimal, an amount or a percentage; nothing is expected."""
    for number, sign in _numbers(text, customs):
        if number.is_plain and (_leads_with_zeros(text) or (text[0] == "+" and len(text) > _FROM_ABROAD)):
            continue
        yield _value("integer" if number.is_whole else "decimal", number, sign)
    brackets = _IN_BRACKETS.fullmatch(text)
    if brackets and brackets["body"].isdigit() and len(brackets["body"]) <= _COUNTED_OFF:
        yield Value("code", brackets["body"])
    yield from _amounts(text, customs, expected=bool(_PROTECTED.fullmatch(text)))
    yield from percentages(text, customs)


def _numbers(text: str, customs: Customs) -> Iterator[tuple[Magnitude, str]]:
    """The readings of a text with a sign or in brackets, or with an idle point or comma at its end; and their signs."""
    found = _IN_BRACKETS.fullmatch(text)
    sign = "-"
    if not found:
        found = _SIGNED.fullmatch(text)
        sign = found["sign"] if found else ""
    if found:
        yield from ((number, sign) for number in magnitudes(found["body"], customs))
    elif (found := _ENDED.fullmatch(text)) and not _DAY_AND_MONTH.fullmatch(text):
        yield from ((number, found["sign"]) for number in magnitudes(found["body"], customs))


def _amounts(text: str, customs: Customs, *, expected: bool) -> Iterator[Value]:
    text = text.strip("*# ")
    in_brackets = len(text) > 2 and text[0] == "(" and text[-1] == ")"
    found = _AMOUNT.fullmatch(text[1:-1].strip() if in_brackets else text)
    if not found or (found["before"] and found["after"]) or (found["sign"] and found["sign2"]):
        return
    unit, end = found["before"] or found["after"] or None, found["end"] or ""
    if not expected and not unit and end not in {*_NO_CENTS, "-"}:
        return
    sign = "-" if in_brackets else found["sign"] or found["sign2"]
    if end == "-" and not expected and not unit:
        yield from _ended_by_a_dash(found["body"], customs)
        return
    if end in _NO_CENTS:
        whole = [number for number in magnitudes(found["body"], Customs(grouping=customs.grouping)) if number.is_whole]
        yield from (_value("amount", number, sign, unit) for number in whole)
        return
    for number in magnitudes(found["body"], customs):
        yield _value("amount", number, sign, unit)
        if end == "-" and not number.is_whole and not sign:  # it ends the cents, or it is a minus
            yield _value("amount", number, "-", unit)


def _ended_by_a_dash(body: str, customs: Customs) -> Iterator[Value]:
    """`12-` may be whole money, or less than nothing."""
    for number in magnitudes(body, customs):
        yield _value("amount", number, "")
        yield _value("integer" if number.is_whole else "decimal", number, "-")


def _value(kind: Kind, number: Magnitude, sign: str, unit: str | None = None) -> Value:
    signed = number.number.copy_negate() if sign == "-" and number.number else number.number
    return Value(kind, int(signed) if kind == "integer" else signed, unit)


def _is_grouped(parts: list[str], customs: Customs) -> bool:
    last, others = customs.grouping
    if len(parts) == 1:
        return parts[0].isdigit()
    if not 1 <= len(parts[0]) <= max(others, last) or parts[0][0] == "0":
        return False
    sizes = [len(part) for part in parts[1:]]
    return sizes in ([*[others] * (len(sizes) - 1), last], [3] * len(sizes))


def _leads_with_zeros(text: str) -> bool:
    digits = text.strip("+-(). ,")
    return len(digits) > 1 and digits[0] == "0"
