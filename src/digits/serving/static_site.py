"""The page without a server: everything that it takes to read digits in a browser, as files for any web host.

    write_static_site(Path("site"))

    site/
      index.html            the page, told to read by itself
      service-worker.js     keeps all of it: it opens without the network after the first visit
      static/               the modules of `web/`
        networks/           each shipped digit network as NAME.onnx, and networks.json: figures, temperature, thresholds
        onnxruntime-web/    what runs them

Notable choices:
- ONNX Runtime for the web (14 MB, MIT) does not ship with this package: it comes from npm, of one version, each file
  checked by its SHA-256, and is kept in the user's cache;
- `npm pack` fetches it, as its user has set it up, so that no address stands here; who has no npm names the file;
- files are written one by one, each whole, the service worker last: what else lies in the folder stays as it is, and
  visitors of before keep the old version until all of the new one is there.
"""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from digits.atomic import storage_errors, write_whole
from digits.data.download import cache_directory
from digits.errors import DownloadError, InputError
from digits.evaluation.models import stated
from digits.locate import DEFAULT_MODEL, shipped_models
from digits.reading.networks.classifier import MODEL_FILE, read_description

WEB = Path(str(files("digits"))) / "serving" / "web"

RUNTIME = "onnxruntime-web@1.30.0"
"""The npm package that runs networks in a browser. Its files, and the SHA-256 of each, are below."""

RUNTIME_FILES = {
    "ort.wasm.min.mjs": "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}

NPM_SECONDS = 600.0
"""What npm may take for 33 MB."""

POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'"
)
"""Of the page, as its Content-Security-Policy: nothing comes from another host, and nothing goes to one."""


def write_static_site(folder: Path, onnxruntime_web: Path | None = None) -> list[Path]:
    """Write the page that reads in the browser alone into a folder, made if missing; gives the files written.

    Args:
        folder: where to.
        onnxruntime_web: a folder or .tgz of the npm package `RUNTIME`; by default it is fetched once.

    Raises:
        InputError: what was given is another version of the package, or no package.
        DownloadError: the package could not be fetched.
        StorageError: a file could not be written.
    """
    contents = _runtime(onnxruntime_web) | _networks() | _page()
    for name, content in contents.items():
        write_whole(folder / name, content)
    write_whole(folder / "service-worker.js", _service_worker(contents))
    return [folder / name for name in (*contents, "service-worker.js")]


def _page() -> dict[str, bytes]:
    """The page's own files; `index.html` last."""
    own = {
        f"static/{file.relative_to(WEB).as_posix()}": file.read_bytes()
        for file in sorted(WEB.rglob("*"))
        if file.is_file() and file.name not in {"index.html", "service-worker.js"}
    }
    page = (WEB / "index.html").read_text("utf-8")
    page = page.replace('data-reader="server"', 'data-reader="browser"')
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
    page = page.replace('<meta charset="utf-8" />', f'<meta charset="utf-8" />\n    {policy}')
    return own | {"index.html": page.encode()}


def _networks() -> dict[str, bytes]:
    """The digit networks that ship, and what the page has to know of them."""
    contents, described = {}, []
    for name, place in shipped_models().items():
        description = read_description(place)
        contents[f"static/networks/{name}.onnx"] = (place / MODEL_FILE).read_bytes()
        described.append(_described(name, place, description))
    listed = {"active": DEFAULT_MODEL, "networks": described}
    return contents | {"static/networks/networks.json": json.dumps(listed).encode()}


def _described(name: str, place: Path, description: Mapping[str, Any]) -> dict[str, Any]:
    figures = stated(place, description, shipped=True, default=name == DEFAULT_MODEL).to_json()
    del figures["path"]
    thresholds = description.get("thresholds")
    kept = None if thresholds is None else {key: thresholds[key] for key in ("risk", "confidence", "digitness")}
    return {**figures, "temperature": description["temperature"], "thresholds": kept}


def _service_worker(contents: Mapping[str, bytes]) -> str:
    """The service worker that keeps these files, and knows them by what is in them."""
    digest = hashlib.sha256()
    for name, content in contents.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    kept = ["./", *contents]
    script = (WEB / "service-worker.js").read_text("utf-8").replace("{{version}}", f"digits-{digest.hexdigest()[:16]}")
    return script.replace('"{{files}}"', ", ".join(json.dumps(name) for name in kept))


def _runtime(given: Path | None) -> dict[str, bytes]:
    """The files of `RUNTIME`, checked."""
    found = _opened(given if given is not None else _fetched())
    for name, expected in RUNTIME_FILES.items():
        if hashlib.sha256(found[name]).hexdigest() != expected:
            raise InputError(f"{name} is not that of {RUNTIME}: its SHA-256 differs; give that version, or none")
    return {f"static/onnxruntime-web/{name}": found[name] for name in RUNTIME_FILES}


def _opened(package: Path) -> dict[str, bytes]:
    """The files in a folder or a .tgz of the package."""
    try:
        if package.is_dir():
            place = package / "dist" if (package / "dist").is_dir() else package
            return {name: (place / name).read_bytes() for name in RUNTIME_FILES}
        found = {}
        with tarfile.open(package, "r:gz") as archive:
            for name in RUNTIME_FILES:
                member = archive.extractfile(f"package/dist/{name}")
                if member is None:
                    raise KeyError(name)
                found[name] = member.read()
        return found
    except (OSError, KeyError, EOFError, tarfile.TarError) as error:
        raise InputError(
            f"{package} holds no {RUNTIME} ({error}); expected the folder, or the .tgz that npm pack {RUNTIME} makes"
        ) from error


def _fetched() -> Path:
    """The package's .tgz in the user's cache; npm fetches it where it is missing.

    Raises:
        DownloadError: there is no npm, or it could not.
    """
    kept = cache_directory() / f"{RUNTIME.replace('@', '-')}.tgz"
    if kept.is_file():
        return kept
    npm = shutil.which("npm")
    remedy = f"run npm pack {RUNTIME} where there is one, and give its .tgz with --onnxruntime-web"
    if npm is None:
        raise DownloadError(f"the page takes {RUNTIME}, which npm fetches, and there is no npm here; {remedy}")
    with tempfile.TemporaryDirectory() as place:
        try:
            command = [npm, "pack", RUNTIME, "--silent", "--pack-destination", place]
            done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DownloadError(f"npm did not fetch {RUNTIME} ({error}); {remedy}") from error
        made = list(Path(place).glob("*.tgz"))
        if done.returncode or not made:
            why = (done.stderr.strip().splitlines() or ["it says nothing"])[-1][:200]
            raise DownloadError(f"npm did not fetch {RUNTIME} ({why}); {remedy}")
        with storage_errors(kept):
            write_whole(kept, made[0].read_bytes())
    return kept
