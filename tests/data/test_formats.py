"""What each format accepts, what it refuses and in which words, and that what is written is read back."""

import errno
import gzip
import io
import os
import struct
import tempfile
import zipfile
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from digits.data.dataset import Dataset
from digits.data.formats import (
    WRITERS,
    csv_has_labels,
    npz_splits,
    read_csv,
    read_folder,
    read_idx,
    read_npz,
    write_arrays,
    write_csv,
    write_folder,
    write_idx,
    write_npz,
)
from digits.errors import DataError, StorageError

PIXEL_NAMES = [f"pixel{number}" for number in range(784)]


def make(count=5, seed=0, split="train"):
    random = np.random.default_rng(seed)
    images = (random.integers(0, 256, (count, 28, 28)) * (random.random((count, 28, 28)) < 0.2)).astype(np.uint8)
    return Dataset(images=images, labels=random.integers(0, 10, count).astype(np.uint8), name="made", split=split)


@st.composite
def datasets(draw):
    count = draw(st.integers(1, 6))
    return Dataset(
        images=draw(arrays(np.uint8, (count, 28, 28))),
        labels=draw(arrays(np.uint8, count, elements=st.integers(0, 9))),
        name="drawn",
        split=draw(st.sampled_from(["train", "test", "all"])),
    )


def same(images, labels, dataset):
    assert images.dtype == labels.dtype == np.uint8
    np.testing.assert_array_equal(images, dataset.images)
    np.testing.assert_array_equal(labels, dataset.labels)


# ── What is written is read back ──────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=30)
@given(datasets())
def test_idx_is_read_back_as_it_was_written(dataset):
    with tempfile.TemporaryDirectory() as name:
        write_idx(dataset, Path(name))
        prefix = "t10k" if dataset.split == "test" else "train"
        images = read_idx(Path(name, f"{prefix}-images-idx3-ubyte.gz"), 3)
        same(images, read_idx(Path(name, f"{prefix}-labels-idx1-ubyte.gz"), 1), dataset)


@settings(deadline=None, max_examples=30)
@given(datasets())
def test_csv_is_read_back_as_it_was_written(dataset):
    with tempfile.TemporaryDirectory() as name:
        write_csv(dataset, Path(name, "digits.csv"))
        same(*read_csv(Path(name, "digits.csv")), dataset)


@settings(deadline=None, max_examples=30)
@given(datasets())
def test_npz_is_read_back_as_it_was_written(dataset):
    with tempfile.TemporaryDirectory() as name:
        write_npz(dataset, Path(name, "digits.npz"))
        same(*read_npz(Path(name, "digits.npz")), dataset)


@settings(deadline=None, max_examples=30)
@given(datasets())
def test_a_folder_is_read_back_digit_by_digit(dataset):
    with tempfile.TemporaryDirectory() as name:
        write_folder(dataset, Path(name, "digits"))
        same(*read_folder(Path(name, "digits")), dataset.take(np.argsort(dataset.labels, kind="stable")))


@pytest.mark.parametrize("format_name", WRITERS)
def test_the_same_digits_give_the_same_bytes(tmp_path, format_name):
    written = []
    for name in ("one", "two"):
        WRITERS[format_name](make(), tmp_path / name)
        files = [tmp_path / name] if (tmp_path / name).is_file() else sorted((tmp_path / name).rglob("*.*"))
        written.append([(file.relative_to(tmp_path / name), file.read_bytes()) for file in files])

    assert written[0] == written[1] != []


@pytest.mark.parametrize("format_name", WRITERS)
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, format_name):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full") as caught:
        WRITERS[format_name](make(), tmp_path / "here" / "digits")

    assert len(str(caught.value).splitlines()) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("format_name", ["idx", "folder"])
def test_a_directory_in_use_is_not_written_over(tmp_path, format_name):
    WRITERS[format_name](make(), tmp_path / "digits")
    before = sorted((tmp_path / "digits").rglob("*"))
    with pytest.raises(DataError, match="exists already"):
        WRITERS[format_name](make(seed=1), tmp_path / "digits")

    assert sorted((tmp_path / "digits").rglob("*")) == before


def test_both_splits_go_into_one_directory_of_idx_files_under_mnists_names(tmp_path):
    write_idx(make(), tmp_path)
    write_idx(make(split="test"), tmp_path)

    assert sorted(os.listdir(tmp_path)) == [
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]


def test_written_csv_has_kaggles_header(tmp_path):
    write_csv(make(), tmp_path / "digits.csv")

    assert (tmp_path / "digits.csv").read_text().splitlines()[0] == ",".join(["label", *PIXEL_NAMES])


# ── Variants that are accepted ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "zipped"), [("digits", True), ("digits.gz", False)])
def test_gzip_is_recognised_by_its_bytes_and_not_by_its_name(tmp_path, name, zipped):
    dataset = make()
    (tmp_path / name).write_bytes(gzip.compress(idx(dataset.images)) if zipped else idx(dataset.images))

    np.testing.assert_array_equal(read_idx(tmp_path / name), dataset.images)


def csv_text(rows, header=None, newline="\n"):
    lines = [",".join(map(str, row)) for row in rows]
    return newline.join(([",".join(header)] if header else []) + lines) + newline


def columns(dataset):
    return np.column_stack([dataset.labels, dataset.images.reshape(-1, 784)]).tolist()


CSV_VARIANTS = {
    "without a header": csv_text,
    "header in quotes": lambda rows: csv_text(rows, [f'"{name}"' for name in ["label", *PIXEL_NAMES]]),
    "Windows line ends": lambda rows: csv_text(rows, ["label", *PIXEL_NAMES], "\r\n"),
    "a byte order mark": lambda rows: "\ufeff" + csv_text(rows, ["label", *PIXEL_NAMES]),
    "blank lines": lambda rows: csv_text(rows, ["label", *PIXEL_NAMES]).replace("\n", "\n\n"),
    "the label last": lambda rows: csv_text([[*row[1:], row[0]] for row in rows], [*PIXEL_NAMES, "label"]),
    "capitals": lambda rows: csv_text(rows, ["Label", *PIXEL_NAMES]),
    "other pixel names": lambda rows: csv_text(rows, ["label", *(f"{n // 28 + 1}x{n % 28 + 1}" for n in range(784))]),
    "pixels backwards": lambda rows: csv_text([[row[0], *row[:0:-1]] for row in rows], ["label", *PIXEL_NAMES[::-1]]),
    "no newline at the end": lambda rows: csv_text(rows).rstrip("\n"),
}


@pytest.mark.parametrize("variant", CSV_VARIANTS.values(), ids=CSV_VARIANTS)
@pytest.mark.parametrize("count", [1, 5])
def test_csv_is_accepted(tmp_path, variant, count):
    dataset = make(count)
    (tmp_path / "digits.csv").write_text(variant(columns(dataset)), encoding="utf-8", newline="")

    same(*read_csv(tmp_path / "digits.csv"), dataset)


@pytest.mark.parametrize("header", [None, PIXEL_NAMES])
def test_csv_without_labels_has_images_only(tmp_path, header):
    dataset = make()
    (tmp_path / "test.csv").write_text(csv_text([row[1:] for row in columns(dataset)], header))
    images, labels = read_csv(tmp_path / "test.csv")

    assert labels is None
    assert not csv_has_labels(tmp_path / "test.csv")
    np.testing.assert_array_equal(images, dataset.images)


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "tiff", "pgm", "webp", "jpg"])
def test_a_folder_may_hold_pictures_of_many_kinds(tmp_path, suffix):
    flat = np.full((28, 28), 200, np.uint8)  # a flat picture survives JPEG
    (tmp_path / "3").mkdir()
    Image.fromarray(flat).save(tmp_path / "3" / f"digit.{suffix}", lossless=True)
    images, labels = read_folder(tmp_path)

    assert labels.tolist() == [3]
    assert np.abs(images[0].astype(int) - flat).max() <= 1


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "CMYK"])
def test_pictures_of_a_folder_become_grey(tmp_path, mode):
    image = np.where(np.eye(28) > 0, 255, 0).astype(np.uint8)
    (tmp_path / "7").mkdir()
    Image.fromarray(image).convert(mode).save(tmp_path / "7" / ("digit.tiff" if mode == "CMYK" else "digit.png"))

    np.testing.assert_array_equal(read_folder(tmp_path)[0][0], image)


def test_transparent_pixels_of_a_folder_are_background(tmp_path):
    picture = Image.new("RGBA", (28, 28), (255, 255, 255, 0))
    picture.putpixel((4, 9), (255, 255, 255, 255))
    (tmp_path / "1").mkdir()
    picture.save(tmp_path / "1" / "digit.png")
    image = read_folder(tmp_path)[0][0]

    assert image[9, 4] == 255
    assert image.sum() == 255


def test_what_file_managers_leave_in_a_folder_is_ignored(tmp_path):
    write_folder(make(), tmp_path / "digits")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / "digits" / "0" / name).write_bytes(b"junk")
    (tmp_path / "digits" / "README.txt").write_text("my digits")

    assert len(read_folder(tmp_path / "digits")[0]) == 5


@pytest.mark.parametrize("shape", [(5, 784), (5, 28, 28), (5, 28, 28, 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_npz_may_be_flat_and_of_any_type_that_holds_whole_numbers(tmp_path, shape, dtype):
    dataset = make()
    images, labels = dataset.images.reshape(shape).astype(dtype), dataset.labels.astype(np.int32)
    np.savez(tmp_path / "digits.npz", images=images, labels=labels)

    same(*read_npz(tmp_path / "digits.npz"), dataset)


def test_npz_may_have_the_keys_of_keras(tmp_path):
    train, test = make(), make(3, seed=1)
    np.savez_compressed(
        tmp_path / "mnist.npz", x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels
    )

    assert npz_splits(tmp_path / "mnist.npz") == ("train", "test")
    same(*read_npz(tmp_path / "mnist.npz", "test"), test)
    same(*read_npz(tmp_path / "mnist.npz"), train)


# ── What is refused ───────────────────────────────────────────────────────────────────────────────────────────────────


def idx(array, *, magic=None, shape=None):
    shape = array.shape if shape is None else shape
    return struct.pack(f">{1 + len(shape)}I", magic or 0x0800 + len(shape), *shape) + array.tobytes()


def qmnist_labels(classes):
    """QMNIST's table of labels: eight 32-bit numbers a digit, its class first."""
    table = np.column_stack([classes, np.tile([4, 2150, 17, 33, 231_000, 0, 0], (len(classes), 1))])
    return struct.pack(">3I", 0x0C02, *table.shape) + table.astype(">i4").tobytes()


def picture(width=28, height=28, mode="L", kind="PNG"):
    stream = io.BytesIO()
    Image.new(mode, (width, height)).save(stream, kind)
    return stream.getvalue()


def huge_png():
    """A PNG whose header claims 50,000 × 50,000 pixels."""
    content = bytearray(picture())
    content[16:24] = struct.pack(">II", 50_000, 50_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


def lying_npz():
    """An npz of a few bytes whose array claims a gigabyte."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (1 << 20, 28, 28)})
    return zipped({"images.npy": header.getvalue() + b"few", "labels.npy": npy(LABELS)})


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def zipped(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def npz(**values):
    return zipped({f"{name}.npy": npy(array) for name, array in values.items()})


def broken(content, at):
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


IMAGES, LABELS = make().images, make().labels
ZIPPED = gzip.compress(idx(IMAGES), mtime=0)
ROW = ["3", *["0"] * 784]
HEADER = ["label", *PIXEL_NAMES]


def csv_with(column, value):
    row = list(ROW)
    row[column] = value
    return csv_text([ROW, row], HEADER)


# what it is → (content of the file, words of the message)
BAD_IDX = {
    "truncated gz": (ZIPPED[: len(ZIPPED) // 2], "truncated"),
    "gz without its end": (ZIPPED[:-4], "truncated"),
    "corrupt gz": (broken(ZIPPED, len(ZIPPED) // 2), "damaged"),
    "gz with a wrong checksum": (broken(ZIPPED, len(ZIPPED) - 6), "damaged"),
    "gz with something after it": (ZIPPED + b"<html>", "damaged"),
    "a web page": (b"<!DOCTYPE html><html>404</html>", "is a web page"),
    "a web page, indented": (b"\n\n<html>404</html>", "is a web page"),
    "a zipped web page": (gzip.compress(b"<html>404</html>"), "is a web page"),
    "wrong magic number": (idx(IMAGES, magic=0x0D03), "magic number 2051"),
    "two dimensions": (idx(IMAGES.reshape(5, 784)), "magic number 2051"),
    "labels instead of images": (idx(LABELS), "holds labels; expected IDX images"),
    "an empty file": (b"", "magic number 2051"),
    "ends inside the header": (idx(IMAGES)[:10], "truncated"),
    "a pixel too few": (idx(IMAGES)[:-1], "promises 3,920 bytes, only 3,919 came"),
    "a pixel too many": (idx(IMAGES) + b"0", "promises 3,920 bytes, more came"),
    "a pixel too many, zipped": (gzip.compress(idx(IMAGES) + b"0"), "promises 3,920 bytes, more came"),
    "a header that lies": (idx(IMAGES, shape=(2**32 - 1, 2**32 - 1, 2**32 - 1)), "claims to hold"),
    "a header that lies less": (gzip.compress(idx(IMAGES, shape=(2**20, 28, 28))), "only 3,920 came"),
    "32×32": (idx(np.zeros((2, 32, 32), np.uint8)), r"\(2, 32, 32\)"),
    "no digit": (idx(IMAGES[:0]), "no digit"),
    "QMNIST's labels instead of images": (qmnist_labels(LABELS), "holds labels; expected IDX images"),
}

BAD_QMNIST_LABELS = {
    "a class that is none": (qmnist_labels([3, 10]), "label 2 is 10"),
    "a class below 0": (qmnist_labels([-1]), "from -1 to -1"),
    "truncated": (qmnist_labels([3, 4])[:-1], "promises 64 bytes, only 63 came"),
    "without columns": (b"\0\0\x0c\x02\0\0\0\x02\0\0\0\0", "has no column"),
    "a header that lies": (b"\0\0\x0c\x02" + b"\xff" * 8, "claims to hold"),
}

BAD_CSV = {
    "missing column": (csv_text([ROW[:-1]] * 2, HEADER[:-1]), "784 columns, one of them named label; expected 785"),
    "783 pixels": (csv_text([ROW[2:]], PIXEL_NAMES[1:]), "783 columns, none of them named label; expected 785"),
    "783 pixels, no header": (csv_text([ROW[2:]]), "783 columns; expected 785"),
    "no column named label": (csv_text([ROW], ["written", *PIXEL_NAMES]), "none of them named label"),
    "two labels": (csv_text([ROW], ["label", "class", *PIXEL_NAMES[1:]]), "2 of them named label"),
    "a pixel twice": (csv_text([ROW], [*HEADER[:-1], "pixel0"]), "no column pixel783"),
    "a row that is too short": (csv_text([ROW, ROW[:-1]], HEADER), "line 3 has 784 columns; expected 785"),
    "a row that is too long": (csv_text([ROW, [*ROW, 0]], HEADER), "line 3 has 786 columns; expected 785"),
    "rows other than the header": (csv_text([ROW[1:]], HEADER), "line 2 has 784 columns; expected 785"),
    "NaN": (csv_with(6, "nan"), "line 3, column pixel5: expected a whole number from 0 to 255, got 'nan'"),
    "text": (csv_with(6, "ink"), "line 3, column pixel5: .* got 'ink'"),
    "text in the label": (csv_with(0, "three"), "line 3, column label: .* got 'three'"),
    "an empty field": (csv_with(6, ""), "line 3, column pixel5: .* got nothing"),
    "256": (csv_with(784, "256"), "line 3, column pixel783: .* got '256'"),
    "below 0": (csv_with(1, "-1"), "line 3, column pixel0: .* got '-1'"),
    "a fraction": (csv_with(1, "100.5"), "line 3, column pixel0: .* got '100.5'"),
    "a fraction in the label": (csv_with(0, "2.5"), "line 3, column label: .* got '2.5'"),
    "a very large number": (csv_with(1, "9" * 5000), "line 3, column pixel0"),
    "label 10": (csv_with(0, "10"), "label 2 is 10"),
    "no row": (csv_text([], HEADER), "no row of digits"),
    "an empty file": ("", "1 columns"),
    "a web page": ("<!DOCTYPE html>\n<html></html>", "is a web page"),
    "another table": ("a,b\n1,2\n", "2 columns"),
    "no text": (b"\xff\xfe\x00\x01", "not a text file"),
}

BAD_PICTURE = {
    "text": (b"I am no picture", "is no picture"),
    "an empty file": (b"", "is no picture"),
    "32×32": (picture(32, 32), "is 32×32 pixels; expected 28×28.*digits read"),
    "a huge one": (huge_png(), "far larger than 28×28"),
    "truncated": (picture()[:50], "cannot be read as a picture"),
    "16 bits": (picture(mode="I;16"), "more than 8 bits"),
    "a program": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 28 28\n%%EndComments\n", "is no picture"),
}

BAD_NPZ = {
    "no npz": (b"I am no npz", "is no npz"),
    "truncated": (npz(images=IMAGES, labels=LABELS)[:400], "is no npz"),
    "a pickle": (zipped({"images.npy": npy(np.array([{}]), allow_pickle=True), "labels.npy": npy(LABELS)}), "object"),
    "raw pickles": (zipped({"images.npy": b"\x80\x04N.", "labels.npy": b"\x80\x04N."}), "damaged"),
    "other keys": (npz(arr_0=IMAGES, arr_1=LABELS), "has the keys 'arr_0', 'arr_1'; expected images and labels"),
    "images alone": (npz(images=IMAGES), "has the keys 'images'; expected images and labels"),
    "an array that lies": (lying_npz(), "images is damaged: it promises 822,083,"),
    "a fraction": (
        npz(images=IMAGES / 100, labels=LABELS),
        "images holds float64 values from 0 to 2.55; expected whole numbers",
    ),
    "NaN": (npz(images=np.full((5, 28, 28), np.nan), labels=LABELS), "expected whole numbers from 0 to 255"),
    "256": (npz(images=np.full((5, 28, 28), 256), labels=LABELS), "expected whole numbers from 0 to 255"),
    "text": (npz(images=np.full((5, 28, 28), "ink"), labels=LABELS), "expected numbers"),
    "32×32": (npz(images=np.zeros((5, 32, 32), np.uint8), labels=LABELS), r"\(5, 32, 32\)"),
    "label 10": (npz(images=IMAGES, labels=LABELS + 10), "labels must be 0 to 9"),
    "a damaged member": (broken(npz(images=IMAGES, labels=LABELS), 300), "damaged"),
}


def assert_refused(read, path, words):
    with pytest.raises(DataError, match=words) as caught:
        read(path)
    message = str(caught.value)
    assert str(path) in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(("content", "words"), BAD_IDX.values(), ids=BAD_IDX)
def test_a_bad_idx_file_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    assert_refused(lambda file: read_idx(file, 3), path, words)


@pytest.mark.parametrize("content", [idx(LABELS + 10), idx(np.array([255], np.uint8))])
def test_labels_outside_0_to_9_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(content)
    assert_refused(read_idx, path, "labels must be 0 to 9; label 1 is")


def test_of_qmnists_table_of_labels_the_class_is_read(tmp_path):
    (tmp_path / "labels").write_bytes(gzip.compress(qmnist_labels(LABELS)))
    labels = read_idx(tmp_path / "labels", 1)

    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize(("content", "words"), BAD_QMNIST_LABELS.values(), ids=BAD_QMNIST_LABELS)
def test_a_bad_table_of_labels_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "qmnist-train-labels-idx2-int"
    path.write_bytes(content)
    assert_refused(read_idx, path, words)


@pytest.mark.parametrize(("content", "words"), BAD_CSV.values(), ids=BAD_CSV)
def test_a_bad_csv_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "train.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(read_csv, path, words)


@pytest.mark.parametrize(("content", "words"), BAD_PICTURE.values(), ids=BAD_PICTURE)
def test_a_bad_picture_in_a_folder_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "4" / "digit.png"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_folder(tmp_path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(("content", "words"), BAD_NPZ.values(), ids=BAD_NPZ)
def test_a_bad_npz_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "digits.npz"
    path.write_bytes(content)
    assert_refused(read_npz, path, words)


def test_a_split_that_an_npz_has_not_is_refused(tmp_path):
    write_npz(make(), tmp_path / "digits.npz")
    assert_refused(lambda file: read_npz(file, "test"), tmp_path / "digits.npz", "has no test digits; it has: train")


@pytest.mark.parametrize("inside", [[], ["0", "1"], ["cats"]])
def test_a_folder_without_pictures_is_refused_in_one_line(tmp_path, inside):
    for name in inside:
        (tmp_path / name).mkdir()
    assert_refused(read_folder, tmp_path, "holds no digits; expected sub-folders 0 to 9")


@pytest.mark.parametrize("read", [read_idx, read_csv, read_npz])
@pytest.mark.parametrize("what", ["missing", "directory"])
def test_a_path_that_is_no_file_is_refused_in_one_line(tmp_path, read, what):
    path = tmp_path if what == "directory" else tmp_path / "nothing"
    assert_refused(read, path, "cannot read")


WHOLE = {
    "idx": (gzip.compress(idx(make(2).images), mtime=0), read_idx),
    "idx in a ZIP archive": (
        zipped({"in/it.gz": gzip.compress(idx(make(2).images))}),
        partial(read_idx, member="in/it.gz"),
    ),
    "csv": (csv_text(columns(make(2)), HEADER).encode(), read_csv),
    "npz": (npz(images=make(2).images, labels=make(2).labels), read_npz),
}


def refusal(read, path):
    """The message of the DataError, or None: any other exception fails the test."""
    try:
        read(path)
    except DataError as error:
        return str(error)
    return None


@pytest.mark.parametrize(("content", "read"), WHOLE.values(), ids=WHOLE)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_a_file_damaged_anywhere_is_read_or_refused_and_never_more(content, read, data):
    at = data.draw(st.integers(0, len(content) - 1))
    damaged = content[:at] if data.draw(st.booleans()) else content[:at] + data.draw(st.binary(min_size=1, max_size=4))
    damaged += content[len(damaged) :] if data.draw(st.booleans()) else b""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "file")
        path.write_bytes(damaged)
        message = refusal(read, path)
    assert message is None or (str(path) in message and len(message.splitlines()) == 1)


@settings(deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(["PNG", "GIF", "BMP", "JPEG", "TIFF", "WEBP"]),
    place=st.floats(0, 0.999),
    junk=st.binary(min_size=1, max_size=4),
)
def test_a_picture_damaged_anywhere_is_read_or_refused_and_never_more(kind, place, junk):
    content = picture(kind=kind)
    at = int(place * len(content))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "0", "digit")
        path.parent.mkdir()
        path.write_bytes(content[:at] + junk + content[at + len(junk) :])
        message = refusal(read_folder, Path(name))
    assert message is None or (str(path) in message and len(message.splitlines()) == 1)


def test_equal_arrays_give_equal_archives_at_any_time(tmp_path, monkeypatch):
    write_arrays(tmp_path / "a.npz", {"images": IMAGES})
    monkeypatch.setattr("time.time", lambda: 2e9)
    write_arrays(tmp_path / "b.npz", {"images": IMAGES})

    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
