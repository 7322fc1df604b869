"""Sets of digits that the library takes for published ones, served on the loopback."""

import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from digits.data import published


@pytest.fixture
def serve():
    """A function that serves a directory on the loopback, well or badly, and gives the address and what was asked."""
    servers = []

    def start(directory, answer="well"):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                content = (directory / self.path.lstrip("/")).read_bytes()
                if answer == "unavailable":
                    self.send_error(503)
                    return
                if answer == "web page":
                    content = b"<html>Please log in to this network</html>"
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if answer == "cut off" else content)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """A function that has the library take the files in a directory for those of a published set."""
    monkeypatch.setattr(published, "cache_directory", lambda: tmp_path / "cache")

    def take(name, directory, mirrors=None, **changes):
        row = published.PUBLISHED[name]
        sums = {
            split: {file: sum_like(old, (directory / file).read_bytes()) for file, old in files.items()}
            for split, files in row.files.sums.items()
        }
        files = replace(row.files, sums=sums, mirrors=tuple(mirrors or row.files.mirrors))
        monkeypatch.setitem(published.PUBLISHED, name, replace(row, files=files, **changes))

    return take


def sum_like(old, content):
    """The sum of a content, of the same kind as another."""
    return f"md5:{hashlib.md5(content).hexdigest()}" if old.startswith("md5:") else hashlib.sha256(content).hexdigest()
