"""Boxes that somebody knows, from a file or otherwise, as the fields of a page.

    fields = given_fields(picture, load_boxes(Path("boxes.json")))

Notable choices:
- a box that is printed there, too, is taken as it is printed: with its tilt, and without its lines;
- what is wrong in a file is named by the number of the box, with what was expected.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from digits.errors import InputError, PictureError
from digits.reading.fields.fields import Field, find_fields, rows_of
from digits.reading.pictures.picture import Picture
from digits.reading.results import Box
from digits.reading.values.meaning import known_kind
from digits.reading.values.value import KINDS, Kind

_SAME_BOX = 0.5  # of what a given and a printed box cover together: what they share if they are the same
_MOST_DIGITS = 100
_BOXES = (
    'expected a list of boxes such as [10, 20, 300, 40] or {"box": [10, 20, 300, 40], "name": "amount", "expect": 8}'
)


@dataclass(frozen=True)
class GivenBox:
    """A box that somebody knows: left, top, width, height in the picture's own pixels, upright."""

    box: Box
    name: str | None = None
    expected: tuple[int, int] | None = None
    type: Kind | None = None


def given_fields(picture: Picture, boxes: Sequence[GivenBox]) -> list[Field]:
    """The fields of a page whose boxes are known, in the order in which they are given.

    Where a printed box lies at the same place, that one is taken, with its tilt, and without its lines.

    Raises:
        PictureError: a box lies outside of the picture.
    """
    height, width = (side * picture.scale for side in picture.pixels.shape[:2])
    printed = find_fields(picture)
    fields = []
    for number, given in enumerate(boxes, 1):
        left, top, across, down = given.box
        if left + across >= width + picture.scale or top + down >= height + picture.scale:
            what = f"box {number}" + (f" ({given.name})" if given.name else "")
            raise PictureError(
                f"{what} is {list(given.box)}, outside of {picture.name}, which is {width}×{height} pixels; "
                "expected left, top, width, height within the picture"
            )
        corners = np.array([(left, top), (left + across, top), (left + across, top + down), (left, top + down)])
        best = max(printed, key=lambda field: _shared(field.box(picture.scale), given.box), default=None)
        if best is None or _shared(best.box(picture.scale), given.box) < _SAME_BOX:
            best = Field(corners / picture.scale, 0)
        fields.append(replace(best, name=given.name, expected=given.expected, type=given.type))
    return [replace(field, line=int(row)) for field, row in zip(fields, rows_of(fields)[0], strict=True)]


def load_boxes(path: Path) -> tuple[GivenBox, ...]:
    """Known boxes from a JSON file: a list of `[left, top, width, height]`, or of objects with that as `box`.

    Such an object may have a `name`, as `expect` how many digits are expected, 8 or "3-5", and as `type` the kind of
    value that it holds: "amount", "date" …

    Raises:
        InputError: the file cannot be read, or something in it is not as it should be; which.
    """
    try:
        entries = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON: {' '.join(str(error).split())[:100]}; {_BOXES}") from error
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{path} holds {_named(entries)}; {_BOXES}")
    return tuple(_given(entry, f"{path}: box {number}") for number, entry in enumerate(entries, 1))


def parse_expected(text: str) -> tuple[int, int]:
    """How many digits are expected, "8" or "3-5", as the least and the greatest count.

    Raises:
        InputError: it is neither, or not from 1 to 100.
    """
    found = re.fullmatch(r"\s*([0-9]{1,3})(?:\s*-\s*([0-9]{1,3}))?\s*", text, re.ASCII)
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= least <= most <= _MOST_DIGITS:
        wanted = f"a count of digits such as 8, or a range such as 3-5, from 1 to {_MOST_DIGITS}"
        raise InputError(f"{text[:40]!r} is no count of digits; expected {wanted}")
    return least, most


def _given(entry: object, where: str) -> GivenBox:
    known = entry if isinstance(entry, dict) else {"box": entry}
    unknown = sorted(set(known) - {"box", "name", "expect", "type"})
    if unknown:
        raise InputError(f"{where} has {unknown[0]!r:.40}; expected box, name, expect and type, no others")
    box, name, expect, kind = (known.get(key) for key in ("box", "name", "expect", "type"))
    numbers = box if isinstance(box, list) else []
    whole = all(type(number) is int and abs(number) < 10**9 for number in numbers)
    if len(numbers) != 4 or not whole or min(numbers[:2]) < 0 or min(numbers[2:]) < 1:
        raise InputError(
            f"{where} is {_named(box)}; expected [left, top, width, height], whole pixels, 0 0 1 1 at least"
        )
    if not (name is None or isinstance(name, str)):
        raise InputError(f"{where} has the name {_named(name)}; expected a text")
    if not (expect is None or type(expect) is int or isinstance(expect, str)):
        raise InputError(
            f'{where} has the expect {_named(expect)}; expected a count such as 8, or a range such as "3-5"'
        )
    if not (kind is None or isinstance(kind, str)):
        raise InputError(f"{where} has the type {_named(kind)}; expected one of {', '.join(KINDS)}")
    left, top, width, height = numbers
    try:
        expected = None if expect is None else parse_expected(str(expect))
        known_type = known_kind(kind)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return GivenBox((left, top, width, height), name, expected, known_type)


def _named(value: object) -> str:
    """A JSON value, short enough for a message."""
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _shared(one: Box, other: Box) -> float:
    """What two boxes share of what they cover together."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    both = max(0, across) * max(0, down)
    return both / (one[2] * one[3] + other[2] * other[3] - both)
