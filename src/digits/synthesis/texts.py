"""What numbers people write: counts, amounts, dates, times, codes, sums; with their signs.

Notable choices:
- the shares are by eye, from receipts, forms and cheques: they are what a network learns to expect, so that nothing is
  so rare that it would not be believed;
- zeros are frequent at the end of what people count in, as in real amounts, and low digits at the beginning (Benford
  1938): a network that has seen few numbers begin with a 1 takes it for a line beside them.
"""

from collections.abc import Callable

import numpy as np

Random = np.random.Generator

MARKS = "0123456789.,-/:+=%()€$£#'*"
"""Digits and signs that a number may hold. The minus sign and all dashes are one mark, `-`."""


def draw_text(random: Random, longest: int = 13) -> str:
    """One number as people write it.

    Args:
        random: what it is drawn from.
        longest: digits of a plain number at the most.
    """
    chosen = _NAMES[int(random.choice(len(_NAMES), p=_SHARES))]
    return _KINDS[chosen](random, longest)


def digits(random: Random, count: int, zeros: float = 0.0) -> str:
    """So many digits; a share of the numbers ends in zeros."""
    drawn = [str(digit) for digit in random.integers(0, 10, count)]
    if count > 1 and random.random() < _COUNTED:
        drawn[0] = str(random.choice(9, p=_BENFORD) + 1)
    if random.random() < zeros:
        last = int(random.integers(1, count + 1))
        drawn[-last:] = ["0"] * last
        drawn[0] = str(random.choice(9, p=_BENFORD) + 1)
    return "".join(drawn)


_COUNTED = 0.6
"""The share of the numbers that count something, whose first digits follow Benford's law; by eye."""

_BENFORD = np.log10(1 + 1 / np.arange(1, 10))


def _whole(random: Random, longest: int) -> str:
    """One to some digits, short ones most often."""
    count = (
        int(min(longest, 1 + random.geometric(0.28)))
        if random.random() < 0.75
        else int(random.integers(1, longest + 1))
    )
    return digits(random, count, zeros=0.25)


def _single(random: Random, longest: int) -> str:
    return digits(random, 1)


def _amount(random: Random, longest: int) -> str:
    """With marks between thousands, cents, a dash or dot at the end, at times a currency."""
    whole = digits(random, int(random.integers(1, 8)), zeros=0.6)
    style = random.random()
    between = random.choice([".", ",", "'", ""], p=[0.45, 0.2, 0.1, 0.25])
    if between:
        whole = _grouped(whole, str(between))
    if style < 0.45:
        cents = random.choice([digits(random, 2), "00", "50"], p=[0.6, 0.3, 0.1])
        whole += ("," if between in {".", "'"} and random.random() < 0.8 else str(random.choice([".", ","]))) + str(
            cents
        )
    if random.random() < 0.35:
        whole += str(random.choice([".-", ",-", "-", ".", ",", "=", "/-"], p=[0.2, 0.1, 0.25, 0.25, 0.1, 0.06, 0.04]))
    if random.random() < 0.15:
        sign = str(random.choice(["€", "$", "£", "#", "*"]))
        whole = sign + whole if random.random() < 0.6 else whole + sign
    return whole


def _decimal(random: Random, longest: int) -> str:
    point = str(random.choice([".", ","]))
    return digits(random, int(random.integers(1, 4))) + point + digits(random, int(random.integers(1, 4)))


def _date(random: Random, longest: int) -> str:
    day, month = int(random.integers(1, 32)), int(random.integers(1, 13))
    year = str(random.choice([str(random.integers(1850, 2031)), f"{random.integers(0, 100):02}"]))
    padded = random.random() < 0.6
    parts = [f"{part:02}" if padded else str(part) for part in (day, month)]
    parts = {0: [*parts, year], 1: [year, *parts[::-1]], 2: parts}[int(random.choice(3, p=[0.6, 0.15, 0.25]))]
    between = str(random.choice([".", "/", "-"], p=[0.35, 0.4, 0.25]))
    return between.join(parts) + ("." if between == "." and len(parts) == 2 else "")


def _time(random: Random, longest: int) -> str:
    between = ":" if random.random() < 0.8 else "."
    text = f"{random.integers(0, 24)}{between}{random.integers(0, 60):02}"
    return text + f":{random.integers(0, 60):02}" if random.random() < 0.1 else text


def _signed(random: Random, longest: int) -> str:
    number = _whole(random, 5) if random.random() < 0.7 else _decimal(random, longest)
    return f"({number})" if random.random() < 0.15 else str(random.choice(["-", "+"], p=[0.75, 0.25])) + number


def _percent(random: Random, longest: int) -> str:
    return (_whole(random, 3) if random.random() < 0.6 else _decimal(random, longest)) + "%"


def _fraction(random: Random, longest: int) -> str:
    return f"{_whole(random, 3)}/{_whole(random, 3)}"


def _range(random: Random, longest: int) -> str:
    return f"{_whole(random, 4)}-{_whole(random, 4)}"


def _code(random: Random, longest: int) -> str:
    """Groups of digits with dashes or slashes between, an account's or telephone's; or a number of a list."""
    if random.random() < 0.4:
        return str(random.choice(["#", "("])) + digits(random, int(random.integers(1, 4)))
    if random.random() < 0.4:
        return digits(random, int(random.integers(1, 3))) + str(random.choice([".", ")", ".)", ":"]))
    groups = [digits(random, int(random.integers(2, 6))) for _ in range(int(random.integers(2, 4)))]
    return str(random.choice(["-", "/"])).join(groups)


def _sum(random: Random, longest: int) -> str:
    """A small calculation, written without spaces."""
    text = _whole(random, 3) + str(random.choice(["+", "-", "/", ":"], p=[0.45, 0.3, 0.15, 0.1])) + _whole(random, 3)
    return text + "=" + (_whole(random, 3) if random.random() < 0.5 else "") if random.random() < 0.4 else text


def _grouped(whole: str, between: str) -> str:
    head = len(whole) % 3
    return between.join(([whole[:head]] if head else []) + [whole[at : at + 3] for at in range(head, len(whole), 3)])


_KINDS: dict[str, Callable[[Random, int], str]] = {
    "whole": _whole, "single": _single, "amount": _amount, "decimal": _decimal, "date": _date, "time": _time,
    "signed": _signed, "percent": _percent, "fraction": _fraction, "range": _range, "code": _code, "sum": _sum,
}  # fmt: skip
_NAMES = tuple(_KINDS)
_SHARES = (0.4, 0.05, 0.2, 0.06, 0.06, 0.03, 0.04, 0.03, 0.03, 0.02, 0.05, 0.03)
"""How often each kind is written; by eye."""
