"""Forms drawn for tests: tables and combs, turned, photographed, written into."""

import cv2
import numpy as np

from digits.reading.pictures.picture import Picture

WIDE, HIGH, MARGIN = 60, 56, 50


def page(pixels):
    return Picture("form", 0, np.ascontiguousarray(pixels, np.uint8))


def table(rows, columns, *, border=2, grey=0, dotted=False, apart=0):
    """An empty table or, with boxes `apart`, combs; dark lines on white."""
    sheet = np.full((2 * MARGIN + rows * (HIGH + apart), 2 * MARGIN + columns * (WIDE + apart)), 255, np.uint8)
    for row in range(rows):
        for column in range(columns):
            left, top = MARGIN + column * (WIDE + apart), MARGIN + row * (HIGH + apart)
            cv2.rectangle(sheet, (left, top), (left + WIDE, top + HIGH), grey, border)
    if dotted:
        y, x = np.indices(sheet.shape)
        sheet[((x + y) // 2) % 2 == 0] = 255
    return sheet


def write(sheet, text, left, top, size=1.2, grey=20):
    cv2.putText(sheet, text, (left, top), cv2.FONT_HERSHEY_SIMPLEX, size, grey, 3, cv2.LINE_AA)
    return sheet


def turned(sheet, degrees):
    height, width = sheet.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(sheet, matrix, (width, height), borderValue=255)


def photographed(sheet):
    """Darker to the right, blurred, with grain."""
    light = np.linspace(0.95, 0.6, sheet.shape[1])
    grain = np.random.default_rng(0).normal(0, 4, sheet.shape)
    return (cv2.GaussianBlur(sheet, (0, 0), 0.8) * light + grain).clip(0, 255).astype(np.uint8)
