"""The page without a server: a folder of files on a plain web host, and after the first visit not even that."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest
from browsing import SEVEN, THREE, Hand, answer, chromium, drop, opened, wait_for_answer

from digits.errors import DownloadError
from digits.serving.static_site import write_static_site

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here, which fetches what runs networks in a browser")
    folder = tmp_path_factory.mktemp("site")
    try:
        write_static_site(folder)
    except DownloadError as error:
        pytest.skip(str(error))
    return folder


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser, address):
    with opened(browser, address) as found:
        yield found


def test_a_drawing_is_read_in_the_browser_and_why_is_said(page):
    Hand(page).draw(THREE)
    wait_for_answer(page, "3")
    page.get_by_role("button", name="Why?").click()
    assert "Read as 3" in page.locator(".sentences li").first.inner_text()


def test_it_works_after_the_network_is_cut_and_remembers_what_was_corrected(page):
    page.wait_for_selector("html[data-offline=ready]")
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    Hand(page).draw(SEVEN)
    wait_for_answer(page, "7")
    page.keyboard.press("1")
    page.wait_for_selector(".toast.shown")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    Hand(page).draw(SEVEN)
    wait_for_answer(page, "1")
    assert "like it" in page.locator("#draw .doubt").first.inner_text()
    page.evaluate("location.hash = '#corrections'")
    page.locator(".corrections li button").click()
    page.evaluate("location.hash = '#draw'")
    Hand(page).draw([(0.9, 0.05), (0.9, 0.05)])
    page.keyboard.press("Control+z")
    wait_for_answer(page, "7")


def test_a_picture_of_one_digit_is_read_and_a_pdf_is_refused_with_the_way_out(page):
    drop(page, [EXAMPLES / "pictures" / "drawing.png", EXAMPLES / "numbers" / "stock-list.pdf"])
    page.wait_for_selector("#read .page .error")
    page.wait_for_selector("#read .work[hidden]", state="attached")
    assert page.locator("#read .number-text").all_inner_texts() == [labels()["drawing.png"]]
    assert "digits serve" in page.locator("#read .error").inner_text()
    assert "one digit" in page.locator("#read .notice").inner_text()


def labels():
    lines = (EXAMPLES / "pictures" / "labels.csv").read_text("utf-8").splitlines()[1:]
    return dict(line.split(",")[:2] for line in lines)


def test_the_textbook_network_and_the_best_one_answer_in_the_browser_too(page):
    page.locator("#compare").check()
    Hand(page).draw(THREE)
    wait_for_answer(page, "3")
    page.wait_for_function("() => [...document.querySelectorAll('.asked output')].every((one) => one.value === '3')")


def test_an_empty_pad_says_nothing(page):
    assert answer(page) == ""
