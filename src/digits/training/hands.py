"""European hands: a 7 crossed, a 0 slashed or dotted, a 1 with a long up-stroke and sometimes a foot; in JAX.

MNIST's writers were Americans. What a European adds to their digits is drawn onto them: straight strokes, as wide as
the digit's own, placed by the digit's ink.

Notable choices:
- a stroke is all that lies within half its width of a segment, with an edge one pixel soft;
- afterwards the digit is brought back to the middle, by whole pixels, as MNIST's makers centred theirs.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from digits.training.draws import CENTRE, COLUMNS, ROWS, between, chosen, extent, moved, uniform

MIDDLE = 14.0
"""Row and column, counted from 0, at which MNIST's digits have their centre of mass."""


class Segment(NamedTuple):
    """Ends of a straight stroke for each image, in pixels: float32 (n, 1, 1) each."""

    row: jax.Array
    column: jax.Array
    to_row: jax.Array
    to_column: jax.Array


def write(images: jax.Array, labels: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Add a European stroke to a `share` of the 0s, 1s and 7s.

    Args:
        images: float32 (n, 28, 28), 0 to 255, upright and centred as MNIST's are.
        labels: of the first images, integers (m,); what follows is no digit and stays as it is.
        key: chooses.
        share: 0 to 1.
    """
    n = len(images)
    digit = jnp.pad(labels.astype(jnp.int32), (0, n - len(labels)), constant_values=-1)[:, None, None]
    which, width_key, one, seven, zero, foot_key, foot_share = jax.random.split(key, 7)
    top, bottom = (ends.astype(jnp.float32) for ends in extent(images, 1))
    left, right = (ends.astype(jnp.float32) for ends in extent(images, 2))
    upper, lower = _centre_of_row(images, top + 1), _centre_of_row(images, bottom - 1)
    width = jnp.clip(_ink_of_row(images, (top + bottom) / 2) / 255, 1.5, 4.0) * between(width_key, n, 0.7, 1.1)

    strokes = (
        (7, _bar(images, top, bottom, seven), width),
        (1, _up_stroke(top, bottom, upper, lower, one), width),
        (0, _slash(top, bottom, left, right, zero), jnp.maximum(width / 2, 1.5)),
    )
    changed = images
    for which_digit, segment, stroke_width in strokes:
        changed = jnp.where(digit == which_digit, jnp.maximum(images, _drawn(segment, stroke_width)), changed)
    reach = between(foot_key, n, 3, 6)
    foot = _drawn(Segment(bottom, lower - reach, bottom, lower + reach), width)
    changed = jnp.where((digit == 1) & chosen(foot_share, n, 0.3), jnp.maximum(changed, foot), changed)
    return jnp.where(chosen(which, n, share), _centred(changed, digit), images)


def slender(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Squeeze a `share` of images, float32 (n, 28, 28), to 45 to 85 % of their width; black comes in."""
    which, how_much = jax.random.split(key)
    n = len(images)
    factor = between(how_much, n, 0.45, 0.85)
    middles = (COLUMNS - CENTRE) / factor + CENTRE  # of the new pixels, in the old image
    covered = jnp.clip((1 / factor + 1) / 2 - jnp.abs(ROWS - middles), 0, 1)  # of each old pixel
    squeezed = images @ (factor * covered)
    return jnp.where(chosen(which, n, share), squeezed, images)


def _bar(images: jax.Array, top: jax.Array, bottom: jax.Array, key: jax.Array) -> Segment:
    """Across the stem of a 7, a little above or below its middle, level or slightly rising."""
    place, reach, rise = jax.random.split(key, 3)
    n = len(images)
    row = top + (bottom - top) * between(place, n, 0.42, 0.62)
    column, length, slope = _centre_of_row(images, row), between(reach, n, 2.5, 5.5), uniform(rise, (n, 1, 1), 0.25)
    return Segment(row + slope * length, column - length, row - slope * length, column + length)


def _up_stroke(top: jax.Array, bottom: jax.Array, upper: jax.Array, lower: jax.Array, key: jax.Array) -> Segment:
    """From the top of a 1, 5 to 12 pixels down to the left, 25 to 60 degrees off its stem."""
    long, off = jax.random.split(key)
    n = len(top)
    stem = jnp.arctan2(lower - upper, jnp.maximum(bottom - top, 1))  # 0 is upright, a slanted 1's is negative
    angle = jnp.clip(stem - jnp.deg2rad(between(off, n, 25, 60)), -1.5, 0)
    length = between(long, n, 5, 12)
    return Segment(top + 1, upper, top + 1 + length * jnp.cos(angle), upper + length * jnp.sin(angle))


def _slash(top: jax.Array, bottom: jax.Array, left: jax.Array, right: jax.Array, key: jax.Array) -> Segment:
    """Through a 0 from below left to above right, or (a sixth) the other way, or (a sixth) a dot in the middle."""
    over, aside, way = jax.random.split(key, 3)
    n = len(top)
    height = (bottom - top) / 2 + between(over, n, -4, 2.5)
    width = (right - left) / 2 + between(aside, n, -3, 2.5)
    kind = between(way, n, 0, 6)
    width = jnp.where(kind < 1, -width, width)
    height, width = (jnp.where(kind > 5, 0.0, half_side) for half_side in (height, width))
    row, column = (top + bottom) / 2, (left + right) / 2
    return Segment(row + height, column - width, row - height, column + width)


def _drawn(segment: Segment, width: jax.Array) -> jax.Array:
    """A stroke of this width as ink, float32 (n, 28, 28)."""
    down, right = segment.to_row - segment.row, segment.to_column - segment.column
    along = (ROWS - segment.row) * down + (COLUMNS - segment.column) * right
    share = jnp.clip(along / jnp.maximum(down**2 + right**2, 1e-6), 0, 1)
    distance = jnp.hypot(ROWS - segment.row - share * down, COLUMNS - segment.column - share * right)
    return 255 * jnp.clip(width / 2 + 0.5 - distance, 0, 1)


def _ink_of_row(images: jax.Array, row: jax.Array) -> jax.Array:
    return jnp.sum(jnp.where(jnp.round(row) == ROWS, images, 0), axis=(1, 2), keepdims=True)


def _centre_of_row(images: jax.Array, row: jax.Array) -> jax.Array:
    """Mean column of the ink near a row."""
    near = jnp.where(jnp.abs(ROWS - jnp.round(row)) <= 1, images, 0)
    return jnp.sum(near * COLUMNS, axis=(1, 2), keepdims=True) / jnp.maximum(
        jnp.sum(near, axis=(1, 2), keepdims=True), 1
    )


def _centred(images: jax.Array, digit: jax.Array) -> jax.Array:
    """The 0s, 1s and 7s moved, by whole pixels, until their centre of mass is in the middle."""
    mass = jnp.maximum(jnp.sum(images, axis=(1, 2), keepdims=True), 1)
    row, column = (jnp.sum(images * places, axis=(1, 2), keepdims=True) / mass for places in (ROWS, COLUMNS))
    written = (digit == 0) | (digit == 1) | (digit == 7)
    down, right = (jnp.where(written, jnp.round(MIDDLE - place), 0) for place in (row, column))
    return moved(images, down, right)
