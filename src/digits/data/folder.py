"""A folder with a sub-folder per digit, each with 28×28 pictures."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from digits.atomic import whole_directory
from digits.data.dataset import CLASSES, IMAGE_SIZE, Dataset, Images, Labels
from digits.data.guard import refuse_existing, unreadable
from digits.errors import DataError

PICTURE_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
"""What is tried on a picture. Pillow knows more, some of which start other programs (EPS)."""

_JUNK = frozenset({"Thumbs.db", "desktop.ini", "__MACOSX"})


def digit_folders(path: Path) -> dict[int, Path]:
    """The sub-folders `0` to `9` of a folder, those that are there."""
    return {digit: path / str(digit) for digit in range(CLASSES) if (path / str(digit)).is_dir()}


def read_folder(path: Path) -> tuple[Images, Labels]:
    """Read a folder that has a sub-folder `0` … `9` per digit, each with 28×28 pictures, light ink on a dark ground.

    Colours become grey and transparent pixels background; files beside the sub-folders and hidden ones are ignored.

    Returns:
        Images, uint8 (n, 28, 28), 0 background to 255 ink, and labels, uint8 (n,): digit by digit, sorted by name.

    Raises:
        DataError: there is no picture, or one is damaged, no picture at all, or not 28×28.
    """
    images: list[Images] = []
    labels: list[int] = []
    for digit, folder in digit_folders(path).items():
        try:
            files = sorted(folder.iterdir())
        except OSError as error:
            raise unreadable(folder, error) from error
        for file in files:
            if not (file.name.startswith(".") or file.name in _JUNK):
                images.append(_read_picture(file))
                labels.append(digit)
    if not images:
        raise DataError(f"{path} holds no digits; expected sub-folders 0 to 9 with 28×28 pictures in them")
    return np.stack(images), np.array(labels, dtype=np.uint8)


def write_folder(dataset: Dataset, directory: Path) -> None:
    """Write a PNG per digit, `directory/7/00042.png` for the 43rd digit, a 7.

    Raises:
        DataError: the directory exists and is not empty.
        StorageError: the disk is full, or the place is not writable.
    """
    refuse_existing(directory)
    with whole_directory(directory) as temporary:
        for digit in range(CLASSES):
            (temporary / str(digit)).mkdir()
        width = max(5, len(str(len(dataset) - 1)))  # sorted by name is sorted by number
        for number, (image, label) in enumerate(zip(dataset.images, dataset.labels, strict=True)):
            Image.fromarray(image).save(temporary / str(label) / f"{number:0{width}}.png")


def _read_picture(path: Path) -> Images:
    """A 28×28 picture as grey, uint8 (28, 28). The size is checked before anything is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=PICTURE_FORMATS) as picture:
                if picture.size != (IMAGE_SIZE, IMAGE_SIZE):
                    raise DataError(
                        f"{path} is {picture.width}×{picture.height} pixels; expected 28×28, one digit, "
                        "as MNIST has them (digits read takes other pictures)"
                    )
                if picture.mode[0] in "IF":
                    raise DataError(f"{path} has more than 8 bits a pixel; expected 8, save it with 256 shades of grey")
                if picture.has_transparency_data:
                    ground = Image.new("RGBA", picture.size, "black")
                    return np.asarray(Image.alpha_composite(ground, picture.convert("RGBA")).convert("L"))
                return np.asarray(picture.convert("L"))
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError(f"{path} is no picture that can be read; expected {', '.join(PICTURE_FORMATS)}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path} is far larger than 28×28 pixels; expected one digit, as MNIST has them") from error
    except Exception as error:  # a damaged file makes Pillow's plugins raise anything
        reason = (isinstance(error, OSError) and error.strerror) or " ".join(str(error).split())
        raise DataError(f"{path} cannot be read as a picture: {reason or type(error).__name__}") from error
