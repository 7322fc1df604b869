"""Pictures, found and opened: whatever they come as, their pages come out upright, opaque, grey or RGB.

Whatever cannot be read is a PictureError that names the picture. What a file may be is decided in `files.py`,
what its pixels are in `pixels.py`.

Notable choices:
- A truncated file is refused: half a number, read silently, would be a wrong number.
- Only a PDF (drawn by `pdf_file.py`) and a TIFF have pages, its thumbnails and masks left out. Of an animation (GIF,
  PNG, WebP) and of a phone's JPEG with several images the first is read: the others show the same at another moment, or
  in another light.
- A very large page comes out at half its size or a quarter (`Picture.scale`): what follows is bounded so, and a JPEG is
  decoded in a fraction of the time. It keeps at least ENOUGH_PIXELS in all, not a number per side: a long till receipt
  keeps its width.
"""

import glob
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from digits.errors import PictureError
from digits.reading.pictures.files import (
    MAX_PIXELS,
    PDF,
    STANDARD_INPUT,
    check_size,
    decoder_at_work,
    format_of,
    open_content,
    read_content,
    reason,
    refuse_address,
)
from digits.reading.pictures.pdf_file import pages_of_pdf
from digits.reading.pictures.pixels import ARRAYS, Pixels, luminance, pixels_of_array, pixels_of_image

Source = str | Path | bytes | BinaryIO | Image.Image | npt.NDArray[Any]
"""A path (`-` is standard input), a file's contents, a file object, a Pillow image, or an array (`ARRAYS`)."""

SUFFIXES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".bmp",
        ".gif",
        ".webp",
        ".tif",
        ".tiff",
        ".pgm",
        ".ppm",
        ".pbm",
        ".pnm",
        ".pdf",
        ".heic",
        ".heif",
        ".avif",
    }
)
"""What is taken from a folder; a file that is named itself may be called anything."""

SIZE = (28, 28)

MAX_PAGES = 1000
"""Of one file. They come one after the other; more are more likely a file that was made to keep us busy."""

ENOUGH_PIXELS = 6_000_000
"""What a page is left with at least when it is made smaller: 3,000 × 2,000. Up to four times as many stay whole: A4 at
400 dots an inch, a 12-megapixel photo."""

_TILE_WIDTH, _TILE_LENGTH = 322, 323  # TIFF's tags
_SUBFILE, _THUMBNAIL_OR_MASK = 254, 0b101

_ORIENTATION = 274  # EXIF's tag
_AS_IS, _BACKWARDS = slice(None), slice(None, None, -1)
_UPRIGHT = {  # its values: whether rows and columns change places; then the rows, then the columns
    2: (False, _AS_IS, _BACKWARDS),
    3: (False, _BACKWARDS, _BACKWARDS),
    4: (False, _BACKWARDS, _AS_IS),
    5: (True, _AS_IS, _AS_IS),
    6: (True, _AS_IS, _BACKWARDS),
    7: (True, _BACKWARDS, _BACKWARDS),
    8: (True, _BACKWARDS, _AS_IS),
}


@dataclass(frozen=True, eq=False)
class Picture:
    """One page of a picture: opaque, upright.

    Attributes:
        name: what it is called in answers: its path as given, `-`, or what kind of source it is.
        page: counted from 0.
        pixels: uint8 (height, width) grey or (height, width, 3) RGB; read-only.
        scale: 1; 2 or 4 (of a PDF's page also 8, 16 …) where a very large page was made smaller: a length in `pixels`
            times `scale` is one in the pixels of the file (of the source; of a PDF's page at 300 dots an inch), turned
            upright.
    """

    name: str
    page: int
    pixels: Pixels
    scale: int = 1

    @cached_property
    def grey(self) -> Pixels:
        """The luminance, uint8 (height, width), read-only: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601)."""
        return self.pixels if self.pixels.ndim == 2 else _frozen(luminance(self.pixels))


def find_pictures(paths: Iterable[Path | str]) -> list[Path]:
    """The files themselves, all pictures in and below the folders, and what patterns match, sorted within each.

    A pattern (`scans/*.png`; `**` is any folders) is one that no file is called. `-`, for standard input, stays. Of
    folders, hidden files and macOS's copies in `__MACOSX` are left out.

    Raises:
        PictureError: a path does not exist, a pattern matches nothing, or a folder holds no picture.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        try:
            found += _found(path)
        except OSError as error:
            raise PictureError(f"{path} cannot be read: {reason(error)}") from error
    return found


def open_pictures(source: Source, name: str | None = None, most_pixels: int = MAX_PIXELS) -> Iterator[Picture]:
    """The pages of a picture, one after the other: memory is that of one page, and of the file.

    Args:
        source: the picture.
        name: what to call it; without it a path's text, a file object's name, `bytes`, `image` or `array`.
        most_pixels: of a page in a file; a PDF's are drawn smaller.

    Raises:
        PictureError: it cannot be read, or breaks a limit; when that page is asked for. No other error is raised.
    """
    name = name or name_of(source)
    if isinstance(source, np.ndarray):
        yield _picture_of_array(source, name)
    elif isinstance(source, Image.Image):
        yield _decode(source, name)
    else:
        content = read_content(source, name)
        yield from _pdf_pages(content, name) if format_of(content) == PDF else _image_pages(content, name, most_pixels)


def read_image(path: Path, *, invert: bool = False) -> npt.NDArray[np.uint8]:
    """A 28×28 picture as an image, uint8 (28, 28), 0 background to 255 ink; `invert` for dark ink on a light ground.

    Raises:
        PictureError: it cannot be opened, is no picture, or has another size.
    """
    name = str(path)
    image = open_content(read_content(path, name), name)
    if image.size != SIZE:
        width, height = image.size
        raise PictureError(f"{name} is {width}×{height} pixels; expected 28×28, one digit, as MNIST has them")
    grey = _decode(image, name).grey
    return 255 - grey if invert else grey


def _found(path: Path) -> list[Path]:
    """The path itself, the pictures in and below it, or those that it matches."""
    if str(path) == STANDARD_INPUT or (path.exists() and not path.is_dir()):
        return [path]
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if _is_picture(file, path))
        if not inside:
            raise PictureError(f"{path} holds no picture; expected {', '.join(sorted(SUFFIXES))}")
        return inside
    refuse_address(str(path))
    if not glob.has_magic(str(path)):
        raise PictureError(f"{path} does not exist; give a picture or a folder of them")
    matched = [match for match in sorted(map(Path, glob.glob(str(path), recursive=True))) if match.exists()]
    if not matched:
        raise PictureError(f"no file matches {path}; give a picture, a folder or another pattern")
    return [file for match in matched for file in _found(match)]


def _is_picture(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in file.relative_to(folder).parts)
    return file.suffix.lower() in SUFFIXES and not hidden and file.is_file()


def name_of(source: Source) -> str:
    """What a picture is called where it is given no name: its path or file, or what kind of source it is."""
    if isinstance(source, str | Path):
        return str(source)
    if isinstance(source, np.ndarray):
        return "array"
    if isinstance(source, Image.Image):
        return str(getattr(source, "filename", "") or "image")
    if isinstance(source, bytes | bytearray | memoryview):
        return "bytes"
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else type(source).__name__


def _pdf_pages(content: bytes, name: str) -> Iterator[Picture]:
    for page, (pixels, scale) in enumerate(pages_of_pdf(content, name, 4 * ENOUGH_PIXELS)):
        _check_number(page, name)
        yield Picture(name, page, _frozen(pixels), scale)


def _image_pages(content: bytes, name: str, most_pixels: int) -> Iterator[Picture]:
    image = open_content(content, name, most_pixels)
    drafted = _draft(image, name)
    for page in _page_numbers(image, name):
        yield _decode(image, name, page, drafted, most_pixels)


def _check_number(page: int, name: str) -> None:
    if page >= MAX_PAGES:
        raise PictureError(f"{name} has more than {MAX_PAGES:,} pages; split it")


def _page_numbers(image: Image.Image, name: str) -> Iterator[int]:
    """The numbers of an opened picture's pages; the picture stands at the page whose number was given last."""
    yield 0
    page = 1
    while image.format == "TIFF":
        with decoder_at_work(name, page):
            try:
                image.seek(page)
            except EOFError:
                return
            is_page = not int(image.tag_v2.get(_SUBFILE, 0)) & _THUMBNAIL_OR_MASK  # type: ignore[attr-defined]
        _check_number(page, name)
        if is_page:
            yield page
        page += 1


def _decode(image: Image.Image, name: str, page: int = 0, drafted: int = 1, most_pixels: int = MAX_PIXELS) -> Picture:
    """The page at which an opened picture stands, `drafted` times smaller already."""
    with decoder_at_work(name, page):
        check_size(*image.size, name, page, most_pixels)
        if hasattr(image, "tag_v2"):  # a tile is decoded whole, however little of it the picture uses
            check_size(image.tag_v2.get(_TILE_WIDTH, 1), image.tag_v2.get(_TILE_LENGTH, 1), name, page, most_pixels)
        image.load()
        scale = _scale(*image.size) if drafted == 1 else 1
        pixels = _turned(pixels_of_image(image, scale), _orientation(image))
    return Picture(name, page, _frozen(pixels), drafted * scale)


def _picture_of_array(array: npt.NDArray[Any], name: str) -> Picture:
    array, scale = np.asarray(array), 1
    if array.ndim >= 2:
        check_size(array.shape[1], array.shape[0], name)
        scale = _scale(array.shape[1], array.shape[0])
    try:
        return Picture(name, 0, _frozen(pixels_of_array(array, scale)), scale)
    except ValueError as error:
        raise PictureError(f"{name} cannot be read: {error}; expected {ARRAYS}") from error


def _scale(width: int, height: int) -> int:
    """How often smaller a page of this size is made."""
    fitting = (scale for scale in (4, 2) if width * height >= ENOUGH_PIXELS * scale**2 and min(width, height) >= scale)
    return next(fitting, 1)


def _draft(image: Image.Image, name: str) -> int:
    """Have a very large JPEG decoded at a half or a quarter of its size; gives how often smaller it will be."""
    width, height = image.size
    scale = _scale(width, height)
    if scale == 1 or not isinstance(image, JpegImageFile):
        return 1
    with decoder_at_work(name):
        image.draft(None, (width // scale, height // scale))
    return round(max(width, height) / max(image.size))


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation, 1 to 8; 1 where none can be read. (Pillow turns a TIFF itself, and takes the tag away.)"""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a camera's damaged notes are no reason to refuse its picture
        return 1


def _turned(pixels: Pixels, orientation: int) -> Pixels:
    """Pixels upright, which are stored in one of EXIF's eight orientations."""
    transposed, rows, columns = _UPRIGHT.get(orientation, (False, _AS_IS, _AS_IS))
    return np.ascontiguousarray((pixels.swapaxes(0, 1) if transposed else pixels)[rows, columns])


def _frozen(pixels: Pixels) -> Pixels:
    pixels.flags.writeable = False
    return pixels
