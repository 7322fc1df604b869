"""`digits evaluate` and `classify`: what a network is worth, and what it says."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from digits import terminal
from digits.cli.app import (
    AsJson,
    DataDir,
    RunsDir,
    ScoredSplit,
    app,
    default_split,
    load_digits,
    load_network,
    own_source,
)
from digits.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from digits.reading.networks.classifier import Classifier


@app.command()
def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="Path of a run or bundle, name of a run or of a shipped model, latest, or a network of your own "
            "(.onnx, .keras).",
        ),
    ],
    data: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Digits to score on [those of the training's source].")
    ] = None,
    split: ScoredSplit = None,
    test_time_augmentation: Annotated[
        Literal["shifts"] | None,
        typer.Option(help="Take the mean of the answers to several views of each digit: moved by up to a pixel."),
    ] = None,
    data_dir: DataDir = None,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Score a network on labelled digits: accuracy with its interval, loss, each digit, confusions."""
    from digits import api

    classifier = load_network(model, runs_dir)
    source = data or own_source(classifier.description)
    dataset = load_digits(source, split or default_split(source, data_dir), data_dir)
    figures = api.evaluate(classifier, dataset, test_time_augmentation=test_time_augmentation).to_json()
    print(json.dumps(figures) if as_json else "\n".join([terminal.describe_evaluation(figures), *_corrected(figures)]))


@app.command()
def classify(
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE...",
            help="28×28 pictures, light ink on dark, folders of them, or files of many (.csv, .npy, .npz, IDX …).",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Path of a run or bundle, name of a run or of a shipped model, latest, or a network of your own "
            "(.onnx, .keras) [what digits models use chose, else the shipped reader].",
        ),
    ] = None,
    invert: Annotated[
        bool, typer.Option("--invert", help="The ink of the pictures is dark, on a light ground.")
    ] = False,
    show: Annotated[bool, typer.Option("--show", help="Draw each digit in characters.")] = False,
    submission: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write Kaggle's CSV instead of printing: ImageId from 1, Label."),
    ] = None,
    runs_dir: RunsDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a picture.")] = False,
) -> None:
    """Name the digit in 28×28 pictures.

    A picture that cannot be read is a row with its error; the exit code is 2 if none could be read.

    digits classify test.csv --submission submission.csv
    """
    classifier = load_network(model, runs_dir)
    drawn: list[tuple[Any, str]] = []
    rows: list[dict[str, Any]] = []
    for name, image in _images_in(images, invert=invert):
        row, line = _classified(classifier, name, image)
        rows.append(row)
        if row["error"] is None:
            drawn.append((image, f"{row['digit']}  {terminal.percent(row['confidence'])}"))
        if submission is None or row["error"]:
            print(json.dumps(row) if as_json else line)
    if submission is not None:
        _write_submission(rows, submission)
        print(submission)
    if show and drawn and not as_json:
        print("", terminal.draw_digits(*zip(*drawn, strict=True)), sep="\n")
    if not drawn:
        raise typer.Exit(2)


def _classified(
    classifier: "Classifier", name: str, image: "npt.NDArray[np.uint8] | InputError"
) -> tuple[dict[str, Any], str]:
    """What the network says to an image, as a JSON object and as a line; or why there is none."""
    row: dict[str, Any] = {"picture": name, "digit": None, "confidence": None, "probabilities": None, "error": None}
    if isinstance(image, InputError):
        return row | {"error": str(image)}, f"{name}  error: {image}"
    probabilities = classifier.predict_proba(image[None])[0]
    digit = int(probabilities.argmax())
    confidence = float(probabilities[digit])
    row |= {"digit": digit, "confidence": confidence, "probabilities": probabilities.tolist()}
    return row, f"{name}  {digit}  {terminal.percent(confidence)}"


def _images_in(paths: list[Path], *, invert: bool) -> "Iterator[tuple[str, npt.NDArray[np.uint8] | InputError]]":
    """The images in pictures, in folders of them, and in files of many; or why a picture gives none."""
    from digits.data.appearance import has_dark_ink
    from digits.data.layouts import holds_many
    from digits.reading.pictures.picture import find_pictures, read_image

    many = [path for path in paths if path.is_file() and holds_many(path)]
    if many and invert:
        raise InputError(f"--invert is for pictures; in {many[0]} it is found out which side is ink: leave it out")
    files = [file for path in paths for file in ([path] if path in many else find_pictures([path]))]
    read = dark = 0
    for file in files:
        try:
            if file in many:
                yield from _images_of(file)
                continue
            image = read_image(file, invert=invert)
        except InputError as error:
            yield str(file), error
            continue
        read += 1
        dark += bool(has_dark_ink(image[None])[0])
        yield str(file), image
    if dark:
        way_out = "leave out --invert" if invert else "give --invert"
        terminal.say(
            f"in {dark:,} of {read:,} pictures the ink looks dark on a light ground; "
            f"light ink on a dark one is expected: {way_out}"
        )


def _images_of(path: Path) -> "Iterator[tuple[str, npt.NDArray[np.uint8]]]":
    """The images in a file of many; what was put right is said."""
    from digits.data.sources import load_images

    notes: list[str] = []
    images = load_images(path, notes.append)
    for note in notes:
        terminal.say(f"{path}: {note}")
    yield from ((f"{path}[{number}]", image) for number, image in enumerate(images))


def _write_submission(rows: list[dict[str, Any]], file: Path) -> None:
    """Write what Kaggle's digit-recognizer takes; every image needs an answer."""
    import numpy as np

    from digits.data.kaggle_files import write_submission

    wrong = next((row for row in rows if row["error"]), None)
    if wrong:
        raise InputError(f"{wrong['error']}; a submission needs an answer for every image, and was not written")
    write_submission(np.array([row["digit"] for row in rows], np.uint8), file)


def _corrected(figures: Mapping[str, Any]) -> list[str]:
    """The score against human-corrected labels, as lines below the plain one; none where there are no such labels."""
    corrected = figures["corrected"]
    if not corrected:
        return []
    return [
        "",
        f"With human-corrected labels: {terminal.accuracy_with_interval(corrected)}",
        f"({corrected['corrected_labels']} labels on which people agreed otherwise are replaced, "
        f"{corrected['left_out']} undecidable digits left out: Northcutt et al. 2021)",
    ]
