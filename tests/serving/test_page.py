"""The page in a browser, the whole server behind it: drawn on, read and corrected with mouse, finger, pen and keys."""

import csv
import io
import json
from pathlib import Path

import pytest
from browsing import ONE, SEVEN, THREE, Hand, answer, chromium, drop, opened, wait_for_answer

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parents[2] / "examples"
FORM = EXAMPLES / "numbers" / "form.jpg"
COUNTER = EXAMPLES / "numbers" / "counter.jpg"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(server):
    return f"http://127.0.0.1:{server.port}/"


@pytest.fixture
def page(browser, address, client):
    client.delete("/v1/corrections")
    with opened(browser, address, has_touch=True, accept_downloads=True) as found:
        yield found


def read_through(page):
    """Wait until all pictures that were given are read."""
    page.wait_for_selector("#read .page")
    page.wait_for_selector("#read .work[hidden]", state="attached")


# Drawing


@pytest.mark.parametrize("tool", ["mouse", "touch", "pen"])
def test_a_digit_that_is_drawn_is_read_while_the_pen_is_still_down(page, tool):
    hand = Hand(page, tool)
    hand.down(ONE[0])
    for place in ONE[1:]:
        hand.move(place)
    wait_for_answer(page, "1")
    hand.up(ONE[-1])
    assert "sure" in page.locator("#draw .doubt").first.inner_text()


def test_a_number_of_several_digits_is_read_too(page):
    hand = Hand(page)
    hand.draw(THREE, size=0.6, at=(-0.05, 0.1))
    hand.draw(SEVEN, size=0.6, at=(0.25, 0.1))
    wait_for_answer(page, "37")
    assert page.locator("#draw .marks .chip").all_inner_texts() == ["3", "7"]


def test_undo_redo_and_clear_change_the_answer_and_one_undo_brings_a_wiped_pad_back(page):
    hand = Hand(page)
    hand.draw(THREE)
    wait_for_answer(page, "3")
    page.keyboard.press("Control+z")
    wait_for_answer(page, "")
    page.keyboard.press("Control+Shift+z")
    wait_for_answer(page, "3")
    page.get_by_role("button", name="Clear").click()
    wait_for_answer(page, "")
    page.get_by_role("button", name="Undo").click()
    wait_for_answer(page, "3")


def test_a_palm_draws_nothing_while_a_pen_is_down_or_was_just_now(page):
    pen, palm = Hand(page, "pen"), Hand(page, "touch")
    pen.draw(THREE[:7])
    palm.draw([(0.8, 0.6), (0.85, 0.65)])
    pen.down(THREE[6])
    palm.down((0.8, 0.6))
    palm.move((0.9, 0.7))
    for place in THREE[7:]:
        pen.move(place)
    palm.up((0.9, 0.7))
    pen.up(THREE[-1])
    wait_for_answer(page, "3")


def test_a_palm_that_came_before_the_pen_is_taken_back(page):
    pen, palm = Hand(page, "pen"), Hand(page, "touch")
    palm.down((0.8, 0.65))
    palm.move((0.9, 0.7))
    pen.draw(THREE)
    wait_for_answer(page, "3")


def test_a_stroke_that_the_system_cancels_is_taken_back(page):
    hand = Hand(page, "touch")
    hand.down(ONE[0])
    hand.move(ONE[2])
    hand.cancel()
    page.wait_for_selector('button[aria-label="Clear"][disabled]')
    assert answer(page) == ""


def test_the_page_stays_where_it_is_while_a_finger_draws(browser, address):
    phone = {"viewport": {"width": 390, "height": 500}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(**phone)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    Hand(page, "touch").draw([(0.5, 0.6), (0.5, 0.1)])
    assert page.evaluate("window.scrollY") == 0
    context.close()


DOT = [[(0.5, 0.3), (0.502, 0.302)]]

SCRIBBLE = [
    [(0.1 + 0.06 * at, 0.1 + 0.5 * (at % 2)) for at in range(13)],
    [(0.1, 0.1), (0.9, 0.6), (0.9, 0.1), (0.1, 0.6)],
]


@pytest.mark.parametrize("strokes", [DOT, SCRIBBLE], ids=["a dot", "a scribble"])
def test_what_is_no_digit_gives_none(page, strokes):
    Hand(page).draw(*strokes)
    page.wait_for_function("() => performance.getEntriesByName('answer').length > 0")
    page.wait_for_timeout(1500)
    assert not set(answer(page)) & set("0123456789")


@pytest.mark.parametrize(
    ("size", "at", "width"),
    [(0.3, (0.02, 0.0), 12), (0.3, (0.65, 0.5), 26), (1.0, (0.0, 0.0), 60), (1.0, (0.0, 0.0), 8)],
)
def test_small_large_thick_thin_and_in_a_corner_it_is_the_same_digit(page, size, at, width):
    page.locator("input.width").fill(str(width))
    Hand(page).draw(THREE, size=size, at=at)
    wait_for_answer(page, "3")


def test_the_arrow_keys_and_space_draw_without_any_pointer(page):
    page.keyboard.press("Tab")
    page.locator("canvas.paper").focus()
    for times, keys in ((4, "Shift+ArrowUp"), (2, "Shift+ArrowLeft"), (1, "Space"), (5, "Shift+ArrowRight")):
        for _ in range(times):
            page.keyboard.press(keys)
    for _ in range(8):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    wait_for_answer(page, "7")  # a vertical line alone is an unsure 1


def test_chalk_on_a_dark_ground_is_read_the_same(page):
    page.get_by_role("button", name="Chalk").click()
    Hand(page).draw(THREE)
    wait_for_answer(page, "3")


def test_a_class_sees_two_networks_beside_each_other(page):
    page.locator("#compare").check()
    Hand(page).draw(THREE)
    wait_for_answer(page, "3")
    page.wait_for_function("() => [...document.querySelectorAll('.asked output')].every((one) => one.value === '3')")
    assert page.locator(".asked small").all_inner_texts() == ["dense-128-64", "cnn-best"]


def test_why_says_it_in_sentences_and_shows_what_the_network_saw(page):
    Hand(page).draw(THREE)
    wait_for_answer(page, "3")
    page.get_by_role("button", name="Why?").click()
    assert "Read as 3" in page.locator(".sentences li").first.inner_text()
    assert page.locator(".digit-why canvas.form").count() == 2
    assert page.locator(".nearest img").count() == 5
    page.keyboard.press("Escape")
    assert page.locator("dialog").count() == 0


# Correcting


def test_a_correction_by_key_is_kept_and_found_after_the_page_was_loaded_again(page, client):
    Hand(page).draw(THREE)
    wait_for_answer(page, "3")
    page.keyboard.press("8")
    page.wait_for_selector(".toast.shown")
    kept = client.get("/v1/corrections").json()["corrections"]
    assert [(one["label"], one["said"]) for one in kept] == [(8, 3)]
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.locator('nav a[href="#corrections"]').click()
    assert "3 → 8" in page.locator(".corrections li").first.inner_text()


def test_a_correction_is_taken_back_by_one_press(page, client):
    Hand(page).draw(THREE)
    wait_for_answer(page, "3")
    page.get_by_role("button", name="It is a 5").click()
    page.get_by_role("button", name="Take back").click()
    page.wait_for_function("() => document.getElementById('toast').textContent.includes('Taken back')")
    assert client.get("/v1/corrections").json()["count"] == 0


def test_tab_goes_to_the_next_unsure_mark_and_a_key_corrects_it(page, client):
    drop(page, [FORM])
    read_through(page)
    unsure = page.locator("svg .mark.unsure").count()
    assert unsure, "this example has unsure marks, or another one is needed"
    page.locator(".summary button").last.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.mark.unsure')")
    before = page.locator(".number-text").first.inner_text()
    page.keyboard.press("4")
    page.wait_for_selector(".mark.corrected")
    assert client.get("/v1/corrections").json()["count"] == 1
    assert page.locator("svg .mark.unsure").count() == unsure - 1
    assert before.replace("?", "4", 1) in page.locator(".number-text").all_inner_texts()


# Reading


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_pictures_that_are_dropped_or_pasted_are_read_the_unsure_numbers_first(page, how):
    drop(page, [COUNTER, FORM], how)
    read_through(page)
    assert page.locator("#read .page h2").all_inner_texts() == ["counter.jpg", "form.jpg"]
    rows = (
        page.locator("#read .page").last.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => row.className)")
    )
    assert rows == sorted(rows, reverse=True)
    assert "unsure" in rows


def test_the_table_says_what_the_command_line_says_and_comes_as_csv_and_json(page, reader):
    page.locator('nav a[href="#read"]').click()
    page.set_input_files("#files", [COUNTER])
    read_through(page)
    (reading,) = reader.read(COUNTER.read_bytes(), "counter.jpg")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text("utf-8"))))
    assert [row["text"] for row in rows] == [number.text for number in reading.numbers]
    with page.expect_download() as saved:
        page.get_by_role("button", name="JSON").click()
    assert json.loads(Path(saved.value.path()).read_text("utf-8")) == [json.loads(json.dumps(reading.to_json()))]


def test_a_pdf_is_read_page_by_page_and_a_broken_file_says_why(page, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    drop(page, [EXAMPLES / "numbers" / "stock-list.pdf", broken])
    read_through(page)
    assert page.locator("#read .page h2").all_inner_texts() == [
        "stock-list.pdf, page 1",
        "stock-list.pdf, page 2",
        "broken.png",
    ]
    assert "broken.png" in page.locator("#read .error").inner_text()


# For everybody


def test_every_control_has_a_name_for_a_screen_reader(page):
    drop(page, [COUNTER])
    read_through(page)
    for view in ("draw", "read", "corrections", "models"):
        page.evaluate(f"location.hash = '#{view}'")
        page.wait_for_selector(f"#{view}:not([hidden])")
        nameless = page.evaluate("""() => [
            ...document.querySelectorAll("button, a, input, select, canvas, [role=button]")]
            .filter((one) => !(one.getAttribute("aria-label") || one.textContent.trim() || one.labels?.length))
            .map((one) => one.outerHTML)""")
        assert nameless == []


def test_who_wants_no_motion_sees_none(browser, address):
    with opened(browser, address, reduced_motion="reduce") as page:
        assert page.locator(".bars .fill").first.evaluate("(bar) => getComputedStyle(bar).transitionDuration") == "0s"


def test_a_request_to_another_host_is_forbidden_by_the_page_itself(page):
    refused = page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')")
    assert refused == "refused"
    violated = page.evaluate("""() => new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective));
        fetch("http://localhost:9/").catch(() => {});
    })""")
    assert violated == "connect-src"
