"""Processes that read pictures: one hangs, one is killed, the others go on.

Notable choices:
- processes (`process.py`), not threads: much of the time that a small picture takes is Python's own, which threads
  cannot share, and a library that crashes on a picture takes all threads with it;
- a pipe to each, and no shared queue: whoever dies leaves no lock behind, and it is known what it was reading. A worker
  reads what it is given in order, so the first picture that it has not answered is to blame; the others are given anew;
- a worker has its next pictures already (`AHEAD`) and never waits; at most `WINDOW` pictures a worker are read before
  their turn. What travels is a path one way and Readings the other, so memory is that of one picture a worker.
"""

import time
from collections import defaultdict, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import cv2

from digits.errors import DigitsError, WorkError
from digits.reading.many import Task, read_task
from digits.reading.networks.classifier import Classifier
from digits.reading.pictures.files import STANDARD_INPUT
from digits.reading.process import WorkerProcess
from digits.reading.reader import Reader
from digits.reading.results import Reading

AHEAD = 3
"""Pictures that a worker has at once: the one that it reads, and the next."""

WINDOW = 32
"""Pictures a worker that may be read before their turn."""

PATIENCE, STARTING = 120.0, 120.0
"""Seconds after which a page hangs: the largest that is opened takes a tenth of it. And a process that starts."""

_READY = "ready"  # what a worker says first


def read_in_processes(reader: Reader, tasks: Sequence[Task], workers: int) -> Generator[Reading, None, None]:
    """As `many.read_many`, with so many processes."""
    crew = _Crew(reader, tasks, workers)
    try:
        yield from crew.readings()
    finally:
        crew.stop()


class _Crew:
    """Who reads what.

    Attributes:
        turn: the number of the task whose Readings are next.
        fresh: the number of the first task that nobody was given.
        returned: tasks of workers that ended, to be given anew.
        answers: Readings that wait for their turn, by task.
        finished: tasks of which no further Reading comes.
    """

    def __init__(self, reader: Reader, tasks: Sequence[Task], workers: int) -> None:
        self.reader = reader
        self.tasks = tasks
        self.workers: list[_Worker] = []
        self.wanted = workers
        self.turn = self.fresh = 0
        self.returned: deque[int] = deque()
        self.answers: defaultdict[int, deque[Reading]] = defaultdict(deque)
        self.finished: set[int] = set()

    def readings(self) -> Iterator[Reading]:
        """All Readings, in order."""
        self.workers = [_Worker(self.reader) for _ in range(self.wanted)]
        while self.turn < len(self.tasks):
            self._hand_out()
            yield from self._in_turn()
            self._listen()

    def stop(self) -> None:
        """End all workers, whatever they are doing."""
        for worker in self.workers:
            worker.stop()

    def _hand_out(self) -> None:
        """Give workers something to do: each one picture, then each a second one, and so on."""
        for ahead in range(1, AHEAD + 1):
            for worker in self.workers:
                if len(worker.given) < ahead and (number := self._next_task()) is not None:
                    worker.give(number, self.tasks[number])

    def _next_task(self) -> int | None:
        if self.returned:
            return self.returned.popleft()
        while self.fresh < min(len(self.tasks), self.turn + WINDOW * self.wanted):
            number, task = self.fresh, self.tasks[self.fresh]
            self.fresh += 1
            if not task.error and str(task.path) != STANDARD_INPUT:
                return number
            self.answers[number].extend(read_task(self.reader, task))  # only this process has the standard input
            self.finished.add(number)
        return None

    def _in_turn(self) -> Iterator[Reading]:
        """The Readings whose turn it is."""
        while self.turn < len(self.tasks):
            while self.answers[self.turn]:
                yield self.answers[self.turn].popleft()
            if self.turn not in self.finished:
                return
            self.finished.discard(self.turn)
            del self.answers[self.turn]
            self.turn += 1

    def _listen(self) -> None:
        """Wait until a worker says something, ends, or has hung."""
        busy = [worker for worker in self.workers if worker.given]
        if not busy:
            return
        heard = wait([worker.connection for worker in busy], timeout=min(worker.seconds_left for worker in busy))
        for worker in busy:
            if worker.connection in heard:
                try:
                    self._hear(worker, worker.connection.recv())
                except (EOFError, OSError):
                    self._replace(worker, "the process that read it has crashed")
            elif worker.seconds_left <= 0:
                self._replace(worker, f"it took more than {PATIENCE:g} seconds")

    def _hear(self, worker: "_Worker", message: Any) -> None:  # noqa: ANN401
        worker.since = time.monotonic()
        if isinstance(message, DigitsError):
            raise message
        if message == _READY:
            worker.ready = True
        elif message is None:
            self.finished.add(worker.given.popleft())
            worker.pages = 0
        else:
            self.answers[worker.given[0]].append(message)
            worker.pages += 1

    def _replace(self, worker: "_Worker", why: str) -> None:
        """Another worker for one that is of no more use, because of the first picture that it was given."""
        worker.stop()
        self.workers.remove(worker)
        if not worker.ready:
            raise WorkError(f"processes to read pictures cannot be started (exit code {worker.process.exitcode})")
        number = worker.given.popleft()
        name = str(self.tasks[number].path)
        self.answers[number].append(Reading(name, worker.pages, (), f"{name} cannot be read: {why}"))
        self.finished.add(number)
        self.returned.extendleft(reversed(worker.given))
        self.workers.append(_Worker(self.reader))


class _Worker(WorkerProcess):
    """A process that reads.

    Attributes:
        connection: tasks go in; out come `_READY`, then for each task its Readings and None, or an error that ends all.
        given: the numbers of the tasks that it has not finished.
        pages: how many of the first of these have been read.
        since: when it was last heard of, or had nothing to do.
    """

    def __init__(self, reader: Reader) -> None:
        super().__init__(_work, reader.classifier.path, reader.options)
        self.given: deque[int] = deque()
        self.ready = False
        self.pages = 0
        self.since = time.monotonic()

    def give(self, number: int, task: Task) -> None:
        """One more picture to read."""
        if not self.given:
            self.since = time.monotonic()
        self.given.append(number)
        with suppress(OSError):  # it has ended, which is noticed when it is listened to
            self.connection.send(task)

    @property
    def seconds_left(self) -> float:
        """Until it is taken to hang."""
        return max(0.0, self.since + (PATIENCE if self.ready else STARTING) - time.monotonic())


def _work(connection: Connection, bundle: Path, options: dict[str, Any]) -> None:
    """What a worker does."""
    cv2.setNumThreads(1)  # the other cores have workers of their own
    with suppress(EOFError, OSError):  # the parent has ended
        try:
            reader = Reader(Classifier.load(bundle), **options)
            connection.send(_READY)
            while True:
                for reading in read_task(reader, connection.recv()):
                    connection.send(reading)
                connection.send(None)
        except DigitsError as error:
            connection.send(error)
