"""Recipes: what ships is valid, TOML comes back as it went out, and every fault is one line that says where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits.errors import RecipeError
from digits.training.recipe import Recipe, load_recipe, parse_recipe, recipe_names

SHIPPED = {
    "linear-sigmoid": ([], "sigmoid", 5),
    "dense-100-sigmoid": ([100], "sigmoid", 5),
    "dense-128": ([128], "softmax", 10),
    "dense-128-64": ([128, 64], "softmax", 10),
    "dense-128-64-kaggle": ([128, 64], "softmax", 10),
    "dense-64-dropout": ([64], "softmax", 10),
    "dense-128-64-dropout": ([128, 64], "softmax", 10),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_classic_recipe_is_what_the_project_behind_it_trained(name):
    recipe = load_recipe(name)
    hidden, output, epochs = SHIPPED[name]
    assert (list(recipe.network.hidden), recipe.network.output, recipe.training.epochs) == (hidden, output, epochs)
    assert (recipe.training.optimizer, recipe.training.batch_size) == ("adam", 32)


@pytest.mark.parametrize("name", recipe_names())
def test_a_shipped_recipe_has_the_name_of_its_file_and_says_what_it_is(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description


def test_the_kaggle_recipe_holds_back_a_fifth_and_uses_one_hot_labels():
    recipe = load_recipe("dense-128-64-kaggle")
    assert (recipe.data.source, recipe.data.held_back(42_000)) == ("kaggle-split", 0.2)
    assert recipe.training.loss == "categorical_crossentropy"


def test_the_dropout_recipes_carry_l2_and_dropout():
    for name in ("dense-64-dropout", "dense-128-64-dropout"):
        assert (load_recipe(name).network.l2, load_recipe(name).network.dropout) == (1e-3, 0.2)


def test_mnist_holds_back_5000_digits_and_other_sources_a_tenth():
    recipe = load_recipe("dense-128-64")
    assert recipe.data.held_back(60_000) == 5_000
    assert recipe.data.held_back(4_000) == 0.1


recipes = st.builds(
    lambda network, training, validation: Recipe.model_validate(
        {"name": "any", "data": {"validation": validation}, "network": network, "training": training}
    ),
    network=st.fixed_dictionaries(
        {
            "hidden": st.lists(st.integers(1, 4096), max_size=4),
            "activation": st.sampled_from(["relu", "tanh", "gelu"]),
            "output": st.sampled_from(["softmax", "sigmoid"]),
            "l2": st.floats(0, 1),
            "dropout": st.floats(0, 0.99),
            "batch_norm": st.booleans(),
        }
    ),
    training=st.fixed_dictionaries(
        {
            "learning_rate": st.floats(1e-6, 10),
            "schedule": st.sampled_from(["constant", "linear", "cosine"]),
            "epochs": st.integers(1, 1000),
            "seed": st.integers(0, 2**31 - 1),
        }
    ),
    validation=st.one_of(st.just("standard"), st.integers(0, 50_000), st.floats(0.001, 0.999)),
)


@given(recipes)
def test_a_recipe_written_as_toml_reads_back_equal(recipe):
    assert parse_recipe(recipe.to_toml(), "any.toml") == recipe


def test_a_recipe_from_a_file_is_the_same_as_by_name(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(load_recipe("dense-128").to_toml())
    assert load_recipe(file) == load_recipe("dense-128")


def test_a_recipe_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        load_recipe("dense-128").training.epochs = 3


def test_settings_change_fields_and_take_bare_words():
    recipe = load_recipe("dense-128").override(
        ["training.epochs=3", "training.optimizer=sgd", "network.hidden=[32, 16]", "data.source=mnist"]
    )
    assert (recipe.training.epochs, recipe.training.optimizer, recipe.network.hidden) == (3, "sgd", (32, 16))
    assert recipe.data.source == "mnist"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("training.epoch=5", "unknown key 'training.epoch' (did you mean 'epochs'?)"),
        ("trainig.epochs=5", "unknown section 'trainig' (did you mean 'training'?)"),
        ("nme=other", "unknown key 'nme' (did you mean 'name'?)"),
        ("training.epochs=0", "training.epochs: input should be greater than 0; got 0"),
        ("training.optimizer=adm", "training.optimizer: input should be 'adam', 'adamw', 'sgd' or 'muon'; got 'adm'"),
        ("training.learning_rate=nan", "training.learning_rate: input should be a finite number; got nan"),
        ("data.validation=1.5", 'data.validation: expected a count, a share below 1, or "standard"; got 1.5'),
        ("network.hidden=[3,-1]", "network.hidden: input should be greater than 0; got -1"),
        ("network.kind=conv", "network.kind: expected one of dense, convolutional, ensemble; got 'conv'"),
        ("training.label_smoothing=0.1", 'label_smoothing needs loss = "categorical_crossentropy"'),
        ("training.momentum=0.9", 'momentum needs optimizer = "sgd" or "muon"'),
        ("training.weight_decay=0.1", 'weight_decay needs optimizer = "adamw", "sgd" or "muon"'),
        ("training.epochs", "expected section.field=value"),
        ("name=../../etc", "name:"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_in_one_line(setting, expected):
    with pytest.raises(RecipeError) as caught:
        load_recipe("dense-128").override([setting])
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_best_validation_needs_validation_digits():
    with pytest.raises(RecipeError, match=r"needs data\.validation above 0"):
        load_recipe("dense-128").override(["data.validation=0", "training.keep=best_validation"])


def test_an_unknown_recipe_is_refused_with_the_nearest_and_all_names():
    with pytest.raises(RecipeError, match=r"did you mean 'dense-128-64'\?.*linear-sigmoid"):
        load_recipe("dense-128-46")


def test_a_broken_toml_file_is_refused_with_its_name_and_line(tmp_path):
    file = tmp_path / "broken.toml"
    file.write_text('name = "x"\nepochs = = 3')
    with pytest.raises(RecipeError, match=r"broken\.toml: this is no valid TOML: .*line 2"):
        load_recipe(file)


def test_a_binary_file_is_refused(tmp_path):
    file = tmp_path / "picture.png"
    file.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(RecipeError, match="expected a recipe in TOML"):
        load_recipe(file)
