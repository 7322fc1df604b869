"""Draw docs/figures/strips.png and pages.jpg: what the networks that read numbers learn from, of the sample's digits.

python scripts/make_synthesis_figures.py [FONTS]      with handwriting fonts, if references/fonts.py filled FONTS
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digits.data.sources import load_dataset
from digits.synthesis.fonts import handwriting_fonts, load_fonts, printed_fonts
from digits.synthesis.hands import Glyphs
from digits.synthesis.pages import draw_page
from digits.synthesis.sheet import Sources
from digits.synthesis.strips import draw_strip

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
WIDTH, ROW, GAP = 1200, 36, 8
"""Pixels of a sheet's width, of a strip's height on it, and between strips."""


def strips(sources: Sources, count_rows: int = 11) -> Image.Image:
    """Strips side by side, each over its text."""
    random = np.random.default_rng(4)
    sheet = Image.new("L", (WIDTH, count_rows * (ROW + 24)), 255)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    left = top = 0
    while top < sheet.height:
        strip = draw_strip(sources.glyphs, sources.printed, random)
        image = Image.fromarray(strip.pixels)
        image = image.resize((max(8, round(image.width * ROW / image.height)), ROW), Image.Resampling.LANCZOS)
        if left + image.width > WIDTH:
            left, top = 0, top + ROW + 24
        if image.width <= WIDTH:
            sheet.paste(image, (left, top))
            pen.text((left, top + ROW + 3), strip.text or "(nothing)", 90, font)
            left += max(image.width, int(pen.textlength(strip.text or "(nothing)", font))) + GAP
    return sheet


def pages(sources: Sources, side: int = 390) -> Image.Image:
    """Nine pages, three in a row."""
    sheet = Image.new("L", (3 * side + 2 * GAP, 3 * side + 2 * GAP), 255)
    for place in range(9):
        page = draw_page(2 * side, 2 * side, sources, np.random.default_rng([9, place]), size=26 + 8 * (place % 4))
        image = Image.fromarray(page.grey).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(image, (place % 3 * (side + GAP), place // 3 * (side + GAP)))
    return sheet


def main() -> None:
    """Write both."""
    fonts = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    families = load_fonts(handwriting_fonts(fonts, held_back=False))
    sources = Sources(Glyphs(load_dataset("sample"), families), printed_fonts(fonts))
    strips(sources).save(FIGURES / "strips.png", optimize=True)
    pages(sources).save(FIGURES / "pages.jpg", quality=80)


if __name__ == "__main__":
    main()
