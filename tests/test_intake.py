"""Digits that a shipped network looks at: which way up they came; and pictures that a reader brings into form."""

import numpy as np
import pytest
from PIL import Image

import digits
from digits import intake
from digits.data.dataset import Dataset
from digits.data.formats import write_csv, write_folder
from digits.errors import DataError
from digits.intake import TURNS, take_in, upright


@pytest.fixture(scope="module")
def some(sample_test):
    return sample_test.take(np.arange(0, 1000, 10))


def came(dataset, images):
    return Dataset(images=np.ascontiguousarray(images), labels=dataset.labels, name="mine")


def test_upright_digits_stay_as_they_are_without_a_word(some):
    assert upright(some) is some


WAYS = {
    "EMNIST's": lambda images: images.transpose(0, 2, 1),
    "upside down": lambda images: images[:, ::-1, ::-1],
    "turned to the left": lambda images: np.rot90(images, 1, axes=(1, 2)),
    "turned to the right": lambda images: np.rot90(images, -1, axes=(1, 2)),
    "mirrored": lambda images: images[:, :, ::-1],
    "mirrored from top to bottom": lambda images: images[:, ::-1],
    "EMNIST's, upside down": lambda images: images.transpose(0, 2, 1)[:, ::-1, ::-1],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_digits_that_came_any_other_way_are_put_right_and_that_is_noted(some, way):
    found = upright(came(some, way(some.images)))

    np.testing.assert_array_equal(found.images, some.images)
    assert len(found.notes) == 1
    assert found.notes[0].startswith("the digits came ")
    assert "were put right: the shipped network agrees with" in found.notes[0]


def test_each_way_is_put_right_by_its_own_turn():
    image = np.arange(784, dtype=np.int64).reshape(1, 28, 28)
    assert len({turn(image).tobytes() for turn in TURNS.values()}) == len(TURNS)


def test_digits_with_other_labels_are_left_as_they_are_and_what_the_network_thinks_is_noted(some):
    shuffled = Dataset(images=some.images, labels=np.roll(some.labels, 1), name="mine")
    found = upright(shuffled)

    np.testing.assert_array_equal(found.images, some.images)
    assert "are these handwritten digits, and are the labels theirs?" in found.notes[0]


def test_of_a_few_digits_nothing_is_told(some):
    few = came(some.take(np.arange(9)), some.images[:9].transpose(0, 2, 1))
    assert upright(few) is few


def test_without_a_shipped_network_nothing_is_told(some, monkeypatch):
    monkeypatch.setattr(intake, "shipped_models", dict)
    turned = came(some, some.images.transpose(0, 2, 1))
    assert upright(turned) is turned


def test_named_sources_are_not_looked_at(monkeypatch):
    monkeypatch.setattr(intake, "upright", None)
    assert len(take_in("sample")) == 4000


def test_a_file_on_its_side_is_loaded_upright_with_a_warning_in_python(tmp_path, some):
    write_csv(came(some, some.images.transpose(0, 2, 1)), tmp_path / "emnist-digits.csv")
    with pytest.warns(UserWarning, match="as EMNIST has them"):
        found = digits.load_dataset(tmp_path / "emnist-digits.csv")

    np.testing.assert_array_equal(found.images, some.images)


def test_each_split_of_a_source_is_looked_at_by_itself(tmp_path, some):
    write_csv(some, tmp_path / "train.csv")
    write_csv(came(some, some.images.transpose(0, 2, 1)), tmp_path / "test.csv")
    both = take_in(tmp_path, "all")

    np.testing.assert_array_equal(both.images, np.concatenate([some.images, some.images]))
    assert (both.split, len(both.notes)) == ("all", 1)


def test_pictures_of_any_size_are_brought_into_the_form_and_that_is_noted(tmp_path, some):
    write_folder(some.take(np.arange(20)), tmp_path / "mine")
    for file in (tmp_path / "mine").rglob("*.png"):
        picture = np.pad(255 - np.asarray(Image.open(file).resize((84, 84))), 20, constant_values=255)
        Image.fromarray(picture).convert("RGB").save(file)
    found = take_in(tmp_path / "mine")

    assert (digits.load().predict(found.images) == found.labels).mean() > 0.9
    assert found.notes == ("20 of 20 pictures were not 28×28: their digits were found and brought into that form",)


def test_a_picture_without_a_digit_is_refused_and_named(tmp_path):
    (tmp_path / "mine" / "3").mkdir(parents=True)
    Image.new("L", (64, 64), 255).save(tmp_path / "mine" / "3" / "blank.png")
    with pytest.raises(DataError, match=r"blank.png: no digit was found in it"):
        take_in(tmp_path / "mine")


def test_a_damaged_picture_is_refused_and_named(tmp_path):
    (tmp_path / "mine" / "3").mkdir(parents=True)
    (tmp_path / "mine" / "3" / "photo.heic").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"photo.heic"):
        take_in(tmp_path / "mine")
