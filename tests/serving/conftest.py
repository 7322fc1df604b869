"""A server that listens on loopback, in a thread of this process, and a client of it."""

import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

httpx = pytest.importorskip("httpx")
pytest.importorskip("fastapi")

import odd_worker  # noqa: E402

import digits  # noqa: E402
from digits.reading.reader import Reader  # noqa: E402
from digits.serving import http_server  # noqa: E402
from digits.serving.app import create_app  # noqa: E402
from digits.serving.settings import Settings  # noqa: E402
from digits.serving.store import Store  # noqa: E402

SECONDS = 60
"""That a test waits for what takes a second."""


def until(condition, seconds=SECONDS):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def serving(app, settings):
    """The app, served; gives the client, the address and the server."""
    listening = http_server.listen(settings)
    server = http_server.make_server(app, settings)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    token = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
    try:
        until(lambda: server.started)
        with httpx.Client(base_url=http_server.address(listening), timeout=SECONDS, headers=token) as client:
            until(lambda: client.get("/readyz").status_code == 200 or settings.seconds < 0.01)
            yield SimpleNamespace(client=client, port=listening.getsockname()[1], server=server, thread=thread)
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        assert not thread.is_alive()


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


def files(*contents):
    """A form with these files, numbered."""
    return [("files", (f"{number}.png", content)) for number, content in enumerate(contents)]
