"""Decoded pixels of any mode or dtype → opaque ones, uint8: (height, width) grey or (height, width, 3) RGB.

Notable choices:
- **More than 8 bits** are scaled by the bits in use: white is 2^k − 1, for the smallest k that holds the brightest
  value. So a 12-bit scan in a 16-bit file has all 256 shades, a picture of one value stays one, and blank paper's noise
  is never stretched to full contrast, as it would be from minimum to maximum. That is left to values without a natural
  white: negative ones, and floats that fit neither 0 to 1 nor 0 to 255.
- **Transparency** gets the ground on which its ink can be seen: black below light ink, white below dark ink (by its
  brightness weighted by alpha). But a sheet of paper that was cut out has a transparent margin, which gets the paper's
  colour: a sheet fills most of its box and shows more than one shade. Its half-transparent pixels, a soft edge or a
  shadow, count as margin, so that no frame is left.
- Alpha is relative to its largest value: a faint layer is seen, and one that is the same everywhere says nothing.
"""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
"""(height, width) grey or (height, width, 3) RGB."""

ARRAYS = "uint8, bool, uint16 or float (0 to 1, or 0 to 255), (height, width) grey or (height, width, 1 to 4 channels)"
"""What arrays are taken, in words: 2 channels are grey and alpha, 3 RGB, 4 RGBA."""

BLOCK = 2**20
"""Pixels that are worked on at once where they need more than a byte: memory stays near that of the result."""

MEASURED = 2**20
"""Pixels, about, from which the ground is found, spread evenly."""

OPAQUE = 250
"""Alpha from which on a pixel counts as opaque."""

OTHER_SHADE = 48
"""Levels from the median at which a pixel of a sheet counts as something on it."""

SOME = 0.0005
"""Of an opaque part, the share in another shade from which on it is a sheet with something on it, not ink alone."""

_WHITE_IS_ZERO, _PHOTOMETRIC = 0, 262  # TIFF's tag, and its value where 0 is white


def pixels_of_image(image: Image.Image, scale: int = 1) -> Pixels:
    """The opaque pixels of a loaded Pillow image of any mode, not turned; each is the mean of `scale` × `scale`.

    Raises:
        ValueError: it has values that are no numbers.
    """
    if image.mode.startswith("I") or image.mode == "F":
        return _wide_pixels(image, scale)
    if image.has_transparency_data:
        return composite(_converted(image, "LA" if image.mode in {"1", "L", "LA", "La"} else "RGBA", scale))
    return _converted(image, "L" if image.mode in {"1", "L"} else "RGB", scale)


def pixels_of_array(array: npt.NDArray[Any], scale: int = 1) -> Pixels:
    """The opaque pixels of an array, each the mean of `scale` × `scale`; a copy.

    Raises:
        ValueError: another dtype, shape or range than `ARRAYS` says.
    """
    shaped: npt.NDArray[Any] = array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if not (shaped.ndim == 2 or (shaped.ndim == 3 and shaped.shape[2] in {2, 3, 4})):
        raise ValueError(f"its shape is {array.shape}")
    if shaped.dtype == np.uint8:
        bytes_: Pixels = np.array(shaped, dtype=np.uint8, order="C")
    elif shaped.dtype == np.bool_:
        bytes_ = shaped.astype(np.uint8) * np.uint8(255)
    elif (shaped.dtype.kind, shaped.dtype.itemsize) == ("u", 2):  # in either byte order
        bytes_ = _scaled(shaped, 0, _white(int(shaped.max()), is_float=False))
    elif shaped.dtype.kind == "f":
        low, high = _range(shaped)
        if low < 0 or high > 255:
            raise ValueError(f"its values go from {low:.6g} to {high:.6g}")
        bytes_ = _scaled(shaped, 0, _white(high, is_float=True))
    else:
        raise ValueError(f"its dtype is {array.dtype}")
    opaque = composite(bytes_) if bytes_.ndim == 3 and bytes_.shape[2] in {2, 4} else bytes_
    return opaque if scale == 1 else np.array(Image.fromarray(opaque).reduce(scale))


def composite(pixels: Pixels) -> Pixels:
    """Lay pixels with alpha, (height, width, 2 or 4), on the ground that shows their ink: opaque, grey or RGB."""
    colour, alpha = pixels[:, :, :-1], pixels[:, :, -1]
    least, most = int(alpha.min()), int(alpha.max())
    if most == 0:
        opaque = np.full_like(colour, 255)  # nothing is to be seen: white paper
    elif least == most:
        opaque = colour
    else:
        table = np.rint(np.minimum(np.arange(256) * (255 / most), 255)).astype(np.uint8)
        step = math.isqrt(max(1, alpha.size // MEASURED))
        ground, is_sheet = _ground(colour[::step, ::step], table[alpha[::step, ::step]])
        if is_sheet:
            table = np.where(table >= OPAQUE, np.uint8(255), np.uint8(0))
        opaque = np.empty(colour.shape, np.uint8)
        for rows in _blocks(alpha.shape):
            weight = table[alpha[rows, :, np.newaxis]].astype(np.uint16)
            opaque[rows] = (colour[rows] * weight + ground * (255 - weight) + 127) // 255
    return np.ascontiguousarray(opaque[:, :, 0] if opaque.shape[2] == 1 else opaque)


def _ground(colour: Pixels, alpha: Pixels) -> tuple[Pixels, bool]:
    """The colour, uint8 (channels,), to lay below; and whether the opaque part is a sheet of paper of that colour."""
    opaque = alpha >= OPAQUE
    rows, columns = np.flatnonzero(opaque.any(axis=1)), np.flatnonzero(opaque.any(axis=0))
    if len(rows) and opaque[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.5:
        shown = colour[opaque]  # (n, channels)
        paper: Pixels = np.median(shown, axis=0).astype(np.uint8)
        others = (np.abs(shown.astype(np.int16) - paper) > OTHER_SHADE).any(axis=1)
        if np.count_nonzero(others) >= max(2, SOME * len(shown)):
            return paper, True
    weights = alpha.astype(np.float32)
    brightness = np.vdot(luminance(colour).astype(np.float32), weights) / max(1.0, weights.sum())
    return np.full(colour.shape[2], 0 if brightness >= 128 else 255, np.uint8), False


def luminance(colour: Pixels) -> Pixels:
    """Of colours, uint8 (height, width, 3) RGB or (height, width, 1): uint8 (height, width), ITU-R BT.601's weights."""
    if colour.shape[2] == 1:
        return colour[:, :, 0]
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(colour), cv2.COLOR_RGB2GRAY), np.uint8)


def _converted(image: Image.Image, mode: str, scale: int) -> Pixels:
    """The pixels of an image in another mode."""
    return _joined((np.asarray(part.convert(mode).reduce(scale)) for part in _parts(image, scale)), image, scale)


def _wide_pixels(image: Image.Image, scale: int) -> Pixels:
    """Grey pixels of an image with 16 or 32 bits each, integers or floats."""
    limits = [_range(np.asarray(part)) for part in _parts(image, scale)]
    low, high = min(low for low, _ in limits), max(high for _, high in limits)
    if low >= 0 and high <= (255 if image.mode == "F" else 65_535):
        low, high = 0, _white(high, is_float=image.mode == "F")
    if getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        low, high = high, low  # Pillow turns round fewer bits only
    key = image.info.get("transparency")  # a PNG's shade that is transparent

    def grey(part: Image.Image) -> Pixels:
        values = np.asarray(part)
        shades = _scaled(values, low, high)
        if isinstance(key, int):
            shades = np.dstack([shades, np.where(values == key, np.uint8(0), np.uint8(255))])
        return np.asarray(Image.fromarray(shades).reduce(scale))

    pixels = _joined((grey(part) for part in _parts(image, scale)), image, scale)
    return pixels if pixels.ndim == 2 else composite(pixels)


def _parts(image: Image.Image, scale: int) -> Iterator[Image.Image]:
    """An image in strips of about BLOCK pixels: whole, it would be copied several times at 4 bytes a pixel."""
    rows = max(1, BLOCK // image.width // scale) * scale
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _joined(strips: Iterable[Pixels], image: Image.Image, scale: int) -> Pixels:
    """Strips below each other, which make an image of a `scale`-th of the size."""
    joined, top = np.empty(0, np.uint8), 0
    for strip in strips:
        if top == 0:
            joined = np.empty((-(-image.height // scale), *strip.shape[1:]), np.uint8)
        joined[top : top + len(strip)] = strip
        top += len(strip)
    return joined


def _white(highest: float, *, is_float: bool) -> int:
    """What is white where the brightest value is `highest`, from 0: 1 or 255, or all of the bits that it needs set."""
    if is_float:
        return 1 if highest <= 1 else 255
    return max(1, (1 << int(highest).bit_length()) - 1)


def _range(values: npt.NDArray[Any]) -> tuple[float, float]:
    """The smallest and the largest value; a ValueError if one is no number."""
    low, high = float(values.min()), float(values.max())  # either is NaN if any value is
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("it has values that are not finite (NaN or infinity)")
    return low, high


def _scaled(values: npt.NDArray[Any], low: float, high: float) -> Pixels:
    """`values` as bytes, `low` as 0 and `high`, which may be the smaller one, as 255."""
    factor = 255 / (high - low) if high != low else 0.0
    scaled = np.empty(values.shape, np.uint8)
    for rows in _blocks(values.shape):
        scaled[rows] = np.rint((values[rows].astype(np.float64) - low) * factor)
    return scaled


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices over the rows of an array of this shape, of about BLOCK values each."""
    step = max(1, BLOCK // max(1, int(np.prod(shape[1:]))))
    return (slice(start, start + step) for start in range(0, shape[0], step))
