"""Kaggle's digit-recognizer: a submission of every test row, and an estimate that rests on unseen digits alone."""

import json

import numpy as np
import pytest

import digits
from digits import kaggle
from digits.data.dataset import Dataset, probe
from digits.data.formats import write_csv
from digits.data.recognise import mnist_fingerprints
from digits.errors import InputError, Interrupted
from digits.making import Watcher
from digits.training.run import list_runs

QUICK = ["--any-rows", "--recipe", "linear-sigmoid", "--set", "training.epochs=2"]


def write_test_csv(images, file):
    header = ",".join(f"pixel{number}" for number in range(784))
    np.savetxt(file, images.reshape(len(images), -1), fmt="%d", delimiter=",", header=header, comments="")


@pytest.fixture
def files(sample, sample_test, tmp_path):
    """A train.csv of 800 digits, and a test.csv of 200."""
    write_csv(sample.take(np.arange(0, 4000, 5)), tmp_path / "train.csv")
    write_test_csv(sample_test.images[::5], tmp_path / "test.csv")
    return tmp_path / "train.csv", tmp_path / "test.csv"


def answers(file):
    header, *lines = file.read_text().splitlines()
    rows = [line.split(",") for line in lines]
    assert header == "ImageId,Label"
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    return np.array([int(label) for _, label in rows])


def test_a_network_is_trained_and_answers_every_test_row(digits_command, files, sample_test, tmp_path):
    code, out, err = digits_command("kaggle", "train.csv", "test.csv", *QUICK, "--json")
    assert code == 0, err
    made = json.loads(out)
    given = answers(tmp_path / "submission.csv")
    (run,) = list_runs(tmp_path / "runs")

    np.testing.assert_array_equal(given, digits.load(run.bundle).predict(sample_test.images[::5]))
    assert (made["rows"], len(given), made["run"]) == (200, 200, f"runs/{run.name}")
    validation = run.metrics["validation"]
    assert {key: made["estimate"][key] for key in ("n", "correct")} == {
        key: validation[key] for key in ("n", "correct")
    }
    assert made["estimate"]["interval"] == pytest.approx(validation["interval"])
    assert (made["estimate"]["digits"], made["estimate"]["comparable"]) == ("validation digits of train.csv", True)
    assert made["seen"] == {"probes": 200, "found": 0, "share": 0.0, "interval": made["seen"]["interval"]}
    assert "epoch 2/2  loss" in err


def test_the_same_command_again_trains_nothing_and_gives_the_same(digits_command, files, tmp_path):
    first = digits_command("kaggle", "train.csv", "test.csv", *QUICK)
    submission = (tmp_path / "submission.csv").read_bytes()
    second = digits_command("kaggle", "train.csv", "test.csv", *QUICK)

    assert (first[0], second[:2]) == (0, first[:2])
    assert "epoch" not in second[2]
    assert (tmp_path / "submission.csv").read_bytes() == submission
    assert len(list_runs(tmp_path / "runs")) == 1


class StopsAfterOneEpoch(Watcher):
    def epoch(self, epoch):
        raise KeyboardInterrupt


def test_a_training_that_was_stopped_is_gone_on_with_and_leaves_no_submission_before(files, tmp_path):
    recipe = digits.load_recipe("linear-sigmoid").override(["training.epochs=3"])
    out, runs_dir = tmp_path / "submission.csv", tmp_path / "runs"
    options = {"recipe": recipe, "out": out, "any_rows": True, "runs_dir": runs_dir}
    with pytest.raises(Interrupted):
        kaggle.submit(*files, **options, watch=StopsAfterOneEpoch())
    (stopped,) = list_runs(runs_dir)
    assert (len(stopped.history), out.exists()) == (1, False)

    made = kaggle.submit(*files, **options)
    assert made.run == stopped.path
    assert len(list_runs(runs_dir)) == 1
    assert len(answers(out)) == 200


def test_public_digits_are_counted_and_cheating_is_called_so(digits_command, files, sample_test):
    probes = len(probe(sample_test.images[::5])[0])
    assert probes > 0
    _, out, _ = digits_command("kaggle", "train.csv", "test.csv", "--any-rows", "--model", "cnn-tiny")
    assert f"{probes} of the {probes} test rows that were looked up" in out
    assert "are public MNIST digits: to submit labels that were looked up would be cheating; none was looked at" in out


def test_a_shipped_network_that_knows_the_test_rows_is_said_to(files):
    made = kaggle.submit(*files, model="cnn-tiny", out=files[0].parent / "mine.csv", any_rows=True)
    assert made.seen.found == made.seen.probes == made.public.found > 0
    assert (made.run, made.trained_on) == (None, "mnist")
    assert made.estimate is None  # the sample's digits are MNIST's training digits, all of them


def test_a_shipped_network_is_scored_on_what_it_has_not_seen(files, sample, tmp_path):
    """Digits of which every other was changed by one grey value are half new to a network."""
    known = np.flatnonzero(np.isin(np.arange(4000), probe(sample.images)[0]))
    images = np.array(sample.images)
    images[::2, 0, 0] = 1
    changed = Dataset(images=images, labels=sample.labels, name="changed", split="train")
    write_csv(changed, tmp_path / "changed.csv")
    write_test_csv(images[::2], tmp_path / "new.csv")
    made = kaggle.submit(
        tmp_path / "changed.csv", tmp_path / "new.csv", model="cnn-tiny", out=tmp_path / "s.csv", any_rows=True
    )

    rows, hashes = probe(images)
    new = rows[~np.isin(hashes, mnist_fingerprints()["train"])]
    assert 0 < len(new) < len(rows)
    assert len(known) > 0
    assert made.estimate.n == len(new)
    assert made.estimate.correct == (digits.load("cnn-tiny").predict(images[new]) == sample.labels[new]).sum()
    assert (made.public.found, made.seen.found, made.estimate.comparable) == (0, 0, True)


def test_digits_that_a_network_has_never_seen_all_count(files, sample, trained_run, tmp_path):
    """`trained_run` was trained on the first 400 digits of the sample; here are others."""
    others = sample.take(np.arange(1000, 4000))
    write_csv(others, tmp_path / "others.csv")
    made = kaggle.submit(
        tmp_path / "others.csv", files[1], model=trained_run.path, out=tmp_path / "s.csv", any_rows=True
    )
    assert made.estimate.n == 3000
    assert made.estimate.digits == "all digits of train.csv, which it was not trained on"


def test_a_run_that_was_trained_on_these_digits_is_scored_on_its_validation_digits(small, trained_run, files, tmp_path):
    write_csv(small, tmp_path / "small.csv")
    made = kaggle.submit(
        tmp_path / "small.csv", files[1], model=trained_run.path, out=tmp_path / "s.csv", any_rows=True
    )
    assert (made.estimate.n, made.estimate.correct) == tuple(
        trained_run.metrics["validation"][key] for key in ("n", "correct")
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["test.csv", "train.csv"], "the two files are swapped"),
        (["digit-recognizer", "test.csv"], "there is no file 'digit-recognizer'; if it is the name of a competition"),
        (["train.csv", "test.csv"], "has 800 rows of digits; Kaggle's has 42,000"),
        (["train.csv", "test.csv", "--any-rows", "--out", "test.csv"], "would be written over test.csv"),
        (["train.csv", "test.csv", "--any-rows", "--out", "."], "is a directory; name the submission's file"),
        (["train.csv", "test.csv", "--set", "data.validation=0"], "holds no digits back to estimate the score from"),
        (["train.csv", "test.csv", "--model", "cnn-tiny", "--recipe", "cnn-fast"], "give no --recipe, --set or --seed"),
    ],
)
def test_what_is_wrong_is_one_line_before_anything_is_trained(digits_command, files, tmp_path, arguments, message):
    code, out, err = digits_command("kaggle", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["test.csv", "train.csv"]


def test_a_recipe_and_a_model_at_once_are_refused(files):
    with pytest.raises(InputError, match="not both"):
        kaggle.submit(*files, recipe="cnn-fast", model="cnn-tiny")


@pytest.mark.mnist
def test_kaggles_own_files_from_a_training_and_from_a_shipped_network(mnist_dir, tmp_path):
    """The two files as Kaggle has them: all of MNIST's digits, divided anew."""
    training, test = (digits.load_dataset("kaggle-split", part, data_dir=mnist_dir) for part in ("train", "test"))
    write_csv(training, tmp_path / "train.csv")
    write_test_csv(test.images, tmp_path / "test.csv")
    recipe = digits.load_recipe("dense-128").override(["training.epochs=2"])
    files = tmp_path / "train.csv", tmp_path / "test.csv"
    made = kaggle.submit(*files, recipe=recipe, out=tmp_path / "trained.csv", runs_dir=tmp_path / "runs")

    accuracy = (answers(tmp_path / "trained.csv") == test.labels).mean()  # which nobody but a test may ask
    assert (made.rows, made.estimate.n, made.estimate.comparable) == (28_000, 4_200, True)
    assert abs(accuracy - made.estimate.accuracy) < 0.01
    assert made.public.share == 1.0

    shipped = kaggle.submit(*files, model="cnn-tiny", out=tmp_path / "shipped.csv")
    exactly = np.isin(np.arange(28_000), probe(test.images)[0]).sum()
    assert len(answers(tmp_path / "shipped.csv")) == 28_000
    assert shipped.seen.probes == exactly
    assert shipped.seen.interval[0] < 6 / 7 < shipped.seen.interval[1]  # 60,000 of MNIST's 70,000
    assert shipped.estimate.accuracy > 0.97
    assert not shipped.estimate.comparable
