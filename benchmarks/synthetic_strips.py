"""Strips of digits with known text, to train the line network on (`train_line_network.py`).

    strips = make_strips(FOLDER, digits, photographed=25_000, written=16_000)

A strip is what `reading/line_network.centred` makes of a line's ink: uint8 (64, width), digits 32 pixels tall. Some are
lines photographed (`synthetic_lines.py`), whose ink the reader itself found, with all that it gets wrong; the others,
which cost a quarter of the time, are written and never photographed. Both are narrower, wider, thicker, more slanted
and more closely written than the lines that the reader is measured on.

Notable choices:
- the digits are MNIST's training digits (never its validation or test digits), drawn twice, some as other hands write
  them, then most (`training/hands.py`), and bent a little: who knows no up-stroke makes a 1 of its own of it. For the
  same reason many of the 1s, 4s and 7s are drawn from strokes (`drawn_digits.py`);
- strips are kept in files of some thousand, written whole: a run that was stopped goes on after the last file.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import drawn_digits
from digits.data.dataset import Dataset
from digits.data.npz import write_arrays
from digits.reading.clearing import cleared
from digits.reading.layout import find_rows
from digits.reading.line_network import centred
from digits.reading.lines import page_ink
from digits.reading.picture import Picture
from digits.reading.ruling import without_ruling
from digits.reading.strip import HEIGHT, cut_strip
from fit_search import as_strip, worn
from harness import say
from synthetic_lines import STYLES, draw_hand, render_line, write

Random = np.random.Generator
Ink = npt.NDArray[np.uint8]

LONGEST = 12
"""Digits of a line."""

PER_FILE = 2500

KINDS = {"clean": 0.15, "touching": 0.25, "photographed": 0.3, "wide": 0.3}
"""How often each style is photographed; `wide` is `photographed` with wider ranges."""

WORN, SMALL_ZEROS = 0.15, 0.25

DRAWN = {1: 0.4, 4: 0.25, 7: 0.25}
"""The shares of these digits that are drawn from strokes."""


@dataclass(frozen=True, eq=False)
class Strips:
    """Strips, uint8 (64, width) each, and what each says."""

    inks: Sequence[Ink]
    texts: Sequence[str]


def other_hands(digits: Dataset, seed: int = 0) -> Dataset:
    """Digits twice over, as other hands write them; needs JAX."""
    import jax
    import jax.numpy as jnp

    from digits.training.augment import augment
    from digits.training.sections import Augmentation

    hands = (
        Augmentation(hands=0.3, elastic=0.5, rotation=4, scale=0.08, shear=0.1),
        Augmentation(hands=0.8, elastic=0.6, rotation=6, scale=0.08, shear=0.15, slender=0.2),
    )
    drawn = []
    for time, hand in enumerate(hands):
        for start in range(0, len(digits), PER_FILE):
            part = slice(start, start + PER_FILE)
            key = jax.random.key(seed + start + time * len(digits))
            drawn.append(augment(hand, jnp.asarray(digits.images[part]), key, jnp.asarray(digits.labels[part])))
    images, labels = np.concatenate([np.asarray(part, np.uint8) for part in drawn]), np.tile(digits.labels, 2)
    random = np.random.default_rng([seed, len(images)])
    for digit, share in DRAWN.items():
        for place in np.flatnonzero(labels == digit):
            if random.random() < share:
                images[place] = drawn_digits.draw(digit, random)
    return replace(digits, images=images, labels=labels)


def make_strips(folder: Path, digits: Dataset, *, photographed: int, written: int, seed: int = 0) -> Strips:
    """Strips of so many lines, made on all cores, or as `folder` has them from an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [("photographed", part) for part in range(0, photographed, PER_FILE)]
    wanted += [("written", part) for part in range(0, written, PER_FILE)]
    counts = {"photographed": photographed, "written": written}
    missing = [one for one in wanted if not _file(folder, *one).is_file()]
    if missing:
        say(f"drawing {photographed + written:,} lines in {len(wanted)} files, {len(missing)} of them new …")
        digits = other_hands(digits, seed)
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:  # JAX's threads cannot be forked
            parts = pool.map(partial(_write_part, folder, digits, seed, counts), missing)
            for done, (kind, part) in enumerate(parts, 1):
                say(f"  {done} of {len(missing)}: {kind} from {part:,}")
    found = [_read(_file(folder, *one)) for one in wanted]
    return Strips([ink for part in found for ink in part.inks], [text for part in found for text in part.texts])


def photographed_strip(digits: Dataset, random: Random) -> tuple[Ink, str] | None:
    """A line as the reader finds it in a picture; None if it finds none, or several rows."""
    kind = random.choice(list(KINDS), p=list(KINDS.values()))
    style = STYLES["photographed" if kind == "wide" else str(kind)]
    if kind == "wide":
        touching = 0.9 * random.random() ** 2
        style = replace(style, stroke=(0.05, 0.22), slant=(-0.3, 0.6), touching=(0, touching), gap=(0.02, 0.5))
    style = replace(style, height=(16, 90))
    pixels, text = render_line(int(random.integers(1, LONGEST + 1)), style, digits, random)
    picture = cleared(Picture("line", 0, pixels))
    ink = page_ink(picture, light=False)
    if ink is None:
        return None
    ruled = without_ruling(ink)
    layout = find_rows(ink, ink.mask if ruled is None else ruled)
    if layout is None or len(layout.rows) != 1:
        return None
    strip = cut_strip(picture, layout, layout.rows[0], ink.scale, light=False)
    return None if strip is None else _cropped(strip.mask, text)


def written_strip(digits: Dataset, random: Random) -> tuple[Ink, str] | None:
    """A line that was never photographed, some worn as a dry pen leaves them; None if nothing is left of it."""
    gap = (0.02, 0.5 if random.random() < 0.7 else 1.0)
    style = replace(
        STYLES["photographed"],
        stroke=(0.05, 0.22),
        slant=(-0.3, 0.6),
        touching=(0, 0.9 * random.random()),
        gap=gap,
        height=(24, 70),
    )
    hand = draw_hand(style, random)
    zeros, uneven = bool(random.random() < SMALL_ZEROS), hand.unevenness * random.choice([1, 2])
    hand = replace(hand, small_zeros=zeros, unevenness=uneven)
    line = write(int(random.integers(1, LONGEST + 1)), style, hand, digits, random)
    mask, _ = as_strip(line.ink, line.owner.astype(np.float32), len(line.text))
    return _cropped(worn(mask, random) if random.random() < WORN else mask, line.text)


DRAW = {"photographed": photographed_strip, "written": written_strip}


def _cropped(mask: Ink, text: str) -> tuple[Ink, str] | None:
    ink = centred(mask, HEIGHT)
    if ink is None or not ink.any():
        return None
    columns = np.flatnonzero(ink.any(axis=0))
    return ink[:, columns[0] : columns[-1] + 1], text


def _file(folder: Path, kind: str, part: int) -> Path:
    return folder / f"{kind}-{part:06d}.npz"


def _write_part(
    folder: Path, digits: Dataset, seed: int, counts: dict[str, int], one: tuple[str, int]
) -> tuple[str, int]:
    kind, part = one
    cv2.setNumThreads(1)
    found = list(_drawn(kind, range(part, min(part + PER_FILE, counts[kind])), digits, seed))
    inks, texts = [ink for ink, _ in found], [text for _, text in found]
    widths = np.array([ink.shape[1] for ink in inks])
    write_arrays(_file(folder, kind, part), {"ink": np.hstack(inks), "widths": widths, "texts": np.array(texts)})
    return one


def _drawn(kind: str, places: range, digits: Dataset, seed: int) -> Iterator[tuple[Ink, str]]:
    for place in places:
        strip = DRAW[kind](digits, np.random.default_rng([seed, list(DRAW).index(kind), place]))
        if strip:
            yield strip


def _read(file: Path) -> Strips:
    with np.load(file, allow_pickle=False) as arrays:
        ends = np.cumsum(arrays["widths"])
        return Strips(np.split(arrays["ink"], ends[:-1], axis=1), arrays["texts"].tolist())
