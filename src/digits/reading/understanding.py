"""What is wanted of a page's numbers besides their marks: values, check digits, sums.

`Reader.read_page` ends with it; no network is asked, and nothing that was read is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from digits.reading.pictures.picture import Picture
from digits.reading.results import Number, Reading
from digits.reading.values.customs import customs_of
from digits.reading.values.meaning import known_kind, value_of
from digits.reading.values.value import Kind, Value, named


@dataclass(frozen=True)
class Wanted:
    """How numbers are to be understood.

    Attributes:
        locale: whose customs settle what may mean several things; None: nobody's.
        type: the kind of value that is expected; None: any.
        check: the check digits that numbers have, or `sum`; None: none are known.
    """

    locale: str | None = None
    type: Kind | None = None
    check: str | None = None

    @classmethod
    def of(cls, locale: str | None, type: str | None, check: str | None) -> "Wanted":
        """What is wanted, all of which exists.

        Raises:
            InputError: there is no such locale, type or check.
            MissingExtraError: the library that knows it is not installed.
        """
        customs_of(locale)
        if check is not None:
            from digits.reading.checking import known_check  # noqa: PLC0415  (loaded to check only)

            known_check(check)
        return cls(locale, known_kind(type), check)


def understood(
    reading: Reading, wanted: Wanted, least: float, *, picture: Picture | None = None, types: Sequence[str | None] = ()
) -> Reading:
    """A Reading whose numbers have values, and notes of what was checked.

    Args:
        reading: what was read.
        wanted: how it is to be understood.
        least: the confidence from which on a number is given.
        picture: the page that was read, for the lines above its totals; None where there is none to look at.
        types: of each field of a form, the kind that it holds; None where that is not known.
    """
    numbers = list(reading.numbers)
    kinds = [_type_of(number, types) or wanted.type for number in numbers]
    if wanted.check:
        from digits.reading.checking import SUM, checked  # noqa: PLC0415
        from digits.reading.sums import with_sums  # noqa: PLC0415

        if wanted.check == SUM:
            numbers = list(with_sums(numbers, picture, locale=wanted.locale, type=wanted.type))
        else:
            numbers = [checked(number, wanted.check, least) for number in numbers]
    numbers = [_meant(number, wanted.locale, kind) for number, kind in zip(numbers, kinds, strict=True)]
    return replace(reading, numbers=tuple(numbers))


def _type_of(number: Number, types: Sequence[str | None]) -> str | None:
    return types[number.field] if number.field is not None and number.field < len(types) else None


def _meant(number: Number, locale: str | None, type: str | None) -> Number:
    """A number with its value; one that is not what is expected is unsure."""
    if number.doubt:
        return replace(number, value=Value.none(number.doubt))
    value, kind = value_of(number.text, locale=locale, type=type), known_kind(type)
    is_other = kind and number.text and not number.unsure and value.kind is None and not value.alternatives
    doubt = f"{named(kind)} was expected: {value.why}" if kind and is_other else None
    return replace(number, value=value, doubt=doubt)
