"""Run the commands that the docs show, and write what they print beneath them: `python scripts/run_docs.py`.

What is run stands in blocks of README.md and of docs/*.md that are marked `console`: a line `$ digits …` is a command, run
in the project's folder, and the lines below it are what it prints on standard output. A test fails where that is stale,
but for figures (confidences differ in their last places from one processor to another).
"""

import contextlib
import io
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"\d+\.\d+ %|\b[01]\.\d\d\b")
"""A confidence, as a percentage or as a share."""


def printed(command: str) -> str:
    """What `digits …` prints on standard output; it has to succeed."""
    from digits.cli import main  # noqa: PLC0415  (the docs are listed without it)

    text = io.StringIO()
    with (
        contextlib.chdir(ROOT),
        patch.object(sys, "argv", shlex.split(command)),
        contextlib.redirect_stdout(text),
        contextlib.redirect_stderr(io.StringIO()) as said,
    ):
        try:
            main()
        except SystemExit as stop:
            if stop.code:
                raise RuntimeError(f"{command}: {said.getvalue()}") from stop
    return text.getvalue()


def rerun(page: str, run: Callable[[str], str] = printed) -> str:
    """A page's text with what its commands print now."""

    def block(found: re.Match[str]) -> str:
        commands = re.findall(r"^\$ (digits .*)$", found[1], re.MULTILINE)
        return "```console\n" + "\n".join(f"$ {command}\n{run(command)}" for command in commands) + "```"

    return BLOCK.sub(block, page)


def main() -> None:
    """Write every page that shows something else than is printed."""
    os.environ["COLUMNS"] = "100"
    for path in PAGES:
        page = path.read_text("utf-8")
        again = rerun(page) if BLOCK.search(page) else page
        if again != page:
            path.write_text(again, "utf-8")
            print(path)


if __name__ == "__main__":
    main()
