"""Digits and signs drawn stroke by stroke, as hands write them that MNIST's writers did not have.

In a great part of the world a 1 has an up-stroke, at times as long as its stem and close to it; the 4 is open, its bar
one curve with its left stroke; the 7 has a bar through its stem; a 9 is a p turned round, open at the top; a 2 has a
loop at its foot. Signs are no part of MNIST at all.

Notable choices:
- a mark is a few strokes in the unit of a digit's height: y from 0, the top of a digit, to 1, the line that it stands
  on; x to the right. Where a sign stands, high or low, is part of its strokes;
- what varies is drawn anew for each mark: who calls `strokes_of` with one generator gets one mark.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

Random = np.random.Generator
Point = tuple[float, float]
Stroke = list[Point]
Grey = npt.NDArray[np.uint8]

DIGITS = "1234579"
"""The digits that are drawn; MNIST's own 0, 6 and 8 are as other hands write them."""

SIGNS = ".,-/:+=%()€$£#'*"
"""The signs that are drawn."""

CANVAS = 64
"""Pixels of a digit's height on the canvas that strokes are drawn on."""

MARGIN = 48
"""Pixels around the digit's square on the canvas: signs reach below the line, and long bars beside it."""


def strokes_of(mark: str, random: Random) -> list[Stroke]:
    """The strokes of one digit of `DIGITS` or one sign of `SIGNS`, in units of a digit's height."""
    return _DRAWN[mark](random)


def draw(strokes: Sequence[Stroke], pen: float) -> Grey:
    """The strokes on a canvas, uint8 (160, 160), 0 to 255: the digit's square begins at row and column `MARGIN`.

    Args:
        strokes: as `strokes_of` gives them.
        pen: width of the line, as a share of a digit's height.
    """
    side = CANVAS + 2 * MARGIN
    canvas = np.zeros((side, side), np.uint8)
    thickness = max(1, round(pen * CANVAS))
    for stroke in strokes:
        points = np.round((np.array(stroke) * CANVAS + MARGIN) * _FINE).astype(np.int32)
        cv2.polylines(canvas, [points], False, 255, thickness, cv2.LINE_AA, _FINE_BITS)
    return canvas


_FINE_BITS = 4  # bits of a pixel's fraction that OpenCV draws with
_FINE = 1 << _FINE_BITS


def _one(random: Random) -> list[Stroke]:
    """A stem, an up-stroke from none to as long as the stem, at times a foot."""
    end = (random.normal(0, 0.04), 1.0)
    kind = random.random()
    if kind < 0.15:
        return [curve((random.normal(0, 0.05), 0.0), end, random.normal(0, 0.04))]
    long = kind < 0.55
    length = random.uniform(0.5, 1.0) if long else random.uniform(0.15, 0.5)
    off = np.deg2rad(random.uniform(12, 42) if long else random.uniform(25, 58))
    start = (-length * np.sin(off), length * np.cos(off))
    stroke = curve(start, (0.0, 0.0), random.normal(0.03, 0.06)) + curve((0.0, 0.0), end, random.normal(0, 0.03))
    if not long and random.random() < 0.35:
        left, right = random.uniform(0.1, 0.35, 2)
        return [stroke, [(end[0] - left, 1 + random.normal(0, 0.02)), (end[0] + right, 1 + random.normal(0, 0.02))]]
    return [stroke]


def _two(random: Random) -> list[Stroke]:
    """A bow, down to the left, and a foot: with a loop at the corner, or with none."""
    left, top = random.uniform(-0.05, 0.1), random.uniform(0.1, 0.35)
    right = random.uniform(0.4, 0.6)
    bow = through((left, top), (right * 0.6, -0.25), (right, random.uniform(0.2, 0.35)))
    foot = (random.uniform(-0.05, 0.1), random.uniform(0.9, 1.0))
    down = curve(bow[-1], foot, random.normal(-0.06, 0.04))
    end = (random.uniform(0.5, 0.75), random.uniform(0.88, 1.02))
    if random.random() < 0.6:
        high = random.uniform(0.12, 0.3)
        loop = through(foot, (foot[0] - 0.2, 1 - 2 * high), (foot[0] + 0.18, 1 - high * 0.6))
        return [bow + down + loop + curve(loop[-1], end, random.normal(0.05, 0.04))]
    return [bow + down + curve(foot, end, random.normal(0, 0.08))]


def _three(random: Random) -> list[Stroke]:
    """Two bows, or a level bar and a bow as in some scripts."""
    waist = (random.uniform(0.12, 0.28), random.uniform(0.38, 0.5))
    low = through(waist, (random.uniform(0.7, 0.95), random.uniform(0.55, 0.8)), (random.uniform(0.2, 0.35), 1.0))
    tail = curve(low[-1], (random.uniform(-0.1, 0.05), random.uniform(0.8, 0.95)), random.normal(-0.05, 0.05))
    if random.random() < 0.3:
        right = random.uniform(0.4, 0.55)
        return [[(random.uniform(-0.05, 0.05), random.normal(0.02, 0.03)), (right, 0.0), waist, *low, *tail]]
    high = through((random.uniform(-0.05, 0.1), random.uniform(0.05, 0.2)), (random.uniform(0.6, 0.85), -0.2), waist)
    return [high + low + tail]


def _four(random: Random) -> list[Stroke]:
    """Open: down, then right, with a corner or as one curve, and a stem across or beside."""
    corner = (random.uniform(-0.5, -0.25), random.uniform(0.5, 0.75))
    upper = (random.uniform(-0.02, 0.25), random.uniform(-0.05, 0.45))
    top = (min(corner[0] + random.uniform(0, 0.3), upper[0] - 0.2), random.uniform(-0.1, 0.2))
    bar_end = (random.uniform(0.02, 0.35), corner[1] + random.normal(0, 0.06))
    if random.random() < 0.5:
        bar = through(top, (2 * corner[0] - (top[0] + bar_end[0]) / 2, corner[1] + random.uniform(0, 0.15)), bar_end)
    else:
        bar = [*curve(top, corner, random.normal(0, 0.05)), bar_end]
    return [bar, curve(upper, (random.normal(0, 0.05), 1.0), random.normal(0, 0.04))]


def _five(random: Random) -> list[Stroke]:
    """An S without or with its flag, which often stands apart and high."""
    left, waist = random.uniform(0.0, 0.12), random.uniform(0.35, 0.5)
    neck = curve((left + random.uniform(0, 0.1), random.uniform(0, 0.08)), (left, waist), random.normal(0, 0.04))
    belly = through(
        (left, waist), (random.uniform(0.75, 1.05), random.uniform(0.3, 0.6)), (random.uniform(0.2, 0.4), 1.0)
    )
    tail = curve(belly[-1], (random.uniform(-0.15, 0.0), random.uniform(0.82, 0.98)), random.normal(-0.05, 0.05))
    lift = random.uniform(-0.1, 0.06) if random.random() < 0.4 else 0.0
    flag = [
        (neck[0][0] + random.uniform(-0.05, 0.1), neck[0][1] + lift),
        (random.uniform(0.45, 0.8), random.normal(-0.02, 0.06)),
    ]
    return [neck + belly + tail, flag]


def _seven(random: Random) -> list[Stroke]:
    """A level bar, often with a hook at its beginning, a stem, and often a bar through it."""
    width, rise = random.uniform(0.45, 0.75), random.normal(0, 0.05)
    corner, end = (0.0, rise), (random.uniform(-0.4, -0.02), 1.0)
    begin = (-width, -rise)
    wave = random.normal(0, 0.12) if random.random() < 0.3 else random.normal(0, 0.04)
    stroke = curve(begin, corner, wave) + curve(corner, end, random.normal(0.02, 0.07))
    if random.random() < 0.35:
        stroke = [(begin[0] - random.uniform(-0.03, 0.06), begin[1] + random.uniform(0.08, 0.22)), *stroke]
    if random.random() < 0.65:
        height, reach = random.uniform(0.4, 0.62), random.uniform(0.14, 0.36)
        across, slope = end[0] * height, random.uniform(-0.25, 0.1) * reach
        return [stroke, [(across - reach, height - slope), (across + reach, height + slope)]]
    return [stroke]


def _nine(random: Random) -> list[Stroke]:
    """A circle or an open bow, and a stem from its right side, straight or as a hook."""
    high, wide = random.uniform(0.22, 0.3), random.uniform(0.18, 0.3)
    start, sweep = random.uniform(-0.6, 0.4), random.uniform(4.6, 6.6)
    turns = -np.linspace(start, start + sweep, 20)
    circle = [(float(wide * np.cos(turn)), float(high + high * np.sin(turn))) for turn in turns]
    top = (wide + random.normal(0, 0.02), random.uniform(-0.02, 0.2))
    end = (random.uniform(-0.25, 0.2), random.uniform(1.0, 1.2))
    return [circle, curve(top, end, random.normal(-0.02, 0.06))]


def _dot(random: Random) -> list[Stroke]:
    """A dot on the line, round or drawn out."""
    low, long = (
        random.uniform(0.88, 1.03),
        random.uniform(0, 0.05) if random.random() < 0.7 else random.uniform(0.05, 0.12),
    )
    turn = random.uniform(-0.8, 1.4)
    blob = random.uniform(0, 0.035)
    dot = [(0.0, low), (long * np.cos(turn), low + long * np.sin(turn))]
    return [dot, [(dot[0][0] + blob, dot[0][1]), (dot[1][0] - blob, dot[1][1] + blob)]]


def _comma(random: Random) -> list[Stroke]:
    """From the line down to the left, straight or as a hook."""
    low, drop = random.uniform(0.82, 0.98), random.uniform(0.14, 0.38)
    return [curve((0.0, low), (-random.uniform(0.02, 0.2), low + drop), random.normal(-0.12, 0.08))]


def _minus(random: Random) -> list[Stroke]:
    """A stroke at half the height, at times long."""
    long = random.uniform(0.22, 0.6) if random.random() < 0.8 else random.uniform(0.6, 1.1)
    height = random.uniform(0.35, 0.68)
    return [curve((0.0, height + random.normal(0, 0.03)), (long, height), random.normal(0, 0.05))]


def _slash(random: Random) -> list[Stroke]:
    """A long stroke, leaning to the right, often higher and lower than digits."""
    lean, top, low = random.uniform(0.15, 0.6), random.uniform(-0.2, 0.08), random.uniform(0.95, 1.25)
    return [curve((lean, top), (0.0, low), random.normal(0, 0.03))]


def _colon(random: Random) -> list[Stroke]:
    """Two dots above each other."""
    upper, lower, wide = random.uniform(0.25, 0.5), random.uniform(0.72, 0.98), random.uniform(0, 0.05)
    return [[(0.0, height), (wide, height + random.normal(0, 0.02))] for height in (upper, lower)]


def _plus(random: Random) -> list[Stroke]:
    """A cross at half the height."""
    half, middle = random.uniform(0.17, 0.34), random.uniform(0.45, 0.62)
    level, upright = random.normal(0, 0.04, 2)
    reach = half * random.uniform(0.8, 1.2)
    return [[(-half, middle + level), (half, middle - level)], [(upright, middle - reach), (-upright, middle + reach)]]


def _equals(random: Random) -> list[Stroke]:
    """Two strokes above each other."""
    long, upper = random.uniform(0.3, 0.6), random.uniform(0.35, 0.5)
    lower, turn = upper + random.uniform(0.13, 0.3), random.normal(0, 0.03)
    return [[(0.0, upper + turn), (long, upper)], [(random.normal(0, 0.04), lower + turn), (long, lower)]]


def _percent(random: Random) -> list[Stroke]:
    """A slash between two small circles."""
    wide, size = random.uniform(0.5, 0.75), random.uniform(0.11, 0.18)
    slash = [(wide * 0.85, random.uniform(-0.05, 0.1)), (wide * 0.15, random.uniform(0.92, 1.08))]
    upper = _circle((size * 0.7, random.uniform(0.15, 0.3)), size, random)
    lower = _circle((wide - size * 0.4, random.uniform(0.7, 0.88)), size, random)
    return [slash, upper, lower]


def _open_bracket(random: Random) -> list[Stroke]:
    deep = random.uniform(0.12, 0.3)
    return [through((deep, random.uniform(-0.15, 0.0)), (-deep, 0.5), (deep, random.uniform(1.0, 1.15)))]


def _close_bracket(random: Random) -> list[Stroke]:
    return [[(-x, y) for x, y in _open_bracket(random)[0]]]


def _euro(random: Random) -> list[Stroke]:
    """A C and two level strokes."""
    turns = np.linspace(-0.7, -0.7 - random.uniform(4.4, 5.0), 20)
    wide = random.uniform(0.3, 0.42)
    arc = [(float(0.4 + wide * np.cos(turn)), float(0.5 + 0.5 * np.sin(turn))) for turn in turns]
    start = 0.4 - wide - random.uniform(0.05, 0.2)
    upper = random.uniform(0.36, 0.46)
    return [arc] + [[(start, height), (0.45, height - 0.02)] for height in (upper, upper + random.uniform(0.12, 0.22))]


def _dollar(random: Random) -> list[Stroke]:
    """An S and a stroke or two through it."""
    wide = random.uniform(0.4, 0.55)
    upper = through((wide, random.uniform(0.12, 0.25)), (-wide * 0.7, -0.1), (wide * 0.5, 0.5))
    lower = through((wide * 0.5, 0.5), (wide * 1.7, 1.1), (0.0, random.uniform(0.75, 0.9)))
    middle, lean = wide / 2, random.normal(0, 0.03)
    bars = [[(middle + lean, -0.15), (middle - lean, 1.15)]]
    if random.random() < 0.25:
        bars = [[(x + shift, y) for x, y in bars[0]] for shift in (-0.06, 0.06)]
    return [upper + lower, *bars]


def _pound(random: Random) -> list[Stroke]:
    """A hook, a foot, and a bar."""
    stem = through((0.55, random.uniform(0.1, 0.25)), (0.15, -0.3), (0.2, 0.5)) + curve((0.2, 0.5), (0.0, 0.98), 0.05)
    foot = curve((0.0, 0.98), (random.uniform(0.5, 0.65), random.uniform(0.9, 1.0)), random.normal(0, 0.06))
    height = random.uniform(0.45, 0.6)
    return [stem + foot, [(0.0, height), (random.uniform(0.35, 0.5), height)]]


def _hash(random: Random) -> list[Stroke]:
    """Two leaning strokes across two level ones."""
    lean, apart = random.uniform(0.0, 0.25), random.uniform(0.18, 0.3)
    upper = random.uniform(0.25, 0.4)
    stems = [[(x + lean, random.normal(0, 0.04)), (x, 1 + random.normal(0, 0.04))] for x in (0.2, 0.2 + apart)]
    return stems + [
        [(0.0, height + random.normal(0, 0.02)), (0.45 + apart, height)] for height in (upper, upper + apart)
    ]


def _tick(random: Random) -> list[Stroke]:
    """The mark between thousands that hangs at a digit's top."""
    return [[(0.0, random.uniform(-0.12, 0.06)), (-random.uniform(0, 0.1), random.uniform(0.12, 0.3))]]


def _star(random: Random) -> list[Stroke]:
    """Three short strokes through one point."""
    middle, reach = random.uniform(0.3, 0.5), random.uniform(0.15, 0.25)
    turns = random.uniform(0, np.pi / 3) + np.arange(3) * np.pi / 3
    ends = [(float(reach * np.cos(turn)), float(reach * np.sin(turn))) for turn in turns]
    return [[(-x, middle - y), (x, middle + y)] for x, y in ends]


def curve(start: Point, end: Point, bulge: float) -> Stroke:
    """From one point to another, bent to the side by a share of the way."""
    down, right = end[1] - start[1], end[0] - start[0]
    middle = ((start[0] + end[0]) / 2 + 2 * bulge * down, (start[1] + end[1]) / 2 - 2 * bulge * right)
    return through(start, middle, end)


def through(start: Point, control: Point, end: Point) -> Stroke:
    """A quadratic Bézier curve."""
    first, middle, last = (np.array(point) for point in (start, control, end))
    share = np.linspace(0, 1, 12)[:, None]
    points = (1 - share) ** 2 * first + 2 * share * (1 - share) * middle + share**2 * last
    return [(float(x), float(y)) for x, y in points]


def _circle(middle: Point, size: float, random: Random) -> Stroke:
    turns = random.uniform(0, 6) + np.linspace(0, random.uniform(5.8, 6.8), 14)
    wide = random.uniform(0.8, 1.1)
    return [(float(middle[0] + wide * size * np.cos(t)), float(middle[1] + size * np.sin(t))) for t in turns]


_DRAWN: dict[str, Callable[[Random], list[Stroke]]] = {
    "1": _one, "2": _two, "3": _three, "4": _four, "5": _five, "7": _seven, "9": _nine,
    ".": _dot, ",": _comma, "-": _minus, "/": _slash, ":": _colon, "+": _plus, "=": _equals, "%": _percent,
    "(": _open_bracket, ")": _close_bracket, "€": _euro, "$": _dollar, "£": _pound, "#": _hash, "'": _tick, "*": _star,
}  # fmt: skip
