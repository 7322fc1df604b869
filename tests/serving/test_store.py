"""The store keeps what it has acknowledged: in SQLite and in PostgreSQL, killed, by two processes, there and back."""

import io
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import autogenerate, script
from alembic.migration import MigrationContext

from digits.errors import DataError, MissingExtraError, StorageError
from digits.serving import store as storing
from digits.serving.correction import Correction
from digits.serving.store import TABLE, Store

POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))

ADDS = """
import sys
import numpy as np
from digits.serving.correction import Correction
from digits.serving.store import Store

location, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with Store(location) as store:
    print("open", flush=True)
    sys.stdin.readline()
    for number in range(first, first + count):
        pixels = np.zeros((28, 28), np.uint8)
        pixels.flat[:8] = np.frombuffer(number.to_bytes(8, "little"), np.uint8)
        print(number, *store.add(Correction(pixels=pixels, label=number % 10)), flush=True)
"""
"""A process that opens a store, waits for a line, and tells of each correction when it was acknowledged."""


def correction(number, **others):
    """A correction of its own for each number, as `ADDS` makes them."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels.flat[:8] = np.frombuffer(number.to_bytes(8, "little"), np.uint8)
    return Correction(pixels=pixels, label=number % 10, **others)


def number_of(kept):
    return int.from_bytes(kept.pixels.tobytes()[:8], "little")


@contextmanager
def adding(location, first, count):
    process = subprocess.Popen(
        [sys.executable, "-c", ADDS, location, str(first), str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class Server:
    """A PostgreSQL of the test's own, on loopback: nobody else can log in, and nothing is left of it."""

    def __init__(self, binaries, directory):
        self.binaries, self.data = binaries, directory / "data"
        self.password = secrets.token_hex(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (directory / "password").write_text(self.password)
        self.user = None
        if os.geteuid() == 0:  # it refuses to run as root
            self.user = "postgres"
            for path in (directory, directory / "password"):
                shutil.chown(path, self.user)
        self.run(
            "initdb", "--no-sync", "--no-locale", "--encoding=UTF8",
            "--auth=scram-sha-256", "--username=digits", f"--pwfile={directory / 'password'}",
        )  # fmt: skip
        self.start()

    def run(self, program, *arguments):
        subprocess.run(
            [self.binaries / program, "-D", self.data, *arguments],
            user=self.user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, cwd="/",
        )  # fmt: skip

    def start(self):
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "''",
            "synchronous_commit": "off",  # a default that would lose what was acknowledged
            "recovery_init_sync_method": "syncfs",  # not file by file, which takes half a minute on a slow disk
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self.run("pg_ctl", "-w", "-l", self.data / "log", "-o", options, "start")

    def crash(self):
        """Stop at once, without finishing anything."""
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")

    def emptied(self):
        """Its one database, without any tables: a new one for each test would take seconds."""
        location = f"postgresql://digits:{self.password}@127.0.0.1:{self.port}/postgres"
        engine = sa.create_engine(location.replace("postgresql", "postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE IF EXISTS corrections, alembic_version"))
        engine.dispose()
        return location


@pytest.fixture(scope="session")
def server():
    if not POSTGRESQL:
        pytest.skip("PostgreSQL is not installed: /usr/lib/postgresql/*/bin/initdb is missing")
    with tempfile.TemporaryDirectory(prefix="digits-postgresql-") as directory:
        running = Server(POSTGRESQL[-1].parent, Path(directory))
        try:
            yield running
        finally:
            running.crash()


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request, tmp_path):
    """Where no store is yet."""
    if request.param == "sqlite":
        return str(tmp_path / "new" / "corrections.sqlite")
    return request.getfixturevalue("server").emptied()


@pytest.fixture
def store(location):
    with Store(location) as opened:
        yield opened


def lines(store):
    stream = io.StringIO()
    store.write_lines(stream)
    return stream.getvalue()


def test_a_correction_comes_back_as_it_was_given(store):
    created = datetime(2026, 11, 28, 17, 30, 0, 123456, UTC)
    given = correction(7, said=1, confidence=0.1 + 0.2, model="reader", note="ein € 7 ✓", created=created)
    number, duplicate = store.add(given)

    (kept,) = store.page()
    assert (number, duplicate, kept.id) == (kept.id, False, number)
    assert kept.to_json() == {"id": number, **given.to_json()}
    assert kept.created == created


def test_a_duplicate_is_merged_into_the_first(store):
    first, _ = store.add(correction(7, note="first"))
    assert store.add(correction(7, note="second")) == (first, True)
    assert [kept.note for kept in store.page()] == ["first"]


def test_pages_go_on_where_the_last_one_ended_whatever_was_deleted(store):
    numbers = [store.add(correction(number))[0] for number in range(7)]
    first = store.page(limit=3)
    assert store.delete(first[-1].id)
    assert not store.delete(first[-1].id)
    store.delete(numbers[-1])
    added, _ = store.add(correction(100))

    rest = store.page(after=first[-1].id, limit=100)
    assert [number_of(kept) for kept in [*first, *rest]] == [0, 1, 2, 3, 4, 5, 100]
    assert added > numbers[-1]
    assert store.count() == 6


@pytest.mark.parametrize("limit", [0, -1, 1_001])
def test_a_page_has_a_limit(store, limit):
    with pytest.raises(DataError, match="a page has 1 to 1,000 corrections"):
        store.page(limit=limit)


def test_all_are_walked_through_page_by_page(store, monkeypatch):
    monkeypatch.setattr(storing, "PAGE_LIMIT", 2)
    for number in range(5):
        store.add(correction(number))
    assert [number_of(kept) for kept in store] == [0, 1, 2, 3, 4]


def test_everything_can_be_deleted(store):
    for number in range(3):
        store.add(correction(number))
    assert store.delete_all() == 3
    assert (store.count(), store.page(), store.delete_all()) == (0, [], 0)


def test_of_what_was_deleted_no_byte_is_left_in_sqlites_files(tmp_path):
    secret = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    for everything in (False, True):
        with Store(tmp_path / "corrections.sqlite") as store:
            number, _ = store.add(Correction(pixels=secret, label=1))
            files = [tmp_path / f"corrections.sqlite{end}" for end in ("", "-wal")]
            assert any(secret.tobytes()[:64] in file.read_bytes() for file in files)
            assert store.delete_all() if everything else store.delete(number)
            assert not any(secret.tobytes()[:64] in file.read_bytes() for file in files)


def test_corrections_are_a_dataset_and_the_later_label_of_a_picture_counts(store):
    for number in (3, 4, 5):
        store.add(correction(number))
    store.add(Correction(pixels=correction(4).pixels, label=9))

    dataset = store.dataset()
    np.testing.assert_array_equal(dataset.labels, [3, 9, 5])
    np.testing.assert_array_equal(dataset.images, [correction(number).pixels for number in (3, 4, 5)])
    assert dataset.name == "corrections"


def test_a_store_without_corrections_is_no_dataset(store):
    with pytest.raises(DataError, match="holds no corrections yet"):
        store.dataset()


def test_many_threads_add_at_once(store):
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda number: store.add(correction(number % 20))[0], range(60)))
    assert len(set(numbers)) == store.count() == 20


def test_what_was_acknowledged_survives_kill_9(location):
    with adding(location, 0, 100_000) as process:
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        acknowledged = [process.stdout.readline().split() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
    acknowledged += [line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n")]

    with Store(location) as store:
        kept = {(number_of(one), one.id) for one in store}
        assert {(int(number), int(given)) for number, given, _ in acknowledged} <= kept
        assert len(kept) <= len(acknowledged) + 1  # one may be kept that was not told of any more
        assert not store.add(correction(1_000_000))[1]


def test_what_was_acknowledged_survives_a_crash_of_postgresql(server):
    location = server.emptied()
    with Store(location) as store:
        added = [store.add(correction(number))[0] for number in range(20)]
        server.crash()
        with pytest.raises(StorageError, match=r"the store postgresql.*cannot be used"):
            store.add(correction(20))
        server.start()
        assert [kept.id for kept in store] == added  # the same store goes on


def test_two_processes_make_one_store_and_lose_nothing(location):
    with adding(location, 0, 30) as one, adding(location, 20, 30) as other:  # both make the tables
        assert [process.stdout.readline() for process in (one, other)] == ["open\n", "open\n"]
        for process in (one, other):
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [line.split() for process in (one, other) for line in process.communicate()[0].splitlines()]

    with Store(location) as store:
        assert {(int(number), int(given)) for number, given, _ in told} == {(number_of(one), one.id) for one in store}
        assert store.count() == 50
    assert [duplicate for *_, duplicate in told].count("True") == 10


def test_from_sqlite_to_postgresql_and_back_is_the_same_byte_for_byte(tmp_path, server):
    with Store(tmp_path / "one.sqlite") as one, Store(server.emptied()) as middle:
        for number in range(25):
            note = None if number % 3 else f'Nr. {number} „€“ \\ " \n'
            one.add(correction(number, said=number % 7, confidence=number / 27, note=note, model="reader"))
        one.delete(4)
        assert middle.read_lines(lines(one).splitlines()) == (24, 0)
        with Store(tmp_path / "two.sqlite") as two:
            assert two.read_lines(lines(middle).splitlines()) == (24, 0)
            assert lines(two) == lines(middle) == lines(one)
            assert lines(one).count("\n") == 24


def test_what_is_there_already_is_not_added_again(store):
    store.add(correction(1))
    given = "".join(json.dumps(correction(number).to_json()) + "\n" for number in (1, 2, 2))
    assert store.read_lines(given.splitlines()) == (1, 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [("{", "Expecting property name"), ("7", "expected a JSON object; got int"), ('{"label": 7}', "needs 'pixels'"),
     ("[" * 100_000, "recursion")],
)  # fmt: skip
def test_of_a_file_with_a_line_that_is_none_nothing_is_added(store, line, why):
    with pytest.raises(DataError, match=f"line 2 is no correction: .*{why}.*nothing was added"):
        store.read_lines([json.dumps(correction(1).to_json()), line])
    assert store.count() == 0


def test_the_migrations_make_the_table_that_the_program_uses(store):
    folder = script.ScriptDirectory(Path(storing.__file__).parent / "migrations")
    assert folder.get_heads() == [storing.REVISION]
    with store._engine.connect() as connection:
        assert autogenerate.compare_metadata(MigrationContext.configure(connection), TABLE.metadata) == []


def test_a_store_of_a_newer_version_is_left_alone(location):
    with Store(location) as store, store._writer.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(DataError, match="is at later, which this version does not know"):
        Store(location)


def test_sqlite_writes_ahead_and_syncs_at_every_commit(tmp_path):
    with Store(tmp_path / "corrections.sqlite") as store, store._engine.connect() as connection:
        asked = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("journal_mode", "synchronous")]
    assert asked == ["wal", 2]


def test_postgresql_is_asked_for_synchronous_commits_where_its_default_is_another(server):
    with Store(server.emptied()) as store, store._engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


def test_who_writes_for_too_long_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(storing, "LOCK_SECONDS", 0.1)
    with Store(tmp_path / "corrections.sqlite") as store:
        other = sqlite3.connect(tmp_path / "corrections.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="database is locked"):
            store.add(correction(1))
        other.rollback()
        other.close()
        assert store.add(correction(1)) == (1, False)


@pytest.mark.parametrize(
    ("location", "kind", "said"),
    [
        ("mysql://digits:secret@localhost/digits", DataError, r"mysql://digits:\*\*\*@localhost/digits is no place"),
        ("sqlite://", DataError, "no place for corrections; expected a file, sqlite:///PATH or postgresql://"),
        ("://", DataError, "a store's URL is not understood"),
        ("text.sqlite", DataError, "no store of corrections, or a damaged one: file is not a database"),
        ("text.sqlite/below", StorageError, "cannot make text.sqlite for the corrections: File exists"),
        ("postgresql://digits:secret@127.0.0.1:1/digits", StorageError, r"digits:\*\*\*@127.0.0.1:1/digits cannot be"),
    ],
)
def test_what_is_no_store_is_refused_in_one_line_without_its_password(location, kind, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.sqlite").write_text("no database, but a text of more than a hundred characters\n" * 10)
    with pytest.raises(kind, match=said) as refused:
        Store(location)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_postgresql_without_its_driver_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'handwritten-digits\[postgres\]'"):
        Store("postgresql://digits@127.0.0.1/digits")
