"""Handwritten digits: train, measure, ship and read them.

    digits.load_dataset(source)      a named source or a path → Dataset
    digits.train(recipe, dataset)    → Run: network, bundle, figures
    digits.resume(run)               go on with a run that was stopped
    digits.evaluate(model, dataset)  → Evaluation
    digits.compare(models, dataset)  → Comparison: is the difference real?
    digits.stress(model, dataset)    → Robustness: corruptions, sweeps, attacks
    digits.load(model)               → Classifier: predict_proba(images) → float32 (n, 10)
    digits.read(picture)             → Reading: text, numbers with confidence, value and boxes
    digits.read_pages(picture)       → Reading after Reading, one a page
    digits.explain(picture)          → Explanation: why it was read so, in numbers and words

The names are loaded when they are first used: `import digits` alone costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digits.api import compare, evaluate, explain, load, read, read_pages, stress
    from digits.data.dataset import Dataset
    from digits.errors import DigitsError, InputError, WorkError
    from digits.evaluation.metrics import Evaluation
    from digits.explaining.explanation import Explanation
    from digits.intake import load_dataset
    from digits.making import resume, train
    from digits.reading.networks.classifier import Classifier
    from digits.reading.reader import Reader
    from digits.reading.results import Reading
    from digits.training.recipe import Recipe, load_recipe
    from digits.training.run import Run

__version__ = "0.1.0"

_HOMES = {
    "Classifier": "reading.networks.classifier",
    "Dataset": "data.dataset",
    "DigitsError": "errors",
    "Evaluation": "evaluation.metrics",
    "Explanation": "explaining.explanation",
    "InputError": "errors",
    "Reader": "reading.reader",
    "Reading": "reading.results",
    "Recipe": "training.recipe",
    "Run": "training.run",
    "WorkError": "errors",
    "compare": "api",
    "evaluate": "api",
    "explain": "api",
    "load": "api",
    "load_dataset": "intake",
    "load_recipe": "training.recipe",
    "read": "api",
    "read_pages": "api",
    "resume": "making",
    "stress": "api",
    "train": "making",
}

__all__ = [
    "Classifier",
    "Dataset",
    "DigitsError",
    "Evaluation",
    "Explanation",
    "InputError",
    "Reader",
    "Reading",
    "Recipe",
    "Run",
    "WorkError",
    "compare",
    "evaluate",
    "explain",
    "load",
    "load_dataset",
    "load_recipe",
    "read",
    "read_pages",
    "resume",
    "stress",
    "train",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (any public name)
    if name not in _HOMES:
        raise AttributeError(f"module 'digits' has no attribute {name!r}")
    return getattr(import_module(f"digits.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
