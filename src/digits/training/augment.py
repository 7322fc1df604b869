"""Training digits, changed a little at every step: (batch, key) → batch, on the device, inside the compiled step.

What is changed, and how far, says the recipe's `[augmentation]`; in this order: what a hand adds (`hands.py`); one
resampling for shift, rotation, scale, shear and elastic distortion together; then the strokes, what was lost of them,
what lies over them, and their grey values (here and in `wear.py`).

Notable choices:
- the key of a step follows from (seed, epoch, step) alone: a resumed run changes its digits as the first would have;
- each change draws from a key of its own, so that adding one to a recipe leaves the draws of the others alone;
- images go in and come out as uint8: the network is trained on exactly what it can be shown;
- all geometry is one bilinear sampling (0.4 ms for 256 digits on two CPU cores): nothing is blurred twice. Whole-pixel
  shifts alone are cut out of the padded image instead, which is exact;
- a recipe without augmentation never comes here: it compiles to what it was before there was any.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from digits.training import hands, wear
from digits.training.draws import CENTRE, SIDE, chosen, gaussian, half, neighbours, uniform
from digits.training.sections import Augmentation

_STREAM = 0x5A
"""Keeps these random numbers apart from any others that are drawn from the same seed."""


class Keys(NamedTuple):
    """A random key for each change. A new one comes last: the keys of the others stay what they were."""

    shift: jax.Array
    rotation: jax.Array
    scale: jax.Array
    shear: jax.Array
    elastic: jax.Array
    stroke: jax.Array
    blur: jax.Array
    erasing: jax.Array
    contrast: jax.Array
    noise: jax.Array
    outline: jax.Array
    inversion: jax.Array
    hands: jax.Array
    felt: jax.Array
    hairline: jax.Array
    cut: jax.Array
    gaps: jax.Array
    coarse: jax.Array
    clutter: jax.Array
    threshold: jax.Array
    slender: jax.Array
    spared: jax.Array


def epoch_key(seed: int, epoch: int) -> jax.Array:
    """The key of an epoch; the step's own is `fold_in` of it with the number of the step."""
    return jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), _STREAM), epoch)


def augment(
    augmentation: Augmentation, images: jax.Array, key: jax.Array, labels: jax.Array | None = None
) -> jax.Array:
    """Change a batch, uint8 (n, 28, 28), as the recipe says, into another; the same key gives the same bits.

    Without labels there are neither `hands` nor slender digits.
    """
    if labels is not None:
        images = write(augmentation, images, labels, key)
    return rounded(paint(augmentation, bend(augmentation, images, key), key))


def write(augmentation: Augmentation, images: jax.Array, labels: jax.Array, key: jax.Array) -> jax.Array:
    """What comes before: how a hand writes; `labels` of the first images, the rest are no digits."""
    a, keys = augmentation, _keys(key)
    if not writes(a):
        return images
    x = images.astype(jnp.float32)
    if a.hands:
        x = hands.write(x, labels, keys.hands, a.hands)
    return rounded(hands.slender(x, keys.slender, a.slender) if a.slender else x)


def writes(augmentation: Augmentation) -> bool:
    """Whether `write` changes anything: then a teacher, who has seen no such hand, is shown the digit without it."""
    return bool(augmentation.hands or augmentation.slender)


def bend(augmentation: Augmentation, images: jax.Array, key: jax.Array) -> jax.Array:
    """The first half of `augment`, before rounding: where the ink is. What comes out is still as clean as it was."""
    a = augmentation
    if not (a.rotation or a.scale or a.shear or a.elastic):
        return shift(images, key, a.shift) if a.shift else images
    return sample(images.astype(jnp.float32), *warp(a, len(images), _keys(key)))


def paint(augmentation: Augmentation, images: jax.Array, key: jax.Array) -> jax.Array:
    """The second half of `augment`, before rounding: how the ink looks, and what lies over it."""
    a, keys = augmentation, _keys(key)
    steps = (
        (wear.hairline, keys.hairline, a.hairline),
        (wear.felt, keys.felt, a.felt),
        (stroke, keys.stroke, a.stroke),
        (outline, keys.outline, a.outline),
        (wear.cut, keys.cut, a.cut),
        (wear.gaps, keys.gaps, a.gaps),
        (wear.clutter, keys.clutter, a.clutter),
        (wear.coarse, keys.coarse, a.coarse),
        (blur, keys.blur, a.blur),
        (erase, keys.erasing, a.erasing),
        (invert, keys.inversion, a.inversion),
        (wear.threshold, keys.threshold, a.threshold),
        (contrast, keys.contrast, a.contrast),
        (noise, keys.noise, a.noise),
    )
    wanted = [step for step in steps if step[2]]
    if not wanted:
        return images
    x = images.astype(jnp.float32)
    for change, change_key, strength in wanted:
        x = change(x, change_key, strength)
    return jnp.where(chosen(keys.spared, len(x), a.spared), images, x) if a.spared else x


def rounded(images: jax.Array) -> jax.Array:
    """Grey values of any size and dtype as uint8, 0 to 255."""
    return images if images.dtype == jnp.uint8 else jnp.round(jnp.clip(images, 0, 255)).astype(jnp.uint8)


def shift(images: jax.Array, key: jax.Array, pixels: int) -> jax.Array:
    """Move each image, uint8 (n, 28, 28), by a random whole number of pixels down and right, background filled in.

    Both distances are uniform in -`pixels` to `pixels`, drawn for each image on its own; ink that leaves is lost.
    """
    padding = (pixels, pixels)
    padded = jnp.pad(images, ((0, 0), padding, padding))  # (n, 28 + 2 pixels, 28 + 2 pixels)
    corners = jax.random.randint(key, (len(images), 2), 0, 2 * pixels + 1)
    size = images.shape[1:]

    def cut(image: jax.Array, corner: jax.Array) -> jax.Array:
        return lax.dynamic_slice(image, (corner[0], corner[1]), size)

    moved: jax.Array = jax.vmap(cut)(padded, corners)  # (n, 28, 28)
    return moved


def warp(augmentation: Augmentation, n: int, keys: Keys) -> tuple[jax.Array, jax.Array]:
    """Where each pixel of `n` changed images comes from: rows and columns, float32 (n, 28, 28) each."""
    a = augmentation
    far = jnp.where(chosen(keys.spared, n, a.spared), 0.5, 1.0) if a.spared else 1.0
    angle = jnp.deg2rad(uniform(keys.rotation, (n, 1, 1), a.rotation)) * far
    factors = 1 + uniform(keys.scale, (2, n, 1, 1), a.scale) * far
    slant = uniform(keys.shear, (n, 1, 1), a.shear) * far
    moved = jax.random.randint(keys.shift, (2, n, 1, 1), -a.shift, a.shift + 1)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32) - CENTRE  # (28, 28)
    y, x = rows[None] - moved[0], columns[None] - moved[1]
    x = x - slant * y
    y, x = jnp.cos(angle) * y - jnp.sin(angle) * x, jnp.sin(angle) * y + jnp.cos(angle) * x
    y, x = y / factors[0], x / factors[1]
    if a.elastic:
        noise_key, size_key = jax.random.split(keys.elastic)
        places = np.linspace(-3, SIDE + 2, 16)  # a grid of random values, coarser than the field that it becomes
        smooth = gaussian(jnp.float32(a.elastic_width), places)  # (28, 16)
        field = smooth @ jax.random.normal(noise_key, (2, n, 16, 16)) @ smooth.T
        # sums of squared weights: what smoothing leaves of the noise's unit variance, pixel by pixel
        left = jnp.sqrt(jnp.sum(smooth**2, axis=1))
        size = jax.random.uniform(size_key, (n, 1, 1), maxval=a.elastic) * far
        field = field / (left[:, None] * left[None, :]) * size
        y, x = y + field[0], x + field[1]
    return y + CENTRE, x + CENTRE


def sample(images: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    """Read images, float32 (n, 28, 28), at fractional places by bilinear interpolation; black beyond their edges."""
    padded = SIDE + 2
    pixels = jnp.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(len(images), -1)
    y = jnp.clip(rows + 1, 0, padded - 1.001)
    x = jnp.clip(columns + 1, 0, padded - 1.001)
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = y - top, x - left
    corner = (top * padded + left).astype(jnp.int32).reshape(len(images), -1)

    def at(offset: int) -> jax.Array:
        return jnp.take_along_axis(pixels, corner + offset, axis=1).reshape(images.shape)

    upper = at(0) * (1 - right) + at(1) * right
    lower = at(padded) * (1 - right) + at(padded + 1) * right
    return upper * (1 - down) + lower * down


def stroke(images: jax.Array, key: jax.Array, strength: float) -> jax.Array:
    """Make strokes thicker or thinner: a mixture with the largest or the smallest of each pixel and its neighbours.

    At 1 it is grey dilation or erosion by a pixel; above 1, the mixture is with two pixels of it.
    """
    amount = uniform(key, (len(images), 1, 1), strength)
    once, thinner = neighbours(images, jnp.maximum), neighbours(images, jnp.minimum)
    thick = jnp.where(amount > 1, neighbours(once, jnp.maximum), once)
    thin = jnp.where(amount < -1, neighbours(thinner, jnp.minimum), thinner)
    thick_base = jnp.where(amount > 1, once, images)
    thin_base = jnp.where(amount < -1, thinner, images)
    share = jnp.where(jnp.abs(amount) > 1, jnp.abs(amount) - 1, jnp.abs(amount))
    target, base = jnp.where(amount > 0, thick, thin), jnp.where(amount > 0, thick_base, thin_base)
    return base + share * (target - base)


def blur(images: jax.Array, key: jax.Array, pixels: float) -> jax.Array:
    """Blur half of the images by a Gaussian of a standard deviation up to `pixels`."""
    smooth = gaussian(jnp.maximum(half(key, len(images)) * pixels, 0.05))  # (n, 28, 28)
    blurred: jax.Array = smooth @ images @ smooth.transpose(0, 2, 1)
    return blurred


def erase(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Paint a random rectangle, 3 to 10 pixels a side, black, grey or white in a `share` of the images."""
    place_key, colour_key = jax.random.split(key)
    colour = 127.5 * jax.random.randint(colour_key, (len(images), 1, 1), 0, 3)
    return jnp.where(_rectangles(place_key, len(images), share, 3, 10), colour, images)


def invert(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Swap ink and background in a random rectangle, 3 to 28 pixels a side, in a `share` of the images."""
    return jnp.where(_rectangles(key, len(images), share, 3, SIDE), 255 - images, images)


def outline(images: jax.Array, key: jax.Array, share: float) -> jax.Array:
    """Leave nothing but the outlines of the strokes in a `share` of the images: what grey erosion takes away."""
    hollow = jnp.minimum(2 * (images - neighbours(images, jnp.minimum)), 255)
    return jnp.where(chosen(key, len(images), share), hollow, images)


def contrast(images: jax.Array, key: jax.Array, strength: float) -> jax.Array:
    """Raise black by up to `strength` of the range in half of the images, and lower white by up to half of the rest."""
    low_key, high_key = jax.random.split(key)
    low = 255 * strength * half(low_key, len(images))
    high = 255 - 0.5 * strength * half(high_key, len(images)) * (255 - low)
    return low + images / 255 * (high - low)


def noise(images: jax.Array, key: jax.Array, strength: float) -> jax.Array:
    """Add Gaussian noise of a standard deviation up to `strength` of the grey range to half of the images."""
    size_key, noise_key = jax.random.split(key)
    deviation = 255 * strength * half(size_key, len(images))
    return images + deviation * jax.random.normal(noise_key, images.shape)


def _keys(key: jax.Array) -> Keys:
    return Keys(*jax.random.split(key, len(Keys._fields)))


def _rectangles(key: jax.Array, n: int, share: float, smallest: int, largest: int) -> jax.Array:
    """Random rectangles in a `share` of `n` images, none in the others: bool (n, 28, 28), true inside."""
    chosen_key, size_key, place_key = jax.random.split(key, 3)
    size = jax.random.randint(size_key, (2, n, 1, 1), smallest, largest + 1)
    corner = jnp.floor(jax.random.uniform(place_key, (2, n, 1, 1)) * (SIDE + 1 - size))
    beyond = corner + size
    rows, columns = np.mgrid[:SIDE, :SIDE]
    inside: jax.Array = (rows >= corner[0]) & (rows < beyond[0]) & (columns >= corner[1]) & (columns < beyond[1])
    return inside & chosen(chosen_key, n, share)
