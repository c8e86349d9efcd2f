"""Storage that fails on purpose: the writer's real connection, with one statement that goes wrong."""

from __future__ import annotations

import sqlite3
from typing import Any, cast

from tests.engine.living import Living


class Failing:
    """A connection whose nth statement from now raises what a failing disk raises, once; everything else is real."""

    def __init__(
        self, connection: sqlite3.Connection, countdown: int, only: str = "", afterwards: bool = False
    ) -> None:
        self._connection = connection
        self._countdown = countdown
        self._only = only
        self._afterwards = afterwards

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        """Run one statement, or fail."""
        return self._run(self._connection.execute, sql, *given)

    def executemany(self, sql: str, *given: Any) -> sqlite3.Cursor:
        """Run one statement many times, or fail."""
        return self._run(self._connection.executemany, sql, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _run(self, run: Any, sql: str, *given: Any) -> sqlite3.Cursor:
        due = self._is_due(sql)
        if due and not self._afterwards:
            raise sqlite3.OperationalError("disk I/O error")
        cursor: sqlite3.Cursor = run(sql, *given)
        if due:
            raise sqlite3.OperationalError("disk I/O error")
        return cursor

    def _is_due(self, sql: str) -> bool:
        if sql.startswith(self._only):
            self._countdown -= 1
        return self._countdown == 0 and sql.startswith(self._only)


def fail_next(living: Living, countdown: int, only: str = "", afterwards: bool = False) -> None:
    """Let the nth statement of the writer fail, counted among those that begin with `only`."""
    database = living.house.database
    writer = database._writer
    assert writer is not None
    real = getattr(writer, "_connection", writer)
    failing = cast(sqlite3.Connection, Failing(real, countdown, only, afterwards))
    database._writer = database._opened[database._opened.index(writer)] = failing
