"""Connections: those that say nothing, begin for ever or take nothing starve nobody; what was accepted is finished."""

import socket
import time
from contextlib import suppress

import pytest
from servers import files, in_threads, talk, until

from digits.errors import InputError
from digits.serving import http_server
from digits.serving.settings import Settings

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def is_closed(connection):
    """Whether the other side has closed it within a while."""
    connection.settimeout(20)
    try:
        return connection.recv(1000) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "said", [b"", b"GET", GET + b"X: ", GET + b"\r\n" + GET], ids=["nothing", "a word", "half a head", "a half more"]
)
def test_a_connection_whose_head_does_not_come_is_closed(odd, said):
    with odd(header_seconds=1.0) as server, connect(server.port) as connection:
        connection.sendall(said)
        if said.endswith(GET) and said != GET:
            until(lambda: connection.recv(10_000))
        assert is_closed(connection)
        assert server.client.get("/healthz").status_code == 200


def test_a_head_that_comes_byte_by_byte_has_no_more_time(odd):
    with odd(header_seconds=1.0) as server, connect(server.port) as connection:
        connection.sendall(GET)
        began = time.monotonic()
        with suppress(OSError):  # reset, or broken pipe
            while time.monotonic() - began < 20:
                connection.sendall(b"X")
                time.sleep(0.05)
        assert time.monotonic() - began < 20


def test_a_head_without_end_is_refused(odd):
    with odd() as server:
        answer = talk(server.port, GET + b"X: " + b"x" * (http_server.HEAD_BYTES + 1000))
        assert answer.startswith(b"HTTP/1.1 431 ")


def test_more_connections_than_there_may_be_cost_those_that_wait_longest(odd):
    with odd(connections=20, header_seconds=60.0) as server:
        silent = [connect(server.port) for _ in range(60)]
        for _ in range(5):
            assert server.client.post("/v1/read", files=files(b"page")).status_code == 200
        assert is_closed(silent[0])
        for connection in silent:
            connection.close()


def test_a_client_that_takes_nothing_of_its_answers_is_given_up(odd):
    with odd(write_seconds=1.0) as server, connect(server.port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(1)
        with suppress(OSError):  # its own buffers may be full before
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2000)
        until(lambda: len(server.server.server_state.connections) <= 1, seconds=30)


def test_what_was_accepted_is_finished_before_the_server_ends(odd):
    with odd() as server:
        threads, answers = in_threads(lambda: server.client.post("/v1/read", files=files(b"sleep 1.5")))
        until(lambda: "digits_jobs 1.0" in server.client.get("/metrics").text)
        server.server.should_exit = True
        until(lambda: not _accepts(server.port))
        threads[0].join()
        assert answers[0].status_code == 200
        server.thread.join(20)
        assert not server.thread.is_alive()


def _accepts(port):
    try:
        connect(port).close()
    except OSError:
        return False
    return True


def test_a_port_that_is_taken_is_said():
    with http_server.listen(Settings(port=0)) as taken:
        port = taken.getsockname()[1]
        assert http_server.address(taken) == f"http://127.0.0.1:{port}"
        with pytest.raises(
            InputError, match=f"cannot listen on 127.0.0.1, port {port}: address already in use; choose"
        ):
            http_server.listen(Settings(port=port))


def test_the_address_of_ipv6_has_its_brackets():
    try:
        listening = http_server.listen(Settings(host="::1", port=0))
    except InputError:
        pytest.skip("there is no IPv6 here")
    with listening:
        assert http_server.address(listening).startswith("http://[::1]:")
