"""What we measure for the networks of the classic projects, beside what those reported. No I/O.

Notable choices:
- training accuracy is that of the finished network on the digits that it was trained on, by its bundle; Keras prints a
  mean over the last epoch while the weights still move, with dropout on, which is less;
- Keras's loss includes the penalty of the weights, so both are given, with it and without;
- over seeds: mean, standard deviation, and the 95 % t interval of the mean.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from digits.data.dataset import Dataset
from digits.evaluation.metrics import evaluate, wilson_interval
from digits.evaluation.reported import PROTOCOLS, REPORTED, ProtocolName, Reported
from digits.evaluation.significance import Welch, mean_interval, welch
from digits.reading.networks.classifier import Classifier
from digits.training.run import Epoch, Run

FEWER_NEURONS, MORE_NEURONS = "dense-64-dropout", "dense-128-64-dropout"


@dataclass(frozen=True, kw_only=True)
class Score:
    """How one finished network does: accuracies (0 to 1), on how many digits, and losses in nats.

    `penalty` is that of the finished weights, as the recipe asks for; Keras's test loss is `test_loss + penalty`.
    """

    run: str
    seed: int
    training: float
    training_n: int
    validation: float | None
    validation_n: int
    test: float
    test_n: int
    test_loss: float
    penalty: float
    history: tuple[Epoch, ...]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A figure over seeds: `interval` is the 95 % t interval of the mean; None for a single seed, as `sd` is."""

    seeds: int
    mean: float
    sd: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One recipe under one protocol, over the seeds."""

    recipe: str
    protocol: ProtocolName
    scores: tuple[Score, ...]

    @property
    def reported(self) -> Reported:
        """What the project reported."""
        return REPORTED[self.recipe]

    @property
    def training(self) -> Spread:
        """Accuracy of the finished networks on the digits they were trained on."""
        return spread([score.training for score in self.scores])

    @property
    def validation(self) -> Spread | None:
        """Accuracy on the digits held back; None where there are none."""
        found = [score.validation for score in self.scores if score.validation is not None]
        return spread(found) if len(found) == len(self.scores) else None

    @property
    def test(self) -> Spread:
        """Accuracy on the test digits."""
        return spread([score.test for score in self.scores])

    @property
    def test_interval_on_other_digits(self) -> tuple[float, float]:
        """95 % Wilson interval of one network with the mean accuracy: what other test digits would have given."""
        n = self.scores[0].test_n
        return wilson_interval(round(self.test.mean * n), n)

    @property
    def test_loss(self) -> Spread:
        """Cross-entropy on the test digits, without penalty."""
        return spread([score.test_loss for score in self.scores], shares=False)

    @property
    def test_loss_with_penalty(self) -> Spread:
        """The same with the penalty of the weights, as Keras reports it."""
        return spread([score.test_loss + score.penalty for score in self.scores], shares=False)

    def epoch(self, number: int) -> dict[str, Spread] | None:
        """The figures of epoch `number`, from 1, named as in EpochFigures; None if it was not trained that long."""
        epochs = [score.history[number - 1] for score in self.scores if len(score.history) >= number]
        if len(epochs) < len(self.scores) or any(epoch.validation_loss is None for epoch in epochs):
            return None
        names = ("loss", "accuracy", "validation_loss", "validation_accuracy")
        return {name: spread([getattr(epoch, name) for epoch in epochs], shares="loss" not in name) for name in names}

    def to_json(self) -> dict[str, Any]:
        """A JSON object: what was reported, what was measured, and each seed's score without its history."""
        measured = {
            "training": asdict(self.training),
            "validation": asdict(self.validation) if self.validation else None,
            "test": {**asdict(self.test), "wilson": self.test_interval_on_other_digits, "n": self.scores[0].test_n},
            "test_loss": asdict(self.test_loss),
            "test_loss_with_penalty": asdict(self.test_loss_with_penalty),
        }
        epochs = {str(number): self.epoch(number) for number, _ in self.reported.epochs}
        scores = [{name: value for name, value in vars(score).items() if name != "history"} for score in self.scores]
        return {
            "recipe": self.recipe,
            "protocol": self.protocol,
            "reported": asdict(self.reported),
            "measured": measured,
            "epochs": {
                number: {name: asdict(one) for name, one in figures.items()}
                for number, figures in epochs.items()
                if figures
            },
            "scores": scores,
        }


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """All rows; `command` repeats them, `machine` is where they were made."""

    rows: tuple[Row, ...]
    command: str
    machine: str

    def row(self, recipe: str, protocol: str) -> Row | None:
        """The row of this recipe under this protocol."""
        return next((row for row in self.rows if (row.recipe, row.protocol) == (recipe, protocol)), None)

    def more_neurons(self, protocol: ProtocolName) -> Welch | None:
        """Test accuracy with more neurons minus that with fewer; None without both, or with fewer than two seeds."""
        fewer, more = (self.row(recipe, protocol) for recipe in (FEWER_NEURONS, MORE_NEURONS))
        if not fewer or not more:
            return None
        return welch(*([score.test for score in row.scores] for row in (more, fewer)))

    def to_json(self) -> dict[str, Any]:
        """A JSON object with these keys."""
        neurons = {name: self.more_neurons(name) for name in PROTOCOLS}
        return {
            "command": self.command,
            "machine": self.machine,
            "rows": [row.to_json() for row in self.rows],
            "more_neurons": {name: asdict(found) for name, found in neurons.items() if found},
        }


def score(run: Run, classifier: Classifier, dataset: Dataset, test: Dataset, *, penalty: float = 0.0) -> Score:
    """Score a complete run by its bundle.

    Args:
        run: it.
        classifier: its bundle.
        dataset: the digits it was started on, validation digits included.
        test: the test digits.
        penalty: what the recipe's penalty makes of the finished weights.

    Raises:
        InputError: the test digits must not be used to score it, or its validation digits' file is damaged.
    """
    training, _ = dataset.split_off(run.recipe.data.held_back(len(dataset)))
    predictions = run.read_predictions("validation")
    tested = evaluate(classifier, test)
    return Score(
        run=run.name,
        seed=run.recipe.training.seed,
        training=float(np.mean(classifier.predict(training.images) == training.labels)),
        training_n=len(training),
        validation=float(np.mean(predictions.probabilities.argmax(axis=1) == predictions.labels))
        if predictions
        else None,
        validation_n=len(predictions.labels) if predictions else 0,
        test=tested.accuracy,
        test_n=tested.n,
        test_loss=tested.loss,
        penalty=penalty,
        history=run.history,
    )


def spread(values: Sequence[float], *, shares: bool = True) -> Spread:
    """Mean, standard deviation and interval of at least one value; `shares` keeps the interval inside [0, 1]."""
    mean = float(np.mean(values))
    return Spread(
        seeds=len(values),
        mean=mean,
        sd=float(np.std(values, ddof=1)) if len(values) > 1 else None,
        interval=mean_interval(values) if shares else _unbounded_interval(values, mean),
    )


def _unbounded_interval(values: Sequence[float], mean: float) -> tuple[float, float] | None:
    """`mean_interval` of figures that are no shares: shrunk around the middle of [0, 1], and brought back."""
    scale = 1e3 * float(np.ptp(values)) or 1.0
    interval = mean_interval([(value - mean) / scale + 0.5 for value in values])
    return interval and (mean + (interval[0] - 0.5) * scale, mean + (interval[1] - 0.5) * scale)
