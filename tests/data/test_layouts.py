"""Digits as people have them: names of files and folders, lists of pictures, arrays of other programs."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.data.dataset import Dataset, image_hashes
from digits.data.formats import write_csv, write_folder, write_idx
from digits.data.sources import available_splits, load_dataset, load_images
from digits.errors import DataError, MissingExtraError

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture(scope="module")
def some(sample):
    return sample.take(np.arange(60))


def same_digits(one, other):
    return sorted(zip(image_hashes(one.images).tolist(), one.labels.tolist(), strict=True)) == sorted(
        zip(image_hashes(other.images).tolist(), other.labels.tolist(), strict=True)
    )


def refused(path, words):
    with pytest.raises(DataError, match=words) as caught:
        load_dataset(path)
    assert len(str(caught.value).splitlines()) == 1


# ── Folders, and names of pictures ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["digit_{}", "digit-{}", "Digit {}", "class{}", "0{}", "label_0{}", "{word}"])
def test_a_folder_for_each_digit_may_be_called_what_people_call_it(tmp_path, some, name):
    write_folder(some, tmp_path / "mine")
    for digit in range(10):
        (tmp_path / "mine" / str(digit)).rename(tmp_path / "mine" / name.format(digit, word=WORDS[digit]))

    assert same_digits(load_dataset(tmp_path / "mine"), some)


def pictures(directory, dataset, name):
    directory.mkdir(exist_ok=True)
    names = []
    for number, (image, label) in enumerate(zip(dataset.images, dataset.labels, strict=True)):
        names.append(name.format(number=number, label=label, word=WORDS[label]))
        Image.fromarray(np.asarray(image)).save(directory / names[-1])
    return names


@pytest.mark.parametrize("name", ["{label}_{number}.png", "{word}-{number}.png", "img{number}_{label}.png"])
def test_labels_may_stand_in_the_pictures_names_and_that_is_told(tmp_path, some, name):
    pictures(tmp_path / "mine", some, name)
    dataset = load_dataset(tmp_path / "mine")

    assert same_digits(dataset, some)
    assert "labels stand in the pictures' names" in dataset.notes[0]


def test_names_that_may_be_read_two_ways_are_refused(tmp_path, some):
    pictures(tmp_path / "mine", some.take(np.arange(9)), "{label}_{number}.png")
    refused(tmp_path / "mine", "begin and end with a digit")


def test_a_name_that_says_no_digit_beside_others_that_do_is_refused(tmp_path, some):
    pictures(tmp_path / "mine", some, "{label}_{number}.png")
    (tmp_path / "mine" / "7_1.png").write_bytes(b"")
    shutil.copy(tmp_path / "mine" / "7_1.png", tmp_path / "mine" / "scan_99.png")
    refused(tmp_path / "mine", r"scan_99.png: its name does not begin with a digit from 0 to 9")


def test_pictures_whose_names_say_nothing_are_no_digits(tmp_path, some):
    pictures(tmp_path / "mine", some, "scan{number}.png")
    refused(tmp_path / "mine", "holds no digits that can be read")


LISTS = {
    "file names": ("filename,label", "{name},{label}", "{number}.png", "."),
    "without endings": ("id,label", "{stem},{label}", "{number}.png", "images"),
    "paths": ("path;class", "images/{name};{label}", "{number}.png", "images"),
    "an index and more columns": (",writer,image,digit", "3,me,{name},{label}", "{number}.png", "pictures/all"),
}


@pytest.mark.parametrize(("head", "row", "name", "place"), LISTS.values(), ids=LISTS)
def test_labels_may_stand_in_a_csv_beside_the_pictures(tmp_path, some, head, row, name, place):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    names = pictures(tmp_path / place, some, name)
    rows = [
        row.format(name=file, stem=Path(file).stem, label=label) for file, label in zip(names, some.labels, strict=True)
    ]
    (tmp_path / "labels.csv").write_text("\n".join([head, *rows]) + "\n")
    for source in (tmp_path, tmp_path / "labels.csv"):
        dataset = load_dataset(source)
        np.testing.assert_array_equal(dataset.images, some.images)
        np.testing.assert_array_equal(dataset.labels, some.labels)
        assert dataset.notes == ()


def test_pictures_that_a_list_leaves_out_are_told(tmp_path, some):
    names = pictures(tmp_path, some, "{number}.png")
    (tmp_path / "labels.csv").write_text(f"file,label\n{names[0]},3\n")

    assert load_dataset(tmp_path).notes == ("59 pictures are in no row of labels.csv, and are left out",)


BAD_LISTS = {
    "a picture that is not there": ("nothing.png,3", "line 2: 'nothing.png' is no picture beside it"),
    "a place outside": ("../../etc/passwd,3", "is no picture beside it"),
    "a label that is none": ("0.png,ten", "line 2: expected a label from 0 to 9, got 'ten'"),
    "a row that is too short": ("0.png", "line 2 has 1 columns"),
    "no row": ("", "lists no pictures; expected a row for each"),
}


@pytest.mark.parametrize(("row", "words"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_bad_list_is_refused_in_one_line(tmp_path, some, row, words):
    pictures(tmp_path, some.take(np.arange(3)), "{number}.png")
    (tmp_path / "labels.csv").write_text(f"file,label\n{row}\n")
    refused(tmp_path, words)


def test_pictures_of_another_size_go_through_whoever_knows_the_form(tmp_path, some):
    write_folder(some, tmp_path / "mine")
    Image.new("L", (64, 64)).save(tmp_path / "mine" / "3" / "large.png")
    refused(tmp_path / "mine", "is 64×64 pixels; expected 28×28")
    asked = []

    def to_form(path):
        asked.append(path.name)
        return np.zeros((28, 28), np.uint8)

    dataset = load_dataset(tmp_path / "mine", to_form=to_form)
    assert asked == ["large.png"]
    assert dataset.notes == ("1 of 61 pictures were not 28×28: their digits were found and brought into that form",)


def test_dark_ink_on_a_transparent_ground_does_not_vanish(tmp_path, some):
    ink = np.asarray(some.images[0])
    picture = np.dstack([ink * 0, ink * 0, ink * 0, ink])
    (tmp_path / "3").mkdir()
    Image.fromarray(picture).save(tmp_path / "3" / "digit.png")

    np.testing.assert_array_equal(load_dataset(tmp_path).images[0], ink)


# ── IDX under other names ─────────────────────────────────────────────────────────────────────────────────────────────


def emnist(directory, dataset, name):
    directory.mkdir(parents=True, exist_ok=True)
    for split, part in (("train", "train"), ("test", "t10k")):
        write_idx(Dataset(images=dataset.images, labels=dataset.labels, name="x", split=split), directory / "tmp")
        for kind in ("images-idx3", "labels-idx1"):
            (directory / "tmp" / f"{part}-{kind}-ubyte.gz").rename(directory / f"emnist-{name}-{split}-{kind}-ubyte.gz")
    (directory / "tmp").rmdir()


def test_emnists_names_are_known(tmp_path, some):
    emnist(tmp_path, some, "digits")

    assert available_splits(tmp_path) == ("train", "test")
    assert same_digits(load_dataset(tmp_path), some)


def test_of_emnists_sets_the_digits_are_taken_and_that_is_told(tmp_path, some):
    for name, count in (("letters", 10), ("digits", 60), ("mnist", 30), ("balanced", 10)):
        emnist(tmp_path, some.take(np.arange(count)), name)
    dataset = load_dataset(tmp_path)

    assert len(dataset) == 60
    assert dataset.notes == ("of the sets that are here (balanced, digits, letters, mnist), digits is taken",)


@pytest.mark.parametrize("place", ["MNIST/raw", "raw", "EMNIST/raw"])
def test_torchvisions_root_is_known(tmp_path, some, place):
    write_idx(some, tmp_path / place)

    assert same_digits(load_dataset(tmp_path), some)


# ── Arrays of other programs ──────────────────────────────────────────────────────────────────────────────────────────

KEYS = {
    "X and y": (("X", "y"), None),
    "x and y": (("x", "y"), None),
    "data and target": (("data", "target"), None),
    "train_images": (("train_images", "train_labels"), ("test_images", "test_labels")),
    "X_train": (("X_train", "y_train"), ("X_test", "y_test")),
    "training_images": (("training_images", "training_labels"), None),
}


@pytest.mark.parametrize(("train", "test"), KEYS.values(), ids=KEYS)
def test_an_npz_may_have_the_keys_that_people_use(tmp_path, some, train, test):
    arrays = {train[0]: some.images, train[1]: some.labels}
    if test:
        arrays |= {test[0]: some.images[:9], test[1]: some.labels[:9]}
    np.savez(tmp_path / "digits.npz", **arrays)

    assert available_splits(tmp_path / "digits.npz") == (("train", "test") if test else ("train",))
    assert same_digits(load_dataset(tmp_path / "digits.npz"), some)


def test_an_npy_has_its_labels_beside_it(tmp_path, some):
    np.save(tmp_path / "X_train.npy", some.images)
    refused(tmp_path / "X_train.npy", r"holds images without labels; expected y_train.npy beside it")
    np.save(tmp_path / "y_train.npy", some.labels)

    assert same_digits(load_dataset(tmp_path / "X_train.npy"), some)


def test_images_alone_come_from_an_npy_and_an_npz_of_one_array(tmp_path, some):
    np.save(tmp_path / "X.npy", some.images)
    np.savez(tmp_path / "X.npz", pictures=255 - some.images)
    notes = []

    np.testing.assert_array_equal(load_images(tmp_path / "X.npy"), some.images)
    np.testing.assert_array_equal(load_images(tmp_path / "X.npz", notes.append), some.images)
    assert "dark ink" in notes[0]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"I am no npy"])
def test_a_damaged_npy_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "X.npy").write_bytes(content)
    (tmp_path / "y.npy").write_bytes(content)
    refused(tmp_path / "X.npy", "is no npy file, or a damaged one")


def test_matlabs_mnist_original_is_read(tmp_path, some):
    scipy_io = pytest.importorskip("scipy.io")
    variables = {"data": some.images.reshape(60, 784).T, "label": some.labels[np.newaxis].astype(float)}
    scipy_io.savemat(tmp_path / "mnist-original.mat", variables, do_compression=True)

    assert same_digits(load_dataset(tmp_path / "mnist-original.mat"), some)


def test_emnists_matlab_file_has_both_splits(tmp_path, some):
    scipy_io = pytest.importorskip("scipy.io")
    part = {"images": some.images.reshape(60, 784), "labels": some.labels[:, np.newaxis]}
    scipy_io.savemat(tmp_path / "emnist-digits.mat", {"dataset": {"train": part, "test": part}})

    assert available_splits(tmp_path / "emnist-digits.mat") == ("train", "test")
    assert same_digits(load_dataset(tmp_path / "emnist-digits.mat", "test"), some)


@pytest.mark.parametrize(
    ("variables", "words"),
    [({"a": [1]}, "has the variables 'a'; expected data and label"), ({"dataset": [1]}, "not as EMNIST's")],
)
def test_other_variables_of_matlab_are_refused_in_one_line(tmp_path, variables, words):
    pytest.importorskip("scipy.io").savemat(tmp_path / "digits.mat", variables)
    refused(tmp_path / "digits.mat", words)


def test_a_damaged_matlab_file_is_refused_in_one_line(tmp_path):
    pytest.importorskip("scipy.io")
    (tmp_path / "digits.mat").write_bytes(b"MATLAB 5.0 MAT-file" + b"\x00" * 200)
    refused(tmp_path / "digits.mat", "is no .mat file of MATLAB 4 to 7.2, or a damaged one")


def png(image):
    import io

    stream = io.BytesIO()
    Image.fromarray(np.asarray(image)).save(stream, "PNG")
    return stream.getvalue()


def test_parquet_holds_pictures_as_hugging_face_has_them(tmp_path, some):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    pictures = [{"bytes": png(image), "path": None} for image in some.images]
    table = pyarrow.table({"image": pictures, "label": some.labels.astype(np.int64)})
    for name in ("train-00000-of-00001.parquet", "test-00000-of-00001.parquet"):
        parquet.write_table(table, tmp_path / name)

    assert available_splits(tmp_path) == ("train", "test")
    assert same_digits(load_dataset(tmp_path, "test"), some)


def test_parquet_holds_a_column_a_pixel(tmp_path, some):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {f"pixel{number + 1}": some.images.reshape(60, 784)[:, number] for number in range(784)}
    table = pyarrow.table(columns | {"class": [str(label) for label in some.labels]})
    parquet.write_table(table, tmp_path / "mnist_784.parquet")

    assert same_digits(load_dataset(tmp_path / "mnist_784.parquet"), some)
    np.testing.assert_array_equal(load_images(tmp_path / "mnist_784.parquet"), some.images)


def test_a_damaged_parquet_file_is_refused_in_one_line(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "digits.parquet").write_bytes(b"PAR1 and nothing else")
    refused(tmp_path / "digits.parquet", "is no Parquet file, or a damaged one")


@pytest.mark.parametrize(
    ("module", "file", "extra"), [("pyarrow.parquet", "digits.parquet", "parquet"), ("scipy.io", "digits.mat", "train")]
)
def test_a_library_that_is_missing_is_named_with_the_line_that_installs_it(tmp_path, monkeypatch, module, file, extra):
    monkeypatch.setitem(sys.modules, module.split(".")[0], None)
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / file).write_bytes(b"anything")
    with pytest.raises(MissingExtraError, match=rf"pip install 'handwritten-digits\[{extra}\]'"):
        load_dataset(tmp_path / file)


# ── One of each, drawn ────────────────────────────────────────────────────────────────────────────────────────────────

SHARED = Path(__file__).parents[3] / "shared" / "data" / "files"

DRAWN = [
    "X-y.npz", "dark-on-light.csv", "floats-0-to-1.npz", "folder-dark-on-light", "label-last-no-header.csv",
    "labels-in-names", "one-hot.npz", "openml-class-last.csv", "pandas-floats.csv", "pandas-index-first.csv",
    "pixels-0-to-1.csv", "prefix-folders", "semicolons.csv", "torchvision", "train-images-keys.npz", "word-folders",
]  # fmt: skip


@pytest.mark.skipif(not SHARED.is_dir(), reason="the drawn files are not in ../shared/data/files")
@pytest.mark.parametrize("name", DRAWN)
def test_each_of_the_drawn_files_holds_the_same_digits(name):
    drawn, plain = load_dataset(SHARED / name), load_dataset(SHARED / "X-y.npz")
    known = dict(zip(image_hashes(plain.images).tolist(), plain.labels.tolist(), strict=True))

    assert [known[one] for one in image_hashes(drawn.images).tolist()] == drawn.labels.tolist()


def test_written_digits_are_read_without_a_note(tmp_path, some):
    write_csv(some, tmp_path / "digits.csv")

    assert load_dataset(tmp_path / "digits.csv").notes == ()
