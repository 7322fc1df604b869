"""A process at the other end of a pipe."""

import subprocess
import sys

import pytest

FIRST_PROCESS = """
import os, signal
from multiprocessing.connection import Connection
from digits.reading.process import WorkerProcess

if __name__ == "__main__":
    worker = WorkerProcess(Connection.poll, 30.0)
    os.kill(worker.process.pid, signal.SIGINT)
    worker.process.join(3)
    print(worker.process.is_alive())
    worker.stop()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not blocked there")
def test_the_first_process_of_all_is_not_ended_by_ctrl_c(tmp_path):
    (tmp_path / "first.py").write_text(FIRST_PROCESS)
    ran = subprocess.run(
        [sys.executable, tmp_path / "first.py"], capture_output=True, text=True, timeout=60, check=True
    )
    assert (ran.stdout.strip(), ran.stderr) == ("True", "")
