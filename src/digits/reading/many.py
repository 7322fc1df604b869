"""Many pictures: found, and read one after the other or on all cores, with Readings in the pictures' order.

    for reading in read_many(reader, find_tasks(["scans"])): ...

Notable choices:
- whatever is wrong with a picture is its Reading's `error`, a fault of ours included: one among a thousand is not the
  end;
- few pictures are read in this process: others take longer to start than those take to read. Whether they are few is
  estimated from the sizes of their files;
- memory is that of one picture a process, whatever their number (`workers.py`).
"""

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digits.errors import DigitsError, PictureError
from digits.reading.pictures.picture import Picture, find_pictures
from digits.reading.reader import Reader
from digits.reading.results import Reading

WORTH_PROCESSES = 1.0
"""Seconds of estimated work from which on processes are started, which takes about half as long."""

_SECONDS_A_PICTURE, _SECONDS_A_BYTE = 2e-3, 2e-7  # a small one, and what a large one takes besides; on one core


@dataclass(frozen=True)
class Task:
    """One picture to read.

    Attributes:
        path: the picture; `-` is standard input.
        annotated: where to write it with boxes and answers; None for nowhere.
        error: None, or why there is nothing to read at `path`.
    """

    path: Path
    annotated: Path | None = None
    error: str | None = None


def find_tasks(paths: Iterable[Path | str], annotate: Path | None = None) -> list[Task]:
    """The pictures in files, folders and patterns, as `find_pictures` finds them; a path without any keeps its error.

    Args:
        paths: what to read; `-` is standard input.
        annotate: the folder for annotated pictures. They keep their names, and below a folder their places in it;
            pictures that are in it already are left out of folders.

    Raises:
        PictureError: an annotated picture would take the place of one that is read.
    """
    tasks: list[Task] = []
    names: list[Path] = []
    for path in map(Path, paths):
        try:
            found = find_pictures([path])
        except PictureError as error:
            tasks.append(Task(path, error=str(error)))
            names.append(Path(path.name))
            continue
        if annotate and path.is_dir():
            found = [file for file in found if not file.resolve().is_relative_to(annotate.resolve())]
        tasks += map(Task, found)
        names += [file.relative_to(path) if path.is_dir() else Path(file.name) for file in found]
    if not annotate:
        return tasks
    from digits.reading.annotate import places  # noqa: PLC0415  (what draws is loaded only to draw)

    files = places(annotate, names, [task.path for task in tasks])
    return [Task(task.path, file, task.error) for task, file in zip(tasks, files, strict=True)]


def read_many(reader: Reader, tasks: Sequence[Task], *, workers: int | None = None) -> Generator[Reading, None, None]:
    """The Readings of all pages of all pictures, in order, each as soon as it is ready; closing it ends all work.

    Where it starts processes, a script must call it below `if __name__ == "__main__":`, as `multiprocessing` demands.

    Args:
        reader: how to read.
        tasks: what to read.
        workers: processes; 1 reads in this one. By default one a core, or 1 for so few pictures that more do not pay.

    Raises:
        WorkError: an annotated picture cannot be written, or no process can be started.
    """
    if workers is None:
        workers = min(usable_cores(), len(tasks)) if _worth_processes(tasks) else 1
    if workers > 1:
        from digits.reading.workers import read_in_processes  # noqa: PLC0415  (a single picture need not pay for it)

        yield from read_in_processes(reader, tasks, workers)
    else:
        for task in tasks:
            yield from read_task(reader, task)


def read_task(reader: Reader, task: Task) -> Iterator[Reading]:
    """The Readings of one picture's pages, at least one."""
    name, page = str(task.path), 0
    if task.error:
        yield Reading(name, page, (), task.error)
        return
    try:
        for reading in reader.read(task.path, name, on_page=_annotator(task)):
            yield reading
            page = reading.page + 1
    except DigitsError:  # of the annotated picture: the disk is full
        raise
    except Exception as error:
        if os.environ.get("DIGITS_DEBUG"):
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        yield Reading(name, page, (), f"{name} cannot be read: unexpected {what}; please report it with the picture")


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _annotator(task: Task) -> Callable[[Picture, Reading], None] | None:
    """What is to be done with each page of a picture that is annotated."""
    if task.annotated is None:
        return None
    from digits.reading.annotate import annotate  # noqa: PLC0415

    path = task.annotated
    return lambda picture, reading: annotate(picture, reading, path)


def _worth_processes(tasks: Iterable[Task]) -> bool:
    seconds = 0.0
    for task in tasks:
        try:
            size = 0 if task.error else task.path.stat().st_size
        except OSError:
            size = 0
        seconds += _SECONDS_A_PICTURE + _SECONDS_A_BYTE * size
        if seconds > WORTH_PROCESSES:
            return True
    return False
