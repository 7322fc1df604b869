"""Figures draw what they are given: lines, bands, bars and digits that can be counted."""

import dataclasses

import numpy as np
import pytest

from digits.evaluation.figures import errors, training
from digits.evaluation.figures.style import digit_grid
from digits.training.recipe import load_recipe
from digits.training.run import Epoch


def history(accuracies, validation=True):
    return [
        Epoch(
            epoch=number,
            loss=1 - accuracy,
            penalty=0.0,
            accuracy=accuracy,
            validation_loss=1 - accuracy if validation else None,
            validation_accuracy=accuracy if validation else None,
            learning_rate=0.001,
            seconds=1.0,
            images_per_second=1.0,
        )
        for number, accuracy in enumerate(accuracies, start=1)
    ]


def test_one_run_is_a_line_for_training_and_one_for_validation():
    _, accuracy = training.curves({"mine": [history([0.8, 0.9])]}).axes
    assert [line.get_ydata().tolist() for line in accuracy.lines] == [[80.0, 90.0], [80.0, 90.0]]
    assert not accuracy.collections


def test_several_seeds_are_their_mean_with_a_band():
    loss, accuracy = training.curves({"mine": [history([0.8, 0.9]), history([0.6, 0.7])]}).axes
    np.testing.assert_allclose(accuracy.lines[0].get_ydata(), [70, 80])
    assert len(accuracy.collections) == 2
    assert "mean of 2 seeds" in loss.get_legend().get_texts()[0].get_text()


def test_without_validation_there_is_no_validation_line():
    _, accuracy = training.curves({"mine": [history([0.8], validation=False)]}).axes
    assert len(accuracy.lines) == 1


def test_seeds_that_stopped_at_different_epochs_are_drawn_as_far_as_they_go():
    _, accuracy = training.curves({"mine": [history([0.8, 0.9]), history([0.6])]}).axes
    np.testing.assert_allclose(accuracy.lines[0].get_ydata(), [70, 90])


def test_the_network_is_drawn_with_its_parameters():
    texts = [text.get_text() for text in training.network(load_recipe("dense-128-64")).axes[0].texts]
    assert texts == ["28 × 28   pixels", "128   100,480 parameters", "64   8,256 parameters", "10   650 parameters"]


def test_the_confusion_matrix_shows_every_count():
    confusion = np.diag(np.arange(10, 20))
    confusion[4, 9] = 7
    texts = [text.get_text() for text in errors.confusion_matrix(confusion.tolist()).axes[0].texts]
    assert texts[4 * 10 + 9] == "7"
    assert texts.count("·") == 89
    rates = [text.get_text() for text in errors.confusion_matrix(confusion.tolist(), rates=True).axes[0].texts]
    assert rates[4 * 10 + 9] == "33.3"


def test_the_most_confused_pair_comes_first():
    confusion = np.zeros((10, 10), int)
    confusion[3, 5], confusion[5, 3], confusion[9, 4] = 4, 3, 5
    labels = [label.get_text() for label in errors.confused_pairs(confusion.tolist()).axes[0].get_yticklabels()]
    assert labels == ["3 and 5", "4 and 9"]


def test_the_worst_errors_come_with_answer_sureness_and_label(sample_test):
    probabilities = np.eye(10, dtype=np.float32)[sample_test.labels]
    probabilities[7] = 0
    probabilities[7, (sample_test.labels[7] + 1) % 10] = 1
    figure = errors.worst_errors(sample_test.images, sample_test.labels, probabilities)
    assert figure.get_suptitle() == "The 1 surest of the errors"
    label = sample_test.labels[7]
    assert figure.axes[0].get_title() == f"says {(label + 1) % 10} (100 %)\nlabel {label}"


def test_risk_falls_to_the_error_rate_at_full_coverage():
    probabilities = np.full((100, 10), 0.01, np.float32)
    probabilities[:, 0] = np.linspace(0.5, 0.9, 100)
    labels = np.where(np.arange(100) < 20, 1, 0).astype(np.uint8)  # the 20 least sure are wrong
    line = errors.risk_coverage(probabilities, labels).axes[0].lines[0]
    assert line.get_ydata()[79] == 0
    assert line.get_ydata()[-1] == pytest.approx(20)


def test_a_grid_has_a_digit_under_each_title(sample_test):
    figure = digit_grid(sample_test.images[:13], [str(label) for label in sample_test.labels[:13]], columns=5)
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == [str(label) for label in sample_test.labels[:13]]
    assert len(figure.axes) == 15


def test_a_first_layer_shows_at_most_64_neurons():
    mosaic = training.first_layer(np.ones((28, 28, 100), np.float32)).axes[0].images[0].get_array()
    assert np.ma.count(mosaic) == 64 * 784


def test_an_epoch_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        history([0.5])[0].loss = 1
