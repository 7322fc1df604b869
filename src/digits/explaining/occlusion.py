"""Where a network looks: cover a part of its image, and ask again (Zeiler & Fergus 2014, section 4.2).

Notable choices:
- a patch in the colour of the paper hides ink: "without this part of the stroke it would be a 1" is what a reader can
  picture. A patch of ink asks the opposite: what is missing for another digit;
- all patches are one batch through the bundle.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.reading.digit.mnist_form import INK, SIDE
from digits.reading.networks.classifier import Classifier, Floats

Image = npt.NDArray[np.uint8]

PATCH = 6
"""Pixels a side of a patch: twice a stroke's width, less than a third of a digit's height."""

STEP = 2
"""Pixels from one patch to the next."""

MIDDLES = np.arange(1, SIDE, STEP)
"""Rows, and columns, of the patches' middles."""

INKED = 200
"""The colour of a patch of ink."""

_NAMES = (
    ("upper left", "top", "upper right"),
    ("left", "middle", "right"),
    ("lower left", "bottom", "lower right"),
)
_MIDDLE = (0.38, 0.62)  # of the digit's height, and of its width


@dataclass(frozen=True)
class Spot:
    """A patch of an occlusion, and what it does to one digit's probability.

    Attributes:
        row: of the patch's middle, 0 to 27.
        column: likewise.
        where: in words, relative to the digit: `upper left`, `middle`, …
        change: of the digit's probability, below 0 where it falls.
        digit: what is read then.
        confidence: of that.
    """

    row: int
    column: int
    where: str
    change: float
    digit: int
    confidence: float

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What the network says when patches cover its image; m is the number of `MIDDLES`.

    Attributes:
        image: uint8 (28, 28), what it saw.
        before: float32 (10,), the probabilities of the whole image.
        hidden: float32 (m, m, 10), those with a patch in the colour of the paper.
        inked: float32 (m, m, 10), those with a patch in the colour of ink.
        covers: bool (m, m), whether there is ink in the patch.
    """

    image: Image
    before: Floats
    hidden: Floats
    inked: Floats
    covers: npt.NDArray[np.bool_]

    def falls(self, digit: int) -> Floats:
        """How much a digit's probability falls where ink is hidden, float32 (28, 28), -1 to 1.

        Each pixel has the mean over the patches that cover it.
        """
        total, count = np.zeros((SIDE, SIDE), np.float32), np.zeros((SIDE, SIDE), np.float32)
        for place in np.ndindex(self.covers.shape):
            at = _pixels(*place)
            total[at] += self.before[digit] - self.hidden[place][digit]
            count[at] += 1
        mean: Floats = total / count
        return mean

    def decisive(self, digit: int) -> Spot:
        """Where hiding ink lowers a digit's probability most."""
        return self._spot(np.where(self.covers, self.hidden[..., digit], np.inf).argmin(), self.hidden, digit)

    def against(self, digit: int) -> Spot:
        """Where hiding ink raises a digit's probability most."""
        return self._spot(np.where(self.covers, self.hidden[..., digit], -np.inf).argmax(), self.hidden, digit)

    def missing(self, digit: int) -> Spot:
        """Where putting ink raises a digit's probability most."""
        return self._spot(self.inked[..., digit].argmax(), self.inked, digit)

    def _spot(self, index: np.intp, after: Floats, digit: int) -> Spot:
        y, x = np.unravel_index(index, self.covers.shape)
        then = after[y, x]
        guess = int(then.argmax())
        row, column = int(MIDDLES[y]), int(MIDDLES[x])
        change = float(then[digit] - self.before[digit])
        return Spot(row, column, _where(self.image, row, column), change, guess, float(then[guess]))


def occlude(classifier: Classifier, image: Image) -> Occlusion:
    """Ask a network about an image, uint8 (28, 28), and about it under each patch."""
    places = (len(MIDDLES), len(MIDDLES))
    covers = np.zeros(places, bool)
    hidden = np.broadcast_to(image, (*places, SIDE, SIDE)).copy()
    inked = hidden.copy()
    for place in np.ndindex(places):
        at = _pixels(*place)
        covers[place] = bool((image[at] >= INK).any())
        hidden[place][at] = 0
        inked[place][at] = np.maximum(image[at], INKED)
    batch = np.concatenate([image[np.newaxis], hidden.reshape(-1, SIDE, SIDE), inked.reshape(-1, SIDE, SIDE)])
    probabilities = classifier.answer(batch).probabilities
    after_hiding, after_inking = probabilities[1:].reshape(2, *places, 10)
    return Occlusion(image, probabilities[0], after_hiding, after_inking, covers)


def _pixels(y: int, x: int) -> tuple[slice, slice]:
    """The pixels that the patch at a place covers, as an index into an image."""
    top, left = int(MIDDLES[y]) - PATCH // 2, int(MIDDLES[x]) - PATCH // 2
    return slice(max(0, top), top + PATCH), slice(max(0, left), left + PATCH)


def _where(image: Image, row: int, column: int) -> str:
    """A place in words, relative to the box of an image's ink."""
    parts = []
    for at, inked in ((row, image.any(axis=1)), (column, image.any(axis=0))):
        places = np.flatnonzero(inked)
        share = (
            (at - places[0]) / (np.ptp(places) + 1) if len(places) else 0.5
        )  # a patch's middle lies before its pixel
        parts.append(sum(share > bound for bound in _MIDDLE))
    return _NAMES[parts[0]][parts[1]]
