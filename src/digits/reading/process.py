"""A process at the other end of a pipe: whatever a library does to it, this one goes on.

Notable choices:
- it is started anew (`spawn`), not forked: the same on every system, and safe beside libraries that have threads;
- Ctrl-C, and a service manager's request to end, are the parent's alone: the process is started with both signals
  blocked, finishes what it does, and ends with its pipe.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context, resource_tracker
from typing import Any


class WorkerProcess:
    """A process, started.

    Attributes:
        process: the process.
        connection: this side's end of the pipe.
    """

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401  (the function's own)
        """Start `work(connection, *arguments)`, a module's function with arguments that can be pickled.

        Raises:
            OSError: the system starts no more processes.
        """
        context = get_context("spawn")
        self.connection, end = context.Pipe()
        self.process = context.Process(target=work, args=(end, *arguments), daemon=True)
        with _signals_blocked():
            self.process.start()
        end.close()  # the worker's: with it, the worker would never be seen to end

    def stop(self) -> None:
        """End it, whatever it is doing; once is enough."""
        self.process.kill()
        self.process.join()
        self.connection.close()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Within, signals to end wait; a process that is started within never sees one."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # started within, it would let the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
