"""`digits explain`: why was a picture read as it was?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.cli.app import AsJson, RunsDir, app
from digits.cli.reading_options import Boxes, Check, Expect, Layout, Locale, Risk, Signs, Type
from digits.errors import InputError

if TYPE_CHECKING:
    from digits.explaining.explained_number import ExplainedNumber
    from digits.explaining.explanation import Explanation

FORMATS = (".png", ".pdf", ".svg")


@app.command()
def explain(
    picture: Annotated[
        Path, typer.Argument(metavar="PICTURE", help="A picture of a digit or of numbers; - is standard input.")
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Path of a run or bundle, name of a run or of a shipped model, or latest [what digits models use "
            "chose, else the shipped reader].",
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(metavar="N", help="What it should have been, a digit, or a number with its signs."),
    ] = None,
    layout: Layout = "auto",
    boxes: Boxes = None,
    expect: Expect = None,
    risk: Risk = None,
    signs: Signs = "all",
    locale: Locale = None,
    type: Type = None,
    check: Check = None,
    line: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Explain the numbers of this line alone.")
    ] = None,
    field: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Explain this field of a form: printed boxes, or given ones.")
    ] = None,
    page: Annotated[int, typer.Option(metavar="N", min=1, help="Of a PDF, or a TIFF with several pages.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw it: a .png, .pdf or .svg file, or a directory for one."),
    ] = None,
    runs_dir: RunsDir = None,
    as_json: AsJson = False,
) -> None:
    """Say why a picture was read as it was: what the networks saw of it.

    Of a digit: its ink, where the network looked, what it resembles. Of a number: where it was found, its strip, its
    marks, what each network takes them for, the next best texts, and what it means. With the options of `digits read`
    it explains that answer.

    digits explain mine.png --label 7 --out why.png
    """
    figure = _figure_path(out, picture) if out else None
    if figure:
        from digits.evaluation.figures import explaining  # before any work: without Matplotlib there is no figure
    from digits import api
    from digits.reading.fields.given import parse_expected

    expected = parse_expected(expect) if expect is not None else None
    found = api.explain(
        picture, model=model, label=label, page=page - 1, line=None if line is None else line - 1,
        field=None if field is None else field - 1, layout=layout,
        expected=expected, boxes=boxes, risk=risk, signs=signs == "all", locale=locale, type=type, check=check,
        runs_dir=runs_dir,
    )  # fmt: skip
    if figure:
        from digits.atomic import whole_file

        with whole_file(figure) as temporary:
            explaining.explanation(found).savefig(temporary)
    if as_json:
        print(json.dumps(found.to_json() | {"figure": str(figure) if figure else None}))
    else:
        print(_describe(found), *([f"\nfigure  {figure}"] if figure else []), sep="\n")


def _figure_path(out: Path, picture: Path) -> Path:
    """The file to draw into."""
    if out.suffix.lower() in FORMATS and not out.is_dir():
        return out
    if out.suffix and not out.is_dir():
        raise InputError(f"{out} is no figure; name a file that ends in {', '.join(FORMATS)}, or a directory")
    stem = "picture" if str(picture) == "-" else picture.stem
    return out / f"{stem}-explained.png"


def _describe(found: "Explanation") -> str:
    """What the network saw, drawn in characters, and the words; number by number if there are several."""
    name = terminal.one_line(found.picture.name)
    drawn = [
        terminal.draw_digits([digit.look.form.image], [f"read as {digit.guess}{' ?' if digit.unsure else ''}"])
        for digit in found.digits
    ]
    if len(found.numbers) == 1:
        drawn = [_drawn(found.numbers[0])]
    several = found.numbers if len(found.numbers) > 1 else ()
    each = ["\n".join(["", _drawn(one), *one.words]) for one in several]
    return "\n".join([name, "", *drawn, *found.summary, *each])


def _drawn(one: "ExplainedNumber") -> str:
    """The digits of a number, as the digit network saw them."""
    digits = one.number.digits
    captions = [f"{digit.text}{' ?' if digit.unsure else ''}" for digit in digits]
    return terminal.draw_digits([digit.image for digit in digits], captions)
