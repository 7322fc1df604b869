"""On all of MNIST: the figures that the project states, held to their bounds."""

import numpy as np
import pytest

import digits
from digits.errors import InputError


@pytest.fixture(scope="module")
def mnist(mnist_dir):
    return digits.load_dataset("mnist", "train", data_dir=mnist_dir), digits.load_dataset(
        "mnist", "test", data_dir=mnist_dir
    )


@pytest.mark.mnist
def test_dense_128_64_reaches_97_percent_and_its_card_says_so(mnist, tmp_path):
    training, test = mnist
    run = digits.train("dense-128-64", training, test=test, out=tmp_path / "run")
    evaluation = digits.evaluate(run.path, test)
    assert evaluation.accuracy >= 0.97
    assert evaluation.n == 10_000
    assert evaluation.seen_in_training is False
    assert len(run.read_predictions("validation").labels) == 5_000
    assert f"| mnist, test | 10,000 | {100 * evaluation.accuracy:.2f} % |" in (run.bundle / "README.md").read_text()
    assert digits.evaluate(run.path, digits.load_dataset("sample")).seen_in_training is True


@pytest.mark.mnist
def test_dense_fast_reaches_97_percent_on_validation(mnist, tmp_path):
    run = digits.train("dense-fast", mnist[0], out=tmp_path / "run")
    assert run.metrics["validation"]["accuracy"] >= 0.97


@pytest.mark.mnist
def test_the_kaggle_recipe_trains_on_its_split_and_is_never_scored_on_mnists_test_set(mnist, mnist_dir, tmp_path):
    run = digits.train("dense-128-64-kaggle", out=tmp_path / "run", data_dir=mnist_dir)
    assert (run.metrics["validation"]["n"], run.metrics["test"]["n"]) == (8_400, 28_000)
    assert run.metrics["test"]["accuracy"] >= 0.95  # seeds 0 to 3: 95.9 to 97.1 %
    assert run.metrics["test"]["seen_in_training"] is False
    with pytest.raises(InputError, match="holds digits of MNIST's test set"):
        digits.evaluate(run.path, mnist[1])


@pytest.mark.mnist
@pytest.mark.slow
def test_dense_128_64_over_five_seeds(mnist, tmp_path):
    training, test = mnist
    accuracies = [
        digits.train("dense-128-64", training, test=test, seed=seed, out=tmp_path / f"s{seed}").metrics["test"][
            "accuracy"
        ]
        for seed in range(5)
    ]
    assert np.mean(accuracies) >= 0.975
    assert min(accuracies) >= 0.97
