"""`digits.read`: a picture of any kind, the network loaded once."""

import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image

import digits
from digits import api
from digits.errors import PictureError
from digits.locate import find_bundle


@pytest.fixture(scope="module")
def pixels(sample_test):
    return np.asarray(Image.fromarray(255 - sample_test.images[1]).resize((84, 84)))


def test_any_kind_of_picture_is_read_the_same(pixels, tmp_path):
    Image.fromarray(pixels).save(tmp_path / "digit.png")
    content = (tmp_path / "digit.png").read_bytes()
    sources = (
        tmp_path / "digit.png",
        str(tmp_path / "digit.png"),
        content,
        io.BytesIO(content),
        Image.fromarray(pixels),
        pixels,
    )
    read = [digits.read(source) for source in sources]
    assert all(isinstance(reading, digits.Reading) for reading in read)
    assert len({reading.text for reading in read}) == 1
    assert read[0].numbers[0].digits[0].text == "1"
    assert read[0].picture == str(tmp_path / "digit.png")


def test_the_first_page_is_read_with_a_warning_and_read_pages_reads_all(pixels, tmp_path):
    Image.fromarray(pixels).save(tmp_path / "pages.tiff", save_all=True, append_images=[Image.fromarray(pixels)])
    with pytest.warns(
        UserWarning, match=r"pages.tiff has more pages than this one; digits.read_pages reads all"
    ) as told:
        assert digits.read(tmp_path / "pages.tiff").page == 0
    assert told[0].filename == __file__
    assert [reading.page for reading in digits.read_pages(tmp_path / "pages.tiff")] == [0, 1]
    assert [reading.page for reading in digits.read_pages(pixels)] == [0]
    readings = digits.Reader(digits.load()).read(tmp_path / "pages.tiff")
    assert [reading.page for reading in readings] == [0, 1]


def test_a_picture_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(PictureError, match="does not exist"):
        digits.read(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="no picture"):
        digits.read(b"text")
    with pytest.raises(PictureError, match="no picture"):
        list(digits.read_pages(b"text"))


def test_a_model_is_loaded_once_and_again_when_it_is_written_anew(pixels, tmp_path):
    api._loaded.cache_clear()
    for _ in range(3):
        digits.read(pixels)
    assert api._loaded.cache_info().misses == 1
    bundle = shutil.copytree(find_bundle("cnn-tiny"), tmp_path / "bundle")
    for model in (bundle, str(bundle)):
        digits.read(pixels, model=model)
    assert api._loaded.cache_info().misses == 2
    os.utime(bundle / "bundle.json", (0, 0))
    from_anew = digits.read(pixels, model=bundle)
    assert api._loaded.cache_info().misses == 3
    assert digits.read(pixels, model=digits.load(bundle)).to_json() == from_anew.to_json()


def test_a_risk_that_the_model_does_not_state_is_refused(pixels):
    with pytest.raises(digits.InputError, match="risk"):
        digits.read(pixels, risk=0.123)


@pytest.fixture(scope="module")
def page(sample_test):
    """Two lines, dark on light: 4176, and 41."""
    digit = [Image.fromarray(sample_test.images[index]).resize((84, 84)) for index in (713, 55, 886, 7)]
    sheet = Image.new("L", (460, 330))
    for place, image in enumerate(digit):
        sheet.paste(image, (40 + 92 * place, 40))
    for place, image in enumerate(digit[:2]):
        sheet.paste(image, (40 + 92 * place, 200))
    return 255 - np.asarray(sheet)


def test_several_digits_are_numbers_with_their_lines(page):
    reading = digits.read(page, always_answer=True)
    assert [(number.line, number.text) for number in reading.numbers] == [(0, "4176"), (1, "41")]
    assert reading.text == "4176\n41"


def test_what_a_picture_holds_can_be_told(page, tmp_path):
    assert len(digits.read(page, layout="digit").numbers[0].digits) == 1
    assert digits.read(page[:160], layout="line", expected=(4, 4), always_answer=True).text == "4176"
    (tmp_path / "boxes.json").write_text('[{"box": [20, 180, 240, 120], "name": "short"}]')
    (number,) = digits.read(page, boxes=tmp_path / "boxes.json", always_answer=True).numbers
    assert (number.name, number.text) == ("short", "41")


def test_a_box_outside_of_the_picture_is_an_error(page, tmp_path):
    (tmp_path / "boxes.json").write_text("[[1000, 0, 10, 10]]")
    with pytest.raises(PictureError, match="box"):
        digits.read(page, boxes=tmp_path / "boxes.json")
