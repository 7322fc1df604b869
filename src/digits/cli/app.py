"""The Typer application, and the options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digits import terminal
from digits.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digits.data.dataset import Dataset
    from digits.reading.networks.classifier import Classifier
    from digits.serving.store import Store

HELP = "Handwritten digits: train the classic networks and better ones, measure them honestly, use them anywhere."

STORE_URLS = ("sqlite:", "postgresql:", "postgres:")
"""How the URL of a store of corrections begins."""

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
        "--data-dir",
        metavar="DIR",
        envvar="DIGITS_DATA_DIR",
        help="Directory that has a named source's files already.",
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


def load_digits(source: str, split: str, data_dir: Path | None) -> "Dataset":
    """The digits of a source, its download shown; what was found out about its files and put right is said."""
    from digits.intake import take_in

    with terminal.download_shown() as show_download:
        dataset = take_in(source, split_name(split), data_dir=data_dir, on_progress=show_download)
    say_notes(dataset)
    return dataset


def open_store(location: str | None = None) -> "Store":
    """The store of corrections at a file or a database's URL; by default the user's own."""
    from digits.locate import default_store

    try:
        from digits.serving.store import Store
    except ImportError as error:
        raise MissingExtraError(
            f"the store of corrections needs SQLAlchemy ({error}): pip install 'handwritten-digits[serve]'"
        ) from error
    return Store(location or default_store())


def load_corrections(source: str, data_dir: Path | None) -> "Dataset":
    """Corrected digits: `corrections` is the user's own store; else a store's file or URL, or any source of digits."""
    is_store = source.startswith(STORE_URLS) or source.endswith(".sqlite")
    if not is_store and source != "corrections":
        return load_digits(source, "train", data_dir)
    with open_store(source if is_store else None) as store:
        return store.dataset()


def load_network(model: str | None, runs_dir: Path | None) -> "Classifier":
    """The network that MODEL names; of one of the user's own, or of one that knows no digits, it is said what it is."""
    from digits import api
    from digits.data.sources import SOURCES
    from digits.locate import KERAS_NETWORKS, find_own_network

    own = find_own_network(model)
    if own and own.suffix.lower() in KERAS_NETWORKS:
        from digits.cli.keras_alone import import_keras_alone

        import_keras_alone()
    classifier = api.load(model, runs_dir=runs_dir)
    if own:
        terminal.say(f"{own} {classifier.description['understood']}")
    trained_on = classifier.description["training_digits"]["name"]
    if trained_on in SOURCES and SOURCES[trained_on].note:
        terminal.say(f"{classifier.description['name']} was trained on {trained_on}: {SOURCES[trained_on].note}")
    return classifier


def say_notes(dataset: "Dataset") -> None:
    """Say what was found out about a Dataset's files and put right."""
    for note in dataset.notes:
        terminal.say(f"{dataset.name}, {dataset.split}: {note}")


def own_source(description: "Mapping[str, Any]") -> str:
    """Where the training digits of a network came from, by its description."""
    if "recipe" not in description:
        raise InputError(
            f"{description['name']} does not say what it was trained on: name digits to score it on, --data"
        )
    return str(description["recipe"]["data"]["source"])
