"""`/v1/classify` and `/v1/models`: 28×28 digits to the network in this process; pictures to a worker process first."""

import asyncio
import json
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from digits.serving.answers import answer_of
from digits.serving.documented import DIGITS_OR_A_FORM, MODEL, REFUSALS, said
from digits.serving.jobs import Job
from digits.serving.metrics import Metrics
from digits.serving.networks import Network, Networks
from digits.serving.process import Outcome
from digits.serving.reading_routes import refused_by
from digits.serving.refusals import Refused
from digits.serving.settings import Settings
from digits.serving.uploads import take_in
from digits.serving.workers import Crew

BYTES = 784
"""Of a digit: 28×28 pixels of one byte."""

RAW = "application/octet-stream"


def classify_routes(networks: Networks, crew: Crew, settings: Settings, metrics: Metrics) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["digits"])

    @router.get("/v1/models", summary="The networks, and how good they are", responses={200: said("models")})
    async def models(_: Request) -> Response:
        """What the networks' bundles state, and which of them reads."""
        return JSONResponse({"models": await asyncio.to_thread(networks.list), "active": networks.active.name})

    @router.post(
        "/v1/classify",
        summary="Name single digits",
        responses={200: said("classify"), **REFUSALS},
        openapi_extra={"requestBody": DIGITS_OR_A_FORM, "parameters": [MODEL]},
    )
    async def classify(request: Request) -> Response:
        """Digits in MNIST's form, light ink on dark, as raw bytes; or pictures of one digit each, of any size."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() == RAW:
            network = await networks.find(request.query_params.get("model"))
            images = _images(await request.body(), settings.digits)
            metrics.digits.inc(len(images))
            return JSONResponse({"model": network.name, "answers": await _answers(network, images)})
        return await _classify_pictures(request)

    async def _classify_pictures(request: Request) -> Response:
        crew.check_room()
        files, options = await take_in(request, settings)
        if options.get("model", networks.active.name) != networks.active.name:
            raise Refused(422, f"pictures are read with {networks.active.name}; send 28×28 bytes to another network")
        crew.check_room()
        until = asyncio.get_running_loop().time() + settings.seconds
        outcomes: list[Outcome] = []
        for file in files:
            job = Job(
                what="classify", name=file.name, content=file.content, pages=1, pixels=settings.pixels,
                seconds=settings.seconds,
            )  # fmt: skip
            outcomes.append(await crew.do(job, until))
        if not any(outcome.pages for outcome in outcomes):
            raise max(map(refused_by, outcomes), key=lambda error: error.status_code)
        answers = [
            json.loads(one.pages[0]) if one.pages else {"picture": file.name, "error": refused_by(one).detail}
            for file, one in zip(files, outcomes, strict=True)
        ]
        return JSONResponse({"model": networks.active.name, "answers": answers})

    return router


def _images(body: bytes, most: int) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    if not body or len(body) % BYTES:
        raise Refused(422, f"the body has {len(body):,} bytes; expected {BYTES} for each digit, 28×28 from 0 to 255")
    if len(body) > most * BYTES:
        raise Refused(413, f"the body has {len(body) // BYTES:,} digits; expected at most {most:,}: send them in parts")
    return np.frombuffer(body, np.uint8).reshape(-1, 28, 28)


async def _answers(network: Network, images: "np.ndarray[Any, np.dtype[np.uint8]]") -> list[dict[str, Any]]:
    given = await network.batcher.answer(images)
    sure = [None] * len(images) if given.digitness is None else given.digitness.tolist()
    inked = [image.any() for image in images]
    return [
        answer_of(probabilities, digitness, network.thresholds, empty=not ink)
        for probabilities, digitness, ink in zip(given.probabilities, sure, inked, strict=True)
    ]
