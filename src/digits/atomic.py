"""Files and directories that are there whole or not at all.

Everything is written under a temporary name beside its target, flushed to the disk, and renamed into place: a reader,
or a process that comes after a `kill -9`, sees the old content or the new, never half of one.
"""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from digits.errors import StorageError

_WHY = {
    errno.ENOSPC: "the disk is full: free some space and repeat",
    errno.EDQUOT: "the disk quota is used up: free some space and repeat",
    errno.EACCES: "no permission to write there",
    errno.EROFS: "the file system is read-only",
}


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an OSError while writing `path` into a StorageError of one line."""
    try:
        yield
    except OSError as error:
        reason = _WHY.get(error.errno or 0, error.strerror or str(error))
        raise StorageError(f"cannot write {path}: {reason}") from error


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; on success it becomes `path`, on any error it is removed.

    The temporary name keeps the suffix, because some writers (Keras) choose the format by it.

    Raises:
        StorageError: the disk is full, or the place is not writable.
    """
    temporary: Path | None = None
    with storage_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
            os.close(handle)
            temporary = Path(name)
            yield temporary
            _flush(temporary)
            temporary.chmod(0o666 & ~_umask())  # mkstemp makes files private
            temporary.replace(path)
        except BaseException:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise


def write_whole(path: Path, content: bytes | str) -> None:
    """Write `content` (text as UTF-8) to `path`, whole or not at all.

    Raises:
        StorageError: the disk is full, or the place is not writable.
    """
    data = content.encode() if isinstance(content, str) else content
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


@contextlib.contextmanager
def whole_directory(path: Path) -> Iterator[Path]:
    """Give an empty temporary directory beside `path` to fill; on success it becomes `path`, replacing an old one.

    Raises:
        StorageError: the disk is full, or the place is not writable.
    """
    temporary: Path | None = None
    with storage_errors(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
            yield temporary
            for file in temporary.rglob("*"):
                if file.is_file():
                    _flush(file)
            temporary.chmod(0o777 & ~_umask())
            if path.exists():
                old = temporary.with_name(temporary.name + "-old")
                path.rename(old)
                try:
                    temporary.rename(path)
                except BaseException:
                    old.rename(path)
                    raise
                if old.is_dir() and not old.is_symlink():
                    shutil.rmtree(old, ignore_errors=True)  # the new one is in place: what is left is no failure
                else:
                    old.unlink(missing_ok=True)
            else:
                temporary.rename(path)
        except BaseException:
            if temporary is not None:
                shutil.rmtree(temporary, ignore_errors=True)
            raise


def _flush(file: Path) -> None:
    with file.open("rb+") as stream:
        os.fsync(stream.fileno())


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
