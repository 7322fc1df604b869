"""`digits serve`: the page and the HTTP interface."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digits import terminal
from digits.cli.app import RunsDir, app
from digits.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from digits.serving.process import ReadingProcess
    from digits.serving.settings import Settings


@app.command()
def serve(
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            envvar="DIGITS_SERVE_HOST",
            help="Where to listen; elsewhere than on loopback with a token.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", envvar="DIGITS_SERVE_PORT", min=0, max=65535, help="0: any that is free.")
    ] = 8765,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            envvar="DIGITS_SERVE_TOKEN",
            help="What requests must bear; better in the environment, where other users do not see it.",
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", help="Corrections: a file, sqlite:///FILE or postgresql://… [DIGITS_STORE, or your data]."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Path of a run or bundle, name of a run or of a shipped model [the shipped default]."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", envvar="DIGITS_SERVE_WORKERS", min=1, help="Processes that read [one a core]."),
    ] = None,
    waiting: Annotated[
        int | None,
        typer.Option(
            metavar="N", envvar="DIGITS_SERVE_WAITING", min=1, help="Files read or waiting at once [8 a process]."
        ),
    ] = None,
    max_seconds: Annotated[
        float, typer.Option(metavar="N", envvar="DIGITS_SERVE_MAX_SECONDS", min=0.1, help="To read a request's files.")
    ] = 60.0,
    max_megabytes: Annotated[
        float, typer.Option(metavar="N", envvar="DIGITS_SERVE_MAX_MEGABYTES", min=0.01, help="Of a request.")
    ] = 32.0,
    max_files: Annotated[
        int, typer.Option(metavar="N", envvar="DIGITS_SERVE_MAX_FILES", min=1, help="Of a request.")
    ] = 50,
    max_pages: Annotated[
        int, typer.Option(metavar="N", envvar="DIGITS_SERVE_MAX_PAGES", min=1, help="Of all files of a request.")
    ] = 100,
    max_megapixels: Annotated[
        float, typer.Option(metavar="N", envvar="DIGITS_SERVE_MAX_MEGAPIXELS", min=0.01, help="Of a page.")
    ] = 60.0,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Without a token: a name beside localhost under which it may be asked; repeatable."
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN", help="Another page that may use it, such as https://school.example; repeatable."
        ),
    ] = None,
    static: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Serve nothing: write the page that reads in the browser alone into DIR."),
    ] = None,
    onnxruntime_web: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="For --static: a folder or .tgz of onnxruntime-web [npm fetches it once]."),
    ] = None,
    runs_dir: RunsDir = None,
) -> None:
    """Show a page to draw, drop and correct digits on, and answer programs over HTTP, until Ctrl-C.

    digits serve

    DIGITS_SERVE_TOKEN=… digits serve --host 0.0.0.0
    """
    if static is not None:
        _write_static(static, onnxruntime_web)
        return
    if onnxruntime_web is not None:
        raise InputError(
            "--onnxruntime-web is for the page without a server; give --static DIR with it, or leave it out"
        )
    from digits.serving.settings import Settings

    settings = Settings(
        host=host,
        port=port,
        token=token,
        hosts=tuple(allow_host or ()),
        origins=tuple(allow_origin or ()),
        workers=workers or 0,
        waiting=waiting or 0,
        seconds=max_seconds,
        body_bytes=round(max_megabytes * 1e6),
        files=max_files,
        pages=max_pages,
        pixels=round(max_megapixels * 1e6),
    )
    bundle = _bundle(model, runs_dir)
    ahead = _start_ahead(bundle, settings.workers)
    try:
        _serve(settings, bundle, store, ahead)
    finally:
        for process in ahead:
            process.stop()


def _bundle(model: str | None, runs_dir: Path | None) -> Path:
    from digits.locate import find_bundle, find_own_network

    own = find_own_network(model)
    if own:
        how = f"make one with: digits export {own} --out DIR"
        raise InputError(f"{own} is no bundle, which worker processes need; {how}")
    return find_bundle(model, runs_dir)


def _start_ahead(bundle: Path, count: int) -> "list[ReadingProcess]":
    """The worker processes, which get ready while this one loads what serves: half a second sooner."""
    from digits.serving.process import ReadingProcess

    return [ReadingProcess(bundle, {}) for _ in range(count)]


def _serve(settings: "Settings", bundle: Path, store: str | None, ahead: "list[ReadingProcess]") -> None:
    try:
        from digits.serving import http_server, log
        from digits.serving.app import create_app
        from digits.serving.store import Store
    except ImportError as error:
        how = "install them with: pip install 'handwritten-digits[serve]'"
        raise MissingExtraError(f"digits serve needs further packages ({error}); {how}") from error
    from digits.locate import default_store
    from digits.reading.networks.classifier import Classifier
    from digits.reading.reader import Reader

    with http_server.listen(settings) as listening, Store(store or default_store()) as corrections:
        app = create_app(Reader(Classifier.load(bundle)), corrections, settings, ahead=ahead)
        log.log_to()
        said = f"digits is at {http_server.address(listening)}  (Ctrl-C ends it)"
        http_server.make_server(app, settings, lambda: terminal.say(said)).run(sockets=[listening])


def _write_static(folder: Path, onnxruntime_web: Path | None) -> None:
    from digits.serving.static_site import write_static_site

    for file in write_static_site(folder, onnxruntime_web):
        print(file)
