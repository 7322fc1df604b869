"""Components of a line become candidates: ink that may be one digit, and how much speaks for it.

Notable choices:
- a candidate is the ink between two cuts, be they a component's own or the gaps between components: a bar that lies
  apart from its 5 joins it, touching digits part; where it is known how many digits lie left of a cut, it holds one;
- what speaks for a candidate is one number, the log-odds that it is one whole digit, from what the network says and how
  the ink was come by. Its weights are a logistic regression on lines made of MNIST's validation digits
  (`benchmarks/fit_search.py`): every upright stroke is a 1 to a network, and half of an 8 a 3, so what had to be cut
  out of other ink counts for less.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading import mnist_form
from digits.reading.classifier import Answers
from digits.reading.cuts import Component
from digits.reading.ink import Mask

Corners = tuple[int, int, int, int]
"""Left, top, right, bottom in the line; the last two lie just outside."""

FEATURES = {
    "one": -0.12,
    "digitness": 0.42,
    "digitness_of_1": 0.33,
    "probability": 2.40,
    "probability_of_1": 0.93,
    "crossed": -1.14,
    "crossed_for_1": -1.90,
    "gap": 1.50,
    "near": -0.47,
    "near_for_1": -0.63,
    "low_0": -6.40,
    "low": -24.50,
    "tall": -1.24,
    "wide": -0.22,
    "parts": -0.29,
}
"""What a candidate is judged by, and the weight of each."""

INTERCEPT = 0.10

_BRIDGED = 0.25  # of the height: the widest gap between them
_NEAR = 0.05  # of the height: at this distance ink is a third as near as where it touches
_WIDEST = 1.5  # of the height: no wider ink is one digit
_NARROWEST, _LOWEST = 0.1, 0.5  # of the height: what is both narrower and lower is no digit, if it had to be cut out
_LOW, _TALL, _WIDE = 0.55, 1.15, 0.9  # of the height: what is beyond these is less likely one
_TAIL = 1.25  # of the height: a digit that is taller has a long tail
_SLIVER = 0.04  # of a candidate's ink: what hangs apart from the rest of it and is smaller is left out
_UNSURE = 1e-3  # no network is surer than that of anything


@dataclass(frozen=True, eq=False)
class Candidate:
    """Ink that may be one digit.

    Attributes:
        start: the cut at which it begins, as `Chain` counts them.
        end: the cut at which it ends.
        box: in the line.
        mask: uint8 (height, width) of the box, 1 where its ink is.
        crossed: stroke widths of ink that were crossed to cut it out.
        gap: the widest gap in it, of the digits' height.
        near: how closely other components lie before and behind it: 0 far, 1 touching, for each of the two.
        parts: components that it is made of.
    """

    start: int
    end: int
    box: Corners
    mask: Mask
    crossed: float
    gap: float
    near: float
    parts: int


@dataclass(frozen=True, eq=False)
class Chain:
    """Components from left to right, and their cuts, numbered from 0: one component's last is the next one's first.

    Attributes:
        components: see `cuts.py`.
        starts: each component's first cut, and the last one of all.
        candidates: all ink between two cuts that may be one digit.
    """

    components: tuple[Component, ...]
    starts: tuple[int, ...]
    candidates: tuple[Candidate, ...]


def link(components: Sequence[Component], height: float, most: int, parts: int = 3) -> Chain | None:
    """A chain of components; None if there are more than `most` candidates.

    Args:
        components: from left to right.
        height: of their digits, in pixels.
        most: candidates.
        parts: components that one digit may be broken into.
    """
    starts = (0, *np.cumsum([component.last for component in components]).tolist())
    apart = _distances(components, height, parts)
    found: list[Candidate] = []
    for index in range(len(components)):
        for first in range(components[index].last):
            for candidate in _from(components[: index + parts], starts, apart, index, first, height):
                found.append(candidate)
                if len(found) > most:
                    return None
    return Chain(tuple(components), starts, tuple(found))


def _from(
    components: Sequence[Component],
    starts: tuple[int, ...],
    apart: npt.NDArray[np.float64],
    index: int,
    first: int,
    height: float,
) -> Iterator[Candidate]:
    """The candidates that begin at a cut of one component, the narrowest first."""
    crossed = components[index].crossed[first]
    before = 0.0 if first else _nearness(apart[index, :index])
    parts: list[tuple[Corners, Mask]] = []
    widest_gap = 0.0
    heard = None if components[index].heard is None else 0
    for place in range(index, len(components)):
        component, begin = components[place], first if place == index else 0
        if parts:
            gap = float(apart[place, index:place].min())
            if gap > _BRIDGED:
                return
            widest_gap = max(widest_gap, gap)
        for last in range(begin + 1, component.last + 1):
            piece = _cropped(component, begin, last)
            if piece is None:
                continue
            box, mask = _united([*parts, piece])
            width, tall = box[2] - box[0], box[3] - box[1]
            is_cut = begin > 0 or last < component.last
            if width > _WIDEST * max(height, tall) and (is_cut or parts):
                return
            if is_cut and width < _NARROWEST * height and tall < _LOWEST * height:
                continue
            if heard is not None and heard + _heard(component, begin, last) != 1:
                continue
            severed = crossed + component.crossed[last]
            mask = _without_slivers(mask) if severed else mask
            near = before + (0.0 if last < component.last else _nearness(apart[place, place + 1 :]))
            ends = starts[index] + first, starts[place] + last
            yield Candidate(*ends, box, mask, severed, widest_gap, near, 1 + len(parts))
        rest = _cropped(component, begin, component.last)
        if rest is not None:
            parts.append(rest)
        if heard is not None:
            heard += _heard(component, begin, component.last)


def _heard(component: Component, first: int, last: int) -> int:
    """How many digits are known to lie between two cuts of a component."""
    return 0 if component.heard is None else int(component.heard[last] - component.heard[first])


def _nearness(apart: npt.NDArray[np.float64]) -> float:
    return float(np.exp(-apart.min() / _NEAR)) if len(apart) else 0.0


def _distances(components: Sequence[Component], height: float, parts: int) -> npt.NDArray[np.float64]:
    """How far apart the inks of neighbours are, in digits' heights, float64 (n, n); far, if they are no neighbours."""
    apart = np.full((len(components), len(components)), 4 * _BRIDGED)
    for one in range(len(components)):
        for other in range(one + 1, min(len(components), one + parts)):
            apart[one, other] = apart[other, one] = _distance(components[one], components[other], height)
    return apart


def _cropped(component: Component, first: int, last: int) -> tuple[Corners, Mask] | None:
    """The ink between two cuts of a component, in its box; None if there is none."""
    ink: Any = (component.sides[last] & ~component.sides[first]).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(ink)
    if not width:
        return None
    x, y = component.left + left, component.top + top
    return (x, y, x + width, y + height), ink[top : top + height, left : left + width]


def _united(parts: list[tuple[Corners, Mask]]) -> tuple[Corners, Mask]:
    if len(parts) == 1:
        return parts[0]
    lefts, tops, rights, bottoms = zip(*(box for box, _ in parts), strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    united: Mask = np.zeros((bottom - top, right - left), np.uint8)
    for (x, y, to_x, to_y), mask in parts:
        united[y - top : to_y - top, x - left : to_x - left] |= mask
    return (left, top, right, bottom), united


def _without_slivers(mask: Mask) -> Mask:
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    if count <= 2:
        return mask
    kept = np.bincount(labels.ravel()) >= _SLIVER * mask.sum()
    kept[0] = False
    whole: Mask = kept[labels].astype(np.uint8)
    return whole


def _distance(one: Component, other: Component, height: float) -> float:
    """How far apart two components' inks are, in digits' heights; what is further than `_BRIDGED` is just far."""
    first, second = one.box, other.box
    if max(a - b for a, b in zip(first[:2] + second[:2], second[2:] + first[2:], strict=True)) > _BRIDGED * height:
        return 2 * _BRIDGED
    left, top = map(min, first[:2], second[:2])
    right, bottom = map(max, first[2:], second[2:])
    places = []
    for component in (one, other):
        tall, wide = component.ink.shape
        y, x = component.top - top, component.left - left
        places.append((slice(y, y + tall), slice(x, x + wide)))
    paper = np.ones((bottom - top, right - left), np.uint8)
    paper[places[0]] = ~one.ink
    away = cv2.distanceTransform(paper, cv2.DIST_L2, cv2.DIST_MASK_3)
    return max(0.0, float(away[places[1]][other.ink].min()) - 1) / height


def image_of(candidate: Candidate, height: float) -> npt.NDArray[np.uint8]:
    """What the network sees of a candidate, uint8 (28, 28): MNIST's form; a tail far below the line is drawn in."""
    mask = candidate.mask
    longest = round(_TAIL * height)
    if len(mask) > longest > 0:
        mask = cv2.resize(mask * np.float32(1), (mask.shape[1], longest), interpolation=cv2.INTER_AREA)
        mask = (mask >= min(0.5, mask.max())).astype(np.uint8)
    return mnist_form.to_form(mask).image


def features(candidates: Sequence[Candidate], answers: Answers, height: float) -> npt.NDArray[np.float64]:
    """What candidates are judged by, float64 (n, 15): columns as in `FEATURES`."""
    digitness = np.full(len(candidates), 0.5) if answers.digitness is None else answers.digitness
    sure = np.clip(digitness.astype(np.float64), _UNSURE, 1 - _UNSURE)
    odds = np.log(sure / (1 - sure))
    probability = np.log(np.maximum(answers.probabilities.max(axis=1).astype(np.float64), _UNSURE))
    one = (answers.probabilities.argmax(axis=1) == 1).astype(np.float64)
    zero = (answers.probabilities.argmax(axis=1) == 0).astype(np.float64)
    boxes = np.array([candidate.box for candidate in candidates], np.float64).reshape(-1, 4)
    wide, tall = ((boxes[:, 2:] - boxes[:, :2]) / height).T
    crossed, gap, near, parts = (
        np.array([getattr(candidate, name) for candidate in candidates], np.float64)
        for name in ("crossed", "gap", "near", "parts")
    )
    low = np.maximum(_LOW - tall, 0)
    columns = (
        one, odds * (1 - one), odds * one, probability * (1 - one), probability * one, crossed, crossed * one, gap,
        near, near * one, low * zero, low * (1 - zero), np.maximum(tall - _TALL, 0), np.maximum(wide - _WIDE, 0),
        parts - 1,
    )  # fmt: skip
    return np.stack(columns, axis=1)


def judge(candidates: Sequence[Candidate], answers: Answers, height: float) -> npt.NDArray[np.float64]:
    """The log-odds that each candidate is one whole digit, float64 (n,)."""
    judged: npt.NDArray[np.float64] = (
        features(candidates, answers, height) @ np.array(list(FEATURES.values())) + INTERCEPT
    )
    return judged
