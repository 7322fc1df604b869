"""Draw examples/pictures: one digit a picture, on papers and with pens as people have them.

    python scripts/make_example_pictures.py [FOLDER]

Seeded: each run writes the same bytes with the same versions of the libraries. `labels.csv` names each digit. They show
what can be read; eight pictures measure nothing.
"""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

FOLDER = Path(__file__).parent.parent / "examples" / "pictures"

# Strokes of a pen: points, x to the right and y down, in units of the digit's height; a second stroke begins at a corner.
DIGITS = {
    0: [[(0.40, 0.03), (0.12, 0.22), (0.03, 0.60), (0.18, 0.94), (0.42, 0.97), (0.63, 0.70), (0.64, 0.30), (0.42, 0.03)]],
    2: [[(0.06, 0.24), (0.16, 0.06), (0.38, 0.00), (0.56, 0.12), (0.54, 0.36), (0.32, 0.66), (0.02, 0.96)],
        [(0.02, 0.96), (0.24, 0.90), (0.44, 0.97), (0.66, 0.93)]],
    3: [[(0.08, 0.12), (0.28, 0.00), (0.52, 0.08), (0.50, 0.32), (0.24, 0.44)],
        [(0.24, 0.44), (0.54, 0.52), (0.60, 0.80), (0.36, 1.00), (0.02, 0.90)]],
    4: [[(0.30, 0.00), (0.16, 0.30), (0.02, 0.62), (0.34, 0.64), (0.72, 0.58)], [(0.54, 0.34), (0.50, 0.66), (0.46, 1.00)]],
    5: [[(0.58, 0.02), (0.38, 0.00), (0.16, 0.04)], [(0.16, 0.04), (0.13, 0.24), (0.10, 0.42)],
        [(0.10, 0.42), (0.34, 0.36), (0.57, 0.54), (0.53, 0.84), (0.28, 1.00), (0.02, 0.91)]],
    6: [[(0.50, 0.00), (0.28, 0.18), (0.08, 0.54), (0.08, 0.84), (0.30, 1.00), (0.54, 0.84), (0.50, 0.60), (0.28, 0.55), (0.10, 0.74)]],
    7: [[(0.02, 0.06), (0.30, 0.03), (0.62, 0.00)], [(0.62, 0.00), (0.42, 0.44), (0.28, 1.00)], [(0.16, 0.52), (0.56, 0.47)]],
    9: [[(0.54, 0.12), (0.36, 0.00), (0.12, 0.10), (0.06, 0.34), (0.26, 0.46), (0.48, 0.32), (0.54, 0.12)],
        [(0.54, 0.12), (0.53, 0.56), (0.42, 1.00)]],
}  # fmt: skip

Floats = npt.NDArray[np.float32]


def strokes(digit: int, height: int, width: float) -> Floats:
    """A digit as ink of this height, with strokes of this width, both in pixels: float32, 0 to 1, no margin."""
    finer = 4
    length, margin = finer * (height - width), finer * (width / 2 + 1)
    sheet = np.zeros((finer * (height + 2), round(length + 2 * margin)), np.uint8)
    for points in DIGITS[digit]:
        line = np.rint(16 * (curve(np.array(points)) * length + margin)).astype(np.int32)
        cv2.polylines(sheet, [line], False, 255, round(finer * width), cv2.LINE_AA, shift=4)
    size = (round(sheet.shape[1] / finer), height + 2)
    return cropped(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA) / np.float32(255))


def curve(points: npt.NDArray[np.float64], steps: int = 16) -> npt.NDArray[np.float64]:
    """A smooth line through points, (n, 2): Catmull and Rom's spline (1974), (m, 2)."""
    p0, p1, p2, p3 = (np.pad(points, ((1, 1), (0, 0)), "edge")[k : len(points) - 1 + k, np.newaxis] for k in range(4))
    t = np.linspace(0, 1, steps)[:, np.newaxis]
    line = p1 + t / 2 * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)))
    return line.reshape(-1, 2)


def cropped(ink: Floats) -> Floats:
    """Ink without the empty rows and columns around it."""
    rows, columns = np.flatnonzero((ink > 0.1).any(axis=1)), np.flatnonzero((ink > 0.1).any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def placed(ink: Floats, shape: tuple[int, int], left: int, top: int) -> Floats:
    """Ink on a larger sheet, float32 `shape`."""
    sheet = np.zeros(shape, np.float32)
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def grain(rng: np.random.Generator, shape: tuple[int, int], size: float) -> Floats:
    """Noise of mean 0 and deviation 1 whose grains have this size in pixels."""
    noise = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), size)
    return noise / noise.std()


def painted(paper: Floats, ink: Floats, colour: tuple[float, ...]) -> Floats:
    """Paper, (height, width, 3), with ink of a colour on it."""
    return paper * (1 - ink[..., np.newaxis]) + np.array(colour, np.float32) * ink[..., np.newaxis]


def light(shape: tuple[int, int], x: float, y: float) -> Floats:
    """1 where the light is, less by `x` at the right and by `y` at the bottom."""
    height, width = shape
    falling = 1 - x * np.linspace(0, 1, width)[np.newaxis] - y * np.linspace(0, 1, height)[:, np.newaxis]
    return falling.astype(np.float32)


def picture(pixels: Floats, step: int = 1) -> Image.Image:
    """Pixels as a Pillow image; with steps between their levels, a PNG of grainy paper stays small."""
    return Image.fromarray((np.rint(np.clip(pixels, 0, 255) / step) * step).clip(0, 255).astype(np.uint8))


def pencil(digit: int, rng: np.random.Generator) -> Image.Image:
    """Pencil on grey paper: faint, thin, broken by the paper's grain."""
    shape = (150, 130)
    ink = placed(strokes(digit, 90, 4.0), shape, 30, 28) * np.clip(0.62 + 0.22 * grain(rng, shape, 1.0), 0.2, 0.9)
    return picture((178 + 3 * grain(rng, shape, 0.8)) * (1 - 0.5 * ink), step=4)


def chalk(digit: int, rng: np.random.Generator) -> Image.Image:
    """White chalk on a green board that was wiped often."""
    shape = (240, 220)
    board = np.array([38, 84, 62], np.float32) + (7 * grain(rng, shape, 14) + 3 * grain(rng, shape, 1))[..., np.newaxis]
    rough = np.clip(0.8 + 0.3 * grain(rng, shape, 1.2), 0, 1)
    return picture(painted(board, placed(strokes(digit, 150, 13.0), shape, 55, 42) * rough, (236, 238, 230)))


def blue_pen(digit: int, rng: np.random.Generator) -> Image.Image:
    """A blue pen on white paper, half of it in a shadow."""
    shape = (300, 260)
    paper = np.array([244, 240, 228], np.float32) * light(shape, 0.2, 0.1)[..., np.newaxis]
    page = painted(paper, placed(strokes(digit, 150, 6.0), shape, 80, 70) * 0.85, (32, 44, 150))
    corners = np.array([[0, 300], [0, 120], [260, 205], [260, 300]])
    shadow = cv2.GaussianBlur(cv2.fillPoly(np.zeros(shape, np.float32), [corners], 1.0), (0, 0), 5)
    return picture(page * (1 - 0.48 * shadow[..., np.newaxis]) + 2 * grain(rng, shape, 0.8)[..., np.newaxis])


def felt_pen(digit: int, rng: np.random.Generator) -> Image.Image:
    """A thick felt pen, cut out so that it fills its frame."""
    ink = strokes(digit, 130, 22.0)
    return picture(painted(np.full((*ink.shape, 3), 252, np.float32), ink, (196, 30, 40)), step=4)


def drawing(digit: int, rng: np.random.Generator) -> Image.Image:
    """Drawn with a mouse on a transparent canvas."""
    ink = placed(strokes(digit, 130, 8.0), (200, 200), 60, 38)
    canvas = np.zeros((200, 200, 4), np.uint8)
    canvas[..., 3] = np.rint(255 * ink)
    return Image.fromarray(canvas)


def corner(digit: int, rng: np.random.Generator) -> Image.Image:
    """A tiny digit in the corner of a big sheet."""
    shape = (900, 1200)
    ink = placed(strokes(digit, 26, 2.6), shape, 1120, 835)
    return picture(
        painted((235 * light(shape, 0.06, 0.1))[..., np.newaxis] * np.ones(3, np.float32), ink, (30, 30, 36))
    )


def form_cell(digit: int, rng: np.random.Generator) -> Image.Image:
    """Scanned from a form: the cell's printed borders, and a bit of its neighbours'."""
    shape = (110, 92)
    page = 246 + 2 * grain(rng, shape, 0.7)
    for row, column in ((8, None), (100, None), (None, 9), (None, 83)):
        page[row if row is not None else slice(None), column if column is not None else slice(None)] = 96
    page[:, 10] = page[9] = 140
    return picture(page * (1 - 0.85 * placed(strokes(digit, 62, 4.5), shape, 26, 25)), step=4)


def pixels(digit: int, rng: np.random.Generator) -> Image.Image:
    """Eight by eight pixels, light on dark."""
    ink = strokes(digit, 80, 11.0)
    small = cv2.resize(ink, (round(ink.shape[1] / 10), 8), interpolation=cv2.INTER_AREA)
    return picture(255 * placed(small, (8, 8), (8 - small.shape[1]) // 2, 0) / small.max(), step=16)


PICTURES = {  # file: how it is drawn, and what
    "pencil.png": (pencil, 3),
    "chalk.webp": (chalk, 7),
    "pen-in-shadow.jpg": (blue_pen, 5),
    "felt-pen.png": (felt_pen, 2),
    "drawing.png": (drawing, 4),
    "corner.png": (corner, 6),
    "form-cell.png": (form_cell, 9),
    "8x8.png": (pixels, 0),
}


def main(folder: Path) -> None:
    """Write the pictures and their labels."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "label"])
        for number, (name, (draw, digit)) in enumerate(PICTURES.items()):
            drawn = draw(digit, np.random.default_rng(number))
            drawn.save(folder / name, **({"quality": 80} if name.endswith(("jpg", "webp")) else {"optimize": True}))
            writer.writerow([name, digit])
            print(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
