"""What is told of the line network is what its transcript holds: its text, where each digit was seen, how likely."""

import json
from dataclasses import replace

import numpy as np

from digits.reading.heard import listen, rounded
from digits.reading.transcript import Transcript


def saying(line, *seen, likely=0.9):
    """The line, heard as these digits, one column each, in the middle of the digits that were read."""
    boxes = [line.chain.candidates[step].box for step in line.steps]
    columns = np.arange(boxes[0][0], boxes[-1][2], 4.0)
    middles = np.linspace((boxes[0][0] + boxes[0][2]) / 2, (boxes[-1][0] + boxes[-1][2]) / 2, len(seen))
    probabilities = np.full((len(columns), 11), 1e-4)
    probabilities[:, 0] = 1
    for digit, middle in zip(seen, middles, strict=True):
        at = np.abs(columns - middle).argmin()
        probabilities[at, 0], probabilities[at, digit + 1] = 1 - likely, likely
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return replace(line, transcript=Transcript(np.log(probabilities), columns))


def test_where_the_line_network_was_not_asked_nothing_was_heard(number):
    assert listen(replace(number.line, transcript=None)) is None


def test_a_digit_that_was_heard_has_its_place_in_the_picture_and_its_probability(number):
    read = [int(digit) for digit in number.guess]
    heard = listen(saying(number.line, *read))
    assert heard.text == number.guess
    assert heard.log_probability == heard.log_probability_read < 0
    for digit, own in zip(heard.digits, number.number.digits, strict=True):
        left, top, width, height = digit.box
        assert own.box[0] <= left + width / 2 <= own.box[0] + own.box[2]
        assert top <= own.box[1] + 1
        assert top + height >= own.box[1] + own.box[3] - 1
        assert width < own.box[2]
        assert 0.9 < digit.probability <= 1


def test_a_digit_lasts_as_long_as_it_is_the_likeliest(number):
    line = saying(number.line, 3, 1, 4)
    transcript = line.transcript
    at = int(transcript.log_probabilities.argmax(axis=1).nonzero()[0][1])
    longer = transcript.log_probabilities.copy()
    longer[at + 1] = longer[at]
    first, second, _ = listen(replace(line, transcript=replace(transcript, log_probabilities=longer))).digits
    assert first.columns[1] - first.columns[0] == 4
    assert second.columns == (transcript.columns[at] - 2, transcript.columns[at + 1] + 2)


def test_where_it_counts_other_digits_it_has_no_say_in_which_they_are(number):
    read = [int(digit) for digit in number.guess]
    alike, more, none = (listen(saying(number.line, *seen)) for seen in (read, [*read, 1], []))
    assert alike.said.shape == (3, 10)
    assert alike.said.argmax(axis=1).tolist() == read
    assert more.said is None
    assert more.log_probability > more.log_probability_read
    assert (none.text, none.digits, none.said) == ("", (), None)


def test_what_it_says_is_json_whatever_it_is(number):
    narrow = Transcript(np.log(np.full((2, 11), 1 / 11)), np.array([20.0, 26.0]))
    for line in (saying(number.line, 3, 1, 4), saying(number.line), replace(number.line, transcript=narrow)):
        found = json.loads(json.dumps(listen(line).to_json(), allow_nan=False))
        assert list(found) == ["text", "log_probability", "log_probability_read", "led", "digits"]
        assert len(found["digits"]) == len(found["text"])
    assert found["log_probability_read"] is None
    assert (rounded(-np.inf), rounded(-0.123456)) == (None, -0.1235)


def test_who_led_the_cuts_is_seen_in_them(number):
    chain = number.line.chain
    for known in (None, np.array([0, 1])):
        components = tuple(replace(component, heard=known) for component in chain.components)
        line = replace(saying(number.line, 3, 1, 4), chain=replace(chain, components=components))
        assert listen(line).led is (known is not None)
