"""The worker processes: each reads one file at a time; one that hangs or dies takes that file with it, and no other.

Notable choices:
- a thread beside each process waits for it: a pipe is listened to in the same way on every system;
- who comes while all work waits in line, up to a number; one more is told to come again, and when;
- a process that took too long is ended and another started; the next file goes to whoever is ready by then;
- a process that died before it took a file has not died of it: the file goes to another, once.
"""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from digits.errors import WorkError
from digits.reading.reader import Reader
from digits.serving.jobs import Job
from digits.serving.log import NAME
from digits.serving.metrics import Metrics
from digits.serving.process import Outcome, ReadingProcess, Work, given_up
from digits.serving.refusals import Refused
from digits.serving.settings import Settings

logger = logging.getLogger(NAME)

AGAIN = 30.0
"""Seconds at most between two tries to start a process that cannot be started."""


T = TypeVar("T")


class Crew:
    """The processes, and who waits for them.

    Attributes:
        ready: how many processes can read, or read.
        waiting: files that are read, or wait for it.
    """

    def __init__(
        self,
        reader: Reader,
        settings: Settings,
        metrics: Metrics,
        *,
        ahead: Iterable[ReadingProcess] = (),
        work: Work | None = None,
    ) -> None:
        """Nothing is started here; `ahead` are processes that are on their way, `work` is what the others do."""
        self.ready = self.waiting = 0
        self._arguments = (reader.classifier.path, reader.options, work)
        self._ahead = list(ahead)
        self._settings, self._metrics = settings, metrics
        self._seconds = 1.0  # that a file took, on average
        self._idle: asyncio.Queue[ReadingProcess] = asyncio.Queue()
        self._all: set[ReadingProcess] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._threads = ThreadPoolExecutor(2 * settings.workers, thread_name_prefix="worker")
        self._ends = False

    def start(self) -> None:
        """Start all processes; they are there when they are ready."""
        for place in range(self._settings.workers):
            self._begin(self._bring_up(self._ahead[place] if place < len(self._ahead) else None))

    def stop(self) -> None:
        """End all processes, whatever they do."""
        self._ends = True
        for worker in list(self._all):
            worker.stop()
        for task in list(self._tasks):
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def check_room(self) -> None:
        """Refuse a request for which there is no room; its files are read one after the other, so it takes one place.

        Raises:
            Refused: as many as may wait do.
        """
        if self.waiting >= self._settings.waiting:
            seconds = max(1, min(60, round(self.waiting * self._seconds / self._settings.workers)))
            raise Refused(503, "too many files are waiting to be read; try again later", retry_after=seconds)

    async def do(self, job: Job, until: float) -> Outcome:
        """Have a file read by the first process that is free; it is done to its end even if nobody waits any more.

        Args:
            job: the file.
            until: when it must be done, in the loop's time.
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
            return given_up(Outcome(), job, "busy", "no process was free in time; try again later")
        began = loop.time()
        outcome = await loop.run_in_executor(self._threads, worker.ask, job, until - began)
        if outcome.ended in {"crashed", "took_too_long", "not_taken"}:
            self._replace(worker, outcome.ended)
        else:
            self._seconds += 0.1 * (loop.time() - began - self._seconds)
            self._idle.put_nowait(worker)
        return outcome

    async def _bring_up(self, worker: ReadingProcess | None = None) -> None:
        """Start a process, if it is not on its way, and if need be again and again, until one is ready."""
        loop, pause = asyncio.get_running_loop(), 1.0
        while not self._ends:
            try:
                if worker is None:
                    worker = await loop.run_in_executor(self._threads, ReadingProcess, *self._arguments)
                self._all.add(worker)
                await loop.run_in_executor(self._threads, worker.wait_until_ready)
            except (WorkError, OSError) as error:
                if worker:
                    worker.stop()
                    self._all.discard(worker)
                    worker = None
                if self._ends:
                    return
                logger.error("worker cannot start", extra={"fields": {"why": str(error)}})
                await asyncio.sleep(pause)
                pause = min(AGAIN, 2 * pause)
            else:
                self._count(1)
                self._idle.put_nowait(worker)
                return

    def _replace(self, worker: ReadingProcess, why: str) -> None:
        worker.stop()
        self._all.discard(worker)
        self._count(-1)
        logger.warning("worker replaced", extra={"fields": {"why": why}})
        if not self._ends:
            self._begin(self._bring_up())

    def _count(self, more: int) -> None:
        self.ready += more
        self._metrics.workers.set(self.ready)

    def _begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that goes on by itself, and that we hold on to."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
