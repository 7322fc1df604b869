"""The verbs that use networks, and compose the rooms for it: load, read, explain, evaluate, compare, stress.

Everything heavy is imported by the function that needs it, so that reading stays light.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digits.errors import InputError, PictureError
from digits.locate import KERAS_NETWORKS, find_bundle, find_own_network

if TYPE_CHECKING:
    from digits.data.dataset import Dataset
    from digits.evaluation.comparison import Comparison
    from digits.evaluation.metrics import Evaluation
    from digits.evaluation.robustness import Robustness
    from digits.evaluation.views import Views
    from digits.explaining.explanation import Explanation
    from digits.reading.networks.classifier import Classifier
    from digits.reading.pictures.picture import Picture, Source
    from digits.reading.reader import Layout, Reader
    from digits.reading.results import Reading


def load(model: str | Path | None = None, *, runs_dir: Path | None = None) -> Classifier:
    """Load a network: the path of a run or a bundle, a run's name (or `latest`), or a shipped bundle's name.

    Without any, what `digits models use` chose, else the shipped `reader`, or the latest run where that does not ship.
    A .onnx or .keras file of your own will do: what it takes and gives is found out, and stands in its
    `description["understood"]`.

    Raises:
        BundleError: there is no such model, its bundle is damaged or foreign, or a network of your own takes or gives
            something that is not understood.
        MissingExtraError: it is a Keras file, and Keras is not installed.
    """
    return _load_from(find_own_network(model) or find_bundle(model, runs_dir))


def _load_from(place: Path) -> Classifier:
    """The network in a bundle's directory, or in a file of somebody's own."""
    from digits.reading.networks.classifier import Classifier

    if place.is_dir():
        return Classifier.load(place)
    from digits.data.sources import load_dataset

    digits = load_dataset("sample", "test")
    if place.suffix.lower() in KERAS_NETWORKS:
        from digits.training.own_keras import load_keras

        return load_keras(place, (digits.images, digits.labels))
    from digits.reading.networks.own_network import load_onnx

    return load_onnx(place, (digits.images, digits.labels))


def read(
    picture: Source,
    *,
    model: str | Path | Classifier | None = None,
    risk: float | None = None,
    layout: Layout = "auto",
    expected: tuple[int, int] | None = None,
    boxes: str | Path | None = None,
    always_answer: bool = False,
    signs: bool = True,
    locale: str | None = None,
    type: str | None = None,
    check: str | None = None,
    runs_dir: Path | None = None,
) -> Reading:
    """Read a picture: `digits.read("photo.jpg").text`. The network is loaded by the first call and kept.

    This is its first page, with a warning if it has more: `read_pages` gives all.

    Args:
        picture: a path (`-` is standard input), a file's contents, a file object, a Pillow image, or an array: uint8,
            bool, uint16 or float (0 to 1, or 0 to 255), (height, width) or (height, width, 1 to 4 channels).
        model: as for `load`, or a loaded one.
        risk: the share of the given answers that may be wrong; the others are `?`. By default the bundle's own.
        layout: what the picture holds: one `digit`, one `line`, a `page` of lines, or a `grid` of printed boxes.
        expected: the least and the greatest count of a number's digits.
        boxes: a JSON file of the boxes that are to be read (`fields.given.load_boxes`), and nothing else.
        always_answer: whether `text` has the best guess, and not `?`, where it is unsure.
        signs: whether signs are read, too (`12.50`, `-5`, `12/08`); else digits alone.
        locale: whose customs settle what `1.480` or `12/08` means, such as `de_CH`; without it they have no value.
        type: the kind of value that every number is expected to have, such as `amount` or `date`.
        check: the check digits that numbers have, such as `luhn` or `ean13`; or `sum`, of columns with a total.
        runs_dir: by default `$DIGITS_RUNS_DIR`, else `./runs`.

    Raises:
        PictureError: the picture cannot be read.
        InputError: there is no such model, locale, type or check, or the model states no threshold for this risk.
        MissingExtraError: a locale or a check is named, and the library that knows it is not installed.
    """
    from digits.reading.pictures.picture import open_pictures

    reader = _reader(
        _classifier(model, runs_dir), boxes,
        risk=risk, layout=layout, expected=expected, always_answer=always_answer, signs=signs,
        locale=locale, type=type, check=check,
    )  # fmt: skip
    pages = open_pictures(picture)
    first = next(pages)
    reading = reader.read_page(first)
    if _goes_on(pages):
        warnings.warn(f"{first.name} has more pages than this one; digits.read_pages reads all", stacklevel=2)
    return reading


def read_pages(
    picture: Source,
    *,
    model: str | Path | Classifier | None = None,
    risk: float | None = None,
    layout: Layout = "auto",
    expected: tuple[int, int] | None = None,
    boxes: str | Path | None = None,
    always_answer: bool = False,
    signs: bool = True,
    locale: str | None = None,
    type: str | None = None,
    check: str | None = None,
    runs_dir: Path | None = None,
) -> Iterator[Reading]:
    """Read all pages of a picture, each when it is asked for: `for reading in digits.read_pages("scan.pdf"): ...`.

    Arguments and errors are those of `read`; a page that cannot be read raises when it is asked for, which
    `digits.Reader.read` turns into the `error` of its Reading.
    """
    from digits.reading.pictures.picture import open_pictures

    reader = _reader(
        _classifier(model, runs_dir), boxes,
        risk=risk, layout=layout, expected=expected, always_answer=always_answer, signs=signs,
        locale=locale, type=type, check=check,
    )  # fmt: skip
    return map(reader.read_page, open_pictures(picture))


def explain(
    picture: Source,
    *,
    model: str | Path | Classifier | None = None,
    label: int | str | None = None,
    page: int = 0,
    line: int | None = None,
    field: int | None = None,
    layout: Layout = "auto",
    expected: tuple[int, int] | None = None,
    boxes: str | Path | None = None,
    risk: float | None = None,
    signs: bool = True,
    locale: str | None = None,
    type: str | None = None,
    check: str | None = None,
    runs_dir: Path | None = None,
) -> Explanation:
    """Say why a picture is read as it is: `for sentence in digits.explain("mine.png", label=7).words: print(sentence)`.

    `digits.evaluation.figures.explaining.explanation` draws what it gives.

    Args:
        picture: as for `read`.
        model: as for `load`, or a loaded one.
        label: what it should have been read as: a digit, or a number with its signs; as text, if it begins with 0.
        page: of a TIFF or PDF, counted from 0.
        line: explain the numbers of this line alone, counted from 0.
        field: explain this field of a form, counted from 0.
        layout: as for `read`.
        expected: the least and the greatest count of a number's digits; None if it is not known.
        boxes: as for `read`.
        risk: as for `read`.
        signs: as for `read`.
        locale: as for `read`.
        type: as for `read`.
        check: as for `read`.
        runs_dir: by default `$DIGITS_RUNS_DIR`, else `./runs`.

    Raises:
        PictureError: the picture cannot be read, or has no such page.
        InputError: there is no such model, locale, type or check, the model states no threshold for this risk, the
            label is no number, or there is no such line or field.
        MissingExtraError: as for `read`.
    """
    from digits.data.sources import load_dataset
    from digits.explaining import explain as explaining
    from digits.reading.pictures.picture import open_pictures

    reader = _reader(
        _classifier(model, runs_dir), boxes,
        risk=risk, layout=layout, expected=expected, signs=signs, locale=locale, type=type, check=check,
    )  # fmt: skip
    pages = 0
    for found in open_pictures(picture):
        if found.page == page:
            digits = load_dataset("sample", "all")
            sample = digits.images, digits.labels
            return explaining.explain(reader, found, sample=sample, label=label, line=line, field=field)
        pages += 1
    raise PictureError(f"{found.name} has {pages} page{'' if pages == 1 else 's'}; there is no page {page + 1}")


def _reader(classifier: Classifier, boxes: str | Path | None, **options: Any) -> Reader:  # noqa: ANN401  (the Reader's own)
    """A Reader with these options of its own, and the boxes of a file."""
    from digits.reading.fields.given import load_boxes
    from digits.reading.reader import Reader

    return Reader(classifier, boxes=load_boxes(Path(boxes)) if boxes is not None else None, **options)


def _goes_on(pages: Iterator[Picture]) -> bool:
    """Whether another page follows, even if it cannot be read."""
    try:
        return next(pages, None) is not None
    except PictureError:
        return True


def _classifier(model: str | Path | Classifier | None, runs_dir: Path | None) -> Classifier:
    """A loaded network, or the one of this name, which is kept."""
    if model is not None and not isinstance(model, str | Path):
        return model
    place = (find_own_network(model) or find_bundle(model, runs_dir)).resolve()
    written = place / "bundle.json" if place.is_dir() else place
    return _loaded(place, written.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _loaded(place: Path, written: int) -> Classifier:  # a bundle that is exported anew is loaded anew
    return _load_from(place)


def evaluate(
    model: str | Path | Classifier,
    dataset: Dataset,
    *,
    test_time_augmentation: Views | None = None,
    runs_dir: Path | None = None,
) -> Evaluation:
    """Score a network, given as for `load` or loaded, on a Dataset.

    With `test_time_augmentation="shifts"` an answer is the mean over nine views of a digit, and the Evaluation says so.

    Raises:
        InputError: there is no such model, or the Dataset must not be used to score it.
    """
    from digits.evaluation import metrics

    classifier = load(model, runs_dir=runs_dir) if isinstance(model, str | Path) else model
    return metrics.evaluate(classifier, dataset, test_time_augmentation)


def compare(models: Sequence[str | Path | Classifier], dataset: Dataset, *, runs_dir: Path | None = None) -> Comparison:
    """Ask of two networks or more, each given as for `load` or loaded, whether they differ on a Dataset.

    Runs that differ in their seed only count as one group; every group is compared with the first.

    Raises:
        InputError: there are fewer than two, one comes twice, there is no such model, or the Dataset must not be used
            to score it.
    """
    from digits.evaluation import answers
    from digits.evaluation import compare as comparing

    classifiers = [load(model, runs_dir=runs_dir) if isinstance(model, str | Path) else model for model in models]
    for classifier in classifiers:
        _require_recipe(classifier, "comparing")
    return comparing.compare(answers.ask(classifiers, dataset))


def stress(
    model: str | Path | Classifier,
    dataset: Dataset,
    *,
    seed: int = 0,
    attack: bool | None = None,
    runs_dir: Path | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> Robustness:
    """Say how sturdy a network, given as for `load` or loaded, is: corrupted, changed and attacked digits, and none.

    Args:
        model: the network.
        dataset: the digits.
        seed: of all that is random; the same seed gives the same figures.
        attack: True asks for attacks, which need a run's Keras model; None makes them where they can be had.
        runs_dir: by default `$DIGITS_RUNS_DIR`, else `./runs`.
        on_progress: told what was done, and how many of how many things are done.

    Raises:
        InputError: there is no such model, it cannot be attacked, or the Dataset must not be used to score it.
    """
    from digits.evaluation import robustness

    classifier = load(model, runs_dir=runs_dir) if isinstance(model, str | Path) else model
    _require_recipe(classifier, "stressing")
    run, attack_note = robustness.run_to_attack(classifier, attack)
    attacker = None
    if run:
        from digits.training import export
        from digits.training.attack import Attacker

        attacker = Attacker(export.load_model(run))
    return robustness.stress(
        classifier, dataset, seed=seed, attacker=attacker, attack_note=attack_note, on_progress=on_progress
    )


def _require_recipe(classifier: Classifier, what: str) -> None:
    """Refuse a network of which nobody knows how it was trained.

    Raises:
        InputError: it has no recipe.
    """
    if "recipe" not in classifier.description:
        raise InputError(
            f"{classifier.name} does not say how it was trained, which {what} asks: give a run, or the bundle of one; "
            "digits evaluate takes any network"
        )
