"""What random changes of images are made of: numbers for each image, smooth fields, matrices that resample; all in JAX.

Notable choices:
- images are float32 (n, 28, 28); what is drawn for each has the shape (n, 1, 1), so that the two multiply;
- smooth fields, blurs and resampling along rows and columns are products with 28×28 matrices, which every device does
  well.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

SIDE = 28
CENTRE = (SIDE - 1) / 2
ROWS, COLUMNS = (places.astype(np.float32) for places in np.mgrid[:SIDE, :SIDE])
_PIXELS = np.arange(SIDE)


def uniform(key: jax.Array, shape: tuple[int, ...], strength: float) -> jax.Array:
    """Uniform in -`strength` to `strength`: float32 `shape`."""
    return jax.random.uniform(key, shape, minval=-1, maxval=1) * strength


def between(key: jax.Array, n: int, low: float, high: float) -> jax.Array:
    """Uniform in `low` to `high`, one for each image: float32 (n, 1, 1)."""
    return jax.random.uniform(key, (n, 1, 1), minval=low, maxval=high)


def half(key: jax.Array, n: int) -> jax.Array:
    """For half of the images 0, for the others uniform up to 1: float32 (n, 1, 1)."""
    return jnp.maximum(jax.random.uniform(key, (n, 1, 1), minval=-1), 0)


def chosen(key: jax.Array, n: int, share: float) -> jax.Array:
    """Whether an image is among the `share` that is changed: bool (n, 1, 1)."""
    return jax.random.uniform(key, (n, 1, 1)) < share


def gaussian(width: jax.Array | float, places: npt.NDArray[Any] = _PIXELS) -> jax.Array:
    """Matrices from values at `places` to 28 pixels, smoothed by a Gaussian, rows sum to 1: float32 (..., 28, m)."""
    weights = jnp.exp(-0.5 * ((_PIXELS[:, None] - places) / width) ** 2)
    normalised: jax.Array = weights / jnp.sum(weights, axis=-1, keepdims=True)
    return normalised


def smooth_field(key: jax.Array, n: int, width: float) -> jax.Array:
    """Gaussian noise smoothed by a Gaussian of `width` pixels, of unit variance: float32 (n, 28, 28)."""
    places = np.arange(-2 * width, SIDE + 2 * width, max(1.0, width / 2))  # coarser than the field, where it may be
    smooth = gaussian(width, places)  # (28, m)
    left = jnp.sqrt(jnp.sum(smooth**2, axis=1))  # of the noise's deviation, pixel by pixel
    field: jax.Array = smooth @ jax.random.normal(key, (n, len(places), len(places))) @ smooth.T
    return field / (left[:, None] * left[None, :])


def moved(images: jax.Array, down: jax.Array, right: jax.Array) -> jax.Array:
    """Images moved by whole pixels, float32 or int32 (n, 1, 1) each; black comes in."""
    rows = (_PIXELS[:, None] - _PIXELS[None, :] == down).astype(jnp.float32)  # (n, 28, 28)
    columns = (_PIXELS[:, None] - _PIXELS[None, :] == right).astype(jnp.float32)
    return across_both(images, rows, columns)


def across_both(images: jax.Array, rows: jax.Array, columns: jax.Array) -> jax.Array:
    """Images after one matrix along their rows and one along their columns, (28, 28) or (n, 28, 28) each."""
    product: jax.Array = rows @ images @ jnp.swapaxes(columns, -1, -2)
    return product


def neighbours(images: jax.Array, choose: Callable[[jax.Array, jax.Array], jax.Array]) -> jax.Array:
    """The largest (or smallest) of each pixel and its four neighbours; the image's edge repeats."""
    padded = jnp.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    across = choose(choose(padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]), images)
    return choose(across, choose(padded[:, :-2, 1:-1], padded[:, 2:, 1:-1]))


def extent(images: jax.Array, axis: int) -> tuple[jax.Array, jax.Array]:
    """First and last row (`axis` 1) or column (2) with ink, int32 (n, 1, 1) each; 0 and 27 where there is none."""
    inked = jnp.max(images, axis=3 - axis) > 64  # (n, 28)
    first, last = jnp.argmax(inked, axis=1), SIDE - 1 - jnp.argmax(inked[:, ::-1], axis=1)
    return first[:, None, None], last[:, None, None]
