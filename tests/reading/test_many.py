"""Many pictures: in order, whatever is wrong with one, in this process or in several."""

import multiprocessing
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import digits
from digits.errors import InputError, StorageError
from digits.reading import many, workers
from digits.reading.many import Task, find_tasks, read_many
from digits.reading.reader import Reader, Reading
from digits.reading.workers import read_in_processes

needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes, on which a reader hangs")


@pytest.fixture(scope="module")
def reader():
    return Reader(digits.load())


@pytest.fixture(scope="module")
def folder(sample_test, tmp_path_factory):
    """Twelve pictures, the fifth of which is none."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(12):
        Image.fromarray(255 - sample_test.images[number]).resize((84, 84)).save(folder / f"{number:02}.png")
    (folder / "04.png").write_bytes(b"no picture")
    return folder


def names(readings):
    return [reading.picture.rsplit("/", 1)[-1] for reading in readings]


def in_a_thread(function):
    """A call that goes on beside the test; its result is `.result(timeout)`."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(function)
    pool.shutdown(wait=False)
    return future


@pytest.mark.parametrize("number", [2, 3])
def test_processes_answer_what_one_answers_in_the_same_order(reader, folder, number):
    tasks = find_tasks([folder, folder / "missing.png", folder / "03.png"])
    alone = [reading.to_json() for reading in read_many(reader, tasks, workers=1)]
    assert [reading.to_json() for reading in read_many(reader, tasks, workers=number)] == alone
    assert [reading["picture"] for reading in alone] == [str(task.path) for task in tasks]
    assert [reading["error"] is None for reading in alone] == [n not in (4, 12) for n in range(14)]
    assert not multiprocessing.active_children()


def test_few_pictures_start_no_process_and_many_do(reader, folder, monkeypatch):
    asked = []
    monkeypatch.setattr(workers, "read_in_processes", lambda reader, tasks, number: asked.append(number) or iter(()))
    monkeypatch.setattr(many, "usable_cores", lambda: 4)
    few = find_tasks([folder])
    assert len(list(read_many(reader, few))) == 12
    assert not asked
    list(read_many(reader, few * 60))
    assert asked == [4]


def test_large_pictures_are_many_sooner(reader, tmp_path):
    for name in "abc":
        with (tmp_path / f"{name}.png").open("wb") as file:
            file.truncate(3_000_000)
    assert many._worth_processes(find_tasks([tmp_path]))
    assert not many._worth_processes([Task(tmp_path / "a.png"), Task(tmp_path / "missing.png")])


def test_pages_come_one_by_one_and_a_page_that_is_broken_ends_its_picture_only(reader, folder, tmp_path):
    pages = [Image.open(folder / f"{number:02}.png") for number in (0, 1, 2)]
    pages[0].save(tmp_path / "pages.tiff", save_all=True, append_images=pages[1:])
    whole = (tmp_path / "pages.tiff").read_bytes()
    (tmp_path / "cut.tiff").write_bytes(whole[: len(whole) - 4000])
    for number in (1, 2):
        read = list(read_many(reader, find_tasks([tmp_path / "pages.tiff", folder / "00.png"]), workers=number))
        assert [(reading.page, reading.error) for reading in read] == [(0, None), (1, None), (2, None), (0, None)]
    read = list(read_many(reader, find_tasks([tmp_path / "cut.tiff", folder / "00.png"]), workers=1))
    assert read[-2].error
    assert read[-1].error is None


def test_a_fault_of_ours_is_an_error_of_one_picture(reader, folder, monkeypatch):
    monkeypatch.delenv("DIGITS_DEBUG", raising=False)
    monkeypatch.setattr(Reader, "read_page", lambda self, picture: 1 / 0)
    (reading,) = read_many(reader, [Task(folder / "00.png")])
    assert "unexpected ZeroDivisionError: division by zero; please report it" in reading.error


@needs_fifo
def test_a_picture_that_kills_its_process_is_an_error_and_the_others_are_read(reader, folder, tmp_path):
    os.mkfifo(tmp_path / "deadly.png")
    tasks = [Task(path) for path in (folder / "00.png", tmp_path / "deadly.png", folder / "01.png", folder / "02.png")]
    readings = read_in_processes(reader, tasks, 1)
    first = next(readings)
    time.sleep(1)  # it is at the second
    (process,) = multiprocessing.active_children()
    process.kill()
    read = [first, *readings]
    assert names(read) == ["00.png", "deadly.png", "01.png", "02.png"]
    assert [reading.error and "the process that read it has crashed" in reading.error for reading in read] == [
        None, True, None, None,
    ]  # fmt: skip


@needs_fifo
def test_a_picture_that_hangs_is_given_up(reader, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "PATIENCE", 2.0)
    os.mkfifo(tmp_path / "endless.png")
    tasks = [Task(tmp_path / "endless.png"), *find_tasks([folder])[:3]]
    read = list(read_many(reader, tasks, workers=2))
    assert "it took more than 2 seconds" in read[0].error
    assert names(read[1:]) == ["00.png", "01.png", "02.png"]
    assert not any(reading.error for reading in read[1:])


@needs_fifo
def test_others_go_ahead_of_a_slow_picture_but_not_all_of_them(reader, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "WINDOW", 4)
    os.mkfifo(tmp_path / "slow.png")
    drawn = tmp_path / "drawn"
    tasks = [Task(tmp_path / "slow.png"), *(Task(folder / "00.png", drawn / f"{n}.png") for n in range(40))]
    result = in_a_thread(lambda: list(read_many(reader, tasks, workers=2)))
    ahead = 2 * 4 - workers.AHEAD  # those that wait behind the slow one wait with it
    deadline = time.monotonic() + 60
    while len(list(drawn.glob("[0-9]*.png"))) < ahead and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    read_ahead = len(list(drawn.glob("[0-9]*.png")))
    (tmp_path / "slow.png").write_bytes((folder / "01.png").read_bytes())
    read = result.result(60)
    assert read_ahead == ahead
    assert names(read) == ["slow.png", *["00.png"] * 40]
    assert read[0].text


def test_readings_that_nobody_wants_end_their_processes(reader, folder):
    readings = read_many(reader, find_tasks([folder]), workers=2)
    assert isinstance(next(readings), Reading)
    readings.close()
    assert not multiprocessing.active_children()


def test_what_ends_a_process_ends_all(reader, folder, tmp_path):
    (tmp_path / "mine.png").write_text("precious")
    with pytest.raises(StorageError, match="no annotated picture"):
        list(read_many(reader, [Task(folder / "00.png", tmp_path / "mine.png")], workers=2))
    assert (tmp_path / "mine.png").read_text() == "precious"


def test_processes_read_as_their_reader_does(folder):
    careful = Reader(digits.load(), always_answer=True)
    tasks = find_tasks([folder])
    read = [[reading.text for reading in read_many(careful, tasks, workers=number)] for number in (1, 2)]
    assert read[0] == read[1]
    assert "?" not in "".join(read[0])


def test_annotated_pictures_keep_their_names_and_folders_and_are_not_read_again(folder, tmp_path):
    (tmp_path / "in/deep").mkdir(parents=True)
    for name in ("a.png", "deep/a.png", "deep/b.jpg"):
        Image.fromarray(np.full((20, 20), 255, np.uint8)).save(tmp_path / "in" / name)
    out = tmp_path / "in/out"
    tasks = find_tasks([tmp_path / "in", tmp_path / "in/deep/a.png", tmp_path / "missing.gif"], out)
    assert [str(task.annotated.relative_to(out)) for task in tasks] == [
        "a.png", "deep/a.png", "deep/b.jpg.png", "a-2.png", "missing.gif.png",
    ]  # fmt: skip
    out.mkdir()
    shutil.copy(tmp_path / "in/a.png", out / "a.png")
    assert len(find_tasks([tmp_path / "in"], out)) == 3
    assert len(find_tasks([tmp_path / "in"])) == 4
    with pytest.raises(InputError, match="give --annotate another folder"):
        find_tasks([tmp_path / "in/a.png"], tmp_path / "in")
