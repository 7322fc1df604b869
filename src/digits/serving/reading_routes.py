"""`/v1/read` and `/v1/explain`: files in, what they say out; each file by a worker process, one after the other."""

import asyncio
import json
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from digits.errors import InputError
from digits.reading.fields.given import parse_expected
from digits.reading.reader import Layout
from digits.reading.results import SCHEMA
from digits.serving.documented import A_FORM, REFUSALS, parameters, said
from digits.serving.jobs import Job
from digits.serving.process import Outcome
from digits.serving.refusals import Refused, error_of
from digits.serving.settings import Settings
from digits.serving.uploads import Upload, take_in
from digits.serving.workers import Crew

Risk = Literal["0.05", "0.02", "0.01", "0.005"]


class ReadOptions(BaseModel):
    """The options of `/v1/read`, as those of `digits read`; what is left out is as the server was started."""

    model_config = ConfigDict(extra="forbid")

    layout: Layout | None = Field(None, description="What a picture holds, `grid`: printed boxes; `auto` finds out.")
    signs: Literal["all", "none"] | None = Field(None, description="Which signs are read; `none`: digits alone.")
    locale: str | None = Field(None, max_length=35, description="Whose customs settle 1.480, such as `de_CH`.")
    type: str | None = Field(None, max_length=20, description="What numbers are, such as `amount` or `date`.")
    check: str | None = Field(None, max_length=20, description="Their check digit, such as `luhn`, or `sum`.")
    expect: str | None = Field(None, max_length=9, description="How many digits a number has: `8`, or `3-5`.")
    risk: float | None = Field(None, gt=0, lt=1, description="The share of the given answers that may be wrong.")
    always_answer: bool | None = Field(None, description="Show the best guess where it is unsure, too, and no `?`.")
    forms: bool = Field(False, description="Give each digit with its 28×28 pixels, `form`: base64 of 784 bytes.")
    pictures: bool = Field(
        False, description="Give each page with its `size` and an `image`, a data URL, for what a browser cannot show."
    )

    def of_reader(self) -> dict[str, Any]:
        """The Reader's own options among them.

        Raises:
            Refused: `expect` is no count.
        """
        given = self.model_dump(exclude_none=True, exclude={"forms", "pictures", "page", "number"})
        if "signs" in given:
            given["signs"] = given["signs"] == "all"
        if "expect" in given:
            try:
                given["expected"] = parse_expected(given.pop("expect"))
            except InputError as error:
                raise Refused(422, str(error)) from error
        return given


class ExplainOptions(ReadOptions):
    """The options of `/v1/explain`."""

    page: int = Field(0, ge=0, description="Which page is explained, from 0.")
    number: int | None = Field(None, ge=0, description="Which number of the page is explained, from 0; all by default.")


def reading_routes(crew: Crew, settings: Settings) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["reading"])

    @router.post(
        "/v1/read",
        summary="Read digits and numbers in pictures and PDFs",
        responses={200: said("read"), **REFUSALS},
        openapi_extra={"requestBody": A_FORM, "parameters": parameters(ReadOptions)},
    )
    async def read(request: Request) -> Response:
        """Each page of each file is an entry of `readings`, what `digits read --json` prints of it.

        A file that cannot be read is an entry with its `error`; the status is 200 if any page was read.
        """
        crew.check_room()
        files, given = await take_in(request, settings)
        options = _options(ReadOptions, given)
        crew.check_room()
        until = asyncio.get_running_loop().time() + settings.seconds
        outcomes: list[Outcome] = []
        for file in files:
            left = settings.pages - sum(len(outcome.pages) for outcome in outcomes)
            outcomes.append(await crew.do(_job("read", file, options, settings, left), until))
        return _readings(outcomes)

    @router.post(
        "/v1/explain",
        summary="Say why a picture is read as it is",
        responses={200: said("explain"), **REFUSALS},
        openapi_extra={"requestBody": A_FORM, "parameters": parameters(ExplainOptions)},
    )
    async def explain(request: Request) -> Response:
        """What `digits explain --json` prints of one file, with pictures of what the networks saw as data URLs."""
        crew.check_room()
        files, given = await take_in(request, settings)
        if len(files) > 1:
            raise Refused(422, f"the form has {len(files)} files; expected one to explain")
        options = _options(ExplainOptions, given)
        until = asyncio.get_running_loop().time() + settings.seconds
        outcome = await crew.do(_job("explain", files[0], options, settings, settings.pages), until)
        if not outcome.pages:
            raise refused_by(outcome)
        return Response(outcome.pages[0], media_type="application/json")

    return router


def _options(kind: type[ReadOptions], given: dict[str, str]) -> Any:  # noqa: ANN401  (an object of that kind)
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))[:50]
        if first["type"] == "extra_forbidden":
            known = ", ".join(kind.model_fields)
            raise Refused(422, f"there is no option {name!r}; there are {known}") from error
        raise Refused(422, f"the option {name!r} cannot be used: {first['msg']}") from error


def _job(what: Literal["read", "explain"], file: Upload, options: ReadOptions, settings: Settings, pages: int) -> Job:
    which: dict[str, Any] = (
        {"page": options.page, "number": options.number} if isinstance(options, ExplainOptions) else {}
    )
    return Job(
        what=what, name=file.name, content=file.content, options=options.of_reader(), pages=pages,
        pixels=settings.pixels, forms=options.forms, pictures=options.pictures, seconds=settings.seconds,
        **which,
    )  # fmt: skip


def _readings(outcomes: list[Outcome]) -> Response:
    """All entries, in the files' order; an error beside them if there is no page among them."""
    for outcome in outcomes:
        if outcome.ended == "bad_option":
            raise refused_by(outcome)
    entries = [entry for one in outcomes for entry in (*one.pages, *([one.error] if one.error else ()))]
    body = b'"schema":%d,"readings":[%s]}' % (SCHEMA, b",".join(entries))
    if any(outcome.pages for outcome in outcomes):
        return Response(b"{" + body, media_type="application/json")
    worst = max((refused_by(outcome) for outcome in outcomes), key=lambda error: error.status_code)
    error = json.dumps(error_of(worst.status_code, worst.detail)).encode()
    return Response(b'{"error":%s,' % error + body, worst.status_code, worst.headers, media_type="application/json")


def refused_by(outcome: Outcome) -> Refused:
    """What is answered where nothing of a file could be used."""
    said = json.loads(outcome.error or b'"no page of it could be read"')
    message = said["error"] if isinstance(said, dict) else said
    status = {"took_too_long": 504, "failed": 500, "busy": 503}.get(outcome.ended, 422)
    return Refused(status, message, retry_after=10 if outcome.ended == "busy" else None)
