"""A server that listens on loopback, in a thread of this process or as the command; and what is said to it."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import jsonschema

from digits.serving import http_server
from digits.serving.documented import ANSWERS

EXAMPLES = Path(__file__).parents[2] / "examples"
COUNTER = EXAMPLES / "numbers" / "counter.jpg"

SECONDS = 60
"""That a test waits for what takes a second."""


def until(condition, seconds=SECONDS):
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@contextmanager
def serving(app, settings):
    """The app, served; gives the client, the address and the server."""
    listening = http_server.listen(settings)
    server = http_server.make_server(app, settings)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    token = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
    try:
        until(lambda: server.started)
        with httpx.Client(base_url=http_server.address(listening), timeout=SECONDS, headers=token) as client:
            until(lambda: client.get("/readyz").status_code == 200 or settings.seconds < 0.01)
            yield SimpleNamespace(client=client, port=listening.getsockname()[1], server=server, thread=thread)
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        assert not thread.is_alive()


@contextmanager
def running(*arguments, **environment):
    """The command as a process of its own; gives the process, and a client of what it serves."""
    command = [sys.executable, "-m", "digits", "serve", "--port", "0", "--workers", "1", *map(str, arguments)]
    reading = threading.Thread()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})
    try:
        line = process.stderr.readline()
        address = re.search(r"http://\S+", line)
        assert address, line + process.stderr.read()
        process.lines = []
        reading = threading.Thread(target=lambda: process.lines.extend(process.stderr))  # or the pipe would fill up
        reading.start()
        with httpx.Client(base_url=address[0], timeout=60) as client:
            end = time.monotonic() + 60
            while client.get("/readyz").status_code != 200 and time.monotonic() < end:
                time.sleep(0.1)
            yield process, client
    finally:
        process.kill()
        process.wait()
        if reading.ident:
            reading.join()
        process.stderr.close()


def files(*contents):
    """A form with these files, numbered."""
    return [("files", (f"{number}.png", content)) for number, content in enumerate(contents)]


def upload(*paths):
    return [("files", (path.name, path.read_bytes())) for path in paths]


def raw(client, images, **options):
    return client.post(
        "/v1/classify", content=images.tobytes(), headers={"Content-Type": "application/octet-stream"}, params=options
    )


def in_threads(*calls):
    """The results of calls that are made at once."""
    results = [None] * len(calls)

    def keep(place, call):
        results[place] = call()

    threads = [threading.Thread(target=keep, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    return threads, results


def talk(port, *parts, pause=0.0, timeout=30):
    """Say these bytes on a connection of one's own; what is answered until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


def said(response, answer):
    """A response's JSON, if it is well and as the document says."""
    assert response.status_code == 200, response.text
    jsonschema.validate(response.json(), ANSWERS[answer][1])
    return response.json()
