"""Commands over a database: import, rebuild, backup, evaluate. They may run beside a live server."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn, track

from collector.protocols.segment import Sender, decode
from engine.assembly import Parts, open_parts
from engine.catalog import SeenAttributes
from engine.domain.events import Trust
from engine.errors import InvalidValue
from engine.ports import Submission
from engine.runtime.evaluate import Evaluator
from engine.runtime.rebuild import AT_ONCE, differences, rewrite
from engine.runtime.registry import Registry, Words, build
from engine.settings import Settings
from engine.storage import audiences, subjects
from engine.storage import house as memory
from engine.storage.sqlite import connect, path_of
from engine.system import SystemClock

LINES_AT_ONCE = 1_000
MOST_SHOWN = 20


async def bring_in(settings: Settings, file: Path) -> int:
    """Import a file of events, one JSON object a line; bad lines are told by number. Gives how many were bad."""
    out = Console(stderr=True)
    with file.open("rb") as lines:
        digest = sha256(lines.read(1 << 20)).hexdigest() + f":{file.stat().st_size}"
    total = sum(1 for _ in file.open("rb"))
    async with open_parts(settings) as parts:
        done = await parts.house.read(lambda connection: memory.imported(connection, digest))
        if done:
            out.print(f"{done} lines are in already; going on from there.")
        with _bar(out, total, done) as progress:
            bad = await _lines(parts, file, digest, done, progress, out)
        while await parts.backfills.run_once() + await parts.alarms.run_once():
            pass
    out.print(f"{total - done - bad} lines imported, {bad} refused.")
    return bad


async def _lines(parts: Parts, file: Path, digest: str, done: int, progress: Progress, out: Console) -> int:
    bad = 0
    task = progress.task_ids[0]
    for start, lines in _pieces(file, done):
        items, numbers = [], []
        for number, line in enumerate(lines, start + 1):
            try:
                items.append(msgspec.json.decode(line))
                numbers.append(number)
            except msgspec.DecodeError as error:
                out.print(f"line {number}: not JSON: {error}", style="red", highlight=False)
                bad += 1
        now = parts.engine.clock.now()
        decoded = decode(items, {}, Sender("import", Trust.SERVER, now, "", lambda: uuid4().hex))
        for one in decoded.rejected:
            where = f"{one.path}: " if one.path else ""
            out.print(f"line {numbers[one.index]}: {where}{one.message}", style="red", highlight=False)
        bad += len(decoded.rejected)
        await parts.engine.ingest.ingest([Submission(decoded.events, decoded.refusals)])
        reached = start + len(lines)
        await parts.house.write(partial(memory.note_import, digest=digest, line=reached))
        progress.update(task, completed=reached)
    return bad


def _pieces(file: Path, done: int) -> Iterator[tuple[int, list[bytes]]]:
    """Give runs of lines with the number of lines before each; empty lines are passed over."""
    piece: list[bytes] = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines):
            if number < done:
                continue
            piece.append(line)
            if len(piece) == LINES_AT_ONCE:
                yield number + 1 - len(piece), piece
                piece = []
        if piece:
            yield number + 1 - len(piece), piece


def _bar(out: Console, total: int, done: int) -> Progress:
    progress = Progress(TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=out)
    progress.add_task("import", total=total, completed=done)
    return progress


def check(settings: Settings) -> int:
    """Compare live with recomputed on one snapshot; print the differences and give how many."""
    connection = _open(settings)
    connection.execute("BEGIN")
    stored = audiences.load(connection)
    seen = memory.attributes(connection)
    attributes = SeenAttributes(seen)
    words = Words(attributes.field, attributes.field_names, frozenset(one.slug for one, _ in stored))
    found = list(differences(connection, build(stored, words, Registry())))
    for one in found[:MOST_SHOWN]:
        print(f"{one.place}: live {one.live}, recomputed {one.recomputed}")
    print("Live equals recomputed." if not found else f"{len(found)} differences.")
    return len(found)


async def rebuild(settings: Settings) -> int:
    """Write what the log gives; gives how many fragments changed."""
    async with open_parts(settings) as parts:
        house = parts.house
        last = await house.read(subjects.last_id)
        changed, at = 0, 0
        for _ in track(range(0, last, AT_ONCE), description="Rebuilding"):
            ids = await house.read(partial(subjects.after, subject_id=at, until=last, limit=AT_ONCE))
            if not ids:
                break
            changed += await house.write(partial(rewrite, house, ids=ids))
            at = ids[-1]
    print(f"{changed} fragments were not as the log gives them; they are now.")
    return changed


def backup(settings: Settings, file: Path) -> None:
    """Copy the database while it is in use; the copy is of one instant. Raises InvalidValue if the file exists."""
    if file.exists():
        raise InvalidValue(f"{file} exists already. Choose another name, nothing is overwritten.")
    source = _open(settings)
    with sqlite3.connect(file) as copy:
        source.backup(copy)
    copy.close()
    source.close()
    print(f"Copied to {file}, {file.stat().st_size / 1e6:.1f} MB.")


def evaluate(settings: Settings | None) -> None:
    """Answer definitions from standard input, a line each, in order."""
    offset, seen = 0, SeenAttributes()
    if settings is not None:
        connection = _open(settings)
        seen = SeenAttributes(memory.attributes(connection))
        offset = int(memory.recall(connection, "clock_offset") or 0)
    clock = SystemClock(offset)
    evaluator = Evaluator(Words(seen.field, seen.field_names, frozenset()))
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(msgspec.json.encode(evaluator.evaluate(line, clock.now())) + b"\n")
            sys.stdout.buffer.flush()


def _open(settings: Settings) -> sqlite3.Connection:
    path = path_of(settings.database)
    if not path.exists():
        raise InvalidValue(f"There is no database at {path}. Name it with --database sqlite:///FILE.")
    return connect(path)
