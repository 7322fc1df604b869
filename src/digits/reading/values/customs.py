"""What people of a country write: their decimal mark, what parts thousands, and the order of a date.

From CLDR, by way of babel, which is loaded only when a locale is named.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from digits.errors import InputError, MissingExtraError

DASHES = "‐‑‒–—−"
"""Hyphens, dashes and the minus of Unicode: all are `-` to us."""

_SPACES = "\u00a0\u2007\u2009\u202f"
_ALIKE = str.maketrans({**dict.fromkeys(DASHES, "-"), **dict.fromkeys(_SPACES, " "), "’": "'", "⁄": "/", "∶": ":"})

_PARTS_OF_A_DATE = {"d": "day", "M": "month", "L": "month", "y": "year"}


@dataclass(frozen=True)
class Customs:
    """How numbers and dates are written; all unknown where no locale is named.

    Attributes:
        decimal: the decimal mark; None if it is not known.
        groups: what may part thousands.
        grouping: how many digits the last group has, and each before it: (3, 3), in India (3, 2).
        order: of a date: `day`, `month`, `year` as they follow each other; None if it is not known.
    """

    decimal: str | None = None
    groups: str = ""
    grouping: tuple[int, int] = (3, 3)
    order: tuple[str, ...] | None = None


@lru_cache
def customs_of(locale: str | None) -> Customs:
    """The customs of a locale such as `de_CH` or `en-US`; those of nobody if it is None.

    Raises:
        InputError: there is no such locale.
        MissingExtraError: babel is not installed.
    """
    if locale is None:
        return Customs()
    try:
        from babel import Locale, UnknownLocaleError  # noqa: PLC0415  (seldom needed, and not by `import digits`)
    except ImportError as error:
        how = "install it with: pip install 'handwritten-digits[values]'"
        raise MissingExtraError(f"a locale needs babel ({error}); {how}") from error
    try:
        found = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise InputError(f"{locale[:40]!r} is no locale; expected one such as de_CH, en_US or fr_FR") from error
    systems = found.number_symbols
    symbols = systems.get("latn") or systems.get(found.default_numbering_system) or {}
    pattern = re.sub(r"'[^']*'", "", found.date_formats["short"].pattern)
    order = tuple(dict.fromkeys(_PARTS_OF_A_DATE[letter] for letter in pattern if letter in _PARTS_OF_A_DATE))
    last, others = found.decimal_formats[None].grouping
    return Customs(
        alike(symbols["decimal"]), alike(symbols["group"]), (last, others), order if len(order) == 3 else None
    )


def alike(text: str) -> str:
    """Text with one sign for all dashes, one for all spaces, one for all apostrophes."""
    return text.translate(_ALIKE)
