"""Memory stays where it was, however many requests are answered."""

import psutil
import pytest
from servers import COUNTER, raw, running, upload

EVERY = 20
"""One request in so many is a picture for a worker process, one a form that is refused; the others are digits."""


def memory(process):
    """Bytes of the server and its worker processes that no other process shares."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return sum(one.memory_full_info().uss for one in family)


@pytest.mark.parametrize("requests", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_memory_grows_by_5_percent_at_the_most_after_warm_up(tmp_path, sample_test, requests):
    with running("--store", tmp_path / "store.sqlite") as (process, client):

        def ask(count):
            for number in range(count):
                if number % EVERY == 0:
                    assert client.post("/v1/read", files=upload(COUNTER)).status_code == 200
                elif number % EVERY == 1:
                    assert client.post("/v1/read", files=[("files", ("none", b"no picture"))]).status_code == 422
                else:
                    images = sample_test.images[number % 100 : number % 100 + 1]
                    assert raw(client, images).status_code == 200

        ask(requests // 4)
        before = memory(process)
        ask(requests)
        assert memory(process) < 1.05 * before
