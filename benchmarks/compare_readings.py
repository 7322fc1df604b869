"""Two measurements of reading side by side: files that `reading.py --set … --json FILE` wrote.

    python benchmarks/compare_readings.py before.json after.json                two versions of ours
    python benchmarks/compare_readings.py ours.json rapidocr3.json              ours and a contender
    python benchmarks/compare_readings.py before.json after.json --set amounts --answers

Every figure of every set that both files have, in percent where it is a share, with the difference. A difference is
marked `*` where the two 95 % intervals do not overlap. `--answers` also lists the pictures of which one version reads
what is written and the other does not; pictures that are only scored have no answers.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from harness import refuse
from labelled_documents import only_marks

Content = Mapping[str, Any]
Figure = Mapping[str, Any]

FILES = 2
"""What is compared."""


def columns(files: Sequence[Content], name: str, part: str, ways: Sequence[str] | None) -> list[tuple[int, str]]:
    """The file and the way of each column of a set's table: way by way the first file's, then the second's."""
    found = [(number, way) for number, file in enumerate(files) for way in file[name][part]["figures"]]
    if ways:
        found = [one for one in found if one[1] in ways]
    order = list(dict.fromkeys(way for _, way in found))
    return sorted(found, key=lambda one: (order.index(one[1]), one[0]))


def cell(figure: Figure | None) -> str:
    """A figure as text: a share in percent, a mean as it is."""
    if figure is None or figure["value"] is None:
        return "–"
    return f"{100 * figure['value']:.1f} %" if "interval" in figure else f"{figure['value']:.2f}"


def difference(before: Figure | None, after: Figure | None) -> str:
    """How much a figure rose, in points if it is a share, marked where the intervals lie apart."""
    if before is None or after is None or before["value"] is None or after["value"] is None:
        return ""
    change = after["value"] - before["value"]
    if "interval" not in before:
        return f"{change:+.2f}"
    apart = before["interval"][0] > after["interval"][1] or after["interval"][0] > before["interval"][1]
    return f"{100 * change:+.1f}{' *' if apart else ''}"


def changed(before: Sequence[Mapping[str, str]], after: Sequence[Mapping[str, str]]) -> list[str]:
    """A line for each picture that one of two readings has right, and the other wrong."""
    later = {one["picture"]: one for one in after}
    lines = []
    for one in before:
        other = later.get(one["picture"])
        if other is None or one["read"] == other["read"]:
            continue
        written = only_marks(one["written"])
        right = [only_marks(said["read"]) == written for said in (one, other)]
        if right[0] != right[1]:
            what = "now right" if right[1] else "NOW WRONG"
            lines.append(f"{what}  {one['picture']}: {one['written']}, before {one['read']}, after {other['read']}")
    return lines


def show(files: Sequence[Content], name: str, part: str, options: argparse.Namespace, console: Console) -> None:
    """Print a set's table, and perhaps the pictures that are read otherwise."""
    shown = columns(files, name, part, options.ways)
    figures = [files[number][name][part]["figures"][way] for number, way in shown]
    if not shown:
        return
    table = Table(title=f"{name} {part}: {files[0][name][part]['pictures']:,} pictures")
    table.add_column("")
    for number, way in shown:
        table.add_column(f"{options.files[number].stem}: {way}", justify="right")
    if len(shown) == FILES:
        table.add_column("difference", justify="right")
    for what in dict.fromkeys(what for one in figures for what in one):
        own = [one.get(what) for one in figures]
        table.add_row(what, *map(cell, own), *([difference(*own)] if len(shown) == FILES else []))
    console.print(table)
    if options.answers and len(shown) == FILES:
        answers = [files[number][name][part]["answers"].get(way, []) for number, way in shown]
        for line in changed(*answers):
            console.print(escape(line))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs=FILES, type=Path, metavar="FILE", help="what reading.py --json wrote")
    parser.add_argument("--set", nargs="+", metavar="SET", help="these alone (default: all that both files have)")
    parser.add_argument("--ways", nargs="+", metavar="WAY", help="these alone, such as ours")
    parser.add_argument("--answers", action="store_true", help="list the pictures of which one reading is right")
    options = parser.parse_args()
    files = [_sets(file) for file in options.files]
    names = [name for name in files[0] if name in files[1] and (not options.set or name in options.set)]
    if not names:
        refuse(f"the files have no set in common: {', '.join(files[0])} and {', '.join(files[1])}")
    console = Console(width=150, highlight=False)
    for name in names:
        for part in files[0][name]:
            if part in files[1][name]:
                show(files, name, part, options, console)


def _sets(file: Path) -> Content:
    try:
        found: Content = json.loads(file.read_text("utf-8"))["documents"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        refuse(f"{file}: expected what reading.py --set … --json FILE wrote, got {error!r}")
    return found


if __name__ == "__main__":
    main()
