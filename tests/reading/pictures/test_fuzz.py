"""Bombs, floods and thousands of damaged files give pictures or a PictureError, quickly and in little memory."""

import io
import struct
import time
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digits.errors import PictureError
from digits.reading.pictures.picture import open_pictures

SECONDS = 2
MEMORY = 800_000_000
"""What a file within the limits may take: 120 million pixels of 4 bytes, 40 million of a WebP of 16, and a little."""


def encoded(image, format_name, **options):
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


@contextmanager
def memory_below(limit):
    """Fails if this process takes more than `limit` bytes more within than before, for a moment only even."""
    reset, status = Path("/proc/self/clear_refs"), Path("/proc/self/status")

    def kilobytes(key):
        return int(next(line for line in status.read_text().splitlines() if line.startswith(key)).split()[1])

    try:
        reset.write_text("5")  # Linux: the peak is counted anew
    except OSError:
        yield  # elsewhere only time and errors are watched
        return
    before = kilobytes("VmRSS")
    yield
    assert 1024 * (kilobytes("VmHWM") - before) < limit


def png(width, height, *chunks, depth=8, colour=0):
    header = (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (header, *chunks, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + body


def tiff(tags, data=b""):
    """A little-endian TIFF with these tags (tag, type 3 or 4, value) and `data` after them."""
    entries = b"".join(struct.pack("<HHLL", tag, kind, 1, value) for tag, kind, value in sorted(tags))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + data


# Bombs and floods


def tile_bomb():
    tags = [(256, 4, 64), (257, 4, 64), (258, 3, 8), (259, 3, 8), (262, 3, 1), (277, 3, 1)]
    return tiff([*tags, (322, 4, 2**20), (323, 4, 2**20), (324, 4, 150), (325, 4, 20)], b"\0" * 100)


def strip_bomb(width=60_000, height=60_000, compression=8):
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, compression), (262, 3, 1), (273, 4, 150)]
    return tiff([*tags, (277, 3, 1), (278, 4, height), (279, 4, 200)], b"\0" * 300)


def animation_bomb():
    frame = struct.pack(">IIIIIHHBB", 0, 60_000, 60_000, 0, 0, 1, 1, 1, 0)
    return png(60_000, 60_000, (b"acTL", struct.pack(">II", 2, 0)), (b"fcTL", frame), (b"IDAT", b""), colour=6)


BOMBS = {
    "PNG": lambda: png(60_000, 60_000, (b"IDAT", zlib.compress(b"\0" * 1000))),
    "PNG with the largest sides": lambda: png(2**31 - 1, 2**31 - 1, (b"IDAT", b"")),
    "animated PNG": animation_bomb,
    "PNG's profile": lambda: png(9, 9, (b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 80_000_000, 9)), (b"IDAT", b"")),
    "PNG's text": lambda: png(9, 9, (b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 80_000_000, 9)), (b"IDAT", b"")),
    "TIFF's strips": strip_bomb,
    "TIFF's raw strips": lambda: strip_bomb(compression=1),
    "TIFF's tiles": tile_bomb,
    "GIF's screen": lambda: b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02L\x01\0;",
    "GIF's frame": lambda: b"GIF89a\x01\0\x01\0\0\0\0!\xf9\x04\x09\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;",
    "WebP": lambda: b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff" + b"\0" * 30,
    "JPEG": lambda: encoded(Image.new("L", (8, 8)), "JPEG").replace(b"\0\x08\0\x08\x01", b"\xff\xff\xff\xff\x01"),
    "BMP": lambda: b"BM" + struct.pack("<LLLLllHHLLLLLL", 99, 0, 54, 40, 90_000, 90_000, 1, 24, 0, 0, 0, 0, 0, 0),
    "PPM": lambda: b"P6 90000 90000 255\n",
    "PPM in text": lambda: b"P2 9000 9000 255\n" + b"0 " * 1000,
    "PGM with a number of many digits": lambda: b"P5 " + b"9" * 100_000 + b" 5 255\n",
    "PGM of an unusual range": lambda: b"P5 9000 9000 254\n",
    "BMP with run lengths": lambda: (
        b"BM" + struct.pack("<LLLLllHHLLLLLL", 99, 0, 1078, 40, 9000, 9000, 1, 8, 1, 0, 0, 0, 0, 0) + b"\0\0\0\0" * 300
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_takes_memory(name):
    content = BOMBS[name]()
    with memory_below(50_000_000), pytest.raises(PictureError, match=r"pixels|too large|cannot be read as a picture"):
        list(open_pictures(content))


def test_many_chunks_comments_and_markers_cost_no_more_than_their_bytes():
    content = encoded(Image.new("L", (9, 9)), "PNG")
    flood = (struct.pack(">I", 0) + b"teSt" + struct.pack(">I", zlib.crc32(b"teSt"))) * 20_000
    assert list(open_pictures(content[:33] + flood + content[33:]))
    jpeg = encoded(Image.new("L", (9, 9)), "JPEG")
    assert list(open_pictures(jpeg[:2] + b"\xff\xfe\0\x02" * 20_000 + jpeg[2:]))


# Damage


def small_pictures():
    """Valid files of every format that is read, in most of the modes that it knows."""
    pixels = np.random.default_rng(5).integers(0, 256, (24, 20, 4)).astype(np.uint8)
    pixels[4:20, 4:16, :3] //= 4
    rgba = Image.fromarray(pixels)
    exif = Image.Exif()
    exif[274], exif[270] = 6, "a camera"
    modes = {mode: rgba.convert("RGB").convert(mode) for mode in ("1", "L", "RGB", "P", "CMYK", "YCbCr", "LA")}
    modes |= {"RGBA": rgba, "I;16": Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 200)}
    modes |= {"F": Image.fromarray(pixels[:, :, 0].astype(np.float32)), "LAB": Image.new("LAB", (20, 24), (99, 9, 9))}
    modes["I;16B"] = Image.frombytes("I;16B", (20, 24), pixels[:, :, :2].tobytes())
    for mode in ("1", "L", "RGB", "P", "RGBA", "LA", "I;16"):
        yield encoded(modes[mode], "PNG", exif=exif)
    yield encoded(modes["P"], "PNG", transparency=3)
    yield encoded(modes["RGB"], "PNG", save_all=True, append_images=[modes["RGB"].rotate(90)] * 2)
    for mode in ("L", "RGB", "CMYK", "YCbCr"):
        for progressive in (False, True):
            yield encoded(modes[mode], "JPEG", progressive=progressive, exif=exif)
    yield encoded(modes["RGB"], "MPO", save_all=True, append_images=[modes["RGB"]])
    for mode in ("1", "L", "RGB", "P", "CMYK", "YCbCr", "LA", "RGBA", "I;16", "I;16B", "F", "LAB"):
        yield encoded(modes[mode], "TIFF", tiffinfo={274: 8})
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd"):
        yield encoded(modes["RGB"], "TIFF", compression=compression, save_all=True, append_images=[modes["L"]] * 2)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield encoded(modes["1"], "TIFF", compression=compression)
    yield encoded(modes["L"], "TIFF", big_tiff=True)
    for lossless in (False, True):
        yield encoded(rgba, "WEBP", lossless=lossless, exif=exif)
        yield encoded(rgba, "WEBP", lossless=lossless, save_all=True, append_images=[rgba.rotate(90)])
    for mode in ("1", "L", "P", "RGB"):
        yield encoded(modes[mode], "BMP")
    run_lengths = b"".join(b"\x0a\x00\x0a\xff\x00\x00" for _ in range(24)) + b"\x00\x01"
    palette = b"".join(bytes([shade, shade, 255 - shade, 0]) for shade in range(256))
    yield (
        b"BM" + struct.pack("<LLLLllHHLLLLLL", 0, 0, 1078, 40, 20, 24, 1, 8, 1, 0, 0, 0, 256, 0) + palette + run_lengths
    )
    yield encoded(modes["P"], "GIF", transparency=2)
    yield encoded(modes["P"], "GIF", save_all=True, append_images=[modes["P"].rotate(90)] * 3, duration=50, disposal=2)
    for mode in ("1", "L", "RGB", "I;16"):
        yield encoded(modes[mode], "PPM")
    yield b"P2 # grey\n4 3\n15\n" + b" ".join(b"%d" % shade for shade in range(12))
    yield b"P5\n4 3\n99\n" + bytes(range(12))


SEEDS = list(small_pictures())
EXTREMES = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 10_000, 30_000]


def with_sums_repaired(content):
    """A PNG whose chunks' checksums are right again, so that the damage gets as far as the decoder."""
    repaired, at = bytearray(content), 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4])
        end = at + 8 + length
        if end + 4 > len(content):
            break
        repaired[end : end + 4] = struct.pack(">I", zlib.crc32(content[at + 4 : end]))
        at = end + 4
    return bytes(repaired)


def damaged(rng):
    """One of the small pictures, damaged in one way or several."""
    content = bytearray(SEEDS[rng.integers(len(SEEDS))])
    for _ in range(rng.integers(1, 4)):
        size = len(content)
        where = int(rng.integers(size)) if rng.random() < 0.5 else int(rng.integers(min(size, 80)))
        kind = rng.integers(8)
        if kind == 0:
            del content[max(1, where) :]
        elif kind == 1:
            for at in rng.integers(size, size=rng.integers(1, 12)):
                content[at] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            length = int(rng.integers(1, 20))
            content[where : where + length] = rng.bytes(length)
        elif kind == 3:
            del content[where : where + int(rng.integers(1, 40))]
        elif kind == 4:
            content[where:where] = content[where : where + int(rng.integers(1, 200))] * int(rng.integers(1, 4))
        elif kind == 5:
            other = SEEDS[rng.integers(len(SEEDS))]
            content[where:] = other[int(rng.integers(len(other))) :]
        elif kind == 6:
            length = int(rng.choice([1, 2, 4]))
            number = int(rng.choice(EXTREMES)) % 256**length
            content[where : where + length] = number.to_bytes(length, "big" if rng.random() < 0.5 else "little")
        else:
            content[where:where] = rng.bytes(int(rng.integers(1, 50)))
        if not content:
            break
    found = bytes(content)
    return with_sums_repaired(found) if found.startswith(b"\x89PNG") and rng.random() < 0.8 else found


def read_or_refuse(content):
    """The number of pages, 0 if it was refused; anything else fails."""
    start = time.thread_time()
    pages = 0
    try:
        for page, found in enumerate(open_pictures(content, "damaged")):
            height, width = found.pixels.shape[:2]
            assert found.pixels.dtype == np.uint8
            assert found.pixels.shape in {(height, width), (height, width, 3)}
            assert min(height, width) > 0
            assert found.page >= page
            pages += 1
    except PictureError as error:
        assert str(error).startswith("damaged")  # noqa: PT017 (nothing need be raised)
        assert "\n" not in str(error)  # noqa: PT017
    assert time.thread_time() - start < SECONDS
    return pages


def test_the_small_pictures_are_read_before_they_are_damaged():
    assert all(read_or_refuse(content) for content in SEEDS)


@pytest.mark.parametrize(
    ("seed", "files"),
    [(0, 5000), (1, 5000), *[pytest.param(seed, 20_000, marks=pytest.mark.slow) for seed in range(2, 12)]],
)
def test_damaged_files_give_pictures_or_a_picture_error(seed, files, capfd):
    rng = np.random.default_rng(seed)
    with memory_below(MEMORY):
        read = [read_or_refuse(damaged(rng)) > 0 for _ in range(files)]
    assert 0.05 < np.mean(read) < 0.95  # neither was all damage harmless nor all fatal
    assert capfd.readouterr() == ("", "")


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=150, deadline=None)
def test_every_beginning_of_a_file_gives_pictures_or_a_picture_error(content, data):
    read_or_refuse(content[: data.draw(st.integers(0, len(content)))])


@given(st.sampled_from([seed[:n] for seed in SEEDS for n in (4, 12, 32)]), st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_anything_after_a_format_s_first_bytes_gives_pictures_or_a_picture_error(head, tail):
    read_or_refuse(head + tail)
