"""28×28 pictures: found in folders, decoded as they are, everything else refused in one line."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from digits.errors import PictureError
from digits.reading.picture import find_pictures, read_image


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


def test_a_picture_comes_back_as_its_pixels(tmp_path, image):
    for suffix in ("png", "bmp", "gif", "tiff"):
        Image.fromarray(image).save(tmp_path / f"digit.{suffix}")
        assert np.array_equal(read_image(tmp_path / f"digit.{suffix}"), image)


def test_dark_ink_on_light_is_inverted_on_request(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "digit.png")
    assert np.array_equal(read_image(tmp_path / "digit.png", invert=True), 255 - image)


def test_folders_give_their_pictures_in_order_and_nothing_else(tmp_path, image):
    for name in ("b.png", "a.PNG", "inner/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    assert [path.name for path in find_pictures([tmp_path])] == ["a.PNG", "b.png", "c.jpg"]


def test_an_empty_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(PictureError, match="holds no picture"):
        find_pictures([tmp_path])
    with pytest.raises(PictureError, match="does not exist"):
        find_pictures([tmp_path / "nothing.png"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "is no picture"), (b"<html>", "is no picture"), (b"\x89PNG\r\n\x1a\n cut", "cannot be read|is no picture")],
)
def test_what_is_no_picture_is_refused(tmp_path, content, expected):
    file = tmp_path / "digit.png"
    file.write_bytes(content)
    with pytest.raises(PictureError, match=expected):
        read_image(file)


def test_a_truncated_picture_is_refused(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:200])
    with pytest.raises(PictureError, match="cannot be read as a picture"):
        read_image(tmp_path / "cut.png")


def test_another_size_is_refused_with_both_sizes(tmp_path):
    Image.new("L", (64, 32)).save(tmp_path / "large.png")
    with pytest.raises(PictureError, match="64×32 pixels; expected 28×28"):
        read_image(tmp_path / "large.png")


def test_a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded(tmp_path):
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 99) + b"IDAT")
    with pytest.raises(PictureError, match=r"decompression bomb|60000×60000"):
        read_image(tmp_path / "bomb.png")
