"""Published sets, each in files of its own format that are made here: found, checked, read, upright."""

import gzip
import hashlib
import json
import re
import shutil
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest

import digits
from digits.data import published
from digits.data.dataset import Dataset
from digits.data.published import PUBLISHED
from digits.data.sources import SOURCES, available_splits, load_dataset
from digits.errors import DataError, DownloadError
from digits.locate import DEFAULT_MODEL, shipped_models

CLOSED = "http://127.0.0.1:9/"
"""The discard port: nothing listens there."""


@pytest.fixture(autouse=True)
def _a_plain_environment(monkeypatch):
    monkeypatch.delenv("DIGITS_DATA_DIR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


# ── The files of each set, as its makers write them ───────────────────────────────────────────────────────────────────

SEVEN = """
#######
......#
.....#.
....#..
..####.
...#...
..#....
.#.....
"""
"""A seven as it stands on paper: its bar at the top, its foot at the lower left."""


def drawn(text):
    """A drawing as an image, uint8 (28, 28): each sign two pixels wide and high."""
    ink = np.array([[255 * (sign == "#") for sign in line] for line in text.split()], np.uint8)  # (8, 7)
    return np.pad(ink.repeat(2, 0).repeat(2, 1), ((6, 6), (7, 7)))


@pytest.fixture(scope="module")
def golden(sample, sample_test):
    """What every set has to give, by split: a drawn seven, and digits of MNIST's, upright."""
    return {
        split: Dataset(
            images=np.concatenate([drawn(SEVEN)[np.newaxis], digits.images[:count]]),
            labels=np.concatenate([np.uint8([7]), digits.labels[:count]]),
            name="golden",
        )
        for split, digits, count in (("train", sample, 30), ("test", sample_test, 20))
    }


def idx(array):
    return gzip.compress(struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape) + array.tobytes())


def under_mnists_names(directory, golden):
    for split, name in (("train", "train"), ("test", "t10k")):
        (directory / f"{name}-images-idx3-ubyte.gz").write_bytes(idx(golden[split].images))
        (directory / f"{name}-labels-idx1-ubyte.gz").write_bytes(idx(golden[split].labels))


def as_qmnist(directory, golden):
    """Labels as its README has them: a table of 8 big-endian 32-bit numbers a digit, magic number 0x0c02."""
    for split, part in golden.items():
        table = np.zeros((len(part), 8), ">i4")
        table[:, 0], table[:, 2], table[:, 5] = part.labels, 2150, 231_000
        content = struct.pack(">3I", 0x0C02, *table.shape) + table.tobytes()
        (directory / f"qmnist-{split}-images-idx3-ubyte.gz").write_bytes(idx(part.images))
        (directory / f"qmnist-{split}-labels-idx2-int.gz").write_bytes(gzip.compress(content))


def as_emnist(directory, golden, sets=("digits", "letters")):
    """All sets in one archive, every picture with its rows as columns; of `letters` the labels go up to 26."""
    with zipfile.ZipFile(directory / "gzip.zip", "w") as archive:
        for name in sets:
            for split, part in golden.items():
                labels = part.labels if name == "digits" else part.labels + np.uint8(17)
                start = f"gzip/emnist-{name}-{split}"
                lying = np.ascontiguousarray(part.images.transpose(0, 2, 1))
                archive.writestr(f"{start}-images-idx3-ubyte.gz", idx(lying))
                archive.writestr(f"{start}-labels-idx1-ubyte.gz", idx(labels))


def as_keras(directory, golden):
    train, test = golden["train"], golden["test"]
    np.savez_compressed(
        directory / "mnist.npz", x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels
    )


WRITERS = {
    "fashion-mnist": under_mnists_names,
    "kmnist": under_mnists_names,
    "qmnist": as_qmnist,
    "emnist-digits": as_emnist,
}


@pytest.fixture
def made(tmp_path, golden, publish):
    """A function that makes a set's files in a directory, and has the library take them for the real ones."""

    def make(name, mirrors=None, place="server"):
        directory = tmp_path / place
        directory.mkdir(parents=True)
        WRITERS[name](directory, golden)
        publish(name, directory, mirrors)
        return directory

    return make


def test_a_drawn_seven_is_upright_in_these_tests():
    seven = drawn(SEVEN)

    assert seven.shape == (28, 28)
    assert seven[6, 7:21].all()
    assert seven[21, 9]
    assert not seven[21, 12:].any()


# ── From mirrors ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", WRITERS)
def test_a_set_is_downloaded_once_checked_and_given_upright(name, made, serve, golden, tmp_path):
    address, asked = serve(tmp_path / "server")
    directory = made(name, [CLOSED, address])
    for split in ("train", "test", "train"):
        dataset = load_dataset(name, split)
        np.testing.assert_array_equal(dataset.images, golden[split].images)
        np.testing.assert_array_equal(dataset.labels, golden[split].labels)
        assert (dataset.name, dataset.split) == (name, split)

    there = sorted(path.name for path in directory.iterdir())
    assert sorted(file.lstrip("/") for file in asked) == there
    assert sorted(path.name for path in (tmp_path / "cache" / name).iterdir()) == there


def test_files_of_one_name_from_two_sets_are_kept_apart(made, serve, golden, tmp_path, publish):
    made("kmnist", [serve(tmp_path / "server")[0]])
    (tmp_path / "other").mkdir()
    under_mnists_names(tmp_path / "other", {"train": golden["test"], "test": golden["train"]})
    publish("fashion-mnist", tmp_path / "other", [serve(tmp_path / "other")[0]])

    assert load_dataset("kmnist").hash == golden["train"].hash
    assert load_dataset("fashion-mnist").hash == golden["test"].hash
    assert load_dataset("kmnist").hash == golden["train"].hash


def test_a_file_with_another_md5_than_published_is_not_taken(made, serve, tmp_path):
    made("qmnist", [serve(tmp_path / "server", "web page")[0]])
    with pytest.raises(
        DownloadError, match=r"qmnist-train-images-idx3-ubyte.gz .*: the file that came has another MD5"
    ):
        load_dataset("qmnist")


def test_where_mnists_files_cannot_be_had_kerass_is_taken_and_checked(serve, golden, publish, tmp_path, monkeypatch):
    (tmp_path / "server").mkdir()
    under_mnists_names(tmp_path / "server", golden)
    as_keras(tmp_path / "server", golden)
    address, asked = serve(tmp_path / "server")
    npz = PUBLISHED["mnist"].instead
    sums = {split: {"mnist.npz": sha256(tmp_path / "server" / "mnist.npz")} for split in golden}
    publish("mnist", tmp_path / "server", [CLOSED], instead=replace(npz, mirrors=(address,), sums=sums))
    for split, part in golden.items():
        monkeypatch.setitem(published.MNIST_HASHES, split, part.hash)

    assert load_dataset("mnist", "test").hash == golden["test"].hash
    assert load_dataset("mnist").hash == golden["train"].hash
    assert asked == ["/mnist.npz"]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ── Out of a directory ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("place", ["", "{name}", "{torchvision}/raw"])
def test_files_that_are_there_are_read_and_nothing_is_downloaded(name, place, made, golden, tmp_path, monkeypatch):
    monkeypatch.setattr(published, "fetch", None)
    made(name, place="mine/" + place.format(name=name, torchvision=PUBLISHED[name].torchvision))

    assert load_dataset(name, "test", data_dir=tmp_path / "mine").hash == golden["test"].hash
    monkeypatch.setenv("DIGITS_DATA_DIR", str(tmp_path / "mine"))
    assert load_dataset(name).hash == golden["train"].hash


@pytest.mark.parametrize("name", WRITERS)
def test_a_directory_without_a_sets_files_is_refused_with_the_names_and_the_way_out(name, tmp_path, monkeypatch):
    monkeypatch.setattr(published, "fetch", None)
    message = refused(name, tmp_path)

    assert all(file in message for file in PUBLISHED[name].files.sums["train"])
    assert f"there are no {name} train files" in message
    assert "or give the directory of other files itself as the source" in message


def test_mnists_files_are_not_taken_for_fashion_mnist_which_calls_its_own_the_same(golden, made, tmp_path):
    made("fashion-mnist", place="mine/fashion-mnist")
    under_mnists_names(tmp_path / "mine", {"train": golden["test"], "test": golden["train"]})

    assert load_dataset("fashion-mnist", data_dir=tmp_path / "mine").hash == golden["train"].hash
    (tmp_path / "mine" / "fashion-mnist" / "train-labels-idx1-ubyte.gz").unlink()
    assert "train-images-idx3-ubyte.gz is another file, by its sum" in refused("fashion-mnist", tmp_path / "mine")


def refused(name, data_dir):
    with pytest.raises(DataError) as caught:
        load_dataset(name, data_dir=data_dir)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.mark.parametrize("folder", ["", "mnist"])
def test_mnist_may_be_kerass_file_and_is_still_known_by_its_digits(folder, golden, tmp_path, monkeypatch):
    (tmp_path / folder).mkdir(exist_ok=True)
    as_keras(tmp_path / folder, golden)
    assert "are not MNIST's: expected hash" in refused("mnist", tmp_path)
    for split, part in golden.items():
        monkeypatch.setitem(published.MNIST_HASHES, split, part.hash)
        assert load_dataset("mnist", split, data_dir=tmp_path).hash == part.hash


def test_mnist_is_found_in_its_folder_beside_files_of_other_sets(golden, tmp_path, monkeypatch):
    monkeypatch.setitem(published.MNIST_HASHES, "train", golden["train"].hash)
    as_qmnist(tmp_path, golden)
    (tmp_path / "mnist").mkdir()
    under_mnists_names(tmp_path / "mnist", golden)

    assert load_dataset("mnist", data_dir=tmp_path).hash == golden["train"].hash


@pytest.mark.mnist
def test_mnist_in_kerass_form_is_mnist(mnist_dir, tmp_path):
    as_keras(tmp_path, {split: load_dataset("mnist", split, data_dir=mnist_dir) for split in ("train", "test")})

    assert load_dataset("mnist", "test", data_dir=tmp_path).hash == published.MNIST_TEST_HASH


# ── What an archive may do ────────────────────────────────────────────────────────────────────────────────────────────


def archive_of(content):
    def make(path, golden):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("gzip/emnist-digits-train-images-idx3-ubyte.gz", content)

    return make


ARCHIVES = {
    "no archive": (lambda path, _: path.write_bytes(b"<html>"), "is damaged: File is not a zip file"),
    "without the digits": (lambda path, golden: as_emnist(path.parent, golden, ["letters"]), "There is no item named"),
    "with something else": (archive_of(b"I am no IDX"), "is not IDX images"),
    "that ends early": (archive_of(idx(np.zeros((3, 28, 28), np.uint8))[:-20]), "is truncated"),
    "that claims too much": (archive_of(struct.pack(">4I", 0x0803, 2**31, 28, 28)), "claims to hold"),
}


@pytest.mark.parametrize(("make", "words"), ARCHIVES.values(), ids=ARCHIVES)
def test_a_bad_archive_is_refused_in_one_line(make, words, golden, publish, tmp_path):
    make(tmp_path / "gzip.zip", golden)
    publish("emnist-digits", tmp_path)

    message = refused("emnist-digits", tmp_path)
    assert words in message
    assert "gzip.zip" in message


# ── The same files as a path ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", ["", "QMNIST/raw"])
def test_qmnists_files_are_read_as_a_path_too(place, golden, tmp_path):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    as_qmnist(tmp_path / place, golden)

    assert available_splits(tmp_path) == ("train", "test")
    assert load_dataset(tmp_path, "test").hash == golden["test"].hash
    single = load_dataset(tmp_path / place / "qmnist-train-images-idx3-ubyte.gz")
    assert single.hash == golden["train"].hash


def test_mnists_files_go_before_qmnists_beside_them(golden, tmp_path):
    as_qmnist(tmp_path, golden)
    under_mnists_names(tmp_path, {"train": golden["test"], "test": golden["train"]})
    dataset = load_dataset(tmp_path)

    assert dataset.hash == golden["test"].hash
    assert dataset.notes == (
        "of the sets that are here (the one without a name, qmnist), the one without a name is taken",
    )


# ── What is said of them ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "what"), [("fashion-mnist", "clothes"), ("kmnist", "characters")])
def test_classes_that_are_no_digits_are_said_to_be_none_wherever_they_are_used(name, what, made, tmp_path):
    directory = made(name)
    with pytest.warns(UserWarning, match=rf"{name}: these are .*{what}, no digits.*trained on them reads none"):
        dataset = digits.load_dataset(name, data_dir=directory)

    assert "no digits" in SOURCES[name].description
    assert "no digits" in dataset.origin  # which goes into a bundle
    assert dataset.take(np.arange(3)).notes == dataset.notes


@pytest.mark.parametrize("name", ["qmnist", "emnist-digits"])
def test_of_digits_nothing_is_said(name, made):
    assert digits.load_dataset(name, data_dir=made(name)).notes == ()


def test_every_published_set_is_a_source_with_sums_for_both_splits():
    assert PUBLISHED.keys() == SOURCES.keys() - {"sample", "kaggle-split"}
    for row in PUBLISHED.values():
        for files in filter(None, (row.files, row.instead)):
            assert files.sums.keys() == {"train", "test"}
            assert all(mirror.endswith("/") for mirror in files.mirrors)
            for split in files.sums.values():
                assert all(re.fullmatch("md5:[0-9a-f]{32}|[0-9a-f]{64}", checksum) for checksum in split.values())


# ── On the command line ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_set_is_fetched_by_its_name(digits_command, made, serve, tmp_path):
    made("qmnist", [serve(tmp_path / "server")[0]])
    code, out, _ = digits_command("data", "fetch", "qmnist")

    assert (code, out.strip()) == (0, str(tmp_path / "cache" / "qmnist"))


def test_what_is_not_downloaded_is_not_fetched(digits_command):
    code, _, err = digits_command("data", "fetch", "sample")

    assert code == 2
    assert "'sample' is no source that is downloaded; give one of: mnist, qmnist, emnist-digits" in err


def test_that_clothes_are_no_digits_is_said_where_they_are_looked_at(digits_command, made):
    code, _, err = digits_command("explore", "fashion-mnist", "--data-dir", made("fashion-mnist"))

    assert code == 0
    assert "fashion-mnist, train: these are clothes, no digits" in err


def test_that_a_network_was_trained_on_no_digits_is_said_where_it_reads(digits_command, digit_picture, tmp_path):
    bundle = tmp_path / "characters"
    shutil.copytree(shipped_models()[DEFAULT_MODEL], bundle)
    description = json.loads((bundle / "bundle.json").read_text())
    description["training_digits"]["name"] = "kmnist"
    (bundle / "bundle.json").write_text(json.dumps(description))
    code, _, err = digits_command("classify", digit_picture, "--model", bundle)

    assert code == 0
    assert "was trained on kmnist: these are Japanese characters, no digits" in err
