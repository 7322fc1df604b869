"""What the base install alone has to do, with whatever versions of its libraries: read, classify, look at digits.

`scripts/test_lowest.sh` runs this, and more, with the lowest versions that are allowed.
"""

import json

import numpy as np
import pytest
from PIL import Image

from digits.data.formats import write_csv


def test_a_picture_is_read(digits_command, digit_picture):
    code, out, err = digits_command("read", digit_picture, "--json")

    assert (code, err) == (0, "")
    assert len(json.loads(out)["numbers"]) == 1


@pytest.mark.parametrize("layout", ["auto", "line"])
def test_a_number_is_read_as_a_whole(digits_command, sample_test, tmp_path, layout):
    images = [np.kron(image, np.ones((4, 4), np.uint8)) for image in sample_test.images[[0, 200, 400]]]
    page = np.pad(255 - np.concatenate(images, axis=1), 40, constant_values=255)
    Image.fromarray(page).save(tmp_path / "number.png")
    code, out, err = digits_command("read", tmp_path / "number.png", "--layout", layout, "--json", "--always-answer")

    expected = "".join(map(str, sample_test.labels[[0, 200, 400]].tolist()))
    assert (code, err) == (0, "")
    assert [number["text"] for number in json.loads(out)["numbers"]] == [expected]


def test_digits_are_classified(digits_command, sample_test, tmp_path):
    write_csv(sample_test.take(np.arange(50)), tmp_path / "digits.csv")
    code, out, _ = digits_command("classify", tmp_path / "digits.csv", "--json")

    answers = [json.loads(line)["digit"] for line in out.splitlines()]
    assert code == 0
    assert np.mean(answers == sample_test.labels[:50]) > 0.9


@pytest.mark.parametrize("arguments", [["recipes"], ["models"], ["explore", "sample"], ["train", "--help"]])
def test_other_commands_that_need_no_extra_run(digits_command, arguments):
    code, out, _ = digits_command(*arguments)

    assert code == 0
    assert out
