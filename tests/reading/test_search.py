"""The best way through a line is the best of all ways: compared with trying every one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.reading.candidates import Candidate, Chain
from digits.reading.cuts import Component
from digits.reading.search import BIAS, HEARD, KEPT, LEFT_OUT, TEMPERATURE, find_paths, follow, weighed
from digits.reading.transcript import Transcript

TALL = 64.0


def saying(chain):
    """For each candidate the digit of its own number, mostly: float64 (n, 10)."""
    rows = np.full((len(chain.candidates), 10), 0.02)
    rows[np.arange(len(rows)), np.arange(len(rows)) % 10] = 0.82
    return rows


def paths_of(chain, judged, expected=None):
    return find_paths(chain, judged, saying(chain), TALL, expected)


def component(cuts, size=64):
    """Ink of this height with so many cuts, of which this module knows but their number."""
    ink = np.ones((size, 10), bool)
    return Component(ink, 0, 0, np.stack([ink] * (cuts + 1)), np.zeros(cuts + 1))


def chain_of(components, spans):
    starts = (0, *np.cumsum([one.last for one in components]).tolist())
    mask = np.ones((2, 2), np.uint8)
    ink = {"box": (0, 0, 2, 2), "mask": mask, "crossed": 0.0, "gap": 0.0, "near": 0.0, "parts": 1}
    candidates = tuple(Candidate(start=start, end=end, **ink) for start, end in spans)
    return Chain(tuple(components), starts, candidates)


@st.composite
def chains(draw):
    """A chain of up to three components with up to three cuts each; and the log-odds of its candidates."""
    cuts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    sizes = draw(st.lists(st.integers(4, 90), min_size=len(cuts), max_size=len(cuts)))
    last = sum(cuts)
    every = [(start, end) for start in range(last) for end in range(start + 1, min(start + 4, last) + 1)]
    spans = draw(st.lists(st.sampled_from(every), max_size=8, unique=True))
    judged = draw(st.lists(st.floats(-12, 8), min_size=len(spans), max_size=len(spans)))
    chain = chain_of([component(number, size) for number, size in zip(cuts, sizes, strict=True)], spans)
    return chain, np.array(judged, np.float64)


def every_way(chain, judged, cut=0):
    """All ways from a cut to the last one: their steps and scores."""
    if cut == chain.starts[-1]:
        yield (), 0.0
    for number, candidate in enumerate(chain.candidates):
        if candidate.start == cut:
            for steps, score in every_way(chain, judged, candidate.end):
                yield (number, *steps), score + float(judged[number]) + BIAS
    if cut in chain.starts[:-1]:
        index = chain.starts.index(cut)
        left_out = LEFT_OUT * max(chain.components[index].ink.shape) / TALL
        for steps, score in every_way(chain, judged, chain.starts[index + 1]):
            yield steps, score - left_out


def best_ways(chain, judged, least=1, most=99):
    ways = [(steps, score) for steps, score in every_way(chain, judged) if least <= len(steps) <= most]
    return sorted(ways, key=lambda way: -way[1])


@given(chains())
@settings(max_examples=150, deadline=None)
def test_the_best_paths_are_the_best_of_all(drawn):
    chain, judged = drawn
    found, ways = paths_of(chain, judged), best_ways(chain, judged)
    assert bool(found) == bool(ways)
    scores = [path.score for path in found]
    assert scores[: KEPT - 1] == pytest.approx([score for _, score in ways[: KEPT - 1]])
    by_steps = dict(ways)
    assert all(path.score == pytest.approx(by_steps[path.steps]) for path in found)
    assert len({path.steps for path in found}) == len(found) <= KEPT


@given(chains(), st.integers(1, 4), st.integers(0, 2))
@settings(max_examples=150, deadline=None)
def test_with_a_known_count_they_are_the_best_of_those_with_so_many_digits(drawn, least, more):
    chain, judged = drawn
    found = paths_of(chain, judged, (least, least + more))
    ways = best_ways(chain, judged, least, least + more)
    assert all(least <= len(path.steps) <= least + more for path in found)
    assert [path.score for path in found] == pytest.approx([score for _, score in ways[:KEPT]])


@given(chains())
@settings(max_examples=60, deadline=None)
def test_shares_are_those_of_the_paths_likelihoods_and_sum_to_one(drawn):
    found = paths_of(*drawn)
    if not found:
        return
    shares = np.array([path.share for path in found])
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) <= 1e-12).all()
    assert shares[0] / shares == pytest.approx(
        np.exp([(found[0].score - path.score) / TEMPERATURE for path in found]), rel=1e-4
    )


@given(chains(), st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_a_path_goes_from_the_first_cut_to_the_last_without_overlap(drawn, more):
    chain, judged = drawn
    for path in paths_of(chain, judged + more):
        at = 0
        for step in path.steps:
            candidate = chain.candidates[step]
            assert candidate.start >= at
            assert at == candidate.start or at in chain.starts  # what lies between are components that were left out
            at = candidate.end


def test_touching_digits_are_parted_where_the_pieces_speak_for_it():
    chain = chain_of([component(2)], [(0, 1), (1, 2), (0, 2)])
    assert paths_of(chain, np.array([3.0, 2.0, -4.0]))[0].steps == (0, 1)
    assert paths_of(chain, np.array([-3.0, -2.0, 4.0]))[0].steps == (2,)


def test_what_is_no_digit_is_left_out_and_the_smaller_the_sooner():
    chain = chain_of([component(1), component(1, size=10), component(1)], [(0, 1), (1, 2), (2, 3)])
    judged = np.array([5.0, -4.0, 5.0])
    assert paths_of(chain, judged)[0].steps == (0, 2)
    large = replace(chain, components=(component(1), component(1, size=90), component(1)))
    assert paths_of(large, judged)[0].steps == (0, 1, 2)


def test_a_known_count_is_kept_or_there_is_no_path():
    chain = chain_of([component(2), component(1)], [(0, 1), (1, 2), (0, 2), (2, 3)])
    judged = np.array([-1.0, -1.0, 4.0, 5.0])
    assert len(paths_of(chain, judged)[0].steps) == 2
    assert paths_of(chain, judged, (3, 3))[0].steps == (0, 1, 3)
    assert paths_of(chain, judged, (4, 6)) == []


def test_a_line_of_no_candidates_has_no_path():
    assert paths_of(chain_of([component(1)], []), np.zeros(0)) == []


@given(chains(), st.text("01234567", min_size=1, max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_text_is_followed_along_the_best_path_that_has_as_many_digits(drawn, text):
    chain, judged = drawn
    logarithms = np.log(saying(chain))

    def gain(steps):
        return sum(
            logarithms[step, int(digit)] - logarithms[step].max() for step, digit in zip(steps, text, strict=True)
        )

    scores = [score + gain(steps) for steps, score in best_ways(chain, judged, len(text), len(text))]
    found = follow(chain, judged, saying(chain), TALL, text)
    if not scores:
        assert found is None
        return
    assert found.text == text
    assert found.score == pytest.approx(max(scores))


def test_what_is_heard_of_the_whole_line_decides_between_paths_that_score_alike():
    chain = chain_of([component(2)], [(0, 2), (0, 1), (1, 2)])
    paths = paths_of(chain, np.array([1.0, 0.2, 0.3 - BIAS]))
    assert {path.text for path in paths} == {"0", "12"}
    heard = Transcript(np.log(np.eye(11)[[0, 2, 0, 3, 0]] * 0.9 + 0.1 / 11), np.arange(5.0))  # none, 1, none, 2, none
    best = weighed(paths, heard)[0]
    assert best.text == "12"
    said = {path.text: path.score for path in paths}
    assert best.score == pytest.approx(said["12"] + HEARD * heard.log_likelihood("12"))
    assert sum(path.share for path in weighed(paths, heard)) == pytest.approx(1)
