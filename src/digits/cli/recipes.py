"""`digits recipes`: what there is to train."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.atomic import whole_file
from digits.cli.app import AsJson, app

if TYPE_CHECKING:
    from digits.training.recipe import Recipe

recipes_app = typer.Typer(help="List the recipes that ship, or show one.", rich_markup_mode=None)
app.add_typer(recipes_app, name="recipes")


@recipes_app.callback(invoke_without_command=True)
def recipes(context: typer.Context, as_json: AsJson = False) -> None:
    """List the recipes that ship, or show one."""
    if context.invoked_subcommand:
        return
    from digits.training.recipe import load_recipe, recipe_names

    found = [load_recipe(name) for name in recipe_names()]
    if as_json:
        print(json.dumps({"recipes": [recipe.model_dump(mode="json") for recipe in found]}))
    else:
        print(
            terminal.table(
                ["recipe", "epochs", "network"],
                [[recipe.name, str(recipe.training.epochs), recipe.description] for recipe in found],
            )
        )


@recipes_app.command("show")
def show_recipe(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe that ships, or a TOML file.")],
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Draw what its augmentation makes of ten digits.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a recipe as TOML, with every field: a start for one of your own.

    The table of its layers goes to standard error, so that the TOML can be sent into a file.
    """
    from digits.training.recipe import load_recipe

    found = load_recipe(recipe)
    if picture:
        _draw_augmentation(found, picture)
    if as_json:
        print(json.dumps(found.model_dump(mode="json")))
        return
    print(found.to_toml(), end="")
    layers = found.layers()
    rows = [[layer.name, layer.shape, f"{layer.parameters:,}" if layer.parameters else ""] for layer in layers]
    total = f"{sum(layer.parameters for layer in layers):,}"
    terminal.say("\n" + terminal.table(["layer", "gives", "parameters"], [*rows, ["in all", "", total]]))


def _draw_augmentation(recipe: "Recipe", file: Path) -> None:
    """Ten digits of the sample, and six drawings each of what the network is shown in their place."""
    import jax
    import numpy as np

    from digits.data.sources import load_dataset
    from digits.evaluation.figures.augmenting import variants
    from digits.training.augment import augment

    sample = load_dataset("sample", "test")
    originals = sample.images[[int(np.argmax(sample.labels == digit)) for digit in range(10)]]
    shown = jax.numpy.asarray(originals)
    labels = jax.numpy.arange(10)
    changed = [np.asarray(augment(recipe.augmentation, shown, jax.random.key(number), labels)) for number in range(6)]
    with whole_file(file) as temporary:
        variants(originals, np.stack(changed), title=f"{recipe.name}: what its training digits look like").savefig(
            temporary, format="png"
        )
