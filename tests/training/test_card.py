"""A card says what bundle.json says: the plain score first, and nothing that was not measured."""

import json

import pytest

from digits.training.card import write_card

FIGURES = {
    "data": "mnist", "split": "test", "n": 10_000, "accuracy": 0.9973, "interval": [0.9961, 0.9981],
    "loss": 0.011, "calibrated_loss": 0.01, "seen_in_training": False,
    "corrected": {
        "n": 9_997, "accuracy": 0.9981, "interval": [0.997, 0.9988], "corrected_labels": 10, "left_out": 3,
    },
}  # fmt: skip


@pytest.fixture
def description(trained_run):
    return json.loads((trained_run.bundle / "bundle.json").read_text())


def test_the_corrected_score_stands_after_the_plain_one_and_is_named_so(description):
    lines = write_card({**description, "measured": {"test": FIGURES}}, 1_000).splitlines()
    plain = lines.index("| mnist, test | 10,000 | 99.73 % | 99.61 to 99.81 % | 0.0110 | 0.0100 |")
    assert lines[plain + 1].startswith("| mnist, test, human-corrected labels | 9,997 | 99.81 % | 99.70 to 99.88 % |")
    assert any("10 labels on which people agreed otherwise" in line and "3 undecidable" in line for line in lines)


def test_other_digits_have_no_word_of_corrections(description):
    for corrected in ({}, {"corrected": None}):
        figures = {key: value for key, value in FIGURES.items() if key != "corrected"} | corrected
        card = write_card({**description, "measured": {"test": figures}}, 1_000)
        assert "orrected" not in card


def test_robustness_is_stated_where_it_was_measured(description):
    robustness = {"mean": 0.9712, "mean_unlike_training": 0.9655, "n": 10_000, "seed": 0}
    card = write_card({**description, "robustness": robustness}, 1_000)
    assert "(Mu & Gilmer 2019): 97.12 %;" in card
    assert "distortions: 96.55 %.\n" in card
    assert "n = 10,000 test digits, each under every corruption; seed 0" in card
    with_interval = write_card({**description, "robustness": {**robustness, "mean_interval": [0.97, 0.9724]}}, 1_000)
    assert "97.12 % (95 % interval 97.00 to 97.24 %);" in with_interval
    assert "Robustness" not in write_card(description, 1_000)


def test_a_shipped_network_is_loaded_by_its_name_any_other_by_its_path(description):
    assert 'digits.load("path/of/this/directory")' in write_card(description, 1_000)
    shipped = write_card({**description, "name": "cnn-best", "shipped": True}, 1_000)
    assert 'digits.load("cnn-best")' in shipped
