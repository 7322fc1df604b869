"""A number's text → its Value.

    value_of("38.117.-").value                      Decimal('38117')
    value_of("1.480").why                           '1.480 may be 1480 or 1.480: a locale settles it'
    value_of("1.480", locale="de_DE").value         1480
    value_of("12/08/25", type="date", locale="en_US").value

Notable choices:
- each family of kinds says all that a text may mean; one thing is the value; where it is several there is none, and all
  are alternatives. Nothing is guessed;
- what is expected (`type`) is asked for alone, and may look like something else: 0745 is a time where one is expected;
- a text with `?`, a mark that is unsure, has no value.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from digits.errors import InputError
from digits.reading.values import moments, numerals, others
from digits.reading.values.customs import Customs, alike, customs_of
from digits.reading.values.value import KINDS, Kind, Value, named

LONGEST = 100
"""Characters beyond which no text is a number."""

_EXPECTED: dict[Kind, Callable[[str, Customs], list[Value]]] = {
    "integer": numerals.integers, "decimal": numerals.decimals, "amount": numerals.amounts, "date": moments.dates,
    "time": moments.times, "percent": numerals.percentages, "fraction": others.fractions, "range": others.ranges,
    "phone": others.phones, "code": others.codes,
}  # fmt: skip

_BY_FORM: tuple[Callable[[str, Customs], Iterable[Value]], ...] = (
    numerals.numerals_by_form, moments.dates_by_form, moments.times_by_form, others.fractions_by_form,
    others.ranges_by_form, others.phones_by_form, others.codes_by_form,
)  # fmt: skip


def value_of(text: str, *, locale: str | None = None, type: str | None = None) -> Value:
    """What a text means.

    Args:
        text: what is written; `?` for a mark that is unsure.
        locale: whose customs settle what may mean several things, such as `de_CH`; None: nobody's.
        type: the kind that is expected; None: any.

    Raises:
        InputError: there is no such locale or kind.
        MissingExtraError: a locale is named, and babel is not installed.
    """
    customs, kind = customs_of(locale), known_kind(type)
    text = tidied(text)
    if not text:
        return Value.none("nothing is written here")
    if "?" in text:
        return Value.none("a mark of it is unsure")
    if len(text) > LONGEST:
        return Value.none(f"it has more than {LONGEST} characters")
    return _the_one(text, locale, kind, readings(text, customs, kind))


def _the_one(text: str, locale: str | None, kind: Kind | None, found: list[Value]) -> Value:
    """Of all that a text may mean the one thing that it means; else why there is none."""
    if locale and kind in {None, "date"} and not any(value.kind == "date" for value in found):
        days = readings(text, Customs(), kind)
        if any(day.kind == "date" for day in days):
            which = " or ".join(day.text for day in days if day.kind == "date")
            return Value.none(f"{text} is no date as {locale} writes it; it may be {which} elsewhere", tuple(days))
    if len(found) == 1:
        return found[0]
    if found:
        return Value.none(_undecided(text, found, locale), tuple(found))
    if kind is None and (groups := list(others.groups_of_a_code(text))):
        return groups[0]
    return Value.none(_meaningless(text, kind))


def readings(text: str, customs: Customs, kind: Kind | None) -> list[Value]:
    """All that a tidied text may mean, each once."""
    ways: Iterable[Callable[[str, Customs], Iterable[Value]]] = _BY_FORM if kind is None else (_EXPECTED[kind],)
    return list(dict.fromkeys(value for way in ways for value in way(text, customs)))


def accepts(type: str | None, locale: str | None = None) -> Callable[[str], bool] | None:
    """Whether a text can be of a kind at all, one thing or several: a date has no 13th month. None if any kind may be.

    Raises:
        InputError: there is no such locale or kind.
        MissingExtraError: a locale is named, and babel is not installed.
    """
    kind = known_kind(type)
    if kind is None:
        return None
    customs = customs_of(locale)

    def can_be(text: str) -> bool:
        text = tidied(text)
        return 0 < len(text) <= LONGEST and bool(readings(text, customs, kind))

    return can_be


def known_kind(type: str | None) -> Kind | None:
    """A kind by its name.

    Raises:
        InputError: there is none of this name.
    """
    found = next((kind for kind in KINDS if kind == type), None)
    if type is not None and found is None:
        raise InputError(f"{type[:40]!r} is no type; expected one of {', '.join(KINDS)}")
    return found


def tidied(text: str) -> str:
    """Text with one sign for what is alike, one space at most, and fractions such as ½ as 1/2."""
    spelt = (_spelt(sign) for sign in text)
    return " ".join(alike("".join(spelt)).split())


def _spelt(sign: str) -> str:
    """½ as a space and 1/2; everything else as it is."""
    parts = unicodedata.decomposition(sign).split()
    if parts[:1] != ["<fraction>"]:
        return sign
    return " " + "".join(chr(int(code, 16)) for code in parts[1:])


def _undecided(text: str, found: list[Value], locale: str | None) -> str:
    kinds = {value.kind for value in found}
    said = [value.text if len(kinds) == 1 else f"{named(value.kind)} ({value.text})" for value in found if value.kind]
    hangs_on_customs = len(kinds) < len(found) or {"integer", "decimal"} <= kinds or " " in text
    by_locale = "a locale" if not locale and hangs_on_customs else ""
    by_type = "its type" if len(kinds) > 1 else ""
    how = " or ".join(filter(None, (by_locale, by_type))) or "nothing else here"
    return f"{text} may be {', '.join(said[:-1])} or {said[-1]}: {how} settles it"


def _meaningless(text: str, kind: Kind | None) -> str:
    if kind is not None:
        return f"{text} is not {named(kind)}"
    if re.search(r"[0-9)][+*=:][0-9(]|=$", text):
        return f"{text} is a calculation or a ratio, no number"
    return f"{text} is no number as people write them"
