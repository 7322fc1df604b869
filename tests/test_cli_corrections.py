"""`digits data corrections`: counted, written as digits, moved from store to store, deleted."""

import json

import numpy as np
import pytest

from digits.serving.correction import Correction
from digits.serving.store import Store


@pytest.fixture
def kept(sample_test, tmp_path):
    """Twelve digits that were corrected, in the user's own store."""
    chosen = sample_test.take(np.arange(0, 1_000, 80)[:12])
    with Store(tmp_path / "home" / "corrections.sqlite") as store:
        for number, (image, label) in enumerate(zip(chosen.images, chosen.labels, strict=True)):
            store.add(Correction(pixels=image, label=int(label), said=3, confidence=0.5, note=f"Nr. {number} ✓"))
    return chosen


def test_they_are_counted(digits_command, kept, tmp_path):
    code, out, err = digits_command("data", "corrections")
    assert code == 0
    assert [line.split() for line in out.splitlines()[1:]] == [
        [str(digit), str(count)] for digit, count in enumerate(kept.class_counts)
    ]
    assert err == f"12 corrections in sqlite:///{tmp_path}/home/corrections.sqlite\n"
    _, out, _ = digits_command("data", "corrections", "--json")
    assert json.loads(out)["count"] == 12


@pytest.mark.parametrize("arguments", [["mine.npz"], ["mine", "--to", "folder"], ["mine"], ["mine.csv"]])
def test_they_are_written_as_digits_to_train_on(digits_command, kept, tmp_path, arguments):
    code, out, _ = digits_command("data", "corrections", *arguments)
    assert (code, out) == (0, f"{arguments[0]}\n")
    _, _, err = digits_command("data", "convert", arguments[0], "again.npz")
    assert err == ""
    again = np.load(tmp_path / "again.npz")
    found = {(image.tobytes(), int(label)) for image, label in zip(again["images"], again["labels"], strict=True)}
    assert found == {(image.tobytes(), int(label)) for image, label in zip(kept.images, kept.labels, strict=True)}


def test_they_move_to_another_store_and_back_unchanged(digits_command, kept, tmp_path):
    digits_command("data", "corrections", "one.jsonl")
    _, _, err = digits_command("data", "corrections", "--store", "other.sqlite", "--add", "one.jsonl")
    assert err == "12 corrections added to sqlite:///other.sqlite, 0 were there before\n"
    digits_command("data", "corrections", "--store", "other.sqlite", "two.jsonl")
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()
    assert "Nr. 11 ✓" in (tmp_path / "two.jsonl").read_text("utf-8")


def test_all_are_deleted_by_one_command(digits_command, kept):
    code, out, err = digits_command("data", "corrections", "--delete-all")
    assert (code, out, err.startswith("12 corrections deleted from sqlite:///")) == (0, "", True)
    _, out, _ = digits_command("data", "corrections", "--json")
    assert json.loads(out)["count"] == 0


def test_the_store_is_said_by_the_environment_too(digits_command, kept, tmp_path, monkeypatch):
    monkeypatch.setenv("DIGITS_STORE", "sqlite:///there.sqlite")
    _, out, _ = digits_command("data", "corrections", "--json")
    assert json.loads(out)["count"] == 0
    assert (tmp_path / "there.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mine.xlsx"], "there is no format 'xlsx'; give --to one of: idx, csv, folder, npz, jsonl"),
        (["there.jsonl"], "there.jsonl exists already; choose another place"),
        (["mine", "--delete-all"], "one thing at a time"),
        (["--add", "nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file"),
        (["--add", "there.jsonl"], "line 2 is no correction"),
        (["--add", "picture.png"], "picture.png is no file of corrections"),
        (["--store", "mysql://there/digits"], "no place for corrections"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(digits_command, kept, tmp_path, arguments, said):
    line = json.dumps(Correction(pixels=kept.images[0], label=9).to_json())
    (tmp_path / "there.jsonl").write_text(f"{line}\nnothing\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    code, out, err = digits_command("data", "corrections", *arguments)
    assert (code, out, err.count("\n"), said in err) == (2, "", 1, True)
    _, out, _ = digits_command("data", "corrections", "--json")
    assert json.loads(out)["count"] == 12
