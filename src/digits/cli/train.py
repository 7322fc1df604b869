"""`digits train`, `runs`, `export` and `report`: from digits to a bundle."""

import json
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, RunsDir, app, load_corrections, load_digits, say_notes
from digits.cli.keras_alone import import_keras_alone
from digits.errors import InputError, Interrupted
from digits.locate import default_runs_dir, find_own_network, find_run

if TYPE_CHECKING:
    from digits.training.run import Run


RECIPE = "dense-128-64"
"""What is trained where no recipe is named."""


@app.command()
def train(
    recipe: Annotated[
        str, typer.Argument(metavar="[RECIPE]", help="A recipe that ships (see: digits recipes), or a TOML file.")
    ] = ("dense-128-64"),
    data: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE", help="Where the digits come from: a name (see: digits data), or a path [the recipe's]."
        ),
    ] = None,
    data_dir: DataDir = None,
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="Instead of the recipe's.")] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Train with seeds 0, 1, 2 …, this many, and give mean ± sd.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Change a field of the recipe: training.epochs=5 (repeatable)."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run's directory [a new one under --runs-dir].")
    ] = None,
    runs_dir: RunsDir = None,
    resume: Annotated[str | None, typer.Option(metavar="RUN", help="Go on with a run that was stopped.")] = None,
    known: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="Fine-tune this network on the corrected digits of --with."),
    ] = None,
    corrected: Annotated[
        str | None,
        typer.Option(
            "--with",
            metavar="CORRECTIONS",
            help="Corrected digits: corrections (your own store), a store's file or URL, or any source of digits.",
        ),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Keep what --from gives even if it is no better, or forgets too much.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a network, export it as a bundle, and evaluate it; or fine-tune one on a handful of corrected digits.

    digits train dense-128-64 --data mnist --set training.epochs=5

    digits train --from reader --with corrections --out my-hand
    """
    from digits import making

    if known is not None or corrected is not None or anyway:
        others = [seed, seeds, settings, resume]
        if known is None or corrected is None or any(other is not None for other in others) or recipe != RECIPE:
            raise InputError(
                "fine-tuning takes --from MODEL and --with CORRECTIONS, and beside both --data, --out, --anyway: "
                "digits train --from reader --with corrections"
            )
        _personalise(known, corrected, data, data_dir, out, runs_dir, anyway=anyway, as_json=as_json)
        return

    if resume is not None:
        if settings or any(option is not None for option in (data, seed, seeds, out)):
            raise InputError("--resume goes on with a run as it was started: give no --data, --seed, --set or --out")
        with _training_shown(f"going on with {resume}") as display:
            run = making.resume(resume, runs_dir=runs_dir, data_dir=data_dir, watch=display)
        _print_runs([run], as_json)
        return
    if seeds is not None and (seed is not None or out is not None):
        raise InputError("--seeds makes several runs with seeds and directories of their own: give no --seed or --out")

    from digits.training.recipe import load_recipe

    changes = [*(settings or []), *([f"data.source={json.dumps(data)}"] if data else [])]
    chosen = load_recipe(recipe).override(changes)
    with ThreadPoolExecutor(1) as beside, terminal.download_shown() as show_download:
        keras = beside.submit(import_keras_alone)  # takes a second, in which the digits are unzipped and hashed
        dataset, test = making.load_splits(chosen.data.source, data_dir=data_dir, on_progress=show_download)
        dataset.hash  # noqa: B018  (the Dataset keeps it: the run asks for it as it starts)
    for part in filter(None, (dataset, test)):
        say_notes(part)
    making.refuse_one_class(dataset)
    keras.result()
    runs = []
    for number in range(seeds) if seeds else [seed]:
        with _training_shown(f"training {chosen.name} on {len(dataset):,} digits of {dataset.name}") as display:
            run = making.train(chosen, dataset, test=test, seed=number, out=out, runs_dir=runs_dir, watch=display)
        runs.append(run)
    _print_runs(runs, as_json)


def _personalise(
    known: str, corrected: str, data: str | None, data_dir: Path | None, out: Path | None, runs_dir: Path | None,
    *, anyway: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fine-tune a network on corrected digits, and say what it is worth."""
    from digits import making

    corrections = load_corrections(corrected, data_dir)
    replayed = load_digits(data, "train", data_dir) if data else None
    with terminal.TrainingDisplay() as display:
        place, tuned = making.personalise(
            known, corrections, dataset=replayed, out=out, anyway=anyway, runs_dir=runs_dir, data_dir=data_dir,
            watch=display,
        )  # fmt: skip
    before, after, m = int(tuned.wrong_before.sum()), int(tuned.wrong_after.sum()), len(tuned.wrong_before)
    n = len(tuned.validation_after)
    if as_json:
        figures = {
            "bundle": str(place), "from": known, "corrections": m, "wrong_before": before, "wrong_after": after,
            "judged": tuned.judged, "validation": n, "right_before": tuned.kept_before, "right_after": tuned.kept_after,
            "faults": list(tuned.faults),
        }  # fmt: skip
        print(json.dumps(figures))
        return
    print(f"{'corrections':<12} {before:,} of {m:,} wrong before, {after:,} after ({tuned.judged})")
    right = [terminal.percent(kept / n) for kept in (tuned.kept_before, tuned.kept_after)]
    print(f"{'validation':<12} {right[0]} right before, {right[1]} after ({n:,} digits)")
    print(f"{'bundle':<12} {place}")
    for fault in tuned.faults:
        terminal.say(f"kept, as you asked, though it is no better: {fault}")
    terminal.say(f"make it the one that reads by default with: digits models use {place}")


@app.command()
def export(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="Path or name of a run, latest, or a Keras file of your own (.keras).")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The bundle's directory [the run's own bundle/].")
    ] = None,
    opset: Annotated[
        int | None, typer.Option(metavar="N", help="Version of ONNX's operators, for older runtimes [the newest, 23].")
    ] = None,
    runs_dir: RunsDir = None,
) -> None:
    """Make a run's bundle: model.onnx, bundle.json and a model card, proven equal to the Keras model.

    digits export my.keras --out my-bundle
    """
    from digits import making

    found = run if find_own_network(run) else find_run(run, runs_dir)
    import_keras_alone()
    print(making.export(found, out, opset=opset))


@app.command()
def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Path or name of a run, or latest.")],
    runs_dir: RunsDir = None,
) -> None:
    """Write a run's report: one page to show, with all figures; training does so by itself."""
    from digits import making

    print(making.report(run, runs_dir=runs_dir))


@app.command()
def runs(runs_dir: RunsDir = None, as_json: AsJson = False) -> None:
    """List the runs, oldest first."""
    from digits.training.run import list_runs

    where = runs_dir or default_runs_dir()
    rows = [_summary(run) for run in list_runs(where)]
    if as_json:
        print(json.dumps({"runs_dir": str(where), "runs": rows}))
    elif not rows:
        terminal.say(f"There is no run under {where} yet; make one with: digits train")
    else:
        print(
            terminal.table(
                ["run", "recipe", "digits", "epochs", "validation", "test"],
                [
                    [
                        row["name"],
                        row["recipe"],
                        row["data"],
                        f"{row['epochs_done']}/{row['epochs']}" + ("" if row["complete"] else " (unfinished)"),
                        *(
                            terminal.accuracy_with_interval(row["metrics"][split]) if split in row["metrics"] else "–"
                            for split in ("validation", "test")
                        ),
                    ]
                    for row in rows
                ],
            )
        )


@contextmanager
def _training_shown(what: str) -> Iterator[terminal.TrainingDisplay]:
    """Show a training of `what`. Ctrl-C ends it cleanly, and says how to go on."""
    with terminal.TrainingDisplay() as display:
        try:
            display.stage(f"{what}; starting Keras")
            import_keras_alone()
            yield display
        except Interrupted as stop:
            display.stage(f"{stop}; go on with: digits train --resume {stop.run}")
            raise typer.Exit(1) from None


def _summary(run: "Run") -> dict[str, Any]:
    """What there is to say of a run, as a JSON object."""
    return {
        "name": run.name,
        "path": str(run.path),
        "recipe": run.recipe.name,
        "data": run.environment["dataset"]["name"],
        "seed": run.recipe.training.seed,
        "epochs": run.recipe.training.epochs,
        "epochs_done": len(run.history),
        "complete": run.complete,
        "bundle": str(run.bundle) if run.bundle.is_dir() else None,
        "metrics": run.metrics if run.complete else {},
    }


def _print_runs(runs: "list[Run]", as_json: bool) -> None:
    rows = [_summary(run) for run in runs]
    split = "test" if all("test" in row["metrics"] for row in rows) else "validation"
    accuracies = [row["metrics"][split]["accuracy"] for row in rows if split in row["metrics"]]
    spread = {"split": split, "seeds": len(accuracies), "mean": None, "sd": None}
    if accuracies:
        spread["mean"] = statistics.fmean(accuracies)
        spread["sd"] = statistics.stdev(accuracies) if len(accuracies) > 1 else None
    if as_json:
        print(json.dumps(rows[0] if len(rows) == 1 else {"runs": rows, "accuracy": spread}))
        return
    for row in rows:
        for name, figures in row["metrics"].items():
            print(f"{name + ' accuracy':<20} {terminal.accuracy_with_interval(figures)}")
        print(f"{'run':<20} {row['path']}\n{'bundle':<20} {row['bundle']}\n{'report':<20} {row['path']}/report.html")
    if len(accuracies) > 1:
        mean, deviation = 100 * statistics.fmean(accuracies), 100 * statistics.stdev(accuracies)
        print(f"{len(accuracies)} seeds, {split} accuracy: {mean:.2f} ± {deviation:.2f} % (mean ± sd)")
