"""What stands on paper beside numbers and is none: print, words, tables, boxes, drawings, stamps, stains, fingers.

Each function takes a `Sheet` and lays something on it; none leaves a mark in its truth.

Notable choices:
- what is written by hand comes in the same fonts and pens as numbers do: a network has to tell letters, not styles;
- letters that are digits in many hands (o, l, I, S, Z …) never stand alone: nobody could say what they are;
- print holds digits, too: they are print.
"""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from digits.synthesis.hands import Ink
from digits.synthesis.papers import Random
from digits.synthesis.sheet import Box, Points, Sheet, Word, draw_word
from digits.synthesis.words import LETTERS, draw_letters, draw_phrase


def hand_font(sheet: Sheet) -> Path | None:
    """The font of one writer's words."""
    fonts = sheet.sources.glyphs.fonts
    return fonts[int(sheet.random.integers(len(fonts)))].family if fonts else None


def print_font(sheet: Sheet) -> Path | None:
    """The font of something printed."""
    printed = sheet.sources.printed
    return printed[int(sheet.random.integers(len(printed)))] if printed else None


def written_word(sheet: Sheet, text: str, family: Path | None, size: float) -> Word:
    """A word by hand."""
    return draw_word(text, family, size, sheet.random, by_hand=True)


def lay_words(sheet: Sheet, size: float, count: int) -> None:
    """Words and single letters by hand, wherever there is room."""
    family, random = hand_font(sheet), sheet.random
    pen = random.uniform(0.4, 0.95)
    for _ in range(count):
        text = (
            str(random.choice(list(LETTERS)))
            if random.random() < 0.3
            else draw_phrase(random, int(random.integers(1, 3)))
        )
        word = written_word(sheet, text, family, size * random.uniform(0.7, 1.3))
        _where_free(sheet, word, pen, 0.2 * size)


def lay_print(sheet: Sheet, size: float, count: int) -> None:
    """Printed words, headings and printed numbers, wherever there is room."""
    random = sheet.random
    for _ in range(count):
        family = print_font(sheet)
        text = draw_printed(random)
        word = draw_word(text, family, size * random.uniform(0.4, 1.1), random, by_hand=False)
        _where_free(sheet, word, random.uniform(0.4, 1.0), 0.2 * size)


def draw_printed(random: Random) -> str:
    """What forms and pages have printed on them."""
    kind, whole = int(random.choice(6, p=[0.6, 0.2, 0.05, 0.05, 0.05, 0.05])), random.integers(1, 40)
    if kind == 0:
        return draw_phrase(random, int(random.integers(1, 5)))
    date = f"{random.integers(1, 32)}.{random.integers(1, 13)}.{random.integers(1950, 2030)}"
    return [f"{draw_letters(random)} {50 * whole}", f"{whole}.", f"({whole})", f"No. {whole**3}", date][kind - 1]


def lay_printed_block(sheet: Sheet, box: Box, size: float) -> None:
    """Lines of running print in a box, letters `size` pixels high or so."""
    family, random = print_font(sheet), sheet.random
    pen, pitch = random.uniform(0.5, 1.0), size * random.uniform(1.5, 2.4)
    for line in np.arange(box[1] + pitch, box[3], pitch):
        text = draw_printed(random) if random.random() < 0.2 else ""
        while len(text) * 0.62 * size < (box[2] - box[0]) * random.uniform(0.75, 1.0):
            text += " " + draw_letters(random)
        word = draw_word(text, family, size, random, by_hand=False)
        sheet.put(word.cut(max(1, int(box[2] - box[0]))), box[0], line, pen)


def lay_written_block(sheet: Sheet, box: Box, size: float) -> None:
    """Lines of running handwriting in a box."""
    family, random = hand_font(sheet), sheet.random
    pen, pitch, rise = random.uniform(0.4, 0.95), size * random.uniform(1.5, 2.6), random.normal(0, 0.02)
    for line in np.arange(box[1] + pitch, box[3], pitch):
        left = box[0] + random.uniform(0, size)
        while left < box[2]:
            word = written_word(sheet, draw_phrase(random, 1), family, size)
            sheet.put(word, left, line + rise * (left - box[0]) + random.normal(0, 0.04 * size), pen)
            left += word.ink.shape[1] + random.uniform(0.3, 0.9) * size


def _where_free(sheet: Sheet, word: Word, pen: float, around: float) -> None:
    """Put a word at one of a few places, if one of them has room."""
    height, width = word.ink.shape
    for _ in range(6):
        left, top = anywhere(sheet, width, height)
        if sheet.is_free((left, top, left + width, top + height), around):
            sheet.put(word, left, top + word.above, pen)
            return


def anywhere(sheet: Sheet, width: float, height: float) -> tuple[float, float]:
    """The upper left corner of a box of this size whose centre is on the sheet."""
    across, down = sheet.random.random(2) * (sheet.width, sheet.height)
    return float(across - width / 2), float(down - height / 2)


def stroke(sheet: Sheet, points: Points, width: float, pen: float) -> None:
    """A line through points, float64 (n, 2), drawn by pen or print, `width` pixels wide, at times narrower than one."""
    first, last = np.floor(points.min(axis=0) - width - 2), np.ceil(points.max(axis=0) + width + 2)
    first, last = np.maximum(first, 0), np.minimum(last, [sheet.width, sheet.height])
    if (last <= first).any():
        return
    ink = np.zeros((int(last[1] - first[1]), int(last[0] - first[0])), np.float32)
    fine = np.round((points - first) * 16).astype(np.int32)
    cv2.polylines(ink, [fine], False, 1.0, max(1, round(width)), cv2.LINE_AA, 4)
    sheet.lay(ink, first[0], first[1], pen * min(1.0, max(width, 0.3)))


def by_hand(points: list[tuple[float, float]], random: Random, unevenness: float) -> Points:
    """A polygon's sides as a hand draws them: a little bent, in more points."""
    whole = np.array(points, np.float64)
    pieces = []
    for one, other in pairwise(whole):
        steps = np.linspace(0, 1, 9)[:, None]
        bow = random.normal(0, unevenness, 2) * np.sin(np.pi * steps)
        pieces.append(one + (other - one) * steps + bow)
    return np.concatenate(pieces) + random.normal(0, 0.1 * unevenness, (9 * len(pieces), 2))


def rectangle(box: Box) -> list[tuple[float, float]]:
    """A box's outline, closed."""
    left, top, right, bottom = box
    return closed([(left, top), (right, top), (right, bottom), (left, bottom)])


def closed(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A polygon's corners with the first once more at the end."""
    return [*points, points[0]]


def ellipse(box: Box, begin: float = 0.0) -> list[tuple[float, float]]:
    """An ellipse's outline, a little more than once round."""
    turn = np.linspace(begin, begin + 2 * np.pi + 0.2, 40)
    across, down = (box[2] - box[0]) / 2, (box[3] - box[1]) / 2
    x, y = box[0] + across + across * np.cos(turn), box[1] + down + down * np.sin(turn)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def lay_lines(sheet: Sheet, size: float) -> None:
    """Lines that cross the sheet: rules, folds, strokes through empty places."""
    random = sheet.random
    for _ in range(int(random.integers(1, 4))):
        width, pen = random.uniform(0.02, 0.12) * size, random.uniform(0.2, 0.9)
        place, slope = random.random(), random.normal(0, 0.03)
        if random.random() < 0.6:
            y = place * sheet.height
            ends = np.array([(0, y), (sheet.width, y + slope * sheet.width)])
        else:
            x = place * sheet.width
            ends = np.array([(x, 0), (x + slope * sheet.height, sheet.height)])
        stroke(sheet, ends, width, pen)


def lay_doodles(sheet: Sheet, size: float, count: int) -> None:
    """Drawings: curls, arrows, large circles, stars, faces, brackets, zigzags; where there is room."""
    random = sheet.random
    for _ in range(count):
        side = size * random.uniform(1.8, 6)
        left, top = anywhere(sheet, side, side)
        box = (left, top, left + side * random.uniform(0.6, 1.6), top + side)
        if not sheet.is_free(box, 0.1 * size):
            continue
        width, pen = random.uniform(0.04, 0.15) * size, random.uniform(0.4, 0.95)
        for path in _DOODLES[int(random.integers(len(_DOODLES)))](box, random):
            stroke(sheet, path, width, pen)
        sheet.taken.append(box)


def _curl(box: Box, random: Random) -> list[Points]:
    """A smooth line through random points."""
    count = int(random.integers(4, 12))
    places = random.uniform((box[0], box[1]), (box[2], box[3]), (count, 2)).astype(np.float32)
    return [cv2.resize(places[:, None], (1, 10 * count), interpolation=cv2.INTER_CUBIC)[:, 0].astype(np.float64)]


def _zigzag(box: Box, random: Random) -> list[Points]:
    """Teeth along the box: shading, resistors, waves."""
    x = np.linspace(box[0], box[2], int(random.integers(6, 24)))
    y = np.where(np.arange(len(x)) % 2, box[1], box[3]) + random.normal(0, 0.05 * (box[3] - box[1]), len(x))
    return [np.stack([x, y], axis=1)]


def _arrow(box: Box, random: Random) -> list[Points]:
    """A line with a head."""
    begin, end = np.array([box[0], random.uniform(box[1], box[3])]), np.array([box[2], random.uniform(box[1], box[3])])
    if random.random() < 0.5:
        begin, end = np.array([begin[1] - box[1] + box[0], box[1]]), np.array([end[1] - box[1] + box[0], box[3]])
    return arrow(begin, end, 0.15 * float(np.hypot(*(end - begin))), random)


def arrow(begin: Points, end: Points, head: float, random: Random) -> list[Points]:
    """The strokes of an arrow with a head of so many pixels."""
    along = (end - begin) / max(1e-6, float(np.hypot(*(end - begin))))
    aside = np.array([-along[1], along[0]])
    wings = [end - head * along + side * 0.6 * head * aside for side in (-1, 1)]
    shaft = by_hand([tuple(begin), tuple(end)], random, 0.1 * head)
    return [shaft, np.stack([wings[0], end, wings[1]])]


def _circle(box: Box, random: Random) -> list[Points]:
    """A large circle or box, often with something in it."""
    outline = ellipse(box, random.uniform(0, 6)) if random.random() < 0.6 else rectangle(box)
    paths = [by_hand(outline[:: 4 if len(outline) > 9 else 1], random, 0.01 * (box[2] - box[0]))]
    return paths + (_curl(box, random) if random.random() < 0.3 else [])


def _star(box: Box, random: Random) -> list[Points]:
    """Rays from a centre: suns, stars, asterisks."""
    centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    reach, inner = (box[3] - box[1]) / 2, random.choice([0.0, 0.5])
    turns = np.linspace(0, 2 * np.pi, int(random.integers(5, 13)), endpoint=False)
    rays = [np.array([np.cos(turn), np.sin(turn)]) for turn in turns]
    return [np.stack([centre + inner * reach * ray, centre + reach * ray * random.uniform(0.7, 1)]) for ray in rays]


_BRACKETS = (
    ((0.2, 0), (0, 0), (0, 1), (0.2, 1)),
    ((0.1, 0), (0, 0.25), (0, 0.75), (0.1, 1)),
    ((0.25, 0.05), (0.17, 0), (0.1, 0.2), (0.1, 0.8), (0.03, 1), (-0.05, 0.95)),
    ((0, 0.6), (0.1, 1), (0.25, 0), (1.5, 0)),
)
"""A square and a round bracket, an integral and a root sign, in units of their height."""


def _bracket(box: Box, random: Random) -> list[Points]:
    """Brackets, braces, integral and root signs, tall and narrow."""
    left, top, _, bottom = box
    high = bottom - top
    shape = _BRACKETS[int(random.integers(len(_BRACKETS)))]
    points = [(left + x * high, top + y * high) for x, y in shape]
    return [by_hand(points, random, 0.02 * high)]


_DOODLES = (_curl, _zigzag, _arrow, _circle, _star, _bracket)


def lay_edges(sheet: Sheet, size: float) -> None:
    """The sheet's own edge and what lies beyond: a dark table, a scanner's black margin, the next page."""
    random = sheet.random
    rows, columns = np.mgrid[0 : sheet.height, 0 : sheet.width].astype(np.float32)
    for _ in range(int(random.integers(1, 3))):
        turn = random.integers(4) * np.pi / 2 + random.normal(0, 0.03)
        along = np.float32(np.cos(turn)) * columns + np.float32(np.sin(turn)) * rows
        edge = along.max() - random.uniform(0.2, 2.5) * size
        beyond = np.clip((along - edge) / random.uniform(0.5, 3) + 0.5, 0, 1)
        beyond[:, :] = np.where(_under_ink(sheet, size), 0, beyond)
        level = random.uniform(0.0, 0.25) if random.random() < 0.7 else random.uniform(0.25, 1.0)
        sheet.grey *= 1 - beyond
        sheet.grey += beyond * np.float32(level)


def _under_ink(sheet: Sheet, size: float) -> Ink:
    """Where numbers stand, so that no edge covers them, bool (height, width)."""
    covered = np.zeros(sheet.grey.shape, np.uint8)
    for quad in sheet.quads:
        cv2.fillConvexPoly(covered, np.round(quad).astype(np.int32), 1)
    return covered > 0


def lay_stain(sheet: Sheet, size: float) -> None:
    """A soft blot, a coffee ring, or a crease: darker or lighter, over all that is there."""
    random = sheet.random
    centre = random.uniform(0, (sheet.width, sheet.height))
    reach = size * random.uniform(1, 6)
    rows, columns = np.ogrid[0 : sheet.height, 0 : sheet.width]
    far = (np.hypot(columns - centre[0], rows - centre[1]) / reach).astype(np.float32)
    if random.random() < 0.5:
        field = np.asarray(np.exp(-(((far - 1) / random.uniform(0.03, 0.12)) ** 2)), np.float32)
    else:
        field = np.asarray(1 / (1 + np.exp(np.clip((far - 1) / random.uniform(0.03, 0.4), -30, 30))), np.float32)
    sheet.grey *= 1 - np.float32(random.uniform(-0.15, 0.35)) * field
    np.clip(sheet.grey, 0, 1.2, out=sheet.grey)


def lay_finger(sheet: Sheet, size: float) -> None:
    """A finger or a thumb from the frame, where no number stands."""
    random = sheet.random
    long, wide = size * random.uniform(2, 6), size * random.uniform(1, 2.5)
    at, side = random.uniform(0, sheet.width), int(random.integers(2))
    tip = long if side == 0 else sheet.height - long
    box = (at - wide, 0.0, at + wide, long) if side == 0 else (at - wide, tip, at + wide, float(sheet.height))
    if not sheet.is_free(box):
        return
    mask: Ink = np.zeros(sheet.grey.shape, np.float32)
    ends = (round(at), 0 if side == 0 else sheet.height), (round(at + random.normal(0, wide)), round(tip))
    cv2.line(mask, ends[0], ends[1], 1.0, max(1, round(wide)))
    mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.1 * wide))
    skin = random.uniform(0.3, 0.75) * (0.8 + 0.2 * mask)
    sheet.grey[:] = sheet.grey * (1 - mask) + skin * mask
    sheet.taken.append(box)


def lay_stamp(sheet: Sheet, size: float) -> None:
    """A stamp: a frame, round or square, with print in it, turned, unevenly inked."""
    random = sheet.random
    side = int(size * random.uniform(3, 7))
    stamp = Sheet(np.ones((side, side), np.float32), sheet.sources, random)
    width = random.uniform(0.02, 0.05) * side
    frame = (0.08 * side, 0.08 * side, 0.92 * side, 0.92 * side)
    outline = ellipse(frame) if random.random() < 0.5 else rectangle((frame[0], 0.3 * side, frame[2], 0.7 * side))
    stroke(stamp, np.array(outline), width, 1.0)
    for line in (0.42, 0.6):
        word = draw_word(draw_printed(random)[:12], print_font(sheet), 0.11 * side, random, by_hand=False)
        stamp.put(word, (side - word.ink.shape[1]) / 2, line * side, 1.0)
    move = cv2.getRotationMatrix2D((side / 2, side / 2), random.uniform(-40, 40), 1)
    ink = np.asarray(cv2.warpAffine(1 - stamp.grey, move, (side, side)), np.float32)
    worn = cv2.resize(random.uniform(0.3, 1.2, (9, 9)).astype(np.float32), (side, side))
    left, top = anywhere(sheet, side, side)
    if sheet.is_free((left, top, left + side, top + side)) or random.random() < 0.3:
        sheet.lay(np.clip(ink * worn, 0, 1), left, top, random.uniform(0.3, 0.8))
        sheet.taken.append((left, top, left + side, top + side))
