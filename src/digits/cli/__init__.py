"""The command line: parse, call, print. The only place (with `terminal`, its drawing hand) that prints or exits.

Results go to standard output, messages and progress to standard error. Exit codes: 0 done, 1 the work failed (Ctrl-C
included), 2 bad input. Nothing heavy is imported before a command needs it: `digits --help` loads neither numpy nor
Keras. Each module here holds the commands of one purpose; importing it adds them to the application.
"""

import os
import sys

from digits import terminal
from digits.cli import compare, data, explain, explore, models, read, recipes, reproduce, stress, train, use
from digits.cli.app import app
from digits.errors import DigitsError, InputError

__all__ = [
    "app",
    "compare",
    "data",
    "explain",
    "explore",
    "main",
    "models",
    "read",
    "recipes",
    "reproduce",
    "stress",
    "train",
    "use",
]


def main() -> None:
    """Run the command line; every error becomes one line on standard error and an exit code."""
    try:
        app(prog_name="digits")
    except DigitsError as error:
        _fail(error, 2 if isinstance(error, InputError) else 1)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        _fail(error, 1, f"unexpected {type(error).__name__}, please report it with DIGITS_DEBUG=1 set: ")


def _fail(error: Exception, code: int, prefix: str = "") -> None:
    if os.environ.get("DIGITS_DEBUG"):
        raise error
    terminal.say(f"error: {prefix}{' '.join(str(error).split())}")
    sys.exit(code)
