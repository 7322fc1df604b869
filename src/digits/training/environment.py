"""Where and on what a run trained: versions, machine, git revision, and the training digits' identity and shape."""

import base64
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from digits.data.dataset import Dataset
from digits.reading.digit import mnist_form

_LIBRARIES = ("handwritten-digits", "keras", "jax", "jaxlib", "numpy", "onnx", "onnxruntime", "jax2onnx")


def describe(dataset: Dataset, device: str) -> dict[str, Any]:
    """What a run's `environment.json` says, apart from the time: a JSON object.

    Args:
        dataset: the training digits, validation digits included: both shaped the network.
        device: what computes, such as `cpu` or the name of a GPU.
    """
    return {
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _LIBRARIES},
        "system": f"{platform.system()} {platform.machine()}",
        "device": device,
        "cores": os.cpu_count(),
        "git": _git_revision(),
        "dataset": {
            "name": dataset.name,
            "split": dataset.split,
            "origin": dataset.origin,
            "n": len(dataset),
            "hash": dataset.hash,
            "fingerprint": base64.b64encode(dataset.fingerprint.astype("<u8").tobytes()).decode(),
            "shape": mnist_form.percentiles(dataset.images),
        },
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_revision() -> str | None:
    """The commit of the project's own checkout, with `+changes` if it has any; None outside of one."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        if not git("ls-files", "--", Path(__file__).name):  # installed inside somebody else's checkout
            return None
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain", "--", ".") else "")
    except (OSError, subprocess.SubprocessError):
        return None
