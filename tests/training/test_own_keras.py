"""A Keras network of somebody's own is asked as it is, and made into a bundle that gives the same."""

import json

import numpy as np
import onnx
import pytest

import digits
from digits import making
from digits.errors import BundleError, InputError
from digits.training.backend import keras


@pytest.fixture(scope="module")
def trained(sample, tmp_path_factory):
    """The usual Keras example, trained a little: 0 to 1, a channel, logits; as a .keras file."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(4, 5, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10),
        ]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(sample.images[..., np.newaxis] / np.float32(255), sample.labels, epochs=3, verbose=0)
    file = tmp_path_factory.mktemp("own") / "my.keras"
    model.save(file)
    return file, model


def expected(model, images):
    logits = np.asarray(model(images[..., np.newaxis].astype(np.float32) / 255))
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_it_is_asked_as_a_bundle_is(trained, sample_test):
    file, model = trained
    own = digits.load(file)

    assert "takes pixels 0 to 1 as 28×28×1, gives logits" in own.description["understood"]
    np.testing.assert_allclose(own.predict_proba(sample_test.images), expected(model, sample_test.images), atol=1e-5)
    evaluation = digits.evaluate(file, sample_test)
    assert evaluation.accuracy > 0.7
    assert evaluation.seen_in_training is None


def test_it_becomes_a_bundle_that_gives_the_same(trained, sample_test, tmp_path):
    file, model = trained
    bundle = making.export(file, tmp_path / "bundle")
    loaded = digits.load(bundle)

    np.testing.assert_allclose(loaded.predict_proba(sample_test.images), expected(model, sample_test.images), atol=1e-5)
    assert json.loads((bundle / "bundle.json").read_text())["name"] == "my"
    assert "a Keras network that was trained elsewhere" in (bundle / "README.md").read_text()


@pytest.mark.parametrize("opset", [18, 21])
def test_a_bundle_may_be_written_in_older_operators(trained, tmp_path, opset):
    bundle = making.export(trained[0], tmp_path / "bundle", opset=opset)

    assert onnx.load(bundle / "model.onnx").opset_import[0].version == opset


@pytest.mark.parametrize("opset", [12, 99])
def test_operators_that_are_not_written_are_refused(trained, tmp_path, opset):
    with pytest.raises(InputError, match=f"opset {opset} is not written; expected 18 to 23"):
        making.export(trained[0], tmp_path / "bundle", opset=opset)


def test_a_bundle_needs_a_place(trained):
    with pytest.raises(InputError, match="is no run: say with --out where"):
        making.export(trained[0])


def lambdas():
    return keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Lambda(lambda x: x), keras.layers.Flatten(), keras.layers.Dense(10)]
    )


BAD = {
    "code of its own": (lambdas, "cannot be opened by Keras"),
    "another size": (
        lambda: keras.Sequential([keras.Input((32, 32)), keras.layers.Flatten(), keras.layers.Dense(10)]),
        r"expected one input of 28×28 or 784 .* it takes \(32, 32\)",
    ),
    "twelve answers": (
        lambda: keras.Sequential([keras.Input((784,)), keras.layers.Dense(12)]),
        "one output of ten numbers",
    ),
}


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_code_in_an_old_file_is_not_run_either(tmp_path):
    lambdas().save(tmp_path / "own.h5")
    with pytest.raises(BundleError, match="cannot be opened by Keras"):
        digits.load(tmp_path / "own.h5")


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_what_is_not_understood_is_refused_in_one_line(tmp_path, make, words):
    make().save(tmp_path / "own.keras")
    with pytest.raises(BundleError, match=words) as caught:
        digits.load(tmp_path / "own.keras")
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_no_network_is_refused_in_one_line(tmp_path):
    (tmp_path / "own.keras").write_bytes(b"I am no network")
    with pytest.raises(BundleError, match=r"own.keras cannot be opened by Keras") as caught:
        digits.load(tmp_path / "own.keras")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["own.pt", "own.pkl", "own.tflite"])
def test_networks_of_other_kinds_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(BundleError, match=r"is no network that is run here; expected a bundle, .onnx or .keras"):
        digits.load(tmp_path / name)


def test_a_network_that_does_not_say_how_it_was_trained_is_not_compared(trained, sample_test):
    with pytest.raises(InputError, match="does not say how it was trained, which comparing asks"):
        digits.compare([trained[0], "cnn-tiny"], sample_test)
