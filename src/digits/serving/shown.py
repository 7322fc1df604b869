"""An Explanation as JSON, with pictures of what the networks saw: PNG files as data URLs, which a page can show."""

import base64
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.errors import InputError
from digits.explaining.explanation import Explanation
from digits.reading.finding import find_map
from digits.reading.networks.finder import load_finder

NEAREST = 5
"""Of the training digits that a digit resembles, how many are shown."""


def shown(explanation: Explanation, number: int | None = None) -> dict[str, Any]:
    """What `digits explain --json` prints, and beside it pictures.

    Each of `digits` has its `form`, and in `nearest` the `pictures` of training digits; each of `numbers` has the
    `picture` of its `strip`, and its digits their `form`; the whole has the `finder_map`.

    Args:
        explanation: of a page.
        number: which of its numbers is wanted, counted from 0; None for all.

    Raises:
        InputError: there is no such number.
    """
    found = explanation.to_json() | {"figure": None}
    for digit, entry in zip(explanation.digits, found["digits"], strict=True):
        entry["form"] = data_url(digit.look.form.image)
        if digit.neighbours is not None:
            entry["nearest"]["pictures"] = [data_url(image) for image in digit.neighbours.images[:NEAREST]]
    for one, entry in zip(explanation.numbers, found["numbers"], strict=True):
        entry["strip"]["picture"] = data_url(one.line.crop.pixels)
        for mark, written in zip(one.number.digits, entry["digits"], strict=True):
            written["form"] = data_url(mark.image)
    if number is not None:
        if not 0 <= number < len(found["numbers"]):
            raise InputError(
                f"{explanation.picture.name} has {len(found['numbers'])} explained numbers; there is no number {number}"
            )
        found["numbers"] = [found["numbers"][number]]
    seen = 255 * find_map(load_finder(), explanation.picture.grey)
    return found | {"finder_map": data_url(seen.astype(np.uint8))}


def data_url(pixels: npt.NDArray[np.uint8]) -> str:
    """A grey picture, uint8 (height, width), as a PNG file in a data URL."""
    _, content = cv2.imencode(".png", np.ascontiguousarray(pixels))
    return "data:image/png;base64," + base64.b64encode(content.tobytes()).decode()
