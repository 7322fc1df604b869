"""Convolutional networks keep every promise that the dense ones keep: counted, resumed, exported, reproducible."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tomli_w

from digits.errors import Interrupted, RecipeError
from digits.training import engine, export, networks
from digits.training.backend import keras
from digits.training.environment import describe
from digits.training.recipe import Recipe, load_recipe, parse_recipe
from digits.training.run import Run
from digits.training.trainer import Trainer

BLOCKS = [
    {"filters": 6, "kernel": 5, "stride": 2},
    {"filters": 8, "stride": 2, "convolutions": 2, "residual": True, "dropout": 0.1},
    {"filters": 8, "residual": True, "pool": 2},
]
WHOLE = {
    "name": "all-at-once",
    "network": {
        "kind": "convolutional",
        "blocks": BLOCKS,
        "hidden": [12],
        "dropout": 0.2,
        "l2": 1e-4,
        "activation": "silu",
    },
    "augmentation": {"shift": 1, "rotation": 10, "scale": 0.1, "elastic": 0.5, "stroke": 0.3, "noise": 0.1},
    "training": {
        "loss": "categorical_crossentropy",
        "label_smoothing": 0.1,
        "optimizer": "adamw",
        "weight_decay": 0.01,
        "learning_rate": 0.01,
        "schedule": "linear",
        "warmup": 0.2,
        "average": 0.9,
        "epochs": 3,
        "batch_size": 64,
    },
}


def recipe_with(**network):
    return Recipe.model_validate({**WHOLE, "network": {**WHOLE["network"], **network}})


def new_run(path, recipe, dataset):
    return Run.create(path, recipe, describe(dataset, "cpu"))


def identical(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    "network",
    [
        {},
        {"batch_norm": False},
        {"head": "flatten", "hidden": []},
        {"blocks": [{"filters": 3, "residual": True}, {"filters": 3, "residual": True}], "batch_norm": False},
        {"blocks": [{"filters": 4, "kernel": 4, "stride": 3, "pool": 3, "convolutions": 3}]},
        {"blocks": [{"filters": 4, "kernel": 4, "stride": 2, "padding": "valid", "convolutions": 3}, {"filters": 3}]},
    ],
)
def test_the_table_of_layers_counts_as_keras_does(network):
    recipe = recipe_with(**network)
    model = networks.build(recipe)
    assert sum(layer.parameters for layer in recipe.network.layers()) == model.count_params()
    shapes = [layer.shape for layer in recipe.network.layers() if layer.name.startswith("convolution")]
    outputs = [layer.output.shape[1:] for layer in model.layers if layer.name.startswith("convolution")]
    assert shapes == [" × ".join(map(str, shape)) for shape in outputs]


def test_a_recipe_of_blocks_reads_back_from_its_own_toml():
    recipe = recipe_with()
    assert parse_recipe(recipe.to_toml(), "again") == recipe


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({"blocks": []}, "network.blocks: tuple should have at least 1 item"),
        ({"blocks": [{"filters": 3, "kernal": 3}]}, "unknown key 'network.blocks.0.kernal' (did you mean 'kernel'?)"),
        ({"blocks": [{"filters": 0}]}, "network.blocks.0.filters: input should be greater than 0; got 0"),
        (
            {"blocks": [{"filters": 3, "stride": 4, "pool": 8}]},
            "block 1 pools squares of 8 pixels out of an image of 7",
        ),
        (
            {"blocks": [{"filters": 3, "stride": 4}, {"filters": 3, "padding": "valid", "convolutions": 4}]},
            "block 2 leaves nothing of an image of 7 pixels a side",
        ),
        (
            {"blocks": [{"filters": 3, "padding": "valid", "residual": True}]},
            'residual needs padding = "same": what is added must have the same size',
        ),
        ({"haed": "flatten"}, "unknown key 'network.haed' (did you mean 'head'?)"),
    ],
)
def test_a_fault_in_the_blocks_is_one_line_that_says_where(network, expected):
    table = {"name": "x", "network": {"kind": "convolutional", "blocks": BLOCKS, **network}}
    with pytest.raises(RecipeError) as caught:
        parse_recipe(tomli_w.dumps(table), "mine.toml")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_resumed_run_ends_bit_identical_with_an_uninterrupted_one(small, tmp_path):
    recipe = recipe_with()
    whole = engine.train(recipe, small, new_run(tmp_path / "whole", recipe, small)).get_weights()
    run = new_run(tmp_path / "stopped", recipe, small)

    def stop_in_epoch_3(progress):
        if progress.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped after 2 of 3 epochs"):
        engine.train(recipe, small, run, on_progress=stop_in_epoch_3)
    assert identical(engine.train(recipe, small, Run(run.path)).get_weights(), whole)


def test_all_of_it_survives_the_export(small, tmp_path):
    recipe = recipe_with().override(["training.epochs=1"])
    run = new_run(tmp_path / "run", recipe, small)
    engine.train(recipe, small, run)
    assert export.export(run).is_dir()  # proves equality itself


def test_on_a_cpu_convolutions_run_a_step_at_a_time_and_end_where_the_fused_loop_does(small, monkeypatch):
    recipe = recipe_with()
    single = Trainer(recipe, small)
    assert single._fuses() == (jax.default_backend() != "cpu")
    monkeypatch.setattr(Trainer, "_fuses", lambda self: True)
    fused = Trainer(recipe, small)
    for trainer in (single, fused):
        for _ in trainer.run_epoch(1):
            pass
    for ours, theirs in zip(single.weights.trainable, fused.weights.trainable, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-2, atol=2e-3)


def test_a_residual_block_of_no_weight_passes_its_input_on():
    recipe = recipe_with(
        blocks=[{"filters": 4}, {"filters": 4, "convolutions": 2, "residual": True}],
        batch_norm=False,
        activation="relu",
    )
    model = networks.build(recipe)
    for place in (1, 2):
        layer = model.get_layer(f"convolution_2_{place}")
        layer.set_weights([np.zeros_like(value) for value in layer.get_weights()])
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28)).astype(np.uint8)
    outputs = [model.get_layer(name).output for name in ("relu_1_1", "relu_2_2")]
    before, after = keras.Model(model.input, outputs)(images)
    np.testing.assert_array_equal(before, after)


def test_the_average_that_is_kept_follows_the_weights(small):
    slow, none = (Trainer(recipe_with().override([f"training.average={decay}"]), small) for decay in (0.9, 0.0))
    for trainer in (slow, none):
        for _ in trainer.run_epoch(1):
            pass
    assert none.weights.average == []
    assert identical(slow.weights.trainable, none.weights.trainable)  # averaging changes nothing but what is kept
    kept, _ = slow._kept()
    assert not identical(kept, slow.weights.trainable)
    slow.write_back()
    assert np.array_equal(slow.model.trainable_variables[0].value, kept[0])


def test_the_average_begins_as_a_plain_mean(small):
    trainer = Trainer(recipe_with().override(["training.average=0.999"]), small)
    seen = []
    for chosen in trainer.order(1)[:3]:
        trainer.weights, _ = trainer.step(trainer.weights, trainer.images[chosen], trainer.labels[chosen])
        seen.append(np.asarray(trainer.weights.trainable[0]))
    kept = np.asarray(trainer._kept()[0][0])
    assert np.abs(kept - seen[-1]).max() < np.abs(seen[0] - seen[-1]).max() + 1e-3


def test_virtual_adversarial_training_costs_penalty_and_smooths_the_answers(small):
    plain = load_recipe("dense-128").override(["network.hidden=[32]", "training.learning_rate=0.01"])
    smooth = plain.override(["training.virtual_adversarial=2.0"])
    rough = {}
    for name, recipe in {"plain": plain, "smooth": smooth}.items():
        trainer = Trainer(recipe, small)
        for epoch in (1, 2, 3, 4):
            *_, (_, totals) = trainer.run_epoch(epoch)
        weights, judge = trainer.weights, Trainer(smooth, small)
        output, _ = judge.model.stateless_call(weights.trainable, weights.non_trainable, small.images[:200])
        rough[name] = float(
            judge.objective._roughness(
                weights.trainable, weights.non_trainable, jnp.asarray(small.images[:200]), output
            )
        )
        assert (float(totals.penalty) > 0) == (name == "smooth")
    assert rough["smooth"] < 0.5 * rough["plain"]


def test_mixed_precision_keeps_float32_weights_and_a_float32_network(small, tmp_path):
    recipe = recipe_with().override(["training.precision=mixed_bfloat16", "training.epochs=1"])
    assert {layer.compute_dtype for layer in networks.build(recipe, "mixed_bfloat16").layers} == {"bfloat16", "float32"}
    run = new_run(tmp_path / "run", recipe, small)
    model = engine.train(recipe, small, run)
    assert {str(variable.dtype) for variable in model.trainable_variables} == {"float32"}
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert export.export(run).is_dir()
