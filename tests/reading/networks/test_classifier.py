"""A Classifier runs a bundle, in any batch, from any thread, and refuses by name what is no bundle."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest

from digits.errors import BundleError, InputError
from digits.reading.networks.classifier import CHUNK, Classifier


@pytest.fixture(scope="module")
def classifier(trained_run):
    return Classifier.load(trained_run.bundle)


@pytest.fixture
def bundle(trained_run, tmp_path):
    """A copy, to be damaged."""
    return shutil.copytree(trained_run.bundle, tmp_path / "bundle")


def test_probabilities_are_float32_rows_that_sum_to_one(classifier, sample_test):
    probabilities = classifier.predict_proba(sample_test.images)
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (1000, 10))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_most_digits_are_named_rightly(classifier, sample_test):
    assert np.mean(classifier.predict(sample_test.images) == sample_test.labels) > 0.8


@pytest.mark.parametrize("n", [0, 1, 2, CHUNK, CHUNK + 1, 1000])
def test_the_batch_size_does_not_matter(classifier, sample_test, n):
    together = classifier.predict_proba(sample_test.images[:n])
    assert together.shape == (n, 10)
    for index in range(0, n, 97):
        alone = classifier.predict_proba(sample_test.images[index : index + 1])[0]
        np.testing.assert_allclose(together[index], alone, atol=1e-6)


def test_temperature_is_applied_unless_asked_otherwise(classifier, sample_test):
    raw = classifier.predict_proba(sample_test.images, calibrated=False)
    calibrated = classifier.predict_proba(sample_test.images)
    assert classifier.temperature != 1
    assert not np.allclose(raw, calibrated)
    assert np.array_equal(raw.argmax(axis=1), calibrated.argmax(axis=1))


def test_many_threads_get_the_answers_of_one(classifier, sample_test):
    expected = classifier.predict_proba(sample_test.images)
    with ThreadPoolExecutor(8) as pool:
        for given in pool.map(lambda _: classifier.predict_proba(sample_test.images), range(16)):
            np.testing.assert_array_equal(given, expected)


def test_images_that_are_not_contiguous_are_taken(classifier, sample_test):
    np.testing.assert_allclose(
        classifier.predict_proba(sample_test.images[::-1])[::-1],
        classifier.predict_proba(sample_test.images),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((1, 28, 28), np.float32),
        np.zeros((28, 28), np.uint8),
        np.zeros((1, 28, 28, 1), np.uint8),
        np.zeros((1, 32, 32), np.uint8),
    ],
)
def test_other_arrays_are_refused_with_what_was_expected_and_what_came(classifier, images):
    with pytest.raises(InputError) as caught:
        classifier.predict_proba(images)
    assert "uint8 (n, 28, 28)" in str(caught.value)
    assert str(images.shape) in str(caught.value)


def change_description(bundle, **changes):
    file = bundle / "bundle.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def swap_network(bundle, make):
    import hashlib

    network = make()
    (bundle / "model.onnx").write_bytes(network)
    files = {
        **json.loads((bundle / "bundle.json").read_text())["files"],
        "model.onnx": hashlib.sha256(network).hexdigest(),
    }
    change_description(bundle, files=files)


def foreign_network():
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["x"], ["y"])],
        "foreign",
        [value("x", onnx.TensorProto.FLOAT, [1, 3])],
        [value("y", onnx.TensorProto.FLOAT, [1, 3])],
    )
    return onnx.helper.make_model(
        graph, ir_version=10, opset_imports=[onnx.helper.make_opsetid("", 20)]
    ).SerializeToString()


DAMAGE = {
    "no bundle.json": (lambda bundle: (bundle / "bundle.json").unlink(), "is no bundle"),
    "no network": (lambda bundle: (bundle / "model.onnx").unlink(), "model.onnx cannot be read"),
    "one byte of the network": (
        lambda bundle: (bundle / "model.onnx").write_bytes(b"\0" + (bundle / "model.onnx").read_bytes()[1:]),
        "model.onnx is damaged: its SHA-256",
    ),
    "half a description": (lambda bundle: (bundle / "bundle.json").write_text('{"format":'), "bundle.json is damaged"),
    "a binary description": (
        lambda bundle: (bundle / "bundle.json").write_bytes(b"\xff\xfe\x00"),
        "bundle.json is damaged",
    ),
    "somebody else's JSON": (lambda bundle: (bundle / "bundle.json").write_text("[]"), "is foreign"),
    "another version": (lambda bundle: change_description(bundle, version=9), "has version 9"),
    "no hashes": (lambda bundle: change_description(bundle, files={}), "is damaged"),
    "a temperature of zero": (lambda bundle: change_description(bundle, temperature=0.0), "is damaged"),
    "a temperature in words": (lambda bundle: change_description(bundle, temperature="hot"), "is damaged"),
    "no fingerprint": (lambda bundle: change_description(bundle, training_digits={}), "is damaged"),
    "a foreign network": (lambda bundle: swap_network(bundle, foreign_network), "is a foreign network"),
    "no network at all": (lambda bundle: swap_network(bundle, lambda: b"not onnx"), "cannot be run"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_bundle_is_refused_by_name(bundle, damage):
    spoil, expected = DAMAGE[damage]
    spoil(bundle)
    with pytest.raises(BundleError) as caught:
        Classifier.load(bundle)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
