"""An export tells everything that is held, as it was sent, and there is no table that it forgets."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from engine.domain.events import Context, Refusal, Trust
from engine.errors import NotFound
from engine.ports import ProfileBy, Submission
from engine.runtime.exporting import AT_ONCE, HELD
from engine.values import format_time
from tests.engine.ada import ADA, BY_ADA, ada_lives, rows
from tests.engine.living import DAY, START, Living, event

IMPERSONAL = {
    *("meta", "keys", "audiences", "audience_versions", "backfills", "leaves", "removals", "imports"),
    *("behind", "columns_mark", "erasures", "tombstones", "sqlite_sequence", "attributes", "events_seen"),
}
"""Tables of the house: rules, names of attributes with counts, and digests; or numbers of profiles alone."""


async def export(living: Living, by: ProfileBy = BY_ADA) -> dict[str, Any]:
    return dict(await living.engine.privacy.export(by))


async def test_what_was_sent_comes_back(living: Living) -> None:
    page = Context(url="https://x.example/a", channel="direct", topics={"coffee": 1.0})
    sent = [
        event("page", START, anonymous_id="d", context=page),
        event(
            "identify",
            START + 1,
            anonymous_id="d",
            email=ADA,
            traits={"plan": "pro", "born": "1815-12-10", "n": [1, "b"]},
        ),
        event("track", START + 2, user_id="u1", email=ADA, name="Order", properties={"total": 3}, trust=Trust.SERVER),
    ]
    for one in sent:
        await living.take(one)

    told = await export(living)

    assert [one["message_id"] for one in told["events"]] == [one.message_id for one in sent]
    assert told["events"][0] | {"occurred_at": 0, "received_at": 0, "context": 0} == {
        **{"id": 1, "part": 1, "names": ["anonymous_id"], "source": "test", "message_id": sent[0].message_id},
        **{"type": "page", "name": "page", "anonymous_id": "d", "occurred_at": 0, "received_at": 0, "context": 0},
    }
    assert told["events"][0]["context"] == {"url": page.url, "channel": "direct", "topics": {"coffee": 1.0}}
    assert told["attributes"]["plan"] == {
        **{"value": "pro", "trust": "claimed", "at": format_time(START + 1)},
        **{"source": "test", "message_id": sent[1].message_id},
    }
    assert (told["attributes"]["born"]["value"], told["attributes"]["n"]["value"]) == (
        "1815-12-10T00:00:00.000+00:00",
        ["1", "b"],
    )
    assert told["observed"]["channels"] == ["direct"]
    assert told["visits"] == [{"start": format_time(START), "end": format_time(START + 2), "events": 2, "pages": 1}]
    assert list(told["affinities"]) == ["coffee"]


async def test_who_it_is_and_how_it_came_together(living: Living) -> None:
    await ada_lives(living)

    told = await export(living)

    assert (told["rollcall_export"], told["profile"]["email"], told["profile"]["known"]) == (1, ADA, True)
    identities = {(one["namespace"], one["value"]): one["trust"] for one in told["identities"]}
    assert identities["user_id", "customer-4711"] == "server"
    assert {one["device"] for one in told["links"]} >= {"ada-phone-0001", "ada-tablet-01"}
    assert [[one["value"] for one in pair] for pair in told["kept_apart"]]
    assert "two different people" in told["conflicts"][0]["reason"]
    assert ADA.upper() in told["refusals"][0]["body"]
    assert told["consents"]["ads"]["value"] is True


async def test_audiences_come_with_their_whole_history(living: Living) -> None:
    await living.identify("d", ADA)
    await living.page("d")
    await living.wait(40 * DAY)

    told = await export(living)

    turns = [(one["transition"], one["cause"]) for one in told["history"] if one["audience"] == "visited_within_day"]
    assert turns == [("ENTERED", "EVENT"), ("EXITED", "TIME")]
    assert "known_users" in {one["slug"] for one in told["audiences"]}


async def test_a_former_id_gives_the_whole_and_an_unknown_one_nothing(living: Living) -> None:
    await living.identify("a", ADA)
    await living.identify("b", "bo@example.com")
    former = (await living.profile("bo@example.com")).id
    await living.engine.identities.merge(BY_ADA, ProfileBy(id=former))

    told = await export(living, ProfileBy(id=former))

    assert (told["profile"]["merged_from"], told["merges"][0]["source"]) == ([former], former)
    with pytest.raises(NotFound):
        await export(living, ProfileBy(identity=("email", "nobody@example.com")))


async def test_long_lives_come_page_by_page_and_complete(living: Living) -> None:
    several = [event("page", START + number // 3, anonymous_id="d") for number in range(2 * AT_ONCE + 3)]
    await living.take(*several)
    await living.take(*[event("page", START, anonymous_id="d", email=ADA) for _ in range(3)])

    pieces = [one async for one in living.engine.privacy.exported(BY_ADA)]
    told = await export(living)

    assert len(told["events"]) == len({one["id"] for one in told["events"]}) == 2 * AT_ONCE + 6
    assert max(map(len, pieces)) < 400 * AT_ONCE


async def test_every_table_is_either_told_or_holds_nobody(living: Living) -> None:
    with closing(sqlite3.connect(living.database)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    assert HELD.keys() | IMPERSONAL == tables
    assert HELD.keys() & IMPERSONAL == set()
    await living.take(event("page", START, anonymous_id="d", email=ADA))
    told = await export(living)
    assert set(HELD.values()) <= told.keys()


async def test_what_stands_in_no_table_that_is_told_names_nobody(living: Living) -> None:
    await ada_lives(living)
    names = ("ada.lovelace", "ada-phone-0001", "customer-4711", "Zaphod")
    sent = Refusal(source="k", received_at=START, code="c", path="p", message="m", body="ada-phone-0001")
    await living.engine.ingest.ingest([Submission((), (sent,))])

    held = {table for table, text in rows(living.database) for name in names if name in text}

    assert held - {"attributes", "events_seen"} <= HELD.keys()  # these hold names of attributes: one here is an address
