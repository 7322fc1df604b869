"""What a worker process does with a file: read it, name its one digit, explain it."""

import base64
import faulthandler
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2

from digits.errors import DigitsError, InputError, PictureError
from digits.reading.digit.ink import reduced
from digits.reading.networks.classifier import Classifier
from digits.reading.pictures.picture import Picture, open_pictures
from digits.reading.reader import Reader
from digits.reading.results import Reading
from digits.serving.answers import answer_of, no_digit
from digits.serving.jobs import END, ERROR, FAULT, OPTION, PAGE, READY, TAKEN, Job, unread

SHOWN = 1600
"""Pixels of the longer side of a page's picture: enough to see what stands in it on a screen."""


def work(connection: Connection, bundle: Path, options: dict[str, Any]) -> None:
    """Do jobs until the pipe ends.

    Args:
        connection: Jobs in, lines out.
        bundle: the digit network.
        options: the server's own of the Reader.
    """
    cv2.setNumThreads(1)  # the other cores have workers of their own
    with suppress(EOFError, OSError):  # the server has ended
        try:
            classifier = Classifier.load(bundle)
            Reader(classifier, **options)
        except DigitsError as error:
            connection.send_bytes(FAULT + json.dumps(str(error)).encode())
            return
        connection.send_bytes(READY)
        with open(os.devnull, "w") as nowhere:
            while True:
                job: Job = connection.recv()
                connection.send_bytes(TAKEN)
                faulthandler.dump_traceback_later(2 * job.seconds, exit=True, file=nowhere)
                for line in do(classifier, options, job):
                    connection.send_bytes(line)
                faulthandler.cancel_dump_traceback_later()


def do(classifier: Classifier, options: Mapping[str, Any], job: Job) -> Iterator[bytes]:
    """The lines of a job, `END` last."""
    try:
        layout = {"layout": "digit"} if job.what == "classify" else {}
        reader = Reader(classifier, **{**options, **job.options, **layout})
    except InputError as error:
        yield OPTION + json.dumps(str(error)).encode()
    else:
        page = 0
        try:
            for line in _DO[job.what](reader, job):
                yield PAGE + json.dumps(line).encode()
                page += 1
        except (PictureError, InputError) as error:
            yield _error(ERROR, job, page, str(error))
        except Exception as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            yield _error(FAULT, job, page, f"{job.name} cannot be read: unexpected {what}; please report it")
    yield END


def _error(kind: bytes, job: Job, page: int, why: str) -> bytes:
    return kind + json.dumps(unread(job.name, page, why)).encode()


def _pages(job: Job) -> Iterator[Picture]:
    """The pages of a file, as many as may be read of it."""
    for picture in open_pictures(job.content, job.name, job.pixels):
        if picture.page >= job.pages:
            raise PictureError(f"{job.name} has more pages than may be read of it now, {job.pages}; send it in parts")
        yield picture


def _read(reader: Reader, job: Job) -> Iterator[dict[str, Any]]:
    for picture in _pages(job):
        reading = reader.read_page(picture)
        found = reading.to_json()
        if job.forms:
            _add_forms(found, reading)
        if job.pictures:
            found |= _picture(picture)
        yield found


def _classify(reader: Reader, job: Job) -> Iterator[dict[str, Any]]:
    reading = reader.read_page(next(_pages(job)))
    digits = [digit for number in reading.numbers for digit in number.digits]
    if not digits:
        yield {"picture": job.name, **no_digit("no digit was found"), "error": None}
        return
    answer = answer_of(digits[0].probabilities, digits[0].digitness, reader.thresholds)
    yield {"picture": job.name, **answer, "error": None}


def _explain(reader: Reader, job: Job) -> Iterator[dict[str, Any]]:
    from digits.data.sources import load_dataset  # noqa: PLC0415  (who only reads need not pay for these)
    from digits.explaining.explain import explain  # noqa: PLC0415
    from digits.serving.shown import shown  # noqa: PLC0415

    picture = next((picture for picture in _pages(job) if picture.page == job.page), None)
    if picture is None:
        raise PictureError(f"{job.name} has no page {job.page}, counted from 0")
    digits = load_dataset("sample", "all")
    yield shown(explain(reader, picture, sample=(digits.images, digits.labels)), job.number)


def _picture(picture: Picture) -> dict[str, Any]:
    """A page for browsers that cannot show its file: its size, and it, at most `SHOWN` pixels a side, as a data URL."""
    height, width = picture.pixels.shape[:2]
    small = reduced(picture.pixels, SHOWN)
    _, content = cv2.imencode(".jpg", small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    image = "data:image/jpeg;base64," + base64.b64encode(content.tobytes()).decode()
    return {"image": image, "size": [width * picture.scale, height * picture.scale]}


_DO = {"read": _read, "classify": _classify, "explain": _explain}


def _add_forms(found: dict[str, Any], reading: Reading) -> None:
    """Give each digit in a Reading's JSON its 28×28 pixels, as base64 of 784 bytes."""
    for number, entry in zip(reading.numbers, found["numbers"], strict=True):
        forms = [base64.b64encode(digit.image.tobytes()).decode() for digit in number.digits]
        marks = (mark for mark in entry["marks"] if mark["kind"] == "digit")
        for form, digit, mark in zip(forms, entry["digits"], marks, strict=True):
            digit["form"] = mark["form"] = form
