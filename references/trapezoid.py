"""A training whose learning rate is constant and then falls to nothing, a "trapezoid", and that can be stopped.

A folder keeps the state of the last step that was kept, and of the last one before the rate fell: a longer training
goes on from there instead of beginning anew.
"""

import io
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from digits.atomic import write_whole

STATE, BEFORE = "state.pt", "before-cooling.pt"
"""Files of a run: of the last step that was kept, and of the last before the rate fell."""

RATE = 2e-3
"""The learning rate between its rise and its fall."""

DECAY = 0.02
"""Weight decay."""

CLIPPED = 2.0
"""The largest norm of a gradient."""


class Trapezoid:
    """A network in training: its optimiser (AdamW), its average, how far it is.

    Attributes:
        network: what learns.
        averaged: its running average, which is what ships.
        steps: of the whole training.
        done: steps done.
        cooling_from: the step from which on the rate falls.
    """

    def __init__(
        self, folder: Path, averaged: AveragedModel, network: nn.Module, *, steps: int, cooled: float, warm_up: int
    ) -> None:
        """A training in a folder, from the state that it keeps on.

        Args:
            folder: where states are kept.
            averaged: of the network, as its average is wanted.
            network: what learns.
            steps: of the whole training.
            cooled: the share of the steps in which the rate falls.
            warm_up: steps in which it rises.
        """
        self.folder, self.network, self.averaged = folder, network, averaged
        self.steps, self.warm_up, self.done = steps, warm_up, 0
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
        self.cooling_from = round((1 - cooled) * steps)
        self._resume()

    @property
    def is_worth_keeping(self) -> bool:
        """Whether the training is at its end, or the rate is about to fall."""
        return self.done in {self.steps, self.cooling_from}

    def learn(self, loss: Tensor) -> None:
        """One step down a loss."""
        falling = (self.steps - self.done) / (self.steps - self.cooling_from)
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (self.done + 1) / self.warm_up, falling)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIPPED)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        self.done += 1

    def keep(self) -> None:
        """Write the state, whole or not at all."""
        state = {name: part.state_dict() for name, part in self._parts().items()}
        content = io.BytesIO()
        torch.save({**state, "done": self.done, "random": torch.get_rng_state()}, content)
        for name in (STATE, BEFORE) if self.done <= self.cooling_from else (STATE,):
            write_whole(self.folder / name, content.getvalue())

    def _resume(self) -> None:
        files = [self.folder / name for name in (STATE, BEFORE)]
        if not all(file.is_file() for file in files):
            return
        kept, before = (torch.load(file, weights_only=True) for file in files)
        if kept["done"] > before["done"] and self.cooling_from > before["done"]:
            kept = before  # a longer training
        for name, part in self._parts().items():
            part.load_state_dict(kept[name])
        self.done = kept["done"]
        if "random" in kept:
            torch.set_rng_state(kept["random"])

    def _parts(self) -> dict[str, Any]:
        return {"network": self.network, "averaged": self.averaged, "optimizer": self.optimizer}
