"""The answers: what the command line says, over HTTP."""

import base64
import io
import json
import zipfile

import cv2
import jsonschema
import numpy as np
import pytest
from PIL import Image
from servers import COUNTER, EXAMPLES, files, raw, said, upload

import digits
from digits.reading.pictures.picture import open_pictures
from digits.serving.documented import ONE

# Reading


def test_a_picture_is_read_as_the_command_line_reads_it(client, reader):
    found = said(client.post("/v1/read", files=upload(COUNTER)), "read")
    (reading,) = reader.read(COUNTER.read_bytes(), "counter.jpg")
    assert found == {"schema": 2, "readings": [json.loads(json.dumps(reading.to_json()))]}


def test_each_page_of_each_file_is_an_entry_in_order_and_a_broken_file_is_its_error(client):
    pages = next((EXAMPLES / "numbers").glob("*.pdf"))
    form = [*upload(pages), ("files", ("broken.png", b"\x89PNG\r\n\x1a\nbroken")), *upload(COUNTER)]
    entries = said(client.post("/v1/read", files=form), "read")["readings"]
    assert [(entry["picture"], entry["page"]) for entry in entries] == [
        (pages.name, 0), (pages.name, 1), ("broken.png", 0), ("counter.jpg", 0),
    ]  # fmt: skip
    assert [entry["error"] is None for entry in entries] == [True, True, False, True]


def test_where_no_file_can_be_read_the_status_says_so_and_each_entry_why(client):
    response = client.post("/v1/read", files=files(b"no picture", b""))
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "bad_content"
    assert [entry["error"].split(";")[0] for entry in response.json()["readings"]] == [
        "0.png is no picture but text", "1.png is no picture but empty",
    ]  # fmt: skip


def test_options_are_those_of_the_command_line_in_the_address_or_in_the_form(client, reader):
    form = upload(COUNTER)
    as_digits = client.post("/v1/read", files=form, params={"layout": "digit"}).json()
    assert len(as_digits["readings"][0]["numbers"][0]["text"]) == 1
    assert client.post("/v1/read", files=form, data={"layout": "digit"}).json() == as_digits
    sure = client.post("/v1/read", files=form, params={"risk": 0.005, "always_answer": "1", "expect": "5"}).json()
    assert sure["readings"][0]["numbers"][0]["text"] == "48261"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layot": "digit"}, "there is no option 'layot'; there are layout, signs"),
        ({"layout": "round"}, "the option 'layout' cannot be used: Input should be 'auto'"),
        ({"risk": "0.3"}, "reader states no threshold for a risk of 0.3; it has 0.005"),
        ({"expect": "many"}, "many"),
        ({"locale": "xx_XX"}, "locale"),
        ({"type": "price"}, "price"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(client, options, message):
    response = client.post("/v1/read", files=upload(COUNTER), params=options)
    assert response.status_code == 422
    assert message in response.json()["error"]["message"]


def test_forms_are_what_the_digit_network_saw_and_it_says_the_same_again(client, reader):
    found = said(client.post("/v1/read", files=upload(COUNTER), params={"forms": "1"}), "read")
    (number,) = found["readings"][0]["numbers"]
    forms = [base64.b64decode(digit["form"]) for digit in number["digits"]]
    assert [mark["form"] for mark in number["marks"]] == [digit["form"] for digit in number["digits"]]
    (page,) = reader.read(COUNTER.read_bytes())
    assert forms == [digit.image.tobytes() for digit in page.numbers[0].digits]


def test_a_file_s_name_is_told_without_folders_and_control_characters(client):
    form = [("files", ("../../etc/\x1b[31mpass\nwd.png", COUNTER.read_bytes()))]
    name = client.post("/v1/read", files=form).json()["readings"][0]["picture"]
    assert "/" not in name
    assert name.isprintable()
    assert name.endswith("wd.png")


# Single digits


def test_raw_digits_are_named_as_the_network_names_them(client, reader, sample_test):
    images = sample_test.images[:200]
    found = said(raw(client, images), "classify")
    given = reader.classifier.answer(images)
    assert found["model"] == reader.classifier.name
    np.testing.assert_allclose([one["probabilities"] for one in found["answers"]], given.probabilities, atol=1e-5)
    assert [one["digit"] for one in found["answers"]] == given.probabilities.argmax(1).tolist()
    sure = [one["unsure"] is None for one in found["answers"]]
    assert sure == [
        reader.thresholds.unsure(float(row.max()), float(digitness)) is None
        for row, digitness in zip(given.probabilities, given.digitness, strict=True)
    ]


def test_no_ink_is_no_digit(client):
    (answer,) = said(raw(client, np.zeros((1, 28, 28), np.uint8)), "classify")["answers"]
    assert (answer["is_digit"], answer["unsure"]) == (False, "there is no ink")


def test_another_network_that_ships_can_be_asked_by_name(client, sample_test):
    images = sample_test.images[:20]
    found = said(raw(client, images, model="dense-128-64"), "classify")
    given = digits.load("dense-128-64").predict_proba(images)
    np.testing.assert_allclose([one["probabilities"] for one in found["answers"]], given, atol=1e-5)
    assert found["model"] == "dense-128-64"
    missing = raw(client, images, model="../reader")
    assert missing.status_code == 404
    assert "there is no network '../reader'; there are cnn-best" in missing.json()["error"]["message"]


def test_pictures_of_any_size_are_brought_into_form_first(client, sample_test):
    large = cv2.resize(255 - np.asarray(sample_test.images[3]), (300, 300), interpolation=cv2.INTER_CUBIC)
    file = io.BytesIO()
    Image.fromarray(np.pad(large, 100, constant_values=255)).save(file, "PNG")
    form = [("files", ("large.png", file.getvalue())), ("files", ("none.png", b"none"))]
    one, none = said(client.post("/v1/classify", files=form), "classify")["answers"]
    assert (one["digit"], one["unsure"], one["picture"]) == (int(sample_test.labels[3]), None, "large.png")
    assert "none.png is no picture" in none["error"]


@pytest.mark.parametrize("size", [0, 783, 785, 28])
def test_bytes_that_are_no_digits_are_refused(client, size):
    response = client.post("/v1/classify", content=b"x" * size, headers={"Content-Type": "application/octet-stream"})
    assert response.status_code == 422
    assert "expected 784 for each digit" in response.json()["error"]["message"]


def test_models_are_listed_with_their_accuracy(client, reader):
    found = said(client.get("/v1/models"), "models")
    assert found["active"] == reader.classifier.name
    by_name = {model["name"]: model for model in found["models"]}
    assert 0.99 < by_name["cnn-best"]["accuracy"] < 1
    assert not any("path" in model for model in found["models"])


# Why


def test_a_digit_is_explained_with_what_the_networks_saw(client, reader):
    pencil = EXAMPLES / "pictures" / "pencil.png"
    found = said(client.post("/v1/explain", files=upload(pencil)), "explain")
    (digit,) = found["digits"]
    assert digit["text"] == "3"
    assert found["words"]
    form = next(open_pictures(base64.b64decode(digit["form"].removeprefix("data:image/png;base64,")))).grey
    (reading,) = reader.read(pencil.read_bytes())
    assert np.array_equal(form, reading.numbers[0].digits[0].image)
    assert len(digit["nearest"]["pictures"]) == len(digit["nearest"]["labels"]) == 5
    assert found["finder_map"].startswith("data:image/png;base64,")


def test_a_number_is_explained_with_its_strip(client):
    found = said(client.post("/v1/explain", files=upload(COUNTER), params={"number": "0"}), "explain")
    (number,) = found["numbers"]
    strip = next(open_pictures(base64.b64decode(number["strip"]["picture"].partition(",")[2])))
    assert strip.grey.shape == (number["strip"]["height"], number["strip"]["width"])
    assert all(digit["form"].startswith("data:image/png") for digit in number["digits"])
    missing = client.post("/v1/explain", files=upload(COUNTER), params={"number": "7"})
    assert missing.status_code == 422
    assert "there is no number 7" in missing.json()["error"]["message"]
    assert client.post("/v1/explain", files=upload(COUNTER), params={"page": "3"}).status_code == 422
    assert client.post("/v1/explain", files=upload(COUNTER, COUNTER)).status_code == 422


# Corrections


def test_a_correction_is_kept_listed_exported_and_deleted(client):
    client.delete("/v1/corrections")
    one = {"pixels": ONE, "label": 1, "said": 7, "confidence": 0.6, "model": "reader", "note": "with a ruler"}
    first = said(client.post("/v1/corrections", json=one), "kept")
    assert said(client.post("/v1/corrections", json=one), "kept") == {"id": first["id"], "duplicate": True}
    said(client.post("/v1/corrections", json={**one, "label": 7}), "kept")
    listed = said(client.get("/v1/corrections", params={"limit": 1}), "corrections")
    assert listed["count"] == 2
    assert {key: listed["corrections"][0][key] for key in one} == one
    after = client.get("/v1/corrections", params={"after": first["id"]}).json()
    assert [correction["label"] for correction in after["corrections"]] == [7]
    assert said(client.delete(f"/v1/corrections/{first['id']}"), "deleted") == {"deleted": 1}
    assert client.delete(f"/v1/corrections/{first['id']}").status_code == 404
    arrays = np.load(io.BytesIO(client.get("/v1/corrections/export", params={"format": "npz"}).content))
    assert any(array.tobytes() == base64.b64decode(ONE) for array in arrays.values())
    response = client.get("/v1/corrections/export", params={"format": "folder"})
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        (name,) = archive.namelist()
        assert "/7/" in name
        assert next(open_pictures(archive.read(name))).grey.tobytes() == base64.b64decode(ONE)
    assert said(client.delete("/v1/corrections"), "deleted") == {"deleted": 1}
    assert client.get("/v1/corrections/export").status_code == 404


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"label": 10}, "label must be a whole number from 0 to 9"),
        ({"label": None}, "label"),
        ({"pixels": "AAAA"}, "pixels must be 784 bytes in base64"),
        ({"note": "x" * 201}, "note must be text of at most 200 characters"),
        ({"created": "2020-01-01T00:00:00+00:00"}, "a correction has no 'created'"),
        ({"id": 3}, "a correction has no 'id'"),
    ],
)
def test_what_is_no_correction_is_refused(client, changed, message):
    response = client.post("/v1/corrections", json={"pixels": ONE, "label": 1, **changed})
    assert response.status_code == 422
    assert message in response.json()["error"]["message"]


def test_a_correction_must_be_sent_as_json_which_no_other_page_can(client):
    body = json.dumps({"pixels": ONE, "label": 1})
    assert client.post("/v1/corrections", content=body, headers={"Content-Type": "text/plain"}).status_code == 415


# The document


def test_the_document_s_examples_work_and_answers_are_as_it_says(client):
    document = client.get("/openapi.json").json()
    done = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in content:
                place = path.replace("{name}", "reader")
                response = client.request(method, place, json=content["example"])
                assert response.status_code == 200, response.text
                answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
                jsonschema.validate(content["example"], content["schema"])
                jsonschema.validate(response.json(), answer)
                done += 1
    assert done == 2
    client.delete("/v1/corrections")


def test_health_and_metrics(client):
    assert said(client.get("/healthz"), "ok")
    assert said(client.get("/readyz"), "ok")
    text = client.get("/metrics").text
    assert 'digits_http_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert "digits_workers 1.0" in text
