"""Every error that the library raises on purpose.

    DigitsError
    ├── InputError             what was given cannot be used (exit code 2)
    │   ├── DataError            a source of labelled digits
    │   ├── PictureError         a picture
    │   ├── RecipeError          a recipe or one of its fields
    │   ├── RunError             a run directory
    │   ├── BundleError          a bundle
    │   └── MissingExtraError    an optional part that is not installed
    └── WorkError              the input was fine, the work failed (exit code 1)
        ├── DownloadError        no mirror could deliver
        ├── StorageError         a file could not be written (disk full, no permission)
        └── ExportError          a network does not survive the way into a bundle

Each message is one line: what was expected, what came, what to do. Beside the tree stands `Interrupted`, the
KeyboardInterrupt of a training, which says where the run is.
"""

from pathlib import Path


class DigitsError(Exception):
    """Base of all errors raised on purpose; its text is one line meant for a person."""


class InputError(DigitsError):
    """What was given cannot be used."""


class DataError(InputError):
    """A source of labelled digits cannot be used."""


class PictureError(InputError):
    """A picture cannot be used."""


class RecipeError(InputError):
    """A recipe, or one of its fields, cannot be used."""


class RunError(InputError):
    """A run directory is missing, incomplete or damaged."""


class BundleError(InputError):
    """A bundle is missing, damaged or foreign."""


class MissingExtraError(InputError):
    """An optional part of the package is not installed."""


class WorkError(DigitsError):
    """The input was fine, and the work failed all the same."""


class DownloadError(WorkError):
    """No mirror could deliver a file."""


class StorageError(WorkError):
    """A file could not be written."""


class ExportError(WorkError):
    """A network does not survive the way into a bundle."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while training: `run` is the run's directory, which `digits train --resume` goes on with."""

    def __init__(self, run: Path, done: int, planned: int, what: str = "epochs") -> None:
        super().__init__(f"stopped after {done} of {planned} {what}")
        self.run = run
