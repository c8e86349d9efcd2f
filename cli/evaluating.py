"""`rollcall evaluate`: definitions on standard input, a verdict or an error for each line, in order."""

from __future__ import annotations

import sys
from contextlib import closing

import msgspec

from cli.configuration import existing
from engine.runtime.evaluate import Evaluator
from engine.runtime.registry import Words
from engine.seen import SeenAttributes
from engine.settings import Settings, zone_of
from engine.storage import house as memory
from engine.storage.sqlite import connect
from engine.system import SystemClock


def evaluate(settings: Settings, catalog: bool) -> None:
    """Answer every line, an empty one too, so that the n-th answer is the n-th line's.

    Attributes declared are fields. With `catalog`, those seen in the database are too, and its clock counts."""
    seen, clock = SeenAttributes(declared={one.name: one for one in settings.attributes}), SystemClock()
    if catalog:
        with closing(connect(existing(settings))) as connection:
            seen.by_name = memory.attributes(connection)
            clock.offset = int(memory.recall(connection, "clock_offset") or 0)
    evaluator = Evaluator(Words(seen.field, seen.field_names, frozenset()), zone_of(settings))
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(evaluator.evaluate(line, clock.now())) + b"\n")
        sys.stdout.buffer.flush()
