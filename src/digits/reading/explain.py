"""Why was a picture read as it was? The reader's way through it, taken apart: a picture → an Explanation.

    explanation = explain(reader, picture, sample=(images, labels))
    for sentence in explanation.words: print(sentence)

What is explained is the answer of `Reader.read_page`; the other ways of looking at the picture stand beside it.
"""

import numpy as np
import numpy.typing as npt

from digits.errors import InputError
from digits.reading import why
from digits.reading.explanation import ExplainedDigit, Explanation
from digits.reading.mnist_form import INK
from digits.reading.occlusion import occlude
from digits.reading.picture import Picture
from digits.reading.reader import Look, Reader
from digits.reading.resemblance import compare_form, count_loops, find_neighbours
from digits.reading.surroundings import survey

Sample = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
"""Labelled digits: images, uint8 (n, 28, 28), and labels, uint8 (n,); n at least 2."""


def explain(reader: Reader, picture: Picture, *, sample: Sample | None = None, label: int | None = None) -> Explanation:
    """Say why a picture that holds one digit is read as it is.

    Args:
        reader: whose answer is explained.
        picture: one page.
        sample: digits to find the nearest in, such as MNIST's.
        label: what it should have been read as, 0 to 9.

    Raises:
        InputError: the label is no digit.
    """
    if label is not None and not 0 <= label <= 9:
        raise InputError(f"the label is {label}; expected a digit, 0 to 9")
    name = reader.classifier.name
    looks = reader.look(picture)
    if not looks:
        return Explanation(picture, name, (), why.nothing_found(picture))
    others = [look for look in reader.look(picture, thorough=True) if not _same(look, looks[0])]
    digit = _explain_digit(reader, picture, looks[0], tuple(others), sample, label)
    return Explanation(picture, name, (digit,), why.sentences(digit))


def _explain_digit(
    reader: Reader, picture: Picture, look: Look, others: tuple[Look, ...], sample: Sample | None, label: int | None
) -> ExplainedDigit:
    classifier, image = reader.classifier, look.form.image
    return ExplainedDigit(
        look=look,
        unsure=reader.thresholds.unsure(look.confidence, look.digitness),
        label=label,
        surroundings=survey(picture, look.ink, look.strokes),
        measures=compare_form(look.strokes, look.form, classifier.description["training_digits"]),
        loops=(count_loops(look.strokes), count_loops((image >= INK).astype(np.uint8))),
        occlusion=occlude(classifier, image),
        neighbours=find_neighbours(classifier, image, *sample) if sample else None,
        others=others,
    )


def _same(one: Look, other: Look) -> bool:
    return one.corrected == other.corrected and np.array_equal(one.form.image, other.form.image)
