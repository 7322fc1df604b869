"""Pictures as people have them, read as they come: amounts, documents, faults, crops, and what is no number.

Used by `reading.py --set`, which says what the words mean. Every set is read in layout `auto`, without any option.

Notable choices:
- a set is a list of pictures and a way to count (`document_figures.py`); its parts `look` and `score` stand in tables
  of their own. Of pictures that are only scored no answer is printed or stored;
- all ways read the same files in the same run, on one core, one after the other; seconds are those of the processor;
- `--json` writes all figures, which `compare_readings.py` puts side by side for two versions or two ways.
"""

import argparse
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import document_figures
import labelled_documents
import labelled_pictures
import synthetic_sets
import value_figures
import ways_to_read_documents
from digits.data.dataset import Dataset
from document_figures import Figures
from harness import say
from labelled_documents import SCORE, Document
from synthetic_pictures import load
from ways_to_read import OURS
from ways_to_read_documents import ANYTHING, DIGITS_ONLY, DOCUMENT_WAYS, RAPIDOCR_3_CROPS, WITH_SIGNS, Said, Way

Place = Callable[[argparse.Namespace, Path], list[Document]]
"""Options and a folder to write to → a set's pictures."""

WHOLE = "all"
"""The part of a set that has none."""

Score = Callable[[Sequence[Document], Sequence[Said]], Figures]


@dataclass(frozen=True)
class Set:
    """A set of pictures.

    Attributes:
        pictures: gives them.
        score: what is counted.
        characters: that Tesseract chooses from.
        are_pages: whether they are pages and no single lines.
        ways: that may read it.
    """

    pictures: Place
    score: Score
    characters: str = DIGITS_ONLY
    are_pages: bool = False
    ways: frozenset[str] = frozenset(DOCUMENT_WAYS)

    def is_read_by(self, way: str) -> bool:
        """Whether a way is asked: a recogniser alone is not asked for pages."""
        return way in self.ways and not (self.are_pages and way == RAPIDOCR_3_CROPS)


def _folder(name: str) -> Place:
    """Pictures of a folder with labels of digits alone, or of something else."""

    def pictures(options: argparse.Namespace, place: Path) -> list[Document]:
        return labelled_documents.of_pictures(labelled_pictures.read_folder(options.pictures / name, place))

    return pictures


def _numbers(*, of_two: bool) -> Place:
    return lambda options, place: labelled_documents.numbers(options.pictures / "numbers", place, of_two=of_two)


def _faults(*, in_boxes: bool) -> Place:
    return lambda options, _: labelled_documents.faults(options.pictures / "faults", in_boxes=in_boxes)


def _lines(style: str) -> Place:
    return lambda options, place: synthetic_sets.lines(style, options.count, _digits(options), place)


def _crops(*, tight: bool) -> Place:
    return lambda options, place: synthetic_sets.crops(options.count, _digits(options), place, tight=tight)


def _synthetic_pages(options: argparse.Namespace, place: Path) -> list[Document]:
    return synthetic_sets.pages(options.count, _digits(options), place, fonts=options.fonts)


def _drawn(what: str) -> Place:
    return lambda options, place: synthetic_sets.without_digits(what, options.count, place, fonts=options.fonts)


def _not_digits(kind: str) -> Place:
    def pictures(options: argparse.Namespace, place: Path) -> list[Document]:
        found = labelled_pictures.read_folder(options.pictures / "not_digits", place)
        return labelled_documents.of_pictures([one for one in found if one.kind == kind])

    return pictures


def _mnist(options: argparse.Namespace, place: Path) -> list[Document]:
    return labelled_documents.of_pictures(labelled_pictures.mnist_form("mnist", options.data_dir, place))


def _optdigits(_: argparse.Namespace, place: Path) -> list[Document]:
    return labelled_documents.of_pictures(labelled_pictures.optdigits(place))


_IN_ROWS, _NOTHING = document_figures.in_rows, document_figures.nothing

SETS = {
    "amounts": Set(
        lambda options, _: labelled_documents.amounts(options.pictures / "amounts"), _IN_ROWS, characters=WITH_SIGNS
    ),
    "documents": Set(
        lambda options, _: labelled_documents.documents(options.pictures / "documents"),
        document_figures.scattered,
        characters=ANYTHING,
        are_pages=True,
    ),
    "faults": Set(_faults(in_boxes=False), document_figures.faults, characters=WITH_SIGNS, are_pages=True),
    "faults-in-boxes": Set(_faults(in_boxes=True), document_figures.faults, are_pages=True, ways=frozenset({OURS})),
    "two-digit": Set(_numbers(of_two=True), _IN_ROWS),
    "lines": Set(_numbers(of_two=False), _IN_ROWS),
    "pages": Set(_folder("pages"), _IN_ROWS, are_pages=True),
    "digits": Set(_folder("digits"), _IN_ROWS),
    "optdigits": Set(_optdigits, _IN_ROWS),
    "mnist": Set(_mnist, _IN_ROWS),
    "clean": Set(_lines("clean"), _IN_ROWS),
    "touching": Set(_lines("touching"), _IN_ROWS),
    "photographed": Set(_lines("photographed"), _IN_ROWS),
    "crops-tight": Set(_crops(tight=True), _IN_ROWS),
    "crops-roomy": Set(_crops(tight=False), _IN_ROWS),
    "letters": Set(_not_digits(labelled_pictures.LETTERS), _NOTHING, characters=ANYTHING),
    "clothes": Set(_not_digits(labelled_pictures.CLOTHES), _NOTHING, characters=ANYTHING),
    "words": Set(_drawn("words"), _NOTHING, characters=ANYTHING),
    "doodles": Set(_drawn("doodles"), _NOTHING, characters=ANYTHING, are_pages=True),
    "clouds": Set(_drawn("clouds"), _NOTHING, characters=ANYTHING, are_pages=True),
    "newspapers": Set(_drawn("newspapers"), _NOTHING, characters=ANYTHING, are_pages=True),
    "amounts-values": Set(
        lambda options, _: labelled_documents.amounts(options.pictures / "amounts", signs_known=True),
        value_figures.values,
        characters=WITH_SIGNS,
    ),
    "documents-values": Set(
        lambda options, _: labelled_documents.documents(options.pictures / "documents", signs=True),
        value_figures.values,
        characters=ANYTHING,
        are_pages=True,
    ),
    "synthetic-values": Set(_synthetic_pages, value_figures.values, are_pages=True, ways=frozenset({OURS})),
}
"""Every set by its name."""

GROUPS = {
    "development": ("amounts", "documents", "faults", "faults-in-boxes", "two-digit", "lines", "pages", "digits"),
    "synthetic": ("clean", "touching", "photographed"),
    "crops": ("crops-tight", "crops-roomy"),
    "values": ("amounts-values", "documents-values", "synthetic-values"),
    "no-digits": ("letters", "clothes", "words", "doodles", "clouds", "newspapers"),
}
"""Several sets by one name."""


def chosen(names: Sequence[str]) -> list[str]:
    """The sets that names of sets and groups mean, each once."""
    return list(dict.fromkeys(one for name in names for one in GROUPS.get(name, (name,))))


def measure(
    options: argparse.Namespace, place: Path, console: Console
) -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Read the sets that were asked for and print their tables; gives each with a JSON object: part → figures."""
    made = functools.cache(functools.partial(ways_to_read_documents.make, options=options))
    for name in chosen(options.set):
        one = SETS[name]
        pictures = one.pictures(options, place / name)
        asked = {
            way: made(way, pages=one.are_pages, characters=one.characters)
            for way in options.only
            if one.is_read_by(way)
        }
        ways = {way: maker for way, maker in asked.items() if maker}
        found = {}
        for part in dict.fromkeys(document.part for document in pictures):
            own = [document for document in pictures if document.part == part][: options.limit]
            if ways and (not part or part in options.part):
                found[part or WHOLE] = _measure_part(f"{name} {part}".strip(), own, one, ways, console)
        if found:
            yield name, found


def print_summary(found: Mapping[str, Any], console: Console) -> None:
    """One line for each set and part: of every way the figure that matters most, and what is named freely and right.

    Args:
        found: set → part → what `measure` gives.
        console: where it is printed.
    """
    ways = list(dict.fromkeys(way for parts in found.values() for one in parts.values() for way in one["figures"]))
    table = Table(title="exactly right, or what stands there; in brackets: named freely, of these right")
    table.add_column("")
    for way in ways:
        table.add_column(way, justify="right")
    for name, parts in found.items():
        for part, one in parts.items():
            cells = [_in_short(one["figures"].get(way)) for way in ways]
            table.add_row(f"{name} {'' if part == WHOLE else part}", *cells)
    console.print(table)


def _in_short(figures: Mapping[str, Mapping[str, Any]] | None) -> str:
    """A way's figures of a set as `73 % (50, 84)`; of documents recall and precision, of no digits the sure share."""
    if figures is None:
        return ""

    def percent(what: str) -> str:
        value = figures.get(what, {}).get("value")
        return "–" if value is None else f"{100 * value:.0f}"

    if value_figures.MAGNITUDE in figures:
        right, silent = percent(value_figures.GIVEN_RIGHT), figures[value_figures.MAGNITUDE].get("count")
        text, given = percent(document_figures.TEXT), percent(value_figures.GIVEN)
        return f"{text} % text, values: {given} % given, {right} % right, {silent} silent"
    free = percent(document_figures.READ_FREELY if document_figures.FOUND in figures else document_figures.GIVEN)
    in_brackets = f"({free}, {percent(document_figures.RIGHT)})"
    if document_figures.SURE_DIGIT in figures:
        return f"{percent(document_figures.SURE_DIGIT)} % sure"
    if document_figures.FOUND in figures:
        found, right = percent(document_figures.FOUND), percent(document_figures.PRECISION)
        return f"{found} % found, {right} % right {in_brackets}"
    return f"{percent(document_figures.EXACT)} % {in_brackets}"


def _measure_part(
    title: str, documents: Sequence[Document], one: Set, ways: Mapping[str, Way], console: Console
) -> dict[str, Any]:
    """Read some pictures in all ways, and print the table; gives it as a JSON object."""
    answers: dict[str, list[Said]] = {}
    seconds: dict[str, float] = {}
    for name, way in ways.items():
        said, taken = way.answer(documents)
        answers[name], seconds[name] = said, taken / len(documents)
        say(f"{title}: {len(documents):,} pictures read, {name}, {taken:.1f} s of the processor")
    figures = {name: one.score(documents, said) for name, said in answers.items()}
    titles = {name: way.title for name, way in ways.items()}
    _print_figures(title, len(documents), figures, titles, seconds, console)
    if one.score is document_figures.faults:
        _print_faults(documents, answers, titles, console)
    stored = {} if any(document.part == SCORE for document in documents) else answers
    silent = {name: value_figures.silent(documents, said) for name, said in stored.items()}
    return {
        "pictures": len(documents),
        "figures": {name: document_figures.to_json(found) for name, found in figures.items()},
        "seconds_a_picture": seconds,
        "answers": {
            name: [_line(*pair) for pair in zip(documents, said, strict=True)] for name, said in stored.items()
        },
        **({"silent": silent} if one.score is value_figures.values else {}),
    }


def _print_figures(
    title: str,
    pictures: int,
    figures: Mapping[str, Figures],
    titles: Mapping[str, str],
    seconds: Mapping[str, float],
    console: Console,
) -> None:
    table = Table(title=f"{title}: {pictures:,} pictures", show_lines=True)
    table.add_column("")
    for name in figures:
        table.add_column(titles[name], justify="right")
    for what, cells in document_figures.table_rows(figures):
        table.add_row(what, *cells)
    table.add_row("a picture takes, of the processor", *(f"{1000 * seconds[name]:.1f} ms" for name in figures))
    console.print(table)


def _print_faults(
    documents: Sequence[Document], answers: Mapping[str, Sequence[Said]], titles: Mapping[str, str], console: Console
) -> None:
    """One row a picture: what is written, and of each way what was read and what of it is right."""
    table = Table(title="digits, numbers, text: + right, - not; ? behind what is not named freely", show_lines=True)
    table.add_column("")
    table.add_column("written")
    for title in titles.values():
        table.add_column(title)
    for at, document in enumerate(documents):
        cells = []
        for said in answers.values():
            right = document_figures.verdict(document, said[at])
            cells.append(f"{right} {said[at].text}{'' if document_figures.is_given(said[at]) else ' ?'}")
        table.add_row(*map(escape, (document.name, document.text, *cells)))
    console.print(table)


def _digits(options: argparse.Namespace) -> Dataset:
    return load("mnist", options.split, options.data_dir)


def _line(document: Document, said: Said) -> dict[str, Any]:
    freely = " / ".join(" ".join(number.shown for number in row) for row in said.rows)
    return {"picture": document.name, "written": document.text, "read": said.text, "freely": freely}
