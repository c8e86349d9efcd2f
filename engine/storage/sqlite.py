"""SQLite: one writing connection on a thread of its own, a few reading ones, and what a failing disk means."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from engine.errors import InvalidValue, StorageUnavailable
from engine.storage.migrations import migrate

T = TypeVar("T")
READERS = 2
_MISTAKES = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
"""What our own statements do wrong; the disk is well, and the same again would fail again."""


def path_of(url: str) -> Path:
    """Read `sqlite:///relative.db` or `sqlite:////absolute.db`."""
    scheme, separator, rest = url.partition(":///")
    if scheme != "sqlite" or not separator or not rest:
        raise InvalidValue(f"The database address {url!r} is not understood. Write sqlite:///rollcall.db, for example.")
    return Path(rest)


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection that is durable on commit and leaves no trace of what it deletes."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512, timeout=30)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA cache_size=-65536")
    connection.execute("PRAGMA wal_autocheckpoint=4000")  # by default each large transaction would be copied at once
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


class Database:
    """The file. `write` runs one function as one transaction; functions queue up and run one at a time."""

    def __init__(self, path: Path, forget: Callable[[bool], None]) -> None:
        """`forget` is called on the writer's thread when another process has written, or a transaction failed; with
        True when work had begun on it, whose traces in memory must be undone."""
        self.path = path
        self._forget = forget
        self._data_version = -1
        self._writer: sqlite3.Connection | None = None
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._write_thread = ThreadPoolExecutor(1, "writer")
        self._read_threads = ThreadPoolExecutor(READERS, "reader")

    async def open(self) -> None:
        """Make the file and its tables where missing. Raises StorageUnavailable."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._write_thread, self._open_writer)
        except sqlite3.Error as error:
            await self.close()
            raise StorageUnavailable(f"The database {self.path} cannot be opened: {error}.") from error

    async def close(self) -> None:
        """Wait for what is under way and close every connection."""
        await asyncio.to_thread(self._write_thread.shutdown)
        await asyncio.to_thread(self._read_threads.shutdown)
        for connection in self._opened:
            connection.close()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one function as one transaction; on disk when this returns. Raises StorageUnavailable."""
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, self._transaction, work)

    async def between(self, work: Callable[[], T]) -> T:
        """Run a function between two transactions: this process writes nothing meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._write_thread, work)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run one function on one snapshot."""
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self._snapshot, work)

    def _open_writer(self) -> sqlite3.Connection:
        connection = connect(self.path)
        try:
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        self._opened.append(connection)
        self._writer = connection
        return connection

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        at_work = False
        try:
            connection = self._writer or self._open_writer()
            connection.execute("BEGIN IMMEDIATE")
            self._notice_others(connection)
            at_work = True
            done = work(connection)
            connection.execute("COMMIT")
            return done
        except BaseException as error:
            self._forget(at_work)
            self._give_up()
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, _MISTAKES):
                raise StorageUnavailable(f"The database cannot write: {error}.") from error
            raise

    def _give_up(self) -> None:
        """Roll back; a connection that cannot even do that is closed and opened anew by the next transaction."""
        connection = self._writer
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._writer = None
            self._opened.remove(connection)
            connection.close()

    def _notice_others(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._data_version:
            if self._data_version != -1:
                self._forget(False)
            self._data_version = version

    def _snapshot(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise StorageUnavailable(f"The database cannot be read: {error}.") from error

    def _reader(self) -> sqlite3.Connection:
        """Give this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self.path)
            connection.execute("PRAGMA query_only=ON")
            self._opened.append(connection)
            self._local.connection = connection
        return connection
