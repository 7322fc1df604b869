"""A network learns a hand from a few corrected digits: its last layer, while training digits are replayed.

    tuned = tune(network, layer, corrections, replay, validation)
    tuned.wrong_before.sum(), tuned.wrong_after.sum()     of the corrections, each judged by a layer that never saw it

Notable choices:
- the last layer alone is tuned: a convex problem, solved in a second by L-BFGS without any learning rate, and what it
  is given (the features) is computed once;
- it moves only along what the corrections, the classes' means and the greatest principal directions of training digits
  span (some 190 directions of 2,048): few corrections cannot say more, and one layer for each that is left out costs
  little. The dot products with these directions are all that the solver sees;
- replayed training digits are taught what the network said of them, not their labels: that is what is to be kept;
- each correction is seen bent in several ways, so that a hand is learnt and not one picture;
- the corrections count as much as forgetting allows: the greatest of `STRENGTHS` at which validation digits are kept.
How the constants were chosen, and what else was tried: docs/personal.md.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from digits.data.dataset import CLASSES, IMAGE_SIZE, Dataset, Images, image_hashes
from digits.errors import DataError
from digits.reading.networks.classifier import Classifier
from digits.training.folds import assign_folds
from digits.training.last_layer import LastLayer

Floats = npt.NDArray[np.float32]

STRENGTHS = (0.03, 0.01, 0.003)
"""How much the mean loss of the corrections counts beside that of the replayed digits, in the order they are tried."""

PENALTY = 1e-3
"""Of the squared change of the weights."""

REPLAYED = 5_000
"""Training digits that are replayed, spread evenly over all: more changed nothing, and take longer."""

FORGETTING = 0.001
"""The share of the validation digits that may be lost: a tenth of a point; or one digit, which says nothing."""

COPIES = 6
"""Bent copies of each correction, beside itself."""

LEAVE_ONE_OUT = 60
"""Up to so many corrections each is judged by a layer of its own; of more, a twentieth at a time."""

FOLDS = 20

DIRECTIONS = 128
"""Principal directions of the replayed digits' features."""

ITERATIONS = 100
"""Of L-BFGS at the most; it takes about 40."""

_TURN = 8.0  # degrees; these four are standard deviations
_SIZE = 0.08  # of log size
_SHEAR = 0.1
_SHIFT = 1.0  # pixels
_PRINCIPAL_OF = 1_000  # digits that the principal directions are found on
_SPANNED = 1e-4  # of the greatest eigenvalue: directions below it add nothing but noise


@dataclass(frozen=True, kw_only=True, eq=False)
class Tuned:
    """A last layer that was fine-tuned, and what it is worth.

    Attributes:
        kernel, bias: float32 (d, 10) and (10,).
        strength: of `STRENGTHS`.
        judged: how `wrong_after` came about, such as `leave-one-out`.
        wrong_before: bool (m,), which corrections the network got wrong.
        wrong_after: bool (m,), which a layer tuned without them gets wrong.
        validation_before, validation_after: the probabilities of the validation digits, float32 (n, 10).
        kept_before, kept_after: how many of the validation digits are right.
    """

    kernel: Floats
    bias: Floats
    strength: float
    judged: str
    wrong_before: npt.NDArray[np.bool_]
    wrong_after: npt.NDArray[np.bool_]
    validation_before: Floats
    validation_after: Floats
    kept_before: int
    kept_after: int

    @property
    def faults(self) -> tuple[str, ...]:
        """Why the tuned network is no better than the one it came from; empty if it is."""
        before, after, m = int(self.wrong_before.sum()), int(self.wrong_after.sum()), len(self.wrong_before)
        lost, n = self.kept_before - self.kept_after, len(self.validation_after)
        found = []
        if not before:
            found.append(f"it reads all {m:,} corrections already")
        elif after >= before:
            found.append(f"of {m:,} corrections that it had not seen it gets {after:,} wrong, and {before:,} untuned")
        if lost > may_be_lost(n):
            found.append(f"of {n:,} validation digits it forgets {lost:,}, and {may_be_lost(n):,} may be lost")
        return tuple(found)


def tune(
    network: Classifier,
    layer: LastLayer,
    corrections: Dataset,
    replay: Dataset,
    validation: Dataset,
    tell: Callable[[str], None] = lambda _: None,
) -> Tuned:
    """Fine-tune the last layer of a network on corrections.

    Args:
        network: it, with its `features` (`LastLayer.with_features`).
        layer: its last layer.
        corrections: the digits of a hand, two different ones at least.
        replay: training digits; `REPLAYED` of them are replayed.
        validation: digits that say what was forgotten, none of them replayed.
        tell: told what is done next.

    Returns:
        The tuned layer; the same bits every time.

    Raises:
        DataError: there are fewer than two different corrections.
    """
    m = len(corrections)
    pictures = len(np.unique(image_hashes(corrections.images)))
    if pictures < 2:
        raise DataError(f"{corrections.name}: one correction says nothing of others; expected two at least, better 20")
    tell(f"{m:,} corrections, each bent in {COPIES} ways, beside {min(REPLAYED, len(replay)):,} training digits")
    replayed = replay.take(np.linspace(0, len(replay) - 1, min(REPLAYED, len(replay))).astype(np.int64))
    copies = np.concatenate([corrections.images, *(bent(corrections.images, seed) for seed in range(1, COPIES + 1))])
    problem = _Problem(network, layer, copies, corrections.labels, replayed)

    held, _ = _asked(network, validation.images)
    known = held @ layer.kernel + layer.bias
    kept_before = int((known.argmax(axis=1) == validation.labels).sum())
    everything = np.ones(m, np.bool_)
    for strength in STRENGTHS:
        kernel, bias = problem.solve(everything, strength)
        after = held @ kernel + bias
        kept_after = int((after.argmax(axis=1) == validation.labels).sum())
        if kept_before - kept_after <= may_be_lost(len(validation)):
            break

    folds = pictures if pictures <= LEAVE_ONE_OUT else FOLDS
    judged = "leave-one-out" if folds == pictures else f"{folds} folds"
    tell(f"judging each correction by a layer that never saw it: {judged}")
    fold_of = assign_folds(corrections, folds, seed=0)
    answers = np.empty(m, np.int64)
    for fold in range(folds):
        left_out = fold_of == fold
        one_kernel, one_bias = problem.solve(~left_out, strength)
        answers[left_out] = (problem.features[:m][left_out] @ one_kernel + one_bias).argmax(axis=1)
    before = (problem.features[:m] @ layer.kernel + layer.bias).argmax(axis=1)
    return Tuned(
        kernel=kernel,
        bias=bias,
        strength=strength,
        judged=judged,
        wrong_before=before != corrections.labels,
        wrong_after=answers != corrections.labels,
        validation_before=_softmax(known),
        validation_after=_softmax(after),
        kept_before=kept_before,
        kept_after=kept_after,
    )


def may_be_lost(n: int) -> int:
    """How many of n validation digits may be forgotten."""
    return max(1, round(FORGETTING * n))


def bent(images: Images, seed: int) -> Images:
    """Each image turned, sheared, stretched and shifted a little, another way each, uint8 (n, 28, 28)."""
    random = np.random.default_rng(seed)
    centre = np.full(2, (IMAGE_SIZE - 1) / 2)
    changed = np.empty_like(images)
    for place, image in enumerate(images):
        turn, across, down, shear = random.normal(0, (np.deg2rad(_TURN), _SIZE, _SIZE, _SHEAR))
        turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        move = turned @ np.array([[np.exp(across), shear], [0, np.exp(down)]])
        offset = centre - move @ centre + random.normal(0, _SHIFT, 2)
        changed[place] = cv2.warpAffine(image, np.column_stack([move, offset]), image.shape, flags=cv2.INTER_LINEAR)
    return changed


class _Problem:
    """What is to be learnt, and along which directions.

    Attributes:
        features: of the corrections and their bent copies, float32 (copies · m, d): copy by copy, the plain ones first.
    """

    def __init__(
        self, network: Classifier, layer: LastLayer, copies: Images, labels: npt.NDArray[np.uint8], replayed: Dataset
    ) -> None:
        self._layer = layer
        self._m = m = len(labels)
        self.features, _ = _asked(network, copies)
        old, kept = _asked(network, replayed.images)
        features = np.concatenate([self.features, old])  # (n + replayed, d)
        taught = np.eye(CLASSES, dtype=np.float32)[np.tile(labels, len(copies) // m)]
        self._targets = np.concatenate([taught, kept])  # (n + replayed, 10)
        self._logits = features @ layer.kernel + layer.bias
        directions = np.concatenate([self.features[:m], _means(old, replayed.labels), _principal(old)])
        self._directions = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)  # (k, d)
        self._products = features @ self._directions.T  # (n + replayed, k)
        self._gram = self._directions @ self._directions.T

    def solve(self, kept: npt.NDArray[np.bool_], strength: float) -> tuple[Floats, Floats]:
        """The kernel and the bias tuned on the corrections that are `kept`, bool (m,), and on nothing of the others."""
        n = len(self.features)
        along = np.concatenate([kept, np.ones(len(self._directions) - self._m, np.bool_)])
        values, vectors = np.linalg.eigh(self._gram[np.ix_(along, along)].astype(np.float64))
        spanned = values > _SPANNED * values[-1]
        basis = (vectors[:, spanned] / np.sqrt(values[spanned])).astype(np.float32)  # (k, r): orthonormal directions
        rows = np.concatenate([np.tile(kept, n // self._m), np.ones(len(self._targets) - n, np.bool_)])
        seen = self._products[np.ix_(rows, along)] @ basis  # (rows, r)
        taught = int(rows[:n].sum())
        weights = np.full(len(seen), 1 / (len(seen) - taught), np.float32)
        weights[:taught] = strength / taught
        change = _least(
            np.column_stack([seen, np.ones_like(weights)]), self._logits[rows], self._targets[rows], weights
        )
        kernel = self._layer.kernel + self._directions[along].T @ (basis @ change[:-1])
        return kernel.astype(np.float32), (self._layer.bias + change[-1]).astype(np.float32)


def _least(seen: Floats, logits: Floats, targets: Floats, weights: Floats) -> Floats:
    """The change, (r, 10), of least weighted cross-entropy and penalty: `logits + seen @ change` against `targets`."""
    shape = (seen.shape[1], CLASSES)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        change = flat.reshape(shape).astype(np.float32)
        raised = logits + seen @ change
        raised -= raised.max(axis=1, keepdims=True)
        log_likely = raised - np.log(np.exp(raised).sum(axis=1, keepdims=True))
        total = -(weights * (targets * log_likely).sum(axis=1)).sum() + PENALTY / 2 * (change * change).sum()
        slope = seen.T @ ((np.exp(log_likely) - targets) * weights[:, None]) + PENALTY * change
        return float(total), slope.astype(np.float64).ravel()

    found = minimize(loss, np.zeros(shape[0] * CLASSES), jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    return np.asarray(found.x.reshape(shape), np.float32)


def _asked(network: Classifier, images: Images) -> tuple[Floats, Floats]:
    """What the last layer is given, float32 (n, d), and the probabilities that it gives, float32 (n, 10)."""
    said = network.answer(images, calibrated=False, features=True)
    assert said.features is not None, "the network gives its features"
    return said.features, said.probabilities


def _means(features: Floats, labels: npt.NDArray[np.uint8]) -> Floats:
    """The mean of each class that there is, float32 (at most 10, d)."""
    return np.stack([features[labels == digit].mean(axis=0) for digit in np.unique(labels)])


def _principal(features: Floats) -> Floats:
    """The greatest principal directions, float32 (at most 128, d), found on some of the digits."""
    some = features[:_PRINCIPAL_OF] - features[:_PRINCIPAL_OF].mean(axis=0)
    values, vectors = np.linalg.eigh(some @ some.T)
    greatest = vectors[:, values > _SPANNED * values[-1]][:, -DIRECTIONS:]
    return np.asarray(greatest.T @ some, np.float32)


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)
