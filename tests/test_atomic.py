import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from digits.atomic import storage_errors, whole_directory, whole_file, write_whole
from digits.errors import StorageError

FULL = Path("/dev/full")


@pytest.fixture
def failing_fsync(monkeypatch):
    """A disk that reports an error when it has to keep what was written."""

    def fail_with(code):
        def fsync(_):
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", fsync)

    return fail_with


def test_a_file_appears_with_its_whole_content(tmp_path):
    write_whole(tmp_path / "new" / "note.txt", "seven ✓")

    assert (tmp_path / "new" / "note.txt").read_text("utf-8") == "seven ✓"
    assert os.listdir(tmp_path / "new") == ["note.txt"]


def test_nothing_stands_under_the_name_before_the_end(tmp_path):
    target = tmp_path / "weights.npz"
    with whole_file(target) as temporary:
        temporary.write_bytes(b"half")
        assert not target.exists()
        assert temporary.suffix == ".npz"  # some writers choose the format by it
        assert temporary.parent == tmp_path  # the same file system: renaming is one step


def test_a_written_file_has_the_usual_permissions(tmp_path):
    write_whole(tmp_path / "ours", b"")
    (tmp_path / "usual").touch()

    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "usual").stat().st_mode)


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(TypeError), whole_file(target) as temporary:
        temporary.write_text(7)

    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "error"),
    ],
)
def test_a_disk_that_fails_is_one_line_and_leaves_the_old_file(tmp_path, failing_fsync, code, word):
    target = tmp_path / "file"
    target.write_text("old")
    failing_fsync(code)
    with pytest.raises(StorageError, match=word) as caught:
        write_whole(target, "new")

    assert str(target) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_really_full_is_said_to_be():
    with pytest.raises(StorageError, match="cannot write /dev/full: the disk is full"), storage_errors(FULL):
        FULL.write_bytes(b"0")


def test_a_place_below_a_file_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=str(tmp_path / "file" / "below")):
        write_whole(tmp_path / "file" / "below", b"")


def test_a_directory_appears_with_all_its_files(tmp_path):
    with whole_directory(tmp_path / "bundle") as temporary:
        (temporary / "a").write_text("1")
        (temporary / "deep").mkdir()
        (temporary / "deep" / "b").write_text("2")
        assert not (tmp_path / "bundle").exists()

    assert (tmp_path / "bundle" / "deep" / "b").read_text() == "2"
    assert os.listdir(tmp_path) == ["bundle"]


@pytest.mark.parametrize("old", ["directory", "file"])
def test_a_directory_replaces_what_was_there(tmp_path, old):
    target = tmp_path / "bundle"
    if old == "directory":
        target.mkdir()
        (target / "stale").touch()
    else:
        target.touch()
    with whole_directory(target) as temporary:
        (temporary / "fresh").touch()

    assert os.listdir(target) == ["fresh"]
    assert os.listdir(tmp_path) == ["bundle"]


def test_an_error_while_filling_leaves_the_old_directory(tmp_path, failing_fsync):
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "old").touch()
    failing_fsync(errno.ENOSPC)
    with pytest.raises(StorageError, match="disk is full"), whole_directory(target) as temporary:
        (temporary / "new").write_text("new")

    assert os.listdir(target) == ["old"]
    assert os.listdir(tmp_path) == ["bundle"]


def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path):
    target = tmp_path / "file"
    target.write_text("old")
    code = (
        "import os, pathlib, signal, sys\n"
        "from digits.atomic import whole_file\n"
        "with whole_file(pathlib.Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    result = subprocess.run([sys.executable, "-c", code, str(target)], check=False, timeout=60)

    assert result.returncode != 0
    assert target.read_text() == "old"
