"""How MODEL and RUN are found: by path, by a run's name, as the latest, or among the bundles that ship.

And where a person's own things are: the corrections.
"""

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from digits.errors import BundleError, RunError

if TYPE_CHECKING:
    from digits.training.run import Run

LATEST = "latest"
"""Names the run that was started last."""

DEFAULT_MODEL = "reader"
"""Of the bundles that ship, the one that reads where no MODEL is named."""

KERAS_NETWORKS = frozenset({".keras", ".h5", ".hdf5"})

OWN_NETWORKS = KERAS_NETWORKS | {".onnx"}
"""How the files of networks end that are no bundles, and can be asked all the same."""

OTHER_NETWORKS = frozenset({".pt", ".pth", ".pkl", ".pickle", ".joblib", ".tflite", ".pb", ".safetensors", ".mlmodel"})
"""How the files of other networks end; some of them are pickles, which can run any program while they are opened."""


def default_runs_dir() -> Path:
    """Where runs are made and looked for: `$DIGITS_RUNS_DIR`, else `./runs`."""
    return Path(os.environ.get("DIGITS_RUNS_DIR") or "runs")


def user_directory() -> Path:
    """Where this program keeps what is a person's own: `$DIGITS_HOME`, else the user's data directory."""
    from platformdirs import user_data_path  # not before it is needed

    chosen = os.environ.get("DIGITS_HOME")
    return Path(chosen) if chosen else user_data_path("handwritten-digits", appauthor=False)


def default_store() -> str:
    """Where corrections are kept: `$DIGITS_STORE` (a file, or a database's URL), else a file in `user_directory`."""
    return os.environ.get("DIGITS_STORE") or str(user_directory() / "corrections.sqlite")


def find_run(run: str | Path, runs_dir: Path | None = None) -> "Run":
    """The run at a path, of a name under `runs_dir`, or the `latest`.

    Raises:
        RunError: there is no such run, or it is of another version.
    """
    from digits.training.run import Run, list_runs  # not before it is needed: it brings Pydantic

    where = runs_dir or default_runs_dir()
    if str(run) == LATEST:
        runs = list_runs(where)
        if not runs:
            raise RunError(f"there is no run under {where} yet; make one with: digits train")
        return runs[-1]
    path = next((path for path in (Path(run), where / run) if path.is_dir()), None)
    if path is None:
        names = ", ".join(found.name for found in list_runs(where)) or "none yet"
        raise RunError(f"there is no run {str(run)!r}; runs under {where}: {names}")
    found = Run(path)
    found.check()
    return found


def find_bundle(model: str | Path | None, runs_dir: Path | None = None) -> Path:
    """The bundle's directory of a MODEL; for None that of the shipped `DEFAULT_MODEL`, else of the latest run.

    Raises:
        BundleError: there is no such model, or its run has no bundle yet.
    """
    where = runs_dir or default_runs_dir()
    shipped = shipped_models()
    if model is None and DEFAULT_MODEL in shipped:
        return shipped[DEFAULT_MODEL]  # itself, and no run or directory that happens to have its name
    if model is not None and str(model) != LATEST:
        for path in (Path(model), where / model):
            if (path / "bundle.json").is_file():
                return path
            if (path / "bundle" / "bundle.json").is_file():
                return path / "bundle"
            if path.is_dir():
                missing = "has no bundle yet; make it with: digits export" if (path / "recipe.toml").is_file() else None
                raise BundleError(f"{path} {missing or 'is neither a run nor a bundle: there is no bundle.json in it'}")
        if str(model) in shipped:
            return shipped[str(model)]
        known = ", ".join(shipped) or "none"
        raise BundleError(
            f"there is no model {str(model)!r}: neither a path, nor a run under {where}, nor shipped (shipped: {known})"
        )
    from digits.training.run import list_runs

    finished = [run for run in list_runs(where) if (run.bundle / "bundle.json").is_file()]
    if not finished:
        raise BundleError(f"there is no trained network under {where} yet; make one with: digits train")
    return finished[-1].bundle


def find_own_network(model: str | Path | None) -> Path | None:
    """The file that MODEL names, if it is a network of somebody's own, ONNX or Keras; None if it is something else.

    Raises:
        BundleError: it has the name of such a file, and there is none; or it is of another kind.
    """
    if model is None or Path(model).is_dir():
        return None
    path = Path(model)
    if path.suffix.lower() in OTHER_NETWORKS and path.is_file():
        raise BundleError(
            f"{path} is no network that is run here; expected a bundle, .onnx or .keras: export it from what made it"
        )
    if path.suffix.lower() not in OWN_NETWORKS:
        return None
    if not path.is_file():
        raise BundleError(f"{path} does not exist; give a bundle, a run, or a .onnx or .keras file")
    return path


def shipped_models() -> dict[str, Path]:
    """The bundles that ship with the package, by name."""
    directory = Path(str(files("digits"))) / "models"
    found = sorted(directory.glob("*/bundle.json")) if directory.is_dir() else []
    return {file.parent.name: file.parent for file in found}
