"""How many requests `digits serve` answers, beside the usual way and beside a server that does nothing.

    python benchmarks/serving.py                       all, some minutes; TensorFlow's environment is made once
    python benchmarks/serving.py --without-tensorflow  digits and bare uvicorn alone

Contenders: `digits serve` with `reader` and with `dense-128-64`, which ship; FastAPI with `model.predict` of a network
like the latter on TensorFlow (an epoch on the sample: speed depends not on the weights); uvicorn that answers `{}`.
Requests are `POST /v1/classify` with 784 bytes, and with 64 times as many, from wrk (Debian's package `wrk`) on
loopback, one thread, 16 connections that stay open. Each measurement is a server process of its own, and they take
turns; a ratio is taken within a round. Also: how long `digits serve` takes until `/readyz` says so, on a warm disk.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import harness
from digits.data.sources import load_dataset
from harness import Aim, Ratio, say

DIGITS = (sys.executable, "-m", "digits")
SIZES = {"one digit": 1, "64 digits": 64}
CONNECTIONS = 16
PATIENCE = 120.0
"""Seconds that a server may take to start: TensorFlow's takes ten."""

Figures = dict[str, float]
"""What wrk says: `requests` a second, `p50` and `p99` in milliseconds; `ready` in seconds."""


@contextmanager
def served(command: Sequence[str | Path], environment: Mapping[str, str], path: str, port: int) -> Iterator[float]:
    """A server, from when it answers at `path`; gives the seconds that this took."""
    variables = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3", **environment}
    began = time.perf_counter()
    process = subprocess.Popen(
        list(map(str, command)), env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _answers(f"http://127.0.0.1:{port}{path}"):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"{' '.join(map(str, command))} does not serve")
            time.sleep(0.01)
        yield time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def load(address: str, body: Path, seconds: float) -> Figures:
    """What wrk measures."""
    script = body.with_suffix(".lua")
    script.write_text(
        f'local file = io.open("{body}", "rb")\nwrk.method = "POST"\nwrk.body = file:read("*a")\n'
        'wrk.headers["Content-Type"] = "application/octet-stream"\n'
    )
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--latency", "-s", str(script), address]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"{address} refuses:\n{said}")
    units = {"us": 1e-3, "ms": 1.0, "s": 1e3}
    times = {
        share: float(value) * units[unit] for share, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", said)
    }
    requests = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert requests
    return {"requests": float(requests[1]), "p50": times["50"], "p99": times["99"]}


def contenders(
    run: Path, tensorflow: Path | None, port: int, place: Path
) -> dict[str, tuple[list[Any], dict[str, str], str]]:
    """Each one's command, its environment, and what it answers when it is ready."""
    ours = [*DIGITS, "serve", "--port", port, "--store", place / "store.sqlite"]
    folder = harness.CONTENDERS
    uvicorn = ["-m", "uvicorn", "--app-dir", folder, "--port", port, "--no-access-log", "--log-level", "error"]
    found = {
        "digits, reader": (ours, {}, "/readyz"),
        "digits, dense-128-64": ([*ours, "--model", "dense-128-64"], {}, "/readyz"),
        "uvicorn alone": ([sys.executable, *uvicorn, "bare_serve:app"], {}, "/"),
    }
    if tensorflow:
        model = {"MODEL": str(run / "model.keras"), "KERAS_BACKEND": "tensorflow"}
        found["FastAPI, TensorFlow, dense-128-64"] = ([tensorflow, *uvicorn, "tensorflow_serve:app"], model, "/")
    return found


def measure(
    run: Path, tensorflow: Path | None, options: argparse.Namespace, place: Path
) -> dict[str, dict[str, list[Figures]]]:
    """Contender → with how many digits → the figures of each round."""
    images = load_dataset("sample", "test").images
    bodies = {name: place / f"{size}.bin" for name, size in SIZES.items()}
    for name, size in SIZES.items():
        bodies[name].write_bytes(images[:size].tobytes())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found: dict[str, dict[str, list[Figures]]] = {}
    for number in range(1 - options.warmup, options.rounds + 1):
        for who, (command, environment, path) in contenders(run, tensorflow, port, place).items():
            with served(command, environment, path, port) as ready:
                for name, body in bodies.items():
                    address = f"http://127.0.0.1:{port}/v1/classify"
                    load(address, body, 1.0)  # until caches are warm
                    figures = load(address, body, options.seconds) | {"ready": ready}
                    if number > 0:
                        found.setdefault(who, {}).setdefault(name, []).append(figures)
            say(f"round {number}: {who}")
    return found


def aims(found: Mapping[str, Mapping[str, list[Figures]]]) -> list[Aim]:
    """What the issue asked for."""

    def ratio(above: str, below: str, size: str) -> Ratio:
        return Ratio.of(*([one["requests"] for one in found[who][size]] for who in (above, below)))

    reached = []
    for ours in ("digits, reader", "digits, dense-128-64"):
        reached.append(Aim(f"{ours} / uvicorn alone, one digit", ratio(ours, "uvicorn alone", "one digit"), 0.25))
        ready = [one["ready"] for one in found[ours]["one digit"]]
        reached.append(Aim(f"{ours}: seconds to ready", Ratio.of(ready, [1.0] * len(ready)), at_most=1.0))
    theirs = "FastAPI, TensorFlow, dense-128-64"
    if theirs in found:
        reached += [
            Aim(f"digits / {theirs}, {size}", ratio("digits, dense-128-64", theirs, size), 20) for size in SIZES
        ]
    return reached


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--without-tensorflow", action="store_true")
    harness.add_common_arguments(parser, rounds=3)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        harness.refuse("wrk is not here, which makes the load; install it: apt-get install wrk")
    facts = harness.machine()
    tensorflow = None
    if not options.without_tensorflow:
        tensorflow = harness.interpreter("tensorflow_serving", options.env_dir, options.tensorflow_python)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run = place / "run"
        if tensorflow:
            recipe = ["dense-128-64", "--data", "sample", "--set", "training.epochs=1"]
            harness.run_process([*DIGITS, "train", *recipe, "--out", run])
        found = measure(run, tensorflow, options, place)
    reached = aims(found)
    if options.json:
        print(json.dumps({"machine": facts, "figures": found, "aims": [aim.to_json() for aim in reached]}, indent=1))
        return
    console = Console(width=120, highlight=False)
    console.print(harness.describe_machine(facts))
    table = Table(title=f"medians of {options.rounds} rounds, {CONNECTIONS} connections")
    for column in ("", "", "requests/s", "digits/s", "p50 ms", "p99 ms", "ready s"):
        table.add_column(column, justify="right" if column else "left")
    for who, by_size in found.items():
        for size, rounds in by_size.items():
            median = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            digits = "" if "alone" in who else f"{median['requests'] * SIZES[size]:,.0f}"
            table.add_row(
                who, size, f"{median['requests']:,.0f}", digits, f"{median['p50']:.2f}", f"{median['p99']:.2f}",
                f"{median['ready']:.2f}",
            )  # fmt: skip
    console.print(table)
    for aim in reached:
        print(aim)


if __name__ == "__main__":
    main()
