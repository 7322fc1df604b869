"""What a personal network is worth: unusual hands, made by synthesis, corrected 50 times; beside nearest neighbours.

    python benchmarks/personal.py --data-dir ../shared/data --fonts FONTS --json personal.json

A hand is one writer's: two shapes of each digit, drawn as strokes (of 0, 6 and 8 from the embedded sample), or a
handwriting font's; a slant, a breadth and a pen of its own, and the unevenness of writing. Hands are drawn until enough
are found of which the network gets 4 % wrong at the least. Each is corrected 50 times in two ways: the first 50 digits
that it wrote, named by the person who wrote them; and the first 50 that the network got wrong. Then 1,000 other digits
of the hand are read, and MNIST's test digits, by

- the network as it ships;
- the personal network (`digits train --from --with`);
- nearest neighbours: where a correction's features are near enough (cosine), its label, else the network's answer. How
  near is chosen on validation digits, as far as a tenth of a point of them is lost.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import digits
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset
from digits.locate import find_bundle
from digits.reading.digit.mnist_form import to_form
from digits.reading.networks.classifier import MODEL_FILE, Answers, Classifier, start_session
from digits.synthesis import strokes
from digits.synthesis.fonts import handwriting_fonts, load_fonts
from digits.synthesis.hands import Glyphs, Hand, draw_hand, write_mark
from digits.training import personal
from digits.training.last_layer import LastLayer

CORRECTIONS = 50
HELD_BACK = 1_000
LOOKED_THROUGH = 2_000
"""Digits that are written to find 50 errors among; a hand may have fewer."""

UNUSUAL = 0.04
"""The least share of a hand's digits that the network gets wrong."""

SHAPES = 2
"""Ways in which one hand writes a digit."""


@dataclass(frozen=True, eq=False)
class OneHand:
    """One writer: what is like them in all their digits, and where the shapes come from."""

    name: str
    hand: Hand
    glyphs: Glyphs

    def write(self, n: int, seed: int) -> Dataset:
        """So many digits, each class in turn and then shuffled, in MNIST's form."""
        random = np.random.default_rng(seed)
        labels = random.permutation(np.arange(n) % 10).astype(np.uint8)
        return Dataset(images=np.stack([self._form(str(one), random) for one in labels]), labels=labels, name=self.name)

    def _form(self, digit: str, random: np.random.Generator) -> Any:
        while True:  # a pen that leaves nothing writes again
            ink = write_mark(digit, self.hand, self.glyphs, random).ink > 0.5
            if ink.sum() > 20:
                return to_form(ink.astype(np.uint8)).image


def stroke_hand(seed: int) -> OneHand:
    """A hand of strokes; the same seed draws the same one."""
    random = np.random.default_rng([seed, 1])
    sample = load_dataset("sample")
    shapes = [_shape(digit, sample, random) for digit in range(10) for _ in range(SHAPES)]
    labels = np.repeat(np.arange(10), SHAPES).astype(np.uint8)
    glyphs = Glyphs(Dataset(images=np.stack(shapes), labels=labels, name="shapes"))
    hand = replace(_plain(draw_hand(random)), slant=random.uniform(-0.7, 0.9), breadth=random.uniform(0.6, 1.7))
    return OneHand(f"strokes {seed}", hand, glyphs)


def font_hands(folder: Path | None) -> Iterator[OneHand]:
    """A hand of each handwriting font in a folder."""
    families = [family for held_back in (True, False) for family in handwriting_fonts(folder, held_back=held_back)]
    glyphs = Glyphs(load_dataset("sample"), load_fonts(sorted(families)))
    for place, font in enumerate(glyphs.fonts):
        random = np.random.default_rng([place, 2])
        hand = replace(_plain(draw_hand(random)), font=place, pen=random.uniform(-0.5, 0.3), slant=0.0)
        yield OneHand(font.family.stem, hand, glyphs)


def _plain(hand: Hand) -> Hand:
    """The hand without what varies within it: each of its digits is of its own shapes, and whole."""
    return replace(hand, drawn=frozenset(), font=None, broken=0.0, tails=0.0, zero=1.0)


def _shape(digit: int, sample: Dataset, random: np.random.Generator) -> Any:
    if str(digit) not in strokes.DIGITS:
        return sample.images[random.choice(np.flatnonzero(sample.labels == digit))]
    canvas = strokes.draw(strokes.strokes_of(str(digit), random), random.uniform(0.06, 0.14))
    return to_form((canvas > 127).astype(np.uint8)).image


class Remembering(Classifier):
    """A network that is asked about the same thousands of digits for every hand, and runs once."""

    def answer(self, images: Any, *, calibrated: bool = True, features: bool = False) -> Answers:
        """As a Classifier's; what was said of large batches is kept."""
        if len(images) < HELD_BACK:
            return super().answer(images, calibrated=calibrated, features=features)
        key = hashlib.sha256(images.tobytes()).hexdigest(), calibrated, features
        if key not in self.kept:
            self.kept[key] = super().answer(images, calibrated=calibrated, features=features)
        return self.kept[key]

    kept: ClassVar[dict[Any, Answers]] = {}


class Measured:
    """A network, and the digits that say what it forgets: everything that is asked once for all hands."""

    def __init__(self, model: str, data_dir: Path | None) -> None:
        bundle = find_bundle(model)
        known = Classifier.load(bundle)
        self.layer = LastLayer.of((bundle / MODEL_FILE).read_bytes(), model)
        self.network = Remembering(bundle, known.description, start_session(self.layer.with_features(), bundle))
        self.replay, self.validation = load_dataset("mnist", data_dir=data_dir).split_off(5_000)
        self.test = load_dataset("mnist", "test", data_dir=data_dir)
        self.seen = {part: self.features(part) for part in (self.validation, self.test)}

    def features(self, dataset: Dataset) -> Any:
        """What the last layer is given, float32 (n, d)."""
        return self.network.answer(dataset.images, features=True).features

    def hand(self, hand: OneHand) -> dict[str, Any] | None:
        """The figures of one hand; None if the network knows it."""
        tried = hand.write(100, seed=1)
        if np.mean(self.network.predict(tried.images) != tried.labels) < UNUSUAL:
            return None
        written, held_back = hand.write(LOOKED_THROUGH, seed=2), hand.write(HELD_BACK, seed=3)
        wrong = np.flatnonzero(self.network.predict(written.images) != written.labels)
        if len(wrong) < UNUSUAL * len(written):
            return None
        self.seen[held_back] = self.features(held_back)
        figures = {"hand": hand.name, "wrong": self.wrong(held_back, self._untuned())}
        for way, chosen in (("first", np.arange(CORRECTIONS)), ("errors", wrong[:CORRECTIONS])):
            corrections = written.take(chosen)
            tuned = personal.tune(self.network, self.layer, corrections, self.replay, self.validation)
            layer = self._answers(tuned.kernel, tuned.bias)
            neighbours = self._neighbours(corrections)
            figures[way] = {
                "n": len(corrections),
                "personal": self._score(held_back, layer),
                "strength": tuned.strength,
                "neighbours": self._score(held_back, neighbours),
            }
        del self.seen[held_back]
        return figures

    def _score(self, held_back: Dataset, answers: Callable[[Dataset], Any]) -> dict[str, float]:
        forgot = self.wrong(self.test, answers) - self.wrong(self.test, self._untuned())
        return {"wrong": self.wrong(held_back, answers), "mnist_lost": forgot}

    def wrong(self, dataset: Dataset, answers: Callable[[Dataset], Any]) -> float:
        """The share of a Dataset's digits that are not what they are taken for."""
        return float(np.mean(answers(dataset) != dataset.labels))

    def _untuned(self) -> Callable[[Dataset], Any]:
        return self._answers(self.layer.kernel, self.layer.bias)

    def _answers(self, kernel: Any, bias: Any) -> Callable[[Dataset], Any]:
        return lambda dataset: (self.seen[dataset] @ kernel + bias).argmax(axis=1)

    def _neighbours(self, corrections: Dataset) -> Callable[[Dataset], Any]:
        untuned, known = self._untuned(), _directions(self.features(corrections))

        def answers(dataset: Dataset, near: float) -> Any:
            alike = _directions(self.seen[dataset]) @ known.T
            return np.where(alike.max(axis=1) >= near, corrections.labels[alike.argmax(axis=1)], untuned(dataset))

        allowed = self.wrong(self.validation, untuned) + personal.FORGETTING
        for near in np.arange(0.3, 1.0, 0.01):
            if self.wrong(self.validation, lambda dataset, near=near: answers(dataset, near)) <= allowed:
                break
        return lambda dataset: answers(dataset, near)


def _directions(features: Any) -> Any:
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def table(found: list[dict[str, Any]]) -> str:
    """The figures as Markdown: errors on held-back digits, and points of MNIST's test digits that were lost."""
    rows = [
        "| hand | corrections | wrong | personal | MNIST lost | neighbours | MNIST lost |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in found:
        for way in ("first", "errors"):
            cells = [
                f"{100 * one[way][who]['wrong']:.1f} % | {100 * one[way][who]['mnist_lost']:+.2f}"
                for who in ("personal", "neighbours")
            ]
            rows.append(f"| {one['hand']} | {one[way]['n']} {way} | {100 * one['wrong']:.1f} % | {' | '.join(cells)} |")
    for way in ("first", "errors"):
        cells = []
        for who in ("personal", "neighbours"):
            shares = [one[way][who]["wrong"] / one["wrong"] for one in found]
            lost = [one[way][who]["mnist_lost"] for one in found]
            halved = sum(share <= 0.5 for share in shares)
            kept = f"{100 * np.mean(lost):+.3f}, at most {100 * max(lost):+.2f}"
            cells.append(f"× {np.mean(shares):.2f}; halved {halved} of {len(found)} | {kept}")
        rows.append(f"| **mean** | {way} | | {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    """Draw hands, correct them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="reader")
    parser.add_argument("--hands", type=int, default=12, help="unusual hands of strokes to find")
    parser.add_argument("--first", type=int, default=1_000, help="seed of the first hand of strokes that is tried")
    parser.add_argument("--fonts", type=Path, help="what references/fonts.py filled: hands of fonts, too")
    parser.add_argument("--data-dir", type=Path, help="where MNIST's files are")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    personal.LEAVE_ONE_OUT, personal.FOLDS = 0, 2  # judged by held-back digits here
    measured = Measured(options.model, options.data_dir)
    found: list[dict[str, Any]] = []

    def kept(hand: OneHand) -> bool:
        figures = measured.hand(hand)
        if figures:
            found.append(figures)
            print(json.dumps(figures), flush=True)
        return figures is not None

    of_strokes, tried = 0, 0
    while of_strokes < options.hands:
        of_strokes += kept(stroke_hand(options.first + tried))
        tried += 1
    of_fonts = [kept(hand) for hand in font_hands(options.fonts)]
    print(f"\n{of_strokes} of {tried} hands of strokes and {sum(of_fonts)} of {len(of_fonts)} fonts are unusual\n")
    print(table(found))
    if options.json:
        options.json.write_text(json.dumps({"version": digits.__version__, "hands": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
