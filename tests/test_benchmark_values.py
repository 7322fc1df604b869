"""The benchmark of values: whose number a read one is, what counts as a silent error, what is drawn to measure it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = (
    "harness", "labelled_pictures", "measured", "ways_to_read", "ways_to_read_numbers", "reading_numbers",
    "synthetic_paper", "synthetic_hand", "synthetic_lines", "synthetic_clutter", "labelled_documents",
    "ways_to_read_documents", "document_figures", "synthetic_sets", "value_figures",
)  # fmt: skip


@pytest.fixture
def document(scripts):
    def document(*rows, **more):
        return scripts.labelled_documents.Document(Path("x"), "x", rows, has_signs=True, **more)

    return document


@pytest.fixture
def found(scripts):
    """`found("12.5?")`: a number that is read, not named freely where `?` stands behind it; its box, if it has one."""

    def found(word, box=None):
        text = word.rstrip("?")
        left, top, right, bottom = box or (0, 0, 0, 0)
        corners = ((left, top), (right, top), (right, bottom), (left, bottom)) if box else ()
        return scripts.ways_to_read_documents.Found(text, text if text == word else "?" * len(text), corners)

    return found


@pytest.fixture
def said(scripts, found):
    return lambda *rows: scripts.ways_to_read_documents.Said(
        tuple(tuple(found(word) for word in row.split()) for row in rows), 0.9
    )


def counts(figures):
    return {what: (one.count, one.n) for what, one in figures.items() if hasattr(one, "n")}


@pytest.mark.parametrize(
    ("written", "read", "kind"),
    [
        ("12.50", "12.50", ""),
        ("12.50", "12,50", ""),  # another way to write the same
        ("38.117.-", "38117.-", ""),
        ("12.50", "1250", "sign"),
        ("1250", "12.50", "sign"),
        ("12.50", "1.250", "sign"),
        ("-5", "5", "sign"),
        ("5", "-5", "sign"),
        ("12/08", "12108", "sign"),
        ("12108", "12/08", "sign"),
        ("12%", "12", "sign"),
        ("12.50", "2.50", "digit"),
        ("12.50", "12.5", ""),  # no more and no less
        ("357", "35", "digit"),
        ("12.50", "72.50", "another"),
    ],
)
def test_a_value_is_wrong_by_a_sign_by_a_digit_s_loss_or_by_another_digit(scripts, written, read, kind):
    one = scripts.value_figures
    assert one.fault(written, read) == {
        "": "", "sign": one.MAGNITUDE, "digit": one.LENGTH, "another": one.OTHER
    }[kind]  # fmt: skip


@given(st.text("019.,-/%", min_size=1, max_size=8), st.text("019.,-/%", min_size=1, max_size=8))
def test_a_sign_that_is_lost_is_never_called_another_digit(scripts, written, read):
    one = scripts.value_figures
    kind, signs = one.fault(written, read), [[mark for mark in text if mark in ".,-/%"] for text in (written, read)]
    assert kind in {"", one.MAGNITUDE, one.LENGTH, one.OTHER}
    assert kind in {"", one.MAGNITUDE} or signs[0] == signs[1]


def test_values_are_counted_by_number(scripts, document, said):
    documents = [document("12.50"), document("1.480"), document("-5"), document("7:45"), document("30")]
    answers = [said("12.50"), said("1480"), said("5"), said("7:45?"), said()]
    figures = scripts.value_figures.values(documents, answers)
    one = scripts.value_figures
    assert counts(figures) == {
        one.TEXT: (2, 5),
        one.RIGHT: (2, 4),  # 1.480 may mean two things: it has no value
        one.GIVEN: (2, 4),
        one.GIVEN_RIGHT: (1, 3),
        one.MAGNITUDE: (2, 3),  # 1480 for 1.480, and 5 for -5
        one.LENGTH: (0, 3),
        one.OTHER: (0, 3),
        one.SIGNS_FOUND: (2, 4),
        one.SIGNS_RIGHT: (2, 2),
    }
    assert figures[one.INVENTED] == 0
    assert [(error["written"], error["read"], error["wrong"]) for error in one.silent(documents, answers)] == [
        ("1.480", "1480", "sign"), ("-5", "5", "sign"),
    ]  # fmt: skip


def test_each_half_of_a_number_that_was_found_in_two_is_a_value(scripts, document, said):
    figures = scripts.value_figures.values([document("800.79")], [said("800 79")])
    assert counts(figures)[scripts.value_figures.MAGNITUDE] == (2, 2)


def test_of_scattered_numbers_only_similar_ones_are_the_same(scripts, document, said):
    one = scripts.value_figures
    numbers, others = one.laid_on(document("12.50 7", "1995"), said("7 1250", "23").numbers)
    assert [(number.written, [read.text for read in number.read]) for number in numbers] == [
        ("12.50", ["1250"]), ("7", ["7"]), ("1995", []),
    ]  # fmt: skip
    assert [other.text for other in others] == ["23"]


def test_where_places_are_known_a_number_is_that_of_which_most_marks_are_covered(scripts, document, found):
    page = document("12 34", places=(((10, 10), (30, 10)), ((60, 10), (80, 10))), cut=((110, 10),))
    read = [
        found("12", (0, 0, 40, 20)), found("3", (50, 0, 70, 20)), found("4", (71, 0, 90, 20)),
        found("5", (100, 0, 120, 20)), found("6", (0, 60, 40, 80)),
    ]  # fmt: skip
    numbers, others = scripts.value_figures.laid_on(page, read)
    assert [[one.text for one in number.read] for number in numbers] == [["12"], ["3", "4"]]
    assert [one.text for one in others] == ["6"]  # on a number that the frame cuts, nobody knows


@pytest.fixture(scope="module")
def pages(scripts, sample, tmp_path_factory):
    place = tmp_path_factory.mktemp("pages")
    return scripts.synthetic_sets.pages(4, sample, place, fonts=place / "none")


class TestSyntheticPages:
    def test_each_number_that_is_written_has_the_places_of_its_marks(self, scripts, pages):
        assert sum(len(page.written) for page in pages) > 5
        for page in pages:
            assert [len(places) for places in page.places] == [len(text) for text in page.written]
            assert all(any(map(str.isdigit, text)) for text in page.written)

    def test_what_is_written_and_read_in_its_place_is_right(self, scripts, pages, found):
        said = scripts.ways_to_read_documents.Said
        answers = []
        for page in pages:
            boxes = [
                (*(np.min(places, axis=0) - 1).tolist(), *(np.max(places, axis=0) + 1).tolist())
                for places in page.places
            ]
            answers.append(said((tuple(map(found, page.written, boxes)),)))
        figures = scripts.value_figures.values(pages, answers)
        assert figures[scripts.value_figures.MAGNITUDE].count == 0

    def test_without_fonts_it_says_so_and_goes_on(self, scripts, sample, tmp_path, capsys):
        assert len(scripts.synthetic_sets.pages(1, sample, tmp_path, fonts=tmp_path)) == 1
        captured = capsys.readouterr().err
        assert "drawn without fonts" in captured
        assert "references/fonts.py" in captured
        assert len(captured.splitlines()) == 1


def test_it_is_run_by_one_option(tmp_path, sample_test):
    folder = tmp_path / "amounts"
    folder.mkdir()
    Image.fromarray(255 - sample_test.images[0]).save(folder / "a.png")
    (folder / "labels.csv").write_text("file,part,digits,text,note\na.png,look,1.5,1.5,\na.png,score,2,2,unsure sign\n")
    (tmp_path / "documents").mkdir()
    Image.fromarray(255 - sample_test.images[1]).save(tmp_path / "documents" / "a.png")
    (tmp_path / "documents" / "labels.csv").write_text(
        "file,part,text,digits,kind,note\na.png,look,-1 2.50,1 250,3 table: marks,\n"
    )
    command = [sys.executable, BENCHMARKS / "reading.py", "--values", "--only", "ours", "--pictures", tmp_path]
    command += ["--json", tmp_path / "found.json", "--data-dir", tmp_path]  # without MNIST the synthetic pages fail
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "silent magnitude errors" in done.stdout) == (2, True), done.stderr
    found = json.loads((tmp_path / "found.json").read_text())["documents"]
    assert {name: list(parts) for name, parts in found.items()} == {
        "amounts-values": ["look"], "documents-values": ["look"],
    }  # fmt: skip
    assert found["documents-values"]["look"]["figures"]["ours"]["text with signs exactly right"]["n"] == 2
