"""The log: one JSON object a line. Of a request what it was, never what it held: no picture, text or file's name."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

NAME = "digits.serving"


class JsonLines(logging.Formatter):
    """A record as one line of JSON; what is told in `extra={"fields": {…}}` are further keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_to(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Have this server's and uvicorn's records written to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name, least in ((NAME, level), ("uvicorn.error", max(level, logging.WARNING))):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(least)
