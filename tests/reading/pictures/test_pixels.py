"""Pixels of any mode or dtype → opaque bytes on which the ink can be seen."""

import contextlib
import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageCms

from digits.errors import PictureError
from digits.reading.pictures.picture import open_pictures
from digits.reading.pictures.pixels import composite


def only(source):
    (found,) = open_pictures(source)
    return found


def encoded(image, format_name, **options):
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def ramp():
    """All 256 shades, uint8 (16, 16)."""
    return np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.fixture(scope="module")
def stroke():
    """A soft-edged 7, as alpha, uint8 (64, 48): 0 outside to 255 inside."""
    alpha = np.zeros((64, 48), np.uint8)
    cv2.polylines(alpha, [np.array([[10, 12], [38, 12], [18, 54]])], False, 255, 5, cv2.LINE_AA)
    return cv2.GaussianBlur(alpha, (0, 0), 1)


# Modes


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "RGBX", "YCbCr", "HSV", "LA", "RGBA", "PA", "La", "RGBa", "I", "F"])
def test_grey_shades_stay_what_they_are_in_every_mode(mode, ramp):
    image = Image.fromarray(ramp)
    image = image.convert("RGB").convert(mode) if mode in {"HSV", "RGBX"} else _converted(image, mode)
    assert np.abs(only(image).grey.astype(int) - ramp).max() <= 1


def _converted(image, mode):
    via = {"La": "LA", "RGBa": "RGBA", "PA": "P"}.get(mode, mode)
    return image.convert(via).convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "F"])
def test_grey_modes_give_grey_pixels(mode):
    assert only(Image.new(mode, (3, 2))).pixels.shape == (2, 3)


@pytest.mark.parametrize("mode", ["RGB", "P", "CMYK", "YCbCr", "RGBA"])
def test_colour_modes_give_rgb(mode):
    assert only(Image.new(mode, (3, 2))).pixels.shape == (2, 3, 3)


def test_black_and_white_is_0_and_255(ramp):
    assert np.array_equal(only(Image.fromarray(ramp > 100)).pixels, np.where(ramp > 100, 255, 0))


def test_luminance_weighs_the_colours_as_television_does():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert only(colours).grey.tolist() == [[76, 150, 29, 255]]


def test_a_palette_is_looked_up(ramp):
    image = Image.fromarray(ramp % 3).convert("P")
    image.putpalette([10, 20, 30, 200, 100, 50, 255, 255, 255])
    for content in (encoded(image, "PNG"), encoded(image, "GIF"), encoded(image, "BMP"), encoded(image, "TIFF")):
        assert only(content).pixels[0, :3].tolist() == [[10, 20, 30], [200, 100, 50], [255, 255, 255]]


@pytest.mark.parametrize("format_name", ["JPEG", "TIFF"])
def test_cmyk_is_ink_on_white(format_name):
    image = Image.new("CMYK", (32, 16))
    image.paste((0, 0, 0, 255), (0, 0, 16, 16))  # Pillow writes JPEGs as Photoshop does: Adobe's marker, all inverted
    grey = only(encoded(image, format_name)).grey
    assert grey[:, :12].max() < 20
    assert grey[:, 20:].min() > 235


def test_a_ycck_jpeg_is_ink_on_white():
    image = Image.new("CMYK", (32, 16))
    image.paste((0, 0, 0, 255), (0, 0, 16, 16))
    content = encoded(image, "JPEG", quality=95, subsampling=0)
    at = content.index(b"Adobe\0d")
    # with transform 2, the first three channels are read as YCbCr of the inverted inks: white is Y 255, Cb and Cr 128
    ycck = content[: at + 11] + b"\x02" + content[at + 12 :]
    with Image.open(io.BytesIO(ycck)) as opened:
        assert opened.info["adobe_transform"] == 2
        expected = np.asarray(opened.convert("L"))
    assert np.abs(only(ycck).grey.astype(int) - expected).max() <= 1


def test_lab_is_seen_as_srgb(ramp):
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    image = ImageCms.applyTransform(Image.fromarray(ramp).convert("RGB"), to_lab)
    assert np.abs(only(encoded(image, "TIFF")).grey.astype(int) - ramp).max() <= 3


def test_a_tiff_in_which_zero_is_white_is_turned_round(ramp):
    for values in (ramp, ramp.astype(np.uint16) * 257):
        content = bytearray(encoded(Image.fromarray(values), "TIFF"))
        at = content.index(struct.pack("<HHL", 262, 3, 1))
        content[at + 8] = 0
        assert np.abs(only(bytes(content)).pixels.astype(int) - (255 - ramp)).max() <= 1


# More than 8 bits


@pytest.mark.parametrize("bits", [1, 8, 10, 12, 14, 16])
@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_16_bit_pictures_are_scaled_by_the_bits_in_use(bits, format_name, ramp):
    values = np.rint(ramp / 255 * (2**bits - 1)).astype(np.uint16)
    found = only(encoded(Image.fromarray(values), format_name)).pixels
    assert np.array_equal(found, np.rint(values / (2**bits - 1) * 255))


def test_big_endian_16_bit_tiffs_and_arrays_are_read(ramp):
    values = (ramp.astype(np.uint16) * 257).astype(">u2")
    content = encoded(Image.frombytes("I;16B", (16, 16), values.tobytes()), "TIFF")
    assert content.startswith(b"MM")
    assert np.array_equal(only(content).pixels, ramp)
    assert np.array_equal(only(values).pixels, ramp)


@pytest.mark.parametrize("value", [0, 1, 200, 3000, 40_000, 65_535])
def test_a_16_bit_picture_of_one_value_stays_one(value):
    found = only(np.full((9, 7), value, np.uint16)).pixels
    assert np.ptp(found) == 0
    assert (found[0, 0] > 127) == (value > 0)


def test_the_noise_of_blank_16_bit_paper_stays_noise():
    paper = np.random.default_rng(0).normal(50_000, 200, (50, 50)).astype(np.uint16)
    assert np.ptp(only(paper).pixels) <= 8


def test_integers_beyond_16_bits_and_negative_ones_are_scaled_by_their_own_range(ramp):
    for values in (ramp.astype(np.int32) * 1_000_000, ramp.astype(np.int32) * 100 - 12_800):
        assert np.array_equal(only(Image.fromarray(values)).pixels, ramp)
    assert np.ptp(only(Image.fromarray(np.full((5, 5), -7, np.int32))).pixels) == 0


@pytest.mark.parametrize(("factor", "offset"), [(1 / 255, 0), (1, 0), (1000, 0), (1e30, -5e29), (1e-3, -0.1)])
def test_float_tiffs_go_from_0_to_1_or_255_or_over_their_own_range(factor, offset, ramp):
    values = (ramp.astype(float) * factor + offset).astype(np.float32)
    found = only(encoded(Image.fromarray(values), "TIFF")).pixels
    assert np.abs(found.astype(int) - ramp).max() <= 1


def test_a_float_tiff_with_values_that_are_no_numbers_is_refused(ramp):
    values = ramp.astype(np.float32)
    values[3, 3] = np.nan
    with pytest.raises(PictureError, match="not finite"):
        only(encoded(Image.fromarray(values), "TIFF"))


def test_a_16_bit_png_may_name_a_transparent_shade():
    values = np.full((20, 20), 65_535, np.uint16)
    values[5:15, 9:11] = 300
    content = encoded(Image.fromarray(values), "PNG")
    chunk = b"tRNS" + struct.pack(">H", 65_535)
    at = content.index(b"IDAT") - 4
    content = content[:at] + struct.pack(">I", 2) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[at:]
    found = only(content).pixels
    assert found[10, 10] < 10
    assert found[0, 0] > 250


# Arrays


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(16, 16), (16, 16, 1), (16, 16, 2), (16, 16, 3), (16, 16, 4)])
def test_arrays_of_every_dtype_and_number_of_channels(dtype, shape, ramp):
    white = {np.uint8: 255, np.uint16: 65_535}.get(dtype, 1)
    array = np.broadcast_to((ramp / 255 * white).reshape(16, 16, *[1] * (len(shape) - 2)), shape).astype(dtype)
    if len(shape) == 3 and shape[2] in {2, 4}:
        array[:, :, -1] = white
    found = only(array)
    assert found.pixels.shape == ((16, 16, 3) if shape[2:] in {(3,), (4,)} else (16, 16))
    assert np.abs(found.grey.astype(int) - ramp).max() <= 1


def test_bools_are_ink_or_none_and_floats_may_go_to_255(ramp):
    assert np.array_equal(only(ramp > 7).pixels, np.where(ramp > 7, 255, 0))
    assert np.array_equal(only(ramp.astype(float)).pixels, ramp)


def test_arrays_may_lie_in_memory_as_they_like(ramp):
    for array in (ramp.T, ramp[::-1], ramp[::2, ::3], np.asfortranarray(ramp), np.broadcast_to(ramp[:1], (5, 16))):
        found = only(array).pixels
        assert np.array_equal(found, array)
        assert found.flags.c_contiguous


# Transparency


def inked(alpha, ink, hidden):
    """`ink`, RGB, where alpha is not 0; `hidden` where it is."""
    colour = np.where(alpha[:, :, np.newaxis] > 0, np.uint8(ink), np.uint8(hidden)).astype(np.uint8)
    return np.dstack([colour, alpha])


@pytest.mark.parametrize("hidden", [(0, 0, 0), (255, 255, 255), (255, 0, 255)])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [((0, 0, 0), 255), ((20, 40, 160), 255), ((160, 20, 20), 255), ((255, 255, 255), 0), ((255, 230, 90), 0)],
)
def test_ink_on_transparency_gets_the_ground_that_shows_it(stroke, ink, hidden, ground):
    found = only(inked(stroke, ink, hidden)).grey
    expected = ground + stroke / 255 * (found[stroke == 255].mean() - ground)
    assert abs(found[stroke == 255].mean() - ground) > 120
    assert np.abs(found - expected).max() <= 2  # no halo: from the ground to the ink in step with alpha


@pytest.mark.parametrize("ink", [0, 255])
def test_premultiplied_edges_leave_no_halo(stroke, ink):
    for colour in (stroke.astype(int) * ink // 255, ink + (255 - stroke.astype(int)) * (255 - ink) // 255):
        found = only(np.dstack([colour.astype(np.uint8), stroke])).grey.astype(int)
        ground = 255 - ink
        assert found.min() >= 0
        assert np.abs(found - ground)[stroke < 5].max() <= 6
        order = np.argsort(stroke.ravel(), kind="stable")
        assert (np.diff(np.abs(found - ground).ravel()[order]) >= -2).all()


def test_a_stencil_that_is_cut_out_of_ink_shows_its_digit(stroke):
    found = only(np.dstack([np.zeros_like(stroke), 255 - stroke])).grey
    assert found[stroke == 255].min() > 250
    assert found[stroke == 0].max() < 5


def test_a_tightly_cut_bold_digit_is_ink_and_no_sheet():
    alpha = np.full((60, 20), 255, np.uint8)
    alpha[10:, :3] = 0
    for ink in (0, 255):
        found = only(np.dstack([np.full_like(alpha, ink), alpha])).grey
        assert (found[alpha == 255] == ink).all()
        assert (found[alpha == 0] == 255 - ink).all()


@pytest.mark.parametrize(("paper", "ink"), [(235, 30), (25, 220)])
def test_a_sheet_s_transparent_margin_gets_the_colour_of_the_paper(paper, ink, stroke):
    sheet = np.full((64, 48), paper, np.uint8)
    sheet[stroke > 128] = ink
    whole = np.zeros((100, 90), np.uint8)
    whole[20:84, 20:68] = sheet
    alpha = np.zeros_like(whole)
    alpha[20:84, 20:68] = 255
    shadow = cv2.GaussianBlur(alpha, (0, 0), 4) // 2  # black, and half transparent
    found = only(np.dstack([whole, np.maximum(alpha, np.where(alpha == 0, shadow, 0))])).grey
    assert (found[alpha == 0] == paper).all()
    assert np.array_equal(found[20:84, 20:68], sheet)


def test_a_turned_sheet_with_soft_edges_has_no_frame():
    paper = np.full((200, 200, 2), (240, 255), np.uint8)
    paper[90:110, 60:140, 0] = 20
    turn = cv2.getRotationMatrix2D((100, 100), 20, 0.6)
    turned = cv2.warpAffine(paper, turn, (200, 200), flags=cv2.INTER_LINEAR)  # premultiplied: edges are dark
    found = only(turned).grey
    assert (found < 200).sum() < 0.36 * 1.2 * 20 * 80


def test_what_is_wholly_transparent_is_blank_paper():
    assert (only(np.zeros((5, 6, 4), np.uint8)).pixels == 255).all()


@pytest.mark.parametrize("level", [1, 100, 255])
def test_alpha_that_is_the_same_everywhere_says_nothing(level, ramp):
    assert np.array_equal(only(np.dstack([ramp, np.full_like(ramp, level)])).pixels, ramp)


def test_a_faint_layer_is_seen(stroke):
    found = only(np.dstack([np.zeros_like(stroke), stroke // 16])).grey
    assert found.max() == 255
    assert found.min() == 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_one_transparent_colour_of_a_png_is_a_transparent_ground(mode, stroke):
    image = Image.fromarray(np.where(stroke > 128, np.uint8(255), np.uint8(0))).convert(mode)
    content = encoded(image, "PNG", transparency=(0, 0, 0) if mode == "RGB" else 0)
    found = only(content).grey
    assert (found[stroke > 128] == 255).all()
    assert (found[stroke <= 128] == 0).all()


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "TIFF", "GIF"])
def test_files_with_transparency_show_their_ink(format_name, stroke):
    options = {"lossless": True, "exact": True} if format_name == "WEBP" else {}
    alpha = np.where(stroke > 128, np.uint8(255), np.uint8(0)) if format_name == "GIF" else stroke
    content = encoded(Image.fromarray(inked(alpha, (0, 0, 0), (0, 0, 0))), format_name, **options)
    found = only(content).grey
    assert found[0, 0] == 255
    assert found[stroke == 255].max() <= 5


def test_a_palette_with_alpha_is_looked_up(stroke):
    image = Image.fromarray(np.where(stroke > 128, np.uint8(1), np.uint8(0))).convert("P")
    image.putpalette([0, 0, 0, 0, 0, 0])
    found = only(encoded(image, "PNG", transparency=b"\0\xff")).grey
    assert np.array_equal(found, np.where(stroke > 128, 0, 255))


@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 12), st.integers(1, 12), st.sampled_from([2, 4])),
        elements=st.sampled_from([0, 1, 100, 249, 250, 255]),
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_opaque_is_untouched_by_compositing(pixels):
    found = composite(pixels)
    assert found.dtype == np.uint8
    assert found.shape == pixels.shape[:2] + ((3,) if pixels.shape[2] == 4 else ())
    opaque = pixels[:, :, -1] == 255
    assert np.array_equal(found[opaque], pixels[opaque][:, :-1].reshape(found[opaque].shape))


@given(
    arrays.arrays(
        st.one_of(
            arrays.unsigned_integer_dtypes(),
            arrays.integer_dtypes(),
            arrays.floating_dtypes(),
            arrays.boolean_dtypes(),
            arrays.complex_number_dtypes(),
        ),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6),
    )
)
@settings(max_examples=300, deadline=None)
def test_any_array_is_a_picture_or_refused(array):
    with contextlib.suppress(PictureError):
        found = only(array)
        assert found.pixels.dtype == np.uint8
        assert found.pixels.shape[:2] == array.shape[:2]
        assert found.grey.shape == array.shape[:2]
