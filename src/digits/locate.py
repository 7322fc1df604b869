"""How MODEL and RUN are found: by path, by a run's name, as the latest, or among the bundles that ship.

And where a person's own things are: the corrections, and the choice of the model that reads by default.

Notable choices:
- the choice is a file of one line beside the corrections, written whole: a shipped model's name, or a bundle's path;
- without it, or after `digits models use --default`, the shipped `DEFAULT_MODEL` reads; a choice that is not there any
  more is an error, not a silent way back.
"""

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from digits.atomic import storage_errors, write_whole
from digits.errors import BundleError, RunError

if TYPE_CHECKING:
    from digits.training.run import Run

LATEST = "latest"
"""Names the run that was started last."""

DEFAULT_MODEL = "reader"
"""Of the bundles that ship, the one that reads where no MODEL is named."""

CHOICE_FILE = "default-model.txt"
"""In `user_directory`: the model that reads where none is named, if a person chose one."""

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
    """The bundle's directory of a MODEL; for None that of the default (`default_bundle`), else of the latest run.

    Raises:
        BundleError: there is no such model (any more), or its run has no bundle yet.
    """
    where = runs_dir or default_runs_dir()
    shipped = shipped_models()
    default = default_bundle() if model is None else None
    if default:
        return default
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


def default_bundle() -> Path | None:
    """The bundle that reads where no model is named: the chosen one, else the shipped `DEFAULT_MODEL`; None without it.

    Raises:
        BundleError: what was chosen (`choose_bundle`) is not there any more.
    """
    shipped = shipped_models()
    file = user_directory() / CHOICE_FILE
    try:
        choice = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return shipped.get(DEFAULT_MODEL)  # itself, and no run or directory that happens to have its name
    except (OSError, ValueError) as error:
        raise BundleError(f"{file} cannot be read: {error}; go back with: digits models use --default") from error
    path = shipped.get(choice) or Path(choice)
    if not (path / "bundle.json").is_file():
        raise BundleError(
            f"the model that was chosen to read by default, {choice}, is not there any more; choose another with: "
            "digits models use MODEL, or go back with: digits models use --default"
        )
    return path


def choose_bundle(bundle: Path | None) -> None:
    """Make a bundle the one that reads by default, in every program of this user; None for the shipped one.

    Raises:
        StorageError: the choice cannot be kept.
    """
    file = user_directory() / CHOICE_FILE
    if bundle is None:
        with storage_errors(file):
            file.unlink(missing_ok=True)
        return
    names = {path.resolve(): name for name, path in shipped_models().items()}
    place = bundle.resolve()
    write_whole(file, f"{names.get(place, place)}\n")


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
