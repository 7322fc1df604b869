"""What ways to read are worth on lines of digits and on pages: exact matches, character errors, free answers.

Used by `reading.py`, which says what the words mean.

Notable choices:
- what is counted is a row: a line's picture has one (all that a reader says there is joined), a page as many as its
  label has. A page's rows are matched with those that were read so that the fewest characters differ, in their order;
  a row that was not found, or was invented, costs all its characters;
- spaces do not count: where a gap ends a number is not in every label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import labelled_pictures
from harness import Ratio
from labelled_pictures import Labelled
from measured import CharacterErrors, Share, Way, read_in_turns
from ways_to_read import OURS
from ways_to_read_numbers import UNSURE, Answer


@dataclass(frozen=True)
class Row:
    """A row of a label: what was read there, nothing if it was not found, and the same with `?` for unsure digits."""

    label: str
    read: str
    free: str

    @property
    def exact(self) -> bool:
        """Whether the best guess is right."""
        return self.read == self.label

    @property
    def given(self) -> bool:
        """Whether all of it is named freely."""
        return bool(self.free) and UNSURE not in self.free


@dataclass(frozen=True)
class Match:
    """An answer beside its picture's label.

    Attributes:
        rows: of the label.
        edits: characters to be changed, added or taken away, of invented rows too.
        invented: rows that no row of the label stands beside.
    """

    rows: tuple[Row, ...]
    edits: int
    invented: int

    @property
    def exact(self) -> bool:
        """Whether all of it is right."""
        return self.edits == 0

    @property
    def given(self) -> bool:
        """Whether all rows are named freely."""
        return all(row.given for row in self.rows)


@dataclass(frozen=True)
class Figures:
    """What a way to read is worth on some pictures.

    Attributes:
        exact: rows whose best guess is right, of all.
        errors: of the characters, in the best guess.
        exact_by_source: as `exact`, of each source.
        errors_by_source: as `errors`, of each source.
        coverage: rows all of whose digits are named freely, of all.
        free: of these, those that are right.
        whole: pictures all of whose rows are right, of all.
        silent: by kind, pictures without a digit in which none is named freely.
        invented: by kind, digits named freely in such a picture, on average.
        seconds: of the processor, a picture, by turn.
    """

    exact: Share
    errors: CharacterErrors
    exact_by_source: dict[str, Share]
    errors_by_source: dict[str, CharacterErrors]
    coverage: Share
    free: Share
    whole: Share
    silent: dict[str, Share]
    invented: dict[str, float]
    seconds: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        shares = {name: getattr(self, name).to_json() for name in ("exact", "errors", "coverage", "free", "whole")}
        tables = {
            name: {key: one.to_json() for key, one in getattr(self, name).items()}
            for name in ("exact_by_source", "errors_by_source", "silent")
        }
        return {**shares, **tables, "invented": self.invented, "seconds_a_picture": self.seconds}


def edit_distance(said: str, label: str) -> int:
    """Characters to be changed, added or taken away (Levenshtein 1966)."""
    distances = list(range(len(label) + 1))
    for number, character in enumerate(said, 1):
        diagonal, distances[0] = distances[0], number
        for place, wanted in enumerate(label, 1):
            changed = diagonal + (character != wanted)
            diagonal = distances[place]
            distances[place] = min(diagonal + 1, distances[place - 1] + 1, changed)
    return distances[-1]


def match(label: str, answer: Answer) -> Match:
    """An answer beside a label, whose rows are joined by `/`."""
    labels = ["".join(row.split()) for row in label.split("/")]
    read, free = list(answer.rows), list(answer.free)
    if len(labels) == 1:
        read, free = ["".join(read)], ["".join(free)]
    pairs = _aligned(labels, read)
    rows = {wanted: (read[found], free[found]) for wanted, found in pairs if wanted is not None and found is not None}
    matched = tuple(Row(text, *rows.get(number, ("", ""))) for number, text in enumerate(labels))
    invented = [read[found] for wanted, found in pairs if wanted is None and found is not None]
    edits = sum(edit_distance(row.read, row.label) for row in matched) + sum(map(len, invented))
    return Match(matched, edits, len(invented))


def score(pictures: Sequence[Labelled], answers: Sequence[Answer]) -> Figures:
    """The figures of one way's answers."""
    pairs = list(zip(pictures, answers, strict=True))
    matches = [(picture, match(picture.label, answer)) for picture, answer in pairs if picture.is_number]
    sources = labelled_pictures.sources(picture for picture, _ in matches)
    by_source = {name: [one for picture, one in matches if picture.source == name] for name in sources}
    every = [one for _, one in matches]
    rows = [row for one in every for row in one.rows]
    named: dict[str, list[int]] = {}
    for picture, answer in pairs:
        if not picture.is_number:
            named.setdefault(picture.kind, []).append(sum(len(row.replace(UNSURE, "")) for row in answer.free))
    return Figures(
        exact=Share.of(row.exact for row in rows),
        errors=_errors(every),
        exact_by_source={
            name: Share.of(row.exact for one in own for row in one.rows) for name, own in by_source.items()
        },
        errors_by_source={name: _errors(own) for name, own in by_source.items()},
        coverage=Share.of(row.given for row in rows),
        free=Share.of(row.exact for row in rows if row.given),
        whole=Share.of(one.exact for one in every),
        silent={kind: Share.of(count == 0 for count in counts) for kind, counts in named.items()},
        invented={kind: float(np.mean(counts)) for kind, counts in named.items()},
    )


def table_rows(figures: Mapping[str, Figures], *, pages: bool) -> list[tuple[str, list[str]]]:
    """The table of all ways: what is measured, and a cell for each."""
    every = list(figures.values())
    first, what = every[0], "rows" if pages else "numbers"
    found = []
    if first.exact.n:
        found = [
            (f"{what} exactly right, forced answer", [str(one.exact) for one in every]),
            ("character error rate, forced answer", [str(one.errors) for one in every]),
        ]
        if pages:
            found.append(("pages exactly right, forced answer", [str(one.whole) for one in every]))
        for source in first.exact_by_source if len(first.exact_by_source) > 1 else ():
            name = source.split("/")[0]
            found.append((f"  {name}: exactly right", [str(one.exact_by_source[source]) for one in every]))
            found.append((f"  {name}: character error rate", [str(one.errors_by_source[source]) for one in every]))
        found.append((f"{what} named freely (coverage)", [str(one.coverage) for one in every]))
        found.append(("of these, exactly right", [str(one.free) for one in every]))
    for kind in first.silent:
        found.append((f"{kind}: no digit named freely", [str(one.silent[kind]) for one in every]))
        found.append((f"{kind}: digits named freely, a picture", [f"{one.invented[kind]:.1f}" for one in every]))
    if first.seconds:
        seconds = [f"{1000 * float(np.median(one.seconds)):.1f} ms" for one in every]
        found.append(("a picture takes, of the processor", seconds))
    if first.seconds and OURS in figures:
        ratios = [str(Ratio.of(one.seconds, figures[OURS].seconds)) for one in every]
        found.append(("× ours, median over the turns (range)", ratios))
    return found


def measure(
    name: str, pictures: Sequence[Labelled], ways: Mapping[str, Way[Answer]], console: Console, *, pages: bool
) -> tuple[dict[str, Any], dict[str, list[Answer]]]:
    """Read some pictures in all ways, and print the table; gives it as a JSON object, and the answers."""
    answers, seconds = read_in_turns(ways, pictures)
    figures = {key: Figures(**{**score(pictures, answers[key]).__dict__, "seconds": seconds[key]}) for key in ways}
    table = Table(title=f"{name}: {len(pictures):,} pictures of {'pages' if pages else 'lines'}", show_lines=True)
    table.add_column("")
    for way in ways.values():
        table.add_column(way.title, justify="right")
    for what, cells in table_rows(figures, pages=pages):
        table.add_row(what, *cells)
    console.print(table)
    console.print("Shares with Wilson's 95 % interval; character error rates with that of a bootstrap over pictures.")
    said = {key: [_line(*pair) for pair in zip(pictures, answers[key], strict=True)] for key in ways}
    return {"figures": {key: one.to_json() for key, one in figures.items()}, "answers": said}, answers


def _errors(matches: Sequence[Match]) -> CharacterErrors:
    characters = tuple(sum(len(row.label) for row in one.rows) for one in matches)
    return CharacterErrors(tuple(one.edits for one in matches), characters)


def _aligned(labels: Sequence[str], read: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pairs of rows, in their order, with the fewest edits; None where a row has no partner."""
    costs = np.zeros((len(labels) + 1, len(read) + 1), int)
    costs[1:, 0] = np.cumsum([len(row) for row in labels])
    costs[0, 1:] = np.cumsum([len(row) for row in read])
    for wanted, label in enumerate(labels):
        for found, row in enumerate(read):
            costs[wanted + 1, found + 1] = min(
                costs[wanted, found] + edit_distance(row, label),
                costs[wanted, found + 1] + len(label),
                costs[wanted + 1, found] + len(row),
            )
    pairs: list[tuple[int | None, int | None]] = []
    wanted, found = len(labels), len(read)
    while wanted or found:
        here = costs[wanted, found]
        if (
            wanted
            and found
            and here == costs[wanted - 1, found - 1] + edit_distance(read[found - 1], labels[wanted - 1])
        ):
            wanted, found = wanted - 1, found - 1
            pairs.append((wanted, found))
        elif wanted and here == costs[wanted - 1, found] + len(labels[wanted - 1]):
            wanted -= 1
            pairs.append((wanted, None))
        else:
            found -= 1
            pairs.append((None, found))
    return pairs[::-1]


def _line(picture: Labelled, answer: Answer) -> dict[str, Any]:
    said = {"guess": "/".join(answer.rows), "free": "/".join(answer.free), "confidence": answer.confidence}
    return {"picture": picture.name, "label": picture.label, "source": picture.source, **said}
