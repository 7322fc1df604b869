"""What is answered instead of a result: a status, a code for programs, one clear sentence for people."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

CODES = {
    400: "bad_request",
    401: "no_token",
    403: "forbidden",
    404: "not_found",
    405: "bad_method",
    408: "too_slow",
    413: "too_large",
    415: "bad_type",
    421: "bad_host",
    422: "bad_content",
    500: "failed",
    503: "busy",
    504: "took_too_long",
}
"""The code that goes with a status."""

V2 = "/v2"
"""Below it the Open Inference Protocol holds, where `error` is the sentence itself."""


class Refused(HTTPException):
    """A request that is not done: HTTP's status, and what was expected, what came, what to do, as one sentence."""

    def __init__(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(status, message, headers)


def error_of(status: int, message: str) -> dict[str, Any]:
    """An error as a JSON object."""
    return {"code": CODES.get(status, "failed"), "message": message}


def refusal(path: str, error: HTTPException) -> Response:
    """The response to a request for this path that was refused."""
    message = str(error.detail)
    what = message if path.startswith(V2) else error_of(error.status_code, message)
    return JSONResponse({"error": what}, error.status_code, error.headers)
