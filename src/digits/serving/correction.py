"""A Correction: one digit's form, and what it really is, as a person said. Checked when it is made; JSON and back.

Notable choices:
- two corrections with the same pixels and label are the same one (`digest`), whatever else they say;
- text that PostgreSQL cannot hold (NUL, half of a surrogate pair) is refused here, so that every store takes the same.
"""

import base64
import binascii
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from digits.data.dataset import CLASSES, IMAGE_SIZE, Images
from digits.errors import DataError

TEXT_LIMIT = 200
"""Characters of a note, or of a model's name, at the most."""

FORM_BYTES = IMAGE_SIZE * IMAGE_SIZE

KEYS = ("pixels", "label", "said", "confidence", "model", "note", "created")
"""What a correction is as JSON, in this order; `id` comes first where a store gave one."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, eq=False, kw_only=True)
class Correction:
    """A digit that a person named.

    Attributes:
        pixels: MNIST's form, uint8 (28, 28), 0 background to 255 ink; read-only.
        label: what it is, 0 to 9.
        said: what the network had said, 0 to 9; None if nothing.
        confidence: how sure it was, 0 to 1.
        model: the network's name.
        note: what the person wrote beside it, at most 200 characters.
        created: when, with its time zone; UTC once stored.
        id: its number in a store, from 1; None until it is in one.

    Raises:
        DataError: one of them is something else.
    """

    pixels: Images
    label: int
    said: int | None = None
    confidence: float | None = None
    model: str | None = None
    note: str | None = None
    created: datetime = field(default_factory=_now)
    id: int | None = None

    def __post_init__(self) -> None:
        given = np.asarray(self.pixels)
        if given.shape != (IMAGE_SIZE, IMAGE_SIZE) or given.dtype != np.uint8:
            raise DataError(
                f"a correction's pixels must be uint8 (28, 28), 0 background to 255 ink; "
                f"got {given.dtype} {given.shape}"
            )
        pixels = given.copy()  # what the caller does with its array later changes nothing here
        pixels.flags.writeable = False
        object.__setattr__(self, "pixels", pixels)
        _check_digit(self.label, "label")
        if self.said is not None:
            _check_digit(self.said, "said")
        if self.confidence is not None:
            _check_confidence(self.confidence)
        for name in ("model", "note"):
            _check_text(getattr(self, name), name)
        if not isinstance(self.created, datetime) or self.created.utcoffset() is None:
            raise DataError(f"a correction's created must be a time with its zone; got {self.created!r}")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the pixels and the label, as 64 hexadecimal digits: what an exact duplicate shares."""
        return hashlib.sha256(self.pixels.tobytes() + bytes([self.label])).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object: KEYS, after `id` if there is one; pixels are 784 bytes in base64, row by row."""
        values = {
            "pixels": base64.b64encode(self.pixels.tobytes()).decode("ascii"),
            "created": self.created.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        found = {key: values.get(key, getattr(self, key)) for key in KEYS}
        return found if self.id is None else {"id": self.id, **found}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Correction":
        """What `to_json` gave, without the `id`; all but `pixels` and `label` may be missing or null.

        Raises:
            DataError: a key is unknown, missing, or has another kind of value.
        """
        unknown = sorted(set(given) - {*KEYS, "id"})
        if unknown:
            raise DataError(f"a correction has no {unknown[0]!r}; it has: {', '.join(KEYS)}")
        for name in ("pixels", "label"):
            if name not in given:
                raise DataError(f"a correction needs {name!r}; got {', '.join(sorted(given)) or 'nothing'}")
        values = {key: given[key] for key in KEYS if given.get(key) is not None or key == "label"}
        values["pixels"] = _decoded(given["pixels"])
        if "created" in values:
            values["created"] = _time(values["created"])
        return cls(**values)


def _decoded(text: object) -> Images:
    try:
        content = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (ValueError, binascii.Error):
        content = b""
    if len(content) != FORM_BYTES:
        raise DataError(
            f"a correction's pixels must be {FORM_BYTES} bytes in base64, 28 rows of 28; got something else"
        )
    return np.frombuffer(content, dtype=np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)


def _time(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise DataError(f"a correction's created must be a time as 2026-01-31T12:00:00+00:00; got {text!r}") from None


def _check_digit(value: object, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < CLASSES:
        raise DataError(f"a correction's {name} must be a whole number from 0 to 9; got {value!r}")


def _check_confidence(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1 or math.isnan(value):
        raise DataError(f"a correction's confidence must be a number from 0 to 1; got {value!r}")


def _check_text(value: object, name: str) -> None:
    if value is None:
        return
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise DataError(f"a correction's {name} must be text of at most {TEXT_LIMIT} characters; got {value!r:.60}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DataError(f"a correction's {name} holds half of a character (a lone surrogate)") from None
    if "\x00" in value:
        raise DataError(f"a correction's {name} holds a NUL character")
