"""A network of somebody's own is asked as a bundle is, if what it takes and gives can be understood."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from digits.errors import BundleError
from digits.reading.networks.own_network import load_onnx

MEAN, DEVIATION = 0.1307, 0.3081


@pytest.fixture(scope="module")
def weights(sample):
    """Least squares on pixels from 0 to 1, as a matrix (785, 10) of which the last row is the bias."""
    pixels = np.c_[sample.images.reshape(-1, 784) / 255, np.ones(len(sample))]
    return np.linalg.solve(pixels.T @ pixels + 10 * np.eye(785), pixels.T @ (10 * np.eye(10)[sample.labels]))


@pytest.fixture(scope="module")
def tried(sample_test):
    return sample_test.images, sample_test.labels


def network(
    path, weights, *, shape=("n", 784), ends=("Softmax",), scale=1.0, shift=0.0, dtype=TensorProto.FLOAT, out=10
):
    """A linear network that takes pixels p with (p · scale + shift) from 0 to 1."""
    matrix = weights[:-1, :out] * scale
    bias = weights[-1, :out] - 5 * ("Sigmoid" in ends) + shift * weights[:-1, :out].sum(axis=0)
    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["floats", "flat"], ["rows"]),
        helper.make_node("Gemm", ["rows", "matrix", "bias"], ["step0"]),
    ]
    for number, end in enumerate(ends):
        options = {"axis": -1} if end.endswith("oftmax") else {}
        nodes.append(helper.make_node(end, [f"step{number}"], [f"step{number + 1}"], **options))
    graph = helper.make_graph(
        nodes,
        "own",
        [helper.make_tensor_value_info("pixels", dtype, shape)],
        [helper.make_tensor_value_info(f"step{len(ends)}", TensorProto.FLOAT, [shape[0], out])],
        [
            numpy_helper.from_array(np.array([-1, 784]), "flat"),
            numpy_helper.from_array(matrix.astype(np.float32), "matrix"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


WAYS = {
    "flat, 0 to 1, probabilities": ({}, "takes pixels 0 to 1 as 784, gives probabilities"),
    "28×28, logits": ({"shape": ("n", 28, 28), "ends": ()}, "takes pixels 0 to 1 as 28×28, gives logits"),
    "channel last": ({"shape": ("n", 28, 28, 1)}, "28×28×1"),
    "PyTorch's": (
        {"shape": ("n", 1, 28, 28), "ends": ("LogSoftmax",), "scale": DEVIATION, "shift": MEAN},
        "takes pixels by MNIST's mean and deviation as 1×28×28, gives log-probabilities",
    ),
    "0 to 255": ({"scale": 1 / 255}, "takes pixels 0 to 255"),
    "-1 to 1": ({"scale": 0.5, "shift": 0.5}, "takes pixels -1 to 1"),
    "sigmoids": ({"ends": ("Sigmoid",)}, "gives sigmoids"),
    "bytes": ({"scale": 1 / 255, "dtype": TensorProto.UINT8}, "takes pixels 0 to 255"),
    "a batch of 7": ({"shape": (7, 784)}, "takes pixels 0 to 1"),
    "a batch of 1": ({"shape": (1, 1, 28, 28), "ends": ()}, "takes pixels 0 to 1 as 1×28×28"),
}


@pytest.mark.parametrize(("way", "words"), WAYS.values(), ids=WAYS)
def test_what_a_network_takes_and_gives_is_found_out_and_said(tmp_path, weights, tried, way, words):
    own = load_onnx(network(tmp_path / "own.onnx", weights, **way), tried)
    expected = load_onnx(network(tmp_path / "plain.onnx", weights), tried).predict_proba(tried[0])

    assert own.name == "own"
    assert words in own.description["understood"]
    given = own.predict_proba(tried[0])
    np.testing.assert_allclose(given.sum(axis=1), 1, atol=1e-5)
    if "sigmoids" in words:
        assert np.mean(given.argmax(axis=1) == expected.argmax(axis=1)) > 0.99
    else:
        np.testing.assert_allclose(given, expected, atol=2e-4)
    np.testing.assert_allclose(own.predict_proba(tried[0][:3]), given[:3], atol=1e-6)


def test_how_good_it_is_on_digits_is_said(tmp_path, weights, tried):
    good = load_onnx(network(tmp_path / "good.onnx", weights), tried)
    poor = load_onnx(network(tmp_path / "poor.onnx", np.roll(weights, 1, axis=1)), tried)

    assert "and names 8" in good.description["understood"]
    assert "and names 1." in poor.description["understood"] or "and names 0." in poor.description["understood"]


BAD = {
    "another size": ({"shape": ("n", 1, 32, 32)}, r"it takes \(1, 32, 32\) an image"),
    "colours": ({"shape": ("n", 28, 28, 3)}, r"it takes \(28, 28, 3\)"),
    "nine answers": ({"out": 9}, "one output of ten numbers, for the digits 0 to 9; got"),
    "truths": ({"dtype": TensorProto.BOOL}, "is not understood: expected one input"),
}


@pytest.mark.parametrize(("way", "words"), BAD.values(), ids=BAD)
def test_what_is_not_understood_is_refused_with_what_was_expected(tmp_path, weights, tried, way, words):
    with pytest.raises(BundleError, match=words) as caught:
        load_onnx(network(tmp_path / "own.onnx", weights, **way), tried)
    assert "expected one input of 28×28 or 784 numbers an image" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"I am no network", b"<html>"])
def test_a_file_that_is_no_network_is_refused_in_one_line(tmp_path, tried, content):
    (tmp_path / "own.onnx").write_bytes(content)
    with pytest.raises(BundleError, match=r"own.onnx cannot be run") as caught:
        load_onnx(tmp_path / "own.onnx", tried)
    assert len(str(caught.value).splitlines()) == 1
