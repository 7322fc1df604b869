"""Hand-written JAX, as the limit: one `lax.scan` an epoch over a hand-written Adam step, log-softmax, no framework.

Notable choices:
- the training digits stay on the device as uint8 and are gathered and scaled by the step, as ours do; scaled
  beforehand, an epoch gathers four times the bytes;
- the digits are arguments of the compiled function, and the state is donated to it;
- it keeps the loss of the epoch, and nothing else: no progress, no files, no resuming.
"""

from itertools import pairwise
from typing import NamedTuple

import contract
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7  # Keras's defaults
SIZES = (784, 128, 64, 10)


class State(NamedTuple):
    """What a step changes. Each but `step` is a list: kernel, bias, kernel, bias …"""

    parameters: list
    momenta: list
    velocities: list
    step: jax.Array


def first_state(seed: int) -> State:
    """Glorot-uniform kernels and zero biases."""
    random = np.random.default_rng(seed)
    parameters = []
    for inputs, outputs in pairwise(SIZES):
        limit = np.sqrt(6 / (inputs + outputs))
        kernel = random.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)
        parameters += [jnp.asarray(kernel), jnp.zeros(outputs)]
    zeros = [jnp.zeros_like(parameter) for parameter in parameters]
    return State(parameters, zeros, [jnp.copy(zero) for zero in zeros], jnp.zeros(()))


def logits(parameters, images):
    """uint8 (n, 28, 28) → float32 (n, 10)."""
    hidden = images.reshape(len(images), 784).astype(jnp.float32) / 255
    for kernel, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        hidden = jax.nn.relu(hidden @ kernel + bias)
    return hidden @ parameters[-2] + parameters[-1]


def mean_loss(parameters, images, labels):
    """Cross-entropy."""
    log_probabilities = jax.nn.log_softmax(logits(parameters, images))
    return -jnp.mean(jnp.take_along_axis(log_probabilities, labels[:, None], axis=1))


def train_step(state: State, images, labels) -> tuple[State, jax.Array]:
    """One step of Adam."""
    loss, gradients = jax.value_and_grad(mean_loss)(state.parameters, images, labels)
    step = state.step + 1
    rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)
    momenta = [m + (g - m) * (1 - BETA_1) for m, g in zip(state.momenta, gradients, strict=True)]
    velocities = [v + (g * g - v) * (1 - BETA_2) for v, g in zip(state.velocities, gradients, strict=True)]
    parameters = [
        p - rate * m / (jnp.sqrt(v) + EPSILON) for p, m, v in zip(state.parameters, momenta, velocities, strict=True)
    ]
    return State(parameters, momenta, velocities, step), loss


def train_epoch(state: State, images, labels, order) -> tuple[State, jax.Array]:
    """One epoch: order int32 (steps, batch) says which digits each step sees."""
    state, losses = lax.scan(lambda state, chosen: train_step(state, images[chosen], labels[chosen]), state, order)
    return state, jnp.mean(losses)


def main() -> None:
    options = contract.make_parser(__doc__).parse_args()
    digits = contract.load_digits(options.data)
    clock = contract.Clock(options.target)

    images, labels = jnp.asarray(digits.training_images), jnp.asarray(digits.training_labels.astype(np.int32))
    validation_images = jnp.asarray(digits.validation_images)
    validation_labels = jnp.asarray(digits.validation_labels)
    state = first_state(options.seed)
    random = np.random.default_rng(options.seed)
    compiled_epoch = jax.jit(train_epoch, donate_argnums=0)
    validate = jax.jit(lambda parameters, images, labels: jnp.mean(logits(parameters, images).argmax(1) == labels))
    steps = -(-len(labels) // options.batch_size)

    clock.start()
    for _ in range(options.epochs):
        order = np.resize(random.permutation(len(labels)).astype(np.int32), (steps, options.batch_size))
        state, loss = compiled_epoch(state, images, labels, order)
        assert np.isfinite(float(loss)), "the training diverged"
        if clock.end_epoch(validate(state.parameters, validation_images, validation_labels)):
            break
    clock.report("jax", "numpy")


if __name__ == "__main__":
    main()
