"""What `digits explore` found, as lines of text for a terminal of 80 columns or a few more."""

from collections.abc import Sequence
from textwrap import fill

from digits import terminal
from digits.data.dataset import CLASSES, Dataset
from digits.data.duplicates import Duplicates, Overlap
from digits.data.explore import PIXELS, Exploration
from digits.data.recognise import Recognition

_SHOWN = (0, 405, 406, 407, 408, 783)
"""Pixels shown of the first rows: both ends, which are nearly always 0, and four of the middle."""

_NAMED = 5
"""How many groups of equal digits are named, by as many of their rows; `--json` has all."""

_WIDTH = 98
"""Longer facts go on in the next line."""


def describe(found: Exploration, recognition: Recognition) -> str:
    """What is in a Dataset: its name, its facts one a line, its classes."""
    pixels = found.all_pixels
    facts = [
        ("origin", found.origin),
        ("digits", f"{len(found):,}; images {found.dtype} {found.shape}, labels uint8 ({len(found)},)"),
        ("hash", found.hash),
        ("MNIST", _recognised(recognition)),
        *(("", line) for line in _shares_of_mnist(recognition)),
        ("duplicates", _duplicates(found.duplicates)),
        ("", _conflicts(found.duplicates)),
        ("all pixels", f"mean {pixels.mean:.2f}, std {pixels.std:.2f}, min {pixels.minimum}, max {pixels.maximum}"),
        ("", f"25 % {pixels.lower_quartile:g}, 50 % {pixels.median:g}, 75 % {pixels.upper_quartile:g}"),
        ("ink", f"{terminal.percent(found.ink_share)} of all pixels are above 0"),
        ("always empty", f"{found.empty.sum()} of {PIXELS} pixels"),
    ]
    lines = [
        fill(fact, _WIDTH, initial_indent=f"{name:<14}", subsequent_indent=" " * 14, break_long_words=False)
        for name, fact in facts
        if fact
    ]
    return "\n".join([f"{found.name}, {found.split}", *lines, "", _classes(found)])


def first_rows(dataset: Dataset, count: int) -> str:
    """The first digits as rows of a table: label and pixels, most of these left out."""
    count = min(count, len(dataset))
    flat = dataset.images[:count].reshape(count, PIXELS)
    headings = ["row".rjust(len(str(count - 1))), "label", *(f"pixel{pixel}" for pixel in _SHOWN)]
    rows = [[row, dataset.labels[row], *flat[row, _SHOWN]] for row in range(count)]
    aligned = [[str(cell).rjust(len(heading)) for cell, heading in zip(row, headings, strict=True)] for row in rows]
    table = terminal.table(_with_gaps(headings), [_with_gaps(row) for row in aligned])
    return f"{table}\n{count:,} of {len(dataset):,} digits, {len(_SHOWN)} of {PIXELS} pixels"


def describe_overlap(shared: Overlap, first: str, second: str) -> str:
    """Which digits two splits have in common."""
    if not shared.images:
        return f"{first} and {second} have no digit in common"
    text = (
        f"{first} and {second} have {_count(shared.images, 'picture')} in common: "
        f"{_count(len(shared.first_rows), 'digit')} of {first}, {_count(len(shared.second_rows), 'digit')} of {second}"
    )
    return f"{text}\n{shared.conflicting:,} of these under different labels" if shared.conflicting else text


def _classes(found: Exploration) -> str:
    width = max(7, len(f"{found.class_counts.max():,}") + 1)
    rows = {
        "digit": [str(digit) for digit in range(CLASSES)],
        "count": [f"{count:,}" for count in found.class_counts],
        "share": [f"{100 * count / len(found):.1f} %" for count in found.class_counts],
    }
    return "\n".join(name + "".join(cell.rjust(width) for cell in cells) for name, cells in rows.items())


def _recognised(recognition: Recognition) -> str:
    if recognition.exactly:
        return f"this is MNIST's {'training' if recognition.exactly == 'train' else 'test'} set itself"
    if recognition.share is None:
        return "unknown: too few digits to tell"
    share = f"about {100 * recognition.share:.0f} %" if recognition.found else "none"
    answer = "all these digits" if recognition.share == 1 else f"{share} of these digits"
    return f"{answer} are MNIST's ({recognition.found:,} of {recognition.probes:,} that were looked up)"


def _shares_of_mnist(recognition: Recognition) -> list[str]:
    """How much of MNIST there is, a line for each of its splits."""
    if recognition.exactly or not recognition.found:
        return []
    shares = {
        "training": (recognition.train_share, recognition.train_interval),
        "test": (recognition.test_share, recognition.test_interval),
    }
    return [
        f"{100 * share:.0f} % of its {name} digits are here (estimated, {100 * low:.0f} to {100 * high:.0f} %)"
        for name, (share, (low, high)) in shares.items()
    ]


def _duplicates(duplicates: Duplicates) -> str:
    if not duplicates.groups:
        return "none"
    return f"{_count(len(duplicates.groups), 'picture')} more than once ({duplicates.extra:,} to spare)"


def _conflicts(duplicates: Duplicates) -> str:
    groups = duplicates.conflicting
    if not groups:
        return ""
    named = "; ".join(", ".join(str(row) for row in group[:_NAMED]) for group in groups[:_NAMED])
    return f"{len(groups):,} of them under different labels, rows {named}{' …' if len(groups) > _NAMED else ''}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _with_gaps(cells: Sequence[str]) -> list[str]:
    """A row of the table, with `…` where pixels are left out."""
    return [*cells[:3], "…", *cells[3:7], "…", *cells[7:]]
