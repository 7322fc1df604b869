"""One 28×28 picture as an image; pictures of other sizes by way of whoever can bring them into MNIST's form."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from digits.data.dataset import IMAGE_SIZE, Images
from digits.errors import DataError

PICTURE_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""What is tried on a picture. Pillow knows more, some of which start other programs (EPS)."""

_PLUGGED_IN = frozenset({".heic", ".heif", ".avif"})

PICTURE_SUFFIXES = _PLUGGED_IN | {
    ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".pnm",
}  # fmt: skip
"""How the names of pictures end, where there are other files beside them."""

ToForm = Callable[[Path], Images]
"""Brings any picture of one digit into MNIST's form, uint8 (28, 28); a DataError if it cannot."""


class _OtherSizeError(DataError):
    """A picture that is not 28×28: there may be a way out."""


def read_any_picture(path: Path, to_form: ToForm | None) -> tuple[Images, bool]:
    """A picture as an image, uint8 (28, 28): as it is if it is 28×28, else by way of `to_form`, which the bool says.

    Raises:
        DataError: it is no picture or a damaged one; or it is not 28×28, and there is no `to_form`.
    """
    try:
        return read_picture(path, str(path)), False
    except DataError as error:
        if to_form is None or not (isinstance(error, _OtherSizeError) or path.suffix.lower() in _PLUGGED_IN):
            raise
    return to_form(path), True


def read_picture(source: Path | BinaryIO, where: str) -> Images:
    """A 28×28 picture as grey, uint8 (28, 28): colours become grey, transparent pixels the ground that shows the ink.

    The size is checked before anything is decoded.

    Raises:
        DataError: it is no picture of PICTURE_FORMATS, is damaged, or has another size; `where` names it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=PICTURE_FORMATS) as picture:
                if picture.size != (IMAGE_SIZE, IMAGE_SIZE):
                    raise _OtherSizeError(
                        f"{where} is {picture.width}×{picture.height} pixels; expected 28×28, one digit, "
                        "as MNIST has them (digits read takes other pictures)"
                    )
                if picture.mode[0] in "IF":
                    raise DataError(
                        f"{where} has more than 8 bits a pixel; expected 8, save it with 256 shades of grey"
                    )
                if picture.has_transparency_data:
                    return _laid_on_its_ground(picture.convert("RGBA"))
                return np.asarray(picture.convert("L"))
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(f"{where} is no picture that can be read; expected {', '.join(PICTURE_FORMATS)}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _OtherSizeError(
            f"{where} is far larger than 28×28 pixels; expected one digit, as MNIST has them"
        ) from error
    except Exception as error:  # a damaged file makes Pillow's plugins raise anything
        reason = (isinstance(error, OSError) and error.strerror) or " ".join(str(error).split())
        raise DataError(f"{where} cannot be read as a picture: {reason or type(error).__name__}") from error


def _laid_on_its_ground(picture: Image.Image) -> Images:
    """An RGBA picture as grey, on black if what is opaque in it is light, on white if it is dark."""
    grey, opacity = np.asarray(picture.convert("L")), np.asarray(picture.getchannel("A"), dtype=np.float64)
    dark = opacity.any() and np.average(grey, weights=opacity) < 128
    ground = Image.new("RGBA", picture.size, "white" if dark else "black")
    return np.asarray(Image.alpha_composite(ground, picture).convert("L"))
