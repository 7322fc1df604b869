"""Draw docs/figures/reading.png: the example pictures, with what the shipped network reads in them."""

from pathlib import Path

from PIL import Image, ImageOps

import digits
from digits.reading.annotate import draw
from digits.reading.picture import find_pictures, open_pictures
from digits.reading.reader import Reader

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "figures" / "reading.png"
CELL, COLUMNS = 260, 4


def sheet() -> Image.Image:
    """The annotated pictures side by side, each as large as its cell allows."""
    reader = Reader(digits.load())
    pages = [next(open_pictures(path)) for path in find_pictures([ROOT / "examples" / "pictures"])]
    cells = [ImageOps.pad(draw(page, reader.read_page(page)), (CELL, CELL), color="white") for page in pages]
    whole = Image.new("RGB", (CELL * COLUMNS, CELL * -(-len(cells) // COLUMNS)), "white")
    for number, cell in enumerate(cells):
        whole.paste(cell, (CELL * (number % COLUMNS), CELL * (number // COLUMNS)))
    return whole


if __name__ == "__main__":
    sheet().save(FILE, optimize=True)
    print(FILE)
