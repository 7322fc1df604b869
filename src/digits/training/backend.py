"""Keras, imported in one place so that its backend is chosen before it loads.

`KERAS_BACKEND` is set to `jax` if nothing is set. `networks.build` works on every Keras backend; the training loop is
written in JAX and asks for it with `require_jax`.
"""

import os

from digits.errors import MissingExtraError, WorkError

os.environ.setdefault("KERAS_BACKEND", "jax")

try:
    import keras
except ImportError as error:  # no Keras, or no backend for it
    raise MissingExtraError(
        f"training needs Keras on JAX ({error}); install it with: pip install 'handwritten-digits[train]'"
    ) from error

__all__ = ["keras", "require_jax"]


def require_jax() -> None:
    """Raise a WorkError unless Keras runs on JAX."""
    backend = keras.backend.backend()
    if backend != "jax":
        raise WorkError(
            f"digits trains with Keras on JAX, but Keras runs on {backend}; "
            "set KERAS_BACKEND=jax before Keras is imported, or train networks.build(recipe) with its own fit"
        )
