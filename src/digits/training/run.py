"""The run directory: all that training leaves behind, and all that a report may read. No Keras.

    RUN/
      recipe.toml        what was trained; `digits train RUN/recipe.toml` repeats it
      environment.json   versions, machine, git revision, and the training digits: name, hash, fingerprint
      history.csv        one row an epoch
      state.npz          everything that a resumed run needs, as of the last finished epoch
      validation.npz     what the kept network makes of the validation digits, and the pictures of some
      test.npz           the same of the test digits
      model.keras        the kept network
      metrics.json       the evaluation
      thresholds.json    from what on a reader's answers are sure, where the network knows what is no digit
      report.html        what a person should look at, with its pictures in report/
      log.txt            what happened, with times
      bundle/            what is shipped

Every file is written whole or not at all. `state.npz` is the truth about a run's progress, and `history.csv` is
written from it; whatever else is missing is made again when the run is resumed.
"""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.atomic import storage_errors, whole_file, write_whole
from digits.data.dataset import Dataset
from digits.errors import RecipeError, RunError
from digits.training.recipe import Recipe, parse_recipe

FORMAT = 1
"""Version of the run directory's layout; a run of another version is refused."""

SHOWN_FIRST, SHOWN_ERRORS = 20, 60
"""Of how many digits of a split a run keeps the image: the first ones, and the surest errors."""

Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What one epoch gave: a row of `history.csv`.

    `loss` is the recipe's loss without the weights' penalty, averaged over the epoch's steps while the weights moved;
    Keras's `loss` is `loss + penalty`. The digitness's loss, where there are non-digits, counts as penalty. The
    validation figures are of the epoch's end (None without validation digits), and `validation_loss` is plain
    cross-entropy.
    """

    epoch: int
    loss: float
    penalty: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a training stands: after `history[-1]`, with these arrays (float32 and uint32, named by the engine)."""

    history: tuple[Epoch, ...]
    arrays: Arrays


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """What a run's kept network makes of one split.

    Attributes:
        probabilities: float32 (n, 10), rows sum to 1, before temperature.
        labels: uint8 (n,).
        shown: int64 (k,), the digits whose images are kept: the first ones, and the surest errors.
        images: uint8 (k, 28, 28), theirs.
    """

    probabilities: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    shown: npt.NDArray[np.int64]
    images: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Run:
    """A run directory. Constructing one neither reads nor makes anything."""

    path: Path

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.path.resolve().name

    @property
    def model_file(self) -> Path:
        """Where the Keras model is."""
        return self.path / "model.keras"

    @property
    def bundle(self) -> Path:
        """Where the bundle is."""
        return self.path / "bundle"

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that this run trains."""
        file = self.path / "recipe.toml"
        try:
            return parse_recipe(self._read("recipe.toml").decode(), str(file))
        except (RecipeError, UnicodeDecodeError) as error:
            raise RunError(f"{file} is damaged: {error}") from error

    @cached_property
    def environment(self) -> dict[str, Any]:
        """The contents of `environment.json`."""
        return self._read_json("environment.json")

    @property
    def metrics(self) -> dict[str, Any]:
        """The contents of `metrics.json`: an evaluation for each split."""
        return self._read_json("metrics.json")

    @property
    def thresholds(self) -> dict[str, Any]:
        """The contents of `thresholds.json`; empty where there is none."""
        return self._read_json("thresholds.json") if (self.path / "thresholds.json").exists() else {}

    @property
    def history(self) -> tuple[Epoch, ...]:
        """The finished epochs."""
        state = self.read_state()
        return state.history if state else ()

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do: all epochs, the bundle and the evaluation are there."""
        return all((self.path / name).is_file() for name in ("model.keras", "bundle/bundle.json", "metrics.json"))

    # --- writing ------------------------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, recipe: Recipe, environment: Mapping[str, Any]) -> "Run":
        """Start a run at `path`, which must not exist or be empty; `environment` as `environment.describe` makes it.

        Raises:
            RunError: something is there already.
            StorageError: it cannot be written.
        """
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RunError(f"{path} exists already; choose another --out, or continue it with --resume {path}")
        run = cls(path)
        with storage_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        content = {
            "format": FORMAT,
            "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
            **environment,
        }
        write_whole(path / "environment.json", json.dumps(content, indent=1) + "\n")
        write_whole(path / "recipe.toml", recipe.to_toml())  # last: a directory with a recipe is a run
        run.log(f"started: {recipe.name}")
        return run

    def write_state(self, state: State) -> None:
        """Write the resume state and the history."""
        history = json.dumps([asdict(epoch) for epoch in state.history]).encode()
        self._write_npz("state.npz", {**state.arrays, "history": np.frombuffer(history, dtype=np.uint8)})
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(field.name for field in fields(Epoch))
        writer.writerows(astuple(epoch) for epoch in state.history)
        write_whole(self.path / "history.csv", text.getvalue())

    def write_predictions(self, split: str, probabilities: npt.NDArray[np.float32], dataset: Dataset) -> None:
        """Keep what the network makes of a split: float32 (n, 10), before temperature, and the digits themselves."""
        shown = _worth_showing(probabilities, dataset.labels)
        arrays: Arrays = {"labels": dataset.labels, "shown": shown, "images": dataset.images[shown]}
        self._write_npz(f"{split}.npz", {"probabilities": probabilities, **arrays})

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Write `metrics.json`."""
        write_whole(self.path / "metrics.json", json.dumps(metrics, indent=1) + "\n")

    def write_thresholds(self, thresholds: Mapping[str, Any]) -> None:
        """Write `thresholds.json`, as `evaluation.abstention.fit` gives them."""
        write_whole(self.path / "thresholds.json", json.dumps(thresholds, indent=1) + "\n")

    def log(self, line: str) -> None:
        """Add a line with the time to the log."""
        with (
            storage_errors(self.path / "log.txt"),
            (self.path / "log.txt").open("a", encoding="utf-8") as stream,
        ):
            stream.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {line}\n")

    # --- reading ------------------------------------------------------------------------------------------------

    def read_state(self) -> State | None:
        """Where the training stands, or None before the first finished epoch.

        Raises:
            RunError: the state is damaged.
        """
        if not (self.path / "state.npz").exists():
            return None
        arrays = self._read_npz("state.npz")
        try:
            rows = json.loads(arrays.pop("history").tobytes())
            return State(history=tuple(Epoch(**row) for row in rows), arrays=arrays)
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{self.path / 'state.npz'} is damaged: {error!r}; train anew") from error

    def read_predictions(self, split: str) -> Predictions | None:
        """What the network makes of the validation or test digits; None if the run has none.

        Raises:
            RunError: the file is damaged.
        """
        name = f"{split}.npz"
        if not (self.path / name).exists():
            return None
        try:
            return Predictions(**self._read_npz(name))
        except TypeError as error:
            raise RunError(f"{self.path / name} is damaged: {error}; train anew") from error

    def check(self) -> None:
        """Raise a RunError unless this is a run directory of this version."""
        if not (self.path / "recipe.toml").is_file():
            raise RunError(f"{self.path} is no run directory: there is no recipe.toml in it")
        found = self.environment.get("format")
        if found != FORMAT:
            raise RunError(f"{self.path} was written in run format {found!r}; this version reads format {FORMAT}")

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise RunError(f"{self.path / name} cannot be read: {error.strerror}") from error

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads(self._read(name))
        except ValueError as error:
            raise RunError(f"{self.path / name} is damaged: {error}") from error
        if not isinstance(content, dict):
            raise RunError(f"{self.path / name} is damaged: expected a JSON object")
        return content

    def _read_npz(self, name: str) -> dict[str, npt.NDArray[Any]]:
        try:
            with (self.path / name).open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise RunError(f"{self.path / name} is damaged: {error}; train anew") from error

    def _write_npz(self, name: str, arrays: Arrays) -> None:
        with whole_file(self.path / name) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)


def _worth_showing(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """The first digits, then the errors, the surest first, without those that are there already: int64 (k,)."""
    first = np.arange(min(SHOWN_FIRST, len(labels)))
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    surest = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:SHOWN_ERRORS]
    return np.concatenate([first, surest[~np.isin(surest, first)]])


def new_run_path(runs_dir: Path, recipe: Recipe, dataset: Dataset) -> Path:
    """`<recipe>-<data>-s<seed>` under `runs_dir`, with `-2`, `-3` … if taken."""
    stem = f"{recipe.name}-{dataset.name}-s{recipe.training.seed}"
    path, number = runs_dir / stem, 1
    while path.exists():
        number += 1
        path = runs_dir / f"{stem}-{number}"
    return path


def list_runs(runs_dir: Path) -> list[Run]:
    """The runs under `runs_dir`, oldest first; what is no run of this version is passed over."""
    runs = []
    for directory in sorted(runs_dir.iterdir()) if runs_dir.is_dir() else ():
        run = Run(directory)
        try:
            run.check()
        except RunError:
            continue
        runs.append(run)
    return sorted(runs, key=lambda run: str(run.environment.get("started", "")))
