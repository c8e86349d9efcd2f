"""Reading an strace log for law 1: no 2xx may leave while the write-ahead log has events that are not synced.

A sync counts only for what was written before it began, and only if it succeeded. Background work writes too, while an
answer to what was synced before leaves: only pages that carry a given text, which stands in each event, are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

CALL = re.compile(r"^(?P<thread>\d+)\s+(?P<call>\w+)\(\d+<(?P<file>[^>]*)>(?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<thread>\d+)\s+<\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)$")
SYNCS = frozenset({"fsync", "fdatasync"})
WRITES = frozenset({"write", "writev", "pwrite64", "pwritev"})


@dataclass(slots=True)
class SyncLog:
    """What was seen so far of pages that carry `text`; `early` are the lines in which a 2xx left too early."""

    text: str
    writes: int = 0
    syncs: int = 0
    answers: int = 0
    early: list[str] = field(default_factory=list)
    _synced: int = 0
    _syncing: dict[str, int] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Take in one line."""
        if started := CALL.match(line):
            self._started(line, started)
        elif (resumed := RESUMED.match(line)) and resumed["call"] in SYNCS:
            self._sync_ended(resumed["thread"], resumed["rest"])

    def _started(self, line: str, call: re.Match[str]) -> None:
        if call["file"].endswith("-wal"):
            self._on_wal(call)
        elif "HTTP/1.1 2" in call["rest"]:
            self.answers += 1
            if self.writes > self._synced:
                self.early.append(line)

    def _on_wal(self, call: re.Match[str]) -> None:
        if call["call"] in WRITES:
            self.writes += self.text in call["rest"]
        elif call["call"] in SYNCS:
            self._syncing[call["thread"]] = self.writes
            if "<unfinished" not in call["rest"]:
                self._sync_ended(call["thread"], call["rest"])

    def _sync_ended(self, thread: str, rest: str) -> None:
        covered = self._syncing.pop(thread, None)
        if covered is not None and rest.rstrip().endswith("= 0"):
            self.syncs += 1
            self._synced = max(self._synced, covered)


def read_log(lines: Iterable[str], text: str) -> SyncLog:
    """Read a whole log for what became of pages that carry `text`."""
    log = SyncLog(text)
    for line in lines:
        log.read(line)
    return log
