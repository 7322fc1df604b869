"""Pens and papers: felt pens and hairlines, digits cut, broken, coarse, cluttered, made hard; in JAX.

Each takes images, float32 (n, 28, 28), 0 to 255, a key, and the share of them that it changes; the others stay as they
are. What a reader meets once a picture's ink is in MNIST's form, and MNIST itself does not have.
"""

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from digits.training.draws import (
    CENTRE,
    COLUMNS,
    ROWS,
    SIDE,
    across_both,
    between,
    chosen,
    extent,
    gaussian,
    moved,
    neighbours,
    smooth_field,
)

COARSEST, FINEST = 7, 14
"""Pixels a side of a coarse image."""


def felt(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Thicken strokes by 0.4 to 2 pixels on each side, after making room: the digit keeps the size of its box."""
    which, how_much = jax.random.split(key)
    n = len(images)
    amount = between(how_much, n, 0.4, 2.0)
    factor = 1 - amount / 10  # of a box of 20 pixels
    x = across_both(images, *(_shrinking(factor),) * 2)
    for done in range(2):  # a pixel a time, the last one in part; a cross and then a square: together, round
        grown = _square(x) if done == 1 else neighbours(x, jnp.maximum)
        x = x + jnp.clip(amount - done, 0, 1) * (grown - x)
    return jnp.where(chosen(which, n, share), jnp.clip(1.6 * x - 76, 0, 255), images)  # ink of an even black


def hairline(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Leave the middle lines of the strokes: where the blurred image is a ridge, by its second differences."""
    smooth = gaussian(0.9)
    blurred = across_both(images, smooth, smooth)
    padded = jnp.pad(blurred, ((0, 0), (1, 1), (1, 1)), mode="edge")
    at = {(y, x): padded[:, 1 + y : SIDE + 1 + y, 1 + x : SIDE + 1 + x] for y in (-1, 0, 1) for x in (-1, 0, 1)}
    straight = jnp.maximum(2 * blurred - at[0, -1] - at[0, 1], 2 * blurred - at[-1, 0] - at[1, 0])
    oblique = jnp.maximum(2 * blurred - at[-1, -1] - at[1, 1], 2 * blurred - at[-1, 1] - at[1, -1]) / 2
    ridge = jnp.maximum(straight, oblique)
    peak = jnp.max(ridge, axis=(1, 2), keepdims=True)
    line = 255 * jnp.clip(2.4 * ridge / jnp.maximum(peak, 1) - 0.7, 0, 1)
    return jnp.where(chosen(key, len(images), share), line, images)


def cut(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Lose 1 to 5 pixels of the ink's extent at one side."""
    which, how_much, side_key = jax.random.split(key, 3)
    n = len(images)
    lost = jax.random.randint(how_much, (n, 1, 1), 1, 6)
    side = jax.random.randint(side_key, (n, 1, 1), 0, 4)
    top, bottom = extent(images, 1)
    left, right = extent(images, 2)
    from_sides = jnp.stack(jnp.broadcast_arrays(ROWS - top, bottom - ROWS, COLUMNS - left, right - COLUMNS))
    inside = from_sides >= lost
    kept = jnp.take_along_axis(inside, side[None], axis=0)[0]
    return jnp.where(kept | ~chosen(which, n, share), images, 0)


def gaps(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Take ink away where a smooth random field is high: a tenth to a third of it, in patches of a few pixels."""
    which, field_key, level = jax.random.split(key, 3)
    n = len(images)
    kept = jnp.clip(4 * (between(level, n, 0.7, 1.5) - smooth_field(field_key, n, 1.3)), 0, 1)
    return jnp.where(chosen(which, n, share), kept * images, images)


def coarse(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Average down to 7 to 14 pixels a side and enlarge again, in squares or smoothly."""
    which, how = jax.random.split(key)
    n = len(images)
    resampling = jnp.asarray(_COARSE)[jax.random.randint(how, (n,), 0, len(_COARSE))]  # (n, 28, 28)
    return jnp.where(chosen(which, n, share), across_both(images, resampling, resampling), images)


def clutter(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Add a ruled line, specks, or a piece of the image before at an edge; often one, at times two of them."""
    which, kinds, line, speck, piece = jax.random.split(key, 5)
    n = len(images)
    kind = jax.random.randint(kinds, (n, 1, 1), 0, 5)  # 3: line and specks, 4: line and piece
    added = jnp.where((kind == 0) | (kind >= 3), _ruled_line(n, line), 0)
    added = jnp.maximum(added, jnp.where((kind == 1) | (kind == 3), _specks(n, speck), 0))
    added = jnp.maximum(added, jnp.where((kind == 2) | (kind == 4), _neighbour(images, piece), 0))
    return jnp.where(chosen(which, n, share), jnp.maximum(images, added), images)


def threshold(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Steepen the grey values 3 to 12 times about a level of 60 to 170: black and white, with hardly a grey."""
    which, where, how = jax.random.split(key, 3)
    n = len(images)
    hard = jnp.clip((images - between(where, n, 60, 170)) * between(how, n, 3, 12) + 127.5, 0, 255)
    return jnp.where(chosen(which, n, share), hard, images)


def _ruled_line(n: int, key: jax.Array) -> jax.Array:
    """A straight line across the image, mostly level, 1 to 2 pixels wide, full or faint: float32 (n, 28, 28)."""
    place, slant, upright, wide, strong = jax.random.split(key, 5)
    vertical = chosen(upright, n, 0.25)
    along, beside = jnp.where(vertical, ROWS, COLUMNS), jnp.where(vertical, COLUMNS, ROWS)
    middle = between(place, n, 0, SIDE - 1) + between(slant, n, -0.08, 0.08) * (along - CENTRE)
    ink = jnp.clip(between(wide, n, 1, 2) / 2 + 0.5 - jnp.abs(beside - middle), 0, 1)
    return 255 * between(strong, n, 0.3, 1.2).clip(0, 1) * ink


def _specks(n: int, key: jax.Array) -> jax.Array:
    """Small blots, where a smooth random field is very high: float32 (n, 28, 28)."""
    field, level, strong = jax.random.split(key, 3)
    ink = jnp.clip(2 * (smooth_field(field, n, 0.7) - between(level, n, 2.0, 2.8)), 0, 1)
    return 255 * between(strong, n, 0.4, 1.2).clip(0, 1) * ink


def _neighbour(images: jax.Array, key: jax.Array) -> jax.Array:
    """The image before in the batch, moved until no more than a piece of it shows at one edge: float32 (n, 28, 28)."""
    side_key, far = jax.random.split(key)
    n = len(images)
    distance = jax.random.randint(far, (n, 1, 1), 17, 23)
    side = jax.random.randint(side_key, (n, 1, 1), 0, 4)
    away = jnp.where(side % 2 == 0, distance, -distance)
    return moved(jnp.roll(images, 1, axis=0), jnp.where(side < 2, away, 0), jnp.where(side < 2, 0, away))


def _square(images: jax.Array) -> jax.Array:
    """The largest of each pixel and its eight neighbours."""
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1)))
    tall = jnp.maximum(jnp.maximum(padded[:, :-2], padded[:, 2:]), padded[:, 1:-1])
    return jnp.maximum(jnp.maximum(tall[:, :, :-2], tall[:, :, 2:]), tall[:, :, 1:-1])


def _shrinking(factor: jax.Array) -> jax.Array:
    """Matrices that shrink a side about its middle, float32 (n, 28, 28); black comes in."""
    places = (ROWS - CENTRE) / factor + CENTRE  # of each new pixel in the old image
    return jnp.clip(1 - jnp.abs(places - COLUMNS), 0, 1)


def _coarsening(pixels: int, *, smooth: bool) -> npt.NDArray[np.float32]:
    """The matrix that averages a side of 28 down to `pixels` and enlarges it again: float32 (28, 28)."""
    edges = np.linspace(0, SIDE, pixels + 1)
    starts, ends = edges[:-1, None], edges[1:, None]
    overlap = np.clip(np.minimum(ends, np.arange(SIDE) + 1) - np.maximum(starts, np.arange(SIDE)), 0, None)
    down = overlap / overlap.sum(axis=1, keepdims=True)  # (pixels, 28)
    places = (np.arange(SIDE) + 0.5) * pixels / SIDE - 0.5
    nearest = np.rint(places) if not smooth else np.clip(places, 0, pixels - 1)
    up = np.clip(1 - np.abs(nearest[:, None] - np.arange(pixels)), 0, 1)  # (28, pixels)
    resampled: npt.NDArray[np.float32] = (up @ down).astype(np.float32)
    return resampled


_COARSE = np.stack(
    [_coarsening(pixels, smooth=smooth) for pixels in range(COARSEST, FINEST + 1) for smooth in (False, True)]
)
