"""Files and addresses that hold no digits are named for what they are, with the way out."""

import gzip
import io
import pickle
import zipfile

import numpy as np
import pytest

from digits.data.foreign import refuse_address, refuse_foreign
from digits.data.sources import load_dataset
from digits.errors import DataError


def an_archive():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("train.csv", "1")
    return stream.getvalue()


def an_array_of_objects():
    stream = io.BytesIO()
    np.save(stream, np.array([{}]), allow_pickle=True)
    return stream.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 109640201\n"

FOREIGN = {
    "a Git LFS pointer": ("train.csv", LFS, "is a Git LFS pointer.* git lfs pull"),
    "a Git LFS pointer for IDX": ("train-images-idx3-ubyte", LFS, "is a Git LFS pointer"),
    "a Git LFS pointer for npz": ("mnist.npz", LFS, "is a Git LFS pointer"),
    "a web page": ("train.csv", b"<!DOCTYPE html>\n<html>404</html>", "is a web page"),
    "a web page, gzipped": ("train-images-idx3-ubyte.gz", gzip.compress(b"\n <HTML>"), "is a web page"),
    "a data URL": ("digits.csv", b"data:text/csv;base64,MSwyLDM=", "is a data URL"),
    "an address": ("digits.csv", b"https://example.org/train.csv\n", "holds an address"),
    "a pickle by its name": ("mnist.pkl", b"anything", "is a pickle, .* never opened here.*numpy.savez"),
    "Nielsen's mnist.pkl.gz": ("mnist.pkl.gz", gzip.compress(pickle.dumps([1])), "is a pickle"),
    "a pickle by its content": ("digits.npy", pickle.dumps([1]), "is a pickle"),
    "PyTorch's": ("mnist.pt", an_archive(), "is a pickle"),
    "an npy with objects": ("X.npy", an_array_of_objects(), "object values, which are not loaded"),
    "an archive": ("digit-recognizer.zip", an_archive(), "is an archive; unpack it"),
    "an archive with another name": ("train.csv", an_archive(), "is an archive; unpack it"),
    "HDF5": ("mnist.h5", b"\x89HDF\r\n\x1a\n", "is an HDF5 file; open it with h5py"),
    "a picture": ("seven.png", b"\x89PNG\r\n", "is a picture, not a set of digits; read it with: digits read"),
}


@pytest.mark.parametrize(("name", "content", "words"), FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_named_for_what_it_is_in_one_line(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "y.npy").write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        load_dataset(tmp_path / name)

    assert str(tmp_path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_pickle_is_never_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "was-here"), "w"))

    for name in ("mnist.pkl", "mnist.npy", "mnist.npz", "mnist.csv", "mnist.mat"):
        (tmp_path / name).write_bytes(pickle.dumps(Evil()))
        with pytest.raises(DataError):
            load_dataset(tmp_path / name)
    assert not (tmp_path / "was-here").exists()


ADDRESSES = {
    "http://yann.lecun.com/exdb/mnist/": "is an address, and no address is opened here; download the file",
    "https://example.org/train.csv": "is an address",
    "s3://bucket/train.csv": "is an address",
    "data:image/png;base64," + "A" * 5000: "is a data URL, a file written as text; decode it",
}


@pytest.mark.parametrize(("source", "words"), ADDRESSES.items(), ids=[name[:10] for name in ADDRESSES])
def test_an_address_is_named_for_what_it_is_in_one_short_line(source, words):
    for ask in (refuse_address, load_dataset):
        with pytest.raises(DataError, match=words) as caught:
            ask(source)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("source", ["mnist", "data/mnist", "C:/digits", "data", "http"])
def test_a_path_is_no_address(source):
    refuse_address(source)


def test_what_cannot_be_opened_is_left_to_its_reader(tmp_path):
    refuse_foreign(tmp_path)
    refuse_foreign(tmp_path / "nothing")
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b broken")
    refuse_foreign(tmp_path / "broken.gz")
