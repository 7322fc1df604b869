"""Kaggle's digit-recognizer: train.csv and test.csv → submission.csv, and an honest estimate of its score.

Notable choices:
- the estimate comes from labelled digits of train.csv that the network never saw; test.csv is only ever answered;
- the competition's digits are MNIST's 70,000, whose labels are public. That is looked up by hash and said; no label of
  MNIST's is looked at;
- a network that was trained on other digits may have seen those of both files. What of train.csv it is sure not to have
  seen (one digit in 32 can be told) is what it is scored on; how much of test.csv it saw is counted and said;
- a training is a run like any other. The same call finds it again, finished or not: nothing is trained twice.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from digits import api, making
from digits.data.dataset import Dataset, probe
from digits.data.kaggle_files import KaggleFiles, read_kaggle_files, write_submission
from digits.data.recognise import Lookup, look_up, look_up_all, mnist_fingerprints
from digits.errors import InputError, RecipeError
from digits.evaluation.metrics import wilson_interval
from digits.locate import default_runs_dir
from digits.reading.networks.classifier import Classifier
from digits.training.recipe import Recipe, load_recipe
from digits.training.sections import Data

DEFAULT_RECIPE = "cnn-fast"
"""What is trained where nothing is named: two epochs, 98.86 % of the validation digits (seed 0)."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What the submission's score is estimated to be.

    Attributes:
        n, correct, accuracy: how many labelled digits the network was scored on, and how many and which share of them
            it named rightly.
        interval: 95 % Wilson interval of the accuracy, (low, high).
        digits: which digits these are, in words.
        comparable: whether the score on Kaggle can be set beside those of others: the network is not known to have seen
            digits of test.csv with their labels.
    """

    n: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    digits: str
    comparable: bool


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What was made.

    Attributes:
        path: the CSV, `ImageId,Label`.
        rows: how many answers it has.
        model: the network that gave them.
        trained_on: what that network was trained on, by name.
        run: the run's directory, where a network was trained for this; else None.
        estimate: of the score; None if no labelled digit is known to be unseen.
        public: how much of test.csv are digits of MNIST, whose labels are public.
        seen: how much of test.csv is among the network's training digits; None if the network does not say.
        notes: what was found out about the files and put right.
    """

    path: Path
    rows: int
    model: str
    trained_on: str
    run: Path | None
    estimate: Estimate | None
    public: Lookup
    seen: Lookup | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """A JSON object with these keys; paths as text, intervals as lists."""
        return asdict(self) | {"path": str(self.path), "run": str(self.run) if self.run else None}


def submit(
    train: str | Path,
    test: str | Path,
    *,
    recipe: str | Path | Recipe | None = None,
    model: str | Path | Classifier | None = None,
    out: str | Path = "submission.csv",
    any_rows: bool = False,
    runs_dir: Path | None = None,
    watch: making.Watcher | None = None,
) -> Submission:
    """Answer Kaggle's test.csv by a network that is trained on train.csv, or by one that is there.

    Args:
        train: path of train.csv, or of the zip that it is in.
        test: path of test.csv, or of the zip that it is in.
        recipe: what to train, as for `digits.train`; by default `cnn-fast`.
        model: a network that answers instead, as for `digits.load`, or a loaded one.
        out: where the submission is written, whole or not at all; an older one is replaced.
        any_rows: whether other numbers of rows than Kaggle's 42,000 and 28,000 will do.
        runs_dir: by default `$DIGITS_RUNS_DIR`, else `./runs`. A run of this recipe on these digits that is there is
            taken, an unfinished one gone on with.
        watch: told how a training goes.

    Raises:
        InputError: a file is not what it should be, the recipe or the network cannot be used, or `out` is one of the
            files.
        WorkError: the training or a file failed.
    """
    if recipe is not None and model is not None:
        raise InputError("a network is trained by a recipe, or is there already: give a recipe or a model, not both")
    network: Recipe | Classifier
    if model is None:
        network = with_validation(recipe or DEFAULT_RECIPE)
    elif isinstance(model, str | Path):
        network = api.load(model, runs_dir=runs_dir)
    else:
        network = model
    return answer(look(train, test, out, any_rows=any_rows), network, Path(out), runs_dir=runs_dir, watch=watch)


def with_validation(recipe: str | Path | Recipe) -> Recipe:
    """The recipe, if it holds digits back that the score can be estimated from.

    Raises:
        RecipeError: there is no such recipe, or it holds none back.
    """
    chosen = load_recipe(recipe)
    if chosen.data.validation == 0:
        raise RecipeError(
            f"{chosen.name} holds no digits back to estimate the score from; change it: --set data.validation=0.1"
        )
    return chosen


def look(train: str | Path, test: str | Path, out: str | Path, *, any_rows: bool = False) -> KaggleFiles:
    """Read the two files; refuse what is wrong with them, and an `out` that writing would do harm to.

    Raises:
        InputError: as `submit`.
    """
    target = Path(out)
    if target.is_dir():
        raise InputError(f"{out} is a directory; name the submission's file: {target / 'submission.csv'}")
    if any(target.resolve() == Path(file).resolve() for file in (train, test)):
        raise InputError(f"the submission would be written over {out}, which it is made from: give another --out")
    files = read_kaggle_files(train, test, any_rows=any_rows)
    making.refuse_one_class(files.training)
    return files


def answer(
    files: KaggleFiles,
    network: Recipe | Classifier,
    out: Path,
    *,
    runs_dir: Path | None = None,
    watch: making.Watcher | None = None,
) -> Submission:
    """Train a recipe on the files' digits, or take a network as it is; write its answers, and estimate their score."""
    run = None
    if isinstance(network, Classifier):
        classifier = network
    else:
        data = network.data.model_copy(update={"source": files.training.origin})
        recipe = network.model_copy(update={"data": data})
        run = making.train_once(recipe, files.training, runs_dir=runs_dir or default_runs_dir(), watch=watch)
        classifier = Classifier.load(run.bundle)
    seen = _seen(classifier, files)
    estimate = _estimate(classifier, files.training, comparable=seen is not None and seen.probes > 0 == seen.found)
    write_submission(classifier.predict(files.test_images), out)
    return Submission(
        path=out,
        rows=len(files.test_images),
        model=classifier.name,
        trained_on=str(classifier.description["training_digits"]["name"]),
        run=run.path if run else None,
        estimate=estimate,
        public=look_up(files.test_images, np.concatenate(list(mnist_fingerprints().values()))),
        seen=seen,
        notes=files.training.notes,
    )


def _seen(classifier: Classifier, files: KaggleFiles) -> Lookup | None:
    """How much of test.csv is among the network's training digits; None if the network does not say what these are."""
    if _trained_on(classifier, files.training):
        return look_up_all(files.test_images, files.training.images)
    known = classifier.training_fingerprint
    return look_up(files.test_images, known) if len(known) else None


def _trained_on(classifier: Classifier, training: Dataset) -> bool:
    return bool(classifier.description["training_digits"].get("hash") == training.hash)


def _estimate(classifier: Classifier, training: Dataset, *, comparable: bool) -> Estimate | None:
    """The score of the network on what of train.csv it has not seen; None if nothing is known to be unseen."""
    digits, which = _unseen(classifier, training)
    if digits is None:
        return None
    correct = int((classifier.predict(digits.images) == digits.labels).sum())
    return Estimate(
        n=len(digits),
        correct=correct,
        accuracy=correct / len(digits),
        interval=wilson_interval(correct, len(digits)),
        digits=which,
        comparable=comparable,
    )


def _unseen(classifier: Classifier, training: Dataset) -> tuple[Dataset | None, str]:
    """Those digits of train.csv that the network was not trained on, as far as can be told, and which they are."""
    if _trained_on(classifier, training):
        recipe = classifier.description["recipe"]
        _, validation = training.split_off(Data(**recipe["data"]).held_back(len(training)))
        chosen = recipe["training"]["keep"] == "best_validation"
        return validation, "validation digits of train.csv" + (", by which its epoch was chosen" if chosen else "")
    known = classifier.training_fingerprint
    rows, hashes = probe(training.images)
    if not len(known) or not len(rows):
        return training, "all digits of train.csv; whether it was trained on some of them cannot be told"
    unseen = rows[~np.isin(hashes, known)]
    if len(unseen) == len(rows):
        return training, "all digits of train.csv, which it was not trained on"
    which = f"of {len(rows):,} digits of train.csv that were looked up, those that it was not trained on"
    return (training.take(unseen) if len(unseen) else None), which
