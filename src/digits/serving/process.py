"""One worker process, from the server's side: started, asked, given up."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from digits.errors import WorkError
from digits.reading.process import WorkerProcess
from digits.serving.jobs import END, ERROR, FAULT, OPTION, PAGE, READY, TAKEN, Job, unread

STARTING = 120.0
"""Seconds after which a process that starts is given up; a second is usual."""

Work = Callable[[Connection, Path, dict[str, Any]], None]
"""What such a process does: `worker.work`, or what a test puts there."""

Ended = Literal["read", "refused", "bad_option", "failed", "crashed", "took_too_long", "not_taken", "busy"]


@dataclass
class Outcome:
    """What became of a file.

    Attributes:
        pages: what was said of each page, JSON.
        ended: `read` if all went well; otherwise how it ended after these pages.
        error: None, or JSON: the entry of what was not read; of `bad_option` the message.
    """

    pages: list[bytes] = field(default_factory=list)
    ended: Ended = "read"
    error: bytes | None = None


class ReadingProcess(WorkerProcess):
    """A process that reads; what it is asked is waited for in a thread."""

    def __init__(self, bundle: Path, options: Mapping[str, Any], work: Work | None = None) -> None:
        """Start it.

        Args:
            bundle: the digit network.
            options: of its Reader.
            work: what it does; tests give another than `worker.work`.

        Raises:
            OSError: the system starts no more processes.
        """
        super().__init__(work or _work, bundle, dict(options))

    def wait_until_ready(self) -> None:
        """Wait for its first word.

        Raises:
            WorkError: it cannot work.
        """
        said = b""
        with suppress(EOFError, OSError):
            said = self.connection.recv_bytes() if self.connection.poll(STARTING) else b""
        if said != READY:
            why = json.loads(said[1:]) if said else "it ended, or took too long to start"
            raise WorkError(f"a process to read with cannot be started: {why}")

    def ask(self, job: Job, seconds: float) -> Outcome:
        """Have it do a job within so many seconds; if it does not, or dies, it is of no more use."""
        outcome, until, taken = Outcome(), time.monotonic() + seconds, False
        try:
            self.connection.send(job)
            while self.connection.poll(max(0.0, until - time.monotonic())):
                said = self.connection.recv_bytes()
                kind, line = said[:1], said[1:]
                if kind == TAKEN:
                    taken = True
                elif kind == PAGE:
                    outcome.pages.append(line)
                elif kind == END:
                    return outcome
                else:
                    outcome.ended, outcome.error = _ENDS[kind], line
            return given_up(outcome, job, "took_too_long", f"it took more than {seconds:.3g} seconds")
        except (EOFError, OSError):
            ended: Ended = "crashed" if taken else "not_taken"
            return given_up(outcome, job, ended, "the process that read it has crashed")


_ENDS: dict[bytes, Ended] = {ERROR: "refused", OPTION: "bad_option", FAULT: "failed"}


def given_up(outcome: Outcome, job: Job, ended: Ended, why: str) -> Outcome:
    """What became of a file that ended so after these pages."""
    entry = unread(job.name, len(outcome.pages), f"{job.name} cannot be read: {why}")
    outcome.ended, outcome.error = ended, json.dumps(entry).encode()
    return outcome


def _work(connection: Connection, bundle: Path, options: dict[str, Any]) -> None:
    from digits.serving.worker import work  # noqa: PLC0415  (in the process alone: the server need not load it)

    work(connection, bundle, options)
