"""The Typer application, and the options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from digits.errors import InputError

HELP = "Handwritten digits: train the classic networks and better ones, measure them honestly, use them anywhere."

# Plain help: the boxes that Rich draws would nearly double the start.
app = typer.Typer(
    help=HELP,
    epilog="Exit codes: 0 done, 1 the work failed, 2 bad input. DIGITS_DEBUG=1 shows tracebacks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", envvar="DIGITS_DATA_DIR", help="Directory that has MNIST's files already."
    ),
]
RunsDir = Annotated[
    Path | None,
    typer.Option(
        "--runs-dir", metavar="DIR", envvar="DIGITS_RUNS_DIR", help="Where runs are made and looked for [./runs]."
    ),
]
ScoredSplit = Annotated[
    str | None,
    typer.Option("--split", metavar="SPLIT", help="test, train or all [test, or train where there is no other]."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        import digits

        print(digits.__version__)
        raise typer.Exit


def default_split(source: str, data_dir: Path | None) -> str:
    """`test`, or `train` where the source has no test digits."""
    from digits.data.sources import available_splits

    return "test" if "test" in available_splits(source, data_dir=data_dir) else "train"


def split_name(name: str) -> Any:  # noqa: ANN401  (one of the literals)
    """The name of a split, if it is one that `load_dataset` knows."""
    if name not in ("train", "test", "all"):
        raise InputError(f"there is no split {name!r}; give --split train, test or all")
    return name
