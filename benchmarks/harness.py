"""What the benchmarks share: environments, processes, ratios, facts about the machine.

Notable choices:
- every measurement is a process of its own, and they take turns: A B C, A B C …; what slows the machine down for a
  while then slows all of them;
- a ratio is taken within each round, and the median over the rounds is stated with the lowest and the highest;
- accelerators are hidden from every process, unless a benchmark asks for them: most compare processors;
- a benchmark that takes long writes each round down as it ends (`Rounds`), and goes on from there when it was stopped.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from digits.atomic import write_whole

HERE = Path(__file__).parent
CONTENDERS = HERE / "contenders"
ENVIRONMENTS = {
    "tensorflow": ("tensorflow-cpu==2.21.0", f"keras=={version('keras')}"),
    "tensorflow_serving": (
        "tensorflow-cpu==2.21.0",
        f"keras=={version('keras')}",
        "fastapi",
        "uvicorn",
        "uvloop",
        "httptools",
    ),
    "torch": ("torch==2.13.0", "numpy"),
    "rapidocr": ("rapidocr-onnxruntime==1.4.4",),
    "rapidocr3": ("rapidocr==3.10.0", "onnxruntime"),
}
"""The environments of other stacks, and what is installed into each; Keras is the very version that we use."""

_progress = Console(stderr=True)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two times, over the rounds."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, above: Sequence[float], below: Sequence[float]) -> "Ratio":
        """The ratios of the rounds' pairs."""
        quotients = [a / b for a, b in zip(above, below, strict=True)]
        return cls(statistics.median(quotients), min(quotients), max(quotients))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.lowest:.2f}–{self.highest:.2f})"


@dataclass(frozen=True)
class Aim:
    """What a ratio ought to be, and what it is."""

    what: str
    ratio: Ratio
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the median is where it ought to be."""
        median = self.ratio.median
        return (self.at_least is None or median >= self.at_least) and (self.at_most is None or median <= self.at_most)

    def __str__(self) -> str:
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        return f"{'met   ' if self.met else 'MISSED'}  {self.what}: {self.ratio}, aim {bound}"

    def to_json(self) -> dict[str, Any]:
        """The aim as a JSON object."""
        return {**self.__dict__, "ratio": self.ratio.__dict__, "met": self.met}


def add_common_arguments(parser: argparse.ArgumentParser, rounds: int) -> None:
    """The arguments that every benchmark takes."""
    parser.add_argument("--rounds", type=int, default=rounds, help="counted rounds (default: %(default)s)")
    parser.add_argument("--warmup", type=int, default=1, help="uncounted rounds before (default: %(default)s)")
    add_env_dir(parser)
    parser.add_argument("--tensorflow-python", type=Path, help="an interpreter that has TensorFlow and Keras already")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")


def add_env_dir(parser: argparse.ArgumentParser) -> None:
    """The argument of the benchmarks that need environments of other stacks."""
    parser.add_argument(
        "--env-dir",
        type=Path,
        default=HERE.parent / ".bench",
        help="where environments of other stacks are, or are made with venv and pip (default: .bench in the project)",
    )


class Rounds:
    """The finished rounds of a benchmark, in a file if one was named: a benchmark that was stopped goes on from there.

    Attributes:
        machine: the facts about the machine when the first round started.
        results: what each finished round gave, in order.
    """

    def __init__(self, file: Path | None, settings: Mapping[str, Any]) -> None:
        """Read the rounds that are there; those of other settings or of another machine end the program, code 2."""
        self.file, self.settings = file, json.loads(json.dumps(settings))
        self.machine = machine()
        self.results: list[dict[str, Any]] = []
        if file is None or not file.exists():
            return
        try:
            content = json.loads(file.read_text("utf-8"))
            found_settings, found_machine, results = content["settings"], content["machine"], content["rounds"]
        except (ValueError, KeyError, TypeError, OSError) as error:
            refuse(f"{file}: expected the rounds of a benchmark as JSON, got {error!r}; name another file")
        if found_settings != self.settings:
            refuse(f"{file} has rounds of {found_settings}, not of {self.settings}; name another file")
        if any(found_machine[name] != self.machine[name] for name in ("cpu", "cores", "python")):
            refuse(f"{file} has rounds of another machine ({describe_machine(found_machine)}); name another file")
        self.machine, self.results = found_machine, results
        say(f"{len(results)} finished rounds found in {file}")

    def add(self, result: dict[str, Any]) -> None:
        """Keep what a round gave."""
        self.results.append(result)
        if self.file is not None:
            content = {"machine": self.machine, "settings": self.settings, "rounds": self.results}
            write_whole(self.file, json.dumps(content, indent=1) + "\n")


def add_rounds_file(parser: argparse.ArgumentParser) -> None:
    """The argument of the benchmarks that can be stopped and go on."""
    parser.add_argument(
        "--rounds-file",
        type=Path,
        metavar="FILE",
        help="write each round here as it ends, and go on from what is there",
    )


def interpreter(name: str, env_dir: Path, given: Path | None) -> Path:
    """The interpreter of another stack's environment; the environment is made if it is not there.

    `given` comes first, then the environment variable `DIGITS_TENSORFLOW_PYTHON`, `DIGITS_TORCH_PYTHON`,
    `DIGITS_RAPIDOCR_PYTHON` or `DIGITS_RAPIDOCR3_PYTHON`.
    """
    given = given or (Path(named) if (named := os.environ.get(f"DIGITS_{name.upper()}_PYTHON")) else None)
    if given:
        return given
    python = (env_dir / name / "bin" / "python").absolute()
    packages = ENVIRONMENTS[name]
    marker = env_dir / name / "installed.json"
    if not marker.exists() or json.loads(marker.read_text()) != list(packages):
        say(f"making {env_dir / name}: {', '.join(packages)} (once; some minutes)")
        subprocess.run([sys.executable, "-m", "venv", "--clear", env_dir / name], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True, stdout=sys.stderr)
        marker.write_text(json.dumps(packages))
    return python


def run_process(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None, *, accelerators: bool = False
) -> tuple[float, str]:
    """Run a command to its end: (seconds from its start to its end, what it printed)."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DIGITS_", "KERAS_", "JAX_", "XLA_", "TF_", "OMP_", "MKL_", "PYTHONDONTWRITEBYTECODE"))
    }
    if not accelerators:
        variables["CUDA_VISIBLE_DEVICES"] = ""
    variables |= {"TF_CPP_MIN_LOG_LEVEL": "3", **(environment or {})}
    started = time.perf_counter()
    done = subprocess.run(list(map(str, command)), env=variables, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stderr[-3000:]}")
    return seconds, done.stdout


def run_on_one_core(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> tuple[float, str]:
    """Run a command to its end on one core: (seconds of the processor that it and its children took, what it printed).

    Other work on the machine lengthens what the clock says, and hardly this.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    before = os.times()
    try:
        if allowed:
            os.sched_setaffinity(0, {min(allowed)})  # which the process inherits
        _, said = run_process(command, {"OMP_NUM_THREADS": "1", **(environment or {})})
    finally:
        if allowed:
            os.sched_setaffinity(0, allowed)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system, said


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        names = [line.split(":", 1)[1].strip() for line in information.read_text().splitlines() if "model name" in line]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def describe_machine(facts: Mapping[str, Any]) -> str:
    """The facts as one line."""
    text = "{cpu}, {cores} cores, {system}, Python {python}, load before the first process {load_before}"
    return text.format(**facts)


def say(line: str) -> None:
    """Tell on standard error what happens."""
    _progress.print(line, highlight=False, markup=False, soft_wrap=True)


def refuse(line: str) -> NoReturn:
    """Say what cannot be done, and end with code 2."""
    say(line)
    raise SystemExit(2)
