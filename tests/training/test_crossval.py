"""Out-of-fold probabilities: fair folds, nothing leaks, the same bits every time."""

import numpy as np
import pytest

from digits.data.dataset import Dataset
from digits.errors import DataError, WorkError
from digits.training.crossval import out_of_fold
from digits.training.folds import assign_folds
from digits.training.recipe import Recipe

QUICK = Recipe.model_validate({"name": "quick", "training": {"epochs": 3, "learning_rate": 0.01}})


@pytest.fixture(scope="module")
def judged_and_told(small):
    """Probabilities of two folds, and the progress that was told."""
    told = []
    return out_of_fold(QUICK, small, folds=2, on_progress=told.append), told


@pytest.fixture(scope="module")
def judged(judged_and_told):
    return judged_and_told[0]


def with_copies(dataset, copies):
    """The digits, then the first `copies` of them once more."""
    indices = np.concatenate([np.arange(len(dataset)), np.arange(copies)])
    return dataset.take(indices)


def test_every_class_is_dealt_out_evenly(sample):
    folds = assign_folds(sample, 5, seed=0)
    assert np.bincount(folds).tolist() == [800] * 5
    for digit in range(10):
        counts = np.bincount(folds[sample.labels == digit], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_equal_pictures_are_in_the_same_fold_even_if_their_labels_differ(small):
    labels = np.concatenate([small.labels, (small.labels[:150] + 1) % 10]).astype(np.uint8)
    doubled = Dataset(images=with_copies(small, 150).images, labels=labels, name="doubled")
    folds = assign_folds(doubled, 4, seed=1)
    np.testing.assert_array_equal(folds[:150], folds[400:])


def test_the_seed_chooses_the_folds(sample):
    np.testing.assert_array_equal(assign_folds(sample, 5, 0), assign_folds(sample, 5, 0))
    assert (assign_folds(sample, 5, 0) != assign_folds(sample, 5, 1)).any()


@pytest.mark.parametrize("folds", [1, 0, -3, 401])
def test_a_number_of_folds_that_cannot_be_is_refused(small, folds):
    with pytest.raises(DataError, match=f"cannot divide 400 different digits into {folds} folds; choose 2 to 400"):
        out_of_fold(QUICK, small, folds=folds)


def test_copies_of_one_picture_cannot_be_divided(small):
    same = small.take(np.zeros(20, int))
    with pytest.raises(DataError, match="1 different digits"):
        assign_folds(same, 2, 0)


def test_probabilities_have_a_row_a_digit_and_are_better_than_chance(small, judged):
    assert judged.dtype == np.float32
    assert judged.shape == (400, 10)
    np.testing.assert_allclose(judged.sum(axis=1), 1, atol=1e-5)
    assert np.mean(judged.argmax(axis=1) == small.labels) > 0.7


def test_the_same_bits_every_time(small, judged):
    np.testing.assert_array_equal(out_of_fold(QUICK, small, folds=2), judged)


def test_a_digit_is_judged_by_a_network_that_has_not_seen_it(small):
    # labels by chance can be learned by heart and not be guessed: whoever has seen a digit or its copy knows it
    labels = np.random.default_rng(0).integers(0, 10, 400).astype(np.uint8)
    doubled = with_copies(Dataset(images=small.images, labels=labels, name="chance"), 400)
    learning = Recipe.model_validate(
        {"name": "learning", "network": {"hidden": [256]}, "training": {"epochs": 25, "learning_rate": 0.003}}
    )
    seen = []
    answers = out_of_fold(learning, doubled, folds=2, on_progress=seen.append).argmax(axis=1)
    assert seen[-1].accuracy > 0.9  # learned by heart
    assert np.mean(answers == doubled.labels) < 0.2  # chance is 0.1 (800 digits, 400 different: sd 0.015)


def test_progress_goes_from_the_first_fold_to_the_end(judged_and_told):
    told = judged_and_told[1]
    assert {(progress.fold, progress.epoch) for progress in told} == {(f, e) for f in (1, 2) for e in (1, 2, 3)}
    shares = [progress.done for progress in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (told[0].folds, told[0].epochs, told[-1].step) == (2, 3, told[-1].steps)


def test_ctrl_c_comes_through(small):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        out_of_fold(QUICK, small, folds=2, on_progress=stop)


def test_a_training_that_diverges_is_one_line(small):
    wild = QUICK.override(["network.hidden=[16, 16]", "training.learning_rate=1e38", "training.optimizer=sgd"])
    with pytest.raises(WorkError, match="fold 1 gives no finite probabilities; try a lower"):
        out_of_fold(wild, small, folds=2)
