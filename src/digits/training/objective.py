"""What a step of training makes smaller: the loss of the answers, and what a recipe adds to it."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from digits.training import networks
from digits.training.recipe import Recipe

Variables = list[jax.Array]


class Totals(NamedTuple):
    """Sums over the steps of an epoch so far."""

    loss: jax.Array
    penalty: jax.Array
    correct: jax.Array


class Objective:
    """A recipe's objective, as a function of a network's variables."""

    def __init__(self, recipe: Recipe, model: Any) -> None:  # noqa: ANN401 (keras.Model)
        self.recipe, self.model = recipe, model
        self.loss, self.digitness_loss = networks.build_loss(recipe), networks.build_digitness_loss()
        self.behind_scale: Any = networks.behind_scale(model) if recipe.training.virtual_adversarial else None

    def __call__(
        self,
        trainable: Variables,
        non_trainable: Variables,
        images: jax.Array,
        labels: jax.Array,
        taught: jax.Array | None,
    ) -> tuple[jax.Array, tuple[Variables, Totals]]:
        """What is made smaller; beside it the new non-trainable variables, and what to report.

        Args:
            trainable: the network's trainable variables, in Keras's order.
            non_trainable: the others.
            images: uint8 (n, 28, 28); those beyond the labels are non-digits.
            labels: of the first images.
            taught: a teacher's probabilities for them, float32 (labels, 10), where there is one.
        """
        before = non_trainable
        outputs, non_trainable, penalties = self.model.stateless_call(
            trainable, non_trainable, images, training=True, return_losses=True
        )
        digits = slice(len(labels))  # what follows them are non-digits
        answers = networks.probabilities_of(outputs)[digits]
        loss = self.loss(self._target(labels, taught), answers)
        penalty = sum(penalties, jnp.zeros(()))
        if self.recipe.training.virtual_adversarial:
            penalty += self._roughness(trainable, before, images[digits], answers)
        if len(images) > len(labels):
            is_digit = (jnp.arange(len(images)) < len(labels)).astype(jnp.float32)
            penalty += self.recipe.non_digits.weight * self.digitness_loss(is_digit, outputs["digitness"])
        correct = jnp.sum(jnp.argmax(answers, axis=-1) == labels)
        return loss + penalty, (non_trainable, Totals(loss, penalty, correct))

    def _roughness(
        self, trainable: Variables, non_trainable: Variables, images: jax.Array, output: jax.Array
    ) -> jax.Array:
        """How far the answers move when each image moves a little, in the direction in which they move most.

        Virtual adversarial training (Miyato et al. 2016): one step of the power method finds the direction; the
        distance is the Kullback-Leibler divergence from the answers as they are, which are held fixed.
        """
        pixels = images / jnp.float32(255)  # (n, 28, 28), as behind the network's own scaling
        fixed = lax.stop_gradient(output)

        def divergence(offset: jax.Array) -> jax.Array:
            outputs, _ = self.behind_scale.stateless_call(trainable, non_trainable, pixels + offset, training=True)
            moved = networks.probabilities_of(outputs)
            logarithms = jnp.log(jnp.maximum(fixed, 1e-7)) - jnp.log(jnp.maximum(moved, 1e-7))
            return jnp.mean(jnp.sum(fixed * logarithms, axis=-1))

        # any direction will do to begin with; this one follows from the batch, and so from the seed
        start = jax.random.normal(jax.random.key(jnp.sum(images, dtype=jnp.uint32)), pixels.shape)
        steepest = jax.grad(divergence)(0.1 * _directions(start))
        return divergence(self.recipe.training.virtual_adversarial * lax.stop_gradient(_directions(steepest)))

    def _target(self, labels: jax.Array, taught: jax.Array | None) -> jax.Array:
        """What the loss compares the output with: the labels, as integers or one-hot, mixed with what is taught."""
        if self.recipe.training.loss != "categorical_crossentropy":
            return labels
        one_hot = jax.nn.one_hot(labels, 10)
        if taught is None:
            return one_hot
        weight = self.recipe.distillation.weight
        return weight * taught + (1 - weight) * one_hot


def _directions(images: jax.Array) -> jax.Array:
    """Each image divided by its Euclidean length: float32 (n, 28, 28)."""
    length = jnp.sqrt(jnp.sum(images**2, axis=(1, 2), keepdims=True))
    return images / jnp.maximum(length, 1e-12)
