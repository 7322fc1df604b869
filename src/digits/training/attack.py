"""Digits changed on purpose so that a network errs: FGSM and PGD in the L∞ norm, by the gradients of a Keras model.

FGSM (Goodfellow, Shlens & Szegedy 2015) takes one step of size ε along the sign of the loss's gradient; PGD (Madry,
Makelov, Schmidt, Tsipras & Vladu 2018) starts at a random point within ε and takes 40 steps of ε/10, each brought back
to within ε. Both know the network entirely (white box). They look for the worst case, and may miss it.

Notable choices:
- what comes out are digits as everything else here takes them: uint8, no pixel changed by more than ε. So the bundle
  scores them like any digits, and no figure rests on values between two pixel values;
- the network takes uint8, which has no gradient: what lies behind its `scale` layer is a model of its own, on the same
  layers, and ends before the softmax, so that the gradient of a sure network does not drown in rounding;
- the steps are a Python loop over one compiled step: inside `lax.fori_loop` convolutions are ten times slower on a CPU.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from digits.training import networks
from digits.training.backend import keras, require_jax

Images = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]

PGD_STEPS = 40
PGD_STEP = 0.1
"""Size of a PGD step, as a share of ε: the way across the allowed cube is twenty steps long."""

BATCH = 500
"""Digits attacked at a time: bounds the memory of a convolutional network's gradients."""


class Attacker:
    """Attacks on one network. Its weights are read once and never changed."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401  (keras.Model)
        """Take a network as `networks.build` makes it (layers `scale`, first, and `logits`) or `networks.average`.

        Raises:
            WorkError: Keras does not run on JAX.
        """
        require_jax()
        networks = [_Differentiable(member) for member in _members(model)]
        self._variables = [network.variables for network in networks]
        self._step = jax.jit(_ascent([network.log_probabilities for network in networks]))

    def fgsm(self, images: Images, labels: Labels, epsilon: float) -> Images:
        """Each digit, uint8 (n, 28, 28), changed by at most `epsilon` (a share of full ink, 0 to 1) in one step."""
        return self._attack(images, labels, epsilon, start=lambda pixels: pixels, steps=1, size=epsilon)

    def pgd(self, images: Images, labels: Labels, epsilon: float, *, seed: int = 0) -> Images:
        """Each digit, as in `fgsm`, changed by at most `epsilon` in 40 steps; the same seed gives the same bits."""
        random = np.random.default_rng(seed)

        def start(pixels: Pixels) -> Pixels:
            return pixels + np.float32(epsilon) * (2 * random.random(pixels.shape, np.float32) - 1)

        return self._attack(images, labels, epsilon, start=start, steps=PGD_STEPS, size=PGD_STEP * epsilon)

    def _attack(
        self,
        images: Images,
        labels: Labels,
        epsilon: float,
        *,
        start: Callable[[Pixels], Pixels],
        steps: int,
        size: float,
    ) -> Images:
        attacked = np.empty_like(images)
        for first in range(0, len(images), BATCH):
            these = slice(first, first + BATCH)
            pixels = images[these].astype(np.float32) / np.float32(255)
            low, high = np.maximum(pixels - epsilon, 0), np.minimum(pixels + epsilon, 1)
            moved = np.clip(start(pixels), low, high)
            for _ in range(steps):
                moved = self._step(moved, self._variables, labels[these], size, low, high)
            attacked[these] = _rounded(np.asarray(moved), images[these], epsilon)
        return attacked


class _Differentiable:
    """What lies behind a network's `scale` layer: pixels, float32 (n, 28, 28), 0 to 1 → log probabilities (n, 10)."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401
        self._behind = keras.Model(model.get_layer("scale").output, model.get_layer("logits").output)
        self._sigmoid = networks.gives_sigmoids(model)
        kinds = (self._behind.trainable_variables, self._behind.non_trainable_variables)
        self.variables = [[variable.value for variable in kind] for kind in kinds]

    def log_probabilities(self, pixels: jax.Array, variables: Any) -> jax.Array:  # noqa: ANN401
        logits, _ = self._behind.stateless_call(*variables, pixels, training=False)  # (n, 10)
        if self._sigmoid:  # the probabilities are the sigmoids divided by their sum
            logits = jax.nn.log_sigmoid(logits)
        return jax.nn.log_softmax(logits)


def _members(model: Any) -> list[Any]:  # noqa: ANN401
    """The networks of an ensemble, or the one."""
    return [layer for layer in model.layers if isinstance(layer, keras.Model)] or [model]


def _ascent(networks: Sequence[Callable[[jax.Array, Any], jax.Array]]) -> Callable[..., jax.Array]:
    """One step up the loss of the mean probability: (pixels, variables, labels, size, low, high) → pixels."""

    def loss(pixels: jax.Array, variables: Any, labels: jax.Array) -> jax.Array:  # noqa: ANN401
        each = jnp.stack([log(pixels, own) for log, own in zip(networks, variables, strict=True)])  # (members, n, 10)
        mean = jax.nn.logsumexp(each, axis=0)  # its logarithm, but for a constant
        return -jnp.take_along_axis(mean, labels[:, jnp.newaxis].astype(int), axis=1).sum()

    def step(
        pixels: jax.Array,
        variables: Any,  # noqa: ANN401
        labels: jax.Array,
        size: float,
        low: jax.Array,
        high: jax.Array,
    ) -> jax.Array:
        gradient = jax.grad(loss)(pixels, variables, labels)
        return jnp.clip(pixels + size * jnp.sign(gradient), low, high)

    return step


def _rounded(pixels: Pixels, images: Images, epsilon: float) -> Images:
    """As uint8, changed by whole pixel values, at most ε."""
    most = int(np.floor(255 * epsilon + 1e-6))
    change = np.clip(np.rint(255 * pixels).astype(np.int16) - images, -most, most)
    rounded: Images = (images + change).astype(np.uint8)
    return rounded
