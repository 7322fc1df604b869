"""Run the command `digits` in this process, and say on standard error how much memory the process took at most.

    python peak_memory.py read FOLDER --json --workers 1

Notable choice: with one worker `digits read` starts no other process, and the figure is all that it takes; with more it
is what the process takes that collects their answers.
"""

import json
import sys

import contract

from digits.cli import main as run_digits


def main() -> None:
    sys.argv[0] = "digits"
    code: object = 0
    try:
        run_digits()
    except SystemExit as end:
        code = end.code
    print(json.dumps({"peak_rss_mb": contract.peak_memory() / 1e6}), file=sys.stderr, flush=True)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
