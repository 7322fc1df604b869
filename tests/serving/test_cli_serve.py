"""`digits serve`: says where it is, serves, and ends well; what it cannot do is one line and exit code 2."""

import json
import signal
import socket
import sys

import psutil
import pytest
from servers import running


def test_it_serves_the_page_reads_and_keeps_corrections_where_it_was_told(tmp_path, digit_picture):
    from digits.serving.documented import ONE

    with running("--store", tmp_path / "mine.sqlite") as (process, client):
        assert "<title>" in client.get("/").text
        with digit_picture.open("rb") as file:
            found = client.post("/v1/read", files={"files": ("digit.png", file)}).json()
        assert found["readings"][0]["numbers"][0]["text"].isdecimal()
        assert client.post("/v1/corrections", json={"pixels": ONE, "label": 1}).json()["duplicate"] is False
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert process.returncode == 0
    lines = [json.loads(line) for line in process.lines]
    assert {"/v1/read", "/v1/corrections"} <= {line.get("route") for line in lines}
    assert not [line for line in lines if line["level"] == "error"]
    with running("--store", f"sqlite:///{tmp_path / 'mine.sqlite'}") as (_, client):
        assert client.get("/v1/corrections").json()["count"] == 1


def test_ctrl_c_ends_it_at_once_and_leaves_no_process(tmp_path):
    with running("--store", tmp_path / "store.sqlite") as (process, _):
        workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert process.returncode == 0
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert workers
    assert not alive


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "0.0.0.0 can be reached from elsewhere: set a token in DIGITS_SERVE_TOKEN"),
        (["--token", "short"], "the token has 5 characters; expected at least 16"),
        (["--model", "nobody", "--port", "0"], "there is no model 'nobody'"),
        (["--model", "my.onnx", "--port", "0"], "my.onnx does not exist"),
        (
            ["--store", "mysql://host/name", "--port", "0"],
            "is no place for corrections; expected a file, sqlite:///PATH",
        ),
        (["--allow-origin", "school"], "'school' is no origin"),
    ],
)
def test_what_cannot_be_is_one_line_and_code_2(digits_command, monkeypatch, arguments, message):
    monkeypatch.delenv("DIGITS_SERVE_TOKEN", raising=False)
    code, output, said = digits_command("serve", *arguments)
    assert (code, output) == (2, "")
    assert said.startswith("error: ")
    assert message in said
    assert said.count("\n") == 1


def test_a_port_that_is_taken_is_one_line_and_code_2(digits_command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, said = digits_command("serve", "--port", port)
    assert code == 2
    assert f"error: cannot listen on 127.0.0.1, port {port}: address already in use" in said


def test_without_the_extra_it_says_how_to_install_it(digits_command, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "digits.serving.http_server", raising=False)
    monkeypatch.delattr("digits.serving.http_server", raising=False)
    code, _, said = digits_command("serve")
    assert code == 2
    assert "pip install 'handwritten-digits[serve]'" in said


def test_settings_come_from_the_environment_too(tmp_path):
    environment = {"DIGITS_SERVE_TOKEN": "0123456789abcdef", "DIGITS_SERVE_MAX_FILES": "1"}
    with running("--store", tmp_path / "s.sqlite", **environment) as (_, client):
        assert client.get("/v1/models").status_code == 401
        client.headers["Authorization"] = "Bearer 0123456789abcdef"
        two = [("files", ("a.png", b"a")), ("files", ("b.png", b"b"))]
        assert client.post("/v1/read", files=two).status_code == 413
