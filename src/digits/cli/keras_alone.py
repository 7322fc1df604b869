"""Keras, imported without the packages that it would like to have and this program does not need.

Keras tries to import scikit-learn, Matplotlib and pandas for wrappers, plots and data frames, which more than doubles
the time of its import. A process of our own can do without; in somebody else's (a notebook) those parts of Keras may be
wanted, so the library itself never does this.
"""

import sys

UNNEEDED = ("sklearn", "matplotlib", "pandas")


def import_keras_alone() -> None:
    """Import Keras (and JAX) while `UNNEEDED` cannot be found; later imports of these work as ever.

    Raises:
        MissingExtraError: Keras or JAX is not installed.
    """
    hidden = [name for name in UNNEEDED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python marks what is not there
    try:
        import digits.training.backend  # noqa: F401
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
