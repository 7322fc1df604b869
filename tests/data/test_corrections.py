"""Corrected labels: those of the paper's votes, for MNIST's test set and nothing else."""

import re
from pathlib import Path

import numpy as np
import pytest

from digits.data import corrections
from digits.data.corrections import CORRECTED, UNDECIDABLE, corrections_of
from digits.data.dataset import Dataset
from digits.data.sources import load_dataset


def test_ten_labels_are_corrected_and_three_digits_are_undecidable():
    assert len(CORRECTED) == 10
    assert len(UNDECIDABLE) == 3
    assert not set(CORRECTED) & set(UNDECIDABLE)
    assert set(CORRECTED.values()) <= set(range(10))
    assert list(CORRECTED) == sorted(CORRECTED)


def test_other_digits_have_no_corrections(sample, sample_test):
    assert corrections_of(sample) is None
    assert corrections_of(sample_test) is None


def test_corrections_change_the_labels_they_name_and_leave_the_dataset_alone(sample_test, monkeypatch):
    labels = np.resize(sample_test.labels, 10_000)
    dataset = Dataset(images=np.resize(sample_test.images, (10_000, 28, 28)), labels=labels, name="as-if-mnist")
    monkeypatch.setattr(corrections, "MNIST_TEST_HASH", dataset.hash)
    found = corrections_of(dataset)
    assert all(found.labels[index] == label for index, label in CORRECTED.items())
    untouched = np.setdiff1d(np.arange(10_000), list(CORRECTED))
    np.testing.assert_array_equal(found.labels[untouched], labels[untouched])
    np.testing.assert_array_equal(np.flatnonzero(~found.decidable), UNDECIDABLE)
    np.testing.assert_array_equal(dataset.labels, labels)


@pytest.mark.mnist
def test_mnists_test_set_gives_the_labels_that_people_were_shown(mnist_dir):
    test = load_dataset("mnist", "test", data_dir=mnist_dir)
    source = Path(corrections.__file__).read_text("utf-8")
    commented = re.findall(r"^ {4}(\d+)[:,].*# given: (\d)", source, re.MULTILINE)
    shown = {int(index): int(label) for index, label in commented}
    assert set(shown) == {*CORRECTED, *UNDECIDABLE}
    assert all(test.labels[index] == label for index, label in shown.items())
    assert int(np.sum(corrections_of(test).labels != test.labels)) == len(CORRECTED)
