"""What a server may be told."""

import pytest

pytest.importorskip("fastapi")

from digits.errors import InputError
from digits.serving.settings import Settings

TOKEN = "0123456789abcdef"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_on_loopback_no_token_is_needed(host):
    assert Settings(host=host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "digits.example"])
def test_elsewhere_a_token_is(host):
    with pytest.raises(InputError, match="can be reached from elsewhere: set a token in DIGITS_SERVE_TOKEN"):
        Settings(host=host)
    assert Settings(host=host, token=TOKEN).token == TOKEN


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"token": "short"}, "the token has 5 characters; expected at least 16"),
        ({"port": 70_000}, "the port is 70000; expected 0 to 65535"),
        ({"seconds": 0}, "seconds is 0; expected more than 0"),
        ({"files": -1}, "files is -1"),
        ({"origins": ("school.example",)}, "no origin; expected one such as https://school.example"),
        ({"origins": ("https://school.example/page",)}, "no origin"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        Settings(**wrong)


def test_processes_and_who_may_wait_follow_from_the_machine():
    settings = Settings()
    assert settings.workers >= 1
    assert settings.waiting == 8 * settings.workers
