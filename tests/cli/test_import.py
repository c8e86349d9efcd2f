"""`rollcall import`: everything goes in once, whatever interrupts it; bad lines are told by number."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Folder


def event(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Bought", "userId": f"user-{number}", "timestamp": "2026-01-02T03:04:05Z", **more}


def stored(folder: Folder) -> list[str]:
    with closing(sqlite3.connect(folder.database)) as connection:
        rows = connection.execute("SELECT body ->> 'user_id' FROM events ORDER BY id")
        return [user for (user,) in rows]


def test_a_file_goes_in_with_the_trust_of_a_server(folder: Folder) -> None:
    file = folder.write("events.jsonl", [event(1), event(2, type="identify", traits={"email": "ada@example.com"})])

    ran = folder.run("import", str(file))

    assert (ran.code, ran.out) == (0, "")
    assert "2 events imported, 0 were in already, 0 lines refused." in ran.said
    assert "2/2" in ran.err
    with closing(sqlite3.connect(folder.database)) as connection:
        assert connection.execute("SELECT DISTINCT source, body ->> 'trust' FROM events").fetchall() == [("import", 2)]
    assert "Live equals recomputed." in folder.done("rebuild", "--check")


def test_events_of_bots_are_left_out_and_counted(folder: Folder) -> None:
    file = folder.write("events.jsonl", [event(1), event(2, context={"automated": True})])

    ran = folder.run("import", str(file))

    assert (ran.code, stored(folder)) == (0, ["user-1"])
    assert "1 events of crawlers and automated browsers left out: the setting `bots`." in ran.said


def test_bad_lines_are_told_by_number_and_the_others_go_in(folder: Folder) -> None:
    lines = [
        event(1),
        b"",
        b"{half",
        event(2, type="purchase"),
        b'{"type": "page", "userId": "\xff"}',
        b"[" * 10_000,
        b'{"type": "page", "userId": "x", "properties": {"n": NaN}}',
        b"[]",
        {"type": "page", "userId": "null"},
        event(3),
    ]

    ran = folder.run("import", str(folder.write("events.jsonl", lines)))

    told = [int(line.split(":")[0].removeprefix("line ")) for line in ran.err.splitlines() if line.startswith("line ")]
    assert sorted(told) == [3, 4, 5, 6, 7, 8, 9]
    assert "line 4: type: The type is one of page, track" in ran.err
    assert (ran.code, stored(folder)) == (1, ["user-1", "user-3"])
    assert "2 events imported, 0 were in already, 7 lines refused." in ran.said


def test_what_was_taken_with_a_change_is_counted_with_its_first_line(folder: Folder) -> None:
    lines = [
        event(1),
        *(event(number, traits={"email": "no address"}) for number in range(2, 5)),
        event(9, timestamp="x"),
    ]

    ran = folder.run("import", str(folder.write("events.jsonl", lines)))

    assert ran.code == 0
    assert "3 × invalid_email, first in line 2: taken, but changed" in ran.said
    assert "1 × time_unreadable, first in line 5: taken, but changed" in ran.said


def test_words_of_the_file_are_never_read_as_markup(folder: Folder) -> None:
    ran = folder.run("import", str(folder.write("events.jsonl", [{"type": "[/red]"}, b"[bold]"])))

    assert (ran.code, "Traceback" in ran.err) == (1, False)


def test_a_file_imported_twice_counts_once(folder: Folder) -> None:
    file = folder.write("events.jsonl", [event(1), event(1), event(2, messageId="m")])
    folder.done("import", str(file))

    ran = folder.run("import", str(file))

    assert "3 lines are in already" in ran.said
    assert len(stored(folder)) == 3


def test_a_file_with_lines_added_brings_only_those(folder: Folder) -> None:
    first = [event(number) for number in range(5)]
    folder.done("import", str(folder.write("events.jsonl", first)))

    ran = folder.run("import", str(folder.write("events.jsonl", [*first, event(7), event(8)])))

    assert "2 events imported, 5 were in already, 0 lines refused." in ran.said
    assert len(stored(folder)) == 7


def test_two_files_that_begin_alike_and_are_of_one_size_both_go_in(folder: Folder) -> None:
    padding = [event(number, properties={"text": "x" * 30_000}) for number in range(40)]

    folder.done("import", str(folder.write("one.jsonl", [*padding, event(100)])))
    folder.done("import", str(folder.write("two.jsonl", [*padding, event(200)])))

    assert {"user-100", "user-200"} <= set(stored(folder))


def test_killed_at_any_moment_it_goes_on_and_doubles_nothing(folder: Folder) -> None:
    file = folder.write("events.jsonl", [event(number) for number in range(12_000)])

    kills = 0
    for pause in (0.05, 0.15, 0.3, 0.4):
        kills += killed_after_first_lines(folder, file, pause)
    ran = folder.run("import", str(file))

    assert kills > 0
    assert ran.code == 0
    assert stored(folder) == [f"user-{number}" for number in range(12_000)]
    assert "Live equals recomputed." in folder.done("rebuild", "--check")


def test_killed_between_the_events_and_the_note_of_them_it_doubles_nothing(folder: Folder) -> None:
    file = folder.write("events.jsonl", [event(1), event(1), event(2, messageId="m")])
    folder.done("import", str(file))
    with closing(sqlite3.connect(folder.database)) as connection, connection:
        connection.execute("DELETE FROM imports")

    ran = folder.run("import", str(file))

    assert "0 events imported, 3 were in already" in ran.said
    assert len(stored(folder)) == 3


def killed_after_first_lines(folder: Folder, file: Path, pause: float) -> bool:
    """Import, and kill it so long after the database has grown; tells whether it was still at work."""
    before = noted(folder)
    with folder.started("import", str(file)) as process:
        while process.poll() is None and noted(folder) == before:
            time.sleep(0.01)
        time.sleep(pause)
        return process.poll() is None


def noted(folder: Folder) -> int:
    """Tell how many events are stored, 0 before there are tables."""
    try:
        with closing(sqlite3.connect(f"file:{folder.database}?mode=ro", uri=True)) as connection:
            count: int = connection.execute("SELECT count(*) FROM events").fetchone()[0]
            return count
    except sqlite3.OperationalError:
        return 0


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_a_file_with_nothing_in_it_is_fine(folder: Folder, content: bytes) -> None:
    file = folder.path / "empty.jsonl"
    file.write_bytes(content)

    assert "0 events imported" in folder.run("import", str(file)).said


def test_the_last_line_needs_no_end(folder: Folder) -> None:
    file = folder.path / "events.jsonl"
    file.write_text(json.dumps(event(1)) + "\r\n" + json.dumps(event(2)))

    folder.done("import", str(file))

    assert stored(folder) == ["user-1", "user-2"]
