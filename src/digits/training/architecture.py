"""The families of networks that a recipe can ask for, each with the table of its layers; no Keras.

Notable choices:
- `network.kind` tells the families apart; a further family is a further class here and a function in `networks.py`;
- no max pooling: XLA's gradient of it is slow on a CPU, and an exported one is refused by ONNX Runtime. Strides and
  average pooling do its work;
- every table is counted here, by hand, and proven against Keras's own count in a test.
"""

import math
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Discriminator, Field, PositiveInt, Tag, model_validator

from digits.training.sections import Penalty, Rate, Section

PIXELS = 28 * 28

Activation = Literal["relu", "elu", "gelu", "leaky_relu", "selu", "sigmoid", "silu", "tanh"]
Output = Literal["softmax", "sigmoid"]


class Layer(NamedTuple):
    """A row of a network's table: what it is, what it gives for one image, and its parameters."""

    name: str
    shape: str
    parameters: int

    @property
    def values(self) -> int:
        """How many numbers it gives for one image."""
        return math.prod(int(side) for side in self.shape.split(" × "))


class DenseNetwork(Section):
    """Dense layers, each: kernel, batch normalisation if asked for, activation, dropout if asked for."""

    kind: Literal["dense"] = "dense"
    """The family."""

    hidden: tuple[PositiveInt, ...] = ()
    """Neurons of each hidden layer; none at all is a linear classifier."""

    activation: Activation = "relu"
    """Activation of the hidden layers."""

    output: Output = "softmax"
    """Activation of the ten outputs. Sigmoid outputs are divided by their sum in the loss and in the bundle."""

    l2: Penalty = 0.0
    """L2 penalty on the hidden kernels."""

    dropout: Rate = 0.0
    """Share of each hidden layer's outputs dropped in training."""

    input_dropout: Rate = 0.0
    """Share of the pixels dropped in training."""

    batch_norm: bool = False
    """Batch normalisation between kernel and activation of the hidden layers."""

    def layers(self) -> tuple[Layer, ...]:
        """What the network is made of, from the input on; counted here, and proven against Keras in a test."""
        dropped = f", dropout {self.input_dropout:g}" if self.input_dropout else ""
        rows = [Layer("images", "28 × 28", 0), Layer(f"scale, flatten{dropped}", str(PIXELS), 0)]
        rows += _dense_rows(self, PIXELS)
        return tuple(rows)


class Block(Section):
    """Convolutions of one width, each: kernel, batch normalisation if asked for, activation; then pooling, dropout."""

    filters: PositiveInt
    """Channels that each convolution of the block gives."""

    kernel: Annotated[int, Field(ge=1, le=28)] = 3
    """Side of the kernels, in pixels."""

    stride: Annotated[int, Field(ge=1, le=4)] = 1
    """Step of the first convolution, in pixels: 2 halves both sides of the image."""

    padding: Literal["same", "valid"] = "same"
    """`valid`: only where the kernel lies inside the image whole, so that each side shrinks; `same`: zeros around it.

    MNIST's digits have an empty margin: `valid` loses little of them, and saves much of the arithmetic.
    """

    convolutions: PositiveInt = 1
    """How many convolutions follow each other; only the first one strides."""

    residual: bool = False
    """Add the block's input before its last activation (He et al. 2015), through a 1×1 convolution if shapes differ."""

    pool: Annotated[int, Field(ge=1, le=28)] = 1
    """Side of the squares that are averaged after the convolutions, in pixels; 1 averages nothing."""

    dropout: Rate = 0.0
    """Share of the block's outputs dropped in training."""

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.residual and self.padding == "valid":
            raise ValueError('residual needs padding = "same": what is added must have the same size')
        return self

    def sides(self, entering: int) -> list[int]:
        """Side of the image behind each convolution, in pixels, where one of side `entering` comes in."""
        sides = []
        for place in range(self.convolutions):
            stride = self.stride if place == 0 else 1
            window = 1 if self.padding == "same" else self.kernel
            entering = (entering - window) // stride + 1
            sides.append(entering)
        return sides


class ConvolutionalNetwork(Section):
    """Blocks of convolutions, then averaging or flattening, then dense layers."""

    kind: Literal["convolutional"] = "convolutional"
    """The family."""

    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]
    """The convolutions, from the image on, as `[[network.blocks]]` tables."""

    head: Literal["average", "flatten"] = "average"
    """What becomes of the last block's image: the mean of each channel, or all its values."""

    hidden: tuple[PositiveInt, ...] = ()
    """Neurons of each dense layer between the blocks and the ten outputs."""

    activation: Activation = "relu"
    """Activation of the convolutions and the hidden layers."""

    output: Output = "softmax"
    """Activation of the ten outputs. Sigmoid outputs are divided by their sum in the loss and in the bundle."""

    l2: Penalty = 0.0
    """L2 penalty on all kernels but the last."""

    dropout: Rate = 0.0
    """Share dropped in training of what the head and each hidden layer give."""

    batch_norm: bool = True
    """Batch normalisation between kernel and activation."""

    @model_validator(mode="after")
    def _fits_the_image(self) -> Self:
        side = 28
        for number, block in enumerate(self.blocks, start=1):
            entering, side = side, block.sides(side)[-1]
            if side < 1:
                raise ValueError(f"block {number} leaves nothing of an image of {entering} pixels a side")
            if block.pool > side:
                raise ValueError(f"block {number} pools squares of {block.pool} pixels out of an image of {side}")
            side //= block.pool
        return self

    def layers(self) -> tuple[Layer, ...]:
        """What the network is made of, from the input on; counted here, and proven against Keras in a test."""
        rows = [Layer("images", "28 × 28", 0), Layer("scale, reshape", "28 × 28 × 1", 0)]
        side, channels = 28, 1
        for number, block in enumerate(self.blocks, start=1):
            rows += self._block_rows(number, block, side, channels)
            side, channels = block.sides(side)[-1] // block.pool, block.filters
        width = channels if self.head == "average" else side * side * channels
        dropped = f", dropout {self.dropout:g}" if self.dropout else ""
        rows.append(Layer(f"{self.head}{dropped}", str(width), 0))
        rows += _dense_rows(self, width)
        return tuple(rows)

    def _block_rows(self, number: int, block: Block, entering: int, channels: int) -> list[Layer]:
        rows, inputs = [], channels
        normalised = 4 * block.filters if self.batch_norm else 0
        for place, side in enumerate(block.sides(entering), start=1):
            shape = f"{side} × {side} × {block.filters}"
            step = f", stride {block.stride}" if block.stride > 1 and place == 1 else ""
            name = f"convolution {number}.{place}, {block.kernel}×{block.kernel}{step}"
            bias = 0 if self.batch_norm else block.filters
            rows.append(Layer(name, shape, block.kernel**2 * inputs * block.filters + bias))
            if self.batch_norm:
                rows.append(Layer(f"batch norm {number}.{place}", shape, normalised))
            if block.residual and place == block.convolutions:
                projection = 0
                if block.stride > 1 or channels != block.filters:
                    projection = channels * block.filters + (normalised or block.filters)
                rows.append(Layer(f"add input of block {number}", shape, projection))
            rows.append(Layer(self.activation, shape, 0))
            inputs = block.filters
        if block.pool > 1:
            pooled = side // block.pool
            rows.append(Layer(f"average {block.pool}×{block.pool}", f"{pooled} × {pooled} × {block.filters}", 0))
        return rows


class Ensemble(Section):
    """Trained networks, each from a recipe of its own; the ensemble's probabilities are the mean of theirs."""

    kind: Literal["ensemble"] = "ensemble"
    """The family."""

    members: Annotated[tuple[str, ...], Field(min_length=1)]
    """Recipes by name, each trained on the same digits (or found among the runs, where it was trained before)."""

    seeds: PositiveInt = 1
    """How often each recipe is trained: with the seeds from `training.seed` times this on."""

    @model_validator(mode="after")
    def _several(self) -> Self:
        if len(self.members) * self.seeds < 2:
            raise ValueError("an ensemble needs two members or more: name several recipes, or set seeds above 1")
        return self

    def layers(self) -> tuple[Layer, ...]:
        """The members; what they are made of stands in their own recipes."""
        rows = [Layer(f"{name}, {self.seeds} seeds", "10", 0) for name in self.members]
        return (Layer("images", "28 × 28", 0), *rows, Layer("mean", "10", 0))


def _dense_rows(network: "DenseNetwork | ConvolutionalNetwork", inputs: int) -> list[Layer]:
    """The hidden layers and the outputs, behind `inputs` values."""
    rows = []
    for number, width in enumerate(network.hidden, start=1):
        norm = network.batch_norm
        rows.append(Layer(f"dense {number}", str(width), inputs * width + (0 if norm else width)))
        if norm:
            rows.append(Layer(f"batch norm {number}", str(width), 4 * width))
        dropped = f", dropout {network.dropout:g}" if network.dropout else ""
        rows.append(Layer(f"{network.activation}{dropped}", str(width), 0))
        inputs = width
    return [*rows, Layer("dense (logits)", "10", inputs * 10 + 10), Layer(network.output, "10", 0)]


def _kind(network: Any) -> str:  # noqa: ANN401  (a table, or a network)
    kind = network.get("kind", "dense") if isinstance(network, dict) else getattr(network, "kind", "dense")
    return str(kind)


KINDS: dict[str, type[Section]] = {"dense": DenseNetwork, "convolutional": ConvolutionalNetwork, "ensemble": Ensemble}

Network = Annotated[
    Annotated[DenseNetwork, Tag("dense")]
    | Annotated[ConvolutionalNetwork, Tag("convolutional")]
    | Annotated[Ensemble, Tag("ensemble")],
    Discriminator(_kind),
]
