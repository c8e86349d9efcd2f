"""Overwrites what SQLite leaves in its file of rows that are gone. Only for the process of engine/storage/aside.py.

`secure_delete` overwrites a row where it stands when it is deleted. But whenever SQLite moves rows between pages, their
old bytes stay behind in the unused middle of a page, for as long as nothing happens to be written there: one erased row
in a hundred could be read in the file (docs/decisions/0010)."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path

AT_ONCE = 4_000
"""Pages; events that come meanwhile wait for these, some 50 ms."""
READ_AT_ONCE = 256
PATIENCE = 0.25
"""Seconds to wait for others who read or write, with everyone who writes behind us."""
LARGEST = 2**25
"""Pages, 128 GB: beyond that, the number of a page may begin as a page of a tree does."""
_TREE_PAGES = {2: 12, 5: 12, 10: 8, 13: 8}
"""First byte of a page of a tree → bytes of its header. Other pages begin with the number of a page."""
_NUMBERS = struct.Struct(">HHH")
_LARGEST_ROOT = 52
"""Where the header of the file says that it keeps maps of pages, whose pages begin as those of trees may."""


def unused(page: bytes, is_first: bool = False) -> Iterator[tuple[int, int]]:
    """Give the stretches of a page that belong to no row (https://sqlite.org/fileformat2.html#b_tree_pages).

    Raises ValueError, IndexError or struct.error for a page that does not make sense."""
    at = 100 if is_first else 0
    header = _TREE_PAGES.get(page[at])
    if header is None:
        return
    block, count, start = _NUMBERS.unpack_from(page, at + 1)
    begin, end = at + header + 2 * count, start or 65_536
    cells = struct.unpack_from(f">{count}H", page, at + header)
    if not (begin <= end <= len(page) and min(cells, default=end) >= end):
        raise ValueError("rows stand where none should")
    yield begin, end
    while block:
        following, size = struct.unpack_from(">HH", page, block)
        yield block + 4, block + size
        if 0 < following <= block:
            raise ValueError("free blocks do not stand in order")
        block = following


def remnants(page: bytes, is_first: bool = False) -> list[tuple[int, int]]:
    """Give the stretches of a page that belong to no row and are not empty."""
    return [(start, end) for start, end in unused(page, is_first) if page[start:end].strip(b"\0")]


class Wiper:
    """One file at work; `found` are pages that had remnants when they were last looked at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
        self.connection.execute("PRAGMA synchronous=FULL")
        (self.size,) = self.connection.execute("PRAGMA page_size").fetchone()
        self.found: list[int] = []
        self._file = os.open(path, os.O_RDWR)  # open to the end: to close it would drop SQLite's locks

    def close(self) -> None:
        """Close the file."""
        self.connection.close()
        os.close(self._file)

    def look(self) -> int:
        """Look at all pages while others go on; give how many have remnants. One that is just being written counts.

        Raises ValueError for a file that this cannot tell the pages of."""
        count = os.fstat(self._file).st_size // self.size
        if count > LARGEST or any(os.pread(self._file, 4, _LARGEST_ROOT)):
            raise ValueError("a file of this kind cannot be wiped")
        self.found = [number for number, page in self._pages(count) if _is_suspect(page, number)]
        return len(self.found)

    def wipe(self) -> int | None:
        """Overwrite the remnants of some pages; give how many pages are left, None when others were in the way.

        Only while nobody writes and the log is empty does the file say all; so what is written here is what every
        reader finds, and the write that ends it makes every connection forget the pages that it holds."""
        connection = self.connection
        if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            return None
        connection.execute("BEGIN IMMEDIATE")
        try:
            if self._log_is_empty():
                self._overwrite(self.found[-AT_ONCE:])
                connection.execute(
                    "INSERT INTO meta VALUES ('wiped', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
                )
                connection.execute("COMMIT")
                del self.found[-AT_ONCE:]
                return len(self.found)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return None

    def _pages(self, count: int) -> Iterator[tuple[int, bytes]]:
        for first in range(0, count, READ_AT_ONCE):
            together = os.pread(self._file, READ_AT_ONCE * self.size, first * self.size)
            for at in range(0, len(together), self.size):
                yield first + at // self.size, together[at : at + self.size]

    def _log_is_empty(self) -> bool:
        log = self.path.with_name(f"{self.path.name}-wal")
        return not log.exists() or log.stat().st_size == 0

    def _overwrite(self, numbers: list[int]) -> None:
        for number in numbers:
            page = os.pread(self._file, self.size, number * self.size)
            for start, end in remnants(page, number == 0):
                os.pwrite(self._file, bytes(end - start), number * self.size + start)
        os.fsync(self._file)


def _is_suspect(page: bytes, number: int) -> bool:
    try:
        return bool(remnants(page, number == 0))
    except (IndexError, ValueError, struct.error):
        return True
