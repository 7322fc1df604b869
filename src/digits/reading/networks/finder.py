"""The finder's network on ONNX Runtime: a grey page → maps of where marks of written numbers are.

`models/finder/` holds `model.onnx` and `config.json`, which says how the maps lie on the page and which thresholds were
chosen for them. What the network is and how it was made: `references/finder/`.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import onnxruntime

from digits.errors import BundleError
from digits.reading.networks.classifier import run_options

FOLDER = Path(__file__).parents[2] / "models" / "finder"
FORMAT, FORMAT_VERSION = "handwritten-digits finder", 1


@dataclass(frozen=True, eq=False)
class Maps:
    """What the network says of a page.

    Attributes:
        digit: how sure it is of a digit's core, float32 (height / stride, width / stride), 0 to 1.
        sign: of a sign's core, likewise.
        joint: that two marks of one number are joined here, likewise.
        edges: pixels to the left, top, right and bottom edge of the mark that is here, float32
            (4, height / edge_stride, width / edge_stride).
    """

    digit: npt.NDArray[np.float32]
    sign: npt.NDArray[np.float32]
    joint: npt.NDArray[np.float32]
    edges: npt.NDArray[np.float32]


class Finder:
    """A page → Maps. Safe to use from several threads.

    Attributes:
        config: the contents of `config.json`.
        stride, edge_stride: pixels of the page for one cell of the maps, and of the distances.
        border: pixels of plain grey that the network expects around a picture.
    """

    def __init__(self, network: bytes, config: dict[str, Any]) -> None:
        """Start the network in an ONNX file's contents."""
        self.config = config
        self.stride: int = config["stride"]
        self.edge_stride: int = config["edge_stride"]
        self.border: int = config["border"]
        self._multiple: int = config["multiple"]
        self._session = onnxruntime.InferenceSession(network, run_options(), providers=["CPUExecutionProvider"])

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Load the finder in `folder`.

        Raises:
            BundleError: a file is missing, or of another format.
        """
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            network = (folder / "model.onnx").read_bytes()
        except (OSError, ValueError) as error:
            raise BundleError(f"{folder} holds no finder: {error}") from error
        if (config.get("format"), config.get("format_version")) != (FORMAT, FORMAT_VERSION):
            raise BundleError(f"{folder / 'config.json'} is no {FORMAT} of version {FORMAT_VERSION}")
        return cls(network, config)

    def look(self, page: npt.NDArray[np.uint8]) -> Maps:
        """The maps of a page, uint8 (height, width); their first cell is at the page's upper left corner.

        A border of the frame's median grey is put around it, which the maps are cut to leave out; on the right and
        below they may reach some cells further than the page.
        """
        height, width = page.shape
        shown = np.full([self._whole(side) for side in (height, width)], _frame_grey(page), np.float32)
        shown[self.border : self.border + height, self.border : self.border + width] = page
        maps, edges = self._session.run(None, {"pages": shown[None, None]})
        before, edges_before = self.border // self.stride, self.border // self.edge_stride
        digit, sign, joint = maps[0, :, before:, before:]
        return Maps(digit, sign, joint, edges[0, :, edges_before:, edges_before:])

    def _whole(self, side: int) -> int:
        """The side with its border, rounded up to what the network takes."""
        return -(-(side + 2 * self.border) // self._multiple) * self._multiple


def _frame_grey(page: npt.NDArray[np.uint8]) -> float:
    """The median of a page's outermost pixels."""
    return float(np.median(np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])))


@cache
def load_finder() -> Finder:
    """The finder that ships with the package; loaded once."""
    return Finder.load()
