"""Synthetic pictures for `reading_documents.py`: tight crops beside roomy ones, and things that are no digits.

Notable choices:
- *crops*: numbers of 3 to 8 of MNIST's validation (or test) digits in the styles of `synthetic_lines.py`, which take
  turns, photographed with paper around them, and the same pictures cut to the ink. What differs is the margin;
- *pages*: synthetic documents (`digits.synthesis.pages`) of MNIST's validation (or test) digits, drawn signs, and the
  handwriting fonts that no network has learnt from;
- *words*: common words in handwriting fonts (`FONTS`), in small letters; a word that could be taken for digits, such as
  `ill`, is not among them. *Clouds*, *newspapers* and *doodles* are those of `synthetic_clutter.py`;
- each picture follows from the seed and its place alone, and is drawn from as many pixels as pictures have that people
  send: 160 to 640 on the longer side.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

import harness
from digits.data.dataset import Dataset
from digits.synthesis.fonts import handwriting_fonts, load_fonts, printed_fonts
from digits.synthesis.hands import Glyphs
from digits.synthesis.pages import Page, draw_page
from digits.synthesis.sheet import Sources
from harness import say
from labelled_documents import NOTHING, Document, Points, only_digits
from synthetic_clutter import clouds, newspaper, scribbles
from synthetic_hand import Ink
from synthetic_lines import STYLES, draw_hand, render_lines, write
from synthetic_paper import FLAT, PHONE, photograph

Random = np.random.Generator
Picture = npt.NDArray[np.uint8]

FONTS = harness.HERE.parent.parent / "fonts"
"""Where fonts are, as `references/fonts.py` lays them down: `handwriting/NAME.woff` and `printed/NAME.woff`."""

HOW_TO_FONTS = "; name a folder that references/fonts.py filled with --fonts"

PAGE_SIDES = 160, 900
"""Pixels of a synthetic document's sides, as the Reader's thresholds were fitted on (`references/fit_reader.py`)."""

LENGTHS = 3, 8
"""Digits of a cropped number, both ends included."""

MARGIN = 0.5
"""Paper around a roomy crop, in heights of a digit."""

INKED = 0.25
"""Ink from which on a pixel belongs to a stroke, where a crop is cut to its strokes."""

SIDES = 160, 640
"""Pixels of the longer side of a picture without digits."""

SHAPES = 0.5, 1.0
"""Shorter side over longer side."""

COMMON_WORDS = harness.HERE / "common_words.txt"
"""English words, none of which could be taken for digits."""

WORDS_A_PICTURE = 1, 4
"""Of handwriting, both ends included."""

LETTER_HEIGHTS = 28, 90
"""Size of a handwriting font, in pixels."""


def crops(count: int, dataset: Dataset, place: Path, *, tight: bool, seed: int = 0) -> list[Document]:
    """Pictures of single numbers, cut to the ink or with a margin around it."""
    found = []
    for number in range(count):
        style = list(STYLES.values())[number % len(STYLES)]
        random = np.random.default_rng([seed, number])
        hand = draw_hand(style, random)
        line = write(int(random.integers(LENGTHS[0], LENGTHS[1] + 1)), style, hand, dataset, random)
        around = round(MARGIN * hand.height)
        picture = photograph(np.pad(_cut(line.ink), around), style.camera, random, stroke=hand.stroke)
        if tight:
            picture = picture[around:-around, around:-around]
        found.append(_saved(picture, place / f"{number:04d}_{line.text}.png", (line.text,)))
    return found


def lines(style: str, count: int, dataset: Dataset, place: Path, *, seed: int = 0) -> list[Document]:
    """Lines of eight digits in a style of `synthetic_lines.py`."""
    drawn = enumerate(render_lines(count, style, dataset, seed=seed))
    return [_saved(picture, place / f"{number:04d}_{text}.png", (text,)) for number, (picture, text) in drawn]


def without_digits(what: str, count: int, place: Path, *, fonts: Path = FONTS, seed: int = 0) -> list[Document]:
    """Pictures of one of `DRAWN`, or of `words`; none, and a line that says why, where there are no fonts."""
    if what != "words":
        draw = DRAWN[what]
        pictures: Iterator[Picture] = (draw(*_size(random), random) for random in _generators(count, seed))
    elif files := sorted((fonts / "handwriting").glob("*.woff")):
        vocabulary = COMMON_WORDS.read_text().split()
        pictures = (
            words(vocabulary, files[number % len(files)], one) for number, one in enumerate(_generators(count, seed))
        )
    else:
        say(f"words are left out: no handwriting fonts in {fonts}{HOW_TO_FONTS}")
        return []
    return [_saved(picture, place / f"{number:04d}.png", (), NOTHING) for number, picture in enumerate(pictures)]


def pages(count: int, dataset: Dataset, place: Path, *, fonts: Path = FONTS, seed: int = 0) -> list[Document]:
    """Synthetic documents: numbers with all their signs on what people write them on, by hands that were held back.

    Without fonts the digits are the Dataset's and drawn strokes alone, which a line says.
    """
    held_back = load_fonts(handwriting_fonts(fonts, held_back=True))
    if not held_back:
        say(f"drawn without fonts, which are fewer hands: there are none in {fonts}{HOW_TO_FONTS}")
    sources = Sources(Glyphs(dataset, held_back), printed_fonts(fonts))
    found = []
    for number, random in enumerate(_generators(count, seed)):
        page = draw_page(*(int(side) for side in random.integers(*PAGE_SIDES, 2)), sources, random)
        found.append(_written_on(page, _saved(page.grey, place / f"{number:04d}.png", ())))
    return found


def _written_on(page: Page, document: Document) -> Document:
    """A picture with what is written there, row by row; numbers that the frame cuts do not count."""
    rows: dict[int, list[tuple[str, Points]]] = {}
    cut = [((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in page.doubtful]
    for number in np.unique(page.numbers):
        own = page.numbers == number
        middles = tuple((float(x), float(y)) for x, y in page.quads[own].mean(axis=1))
        text = "".join(np.array(list(page.marks))[own])
        if page.seen[own].all() and only_digits(text):
            rows.setdefault(int(page.lines[own][0]), []).append((text, middles))
        else:
            cut += middles
    written = tuple(" ".join(text for text, _ in row) for row in rows.values())
    places = tuple(middles for row in rows.values() for _, middles in row)
    return replace(document, rows=written, has_signs=True, places=places, cut=tuple(cut))


def words(vocabulary: Sequence[str], font: Path, random: Random) -> Picture:
    """A picture, uint8 (height, width), of some words in a handwriting font, on paper, scanned or photographed."""
    size = int(random.integers(*LETTER_HEIGHTS))
    text = " ".join(random.choice(vocabulary, int(random.integers(WORDS_A_PICTURE[0], WORDS_A_PICTURE[1] + 1))))
    face = ImageFont.truetype(font, size)
    left, top, right, bottom = face.getbbox(text)
    margin = round(random.uniform(0.1, 0.6) * size)
    canvas = Image.new("L", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin))
    ImageDraw.Draw(canvas).text((margin - left, margin - top), text, 255, face)
    ink = np.asarray(canvas, np.float32) / np.float32(255)
    return photograph(ink, FLAT if random.random() < 0.5 else PHONE, random, stroke=size / 15)


DRAWN: dict[str, Callable[[int, int, Random], Picture]] = {
    "doodles": scribbles,
    "clouds": clouds,
    "newspapers": newspaper,
}
"""What is drawn of given height and width."""


def _cut(ink: Ink) -> Ink:
    """Ink, float32 (height, width), cut to the box of its strokes."""
    rows, columns = np.flatnonzero((ink > INKED).any(axis=1)), np.flatnonzero((ink > INKED).any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _size(random: Random) -> tuple[int, int]:
    """Height and width."""
    longer = int(random.integers(*SIDES))
    shorter = round(longer * random.uniform(*SHAPES))
    return (longer, shorter) if random.random() < 0.5 else (shorter, longer)


def _generators(count: int, seed: int) -> Iterator[Random]:
    return (np.random.default_rng([seed, number]) for number in range(count))


def _saved(picture: Picture, path: Path, rows: tuple[str, ...], kind: str = "") -> Document:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return Document(path, path.name, rows, kind=kind)
