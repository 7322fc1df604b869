"""A program of its own, which `pdf_file.py` starts: draws a PDF's pages, one after the other, with PDFium.

Standard input is the PDF. On standard output, a page is a line of JSON, `{"width": …, "height": …, "scale": …}`, and
its RGB pixels, three bytes each. The last line is `{"end": true}`, or `{"error": …}`: "encrypted", "damaged" or "page".

Notable choices:
- it ends by itself where a page takes too long, even within an endless loop of PDFium's and when nobody is left to read
  it. That takes a thread that needs nothing of Python's: that of `faulthandler`.
"""

import faulthandler
import json
import math
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pypdfium2
from pypdfium2 import raw

_POINTS_PER_INCH = 72  # PDF's unit of length
_WHITE = (255, 255, 255, 255)


def main(dots: float, most_pixels: int, seconds: float, memory: int) -> None:
    """Draw all pages.

    Args:
        dots: an inch; a page that would have more than `most_pixels` gets a half, a quarter … of them: `scale`.
        most_pixels: of a page.
        seconds: that a page may take.
        memory: bytes that this process may take (where the system can limit it: not on Windows).
    """
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    content = sys.stdin.buffer.read()
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        for part in _parts(content, dots, most_pixels):
            faulthandler.cancel_dump_traceback_later()  # whoever reads may take their time
            sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)


def _parts(content: bytes, dots: float, most_pixels: int) -> Iterator[bytes | memoryview]:
    """What is to be written, piece by piece."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        yield _line(error="encrypted" if locked else "damaged")
        return
    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            yield _line(error="page")
            return
        full = [side * dots / _POINTS_PER_INCH for side in page.get_size()]
        scale = 2 ** max(0, math.ceil(math.log(math.prod(full) / most_pixels, 4)))
        width, height = (max(1, round(side / scale)) for side in full)
        yield _line(width=width, height=height, scale=scale)
        bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR, rev_byteorder=True)
        bitmap.fill_rect(_WHITE, 0, 0, width, height)
        flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
        yield memoryview(bitmap.buffer)
        bitmap.close()
        page.close()
    yield _line(end=True)


def _line(**values: Any) -> bytes:  # noqa: ANN401
    return json.dumps(values).encode() + b"\n"


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
