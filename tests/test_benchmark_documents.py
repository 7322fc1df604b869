"""The benchmark of pictures as people have them: labels, what counts as read, figures, comparisons."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digits.evaluation.metrics import wilson_interval

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = (
    "harness", "labelled_pictures", "measured", "ways_to_read", "ways_to_read_numbers", "reading_numbers",
    "synthetic_paper", "synthetic_hand", "synthetic_lines", "synthetic_pages", "synthetic_forms", "synthetic_clutter",
    "synthetic_pictures", "labelled_documents", "ways_to_read_documents", "document_figures", "synthetic_sets",
    "reading_documents", "compare_readings",
)  # fmt: skip

TEXTS = st.text("01.-", max_size=6)


@pytest.fixture
def pictures(scripts, tmp_path, sample):
    """Two amounts, of which one is only scored, two documents, of which one has no number, and a fault with boxes."""
    place = tmp_path / "pictures"
    render = scripts.synthetic_lines.render_line
    tables = {
        "amounts": ["file,part,digits,text,note", "a.png,look,314,3.14,", "b.png,score,27,27,unsure sign: faint"],
        "documents": [
            "file,part,text,digits,kind,note", "a.png,look,27,27,3 table: marks,printed: 1 2 (rows); a dash",
            "b.png,look,,,12 nothing: drawing,",
        ],
        "faults": ["file,text,kind", "a.png,3 14,gaps"],
    }  # fmt: skip
    for folder, rows in tables.items():
        (place / folder).mkdir(parents=True)
        (place / folder / "labels.csv").write_text("\n".join(rows) + "\n")
        for name, digits in (("a", "314"), ("b", "27")):
            drawn, _ = render(digits, "clean", sample, np.random.default_rng(0))
            Image.fromarray(drawn).save(place / folder / f"{name}.png")
    height, width = drawn.shape
    boxes = [{"box": [0, 0, width, height], "name": "a"}]
    (place / "faults" / "a.boxes.json").write_text(json.dumps(boxes))
    return place


@pytest.fixture
def document(scripts):
    def document(*rows, **more):
        return scripts.labelled_documents.Document(Path("x"), "x", rows, **more)

    return document


@pytest.fixture
def said(scripts):
    """`said("12 3?4", "5")`: rows of numbers, of which those with a `?` behind them are not named freely."""
    found = scripts.ways_to_read_documents

    def number(word):
        text = word.rstrip("?")
        return found.Found(text, text if text == word else "?" * len(text))

    return lambda *rows: found.Said(tuple(tuple(map(number, row.split())) for row in rows), 0.9)


def run(*arguments, script="reading"):
    command = [sys.executable, BENCHMARKS / f"{script}.py", *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


class TestLabels:
    def test_signs_are_scored_where_they_are_sure(self, scripts, pictures):
        found = scripts.labelled_documents.amounts(pictures / "amounts")
        assert [(one.rows, one.part, one.has_signs) for one in found] == [(("3.14",), "look", True),
                                                                          (("27",), "score", False)]  # fmt: skip

    def test_a_document_has_numbers_a_kind_and_print_that_does_not_count(self, scripts, pictures):
        table, drawing = scripts.labelled_documents.documents(pictures / "documents")
        assert (table.numbers, table.kind, table.printed, table.counts) == (("27",), "table", ("1", "2"), True)
        assert (drawing.numbers, drawing.kind, drawing.counts) == ((), "nothing", True)

    @pytest.mark.parametrize(
        ("note", "numbers"),
        [("", ()), ("printed: 05712,852 (counter), small print", ("05712852",)), ("dots; printed: 1 2", ("1", "2"))],
    )  # fmt: skip
    def test_printed_numbers_stand_in_the_note(self, scripts, note, numbers):
        assert scripts.labelled_documents.printed_numbers(note) == numbers

    def test_a_fault_with_boxes_is_read_in_them_too(self, scripts, pictures):
        (alone,) = scripts.labelled_documents.faults(pictures / "faults")
        (boxed,) = scripts.labelled_documents.faults(pictures / "faults", in_boxes=True)
        assert (alone.boxes, boxed.boxes) == (None, pictures / "faults" / "a.boxes.json")
        assert alone.numbers == ("3", "14")

    def test_a_dash_is_a_dash_and_words_are_no_marks(self, scripts):
        assert scripts.labelled_documents.only_marks("T1 = 12，50 — x") == "1=12,50-"

    @pytest.mark.parametrize(
        ("table", "line"),
        [("file,part\n", "expected the columns"), ("file,part,digits,text,note\nx.png,look,1,1,\n", "x.png")],
    )
    def test_a_folder_without_usable_labels_is_refused_in_one_line(self, scripts, tmp_path, capsys, table, line):
        (tmp_path / "labels.csv").write_text(table)
        with pytest.raises(SystemExit, match="2"):
            scripts.labelled_documents.amounts(tmp_path)
        captured = capsys.readouterr().err
        assert line in captured
        assert len(captured.splitlines()) == 1


class TestWays:
    def test_a_contender_s_numbers_are_runs_of_digits_with_their_signs(self, scripts):
        numbers = scripts.ways_to_read_documents.numbers_in
        assert numbers("R1=60, n 504 + 91 18% (2) 3.50") == ["1", "=60,", "504", "+ 91", "18%", "(2)", "3.50"]
        assert numbers("1500 — and 1 a.b") == ["1500 -", "1"]
        assert numbers("20/07/2021 7:45") == ["20/07/2021", "7:45"]

    def test_texts_in_boxes_become_rows_of_numbers(self, scripts):
        boxes = [(60, 12, 90, 40, "4 5", 0.7), (0, 10, 50, 42, "No. 12,3", 0.9), (5, 60, 50, 90, "abc", 0.8)]
        found = scripts.ways_to_read_documents.said_in_boxes(boxes)
        assert [[number.text for number in row] for row in found.rows] == [["12,3", "4", "5"]]
        assert found.confidence == 0.7
        assert found.text == "12,3 4 5"

    def test_tesseract_s_words_become_numbers_of_each_picture(self, scripts):
        table = (
            "page_num\tblock_num\tpar_num\tline_num\tconf\ttext\n1\t1\t1\t1\t-1\t\n1\t1\t1\t1\t90\t12.5\n"
            "1\t1\t1\t2\t50\tx4\n3\t1\t1\t1\t80\tno\n"
        )
        found = scripts.ways_to_read_documents.said_in_table(table, 3)
        assert [one.text for one in found] == ["12.5 / 4", "", ""]
        assert scripts.ways_to_read_documents.said_in_table("", 2) == [scripts.ways_to_read_documents.Said()] * 2

    def test_signs_are_read_where_a_number_has_marks(self, scripts):
        def mark(text, unsure=None):
            return SimpleNamespace(text=text, unsure=unsure)

        marks = (mark("−"), mark("5"), mark("."), mark("0", "faint"))
        digits = (marks[1], marks[3])
        signed = SimpleNamespace(line=1, marks=marks, digits=digits, doubt=None, confidence=0.5, box=(0, 0, 1, 1))
        plain = SimpleNamespace(line=0, digits=(mark("7"),), doubt=None, confidence=0.9, box=(2, 4, 3, 5))
        doubted = SimpleNamespace(line=1, digits=(mark("8"),), doubt="marks beside", confidence=0.9, box=(0, 0, 1, 1))
        empty = SimpleNamespace(line=2, digits=(), doubt=None, confidence=1.0)
        found = scripts.ways_to_read_documents.said_in(SimpleNamespace(numbers=(signed, plain, doubted, empty)))
        assert found.text == "7 / -5.0 8"
        assert found.numbers[0].corners == ((2, 4), (5, 4), (5, 9), (2, 9))
        assert [number.shown for number in found.numbers] == ["7", "-5.?", "?"]
        assert [number.given for number in found.numbers] == [True, False, False]
        assert [number.has_sure_digit for number in found.numbers] == [True, True, False]
        assert (found.numbers[1].digits, found.confidence) == ("50", 0.5)


class TestFigures:
    def test_a_share_s_interval_is_that_of_the_package(self, scripts):
        for count, n in ((0, 5), (5, 5), (3, 7), (995, 1000)):
            assert scripts.measured.wilson_interval(count, n) == pytest.approx(wilson_interval(count, n))

    @given(one=TEXTS, other=TEXTS)
    def test_the_longest_common_subsequence_is_in_both(self, scripts, one, other):
        found = scripts.document_figures.common(one, other)
        for text in (one, other):
            rest = iter(text)
            assert all(character in rest for character in found)
        distance = scripts.reading_numbers.edit_distance(one, other)
        assert max(len(one), len(other)) - distance <= len(found) <= min(len(one), len(other))
        assert len(found) == len(scripts.document_figures.common(other, one))

    def test_the_same_number_is_paired_before_a_similar_one(self, scripts):
        pairs = scripts.document_figures.paired(("12", "123", "5"), ["129", "12", "7"])
        assert pairs == [("12", "12"), ("123", "129"), ("5", ""), ("", "7")]

    def test_rows_are_compared_by_digits_and_signs_in_their_place(self, scripts, document, said):
        documents = [document("1.480", has_signs=True), document("38 117-", has_signs=True), document("12.5")]
        figures = scripts.document_figures.in_rows(documents, [said("1,480"), said("38? 117-"), said("99")])
        assert {name: (one.count, one.n) for name, one in figures.items() if hasattr(one, "n")} == {
            "exactly right": (2, 3), "named freely": (2, 3), "of these, right": (1, 2), "digits: recall": (9, 12),
            "digits: precision": (9, 11), "text with signs exactly right": (1, 2),
            "of those named freely, text with signs right": (0, 1), "signs: recall": (1, 2), "signs: precision": (1, 2),
        }  # fmt: skip
        assert sum(figures["character error rate"].edits) == 3

    def test_of_a_document_numbers_count_in_any_order_each_once(self, scripts, document, said):
        documents = [
            document("5 5", "12", kind="table", printed=("1", "2")), document("7", kind="board"),
            document(kind="nothing"), document(kind="counter", counts=False),
        ]  # fmt: skip
        answers = [said("1 12 5 5", "5? 2"), said(), said("4 88?"), said("123")]
        figures = scripts.document_figures.scattered(documents, answers)
        shares = {name: (one.count, one.n) for name, one in figures.items() if hasattr(one, "n")}
        assert shares["written numbers found exactly"] == (3, 4)
        assert shares["of what is read, right"] == (3, 6)
        assert shares["of what is read, named freely"] == (4, 6)
        assert shares["of these, right"] == (3, 4)
        assert shares["  table: written numbers found exactly"] == (3, 3)
        assert shares["  board: of what is read, right"] == (0, 0)
        assert figures["sure numbers a picture without any"] == 1
        assert json.dumps(scripts.document_figures.to_json(figures))

    def test_of_nothing_no_digit_should_be_sure(self, scripts, document, said):
        figures = scripts.document_figures.nothing([document()] * 3, [said(), said("4?"), said("4 5?")])
        assert [(one.count, one.n) for one in figures.values()] == [(1, 3), (1, 3)]

    @pytest.mark.parametrize(
        ("written", "read", "verdict"),
        [(["504 + 91"], ["504 +91"], "+++"), (["504 + 91"], ["504 91"], "++-"), (["1 2", "3"], ["12", "3"], "+-+"),
         (["1 2", "3"], ["1 2 3"], "-+-"), (["-6 -14"], ["-6 -14"], "+++"), (["5"], [], "---")],
    )  # fmt: skip
    def test_a_fault_is_judged_by_digits_numbers_and_text(self, scripts, document, said, written, read, verdict):
        assert str(scripts.document_figures.verdict(document(*written), said(*read))) == verdict


class TestSyntheticSets:
    def test_a_tight_crop_is_the_roomy_one_without_its_margin(self, scripts, sample, tmp_path):
        crops = scripts.synthetic_sets.crops
        tight, roomy = (crops(2, sample, tmp_path / str(cut), tight=cut) for cut in (True, False))
        for one, other in zip(tight, roomy, strict=True):
            cut, whole = (np.asarray(Image.open(document.path)) for document in (one, other))
            around = (whole.shape[0] - cut.shape[0]) // 2
            assert one.rows == other.rows
            np.testing.assert_array_equal(cut, whole[around:-around, around:-around])

    @pytest.mark.parametrize("what", ["doodles", "clouds", "newspapers"])
    def test_a_picture_without_digits_follows_from_its_place(self, scripts, tmp_path, what):
        draw = scripts.synthetic_sets.without_digits
        one, other = (draw(what, 1, tmp_path / str(number))[0] for number in range(2))
        assert one.path.read_bytes() == other.path.read_bytes()
        assert (one.rows, one.kind) == ((), "nothing")

    def test_without_fonts_words_are_left_out_in_one_line(self, scripts, tmp_path, capsys):
        assert scripts.synthetic_sets.without_digits("words", 1, tmp_path, fonts=tmp_path) == []
        captured = capsys.readouterr().err
        assert "no handwriting fonts" in captured
        assert len(captured.splitlines()) == 1

    def test_words_are_small_letters(self, scripts):
        words = scripts.synthetic_sets.COMMON_WORDS.read_text().split()
        assert all(word.isalpha() and word.islower() and len(word) > 2 for word in words)


class TestComparison:
    def figure(self, count, n, low, high):
        return {"value": count / n, "count": count, "n": n, "interval": [low, high]}

    def test_a_difference_is_marked_where_the_intervals_lie_apart(self, scripts):
        difference = scripts.compare_readings.difference
        before, after, far = self.figure(5, 10, 0.2, 0.8), self.figure(7, 10, 0.4, 0.9), self.figure(9, 10, 0.81, 1)
        assert [difference(before, one) for one in (after, far)] == ["+20.0", "+40.0 *"]
        assert difference({"value": 1.5}, {"value": 1.0}) == "-0.50"
        assert difference(None, after) == ""

    def test_pictures_that_became_right_or_wrong_are_listed(self, scripts):
        def line(picture, read):
            return {"picture": picture, "written": "1.5", "read": read}

        before = [line("a", "15"), line("b", "1.5"), line("c", "7"), line("d", "1.5")]
        after = [line("a", "1.5"), line("b", "1-5"), line("c", "8"), line("d", "1.5")]
        found = scripts.compare_readings.changed(before, after)
        assert [one.split(":")[0] for one in found] == ["now right  a", "NOW WRONG  b"]


class TestWhole:
    def test_sets_are_read_written_down_and_compared(self, pictures, tmp_path):
        file = tmp_path / "found.json"
        sets = ["amounts", "documents", "faults", "faults-in-boxes"]
        done = run("--set", *sets, "--only", "ours", "--pictures", pictures, "--json", file)
        assert done.returncode == 0, done.stderr
        for row in (
            "amounts look: 1 pictures",
            "written numbers found exactly",
            "3 14",
            "signs: recall",
            "in brackets",
        ):
            assert row in done.stdout
        found = json.loads(file.read_text())["documents"]
        assert {name: list(parts) for name, parts in found.items()} == {
            "amounts": ["look", "score"], "documents": ["look"], "faults": ["look"], "faults-in-boxes": ["look"],
        }  # fmt: skip
        assert found["amounts"]["look"]["answers"]["ours"][0]["written"] == "3.14"
        assert found["amounts"]["score"]["answers"] == {}  # what is only scored is not to be looked at
        assert found["amounts"]["score"]["figures"]["ours"]["exactly right"]["n"] == 1
        done = run(file, file, "--answers", script="compare_readings")
        assert done.returncode == 0, done.stderr
        assert "+0.0" in done.stdout

    def test_one_part_can_be_asked_for(self, pictures, tmp_path):
        file = tmp_path / "found.json"
        done = run("--set", "amounts", "--part", "score", "--only", "ours", "--pictures", pictures, "--json", file)
        assert done.returncode == 0, done.stderr
        assert list(json.loads(file.read_text())["documents"]["amounts"]) == ["score"]

    def test_what_is_no_measurement_is_refused_in_one_line(self, tmp_path):
        (tmp_path / "x.json").write_text("[]")
        done = run(tmp_path / "x.json", tmp_path / "x.json", script="compare_readings")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1

    def test_reading_alone_imports_no_training_stack(self):
        command = "import sys; sys.path.insert(0, sys.argv[1]); import reading; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", command, BENCHMARKS], capture_output=True, text=True, check=True
        )  # fmt: skip
        assert not {"jax", "keras", "sklearn", "scipy", "matplotlib"} & set(done.stdout.split())
