"""What is said between the server and its worker processes: a Job goes in, lines of bytes come out.

A line is a letter and JSON: `T` the job is taken, `P` a page, `E` why the file is not read (further), `O` an option
that cannot be used, `F` a fault of ours, `.` the end. No pickle comes back: what a picture makes of the process that
decodes it must not become a program in the server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from digits.reading.results import Reading

READY = b"ready"
"""What a worker says first; instead, an `F` if it cannot work."""

TAKEN, PAGE, ERROR, OPTION, FAULT, END = (letter.encode() for letter in "TPEOF.")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A file, and what is wanted of it.

    Attributes:
        what: `read` all pages, `classify` the one digit of the first, `explain` one page.
        name: what the file is called.
        content: the file.
        options: of the Reader, those that are not the server's own.
        pages: that may be read of it.
        pixels: of a page.
        forms: whether digits come with their 28×28 pixels.
        pictures: whether pages come with their picture, `image`, and their width and height, `size`.
        page: which page is explained, from 0.
        number: which number of it is; None for all.
        seconds: after which the process ends itself, should nobody be left to end it.
    """

    what: Literal["read", "classify", "explain"]
    name: str
    content: bytes
    options: Mapping[str, Any] = field(default_factory=dict)
    pages: int
    pixels: int
    forms: bool = False
    pictures: bool = False
    page: int = 0
    number: int | None = None
    seconds: float


def unread(name: str, page: int, why: str) -> dict[str, Any]:
    """The entry of a file, or of what is left of it, that could not be read."""
    return Reading(name, page, (), why).to_json()
