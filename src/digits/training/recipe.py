"""A Recipe says what to train: data, network, optimisation. Frozen, validated, TOML in and TOML out; no Keras.

Notable choices:
- an unknown key is refused with the nearest known name, and every error says where in the recipe it is;
- `--set training.epochs=5` goes through the same validation as the file;
- `network.kind` tells the families apart, so that a further family is a further class and nothing else.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

import tomli_w
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from digits.errors import RecipeError

DEFAULT_RECIPE = "dense-128-64"

MNIST_TRAINING_DIGITS = 60_000
MNIST_VALIDATION_DIGITS = 5_000

PIXELS = 28 * 28

Rate = Annotated[float, Field(ge=0, lt=1)]
Penalty = Annotated[float, Field(ge=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)


class Data(_Section):
    """Which digits, and how many of them are held back."""

    source: str = "sample"
    """Where the digits come from: a named source or a path."""

    validation: Literal["standard"] | Annotated[int, Field(ge=0)] | Rate = "standard"
    """Digits held back: a count, a share below 1, or `standard` (5,000 of MNIST's 60,000, else a tenth)."""

    def held_back(self, available: int) -> int | float:
        """What `Dataset.split_off` takes, for a training set of `available` digits."""
        if self.validation == "standard":
            return MNIST_VALIDATION_DIGITS if available == MNIST_TRAINING_DIGITS else 0.1
        return self.validation


class DenseNetwork(_Section):
    """Dense layers, each: kernel, batch normalisation if asked for, activation, dropout if asked for."""

    kind: Literal["dense"] = "dense"
    """The family."""

    hidden: tuple[PositiveInt, ...] = ()
    """Neurons of each hidden layer; none at all is a linear classifier."""

    activation: Literal["relu", "elu", "gelu", "leaky_relu", "selu", "sigmoid", "silu", "tanh"] = "relu"
    """Activation of the hidden layers."""

    output: Literal["softmax", "sigmoid"] = "softmax"
    """Activation of the ten outputs. Sigmoid outputs are divided by their sum in the loss and in the bundle."""

    l2: Penalty = 0.0
    """L2 penalty on the hidden kernels."""

    dropout: Rate = 0.0
    """Share of each hidden layer's outputs dropped in training."""

    batch_norm: bool = False
    """Batch normalisation between kernel and activation of the hidden layers."""

    def layers(self) -> tuple["Layer", ...]:
        """What the network is made of, from the input on; counted here, and proven against Keras in a test."""
        rows = [Layer("images", "28 × 28", 0), Layer("scale, flatten", str(PIXELS), 0)]
        inputs = PIXELS
        for number, width in enumerate(self.hidden, start=1):
            norm = self.batch_norm
            rows.append(Layer(f"dense {number}", str(width), inputs * width + (0 if norm else width)))
            if norm:
                rows.append(Layer(f"batch norm {number}", str(width), 4 * width))
            dropped = f", dropout {self.dropout:g}" if self.dropout else ""
            rows.append(Layer(f"{self.activation}{dropped}", str(width), 0))
            inputs = width
        return (*rows, Layer("dense (logits)", "10", inputs * 10 + 10), Layer(self.output, "10", 0))


class Layer(NamedTuple):
    """A row of a network's table: what it is, what it gives for one image, and its parameters."""

    name: str
    shape: str
    parameters: int


class Augmentation(_Section):
    """How the training digits are changed, anew at every step; validation and test digits never are."""

    shift: Annotated[int, Field(ge=0, le=8)] = 0
    """Pixels, 0 to 8: each digit is moved by a random whole number of them, down and across, each way up to this."""


class Training(_Section):
    """The optimisation."""

    loss: Literal["sparse_categorical_crossentropy", "categorical_crossentropy"] = "sparse_categorical_crossentropy"
    """Cross-entropy on integer labels, or on one-hot labels (which allows label smoothing)."""

    label_smoothing: Rate = 0.0
    """Share of each one-hot label spread evenly over all ten classes."""

    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    """Keras's optimiser of that name, with Keras's defaults for what is not set here; SGD uses Nesterov momentum."""

    learning_rate: PositiveFloat = 0.001
    """The (peak) learning rate."""

    schedule: Literal["constant", "linear", "cosine"] = "constant"
    """How the learning rate falls from its peak to zero at the last step."""

    warmup: Rate = 0.0
    """Share of all steps in which the learning rate rises linearly to its peak; with `linear`: one cycle."""

    momentum: Rate = 0.0
    """Nesterov momentum (sgd only)."""

    weight_decay: Penalty = 0.0
    """Decoupled weight decay (adamw and sgd only)."""

    epochs: PositiveInt = 10
    """Passes over the training digits."""

    batch_size: PositiveInt = 32
    """Digits a step."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Chooses the initial weights, the order of the digits, dropout and augmentation."""

    keep: Literal["last", "best_validation"] = "last"
    """Which epoch's network is kept."""

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.label_smoothing and self.loss != "categorical_crossentropy":
            raise ValueError('label_smoothing needs loss = "categorical_crossentropy"')
        if self.momentum and self.optimizer != "sgd":
            raise ValueError('momentum needs optimizer = "sgd"')
        if self.weight_decay and self.optimizer == "adam":
            raise ValueError('weight_decay needs optimizer = "adamw" or "sgd"')
        return self


class Recipe(_Section):
    """What to train, whole: a run can be repeated from it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    """Lower-case letters, digits, `-`, `_` and `.`."""

    description: str = ""
    """One line: what this network is."""

    rebuilds: str = ""
    """Which published project it rebuilds, and what that project leaves open."""

    data: Data = Data()
    network: DenseNetwork = DenseNetwork()
    augmentation: Augmentation = Augmentation()
    training: Training = Training()

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.training.keep == "best_validation" and self.data.validation == 0:
            raise ValueError('training.keep = "best_validation" needs data.validation above 0')
        return self

    def to_toml(self) -> str:
        """The recipe as TOML; `parse_recipe` reads it back to an equal one."""
        return tomli_w.dumps(self.model_dump(mode="json"))

    def override(self, settings: Iterable[str]) -> "Recipe":
        """A recipe with some fields changed, each given as `section.field=value` (the value in TOML or bare).

        Raises:
            RecipeError: a setting has no `=`, names an unknown field, or its value does not fit.
        """
        table = self.model_dump(mode="json")
        for setting in settings:
            key, separator, text = setting.partition("=")
            if not separator:
                raise RecipeError(f"--set {setting}: expected section.field=value, such as training.epochs=5")
            *sections, field = key.strip().split(".")
            target = table
            for section in sections:
                inner = target.get(section)
                if not isinstance(inner, dict):
                    raise RecipeError(f"--set {setting}: unknown section {section!r}{_nearest(section, _SECTIONS)}")
                target = inner
            target[field] = _parse_value(text.strip())
        return validate_recipe(table, "--set")


_SECTIONS = ["data", "network", "augmentation", "training"]


def recipe_names() -> list[str]:
    """The names of the recipes that ship, sorted."""
    return sorted(file.name.removesuffix(".toml") for file in _shipped().iterdir() if file.name.endswith(".toml"))


def load_recipe(recipe: "str | Path | Recipe" = DEFAULT_RECIPE) -> Recipe:
    """A recipe by the name of a shipped one, or by the path of a TOML file; a Recipe comes back as it is.

    Raises:
        RecipeError: there is no such recipe, or it is not valid.
    """
    if isinstance(recipe, Recipe):
        return recipe
    name = str(recipe)
    if name in recipe_names():
        return parse_recipe(_shipped().joinpath(f"{name}.toml").read_text("utf-8"), name)
    path = Path(recipe)
    if not path.is_file():
        names = recipe_names()
        raise RecipeError(
            f"there is no recipe {name!r}{_nearest(name, names)}; "
            f"give the path of a TOML file or one of: {', '.join(names)}"
        )
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: expected a recipe in TOML (UTF-8 text), cannot read it: {error}") from error
    return parse_recipe(text, str(path))


def parse_recipe(text: str, where: str) -> Recipe:
    """A recipe from TOML text; `where` names it in errors.

    Raises:
        RecipeError: the text is no TOML, a key is unknown, or a value does not fit.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{where}: this is no valid TOML: {error}") from error
    return validate_recipe(table, where)


def validate_recipe(table: Mapping[str, Any], where: str) -> Recipe:
    """A recipe from nested tables.

    Raises:
        RecipeError: a key is unknown, or a value does not fit; all faults in one line.
    """
    try:
        return Recipe.model_validate(table)
    except ValidationError as error:
        faults = "; ".join(dict.fromkeys(_explain(fault) for fault in error.errors(include_url=False)))
        raise RecipeError(f"{where}: {faults}") from error


def _explain(fault: Any) -> str:  # noqa: ANN401  (a dictionary of Pydantic's)
    location = [str(part) for part in fault["loc"]]
    path = ".".join(location[:2])  # deeper parts name Pydantic's union members
    if fault["type"] == "extra_forbidden":
        return f"unknown key {'.'.join(location)!r}{_nearest(location[-1], _known_keys(location[:-1]))}"
    if location[:2] == ["data", "validation"]:
        return f'data.validation: expected a count, a share below 1, or "standard"; got {fault["input"]!r}'
    message = str(fault["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if fault["type"] in ("missing", "value_error"):
        return f"{path}: {message}" if path else message
    return f"{path}: {message}; got {fault['input']!r}"


def _known_keys(location: list[str]) -> list[str]:
    model: type[BaseModel] = Recipe
    for part in location:
        inner = model.model_fields[part].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        model = inner
    return list(model.model_fields)


def _nearest(name: str, known: Iterable[str]) -> str:
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def _parse_value(text: str) -> Any:  # noqa: ANN401  (any TOML value)
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text  # a bare word, as a shell user types it: training.optimizer=sgd


def _shipped() -> Traversable:
    return files("digits").joinpath("recipes")
