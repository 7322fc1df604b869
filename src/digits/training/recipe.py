"""A Recipe says what to train: data, network, optimisation. Frozen, validated, TOML in and TOML out; no Keras.

Notable choices:
- an unknown key is refused with the nearest known name, and every error says where in the recipe it is;
- `--set training.epochs=5` goes through the same validation as the file;
- the networks themselves are described in `architecture.py`.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Self

import tomli_w
from pydantic import BaseModel, Field, ValidationError, model_validator

from digits.errors import RecipeError
from digits.training.architecture import KINDS, Block, DenseNetwork, Ensemble, Layer, Network
from digits.training.sections import Augmentation, Data, Distillation, NonDigits, Section, Training

DEFAULT_RECIPE = "dense-128-64"


class Recipe(Section):
    """What to train, whole: a run can be repeated from it."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    """Lower-case letters, digits, `-`, `_` and `.`."""

    description: str = ""
    """One line: what this network is."""

    rebuilds: str = ""
    """Which published project it rebuilds, and what that project leaves open."""

    data: Data = Data()
    network: Network = DenseNetwork()
    augmentation: Augmentation = Augmentation()
    distillation: Distillation = Distillation()
    non_digits: NonDigits = NonDigits()
    training: Training = Training()

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.training.keep == "best_validation" and self.data.validation == 0:
            raise ValueError('training.keep = "best_validation" needs data.validation above 0')
        if self.distillation.teacher and self.training.loss != "categorical_crossentropy":
            raise ValueError('distillation.teacher needs training.loss = "categorical_crossentropy"')
        if self.non_digits.share and isinstance(self.network, Ensemble):
            raise ValueError("non_digits.share above 0 needs a dense or convolutional network: an ensemble trains none")
        return self

    def layers(self) -> tuple[Layer, ...]:
        """What the network is made of, from the input on: its own table, and the row of the digitness if it has one."""
        rows = self.network.layers()
        if not self.non_digits.share:
            return rows
        *before, logits, answer = rows
        digitness = Layer("dense, sigmoid (digitness)", "1", logits.parameters // 10)  # one output on the same features
        return (*before, logits, answer, digitness)

    def needed(self) -> "list[Recipe]":
        """What must be trained before this: an ensemble's members, or the teacher; on the same digits.

        An ensemble of seed 1 shares no member with that of seed 0: its seeds begin where those of the other end.

        Raises:
            RecipeError: there is no such recipe.
        """
        names, seeds = [self.distillation.teacher] if self.distillation.teacher else [], None
        if isinstance(self.network, Ensemble):
            first = self.training.seed * self.network.seeds
            names, seeds = list(self.network.members), range(first, first + self.network.seeds)
        recipes = [load_recipe(name).model_copy(update={"data": self.data}) for name in names]
        if seeds is None:
            return recipes
        return [recipe.override([f"training.seed={seed}"]) for recipe in recipes for seed in seeds]

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


_SECTIONS = ["data", "network", "augmentation", "distillation", "non_digits", "training"]


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
        found = error.errors(include_url=False)
        told = [fault for fault in found if not (fault["type"] == "too_short" and len(found) > 1)]  # a consequence
        faults = "; ".join(dict.fromkeys(_explain(fault) for fault in told))
        raise RecipeError(f"{where}: {faults}") from error


def _explain(fault: Any) -> str:  # noqa: ANN401  (a dictionary of Pydantic's)
    location = [str(part) for part in fault["loc"]]
    kind = DenseNetwork.model_fields["kind"].default
    if location[:1] == ["network"] and len(location) > 1 and location[1] in KINDS:
        kind = location.pop(1)  # Pydantic names the family, the recipe's file has no such table
    path = ".".join(location if "blocks" in location else location[:2])  # deeper parts name Pydantic's union members
    if fault["type"] == "extra_forbidden":
        return f"unknown key {'.'.join(location)!r}{_nearest(location[-1], _known_keys(location[:-1], kind))}"
    if fault["type"] == "union_tag_invalid":
        return f"network.kind: expected one of {', '.join(KINDS)}; got {fault['ctx']['tag']!r}"
    if location[:2] == ["data", "validation"]:
        return f'data.validation: expected a count, a share below 1, or "standard"; got {fault["input"]!r}'
    message = str(fault["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if fault["type"] in ("missing", "value_error"):
        return f"{path}: {message}" if path else message
    return f"{path}: {message}; got {fault['input']!r}"


def _known_keys(location: list[str], kind: str) -> list[str]:
    model: type[BaseModel] = Recipe
    if location[:1] == ["network"]:
        model, location = (Block, []) if "blocks" in location else (KINDS[kind], location[1:])
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
