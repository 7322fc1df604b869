"""Files that hold no digits, known by how they begin: each is named for what it is, with the way out.

Nothing is ever unpickled: a pickle is a program, which whoever made it wrote.
"""

import gzip
import re
import zlib
from pathlib import Path

from digits.errors import DataError

HEAD = 2048
"""Bytes of a file that are looked at."""

_SAVE = "save its arrays with numpy.savez('digits.npz', images=images, labels=labels)"

_PICKLE = (
    "is a pickle, which can run any program while it is opened, and is never opened here; where you trust it, open it "
    f"yourself, and {_SAVE}"
)
_PICKLE_SUFFIXES = (".pkl", ".pickle", ".pkl.gz", ".pickle.gz", ".joblib", ".pt", ".pth")

_BEGINNINGS = {  # what a file begins with: what it is, and what to do
    rb"version https://git-lfs": "is a Git LFS pointer, not the file itself; get the file with: git lfs pull",
    rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml|!--)": (
        "is a web page, not the file itself; download the file itself (on GitHub: the button Raw)"
    ),
    rb"\s*data:[\w.+-]*/[\w.+-]*[;,]": "is a data URL, a file written as text; decode it, and give the file",
    rb"\s*(https?|ftp)://\S+\s*\Z": "holds an address, not the file itself; download the file from there",
    rb"\x80[\x02-\x05]": _PICKLE,
    rb"\x89HDF\r\n\x1a\n": f"is an HDF5 file; open it with h5py, and {_SAVE}",
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|%PDF": "is a picture, not a set of digits; read it with: digits read",
}

_ARCHIVE = re.compile(rb"PK\x03\x04|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ")
_ADDRESS = re.compile(r"(https?|ftp|s3|gs|hf):/+", re.IGNORECASE)
_DATA_URL = re.compile(r"data:[\w.+-]*/?[\w.+-]*[;,]", re.IGNORECASE)


def refuse_foreign(path: Path) -> None:
    """Refuse a file that is something well known, and no digits; a file that cannot be opened is left to its reader.

    Raises:
        DataError: it is a Git LFS pointer, a web page, a data URL, a pickle, an archive, …
    """
    if path.name.lower().endswith(_PICKLE_SUFFIXES):
        raise DataError(f"{path} {_PICKLE}")
    head = _head(path)
    for beginning, what in _BEGINNINGS.items():
        if re.match(beginning, head, re.IGNORECASE | re.DOTALL):
            raise DataError(f"{path} {what}")
    if _ARCHIVE.match(head) and path.suffix.lower() != ".npz":  # which is a ZIP archive, too
        raise DataError(f"{path} is an archive; unpack it, and give the file or folder that was in it")


def refuse_address(source: str) -> None:
    """Refuse what is no path but an address.

    Raises:
        DataError: it begins as `https://` does, or is a data URL.
    """
    begins = source if len(source) <= 60 else f"{source[:60]}…"
    if _ADDRESS.match(source):
        raise DataError(f"{begins} is an address, and no address is opened here; download the file, and give its path")
    if _DATA_URL.match(source):
        raise DataError(f"{begins} is a data URL, a file written as text; decode it, and give the file's path")


def _head(path: Path) -> bytes:
    """How a file begins; if it is gzipped, what is in it."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as stream:
                return stream.read(HEAD)
    except (OSError, EOFError, zlib.error):
        return b""
    return head
