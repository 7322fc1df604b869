"""A server with its own worker processes, one whose workers do as they are told, and a client."""

from contextlib import contextmanager

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

import odd_worker
from servers import serving

import digits
from digits.reading.reader import Reader
from digits.serving.app import create_app
from digits.serving.settings import Settings
from digits.serving.store import Store


@pytest.fixture(scope="session")
def reader():
    return Reader(digits.load())


@pytest.fixture(scope="session")
def server(reader, tmp_path_factory):
    """The whole, with its own worker processes and a store."""
    settings = Settings(port=0, workers=1, waiting=50)
    with (
        Store(tmp_path_factory.mktemp("store") / "corrections.sqlite") as store,
        serving(create_app(reader, store, settings), settings) as found,
    ):
        yield found


@pytest.fixture(scope="session")
def client(server):
    return server.client


@pytest.fixture
def odd(reader):
    """A function: a server with these settings, whose worker processes do what a file's content says."""

    @contextmanager
    def start(work=odd_worker.work, store=None, **settings):
        chosen = Settings(**{"port": 0, "workers": 1, "seconds": 20.0, **settings})
        with serving(create_app(reader, store, chosen, work=work), chosen) as found:
            yield found

    return start
