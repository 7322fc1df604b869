"""A form with files, as browsers and curl send it, taken apart: in memory, no file is written."""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from digits.serving.refusals import Refused
from digits.serving.settings import Settings

FIELD = "files"
"""The form's field that holds them."""

LONGEST_NAME = 200
"""Characters of a file's name."""

MOST_OPTIONS = 20
"""Options in a form."""

LONGEST_OPTION = 1000
"""Bytes of one."""


@dataclass(frozen=True)
class Upload:
    """A file that was sent.

    Attributes:
        name: as its sender calls it, without folders and control characters.
        content: its bytes.
    """

    name: str
    content: bytes


class _InMemory(MultiPartParser):
    """Starlette's parser, which keeps what fits the limits on a body in memory."""

    spool_max_size = 2**40


async def take_in(request: Request, settings: Settings) -> tuple[list[Upload], dict[str, str]]:
    """The files of a request, at least one, and its options: those of the form and those of its address.

    Raises:
        Refused: it is no form with files, it has too many, or an option comes twice.
    """
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "multipart/form-data":
        came = kind or "no type"
        raise Refused(415, f"the body has {came[:100]}; expected multipart/form-data with the field {FIELD}")
    parser = _InMemory(
        request.headers,
        request.stream(),
        max_files=settings.files,
        max_fields=MOST_OPTIONS,
        max_part_size=LONGEST_OPTION,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if "Too many files" in error.message:
            raise Refused(413, f"the form has more than {settings.files} files; send fewer at once") from error
        raise Refused(400, f"the form cannot be read: {error.message}") from error
    try:
        files, options = _sorted([*request.query_params.multi_items(), *form.multi_items()])
    finally:
        await form.close()
    if not files:
        raise Refused(422, f"the form has no file; expected one or more in the field {FIELD}")
    return files, options


def _sorted(items: list[tuple[str, str | UploadFile]]) -> tuple[list[Upload], dict[str, str]]:
    """What is a file, and what an option."""
    files: list[Upload] = []
    options: dict[str, str] = {}
    for name, value in items:
        if isinstance(value, UploadFile):
            if name != FIELD:
                raise Refused(422, f"the form has a file in the field {name[:50]!r}; expected {FIELD}")
            files.append(Upload(_plain(value.filename or ""), value.file.read()))
        elif name in options:
            raise Refused(422, f"the option {name[:50]!r} comes twice; give it once")
        else:
            options[name] = value
    return files, options


def _plain(name: str) -> str:
    """A file's name as it can stand in a message."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    return kept[:LONGEST_NAME] or "picture"
