"""Forms with printed boxes, filled in with a Dataset's digits: pictures with known text and known boxes.

    python benchmarks/synthetic_pictures.py form FOLDER --count 20

`render_form(dataset, random)` gives a picture, uint8 (height, width), dark on light, its text (what stands in the
boxes, rows joined by `/`) and its boxes, in the picture's pixels.

Notable choices:
- two kinds of rows: combs, with a box for each digit, of which some stay empty; and fields, with a number each;
- a box of `Field` is the printed one, of a tilted form the upright box around it: what somebody would draw by hand;
- some forms have captions in print, which are no part of the text: a reader without the boxes has to leave them out.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from digits.data.dataset import Dataset
from synthetic_hand import Hand, Ink, Written, lay
from synthetic_lines import Style, draw_hand, write
from synthetic_pages import WRITING, photographed
from synthetic_paper import Homography

Random = np.random.Generator
Picture = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, width, height."""

TILT = 2.0
"""Degrees by which a form may be turned, each way."""

EMPTY = 0.2
"""Share of the boxes that stay empty."""

CAPTIONED = 0.3
"""Share of the forms with captions."""

WORDS = ("Name", "Date", "Amount", "Total", "Code", "Sum", "Phone", "Item", "Room", "Page")

_ACROSS = 16  # a form's width, in heights of a digit


@dataclass(frozen=True)
class Field:
    """A printed box of a form: its name, where it is in the picture, and what stands in it, perhaps nothing."""

    name: str
    box: Box
    text: str

    def to_json(self) -> dict[str, object]:
        """What `digits read --boxes` is told."""
        return {"box": list(self.box), "name": self.name}


def render_form(dataset: Dataset, random: Random, *, style: Style = WRITING) -> tuple[Picture, str, list[Field]]:
    """A picture of a form, uint8 (height, width), its text in rows, and its printed boxes in reading order."""
    hand = replace(draw_hand(style, random), tails=0.0, unevenness=0.03)
    margin = round(hand.height)
    writing = np.zeros((round(30 * hand.height), _ACROSS * margin), np.float32)
    printed = np.zeros_like(writing)
    captioned = random.random() < CAPTIONED
    fields: list[Field] = []
    top = 2 * margin
    for row in range(int(random.integers(3, 7))):
        comb = random.random() < 0.5
        boxes = _comb(hand, top, margin, random) if comb else _wide_boxes(hand, top, margin, random)
        kind = "comb" if comb else "field"
        for number, box in enumerate(boxes):
            empty = number > 0 and random.random() < EMPTY
            written = None if empty else write(1 if comb else int(random.integers(2, 6)), style, hand, dataset, random)
            if written:
                _fill_in(writing, written, box, random)
            _print_box(printed, box, hand)
            fields.append(Field(f"{kind}-{row + 1}-{number + 1}", box, written.text if written else ""))
        if captioned:
            _print_word(printed, str(random.choice(WORDS)), top, margin, hand)
        top += boxes[0][3] + round(random.uniform(0.9, 1.5) * hand.height)
    ink = np.maximum(writing, random.uniform(0.4, 0.9) * printed)[: top + margin]
    picture, move = photographed(ink, hand, replace(style, camera=replace(style.camera, tilt=TILT)), random)
    return picture, _text(fields), [replace(field, box=_moved(field.box, move)) for field in fields]


def _text(fields: list[Field]) -> str:
    """What the boxes say: a comb's digits as one number, fields separated by spaces, rows joined by `/`."""
    rows: dict[str, list[str]] = {}
    for field in fields:
        rows.setdefault(field.name.rpartition("-")[0], []).append(field.text)
    joined = (
        "".join(texts) if row.startswith("comb") else " ".join(filter(None, texts)) for row, texts in rows.items()
    )
    return "/".join(filter(None, joined))


def _comb(hand: Hand, top: int, margin: int, random: Random) -> list[Box]:
    """Boxes for a digit each, side by side or a little apart."""
    across, down = (round(random.uniform(*share) * hand.height) for share in ((1.3, 1.6), (1.5, 1.9)))
    step = across + int(random.choice([0, round(0.3 * hand.height)]))
    count = int(min(random.integers(4, 11), (_ACROSS - 2) * margin // step))
    return [(margin + number * step, top, across, down) for number in range(count)]


def _wide_boxes(hand: Hand, top: int, margin: int, random: Random) -> list[Box]:
    """One box or two for a number each."""
    across, down = (_ACROSS - 3) * margin // 2, round(random.uniform(1.6, 2.1) * hand.height)
    return [(margin + number * (across + margin), top, across, down) for number in range(int(random.integers(1, 3)))]


def _fill_in(sheet: Ink, written: Written, box: Box, random: Random) -> None:
    """Write into a box: made smaller where it would not fit, a little off the middle, at times over the border."""
    left, top, across, down = box
    ink = written.ink
    fitting = min(1.0, 0.9 * across / ink.shape[1], 0.9 * down / ink.shape[0])
    if fitting < 1:
        size = (max(1, round(ink.shape[1] * fitting)), max(1, round(ink.shape[0] * fitting)))
        ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)
    height, width = ink.shape
    aside, above = random.normal(0, 0.2, 2).clip(-0.55, 0.55)
    room = across - width, down - height
    lay(sheet, ink, top + round(room[1] * (0.5 + above)), left + round(room[0] * (0.5 + aside)))


def _print_box(printed: Ink, box: Box, hand: Hand) -> None:
    left, top, across, down = box
    thickness = max(1, round(hand.height / 40))
    cv2.rectangle(printed, (left, top), (left + across, top + down), 1.0, thickness)


def _print_word(printed: Ink, word: str, top: int, margin: int, hand: Hand) -> None:
    """A caption above a row of boxes."""
    size = round(0.5 * hand.height)
    canvas = Image.new("L", (8 * size, 2 * size))
    ImageDraw.Draw(canvas).text((0, 0), word, 255, ImageFont.load_default(size))
    lay(printed, np.asarray(canvas, np.float32) / np.float32(255), top - round(1.4 * size), margin)


def _moved(box: Box, move: Homography) -> Box:
    """The upright box around a box of the sheet, in its picture."""
    left, top, across, down = box
    corners = np.array([[[left, top], [left + across, top], [left + across, top + down], [left, top + down]]], float)
    seen = cv2.perspectiveTransform(corners, move)[0]
    (first, highest), (last, lowest) = np.floor(seen.min(axis=0)).astype(int), np.ceil(seen.max(axis=0)).astype(int)
    return int(first), int(highest), int(last - first), int(lowest - highest)
