"""Safe and steady: what is too much, too slow or somebody else's is refused, and takes nobody with it."""

import json
import logging
import os
import signal
import socket
import time

import odd_worker
import psutil
import pytest
from servers import COUNTER, files, in_threads, talk, until, upload

from digits.errors import StorageError
from digits.serving.documented import ONE
from digits.serving.log import NAME, JsonLines

TOKEN = "0123456789abcdef"


def code(response):
    return response.status_code, response.json()["error"]["code"]


# Bodies


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(odd):
    with odd(body_bytes=10_000) as server:
        head = b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000000\r\n\r\n"
        began = time.monotonic()
        assert talk(server.port, head).startswith(b"HTTP/1.1 413 ")
        assert time.monotonic() - began < 20


def test_a_body_that_does_not_say_is_counted_and_its_sender_still_gets_the_answer(odd):
    with odd(body_bytes=1_000_000) as server:
        response = server.client.post("/v1/classify", content=(b"x" * 100_000 for _ in range(30)),
                                      headers={"Content-Type": "application/octet-stream"})  # fmt: skip
        assert code(response) == (413, "too_large")
        assert "expected at most 1,000,000" in response.json()["error"]["message"]
        assert server.client.get("/healthz").status_code == 200


def test_a_body_that_comes_too_slowly_is_refused_and_nobody_else_waits(odd):
    with odd(body_seconds=1.0) as server:
        head = b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        threads, answers = in_threads(
            *[lambda: talk(server.port, head + b"Content-Length: 784\r\n\r\n" + b"x" * 100)] * 20
        )
        began = time.monotonic()
        assert server.client.post("/v1/read", files=files(b"page")).status_code == 200
        assert time.monotonic() - began < 10
        for thread in threads:
            thread.join()
        assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)


def test_bodies_that_are_too_much_together_are_told_to_come_again(odd):
    with odd(held_bytes=5000, body_bytes=4000) as server:
        head = b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        with socket.create_connection(("127.0.0.1", server.port)) as first:
            first.sendall(head + b"Content-Length: 3900\r\n\r\n" + b"x" * 3000)
            until(lambda: server.client.post("/v1/classify", content=b"x" * 3000).status_code == 503)
            response = server.client.post("/v1/classify", content=b"x" * 3000)
            assert code(response) == (503, "busy")
            assert int(response.headers["Retry-After"]) > 0
        until(lambda: server.client.post("/v1/classify", content=b"x" * 3000).status_code == 415)


# Files and pages


def test_files_pages_and_digits_are_limited(odd):
    with odd(files=3, pages=4, digits=10) as server:
        assert code(server.client.post("/v1/read", files=files(*[b"page"] * 4))) == (413, "too_large")
        found = server.client.post("/v1/read", files=files(b"pages 3", b"pages 2", b"page")).json()["readings"]
        assert [(entry["picture"], entry["page"], entry["error"]) for entry in found] == [
            ("0.png", 0, None), ("0.png", 1, None), ("0.png", 2, None), ("1.png", 0, None),
            ("1.png", 1, "too many pages"), ("2.png", 0, "too many pages"),
        ]  # fmt: skip
        octets = {"Content-Type": "application/octet-stream"}
        assert code(server.client.post("/v1/classify", content=b"x" * 784 * 11, headers=octets)) == (413, "too_large")


def test_a_page_s_pixels_are_limited(reader, odd):
    from digits.serving import worker

    with odd(work=worker.work, pixels=100_000) as server:
        response = server.client.post("/v1/read", files=upload(COUNTER))
        assert response.status_code == 422
        assert "expected at most 100,000 in all" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"data": {"layout": "digit"}}, 415, "expected multipart/form-data"),
        ({"files": [("file", ("a.png", b"page"))]}, 422, "the field 'file'; expected files"),
        ({"files": [("files", (None, b"page"))]}, 422, "the form has no file"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "boundary"),
        ({"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, "form"),
        ({"files": files(b"page"), "data": {"layout": "x" * 2000}}, 400, "exceeded maximum size"),
        ({"files": files(b"page"), "data": {"layout": "digit"}, "params": {"layout": "line"}}, 422, "comes twice"),
    ],
)
def test_what_is_no_form_with_files_is_refused(client, form, status, message):
    response = client.post("/v1/read", **form)
    assert response.status_code == status
    assert message in response.json()["error"]["message"]


# Worker processes


def test_a_file_that_crashes_its_process_is_an_error_of_that_request_alone(odd):
    with odd() as server:
        first = server.client.post("/v1/read", files=files(b"crash"))
        assert first.status_code == 422
        assert first.json()["error"]["message"] == "0.png cannot be read: the process that read it has crashed"
        mixed = server.client.post("/v1/read", files=files(b"page", b"crash", b"page")).json()["readings"]
        assert [entry["error"] is None for entry in mixed] == [True, False, True]
        assert 'digits_files_total{outcome="crashed"} 2.0' in server.client.get("/metrics").text


def test_a_file_that_hangs_is_given_up_and_the_next_is_read(odd):
    with odd(seconds=2.0) as server:
        response = server.client.post("/v1/read", files=files(b"hang"))
        assert code(response) == (504, "took_too_long")
        assert "it took more than 2 seconds" in response.json()["error"]["message"]
        until(lambda: server.client.post("/v1/read", files=files(b"page")).status_code == 200)


def test_others_are_read_beside_a_file_that_hangs(odd):
    with odd(seconds=6.0, workers=2) as server:
        threads, answers = in_threads(lambda: server.client.post("/v1/read", files=files(b"hang")))
        until(lambda: "digits_jobs 1.0" in server.client.get("/metrics").text)
        for _ in range(5):
            assert server.client.post("/v1/read", files=files(b"page")).status_code == 200
        assert threads[0].is_alive()
        threads[0].join()
        assert answers[0].status_code == 504


def test_a_process_that_is_killed_while_it_waits_costs_nobody_anything(odd):
    with odd() as server:
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)
        assert server.client.post("/v1/read", files=files(b"page")).status_code == 200


def test_a_service_manager_s_signal_to_all_processes_ends_no_worker(odd):
    with odd() as server:
        threads, answers = in_threads(lambda: server.client.post("/v1/read", files=files(b"sleep 2")))
        until(lambda: "digits_jobs 1.0" in server.client.get("/metrics").text)
        for child in psutil.Process().children():
            if "spawn_main" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGTERM)
        threads[0].join()
        assert answers[0].status_code == 200


def test_too_much_at_once_is_told_to_come_again_and_when(odd):
    with odd(waiting=2) as server:
        threads, answers = in_threads(*[lambda: server.client.post("/v1/read", files=files(b"sleep 1.5"))] * 2)
        until(lambda: "digits_jobs 2.0" in server.client.get("/metrics").text)
        response = server.client.post("/v1/read", files=files(b"page"))
        assert code(response) == (503, "busy")
        assert int(response.headers["Retry-After"]) >= 1
        for thread in threads:
            thread.join()
        assert [answer.status_code for answer in answers] == [200, 200]


def test_while_no_process_can_be_started_it_is_not_ready_and_says_so(odd):
    with odd(work=odd_worker.cannot_work, seconds=0.005) as server:
        assert server.client.get("/healthz").status_code == 200
        assert code(server.client.get("/readyz")) == (503, "busy")
        assert server.client.get("/v2/health/ready").status_code == 503
        assert code(server.client.post("/v1/read", files=files(b"page"))) == (503, "busy")


# Who may come in


def test_with_a_token_all_but_the_page_and_its_health_asks_for_it(odd):
    with odd(token=TOKEN) as server:
        anonymous = {"Authorization": ""}
        for path in ("/v1/models", "/v1/corrections", "/metrics", "/v2/models/reader", "/nowhere"):
            response = server.client.get(path, headers=anonymous)
            assert response.status_code == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"
        for wrong in ("Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é" * 9):
            assert server.client.get("/v1/models", headers={"Authorization": wrong.encode()}).status_code == 401
        for path in ("/healthz", "/readyz", "/openapi.json", "/v2/health/live"):
            assert server.client.get(path, headers=anonymous).status_code == 200
        assert server.client.get("/", headers=anonymous).status_code != 401
        assert server.client.get("/v1/models").status_code == 200


def test_without_a_token_it_answers_to_this_machine_s_names_alone(odd):
    with odd(hosts=("digits.lan",)) as server:
        for host in ("localhost", "127.0.0.1:1234", "[::1]:80", "digits.lan"):
            assert server.client.get("/healthz", headers={"Host": host}).status_code == 200
        for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80"):
            assert code(server.client.get("/healthz", headers={"Host": host})) == (421, "bad_host")


def test_another_page_may_not_change_anything_unless_it_was_named(odd):
    with odd(origins=("https://school.example",)) as server:
        ours = str(server.client.base_url).rstrip("/")
        for origin, status in (
            (ours, 415),
            ("https://school.example", 415),
            ("https://evil.example", 403),
            ("null", 403),
        ):
            assert server.client.post("/v1/corrections", headers={"Origin": origin}).status_code == status
        asked = {"Origin": "https://school.example", "Access-Control-Request-Method": "POST"}
        allowed = server.client.options("/v1/read", headers=asked)
        assert allowed.headers["Access-Control-Allow-Origin"] == "https://school.example"
        asked["Origin"] = "https://evil.example"
        assert "Access-Control-Allow-Origin" not in server.client.options("/v1/read", headers=asked).headers


def test_unless_asked_no_page_elsewhere_may_read_an_answer(client):
    response = client.get("/v1/models", headers={"Origin": "https://evil.example"})
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/models", "/nowhere", "/static/nothing.js"])
def test_every_answer_has_strict_headers(client, path):
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("PUT", "/v1/read", 405), ("GET", "/v1/read", 405), ("GET", "/static/../app.py", 404),
     ("GET", "/static/%2e%2e/app.py", 404), ("GET", "/v1/corrections/x", 405), ("DELETE", "/v1/corrections/x", 422)],
)  # fmt: skip
def test_what_is_not_there_is_an_error_as_all_others_are(client, method, path, status):
    response = client.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message"}


# What is told


def test_a_fault_of_ours_is_a_500_without_its_place_and_in_the_log_with_it(odd, caplog):
    class Broken:
        def count(self):
            return 0

        def page(self, after, limit):
            raise ZeroDivisionError("secret place")

    with odd(store=Broken()) as server:
        logging.getLogger(NAME).propagate = True
        response = server.client.get("/v1/corrections")
        assert code(response) == (500, "failed")
        assert "secret" not in response.text
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        until(lambda: any(record.exc_info for record in caplog.records))


def test_a_store_that_cannot_be_used_now_is_a_503(odd):
    class Full:
        def add(self, correction):
            raise StorageError("the store s cannot be used: the disk is full")

    with odd(store=Full()) as server:
        response = server.client.post("/v1/corrections", json={"pixels": ONE, "label": 1})
        assert code(response) == (503, "busy")
        assert "the disk is full" in response.json()["error"]["message"]


def test_the_log_says_what_was_asked_and_never_what_it_held(odd, caplog):
    with odd() as server, caplog.at_level(logging.INFO, logger=NAME):
        logging.getLogger(NAME).propagate = True
        server.client.post("/v1/read", files=[("files", ("secret-name.png", b"pages 2"))], params={"locale": "de_CH"})
        until(lambda: any("/v1/read" in str(getattr(record, "fields", "")) for record in caplog.records))
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == NAME]
    (line,) = [line for line in lines if line.get("route") == "/v1/read"]
    assert {key: line[key] for key in ("event", "level", "method", "status")} == {
        "event": "request", "level": "info", "method": "POST", "status": 200,
    }  # fmt: skip
    assert line["in"] > 0
    assert line["ms"] > 0
    assert "secret" not in json.dumps(lines)
    assert "de_CH" not in json.dumps(lines)
