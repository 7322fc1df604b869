"""How long the page's answer takes to follow the pen, through the server and in the browser alone.

    python benchmarks/page_latency.py [--drawings 20]

Chromium without a window, driven by Playwright; a mouse draws digits of several points, and the browser's own clock
notes for each answer the time from the pointer event that asked for it to the text that is shown. Beside it stands what
the machine does otherwise (its load), because all of it runs on the same cores: browser, server, networks.
"""

import argparse
import functools
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "serving"))

from browsing import ONE, SEVEN, THREE, Hand, chromium, opened
from servers import serving

import digits
from digits.reading.reader import Reader
from digits.serving.app import create_app
from digits.serving.settings import Settings
from digits.serving.static_site import write_static_site
from digits.serving.store import Store

MILLISECONDS_BETWEEN = 16
"""Between two events of a pointer: as many as a screen shows."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawings", type=int, default=20, help="digits drawn each way [20]")
    count = parser.parse_args().drawings
    with chromium() as browser, tempfile.TemporaryDirectory() as place:
        for name, start in (("server", _server), ("browser", _alone)):
            with start(Path(place)) as address:
                print(json.dumps({"way": name, **_measured(browser, address, count)}), flush=True)


def _measured(browser, address, count):
    with opened(browser, address) as page:
        for drawing in range(count + 2):
            if drawing == 2:  # the first ones load and compile
                page.evaluate("performance.clearMeasures()")
            hand = Hand(page)
            stroke = (THREE, SEVEN, ONE)[drawing % 3]
            hand.down(stroke[0])
            for x, y in stroke[1:]:
                hand.move((x, y))
                page.wait_for_timeout(MILLISECONDS_BETWEEN)
            hand.up(stroke[-1])
            page.wait_for_timeout(500)
            page.keyboard.press("Escape")
            page.wait_for_timeout(200)
        found = page.evaluate("performance.getEntriesByName('answer').map((one) => one.duration)")
    times = np.array([one for one in found if one > 1])  # a wiped pad is answered at once
    half, most = np.percentile(times, [50, 95]).round(1).tolist()
    return {"answers": len(times), "p50_ms": half, "p95_ms": most, "cores": os.cpu_count(), "load": os.getloadavg()[0]}


@contextmanager
def _server(place):
    settings = Settings(port=0, workers=1)
    with (
        Store(place / "corrections.sqlite") as store,
        serving(create_app(Reader(digits.load()), store, settings), settings) as found,
    ):
        yield f"http://127.0.0.1:{found.port}/"


@contextmanager
def _alone(place):
    if not shutil.which("npm"):
        sys.exit("npm is needed: it fetches what runs networks in a browser")
    write_static_site(place / "site")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(place / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


if __name__ == "__main__":
    main()
