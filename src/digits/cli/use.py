"""`digits evaluate` and `classify`: what a network is worth, and what it says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, RunsDir, ScoredSplit, app, default_split, split_name
from digits.errors import InputError


@app.command()
def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="Path of a run or bundle, name of a run or of a shipped model, or latest."
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
    from digits.data.sources import load_dataset

    classifier = api.load(model, runs_dir=runs_dir)
    source = data or str(classifier.description["recipe"]["data"]["source"])
    with terminal.download_shown() as show_download:
        dataset = load_dataset(
            source, split_name(split or default_split(source, data_dir)), data_dir=data_dir, on_progress=show_download
        )
    figures = api.evaluate(classifier, dataset, test_time_augmentation=test_time_augmentation).to_json()
    print(json.dumps(figures) if as_json else "\n".join([terminal.describe_evaluation(figures), *_corrected(figures)]))


@app.command()
def classify(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="28×28 pictures, light ink on dark, or folders of them.")
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Path of a run or bundle, name of a run or of a shipped model, or latest [the shipped reader; "
            "latest where it does not ship].",
        ),
    ] = None,
    invert: Annotated[bool, typer.Option("--invert", help="The ink is dark, on a light ground.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Draw each digit in characters.")] = False,
    runs_dir: RunsDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a picture.")] = False,
) -> None:
    """Name the digit in 28×28 pictures.

    A picture that cannot be read is a row with its error; the exit code is 2 if none could be read.
    """
    import numpy as np

    from digits import api
    from digits.reading.picture import find_pictures, read_image

    classifier = api.load(model, runs_dir=runs_dir)
    paths = find_pictures(images)
    drawn, failed = [], 0
    for path in paths:
        row: dict[str, Any] = {"picture": str(path), "digit": None, "confidence": None, "probabilities": None}
        try:
            image = read_image(path, invert=invert)
            probabilities = classifier.predict_proba(image[np.newaxis])[0]
            digit = int(probabilities.argmax())
            confidence = float(probabilities[digit])
            row |= {
                "digit": digit,
                "confidence": confidence,
                "probabilities": probabilities.tolist(),
                "error": None,
            }
            line = f"{path}  {digit}  {terminal.percent(confidence)}"
            drawn.append((image, f"{digit}  {terminal.percent(confidence)}"))
        except InputError as error:
            failed += 1
            row["error"] = str(error)
            line = f"{path}  error: {error}"
        print(json.dumps(row) if as_json else line)
    if show and not as_json:
        print("", terminal.draw_digits(*zip(*drawn, strict=True)), sep="\n")
    if failed == len(paths):
        raise typer.Exit(2)


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
