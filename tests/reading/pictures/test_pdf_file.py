"""PDFs: every page is drawn as a scan of it would look, within limits; whatever cannot be drawn is a PictureError."""

import io
import json
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest
from PIL import Image

from digits.errors import PictureError
from digits.reading.pictures import pdf_file, picture
from digits.reading.pictures.picture import open_pictures, read_image

A4 = b"0 0 595 842"
SQUARE = b"100 100 200 200 re f "  # from the page's lower left corner, in points


def pdf(*objects, trailer=b""):
    """A PDF of these objects, numbered from 1, which is the catalog."""
    content, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(content)


def stream(data, entries=b""):
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def page(drawing=SQUARE, box=A4, entries=b"", inside=b"", more=(), trailer=b""):
    """A PDF of one page, on which something is drawn; `more` objects are numbered from 5."""
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R/Resources<<%b>>%b>>" % (box, inside, entries),
        drawing if drawing.startswith(b"<<") else stream(drawing),
        *more,
        trailer=trailer,
    )


def page_with_image(data, width, height, entries):
    """A PDF of an A4 page that a picture fills."""
    size = b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (width, height)
    drawing = b"595 0 0 842 0 0 cm /I Do"
    return page(drawing, inside=b"/XObject<</I 5 0 R>>", more=[stream(data, size + entries)])


def saved(*images, **options):
    """A PDF of these images, a page each, by Pillow."""
    file = io.BytesIO()
    first, *rest = [image if isinstance(image, Image.Image) else Image.fromarray(image) for image in images]
    first.save(file, "PDF", save_all=True, append_images=rest, **options)
    return file.getvalue()


def only(content):
    (found,) = open_pictures(content, "scan.pdf")
    return found


def refused(content, match):
    with pytest.raises(PictureError, match=match) as caught:
        list(open_pictures(content, "scan.pdf"))
    assert str(caught.value).startswith("scan.pdf")
    assert "\n" not in str(caught.value)


@pytest.fixture
def pixels():
    """Grey, uint8 (30, 40), different in all four corners."""
    pixels = np.full((30, 40), 200, np.uint8)
    pixels[:15, :20], pixels[:15, 20:], pixels[15:, :20] = 20, 90, 150
    return pixels


# Pages


def test_a_page_is_drawn_at_300_dots_an_inch_from_its_upper_left_corner():
    found = only(page())
    assert (found.name, found.page, found.scale, found.pixels.shape) == ("scan.pdf", 0, 1, (3508, 2479))
    rows, columns = np.nonzero(found.pixels < 128)
    inch = 300 / 72
    assert (columns.min(), columns.max() + 1) == pytest.approx((100 * inch, 300 * inch), abs=2)
    assert (rows.min(), rows.max() + 1) == pytest.approx((542 * inch, 742 * inch), abs=2)
    assert (found.pixels.min(), found.pixels.max()) == (0, 255)


def test_a_scan_at_300_dots_an_inch_comes_out_as_its_pixels(pixels):
    found = only(saved(pixels, resolution=300, quality=100))
    assert found.pixels.shape == (30, 40)
    assert np.abs(found.pixels.astype(int) - pixels).mean() < 3  # one row of the edge in the middle may be mixed


def test_every_page_has_its_own_size_and_only_colour_makes_it_rgb(pixels):
    coloured = np.dstack([pixels, pixels // 2, pixels // 4])
    content = saved(pixels, pixels[:10], coloured, pixels > 100, resolution=300)
    found = list(open_pictures(content))
    assert [(one.page, one.pixels.shape) for one in found] == [
        (0, (30, 40)),
        (1, (10, 40)),
        (2, (30, 40, 3)),
        (3, (30, 40)),
    ]
    assert np.abs(found[2].pixels[5:10, 5:10].astype(int) - coloured[5:10, 5:10]).max() <= 6  # red is red
    assert not any(one.pixels.flags.writeable for one in found)


def test_a_turned_page_comes_out_upright():
    upright, turned = only(page(SQUARE)), only(page(SQUARE, entries=b"/Rotate 90"))
    assert turned.pixels.shape == upright.pixels.shape[::-1]
    assert np.abs(np.rot90(upright.pixels, -1).astype(int) - turned.pixels).mean() < 0.5


def test_what_was_drawn_on_a_page_by_a_pen_is_seen():
    ink = b"<</Type/Annot/Subtype/Ink/Rect[100 100 300 300]/AP<</N 6 0 R>>>>"
    strokes = stream(b"10 w 0 0 m 200 200 l S", b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]")
    found = only(page(b"", entries=b"/Annots[5 0 R]", more=[ink, strokes]))
    assert 10_000 < np.count_nonzero(found.pixels < 128) < 100_000


def test_a_very_large_page_is_drawn_at_a_part_of_its_size(monkeypatch):
    monkeypatch.setattr(picture, "ENOUGH_PIXELS", 25_000)
    for side, scale in ((75, 1), (76, 2), (150, 2), (152, 4), (304, 8)):  # 75 points are 313 dots
        found = only(page(b"0 0 %d %d re f" % (side, side // 2), b"0 0 %d %d" % (side, side)))
        assert found.scale == scale
        assert len(found.pixels) == pytest.approx(side * 300 / 72 / scale, abs=1)
        assert np.count_nonzero(found.pixels < 128) / found.pixels.size == pytest.approx(0.5, abs=0.02)


def test_a_page_of_100_metres_is_read_and_one_without_an_area_is_refused():
    assert only(page(box=b"0 0 283464 283464")).pixels.shape == (4614, 4614)
    refused(page(box=b"0 0 0.001 1000000000"), r"is 1×4166666667 pixels; expected at most 120,000,000")


def test_pages_are_drawn_when_they_are_asked_for():
    three = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 50 50]>>", b"7", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    kids = b"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3>>"
    pages = open_pictures(pdf(b"<</Type/Catalog/Pages 2 0 R>>", kids, *three), "scan.pdf")
    assert next(pages).pixels.shape == (208, 208)
    with pytest.raises(PictureError, match=r"scan\.pdf, page 2, cannot be drawn: this page of the PDF is damaged"):
        next(pages)


def test_more_pages_than_anybody_scans_are_refused_when_reached(monkeypatch, pixels):
    monkeypatch.setattr(picture, "MAX_PAGES", 2)
    pages = open_pictures(saved(pixels, pixels, pixels), "book.pdf")
    assert [next(pages).page, next(pages).page] == [0, 1]
    with pytest.raises(PictureError, match=r"book\.pdf has more than 2 pages; split it"):
        next(pages)


def test_many_threads_and_many_documents_may_be_read_at_once(pixels):
    content = saved(pixels, 255 - pixels, pixels)

    def read(_):
        return [one.pixels.copy() for one in open_pictures(content)]

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(read, range(24))
    interleaved = list(chain(*zip(open_pictures(content), open_pictures(content), strict=True)))
    assert all(np.array_equal(a, b) for other in others for a, b in zip(first, other, strict=True))
    assert all(np.array_equal(first[one.page], one.pixels) for one in interleaved)


def test_the_command_reads_every_page_from_a_file_or_standard_input(digits_command, sample_test, tmp_path, monkeypatch):
    digits = [Image.fromarray(255 - sample_test.images[number]).resize((84, 84)) for number in (1, 4, 9)]
    content = saved(*digits)
    (tmp_path / "scan.pdf").write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    for source, name in ((tmp_path / "scan.pdf", "scan.pdf"), ("-", "standard-input")):
        code, out, err = digits_command(
            "read", source, "--json", "--always-answer", "--annotate", tmp_path / "annotated"
        )
        rows = [json.loads(line) for line in out.splitlines()]
        assert (code, err, [row["page"] for row in rows]) == (0, "", [0, 1, 2])
        assert [row["numbers"][0]["text"] for row in rows] == [str(sample_test.labels[number]) for number in (1, 4, 9)]
        pages = [f"{name}-page-2.png", f"{name}-page-3.png", f"{name}.png"]
        assert sorted(file.name for file in (tmp_path / "annotated").glob(f"{name}*")) == pages


# What cannot be read


def test_an_encrypted_pdf_is_refused():
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>" % (b"11" * 32, b"22" * 32)
    content = page(more=[lock], trailer=b"/Encrypt 5 0 R/ID[<33><33>]")
    refused(content, r"is encrypted; expected a PDF that opens without a password$")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_pdf_is_refused_and_never_half_a_page(part, pixels):
    for content in (page(), saved(pixels), saved(pixels, pixels)):
        refused(content[: int(part * len(content))], "is a PDF without its end: .*; copy or save it anew")


def test_a_little_after_the_end_does_no_harm():
    content = page(box=b"0 0 72 72")
    for more in (b"\r\n", b"<!-- sent by a server -->", b"\0" * 5000):
        assert only(content + more).pixels.shape == (300, 300)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n%%EOF",
        pdf(b"<</Type/Catalog>>"),
        pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"),
        b"%PDF-1.7\n" + b"<</Kids[" * 5000 + b"%%EOF",
    ],
)
def test_a_damaged_pdf_or_one_without_pages_is_refused(content):
    refused(content, r"is a damaged PDF, or one without pages; copy or save it anew")


def test_a_pdf_is_no_picture_to_classify(tmp_path, pixels):
    (tmp_path / "digit.pdf").write_bytes(saved(pixels))
    with pytest.raises(PictureError, match=r"is a PDF; expected a picture: read it with digits read"):
        read_image(tmp_path / "digit.pdf")


# Bombs


@pytest.mark.parametrize("name", ["lines", "a form that shows itself"])
def test_a_page_that_takes_too_long_to_draw_is_refused(monkeypatch, name):
    monkeypatch.setattr(pdf_file, "MAX_SECONDS", 1)
    form = stream(b"/X Do " * 9, b"/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>")
    lines = stream(zlib.compress(b"0 0 m 595 842 l S\n" * 500_000), b"/Filter/FlateDecode")
    content = page(lines) if name == "lines" else page(b"/X Do", inside=b"/XObject<</X 5 0 R>>", more=[form])
    start = time.monotonic()
    refused(content, r"cannot be drawn: it takes more than 1 seconds, .*; save it as PNG")
    assert time.monotonic() - start < 10


def test_a_page_that_takes_too_much_memory_is_refused(monkeypatch):
    monkeypatch.setattr(pdf_file, "MAX_MEMORY", 400_000_000)
    lines = zlib.compress(zlib.compress(b"0 0 m 595 842 l " * 10_000_000))
    refused(page(stream(lines, b"/Filter[/FlateDecode/FlateDecode]")), r"cannot be drawn: .*more than 0 GB")


def test_a_picture_of_many_pixels_is_drawn_line_by_line():
    black = zlib.compress(zlib.compress(b"\0" * (20_000 * 20_000 // 8)))
    bits = b"/ColorSpace/DeviceGray/BitsPerComponent 1/Filter[/FlateDecode/FlateDecode]"
    assert only(page_with_image(black, 20_000, 20_000, bits)).pixels.max() == 0


def test_whoever_stops_reading_leaves_no_process_behind(pixels, monkeypatch):
    started = []
    monkeypatch.setattr(
        subprocess, "Popen", lambda *a, start=subprocess.Popen, **k: started.append(start(*a, **k)) or started[0]
    )
    pages = open_pictures(saved(pixels, pixels))
    next(pages)
    pages.close()
    assert started[0].poll() is not None


# Damage


@pytest.mark.parametrize(
    ("seed", "files"), [(0, 60), *[pytest.param(seed, 2000, marks=pytest.mark.slow) for seed in range(1, 4)]]
)
def test_damaged_pdfs_give_pages_or_a_picture_error(seed, files, monkeypatch, pixels, capfd):
    monkeypatch.setattr(pdf_file, "MAX_SECONDS", 2)
    rng, drawn = np.random.default_rng(seed), 0
    valid = [saved(pixels), saved(pixels > 100, pixels), page(box=b"0 0 72 72", entries=b"/Rotate 90")]
    for _ in range(files):
        content = bytearray(valid[rng.integers(len(valid))])
        for _ in range(rng.integers(1, 6)):
            where, length = rng.integers(len(content)), rng.integers(1, 40)
            part = content[where : where + length]
            content[where : where + length] = (b"", rng.bytes(length), part * 3)[rng.integers(3)]
        try:
            drawn += len(list(open_pictures(bytes(content) + b"\n%%EOF", "damaged")))
        except PictureError as error:
            assert str(error).startswith("damaged")  # noqa: PT017 (nothing need be raised)
            assert "\n" not in str(error)  # noqa: PT017
    assert 0 < drawn < 2 * files
    assert capfd.readouterr() == ("", "")
