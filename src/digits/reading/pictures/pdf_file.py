"""A PDF's pages as pixels, one after the other, as PDFium, the library within Chrome, draws them.

Whatever cannot be drawn is a PictureError that names the PDF and the page.

Notable choices:
- 300 dots an inch, as offices scan. A page that would have more pixels than are of use is drawn at a half, a quarter …
  of that: even one of 100 × 100 metres is. A page without colour comes out grey, as a scan of it would.
- PDFium mends damage as well as it can, and would draw half a page without a word: a file without its end is refused.
- PDFium draws in a process of its own (`pdf_drawer.py`). A few hundred bytes can hold work for years (a form that shows
  itself four times) or fill any memory, and no call of PDFium can be stopped; nor is it made for threads. The process
  costs a tenth of a second a file. It draws a page ahead and waits: memory is that of two pages.
"""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np

from digits.errors import PictureError
from digits.reading.pictures.files import check_size, decoder_at_work, place
from digits.reading.pictures.pixels import Pixels

DOTS_PER_INCH = 300

MAX_SECONDS = 20.0
"""To draw a page: a scan takes a tenth of a second, a dense map a few."""

MAX_MEMORY = 2 * 1024**3
"""Bytes, of the process that draws: the file twice, a page twice, and the largest of its pictures."""

_DRAWER = Path(__file__).with_name("pdf_drawer.py")
_AFTER_END = 1024  # bytes that may follow the end's mark: the limit of Acrobat
_ERRORS = {
    "encrypted": "is encrypted; expected a PDF that opens without a password",
    "damaged": "is a damaged PDF, or one without pages; copy or save it anew",
    "page": "cannot be drawn: this page of the PDF is damaged; copy or save it anew",
}


def pages_of_pdf(content: bytes, name: str, most_pixels: int) -> Iterator[tuple[Pixels, int]]:
    """The pages of a PDF, each drawn when the one before is asked for.

    Args:
        content: the file.
        name: what to call it in errors.
        most_pixels: of a page; one that would have more at 300 dots an inch is drawn smaller.

    Yields:
        A page's pixels, uint8 (height, width) grey or (height, width, 3) RGB, and how often smaller than at 300 dots an
        inch they are: 1, 2, 4, 8 …

    Raises:
        PictureError: it is encrypted, damaged or truncated, or breaks a limit; when that page is asked for.
    """
    end = content.rfind(b"%%EOF")
    if end < 0 or len(content[end:].rstrip(b"\0\t\n\r ")) > _AFTER_END:
        raise PictureError(f"{name} is a PDF without its end: damaged, or not all of it; copy or save it anew")
    command = [sys.executable, str(_DRAWER), *map(str, (DOTS_PER_INCH, most_pixels, MAX_SECONDS, MAX_MEMORY))]
    with decoder_at_work(name):
        drawer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with drawer:
        assert drawer.stdin
        assert drawer.stdout
        try:
            with suppress(OSError):  # it has ended, which is noticed when it is listened to
                drawer.stdin.write(content)
                drawer.stdin.close()
            for number in itertools.count():
                with decoder_at_work(name, number):
                    page = _next_page(drawer.stdout, name, number)
                if page is None:
                    return
                yield page
        finally:
            drawer.kill()


def _next_page(drawn: IO[bytes], name: str, number: int) -> tuple[Pixels, int] | None:
    """What `pages_of_pdf` gives; None after the last page."""
    message = json.loads(drawn.readline() or "{}")
    if message.get("end"):
        return None
    if "error" in message:
        raise PictureError(f"{place(name, number)} {_ERRORS[message['error']]}")
    width, height = message.get("width", 1), message.get("height", 1)
    check_size(width, height, name, number)
    content = drawn.read(width * height * 3)
    if len(content) < width * height * 3:
        raise PictureError(
            f"{place(name, number)} cannot be drawn: it takes more than {MAX_SECONDS:g} seconds, more than "
            f"{MAX_MEMORY / 1e9:.0f} GB, or breaks PDFium; save it as PNG"
        )
    pixels = np.frombuffer(content, np.uint8).reshape(height, width, 3)
    red, green, blue = (pixels[:, :, channel] for channel in range(3))
    is_grey = np.array_equal(red, green) and np.array_equal(green, blue)
    return (np.ascontiguousarray(green) if is_grey else pixels), message["scale"]
