"""Trained networks become one: an ensemble, whose probabilities are the mean of its members'.

The members are runs of their own, beside the ensemble's; what is made of them here is one `keras.Model`, which is
exported, proven and evaluated as any other.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from digits.atomic import whole_file
from digits.data.dataset import Dataset
from digits.training import networks
from digits.training.export import load_model
from digits.training.run import Run


def combine(run: Run, dataset: Dataset, members: Sequence[Run]) -> Any:  # noqa: ANN401  (keras.Model)
    """Leave the ensemble of `members`, complete runs, in `run`: its network, and its answers to the validation digits.

    Raises:
        RunError: a member has no network, or a damaged one.
    """
    recipe = run.recipe
    model = networks.average([load_model(member) for member in members], recipe.name)
    with whole_file(run.model_file) as temporary:
        model.save(temporary)
    _, validation = dataset.split_off(recipe.data.held_back(len(dataset)))
    if validation is not None:
        parts = np.array_split(validation.images, max(1, len(validation) // 500))
        probabilities = np.concatenate([np.asarray(model(part), dtype=np.float32) for part in parts])
        run.write_predictions("validation", probabilities, validation)
    run.log(f"combined {', '.join(member.name for member in members)}")
    return model
