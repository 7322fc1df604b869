"""Picture files, found and decoded safely.

For now a picture is a 28×28 image already: other sizes are refused. Decoding is Pillow's, after its own check of the
header: nothing is allocated for a picture that claims to be larger.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from digits.errors import PictureError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm"})
"""What is taken from a folder; a file that is named itself may be called anything."""

SIZE = (28, 28)


def find_pictures(paths: Iterable[Path]) -> list[Path]:
    """The files themselves, and all pictures in and below the folders, sorted within each.

    Raises:
        PictureError: a path does not exist, or a folder holds no picture.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
            if not inside:
                raise PictureError(f"{path} holds no picture; expected {', '.join(sorted(SUFFIXES))}")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise PictureError(f"{path} does not exist; give a picture or a folder of them")
    return found


def read_image(path: Path, *, invert: bool = False) -> npt.NDArray[np.uint8]:
    """A 28×28 picture as an image, uint8 (28, 28), 0 background to 255 ink; `invert` for dark ink on a light ground.

    Raises:
        PictureError: it cannot be opened, is no picture, or has another size.
    """
    try:
        with Image.open(path) as picture:
            if picture.size != SIZE:
                width, height = picture.size
                raise PictureError(f"{path} is {width}×{height} pixels; expected 28×28, one digit, as MNIST has them")
            image = np.asarray(picture.convert("L"), dtype=np.uint8)
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{path} is no picture that can be read; expected PNG, JPEG, BMP, GIF, WebP or TIFF"
        ) from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise PictureError(f"{path} cannot be read as a picture: {error}") from error
    return 255 - image if invert else image
