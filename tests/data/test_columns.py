"""Which column is the label, which are pixels, in which order: by names, and by values where there are none."""

import numpy as np
import pytest

from digits.data import columns
from digits.data.formats import read_csv
from digits.errors import DataError

PIXEL_NAMES = [f"pixel{number}" for number in range(784)]


@pytest.fixture(scope="module")
def some(sample):
    return sample.take(np.arange(60))


def table_of(dataset):
    return dataset.images.reshape(len(dataset), 784), dataset.labels[:, np.newaxis]


def by_values(table):
    notes = []
    return columns.unnamed(table, "here", notes.append), notes


def test_labels_in_the_first_column_are_found_without_a_word(some):
    pixels, labels = table_of(some)
    found, notes = by_values(np.hstack([labels, pixels]))

    assert (found.label, found.pixels, notes) == (0, tuple(range(1, 785)), [])


def test_labels_in_the_last_column_are_found_and_that_is_told(some):
    pixels, labels = table_of(some)
    found, notes = by_values(np.hstack([pixels, labels]))

    assert (found.label, found.pixels) == (784, tuple(range(784)))
    assert "labels are in the last column" in notes[0]


def test_labels_are_found_beside_dark_ink_too(some):
    pixels, labels = table_of(some)

    assert by_values(np.hstack([255 - pixels, labels]))[0].label == 784
    assert by_values(np.hstack([labels, 255 - pixels]))[0].label == 0


def test_labels_are_found_beside_a_corner_with_a_little_noise(some):
    pixels, labels = table_of(some)
    pixels = pixels.copy()
    pixels[:3, [0, -1]] = [[1, 2], [5, 0], [0, 3]]

    assert by_values(np.hstack([pixels, labels]))[0].label == 784
    assert by_values(np.hstack([labels, pixels]))[0].label == 0


def test_digits_of_one_kind_have_their_label_where_it_is_not_0(some):
    pixels, _ = table_of(some)
    sevens = np.full((len(some), 1), 7, np.uint8)

    assert by_values(np.hstack([sevens, pixels]))[0].label == 0
    assert by_values(np.hstack([pixels, sevens]))[0].label == 784


def test_a_column_that_counts_the_rows_is_left_out_and_that_is_told(some):
    pixels, labels = table_of(some)
    for start in (0, 1):
        rows = np.arange(start, start + len(some))[:, np.newaxis]
        found, notes = by_values(np.hstack([rows, labels, pixels]))
        assert (found.index, found.label, found.pixels[0]) == (0, 1, 2)
        assert "counts the rows" in notes[0]
    assert by_values(np.hstack([rows, pixels]))[0].label is None


UNCLEAR = {
    "two columns of digits": lambda pixels, labels: np.hstack([labels, pixels[:, 1:], labels]),
    "all zeros on both sides": lambda pixels, labels: np.hstack([labels * 0, pixels]),
    "no column of digits": lambda pixels, labels: np.hstack([pixels // 2 + 99, labels + 99]),
}


@pytest.mark.parametrize("make", UNCLEAR.values(), ids=UNCLEAR)
def test_where_the_values_do_not_say_the_table_is_refused_with_a_way_out(some, make):
    with pytest.raises(DataError, match=r"do not say whether the first or the last is the label.*names the column"):
        by_values(make(*table_of(some)))


@pytest.mark.parametrize("name", ["label", "Class", "target", "DIGIT", "y"])
def test_the_label_may_be_called_what_people_call_it(name):
    assert columns.named([*PIXEL_NAMES, name], "here").label == 784


@pytest.mark.parametrize("index", ["", "Unnamed: 0", "index", "id"])
def test_a_column_that_is_named_as_an_index_is_left_out(index):
    found = columns.named([index, "label", *PIXEL_NAMES], "here")

    assert (found.label, found.index, found.pixels[0]) == (1, 0, 2)
    assert columns.named([index, *PIXEL_NAMES], "here").label is None  # Kaggle's test.csv with pandas' index


def test_pixels_counted_from_0_or_from_1_are_put_in_that_order():
    for start in (0, 1):
        names = [f"pixel{number}" for number in range(start, start + 784)]
        assert columns.named(["label", *names[::-1]], "here").pixels == tuple(range(784, 0, -1))


def test_other_names_keep_their_order():
    names = [f"{row}x{column}" for row in range(1, 29) for column in range(1, 29)]

    assert columns.named(["label", *names], "here").pixels == tuple(range(1, 785))


def text(dataset, separator=",", form=str, last=False, header=None, index=None):
    lines = [separator.join(header)] if header else []
    for number, (image, label) in enumerate(zip(dataset.images, dataset.labels, strict=True)):
        row = [form(value) for value in image.ravel().tolist()]
        row = [*row, form(int(label))] if last else [form(int(label)), *row]
        lines.append(separator.join(([str(number)] if index else []) + row))
    return "\n".join(lines) + "\n"


WAYS = {
    "semicolons": {"separator": ";", "header": ["label", *PIXEL_NAMES]},
    "tabs": {"separator": "\t"},
    "np.savetxt": {"separator": " ", "form": lambda value: f"{value:.18e}", "last": True},
    "5.0": {"form": lambda value: f"{value}.0", "header": ["label", *PIXEL_NAMES]},
    "OpenML": {"last": True, "header": [*(f"pixel{number}" for number in range(1, 785)), "class"]},
    "pandas with its index": {"index": True, "header": ["", "label", *PIXEL_NAMES]},
    "pandas without names": {"header": [str(number) for number in range(785)]},
    "pandas without names, with its index": {"index": True, "header": ["", *(str(number) for number in range(785))]},
    "an index without a header": {"index": True},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_csv_that_is_written_another_way_holds_the_same_digits(tmp_path, some, way):
    (tmp_path / "digits.csv").write_text(text(some, **way))
    images, labels = read_csv(tmp_path / "digits.csv")

    np.testing.assert_array_equal(images, some.images)
    np.testing.assert_array_equal(labels, some.labels)


def test_a_csv_of_pixels_from_0_to_1_holds_the_same_digits_and_says_so(tmp_path, some):
    rows = np.column_stack([some.labels, some.images.reshape(len(some), 784) / 255])
    np.savetxt(
        tmp_path / "digits.csv", rows, fmt="%.6g", delimiter=",", header=",".join(["label", *PIXEL_NAMES]), comments=""
    )
    notes = []
    images, labels = read_csv(tmp_path / "digits.csv", notes.append)

    np.testing.assert_array_equal(images, some.images)
    np.testing.assert_array_equal(labels, some.labels)
    assert notes == ["its pixels, 0 to 1, are taken as 0 to 255"]
