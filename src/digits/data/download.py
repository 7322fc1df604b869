"""Files from mirrors into the user's cache: checked by their published sums, tried in turn, never half there.

pooch writes under a temporary name, compares the sum, and only then gives the file its name. It is imported when
something is to be downloaded, and not before.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from digits.atomic import storage_errors
from digits.errors import DownloadError

TIMEOUT = 30.0
"""Seconds to wait for a connection, and for each piece of an answer."""

OnProgress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes that have come, and the bytes in all (0 if the server does not say)."""


def fetch(
    sums: Mapping[str, str], mirrors: Sequence[str], cache: Path, *, on_progress: OnProgress | None = None
) -> list[Path]:
    """Make sure that files lie in `cache`, downloading those that are missing or damaged.

    Args:
        sums: the published sum by file name, `sha256:…` or `md5:…`; without a prefix it is SHA-256.
        mirrors: addresses that end in a slash, tried in turn; one that has failed is tried last from then on.
        cache: directory, made if missing.
        on_progress: called while a file comes.

    Raises:
        DownloadError: no mirror delivered a file with the right sum.
        StorageError: the disk is full, or the cache is not writable.
    """
    order = list(mirrors)
    paths = []
    for name, checksum in sums.items():
        reasons: list[str] = []
        while True:
            reason = _try_mirror(order[0] + name, checksum, cache, on_progress)
            if reason is None:
                break
            reasons.append(f"{urlsplit(order[0]).netloc}: {reason}")
            order.append(order.pop(0))
            if len(reasons) == len(order):
                raise DownloadError(
                    f"no mirror delivered {name} ({'; '.join(reasons)}); check the connection, or get the files "
                    "another way and name their directory with --data-dir or DIGITS_DATA_DIR"
                )
        paths.append(cache / name)
    return paths


def cache_directory() -> Path:
    """Where downloaded files are kept, as the operating system has it for this user."""
    import pooch  # type: ignore[import-untyped]  # noqa: PLC0415  (80 ms that only a download needs)

    return Path(pooch.os_cache("handwritten-digits"))


def _try_mirror(url: str, checksum: str, cache: Path, on_progress: OnProgress | None) -> str | None:
    """Download one file unless it is there; returns why that failed, or None."""
    import pooch  # noqa: PLC0415
    from requests import exceptions  # noqa: PLC0415  (pooch's own way to the network)

    pooch.get_logger().setLevel("WARNING")  # it would tell standard error about every download
    name = url.rpartition("/")[2]
    progress = _Progress(name, on_progress) if on_progress else False
    downloader = pooch.HTTPDownloader(progressbar=progress, chunk_size=1 << 16, timeout=TIMEOUT)
    with storage_errors(cache / name):
        try:
            pooch.retrieve(url, checksum, fname=name, path=cache, downloader=downloader)
        except exceptions.HTTPError as error:
            return f"HTTP status {error.response.status_code}" if error.response is not None else "HTTP error"
        except exceptions.RequestException as error:  # an OSError too, but none of the disk
            reasons = {
                exceptions.Timeout: f"no answer in {TIMEOUT:.0f} s",
                exceptions.SSLError: "its certificate was not accepted",
                exceptions.ChunkedEncodingError: "the connection broke off",
                exceptions.ConnectionError: "no connection",
            }
            return next((why for kind, why in reasons.items() if isinstance(error, kind)), type(error).__name__)
        except ValueError:
            kind, _, digest = checksum.rpartition(":")
            return f"the file that came has another {'MD5' if kind == 'md5' else 'SHA-256'} than {digest[:12]}…"
    return None


class _Progress:
    """The bar that pooch drives, passed on as calls of a function."""

    def __init__(self, name: str, on_progress: OnProgress) -> None:
        self._name = name
        self._call = on_progress
        self._total = 0
        self._done = 0
        self._told = -1

    @property
    def total(self) -> int:
        return self._total

    @total.setter
    def total(self, value: int) -> None:
        self._total = value
        self._tell()

    def update(self, amount: int) -> None:
        self._done += amount
        self._tell()

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass

    def _tell(self) -> None:
        done = min(self._done, self._total) if self._total else self._done  # pooch counts the last piece as a full one
        if done > self._told:
            self._told = done
            self._call(self._name, done, self._total)
