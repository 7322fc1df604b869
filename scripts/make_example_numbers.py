"""Draw examples/numbers: numbers, a page and a form, on what people write them on.

    python scripts/make_example_numbers.py [FOLDER]

The digits are the embedded sample's (NOTICE says whose they are), as one hand a picture would write them
(`benchmarks/synthetic_hand.py`). Seeded: each run writes the same bytes with the same versions of the libraries. A seed is
a picture's place in `PICTURES`: none was chosen by what is read. `labels.csv` says what stands on each page, rows joined by
`/`, numbers of a row by spaces, `form.boxes.json` where the form's fields are. They show what can be read; six pictures
measure nothing, least of all of digits that the network which ships was trained on.
"""

import csv
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))

from digits import load_dataset
from make_example_pictures import Floats, grain, light, painted, picture
from synthetic_hand import Hand, draw_digits, lay, write_line
from synthetic_paper import bend

FOLDER = Path(__file__).parent.parent / "examples" / "numbers"
DIGITS = load_dataset("sample", "test")

Random = np.random.Generator
Colour = tuple[float, float, float]
Shape = tuple[int, int]
Draw = Callable[[Sequence[str], Random], list[Image.Image]]
"""From what stands on each page to its picture."""

BOXES = [
    {"box": [56, 84, 456, 76], "name": "date", "type": "date"},
    {"box": [56, 244, 570, 76], "name": "customer", "type": "code", "expect": 7},
    {"box": [56, 404, 330, 74], "name": "amount", "type": "amount"},
    {"box": [456, 404, 330, 74], "name": "discount", "type": "percent"},
]
"""What stands where on the form, for `digits read --boxes`."""

BEHIND = {" ": 0.7, ".": 0.4}
"""Gaps where a space or a point stands behind a digit, as shares of the digits' height."""


def write(sheet: Floats, text: str, hand: Hand, place: tuple[float, float], random: Random, align: float = 0) -> None:
    """Write a number, with spaces and points, on a sheet of ink, in place.

    Its line begins at `place` (x, y), where `align` is 0, is centred there (0.5), or ends there (1).
    """
    signs = re.findall(r"\d[ .]?", text)
    labels, images = draw_digits("".join(sign[0] for sign in signs), DIGITS, random)
    usual = random.uniform(0.1, 0.24, len(signs) - 1)
    gaps = [hand.height * BEHIND.get(sign[1:], gap) for sign, gap in zip(signs, usual, strict=False)]
    line = write_line(labels, images, hand, gaps, random)
    left, top = place[0] - align * line.ink.shape[1], place[1] - line.baseline
    lay(sheet, line.ink, round(top), round(left))
    for sign, before, after in zip(signs, line.boxes, line.boxes[1:], strict=False):
        if sign[1:] == ".":
            middle = left + (before[0] + before[2] + after[0]) / 2
            bottom = place[1] - hand.stroke
            stroke(sheet, [(middle, bottom - 1), (middle + 1, bottom)], 1.3 * hand.stroke)


def stroke(sheet: Floats, points: Sequence[tuple[float, float]], width: float, strength: float = 1.0) -> None:
    """Draw a line through points (x, y) on a sheet of ink, in place."""
    drawn = np.zeros(sheet.shape, np.uint8)
    line = np.rint(16 * np.array(points)).astype(np.int32)
    cv2.polylines(drawn, [line], False, 255, max(1, round(width)), cv2.LINE_AA, shift=4)
    np.maximum(sheet, drawn * np.float32(strength / 255), out=sheet)


def printed(sheet: Floats, words: str, size: int, place: tuple[int, int]) -> None:
    """Print words on a sheet of ink, in place; `place` (x, y) is where their line begins."""
    canvas = Image.new("L", sheet.shape[::-1])
    ImageDraw.Draw(canvas).text(place, words, 255, ImageFont.load_default(size), anchor="ls")
    np.maximum(sheet, np.asarray(canvas, np.float32) / 255, out=sheet)


def rough(random: Random, shape: Shape, colour: Colour, fine: float, coarse: float) -> Floats:
    """A surface of a colour, (height, width, 3), with fine grain and coarse stains of these deviations."""
    stains = fine * grain(random, shape, 0.8) + coarse * grain(random, shape, 30)
    return np.array(colour, np.float32) + stains[..., np.newaxis]


def wood(shape: Shape, colour: Colour, random: Random) -> Floats:
    """Wood of a colour, (height, width, 3): its grain runs from left to right."""
    fibres = cv2.GaussianBlur(random.normal(size=shape).astype(np.float32), (0, 0), sigmaX=60, sigmaY=1.2)
    return rough(random, shape, colour, 2, 5) + (6 * fibres / fibres.std())[..., np.newaxis]


def lying(sheet: Floats, ground: Floats, tilt: float, place: tuple[int, int], random: Random) -> Floats:
    """A sheet, (height, width, 3), tilted and seen a little from aside, on a larger ground that its shadow falls on."""
    move, _, _ = bend(*sheet.shape[:2], tilt, 0.03, random)
    move = np.array([[1, 0, place[0]], [0, 1, place[1]], [0, 0, 1]]) @ move
    size = ground.shape[1::-1]
    seen = cv2.warpPerspective(sheet, move, size, flags=cv2.INTER_LINEAR)
    where = cv2.warpPerspective(np.ones(sheet.shape[:2], np.float32), move, size)[..., np.newaxis]
    shade = cv2.GaussianBlur(np.roll(where, (7, 5), (0, 1)), (0, 0), 6)[..., np.newaxis]
    return seen * where + ground * (1 - 0.5 * shade) * (1 - where)


def shadow(shape: Shape, corners: Sequence[tuple[int, int]], softness: float) -> Floats:
    """1 where a shadow with these corners (x, y) lies, 0 elsewhere, with a soft edge."""
    return cv2.GaussianBlur(cv2.fillPoly(np.zeros(shape, np.float32), [np.array(corners)], 1.0), (0, 0), softness)


def photographed(scene: Floats, lit: Floats, blur: float, noise: float, random: Random) -> Image.Image:
    """A scene, (height, width, 3), in this light, as a telephone's camera sees it."""
    seen = cv2.GaussianBlur(scene * lit[..., np.newaxis], (0, 0), blur)
    return picture(seen + noise * grain(random, lit.shape, 0.7)[..., np.newaxis])


def counter(texts: Sequence[str], random: Random) -> list[Image.Image]:
    """Chalk on slates that hang side by side on a wooden wall, a digit each."""
    around, side = (330, 800), (164, 128)
    scene = wood(around, (156, 120, 82), random)
    hand = Hand(height=92, stroke=9.5, slant=0.05, unevenness=0.04)
    for place, digit in enumerate(texts[0]):
        slate = rough(random, side, (56, 60, 60), 2.5, 6)
        ink = np.zeros(side, np.float32)
        write(ink, digit, hand, (64 + random.normal(0, 4), 128 + random.normal(0, 3)), random, align=0.5)
        slate = painted(slate, ink * np.clip(0.85 + 0.2 * grain(random, side, 0.9), 0, 1), (232, 233, 226))
        slate[:7] = slate[-7:] = slate[:, :7] = slate[:, -7:] = (196, 158, 106)
        scene = lying(slate, scene, random.normal(0, 1.2), (56 + 138 * place, 84), random)
    return [photographed(scene, light(around, 0.35, 0.1), 0.9, 2.0, random)]


def note(texts: Sequence[str], random: Random) -> list[Image.Image]:
    """A telephone number on a slip of paper that lies askew on a wooden table, partly in a shadow."""
    shape, around = (270, 800), (540, 960)
    ink = np.zeros(shape, np.float32)
    hand = Hand(height=62, stroke=5.0, slant=0.18, unevenness=0.07, tails=0.3)
    write(ink, texts[0], hand, (60, 165), random)
    paper = painted(rough(random, shape, (247, 232, 150), 2, 2), 0.86 * ink, (34, 36, 44))
    scene = lying(paper, wood(around, (150, 106, 70), random), -8, (60, 70), random)
    lit = light(around, 0.35, 0.15) * (1 - 0.4 * shadow(around, [(560, 540), (690, 230), (960, 60), (960, 540)], 14))
    return [photographed(scene, lit, 0.9, 2.0, random)]


def amounts(texts: Sequence[str], random: Random) -> list[Image.Image]:
    """Amounts below each other on ruled paper, in blue pen, a line above their sum."""
    rows, pitch = texts[0].split("/"), 84
    shape = (130 + pitch * len(rows), 620)
    paper = rough(random, shape, (240, 238, 230), 1.5, 2)
    ruling, margin, ink = (np.zeros(shape, np.float32) for _ in range(3))
    hand = Hand(height=46, stroke=4.2, slant=0.12, unevenness=0.06, tails=0.2)
    for row, text in enumerate(rows):
        line = 100 + pitch * row
        stroke(ruling, [(0, line + 1), (620, line + 1)], 2, 0.7)
        write(ink, text, hand, (520 + random.normal(0, 6), line + random.normal(0, 2)), random, align=1)
    stroke(ruling, [(0, 101 - pitch), (620, 101 - pitch)], 2, 0.7)
    stroke(margin, [(120, 0), (120, shape[0])], 2, 0.8)
    over = 100 + pitch * (len(rows) - 2) + 16
    stroke(ink, [(300, over + 3), (420, over - 1), (536, over + 1)], hand.stroke)
    page = painted(painted(painted(paper, ruling, (150, 178, 214)), margin, (214, 120, 124)), 0.88 * ink, (32, 46, 140))
    seen = lying(page, rough(random, (shape[0] + 60, 700), (70, 72, 76), 3, 8), 2.0, (26, 12), random)
    return [photographed(seen, light(seen.shape[:2], 0.1, 0.22), 0.8, 2.0, random)]


def form(texts: Sequence[str], random: Random) -> list[Image.Image]:
    """A scanned form: a box for each digit of a date and of a customer's number, and two wide boxes; some stay empty."""
    shape, down = (560, 860), 62
    print_ink, ink = (np.zeros(shape, np.float32) for _ in range(2))
    hand = Hand(height=40, stroke=3.6, slant=0.08, unevenness=0.06)
    date, customer, amount = texts[0].split("/")
    for words, filled, count, top in (("Date", date, 8, 90), ("Customer number", customer, 10, 250)):
        printed(print_ink, words, 24, (60, top - 14))
        for place in range(count):
            box(print_ink, (60 + 56 * place, top, 56, down))
        for place, digit in enumerate(filled):
            aside, above = random.normal(0, 3, 2)
            write(ink, digit, hand, (76 + 56 * place + aside, top + 52 + above), random)
    for words, left in (("Amount", 60), ("Discount", 460)):
        printed(print_ink, words, 24, (left, 396))
        box(print_ink, (left, 410, 320, down))
    write(ink, amount, hand, (90, 460), random)
    paper = rough(random, shape, (248, 248, 246), 0.8, 0.5)
    page = painted(painted(paper, 0.8 * print_ink, (40, 110, 96)), 0.9 * ink, (28, 30, 60))
    move = cv2.getRotationMatrix2D((430, 280), 0.7, 1)
    return [picture(cv2.warpAffine(page, move, shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))]


def box(sheet: Floats, place: tuple[int, int, int, int]) -> None:
    """Print a box (left, top, width, height) on a sheet of ink, in place."""
    left, top, across, down = place
    corners = [(left, top), (left + across, top), (left + across, top + down), (left, top + down), (left, top)]
    stroke(sheet, corners, 2)


def score(texts: Sequence[str], random: Random) -> list[Image.Image]:
    """The marks of a test: a red felt pen on squared paper, underlined twice."""
    shape = (420, 520)
    squares, ink = (np.zeros(shape, np.float32) for _ in range(2))
    for at in range(14, 520, 30):
        stroke(squares, [(at, 0), (at, 420)], 1, 0.7)
        stroke(squares, [(0, at), (520, at)], 1, 0.7)
    write(ink, texts[0], Hand(height=140, stroke=15, slant=0.15, unevenness=0.04), (150, 240), random)
    stroke(ink, [(120, 292), (250, 284), (400, 280)], 12)
    stroke(ink, [(150, 326), (280, 318), (392, 316)], 12)
    paper = rough(random, shape, (236, 236, 232), 1.5, 2)
    page = painted(painted(paper, squares, (176, 190, 206)), 0.9 * ink, (196, 26, 40))
    turned = cv2.warpAffine(page, cv2.getRotationMatrix2D((260, 210), 4, 1.12), shape[::-1], flags=cv2.INTER_LINEAR)
    return [photographed(turned, light(shape, 0.1, 0.25), 1.0, 2.0, random)]


def stock_list(texts: Sequence[str], random: Random) -> list[Image.Image]:
    """A list of two pages, from a scanner that knows black and white alone: article and count."""
    pages, shape = [], (874, 1240)
    hand = Hand(height=50, stroke=4.6, slant=0.1, unevenness=0.07, tails=0.3)
    for text in texts:
        ink = np.zeros(shape, np.float32)
        printed(ink, "Article", 34, (140, 110))
        printed(ink, "Count", 34, (740, 110))
        for row, numbers in enumerate(text.split("/")):
            for left, one in zip((140, 740), numbers.split(" "), strict=True):
                write(ink, one, hand, (left + random.normal(0, 10), 225 + 118 * row + random.normal(0, 4)), random)
        move = cv2.getRotationMatrix2D((620, 437), random.uniform(-1, 1), 1)
        ink = cv2.warpAffine(ink, move, shape[::-1]) + 0.12 * grain(random, shape, 1.0)
        specks = (random.integers(0, 874, 40), random.integers(0, 1240, 40))
        ink[specks] = 1
        pages.append(Image.fromarray(ink < 0.5))
    return pages


PICTURES: dict[str, tuple[Draw, list[str]]] = {  # file: how it is drawn, and what stands on each page
    "counter.jpg": (counter, ["48261"]),
    "telephone.jpg": (note, ["020 7946 0815"]),
    "amounts.jpg": (amounts, ["12.50/7.95/148.00/63.20/21.80/253.45"]),
    "form.jpg": (form, ["07032025/4930186/1480"]),
    "score.webp": (score, ["87"]),
    "stock-list.pdf": (stock_list, ["40213 12/40218 6/51770 35/51904 8/60339 120", "60341 24/72005 9/72118 48/83650 17"]),
}  # fmt: skip


def main(folder: Path) -> None:
    """Write the pictures and their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "page", "label"])
        for seed, (name, (draw, texts)) in enumerate(PICTURES.items()):
            pages = draw(texts, np.random.default_rng(seed))
            save(pages, folder / name)
            writer.writerows([name, page, text] for page, text in enumerate(texts))
            print(folder / name)
    lines = ",\n".join(f"  {json.dumps(box)}" for box in BOXES)
    (folder / "form.boxes.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def save(pages: list[Image.Image], file: Path) -> None:
    """Write a picture, or a PDF of several pages at 150 dots an inch, which is dated 1970."""
    if file.suffix == ".pdf":
        day = time.gmtime(0)
        pages[0].save(file, save_all=True, append_images=pages[1:], resolution=150, creationDate=day, modDate=day)
    else:
        pages[0].save(file, quality=78)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
