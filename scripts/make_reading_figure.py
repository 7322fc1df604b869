"""Draw the example pictures with what the shipped network reads in them: docs/figures/reading.png, example-numbers.jpg.

    python scripts/make_reading_figure.py [reading.png] [example-numbers.jpg]

Of a file of several pages the first is shown.
"""

import sys
from pathlib import Path

from PIL import Image, ImageOps

import digits
from digits.reading.annotate import draw
from digits.reading.pictures.picture import find_pictures, open_pictures
from digits.reading.reader import Reader

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "docs" / "figures"
SHEETS = {  # figure: the pictures' folder, a cell's width and height, its margin, columns
    "reading.png": ("pictures", (260, 260), 0, 4),
    "example-numbers.jpg": ("numbers", (680, 480), 10, 2),
}


def sheet(folder: Path, cell: tuple[int, int], margin: int, columns: int) -> Image.Image:
    """The annotated pictures of a folder side by side, each as large as its cell, (width, height), allows."""
    reader = Reader(digits.load())
    pages = [next(open_pictures(path)) for path in find_pictures([folder])]
    size = (cell[0] - 2 * margin, cell[1] - 2 * margin)
    cells = [ImageOps.pad(draw(page, reader.read_page(page)), size, color="white") for page in pages]
    whole = Image.new("RGB", (cell[0] * columns, cell[1] * -(-len(cells) // columns)), "white")
    for number, drawn in enumerate(cells):
        whole.paste(drawn, (cell[0] * (number % columns) + margin, cell[1] * (number // columns) + margin))
    return whole


def main(names: list[str]) -> None:
    """Draw the figures of these names, or all."""
    for name in names or SHEETS:
        folder, cell, margin, columns = SHEETS[name]
        photographs = {"quality": 85, "subsampling": 0} if name.endswith("jpg") else {}
        sheet(ROOT / "examples" / folder, cell, margin, columns).save(FIGURES / name, optimize=True, **photographs)
        print(FIGURES / name)


if __name__ == "__main__":
    main(sys.argv[1:])
