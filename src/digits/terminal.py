"""What the command line shows on a terminal: progress, tables, and digits drawn in characters.

Only `digits.cli` uses this. Progress goes to standard error, as a live bar on a terminal and as plain lines elsewhere;
the functions that make text return it.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from digits.making import Watcher

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from digits.reading.results import Reading
    from digits.training.engine import Progress
    from digits.training.run import Epoch

PLAIN_SECONDS = 10
"""How often a plain line tells of an unfinished epoch or download."""

MANY_PICTURES = 50
"""From so many on, a bar shows how many are read."""


def say(line: str) -> None:
    """A message for a person: one line on standard error."""
    print(line, file=sys.stderr, flush=True)


class TrainingDisplay(Watcher):
    """Shows a training: a live bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._live: Any = None
        self._task: Any = None
        self._last_line = time.monotonic()

    def __enter__(self) -> "TrainingDisplay":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            self._live = Progress(
                TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"),
                console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def progress(self, progress: "Progress") -> None:
        """Show where the training is."""
        self._progress = progress
        figures = (
            f"loss {progress.loss:.4f}  accuracy {percent(progress.accuracy)}  "
            f"{progress.images_per_second:,.0f} images/s  {duration(progress.seconds_left)} left"
        )
        label = f"epoch {progress.epoch}/{progress.epochs}"
        if self._live:
            if self._task is None:
                self._task = self._live.add_task(label, total=progress.steps, figures=figures)
            self._live.update(
                self._task, description=label, completed=progress.step, total=progress.steps, figures=figures
            )
        elif time.monotonic() - self._last_line > PLAIN_SECONDS:
            self._print(f"{label}, step {progress.step:,} of {progress.steps:,}  {figures}")

    def epoch(self, epoch: "Epoch") -> None:
        """A finished epoch stays as a line."""
        if self._progress:  # told before every epoch's end
            self._print(describe_epoch(epoch, self._progress))

    def stage(self, text: str) -> None:
        """Say that another stage begins."""
        if self._live and self._task is not None:
            self._live.remove_task(self._task)
            self._task = None
        self._print(text)

    def _print(self, line: str) -> None:
        self._last_line = time.monotonic()
        if self._live:
            self._live.console.print(line, highlight=False, markup=False, soft_wrap=True)
        else:
            say(line)


@contextmanager
def download_shown() -> Iterator[Any]:
    """Give a function (file, bytes done, bytes in all) that shows downloads."""
    last_file, last_time = "", 0.0

    def show(file: str, done: int, total: int) -> None:
        nonlocal last_file, last_time
        now = time.monotonic()
        finished = done >= total > 0
        every = 0.2 if sys.stderr.isatty() else PLAIN_SECONDS
        if file == last_file and not finished and now - last_time < every:
            return
        last_file, last_time = file, now
        line = f"{file}: {done / 1e6:.1f} of {total / 1e6:.1f} MB"
        if sys.stderr.isatty():
            print(f"\r{line}", end="\n" if finished else "", file=sys.stderr, flush=True)
        elif finished or done == 0:
            say(line)

    yield show


@contextmanager
def pictures_shown(total: int) -> "Iterator[Callable[[Reading], None]]":
    """Give a function that is told of each Reading of many pictures, and shows how many are read.

    It shows nothing where the rows themselves go to the terminal, or where there is none.
    """
    if total < MANY_PICTURES or not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda reading: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("pictures"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("", total=total)
        yield lambda reading: bar.advance(task) if reading.page == 0 else None


def one_line(text: str) -> str:
    """Text without what would break a line or a terminal: control characters and bytes that are no UTF-8, escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def describe_epoch(epoch: "Epoch", progress: "Progress") -> str:
    """One line of figures of a finished epoch."""
    epochs = progress.epochs
    line = (
        f"epoch {epoch.epoch:>{len(str(epochs))}}/{epochs}  loss {epoch.loss:.4f}  accuracy {percent(epoch.accuracy)}"
    )
    if epoch.validation_loss is not None and epoch.validation_accuracy is not None:
        line += f"  validation {epoch.validation_loss:.4f}, {percent(epoch.validation_accuracy)}"
    left = f"  {duration(progress.seconds_left)} left" if epoch.epoch < epochs else ""
    return f"{line}  {epoch.images_per_second:,.0f} images/s{left}"


def describe_evaluation(figures: Mapping[str, Any]) -> str:
    """An evaluation as lines of text: figures, each digit, and the confusion matrix."""
    seen = {
        True: "yes: this is no measure of unseen digits",
        False: "no",
        None: "unknown: too few digits to tell, or a network that does not say",
    }
    lines = [
        f"model              {figures['model']}",
        f"digits             {figures['data']}, {figures['split']}, n = {figures['n']:,}",
        f"seen in training   {seen[figures['seen_in_training']]}",
        *([f"test-time augmentation: mean over {views}"] if (views := figures["test_time_augmentation"]) else []),
        f"accuracy           {accuracy_with_interval(figures)}",
        f"errors             {figures['n'] - figures['correct']:,}",
        f"loss               {figures['loss']:.4f} (calibrated: {figures['calibrated_loss']:.4f})",
        f"Brier score        {figures['brier']:.4f}",
        f"calibration error  {figures['calibration_error']:.4f}",
        "",
        "digit      n  precision  recall      F1",
        *(
            f"{row['digit']:>5} {row['n']:>6,}  {percent(row['precision']):>9} {percent(row['recall']):>8} "
            f"{percent(row['f1']):>8}"
            for row in figures["per_class"]
        ),
        "",
        "true ↓ answered →" + "".join(f"{digit:>6}" for digit in range(10)),
        *(
            f"{digit:>17}" + "".join(f"{count or '·':>6}" for count in row)
            for digit, row in enumerate(figures["confusion"])
        ),
    ]
    return "\n".join(lines)


def accuracy_with_interval(figures: Mapping[str, Any]) -> str:
    """Accuracy with its interval and n: `97.52 % (95 % interval 97.20 to 97.80 %, n = 10,000)`."""
    low, high = figures["interval"]
    return f"{percent(figures['accuracy'])} (95 % interval {100 * low:.2f} to {100 * high:.2f} %, n = {figures['n']:,})"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of text under headings, in columns as wide as they need."""
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (headings, *rows)]
    return "\n".join(line.rstrip() for line in lines)


def draw_digits(images: "Sequence[npt.NDArray[np.uint8]]", captions: Sequence[str]) -> str:
    """Images, each uint8 (28, 28), in Braille patterns (a character is 2 × 4 pixels), five side by side."""
    lines: list[str] = []
    for start in range(0, len(images), 5):
        drawn = [_braille(image) for image in images[start : start + 5]]
        lines += ["  ".join(parts).rstrip() for parts in zip(*drawn, strict=True)]
        lines += ["  ".join(f"{caption:^14}" for caption in captions[start : start + 5]).rstrip(), ""]
    return "\n".join(lines)


def _braille(image: "npt.NDArray[np.uint8]") -> list[str]:
    """Seven lines of 14 characters. The dots of a Braille pattern: bit 0 to 2 and 6 on the left, 3 to 5 and 7 right."""
    bits = ((0, 3), (1, 4), (2, 5), (6, 7))
    cells = (image >= 96).reshape(7, 4, 14, 2)
    return [
        "".join(
            chr(0x2800 + sum(int(cells[row, y, column, x]) << bits[y][x] for y in range(4) for x in range(2)))
            for column in range(14)
        )
        for row in range(7)
    ]


def percent(share: float) -> str:
    """`0.9752` as `97.52 %`."""
    return f"{100 * share:.2f} %"


def duration(seconds: float) -> str:
    """Seconds as `12 s`, `3 min 20 s` or `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
