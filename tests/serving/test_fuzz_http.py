"""The damaged files and bombs of the reader's own tests, over HTTP: answers and 4xx, never a fault."""

import sys
from pathlib import Path

import numpy as np
import pytest
from servers import files

PICTURES = str(Path(__file__).parents[1] / "reading" / "pictures")


@pytest.fixture(scope="module")
def fuzz():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PICTURES)
        import test_fuzz

        yield test_fuzz
        sys.modules.pop("test_fuzz", None)


def test_bombs_are_refused(client, fuzz):
    for name, bomb in fuzz.BOMBS.items():
        response = client.post("/v1/read", files=files(bomb()))
        assert response.status_code == 422, name
        assert response.json()["readings"][0]["error"], name


@pytest.mark.parametrize("count", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_damaged_files_are_read_or_refused(client, fuzz, count):
    rng = np.random.default_rng(count)
    statuses = []
    for _ in range(count // 20):
        contents = [fuzz.damaged(rng) for _ in range(20)]
        response = client.post("/v1/read", files=files(*contents))
        statuses.append(response.status_code)
        assert len(response.json()["readings"]) >= 20
        assert all(
            entry["error"] is None or "unexpected" not in entry["error"] for entry in response.json()["readings"]
        )
        assert client.post("/v1/classify", files=files(contents[0])).status_code in {200, 422}
        assert client.post("/v1/explain", files=files(contents[1])).status_code in {200, 422}
    assert set(statuses) <= {200, 422}


def test_requests_made_from_the_document_are_never_a_fault(client):
    """Schemathesis makes requests of every kind from the document; each answer must be one that the document names."""
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, given, settings
    from schemathesis.specs.openapi.checks import positive_data_acceptance as by_meaning  # no locale is called `ñ`

    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    schema.config.update(base_url=str(client.base_url))
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def check(case):
            nonlocal tried
            response = case.call()
            assert response.status_code < 500 or response.status_code == 503, (case, response.text)
            case.validate_response(response, excluded_checks=[by_meaning])
            tried += 1

        check()
    assert tried > 50
