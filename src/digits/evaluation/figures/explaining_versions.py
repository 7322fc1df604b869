"""The ways to read a number, as bars, and by how much each lost: by its pieces, and by what the line network says."""

from collections.abc import Sequence

import numpy as np
from matplotlib.gridspec import SubplotSpec

from digits.evaluation.figures.explaining_parts import write_words
from digits.evaluation.figures.style import BLACK, BLUE, SKY, Figure
from digits.reading.explained_number import ExplainedNumber
from digits.reading.segmentation import Version

VERSIONS = 6
"""Ways to read a number that are shown."""

WIDTH = 4.9
"""Inches that they need, and the words below them."""

_LETTER = 0.078  # inches: the width of a digit of a version
_LONGEST_TEXT = 20  # digits of a version that are shown


def draw_versions(
    figure: Figure, place: SubplotSpec, one: ExplainedNumber, words: Sequence[str], *, inches: float, largest: int
) -> None:
    """The ways to read a number, as bars, and words below them.

    Args:
        figure: where to.
        place: and where in it; `WIDTH` inches wide.
        one: the number.
        words: the sentences.
        inches: how high the place is.
        largest: letters, in points.
    """
    versions = one.segmentation.versions[:VERSIONS]
    bars = versions_height(one)
    rest = max(0.3, inches - bars)
    inner = place.subgridspec(2, 1, height_ratios=(bars, rest))
    write_words(figure.add_subplot(inner[1]), words, inches=rest, largest=largest)
    axes = figure.add_subplot(inner[0])
    colours = [BLUE, *[SKY] * (len(versions) - 1)]
    axes.barh(range(len(versions)), [version.share for version in versions], color=colours, height=0.7)
    for at, version in enumerate(versions):
        lost = f"   {_lost(versions[0], version)}" if at else ""
        share = f"{version.share:.2f}" if version.share >= 0.005 else "< 0.01"
        axes.text(version.share + 0.02, at, share + lost, va="center", fontsize=8)
    texts = [_short(version.text, version.place) for version in versions]
    for at, text in enumerate(texts):
        axes.text(
            -0.03, at, text, va="center", ha="right", fontsize=9, family="monospace", weight="normal" if at else "bold"
        )
    room = _LETTER * max(len(text) for text in texts) + 0.1
    axes.plot([0, 0], [-0.5, len(texts) - 0.5], color=BLACK, linewidth=0.8)
    axes.invert_yaxis()
    axes.set_xlim(-1.45 * room / (WIDTH - 0.3 - room), 1.45)
    axes.set_axis_off()
    axes.set_title("the ways to read it, and their shares", fontsize=10, loc="left")


def _lost(best: Version, version: Version) -> str:
    """By how much a version lost, and how much of that to its pieces, and to what the line network says."""
    pieces, whole = best.seen - version.seen, best.score - version.score - (best.seen - version.seen)
    if version.heard is None or not np.isfinite(whole):
        return f"lost by {best.score - version.score:.1f}"
    return f"lost by {pieces + whole:.1f}: pieces {pieces:.1f}, whole {whole:.1f}".replace("-", "−")


def versions_height(one: ExplainedNumber) -> float:
    """Inches that a number's versions need."""
    return 0.3 + 0.24 * min(VERSIONS, len(one.segmentation.versions))


def _short(text: str, place: int) -> str:
    """A text, or where it is long, what stands around the place at which it differs."""
    if len(text) <= _LONGEST_TEXT:
        return text
    start = min(max(0, place - _LONGEST_TEXT // 2), len(text) - _LONGEST_TEXT)
    shown = text[start : start + _LONGEST_TEXT]
    return f"{'…' if start else ''}{shown}{'…' if start + _LONGEST_TEXT < len(text) else ''}"
