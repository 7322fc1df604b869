"""Networks: plain Keras models with the parameters that the textbooks count, reproducible from their seed."""

import numpy as np
import pytest

from digits.training import networks
from digits.training.recipe import load_recipe, recipe_names

PARAMETERS = {
    "linear-sigmoid": 7_850,
    "dense-100-sigmoid": 79_510,
    "dense-128": 101_770,
    "dense-128-64": 100_480 + 8_256 + 650,
    "dense-128-64-kaggle": 109_386,
    "dense-64-dropout": 50_890,
    "dense-128-64-dropout": 109_386,
}

BUILT = [name for name in recipe_names() if load_recipe(name).network.kind != "ensemble"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_classic_network_has_the_known_number_of_parameters(name):
    assert networks.build(load_recipe(name)).count_params() == PARAMETERS[name]


@pytest.mark.parametrize("name", BUILT)
def test_the_description_of_a_recipe_states_its_parameters(name):
    recipe = load_recipe(name)
    assert f"{networks.build(recipe).count_params():,} parameters" in recipe.description


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("name", BUILT)
def test_the_table_of_layers_counts_as_keras_does(name, batch_norm):
    recipe = load_recipe(name).override([f"network.batch_norm={str(batch_norm).lower()}"])
    assert sum(layer.parameters for layer in recipe.layers()) == networks.build(recipe).count_params()


def test_the_table_of_the_textbook_network_reads_as_in_the_textbook():
    rows = [layer.parameters for layer in load_recipe("dense-128-64").network.layers() if layer.parameters]
    assert rows == [100_480, 8_256, 650]


def test_a_network_takes_raw_uint8_images_and_scales_them_itself():
    model = networks.build(load_recipe("dense-128"))
    assert (model.input.name, model.input.dtype, model.input.shape) == ("images", "uint8", (None, 28, 28))
    white = np.full((1, 28, 28), 255, np.uint8)
    assert np.asarray(model.get_layer("scale")(white)).max() == 1.0


def test_softmax_rows_sum_to_one_and_sigmoid_rows_do_not():
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    softmax = np.asarray(networks.build(load_recipe("dense-128"))(images))
    sigmoid = np.asarray(networks.build(load_recipe("linear-sigmoid"))(images))
    assert np.allclose(softmax.sum(axis=1), 1)
    assert not np.allclose(sigmoid.sum(axis=1), 1)


def test_the_seed_decides_the_initial_weights():
    recipe = load_recipe("dense-128-64")
    first, again = networks.build(recipe).get_weights(), networks.build(recipe).get_weights()
    other = networks.build(recipe.override(["training.seed=1"])).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_layers_with_the_same_shape_start_with_different_weights():
    weights = networks.build(load_recipe("dense-128").override(["network.hidden=[64, 64, 64]"])).get_weights()
    assert not np.array_equal(weights[2], weights[4])


def test_l2_is_on_the_hidden_kernels_only():
    model = networks.build(load_recipe("dense-128-64-dropout"))
    penalised = [layer.name for layer in model.layers if getattr(layer, "kernel_regularizer", None)]
    assert penalised == ["dense_1", "dense_2"]
    assert all(layer.bias_regularizer is None for layer in model.layers if layer.name in penalised)


@pytest.mark.parametrize("shape", ["constant", "linear", "cosine"])
def test_a_schedule_rises_to_its_peak_and_falls_to_zero(shape):
    recipe = load_recipe("dense-128").override(
        [f"training.schedule={shape}", "training.warmup=0.25", "training.learning_rate=0.5"]
    )
    rates = [networks.learning_rate_at(recipe, 100, step) for step in range(101)]
    assert rates[0] < 0.1
    assert max(rates) == pytest.approx(0.5, rel=0.02)
    assert rates[:26] == sorted(rates[:26])
    assert rates[100] == pytest.approx(0.5 if shape == "constant" else 0, abs=1e-6)


def test_without_schedule_the_learning_rate_is_constant():
    assert networks.learning_rate_at(load_recipe("dense-128"), 100, 99) == 0.001
