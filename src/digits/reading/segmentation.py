"""How a number was taken apart: its cuts, the candidates for each digit, what was left out, and the other versions.

Nothing here decides what is read; it says what the search (`lines.py`, `search.py`) came to.

Notable choices:
- paths that say the same are one version: they differ in where a cut lies, not in what was read;
- how a version differs is said as what lies between the digits that both begin and end with.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from digits.reading.candidates import Corners
from digits.reading.heard import rounded
from digits.reading.line_search import Line
from digits.reading.search import HEARD, Path, find_paths, weighed
from digits.reading.strip import HEIGHT

_SPECK = 0.1  # of the digits' height: no larger mark is more than dirt
_LOW = 0.5  # of the digits' height: a lower mark is no digit
_DASH = 1.5  # times as wide as high: such a mark, in the middle, is a dash
_FOOT = 0.3  # of the digits' height: a mark that begins no higher above their foot is a comma or a point


@dataclass(frozen=True)
class Cut:
    """A way in which connected ink could be parted.

    Attributes:
        number: as `Chain` counts the cuts.
        component: which ink it parts, as `Chain` counts the components.
        crossed: stroke widths of ink that it crosses; 0 if it runs through paper.
        taken: whether a digit of the best path ends there.
    """

    number: int
    component: int
    crossed: float
    taken: bool

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"number": self.number, "crossed": round(self.crossed, 4), "taken": self.taken}


@dataclass(frozen=True)
class LeftOut:
    """A mark among the digits that the best path takes for none.

    Attributes:
        component: as `Chain` counts them.
        kind: `speck`, `comma` (or a point), `dash`, `tall mark` or `mark`.
    """

    component: int
    kind: str


@dataclass(frozen=True)
class Version:
    """One of the ways to read a number, all paths that say the same together.

    Attributes:
        text: what it says.
        steps: the best such path's candidates.
        score: that path's; `seen`, and HEARD times `heard`.
        seen: the part of the score that its pieces have by themselves, as the digit network sees them.
        heard: the log-probability that the line network gives to the text; None if it was not asked.
        share: of the paths that were kept; all shares of a number sum to 1.
        place: how many digits it begins with as the best version does.
        instead: what it says after those, where the best version says `of`.
        of: see there; either may be empty.
    """

    text: str
    steps: tuple[int, ...]
    score: float
    seen: float
    heard: float | None
    share: float
    place: int
    instead: str
    of: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "text": self.text,
            "candidates": list(self.steps),
            "score": rounded(self.score),
            "seen": rounded(self.seen),
            "heard": None if self.heard is None else rounded(self.heard),
            "share": self.share,
            "place": self.place,
            "instead": self.instead,
            "of": self.of,
        }


@dataclass(frozen=True, eq=False)
class Segmentation:
    """How a number was taken apart.

    Attributes:
        cuts: all that were considered, from left to right.
        considered: for each digit, the candidates that would have used some of the same ink, itself included.
        left_out: marks that were taken for no digit.
        versions: the ways to read it; the first is the one taken.
        unrestricted: what would have been read if the count of digits were not known; None if that is the same.
        angle: degrees by which the row descends to the right, and by which it was turned.
        height: of the digits, in the picture's own pixels.
    """

    cuts: tuple[Cut, ...]
    considered: tuple[tuple[int, ...], ...]
    left_out: tuple[LeftOut, ...]
    versions: tuple[Version, ...]
    unrestricted: str | None
    angle: float
    height: float

    @property
    def kinds(self) -> dict[str, int]:
        """What the marks left out are taken for → how many there are."""
        return dict(Counter(mark.kind for mark in self.left_out))


def dissect(line: Line, *, expected: bool = False) -> Segmentation:
    """Say how a number was taken apart; `expected` says whether a count of digits was asked for."""
    chain = line.chain
    steps = [chain.candidates[step] for step in line.steps]
    ends = {cut for step in steps for cut in (step.start, step.end)}
    cuts = tuple(
        Cut(start + inner, index, float(component.crossed[inner]), start + inner in ends)
        for index, (start, component) in enumerate(zip(chain.starts, chain.components, strict=False))
        for inner in range(1, component.last)
    )
    considered = tuple(
        tuple(at for at, other in enumerate(chain.candidates) if other.start < step.end and other.end > step.start)
        for step in steps
    )
    down, across = line.strip.to_picture[1, 0], line.strip.to_picture[0, 0]
    return Segmentation(
        cuts=cuts,
        considered=considered,
        left_out=tuple(_left_out(line)),
        versions=_versions(line),
        unrestricted=_unrestricted(line) if expected and not line.missed else None,
        angle=float(np.degrees(np.arctan2(down, across))),
        height=float(HEIGHT * np.hypot(down, across)),
    )


def _left_out(line: Line) -> list[LeftOut]:
    """The components of which no digit has a part."""
    chain, steps = line.chain, [line.chain.candidates[step] for step in line.steps]
    middle, foot = np.median([[(step.box[1] + step.box[3]) / 2, step.box[3]] for step in steps], axis=0)
    return [
        LeftOut(index, _kind(chain.components[index].box, float(middle), float(foot)))
        for index, (start, end) in enumerate(pairwise(chain.starts))
        if not any(step.start < end and step.end > start for step in steps)
    ]


def _kind(box: Corners, middle: float, foot: float) -> str:
    left, top, right, bottom = box
    width, tall = right - left, bottom - top
    if max(width, tall) <= _SPECK * HEIGHT:
        return "speck"
    if tall >= _LOW * HEIGHT:
        return "tall mark"
    if top >= foot - _FOOT * HEIGHT:
        return "comma"
    if width >= _DASH * tall and abs((top + bottom) / 2 - middle) <= _FOOT * HEIGHT:
        return "dash"
    return "mark"


def _versions(line: Line) -> tuple[Version, ...]:
    best: dict[str, Path] = {}
    shares: dict[str, float] = {}
    for path in line.paths:
        best.setdefault(path.text, path)
        shares[path.text] = shares.get(path.text, 0.0) + path.share
    found = [_version(line, text, path, shares[text]) for text, path in best.items()]
    return (found[0], *sorted(found[1:], key=lambda version: -version.share))


def _version(line: Line, text: str, path: Path, share: float) -> Version:
    best = line.paths[0].text
    first, last = _alike(best, text)
    heard = line.transcript.log_likelihood(text) if line.transcript else None
    return Version(
        text=text,
        steps=path.steps,
        score=path.score,
        seen=path.score if heard is None else path.score - HEARD * heard,
        heard=heard,
        share=share,
        place=first,
        instead=text[first : len(text) - last],
        of=best[first : len(best) - last],
    )


def _alike(one: str, other: str) -> tuple[int, int]:
    """With how many equal characters two texts begin, and with how many others they end."""
    shorter = min(len(one), len(other))
    first = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    last = next((at for at in range(shorter - first) if one[-1 - at] != other[-1 - at]), shorter - first)
    return first, last


def _unrestricted(line: Line) -> str | None:
    """What the best path says if it may have any count of digits; None if that is no other text."""
    paths = find_paths(line.chain, line.judged, line.answers.probabilities, HEIGHT)
    if line.transcript:
        paths = weighed(paths, line.transcript)
    text = paths[0].text if paths else None
    return text if text != line.paths[0].text else None
