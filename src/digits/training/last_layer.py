"""The last layer of a bundle's network: what it is given, its weights, and the network with others. On ONNX alone.

Notable choices:
- a bundle holds no Keras model, and needs none: what comes before the last layer stays as it is, bit by bit;
- the layer is found by what it is, the one product with a kernel of (d, 10) on the way to a softmax, not by its name.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.errors import BundleError, MissingExtraError

try:
    import onnx
    from onnx import numpy_helper
except ImportError as error:
    raise MissingExtraError(
        f"fine-tuning needs onnx ({error}); install it with: pip install 'handwritten-digits[train]'"
    ) from error

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LastLayer:
    """The last layer of a network: `softmax(features @ kernel + bias)` are its probabilities.

    Attributes:
        kernel: float32 (d, 10).
        bias: float32 (10,).
    """

    kernel: Floats
    bias: Floats
    _network: Any  # onnx.ModelProto
    _names: tuple[str, str, str]  # of what the layer is given, of its kernel, of its bias

    @classmethod
    def of(cls, network: bytes, name: str) -> "LastLayer":
        """The last layer of an ONNX network; `name` is for messages.

        Raises:
            BundleError: it ends in something else, such as sigmoids, or the mean of several networks.
        """
        model = onnx.load_from_string(network)
        makers = {output: node for node in model.graph.node for output in node.output}
        weights = {tensor.name: tensor for tensor in model.graph.initializer}
        softmax = _node(makers, "probabilities", "Softmax")
        add = _node(makers, softmax.input[0], "Add") if softmax else None
        for product, bias in (tuple(add.input), tuple(add.input)[::-1]) if add else ():
            multiply = _node(makers, product, "MatMul")
            if multiply and bias in weights and multiply.input[1] in weights:
                kernel = numpy_helper.to_array(weights[multiply.input[1]])
                if kernel.ndim == 2 and kernel.shape[1] == 10:
                    names = (multiply.input[0], multiply.input[1], bias)
                    return cls(kernel, numpy_helper.to_array(weights[bias]), model, names)
        raise BundleError(
            f"{name} cannot be fine-tuned: its last layer is no dense one with a softmax; expected a network as reader "
            "or cnn-best, not sigmoids and no ensemble"
        )

    def with_features(self) -> bytes:
        """The network, which also gives as `features` what its last layer is given."""
        model = onnx.ModelProto()
        model.CopyFrom(self._network)
        if "features" not in [output.name for output in model.graph.output]:
            model.graph.node.append(onnx.helper.make_node("Identity", [self._names[0]], ["features"]))
            shape = ["images", len(self.kernel)]
            model.graph.output.append(onnx.helper.make_tensor_value_info("features", onnx.TensorProto.FLOAT, shape))
        return bytes(model.SerializeToString())

    def replaced(self, kernel: Floats, bias: Floats) -> bytes:
        """The network with other weights in its last layer, of the same shapes."""
        model = onnx.ModelProto()
        model.CopyFrom(self._network)
        new = {self._names[1]: kernel, self._names[2]: bias}
        for tensor in model.graph.initializer:
            if tensor.name in new:
                values = new[tensor.name].astype(np.float32).reshape(tuple(tensor.dims))
                tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def _node(makers: dict[str, Any], output: str, kind: str) -> Any:  # noqa: ANN401  (onnx.NodeProto, or None)
    """The node that makes an output, if it is of this kind."""
    node = makers.get(output)
    return node if node is not None and node.op_type == kind else None
