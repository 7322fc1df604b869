"""The verbs that make runs, from their recipe to their report: train, resume, export, report; and a personal network.

Everything heavy is imported by the function that needs it, so that what can be refused is refused at once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digits.errors import DataError, InputError, Interrupted, RunError, WorkError
from digits.locate import KERAS_NETWORKS, default_runs_dir, find_own_network, find_run

if TYPE_CHECKING:
    from digits.data.dataset import Dataset
    from digits.training.engine import Progress
    from digits.training.personal import Tuned
    from digits.training.recipe import Recipe
    from digits.training.run import Epoch, Run


class Watcher:
    """Told how a training goes; each method does nothing until it is overridden."""

    def progress(self, progress: Progress) -> None:
        """Called several times a second while training."""

    def epoch(self, epoch: Epoch) -> None:
        """Called after each epoch, when its state is safe on the disk."""

    def stage(self, text: str) -> None:
        """Called with a line of text when another stage begins."""


def train(
    recipe: str | Path | Recipe = "dense-128-64",
    dataset: Dataset | None = None,
    *,
    test: Dataset | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    runs_dir: Path | None = None,
    data_dir: Path | None = None,
    watch: Watcher | None = None,
) -> Run:
    """Train a recipe and leave a complete run: network, bundle, evaluation.

    Args:
        recipe: a Recipe, the name of a shipped one, or the path of a TOML file.
        dataset: the training digits (validation digits are taken out of them); by default the recipe's source.
        test: the digits for the one evaluation at the end; with `dataset` left out, the test split of the recipe's
            source. Without any, only the validation digits are scored.
        seed: instead of the recipe's.
        out: the run's directory; by default a new one under `runs_dir`.
        runs_dir: by default `$DIGITS_RUNS_DIR`, else `./runs`.
        data_dir: where MNIST's files are already.
        watch: told how it goes.

    Returns:
        The run; `run.metrics` holds its figures, `run.bundle` is its bundle.

    Raises:
        InputError: the recipe, the digits or the directory cannot be used.
        WorkError: the training, the export or a file failed.
    """
    from digits.training import environment
    from digits.training import recipe as recipes
    from digits.training.run import Run, new_run_path

    chosen = recipes.load_recipe(recipe)
    if seed is not None:
        chosen = chosen.override([f"training.seed={seed}"])
    chosen.needed()  # an unknown member or teacher is refused before anything is made
    if dataset is None:
        dataset, found_test = load_splits(chosen.data.source, data_dir=data_dir)
        test = test or found_test
    refuse_one_class(dataset)
    path = Path(out) if out else new_run_path(runs_dir or default_runs_dir(), chosen, dataset)

    from digits.training import backend  # after all that can be refused without Keras

    backend.require_jax()  # before the loop is imported, which is written in JAX
    from digits.training import engine

    run = Run.create(path, chosen, environment.describe(dataset, engine.device_name()))
    return _complete(run, dataset, test, watch or Watcher())


def resume(
    run: str | Path,
    dataset: Dataset | None = None,
    *,
    test: Dataset | None = None,
    runs_dir: Path | None = None,
    data_dir: Path | None = None,
    watch: Watcher | None = None,
) -> Run:
    """Go on with a run that was stopped anywhere, to the same weights as if it had never been; arguments as in `train`.

    Raises:
        InputError: there is no such run, it is damaged, or the digits are not those it was started on.
        WorkError: the training, the export or a file failed.
    """
    found = find_run(run, runs_dir)
    if found.complete:
        if (found.path / "report.html").exists():
            raise RunError(f"{found.path} is complete: there is nothing to resume")
        report(found)  # it was stopped at the very last
        return found
    if dataset is None:
        dataset, found_test = load_splits(found.recipe.data.source, data_dir=data_dir)
        test = test or found_test
    return _complete(found, dataset, test, watch or Watcher())


def train_once(
    recipe: Recipe, dataset: Dataset, *, test: Dataset | None = None, runs_dir: Path, watch: Watcher | None = None
) -> Run:
    """As `train`, unless `runs_dir` has a run of this recipe (seed included) on these digits: that one is given.

    An unfinished one is finished first. What a recipe says of itself (`description`, `rebuilds`) plays no part.
    """
    from digits.training.run import list_runs

    words = {"description": "", "rebuilds": ""}
    for run in list_runs(runs_dir):
        same_recipe = run.recipe.model_copy(update=words) == recipe.model_copy(update=words)
        if same_recipe and run.environment["dataset"]["hash"] == dataset.hash:
            return run if run.complete else _complete(run, dataset, test, watch or Watcher())
    return train(recipe, dataset, test=test, runs_dir=runs_dir, watch=watch)


def personalise(
    model: str | Path | None,
    corrections: Dataset,
    *,
    dataset: Dataset | None = None,
    out: str | Path | None = None,
    anyway: bool = False,
    runs_dir: Path | None = None,
    data_dir: Path | None = None,
    watch: Watcher | None = None,
) -> tuple[Path, Tuned]:
    """Fine-tune a bundle on corrected digits, and leave a bundle of its own; gives its place, and what it is worth.

    Args:
        model: the bundle's or run's path or name, or a shipped model's; None for the one that reads by default.
        corrections: the digits, labelled; two different ones at least.
        dataset: training digits to replay, and to hold back for what was forgotten; by default those that the network
            was trained on.
        out: the new bundle's directory, where nothing is yet; by default a new one under `runs_dir`.
        anyway: write it even if it is no better.
        runs_dir: by default `$DIGITS_RUNS_DIR`, else `./runs`.
        data_dir: where MNIST's files are already.
        watch: told how it goes.

    Raises:
        InputError: there is no such model, it cannot be fine-tuned, or digits or the place cannot be used.
        WorkError: what came out is no better, and nothing was written; or a file cannot be written.
    """
    from digits.atomic import whole_directory
    from digits.data.guard import refuse_existing
    from digits.evaluation import metrics
    from digits.locate import find_bundle
    from digits.reading.networks.calibration import apply_temperature
    from digits.reading.networks.classifier import MODEL_FILE, Classifier, start_session
    from digits.training import personal, tuned_bundle
    from digits.training.last_layer import LastLayer
    from digits.training.sections import Data

    watch = watch or Watcher()
    bundle = find_bundle(model, runs_dir)
    known = Classifier.load(bundle)
    path = Path(out) if out else _free(runs_dir or default_runs_dir(), f"{known.name}-personal")
    refuse_existing(path)
    layer = LastLayer.of((bundle / MODEL_FILE).read_bytes(), known.name)
    if dataset is None:
        if "recipe" not in known.description:
            raise InputError(f"{known.name} does not say what it was trained on: name digits to replay with --data")
        dataset, _ = load_splits(known.description["recipe"]["data"]["source"], data_dir=data_dir)
    replay, validation = dataset.split_off(Data().held_back(len(dataset)))
    assert validation is not None, "some are always held back"
    network = Classifier(bundle, known.description, start_session(layer.with_features(), bundle))
    tuned = personal.tune(network, layer, corrections, replay, validation, watch.stage)
    if tuned.faults and not anyway:
        raise WorkError(f"no better than {known.name}, nothing was written: {'; '.join(tuned.faults)}")
    description = tuned_bundle.describe(path.name, known, tuned, corrections, validation)
    figures = metrics.score(
        tuned.validation_after,
        validation.labels,
        calibrated=apply_temperature(tuned.validation_after, description["temperature"]),
        model=path.name,
        data=validation.name,
        split="validation",
        seen_in_training=False if dataset.hash == known.description["training_digits"].get("hash") else None,
    )
    with whole_directory(path) as temporary:
        measured = {"measured": {"validation": figures.to_json()}}
        tuned_bundle.write(temporary, {**description, **measured}, layer, tuned, validation)
    return path, tuned


def _free(directory: Path, stem: str) -> Path:
    """`directory/stem`, or with `-2`, `-3` … the first that is not there."""
    path, number = directory / stem, 1
    while path.exists():
        number += 1
        path = directory / f"{stem}-{number}"
    return path


def export(
    run: str | Path | Run, out: Path | None = None, *, opset: int | None = None, runs_dir: Path | None = None
) -> Path:
    """Make a run's bundle at `out` (default: the run's own `bundle/`), with the figures it has; gives its path.

    Args:
        run: the run; or the path of a Keras network of your own, which needs `out`.
        out: the bundle's directory.
        opset: the version of ONNX's operators, for older runtimes; by default the newest.
        runs_dir: by default `$DIGITS_RUNS_DIR`, else `./runs`.

    Raises:
        InputError: there is no such run, it has no network yet, or a network of your own is not understood.
        WorkError: the network does not survive the export, or a file cannot be written.
    """
    own = find_own_network(run) if isinstance(run, str | Path) else None
    if own and own.suffix.lower() not in KERAS_NETWORKS:
        raise InputError(f"{own} is ONNX already: evaluate and classify take it as it is; digits export takes .keras")
    if own and out is None:
        raise InputError(f"{own} is no run: say with --out where its bundle is to be made")
    from digits.training import export as exporting

    if opset is not None and not exporting.OPSETS[0] <= opset <= exporting.OPSETS[1]:
        raise InputError(f"opset {opset} is not written; expected {exporting.OPSETS[0]} to {exporting.OPSETS[1]}")
    if own and out:
        return exporting.export_own(own, out, opset)
    found = find_run(run, runs_dir) if isinstance(run, str | Path) else run
    path = exporting.export(found, out, opset)
    if found.complete:
        exporting.record(path, found.metrics, found.thresholds)
    return path


def report(run: str | Path | Run, *, runs_dir: Path | None = None) -> Path:
    """Write a complete run's `report.html`, and its pictures into `report/`; gives the path of the page.

    Raises:
        InputError: there is no such run, or it is incomplete, damaged or of another version.
        StorageError: it cannot be written.
    """
    from digits.atomic import whole_directory, write_whole
    from digits.evaluation import report as reporting

    found = find_run(run, runs_dir) if isinstance(run, str | Path) else run
    made = reporting.build(found)
    with whole_directory(found.path / "report") as directory:
        for name, picture in made.pictures.items():
            write_whole(directory / f"{name}.png", picture)
    page = found.path / "report.html"
    write_whole(page, made.html)
    return page


def load_splits(
    source: str, *, data_dir: Path | None = None, on_progress: Callable[[str, int, int], None] | None = None
) -> tuple[Dataset, Dataset | None]:
    """The training digits of a source, and its test digits if it has any; arguments as in `load_dataset`."""
    from digits.data.sources import available_splits
    from digits.intake import take_in

    splits = available_splits(source, data_dir=data_dir)
    if "train" not in splits:
        raise DataError(f"{source} has no training digits; it has: {', '.join(splits)}")
    training = take_in(source, "train", data_dir=data_dir, on_progress=on_progress)
    has_test = "test" in splits
    return training, take_in(source, "test", data_dir=data_dir, on_progress=on_progress) if has_test else None


def _complete(run: Run, dataset: Dataset, test: Dataset | None, watch: Watcher) -> Run:
    """Train what is left, then export, evaluate, and put the figures into the run and onto the card."""
    from digits.training import backend

    backend.require_jax()
    try:
        _tell_of_digits(run, dataset, watch)
        _train(run, dataset, test, watch)
        from digits.training import export  # loads the ONNX exporter: not before there is something to export

        watch.stage("exporting the bundle, and proving it equal to the Keras model")
        export.export(run)
        watch.stage("evaluating")
        measured = _measure(run, dataset, test, watch)
        _fit_thresholds(run, dataset, watch)
        export.record(run.bundle, measured, run.thresholds)
        run.write_metrics(measured)
        watch.stage("writing the report")
        report(run)
    except Interrupted:
        raise
    except KeyboardInterrupt:
        raise Interrupted(run.path, len(run.history), run.recipe.training.epochs) from None
    run.log("complete")
    return run


def refuse_one_class(dataset: Dataset) -> None:
    """Refuse digits that are all the same one: a network that always says so is right, and has learnt nothing.

    Raises:
        DataError: there are fewer than two classes.
    """
    present = [str(digit) for digit, count in enumerate(dataset.class_counts) if count]
    if len(present) < 2:
        raise DataError(
            f"{dataset.name}: all {len(dataset):,} labels are {present[0]}; expected digits of two classes at least: "
            "look whether the labels were read from the right place, with digits explore"
        )


def _tell_of_digits(run: Run, dataset: Dataset, watch: Watcher) -> None:
    """Put into the run's log what was found out about its digits, and say which classes are missing."""
    for note in dataset.notes:
        run.log(f"{dataset.name}: {note}")
    missing = [str(digit) for digit, count in enumerate(dataset.class_counts) if not count]
    if missing:
        line = f"{dataset.name} has no {', no '.join(missing)}: the network will not learn what is missing"
        run.log(line)
        watch.stage(line)


def _train(run: Run, dataset: Dataset, test: Dataset | None, watch: Watcher) -> None:
    """Train what the recipe says: a network, one that is taught by another, or the members of an ensemble."""
    from digits.training import engine

    recipe, needed, found = run.recipe, run.recipe.needed(), list["Run"]()
    is_ensemble = recipe.network.kind == "ensemble"
    for number, other in enumerate(needed, start=1):  # each is a run beside this one
        what = f"member {number} of {len(needed)}" if is_ensemble else "the teacher"
        watch.stage(f"{what}: {other.name}, seed {other.training.seed}")
        try:
            found.append(train_once(other, dataset, test=test, runs_dir=run.path.parent, watch=watch))
        except Interrupted:
            raise Interrupted(run.path, number - 1, len(needed), "members" if is_ensemble else "teachers") from None
    if is_ensemble:
        from digits.training import ensemble

        ensemble.combine(run, dataset, found)
        return
    teacher = None
    if found:
        from digits.training import export

        run.log(f"taught by {found[0].name}")
        teacher = export.load_model(found[0])
        watch.stage(f"training {recipe.name}, taught by {found[0].name}")
    engine.train(recipe, dataset, run, teacher=teacher, on_progress=watch.progress, on_epoch=watch.epoch)


def _fit_thresholds(run: Run, dataset: Dataset, watch: Watcher) -> None:
    """The thresholds of a network that knows what is no digit; none for others, which are not made for pictures."""
    from digits.evaluation import abstention
    from digits.reading.networks.classifier import Classifier

    classifier = Classifier.load(run.bundle)
    _, validation = dataset.split_off(run.recipe.data.held_back(len(dataset)))
    if validation is not None and "digitness" in classifier.outputs:
        watch.stage("fitting the reader's thresholds on rendered validation digits")

        def tell(done: int, of: int) -> None:  # minutes, of all of MNIST's
            if done % max(1, of // 10) == 0:
                watch.stage(f"{done:,} of {of:,} pictures read")

        run.write_thresholds(abstention.fit(classifier, validation, tell))


def _measure(run: Run, dataset: Dataset, test: Dataset | None, watch: Watcher) -> dict[str, Any]:
    from digits.evaluation import metrics
    from digits.reading.networks.calibration import apply_temperature
    from digits.reading.networks.classifier import Classifier

    classifier = Classifier.load(run.bundle)
    measured: dict[str, Any] = {}
    validation = run.read_predictions("validation")
    if validation:
        measured["validation"] = metrics.score(
            validation.probabilities,
            validation.labels,
            calibrated=apply_temperature(validation.probabilities, classifier.temperature),
            model=run.name,
            data=dataset.name,
            split="validation",
            seen_in_training=False,
        ).to_json()
    if test:
        try:
            measured["test"] = metrics.evaluate(classifier, test).to_json()
            run.write_predictions("test", classifier.predict_proba(test.images, calibrated=False), test)
        except InputError as error:  # digits that this network must not be scored on
            run.log(f"not evaluated on {test.name}: {error}")
            watch.stage(f"not evaluated on {test.name}: {error}")
    return measured
