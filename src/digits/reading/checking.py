"""Check digits: whether a number's digits fit, and which one a doubtful digit must be.

    checked(number, "ean13", least=0.9)

Notable choices:
- one doubtful digit becomes the only one that fits, and the number says so; two doubtful ones stay doubtful;
- what fits must be likely, too, all known together: the only digit that fits one number in ten fits by chance.
  A digit that does not look at all like what fits is not made it;
- a number whose digits are all sure and do not fit is unsure as a whole.
"""

from dataclasses import dataclass, replace
from importlib import import_module

from digits.errors import InputError, MissingExtraError
from digits.reading.results import Digit, Number

PLAUSIBLE = 0.01
"""The probability that a digit must have by itself to be made what fits; by eye."""

BY_CHANCE = 0.1
"""How likely a wrong number fits all the same: one check digit of ten."""


@dataclass(frozen=True)
class Scheme:
    """A way to check digits.

    Attributes:
        module: of python-stdnum, which knows it.
        counts: how many digits such a number has; any, if empty.
    """

    module: str
    counts: tuple[int, ...] = ()


SCHEMES = {
    "luhn": Scheme("luhn"), "mod97": Scheme("iso7064.mod_97_10"), "mod11": Scheme("iso7064.mod_11_10"),
    "verhoeff": Scheme("verhoeff"), "damm": Scheme("damm"), "ean8": Scheme("ean", (8,)), "ean13": Scheme("ean", (13,)),
    "isbn": Scheme("isbn", (13,)), "imei": Scheme("imei", (15,)), "esr": Scheme("ch.esr"),
    "ahv": Scheme("ch.ssn", (13,)),
}  # fmt: skip
"""Of any number, of articles, books, telephones; of Swiss payments (esr) and insured persons (ahv)."""

SUM = "sum"
"""What is checked of columns, not of digits: `sums.py`."""

CHECKS = (*SCHEMES, SUM)


def known_check(name: str) -> str:
    """A check by its name; what it needs is installed.

    Raises:
        InputError: there is none of this name.
        MissingExtraError: python-stdnum is not installed.
    """
    if name == SUM:
        return name
    if name not in SCHEMES:
        raise InputError(f"{name[:40]!r} is no check; expected one of {', '.join(CHECKS)}")
    try:
        import_module(f"stdnum.{SCHEMES[name].module}")
    except ImportError as error:
        how = "install it with: pip install 'handwritten-digits[values]'"
        raise MissingExtraError(f"check digits need python-stdnum ({error}); {how}") from error
    return name


def fits(digits: str, name: str) -> bool:
    """Whether digits have the check digit that they should have."""
    scheme = SCHEMES[name]
    valid = import_module(f"stdnum.{scheme.module}").is_valid
    return (len(digits) in scheme.counts if scheme.counts else len(digits) > 1) and bool(valid(digits))


def checked(number: Number, name: str, least: float) -> Number:
    """A number after its check: a doubtful digit is the one that fits, or the number is unsure; its note says which.

    Args:
        number: the number; one without digits stays as it is.
        name: of the check.
        least: the confidence from which on a number is given.
    """
    digits = [mark for mark in number.marks if isinstance(mark, Digit)]
    text, counts = "".join(digit.text for digit in digits), SCHEMES[name].counts
    if not digits:
        return number
    if counts and len(text) not in counts:
        wanted = " or ".join(map(str, counts))
        return _unsure(number, f"{name} checks numbers of {wanted} digits, this has {len(text)}")
    doubtful = [place for place, digit in enumerate(digits) if digit.unsure]
    if not doubtful:
        if fits(text, name):
            return replace(number, note=f"its digits fit {name}")
        return _unsure(number, f"its digits do not fit {name}")
    if len(doubtful) > 1:
        return _unsure(number, f"{len(doubtful)} digits are doubtful: {name} settles one at the most")
    return _settled(number, digits, doubtful[0], name, least)


def _settled(number: Number, digits: list[Digit], place: int, name: str, least: float) -> Number:
    """A number whose one doubtful digit is the only one that fits, if that is likely enough."""
    texts = [digit.text for digit in digits]
    choices = ["".join([*texts[:place], str(one), *texts[place + 1 :]]) for one in range(10)]
    fitting = [one for one, text in enumerate(choices) if fits(text, name)]
    if len(fitting) != 1:
        return _unsure(number, f"no digit in place {place + 1} fits {name}")
    old, new = digits[place], str(fitting[0])
    own = float(old.probabilities[fitting[0]])
    others = min(1.0, number.confidence / max(old.confidence, number.confidence, PLAUSIBLE))
    sure = others * own / (others * own + (1 - others) * BY_CHANCE + 1e-9)
    if own < PLAUSIBLE or sure < least:
        return _unsure(number, f"by {name}, digit {place + 1} would be {new}, which is too unlikely ({own:.2f})")
    mark = replace(old, text=new, confidence=max(own, sure), unsure=None)
    at = next(at for at, known in enumerate(number.marks) if known is old)
    marks = (*number.marks[:at], mark, *number.marks[at + 1 :])
    text = number.text[:at] + new + number.text[at + 1 :]
    before = "" if old.text == new else f"; {old.text} looked likelier"
    note = f"by {name}, digit {place + 1} can only be {new}{before}"
    return replace(number, text=text, marks=marks, confidence=max(number.confidence, sure), note=note)


def _unsure(number: Number, why: str) -> Number:
    return replace(number, doubt=number.doubt or why, note=why)
