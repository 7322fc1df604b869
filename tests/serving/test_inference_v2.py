"""The Open Inference Protocol v2, as KServe's and Triton's clients speak it."""

import json
import warnings

import numpy as np
import pytest
from servers import said

HEADER = "Inference-Header-Content-Length"


@pytest.fixture(scope="module")
def images(sample_test):
    return np.asarray(sample_test.images[:5])


def request(images, **more):
    return {
        "inputs": [{"name": "images", "datatype": "UINT8", "shape": list(images.shape), "data": images.tolist()}],
        **more,
    }


def test_the_server_and_its_networks_describe_themselves(client):
    assert said(client.get("/v2"), "v2")["extensions"] == ["binary_tensor_data"]
    said(client.get("/v2/health/live"), "live")
    said(client.get("/v2/health/ready"), "ready")
    found = said(client.get("/v2/models/reader"), "v2_model")
    assert found["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}]
    assert found["outputs"] == [
        {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
        {"name": "digitness", "datatype": "FP32", "shape": [-1]},
    ]
    assert client.get("/v2/models/reader/versions/1").json() == found
    said(client.get("/v2/models/cnn-tiny/ready"), "v2_ready")
    assert client.get("/v2/models/nobody/ready").status_code == 404


def test_digits_are_answered_as_the_network_answers_them(client, reader, images):
    given = reader.classifier.answer(images)
    for data in (images.tolist(), images.ravel().tolist()):
        body = request(images, id="mine")
        body["inputs"][0]["data"] = data
        found = said(client.post("/v2/models/reader/infer", json=body), "v2_infer")
        assert (found["model_name"], found["id"]) == ("reader", "mine")
        outputs = {output["name"]: np.reshape(output["data"], output["shape"]) for output in found["outputs"]}
        np.testing.assert_allclose(outputs["probabilities"], given.probabilities, atol=1e-6)
        np.testing.assert_allclose(outputs["digitness"], given.digitness, atol=1e-6)
    chosen = client.post("/v2/models/reader/infer", json=request(images, outputs=[{"name": "digitness"}])).json()
    assert [output["name"] for output in chosen["outputs"]] == ["digitness"]


def test_tensors_go_as_raw_bytes_where_that_is_asked(client, reader, images):
    body = request(images, parameters={"binary_data_output": True})
    del body["inputs"][0]["data"]
    body["inputs"][0]["parameters"] = {"binary_data_size": images.size}
    head = json.dumps(body).encode()
    response = client.post("/v2/models/reader/infer", content=head + images.tobytes(), headers={HEADER: str(len(head))})
    length = int(response.headers[HEADER])
    outputs = json.loads(response.content[:length])["outputs"]
    probabilities = np.frombuffer(response.content[length:], "<f4", 50).reshape(5, 10)
    np.testing.assert_allclose(probabilities, reader.classifier.predict_proba(images), atol=1e-6)
    assert [output["parameters"]["binary_data_size"] for output in outputs] == [200, 20]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": "pictures"}, "the input is 'pictures', UINT8; expected one input images, UINT8"),
        ({"datatype": "FP32"}, "the input is 'images', FP32"),
        ({"shape": [1, 784]}, "the input's shape is [1, 784]"),
        ({"shape": [True, 28, 28]}, "the input's shape"),
        ({"shape": [0, 28, 28]}, "the input has 0 digits; expected 1 to 20,000"),
        ({"shape": [2, 28, 28]}, "the input's data is not 1,568 whole numbers from 0 to 255"),
        ({"data": [256] * 784}, "not 784 whole numbers"),
        ({"data": [0.5] * 784}, "not 784 whole numbers"),
        ({"data": [[1], [1, 2]]}, "not 784 whole numbers"),
        ({"data": None}, "not 784 whole numbers"),
        ({"parameters": {"binary_data_size": 784}}, "the input has 0 raw bytes; its shape needs 784"),
    ],
)
def test_what_is_no_input_is_refused_in_the_protocol_s_way(client, changed, message):
    body = request(np.zeros((1, 28, 28), np.uint8))
    body["inputs"][0] |= changed
    response = client.post("/v2/models/reader/infer", json=body)
    assert response.status_code == 400
    assert message in response.json()["error"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the body is no JSON"),
        (b"[" * 100_000, "the body is no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "the request has no inputs"),
        (b'{"inputs": [1]}', "the request has 1 inputs"),
        (b'{"inputs": []}', "the request has 0 inputs"),
    ],
)
def test_what_is_no_request_is_refused(client, body, message):
    response = client.post("/v2/models/reader/infer", content=body)
    assert response.status_code == 400
    assert message in response.json()["error"]


def test_an_output_that_is_not_there_is_named(client):
    body = request(np.zeros((1, 28, 28), np.uint8), outputs=[{"name": "logits"}])
    response = client.post("/v2/models/reader/infer", json=body)
    assert response.json()["error"] == "there is no output 'logits'; reader gives probabilities, digitness"
    header = client.post("/v2/models/reader/infer", content=b"{}", headers={HEADER: "99"})
    assert "expected where the JSON ends" in header.json()["error"]


@pytest.mark.parametrize("binary", [True, False])
def test_triton_s_client_works_unchanged(server, reader, images, binary):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        triton = pytest.importorskip("tritonclient.http")
    with triton.InferenceServerClient(f"127.0.0.1:{server.port}") as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("reader")
        assert client.get_model_metadata("reader")["inputs"][0]["name"] == "images"
        tensor = triton.InferInput("images", list(images.shape), "UINT8")
        tensor.set_data_from_numpy(images, binary_data=binary)
        output = triton.InferRequestedOutput("probabilities", binary_data=binary)
        for outputs in ([output], None):
            answer = client.infer("reader", [tensor], outputs=outputs)
            np.testing.assert_allclose(
                answer.as_numpy("probabilities"), reader.classifier.predict_proba(images), atol=1e-6
            )
