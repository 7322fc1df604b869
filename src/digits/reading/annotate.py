"""Pictures with what was read drawn into them: a box around each number, and above it the answer and how sure it is.

Notable choices:
- one colour for what was read and one for what is unsure, which the colour-blind can tell apart (Okabe & Ito 2008), and
  unsure answers have a question mark besides; white letters on a plate of that colour are legible on any picture;
- a mark's box is dark or light in turn, so that neighbours can be told apart; an unsure mark stands on a bar;
- a label stands above its number, or where it hides least of other numbers and their labels; the more numbers there
  are, the smaller it is. A field that was left empty has a faint box and no label, what could not be read a faint box
  and a question mark;
- tiny pictures are enlarged, pixel by pixel, and large ones reduced, so that letters of one size suit all;
- paper is added where a label would not fit: nothing of the picture is hidden by more than another number's label;
- files carry a mark, and only marked files are written over: no picture of the user's can be lost.
"""

import io
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from digits.atomic import write_whole
from digits.errors import PictureError, StorageError
from digits.reading.pictures.picture import Picture
from digits.reading.pictures.pixels import Pixels
from digits.reading.results import Box, Number, Reading

SMALLEST, LARGEST = 320, 2400
"""Longer side, in pixels, of an annotated picture: a smaller one is enlarged, a larger one reduced."""

READ, UNSURE, PAPER = "#0072B2", "#D55E00", "#FFFFFF"
BESIDE, EMPTY = "#56B4E9", "#999999"
"""Every second mark of a number; a field that was left empty, and what could not be read."""

MARK = "digits read --annotate"
"""Stands as `Software` in each file that is written here."""

_SMALLEST_LETTERS = 13.0  # pixels
_OF_A_NUMBER = 0.45  # of the numbers' height: letters, where there are several

Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom on a drawn picture; the last two lie within."""

_PAGE = re.compile(r"-page-\d+$")


def places(folder: Path, names: Sequence[Path], pictures: Sequence[Path]) -> list[Path]:
    """Where annotated pictures are written: each at a place of its own, whatever pages it has.

    A PNG keeps its name, `photo.jpg` becomes `photo.jpg.png`, its second page `photo.jpg-page-2.png`; a name that is
    taken gets a number.

    Args:
        folder: the folder for all of them.
        names: what they are called in it, subfolders included.
        pictures: the pictures themselves.

    Raises:
        PictureError: one of these places is that of a picture.
    """
    inputs = {picture.resolve() for picture in pictures}
    taken: set[str] = set()
    found = []
    for name in names:
        plain = "standard-input" if str(name) == "-" else str(name)
        stem = plain[:-4] if plain.lower().endswith(".png") else plain
        place, number = stem, 1
        while place.lower() in taken or _PAGE.search(place):  # some systems take A for a
            number += 1
            place = f"{stem}-{number}"
        taken.add(place.lower())
        file = folder / f"{place}.png"
        if file.resolve() in inputs:
            raise PictureError(f"{file} is a picture that is to be read; give --annotate another folder")
        found.append(file)
    return found


def annotate(picture: Picture, reading: Reading, place: Path) -> None:
    """Write a page with its boxes and answers as PNG, whole or not at all.

    Args:
        picture: the page.
        reading: what was read in it.
        place: the first page's file; others have their number in the name.

    Raises:
        StorageError: it cannot be written, or another file is there that was not made here.
    """
    file = place if picture.page == 0 else place.with_name(f"{place.stem}-page-{picture.page + 1}.png")
    if file.exists() and not _is_ours(file):
        raise StorageError(f"{file} is there already and no annotated picture; give --annotate another folder")
    mark = PngImagePlugin.PngInfo()
    mark.add_text("Software", MARK)
    content = io.BytesIO()
    draw(picture, reading).save(content, "PNG", pnginfo=mark)
    write_whole(file, content.getvalue())


def draw(picture: Picture, reading: Reading) -> Image.Image:
    """A page with its boxes and answers, RGB, its longer side about SMALLEST to LARGEST pixels."""
    image, factor = _at_size(picture.pixels)
    factor /= picture.scale  # boxes are in the file's own pixels
    letters = _letters(image, [number.box[3] * factor for number in reading.numbers if number.marks])
    font = ImageFont.load_default(letters)
    line = max(2, letters // 8)
    boxes = [_scaled(number.box, factor, line) for number in reading.numbers]
    several = sum(bool(number.marks) for number in reading.numbers) > 1
    texts = [_label(number, several) for number in reading.numbers] or ["nothing found"]
    sizes = [(round(font.getlength(text)) + letters // 2, round(1.5 * letters)) if text else (0, 0) for text in texts]
    plates = _plates(boxes or [(0, 0, 0, 0)], sizes, image.width)
    canvas, left, top = _on_paper(image, [*boxes, *plates])
    pen = ImageDraw.Draw(canvas)
    for unread in reading.unread:
        _draw_unread(pen, _moved(_scaled(unread.box, factor, line), left, top), font, line)
    for number, box in zip(reading.numbers, boxes, strict=True):
        _draw_number(pen, number, _moved(box, left, top), (left, top), factor, line)
    sure = [not number.unsure for number in reading.numbers] or [False]
    for text, plate, is_sure in zip(texts, plates, sure, strict=True):
        if text:
            place = _moved(plate, left, top)
            pen.rectangle(place, fill=READ if is_sure else UNSURE)
            pen.text((place[0] + letters // 4, (place[1] + place[3]) / 2), text, PAPER, font, anchor="lm")
    return canvas


def _letters(image: Image.Image, heights: Sequence[float]) -> int:
    """The size of a label's letters, in pixels: of the picture's, and where numbers are many, of theirs."""
    size = min(max(20.0, max(image.size) / 24), 96.0)
    if len(heights) > 1:
        size = min(size, max(_SMALLEST_LETTERS, _OF_A_NUMBER * float(np.median(heights))))
    return round(size)


def _draw_number(
    pen: ImageDraw.ImageDraw, number: Number, box: Rectangle, moved: tuple[int, int], factor: float, line: int
) -> None:
    """A number's box, and those of its marks if there are several."""
    if not number.marks:
        pen.rectangle(box, outline=EMPTY, width=max(1, line // 2))
        return
    pen.rectangle(box, outline=UNSURE if number.unsure else READ, width=line)
    if len(number.marks) == 1:
        return
    for place, mark in enumerate(number.marks):
        inner = _moved(_scaled(mark.box, factor, 1), *moved)
        pen.rectangle(inner, outline=UNSURE if mark.unsure else BESIDE if place % 2 else READ, width=max(1, line // 2))
        if mark.unsure:
            pen.rectangle((inner[0], inner[3] - line + 1, inner[2], inner[3]), fill=UNSURE)


def _draw_unread(
    pen: ImageDraw.ImageDraw, box: Rectangle, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, line: int
) -> None:
    """A faint box with a question mark in it."""
    pen.rectangle(box, outline=EMPTY, width=max(1, line // 2))
    pen.text(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), "?", EMPTY, font, anchor="mm")


def _at_size(pixels: Pixels) -> tuple[Image.Image, float]:
    """A picture in RGB, enlarged by a whole number or reduced; and by how much."""
    longer = max(pixels.shape[:2])
    colour = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    if longer < SMALLEST:
        times = -(-SMALLEST // longer)
        return Image.fromarray(np.repeat(np.repeat(colour, times, axis=0), times, axis=1)), float(times)
    factor = min(1.0, LARGEST / longer)
    size = tuple(max(1, round(side * factor)) for side in (pixels.shape[1], pixels.shape[0]))
    return Image.fromarray(cv2.resize(colour, size, interpolation=cv2.INTER_AREA) if factor < 1 else colour), factor


def _scaled(box: Box, factor: float, line: int) -> Rectangle:
    """A box on the drawn picture, widened by a line that is to run around it."""
    left, top, width, height = box
    right, bottom = (left + width) * factor, (top + height) * factor
    return round(left * factor) - line, round(top * factor) - line, round(right) - 1 + line, round(bottom) - 1 + line


def _plates(boxes: Sequence[Rectangle], sizes: Sequence[tuple[int, int]], width: int) -> list[Rectangle]:
    """Where labels of these sizes stand: each at its box, where it hides least of other boxes and other labels."""
    taken = np.array(boxes, np.int64)
    plates: list[Rectangle] = []
    for at, (box, size) in enumerate(zip(boxes, sizes, strict=True)):
        others = np.concatenate([np.delete(taken, at, axis=0), np.array(plates, np.int64).reshape(-1, 4)])
        plates.append(min(_places(box, size, width), key=lambda plate: _hidden(plate, others)))
    return plates


def _places(box: Rectangle, size: tuple[int, int], width: int) -> Iterator[Rectangle]:
    """Where a label may stand, the best first: above its box or below, moved to the left where the picture ends."""
    first = max(min(box[0], width - size[0]), min(box[0], 0))
    for top in (box[1] - size[1], box[3]):
        for left in (first, box[2] - size[0]):
            yield left, top, left + size[0], top + size[1]


def _hidden(plate: Rectangle, others: npt.NDArray[np.int64]) -> int:
    """How many pixels of other rectangles a label hides."""
    corner, opposite = np.array(plate[:2]), np.array(plate[2:])
    shared = np.minimum(others[:, 2:], opposite) - np.maximum(others[:, :2], corner)
    return int(np.maximum(shared, 0).prod(axis=1).sum())


def _on_paper(image: Image.Image, rectangles: Sequence[Rectangle]) -> tuple[Image.Image, int, int]:
    """A picture with as much paper around it as these rectangles need; and how much at its left and its top."""
    left, top = (max(0, *(-rectangle[side] for rectangle in rectangles)) for side in (0, 1))
    right = max(image.width, *(rectangle[2] + 1 for rectangle in rectangles))
    bottom = max(image.height, *(rectangle[3] + 1 for rectangle in rectangles))
    canvas = Image.new("RGB", (left + right, top + bottom), PAPER)
    canvas.paste(image, (left, top))
    return canvas, left, top


def _moved(rectangle: Rectangle, right: int, down: int) -> Rectangle:
    return rectangle[0] + right, rectangle[1] + down, rectangle[2] + right, rectangle[3] + down


def _label(number: Number, short: bool) -> str:
    """What a number says, and how sure that is, never more sure than it is; empty for a field that was left empty."""
    if not number.marks:
        return ""
    guess = "".join(mark.text for mark in number.marks) + ("?" if number.unsure else "")
    percent = math.floor(100 * number.confidence) if short else math.floor(1000 * number.confidence) / 10
    return f"{guess}  {percent:g} %" if short else f"{guess}   {percent:g} %"


def _is_ours(file: Path) -> bool:
    try:
        with Image.open(file, formats=["PNG"]) as image:
            return bool(image.info.get("Software") == MARK)
    except Exception:  # whatever it is, it is another's
        return False
