"""What the search for a number's digits weighs (`reading/candidates.py`), fitted on lines made of validation digits.

    python benchmarks/fit_search.py --lines 800

Lines of 1 to 9 digits are written (`synthetic_hand.py`), brought into the form of a strip, and cut as the reader cuts
them. Which candidates are one whole digit is known, pixel by pixel; a logistic regression on their features gives the
weights, to be put into `FEATURES` and `INTERCEPT`. Other lines then say how many are read exactly with different
biases (`search.BIAS`), and how many could be at best: those of which every digit is among the candidates.

The pens are those of `synthetic_lines.py`, but heights vary more, half of the hands write small zeros, and some lines
are worn: MNIST's digits come from tidier forms than people's notes.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from digits import api
from digits.data.dataset import Dataset
from digits.evaluation.metrics import wilson_interval
from digits.reading import search
from digits.reading.candidates import FEATURES, Chain, features, image_of, link
from digits.reading.classifier import Answers, Classifier
from digits.reading.cuts import cut, find_components
from digits.reading.line_search import look_at_whole
from digits.reading.mnist_form import stroke_width
from digits.reading.strip import HEIGHT, made_upright
from harness import say
from synthetic_lines import STYLES, draw_hand, write
from synthetic_pictures import load

MIX = ("clean", "photographed", "touching", "photographed", "clean", "photographed")
"""How often each style: people's digits touch now and then, and seldom all of them."""

WORN, SMALL_ZEROS = 0.12, 0.5
SAME = 0.8
"""Of the united ink: what a candidate shares with a digit that it is."""

MARGIN = 8  # pixels around a line
BIASES = (0.0, 0.5, 1.0)
MOST = 20_000

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Searched:
    """A line with known digits: its candidates, what they are judged by, and which digit each is (0: none)."""

    style: str
    text: str
    chain: Chain
    features: npt.NDArray[np.float64]
    answers: Answers
    which: npt.NDArray[np.intp]

    def read(self, weights: npt.NDArray[np.float64]) -> str:
        """What the best path says."""
        judged = self.features @ weights[1:] + weights[0]
        paths = search.find_paths(self.chain, judged, self.answers.probabilities, HEIGHT)
        return paths[0].text if paths else ""


def lines(count: int, dataset: Dataset, classifier: Classifier, seed: int) -> Iterator[Searched]:
    """So many lines; each follows from the seed and its place alone."""
    for place in range(count):
        random = np.random.default_rng([seed, place])
        style = MIX[place % len(MIX)]
        hand = draw_hand(STYLES[style], random)
        uneven = hand.unevenness * random.choice([1, 2.5])
        hand = replace(hand, unevenness=uneven, small_zeros=bool(random.random() < SMALL_ZEROS))
        written = write(int(random.integers(1, 10)), STYLES[style], hand, dataset, random)
        mask, owner = as_strip(written.ink, written.owner.astype(np.float32), len(written.text))
        if random.random() < WORN:
            mask = worn(mask, random)
        if mask.any():
            yield searched(style, written.text, mask, owner, classifier)


def as_strip(ink: npt.NDArray[np.float32], owner: npt.NDArray[np.float32], digits: int) -> tuple[Mask, Mask]:
    """A line's mask, its digits as tall as in a strip and upright, and whose each pixel is."""
    tall = [np.ptp(np.flatnonzero((owner == number).any(axis=1))) + 1 for number in range(1, digits + 1)]
    factor = HEIGHT / float(np.quantile(tall, 0.6))
    size = tuple(max(1, round(side * factor)) for side in ink.shape[::-1])
    sized = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    theirs = np.pad(cv2.resize(owner, size, interpolation=cv2.INTER_NEAREST), MARGIN)
    mask, back = made_upright(np.pad((sized > 0.5).astype(np.uint8), MARGIN))
    moved = cv2.warpAffine(theirs, cv2.invertAffineTransform(back[:2]), mask.shape[::-1], flags=cv2.INTER_NEAREST)
    return mask, moved.astype(np.uint8)


def worn(mask: Mask, random: np.random.Generator) -> Mask:
    """A mask as a dry pen or a pencil leaves it, and with some scratches."""
    noise = cv2.GaussianBlur(random.normal(size=mask.shape).astype(np.float32), (0, 0), random.uniform(0.7, 2))
    left: Mask = mask * (noise > np.quantile(noise, random.uniform(0.05, 0.3)))
    for _ in range(int(random.integers(0, 6))):
        start = np.array([random.integers(0, side) for side in mask.shape[::-1]])
        turn = random.uniform(0, np.pi)
        end = start + np.array([30 * np.cos(turn), 30 * np.sin(turn)])
        cv2.line(left, start.tolist(), end.astype(int).tolist(), 0, int(random.integers(1, 4)))
    return left


def searched(style: str, text: str, mask: Mask, owner: Mask, classifier: Classifier) -> Searched:
    """A line's candidates, found as the reader finds them."""
    pen = stroke_width(mask)
    known = look_at_whole(classifier, find_components(mask, HEIGHT, pen))
    components = [one.component if one.is_clear else cut(one.component, mask, HEIGHT, pen) for one in known]
    chain = link(components, HEIGHT, MOST)
    assert chain is not None
    answers = classifier.answer(np.stack([image_of(candidate, HEIGHT) for candidate in chain.candidates]))
    total = np.bincount(owner[mask > 0], minlength=len(text) + 1)
    which = []
    for candidate in chain.candidates:
        left, top, right, bottom = candidate.box
        shares = np.bincount(owner[top:bottom, left:right][candidate.mask > 0], minlength=len(text) + 1)
        shares[0] = 0
        best = int(shares.argmax())
        which.append(best if shares[best] >= SAME * (total[best] + shares.sum() - shares[best]) else 0)
    return Searched(style, text, chain, features(chain.candidates, answers, HEIGHT), answers, np.array(which))


def fit(found: list[Searched]) -> npt.NDArray[np.float64]:
    """The intercept and the weights, float64 (1 + features,)."""
    columns = np.concatenate([line.features for line in found])
    is_digit = np.concatenate([line.which > 0 for line in found])
    model = LogisticRegression(C=10, max_iter=3000).fit(columns, is_digit)
    return np.concatenate([model.intercept_, model.coef_[0]])


def report(found: list[Searched], weights: npt.NDArray[np.float64]) -> None:
    """Print how many lines are read exactly, by style and bias, and how many could be."""
    for style in STYLES:
        of_style = [line for line in found if line.style == style]
        if not of_style:
            continue
        whole = sum(len(set(line.which.tolist()) - {0}) == len(line.text) for line in of_style)
        print(f"{style}, n = {len(of_style)}: all digits among the candidates {whole / len(of_style):.1%}")
        for bias in BIASES:
            search.BIAS = bias
            right = sum(line.read(weights) == line.text for line in of_style)
            low, high = wilson_interval(right, len(of_style))
            print(f"  bias {bias:g}: read exactly {right / len(of_style):.1%} ({low:.1%} to {high:.1%})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=800, help="to fit on; a third as many to check (%(default)s)")
    parser.add_argument("--model", help="whose answers are weighed (default: the shipped default)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", default="mnist", help="whose validation digits (%(default)s)")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    options = parser.parse_args()
    dataset, classifier = load(options.data, "validation", options.data_dir), api.load(options.model)
    say("writing and searching lines …")
    weights = fit(list(lines(options.lines, dataset, classifier, options.seed)))
    for name, weight in zip(FEATURES, weights[1:], strict=True):
        print(f'    "{name}": {weight:.2f},')
    print(f"INTERCEPT = {weights[0]:.2f}")
    report(list(lines(options.lines // 3, dataset, classifier, options.seed + 1)), weights)


if __name__ == "__main__":
    main()
