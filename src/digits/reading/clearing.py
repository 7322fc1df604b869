"""What hides the ink of a picture is taken away before anything is looked for: grain, a table, a hard shadow."""

from collections.abc import Iterator

from digits.reading.grain import without_grain
from digits.reading.picture import Picture
from digits.reading.shade import without_shade
from digits.reading.sheet import without_table
from digits.reading.wording import listed

_STEPS = (
    (without_grain, "coarse grain was smoothed"),
    (without_table, "what lies around the sheet was painted over with its paper"),
    (without_shade, "a hard shadow was lit"),
)
"""Each gives the same picture back where it has nothing to do."""


def cleared(picture: Picture) -> Picture:
    """A picture without coarse grain, a table around its sheet, and a hard shadow; the same if it has none of them."""
    for step, _ in _STEPS:
        picture = step(picture)
    return picture


def of_clearing(picture: Picture) -> Iterator[str]:
    """What was cleared away, in a sentence; none if nothing was."""
    done = []
    for step, words in _STEPS:
        clearer = step(picture)
        if clearer is not picture:
            done.append(words)
        picture = clearer
    if done:
        yield f"Before anything was looked for, {listed(done)}."
