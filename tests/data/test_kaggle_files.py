"""Kaggle's two files: read as they are or from a zip; what is wrong is named for what it is."""

import zipfile

import numpy as np
import pytest

from digits.data import kaggle_files
from digits.data.formats import write_csv
from digits.data.kaggle_files import read_kaggle_files, write_submission
from digits.errors import DataError

HEADER = ",".join(f"pixel{number}" for number in range(784))


def write_test_csv(images, file, header=HEADER):
    np.savetxt(file, images.reshape(len(images), -1), fmt="%d", delimiter=",", header=header, comments="")


@pytest.fixture
def files(sample, sample_test, tmp_path):
    """A train.csv of 40 digits and a test.csv of 20, and these digits."""
    training, test = sample.take(np.arange(0, 4000, 100)), sample_test.images[:20]
    write_csv(training, tmp_path / "train.csv")
    write_test_csv(test, tmp_path / "test.csv")
    return tmp_path / "train.csv", tmp_path / "test.csv", training, test


def zipped(file, **members):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_csv", ".csv"), content)
    return file


def test_both_files_are_read_as_they_are(files):
    train, test, training, images = files
    found = read_kaggle_files(train, test, any_rows=True)
    assert found.training.hash == training.hash
    np.testing.assert_array_equal(found.test_images, images)


def test_both_are_found_in_the_zip_that_kaggle_delivers(files, tmp_path):
    train, test, training, images = files
    members = {"train_csv": train.read_bytes(), "test_csv": test.read_bytes(), "sample_submission_csv": "ImageId,Label"}
    archive = zipped(tmp_path / "digit-recognizer.zip", **members)
    found = read_kaggle_files(archive, archive, any_rows=True)
    assert found.training.hash == training.hash
    np.testing.assert_array_equal(found.test_images, images)


def test_other_numbers_of_rows_than_kaggles_are_refused(files):
    train, test, *_ = files
    with pytest.raises(DataError, match=r"train\.csv has 40 rows of digits; Kaggle's has 42,000.*--any-rows"):
        read_kaggle_files(train, test)


def test_swapped_files_are_told_with_the_right_order(files):
    train, test, *_ = files
    with pytest.raises(DataError, match=rf"swapped: .* repeat as: digits kaggle {train} {test}"):
        read_kaggle_files(test, train)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("ImageId,Label\n1,0\n2,0\n", r"is a submission \(ImageId,Label\), and holds no digits"),
        ("PassengerId,Survived,Pclass\n1,0,3\n", "of another competition: its 3 columns begin with PassengerId, Surv"),
        (",".join(["0"] * 785) + "\n", "has no header: its first line holds numbers"),
        ("label,pixel0,pixel1\n1,0,0\n", "has 3 columns, one of them named label; expected 785"),
        (f"{HEADER}\n", r"has no column named label; expected Kaggle's train\.csv"),
        (f"label,{HEADER}\n", "has no row of digits"),
        (f"label,{HEADER}\n{','.join(['3'] * 785)}\n3,0\n", "line 3 has 2 columns; expected 785"),
        (
            f"label,{HEADER}\n3,256{',0' * 783}\n",
            "line 2, column pixel0: expected a whole number from 0 to 255, got '256'",
        ),
        (f"label,{HEADER}\n12{',0' * 784}\n", "labels must be 0 to 9; label 1 is 12"),
    ],
)
@pytest.mark.parametrize("in_zip", [False, True], ids=["csv", "zip"])
def test_what_is_wrong_with_a_file_is_named(files, tmp_path, content, message, in_zip):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(content)
    given = zipped(tmp_path / "wrong.zip", train_csv=content) if in_zip else wrong
    with pytest.raises(DataError, match=message) as caught:
        read_kaggle_files(given, files[1], any_rows=True)
    assert str(given) in str(caught.value)  # and no temporary file


def test_a_labelled_test_file_is_refused(files):
    with pytest.raises(DataError, match=r"train\.csv has labels; expected Kaggle's test\.csv"):
        read_kaggle_files(files[0], files[0], any_rows=True)


def test_the_name_of_a_competition_is_told_how_to_download_it(files):
    with pytest.raises(DataError, match="kaggle competitions download -c digit-recognizer"):
        read_kaggle_files("digit-recognizer", files[1])


def test_a_directory_is_told_which_file_of_it_to_give(files, tmp_path):
    with pytest.raises(DataError, match=r"is a directory; give the file in it: .*test\.csv"):
        read_kaggle_files(files[0], tmp_path)


def test_a_zip_without_the_file_says_what_it_has(files, tmp_path):
    archive = zipped(tmp_path / "other.zip", gender_csv="a,b", women_csv="a,b")
    with pytest.raises(DataError, match=r"has no train\.csv in it; it has: gender\.csv, women\.csv"):
        read_kaggle_files(archive, files[1])


@pytest.mark.parametrize("claimed", [True, False], ids=["said in its directory", "kept back there"])
def test_a_zip_that_unpacks_to_too_much_is_refused(files, tmp_path, monkeypatch, claimed):
    monkeypatch.setattr(kaggle_files, "MAX_CSV_BYTES", 1000)
    monkeypatch.setattr(kaggle_files, "_CHUNK", 100)
    archive = zipped(tmp_path / "bomb.zip", train_csv=b"0" * 5000)
    if not claimed:
        said = (5000).to_bytes(4, "little")
        archive.write_bytes(archive.read_bytes().replace(said, (900).to_bytes(4, "little")))
    with pytest.raises(DataError, match=r"unpacks to more than 1,000 bytes|is a damaged zip"):
        read_kaggle_files(archive, files[1])


def test_a_damaged_zip_is_refused(files, tmp_path):
    archive = zipped(tmp_path / "cut.zip", train_csv=files[0].read_bytes())
    archive.write_bytes(archive.read_bytes()[:3000])
    with pytest.raises(DataError, match=r"cut\.zip is a damaged zip"):
        read_kaggle_files(archive, files[1])


def test_a_name_that_leads_out_of_the_zip_writes_nothing_there(files, tmp_path):
    archive = tmp_path / "deep" / "er" / "evil.zip"
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("../../train.csv", files[0].read_bytes())
    before = sorted(tmp_path.rglob("*"))
    assert len(read_kaggle_files(archive, files[1], any_rows=True).training) == 40
    assert sorted(tmp_path.rglob("*")) == before


def test_dark_ink_is_put_right_and_noted_with_the_file(files, tmp_path):
    write_test_csv(255 - files[3], tmp_path / "dark.csv")
    found = read_kaggle_files(files[0], tmp_path / "dark.csv", any_rows=True)
    np.testing.assert_array_equal(found.test_images, files[3])
    assert [
        note.startswith(f"{tmp_path / 'dark.csv'}: all 20 digits have dark ink") for note in found.training.notes
    ] == [True]


def test_a_submission_counts_its_rows_from_one(tmp_path):
    write_submission(np.array([7, 2], np.uint8), tmp_path / "submission.csv")
    assert (tmp_path / "submission.csv").read_text() == "ImageId,Label\n1,7\n2,2\n"
