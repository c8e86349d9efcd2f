"""When it happened: what a client's clock says, corrected, marked, and told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.collector.wire import batch, event, profile
from tests.server import Server

DAY = timedelta(days=1)


def said(ago: timedelta) -> str:
    return (datetime.now(UTC) - ago).isoformat()


def stored(server: Server, sent: dict[str, Any]) -> tuple[timedelta, tuple[str, ...]]:
    """Give how long before its receipt an event is stored, and its marks."""
    with closing(sqlite3.connect(server.database)) as connection:
        row = connection.execute(
            "SELECT received_at - occurred_at, body ->> 'marks' FROM events WHERE message_id = ?", (sent["messageId"],)
        ).fetchone()
    return timedelta(milliseconds=row[0]), tuple(
        word for word in (row[1] or "").strip("[]").replace('"', "").split(",") if word
    )


@pytest.mark.parametrize(
    ("times", "ago", "marks"),
    [
        ({}, timedelta(), ()),
        ({"timestamp": DAY}, DAY, ()),
        ({"originalTimestamp": DAY}, DAY, ()),
        ({"timestamp": None, "originalTimestamp": DAY}, DAY, ()),
        ({"timestamp": DAY, "sentAt": timedelta(seconds=30)}, DAY, ()),
        ({"timestamp": DAY, "sentAt": DAY / 2}, DAY / 2, ("time_corrected",)),
        ({"timestamp": -DAY + timedelta(hours=1), "sentAt": -DAY}, timedelta(hours=1), ("time_corrected",)),
        ({"timestamp": -DAY}, timedelta(), ("time_in_future",)),
        ({"timestamp": DAY, "sentAt": 3 * DAY}, timedelta(), ("time_corrected", "time_in_future")),
        ({"timestamp": "yesterday"}, timedelta(), ("time_unreadable",)),
        ({"timestamp": ""}, timedelta(), ("time_unreadable",)),
        ({"timestamp": 12}, timedelta(), ("time_unreadable",)),
        ({"timestamp": True}, timedelta(), ("time_unreadable",)),
        ({"timestamp": {}}, timedelta(), ("time_unreadable",)),
        ({"timestamp": "1969-12-31T23:59:59Z"}, timedelta(), ("time_unreadable",)),
        ({"timestamp": 10**300}, timedelta(), ("time_unreadable",)),
    ],
)
def test_a_time_is_taken_corrected_or_replaced_and_every_change_is_marked_and_told(
    server: Server, times: dict[str, Any], ago: timedelta, marks: tuple[str, ...]
) -> None:
    sent = event(**{name: said(value) if isinstance(value, timedelta) else value for name, value in times.items()})

    answer = batch(server, sent)

    stored_ago, stored_marks = stored(server, sent)
    assert abs(stored_ago - ago) < timedelta(minutes=5)
    assert stored_marks == marks
    assert answer.warnings == [(0, mark, "timestamp") for mark in marks]


def test_a_batch_says_for_all_its_events_when_it_was_sent(server: Server) -> None:
    sent = event(timestamp=said(DAY))

    answer = batch(server, sent, sentAt=said(DAY / 2))

    assert abs(stored(server, sent)[0] - DAY / 2) < timedelta(minutes=5)
    assert answer.warnings == [(0, "time_corrected", "timestamp")]


def test_a_sending_time_that_cannot_be_read_corrects_nothing_and_says_so(server: Server) -> None:
    sent = event(timestamp=said(DAY), sentAt="soon")

    assert batch(server, sent).warnings == [(0, "sent_at_unreadable", "sentAt")]
    assert abs(stored(server, sent)[0] - DAY) < timedelta(minutes=5)


def test_a_clock_that_is_ahead_by_less_than_a_minute_is_marked_but_not_worth_a_warning(server: Server) -> None:
    sent = event(timestamp=said(timedelta(seconds=-30)))

    assert batch(server, sent).warnings == []
    assert stored(server, sent) == (timedelta(), ("time_in_future",))


def test_milliseconds_since_1970_are_a_time_to_the_millisecond(server: Server) -> None:
    sent = event(timestamp=1_700_000_000_123)

    batch(server, sent)

    (shown,) = profile(server, anonymousId=sent["anonymousId"])["events"]
    assert shown["occurredAt"].startswith("2023-11-14T22:13:20.123")
