"""What is in a Dataset: planted truths, NumPy and pandas as oracles, and what is known of MNIST."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.data.dataset import Dataset
from digits.data.duplicates import find_duplicates, overlap
from digits.data.explore import STATISTICS, explore
from digits.data.recognise import FINGERPRINT_FILE, mnist_fingerprints, recognise
from digits.data.sources import load_dataset

ROOT = Path(__file__).parents[2]


def noise(n, seed=0, name="noise"):
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (n, 28, 28), np.uint8)
    return Dataset(images=images, labels=random.integers(0, 10, n, np.uint8), name=name, split="train")


def with_rows(dataset, rows, labels=None):
    chosen = dataset.take(np.asarray(rows))
    return chosen if labels is None else Dataset(images=chosen.images, labels=np.uint8(labels), name="relabelled")


def rows_of(groups):
    return [group.tolist() for group in groups]


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 40), seed=st.integers(0, 99), top=st.sampled_from([1, 2, 3, 256]))
def test_the_statistics_are_numpys(n, seed, top):
    images = np.random.default_rng(seed).integers(0, top, (n, 28, 28)).astype(np.uint8)
    found = explore(Dataset(images=images, labels=np.zeros(n, np.uint8), name="any"))
    for statistics, values in ((found.each_pixel, images.reshape(n, 784)), (found.all_pixels, images.reshape(-1))):
        np.testing.assert_array_equal(statistics.count, len(values))
        np.testing.assert_allclose(statistics.mean, values.mean(axis=0))
        deviation = values.std(axis=0, ddof=1) if len(values) > 1 else 0
        np.testing.assert_allclose(statistics.std, deviation, atol=1e-9)
        expected = np.percentile(values, [0, 25, 50, 75, 100], axis=0)
        came = [statistics.columns[name] for name in ("min", "25%", "50%", "75%", "max")]
        np.testing.assert_allclose(np.array(came), expected, atol=1e-9)


def test_the_table_of_pixels_is_what_pandas_describes(sample):
    pandas = pytest.importorskip("pandas")
    described = pandas.DataFrame(sample.images.reshape(-1, 784)).describe()
    columns = explore(sample).each_pixel.columns
    assert tuple(described.index) == STATISTICS == tuple(columns)
    np.testing.assert_allclose(np.array(list(columns.values())), described.to_numpy(), atol=1e-9)


def test_counts_ink_and_means_of_digits_made_by_hand():
    images = np.zeros((4, 28, 28), np.uint8)
    images[:, 3, 5] = [0, 10, 20, 255]
    images[0, 0, 0] = 1
    found = explore(Dataset(images=images, labels=np.uint8([1, 7, 7, 7]), name="made", split="test", origin="here"))
    assert (found.name, found.split, found.origin, found.shape, found.dtype) == (
        "made", "test", "here", (4, 28, 28), "uint8",
    )  # fmt: skip
    assert found.class_counts.tolist() == [0, 1, 0, 0, 0, 0, 0, 3, 0, 0]
    assert (found.ink[3, 5], found.ink[0, 0], found.ink[9, 9]) == (0.75, 0.25, 0)
    assert found.ink_share == pytest.approx(4 / (4 * 784))
    assert found.empty.sum() == 782
    assert not found.empty[3, 5]
    assert found.mean_digits[7, 3, 5] == pytest.approx(285 / 3)
    assert found.mean_digits[1, 0, 0] == 1
    assert not found.mean_digits[2].any()


def test_more_digits_than_are_counted_at_once(sample):
    found = explore(sample)
    np.testing.assert_allclose(found.each_pixel.mean, sample.images.reshape(-1, 784).mean(axis=0))
    assert found.each_pixel.count.tolist() == [4_000] * 784
    np.testing.assert_allclose(found.mean_digits[3], sample.images[sample.labels == 3].mean(axis=0))
    np.testing.assert_allclose(found.ink, (sample.images > 0).mean(axis=0))


def test_planted_duplicates_are_found_with_their_rows_and_labels():
    planted = with_rows(noise(6), [0, 1, 2, 1, 3, 0, 1, 4], labels=[5, 6, 0, 6, 0, 9, 6, 0])
    duplicates = find_duplicates(planted)
    assert rows_of(duplicates.groups) == [[0, 5], [1, 3, 6]]
    assert rows_of(duplicates.conflicting) == [[0, 5]]
    assert duplicates.extra == 3


@pytest.mark.parametrize("rows", [[0], [0, 1, 2], [0, 0], [0, 0, 0, 1, 1]])
def test_duplicates_at_the_edges(rows):
    duplicates = find_duplicates(with_rows(noise(3), rows))
    assert duplicates.extra == len(rows) - len(set(rows))
    assert rows_of(duplicates.groups) == [
        np.flatnonzero(np.equal(rows, row)).tolist() for row in sorted(set(rows)) if rows.count(row) > 1
    ]


def test_the_overlap_of_two_datasets_is_what_was_planted():
    whole = noise(10)
    first = with_rows(whole, [0, 1, 2, 3, 3, 4, 4], labels=[0, 1, 2, 3, 3, 4, 4])
    second = with_rows(whole, [9, 3, 8, 2, 8, 7], labels=[9, 3, 8, 6, 8, 7])
    shared = overlap(first, second)
    assert (shared.images, shared.conflicting) == (2, 1)
    assert shared.first_rows.tolist() == [2, 3, 4]
    assert shared.second_rows.tolist() == [1, 3]
    nothing = overlap(with_rows(whole, [0, 0]), with_rows(whole, [1, 1]))
    assert (nothing.images, nothing.conflicting, len(nothing.first_rows), len(nothing.second_rows)) == (0, 0, 0, 0)


def test_the_json_is_json_and_has_the_pixels_on_request():
    dataset = with_rows(noise(3), [0, 1, 0])
    found = json.loads(json.dumps(explore(dataset).to_json()))
    assert found["duplicates"]["groups"] == [[0, 2]]
    assert (found["n"], found["shape"], found["hash"]) == (3, [3, 28, 28], dataset.hash)
    assert "each_pixel" not in found
    found = json.loads(json.dumps(explore(dataset).to_json(pixels=True)))
    assert {name: len(column) for name, column in found["each_pixel"].items()} == dict.fromkeys(STATISTICS, 784)
    json.dumps([overlap(dataset, dataset).to_json(), recognise(dataset).to_json()])


def test_mnists_digits_are_recognised_shuffled_relabelled_and_among_others(sample):
    mixed = sample.take(np.random.default_rng(1).permutation(4_000))
    relabelled = Dataset(images=mixed.images, labels=9 - mixed.labels, name="relabelled")
    found = recognise(relabelled)
    assert found.probes == found.found > 90
    assert found.share == 1
    assert found.exactly is None
    low, high = found.train_interval
    assert low < 4_000 / 60_000 < high
    assert (found.test_share, found.test_interval[0]) == (0, 0)

    other = noise(4_000)
    half = Dataset(
        images=np.concatenate([sample.images, other.images]),
        labels=np.concatenate([sample.labels, other.labels]),
        name="half",
    )
    assert recognise(half).share == pytest.approx(0.5, abs=0.1)
    assert (recognise(other).found, recognise(other).share) == (0, 0)


def test_too_few_digits_to_tell_is_no_share():
    lonely = next(one for one in (noise(1, seed) for seed in range(20)) if not len(one.fingerprint))
    assert (recognise(lonely).probes, recognise(lonely).share) == (0, None)


def test_the_fingerprints_are_sorted_hashes_of_every_32nd_digit():
    for part, digits in (("train", 60_000), ("test", 10_000)):
        fingerprint = mnist_fingerprints()[part]
        assert fingerprint.dtype == np.uint64
        assert (np.diff(fingerprint) > 0).all()
        assert not (fingerprint % 32).any()
        assert len(fingerprint) == pytest.approx(digits / 32, rel=0.1)


def test_the_interval_of_a_share_is_wilsons():
    statistics = pytest.importorskip("scipy.stats")
    from digits.data.recognise import _wilson

    for found, n in ((0, 304), (81, 263), (304, 304)):
        expected = statistics.binomtest(found, n).proportion_ci(method="wilson")
        assert _wilson(found, n) == pytest.approx((expected.low, expected.high), abs=1e-7)


@pytest.mark.mnist
def test_what_is_known_of_mnist(mnist_dir):
    training, test = (load_dataset("mnist", split, data_dir=mnist_dir) for split in ("train", "test"))
    found = explore(training)
    assert found.class_counts.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert found.all_pixels.mean / 255 == pytest.approx(0.1307, abs=1e-4)  # the figures that PyTorch's examples
    assert found.all_pixels.std / 255 == pytest.approx(0.3081, abs=1e-4)  # normalise MNIST with
    assert found.empty.sum() == 67
    assert found.duplicates.groups == ()
    assert explore(test).duplicates.groups == ()
    assert overlap(training, test).images == 0
    assert (recognise(training).exactly, recognise(test).exactly) == ("train", "test")
    assert (recognise(training).train_share, recognise(training).test_share) == (1, 0)


@pytest.mark.mnist
def test_kaggles_rows_are_recognised_as_mnist_reshuffled(mnist_dir):
    rows = load_dataset("kaggle-split", "train", data_dir=mnist_dir)
    found = recognise(rows)
    assert found.share == 1
    assert found.train_interval[0] < 0.6 < found.train_interval[1]
    assert found.test_interval[0] < 0.6 < found.test_interval[1]
    training, test = (load_dataset("mnist", split, data_dir=mnist_dir) for split in ("train", "test"))
    exact = [overlap(part, rows).images / len(part) for part in (training, test)]
    assert exact == pytest.approx([0.6, 0.6], abs=0.005)


@pytest.mark.mnist
def test_the_fingerprints_that_ship_are_made_by_their_script(mnist_dir, tmp_path, monkeypatch, capsys):
    path = ROOT / "scripts" / "make_mnist_fingerprint.py"
    specification = importlib.util.spec_from_file_location("make_mnist_fingerprint", path)
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    made = tmp_path / FINGERPRINT_FILE
    monkeypatch.setattr("sys.argv", [path.name, "--data-dir", str(mnist_dir), "--out", str(made)])
    script.main()
    assert made.read_bytes() == script.TARGET.read_bytes()
