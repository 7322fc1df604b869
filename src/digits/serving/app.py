"""The application: `create_app(reader, store, settings)`, put together from its routes.

    app = create_app(Reader(digits.load()), Store("corrections.sqlite"), Settings())

It builds nothing that it is given. What it starts when it is started (ASGI's lifespan), the worker processes, it ends.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digits import __version__
from digits.reading.reader import Reader
from digits.serving.classify_routes import classify_routes
from digits.serving.correction_routes import KeepsCorrections, correction_routes
from digits.serving.documented import REFUSALS, said
from digits.serving.gate import Gate
from digits.serving.inference_v2 import HEADER_LENGTH, inference_routes
from digits.serving.metrics import Metrics
from digits.serving.networks import Networks
from digits.serving.process import ReadingProcess, Work
from digits.serving.reading_routes import reading_routes
from digits.serving.refusals import Refused, refusal
from digits.serving.settings import Settings
from digits.serving.workers import Crew

DESCRIPTION = (
    "Handwritten digits and numbers, read: pictures and PDFs in, what `digits read --json` prints out. "
    "Every error is an object `error` with a `code` and one sentence; below `/v2` the sentence alone."
)

WEB = Path(str(files("digits"))) / "serving" / "web"
"""The page's files."""


def create_app(
    reader: Reader,
    store: KeepsCorrections,
    settings: Settings,
    *,
    ahead: Iterable[ReadingProcess] = (),
    work: Work | None = None,
) -> FastAPI:
    """The application.

    Args:
        reader: how pictures are read, and by which digit network; each worker process makes one like it.
        store: where corrections are kept. It is closed by whoever opened it.
        settings: who may come in, with how much.
        ahead: worker processes with this reader's network and options that were started before, to save time.
        work: what a worker process does; tests give another.
    """
    metrics = Metrics()
    crew = Crew(reader, settings, metrics, ahead=ahead, work=work)
    networks = Networks(reader, settings)
    digits = classify_routes(networks, crew, settings, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        crew.start()
        try:
            yield
        finally:
            crew.stop()
            networks.stop()

    app = FastAPI(
        title="digits",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # they load scripts from another host
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(reading_routes(crew, settings))
    app.include_router(digits)
    app.include_router(correction_routes(store, metrics))
    app.include_router(inference_routes(networks, crew, settings, metrics))
    _add_page_and_health(app, crew, metrics)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)
    app.add_middleware(_Direct, routes=[route for route in digits.routes if isinstance(route, APIRoute)])
    app.add_middleware(Gate, settings=settings, metrics=metrics)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", HEADER_LENGTH],
            expose_headers=["Retry-After", HEADER_LENGTH],
        )
    return app


def _add_page_and_health(app: FastAPI, crew: Crew, metrics: Metrics) -> None:
    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})

    @app.get("/healthz", tags=["health"], summary="Whether it lives", responses={200: said("ok")})
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", tags=["health"], summary="Whether it can read", responses={200: said("ok"), **REFUSALS})
    async def readyz() -> Response:
        if not crew.ready:
            raise Refused(503, "no process is ready to read yet", retry_after=1)
        return JSONResponse({"status": "ok"})

    @app.get(
        "/metrics", tags=["health"], summary="What was counted, for Prometheus", response_class=Response,
        responses={200: {"description": "Prometheus's text.", "content": {"text/plain": {}}}, **REFUSALS},
    )  # fmt: skip
    async def measured() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    app.mount("/static", _Static(directory=WEB, check_dir=False), name="static")


class _Direct:
    """Routes without a variable in them go past FastAPI, which takes longer to find them than the network works.

    Only for endpoints that take the request as it is and give a Response: FastAPI documents them, and adds nothing.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[APIRoute]) -> None:
        self.app = app
        self.routes = {(method, route.path): route for route in routes for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get((scope.get("method", ""), scope.get("path", "")))
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        response = await route.endpoint(Request(scope, receive))
        await response(scope, receive, send)


class _Static(StaticFiles):
    """The page's files; a browser asks whether they have changed, and is told by their hash of time and size."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], (b"cache-control", b"no-cache")]}
            await send(message)

        await super().__call__(scope, receive, sent)


async def _answer(request: Request, error: Exception) -> Response:
    """The response to what was refused, by us or by FastAPI."""
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])[:60]
        error = Refused(422, f"{where}: {first['msg']}")
    assert isinstance(error, HTTPException)
    return refusal(request.url.path, error)
