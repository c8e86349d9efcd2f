"""`rollcall evaluate`: an answer for every line, in order, whatever the lines are."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.running import Folder


def answers(folder: Folder, lines: list[Any], *words: str) -> list[Any]:
    """Ask all of the lines at once."""
    text = b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)
    return [json.loads(line) for line in folder.done("evaluate", *words, given=text).splitlines()]


def test_lines_are_answered_in_order_and_a_malformed_one_does_not_hold_up_the_rest(folder: Folder) -> None:
    deep = b'{"definition": "*", "profile": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"

    found = answers(
        folder,
        [
            {"definition": "visits > 3", "profile": {"visits": 4}},
            b"not JSON",
            {"definition": "visits > 3", "profile": {"visits": 3}},
            b"",
            {"definition": "visits >", "profile": {"visits": 3}},
            b'{"definition": "*", "profile": {"x": "\xff"}}',
            deep,
            {"profile": {}},
            {"definition": "*", "profile": {}},
        ],
    )

    assert [one.get("result", "error") for one in found] == [True, "error", False, *["error"] * 5, True]


def test_an_error_says_what_and_where(folder: Folder) -> None:
    (found,) = answers(folder, [{"definition": "visits > 3 AND\nvisist < 5", "profile": {"visits": 4}}])

    assert (found["error"]["code"], found["error"]["line"], found["error"]["column"]) == ("unknown_field", 2, 1)
    assert "visits" in found["error"]["message"]


def test_a_line_may_bring_its_fields_its_time_its_audiences_and_its_events(folder: Folder) -> None:
    asked = {
        "definition": 'AND (born < "now-18y", INCLUDE buyers, DID "Order" AT LEAST 2 TIMES IN LAST "30d")',
        "profile": {"born": "2000-01-01", "plan": "gold"},
        "fields": {"born": "time"},
        "now": "2026-03-01T00:00:00Z",
        "includes": {"buyers": 'plan = "gold"'},
        "events": [{"name": "Order", "time": f"2026-02-{day:02}", "properties": {}} for day in (10, 20)],
    }

    assert answers(folder, [asked, {**asked, "now": "2026-03-15T00:00:00Z"}]) == [{"result": True}, {"result": False}]


def test_with_a_database_its_attributes_are_known(folder: Folder) -> None:
    line = {"type": "identify", "userId": "u", "traits": {"plan": "gold"}}
    folder.done("import", str(folder.write("events.jsonl", [line])))
    asked = {"definition": 'plan = "gold"', "profile": {}}

    assert answers(folder, [asked])[0]["error"]["code"] == "unknown_field"
    assert answers(folder, [asked], "--database", "sqlite:///rollcall.db") == [{"result": False}]


def test_a_reader_that_goes_away_is_no_error(folder: Folder) -> None:
    line = b'{"definition": "*", "profile": {}}\n'

    with folder.started("evaluate") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(line)
        process.stdin.flush()
        first = process.stdout.readline()
        process.stdout.close()
        process.stdin.write(line * 10)
        process.stdin.close()
        complaints = process.stderr.read()
        code = process.wait(30)

    assert (first, complaints, code) == (b'{"result":true}\n', b"", 141)
