"""`digits evaluate` and `classify`: what a network is worth, and what it says."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, RunsDir, ScoredSplit, app, default_split, split_name
from digits.errors import InputError


@app.command()
def evaluate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Path of a run or bundle, name of a run, or latest.")],
    data: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Digits to score on [those of the training's source].")
    ] = None,
    split: ScoredSplit = None,
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
    figures = api.evaluate(classifier, dataset).to_json()
    print(json.dumps(figures) if as_json else terminal.describe_evaluation(figures))


@app.command()
def classify(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="28×28 pictures, light ink on dark, or folders of them.")
    ],
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="Path of a run or bundle, name of a run, or latest.")
    ] = "latest",
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
