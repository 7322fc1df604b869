"""Which of the two networks wanted what: the line network's view of a number beside its pieces', in plain sentences.

What the pieces want is the version that they speak for most, without what the line network adds to the scores.
"""

from collections.abc import Iterator
from math import exp, isfinite

from digits.reading.explained_number import ExplainedNumber
from digits.reading.heard import Heard
from digits.reading.segmentation import Version
from digits.reading.wording import a, probability

_WHO = "The line network, which reads a number as a whole,"


def of_heard(explained: ExplainedNumber, *, alone: bool) -> Iterator[str]:
    """What the line network says of a number; that it agrees only where no other number is explained beside it."""
    heard, wanted = explained.heard, _by_pieces(explained)
    if heard is None:
        yield "The line network was not asked: the number is longer than any that it reads."
    elif not heard.text:
        yield f"{_WHO} sees no digit in it: its pieces speak against that."
    elif heard.text != explained.guess:
        yield f"{_WHO} says {_otherwise(explained, heard)}."
        if wanted.text not in {explained.guess, heard.text}:
            yield f"Its pieces by themselves would rather be {wanted.text}: what was read suits both."
    elif wanted.text != explained.guess:
        best = _version(explained, explained.guess) or explained.segmentation.versions[0]
        yield (
            f"Its pieces by themselves would rather be {wanted.text}, by {wanted.seen - best.seen:.1f} in log-odds; "
            f"the{_WHO[3:]} decided it: it gives {heard.text} {_exponential(heard.log_probability)}, "
            f"and {wanted.text} {_exponential(wanted.heard)}."
        )
    elif heard.led and explained.segmentation.cuts:
        sure = _exponential(heard.log_probability)
        yield f"{_WHO} is so sure of it ({sure}) that ink was cut only between digits that it sees."
    elif alone:
        yield f"{_WHO} says the same ({_exponential(heard.log_probability)})."


def differing(explained: ExplainedNumber, at: int) -> str | None:
    """What each network sees at a place, if they differ: `the digit network sees a 1, the line network a 7`."""
    if explained.heard is None or explained.heard.said is None:
        return None
    seen = int(explained.line.answers.probabilities[explained.line.steps[at]].argmax())
    said = int(explained.heard.said[at].argmax())
    return None if seen == said else f"the digit network sees {a(seen)}, the line network {a(said)}"


def _otherwise(explained: ExplainedNumber, heard: Heard) -> str:
    """What the line network says instead of what was read, and why that was not believed."""
    read, said = _exponential(heard.log_probability_read), _exponential(heard.log_probability)
    both = f"{heard.text} ({said}; it gives {explained.guess} {read})"
    best = explained.segmentation.versions[0]
    version = _version(explained, heard.text)
    if heard.log_probability_read >= heard.log_probability:
        return f"{both}, and so does not stand by it"
    if version is None:
        return f"{both}, but there was no way to take its ink apart into that"
    return f"{both}, but its pieces speak for {best.text} more strongly, by {best.seen - version.seen:.1f} in log-odds"


def _version(explained: ExplainedNumber, text: str) -> Version | None:
    return next((one for one in explained.segmentation.versions if one.text == text), None)


def _by_pieces(explained: ExplainedNumber) -> Version:
    """The version that the pieces speak for most."""
    versions = [one for one in explained.segmentation.versions if isfinite(one.seen)]
    return max(versions, key=lambda one: one.seen, default=explained.segmentation.versions[0])


def _exponential(log_probability: float | None) -> str:
    return probability(0.0 if log_probability is None else exp(min(0.0, log_probability)))
