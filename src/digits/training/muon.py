"""Muon: momentum whose matrices are made nearly orthogonal before each step (Jordan et al. 2024).

A gradient's matrix has a few directions that outweigh all others; Muon steps equally far along all of them, which
brings a network further in few epochs. The kernels of the hidden layers are stepped so, those of convolutions as
matrices of window × inputs and outputs; biases, normalisation and the output layer by Adam.

Notable choices:
- it is Keras's own Muon, which leaves all kernels of convolutions to Adam: what is changed is which kernels it takes,
  and their shape;
- the Newton-Schulz iteration is a loop, not five copies of its body: the step compiles in three quarters of the time;
- steps are scaled as in Liu et al. 2025, so that one learning rate, of Adam's size, fits both halves.
"""

import math
from typing import Any

from digits.training.backend import keras


@keras.saving.register_keras_serializable(package="digits")
class Muon(keras.optimizers.Muon):  # type: ignore[misc]  # Keras ships no types
    """Keras's Muon, for the kernels of convolutions too."""

    def _should_use_adamw(self, variable: Any) -> bool:  # noqa: ANN401  (keras.Variable)
        return len(variable.shape) < 2 or "logit" in variable.path

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:  # noqa: ANN401  (a tensor of the backend)
        """The nearly orthogonal matrix nearest to a kernel's momentum, in the kernel's shape."""
        ops = keras.ops
        matrix = ops.reshape(x, (-1, x.shape[-1]))  # (window × inputs, outputs)
        is_tall = matrix.shape[0] > matrix.shape[1]
        matrix = ops.transpose(matrix) if is_tall else matrix  # the shorter side squared is less to multiply
        matrix = matrix / (ops.norm(matrix) + 1e-7)

        def iterate(_: Any, matrix: Any) -> Any:  # noqa: ANN401
            square = matrix @ ops.transpose(matrix)
            return self.muon_a * matrix + (self.muon_b * square + self.muon_c * square @ square) @ matrix

        matrix = ops.fori_loop(0, steps, iterate, matrix)
        return ops.reshape(ops.transpose(matrix) if is_tall else matrix, x.shape)

    def lr_adjust(self, x: Any) -> Any:  # noqa: ANN401
        """A step scaled so that its root mean square is `rms_rate` times the learning rate, as Adam's would be."""
        return x * (self.rms_rate * math.sqrt(max(math.prod(x.shape[:-1]), x.shape[-1])))
