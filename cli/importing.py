"""`rollcall import`: events from a file of JSON lines. Interrupted and begun again, or with lines added, it doubles
nothing: a line that brings no messageId gets one from its number and its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.protocols.bots import BOT
from collector.protocols.decoded import Complaint, Sender
from collector.protocols.segment import decode
from engine.assembly import Parts, open_parts
from engine.domain.events import Trust
from engine.ports import Submission
from engine.settings import Settings, keeps_bots
from engine.storage import house as memory

LINES_AT_ONCE = 1_000


@dataclass(slots=True)
class Import:
    """One file on its way in, and what was found wrong with it."""

    parts: Parts
    out: Console
    accepted: int = 0
    duplicate: int = 0
    bad: int = 0
    bots: int = 0
    warned: Counter[str] = field(default_factory=Counter)
    first_warned: dict[str, int] = field(default_factory=dict)
    """Code of a warning → number of the first line that got it."""

    async def take(self, lines: Sequence[tuple[int, bytes]]) -> None:
        """Bring in some lines, each with its number."""
        read = [(number, line, item) for number, line in lines for item in self._read(number, line)]
        now = self.parts.engine.clock.now()
        keeps = keeps_bots(self.parts.engine.settings)
        sender = Sender("import", Trust.SERVER, now, "", lambda index: _id_of(*read[index][:2]), keeps_bots=keeps)
        decoded = decode([item for _, _, item in read], {}, sender)
        for refused in decoded.rejected:
            self._refuse(read[refused.index][0], f"{refused.path}: {refused.message}".removeprefix(": "))
        for warning in decoded.warnings:
            if warning.code != BOT:
                self._warn(read[warning.index][0], warning)
        self.bots += decoded.bots
        (outcome,) = await self.parts.engine.ingest.ingest([Submission(decoded.events, decoded.refusals)])
        self.accepted += outcome.accepted
        self.duplicate += outcome.duplicate

    def _read(self, number: int, line: bytes) -> Iterator[Any]:
        if not line.strip():
            return
        try:
            yield msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._refuse(number, f"not JSON: {error}")

    def _refuse(self, number: int, reason: str) -> None:
        self.bad += 1
        self.out.print(f"line {number}: {reason}", style="red")

    def _warn(self, number: int, warning: Complaint) -> None:
        self.warned[warning.code] += 1
        self.first_warned.setdefault(warning.code, number)

    def tell(self) -> None:
        """Print what became of the lines."""
        for code, count in sorted(self.warned.items()):
            self.out.print(
                f"{count} × {code}, first in line {self.first_warned[code]}: taken, but changed", style="yellow"
            )
        if self.bots:
            self.out.print(f"{self.bots} events of crawlers and automated browsers left out: the setting `bots`.")
        self.out.print(f"{self.accepted} events imported, {self.duplicate} were in already, {self.bad} lines refused.")


async def import_file(settings: Settings, file: Path) -> int:
    """Import a file, one event a line; bad lines are told by number. Gives how many were bad."""
    out = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    digest, total = _measured(file)
    async with open_parts(settings) as parts:
        done = await parts.house.read(partial(memory.imported, digest=digest))
        if done:
            out.print(f"{done} lines are in already; going on from there.")
        work = Import(parts, out)
        with _bar(out, total, done) as progress:
            for lines in _pieces(file, done):
                await work.take(lines)
                reached = lines[-1][0]
                await parts.house.write(partial(memory.note_import, digest=digest, line=reached))
                progress.update(progress.task_ids[0], completed=reached)
        while await parts.backfills.run_once() + await parts.alarms.run_once():
            pass
    work.tell()
    return work.bad


def _measured(file: Path) -> tuple[str, int]:
    """Give a digest of the whole file, by which it is known again, and its number of lines."""
    digest, total = sha256(), 0
    with file.open("rb") as lines:
        for line in lines:
            digest.update(line)
            total += 1
    return digest.hexdigest(), total


def _pieces(file: Path, done: int) -> Iterator[list[tuple[int, bytes]]]:
    """Give runs of lines with their numbers, those after the first `done`."""
    with file.open("rb") as lines:
        numbered = islice(enumerate(lines, 1), done, None)
        while piece := list(islice(numbered, LINES_AT_ONCE)):
            yield piece


def _id_of(number: int, line: bytes) -> str:
    return sha256(b"%d:%s" % (number, line.strip())).hexdigest()[:32]


def _bar(out: Console, total: int, done: int) -> Progress:
    progress = Progress(TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=out)
    progress.add_task("import", total=total, completed=done)
    return progress
