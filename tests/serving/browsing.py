"""A browser for the page's tests: Chromium without a window, and a hand that draws with mouse, finger or pen."""

import shutil
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SECONDS = 60
"""That a test waits for what takes a second."""

THREE = [
    (0.36, 0.22), (0.42, 0.15), (0.52, 0.12), (0.60, 0.17), (0.60, 0.26), (0.53, 0.33), (0.46, 0.35), (0.56, 0.37),
    (0.63, 0.45), (0.60, 0.55), (0.51, 0.60), (0.41, 0.58), (0.36, 0.51),
]  # fmt: skip
"""A 3, in shares of the pad's width."""

ONE = [(0.53, 0.12), (0.517, 0.25), (0.50, 0.40), (0.48, 0.58)]

SEVEN = [(0.36, 0.15), (0.48, 0.15), (0.62, 0.15), (0.57, 0.30), (0.51, 0.45), (0.47, 0.60)]


@contextmanager
def chromium():
    """Chromium, driven by Playwright; the test is skipped where one of them is not installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser, address, **options):
    """The page at an address, ready. It fails on an error of a script, and on any request to another host."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, **options)
    context.set_default_timeout(1000 * SECONDS)
    page = context.new_page()
    elsewhere, wrong = [], []
    context.on("request", lambda request: elsewhere.append(request.url) if is_elsewhere(request.url, address) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    try:
        yield page
        assert elsewhere == []
        assert wrong == []
    finally:
        context.close()


def is_elsewhere(url, address):
    return urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != urlsplit(address).netloc


def answer(page):
    return page.locator("#draw output.answer").first.evaluate("(output) => output.value")


def wait_for_answer(page, text):
    """Wait until the page says so, and has said so for a moment."""
    say = "text => document.querySelector('#draw output.answer').value === text"
    page.wait_for_function(say, arg=text)
    page.wait_for_timeout(300)
    page.wait_for_function(say, arg=text)


def drop(page, paths, how="drop"):
    """Drop files on the page, or paste them."""
    page.evaluate(
        """async ([files, how]) => {
            const data = new DataTransfer();
            for (const [name, type, text] of files) {
                data.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], name, { type }));
            }
            const options = { bubbles: true, cancelable: true };
            document.body.dispatchEvent(how === "drop" ? new DragEvent("drop", { ...options, dataTransfer: data })
                : new ClipboardEvent("paste", { ...options, clipboardData: data }));
        }""",
        [[described(path) for path in paths], how],
    )


def described(path):
    from base64 import b64encode

    kind = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".pdf": "application/pdf"}
    return [Path(path).name, kind[Path(path).suffix], b64encode(Path(path).read_bytes()).decode()]


class Hand:
    """Draws on the pad: real pointer events of a mouse, a finger or a pen, by way of the browser's own input."""

    def __init__(self, page, tool="mouse"):
        self.page = page
        self.tool = tool
        self.session = page.context.new_cdp_session(page)
        self.box = page.locator("canvas.paper").bounding_box()

    def at(self, place):
        x, y = place
        return self.box["x"] + x * self.box["width"], self.box["y"] + y * self.box["width"]

    def down(self, place):
        self._send("down", place)

    def move(self, place):
        self._send("move", place)

    def up(self, place):
        self._send("up", place)

    def cancel(self):
        self.session.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})

    def draw(self, *strokes, size=1.0, at=(0.0, 0.0), between=3):
        """Draw strokes, made smaller or larger around the origin and moved, with steps between their points."""
        for stroke in strokes:
            places = [(at[0] + size * x, at[1] + size * y) for x, y in stroke]
            self.down(places[0])
            for (x, y), (to_x, to_y) in pairwise(places):
                for step in range(1, between + 1):
                    share = step / between
                    self.move((x + share * (to_x - x), y + share * (to_y - y)))
            self.up(places[-1])

    def _send(self, what, place):
        x, y = self.at(place)
        if self.tool == "touch":
            kind = {"down": "touchStart", "move": "touchMove", "up": "touchEnd"}[what]
            points = [] if what == "up" else [{"x": x, "y": y}]
            self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            return
        kind = {"down": "mousePressed", "move": "mouseMoved", "up": "mouseReleased"}[what]
        pressed = {"buttons": 0 if what == "up" else 1, "button": "left", "clickCount": 1}
        event = {"type": kind, "x": x, "y": y, "pointerType": self.tool, "force": 0.5, **pressed}
        self.session.send("Input.dispatchMouseEvent", event)
