"""A request's body on its way in: not larger, not slower and, with all others, not more than was agreed.

What a request says of its length is believed before a byte is read, and counted all the same. Where an answer is given
before all of the body has come, the rest is thrown away for a moment and the connection closed: closed at once, the
client would lose the answer (nginx calls this a lingering close).
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.types import Message, Receive

from digits.serving.refusals import Refused
from digits.serving.settings import Settings

LINGER = 2.0
"""Seconds that the rest of a body is thrown away before the connection is closed."""


class Held:
    """The bytes that all requests hold together.

    Attributes:
        bytes: those that have come and are not answered.
        most: that they may be.
    """

    def __init__(self, most: int) -> None:
        self.bytes = 0
        self.most = most


class Body:
    """One request's body.

    Attributes:
        size: bytes that have come.
        complete: whether all has come, or nobody is left to send it.
    """

    def __init__(self, headers: Mapping[bytes, bytes], receive: Receive, settings: Settings, held: Held) -> None:
        self._receive = receive
        self._settings = settings
        self._held = held
        self._length = int(headers.get(b"content-length", b"0"))
        self._until = asyncio.get_running_loop().time() + settings.body_seconds
        self.size = 0
        self.complete = self._length == 0 and b"transfer-encoding" not in headers

    def check_length(self) -> None:
        """Refuse a body that says itself that it is too large.

        Raises:
            Refused: it is, or there is no room for it beside the others' now.
        """
        if self._length > self._settings.body_bytes:
            raise self._too_large(f"{self._length:,}")
        if self._held.bytes + self._length > self._held.most:
            raise Refused(503, "too much is being sent at once; try again in a moment", retry_after=2)

    async def receive(self) -> Message:
        """ASGI's `receive`, within the limits.

        Raises:
            Refused: the body is too large or too slow, or there is no room for it beside the others'.
        """
        if self.complete:
            return await self._receive()  # which waits until the client has gone
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            seconds = self._settings.body_seconds
            raise Refused(408, f"the request's body took more than {seconds:g} seconds to come; send less") from None
        if message["type"] == "http.disconnect":
            self.complete = True
            return message
        came = len(message.get("body", b""))
        self.size += came
        self._held.bytes += came
        self.complete = not message.get("more_body", False)
        if self.size > self._settings.body_bytes:
            raise self._too_large(f"more than {self._settings.body_bytes:,}")
        if self._held.bytes > self._held.most:
            raise Refused(503, "too much is being sent at once; try again in a moment", retry_after=2)
        return message

    async def throw_away(self) -> None:
        """Take what still comes for a moment, and forget it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                more = True
                while more:
                    message = await self._receive()
                    more = message["type"] == "http.request" and message.get("more_body", False)

    def release(self) -> None:
        """Hold nothing any more."""
        self._held.bytes -= self.size

    def _too_large(self, came: str) -> Refused:
        return Refused(
            413, f"the request has {came} bytes; expected at most {self._settings.body_bytes:,}: send fewer files"
        )
