"""What a server is told: where it listens, who may come in, and how much it takes.

Notable choices:
- loopback by default; listening elsewhere needs a token, and a token is long: what can be reached by others is asked by
  others;
- every limit is a number here, and none is switched off by being left out.
"""

import ipaddress
from dataclasses import dataclass

from digits.errors import InputError
from digits.reading.many import usable_cores

LEAST_TOKEN = 16
"""Characters of a token: 16 of hexadecimal are 64 bits, which nobody guesses over a network."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A server's settings, checked.

    Attributes:
        host, port: where it listens; port 0 is any that is free.
        token: what a request must bear (`Authorization: Bearer …`) to reach more than the page and its health.
        hosts: names beside those of loopback under which it may be asked where there is no token.
        origins: of other pages that may use it (CORS), such as `https://school.example`.
        workers: processes that read.
        waiting: requests that read or wait for it at once; more are told to come again.
        seconds: to read what a request holds, waiting included.
        body_bytes: of a request.
        held_bytes: of all requests together that have come and are not answered.
        files: in a request.
        pages: of all files of a request.
        pixels: of a page.
        digits: of 28×28 pixels in a request, and of all that wait at once.
        header_seconds, body_seconds, write_seconds: for a request's head and body to come, and for a client to take a
            piece of its answer.
        idle_seconds: that a connection is kept open between two requests.
        connections: open at once; for one more, that which has waited longest without a request is closed.
        closing_seconds: that accepted requests have to be finished when the server ends.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    workers: int = 0
    waiting: int = 0
    seconds: float = 60.0
    body_bytes: int = 32 * 1024**2
    held_bytes: int = 512 * 1024**2
    files: int = 50
    pages: int = 100
    pixels: int = 60_000_000
    digits: int = 20_000
    header_seconds: float = 10.0
    body_seconds: float = 60.0
    write_seconds: float = 30.0
    idle_seconds: float = 15.0
    connections: int = 1000
    closing_seconds: float = 75.0

    def __post_init__(self) -> None:
        """Fill in what follows from the machine, and refuse what would be unsafe.

        Raises:
            InputError: it would listen elsewhere than on loopback without a token, or a value is out of range.
        """
        object.__setattr__(self, "workers", self.workers or usable_cores())
        object.__setattr__(self, "waiting", self.waiting or 8 * self.workers)
        if self.token is None and not self.on_loopback:
            raise InputError(
                f"{self.host} can be reached from elsewhere: set a token in DIGITS_SERVE_TOKEN (python -c 'import "
                "secrets; print(secrets.token_hex())' makes one), or listen on 127.0.0.1"
            )
        if self.token is not None and (len(self.token) < LEAST_TOKEN or not self.token.isascii() or " " in self.token):
            raise InputError(f"the token has {len(self.token)} characters; expected at least {LEAST_TOKEN} of ASCII")
        if not 0 <= self.port <= 65535:
            raise InputError(f"the port is {self.port}; expected 0 to 65535")
        for origin in self.origins:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise InputError(f"{origin!r} is no origin; expected one such as https://school.example")
        for name, value in vars(self).items():
            if isinstance(value, int | float) and value <= 0 and name != "port":
                raise InputError(f"{name} is {value:g}; expected more than 0")

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host == "localhost"
