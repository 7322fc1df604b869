"""Attacks: within ε, repeatable, the stronger the larger ε is, PGD no weaker than FGSM; on every kind of network."""

import numpy as np
import pytest

import digits
from digits.training import networks
from digits.training.attack import Attacker
from digits.training.export import load_model
from digits.training.recipe import load_recipe


@pytest.fixture(scope="module")
def attacker(trained_run):
    return Attacker(load_model(trained_run))


@pytest.fixture(scope="module")
def read(trained_run, sample_test):
    """Which share of changed digits the bundle reads."""
    classifier = digits.load(trained_run.path)

    def share(images):
        return float(np.mean(classifier.predict(images) == sample_test.labels[: len(images)]))

    return share


@pytest.fixture(scope="module")
def some(sample_test):
    return sample_test.images[:300], sample_test.labels[:300]


@pytest.mark.parametrize("method", ["fgsm", "pgd"])
@pytest.mark.parametrize("epsilon", [0.0, 0.003, 0.05, 0.1, 0.3, 1.0])
def test_no_pixel_changes_by_more_than_epsilon(attacker, some, method, epsilon):
    attacked = getattr(attacker, method)(*some, epsilon)
    assert (attacked.dtype, attacked.shape) == (np.uint8, some[0].shape)
    most = np.abs(attacked.astype(int) - some[0]).max()
    assert most <= 255 * epsilon + 1e-6
    assert most >= np.floor(255 * epsilon) - 1  # and it uses what it may


@pytest.mark.parametrize("method", ["fgsm", "pgd"])
def test_accuracy_falls_as_epsilon_grows(attacker, read, some, method):
    shares = [read(getattr(attacker, method)(*some, epsilon)) for epsilon in (0.0, 0.03, 0.1, 0.2)]
    assert shares[0] == read(some[0])
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.75
    assert shares[-1] < 0.2


@pytest.mark.parametrize("epsilon", [0.03, 0.1, 0.2])
def test_pgd_is_at_least_as_strong_as_fgsm(attacker, read, some, epsilon):
    assert read(attacker.pgd(*some, epsilon)) <= read(attacker.fgsm(*some, epsilon))


def test_an_attack_is_far_worse_than_noise_of_its_size(attacker, read, some):
    images, labels = some
    signs = np.random.default_rng(0).choice([-25, 25], images.shape)
    noisy = np.clip(images.astype(int) + signs, 0, 255).astype(np.uint8)
    assert read(attacker.fgsm(images, labels, 0.1)) < read(noisy) - 0.3


def test_the_same_seed_gives_the_same_bits_and_another_one_others(attacker, some):
    once, again, other = (attacker.pgd(*some, 0.1, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert np.any(once != other)


def test_batches_do_not_show(attacker, some, monkeypatch):
    whole = attacker.fgsm(*some, 0.1)
    monkeypatch.setattr("digits.training.attack.BATCH", 128)
    assert np.mean(attacker.fgsm(*some, 0.1) == whole) > 0.999  # gradients that are all but zero may change their sign


def test_the_network_is_left_as_it_was(trained_run, some):
    model = load_model(trained_run)
    before = [np.array(weights) for weights in model.get_weights()]
    Attacker(model).pgd(*some, 0.1)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("recipe", "changes"),
    [
        ("dense-128", ["network.output=sigmoid"]),
        ("dense-128", ["network.batch_norm=true", "network.dropout=0.5"]),
        ("linear-sigmoid", []),
        ("cnn-tiny", []),
    ],
    ids=str,
)
def test_other_networks_can_be_attacked(recipe, changes, some):
    model = networks.build(load_recipe(recipe).override(changes))
    images, labels = some[0][:20], some[1][:20]
    assert loss(model, Attacker(model).fgsm(images, labels, 0.1), labels) > loss(model, images, labels)


def test_an_ensemble_is_attacked_through_all_its_members(some):
    members = [networks.build(load_recipe("dense-128").override([f"training.seed={seed}"])) for seed in range(3)]
    model = networks.average(members, "ensemble")
    images, labels = some[0][:20], some[1][:20]
    assert loss(model, Attacker(model).fgsm(images, labels, 0.1), labels) > loss(model, images, labels)


def loss(model, images, labels):
    probabilities = np.asarray(model(images, training=False))
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()
