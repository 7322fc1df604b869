"""The last layer of a bundle's network is found by what it is, and can be replaced."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from digits import locate
from digits.errors import BundleError
from digits.reading.networks.classifier import MODEL_FILE, Classifier, start_session
from digits.training.last_layer import LastLayer


def asked(network, path, images):
    """What an ONNX network says, with its features."""
    known = Classifier.load(path).description
    return Classifier(path, known, start_session(network, path)).answer(images, calibrated=False, features=True)


@pytest.mark.parametrize("name", sorted(locate.shipped_models()))
def test_the_probabilities_of_what_ships_are_the_softmax_of_its_last_layer(name, sample_test):
    path = locate.shipped_models()[name]
    images = sample_test.images[:100]
    layer = LastLayer.of((path / MODEL_FILE).read_bytes(), name)
    said = asked(layer.with_features(), path, images)

    logits = np.exp(said.features @ layer.kernel + layer.bias)
    np.testing.assert_allclose(said.probabilities, logits / logits.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_array_equal(said.probabilities, Classifier.load(path).predict_proba(images, calibrated=False))


def test_with_other_weights_it_says_something_else_and_with_its_own_the_same(sample_test):
    path = locate.shipped_models()["reader"]
    images = sample_test.images[:50]
    layer = LastLayer.of((path / MODEL_FILE).read_bytes(), "reader")
    before = Classifier.load(path).answer(images, calibrated=False)

    same = asked(layer.replaced(layer.kernel, layer.bias), path, images)
    np.testing.assert_array_equal(same.probabilities, before.probabilities)
    turned = asked(layer.replaced(layer.kernel[:, ::-1], layer.bias[::-1]), path, images)
    np.testing.assert_allclose(turned.probabilities, before.probabilities[:, ::-1], atol=1e-6)
    np.testing.assert_array_equal(turned.digitness, before.digitness)


def test_a_network_that_ends_in_something_else_is_refused():
    kernel = numpy_helper.from_array(np.zeros((784, 10), np.float32), "kernel")
    bias = numpy_helper.from_array(np.zeros(10, np.float32), "bias")
    nodes = [
        helper.make_node("MatMul", ["pixels", "kernel"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
    ]
    images = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 784])
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10])
    graph = helper.make_graph(nodes, "sigmoids", [images], [probabilities], [kernel, bias])
    with pytest.raises(BundleError, match="mine cannot be fine-tuned: its last layer is no dense one with a softmax"):
        LastLayer.of(helper.make_model(graph).SerializeToString(), "mine")
    nodes[-1].op_type = "Softmax"
    softmax = onnx.helper.make_model(helper.make_graph(nodes, "softmax", [images], [probabilities], [kernel, bias]))
    assert LastLayer.of(softmax.SerializeToString(), "mine").kernel.shape == (784, 10)
