"""How sturdy reading is: the same pictures once more, each altered in the ways in which pictures differ.

    python benchmarks/altered_pictures.py FOLDER…                                all changes, ours alone
    python benchmarks/altered_pictures.py FOLDER --only "on a table" noise --every 4

A folder is one as `reading.py` takes it. For each change the table says how many pictures are read exactly when an
answer is forced, how many are named freely, and how many of these are right. What a change does is drawn from the
picture's place alone. Where a change hides a part of a digit, no reader could be right: look at the pictures
(`--save DIR`) before you believe a figure.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from digits import api
from digits.reading.pictures.picture import Picture, open_pictures
from digits.reading.reader import Reader
from harness import say
from labelled_pictures import Labelled, read_folder
from measured import Share

Random = np.random.Generator
Pixels = npt.NDArray[np.uint8]
Change = Callable[[Pixels, Random], Pixels]
"""Pixels, uint8 (height, width) or (height, width, 3), and what is drawn from → pixels."""


def turned(degrees: float) -> Change:
    """On a larger sheet of the same paper."""

    def change(pixels: Pixels, _: Random) -> Pixels:
        height, width = pixels.shape[:2]
        move = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        across, along = abs(move[0, 1]), abs(move[0, 0])
        size = int(height * across + width * along), int(height * along + width * across)
        move[:, 2] += size[0] / 2 - width / 2, size[1] / 2 - height / 2
        options = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_CONSTANT, "borderValue": paper(pixels)}
        return np.asarray(cv2.warpAffine(pixels, move, size, **options), np.uint8)

    return change


def resized(factor: float) -> Change:
    """Smaller by averaging, or larger."""
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return lambda pixels, _: np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def compressed(quality: int) -> Change:
    """As a JPEG."""

    def change(pixels: Pixels, _: Random) -> Pixels:
        _, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(content, cv2.IMREAD_UNCHANGED), np.uint8)

    return change


def lit(brightness: float, noise: float) -> Change:
    """In so much of the light, with noise of so many levels."""
    return lambda pixels, random: as_pixels(brightness * pixels + random.normal(0, noise, pixels.shape))


def half_in_shade(pixels: Pixels, random: Random) -> Pixels:
    """A shadow with a hard edge falls across it, and takes half of the light."""
    height, width = pixels.shape[:2]
    down, right = np.mgrid[0:height, 0:width]
    angle, (x, y) = random.uniform(0, np.pi), random.uniform(0.3, 0.7, 2)
    beyond = (right - x * width) * np.cos(angle) + (down - y * height) * np.sin(angle)
    light = 1 - 0.5 / (1 + np.exp(-beyond / (0.01 * max(height, width))))
    return as_pixels(pixels * (light if pixels.ndim == 2 else light[..., None]))


def from_aside(pixels: Pixels, random: Random) -> Pixels:
    """In perspective: each corner moves inwards by up to an eighth of the sides."""
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    inwards = random.uniform(0, 0.12, (4, 2)) * (width, height) * ((1, 1), (-1, 1), (-1, -1), (1, -1))
    move = cv2.getPerspectiveTransform(corners, (corners + inwards).astype(np.float32))
    options = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": paper(pixels)}
    return np.asarray(cv2.warpPerspective(pixels, move, (width, height), **options), np.uint8)


def on_table(pixels: Pixels, _: Random) -> Pixels:
    """A slip of paper, a quarter of its shorter side away from the picture's borders."""
    margin = round(0.25 * min(pixels.shape[:2]))
    table = (60, 70, 80)[: 1 if pixels.ndim == 2 else 3]
    sides = (margin,) * 4
    return np.asarray(cv2.copyMakeBorder(pixels, *sides, cv2.BORDER_CONSTANT, value=table), np.uint8)


def ruled(pixels: Pixels, random: Random) -> Pixels:
    """Grey lines, a third to a half of the height apart; of a page, a twentieth."""
    lined, (height, width) = pixels.copy(), pixels.shape[:2]
    pitch = height * (random.uniform(0.3, 0.6) if height < 600 else 0.05)
    for level in np.arange(random.uniform(0, pitch), height, pitch):
        ends = (0, round(level)), (width, round(level + 0.02 * width))
        cv2.line(lined, *ends, (160, 140, 140)[: 1 if pixels.ndim == 2 else 3], max(1, height // 150))
    return lined


def narrowed(pixels: Pixels, _: Random) -> Pixels:
    """To seven tenths of its width."""
    return np.asarray(cv2.resize(pixels, None, fx=0.7, fy=1), np.uint8)


CHANGES: dict[str, Change] = {
    "as it is": lambda pixels, _: pixels,
    "turned by 5°": turned(5),
    "turned by −10°": turned(-10),
    "turned by 20°": turned(20),
    "half as large": resized(0.5),
    "three times as large": resized(3),
    "narrowed": narrowed,
    "from aside": from_aside,
    "JPEG of quality 15": compressed(15),
    "negative": lambda pixels, _: 255 - pixels,
    "noise of 12 levels": lit(1, 12),
    "noise of 25 levels": lit(1, 25),
    "a quarter of the light, noise of 4": lit(0.25, 4),
    "half of it in a hard shadow": half_in_shade,
    "on a dark table": on_table,
    "ruled": ruled,
}


def paper(pixels: Pixels) -> tuple[int, ...]:
    """The middling colour."""
    return tuple(int(level) for level in np.median(pixels.reshape(-1, *pixels.shape[2:]), axis=0).reshape(-1))


def as_pixels(values: npt.NDArray[np.float64]) -> Pixels:
    """Rounded, and kept within 0 and 255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def read_altered(
    reader: Reader, pictures: Iterable[Labelled], name: str, save: Path | None = None
) -> tuple[Share, Share, Share]:
    """How many are read exactly; how many are named freely; how many of these are right."""
    exact, freely = [], []
    for place, labelled in enumerate(pictures):
        shown = next(iter(open_pictures(labelled.path)))
        altered = np.ascontiguousarray(CHANGES[name](np.ascontiguousarray(shown.pixels), np.random.default_rng(place)))
        if save:
            (save / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(altered).save(save / name / f"{labelled.path.stem}.png")
        numbers = reader.read_page(Picture(labelled.name, 0, altered)).numbers
        said = "".join(digit.text for number in numbers for digit in number.digits)
        exact.append(said == "".join(filter(str.isdecimal, labelled.label)))
        sure = bool(said) and not any(number.unsure for number in numbers)
        freely.append((sure, exact[-1]))
    return Share.of(exact), Share.of(sure for sure, _ in freely), Share.of(right for sure, right in freely if sure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="with labels.csv")
    parser.add_argument("--only", nargs="+", choices=CHANGES, metavar="CHANGE", help=f"of: {', '.join(CHANGES)}")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth picture (default: all)")
    parser.add_argument("--model", help="the bundle that reads (default: the one that ships)")
    parser.add_argument("--save", type=Path, metavar="DIR", help="keep the altered pictures here")
    options = parser.parse_args()
    reader = Reader(api.load(options.model))
    with tempfile.TemporaryDirectory() as place:
        pictures = [one for folder in options.folders for one in read_folder(folder, Path(place))][:: options.every]
        pictures = [one for one in pictures if one.is_number]
        say(f"{len(pictures):,} pictures")
        print("| | read exactly | named freely | of these right |\n|---|---|---|---|", flush=True)
        for name in options.only or CHANGES:
            shares = read_altered(reader, pictures, name, options.save)
            print(f"| {name} | {' | '.join(str(share).replace(chr(10), ', ') for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
