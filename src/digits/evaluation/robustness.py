"""How a network does on digits that are not as it knows them: (Classifier, Dataset) → Robustness. No I/O.

Notable choices:
- the fifteen corruptions of MNIST-C (`corruptions.py`) are scored on all digits; the sweeps (`sweeps.py`) on the first
  2,000 and the attacks on the first 1,000, because they are many. Each figure says its n;
- a mean over corruptions stands beside the mean over those only that resemble no augmentation of the network's recipe:
  a network that was trained on turned digits is no sturdier for reading them, it has met them;
- the interval of such a mean takes the digits as drawn and their corruptions as given: its unit is a digit, with the
  share of corruptions under which it is read;
- images without a digit have no right answer: what counts is how sure the network is of its wrong one (after
  temperature, as a user sees it);
- attacks come from an `Attacker` that the caller brings (`training/attack.py` makes one), so nothing here needs Keras;
  what it changes is scored by the bundle, like all else.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from digits.data.dataset import CLASSES, Dataset
from digits.errors import InputError, RecipeError
from digits.evaluation.corruptions import AUGMENTATIONS, CORRUPTIONS, corrupt
from digits.evaluation.metrics import seen_unless_refused, wilson_interval
from digits.evaluation.sweeps import SWEEPS
from digits.reading.networks.classifier import Classifier
from digits.training.recipe import load_recipe
from digits.training.run import Run

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]

SWEPT, ATTACKED, FOREIGN = 2000, 1000, 1000
"""Of how many digits the sweeps and the attacks are, and how many random images without a digit are asked about."""

EPSILONS = (0.05, 0.1, 0.2, 0.3)
"""How far an attack may change a pixel, as a share of full ink."""

NO_GRADIENT = "a bundle has no gradient, so it needs the run that MODEL was exported from, with its model.keras"

Progress = Callable[[str, int, int], None]
"""Told what was done, and of how many things how many are done."""


class Attacker(Protocol):
    """What changes digits so that a network errs: (images, labels, epsilon) → images, uint8 (n, 28, 28)."""

    def fgsm(self, images: Images, labels: Labels, epsilon: float) -> Images:
        """In one step."""

    def pgd(self, images: Images, labels: Labels, epsilon: float, *, seed: int = 0) -> Images:
        """In many, from a random start."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """How many of `n` digits were read, and which share; `interval` is its 95 % Wilson interval, (low, high)."""

    n: int
    correct: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class CorruptionScore(Score):
    """Under one corruption; `like_training`: whether the recipe uses one of the augmentations that it resembles."""

    name: str
    resembles: tuple[str, ...]
    like_training: bool


@dataclass(frozen=True, kw_only=True)
class SweepScore(Score):
    """At one strength of a sweep."""

    strength: float


@dataclass(frozen=True, kw_only=True)
class SweepScores:
    """A sweep: its name, what its strength counts, the strength that changes nothing, and the scores, rising."""

    name: str
    unit: str
    neutral: float
    scores: tuple[SweepScore, ...]


@dataclass(frozen=True, kw_only=True)
class ForeignAnswers:
    """What is said to `n` images without a digit: how sure (0 to 1), and how often each of the ten digits."""

    name: str
    n: int
    mean_confidence: float
    maximum_confidence: float
    answers: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class AttackScore(Score):
    """After an attack (`none`, `fgsm` or `pgd`) that changed each pixel by at most `epsilon` of full ink."""

    method: str
    epsilon: float


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """How sturdy a network is.

    Attributes:
        model, data, split, n, seed: what was scored on what; the seed of all that is random.
        seen_in_training: as in `Evaluation`.
        augmentations: what the training digits were changed by, of `corruptions.AUGMENTATIONS`.
        clean: the digits as they are.
        mean, mean_interval: mean accuracy over the fifteen corruptions, and its 95 % interval.
        mean_unlike_training, mean_unlike_training_interval: over those that resemble no augmentation in use; None if
            there is no such corruption.
        corruptions: the fifteen, in the paper's order.
        sweeps, foreign, attacks: accuracy against strength; images without a digit; attacks (empty if there are none).
        attack_note: why there are no attacks; None if there are.
        examples: the first digit as it was scored, uint8 (28, 28): `clean`, a corruption's name, (sweep, strength) or
            (method, epsilon). Not part of the JSON.
    """

    model: str
    data: str
    split: str
    n: int
    seed: int
    seen_in_training: bool | None
    augmentations: tuple[str, ...]
    clean: Score
    mean: float
    mean_interval: tuple[float, float]
    mean_unlike_training: float | None
    mean_unlike_training_interval: tuple[float, float] | None
    corruptions: tuple[CorruptionScore, ...]
    sweeps: tuple[SweepScores, ...]
    foreign: tuple[ForeignAnswers, ...]
    attacks: tuple[AttackScore, ...]
    attack_note: str | None
    examples: Mapping[Any, Images] = field(repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """A JSON object with these keys but `examples`; intervals are `[low, high]`."""
        content = asdict(self)
        del content["examples"]
        return content


def stress(
    classifier: Classifier,
    dataset: Dataset,
    *,
    seed: int = 0,
    attacker: Attacker | None = None,
    attack_note: str = "not asked for",
    on_progress: Progress | None = None,
) -> Robustness:
    """Score a loaded bundle on corrupted, swept and attacked digits, and ask it about images without any.

    Args:
        classifier: the network.
        dataset: the digits.
        seed: of all that is random; the same seed gives the same figures.
        attacker: makes the attacks on this very network; without it there are none.
        attack_note: why there is none.
        on_progress: told after each corruption, sweep and attack.

    Raises:
        InputError: the Dataset must not be used to score this network.
    """
    seen = seen_unless_refused(classifier, dataset)
    stages = len(CORRUPTIONS) + len(SWEEPS) + (2 * len(EPSILONS) if attacker else 0)
    done = 0

    def tell(what: str) -> None:
        nonlocal done
        done += 1
        if on_progress:
            on_progress(what, done, stages)

    examples: dict[Any, Images] = {"clean": dataset.images[0]}
    used = augmentations_in_use(classifier.description["recipe"])
    clean = classifier.predict(dataset.images) == dataset.labels
    read = _read_under_corruptions(classifier, dataset, seed, examples, tell)
    unlike = [not set(used) & set(corruption.resembles) for corruption in CORRUPTIONS.values()]
    mean, mean_interval = _mean(read)
    mean_unlike, mean_unlike_interval = _mean(read[unlike]) if any(unlike) else (None, None)
    sweeps = _sweep(classifier, dataset, seed, examples, tell)
    attacks = _attack(classifier, dataset, seed, attacker, examples, tell) if attacker else ()
    return Robustness(
        model=classifier.name,
        data=dataset.name,
        split=dataset.split,
        n=len(dataset),
        seed=seed,
        seen_in_training=seen,
        augmentations=used,
        clean=Score(**_score(clean)),
        mean=mean,
        mean_interval=mean_interval,
        mean_unlike_training=mean_unlike,
        mean_unlike_training_interval=mean_unlike_interval,
        corruptions=tuple(
            CorruptionScore(
                name=corruption.name, resembles=corruption.resembles, like_training=not is_unlike, **_score(right)
            )
            for corruption, is_unlike, right in zip(CORRUPTIONS.values(), unlike, read, strict=True)
        ),
        sweeps=sweeps,
        foreign=_ask_about_foreign(classifier, dataset, seed),
        attacks=attacks,
        attack_note=None if attacker else attack_note,
        examples=examples,
    )


def augmentations_in_use(recipe: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of AUGMENTATIONS the digits were changed by that a network learned from.

    Those of a recipe (as in a bundle's description), of an ensemble's members, and of the teacher. All of them, if a
    member's or the teacher's recipe is not known here: in doubt a network has met a change.
    """
    own = {name for name in AUGMENTATIONS if recipe.get("augmentation", {}).get(name)}
    others = [*recipe.get("network", {}).get("members", ()), recipe.get("distillation", {}).get("teacher")]
    for name in filter(None, others):
        try:
            own.update(augmentations_in_use(load_recipe(name).model_dump(mode="json")))
        except RecipeError:
            return AUGMENTATIONS
    return tuple(name for name in AUGMENTATIONS if name in own)


def run_to_attack(classifier: Classifier, wanted: bool | None = None) -> tuple[Run | None, str]:
    """The run whose Keras model an `Attacker` takes; without one, why there is none.

    Args:
        classifier: a loaded bundle: its run, if it lies in one, has the gradients that a bundle lacks.
        wanted: True asks for attacks, False forbids them, None takes them where they can be had.

    Raises:
        InputError: attacks are wanted of a bundle that lies in no run.
    """
    run = Run(classifier.path.parent)
    if wanted is False:
        return None, "not asked for (--no-attack)"
    if classifier.path.name == run.bundle.name and run.model_file.is_file():
        return run, ""
    if wanted:
        raise InputError(f"{classifier.path} cannot be attacked: {NO_GRADIENT}; leave --attack out")
    return None, NO_GRADIENT


def foreign_images(dataset: Dataset, seed: int = 0) -> dict[str, Images]:
    """Images without a digit, by name: uint8 (n, 28, 28), three blank ones and three kinds of noise."""
    random = np.random.default_rng(seed)
    shape = (FOREIGN, 28, 28)
    chosen = dataset.images[np.arange(FOREIGN) % len(dataset)].reshape(FOREIGN, -1)
    return {
        "empty": np.zeros((1, 28, 28), np.uint8),
        "grey": np.full((1, 28, 28), 128, np.uint8),
        "full of ink": np.full((1, 28, 28), 255, np.uint8),
        "every pixel random": random.integers(0, 256, shape, dtype=np.uint8),
        "one pixel in five inked": np.where(random.random(shape) < 0.2, 255, 0).astype(np.uint8),
        "digits with their pixels shuffled": random.permuted(chosen, axis=1).reshape(shape),
    }


def _read_under_corruptions(
    classifier: Classifier, dataset: Dataset, seed: int, examples: dict[Any, Images], tell: Callable[[str], None]
) -> npt.NDArray[np.bool_]:
    """Which digits are read under which corruption, (15, n)."""
    rows = []
    for name in CORRUPTIONS:
        images = corrupt(dataset.images, name, seed=seed)
        examples[name] = images[0]
        rows.append(classifier.predict(images) == dataset.labels)
        tell(name)
    return np.array(rows)


def _sweep(
    classifier: Classifier, dataset: Dataset, seed: int, examples: dict[Any, Images], tell: Callable[[str], None]
) -> tuple[SweepScores, ...]:
    images, labels = dataset.images[:SWEPT], dataset.labels[:SWEPT]
    found = []
    for sweep in SWEEPS:
        scores = []
        for strength in sweep.strengths:
            changed = sweep.change(images, strength, seed)
            examples[sweep.name, strength] = changed[0]
            scores.append(SweepScore(strength=strength, **_score(classifier.predict(changed) == labels)))
        found.append(SweepScores(name=sweep.name, unit=sweep.unit, neutral=sweep.neutral, scores=tuple(scores)))
        tell(f"{sweep.name}, at {len(scores)} strengths")
    return tuple(found)


def _attack(
    classifier: Classifier,
    dataset: Dataset,
    seed: int,
    attacker: Attacker,
    examples: dict[Any, Images],
    tell: Callable[[str], None],
) -> tuple[AttackScore, ...]:
    images, labels = dataset.images[:ATTACKED], dataset.labels[:ATTACKED]
    found = [AttackScore(method="none", epsilon=0.0, **_score(classifier.predict(images) == labels))]
    for method in ("fgsm", "pgd"):
        for epsilon in EPSILONS:
            if method == "fgsm":
                changed = attacker.fgsm(images, labels, epsilon)
            else:
                changed = attacker.pgd(images, labels, epsilon, seed=seed)
            examples[method, epsilon] = changed[0]
            found.append(AttackScore(method=method, epsilon=epsilon, **_score(classifier.predict(changed) == labels)))
            tell(f"{method}, ε = {epsilon:g}")
    return tuple(found)


def _ask_about_foreign(classifier: Classifier, dataset: Dataset, seed: int) -> tuple[ForeignAnswers, ...]:
    found = []
    for name, images in foreign_images(dataset, seed).items():
        probabilities = classifier.predict_proba(images)
        confidences = probabilities.max(axis=1)
        counts = np.bincount(probabilities.argmax(axis=1), minlength=CLASSES)
        found.append(
            ForeignAnswers(
                name=name,
                n=len(images),
                mean_confidence=float(confidences.mean(dtype=np.float64)),
                maximum_confidence=float(confidences.max()),
                answers=tuple(int(count) for count in counts),
            )
        )
    return tuple(found)


def _score(right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The fields of a Score, from which digits were read."""
    n, correct = len(right), int(right.sum())
    return {"n": n, "correct": correct, "accuracy": correct / n, "interval": wilson_interval(correct, n)}


def _mean(read: npt.NDArray[np.bool_]) -> tuple[float, tuple[float, float]]:
    """Mean accuracy over corruptions, (corruptions, n), and its 95 % interval (normal, one unit a digit)."""
    shares = read.mean(axis=0)  # of the corruptions under which each digit is read, (n,)
    mean = float(shares.mean())
    if len(shares) == 1:
        return mean, (0.0, 1.0)
    reach = 1.96 * float(shares.std(ddof=1)) / len(shares) ** 0.5
    return mean, (max(0.0, mean - reach), min(1.0, mean + reach))
