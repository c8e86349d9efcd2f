"""Instants, causes and events in words."""

from __future__ import annotations

import pytest

from demo_site.wording import ago, because, happening, span
from engine.domain.audiences import Cause
from engine.domain.events import Context, Event

NOW = 1_763_928_000_000


def event(type: str, name: str, **given: object) -> Event:
    return Event(source="w", message_id="m", type=type, name=name, occurred_at=NOW, received_at=NOW, **given)  # type: ignore[arg-type]


READ = event("page", "page", context=Context(title="Beans, slowly · Saddle & Stove"))
NAMED = event("identify", "identify", email="ada@example.com")
BOUGHT = event("track", "Product Added", properties={"product": "Tin mug"})


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (-5_000, "just now"),
        (1_999, "just now"),
        (2_000, "2 s ago"),
        (59_999, "59 s ago"),
        (60_000, "1 min ago"),
        (3 * 3_600_000, "3 h ago"),
        (86_400_000, "1 day ago"),
        (30 * 86_400_000, "30 days ago"),
    ],
)
def test_an_instant_is_told_in_its_largest_whole_unit(passed: int, words: str) -> None:
    assert ago(NOW - passed, NOW) == words


def test_a_length_below_a_second_is_no_seconds() -> None:
    assert span(400) == "0 s"


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (READ, "Read “Beans, slowly”"),
        (event("page", "page", context=Context(path="/shop")), "Read “/shop”"),
        (NAMED, "Left an e-mail address: ada@example.com"),
        (event("identify", "identify"), "Said something about themselves"),
        (BOUGHT, "Product Added: Tin mug"),
        (event("track", "Song Played"), "Song Played"),
        (event("group", "group"), "Group"),
    ],
)
def test_an_event_is_told_as_something_done(done: Event, words: str) -> None:
    assert happening(done) == words


@pytest.mark.parametrize(
    ("cause", "done", "words"),
    [
        (Cause.TIME, None, "because time passed"),
        (Cause.EVENT, READ, "because you read “Beans, slowly”"),
        (Cause.EVENT, NAMED, "because you left your e-mail address"),
        (Cause.EVENT, BOUGHT, "because of “Product Added”"),
        (Cause.EVENT, None, "because of something you did"),
        (Cause.DEFINITION, None, "because its rules changed"),
        (Cause.MERGE, None, "because this device was joined to a profile"),
        (Cause.UNLINK, None, "because this device was parted from a profile"),
    ],
)
def test_every_cause_has_its_words(cause: Cause, done: Event | None, words: str) -> None:
    assert because(cause, done) == words
