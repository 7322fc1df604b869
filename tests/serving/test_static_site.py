"""The files of the page without a server: what is written, what the service worker keeps, what is refused."""

import hashlib
import json
import re
import subprocess

import pytest

from digits.errors import DownloadError, InputError
from digits.locate import shipped_models
from digits.serving import static_site
from digits.serving.static_site import RUNTIME, RUNTIME_FILES, WEB, write_static_site


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A folder that passes for the npm package: small files under its names, with their own sums."""
    folder = tmp_path / "package"
    (folder / "dist").mkdir(parents=True)
    for name in RUNTIME_FILES:
        (folder / "dist" / name).write_bytes(name.encode())
    sums = {name: hashlib.sha256(name.encode()).hexdigest() for name in RUNTIME_FILES}
    monkeypatch.setattr(static_site, "RUNTIME_FILES", sums)
    return folder


def test_the_site_holds_the_page_every_network_and_a_service_worker_that_keeps_them_all(runtime, tmp_path):
    site = tmp_path / "site"
    written = write_static_site(site, runtime)
    names = {file.relative_to(site).as_posix() for file in written}
    assert names == {file.relative_to(site).as_posix() for file in site.rglob("*") if file.is_file()}
    assert {f"static/networks/{name}.onnx" for name in shipped_models()} <= names
    kept = json.loads(re.search(r"FILES = (\[.*?\]);", (site / "service-worker.js").read_text("utf-8"))[1])
    assert set(kept) == names - {"service-worker.js"} | {"./"}


def test_the_page_is_told_to_read_by_itself_and_may_ask_no_other_host(runtime, tmp_path):
    write_static_site(tmp_path / "site", runtime)
    page = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert 'data-reader="browser"' in page
    assert "default-src 'self'" in page
    assert "unsafe-inline" not in page


def test_networks_are_described_by_what_their_bundles_state(runtime, tmp_path):
    write_static_site(tmp_path / "site", runtime)
    listed = json.loads((tmp_path / "site" / "static" / "networks" / "networks.json").read_text("utf-8"))
    assert [one["name"] for one in listed["networks"]] == list(shipped_models())
    reader = next(one for one in listed["networks"] if one["name"] == listed["active"])
    assert reader["thresholds"]["confidence"][str(reader["thresholds"]["risk"])] > 0.5
    assert all("path" not in one for one in listed["networks"])


def test_another_content_is_another_version_and_what_else_lies_in_the_folder_stays(runtime, tmp_path, monkeypatch):
    site = tmp_path / "site"
    (site / "mine").mkdir(parents=True)
    (site / "mine" / "notes.txt").write_text("mine")
    write_static_site(site, runtime)
    first = (site / "service-worker.js").read_text("utf-8")
    write_static_site(site, runtime)
    assert (site / "service-worker.js").read_text("utf-8") == first
    monkeypatch.setattr(static_site, "POLICY", "default-src 'none'")
    write_static_site(site, runtime)
    assert (site / "service-worker.js").read_text("utf-8") != first
    assert (site / "mine" / "notes.txt").read_text() == "mine"


def test_another_version_of_the_package_and_no_package_are_refused_and_nothing_is_written(runtime, tmp_path):
    (runtime / "dist" / "ort.wasm.min.mjs").write_bytes(b"another")
    with pytest.raises(InputError, match=f"ort.wasm.min.mjs is not that of {RUNTIME}"):
        write_static_site(tmp_path / "site", runtime)
    with pytest.raises(InputError, match=f"holds no {RUNTIME}"):
        write_static_site(tmp_path / "site", tmp_path)
    assert not (tmp_path / "site").exists()


def test_without_npm_or_where_it_fails_the_way_out_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(static_site, "cache_directory", lambda: tmp_path / "cache")
    monkeypatch.setattr(static_site.shutil, "which", lambda _: None)
    with pytest.raises(DownloadError, match=f"npm pack {RUNTIME}"):
        write_static_site(tmp_path / "site")
    monkeypatch.setattr(static_site.shutil, "which", lambda _: "/bin/npm")
    failed = subprocess.CompletedProcess([], 1, "", "npm error network\n")
    monkeypatch.setattr(static_site.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(DownloadError, match="npm error network"):
        write_static_site(tmp_path / "site")


def test_the_page_names_no_other_host():
    for file in WEB.rglob("*"):
        if file.suffix in {".js", ".html", ".css"}:
            addresses = set(re.findall(r"https?://[\w./-]+", file.read_text("utf-8")))
            assert addresses <= {"http://www.w3.org/2000/svg"}, file.name
