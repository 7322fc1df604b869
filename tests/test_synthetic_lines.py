"""Synthetic lines, pages, forms and clutter: what they say is what they show, and one seed makes one picture."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MODULES = (
    "harness", "labelled_pictures", "synthetic_paper", "synthetic_hand", "synthetic_lines", "synthetic_pages",
    "synthetic_forms", "synthetic_clutter", "synthetic_pictures",
)  # fmt: skip


def parts(ink):
    return cv2.connectedComponents((ink > 0.5).astype(np.uint8), connectivity=8)[0] - 1


def hand(scripts, **changed):
    return scripts.synthetic_hand.Hand(**{"height": 80, "stroke": 9, "slant": 0.1, "unevenness": 0, **changed})


class TestHand:
    def test_thin_lines_are_as_connected_as_the_strokes(self, scripts, sample):
        for image in sample.images[:20]:
            mask = np.pad((cv2.resize(image, None, fx=4, fy=4) > 127).astype(np.uint8), 2)
            thin = scripts.synthetic_hand.thinned(mask)
            assert parts(thin) == parts(mask)
            assert not (thin & ~mask).any()
            assert thin.sum() < 0.4 * mask.sum()

    @pytest.mark.parametrize("stroke", [3, 8, 14])
    def test_all_digits_have_the_pen_s_width(self, scripts, sample, stroke):
        random = np.random.default_rng(0)
        widths = []
        for image, label in zip(sample.images[:30], sample.labels[:30], strict=True):
            glyph = scripts.synthetic_hand.write_digit(image, str(label), hand(scripts, stroke=stroke), random)
            widths.append(scripts.synthetic_hand.stroke_width((glyph.ink > 0.5).astype(np.uint8)))
        assert np.median(widths) == pytest.approx(stroke, rel=0.2, abs=1.5)  # thick spots stay a little thicker

    def test_a_thin_pen_breaks_no_stroke(self, scripts, sample):
        random = np.random.default_rng(0)
        for image, label in zip(sample.images[:30], sample.labels[:30], strict=True):
            thin, thick = (
                scripts.synthetic_hand.write_digit(image, str(label), hand(scripts, stroke=stroke), random).ink
                for stroke in (3, 10)
            )
            assert parts(thin) <= parts(thick) + 1  # the thick pen may close a gap

    def test_digits_lean_as_the_hand_does(self, scripts, sample):
        def slant(lean):
            random = np.random.default_rng(0)
            ones = sample.images[sample.labels == 1][:20]
            glyphs = [scripts.synthetic_hand.write_digit(one, "1", hand(scripts, slant=lean), random) for one in ones]
            return np.median([scripts.synthetic_hand.own_slant((255 * glyph.ink).astype(np.uint8)) for glyph in glyphs])

        assert slant(0.4) - slant(0.0) == pytest.approx(0.4, abs=0.1)

    def test_boxes_and_owners_say_where_each_digit_is(self, scripts, sample):
        random = np.random.default_rng(3)
        text, images = scripts.synthetic_hand.draw_digits("3141", sample, random)
        line = scripts.synthetic_hand.write_line(text, images, hand(scripts), [10, 12, 8], random)
        assert line.text == "3141"
        assert line.owner.shape == line.ink.shape
        for number, (left, top, width, height) in enumerate(line.boxes, 1):
            own = line.owner == number
            assert own[top : top + height, left : left + width].sum() == own.sum() > 0
        assert ((line.owner > 0) == (line.ink > 0)).all()

    def test_a_digit_that_the_dataset_does_not_have_is_named(self, scripts, sample):
        eights = sample.take(np.flatnonzero(sample.labels == 8))
        with pytest.raises(ValueError, match="no digit 1, 2"):
            scripts.synthetic_hand.draw_digits("8128", eights, np.random.default_rng(0))


class TestLines:
    @pytest.mark.parametrize("style", ["clean", "touching", "photographed"])
    def test_one_seed_makes_one_picture(self, scripts, sample, style):
        def pictures(count, seed):
            return list(scripts.synthetic_lines.render_lines(count, style, sample, digits=4, seed=seed))

        few, many, others = pictures(2, 0), pictures(3, 0), pictures(2, 1)
        for (picture, text), (same, again) in zip(few, many, strict=False):
            np.testing.assert_array_equal(picture, same)
            assert text == again
        assert [text for _, text in few] != [text for _, text in others]

    @given(text=st.text("0123456789", min_size=1, max_size=13), seed=st.integers(0, 1000))
    @settings(max_examples=15, deadline=None)
    def test_any_number_becomes_a_grey_picture_darker_where_the_ink_is(self, scripts, sample, text, seed):
        style = ("clean", "touching", "photographed")[seed % 3]
        random = np.random.default_rng(seed)
        picture, said = scripts.synthetic_lines.render_line(text, style, sample, random)
        assert said == text
        assert picture.dtype == np.uint8
        assert picture.ndim == 2
        assert picture.min() < 0.75 * np.median(picture)

    def test_neighbours_touch_in_touching_and_nowhere_in_clean(self, scripts, sample):
        def joined(name):
            """Neighbours whose ink is one part, of all; a digit that is in two parts counts against it."""
            style, found = scripts.synthetic_lines.STYLES[name], []
            for seed in range(12):
                random = np.random.default_rng(seed)
                own = scripts.synthetic_lines.draw_hand(style, random)
                line = scripts.synthetic_lines.write(8, style, own, sample, random)
                found.append((8 - parts(line.ink)) / 7)
            return np.mean(found)

        assert joined("touching") >= 0.5
        assert joined("clean") <= 0

    def test_two_ones_that_touch_are_still_two(self, scripts, sample):
        random = np.random.default_rng(0)
        one = sample.images[np.flatnonzero(sample.labels == 1)[0]]
        line = scripts.synthetic_hand.write_line("11", [one, one], hand(scripts, stroke=8), [-6], random)
        (left, _, width, _), (right, *_) = line.boxes
        both = line.ink[:, left : left + width].sum() + line.ink[:, right:].sum()
        assert right > left + 6
        assert line.ink.sum() > 0.8 * both / 1.2

    @pytest.mark.parametrize("height", [16, 60, 200])
    def test_digits_are_as_high_as_the_hand_writes(self, scripts, sample, height):
        style = scripts.synthetic_lines.STYLES["clean"]
        random = np.random.default_rng(0)
        own = scripts.synthetic_lines.draw_hand(style, random, height)
        line = scripts.synthetic_lines.write("4681", style, own, sample, random)
        heights = [box[3] for box in line.boxes]
        assert np.median(heights) == pytest.approx(height, rel=0.2)


class TestPages:
    @pytest.mark.parametrize("kind", ["sheet", "columns", "ruled"])
    def test_a_page_has_the_rows_columns_and_digits_that_its_kind_says(self, scripts, sample, kind):
        page = scripts.synthetic_pages.PAGES[kind]
        for seed in range(3):
            picture, text = scripts.synthetic_pages.render_page(kind, sample, np.random.default_rng(seed), height=24)
            rows = [row.split() for row in text.split("/")]
            assert page.rows[0] <= len(rows) <= page.rows[1]
            assert all(1 <= len(row) <= page.columns[1] for row in rows)
            assert all(page.digits[0] <= len(number) <= page.digits[1] for row in rows for number in row)
            assert picture.dtype == np.uint8

    def test_a_form_s_boxes_hold_what_they_say_and_empty_ones_nothing(self, scripts, sample):
        full, empty = [], []
        for seed in range(4):
            picture, text, fields = scripts.synthetic_forms.render_form(sample, np.random.default_rng(seed))
            assert text.replace("/", "").replace(" ", "") == "".join(field.text for field in fields)
            for field in fields:
                left, top, width, height = field.box
                assert 0 <= left < left + width <= picture.shape[1]
                assert 0 <= top < top + height <= picture.shape[0]
                inside = picture[top : top + height, left : left + width]
                inner = inside[height // 6 : -height // 6, width // 6 : -width // 6].astype(int)
                (full if field.text else empty).append((np.median(inner) - np.percentile(inner, 2)) / np.median(inner))
        assert np.median(full) > 0.3
        assert np.median(empty) < 0.15

    def test_names_of_boxes_are_all_different(self, scripts, sample):
        _, _, fields = scripts.synthetic_forms.render_form(sample, np.random.default_rng(0))
        assert len({field.name for field in fields}) == len(fields)
        assert set(fields[0].to_json()) == {"box", "name"}


class TestNothing:
    @pytest.mark.parametrize("what", ["specks", "black", "gradient", "clouds", "newspaper", "scribbles"])
    def test_a_page_without_digits_has_the_size_that_was_asked_for(self, scripts, what):
        draw = scripts.synthetic_clutter.NOTHING[what]
        first, same, other = (draw(200, 150, np.random.default_rng(seed)) for seed in (0, 0, 1))
        assert (first.shape, first.dtype) == ((200, 150), np.uint8)
        np.testing.assert_array_equal(first, same)
        assert (first != other).any()

    def test_a_newspaper_prints_no_digit(self, scripts):
        words = scripts.synthetic_clutter._words(1000, np.random.default_rng(0))
        assert not any(letter.isdigit() for letter in words)
        assert 50 < words.count(" ") < 300

    def test_ten_thousand_specks_are_as_many(self, scripts, monkeypatch):
        shown = {}
        monkeypatch.setattr(
            scripts.synthetic_clutter, "photograph", lambda ink, *_: shown.setdefault("ink", ink).astype(np.uint8)
        )
        scripts.synthetic_clutter.specks(3000, 2000, np.random.default_rng(0))
        assert parts(np.ceil(shown["ink"])) > 9000


class TestFolder:
    @pytest.mark.parametrize(("kind", "expected"), [("touching", "lines"), ("sheet", "pages")])
    def test_what_is_written_is_what_the_benchmark_reads(self, scripts, tmp_path, kind, expected):
        command = [
            sys.executable,
            BENCHMARKS / "synthetic_pictures.py",
            kind,
            tmp_path,
            "--count",
            "2",
            "--digits",
            "3",
        ]
        done = subprocess.run([*command, "--data", "sample"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = scripts.labelled_pictures.read_folder(tmp_path, tmp_path / "place")
        assert scripts.labelled_pictures.folder_kind(found) == expected
        assert [picture.source for picture in found] == [f"synthetic-{kind}"] * 2

    def test_a_form_lies_beside_its_boxes_and_texts(self, scripts, sample, tmp_path):
        pictures = scripts.synthetic_pictures.render("form", 1, sample)
        assert scripts.synthetic_pictures.save(tmp_path, pictures, "synthetic-form@x") == 1
        boxes = json.loads((tmp_path / "synthetic-form_0000.boxes.json").read_text())
        texts = json.loads((tmp_path / "synthetic-form_0000.texts.json").read_text())
        assert [box["name"] for box in boxes] == list(texts)

    def test_pages_without_digits_are_labelled_with_what_they_show(self, scripts, sample, monkeypatch):
        monkeypatch.setattr(scripts.synthetic_pictures, "SIDES", (120, 90))
        labels = [label for _, label, _ in scripts.synthetic_pictures.render("nothing", 1, sample)]
        assert labels == list(scripts.synthetic_clutter.NOTHING)

    def test_validation_digits_are_not_those_that_a_recipe_trains_on(self, scripts, sample):
        held = scripts.synthetic_pictures.load("sample", "validation")
        assert held.split == "validation"
        assert 0 < len(held) <= len(sample) / 5
