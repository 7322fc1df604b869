"""`digits stress`: how sturdy is a network? Corruptions, sweeps, images without a digit, attacks."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.atomic import write_whole
from digits.cli.app import AsJson, DataDir, RunsDir, ScoredSplit, app, default_split, load_digits, own_source
from digits.cli.keras_alone import import_keras_alone
from digits.errors import InputError

if TYPE_CHECKING:
    from digits.evaluation.robustness import Robustness, SweepScores


@app.command()
def stress(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Path of a run or bundle, name of a run, or latest.")],
    data: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Digits to score on [those of the training's source].")
    ] = None,
    split: ScoredSplit = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of all that is random.")] = 0,
    attack: Annotated[
        bool | None, typer.Option("--attack/--no-attack", help="Attack the network, too [if MODEL is a run].")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also write the card into it: stress.html and stress.json.")
    ] = None,
    data_dir: DataDir = None,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Say how sturdy a network is: corrupted digits, changes turned up step by step, images without a digit, attacks.

    digits stress latest --data mnist --out card
    """
    if out and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file; name a directory for the card")
    from digits import api
    from digits.evaluation import robustness

    classifier = api.load(model, runs_dir=runs_dir)
    run, _ = robustness.run_to_attack(classifier, attack)  # refused before any digits are fetched
    source = data or own_source(classifier.description)
    dataset = load_digits(source, split or default_split(source, data_dir), data_dir)
    if run:
        import_keras_alone()
    with _progress_shown() as show:
        found = api.stress(classifier, dataset, seed=seed, attack=attack, on_progress=show)
    figures = found.to_json()
    if out:
        words = ["digits", "stress", model, "--data", source, "--split", dataset.split, "--seed", str(seed)]
        words += [] if attack is None else ["--attack" if attack else "--no-attack"]
        figures |= {"page": str(out / "stress.html")}
        _write_card(found, out, shlex.join(words), dataset.hash)
    print(json.dumps(figures) if as_json else _describe(found, out))


def _write_card(found: "Robustness", out: Path, command: str, digits_hash: str) -> None:
    import digits
    from digits.evaluation import robustness_page

    made = {
        "command": command,
        "hash of the digits": digits_hash,
        "version": f"handwritten-digits {digits.__version__}",
    }
    write_whole(out / "stress.html", robustness_page.render(found, made=made))
    write_whole(out / "stress.json", json.dumps({**found.to_json(), "made": made}, indent=1) + "\n")


def _describe(found: "Robustness", out: Path | None) -> str:
    """The card as lines of text."""
    seen = {True: ", seen in training", False: "", None: ", unknown whether seen in training"}[found.seen_in_training]
    parts = [
        f"model   {found.model}\ndigits  {found.data}, {found.split}, n = {found.n:,}{seen}",
        _describe_corruptions(found),
        *(_describe_sweep(sweep) for sweep in found.sweeps),
        _describe_foreign(found),
        _describe_attacks(found),
        *([f"card    {out / 'stress.html'}"] if out else []),
    ]
    return "\n\n".join(parts)


def _describe_corruptions(found: "Robustness") -> str:
    rows = [["clean", *_cells(found.clean.accuracy, found.clean.interval), ""]]
    for score in found.corruptions:
        resembles = (", ".join(score.resembles) or "none") + (" (in use)" if score.like_training else "")
        rows.append([score.name.replace("_", " "), *_cells(score.accuracy, score.interval), resembles])
    rows.append(["mean of the fifteen", *_cells(found.mean, found.mean_interval), ""])
    unlike = sum(not score.like_training for score in found.corruptions)
    if (
        unlike < len(found.corruptions)
        and found.mean_unlike_training is not None
        and found.mean_unlike_training_interval is not None
    ):
        cells = _cells(found.mean_unlike_training, found.mean_unlike_training_interval)
        rows.append([f"mean of the {unlike} unlike training", *cells, ""])
    return terminal.table(["corruption", "accuracy", "95 % interval", "resembles the augmentation"], rows)


def _describe_sweep(sweep: "SweepScores") -> str:
    table = terminal.table(
        [sweep.unit, *(f"{score.strength:g}" for score in sweep.scores)],
        [["accuracy in %", *(f"{100 * score.accuracy:.1f}" for score in sweep.scores)]],
    )
    widest = max((score.interval[1] - score.interval[0]) / 2 for score in sweep.scores)
    return f"{sweep.name}, n = {sweep.scores[0].n:,}, 95 % intervals up to ± {100 * widest:.1f}\n{table}"


def _describe_foreign(found: "Robustness") -> str:
    rows = [
        [
            answers.name,
            f"{answers.n:,}",
            terminal.percent(answers.mean_confidence),
            terminal.percent(answers.maximum_confidence),
            str(answers.answers.index(max(answers.answers))),
        ]
        for answers in found.foreign
    ]
    return terminal.table(["image without a digit", "n", "mean confidence", "highest", "most frequent answer"], rows)


def _describe_attacks(found: "Robustness") -> str:
    if not found.attacks:
        return f"attacks: none ({found.attack_note})"
    rows = [
        [score.method, f"{score.epsilon:g}", f"{score.n:,}", *_cells(score.accuracy, score.interval)]
        for score in found.attacks
    ]
    return terminal.table(["attack", "ε", "n", "accuracy", "95 % interval"], rows)


def _cells(accuracy: float, interval: tuple[float, float]) -> list[str]:
    return [terminal.percent(accuracy), f"{100 * interval[0]:.2f} to {100 * interval[1]:.2f} %"]


@contextmanager
def _progress_shown() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function (what, done, of) that shows how far it is: a live line on a terminal, a line each elsewhere."""
    live = sys.stderr.isatty()

    def show(what: str, done: int, stages: int) -> None:
        text = f"{done}/{stages}  {what.replace('_', ' ')}"
        if live:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
        else:
            terminal.say(text)

    try:
        yield show
    finally:
        if live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
