"""`/v1/corrections`: what a digit really is, as somebody said; kept, listed, taken away."""

import asyncio
import json
import tempfile
import zipfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import JSONResponse

from digits.data.dataset import Dataset
from digits.data.formats import WRITERS
from digits.errors import DataError, StorageError
from digits.serving.correction import Correction
from digits.serving.documented import A_CORRECTION, REFUSALS, said
from digits.serving.metrics import Metrics
from digits.serving.refusals import Refused

MOST = 2**31 - 1
"""Of a correction's number: what a database's integer holds."""

KEYS = frozenset({"pixels", "label", "said", "confidence", "model", "note"})


class KeepsCorrections(Protocol):
    """What is asked of a store; `store.Store` is one. From several threads at once."""

    def add(self, correction: Correction) -> tuple[int, bool]:
        """Keep it, durably; gives its number, and whether it was there."""

    def page(self, after: int = 0, limit: int = 100) -> list[Correction]:
        """Those whose numbers come next."""

    def count(self) -> int:
        """How many there are."""

    def delete(self, number: int) -> bool:
        """Delete one; whether it was there."""

    def delete_all(self) -> int:
        """Delete all; how many there were."""

    def dataset(self) -> Dataset:
        """All of them; a DataError if there is none."""


def correction_routes(store: KeepsCorrections, metrics: Metrics) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["corrections"], prefix="/v1/corrections", responses=REFUSALS)

    @router.post(
        "", summary="Keep a correction", responses={200: said("kept")}, openapi_extra={"requestBody": A_CORRECTION}
    )
    async def add(request: Request) -> Response:
        """Answered when it is durable. The same pixels with the same label are one correction: `duplicate`."""
        correction = _correction(await _object(request))
        number, is_duplicate = await _asked(store.add, correction)
        metrics.corrections.inc(not is_duplicate)
        return JSONResponse({"id": number, "duplicate": is_duplicate})

    @router.get("", summary="List corrections", responses={200: said("corrections")})
    async def page(
        after: Annotated[int, Query(ge=0, le=MOST, description="The last number that was seen.")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """The oldest first, and how many there are in all."""
        found = await _asked(store.page, after, limit)
        listed = [correction.to_json() for correction in found]
        return JSONResponse({"corrections": listed, "count": await _asked(store.count)})

    @router.get(
        "/export",
        summary="All corrections as one file",
        response_class=Response,
        responses={
            200: {"description": "The file.", "content": {"application/zip": {}, "application/octet-stream": {}}}
        },
    )
    async def export(
        format: Annotated[Literal["folder", "npz"], Query(description="A folder of pictures, zipped; or npz.")] = "npz",
    ) -> Response:
        """What `digits train --with`, or any other program, takes."""
        try:
            dataset = await _asked(store.dataset)
        except DataError as error:
            raise Refused(404, "there are no corrections yet") from error
        name = "corrections.zip" if format == "folder" else "corrections.npz"
        kind = "application/zip" if format == "folder" else "application/octet-stream"
        content = await asyncio.to_thread(_file, dataset, format)
        return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @router.delete("/{number}", summary="Delete a correction", responses={200: said("deleted")})
    async def delete(number: Annotated[int, InPath(ge=1, le=MOST)]) -> Response:
        if not await _asked(store.delete, number):
            raise Refused(404, f"there is no correction {number}")
        return JSONResponse({"deleted": 1})

    @router.delete("", summary="Delete all corrections", responses={200: said("deleted")})
    async def delete_all() -> Response:
        return JSONResponse({"deleted": await _asked(store.delete_all)})

    return router


async def _object(request: Request) -> dict[str, Any]:
    """A request's JSON object; its type is asked for, because a browser lets no other page send it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "expected a body of application/json")
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the body is no JSON: {' '.join(str(error).split())[:100]}") from error
    if not isinstance(found, dict):
        raise Refused(422, "the body is no JSON object; expected one with pixels and label")
    return found


def _correction(given: dict[str, Any]) -> Correction:
    unknown = sorted(set(given) - KEYS)
    if unknown:
        raise Refused(422, f"a correction has no {unknown[0][:50]!r}; it has {', '.join(sorted(KEYS))}")
    try:
        return Correction.from_json(given)
    except DataError as error:
        raise Refused(422, str(error)) from error


async def _asked(call: Any, *arguments: Any) -> Any:  # noqa: ANN401  (the store's)
    """What the store answers, asked in a thread: it waits for the disk.

    Raises:
        Refused: it cannot be used now.
    """
    try:
        return await asyncio.to_thread(partial(call, *arguments))
    except StorageError as error:
        raise Refused(503, str(error), retry_after=5) from error


def _file(dataset: Dataset, form: Literal["folder", "npz"]) -> bytes:
    """A Dataset as the contents of one file."""
    with tempfile.TemporaryDirectory() as place:
        written = Path(place) / ("corrections.npz" if form == "npz" else "corrections")
        WRITERS[form](dataset, written)
        if form == "npz":
            return written.read_bytes()
        zipped = Path(place) / "corrections.zip"
        _zip(zipped, written, sorted(file for file in written.rglob("*") if file.is_file()))
        return zipped.read_bytes()


def _zip(zipped: Path, folder: Path, files: Iterable[Path]) -> None:
    with zipfile.ZipFile(zipped, "w") as archive:  # PNG is compressed already
        for file in files:
            archive.write(file, file.relative_to(folder.parent))
