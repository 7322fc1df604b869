"""Uvicorn, told what it does not limit by itself: connections that say nothing, heads without end, and too many.

uvicorn closes a connection that is idle after an answer. One that has not asked yet, never finishes its head, or takes
nothing of its answer, it keeps for ever: a few thousand of them would leave no file descriptor for anybody else. Here
each has some seconds, a head has a size, and where connections are too many, the one that has waited longest without a
request is closed.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from digits.errors import InputError
from digits.serving.settings import Settings

HEAD_BYTES = 64 * 1024
"""Of a request's line and headers together, as h11 has it."""

_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Server(uvicorn.Server):
    """Uvicorn's server, which says when it listens, and returns when it was told to end."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in order; at once by a second Ctrl-C. Uvicorn's own would let the signal end the process afterwards."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; then tell."""
        await super().startup(sockets)
        if self.started:
            self._on_start()


def make_server(app: ASGIApp, settings: Settings, on_start: Callable[[], None] = lambda: None) -> Server:
    """A server of an application: `run(sockets=[listening])` goes on until it is told to end, and finishes then."""
    config = uvicorn.Config(
        app,
        http=_protocol(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is told by our own log alone, which believes nobody
        timeout_keep_alive=max(1, round(settings.idle_seconds)),
        timeout_graceful_shutdown=max(1, round(settings.closing_seconds)),
    )
    return Server(config, on_start)


def listen(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say.

    Raises:
        InputError: the port is taken, or the host is not this machine's.
    """
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, settings.port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"cannot listen on {settings.host}, port {settings.port}: {reason}; choose another") from error
    return listening


def address(listening: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104  (for a person to click)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _protocol(settings: Settings) -> type[HttpToolsProtocol]:
    """Uvicorn's protocol, with our limits on what comes before a request is whole."""
    waiting: dict[HttpToolsProtocol, None] = {}  # connections without a request, the one that has waited longest first

    class _Limited(HttpToolsProtocol):
        _head = 0  # bytes of the head so far
        _patience: asyncio.TimerHandle | None = None  # with a head that does not come
        _for_reader: asyncio.TimerHandle | None = None  # with a client that takes nothing of its answer

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()
            if len(self.connections) > settings.connections and waiting:
                next(iter(waiting)).transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            self._wait_no_more()
            waiting.pop(self, None)
            if self._for_reader:
                self._for_reader.cancel()
            super().connection_lost(exc)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._for_reader = self.loop.call_later(settings.write_seconds, self._give_up)

        def resume_writing(self) -> None:
            if self._for_reader:
                self._for_reader.cancel()
            super().resume_writing()

        def data_received(self, data: bytes) -> None:
            if self in waiting:
                self._head += len(data)
            super().data_received(data)
            if self in waiting and self._head > HEAD_BYTES:
                self.transport.write(_TOO_LONG)
                self.transport.close()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._wait()

        def on_headers_complete(self) -> None:
            self._wait_no_more()
            self._head = 0
            waiting.pop(self, None)
            super().on_headers_complete()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if not self.pipeline:
                waiting[self] = None

        def _wait(self) -> None:
            """For a head, and not for ever."""
            self._wait_no_more()
            waiting[self] = None
            self._patience = self.loop.call_later(settings.header_seconds, self._give_up)

        def _wait_no_more(self) -> None:
            if self._patience:
                self._patience.cancel()
                self._patience = None

        def _give_up(self) -> None:
            if not self.transport.is_closing():
                self.transport.abort()

    return _Limited
