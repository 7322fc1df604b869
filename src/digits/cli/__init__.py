"""The command line: parse, call, print. The only place (with `terminal`, its drawing hand) that prints or exits.

Results go to standard output, messages and progress to standard error. Exit codes: 0 done, 1 the work failed (Ctrl-C
included), 2 bad input. Nothing heavy is imported before a command needs it: `digits --help` loads neither numpy nor
Keras. Each module here holds the commands of one purpose; importing it adds them to the application. Only the module
of the command that is given is imported: all of them would be a twentieth of the time of `digits read`.
"""

import os
import sys
from importlib import import_module

import typer

from digits import terminal
from digits.cli.app import app
from digits.errors import DigitsError, InputError

MODULES = {
    "compare": ("compare",),
    "data": ("data",),
    "explain": ("explain",),
    "explore": ("explore",),
    "kaggle": ("kaggle",),
    "models": ("models",),
    "read": ("read",),
    "recipes": ("recipes",),
    "reproduce": ("reproduce",),
    "serve": ("serve",),
    "stress": ("stress",),
    "train": ("train", "export", "report", "runs"),
    "use": ("evaluate", "classify"),
}
"""The modules, and the commands in each."""


def application(command: str | None = None) -> typer.Typer:
    """The application with all its commands, or, if `command` is one of them, with those of its module at least."""
    wanted = [module for module, commands in MODULES.items() if command in commands]
    for module in wanted or MODULES:
        import_module(f"digits.cli.{module}")
    return app


def main() -> None:
    """Run the command line; every error becomes one line on standard error and an exit code."""
    try:
        application(next(iter(sys.argv[1:]), None))(prog_name="digits")
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
