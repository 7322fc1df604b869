"""Drawings of no digit: each kind draws on its canvas, never the same twice, and the same again from the same seed."""

import numpy as np
import pytest

from digits.training import drawings
from digits.training.non_digits import DRAWN

every_kind = pytest.mark.parametrize("kind", list(DRAWN), ids=lambda kind: kind.__name__)


@every_kind
def test_a_kind_draws_light_on_black_canvases_that_differ(kind):
    random = np.random.default_rng(0)
    canvases = [kind(random) for _ in range(60)]
    assert all((canvas.dtype, canvas.shape) == (np.uint8, (96, 96)) for canvas in canvases)
    assert len({canvas.tobytes() for canvas in canvases}) > 40
    if kind is not drawings.blank:
        assert np.mean([canvas.max() > 60 for canvas in canvases]) > 0.9


@every_kind
def test_the_same_seed_draws_the_same(kind):
    first, second = (kind(np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)


def test_letters_that_pass_for_digits_are_not_drawn():
    assert not set("IiLlOoQqSsZzbgyjt") & (set(drawings.LETTERS) - {"L"})
    assert set("ABCDEFGHJ") <= set(drawings.LETTERS)
    assert not set("!$()[]{}|/\\'.,") & set(drawings.SIGNS)
