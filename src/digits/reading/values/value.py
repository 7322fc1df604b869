"""A Value: what a number means, or why it has no meaning that can be relied on."""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, get_args

Kind = Literal[
    "integer", "decimal", "amount", "date", "time", "percent", "fraction", "range", "phone", "code"
]  # fmt: skip
"""What a number may be."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, order=True)
class MonthDay:
    """A day of any year; as text `--08-12`, which is XML Schema's gMonthDay."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"--{self.month:02}-{self.day:02}"


@dataclass(frozen=True)
class Range:
    """From a number to a higher one, both included; as text `10-12`."""

    low: Decimal
    high: Decimal

    def __str__(self) -> str:
        return f"{self.low:f}-{self.high:f}"


Meaning = int | Decimal | Fraction | date | time | MonthDay | Range | str
"""Python's own value; text for telephone numbers and codes, whose digits count nothing."""


@dataclass(frozen=True)
class Value:
    """What a number means.

    Attributes:
        kind: what it is; None if it has no value.
        value: None if it has none.
        unit: `%`, or the currency's sign as it is written; None if it has none.
        why: None, or why it has no value.
        alternatives: where there is no value, all that it may mean; else what else it might, seldom any.
    """

    kind: Kind | None
    value: Meaning | None
    unit: str | None = None
    why: str | None = None
    alternatives: tuple["Value", ...] = ()

    @classmethod
    def none(cls, why: str, alternatives: tuple["Value", ...] = ()) -> "Value":
        """No value, and why."""
        return cls(None, None, None, why, alternatives)

    @property
    def text(self) -> str:
        """The value as text, dates and times as ISO 8601 has them; empty if there is none."""
        if self.value is None:
            return ""
        return f"{self.value:f}" if isinstance(self.value, Decimal) else str(self.value)

    def to_json(self) -> dict[str, Any]:
        """A JSON object; the value is a string, never a float."""
        return {
            "kind": self.kind,
            "value": None if self.value is None else self.text,
            "unit": self.unit,
            "why": self.why,
            "alternatives": [
                {"kind": other.kind, "value": other.text, "unit": other.unit} for other in self.alternatives
            ],
        }


def named(kind: Kind) -> str:
    """A kind in a sentence: `an amount`, `a date`, `a telephone number`."""
    word = {"phone": "telephone number"}.get(kind, kind)
    return f"an {word}" if word[0] in "aeio" else f"a {word}"
