"""`digits reproduce`: the classic projects trained again, beside what they reported."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digits import terminal
from digits.cli.app import AsJson, DataDir, RunsDir, app
from digits.cli.keras_alone import import_keras_alone
from digits.errors import InputError, Interrupted
from digits.locate import default_runs_dir

if TYPE_CHECKING:
    from digits.data.dataset import Dataset
    from digits.evaluation.reported import ProtocolName
    from digits.evaluation.reproduction import Reproduction, Row, Score
    from digits.training.recipe import Recipe
    from digits.training.run import Epoch, Run

SOURCE = "mnist"
"""What the projects trained on, unless their recipe names another source than the default one."""

SETTINGS: tuple[str, ...] = ()
"""Changed in every recipe; the tests make them small."""


@app.command()
def reproduce(
    seeds: Annotated[int, typer.Option(metavar="N", min=1, help="Networks of each recipe: seeds 0, 1, 2 …")] = 5,
    only: Annotated[
        list[str] | None, typer.Option(metavar="RECIPE", help="This recipe alone (repeatable) [all that rebuild one].")
    ] = None,
    data_dir: DataDir = None,
    runs_dir: RunsDir = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where the table (Markdown and JSON) and the figure go.")
    ] = Path("reproduction"),
    as_json: AsJson = False,
) -> None:
    """Train the networks of the classic projects again, and set our figures beside theirs.

    About a quarter of an hour for five seeds on two cores. Runs that are there are not made again, and one that was
    stopped goes on: repeat the command.

    digits reproduce --only dense-128 --seeds 3
    """
    from digits.evaluation.reproduction import Reproduction

    chosen = _chosen(only)
    where = runs_dir or default_runs_dir()
    rows: list[Row] = []
    display = _Display()
    with display:
        try:
            display.say("starting Keras")
            import_keras_alone()
            rows += _rows(chosen, seeds, data_dir, where, display)
        except Interrupted as stop:
            display.say(f"{stop}; go on with the same command: what is done is not done again")
            raise typer.Exit(1) from None
    words = ["digits", "reproduce", "--seeds", str(seeds), *(word for name in only or () for word in ("--only", name))]
    found = Reproduction(rows=tuple(rows), command=shlex.join(words), machine=_machine(where / rows[0].scores[0].run))
    files = _write(found, out)
    if as_json:
        print(json.dumps({**found.to_json(), "files": [str(file) for file in files]}))
    else:
        print("\n".join([_described(found), "", *map(str, files)]))


class _Display(terminal.TrainingDisplay):
    """Shows which network is trained; the epochs of so many would be too much to read."""

    def epoch(self, epoch: "Epoch") -> None:
        pass

    def stage(self, text: str) -> None:
        pass

    def say(self, text: str) -> None:
        super().stage(text)


def _chosen(only: list[str] | None) -> list[str]:
    from digits.evaluation.reported import REPORTED

    for name in only or ():
        if name not in REPORTED:
            raise InputError(f"there is no reported figure to set {name!r} beside; give one of: {', '.join(REPORTED)}")
    return [name for name in REPORTED if name in only] if only else list(REPORTED)


def _rows(chosen: list[str], seeds: int, data_dir: Path | None, runs_dir: Path, display: _Display) -> "Iterator[Row]":
    from digits import making
    from digits.evaluation.reported import REPORTED
    from digits.evaluation.reproduction import Row

    loaded: dict[str, tuple[Dataset, Dataset]] = {}
    plan = [(name, protocol) for name in chosen for protocol in REPORTED[name].protocols]
    done, total = 0, len(plan) * seeds
    for name, protocol in plan:
        scores: list[Score] = []
        for seed in range(seeds):
            done += 1
            display.say(f"{done}/{total}  {name}, {protocol} protocol, seed {seed}")
            recipe = _recipe(name, protocol, seed)
            source = recipe.data.source
            if source not in loaded:
                with terminal.download_shown() as show_download:
                    dataset, test = making.load_splits(source, data_dir=data_dir, on_progress=show_download)
                assert test is not None  # the sources above have test digits
                loaded[source] = dataset, test
            dataset, test = loaded[source]
            run = making.train_once(recipe, dataset, test=test, runs_dir=runs_dir, watch=display)
            scores.append(_score(run, dataset, test))
        yield Row(recipe=name, protocol=protocol, scores=tuple(scores))


def _recipe(name: str, protocol: "ProtocolName", seed: int) -> "Recipe":
    from digits.evaluation.reported import PROTOCOLS
    from digits.training.recipe import load_recipe
    from digits.training.sections import Data

    recipe = load_recipe(name)
    source = SOURCE if recipe.data.source == Data().source else recipe.data.source
    return recipe.override(
        [f"data.source={json.dumps(source)}", *PROTOCOLS[protocol].settings, *SETTINGS, f"training.seed={seed}"]
    )


def _score(run: "Run", dataset: "Dataset", test: "Dataset") -> "Score":
    from digits.evaluation.reproduction import score
    from digits.reading.networks.classifier import Classifier
    from digits.training import export

    penalty = float(sum(export.load_model(run).losses)) if getattr(run.recipe.network, "l2", 0) else 0.0
    return score(run, Classifier.load(run.bundle), dataset, test, penalty=penalty)


def _machine(run_path: Path) -> str:
    """Where a run was made, in words."""
    from digits.training.run import Run

    made: dict[str, Any] = Run(run_path).environment
    versions = ", ".join(f"{name} {made['versions'][name]}" for name in ("keras", "jax", "numpy", "onnxruntime"))
    return f"{made['cores']} cores ({made['system']}, {made['device']}), Python {made['python']}, {versions}"


def _write(found: "Reproduction", out: Path) -> list[Path]:
    from digits.atomic import whole_file, write_whole
    from digits.evaluation import reproduction_page
    from digits.evaluation.figures import reproducing

    page, table, figure = (out / f"reproduction.{suffix}" for suffix in ("md", "json", "png"))
    write_whole(page, f"# The classic projects, reproduced\n\n{reproduction_page.render(found)}")
    write_whole(table, json.dumps(found.to_json(), indent=1) + "\n")
    with whole_file(figure) as temporary:
        reproducing.reproduction(found).savefig(temporary)
    return [page, table, figure]


def _described(found: "Reproduction") -> str:
    """The table and the sentences below it, as text."""
    from digits.evaluation import reproduction_page

    cells = [
        [row.recipe, row.protocol, row.reported.text, *map(reproduction_page.share, (row.training, row.test))]
        for row in found.rows
    ]
    headings = ["recipe", "protocol", "the project reported", "our training accuracy", "our test accuracy"]
    below = [reproduction_page.more_neurons(found), reproduction_page.explanations(found.rows)]
    return "\n\n".join([terminal.table(headings, cells), *(text for text in below if text)])
