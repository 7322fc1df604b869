"""Download the fonts that `digits.synthesis` draws with: handwriting for hands, printed ones for clutter.

    python references/fonts.py FONTS                needs npm; about two minutes, 10 MB

npm's `@fontsource/NAME` packages hold Google Fonts' families, all under the SIL Open Font License; Pillow reads their
`.woff` files. They land as `FOLDER/handwriting/NAME.woff` and `FOLDER/printed/NAME.woff` and are never committed. A
family is kept if it draws ten distinct digits and the usual signs (`digits.synthesis.fonts.SIGNS`).
"""

import argparse
import subprocess
import tarfile
import tempfile
from pathlib import Path

from digits.synthesis.fonts import SIGNS, has_glyphs

HANDWRITING = [
    "caveat", "kalam", "patrick-hand", "indie-flower", "shadows-into-light", "shadows-into-light-two",
    "reenie-beanie", "gloria-hallelujah", "nothing-you-could-do", "homemade-apple", "covered-by-your-grace",
    "rock-salt", "just-another-hand", "architects-daughter", "coming-soon", "handlee", "gochi-hand",
    "sue-ellen-francisco", "la-belle-aurore", "over-the-rainbow", "waiting-for-the-sunrise", "cedarville-cursive",
    "dawning-of-a-new-day", "zeyada", "loved-by-the-king", "schoolbell", "neucha", "bad-script", "marck-script",
    "nanum-pen-script", "gaegu", "mali", "sriracha", "itim", "delius", "short-stack", "pangolin",
    "annie-use-your-telescope", "give-you-glory", "swanky-and-moo-moo", "the-girl-next-door", "vibur",
    "crafty-girls", "sedgwick-ave", "licorice", "caveat-brush", "permanent-marker", "rancho", "kristi",
    "league-script", "mansalva", "gamja-flower", "hi-melody", "poor-story", "just-me-again-down-here",
    "walter-turncoat", "nanum-brush-script", "shantell-sans", "playpen-sans", "amatic-sc", "liu-jian-mao-cao",
    "yomogi", "chilanka", "merienda",
]  # fmt: skip

PRINTED = [
    "roboto", "open-sans", "lora", "merriweather", "courier-prime", "inter", "noto-serif", "source-sans-3",
    "lato", "montserrat", "oswald", "pt-serif", "pt-sans", "roboto-slab", "roboto-mono", "ibm-plex-mono",
    "ibm-plex-serif", "libre-baskerville", "eb-garamond", "crimson-text", "bitter", "playfair-display",
    "special-elite", "cutive-mono", "share-tech-mono", "josefin-sans", "nunito", "ubuntu", "archivo-narrow",
    "old-standard-tt", "unifrakturcook", "b612-mono",
]  # fmt: skip


def download(name: str, file: Path) -> bool:
    """Write the Latin regular cut of `@fontsource/name` to `file`; False where there is no such package or cut."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"@fontsource/{name}@5"], cwd=folder, capture_output=True, check=False
        )
        archives = list(Path(folder).glob("*.tgz"))
        if packed.returncode or not archives:
            return False
        with tarfile.open(archives[0]) as archive:
            cuts = [part for part in archive.getnames() if part.endswith(f"{name}-latin-400-normal.woff")]
            content = archive.extractfile(cuts[0]) if cuts else None
            if content is None:
                return False
            file.write_bytes(content.read())
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder: Path = parser.parse_args().folder
    for kind, names, marks in (("handwriting", HANDWRITING, "0123456789" + SIGNS), ("printed", PRINTED, "0123456789")):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        kept = 0
        for name in names:
            file = folder / kind / f"{name}.woff"
            if not file.is_file() and not download(name, file):
                print(f"{name}: no such package, or no Latin regular cut")
            elif not has_glyphs(file, marks):
                print(f"{name}: lacks one of {marks}, or draws two alike")
                file.unlink()
            else:
                kept += 1
        print(f"{kind}: {kept} families")


if __name__ == "__main__":
    main()
