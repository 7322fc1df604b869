"""The reading benchmarks: what they count, and what is left out. No time is measured here."""

import importlib
import json
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = ("harness", "startup", "labelled_pictures", "ways_to_read", "failure_sheets", "reading", "reading_speed")


@pytest.fixture(scope="module")
def scripts():
    """The benchmarks' modules by name, importable only here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    for name in MODULES:
        del sys.modules[name]


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
}  # fmt: skip


class TestSpeed:
    def test_the_aims_say_which_are_met(self, scripts):
        aims = scripts.reading_speed.aims(FIGURES, 10_000)
        assert [aim.ratio.median for aim in aims] == [11, 60, 30, 1.05, 1.5]
        assert [aim.met for aim in aims] == [True, True, False, True, False]

    def test_only_what_was_measured_has_an_aim(self, scripts):
        assert len(scripts.reading_speed.aims({"cold": FIGURES["cold"]}, 10)) == 1

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
