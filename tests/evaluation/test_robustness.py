"""The robustness card: what is scored, which mean is which, and what stands on the page."""

import dataclasses
import io
import json
import re

import numpy as np
import pytest

from digits.data.dataset import Dataset
from digits.errors import InputError
from digits.evaluation import robustness, robustness_page
from digits.evaluation.corruptions import AUGMENTATIONS, CORRUPTIONS, corrupt
from digits.evaluation.figures import robustness as figures
from digits.evaluation.sweeps import SWEEPS
from digits.reading.networks.classifier import Classifier
from digits.training.recipe import load_recipe

FINGERPRINT = "AAAAAAAAAAA="
PLAIN = load_recipe("dense-128").model_dump(mode="json")


class Counting(Classifier):
    """Knows the clean digits by heart, and answers 3 with half its confidence to all others."""

    def __init__(self, dataset, recipe=PLAIN):
        self.name, self.temperature = "counting", 1.0
        self.description = {"recipe": recipe, "training_digits": {"hash": "", "name": "x", "fingerprint": FINGERPRINT}}
        self.known = {
            image.tobytes(): label for image, label in zip(dataset.images, dataset.labels.tolist(), strict=True)
        }

    def predict_proba(self, images, *, calibrated=True):
        probabilities = np.full((len(images), 10), 0.05, np.float32)
        for row, image in zip(probabilities, images, strict=True):
            label = self.known.get(image.tobytes())
            row[3 if label is None else label] = 0.55
        return probabilities


class Nobody:
    """An attacker that replaces digits by paper."""

    def fgsm(self, images, labels, epsilon):
        return images.copy()

    def pgd(self, images, labels, epsilon, *, seed=0):
        return np.zeros_like(images)


@pytest.fixture(scope="module")
def forty(sample_test):
    return Dataset(images=sample_test.images[:40], labels=sample_test.labels[:40], name="forty", split="test")


@pytest.fixture(scope="module")
def found(forty):
    return robustness.stress(Counting(forty), forty, attacker=Nobody())


def test_clean_digits_and_neutral_strengths_are_as_they_are(found):
    assert (found.clean.n, found.clean.correct, found.clean.accuracy) == (40, 40, 1.0)
    for sweep, scores in zip(SWEEPS, found.sweeps, strict=True):
        assert [score.strength for score in scores.scores] == list(sweep.strengths)
        assert next(score.accuracy for score in scores.scores if score.strength == sweep.neutral) == 1


def test_each_corruption_is_scored_on_all_digits_with_its_interval(found, forty):
    threes = int(np.sum(forty.labels == 3))
    for score in found.corruptions:
        assert (score.n, score.correct) == (40, threes)
        assert score.interval[0] < score.accuracy < score.interval[1]
    assert found.mean == pytest.approx(threes / 40)
    assert found.mean_interval[0] < found.mean < found.mean_interval[1]


def test_a_real_network_is_scored_as_a_user_would(trained_run, forty):
    classifier = Classifier.load(trained_run.bundle)
    found = robustness.stress(classifier, forty, seed=5)
    scores = {score.name: score for score in found.corruptions}
    for name in CORRUPTIONS:
        right = classifier.predict(corrupt(forty.images, name, seed=5)) == forty.labels
        assert scores[name].correct == right.sum()
    assert found.mean == pytest.approx(np.mean([score.accuracy for score in found.corruptions]))
    assert found == robustness.stress(classifier, forty, seed=5)


def recipe(**augmentation):
    return {**PLAIN, "augmentation": augmentation}


def test_the_second_mean_leaves_out_what_the_training_resembles(trained_run, forty):
    classifier = Classifier.load(trained_run.bundle)
    classifier.description = {**classifier.description, "recipe": recipe(shift=2, noise=0.1, rotation=0, scale=0.0)}
    found = robustness.stress(classifier, forty)
    assert found.augmentations == ("shift", "noise")
    like = {score.name for score in found.corruptions if score.like_training}
    assert like == {"shot_noise", "impulse_noise", "translate"}
    others = [score.accuracy for score in found.corruptions if score.name not in like]
    assert found.mean_unlike_training == pytest.approx(np.mean(others))


def test_an_option_of_an_augmentation_is_none_itself():
    assert robustness.augmentations_in_use(recipe(elastic=0.0, elastic_width=4.0)) == ()


def test_a_recipe_of_before_there_were_augmentations_uses_none():
    assert robustness.augmentations_in_use({"name": "old"}) == ()


def test_what_a_teacher_or_a_member_met_counts(tmp_path):
    file = tmp_path / "taught.toml"
    file.write_text(load_recipe("dense-128").override(["augmentation.shift=2"]).to_toml())
    student = {**recipe(noise=0.2), "distillation": {"teacher": str(file)}}
    assert robustness.augmentations_in_use(student) == ("shift", "noise")
    ensemble = {"network": {"kind": "ensemble", "members": ["dense-128", str(file)]}}
    assert robustness.augmentations_in_use(ensemble) == ("shift",)


def test_an_unknown_teacher_may_have_met_anything():
    student = {**PLAIN, "distillation": {"teacher": "nobody knows"}}
    assert robustness.augmentations_in_use(student) == AUGMENTATIONS


def test_with_everything_in_use_there_is_no_mean_over_others(forty):
    everything = recipe(**dict.fromkeys(AUGMENTATIONS, 0.5))
    found = robustness.stress(Counting(forty, everything), forty)
    assert all(score.like_training for score in found.corruptions)
    assert (found.mean_unlike_training, found.mean_unlike_training_interval) == (None, None)
    assert "there is no mean over others" in robustness_page.render(found, made={})


def test_without_outlines_in_training_the_edges_are_left(forty):
    most = recipe(**dict.fromkeys(set(AUGMENTATIONS) - {"outline"}, 0.5))
    found = robustness.stress(Counting(forty, most), forty)
    assert [score.name for score in found.corruptions if not score.like_training] == ["canny_edges"]


def test_images_without_a_digit_have_counts_and_confidences(found, forty):
    images = robustness.foreign_images(forty)
    assert [answers.name for answers in found.foreign] == list(images)
    for answers in found.foreign:
        assert sum(answers.answers) == answers.n == len(images[answers.name])
        assert answers.answers[3] == answers.n
        assert answers.mean_confidence == pytest.approx(0.55)
        assert answers.maximum_confidence == pytest.approx(0.55)
    shuffled = images["digits with their pixels shuffled"][:40]
    np.testing.assert_array_equal(np.sort(shuffled.reshape(40, -1)), np.sort(forty.images.reshape(40, -1)))


def test_attacked_digits_are_scored_beside_the_same_digits_unharmed(found, forty):
    assert [(score.method, score.epsilon) for score in found.attacks] == [
        ("none", 0),
        *(("fgsm", epsilon) for epsilon in robustness.EPSILONS),
        *(("pgd", epsilon) for epsilon in robustness.EPSILONS),
    ]
    assert {score.correct for score in found.attacks if score.method != "pgd"} == {40}
    assert {score.correct for score in found.attacks if score.method == "pgd"} == {np.sum(forty.labels == 3)}
    assert found.attack_note is None


def test_without_an_attacker_it_is_said_why(forty):
    found = robustness.stress(Counting(forty), forty, attack_note="no gradient")
    assert (found.attacks, found.attack_note) == ((), "no gradient")


def test_it_is_told_how_far_it_is(forty):
    told = []
    robustness.stress(Counting(forty), forty, attacker=Nobody(), on_progress=lambda *progress: told.append(progress))
    assert [done for _, done, _ in told] == list(range(1, 30))
    assert {stages for *_, stages in told} == {29}
    assert told[0][0] == "shot_noise"


def test_one_digit_is_enough_and_says_nothing_about_others(forty):
    single = forty.take(np.arange(1))
    assert robustness.stress(Counting(single), single).mean_interval == (0, 1)


def test_mnists_test_set_is_no_test_for_a_network_that_has_seen_it(forty, monkeypatch):
    classifier = Counting(forty)
    classifier.description["training_digits"]["hash"] = forty.hash
    assert robustness.stress(classifier, forty).seen_in_training
    monkeypatch.setattr("digits.evaluation.metrics.MNIST_TEST_HASH", forty.hash)
    with pytest.raises(InputError, match="such a score would mean nothing"):
        robustness.stress(classifier, forty)


def test_the_json_has_these_keys_and_no_pictures(found):
    content = json.loads(json.dumps(found.to_json()))
    assert list(content) == [
        "model", "data", "split", "n", "seed", "seen_in_training", "augmentations", "clean", "mean", "mean_interval",
        "mean_unlike_training", "mean_unlike_training_interval", "corruptions", "sweeps", "foreign", "attacks",
        "attack_note",
    ]  # fmt: skip
    assert set(content["corruptions"][0]) == {
        "name", "n", "correct", "accuracy", "interval", "resembles", "like_training",
    }  # fmt: skip
    assert set(content["sweeps"][0]["scores"][0]) == {"strength", "n", "correct", "accuracy", "interval"}


def test_the_examples_are_the_first_digit_as_it_was_scored(found, forty):
    np.testing.assert_array_equal(found.examples["clean"], forty.images[0])
    np.testing.assert_array_equal(found.examples["fog"], corrupt(forty.images, "fog")[0])
    np.testing.assert_array_equal(found.examples["pgd", 0.1], np.zeros((28, 28)))


def texts(figure):
    """Everything that a figure says, drawn: what overlaps or lacks a glyph is a warning, and so an error."""
    figure.savefig(io.BytesIO(), format="png")
    drawn = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return "\n".join(text for text in drawn if text)


def test_the_figure_of_corruptions_has_each_with_number_and_interval(found):
    said = texts(figures.corruptions(found))
    for score in found.corruptions:
        assert score.name.replace("_", " ") in said
        assert f"{100 * score.accuracy:.2f}  ({100 * score.interval[0]:.2f} to" in said
    assert "n = 40 each" in said
    assert "resembles" not in said


def test_bars_that_resemble_the_training_are_hatched(found):
    like = [dataclasses.replace(score, like_training=score.name == "fog") for score in found.corruptions]
    figure = figures.corruptions(dataclasses.replace(found, corruptions=tuple(like)))
    assert [bool(bar.get_hatch()) for bar in figure.axes[0].patches] == [
        False,
        *(score.name == "fog" for score in found.corruptions),
    ]
    assert "mean of the 14 unlike the training" in texts(figure)


def test_the_figures_of_sweeps_and_attacks_say_what_they_count(found):
    said = texts(figures.sweeps(found))
    for sweep in SWEEPS:
        assert sweep.name in said
        assert sweep.unit in said
    assert "the first 40 digits" in said
    said = texts(figures.attacks(found))
    assert "FGSM, one step" in said
    assert "PGD, 40 steps" in said


def test_the_contact_sheet_names_its_rows(forty):
    said = texts(figures.contact_sheet({name: corrupt(forty.images[:3], name) for name in ("fog", "canny_edges")}))
    assert "fog" in said
    assert "canny edges" in said


def test_the_page_is_self_contained_and_has_every_figure(found):
    page = robustness_page.render(found, made={"command": "digits stress <x>"})
    assert page.count('src="data:image/png;base64,') == 3
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "<script" not in page
    for corruption in CORRUPTIONS.values():
        assert corruption.description.replace("'", "&#x27;") in page
    assert f"{100 * found.mean:.2f}&nbsp;%" in page
    assert "digits stress &lt;x&gt;" in page
    assert "The training digits were not changed" in page


def test_the_page_of_a_bundle_says_why_there_are_no_attacks(forty):
    found = robustness.stress(Counting(forty, recipe(shift=1)), forty, attack_note="a bundle has no gradient")
    page = robustness_page.render(found, made={})
    assert "None were made: a bundle has no gradient." in page
    assert "The training digits were changed by shift." in page
    assert "corruptions that resemble none of this" in page
    assert page.count('src="data:image/png;base64,') == 2
