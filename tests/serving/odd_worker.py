"""What worker processes do in tests that need no network: a file's content says how it goes."""

import json
import os
import signal
import time
from contextlib import suppress

from digits.serving import jobs


def work(connection, bundle, options):
    """`hang`, `crash`, `sleep N`, `pages N`; anything else is a page without numbers."""
    with suppress(EOFError, OSError):
        connection.send_bytes(jobs.READY)
        while True:
            job = connection.recv()
            connection.send_bytes(jobs.TAKEN)
            what, _, number = job.content.decode("latin-1").partition(" ")
            if what == "hang":
                time.sleep(1000)
            if what == "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            if what == "sleep":
                time.sleep(float(number))
            pages = int(number) if what == "pages" else 1
            for page in range(min(pages, job.pages)):
                entry = {"schema": 2, "picture": job.name, "page": page, "numbers": [], "unread": [], "error": None}
                connection.send_bytes(jobs.PAGE + json.dumps(entry).encode())
            if pages > job.pages:
                entry = jobs.unread(job.name, job.pages, "too many pages")
                connection.send_bytes(jobs.ERROR + json.dumps(entry).encode())
            connection.send_bytes(jobs.END)


def cannot_work(connection, bundle, options):
    """A process that cannot be started."""
    connection.send_bytes(jobs.FAULT + json.dumps("the bundle is gone").encode())
