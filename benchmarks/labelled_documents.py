"""The development sets of `../shared/data/pictures` as pictures with what is written on them, signs included.

Notable choices:
- what is written is text in rows, numbers separated by spaces: `("12.50", "3 4")`. Digits and `SIGNS` count, all other
  characters are left out; a dash is a dash however it is encoded;
- `part` is `look` for pictures that a person may open, `score` for those that are only scored: of the latter no
  answer is ever printed or stored, only figures;
- a sign is scored where the note of its picture says neither `unsure sign` nor `edge sliver`;
- of a document the numbers count, in any order; their signs only where values are asked for. Printed numbers that its
  note lists are neither right nor wrong; a document of print alone has no label, and what is read there does not count;
- a picture of `faults` that comes with a `.boxes.json` is read twice: in `faults` as it is, in `faults-in-boxes` with
  its boxes.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import harness
from harness import refuse
from labelled_pictures import Labelled, read_folder

PICTURES = harness.HERE.parent.parent / "shared" / "data" / "pictures"
"""Where the development sets are, beside the project."""

LOOK, SCORE = "look", "score"
PARTS = (LOOK, SCORE)

DIGITS = frozenset("0123456789")
SIGNS = frozenset(".,:/-+=%#()€$£'*")
"""What may stand in a number beside its digits."""

SAME = str.maketrans(
    {**dict.fromkeys("−–—‐‑‒―－一", "-"), "，": ",", "．": ".", "。": ".", "·": ".", "：": ":", "∕": "/", "十": "+"}
)
"""Characters that mean a sign, as readers encode them."""

NOT_SCORED = ("unsure sign", "edge sliver")
"""In an amount's note: its signs are not known well enough to be scored."""

TWO = 2
"""Digits of the pictures of `two-digit`; those of `lines` have more."""


Points = tuple[tuple[float, float], ...]
"""Places (x, y) in pixels."""


@dataclass(frozen=True)
class Document:
    """A picture and what is written on it.

    Attributes:
        path: a file.
        name: what it is called in answers.
        rows: what is written, from the top; numbers separated by spaces, with their signs; empty if there is no number.
        part: `look` or `score`; empty where a set has no parts.
        kind: what it shows; figures are stated for each kind of a set that has several.
        has_signs: whether its signs are scored.
        printed: numbers that do not count, digits alone.
        counts: whether what is read here counts at all.
        boxes: a JSON file with the boxes that are to be read; None if the page is read as it is.
        places: of each of `written`, where the middles of its marks are; empty if that is not known.
        cut: the middles of marks that the frame cuts or that nobody can read: what is read there does not count.
    """

    path: Path
    name: str
    rows: tuple[str, ...]
    part: str = ""
    kind: str = ""
    has_signs: bool = False
    printed: tuple[str, ...] = ()
    counts: bool = True
    boxes: Path | None = None
    places: tuple[Points, ...] = ()
    cut: Points = ()

    @property
    def written(self) -> tuple[str, ...]:
        """Each number with its signs, row by row."""
        return tuple(only_marks(word) for row in self.rows for word in row.split() if only_digits(word))

    @property
    def numbers(self) -> tuple[str, ...]:
        """The digits of each number, row by row."""
        return tuple(digits for row in self.rows for word in row.split() if (digits := only_digits(word)))

    @property
    def text(self) -> str:
        """All rows, joined as labels are."""
        return " / ".join(self.rows)


def only_digits(text: str) -> str:
    """The digits 0 to 9 of a text."""
    return "".join(character for character in text if character in DIGITS)


def only_marks(text: str) -> str:
    """The digits and signs of a text, without spaces."""
    return "".join(character for character in text.translate(SAME) if character in DIGITS or character in SIGNS)


def amounts(folder: Path, *, signs_known: bool = False) -> list[Document]:
    """Cheque amounts, cropped: one row each; all, or those alone whose signs are known well enough to be scored."""
    found = []
    for row in _rows(folder, "file", "part", "digits", "text", "note"):
        signs = not any(reason in row["note"] for reason in NOT_SCORED)
        if signs or not signs_known:
            text = row["text"].replace(" ", "") if signs_known else row["text"]  # one amount, whatever gaps it has
            found.append(Document(folder / row["file"], row["file"], (text,), row["part"], has_signs=signs))
    return found


def documents(folder: Path, *, signs: bool = False) -> list[Document]:
    """Whole pages and pictures; `kind` is the part of the label's kind before its colon, without its number.

    Rows are those of the column `digits`, which knows which digits make a number; or of `text`, with their signs.
    """
    found = []
    for row in _rows(folder, "file", "part", "text", "digits", "kind", "note"):
        kind = row["kind"].partition(":")[0].lstrip("0123456789 ")
        written = tuple(row["text"].split(" / ") if signs else row["digits"].split("/")) if row["digits"] else ()
        is_print = not written and kind != NOTHING
        path, printed = folder / row["file"], printed_numbers(row["note"])
        found.append(
            Document(path, row["file"], written, row["part"], kind, signs, printed=printed, counts=not is_print)
        )
    return found


NOTHING = "nothing"
"""The kind of the documents without any number."""


def printed_numbers(note: str) -> tuple[str, ...]:
    """The digits of the printed numbers that a note lists: `printed: 1 2 3 (questions); a dash` gives 1, 2, 3."""
    listed = re.search(r"printed:([^;(]*)", note)
    return tuple(filter(None, map(only_digits, listed[1].split()))) if listed else ()


def faults(folder: Path, *, in_boxes: bool = False) -> list[Document]:
    """One fault or one control each, signs included; `in_boxes` gives those with boxes, to be read in these."""
    found = []
    for row in _rows(folder, "file", "text", "kind"):
        path = folder / row["file"]
        boxes = path.with_suffix(".boxes.json") if in_boxes else None
        if boxes is None or boxes.is_file():
            rows = tuple(row["text"].split(" / "))
            found.append(Document(path, row["file"], rows, LOOK, row["kind"], has_signs=True, boxes=boxes))
    return found


def of_pictures(pictures: Sequence[Labelled]) -> list[Document]:
    """Pictures whose labels are digits in rows joined by `/`, or what else they show."""
    return [
        Document(
            one.path, one.name, tuple(one.label.split("/")) if one.is_number else (), kind=one.source.partition("/")[0]
        )
        for one in pictures
    ]


def numbers(folder: Path, place: Path, *, of_two: bool) -> list[Document]:
    """Lines of digits, two-digit numbers or longer ones."""
    found = of_pictures(read_folder(folder, place))
    return [one for one in found if (len(only_digits(one.text)) == TWO) == of_two]


def _rows(folder: Path, *columns: str) -> list[Mapping[str, str]]:
    table = folder / "labels.csv"
    try:
        rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    except (OSError, UnicodeError) as error:
        refuse(f"{table} cannot be read ({error}); expected a CSV file with the columns {', '.join(columns)}")
    if not rows or not set(columns) <= rows[0].keys():
        refuse(f"{table}: expected the columns {', '.join(columns)}, got {', '.join(rows[0]) if rows else 'no rows'}")
    missing = [row["file"] for row in rows if not (folder / row["file"]).is_file()]
    if missing:
        refuse(f"{table} names {missing[0]}, which does not exist")
    return rows
