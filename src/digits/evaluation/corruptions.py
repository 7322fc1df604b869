"""The fifteen corruptions of MNIST-C (Mu & Gilmer 2019, "MNIST-C: A Robustness Benchmark for Computer Vision").

They measure, and never train: nothing under `training/` imports this module, and a test holds it to that.

What is known, and what we chose:
- the paper describes the corruptions; the strengths stand as defaults in its authors' published program, which we take
  to be those of their static data set. All numbers below are those; the code is ours. Our digits are not bit for bit
  theirs, and a figure on ours is comparable with one on theirs, not equal to it;
- motion blur is written from ImageMagick's: a one-sided Gaussian trail along the direction, whole pixels;
- fog is a Gaussian random field where theirs is a corner of a plasma fractal. Level, spread and roughness (how the
  difference of two pixels grows with their distance) are fitted to 400 such corners;
- the edges are those of OpenCV's Canny on a digit smoothed as theirs, where they have scikit-image's;
- the zigzag is one line that bends, where theirs is made of pieces that add up where they overlap;
- their digits come out as floats; ours are rounded to uint8, because that is what a user's digits are.

A digit's random numbers follow from the seed, the corruption and the digit itself: a digit is changed in the same way
wherever it stands, in a batch of any size.

`resembles` names the fields of a recipe's `augmentation` that prepare a network for a corruption, strictly: in doubt it
resembles. Erasing, which paints rectangles black, grey or white, is held to prepare for all that is drawn over a digit;
clutter (ruled lines, specks, pieces of other digits) for blots and lines.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from digits.errors import InputError

Images = npt.NDArray[np.uint8]
Whole = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.float32]
"""Float images (n, 28, 28), 0 background to 1 ink."""

SIZE = 28
CENTRE = (SIZE - 1) / 2
"""What the turned, sheared and scaled digits keep in place: the middle of the image."""

AUGMENTATIONS = (
    "shift", "rotation", "scale", "shear", "elastic", "stroke", "blur", "noise", "contrast", "erasing", "inversion",
    "outline", "hands", "felt", "hairline", "cut", "gaps", "coarse", "clutter", "threshold", "slender",
)  # fmt: skip
"""The fields of a recipe's `augmentation` that are the strength of a change."""

BLOCK = 1000
"""Digits that are changed at a time: bounds the memory."""

_COLUMNS = np.arange(SIZE, dtype=np.float32)


class Draws:
    """The random numbers of a batch: each digit draws from a stream of its own."""

    def __init__(self, images: Images, seed: int, name: str) -> None:
        key = f"{seed} {name}".encode()
        digests = (hashlib.blake2b(image.tobytes(), digest_size=16, key=key).digest() for image in images)
        self.streams = [np.random.Generator(np.random.Philox(key=int.from_bytes(digest))) for digest in digests]

    def uniform(self, *shape: int) -> Pixels:
        """Uniform in [0, 1), float32 (n, *shape)."""
        return np.stack([stream.random(shape, dtype=np.float32) for stream in self.streams])

    def normal(self, *shape: int) -> Pixels:
        """Standard normal, float32 (n, *shape)."""
        return np.stack([stream.standard_normal(shape, dtype=np.float32) for stream in self.streams])

    def integers(self, low: int, high: int, *shape: int) -> Whole:
        """Whole numbers from `low` to below `high`, int64 (n, *shape)."""
        return np.stack([stream.integers(low, high, shape) for stream in self.streams])

    def signs(self, *shape: int) -> Whole:
        """-1 or 1, int64 (n, *shape)."""
        return 2 * self.integers(0, 2, *shape) - 1


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """One of the fifteen.

    Attributes:
        name: as the paper has it.
        description: what it does, in a line, with its strength.
        resembles: the fields of a recipe's `augmentation` that prepare a network for it.
        change: (pixels, draws) → pixels, float32 (n, 28, 28), 0 to 1; it may leave that range.
    """

    name: str
    description: str
    resembles: tuple[str, ...]
    change: Callable[[Pixels, Draws], Pixels]


def corrupt(images: Images, name: str, *, seed: int = 0) -> Images:
    """Change digits, uint8 (n, 28, 28), by the corruption of this name; the same seed gives the same bits.

    Raises:
        InputError: there is no such corruption, or `images` has another dtype or shape.
    """
    if name not in CORRUPTIONS:
        raise InputError(f"there is no corruption {name!r}; there are: {', '.join(CORRUPTIONS)}")
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIZE, SIZE):
        raise InputError(f"images must be uint8 (n, 28, 28); got {images.dtype} {images.shape}")
    changed = np.empty_like(images)
    for start in range(0, len(images), BLOCK):
        block = images[start : start + BLOCK]
        pixels = block.astype(np.float32) / np.float32(255)
        pixels = CORRUPTIONS[name].change(pixels, Draws(block, seed, name))
        changed[start : start + BLOCK] = np.rint(np.clip(pixels, 0, 1) * 255)
    return changed


def shot_noise(pixels: Pixels, draws: Draws) -> Pixels:
    """Poisson noise, as of a camera that counts three photons for full ink."""
    counts = [stream.poisson(3 * image) for stream, image in zip(draws.streams, pixels, strict=True)]
    return np.asarray(counts, dtype=np.float32) / np.float32(3)


def impulse_noise(pixels: Pixels, draws: Draws) -> Pixels:
    """Salt and pepper: 17 % of the pixels become 0 or 1, half of them each."""
    dice = draws.uniform(SIZE, SIZE)
    return np.where(dice < 0.17, (dice < 0.085).astype(np.float32), pixels)


def glass_blur(pixels: Pixels, draws: Draws) -> Pixels:
    """Blur (σ 0.7), twice swap about half of the pixels with a neighbour above or left of them, and blur again."""
    flat = _blur(pixels, 0.7).reshape(-1, SIZE * SIZE).T.copy()  # (784, n): a pixel of all digits lies together
    dice = draws.integers(0, 8, 2, SIZE, SIZE)  # three bits: whether to swap, up, left
    distances = (dice & 1) * (SIZE * (dice >> 1 & 1) + (dice >> 2))
    digits = np.arange(len(pixels))
    for turn in range(2):
        for row in range(SIZE - 1, 1, -1):
            for column in range(SIZE - 1, 1, -1):
                here = row * SIZE + column
                there = here - distances[:, turn, row, column]
                carried = flat[there, digits]
                flat[there, digits] = flat[here]
                flat[here] = carried
    return _blur(flat.T.reshape(-1, SIZE, SIZE), 0.7)


def motion_blur(pixels: Pixels, draws: Draws) -> Pixels:
    """A trail to one side: Gaussian weights (σ 3, ten pixels long), in a direction up to 45° from the horizontal."""
    steps = np.arange(11)
    weights = np.exp(-(steps**2) / (2 * 3**2)).astype(np.float32)
    weights /= weights.sum()
    moved = np.empty_like(pixels)
    for index, angle in enumerate(np.radians(90 * draws.uniform() - 45)):
        kernel = np.zeros((21, 21), np.float32)
        rows, columns = np.rint(np.outer((math.sin(angle), math.cos(angle)), steps)).astype(int)
        kernel[10 + rows, 10 + columns] = weights
        moved[index] = cv2.filter2D(pixels[index], -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return moved


def shear(pixels: Pixels, draws: Draws) -> Pixels:
    """Slant by 0.4 radians to either side; as in the published program, the digit gets 9 % taller with it."""
    angles = 0.4 * draws.signs()
    matrices = [[[1, -math.sin(angle)], [0, math.cos(angle)]] for angle in angles]
    return _warp(pixels, np.array(matrices))


def scale(pixels: Pixels, draws: Draws) -> Pixels:
    """Shrink to 70 % of the size."""
    return _warp(pixels, np.tile(np.eye(2) / 0.7, (len(pixels), 1, 1)))


def rotate(pixels: Pixels, draws: Draws) -> Pixels:
    """Turn by 0.4 radians (23°) to either side."""
    angles = 0.4 * draws.signs()
    matrices = [[[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]] for angle in angles]
    return _warp(pixels, np.array(matrices))


def brightness(pixels: Pixels, draws: Draws) -> Pixels:
    """Lighten by half of the range: the background becomes grey, ink above half is full."""
    return pixels + np.float32(0.5)


def translate(pixels: Pixels, draws: Draws) -> Pixels:
    """Move by three pixels along a diagonal."""
    return _warp(pixels, np.tile(np.eye(2), (len(pixels), 1, 1)), 3 * draws.signs(2))


def stripe(pixels: Pixels, draws: Draws) -> Pixels:
    """Invert the first and the last quarter of the columns."""
    inverted = pixels.copy()
    for columns in (slice(0, 7), slice(21, None)):
        inverted[:, :, columns] = 1 - inverted[:, :, columns]
    return inverted


def fog(pixels: Pixels, draws: Draws) -> Pixels:
    """Add a smooth random field three times as strong as the ink, and bring the sum back into range."""
    field = np.clip(0.52 + draws.normal(SIZE * SIZE) @ _fog_mixing().T, 0, 1).reshape(pixels.shape)
    strongest = pixels.max(axis=(1, 2), keepdims=True)
    foggy: Pixels = (pixels + 3 * field) * strongest / (strongest + 3)
    return foggy


def spatter(pixels: Pixels, draws: Draws) -> Pixels:
    """Cover the digit with grey blots (a quarter of full ink): where blurred noise is high."""
    liquid = _blur(0.65 + 0.3 * draws.normal(SIZE, SIZE), 1)
    blots = _blur((liquid > 0.65).astype(np.float32), 1.5)
    blots[blots < 0.8] = 0
    covered: Pixels = pixels * (1 - blots) + np.float32(63 / 255) * blots
    return covered


def dotted_line(pixels: Pixels, draws: Draws) -> Pixels:
    """Draw a straight line from the left to the right edge, two columns of each four."""
    ends = draws.integers(0, 27, 2).astype(np.float32)
    falls = (ends[:, 1:] - ends[:, :1]) / np.float32(27)
    heights = ends[:, :1] + falls * _COLUMNS  # (n, 28): the line's row in each column
    drawn = (_COLUMNS % 4 >= 2) & (_COLUMNS < 27)
    return pixels + np.where(drawn, _line(heights), np.float32(0))


def zigzag(pixels: Pixels, draws: Draws) -> Pixels:
    """Draw a zigzag, two pixels up and down, along a line from column 2 to 25 that may fall or rise by five rows."""
    starts, rises = draws.integers(0, 27), draws.integers(-5, 5)
    heights = np.empty((len(pixels), SIZE), np.float32)
    for index, (start, rise) in enumerate(zip(starts, rises, strict=True)):
        angle = math.atan2(rise, 23)
        length = 23 / math.cos(angle)
        turns = np.arange(2, length, 4)  # along the line: every four pixels a turn, the first after two
        along = np.array([0, *turns, length])
        aside = np.array([0, *(2 * (-1) ** np.arange(len(turns))), 0])
        columns = 2 + along * math.cos(angle) - aside * math.sin(angle)
        rows = start + along * math.sin(angle) + aside * math.cos(angle)
        heights[index] = np.interp(_COLUMNS, columns, rows)
    drawn = (_COLUMNS >= 2) & (_COLUMNS <= 25)
    return pixels + np.where(drawn, _line(heights), np.float32(0))


def canny_edges(pixels: Pixels, draws: Draws) -> Pixels:
    """Only the strokes' outlines (Canny 1986), one pixel wide; thresholds 0.1 and 0.2 on Sobel's gradients."""
    finer = 8 * 255  # Canny takes whole numbers
    edges = np.zeros_like(pixels)
    for index, smooth in enumerate(_blur(pixels, 1, border=cv2.BORDER_CONSTANT)):
        across, down = (
            np.rint(finer * cv2.Sobel(smooth, cv2.CV_32F, *order)).astype(np.int16) for order in ((1, 0), (0, 1))
        )
        edges[index] = cv2.Canny(across, down, 0.1 * finer, 0.2 * finer, L2gradient=True) / 255
    edges[:, [0, -1]] = edges[:, :, [0, -1]] = 0
    return edges


def _blur(pixels: Pixels, sigma: float, border: int = cv2.BORDER_REPLICATE) -> Pixels:
    """Gaussian blur, up to four standard deviations."""
    width = 2 * math.ceil(4 * sigma - 0.5) + 1
    return np.stack([cv2.GaussianBlur(image, (width, width), sigma, borderType=border) for image in pixels])


def _warp(pixels: Pixels, matrices: npt.NDArray[np.float64], shifts: Whole | None = None) -> Pixels:
    """Take each pixel (x, y) from `matrix` @ (x, y) about the image's middle, + `shift`; what was outside is empty.

    Args:
        pixels: (n, 28, 28).
        matrices: (n, 2, 2), (x, y) → (x, y).
        shifts: (n, 2), x and y; none by default.
    """
    offsets = CENTRE * (1 - matrices.sum(axis=2)) + (0 if shifts is None else shifts)
    both = np.concatenate([matrices, offsets[:, :, np.newaxis]], axis=2)  # (n, 2, 3)
    options = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.stack(
        [cv2.warpAffine(image, matrix, (SIZE, SIZE), flags=options) for image, matrix in zip(pixels, both, strict=True)]
    )


def _line(heights: npt.NDArray[np.float32]) -> Pixels:
    """A soft line, (n, 28, 28), through these rows of each column, (n, 28): gone 1.45 pixels above and below."""
    distances = np.abs(_COLUMNS[:, np.newaxis] - heights[:, np.newaxis, :])  # (n, 28 rows, 28 columns)
    ink: Pixels = np.maximum(np.log1p(-np.minimum(distances, 2) / np.float32(2.3)) + 1, 0)
    return ink


@cache
def _fog_mixing() -> Pixels:
    """What makes fog, less its mean, of independent normal numbers, float32 (784, 784).

    Two pixels at distance r differ by 0.0104 r^0.8 (root mean square), and a pixel's standard deviation is 0.2:
    measured on 400 corners, 28×28, of 256×256 plasma fractals whose noise falls by 1.4² an octave.
    """
    places = np.stack(np.meshgrid(_COLUMNS, _COLUMNS), axis=-1).reshape(-1, 2).astype(np.float64)
    distances = np.linalg.norm(places[:, np.newaxis] - places, axis=-1)
    covariance = 0.2**2 - (0.0104 * distances**0.8) ** 2 / 2
    mixing: Pixels = np.linalg.cholesky(covariance).astype(np.float32)
    return mixing


def _corruption(change: Callable[[Pixels, Draws], Pixels], description: str, *resembles: str) -> Corruption:
    return Corruption(name=change.__name__, description=description, resembles=resembles, change=change)


CORRUPTIONS: Mapping[str, Corruption] = {
    corruption.name: corruption
    for corruption in (
        _corruption(shot_noise, "Poisson noise, three photons for full ink", "noise"),
        _corruption(impulse_noise, "salt and pepper on 17 % of the pixels", "noise"),
        _corruption(glass_blur, "blurred, pixels swapped with their neighbours, blurred again", "blur", "elastic"),
        _corruption(motion_blur, "smeared to one side, σ 3 pixels", "blur"),
        _corruption(shear, "slanted by 0.4 radians", "shear"),
        _corruption(scale, "shrunk to 70 %", "scale"),
        _corruption(rotate, "turned by 0.4 radians (23°)", "rotation"),
        _corruption(brightness, "lightened by half of the range", "contrast"),
        _corruption(translate, "moved by 3 pixels along a diagonal", "shift"),
        _corruption(stripe, "the outer quarters of the columns inverted", "erasing", "inversion"),
        _corruption(fog, "a smooth random veil, three times as strong as the ink", "contrast"),
        _corruption(spatter, "covered with grey blots", "erasing", "clutter"),
        _corruption(dotted_line, "a dotted line drawn across", "erasing", "clutter"),
        _corruption(zigzag, "a zigzag drawn across", "erasing", "clutter"),
        _corruption(canny_edges, "nothing left but the strokes' outlines", "outline"),
    )
}
"""All fifteen, by name, in the paper's order."""
