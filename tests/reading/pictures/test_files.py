"""What a file is, by its first bytes; limits; and that every failure is a PictureError and nothing else."""

import io
import struct
import sys
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from digits.errors import PictureError
from digits.reading.pictures import files
from digits.reading.pictures.picture import open_pictures


def refused(content, match):
    with pytest.raises(PictureError, match=match) as caught:
        list(open_pictures(content, "it"))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("it")


def encoded(image, format_name, **options):
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def tiff(tags, data=b""):
    """A little-endian TIFF with these tags (tag, type 3 or 4, value) and `data` after them."""
    entries = b"".join(struct.pack("<HHLL", tag, kind, 1, value) for tag, kind, value in sorted(tags))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + data


# What else a file may be


def test_an_avif_is_read():
    pytest.importorskip("PIL.AvifImagePlugin")
    (page,) = open_pictures(encoded(Image.new("RGB", (32, 20), (200, 30, 30)), "AVIF"), "it")

    assert page.pixels.shape == (20, 32, 3)
    assert np.abs(page.pixels[10, 16].astype(int) - (200, 30, 30)).max() < 12


def test_a_heic_is_read_upright_where_its_decoder_is_installed():
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    upright = np.zeros((20, 32, 3), np.uint8)
    upright[:, 16:] = 200
    exif = Image.Exif()
    exif[274] = 3  # it is stored upside down
    (page,) = open_pictures(encoded(Image.fromarray(upright[::-1, ::-1].copy()), "HEIF", exif=exif.tobytes()), "it")

    assert page.pixels.shape == (20, 32, 3)
    assert page.grey[10, 4] < 20
    assert page.grey[10, 28] > 180


def test_without_its_decoder_a_heic_is_named_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    refused(
        b"\0\0\0\x18ftypheic\0\0\0\0",
        r"is HEIC.*convert it to JPEG or PNG, or install it: pip install 'handwritten-digits\[pictures\]'",
    )


def test_a_heic_that_is_too_large_is_refused(monkeypatch):
    pytest.importorskip("PIL.AvifImagePlugin")
    monkeypatch.setattr(files, "MAX_HEIF_PIXELS", 600)
    refused(encoded(Image.new("RGB", (32, 20)), "AVIF"), "is 32×20 pixels; expected at most 600")


@pytest.mark.parametrize(
    "address", ["https://example.org/seven.png", "http://x.y", "data:image/png;base64,iVBORw0KGgo="]
)
def test_an_address_is_no_picture(address):
    with pytest.raises(PictureError, match="is an address, and nothing is downloaded; save the picture"):
        list(open_pictures(address))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", r"is a PDF without its end"),
        (b"\n\n%PDF-1.4", "is a PDF without its end"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "cannot be read as a picture"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer.*git lfs pull"),
        (b"data:image/png;base64,iVBORw0KGgo=", "is a data URL.*decode it"),
        (b"\0\0\0\x20ftypisom\0\0\0\0", "is a video"),
        (b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="">', "is SVG"),
        (b"\xef\xbb\xbf <svg>", "is SVG"),
        (b"<!DOCTYPE html><html>", "is a web page.*save the picture that is in it"),
        (b"seven", "no picture but text"),
        ("sieben, größer".encode(), "no picture but text"),
        (b"", "no picture but empty"),
        (b"PK\x03\x04 a docx", "is a ZIP archive or an office document"),
        (b"\x1f\x8b\x08", "is a compressed file: *unpack|compressed file; .*unpack it first"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "is PostScript"),
        (b"\xc5\xd0\xd3\xc6", "is PostScript"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "is JPEG 2000"),
        (b"\xff\x0a\x00", "is JPEG XL"),
        (b"8BPS\0\1", "is a Photoshop document"),
        (b"\0\0\1\0\1\0", "is an icon"),
        (b"\0" * 128 + b"DICM", "is DICOM"),
        (b"\x93NUMPY\x01\0", "is a NumPy file; .*give the array"),
        (b"\0\0\x08\x03\0\0", "is an IDX file"),
        (b"\0" * 100, "no picture that can be read"),
        (b"\x7fELF\2\1\1\0", "no picture that can be read"),
    ],
)
def test_what_is_no_picture_is_named_with_what_to_do(content, expected):
    refused(content, expected)


@pytest.mark.parametrize("format_name", ["EPS", "ICO", "JPEG2000", "PCX", "TGA", "SGI"])
def test_formats_that_are_not_named_are_never_opened(format_name):
    refused(encoded(Image.new("L", (16, 16)), format_name), "expected PNG, JPEG, WebP")


def test_folders_and_missing_files_are_refused(tmp_path):
    with pytest.raises(PictureError, match="is a folder"):
        list(open_pictures(tmp_path))
    with pytest.raises(PictureError, match="does not exist"):
        list(open_pictures(tmp_path / "7.png"))
    with pytest.raises(PictureError, match="cannot be read"):
        list(open_pictures("a\0b"))


# Limits


def test_a_file_with_too_many_bytes_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(files, "MAX_BYTES", 100)
    content = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (28, 28)).astype(np.uint8)), "PNG")
    (tmp_path / "large.png").write_bytes(content)
    for source in (content, tmp_path / "large.png", io.BytesIO(content)):
        with pytest.raises(PictureError, match="too many bytes; expected at most 100"):
            list(open_pictures(source))


def test_a_jpeg_with_thousands_of_scans_is_refused():
    content = encoded(Image.new("L", (64, 64)), "JPEG", progressive=True)
    at = content.rindex(b"\xff\xda")
    refused(content[:-2] + content[at:-2] * 200 + b"\xff\xd9", "more than 100 scans")


def test_a_text_ppm_full_of_comments_is_refused_at_once():
    refused(b"P2 100 100 255\n" + b"#\n" * 500_000, "too large for this kind of PPM; save it as PNG")


# Failures


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_a_truncated_file_is_refused_and_never_half_a_picture(format_name):
    content = encoded(
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 60, 3)).astype(np.uint8)), format_name
    )
    for part in (0.1, 0.3, 0.5, 0.7, 0.9):
        refused(content[: int(len(content) * part)], "cannot be read as a picture|is no picture")


@pytest.mark.parametrize(
    "error",
    [
        OSError("bad\nthing"), SyntaxError("bad"), ValueError, struct.error("bad"), EOFError, TypeError(), IndexError,
        MemoryError(), OverflowError("bad"), zlib.error("bad"), Image.DecompressionBombError("bad"), RecursionError,
        Image.DecompressionBombWarning("bad"), AssertionError, KeyError(7), UnicodeDecodeError("utf8", b"a", 0, 1, "a"),
    ],
)  # fmt: skip
def test_whatever_pillow_raises_is_a_picture_error_in_one_line(error, monkeypatch):
    def fail(*_):
        raise error

    content = encoded(Image.new("L", (9, 9)), "PNG")
    with monkeypatch.context() as patched:
        patched.setattr(Image, "open", lambda *_, **__: fail())
        refused(content, r"^it (cannot be read as a picture|is too large)")
    with monkeypatch.context() as patched:
        patched.setattr("PIL.PngImagePlugin.PngImageFile.load_prepare", fail)
        refused(content, r"^it (cannot be read as a picture|is too large)")


def test_pillow_s_warnings_are_not_heard_and_others_are():
    content = tiff([(256, 4, 1), (257, 4, 1), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 150), (277, 3, 1)])
    bad = content[:-4] + struct.pack("<HHLL", 270, 2, 99_999, 7)  # a description longer than the file
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(PictureError):
            list(open_pictures(bad))
        with files.decoder_at_work("it"):
            warnings.warn("mine", stacklevel=1)
        assert [str(one.message) for one in heard] == ["mine"]
        filters = warnings.filters[:]
    with pytest.raises(UserWarning, match="PIL"):
        warnings.warn("PIL is heard again", stacklevel=1)
    assert filters


def test_interruption_passes():
    with pytest.raises(KeyboardInterrupt), files.decoder_at_work("it"):
        raise KeyboardInterrupt
