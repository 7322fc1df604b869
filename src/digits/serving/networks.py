"""The digit networks that can be asked: the one that reads, and by name those that ship."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from digits.errors import BundleError
from digits.evaluation.models import stated
from digits.locate import DEFAULT_MODEL, shipped_models
from digits.reading.networks.calibration import Thresholds
from digits.reading.networks.classifier import Classifier, read_description
from digits.reading.reader import Reader
from digits.serving.classifying import Batcher
from digits.serving.refusals import Refused
from digits.serving.settings import Settings


class Network:
    """A network that can be asked.

    Attributes:
        name: what it is called.
        batcher: whom to ask.
        thresholds: from what on it is sure.
    """

    def __init__(self, batcher: Batcher, thresholds: Thresholds) -> None:
        self.name = batcher.classifier.name
        self.batcher = batcher
        self.thresholds = thresholds


class Networks:
    """All of them; those that ship are loaded when they are asked for first.

    Attributes:
        active: the one that reads.
    """

    def __init__(self, reader: Reader, settings: Settings) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="networks")
        self._digits = settings.digits
        self.active = Network(Batcher(reader.classifier, self._thread, settings.digits), reader.thresholds)
        self._places: dict[str, Path] = {**shipped_models(), self.active.name: reader.classifier.path}
        self._loaded: dict[str, asyncio.Future[Network]] = {}

    @property
    def names(self) -> list[str]:
        """What they are called, the active one among them."""
        return sorted(self._places)

    async def find(self, name: str | None) -> Network:
        """The network of this name; for None the active one.

        Raises:
            Refused: there is none.
        """
        if name in (None, self.active.name):
            return self.active
        if name not in self._places:
            raise Refused(404, f"there is no network {name[:50]!r}; there are {', '.join(self.names)}")
        if name not in self._loaded:
            self._loaded[name] = asyncio.ensure_future(self._load(self._places[name]))
        return await asyncio.shield(self._loaded[name])

    async def _load(self, place: Path) -> Network:
        classifier = await asyncio.to_thread(Classifier.load, place)
        return Network(Batcher(classifier, self._thread, self._digits), Thresholds.of(classifier.description))

    def list(self) -> list[dict[str, Any]]:
        """What their bundles state, as `digits models --json` gives it, without their places and their speed."""
        return [self._stated(name, place) for name, place in sorted(self._places.items())]

    def _stated(self, name: str, place: Path) -> dict[str, Any]:
        shipped = shipped_models().get(name) == place
        try:
            figures = stated(place, read_description(place), shipped=shipped, default=shipped and name == DEFAULT_MODEL)
        except BundleError:  # a bundle of somebody's own may state less
            return {"name": name, "shipped": shipped}
        return {key: value for key, value in figures.to_json().items() if key != "path"}

    def stop(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)
