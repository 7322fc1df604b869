"""A training killed with SIGKILL at random moments resumes to the very weights of one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np

from digits.training.export import load_model
from digits.training.run import Run

KILLS = 3
SETTINGS = ["network.hidden=[256, 64]", "network.dropout=0.2", "network.batch_norm=true", "training.epochs=40"]


CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where the tests run in the background
from digits.cli import main
main()
"""


def command(*arguments):
    environment = {**os.environ, "DIGITS_DEBUG": ""}
    return subprocess.Popen(
        [sys.executable, "-c", CODE, "train", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finish(process):
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err


def test_kill_minus_9_at_random_moments(tmp_path):
    options = ["dense-128"] + [part for setting in SETTINGS for part in ("--set", setting)]
    finish(command(*options, "--out", tmp_path / "whole"))

    seed = random.SystemRandom().randrange(10**6)
    print(f"random moments of seed {seed}")  # shown if the test fails
    moments = random.Random(seed)
    arguments = [*options, "--out", tmp_path / "killed"]
    kills = 0
    for _ in range(KILLS):
        process = command(*arguments)
        process.stderr.readline()
        process.stderr.readline()  # the first epoch, or a later stage, has been reached
        time.sleep(moments.uniform(0, 1.5))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.communicate(timeout=60)
        if Run(tmp_path / "killed").complete:
            break
        arguments = ["--resume", tmp_path / "killed"]
    assert kills
    if not Run(tmp_path / "killed").complete:
        finish(command("--resume", tmp_path / "killed"))

    whole, killed = Run(tmp_path / "whole"), Run(tmp_path / "killed")
    for expected, weights in zip(load_model(whole).get_weights(), load_model(killed).get_weights(), strict=True):
        assert np.array_equal(expected, weights)
    assert whole.metrics["test"]["confusion"] == killed.metrics["test"]["confusion"]
    assert [epoch.loss for epoch in whole.history] == [epoch.loss for epoch in killed.history]


def test_ctrl_c_ends_with_one_line_that_says_how_to_go_on(tmp_path):
    process = command("dense-128", "--set", "training.epochs=5000", "--out", tmp_path / "run")
    process.stderr.readline()
    process.stderr.readline()  # the first epoch is done
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"go on with: digits train --resume {tmp_path / 'run'}" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert load_model(Run(tmp_path / "run")) is not None
