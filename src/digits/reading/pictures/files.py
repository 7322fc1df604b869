"""A picture's file: read, recognised by its first bytes, and opened within limits; nothing is decoded here.

Whatever cannot be opened is a PictureError that names the picture.

Notable choices:
- A file's first bytes say its format, and Pillow's decoder for that one alone is tried. Formats that start other
  programs (EPS), or that are seldom pictures of writing, are never opened; the common ones are named in the error.
- All limits are checked on the header. What costs more time than its pixels do has limits of its own: a JPEG's scans
  and the few kinds that Pillow decodes in Python.
- Pillow's decoders raise any kind of exception, warn, log and print: this module is the one place that knows.
"""

import ctypes
import io
import logging
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import (
    Image,
    TiffImagePlugin,  # noqa: F401 (these two are registered by being imported; else Pillow would import all it has)
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from digits.errors import PictureError

STANDARD_INPUT = "-"

MAX_BYTES = 256 * 1024**2
"""Of one file: an uncompressed A4 page in colour at 600 dots an inch takes 100 MB."""

MAX_PIXELS = 120_000_000
"""Of one page: A3 at 600 dots an inch has 70 million, the photo of a 108-megapixel phone 108; 200 megapixels are a
special mode of few phones. Pillow takes up to 4 bytes for each, half a gigabyte in all."""

MAX_WEBP_PIXELS = 40_000_000
"""Of a WebP, of which Pillow holds four copies at a time: about the same memory."""

MAX_HEIF_PIXELS = 60_000_000
"""Of a HEIC or AVIF, of which three copies are held: about the same memory. A phone's largest have 48 million."""

MAX_SCANS = 100
"""Of one JPEG: progressive ones have about ten; thousands over a large page would take hours."""

MAX_SLOW_PIXELS, MAX_SLOW_BYTES, MAX_COMMENTS = 4_000_000, 16_000_000, 100
"""Of a picture that Pillow decodes in Python: PGM and PPM in text or of an unusual range, BMP with run lengths."""

EXPECTED = "expected PNG, JPEG, WebP, TIFF, BMP, GIF, PGM, PPM, HEIC, AVIF or PDF"

PDF = "PDF"

_FORMATS = {  # Pillow's name of a format: what its files begin with
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "JPEG": rb"\xff\xd8\xff",
    "WEBP": rb"RIFF....WEBP",
    "TIFF": rb"II[*+]\x00|MM\x00[*+]",
    "BMP": rb"BM",
    "GIF": rb"GIF8[79]a",
    "PPM": rb"P[1-6][\s#]",
    "HEIF": rb"....ftyp(hei[cxms]|hev|mif1|msf1)",
    "AVIF": rb"....ftypavi[fs]",
    PDF: rb".{0,1000}?%PDF-",  # not Pillow's: `pdf_file.py`
}

_CONVERT = "convert it to JPEG or PNG"
_PLUGGED_IN = {  # formats whose decoder may be missing: what they are, and what brings it
    "HEIF": ("HEIC, as iPhones save photos", "pip install 'handwritten-digits[pictures]'"),
    "AVIF": ("AVIF", "a Pillow that was built with it: pip install --upgrade pillow"),
}
_FOREIGN = {  # what other files begin with: what they are, and what to do
    rb"....ftyp": ("a video", "save a frame of it as PNG"),
    rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head)": ("a web page", "save the picture that is in it"),
    rb"(\xef\xbb\xbf)?\s*<svg|(\xef\xbb\xbf)?\s*<[?!].{0,1000}<svg": (
        "SVG, a drawing made of lines",
        "export it as PNG",
    ),
    rb"version https://git-lfs": ("a Git LFS pointer, not the file itself", "get the file with: git lfs pull"),
    rb"\s*data:[\w.+-]*/[\w.+-]*[;,]": ("a data URL, a file written as text", "decode it, and give the file"),
    rb"%!PS|\xc5\xd0\xd3\xc6": ("PostScript", "save its pages as PNG or TIFF"),
    rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51": ("JPEG 2000", _CONVERT),
    rb"\x00\x00\x00\x0cJXL |\xff\x0a": ("JPEG XL", _CONVERT),
    rb"8BPS": ("a Photoshop document", _CONVERT),
    rb"\x00\x00\x01\x00": ("an icon", _CONVERT),
    rb".{128}DICM": ("DICOM", _CONVERT),
    rb"PK\x03\x04": ("a ZIP archive or an office document", "unpack it, or save its pages as PNG"),
    rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ": ("a compressed file", "unpack it first"),
    rb"\x93NUMPY": ("a NumPy file", "load it, and give the array"),
    rb"\x00\x00\x08[\x01\x03]": ("an IDX file, as MNIST has them", "give it as data, not as a picture"),
}

# What Pillow logs, and libtiff prints by itself, of a damaged file is in our error: without these two it would be on
# standard error, too. (Where libtiff is linked in, it has no such function for us, and goes on printing.)
logging.getLogger("PIL").addHandler(logging.NullHandler())
with suppress(AttributeError, OSError):
    ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler(None)  # type: ignore[attr-defined]


def read_content(source: Any, name: str) -> bytes:  # noqa: ANN401 (anything may be given; what fits is found out here)
    """All bytes of a picture that is a path (`-` is standard input), a file object, or the bytes themselves.

    Raises:
        PictureError: it is something else, cannot be read, or has more than MAX_BYTES.
    """
    if isinstance(source, str | Path):
        refuse_address(str(source))
    try:
        content = _read(source)
    except FileNotFoundError as error:
        raise PictureError(f"{name} does not exist; give a picture") from error
    except IsADirectoryError as error:
        raise PictureError(f"{name} is a folder; expected a picture: give the files in it") from error
    except Exception as error:  # a file object may raise anything
        raise PictureError(f"{name} cannot be read: {reason(error)}") from error
    if len(content) > MAX_BYTES:
        raise PictureError(
            f"{name} has too many bytes; expected at most {MAX_BYTES:,}: compress it, or split its pages"
        )
    return content


def refuse_address(source: str) -> None:
    """A PictureError if this is no path but an address on the web, or a picture written as text (a data URL)."""
    if re.match(r"(https?|ftp|data):", source, re.IGNORECASE):
        raise PictureError(
            f"{source[:60]} is an address, and nothing is downloaded; save the picture, and give its path"
        )


def format_of(content: bytes) -> str | None:
    """A format that is read, Pillow's name of it or PDF, by a file's first bytes; None for any other."""
    head = content[:2048]
    return next((known for known, begins in _FORMATS.items() if re.match(begins, head, re.DOTALL)), None)


def open_content(content: bytes, name: str, most_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture in a file's contents: its header read and found within the limits, nothing decoded yet.

    Args:
        content: the file.
        name: what to call it in errors.
        most_pixels: of a page; fewer for some formats.

    Raises:
        PictureError: it is no picture of a format that is read, is damaged, or breaks a limit.
    """
    format_name = format_of(content)
    if format_name is None:
        raise PictureError(f"{name} {_what_else(content[:2048])}")
    if format_name == PDF:
        raise PictureError(f"{name} is a PDF; expected a picture: read it with digits read, or save its pages as PNG")
    if format_name == "PNG" and len(content) >= 24:  # of an animation, Pillow makes room for a frame before it checks
        check_size(int.from_bytes(content[16:20]), int.from_bytes(content[20:24]), name, most=most_pixels)
    if format_name in _PLUGGED_IN:
        _plug_in(format_name, name)
    most = {"WEBP": MAX_WEBP_PIXELS, **dict.fromkeys(_PLUGGED_IN, MAX_HEIF_PIXELS)}.get(format_name, MAX_PIXELS)
    most = min(most, most_pixels)
    with decoder_at_work(name):
        image = Image.open(io.BytesIO(content), formats=[format_name])
        check_size(*image.size, name, most=most)
    if format_name == "JPEG" and content.count(b"\xff\xda") > MAX_SCANS:
        raise PictureError(f"{name} is a JPEG with more than {MAX_SCANS} scans; expected about ten: save it anew")
    decoders = {tile[0] for tile in getattr(image, "tile", [])}
    if decoders & {"ppm", "ppm_plain", "bmp_rle"} and (
        image.width * image.height > MAX_SLOW_PIXELS
        or len(content) > MAX_SLOW_BYTES
        or ("ppm_plain" in decoders and content.count(b"#") > MAX_COMMENTS)  # each is cut out of a copy of all
    ):
        raise PictureError(f"{name} is too large for this kind of {format_name}; save it as PNG")
    return image


def _plug_in(format_name: str, name: str) -> None:
    """Register the decoder of a format of _PLUGGED_IN with Pillow; a PictureError if it is not installed."""
    with suppress(ImportError):
        if format_name == "HEIF":
            import pillow_heif  # noqa: PLC0415  (comes with an extra)

            pillow_heif.register_heif_opener()
            return
        from PIL import AvifImagePlugin  # noqa: PLC0415  (only a picture in a hundred needs it)

        if AvifImagePlugin.SUPPORTED:
            return
    what, install = _PLUGGED_IN[format_name]
    raise PictureError(f"{name} is {what}, whose decoder is not installed; {_CONVERT}, or install it: {install}")


def check_size(width: int, height: int, name: str, page: int = 0, most: int = MAX_PIXELS) -> None:
    """A PictureError if a page has no pixel, or more than `most`."""
    if width < 1 or height < 1:
        raise PictureError(f"{place(name, page)} is {width}×{height} pixels; expected at least 1×1")
    if width * height > most:
        raise PictureError(
            f"{place(name, page)} is {width}×{height} pixels; expected at most {most:,} in all: make it smaller"
        )


@contextmanager
def decoder_at_work(name: str, page: int = 0) -> Iterator[None]:
    """Within, whatever Pillow (or PDFium) raises becomes a PictureError, and its warnings are not heard."""
    where = place(name, page)
    try:
        with _silence:
            yield
    except PictureError:
        raise
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{where} is too large (a decompression bomb?); expected at most {MAX_PIXELS:,} pixels: make it smaller"
        ) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{where} cannot be read as a picture: its header is damaged; copy or save it anew"
        ) from error
    except Exception as error:  # OSError, SyntaxError, ValueError, struct.error, zlib.error, TypeError, IndexError, …
        raise PictureError(f"{where} cannot be read as a picture: {reason(error)}; copy or save it anew") from error


def reason(error: Exception) -> str:
    """An exception in a few words, on one line."""
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    text = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
    return " ".join(text.split())[:200] or type(error).__name__


def _read(source: Any) -> bytes:  # noqa: ANN401
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | Path):
        if str(source) == STANDARD_INPUT:
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(source).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    if not hasattr(source, "read"):
        kind = type(source).__name__
        raise TypeError(f"expected a path, bytes, a file object, a Pillow image or a NumPy array; got {kind}")
    content = source.read(MAX_BYTES + 1)
    if not isinstance(content, bytes):
        raise TypeError(f"expected a file object that gives bytes, got {type(content).__name__}: open it in mode 'rb'")
    return content


def _what_else(head: bytes) -> str:
    """What a file is that begins so and is no picture that is read, what was expected, what to do."""
    for begins, (what, advice) in _FOREIGN.items():
        if re.match(begins, head, re.DOTALL | re.IGNORECASE):
            return f"is {what}; {EXPECTED}: {advice}"
    if not head:
        return f"is no picture but empty; {EXPECTED}"
    if re.fullmatch(rb"[\t\n\r\f\x1b -~\x80-\xff]+", head) and head.decode("utf-8", "ignore").strip():
        return f"is no picture but text; {EXPECTED}"
    return f"is no picture that can be read; {EXPECTED}"


def place(name: str, page: int) -> str:
    """A page, for errors."""
    return f"{name}, page {page + 1}," if page else name


class _Silence:
    """Pillow's warnings, ignored for as long as any thread is in here.

    What they warn of is refused anyway, or does no harm. `warnings.catch_warnings` alone is not made for threads: the
    first to leave would restore what the others still need.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._caught = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.filterwarnings("ignore", module="PIL")
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._caught.__exit__(None, None, None)


_silence = _Silence()
