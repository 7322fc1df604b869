"""The worker processes: each reads one file at a time; one that hangs or dies takes that file with it, and no other.

Notable choices:
- a thread beside each process waits for it: a pipe is listened to in the same way on every system;
- who comes while all work waits in line, up to a number; one more is told to come again, and when;
- a process that took too long is ended and another started; the next file goes to whoever is ready by then;
- a process that died before it took a file has not died of it: the file goes to another, once.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from digits.errors import WorkError
from digits.reading.process import WorkerProcess
from digits.reading.reader import Reader
from digits.serving import jobs
from digits.serving.jobs import Job
from digits.serving.log import NAME
from digits.serving.metrics import Metrics
from digits.serving.refusals import Refused
from digits.serving.settings import Settings

logger = logging.getLogger(NAME)

STARTING = 120.0
"""Seconds after which a process that starts is given up; a second is usual."""

AGAIN = 30.0
"""Seconds at most between two tries to start a process that cannot be started."""

Ended = Literal["read", "refused", "bad_option", "failed", "crashed", "took_too_long", "not_taken"]


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


class Crew:
    """The processes, and who waits for them.

    Attributes:
        ready: how many processes can read, or read.
        waiting: files that are read, or wait for it.
    """

    def __init__(self, reader: Reader, settings: Settings, metrics: Metrics, work: Callable[..., None]) -> None:
        """Nothing is started yet; `work` is what a process does."""
        self.ready = self.waiting = 0
        self._arguments = (work, reader.classifier.path, reader.options)
        self._settings, self._metrics = settings, metrics
        self._seconds = 1.0  # that a file took, on average
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._tasks: set[asyncio.Task[object]] = set()
        self._threads = ThreadPoolExecutor(2 * settings.workers, thread_name_prefix="worker")
        self._ends = False

    def start(self) -> None:
        """Start all processes; they are there when they are ready."""
        for _ in range(self._settings.workers):
            self._begin(self._bring_up())

    def stop(self) -> None:
        """End all processes, whatever they do."""
        self._ends = True
        for worker in list(self._all):
            worker.stop()
        for task in list(self._tasks):
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def check_room(self, files: int = 1) -> None:
        """Refuse a request for which there is no room.

        Raises:
            Refused: as many as may wait do.
        """
        if self.waiting and self.waiting + files > self._settings.waiting:
            seconds = max(1, min(60, round(self.waiting * self._seconds / self._settings.workers)))
            raise Refused(503, "too many files are waiting to be read; try again later", retry_after=seconds)

    async def do(self, job: Job, until: float) -> Outcome:
        """Have a file read by the first process that is free; it is done to its end even if nobody waits any more.

        Args:
            job: the file.
            until: when it must be done, in the loop's time.

        Raises:
            Refused: no process was free before then.
        """
        self.waiting += 1
        self._metrics.jobs.set(self.waiting)
        try:
            outcome = await asyncio.shield(self._begin(self._done(job, until)))
        finally:
            self.waiting -= 1
            self._metrics.jobs.set(self.waiting)
        self._metrics.files.labels(outcome.ended).inc()
        self._metrics.pages.inc(len(outcome.pages))
        return outcome

    async def _done(self, job: Job, until: float) -> Outcome:
        outcome = await self._tried(job, until)
        return await self._tried(job, until) if outcome.ended == "not_taken" else outcome

    async def _tried(self, job: Job, until: float) -> Outcome:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(until):
                worker = await self._idle.get()
        except TimeoutError:
            raise Refused(503, "no process was free to read this; try again later", retry_after=10) from None
        began = loop.time()
        outcome = await loop.run_in_executor(self._threads, worker.ask, job, until - began)
        if outcome.ended in {"crashed", "took_too_long", "not_taken"}:
            self._replace(worker, outcome.ended)
        else:
            self._seconds += 0.1 * (loop.time() - began - self._seconds)
            self._idle.put_nowait(worker)
        return outcome

    async def _bring_up(self) -> None:
        """Start a process, if need be again and again, until one is ready."""
        loop, pause = asyncio.get_running_loop(), 1.0
        while not self._ends:
            worker = None
            try:
                worker = await loop.run_in_executor(self._threads, _Worker, *self._arguments)
                self._all.add(worker)
                await loop.run_in_executor(self._threads, worker.wait_until_ready)
            except (WorkError, OSError) as error:
                if worker:
                    worker.stop()
                    self._all.discard(worker)
                if self._ends:
                    return
                logger.error("worker cannot start", extra={"fields": {"why": str(error)}})
                await asyncio.sleep(pause)
                pause = min(AGAIN, 2 * pause)
            else:
                self._count(1)
                self._idle.put_nowait(worker)
                return

    def _replace(self, worker: "_Worker", why: str) -> None:
        worker.stop()
        self._all.discard(worker)
        self._count(-1)
        logger.warning("worker replaced", extra={"fields": {"why": why}})
        if not self._ends:
            self._begin(self._bring_up())

    def _count(self, more: int) -> None:
        self.ready += more
        self._metrics.workers.set(self.ready)

    def _begin(self, work):  # noqa: ANN001, ANN202
        """A task that goes on by itself, and that we hold on to."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Worker(WorkerProcess):
    """A process that reads; what it is asked is waited for in a thread."""

    def wait_until_ready(self) -> None:
        """Wait for its first word.

        Raises:
            WorkError: it cannot work.
        """
        said = b""
        with suppress(EOFError, OSError):
            said = self.connection.recv_bytes() if self.connection.poll(STARTING) else b""
        if said != jobs.READY:
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
                if kind == jobs.TAKEN:
                    taken = True
                elif kind == jobs.PAGE:
                    outcome.pages.append(line)
                elif kind == jobs.END:
                    return outcome
                else:
                    outcome.ended, outcome.error = _ENDS[kind], line
            return _given_up(outcome, job, "took_too_long", f"it took more than {seconds:.3g} seconds")
        except (EOFError, OSError):
            ended: Ended = "crashed" if taken else "not_taken"
            return _given_up(outcome, job, ended, "the process that read it has crashed")


_ENDS: dict[bytes, Ended] = {jobs.ERROR: "refused", jobs.OPTION: "bad_option", jobs.FAULT: "failed"}


def _given_up(outcome: Outcome, job: Job, ended: Ended, why: str) -> Outcome:
    entry = jobs.unread(job.name, len(outcome.pages), f"{job.name} cannot be read: {why}")
    outcome.ended, outcome.error = ended, json.dumps(entry).encode()
    return outcome
