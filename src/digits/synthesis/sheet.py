"""A sheet that is written on: what is laid down darkens it, and what was written is remembered with its place.

    sheet = Sheet(draw_paper(480, 480, size, random), sources, random)
    sheet.write(write_number("12.50", hand, glyphs, random), left=40, line=120, size=30, pen=0.8)

Notable choices:
- ink multiplies what is there: a pen over a ruling is darker than both, and a dark paper stays one;
- a mark's place is a quadrilateral, so that turned numbers and a turned sheet keep their truth;
- places are taken by boxes: who looks for room asks `is_free` first. Nothing is written over a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from digits.synthesis.fonts import load
from digits.synthesis.hands import Glyphs, Ink, faintness
from digits.synthesis.numbers import Written, bent
from digits.synthesis.papers import Grey, Random

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sources:
    """What sheets are made from.

    Attributes:
        glyphs: where digits come from, and the handwriting fonts.
        printed: printed families; may be empty.
        photographs: pictures that serve as ground, float32 (height, width), 0 to 1; may be empty.
    """

    glyphs: Glyphs
    printed: Sequence[Path] = ()
    photographs: Sequence[Grey] = ()


@dataclass(frozen=True, eq=False)
class Word:
    """A word as ink.

    Attributes:
        ink: float32 (height, width), 0 to 1, cut to the ink.
        above: rows of the ink above the line that letters stand on.
        letters: those whose places are known; none of a word in OpenCV's strokes.
        boxes: float64 (letters, 4): left, top, right, bottom of each in the ink.
    """

    ink: Ink
    above: float
    letters: str = ""
    boxes: Points = field(default_factory=lambda: np.zeros((0, 4)))

    def cut(self, width: int) -> "Word":
        """What is left of it in so many columns."""
        whole = self.boxes[:, 2] <= width
        letters = "".join(letter for letter, is_whole in zip(self.letters, whole, strict=True) if is_whole)
        return Word(self.ink[:, :width], self.above, letters, self.boxes[whole])


@dataclass(eq=False)
class Sheet:
    """A sheet being written on.

    Attributes:
        grey: float32 (height, width), 0 black to 1 white; changed in place.
        sources: what is written and printed from.
        random: what all is drawn from.
        quads: of each mark, float64 (4, 2): top-left, top-right, bottom-right, bottom-left.
        marks: each mark's character.
        numbers: which number each mark belongs to.
        lines: of each number, which line it stands in.
        letters: the letters of words, which are no marks.
        letter_boxes: of each letter, float64 (4,): left, top, right, bottom.
        doubtful: boxes in which nobody can say what is written.
        taken: boxes that hold something.
    """

    grey: Grey
    sources: Sources
    random: Random
    quads: list[Points] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    letter_boxes: list[Points] = field(default_factory=list)
    doubtful: list[Box] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.grey.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.grey.shape[1])

    def is_free(self, box: Box, around: float = 0.0) -> bool:
        """Whether nothing was put within `around` pixels of the box."""
        left, top, right, bottom = box[0] - around, box[1] - around, box[2] + around, box[3] + around
        return not any(left < box[2] and right > box[0] and top < box[3] and bottom > box[1] for box in self.taken)

    def lay(self, ink: Ink, left: float, top: float, strength: float) -> Box:
        """Darken the sheet by ink whose upper left corner is at (left, top); what is outside is cut off."""
        row, column = round(top), round(left)
        box = (column, row, column + ink.shape[1], row + ink.shape[0])
        shown = ink[max(0, -row) :, max(0, -column) :]
        view = self.grey[max(0, row) : max(0, box[3]), max(0, column) : max(0, box[2])]
        view *= 1 - np.float32(strength) * shown[: view.shape[0], : view.shape[1]]
        return box

    def write(
        self, written: Written, left: float, line: float, size: float, pen: float,
        *, row: int = 0, turn: float = 0.0, same: bool = False,
    ) -> Box:  # fmt: skip
        """Write a number.

        Args:
            written: the number.
            left: column of its ink's left edge.
            line: row that its digits stand on.
            size: height of its digits in pixels.
            pen: how much light its ink takes, 0 to 1.
            row: which line of the page it stands in.
            turn: degrees by which it rises to the right, about its left end on the line.
            same: whether its marks belong to the number written before.

        Returns:
            The upright box around it.
        """
        scale = size / written.height
        ink = _sized(written.ink, scale)
        places = written.boxes * scale
        quads = places[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]  # (marks, 4, 2)
        foot = written.line * scale
        if turn:
            ink, move = _turned(ink, turn, foot)
            quads = quads @ move[:, :2].T + move[:, 2]
            foot = float(move[1, 1] * foot + move[1, 2])
        top = line - foot
        quads = quads + np.array([round(left), round(top)])
        self.lay(ink, left, top, pen)
        if not same:
            self.lines.append(row)
        self.quads += list(quads)
        self.marks += list(written.text)
        self.numbers += [len(self.lines) - 1] * len(written.text)
        box = (*quads.min(axis=(0, 1)).tolist(), *quads.max(axis=(0, 1)).tolist())
        self.taken.append(box)
        return box

    def put(self, word: Word, left: float, line: float, pen: float) -> Box:
        """Lay down a word that stands on `line`; no mark comes of it."""
        box = self.lay(word.ink, left, line - word.above, pen)
        self.taken.append(box)
        self.letters += list(word.letters)
        self.letter_boxes += list(word.boxes + np.tile(np.array(box[:2]), 2))
        return box


def _sized(ink: Ink, scale: float) -> Ink:
    """The ink, smaller by averaging, or larger with edges as sharp as a pen's."""
    if scale == 1:
        return ink
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = np.asarray(cv2.resize(ink, (width, height), interpolation=how), np.float32)
    if scale > 1:
        sized = (sized - 0.5) * min(scale, 3.0) + 0.5
    return np.clip(sized, 0, 1)


def _turned(ink: Ink, turn: float, foot: float) -> tuple[Ink, Points]:
    """The ink turned, uncut, and the affine map, float64 (2, 3), of its places."""
    height, width = ink.shape
    move = cv2.getRotationMatrix2D((0.0, foot), turn, 1.0)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ move[:, :2].T + move[:, 2]
    first, last = np.floor(corners.min(axis=0)) - 1, np.ceil(corners.max(axis=0)) + 1
    move[:, 2] -= first
    size = (int(last[0] - first[0]), int(last[1] - first[1]))
    return np.asarray(cv2.warpAffine(ink, move, size), np.float32), np.asarray(move, np.float64)


INKED = 0.3
"""Where glyphs are darker than that is ink, as in `hands.write_mark`."""

UNSTEADY = 0.7
"""The share of the handwritten words that are bent as numbers are: else a network tells fonts from pens, not letters
from digits."""

LEVEL = 0.5
"""Where a word's ink is cut from its blurred glyphs: lower makes the pen wider."""


def draw_word(text: str, family: Path | None, size: float, random: Random, *, by_hand: bool) -> Word:
    """A word, its digits `size` pixels high.

    Args:
        text: letters and what stands between them.
        family: a font; None for OpenCV's own strokes, which are always there.
        size: height of its digits and capitals, in pixels.
        random: what is drawn from.
        by_hand: whether its pen, slant and line vary as a hand's; else it is print.
    """
    em = _em(1.4 * size)
    ink, above = _glyphs(text, family, em)
    letters, boxes = _letter_places(text, family, em, ink)
    if by_hand and ink.size:
        lean = random.uniform(-0.1, 0.35)
        ink, move = _leaning(ink, lean, above, random.normal(0, 0.03))
        centres, halves = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
        centres = centres @ move[:, :2].T + move[:, 2]
        boxes = np.concatenate([centres - halves, centres + halves], axis=1)
        if random.random() < 0.6 and size > 12:
            softened = cv2.GaussianBlur(ink, (0, 0), max(0.4, 0.02 * size))
            ink = np.clip((softened - LEVEL - random.uniform(-0.25, 0.15)) * 3 + 0.5, 0, 1).astype(np.float32)
        if random.random() < 0.4:  # a felt pen
            side = 1 + round(random.uniform(0, 0.09) * size)
            ink = cv2.dilate(np.pad(ink, side), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
            above += side
            boxes = boxes + side
        if random.random() < UNSTEADY:
            ink = bent(ink, random.uniform(0, 0.07), size, random)
        if random.random() < 0.15:
            ink = ink * faintness(ink.shape, random.uniform(0.2, 0.8), random)
    return Word(ink, above, letters, boxes)


def _em(size: float) -> int:
    """A size of the em near to this one, of a few: loading a font takes longer than drawing with it."""
    return max(6, int(1.12 ** round(np.log(max(size, 1.0)) / np.log(1.12)) + 0.5))


def _glyphs(text: str, family: Path | None, em: int) -> tuple[Ink, float]:
    """The ink of a text, float32 0 to 1, with two pixels around, and the rows above its line."""
    if family is None:
        face, scale = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, em / 40
        thickness = max(1, round(em / 24))
        (width, height), below = cv2.getTextSize(text, face, scale, thickness)
        drawn = np.zeros((height + below + 4, width + 4), np.uint8)
        cv2.putText(drawn, text, (2, 2 + height), face, scale, 255, thickness, cv2.LINE_AA)
        return drawn.astype(np.float32) / 255, 2.0 + height
    font = load(family, em)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, anchor="ls"))
    canvas = Image.new("L", (max(0, right - left) + 4, max(0, bottom - top) + 4))
    ImageDraw.Draw(canvas).text((2 - left, 2 - top), text, 255, font, anchor="ls")
    return np.asarray(canvas, np.float32) / 255, 2.0 - top


def _letter_places(text: str, family: Path | None, em: int, ink: Ink) -> tuple[str, Points]:
    """The letters of a text drawn by `_glyphs`, and the box of each one's ink, float64 (letters, 4)."""
    if family is None:
        return "", np.zeros((0, 4))
    font = load(family, em)
    first = 2.0 - round(font.getbbox(text, anchor="ls")[0])
    inked = ink > INKED
    letters, boxes = [], []
    for place, letter in enumerate(text):
        if not letter.isalpha():
            continue
        left, right = (max(0, round(first + font.getlength(text[:end]))) for end in (place, place + 1))
        own = inked[:, left:right]
        rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        if len(rows):
            letters.append(letter)
            boxes.append((left + columns[0], rows[0], left + columns[-1] + 1, rows[-1] + 1))
    return "".join(letters), np.array(boxes, np.float64).reshape(-1, 4)


def _leaning(ink: Ink, lean: float, above: float, rise: float) -> tuple[Ink, Points]:
    """The ink sheared: leaning to the right by `lean` of its height, its line rising by `rise` of its width.

    Returns:
        The ink, and the affine map, float64 (2, 3), of its places.
    """
    height, width = ink.shape
    more_rows, more_columns = int(abs(rise) * width) + 1, int(abs(lean) * height) + 1
    right = lean * above if lean > 0 else more_columns + lean * above
    move = np.array([[1, -lean, right + 1], [-rise, 1, rise * width / 2]])
    size = (width + more_columns, height + more_rows)
    return np.asarray(cv2.warpAffine(ink, move, size), np.float32), move
