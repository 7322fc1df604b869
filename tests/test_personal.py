"""A personal network: a hand is learnt from 50 corrections, MNIST is kept, and what is no better is not written."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import digits
from digits import locate, making
from digits.cli.app import load_corrections
from digits.data.dataset import Dataset
from digits.data.formats import write_folder
from digits.errors import DataError, WorkError
from digits.evaluation import compare
from digits.evaluation.answers import ask
from digits.reading.lines import Voices
from digits.reading.networks.classifier import MODEL_FILE, Classifier
from digits.serving.correction import Correction
from digits.serving.store import Store
from digits.training import personal

MODULES = ["personal"]

HAND = 1_000  # of benchmarks/personal.py
SIMPLE = "dense-128-64"  # quick to ask, and far from knowing every hand


@pytest.fixture(scope="module")
def hand(scripts):
    return scripts.personal.stroke_hand(HAND)


@pytest.fixture(scope="module")
def corrections(hand):
    return hand.write(50, seed=2)


@pytest.fixture(scope="module")
def tuned(corrections, sample, tmp_path_factory):
    """The reader, tuned on the first 50 digits of a hand: where it is, and what it is worth."""
    return making.personalise("reader", corrections, dataset=sample, out=tmp_path_factory.mktemp("tuned") / "mine")


def wrong(model, dataset):
    return int((digits.load(model).predict(dataset.images) != dataset.labels).sum())


def test_50_corrections_halve_the_errors_on_other_digits_of_the_hand_and_mnist_is_kept(hand, tuned, sample_test):
    held_back = hand.write(300, seed=3)
    path, found = tuned
    assert wrong("reader", held_back) >= 12  # 4 %: an unusual hand
    assert wrong(path, held_back) <= wrong("reader", held_back) / 2
    assert wrong(path, sample_test) <= wrong("reader", sample_test) + 1  # of 1,000: a tenth of a point
    assert found.faults == ()
    assert found.judged == "leave-one-out"


def test_the_bundle_says_what_it_was_made_of_and_claims_nothing_of_its_origin(tuned, corrections):
    path, found = tuned
    origin, description = digits.load("reader").description, digits.load(path).description

    said = description["personal"]
    assert (description["name"], said["from"], said["network"]) == ("mine", "reader", origin["files"][MODEL_FILE])
    assert said["corrections"] == {"name": corrections.name, "n": 50, "hash": corrections.hash}
    assert (said["wrong_before"], said["wrong_after"]) == (found.wrong_before.sum(), found.wrong_after.sum())
    assert (said["validation"]["n"], said["validation"]["right_after"]) == (400, found.kept_after)
    assert set(description["measured"]) == {"validation"}
    assert "robustness" not in description
    assert "shipped" not in description
    assert description["thresholds"] == origin["thresholds"]
    card = (path / "README.md").read_text()
    assert "## Personal" in card
    assert "`reader` with its last layer fine-tuned on 50 corrected digits" in card


def test_a_line_is_read_with_the_weights_of_the_network_that_it_came_from(tuned):
    origin = digits.load("reader").description["files"][MODEL_FILE]
    weights = {"fitted": {"weight": 0.5, "temperature": 1.2}, "plain": {"weight": 1.0, "temperature": 1.0}}
    line_reader = SimpleNamespace(config={"voices": {"digit_network": origin, **weights}})
    of = {model: Voices.of(line_reader, digits.load(model)).weight for model in ("reader", tuned[0], SIMPLE)}
    assert of == {"reader": 0.5, tuned[0]: 0.5, SIMPLE: 1.0}


def test_a_personal_network_is_compared_with_its_origin_and_is_no_other_seed_of_it(tuned, sample_test):
    found = compare.compare(ask([digits.load("reader"), digits.load(tuned[0])], sample_test))
    assert len(found.groups) == 2


@pytest.fixture(scope="module")
def few(corrections):
    return corrections.take(np.arange(12))


def simple(corrections, sample, out, **others):
    return making.personalise(SIMPLE, corrections, dataset=sample, out=out, **others)


def test_the_same_corrections_give_the_same_network(few, sample, tmp_path):
    one, other = (simple(few, sample, tmp_path / name)[0] / MODEL_FILE for name in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()


@pytest.fixture
def mislabelled(sample):
    """Digits that are read, three of them under wrong labels; each twice: a copy would give its label away."""
    read = np.flatnonzero(digits.load(SIMPLE).predict(sample.images[:30]) == sample.labels[:30])[:12]
    labels = sample.labels[read].copy()
    labels[:3] = (labels[:3] + 5) % 10
    return Dataset(images=np.repeat(sample.images[read], 2, axis=0), labels=np.repeat(labels, 2), name="mislabelled")


def test_what_is_no_better_is_not_written_and_why_is_said(mislabelled, sample, tmp_path):
    with pytest.raises(WorkError, match=r"nothing was written: of 24 corrections .* gets \d+ wrong, and 6 untuned"):
        simple(mislabelled, sample, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()

    path, found = simple(mislabelled, sample, tmp_path / "mine", anyway=True)
    assert found.faults
    assert found.wrong_after.sum() >= 6
    assert Classifier.load(path).name == "mine"


def test_what_forgets_is_not_written(few, sample, tmp_path, monkeypatch):
    monkeypatch.setattr(personal, "STRENGTHS", (1000.0,))
    with pytest.raises(WorkError, match=r"of 400 validation digits it forgets \d+, and 1 may be lost"):
        simple(few, sample, tmp_path / "mine")


def test_what_is_read_already_is_not_learnt_again(sample, tmp_path):
    known = sample.take(np.flatnonzero(digits.load(SIMPLE).predict(sample.images[:30]) == sample.labels[:30])[:10])
    with pytest.raises(WorkError, match="it reads all 10 corrections already"):
        simple(known, sample, tmp_path / "mine")


def test_many_corrections_are_judged_a_twentieth_at_a_time(hand, sample, tmp_path):
    _, found = simple(hand.write(70, seed=4), sample, tmp_path / "mine")
    assert (found.judged, len(found.wrong_after)) == ("20 folds", 70)


def test_one_correction_says_nothing_of_others(corrections, sample, tmp_path):
    with pytest.raises(DataError, match="one correction says nothing of others"):
        simple(corrections.take(np.array([3, 3])), sample, tmp_path / "mine")


def test_a_place_that_is_taken_is_left_alone(corrections, sample, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(DataError, match="exists already; choose another place"):
        simple(corrections, sample, tmp_path / "mine")


@pytest.fixture
def mine(few, tmp_path):
    """The corrections in the user's own store, in another one, and as a folder of pictures."""
    for file in (tmp_path / "home" / "corrections.sqlite", tmp_path / "other.sqlite"):
        with Store(file) as store:
            for image, label in zip(few.images, few.labels, strict=True):
                store.add(Correction(pixels=image, label=int(label)))
    write_folder(few, tmp_path / "folder")


@pytest.mark.parametrize("source", ["corrections", "other.sqlite", "sqlite:///other.sqlite", "folder"])
def test_corrections_come_from_a_store_or_any_source(mine, few, tmp_path, source, monkeypatch):
    monkeypatch.setenv("DIGITS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    found = load_corrections(source, None)
    assert sorted(image.tobytes() for image in found.images) == sorted(image.tobytes() for image in few.images)


def test_a_network_is_tuned_and_chosen_with_two_commands(digits_command, mine):
    code, out, err = digits_command(
        "train", "--from", SIMPLE, "--with", "corrections", "--data", "sample", "--out", "hand"
    )
    assert (code, "leave-one-out" in err, err.count("error")) == (0, True, 0)
    lines = out.splitlines()
    assert lines[0].startswith("corrections  ")
    assert lines[0].endswith("(leave-one-out)")
    assert lines[2] == "bundle       hand"
    assert err.splitlines()[-1] == "make it the one that reads by default with: digits models use hand"

    assert digits_command("models", "use", "hand")[0] == 0
    assert locate.default_bundle().name == "hand"


def test_the_figures_come_as_json_and_the_place_is_a_new_one(digits_command, mine):
    names = []
    for _ in range(2):
        _, out, _ = digits_command("train", "--from", SIMPLE, "--with", "folder", "--data", "sample", "--json")
        found = json.loads(out)
        names.append(found["bundle"])
        assert found["corrections"] == 12
        assert found["wrong_after"] < found["wrong_before"]
        assert (found["judged"], found["validation"], found["faults"]) == ("leave-one-out", 400, [])
    assert names == [f"runs/{SIMPLE}-personal", f"runs/{SIMPLE}-personal-2"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--from", "reader"], 2, "fine-tuning takes --from MODEL and --with CORRECTIONS"),
        (["--with", "folder"], 2, "fine-tuning takes --from MODEL and --with CORRECTIONS"),
        (["--anyway"], 2, "fine-tuning takes --from MODEL and --with CORRECTIONS"),
        (["cnn-best", "--from", "reader", "--with", "folder"], 2, "fine-tuning takes --from MODEL"),
        (["--from", "reader", "--with", "folder", "--seed", "1"], 2, "fine-tuning takes --from MODEL"),
        (["--from", "nothing", "--with", "folder"], 2, "there is no model 'nothing'"),
        (["--from", "reader", "--with", "nowhere"], 2, "nowhere"),
        (["--from", "reader", "--with", "empty.sqlite"], 2, "holds no corrections yet"),
    ],
)
def test_what_cannot_be_tuned_is_one_line(digits_command, mine, arguments, code, said):
    given, out, err = digits_command("train", *arguments)
    assert (given, out, err.count("\n"), said in err) == (code, "", 1, True)
