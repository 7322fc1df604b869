"""Every request passes here: who may come in, with how much; what goes out with every answer; what is noted of it.

Notable choices:
- plain ASGI around the whole application: what is refused costs nothing more;
- without a token a request must name this machine as its host: a page elsewhere whose name was pointed at loopback
  (DNS rebinding) is somebody else. With one, whoever bears it may come by any name;
- what changes something must come from our own page, or from no page: a browser says which (`Origin`);
- an exception that nobody expected is logged with its place, and told as 500 without it.
"""

import hmac
import logging
import time
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digits.serving.limits import Body, Held
from digits.serving.log import NAME
from digits.serving.metrics import Metrics
from digits.serving.refusals import Refused, refusal
from digits.serving.settings import Settings

logger = logging.getLogger(NAME)

PUBLIC = ("/static/", "/healthz", "/readyz", "/openapi.json", "/v2/health/")
"""Paths, beside the page itself, that need no token: they say nothing that is not in the package."""

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

SECURITY_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
        b"connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),  # with the former, wasm may have threads
    (b"cross-origin-resource-policy", b"same-origin"),
]
"""Sent with every answer."""


class Gate:
    """The application, with a gate before it."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics
        self.held = Held(settings.held_bytes)
        self.token = settings.token.encode() if settings.token else None
        self.hosts = {*LOOPBACK_NAMES, settings.host, *settings.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # a WebSocket is refused by whoever serves
        headers = dict(scope["headers"])
        visit = _Visit(scope, headers, receive, send, self)
        try:
            self._admit(scope, headers)
            visit.body.check_length()
            await self.app(scope, visit.body.receive, visit.send)
        except HTTPException as error:
            if not visit.status:
                await refusal(scope["path"], error)(scope, receive, visit.send)
        except ClientDisconnect:
            pass  # nobody is left to be told
        except Exception as error:
            logger.exception("unexpected", exc_info=error, extra={"fields": {"route": _route(scope)}})
            if not visit.status:
                await refusal(
                    scope["path"], Refused(500, "this failed, which is our fault; the server's log says where")
                )(scope, receive, visit.send)
        finally:
            visit.body.release()
            visit.note()

    def _admit(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Refuse who may not come in.

        Raises:
            Refused: the host is somebody else, the page is, or the token is missing or wrong.
        """
        host = headers.get(b"host", b"").decode("latin-1")
        if self.token is None:
            name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
            if name not in self.hosts:
                raise Refused(
                    421, f"this server is not {host or 'without a name'}; start it with --allow-host, or a token"
                )
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and scope["method"] not in SAFE_METHODS and origin not in self.settings.origins:
            try:
                is_ours = urlsplit(origin).netloc == host
            except ValueError:
                is_ours = False
            if not is_ours:
                raise Refused(403, "another page may not use this server; start it with --allow-origin for that page")
        path = scope["path"]
        if self.token is None or path == "/" or path.startswith(PUBLIC):
            return
        kind, _, given = headers.get(b"authorization", b"").partition(b" ")
        if kind.lower() != b"bearer" or not hmac.compare_digest(given.strip(), self.token):
            error = Refused(401, "this server asks for its token: send the header Authorization: Bearer TOKEN")
            error.headers = {"WWW-Authenticate": "Bearer"}
            raise error


class _Visit:
    """One request and its answer.

    Attributes:
        body: what comes in.
        status: of the answer; 0 until it has begun.
        bytes: of the answer.
    """

    def __init__(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send, gate: Gate) -> None:
        self.body = Body(headers, receive, gate.settings, gate.held)
        self.status = self.bytes = 0
        self._began = time.perf_counter()
        self._scope, self._send, self._gate = scope, send, gate

    async def send(self, message: Message) -> None:
        """ASGI's `send`, with our headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *SECURITY_HEADERS]
            if self._scope["path"].startswith(("/v1", "/v2", "/metrics")):
                headers.append((b"cache-control", b"no-store"))
            if not self.body.complete:
                headers.append((b"connection", b"close"))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
            if not message.get("more_body", False) and not self.body.complete:
                await self._send({**message, "more_body": True})
                await self.body.throw_away()
                message = {**message, "body": b""}
        await self._send(message)

    def note(self) -> None:
        """Count it, and log it."""
        seconds = time.perf_counter() - self._began
        route, method = _route(self._scope), self._scope["method"]
        self._gate.metrics.answered(method, route, self.status, seconds)
        if logger.isEnabledFor(logging.INFO):
            client = self._scope.get("client")
            fields = {
                "method": method, "route": route, "status": self.status, "ms": round(1000 * seconds, 2),
                "in": self.body.size, "out": self.bytes, "client": client[0] if client else None,
            }  # fmt: skip
            logger.info("request", extra={"fields": fields})


def _route(scope: Scope) -> str:
    """The route's template, such as `/v1/corrections/{id}`: a path may be anything, and there may be endless many."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    return "/static" if scope["path"].startswith("/static/") else "none"
