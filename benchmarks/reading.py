"""How well we read pictures of digits, lines and pages, beside the usual demo, Tesseract and RapidOCR.

    python benchmarks/reading.py FOLDER [FOLDER ...]     folders with labels.csv: a table for digits, lines and pages
    python benchmarks/reading.py --mnist-form            MNIST's test digits, saved as pictures
    python benchmarks/reading.py --optdigits             8×8 digits by other hands, which scikit-learn ships
    python benchmarks/reading.py FOLDER --only ours --failures sheets
    python benchmarks/reading.py --values --only ours    what numbers mean: values given, right, silently wrong
    python benchmarks/reading.py --set development no-digits --only ours --json after.json

`labels.csv` has the columns `file` and `label`, and perhaps `source` (`labelled_pictures.py`); its labels say whether a
folder is one of single digits, of lines or of pages (rows joined by `/`). Folders of one kind share a table; those
without any digit join the first. The contenders, and what each does with a picture, stand in `ways_to_read.py` and
`ways_to_read_numbers.py`.

With `--set` the development pictures beside the project (`labelled_documents.py`) and synthetic ones
(`synthetic_sets.py`) are read as a user reads them, in layout `auto`: amounts, documents, faults, lines, single digits,
crops, things that are no digits (`reading_documents.py`; what is counted stands in `document_figures.py`).
With `--values` it is counted what numbers *mean*: amounts, documents and synthetic pages with their signs, and how many
values are given freely that are wrong by a sign (`value_figures.py`).
`compare_readings.py` puts two files that `--json` wrote side by side.

*Forced*: the best guess, right or wrong; no guess is wrong. Micro over all digits, macro as the mean over the sources.
*Free*: coverage is the share of digits that are named without being asked twice; and how many of those names are right.
*Exactly right*: all digits of a line, or of a row of a page, without spaces (`reading_numbers.py`). *Character error
rate*: characters to be changed, added or taken away, of those of the labels. A number is named freely if all its digits
are.
*Refused*: of what is no digit, the share that is not named freely. Without I, which is a 1. Because anybody refuses
much who names little, the share is also stated for each reader's certainty that it is a digit, cut where 99 % of these
very digits are kept.
*Seconds* of the processor: from file to answer, one core, networks loaded; of Tesseract one pass of four, with its
start. The ways take turns, 200 pictures each, and a ratio is taken within a turn.

Every share stands with its n and its 95 % Wilson interval, a character error rate with that of a bootstrap. Tesseract
is left out, and a line says so, where it is not installed, and RapidOCR where its environment cannot be made.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

import failure_sheets
import harness
import labelled_pictures
import number_sheets
import reading_documents
import reading_numbers
import synthetic_sets
import ways_to_read
import ways_to_read_numbers
from digits.atomic import write_whole
from digits.errors import DigitsError
from harness import Ratio, refuse, say
from labelled_documents import PARTS, PICTURES
from labelled_pictures import DIGITS, PAGES, Labelled
from measured import Share, read_in_turns
from ways_to_read import OURS, WAYS, Answer, Way
from ways_to_read_documents import DOCUMENT_WAYS
from ways_to_read_numbers import NUMBER_WAYS

WayT = TypeVar("WayT")

EVERY_WAY = tuple(dict.fromkeys((*WAYS, *NUMBER_WAYS, *DOCUMENT_WAYS)))

KEPT = 0.99
"""The share of the digits that is kept where non-digits are refused by certainty."""


@dataclass(frozen=True)
class Figures:
    """What a way to read is worth on some pictures.

    Attributes:
        forced: digits whose best guess is right, of all.
        by_source: the same of each source.
        coverage: digits that are named freely, of all.
        free: free names that are right, of those given.
        refused: by kind, non-digits that are not named freely.
        refused_at: by kind, non-digits below the certainty that `KEPT` of these digits reach; empty without digits.
        on_arrays: digits that its network names rightly as arrays, as `digits evaluate` does; None if not asked.
        seconds: of the processor, a picture, by turn.
    """

    forced: Share
    by_source: dict[str, Share]
    coverage: Share
    free: Share
    refused: dict[str, Share]
    refused_at: dict[str, Share]
    seconds: list[float] = field(default_factory=list)
    on_arrays: Share | None = None

    @property
    def macro(self) -> float:
        """The mean over the sources of the forced answer's accuracy; not a number without digits."""
        return float(np.mean([share.value for share in self.by_source.values()])) if self.by_source else float("nan")

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        shares = {name: getattr(self, name).to_json() for name in ("forced", "coverage", "free")}
        tables = {
            name: {key: share.to_json() for key, share in getattr(self, name).items()}
            for name in ("by_source", "refused", "refused_at")
        }
        macro = self.macro if self.by_source else None
        arrays = self.on_arrays.to_json() if self.on_arrays else None
        return {**shares, "macro": macro, **tables, "on_arrays": arrays, "seconds_a_picture": self.seconds}


def score(pictures: Sequence[Labelled], answers: Sequence[Answer]) -> Figures:
    """The figures of one way's answers."""
    pairs = list(zip(pictures, answers, strict=True))
    digits = [(picture, answer) for picture, answer in pairs if picture.kind == DIGITS]
    others: dict[str, list[Answer]] = {}
    for picture, answer in pairs:
        if picture.kind != DIGITS:
            others.setdefault(picture.kind, []).append(answer)
    by_source = {
        source: Share.of(answer.guess == picture.label for picture, answer in digits if picture.source == source)
        for source in labelled_pictures.sources(picture for picture, _ in digits)
    }
    needed = _certainty_kept([answer for _, answer in digits])
    return Figures(
        forced=Share.of(answer.guess == picture.label for picture, answer in digits),
        by_source=by_source,
        coverage=Share.of(answer.given for _, answer in digits),
        free=Share.of(answer.guess == picture.label for picture, answer in digits if answer.given),
        refused={kind: Share.of(not answer.given for answer in said) for kind, said in others.items()},
        refused_at={
            kind: Share.of(answer.certainty < needed for answer in said) for kind, said in others.items() if digits
        },
    )


def as_arrays(way: Way, pictures: Sequence[Labelled]) -> Share | None:
    """What its network says to 28×28 pictures taken as arrays; None if it has none of ours."""
    if way.classifier is None:
        return None
    images = np.stack([np.asarray(Image.open(picture.path)) for picture in pictures])
    named = way.classifier.predict(images)
    return Share.of(str(digit) == picture.label for digit, picture in zip(named, pictures, strict=True))


def rows(figures: Mapping[str, Figures]) -> list[tuple[str, list[str]]]:
    """The table of all ways: what is measured, and a cell for each."""
    every = list(figures.values())
    first = every[0]
    found: list[tuple[str, list[str]]] = []

    def row(what: str, cell: Callable[[Figures], object]) -> None:
        found.append((what, [str(cell(one)) for one in every]))

    if first.forced.n:
        row("forced answer right, all digits", lambda one: one.forced)
        if any(one.on_arrays for one in every):
            row("the same network, digits as arrays", lambda one: one.on_arrays or "–")
        if len(first.by_source) > 1:
            row(f"mean over {len(first.by_source)} sources", lambda one: f"{100 * one.macro:.2f} %")
            for source in first.by_source:
                row(f"  {source.split('/')[0]}", lambda one, source=source: one.by_source[source])
        row("digits named freely (coverage)", lambda one: one.coverage)
        row("of these, right", lambda one: one.free)
    for kind in first.refused:
        row(f"{kind} refused", lambda one, kind=kind: one.refused[kind])
        if first.refused_at:
            what = f"{kind} refused, certainty cut to keep {100 * KEPT:.0f} % of the digits"
            row(what, lambda one, kind=kind: one.refused_at[kind])
    if first.seconds:
        row("a picture takes, of the processor", lambda one: f"{1000 * float(np.median(one.seconds)):.2f} ms")
    if first.seconds and OURS in figures:
        ours = figures[OURS].seconds
        row("× ours, median over the turns (range)", lambda one: Ratio.of(one.seconds, ours))
    return found


def measure(
    name: str, pictures: Sequence[Labelled], ways: Mapping[str, Way], console: Console, *, arrays: bool = False
) -> tuple[dict[str, Any], dict[str, list[Answer]]]:
    """Read some pictures in all ways, and print the table; gives it as a JSON object, and the answers."""
    answers, seconds = read_in_turns(ways, pictures)
    figures = {
        key: Figures(
            **{**score(pictures, answers[key]).__dict__, "seconds": seconds[key]}
            | ({"on_arrays": as_arrays(way, pictures)} if arrays else {})
        )
        for key, way in ways.items()
    }
    table = Table(title=f"{name}: {len(pictures):,} pictures", show_lines=True)
    table.add_column("")
    for way in ways.values():
        table.add_column(way.title, justify="right")
    for what, cells in rows(figures):
        table.add_row(what, *cells)
    console.print(table)
    said = {key: [_line(*pair) for pair in zip(pictures, answers[key], strict=True)] for key in ways}
    return {"figures": {key: one.to_json() for key, one in figures.items()}, "answers": said}, answers


def _certainty_kept(digits: Sequence[Answer]) -> float:
    """The highest certainty that at least `KEPT` of these answers reach."""
    if not digits:
        return float("nan")
    ascending = sorted(answer.certainty for answer in digits)
    return ascending[int((1 - KEPT) * len(ascending) + 1e-9)]


def _line(picture: Labelled, answer: Answer) -> dict[str, Any]:
    said = {name: getattr(answer, name) for name in ("guess", "confidence", "digitness", "given")}
    return {"picture": picture.name, "label": picture.label, "source": picture.source, **said}


def _limited(pictures: Sequence[Labelled], limit: int | None) -> list[Labelled]:
    """At most `limit` pictures of each source, evenly spread."""
    if limit is None:
        return list(pictures)
    found = []
    for source in labelled_pictures.sources(pictures):
        own = [picture for picture in pictures if picture.source == source]
        found += [own[at] for at in np.unique(np.linspace(0, len(own) - 1, min(limit, len(own))).astype(int))]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="a folder with labels.csv")
    parser.add_argument("--mnist-form", nargs="?", const="mnist", metavar="DATA", help="test digits, 28×28 [mnist]")
    parser.add_argument("--optdigits", action="store_true", help="the 8×8 digits that scikit-learn ships")
    parser.add_argument("--only", nargs="+", choices=EVERY_WAY, default=list(EVERY_WAY), help="these alone")
    parser.add_argument("--model", help="the network of ours (default: the one that reads)")
    parser.add_argument("--data-dir", type=Path, help="where MNIST is")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N pictures of each source")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures and answers here")
    parser.add_argument("--failures", type=Path, metavar="DIR", help="write what ours got wrong here, a PNG a source")
    harness.add_env_dir(parser)
    parser.add_argument("--rapidocr-python", type=Path, help="an interpreter that has RapidOCR 1.4.4 already")
    parser.add_argument("--rapidocr3-python", type=Path, help="an interpreter that has RapidOCR 3.10 already")
    _add_set_arguments(parser)
    options = parser.parse_args()
    options.set += ["values"] if options.values else []
    if not (options.folders or options.mnist_form or options.optdigits or options.set):
        parser.error("nothing to read: give a FOLDER with labels.csv, --mnist-form, --optdigits, --set or --values")

    cv2.setNumThreads(1)
    facts = harness.machine()
    console = Console(width=150, highlight=False)
    console.print(harness.describe_machine(facts))
    summary: dict[str, Any] = {"machine": facts, "sets": {}, "documents": {}}
    with tempfile.TemporaryDirectory() as place:
        try:
            for name, pictures in _sets(options, Path(place)).items():
                summary["sets"][name], sheets = _measure(name, pictures, options, console)
                for file in sheets:
                    say(f"failures: {file}")
            for name, found in reading_documents.measure(options, Path(place) / "sets", console):
                summary["documents"][name] = found
                _write(options.json, summary)  # a long run that is stopped has what it measured
            if summary["documents"]:
                reading_documents.print_summary(summary["documents"], console)
        except DigitsError as error:
            refuse(str(error))
    _write(options.json, summary)


def _write(file: Path | None, summary: Mapping[str, Any]) -> None:
    if file:
        write_whole(file, json.dumps(summary, indent=1) + "\n")


def _add_set_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of sets that are read as they come."""
    names = (*reading_documents.SETS, *reading_documents.GROUPS)
    parser.add_argument("--set", nargs="+", choices=names, default=[], metavar="SET", help=f"of: {', '.join(names)}")
    parser.add_argument("--values", action="store_true", help="what numbers mean: --set values")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), help="of a set (default: both)")
    parser.add_argument("--pictures", type=Path, default=PICTURES, metavar="DIR", help="default: %(default)s")
    parser.add_argument("--fonts", type=Path, default=synthetic_sets.FONTS, metavar="DIR", help="default: %(default)s")
    parser.add_argument("--count", type=int, default=200, help="pictures of a synthetic set (default: %(default)s)")
    parser.add_argument("--split", choices=("validation", "test"), default="validation", help="synthetic sets' digits")


def _measure(
    name: str, pictures: list[Labelled], options: argparse.Namespace, console: Console
) -> tuple[dict[str, Any], list[Path]]:
    """Print a set's table; gives it as a JSON object, and the failure sheets."""
    kind = labelled_pictures.folder_kind(pictures)
    if kind in {None, DIGITS}:
        named = {key: ways_to_read.make(key, options.model) for key in WAYS if key in options.only}
        ways = _some({key: way for key, way in named.items() if way})
        found, answers = measure(name, pictures, ways, console, arrays=name == options.mnist_form)
        wrong = options.failures and OURS in answers
        return found, failure_sheets.write(pictures, answers[OURS], options.failures) if wrong else []
    pages = kind == PAGES
    asked = {key: ways_to_read_numbers.make(key, options, pages=pages) for key in NUMBER_WAYS if key in options.only}
    readers = _some({key: way for key, way in asked.items() if way})
    found, said = reading_numbers.measure(name, pictures, readers, console, pages=pages)
    wrong = options.failures and OURS in said
    return found, number_sheets.write(pictures, said[OURS], options.failures) if wrong else []


def _some(ways: dict[str, WayT]) -> dict[str, WayT]:
    if not ways:
        refuse("nothing is left to compare")
    return ways


def _sets(options: argparse.Namespace, place: Path) -> dict[str, list[Labelled]]:
    """The pictures that were asked for, by the name of their table; folders without any digit join the first one."""
    sets: dict[str, list[Labelled]] = {}
    folders: dict[str | None, list[tuple[str, list[Labelled]]]] = {}
    for number, folder in enumerate(options.folders):
        pictures = labelled_pictures.read_folder(folder, place / str(number))
        folders.setdefault(labelled_pictures.folder_kind(pictures), []).append((folder.name, pictures))
    without = folders.pop(None, [])
    for of_a_kind in list(folders.values()) or [[]]:
        joined, without = of_a_kind + without, []
        if joined:
            sets[" and ".join(name for name, _ in joined)] = [one for _, pictures in joined for one in pictures]
    if options.mnist_form:
        sets[options.mnist_form] = labelled_pictures.mnist_form(options.mnist_form, options.data_dir, place / "mnist")
    if options.optdigits:
        sets["optdigits"] = labelled_pictures.optdigits(place / "optdigits")
    return {name: _limited(pictures, options.limit) for name, pictures in sets.items()}


if __name__ == "__main__":
    main()
