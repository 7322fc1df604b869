"""The commands on files as people have them: what is said, what is refused, with which exit code."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.data.dataset import Dataset
from digits.data.formats import write_csv

SHARED = Path(__file__).parents[2] / "shared" / "data" / "files"


@pytest.fixture
def some(sample_test):
    return sample_test.take(np.arange(0, 1000, 10))


def came(dataset, images):
    return Dataset(images=np.ascontiguousarray(images), labels=dataset.labels, name="mine")


def test_what_was_put_right_is_said_on_standard_error(digits_command, some, tmp_path):
    write_csv(came(some, 255 - some.images), tmp_path / "mine.csv")
    code, out, err = digits_command("evaluate", "reader", "--data", "mine.csv", "--json")

    assert (code, json.loads(out)["accuracy"] > 0.95) == (0, True)
    assert err == (
        "mine, train: all 100 digits have dark ink on a light ground, and are turned into light ink on a dark one\n"
    )


def test_digits_on_their_side_are_converted_upright_and_that_is_said(digits_command, some, tmp_path):
    write_csv(came(some, some.images.transpose(0, 2, 1)), tmp_path / "emnist-digits-train.csv")
    code, _, err = digits_command("data", "convert", "emnist-digits-train.csv", "upright.npz")

    assert code == 0
    assert "rows for columns, as EMNIST has them, and were put right" in err
    np.testing.assert_array_equal(np.load(tmp_path / "upright.npz")["images"], some.images)


def test_a_training_set_of_one_class_is_refused(digits_command, some, tmp_path):
    write_csv(came(some.take(np.flatnonzero(some.labels == 7)), some.images[some.labels == 7]), tmp_path / "sevens.csv")
    code, out, err = digits_command("train", "--data", "sevens.csv")

    assert (code, out) == (2, "")
    assert "error: sevens: all 7 labels are 7; expected digits of two classes at least" in err
    assert not (tmp_path / "runs").exists()


def test_classes_that_are_missing_are_said_and_stand_in_the_runs_log(digits_command, sample, tmp_path):
    write_csv(sample.take(np.flatnonzero(sample.labels < 8)[:200]), tmp_path / "few.csv")
    code, _, err = digits_command(
        "train", "dense-128", "--data", "few.csv", "--out", "run", "--set", "training.epochs=1"
    )

    line = "few has no 8, no 9: the network will not learn what is missing"
    assert code == 0
    assert line in err
    assert line in (tmp_path / "run" / "log.txt").read_text()


@pytest.mark.parametrize("save", [lambda file, images: np.save(file, images / 255), np.savez])
def test_arrays_of_images_are_classified(digits_command, some, tmp_path, save):
    save(tmp_path / "X", some.images)
    (file,) = tmp_path.iterdir()
    code, out, _ = digits_command("classify", file, "--json")

    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert rows[0]["picture"] == f"{file}[0]"
    assert np.mean([row["digit"] for row in rows] == some.labels) > 0.95


def test_kaggles_test_csv_becomes_a_submission(digits_command, some, tmp_path):
    rows = some.images.reshape(len(some), 784)
    header = ",".join(f"pixel{number}" for number in range(784))
    np.savetxt(tmp_path / "test.csv", rows, fmt="%d", delimiter=",", header=header, comments="")
    code, out, err = digits_command("classify", "test.csv", "--submission", "submission.csv")

    lines = (tmp_path / "submission.csv").read_text().splitlines()
    assert (code, out, err) == (0, "submission.csv\n", "")
    assert lines[0] == "ImageId,Label"
    assert lines[1].startswith("1,")
    assert len(lines) == 101


def test_a_submission_with_a_picture_that_cannot_be_read_is_not_written(digits_command, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    code, _, err = digits_command("classify", "broken.png", "--submission", "submission.csv")

    assert code == 2
    assert "a submission needs an answer for every image, and was not written" in err
    assert not (tmp_path / "submission.csv").exists()


def test_dark_ink_in_28_by_28_pictures_is_said_unless_it_is_inverted(digits_command, some, tmp_path):
    Image.fromarray(255 - some.images[0]).save(tmp_path / "digit.png")

    assert "in 1 of 1 pictures the ink looks dark on a light ground" in digits_command("classify", "digit.png")[2]
    assert digits_command("classify", "digit.png", "--invert")[2] == ""


def test_inverting_a_table_is_refused(digits_command, some, tmp_path):
    write_csv(some, tmp_path / "mine.csv")
    code, _, err = digits_command("classify", "mine.csv", "--invert")

    assert code == 2
    assert "it is found out which side is ink: leave it out" in err


@pytest.mark.parametrize(
    "command", [["classify"], ["read"], ["evaluate", "reader", "--data"], ["train", "--data"], ["explore"]]
)
@pytest.mark.parametrize("what", ["https://example.org/train.csv", "data:image/png;base64,iVBORw0KGgo="])
def test_an_address_is_one_line_and_exit_code_2(digits_command, command, what):
    code, out, err = digits_command(*command, what)

    assert code == 2
    assert len((out + err).strip().splitlines()) <= 2  # read: the row with its error, and the reason of the exit code
    assert "is an address" in out + err or "is a data URL" in out + err


@pytest.mark.parametrize("suffix", [".onnx", ".keras"])
def test_a_network_of_ones_own_that_is_not_there_is_one_line(digits_command, digit_picture, suffix):
    code, _, err = digits_command("classify", digit_picture, "--model", f"my{suffix}")

    assert code == 2
    assert err == f"error: my{suffix} does not exist; give a bundle, a run, or a .onnx or .keras file\n"


def test_a_network_of_ones_own_is_evaluated_classifies_and_reads(digits_command, digit_picture, some, tmp_path):
    onnx = pytest.importorskip("onnx")
    import digits

    digits.load("cnn-tiny")  # its network without the bundle around it
    model = onnx.load(digits.load("cnn-tiny").path / "model.onnx")
    onnx.save(model, tmp_path / "my.onnx")
    write_csv(some, tmp_path / "mine.csv")

    code, out, err = digits_command("evaluate", "my.onnx", "--data", "mine.csv", "--json")
    assert (code, json.loads(out)["seen_in_training"]) == (0, None)
    assert "my.onnx takes pixels 0 to 255 as 28×28, gives probabilities, and names 9" in err
    assert digits_command("classify", digit_picture, "--model", "my.onnx")[0] == 0
    assert digits_command("read", digit_picture, "--model", "my.onnx")[0] == 0
    code, _, err = digits_command("evaluate", "my.onnx")
    assert code == 2
    assert "does not say what it was trained on: name digits to score it on, --data" in err


@pytest.mark.skipif(not SHARED.is_dir(), reason="the drawn files are not in ../shared/data/files")
@pytest.mark.parametrize(
    "name", ["emnist-transposed.csv", "emnist", "folder-64x64", "dark-on-light.csv", "label-last-no-header.csv"]
)
def test_the_drawn_files_that_must_not_pass_in_silence_are_put_right_and_said(digits_command, name):
    code, out, err = digits_command("evaluate", "reader", "--data", SHARED / name, "--json")

    assert code == 0
    assert json.loads(out)["accuracy"] > 0.9
    assert len(err.splitlines()) == 1
