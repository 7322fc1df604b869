"""The whole path in about ten seconds: digits in, a measured and shippable network out, and a number read by it."""

import json

import numpy as np

import digits


def test_digits_in_a_measured_and_shippable_network_out(tmp_path):
    training, test = digits.load_dataset("sample"), digits.load_dataset("sample", "test")
    recipe = digits.load_recipe("dense-128-64").override(["training.epochs=5"])

    run = digits.train(recipe, training, test=test, out=tmp_path / "run")

    evaluation = digits.evaluate(run.path, test)
    assert evaluation.accuracy > 0.88
    assert evaluation.interval[0] < evaluation.accuracy < evaluation.interval[1]
    assert evaluation.seen_in_training is False
    assert run.complete
    assert run.metrics["test"] == json.loads(json.dumps(evaluation.to_json()))

    classifier = digits.load(run.bundle)
    assert np.array_equal(classifier.predict(test.images), classifier.predict_proba(test.images).argmax(axis=1))
    assert len(list(run.bundle.iterdir())) == 3

    surest = [np.where(test.labels == digit, classifier.predict_proba(test.images)[:, digit], 0) for digit in (4, 2)]
    ink = np.pad(np.hstack([np.pad(np.kron(test.images[sure.argmax()], np.ones((3, 3))), 9) for sure in surest]), 20)
    assert digits.read((255 - ink).astype(np.uint8), model=classifier, always_answer=True).text == "42"
