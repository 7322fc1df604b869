"""Drawings of clothes, as they look photographed on white, made grey and turned light on black; NumPy, OpenCV.

Notable choices:
- a piece fills its canvas from top to bottom, or from side to side: that is how collections of such images are made;
- an outline is drawn as its right half and mirrored; its surface is a fabric: grey, with folds, stripes, checks, a
  print, panels, darker towards the rim; never quite black, but at times nearly;
- only rough outlines count: a network that is to know digits need not tell a shirt from a coat.
"""

import cv2
import numpy as np
import numpy.typing as npt

from digits.training.drawings import SIDE, Canvas, Random

Outline = list[tuple[float, float]]
"""The right half of a piece: points (distance from the middle, row), from the top to the bottom."""

_MIDDLE = SIDE / 2


def garment(random: Random) -> Canvas:
    """A shirt, pullover, coat, dress, top, trousers, skirt, shoe or bag: uint8 (96, 96), light on black."""
    kinds = (_shirt, _long_sleeved, _long_sleeved, _dress, _dress, _trousers, _shoe, _bag)
    canvas = kinds[random.integers(len(kinds))](random)
    if cv2.boundingRect(canvas)[2] > SIDE / 2 and random.random() < 0.3:
        width = round(SIDE * random.uniform(0.6, 0.95))
        narrow = cv2.resize(canvas, (width, SIDE), interpolation=cv2.INTER_AREA)
        canvas = np.pad(narrow, ((0, 0), ((SIDE - width) // 2, SIDE - width - (SIDE - width) // 2)))
    return canvas


def _shirt(random: Random) -> Canvas:
    """Short sleeves or none, as wide as it is long."""
    neck, shoulder, waist = random.uniform(7, 14), random.uniform(20, 30), random.uniform(20, 29)
    top, bottom = random.uniform(2, 6), random.uniform(84, 94)
    sleeve = random.uniform(36, 46), random.uniform(26, 44)
    outline = [(0.0, top + random.uniform(0, 14)), (neck, top), (shoulder, top + random.uniform(3, 10))]
    if random.random() < 0.85:
        outline += [sleeve, (sleeve[0] - random.uniform(8, 14), sleeve[1] + random.uniform(2, 8))]
    outline += [(waist, random.uniform(38, 46)), (waist + random.uniform(-3, 4), bottom), (0.0, bottom)]
    return _worn(_mirrored(outline), neck, top, random)


def _long_sleeved(random: Random) -> Canvas:
    """A pullover, jacket or coat: sleeves hang at the sides, or stand a little off."""
    neck, shoulder = random.uniform(6, 13), random.uniform(19, 28)
    top, bottom, hem = random.uniform(2, 6), random.uniform(76, 94), random.uniform(16, 28)
    elbow, cuff = shoulder + random.uniform(4, 12), shoulder + random.uniform(2, 18)
    end, across = random.uniform(62, 92), random.uniform(6, 11)
    body = [(0.0, top + random.uniform(0, 10)), (neck, top), (shoulder, top + random.uniform(3, 9)), (hem, bottom)]
    sleeve = [(shoulder - 6, top + 5), (shoulder, top + 6), (elbow, 42), (cuff, end), (cuff - across, end + 2)]
    sleeve += [(elbow - across - 2, 46), (shoulder - 7, 24)]
    canvas = _fabric(_mirrored([*body, (0.0, bottom)]), random)
    sleeves = _mirrored(sleeve)
    if random.random() < 0.7:  # a seam, or a shadow between
        shadow = cv2.dilate(sleeves, np.ones((3, 3), np.uint8))
        canvas = np.where(shadow > 0, (canvas * random.uniform(0.0, 0.8)).astype(np.uint8), canvas)
    grey = _fabric(sleeves, random) if random.random() < 0.2 else _like(canvas, sleeves, random)
    canvas = np.where(sleeves > 127, grey, canvas)
    if random.random() < 0.25:
        cv2.ellipse(canvas, (48, round(top + 8)), (round(neck + 5), 10), 0, 0, 360, int(canvas.max()), -1, cv2.LINE_AA)
    return _opened(canvas, neck, top, random, open_in_front=0.6)


def _dress(random: Random) -> Canvas:
    """A dress, long top or skirt: slender or wide, with straps, short or long sleeves, or none."""
    top, bottom = random.uniform(2, 6), random.uniform(88, 94)
    neck, shoulder = random.uniform(3, 10), random.uniform(10, 20)
    chest, waist, hem = random.uniform(12, 20), random.uniform(9, 18), random.uniform(12, 38)
    outline = [(0.0, top + random.uniform(0, 20)), (neck, top), (shoulder, top + random.uniform(1, 8))]
    reach = random.choice([0, 1, 2], p=[0.55, 0.3, 0.15])
    if reach:
        end = random.uniform(24, 36) if reach == 1 else random.uniform(52, 80)
        out = shoulder + random.uniform(4, 14)
        outline += [(out, end), (out - random.uniform(4, 8), end + 2), (chest + 1, 24)]
    outline += [(chest, 24), (waist, random.uniform(34, 48)), ((waist + hem) / 2, random.uniform(60, 76))]
    return _worn(_mirrored([*outline, (hem, bottom), (0.0, bottom)]), neck, top, random)


def _trousers(random: Random) -> Canvas:
    """Two legs, parted or close together, long or short, at times one before the other."""
    waist, hip = random.uniform(10, 20), random.uniform(13, 26)
    gap, crotch, foot = random.uniform(0.5, 9), random.uniform(24, 46), random.uniform(5, 14)
    bottom = random.uniform(88, 94)
    outline = [(0.0, 3.0), (waist, 3.0), (hip, 26), (gap + foot, bottom), (gap, bottom), (0.4, crotch), (0.0, crotch)]
    canvas = _fabric(_mirrored(outline), random)
    dark = int(random.integers(0, 140))
    if random.random() < 0.5:
        cv2.line(canvas, (48, round(crotch) - 16), (48, 92), dark, int(random.integers(1, 4)), cv2.LINE_AA)
    if random.random() < 0.3:
        row = int(random.integers(6, 12))
        cv2.line(canvas, (20, row), (76, row), dark, int(random.integers(1, 4)), cv2.LINE_AA)
    return np.where(_mirrored(outline) > 0, canvas, 0).astype(np.uint8)


def _shoe(random: Random) -> Canvas:
    """A shoe from the side, a boot, a sandal, or one with a heel."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    shaft, toe, heel = random.uniform(4, 62), random.uniform(50, 72), random.uniform(0, 14)
    instep = (random.uniform(40, 58), toe - random.uniform(4, 14))
    points = [(6, shaft), (random.uniform(26, 44), shaft + random.uniform(-3, 6)), instep, (86, toe), (93, toe + 12)]
    points += [(92, 86), (50, 88 - heel / 2), (26, 84 - heel), (24, 88), (7, 88)]
    cv2.fillPoly(canvas, [np.rint(points).astype(np.int32)], 255, cv2.LINE_AA)
    canvas = _fabric(canvas, random)
    if random.random() < 0.5:  # a sole of another grey
        cv2.line(canvas, (7, 87), (92, 86), int(random.integers(30, 256)), int(random.integers(2, 8)), cv2.LINE_AA)
    for place in range(int(random.integers(0, 5))):  # laces, straps
        row = round(shaft + 10 + 9 * place)
        if row < toe:
            cv2.line(canvas, (26, row), (46, row + 4), int(random.integers(0, 256)), 2, cv2.LINE_AA)
    return canvas if random.random() < 0.5 else np.ascontiguousarray(canvas[:, ::-1])


def _bag(random: Random) -> Canvas:
    """A bag with a handle, and perhaps a flap."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    top, left, bottom = (int(random.integers(*ends)) for ends in ((28, 50), (3, 16), (78, 94)))
    lean = int(random.integers(-4, 9))
    corners = [(left + lean, top), (SIDE - left - lean, top), (SIDE - left, bottom), (left, bottom)]
    cv2.fillPoly(canvas, [np.array(corners, np.int32)], 255, cv2.LINE_AA)
    canvas = _fabric(canvas, random)
    if random.random() < 0.4:
        middle = (top + bottom) // 2
        cv2.line(canvas, (left, middle), (SIDE - left, middle), int(random.integers(0, 200)), 2, cv2.LINE_AA)
    reach, height = int(random.integers(12, 36)), int(random.integers(14, min(46, top)))
    grey, thick = int(random.integers(60, 256)), int(random.integers(2, 7))
    cv2.ellipse(canvas, (48, top), (reach, height), 0, 180, 360, grey, thick, cv2.LINE_AA)
    return canvas


def _mirrored(outline: Outline) -> Canvas:
    """A mask, 0 or 255, of an outline and its mirror image."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for side in (-1, 1):
        points = np.array(outline, np.float32) * [side, 1] + [_MIDDLE, 0]
        cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 255, cv2.LINE_AA)
    return mask


def _worn(mask: Canvas, neck: float, top: float, random: Random) -> Canvas:
    return _opened(_fabric(mask, random), neck, top, random, open_in_front=0.12)


def _opened(canvas: Canvas, neck: float, top: float, random: Random, *, open_in_front: float) -> Canvas:
    """The dark inside behind a neck, and a front that opens: a zip, buttons, or the lining."""
    inside = canvas > 0
    if random.random() < 0.4:
        axes = (max(1, round(neck - 1)), int(random.integers(2, 10)))
        cv2.ellipse(canvas, (48, round(top + 1)), axes, 0, 0, 360, int(random.integers(0, 120)), -1, cv2.LINE_AA)
    if random.random() < open_in_front:
        dark, lean = int(random.integers(0, 110)), int(random.integers(-3, 4))
        cv2.line(canvas, (48, round(top)), (48 + lean, 94), dark, int(random.choice([1, 2, 2, 3, 5, 9])), cv2.LINE_AA)
        for row in range(18, 92, int(random.integers(9, 20))) if random.random() < 0.3 else ():
            cv2.circle(canvas, (52, row), 2, int(random.integers(0, 256)), -1, cv2.LINE_AA)
    return np.where(inside, canvas, 0).astype(np.uint8)


def _like(canvas: Canvas, mask: Canvas, random: Random) -> Canvas:
    """Sleeves of the body's own cloth: its mean grey, a little lighter or darker."""
    body = canvas[canvas > 0]
    grey = np.clip((body.mean() if body.size else 128) * random.uniform(0.75, 1.2), 20, 255)
    folds = cv2.resize(random.normal(0, 10, (8, 24)).astype(np.float32), (SIDE, SIDE))
    return np.where(mask > 0, np.clip(grey + folds, 16, 255), 0).astype(np.uint8)


def _fabric(mask: Canvas, random: Random) -> Canvas:
    """A mask, 0 to 255, with a surface: uint8 (96, 96), 0 where the mask is."""
    light = random.uniform(150, 255) if random.random() < 0.7 else random.uniform(25, 150)
    folds = random.normal(0, random.uniform(2, 26), (int(random.integers(2, 7)), int(random.integers(6, 26))))
    surface = light + cv2.resize(folds.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    kind = random.random()
    if kind < 0.14:
        surface = _striped(surface, random)
    elif kind < 0.32:
        surface = _printed(surface, random)
    elif kind < 0.42:  # a pattern all over
        grain = int(random.integers(10, 40))
        blots = cv2.resize(random.normal(size=(grain, grain)).astype(np.float32), (SIDE, SIDE))
        surface = np.where(blots > random.uniform(-0.4, 0.8), surface, random.uniform(10, 255))
    elif kind < 0.52:  # panels
        row = int(random.integers(18, 80))
        surface[row:] = surface[row:] - light + random.uniform(25, 255)
    if random.random() < 0.6:  # lit from the front: darker towards the rim
        depth = cv2.distanceTransform(np.pad((mask > 127).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        surface = surface * (1 - random.uniform(0.1, 0.5) * np.clip(1 - depth / random.uniform(3, 10), 0, 1))
    surface = surface + random.normal(0, random.uniform(0, 8), surface.shape)
    return np.where(mask > 0, np.clip(surface, 14, 255) * (mask / 255), 0).astype(np.uint8)


def _striped(surface: npt.NDArray[np.float32], random: Random) -> npt.NDArray[np.float32]:
    """Stripes across, sometimes down; or both, as checks."""
    period = int(random.integers(3, 12))
    stripes = np.float32(random.uniform(30, 170)) * (np.arange(SIDE) // period % 2).astype(np.float32)
    kind = random.random()
    if kind < 0.85:
        surface = surface - stripes[:, None]
    return surface - stripes[None, :] if kind > 0.65 else surface


def _printed(surface: npt.NDArray[np.float32], random: Random) -> npt.NDArray[np.float32]:
    """A picture or some lines of writing on the chest."""
    printed, other = surface.copy(), float(random.uniform(0, 255))
    top, left = int(random.integers(22, 40)), int(random.integers(26, 42))
    if random.random() < 0.5:
        for row in range(top, top + int(random.integers(4, 36)), int(random.integers(5, 12))):
            for column in range(left, SIDE - left, int(random.integers(4, 9))):
                cv2.rectangle(printed, (column, row), (column + 3, row + 3), other, -1)
    else:
        height, width = int(random.integers(14, 44)), SIDE - 2 * left
        blots = cv2.resize(random.normal(size=(6, 6)).astype(np.float32), (width, height))
        place = printed[top : top + height, left : left + width]
        place[blots > random.uniform(-1.5, 0.5)] = other
    return printed
