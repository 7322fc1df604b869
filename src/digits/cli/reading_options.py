"""The options that say how pictures are read: the same for `digits read` and `digits explain`, which explains it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Layout = Annotated[
    Literal["auto", "digit", "line", "page", "grid"],
    typer.Option(help="What a picture holds, grid: printed boxes; auto finds out."),
]
Boxes = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Read these boxes alone: JSON, a list of [left, top, width, height]."),
]
Expect = Annotated[str | None, typer.Option(metavar="N or N-M", help="How many digits a number has, such as 8 or 3-5.")]
Risk = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help="Of the answers given, how many may be wrong; the others are ? [the model's own]."
    ),
]
Signs = Annotated[
    Literal["all", "none"], typer.Option(help="Which signs are read (12.50, -5, 12/08); none: digits alone.")
]
Locale = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose customs settle 1.480 or 12/08/25, such as de_CH [nobody's: no value]."),
]
Type = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help="What numbers are: integer, decimal, amount, date, time, percent, fraction, range, phone or code.",
    ),
]
Check = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Their check digit: luhn, mod97, mod11, verhoeff, damm, ean8, ean13, isbn, imei, esr, ahv; or sum: "
        "whether columns add up.",
    ),
]
