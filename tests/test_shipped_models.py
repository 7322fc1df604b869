"""The networks that ship: each says what it said when it was shipped, and its card tells what it is."""

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

import digits
from digits import locate
from digits.reading.networks.classifier import CARD_FILE, DESCRIPTION_FILE, MODEL_FILE
from digits.training.card import write_card

GOLDEN = Path(__file__).parent / "golden"
LARGEST = 1_200_000

SHIPPED = locate.shipped_models()

every_model = pytest.mark.parametrize("name", list(SHIPPED))  # none at all: the tests are skipped


def description(name):
    return json.loads((SHIPPED[name] / DESCRIPTION_FILE).read_text("utf-8"))


@every_model
def test_it_says_what_it_said_when_it_was_shipped(name, sample_test):
    with np.load(GOLDEN / f"{name}.npz") as golden:
        indices, expected, digitness = golden["indices"], golden["probabilities"], golden.get("digitness")
    assert expected.shape == (64, 10)
    found = digits.load(name).answer(sample_test.images[indices])
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-4)
    np.testing.assert_array_equal(found.probabilities.argmax(axis=1), expected.argmax(axis=1))
    assert (digitness is None) == (found.digitness is None)
    if digitness is not None:
        np.testing.assert_allclose(found.digitness, digitness, atol=1e-4)


def test_the_default_network_is_the_one_that_reads_pictures():
    stated = description(locate.DEFAULT_MODEL)
    assert {"digitness", "features"} < set(stated["outputs"])
    assert set(stated["thresholds"]["confidence"]) == {"0.05", "0.02", "0.01", "0.005"}


@every_model
def test_it_is_loaded_by_its_name_and_says_so(name):
    classifier = digits.load(name)
    assert classifier.name == name
    assert f'digits.load("{name}")' in (SHIPPED[name] / CARD_FILE).read_text("utf-8")


@every_model
def test_its_files_are_those_of_its_description(name):
    stated = description(name)["files"]
    assert set(stated) == {MODEL_FILE, CARD_FILE}
    for file, digest in stated.items():
        assert hashlib.sha256((SHIPPED[name] / file).read_bytes()).hexdigest() == digest, file


@every_model
def test_its_card_states_what_its_description_states(name):
    stated = description(name)
    card = (SHIPPED[name] / CARD_FILE).read_text("utf-8")
    assert card == write_card(stated, (SHIPPED[name] / MODEL_FILE).stat().st_size)
    figures = stated["measured"]["test"]
    assert f"| mnist, test | 10,000 | {100 * figures['accuracy']:.2f} % |" in card
    assert f"| mnist, test, human-corrected labels | 9,997 | {100 * figures['corrected']['accuracy']:.2f} % |" in card


@every_model
def test_it_is_small_and_no_stray_file_ships_with_it(name):
    files = sorted(SHIPPED[name].rglob("*"))
    assert [file.name for file in files] == sorted([CARD_FILE, DESCRIPTION_FILE, MODEL_FILE])
    assert sum(file.stat().st_size for file in files) <= LARGEST


@every_model
def test_it_names_no_place_of_the_machine_that_made_it(name):
    text = (SHIPPED[name] / DESCRIPTION_FILE).read_text("utf-8") + (SHIPPED[name] / CARD_FILE).read_text("utf-8")
    assert not re.search(r"/(home|work|tmp|root|Users)/", text)


def test_every_golden_file_is_of_a_network_that_ships():
    assert {file.stem for file in GOLDEN.glob("*.npz")} <= set(SHIPPED)


@pytest.mark.mnist
@every_model
def test_evaluating_it_on_mnist_gives_exactly_the_figures_on_its_card(name, mnist_dir, digits_command):
    code, out, _ = digits_command("evaluate", name, "--data", "mnist", "--data-dir", mnist_dir, "--json")
    assert code == 0
    found, stated = json.loads(out), description(name)["measured"]["test"]
    for key in ("n", "correct", "accuracy", "interval", "corrected", "confusion", "seen_in_training", "model"):
        assert found[key] == stated[key], key
    assert found["seen_in_training"] is False
    assert found["loss"] == pytest.approx(stated["loss"], abs=1e-4)
