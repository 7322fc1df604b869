"""What the OpenAPI document says of bodies and answers, with examples that a test sends and checks."""

import base64
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

ONE = base64.b64encode(
    bytes(255 if 12 <= column <= 15 and 5 <= row <= 23 else 0 for row in range(28) for column in range(28))
).decode()
"""A one, drawn with a ruler: 784 bytes in base64."""


def _object(description: str, **properties: Schema) -> Schema:
    """An object that has these keys, and perhaps others."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name, schema in properties.items() if not schema.pop("maybe", False)],
    }


def _list(items: Schema, **more: Any) -> Schema:  # noqa: ANN401  (JSON Schema's)
    return {"type": "array", "items": items, **more}


def _or_null(kind: str, **more: Any) -> Schema:  # noqa: ANN401
    return {"type": [kind, "null"], **more}


_TEXT = {"type": "string"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}
_BOX = _list({"type": "number"}, description="Left, top, width, height in the picture's pixels.")
_FORM = {"type": "string", "description": "28×28 pixels, 0 background to 255 ink: base64 of 784 bytes."}
_TOO_LONG = "What it holds beside this: docs/cli.md, “JSON”."

_NUMBER = _object(
    f"A number. {_TOO_LONG}",
    text={"type": "string", "description": "What is written; `?` for a mark that is unsure."},
    confidence={"type": "number", "minimum": 0, "maximum": 1},
    box=_BOX,
    unsure=_or_null("string"),
    marks=_list(_object("A digit or a sign.", text=_TEXT, confidence=_SHARE, kind={"enum": ["digit", "sign"]})),
)
_READING = _object(
    f"A page. {_TOO_LONG}",
    schema={"const": 2},
    picture={"type": "string", "description": "The file's name, as it was sent."},
    page={"type": "integer", "minimum": 0},
    numbers=_list(_NUMBER),
    unread=_list(_object("Found, and not read.", box=_BOX, why=_TEXT)),
    error=_or_null("string", description="Why the page could not be read."),
)
_ANSWER = _object(
    "What the network says to one digit; all is null where a picture has none, or cannot be read.",
    digit={"type": ["integer", "null"], "minimum": 0, "maximum": 9, "maybe": True},
    confidence={"type": ["number", "null"], "maybe": True},
    probabilities={"type": ["array", "null"], "items": _SHARE, "minItems": 10, "maxItems": 10, "maybe": True},
    digitness={"type": ["number", "null"], "description": "How much this is a digit at all.", "maybe": True},
    is_digit={"type": ["boolean", "null"], "description": "null: the network cannot tell.", "maybe": True},
    unsure={"type": ["string", "null"], "description": "Why it should not be relied on.", "maybe": True},
    picture={"type": "string", "description": "Of a picture, the file's name.", "maybe": True},
    error={"type": ["string", "null"], "description": "Why a picture could not be read.", "maybe": True},
)
_CORRECTION = _object(
    "A digit that a person named.",
    id={"type": "integer", "minimum": 1},
    label=dict(_DIGIT),
    said={"type": ["integer", "null"]},
    confidence=_or_null("number"),
    model=_or_null("string"),
    note=_or_null("string"),
    created={"type": "string", "format": "date-time"},
    pixels=dict(_FORM),
)
_TENSOR = _object(
    "A tensor.",
    name=_TEXT,
    datatype=_TEXT,
    shape=_list({"type": "integer"}),
    data={"type": "array", "maybe": True},
)

ANSWERS: dict[str, tuple[str, Schema]] = {
    "read": ("What was read.", _object("", schema={"const": 2}, readings=_list(_READING))),
    "explain": (
        f"Why it was read so. {_TOO_LONG} Pictures are data URLs.",
        _object("", picture=_TEXT, model=_TEXT, digits=_list({"type": "object"}), numbers=_list({"type": "object"}),
                words=_list(_TEXT), finder_map=_TEXT),
    ),
    "classify": ("What the network says.", _object("", model=_TEXT, answers=_list(_ANSWER))),
    "models": (
        "The networks.",
        _object("", active=_TEXT, models=_list(_object(
            "What its bundle states of a network.", name=_TEXT, shipped={"type": "boolean"},
            accuracy={"type": ["number", "null"], "maybe": True},
        ))),
    ),
    "kept": ("It is kept, and survives.", _object("", id={"type": "integer"}, duplicate={"type": "boolean"})),
    "corrections": ("Some of them.", _object("", corrections=_list(_CORRECTION), count={"type": "integer"})),
    "deleted": ("They are gone.", _object("", deleted={"type": "integer"})),
    "ok": ("It is well.", _object("", status={"const": "ok"})),
    "v2": ("The server.", _object("", name=_TEXT, version=_TEXT, extensions=_list(_TEXT))),
    "live": ("It lives.", _object("", live={"const": True})),
    "ready": ("It is ready.", _object("", ready={"const": True})),
    "v2_ready": ("It is ready.", _object("", name=_TEXT, ready={"const": True})),
    "v2_model": (
        "The network.",
        _object("", name=_TEXT, versions=_list(_TEXT), platform=_TEXT, inputs=_list(_TENSOR), outputs=_list(_TENSOR)),
    ),
    "v2_infer": ("Its answer.", _object("", model_name=_TEXT, outputs=_list(_TENSOR))),
}  # fmt: skip
"""What is answered, by a name: in words, and as JSON Schema."""


def said(name: str) -> dict[str, Any]:
    """An answer of `ANSWERS`, as FastAPI takes it."""
    description, schema = ANSWERS[name]
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_ERROR = _object("", error=_object("Why not.", code=_TEXT, message=_TEXT))
_V2_ERROR = _object("", error=_TEXT)
_WHY = {
    400: "The request is malformed.",
    401: "The token is missing or wrong.",
    403: "Another page asks.",
    404: "There is no such thing.",
    408: "The body came too slowly.",
    413: "It is more than is taken at once.",
    415: "The body is of another type.",
    421: "The host is another's.",
    422: "What was sent cannot be used.",
    500: "This failed, which is our fault.",
    503: "Too much is asked at once; `Retry-After` says when to try again.",
    504: "It took too long.",
}


def _refusals(schema: Schema) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": schema}}
    return {status: {"description": why, "content": content} for status, why in _WHY.items()}


REFUSALS, V2_REFUSALS = _refusals(_ERROR), _refusals(_V2_ERROR)
"""What every route may answer instead."""

A_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": _object(
                "", files=_list({"type": "string", "format": "binary"}, minItems=1, description="Pictures or PDFs.")
            )
        }
    },
}

DIGITS_OR_A_FORM = {
    "required": True,
    "content": {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary", "description": "784 bytes for each digit."}
        },
        **A_FORM["content"],  # type: ignore[dict-item]
    },
}

MODEL = {
    "name": "model",
    "in": "query",
    "required": False,
    "description": "Which network is asked, of `/v1/models`; by default the one that reads.",
    "schema": {"type": "string"},
}

V2_INFER = {
    "required": True,
    "content": {
        "application/json": {
            "schema": _object("", inputs=_list(_TENSOR, minItems=1, maxItems=1)),
            "example": {
                "inputs": [
                    {
                        "name": "images",
                        "datatype": "UINT8",
                        "shape": [1, 28, 28],
                        "data": list(base64.b64decode(ONE)),
                    }
                ]
            },
        }
    },
}

A_CORRECTION = {
    "required": True,
    "content": {
        "application/json": {
            "schema": _object(
                "",
                pixels=dict(_FORM),
                label=dict(_DIGIT),
                said={"type": ["integer", "null"], "minimum": 0, "maximum": 9, "maybe": True},
                confidence={"type": ["number", "null"], "minimum": 0, "maximum": 1, "maybe": True},
                model={"type": ["string", "null"], "maxLength": 200, "maybe": True},
                note={"type": ["string", "null"], "maxLength": 200, "maybe": True},
            ),
            "example": {"pixels": ONE, "label": 1, "said": 7, "confidence": 0.61, "model": "reader", "note": "my hand"},
        }
    },
}


def parameters(options: type[BaseModel]) -> list[dict[str, Any]]:
    """Options as parameters of an address; they may stand in a form as well."""
    found = []
    for name, schema in options.model_json_schema()["properties"].items():
        kinds = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
        about = {"name": name, "in": "query", "required": False, "description": schema.get("description", "")}
        kept = {key: value for key, value in kinds[0].items() if key not in {"title", "description", "default"}}
        found.append({**about, "schema": kept})
    return found
