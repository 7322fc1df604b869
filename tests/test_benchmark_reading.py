"""The reading benchmarks: what they count, and what is left out. No time is measured here."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = (
    "harness", "startup", "labelled_pictures", "measured", "ways_to_read", "ways_to_read_numbers", "failure_sheets",
    "reading_numbers", "number_sheets", "synthetic_paper", "synthetic_hand", "synthetic_lines", "synthetic_pages",
    "synthetic_forms", "synthetic_clutter", "synthetic_pictures", "labelled_documents", "ways_to_read_documents",
    "document_figures", "synthetic_sets", "reading_documents", "reading", "page_speed", "reading_speed",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path, sample_test):
    """Six digits by two people, one of whom draws dark on light; two letters in an array; a number; an I."""
    place = tmp_path / "pictures"
    place.mkdir()
    rows = ["file,label,polarity,source"]
    for number, (image, label) in enumerate(zip(sample_test.images[1:7], sample_test.labels[1:7], strict=True)):
        who = "anna" if number < 4 else "bert"
        Image.fromarray(image if who == "anna" else 255 - image).resize((56, 56)).save(place / f"{who}_{number}.png")
        rows.append(f"{who}_{number}.png,{label},,")
    np.savez(place / "letters.npz", X=np.stack([np.eye(28, dtype=np.uint8) * 255] * 2))
    rows += ["letters.npz#0,A,,carl/letters@1a2b:x.npz", "letters.npz#1,K,,carl/letters@1a2b:x.npz"]
    rows += ["anna_0.png,12/3,,", "letters.npz#1,I,,"]
    (place / "labels.csv").write_text("\n".join(rows) + "\n")
    return place


@pytest.fixture
def lines(scripts, tmp_path, sample):
    """Two lines of three digits, one of a single digit, and a page without any."""
    place = tmp_path / "lines"
    place.mkdir()
    rows = ["file,label,polarity,source"]
    for number, label in enumerate(("314", "2 71", "8")):
        picture, _ = scripts.synthetic_lines.render_line(
            label.replace(" ", ""), "clean", sample, np.random.default_rng(number)
        )
        Image.fromarray(picture).save(place / f"dora_{number}.png")
        rows.append(f"dora_{number}.png,{label},,")
    Image.new("L", (60, 40), 230).save(place / "blank.png")
    rows.append("blank.png,nothing,,")
    (place / "labels.csv").write_text("\n".join(rows) + "\n")
    return place


def run(*arguments, path=None):
    command = [sys.executable, BENCHMARKS / "reading.py", *arguments]
    environment = None if path is None else {"PATH": str(path)}
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=environment)


class TestLabelledPictures:
    def test_a_source_is_a_repository_or_the_beginning_of_the_name(self, scripts, folder, tmp_path):
        found = scripts.labelled_pictures.read_folder(folder, tmp_path / "place")
        assert scripts.labelled_pictures.sources(found) == ["anna", "bert", "carl/letters"]

    def test_numbers_and_the_letter_i_are_left_out_and_counted(self, scripts, folder, tmp_path, capsys):
        found = scripts.labelled_pictures.read_folder(folder, tmp_path / "place")
        assert [picture.kind for picture in found] == ["digits"] * 6 + ["letters"] * 2
        assert "2 of 10 left out" in capsys.readouterr().err

    def test_a_folder_is_of_what_most_of_its_labels_are(self, scripts, folder, lines, tmp_path):
        def kinds(place):
            found = scripts.labelled_pictures.read_folder(place, tmp_path / "place")
            return scripts.labelled_pictures.folder_kind(found), [picture.kind for picture in found]

        assert kinds(folder)[0] == "digits"
        assert kinds(lines) == ("lines", ["lines", "lines", "digits", "nothing"])
        (lines / "labels.csv").write_text("file,label\ndora_0.png,314/15\ndora_1.png,271\n")
        assert kinds(lines) == ("pages", ["pages", "lines"])
        (lines / "labels.csv").write_text("file,label\nblank.png,nothing\n")
        assert kinds(lines)[0] is None

    @pytest.mark.parametrize(("label", "number"), [("7", True), ("1 2/3", True), ("A", False), ("7b", False),
                                                   ("٣", False), ("/", False)])  # fmt: skip
    def test_a_number_is_digits_rows_and_spaces(self, scripts, label, number):
        assert scripts.labelled_pictures.is_number(label) is number

    def test_a_row_of_an_array_becomes_a_file_with_the_same_pixels(self, scripts, folder, tmp_path):
        letter = scripts.labelled_pictures.read_folder(folder, tmp_path / "place")[-1]
        assert (letter.name, letter.label) == ("letters.npz#1", "K")
        np.testing.assert_array_equal(np.asarray(Image.open(letter.path)), np.eye(28, dtype=np.uint8) * 255)

    def test_clothes_are_a_kind_and_other_words_are_their_own(self, scripts):
        def kind(label):
            return scripts.labelled_pictures.Labelled(Path("x"), "x", label, "x").kind

        assert [kind(label) for label in ("7", "B", "fashion", "scribble")] == [
            "digits",
            "letters",
            "clothes",
            "scribble",
        ]

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            (None, "cannot be read"),
            ("a,b\n1,2\n", "got a, b"),
            ("file,label\n", "no rows"),
            ("file,label\nx.png,3\n", "x.png"),
        ],
    )
    def test_a_folder_without_usable_labels_is_refused_in_one_line(self, scripts, tmp_path, capsys, table, said):
        if table is not None:
            (tmp_path / "labels.csv").write_text(table)
        with pytest.raises(SystemExit, match="2"):
            scripts.labelled_pictures.read_folder(tmp_path, tmp_path / "place")
        captured = capsys.readouterr().err
        assert said in captured
        assert len(captured.splitlines()) == 1

    def test_optdigits_are_1797_small_digits_by_other_hands(self, scripts, tmp_path):
        found = scripts.labelled_pictures.optdigits(tmp_path)
        pixels = np.stack([np.asarray(Image.open(picture.path)) for picture in found])
        assert pixels.shape == (1797, 8, 8)
        assert (pixels.dtype, pixels.min(), pixels.max()) == (np.uint8, 0, 240)


class TestFigures:
    @pytest.fixture
    def figures(self, scripts):
        """Anna: 3 of 4 right; Bert: 1 of 2 right; of three letters one is named."""

        def picture(label, source):
            return scripts.labelled_pictures.Labelled(Path(source), source, label, source)

        def answer(guess, confidence, given, digitness=None):
            return scripts.ways_to_read.Answer(guess, confidence, given, digitness)

        pictures = [picture("1", "anna")] * 4 + [picture("2", "bert")] * 2 + [picture("A", "carl")] * 3
        answers = [answer("1", 0.9, True)] * 2 + [answer("1", 0.6, False), answer("7", 0.9, True)]
        answers += [answer("2", 0.8, True), answer(None, 0.0, False)]
        answers += [answer("4", 0.99, True), answer("4", 0.7, False), answer(None, 0.0, False)]
        return scripts.reading.score(pictures, answers)

    def test_micro_counts_digits_and_macro_sources(self, figures):
        assert (figures.forced.count, figures.forced.n) == (4, 6)
        assert figures.macro == pytest.approx((3 / 4 + 1 / 2) / 2)

    def test_free_answers_are_counted_apart(self, figures):
        assert (figures.coverage.count, figures.coverage.n) == (4, 6)
        assert (figures.free.count, figures.free.n) == (3, 4)

    def test_what_is_not_named_is_refused(self, figures):
        assert {kind: (share.count, share.n) for kind, share in figures.refused.items()} == {"letters": (2, 3)}

    def test_refusing_by_certainty_keeps_the_digits(self, scripts):
        def figures(certainties, letters):
            def picture(label):
                return scripts.labelled_pictures.Labelled(Path("x"), "x", label, "x")

            labels = [picture("1")] * len(certainties) + [picture("A")] * len(letters)
            given = [scripts.ways_to_read.Answer("1", 1.0, True, digitness) for digitness in (*certainties, *letters)]
            return scripts.reading.score(labels, given).refused_at["letters"]

        digits = [0.1] + [0.5 + number / 1000 for number in range(99)]
        refused = figures(digits, [0.05, 0.3, 0.499, 0.5, 0.9])  # one digit in 100 may go: 0.5 is needed
        assert (refused.count, refused.n) == (3, 5)
        refused = figures(digits[:99], [0.05, 0.1, 0.3])  # of 99 digits none may go
        assert refused.count == 1

    def test_a_share_stands_with_its_n_and_its_wilson_interval(self, scripts):
        assert str(scripts.reading.Share(98, 100)) == "98.00 %\n93.0–99.4, n = 100"
        assert str(scripts.reading.Share(0, 0)) == "–"

    def test_without_digits_there_is_no_accuracy(self, scripts):
        letter = scripts.labelled_pictures.Labelled(Path("x"), "x", "A", "x")
        figures = scripts.reading.score([letter], [scripts.ways_to_read.Answer(None)])
        assert math.isnan(figures.macro)
        assert figures.refused_at == {}
        assert [what for what, _ in scripts.reading.rows({"x": figures})] == ["letters refused"]


class TestTesseract:
    TABLE = (
        "level\tpage_num\tconf\ttext\n1\t1\t-1\t\n5\t1\t81.5\t7\n1\t2\t-1\t\n5\t3\t30\t1\n5\t3\t90\t42\n5\t2\t95\t \n"
    )

    def test_the_surest_word_of_each_page_is_its_picture_s_answer(self, scripts):
        answers = scripts.ways_to_read.parse_tesseract(self.TABLE, 4)
        assert [(answer.guess, answer.confidence) for answer in answers] == [
            ("7", 0.815),
            (None, 0),
            ("4", 0.9),
            (None, 0),
        ]
        assert [answer.given for answer in answers] == [True, False, True, False]

    @pytest.mark.parametrize("light", [False, True])
    def test_it_is_shown_dark_ink_of_the_wanted_height_on_white(self, scripts, light):
        grey = np.full((50, 60), 255, np.uint8)
        grey[10:30, 20:25] = 0
        prepared = scripts.ways_to_read.prepare(255 - grey if light else grey, 40, exchanged=False)
        dark = np.flatnonzero((prepared < 128).any(axis=1))
        assert abs(len(dark) - 40) <= 1
        assert prepared[0].min() == prepared[:, 0].min() == 255

    def test_where_it_is_missing_it_is_said_in_one_line_and_left_out(self, folder, tmp_path):
        done = run(folder, "--only", "tesseract", "demo-dense", "--json", tmp_path / "found.json", path=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "Tesseract is left out" in done.stderr
        assert "apt-get install tesseract-ocr" in done.stderr
        figures = json.loads((tmp_path / "found.json").read_text())["sets"]["pictures"]["figures"]
        assert list(figures) == ["demo-dense"]


TEXTS = st.text("0123", max_size=6)


class TestEditDistance:
    @given(one=TEXTS, other=TEXTS, third=TEXTS)
    def test_it_is_a_distance(self, scripts, one, other, third):
        distance = scripts.reading_numbers.edit_distance
        assert (distance(one, other) == 0) == (one == other)
        assert distance(one, other) == distance(other, one)
        assert distance(one, other) <= distance(one, third) + distance(third, other)
        assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))

    @pytest.mark.parametrize(("said", "label", "edits"), [("", "123", 3), ("1234", "124", 1), ("13", "31", 2)])
    def test_it_counts_what_has_to_be_changed(self, scripts, said, label, edits):
        assert scripts.reading_numbers.edit_distance(said, label) == edits


class TestNumbers:
    @pytest.fixture
    def match(self, scripts):
        def match(label, *rows, free=None):
            return scripts.reading_numbers.match(label, scripts.ways_to_read_numbers.Answer(rows, free or rows, 0.9))

        return match

    def test_in_a_line_neither_spaces_nor_rows_count(self, match):
        assert match("12 345", "123", "45").exact
        assert match("12345", "12346").edits == 1

    def test_a_page_s_rows_stand_beside_those_of_its_label(self, match):
        found = match("111/2 22/333", "111", "332")
        assert [row.read for row in found.rows] == ["111", "", "332"]
        assert (found.edits, found.invented, found.exact) == (4, 0, False)

    def test_an_invented_row_costs_its_characters(self, match):
        found = match("111/222", "111", "99", "222")
        assert (found.edits, found.invented) == (2, 1)
        assert all(row.exact for row in found.rows)
        assert not found.exact

    @given(label=st.lists(st.text("0123456789", min_size=1, max_size=5), min_size=2, max_size=4),
           read=st.lists(st.text("0123456789", min_size=1, max_size=5), max_size=4))  # fmt: skip
    def test_no_way_to_pair_the_rows_is_better(self, scripts, label, read):
        answer = scripts.ways_to_read_numbers.Answer(tuple(read), tuple(read))
        found = scripts.reading_numbers.match("/".join(label), answer)
        assert [row.label for row in found.rows] == label
        by_place = sum(
            scripts.reading_numbers.edit_distance(*pair)
            for pair in zip(read + [""] * 9, label + [""] * 9, strict=False)
        )
        joined = scripts.reading_numbers.edit_distance("".join(read), "".join(label))
        assert joined <= found.edits <= by_place

    def test_a_row_with_an_unsure_digit_is_not_named_freely(self, match):
        found = match("111/222", "111", "224", free=("111", "22?"))
        assert [row.given for row in found.rows] == [True, False]

    def test_figures_count_rows_characters_pages_and_what_is_invented(self, scripts):
        def picture(label, source="anna"):
            return scripts.labelled_pictures.Labelled(Path(source), source, label, source)

        answer = scripts.ways_to_read_numbers.Answer
        pictures = [picture("111/222"), picture("333/444", "bert"), picture("5/6", "bert"), picture("specks", "carl")]
        answers = [answer(("111", "222"), ("111", "222")), answer(("333", "445"), ("333", "445")),
                   answer(("5",), ("?",)), answer(("8", "88"), ("8", "?8"))]  # fmt: skip
        figures = scripts.reading_numbers.score(pictures, answers)
        assert (figures.exact.count, figures.exact.n) == (4, 6)
        assert (sum(figures.errors.edits), sum(figures.errors.characters)) == (2, 14)
        assert (figures.whole.count, figures.whole.n) == (1, 3)
        assert (figures.coverage.count, figures.free.count, figures.free.n) == (4, 3, 4)
        assert (figures.silent["specks"].count, figures.invented) == (0, {"specks": 2})
        assert list(figures.exact_by_source) == ["anna", "bert"]
        assert json.dumps(figures.to_json())
        table = dict(scripts.reading_numbers.table_rows({"x": figures}, pages=True))
        assert table["specks: digits named freely, a picture"] == ["2.0"]

    def test_a_character_error_rate_stands_in_its_interval(self, scripts):
        errors = scripts.measured.CharacterErrors((0, 2, 0, 8), (8, 8, 8, 8))
        low, high = errors.interval
        assert low < errors.rate == 10 / 32 < high
        assert low == 0
        assert "n = 32" in str(errors)
        assert str(scripts.measured.CharacterErrors((), ())) == "–"


class TestWaysToReadNumbers:
    def test_texts_in_boxes_become_rows_from_left_to_right(self, scripts):
        boxes = [(60, 12, 90, 40, "4 5", 0.7), (0, 10, 50, 42, "No. 123", 0.9), (5, 60, 50, 90, "67", 0.8),
                 (5, 120, 50, 140, "abc", 0.5)]  # fmt: skip
        answer = scripts.ways_to_read_numbers.answer_of_boxes(boxes)
        assert answer.rows == answer.free == ("12345", "67")
        assert answer.confidence == 0.5
        assert scripts.ways_to_read_numbers.answer_of_boxes([]).rows == ()

    def test_tesseract_s_words_become_lines_of_each_picture(self, scripts):
        table = (
            "page_num\tblock_num\tpar_num\tline_num\tconf\ttext\n1\t1\t1\t1\t-1\t\n1\t1\t1\t1\t90\t12\n"
            "1\t1\t1\t1\t60\t3\n1\t1\t1\t2\t50\t4\n3\t1\t1\t1\t80\t5\n"
        )
        answers = scripts.ways_to_read_numbers.parse_tesseract(table, 3)
        assert [answer.rows for answer in answers] == [("123", "4"), (), ("5",)]
        assert answers[0].confidence == pytest.approx((0.9 * 2 + 0.6 + 0.5) / 4)

    @pytest.mark.parametrize("light", [False, True])
    def test_it_is_shown_dark_digits_of_its_favourite_height_on_white(self, scripts, light):
        grey = np.linspace(120, 240, 300)[None] * np.ones((160, 1))
        for column in range(40, 260, 40):
            grey[40:120, column : column + 10] *= 0.3
        grey = grey.astype(np.uint8)
        cleaned = scripts.ways_to_read_numbers.cleaned(255 - grey if light else grey)
        dark = np.flatnonzero((cleaned < 128).any(axis=1))
        assert abs(len(dark) - 32) <= 2
        assert cleaned[0].min() == cleaned[:, 0].min() == 255

    @pytest.mark.parametrize("grey", [np.zeros((5, 5), np.uint8), np.full((1, 400), 255, np.uint8)])
    def test_any_picture_can_be_cleaned(self, scripts, grey):
        assert scripts.ways_to_read_numbers.cleaned(grey).dtype == np.uint8

    def test_of_a_reading_the_best_guess_and_the_free_answer_are_told_apart(self, scripts):
        def number(line, *digits):
            found = [SimpleNamespace(text=text, unsure=unsure) for text, unsure in digits]
            return SimpleNamespace(line=line, digits=found, confidence=0.8, doubt="marks beside" if line == 3 else None)

        numbers = (number(0, ("1", None), ("2", "low")), number(0, ("3", None)), number(2, ("4", None)))
        answer = scripts.ways_to_read_numbers.answer_of(SimpleNamespace(numbers=(*numbers, number(3, ("5", None)))))
        assert (answer.rows, answer.free) == (("123", "4", "5"), ("1?3", "4", "?"))

    def test_a_picture_at_which_tesseract_dies_is_the_only_one_unread(self, scripts, monkeypatch, tmp_path):
        def run_process(command, *_):
            names = command[1].read_text().splitlines()
            if "evil" in names:
                raise SystemExit("ended with -8")
            rows = [f"{number}\t1\t1\t1\t90\t{name}" for number, name in enumerate(names, 1)]
            return 1.0, "\n".join(["page_num\tblock_num\tpar_num\tline_num\tconf\ttext", *rows])

        monkeypatch.setattr(scripts.harness, "run_process", run_process)
        files = [Path(name) for name in ("1", "2", "evil", "4", "5")]
        answers = scripts.ways_to_read_numbers.Tesseract(pages=False)._pass(files, 7, tmp_path)
        assert [answer.rows for answer in answers] == [("1",), ("2",), (), ("4",), ("5",)]

    def test_rapidocr_s_loop_is_what_is_timed(self, scripts, monkeypatch, tmp_path):
        said = '[[0, 0, 9, 9, "4a2", 0.9]]\n[]\n{"seconds": 1.5}\n'
        monkeypatch.setattr(scripts.harness, "run_process", lambda command, *_: (9.0, said))
        answers, seconds = scripts.ways_to_read_numbers.RapidOCR(Path("python")).answer([tmp_path, tmp_path])
        assert [answer.rows for answer in answers] == [("42",), ()]
        assert seconds == 1.5

    def test_what_cannot_be_had_is_left_out_in_one_line(self, scripts, monkeypatch, capsys):
        def fails(*_):
            raise subprocess.CalledProcessError(1, "pip")

        monkeypatch.setattr(scripts.harness, "interpreter", fails)
        monkeypatch.setenv("PATH", "")
        options = SimpleNamespace(env_dir=Path("x"), rapidocr_python=None, rapidocr3_python=None)
        left_out = "RapidOCR is left out"
        for name, line in (("rapidocr1", left_out), ("rapidocr3", left_out), ("tesseract", "Tesseract is left out")):
            assert scripts.ways_to_read_numbers.make(name, options, pages=False) is None
            captured = capsys.readouterr().err
            assert line in captured
            assert len(captured.splitlines()) == 1


class TestNumberSheets:
    def test_failures_are_wrong_rows_and_digits_out_of_nothing(self, scripts, lines, tmp_path):
        pictures = scripts.labelled_pictures.read_folder(lines, tmp_path / "place")
        answer = scripts.ways_to_read_numbers.Answer
        right = [answer(("314",), ("314",)), answer(("271",), ("?71",)), answer(("8",), ("8",)), answer(("1",), ("?",))]
        assert scripts.number_sheets.failures(list(zip(pictures, right, strict=True))) == []
        wrong = [answer(("31",), ("31",)), answer(("277",), ("2?7",)), answer(), answer(("1",), ("1",))]
        found = scripts.number_sheets.failures(list(zip(pictures, wrong, strict=True)))
        assert [picture.label for picture, _, _ in found] == ["314", "nothing", "2 71", "8"]

    def test_a_sheet_holds_no_more_than_it_says(self, scripts, lines, tmp_path):
        picture = scripts.labelled_pictures.read_folder(lines, tmp_path / "place")[0]
        found = scripts.number_sheets.failures([(picture, scripts.ways_to_read_numbers.Answer())] * 100)
        most = scripts.number_sheets.AT_MOST
        sizes = {scripts.number_sheets.draw(found[:count], "x").size for count in (most, 100)}
        assert len(sizes) == 1


class TestWhole:
    def test_a_folder_is_read_by_all_and_failures_are_drawn(self, folder, tmp_path):
        ways = ["demo-dense", "demo-convnet", "form-dense", "ours"]
        sheets = tmp_path / "sheets"
        done = run(folder, "--only", *ways, "--json", tmp_path / "found.json", "--failures", sheets)
        assert done.returncode == 0, done.stderr
        for row in ("forced answer right", "mean over 2 sources", "anna", "letters refused", "× ours"):
            assert row in done.stdout
        found = json.loads((tmp_path / "found.json").read_text())["sets"]["pictures"]
        assert list(found["figures"]) == ways
        assert found["figures"]["ours"]["forced"]["n"] == 6
        assert found["figures"]["demo-dense"]["coverage"]["count"] == 6
        assert len(found["answers"]["ours"]) == 8
        named = [line for line in found["answers"]["ours"] if line["label"].isalpha() and line["given"]]
        assert (sheets / "carl_letters.png").is_file() == bool(named)

    def test_lines_have_a_table_of_their_own(self, folder, lines, tmp_path):
        sheets = tmp_path / "sheets"
        done = run(folder, lines, "--only", "ours", "--json", tmp_path / "found.json", "--failures", sheets)
        assert done.returncode == 0, done.stderr
        for row in ("forced answer right", "numbers exactly right", "character error rate", "nothing: no digit named"):
            assert row in done.stdout
        found = json.loads((tmp_path / "found.json").read_text())["sets"]
        assert list(found) == ["pictures", "lines"]
        assert found["lines"]["figures"]["ours"]["exact"]["n"] == 3
        assert found["lines"]["figures"]["ours"]["errors"]["characters"] == 7
        assert [line["label"] for line in found["lines"]["answers"]["ours"]] == ["314", "2 71", "8", "nothing"]

    def test_a_folder_without_any_digit_joins_the_first_table(self, folder, lines, tmp_path):
        (folder / "labels.csv").write_text("file,label\nletters.npz#0,A\n")
        done = run(folder, lines, "--only", "ours", "--json", tmp_path / "found.json")
        assert done.returncode == 0, done.stderr
        figures = json.loads((tmp_path / "found.json").read_text())["sets"]["lines and pictures"]["figures"]["ours"]
        assert figures["silent"]["letters"]["n"] == 1

    def test_mnist_form_stands_beside_the_network_on_arrays(self, tmp_path):
        file = tmp_path / "found.json"
        done = run("--mnist-form", "sample", "--limit", "30", "--only", "demo-dense", "ours", "--json", file)
        assert done.returncode == 0, done.stderr
        assert "the same network, digits as arrays" in done.stdout
        figures = json.loads(file.read_text())["sets"]["sample"]["figures"]
        assert figures["demo-dense"]["on_arrays"]["n"] == 30
        # light on dark, 28×28 already: the demo does nothing to them
        assert figures["demo-dense"]["on_arrays"] == figures["demo-dense"]["forced"]

    def test_with_nothing_to_read_it_says_what_to_give(self):
        done = run()
        assert done.returncode == 2
        assert "give a FOLDER with labels.csv" in done.stderr

    @pytest.mark.parametrize("script", ["reading", "reading_speed"])
    def test_help_says_what_is_measured(self, script):
        command = [sys.executable, BENCHMARKS / f"{script}.py", "--help"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert f"python benchmarks/{script}.py" in done.stdout


class TestFailureSheets:
    @pytest.mark.parametrize(
        ("label", "guess", "given", "failed"),
        [("3", "3", True, False), ("3", "3", False, False), ("3", "8", False, True), ("A", "4", True, True),
         ("A", "4", False, False), ("3", None, False, True)],
    )  # fmt: skip
    def test_a_failure_is_a_wrong_guess_or_a_non_digit_that_is_named(self, scripts, label, guess, given, failed):
        picture = scripts.labelled_pictures.Labelled(Path("x"), "x", label, "x")
        assert scripts.failure_sheets.is_failure(picture, scripts.ways_to_read.Answer(guess, 0.9, given)) is failed

    def test_a_sheet_holds_no_more_than_it_says(self, scripts, tmp_path):
        Image.new("RGB", (300, 40), "white").save(tmp_path / "x.png")
        picture = scripts.labelled_pictures.Labelled(tmp_path / "x.png", "x", "3", "x")
        answers = [
            scripts.ways_to_read.Answer(None),
            scripts.ways_to_read.Answer("8", 0.9, True, 0.5, np.eye(28, dtype=np.uint8)),
        ]
        sheets = [
            scripts.failure_sheets.draw([(picture, answers[0]), (picture, answers[1])] * count, "x")
            for count in (60, 500)
        ]
        assert sheets[0].size == sheets[1].size


FIGURES = {
    "cold": {"TensorFlow script, one picture": [5.0, 6.0], "digits read, one picture": [0.5, 0.5]},
    "folder": {
        "TensorFlow loop, 28×28": [600.0], "digits read, 28×28": [10.0],
        "TensorFlow loop, 128×128": [600.0], "digits read, 128×128": [20.0],
    },
    "memory": {
        "100 pictures, workers: 1": [80.0], "2000 pictures, workers: 1": [84.0],
        "100 pictures, workers: 2": [80.0], "2000 pictures, workers: 2": [120.0],
    },
    "page": {
        "digits read, a page of 12 megapixels": [2.0], "Tesseract, a page of 12 megapixels": [12.0],
        "RapidOCR 3.10, a page of 12 megapixels": [15.0],
        "digits read, a folder of 16 pages, workers: 1": [16.0],
        "digits read, a folder of 16 pages, workers: 4": [8.0],
    },
    "form": {"digits read, sudoku of 4 megapixels": [4.0, 5.0], "digits read, form of 4 megapixels": [30.0, 31.0]},
}  # fmt: skip


class TestSpeed:
    def test_the_aims_say_which_are_met(self, scripts):
        aims = scripts.reading_speed.aims(FIGURES, 10_000)
        assert [aim.ratio.median for aim in aims] == [11, 60, 30, 1.05, 1.5, 6, 7.5, 2, 4.5, 30.5]
        assert [aim.met for aim in aims] == [True, True, False, True, False, True, False, False, True, False]

    def test_only_what_was_measured_has_an_aim(self, scripts):
        assert len(scripts.reading_speed.aims({"cold": FIGURES["cold"]}, 10)) == 1

    def test_what_is_not_installed_is_not_timed(self, scripts, monkeypatch, capsys):
        for run_it in ("run_process", "run_on_one_core"):
            monkeypatch.setattr(scripts.harness, run_it, lambda command, *_: (2.0, ""))
        monkeypatch.setattr(scripts.page_speed, "cores", lambda: 3)
        monkeypatch.setenv("PATH", "")
        found = scripts.page_speed.measure(Path("page.jpg"), Path("pages"), None)
        assert [name.partition("workers: ")[2] for name in found] == ["", "1", "3"]
        assert "Tesseract is left out" in capsys.readouterr().err
        assert len(scripts.page_speed.aims({name: [seconds] for name, seconds in found.items()})) == 1

    def test_everybody_has_one_core_and_its_best_setting(self, scripts, monkeypatch, tmp_path):
        asked = {}

        def run_on_one_core(command, environment=None):
            asked[Path(command[0]).name] = environment
            return 1.0, ""

        monkeypatch.setattr(scripts.harness, "run_on_one_core", run_on_one_core)
        monkeypatch.setattr(scripts.harness, "run_process", lambda command, *_: (2.0, ""))
        monkeypatch.setattr(scripts.page_speed.shutil, "which", lambda _: "tesseract")
        found = scripts.page_speed.measure(tmp_path / "page.jpg", Path("pages"), Path("python3"))
        assert {name.partition(",")[0] for name in found} == {"digits read", "Tesseract", "RapidOCR 3.10"}
        assert asked == {"digits": None, "tesseract": {"OMP_THREAD_LIMIT": "1"}, "python3": None}
        assert (tmp_path / "page.txt").read_text() == f"{tmp_path / 'page.jpg'}\n"

    @pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system has no affinity of processes")
    def test_one_core_is_given_back(self, scripts):
        before = os.sched_getaffinity(0)
        burn = "import os; print(len(os.sched_getaffinity(0)), os.environ['OMP_NUM_THREADS'], sum(range(10**6)))"
        seconds, said = scripts.harness.run_on_one_core([sys.executable, "-c", burn])
        assert said.split()[:2] == ["1", "1"]
        assert seconds > 0
        assert os.sched_getaffinity(0) == before

    def test_forms_and_sudokus_have_the_sizes_that_they_say(self, scripts, monkeypatch, tmp_path):
        monkeypatch.setattr(scripts.page_speed, "MEGAPIXELS", (0.1, 0.2))
        files = scripts.page_speed.write_forms(tmp_path / "forms")
        assert [file.stem.partition(" ")[0] for file in files] == ["form", "form", "sudoku", "sudoku"]
        for file in files:
            with Image.open(file) as picture:
                assert picture.width * picture.height == pytest.approx(1e6 * float(file.stem.split()[2]), rel=0.02)

    def test_a_page_is_a_jpeg_of_the_size_that_was_asked_for(self, scripts, tmp_path):
        file = scripts.page_speed.write_page(tmp_path / "page.jpg", (600, 450), seed=0)
        with Image.open(file) as page:
            assert (page.format, page.size) == ("JPEG", (600, 450))

    def test_the_rest_of_the_folder_is_multiplied(self, scripts, monkeypatch):
        def run_process(command, environment=None):
            return (2.0, "{}\n" * 100) if "read" in command else (99.0, '{"n": 10, "seconds": 0.5}')

        monkeypatch.setattr(scripts.harness, "run_process", run_process)
        found = scripts.reading_speed.measure_folder(Path("python"), Path("m"), Path("28×28"), count=100, part=10)
        assert found == {"digits read, 28×28": 2.0, "TensorFlow loop, 28×28": 5.0}

    def test_different_digits_end_the_program(self, scripts, monkeypatch):
        ours = json.dumps({"numbers": [{"digits": [{"text": "7"}]}]})
        heard = {"read": ours}
        monkeypatch.setattr(
            scripts.harness, "run_process", lambda command, *_: (1.0, heard.get(command[1], '{"digit": "1"}'))
        )
        with pytest.raises(SystemExit, match="different digits"):
            scripts.reading_speed.measure_cold(Path("python"), Path("m"), Path("p"))

    @pytest.mark.parametrize("side", [28, 128])
    def test_rendered_digits_are_light_on_dark_or_dark_on_paper(self, scripts, sample_test, side):
        picture = scripts.reading_speed.render(sample_test.images[7], side, np.random.default_rng(0))
        assert picture.shape == (side, side)
        assert (np.median(picture) < 10) == (side == 28)
        assert picture.dtype == np.uint8
