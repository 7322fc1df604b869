"""Pictures, found and opened: every format and kind of source comes out upright; 28×28 ones as images for classify."""

import io
import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.errors import PictureError
from digits.reading.pictures import picture
from digits.reading.pictures.picture import find_pictures, open_pictures, read_image


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


@pytest.fixture
def page():
    """A grey page, uint8 (30, 40), different in all four corners."""
    pixels = np.full((30, 40), 200, np.uint8)
    pixels[:15, :20], pixels[:15, 20:], pixels[15:, :20] = 20, 90, 150
    return pixels


def encoded(image, format_name, **options):
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, format_name, **options)
    return file.getvalue()


def only(source, name=None):
    (found,) = open_pictures(source, name)
    return found


# Finding


def test_folders_give_their_pictures_in_order_and_nothing_else(tmp_path, image):
    for name in ("b.png", "a.PNG", "inner/c.jpg", "inner/._c.jpg", "__MACOSX/c.jpg", ".hidden/d.png", "scan.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    assert [path.name for path in find_pictures([tmp_path])] == ["a.PNG", "b.png", "c.jpg", "scan.pdf"]


def test_a_hidden_folder_that_is_named_itself_is_searched(tmp_path, image):
    (tmp_path / ".scans").mkdir()
    Image.fromarray(image).save(tmp_path / ".scans" / "a.png")
    assert [path.name for path in find_pictures([tmp_path / ".scans"])] == ["a.png"]


def test_patterns_that_the_shell_left_alone_are_matched(tmp_path, image):
    for name in ("2.png", "1.png", "3.jpg", "deep/er/4.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(image).save(tmp_path / name)
    names = [path.name for path in find_pictures([f"{tmp_path}/*.png", tmp_path / "de*", f"{tmp_path}/**/4.png"])]
    assert names == ["1.png", "2.png", "4.png", "4.png"]
    (tmp_path / "5*.png").symlink_to("nowhere")  # matches itself, and does not exist
    with pytest.raises(PictureError, match="no file matches"):
        find_pictures([tmp_path / "5*.png"])


def test_a_file_called_like_a_pattern_is_itself(tmp_path, image):
    for name in ("scan[1].png", "scan1.png"):
        Image.fromarray(image).save(tmp_path / name)
    assert find_pictures([tmp_path / "scan[1].png"]) == [tmp_path / "scan[1].png"]


def test_standard_input_is_left_as_it_is():
    assert find_pictures(["-"]) == [Path("-")]


def test_an_empty_folder_a_missing_file_and_a_pattern_without_a_match_are_refused(tmp_path):
    with pytest.raises(PictureError, match="holds no picture"):
        find_pictures([tmp_path])
    with pytest.raises(PictureError, match="does not exist"):
        find_pictures([tmp_path / "nothing.png"])
    with pytest.raises(PictureError, match="no file matches"):
        find_pictures([tmp_path / "*.png"])
    with pytest.raises(PictureError, match="cannot be read"):
        find_pictures([tmp_path / ("long" * 1000)])


# Sources


def test_a_picture_is_the_same_from_whatever_source(tmp_path, page, monkeypatch):
    content = encoded(page, "PNG")
    path = tmp_path / "page.png"
    path.write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    with path.open("rb") as file:
        sources = {
            str(path): path,
            "page": (tmp_path / "page.png", "page"),
            "bytes": content,
            "BytesIO": io.BytesIO(content),
            "-": "-",
            "image": Image.fromarray(page),
            "array": page,
        }
        found = {name: only(*source) if isinstance(source, tuple) else only(source) for name, source in sources.items()}
        assert only(file).name == str(path)
    for name, one in found.items():
        assert (one.name, one.page, one.scale) == (name, 0, 1)
        assert one.pixels.dtype == np.uint8
        assert np.array_equal(one.pixels, page)


def test_what_was_given_is_not_changed_and_the_pixels_cannot_be(page):
    array, image = page.copy(), Image.fromarray(page)
    for source in (array, image):
        one = only(source)
        assert not one.pixels.flags.writeable
        assert not one.grey.flags.writeable
    array[:] = 0
    image.putpixel((0, 0), 0)
    assert np.array_equal(only(page).pixels, page)


def test_a_large_picture_that_was_given_open_is_not_changed(monkeypatch):
    monkeypatch.setattr(picture, "ENOUGH_PIXELS", 1000)
    content = encoded(np.zeros((64, 80), np.uint8), "JPEG")
    image = Image.open(io.BytesIO(content))
    assert only(image).pixels.shape == (32, 40)
    assert image.size == (80, 64)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, "expected a path, bytes"),
        ([[0, 255]], "got list"),
        (io.StringIO("text"), "mode 'rb'"),
        (np.float64(3), "expected a path"),
    ],
)
def test_a_source_of_another_kind_is_refused(source, expected):
    with pytest.raises(PictureError, match=expected):
        only(source)


def test_a_file_object_that_fails_is_a_picture_error():
    class Broken:
        name = "broken.png"

        def read(self, _size):
            raise RuntimeError("the line\nwas cut")

    with pytest.raises(PictureError, match=r"^broken\.png cannot be read: the line was cut$"):
        only(Broken())


# Formats


@pytest.mark.parametrize(
    ("format_name", "options"),
    [
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "packbits"}),
        ("TIFF", {"big_tiff": True}),
        ("BMP", {}),
        ("GIF", {}),
        ("PPM", {}),
    ],
)
def test_every_lossless_format_gives_the_very_pixels(format_name, options, page):
    assert np.array_equal(only(encoded(page, format_name, **options)).grey, page)


def test_jpeg_gives_nearly_the_pixels(page):
    for options in ({"quality": 95}, {"quality": 95, "progressive": True}):
        assert np.abs(only(encoded(page, "JPEG", **options)).grey.astype(int) - page).mean() < 2


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_a_fax_page_is_black_and_white(compression, page):
    found = only(encoded(Image.fromarray(page > 100), "TIFF", compression=compression))
    assert np.array_equal(found.pixels, np.where(page > 100, 255, 0))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"P1 # a comment\n3 2\n0 1 0\n1 0 1\n", [[255, 0, 255], [0, 255, 0]]),
        (b"P2\n3 1\n255\n0 100 255\n", [[0, 100, 255]]),
        (b"P2\n2 1\n15\n0 15\n", [[0, 255]]),
        (b"P3\n1 1\n255\n100 100 100\n", [[100]]),
        (b"P4\n3 1\n\x40", [[255, 0, 255]]),
        (b"P5\n3 1\n255\n\x00\x64\xff", [[0, 100, 255]]),
        (b"P5\n2 1\n4095\n\x00\x00\x0f\xff", [[0, 255]]),
        (b"P5\n2 1\n65535\n\x80\x00\xff\xff", [[128, 255]]),
        (b"P6\n1 1\n255\n\x64\x64\x64", [[100]]),
    ],
)
def test_pgm_and_ppm_in_text_and_bytes(content, expected):
    assert np.array_equal(only(content).grey, np.array(expected))


def upright(stored, orientation):
    """Turned as a viewer would turn it, step by step, from the definition of EXIF's tag 274."""
    turned = {
        1: lambda pixels: pixels,
        2: np.fliplr,
        3: lambda pixels: np.rot90(pixels, 2),
        4: np.flipud,
        5: lambda pixels: np.rot90(np.fliplr(pixels)),
        6: lambda pixels: np.rot90(pixels, -1),
        7: lambda pixels: np.rot90(np.fliplr(pixels), -1),
        8: np.rot90,
    }
    return turned[orientation](stored)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("format_name", "options"),
    [
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("JPEG", {"quality": 100}),
    ],
)
def test_all_eight_orientations_come_out_upright(orientation, format_name, options, page):
    exif = Image.Exif()
    exif[274] = orientation
    found = only(encoded(page, format_name, exif=exif, **options)).grey
    expected = upright(page, orientation)
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).max() <= (8 if format_name == "JPEG" else 0)


@pytest.mark.parametrize("exif", [b"Exif\0\0nonsense", b"Exif\0\0II*\0\x08\0\0\0\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08"])
def test_damaged_notes_of_a_camera_are_no_reason_to_refuse_its_picture(exif, page):
    assert only(encoded(page, "PNG", exif=exif)).pixels.shape == page.shape


def test_an_orientation_that_does_not_exist_is_none(page):
    exif = Image.Exif()
    exif[274] = 9
    assert np.array_equal(only(encoded(page, "PNG", exif=exif)).pixels, page)


# Pages


def tiff_of(pages, **options):
    first, *rest = [one if isinstance(one, Image.Image) else Image.fromarray(one) for one in pages]
    return encoded(first, "TIFF", save_all=True, append_images=rest, **options)


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}])
def test_a_tiff_has_pages_of_any_size_and_mode(options, page):
    others = [page[:10], np.dstack([page] * 3), page.astype(np.uint16) * 257]
    found = list(open_pictures(tiff_of([page, *others], **options), "scan.tif"))
    assert [(one.name, one.page, one.pixels.shape) for one in found] == [
        ("scan.tif", 0, (30, 40)),
        ("scan.tif", 1, (10, 40)),
        ("scan.tif", 2, (30, 40, 3)),
        ("scan.tif", 3, (30, 40)),
    ]
    assert all(np.array_equal(one.grey, page[: len(one.grey)]) for one in found)


def test_each_page_of_a_tiff_has_its_own_orientation(page):
    first, second = Image.fromarray(page), Image.fromarray(page)
    content = encoded(first, "TIFF", save_all=True, append_images=[second], tiffinfo={274: 6})
    assert [one.pixels.shape for one in open_pictures(content)] == [(40, 30), (40, 30)]


def test_pages_are_decoded_when_they_are_asked_for(page):
    content = tiff_of([page, page])
    pages = open_pictures(content[: len(content) - 400])  # within the second page's pixels or tags
    assert np.array_equal(next(pages).pixels, page)
    with pytest.raises(PictureError, match="bytes, page 2, cannot be read"):
        list(pages)


def test_a_tiff_s_thumbnail_is_no_page(page):
    content = bytearray(tiff_of([page, page[:8, :8], page], tiffinfo={254: 0}))
    starts = [at for at in range(len(content)) if content[at : at + 8] == struct.pack("<HHL", 254, 4, 1)]
    content[starts[1] + 8] = 1
    assert [one.page for one in open_pictures(bytes(content))] == [0, 2]


def test_more_pages_than_anybody_scans_are_refused_when_reached(monkeypatch, page):
    monkeypatch.setattr(picture, "MAX_PAGES", 2)
    pages = open_pictures(tiff_of([page] * 3), "book.tif")
    assert [next(pages).page, next(pages).page] == [0, 1]
    with pytest.raises(PictureError, match=r"book\.tif has more than 2 pages; split it"):
        next(pages)


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_frame_is_read(format_name, page):
    frames = [Image.fromarray(page), Image.fromarray(255 - page)]
    options = {"lossless": True} if format_name == "WEBP" else {}
    content = encoded(frames[0], format_name, save_all=True, append_images=frames[1:], **options)
    assert np.array_equal(only(content).grey, page)


def test_of_a_phone_s_jpeg_with_several_images_the_first_is_read(page):
    content = encoded(page, "MPO", save_all=True, append_images=[Image.fromarray(255 - page)], quality=100)
    assert np.abs(only(content).grey.astype(int) - page).max() <= 8


@pytest.mark.parametrize(("size", "scale"), [((99, 100), 1), ((240, 170), 2), ((403, 805), 4), ((3, 40_000), 2)])
@pytest.mark.parametrize(
    ("format_name", "mode"),
    [("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "1"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16"), ("TIFF", "F")],
)
def test_a_very_large_page_comes_out_at_a_part_of_its_size(monkeypatch, size, scale, format_name, mode):
    monkeypatch.setattr(picture, "ENOUGH_PIXELS", 10_000)
    image = Image.new("L", size, 255)
    image.paste(0, (0, 0, size[0], size[1] // 2))
    found = only(encoded(image.convert(mode) if mode != "I;16" else image.convert("I").convert(mode), format_name))
    assert found.scale == scale
    height = -(-size[1] // scale)
    assert found.pixels.shape[:2] == (height, -(-size[0] // scale))
    assert found.grey[: height // 2 - 4].max() <= 4
    assert found.grey[height // 2 + 4 :].min() >= 251


def test_large_images_and_arrays_come_out_smaller_too_and_every_page_by_itself(monkeypatch, page):
    monkeypatch.setattr(picture, "ENOUGH_PIXELS", 300)
    for source in (page, page > 0, page.astype(np.uint16), Image.fromarray(page)):
        found = only(source)
        assert (found.scale, found.pixels.shape) == (2, (15, 20))
        assert not found.pixels.flags.writeable
    assert [found.scale for found in open_pictures(tiff_of([page, page[:8]]))] == [2, 1]
    assert np.array_equal(only(page).pixels[::14, ::19], page[::29, ::39])


def test_many_threads_may_open_pictures_at_once(page):
    contents = [encoded(page, "PNG"), tiff_of([page, page])[:-3], b"BM no picture at all"] * 30

    def read(content):
        try:
            return len(list(open_pictures(content)))
        except PictureError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(read, contents)) <= {0, 1, 2}


# Degenerate and hostile


@pytest.mark.parametrize(
    ("format_name", "longest"),
    [
        ("PNG", 100_000),
        ("TIFF", 100_000),
        ("BMP", 100_000),
        ("PPM", 100_000),
        ("GIF", 65_535),
        ("JPEG", 65_500),
        ("WEBP", 16_383),
    ],
)
def test_the_thinnest_pictures_are_read(format_name, longest):
    for width, height in ((1, 1), (1, longest), (longest, 1), (2, 3)):
        found = only(encoded(Image.new("L", (width, height), 128), format_name))
        assert found.pixels.shape[:2] == (height, width)
        assert found.grey[0, 0] == 128


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (5, 0, 3)])
def test_pictures_without_a_pixel_are_refused(shape):
    with pytest.raises(PictureError, match="expected at least 1×1"):
        only(np.zeros(shape, np.uint8), "nothing")
    if len(shape) == 2:
        with pytest.raises(PictureError, match=f"nothing is {shape[1]}×{shape[0]} pixels"):
            only(Image.new("L", shape[::-1]), "nothing")


def test_an_array_that_is_too_large_is_refused_untouched():
    huge = np.broadcast_to(np.uint8(0), (60_000, 60_000))
    with pytest.raises(PictureError, match="array is 60000×60000 pixels; expected at most 120,000,000"):
        only(huge)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros((5, 5), np.int64), "its dtype is int64; expected uint8, bool, uint16 or float"),
        (np.zeros((5, 5), complex), "complex128"),
        (np.zeros((5, 5), object), "object"),
        (np.zeros(5, np.uint8), r"its shape is \(5,\)"),
        (np.array(3, np.uint8), r"its shape is \(\)"),
        (np.zeros((4, 28, 28), np.uint8), r"its shape is \(4, 28, 28\)"),
        (np.full((2, 2), np.nan), "not finite"),
        (np.array([[0, np.inf]]), "not finite"),
        (np.array([[-1.0, 1.0]]), "go from -1 to 1"),
        (np.array([[0.0, 65535.0]]), "go from 0 to 65535"),
    ],
)
def test_arrays_of_another_kind_are_refused_in_one_line(array, expected):
    with pytest.raises(PictureError, match=f"^array cannot be read: [^\n]*{expected}"):
        only(array)


# 28×28 pictures, for digits classify


def test_a_picture_comes_back_as_its_pixels(tmp_path, image):
    for suffix in ("png", "bmp", "gif", "tiff"):
        Image.fromarray(image).save(tmp_path / f"digit.{suffix}")
        assert np.array_equal(read_image(tmp_path / f"digit.{suffix}"), image)


def test_dark_ink_on_light_is_inverted_on_request(tmp_path, image):
    Image.fromarray(image).save(tmp_path / "digit.png")
    assert np.array_equal(read_image(tmp_path / "digit.png", invert=True), 255 - image)


def test_light_ink_on_transparency_is_light_ink_on_dark(tmp_path, image):
    Image.fromarray(np.dstack([np.full_like(image, 255), image])).save(tmp_path / "digit.png")
    assert np.abs(read_image(tmp_path / "digit.png").astype(int) - image).max() <= 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "is no picture"), (b"<html>", "is a web page"), (b"\x89PNG\r\n\x1a\n cut", "cannot be read|is no picture")],
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
