"""Work on the database's file in a process of its own, `python -m engine.storage.aside`: to look through all of it
would hold up whoever shares the interpreter, and to close the file would take away SQLite's locks on it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.errors import StorageUnavailable
from engine.storage.wipe import Wiper

ROOT = Path(__file__).parents[2]
AT_ONCE = 2_000
"""Rows."""
SEARCHED = {"events": "body", "refusals": "body || ' ' || path || ' ' || message"}


class Aside:
    """The other process, as this one sees it; it ends with this one."""

    def __init__(self, path: Path) -> None:
        pipe = subprocess.PIPE
        words = [sys.executable, "-m", "engine.storage.aside"]
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self._tell(str(path.resolve()))

    def search(self, table: str, needles: Sequence[str], after: int, until: int) -> list[int]:
        """List the rows of a table, within a stretch of ids, that hold one of some texts (in lower case).

        Raises StorageUnavailable, as the others do."""
        found: list[int] = self._ask(["search", table, list(needles), after, until])
        return found

    def look(self) -> int:
        """Look for remnants of rows that are gone; give how many pages have some."""
        found: int = self._ask(["look"])
        return found

    def wipe(self) -> int | None:
        """Overwrite some of those; give how many pages are left, None when others were in the way."""
        left: int | None = self._ask(["wipe"])
        return left

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError), self._process:
            self._process.kill()

    def _tell(self, question: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()

    def _ask(self, question: Any) -> Any:
        assert self._process.stdout is not None
        try:
            self._tell(question)
            answer = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise StorageUnavailable("The process that looks through the database has ended.") from error
        if "error" in answer:
            raise StorageUnavailable(f"The database cannot be looked through: {answer['error']}.")
        return answer["found"]


def rows_with(
    connection: sqlite3.Connection, table: str, needles: Sequence[str], after: int, until: int
) -> Iterator[int]:
    """Look for texts in a table, run by run: in one long text, as `find` looks, most runs are passed over at once."""
    wanted = [one.encode() for one in needles]
    text = f"CAST({SEARCHED[table]} AS BLOB)"
    query = f"SELECT id, {text} FROM {table} WHERE id > ? AND id <= ? ORDER BY id"
    rows = connection.execute(query, (after, until))
    while run := rows.fetchmany(AT_ONCE):
        together = b"\n".join([found for _, found in run]).lower()
        likely = [one for one in wanted if one in together]
        if likely:
            yield from (id for id, found in run if any(one in found.lower() for one in likely))


def main() -> None:
    """Answer lines of JSON on standard input by lines of JSON: a file's path, then questions."""
    path = Path(json.loads(sys.stdin.readline()))
    wiper = Wiper(path)
    for line in sys.stdin:
        try:
            answer: dict[str, Any] = {"found": _answered(wiper, *json.loads(line))}
        except (sqlite3.OperationalError, OSError, IndexError, ValueError, struct.error) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    wiper.close()


def _answered(wiper: Wiper, question: str, *given: Any) -> Any:
    match question:
        case "search":
            return list(rows_with(wiper.connection, *given))
        case "look":
            return wiper.look()
        case _:
            return wiper.wipe()


if __name__ == "__main__":
    main()
