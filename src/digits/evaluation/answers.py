"""What networks say to the digits of one Dataset, and by what training they may be grouped. No I/O.

An answer is the network's own, before temperature, as in an Evaluation; the confidence beside it is calibrated.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from digits.errors import BundleError, InputError, RecipeError
from digits.evaluation.metrics import seen_unless_refused
from digits.reading.networks.classifier import Classifier
from digits.training.recipe import validate_recipe


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """What one network says to the digits of one Dataset.

    Attributes:
        model: what the network is called; no other in a comparison has this name.
        recipe, trained_on: the names of its recipe and of its training digits.
        setup: equal for networks that differ in their seed only.
        seed: its seed.
        data, split, digits_hash: the digits that it was asked about.
        labels: uint8 (n,), the truth.
        answers: uint8 (n,), the digit it names.
        confidences: float32 (n,), its calibrated probability of that digit, 0 to 1.
        seen_in_training: whether it was trained on any of these digits; None if there are too few to tell.
    """

    model: str
    recipe: str
    trained_on: str
    setup: str
    seed: int
    data: str
    split: str
    digits_hash: str
    labels: npt.NDArray[np.uint8]
    answers: npt.NDArray[np.uint8]
    confidences: npt.NDArray[np.float32]
    seen_in_training: bool | None

    @property
    def correct(self) -> npt.NDArray[np.bool_]:
        """Which digits it has right, bool (n,)."""
        return np.equal(self.answers, self.labels, dtype=np.bool_)


def ask(classifiers: Sequence[Classifier], dataset: Dataset) -> list[Answers]:
    """The answers of loaded bundles to a Dataset; where names are shared, bundles are called by their paths.

    Raises:
        InputError: fewer than two bundles, one given twice, or one that must not be scored on these digits.
    """
    if len(classifiers) < 2:
        raise InputError(f"a comparison needs two models or more, got {len(classifiers)}; give another one")
    for path, count in Counter(str(classifier.path.resolve()) for classifier in classifiers).items():
        if count > 1:
            raise InputError(f"{path} is given {count} times; give each model once")
    shared = Counter(classifier.name for classifier in classifiers)
    seen = [seen_unless_refused(classifier, dataset) for classifier in classifiers]  # before anything is computed
    return [
        _answers(classifier, dataset, classifier.name if shared[classifier.name] == 1 else str(classifier.path), known)
        for classifier, known in zip(classifiers, seen, strict=True)
    ]


def _answers(classifier: Classifier, dataset: Dataset, name: str, seen: bool | None) -> Answers:
    try:
        # validated, so that fields that are newer than the bundle have their defaults
        recipe = validate_recipe(classifier.description["recipe"], str(classifier.path))
        trained_on = classifier.description["training_digits"]
        said_better = {"description", "rebuilds", "data", "training"}
        setup = {
            **recipe.model_dump(mode="json", exclude=said_better),
            "data": recipe.data.model_dump(mode="json", exclude={"source"}),  # the digits' hash says more
            "training": recipe.training.model_dump(mode="json", exclude={"seed"}),
            "personal": classifier.description.get("personal"),  # it is no other seed of its recipe
        }
        setup["digits"] = trained_on["hash"]
        labels = {"recipe": recipe.name, "trained_on": str(trained_on["name"])}
    except (KeyError, TypeError, AttributeError, RecipeError) as error:
        raise BundleError(f"{classifier.path} is damaged: its recipe or training_digits is missing or wrong") from error
    answers = np.argmax(classifier.predict_proba(dataset.images, calibrated=False), axis=1)
    calibrated = classifier.predict_proba(dataset.images)
    return Answers(
        model=name,
        **labels,
        setup=json.dumps(setup, sort_keys=True),
        seed=recipe.training.seed,
        data=dataset.name,
        split=dataset.split,
        digits_hash=dataset.hash,
        labels=dataset.labels,
        answers=answers.astype(np.uint8),
        confidences=calibrated[np.arange(len(answers)), answers],
        seen_in_training=seen,
    )
