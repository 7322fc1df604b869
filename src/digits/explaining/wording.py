"""How the sentences of an explanation name counts, lists, marks and probabilities."""

from collections.abc import Sequence

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def counted(count: int, name: str) -> str:
    """`one mark`, `two edges of a page`, `12 marks`: the first word of the name is what is counted."""
    number = _COUNTS[count] if count < len(_COUNTS) else str(count)
    first, _, rest = name.partition(" ")
    return f"{number} {name}" if count == 1 else f"{number} {first}s {rest}".rstrip()


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def a(mark: int | str) -> str:
    """A mark with its article: `a 7`, `an 8`, `a “-”`."""
    text = str(mark)
    return f"an {text}" if text == "8" else f"a {text}" if text.isdigit() else f"a “{text}”"


def probability(value: float) -> str:
    """With two places, and never 0."""
    return f"{value:.2f}" if value >= 0.005 else "less than 0.01"


def place(number: int) -> str:
    """`first` for 0; from the eleventh on in figures."""
    if number < len(_PLACES):
        return _PLACES[number]
    count = number + 1
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"
