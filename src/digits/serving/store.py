"""The store of corrections: SQLite in a file, or PostgreSQL by URL. What `add` has returned survives a `kill -9`.

    store = Store(locate.default_store())
    number, is_duplicate = store.add(Correction(pixels=form, label=7, said=1))
    store.dataset()                      # a Dataset to train on

Notable choices:
- a correction is durable when `add` returns: SQLite writes ahead and syncs at every commit (WAL, synchronous=FULL),
  PostgreSQL is asked for synchronous commits whatever its default is;
- duplicates are merged by a unique index, in the one statement that inserts: two processes at once make one row;
- a number is never given twice, so that paging by `after` misses nothing when something was deleted;
- the tables are made, or brought up to date, when a store is opened (`migrations/`), under a lock of the database's;
  Alembic is imported only then;
- deleted is deleted: SQLite overwrites what is deleted, and empties its journal.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from digits.data.dataset import IMAGE_SIZE, Dataset
from digits.errors import DataError, MissingExtraError, StorageError
from digits.serving.correction import Correction

REVISION = "0001"
"""The migration that this program's tables stand at; a test holds it to the newest in `migrations/versions`."""

MIGRATION_LOCK = 0x6469_6769_7473
"""The key of PostgreSQL's advisory lock while tables are made: `digits` in ASCII."""

LOCK_SECONDS = 30
"""How long SQLite waits for another process that writes: far longer than any write of ours takes."""

PAGE_LIMIT = 1_000
"""Corrections in a page at the most: 800 KB of pixels."""

ADD_ATTEMPTS = 10
"""How often an insert is tried whose duplicate somebody else deletes just then; one repetition is rare already."""


class UtcTime(sa.types.TypeDecorator[datetime]):
    """A time in UTC to the microsecond; SQLite keeps no zone, and PostgreSQL gives it in its session's."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To the database."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TABLE = sa.Table(
    "corrections",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.String(64), unique=True, nullable=False),
    sa.Column("pixels", sa.LargeBinary, nullable=False),
    sa.Column("label", sa.SmallInteger, nullable=False),
    sa.Column("said", sa.SmallInteger),
    sa.Column("confidence", sa.Double),
    sa.Column("model", sa.String(200)),
    sa.Column("note", sa.String(200)),
    sa.Column("created", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
"""The corrections, as `migrations/` makes them."""


class Store:
    """Corrections, kept. Safe to use from several threads, and by several processes at once.

    Args:
        location: a file's path, `sqlite:///PATH`, or `postgresql://USER:PASSWORD@HOST/DATABASE`. The file, its
            directory and the tables are made if they are not there.

    Raises:
        DataError: the location is something else, what is there is no store, or one of a newer version.
        MissingExtraError: it is PostgreSQL's, and psycopg is not installed.
        StorageError: it cannot be reached or written.
    """

    def __init__(self, location: str | Path) -> None:
        url = _url(location)
        self.name = url.render_as_string(hide_password=True)
        self._is_sqlite = url.get_backend_name() == "sqlite"
        self._insert = sqlite.insert if self._is_sqlite else postgresql.insert
        self._engine = _engine(url)
        self._writer = self._engine.execution_options(writes=True)
        try:
            with self._faults_named():
                self._upgrade()
        except BaseException:
            self.close()
            raise

    def add(self, correction: Correction) -> tuple[int, bool]:
        """Keep a correction; gives its number, and whether it was there before. Durable when this returns.

        Raises:
            StorageError: it could not be kept.
        """
        row = _row(correction)
        insert = self._insert(TABLE).on_conflict_do_nothing(index_elements=["digest"]).returning(TABLE.c.id)
        before = sa.select(TABLE.c.id).where(TABLE.c.digest == row["digest"])
        with self._faults_named():
            for _ in range(ADD_ATTEMPTS):
                with self._writer.begin() as connection:
                    number = connection.execute(insert, row).scalar_one_or_none()
                    if number is not None:
                        added = number, False
                    else:  # None again if the duplicate was deleted in between
                        number = connection.execute(before).scalar_one_or_none()
                        added = number, True
                if number is not None:
                    return added
        raise StorageError(f"{self.name}: the same correction is added and deleted all the time; try again")

    def page(self, after: int = 0, limit: int = 100) -> list[Correction]:
        """The next corrections whose number is above `after`, oldest first, at most `limit` (1 to 1,000).

        Raises:
            DataError: the limit is outside.
            StorageError: the store cannot be read.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise DataError(f"a page has 1 to {PAGE_LIMIT:,} corrections; got a limit of {limit:,}")
        query = sa.select(TABLE).where(TABLE.c.id > after).order_by(TABLE.c.id).limit(limit)
        with self._faults_named(), self._engine.connect() as connection:
            return [_correction(row) for row in connection.execute(query).mappings()]

    def __iter__(self) -> Iterator[Correction]:
        """All corrections, oldest first, a page at a time."""
        after = 0
        while page := self.page(after, PAGE_LIMIT):
            yield from page
            after = page[-1].id or 0

    def count(self) -> int:
        """How many corrections there are."""
        with self._faults_named(), self._engine.connect() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(TABLE)).scalar_one())

    def delete(self, number: int) -> bool:
        """Delete the correction of this number; says whether there was one."""
        return self._delete(sa.delete(TABLE).where(TABLE.c.id == number)) > 0

    def delete_all(self) -> int:
        """Delete every correction; gives how many there were."""
        return self._delete(sa.delete(TABLE))

    def dataset(self) -> Dataset:
        """The corrections as a Dataset, oldest first. Of a picture that was given two labels, the later one counts.

        Raises:
            DataError: there is none.
        """
        found = {correction.pixels.tobytes(): correction.label for correction in self}
        if not found:
            raise DataError(f"{self.name} holds no corrections yet; correct some on the page that digits serve shows")
        pixels = np.frombuffer(b"".join(found), dtype=np.uint8)
        return Dataset(
            images=pixels.reshape(-1, IMAGE_SIZE, IMAGE_SIZE),
            labels=np.array(list(found.values()), dtype=np.uint8),
            name="corrections",
            split="train",
            origin=f"corrected by hand, kept in {self.name}",
        )

    def write_lines(self, stream: IO[str]) -> int:
        """Write every correction as a line of JSON, oldest first, without its number; gives how many.

        The same corrections are the same bytes, whichever database they come from.
        """
        count = 0
        for correction in self:
            count += 1
            line = {key: value for key, value in correction.to_json().items() if key != "id"}
            stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        return count

    def read_lines(self, lines: Iterable[str]) -> tuple[int, int]:
        """Add what `write_lines` wrote, all or nothing; gives how many were new, and how many were there before.

        Raises:
            DataError: a line is no correction.
            StorageError: they could not be kept.
        """
        insert = self._insert(TABLE).on_conflict_do_nothing(index_elements=["digest"]).returning(TABLE.c.id)
        added = total = 0
        with self._faults_named(), self._writer.begin() as connection:
            for total, line in enumerate(lines, start=1):
                try:
                    given = json.loads(line)
                    if not isinstance(given, dict):
                        raise DataError(f"expected a JSON object; got {type(given).__name__}")
                    row = _row(Correction.from_json(given))
                except (ValueError, RecursionError, DataError) as error:
                    raise DataError(f"line {total:,} is no correction: {error}; nothing was added") from error
                added += connection.execute(insert, row).scalar_one_or_none() is not None
        return added, total - added

    def close(self) -> None:
        """Give all connections back. A store that was closed opens new ones when it is asked again."""
        self._engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _delete(self, which: sa.Delete) -> int:
        with self._faults_named():
            with self._writer.begin() as connection:
                deleted = connection.execute(which).rowcount
            if self._is_sqlite and deleted:  # the journal still holds what was written
                with self._engine.connect() as connection:
                    connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return deleted

    def _upgrade(self) -> None:
        """Make the tables, or bring them up to date; whoever comes second finds them made."""
        with self._engine.connect() as connection:
            if _revision(connection) == REVISION:
                return
        from alembic import command, config, util  # noqa: PLC0415  (a tenth of a second, once in a store's life)

        with self._writer.begin() as connection:  # SQLite's lock is the transaction's
            if not self._is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            settings = config.Config(attributes={"connection": connection})
            settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
            try:
                command.upgrade(settings, "head")
            except util.CommandError as error:
                raise DataError(
                    f"{self.name} is at {_revision(connection)}, which this version does not know ({REVISION} is its "
                    "newest): open it with the newer version that wrote it"
                ) from error

    @contextmanager
    def _faults_named(self) -> Iterator[None]:
        """Within, what the database says becomes one line, without the values of a statement."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            reason = " ".join(str(error.orig).split())
            if "not a database" in reason or "malformed" in reason:
                raise DataError(f"{self.name} is no store of corrections, or a damaged one: {reason}") from error
            raise StorageError(f"the store {self.name} cannot be used: {reason}") from error
        except sa.exc.TimeoutError as error:
            raise StorageError(f"the store {self.name} is too busy: no connection was free in time") from error


def _url(location: str | Path) -> sa.URL:
    """A location as SQLAlchemy's URL, with the driver that we use."""
    text = str(location)
    if "://" not in text:
        return sa.URL.create("sqlite", database=os.path.expanduser(text))
    try:
        url = sa.make_url(text)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError) as error:
        raise DataError("a store's URL is not understood; expected sqlite:///PATH or postgresql://…") from error
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite")
    if backend in ("postgresql", "postgres") and url.database:
        return url.set(drivername="postgresql+psycopg")
    raise DataError(
        f"{url.render_as_string(hide_password=True)} is no place for corrections; expected a file, sqlite:///PATH or "
        "postgresql://USER@HOST/DATABASE"
    )


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make {file.parent} for the corrections: {error.strerror}") from error
        engine = sa.create_engine(url, connect_args={"timeout": LOCK_SECONDS})
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": LOCK_SECONDS})
    except ImportError as error:
        raise MissingExtraError("PostgreSQL needs: pip install 'handwritten-digits[postgres]'") from error
    sa.event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401  (a driver's own)
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says, not where the driver guesses
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(connection: Any, _: object) -> None:  # noqa: ANN401  (a driver's own)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    connection.commit()


def _revision(connection: sa.Connection) -> str | None:
    """The migration that a database's tables stand at; None if they are not there."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _row(correction: Correction) -> dict[str, Any]:
    names = ("digest", "label", "said", "confidence", "model", "note", "created")
    return {"pixels": correction.pixels.tobytes(), **{name: getattr(correction, name) for name in names}}


def _correction(row: sa.RowMapping) -> Correction:
    values = {name: value for name, value in row.items() if name not in ("digest", "pixels")}
    pixels = np.frombuffer(row["pixels"], dtype=np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    return Correction(pixels=pixels, **values)
