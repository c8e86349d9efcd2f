"""Erasure: nothing of the person is left anywhere, others keep what is theirs, and who comes back is a stranger."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing

import pytest

from engine.domain.events import Refusal
from engine.errors import InvalidValue, NotFound
from engine.ports import Erased, Outcome, ProfileBy, Submission, Window
from engine.runtime.columns import _refreshed, _save
from engine.runtime.erasures import TraceLeft
from engine.storage.aside import Aside
from engine.storage.columns import note
from tests.engine.ada import ADA, BO, BY_ADA, HERS, ada_lives, bo_lives, places
from tests.engine.living import START, Living, event


async def erase(living: Living, by: ProfileBy = BY_ADA) -> Erased:
    return await living.engine.privacy.erase(by)


async def test_nothing_is_left_of_her_in_any_table_or_file(living: Living) -> None:
    await bo_lives(living)
    await ada_lives(living)
    before = {table for table, _ in places(living.database)}

    erased = await erase(living)

    assert {"events", "fragments", "identifiers", "apart", "columns", "refusals", "attributes", "events_seen"} <= before
    assert erased.events == 6
    assert places(living.database) == []
    assert await living.differences() == []


async def test_whoever_told_of_her_keeps_all_the_rest(living: Living) -> None:
    await bo_lives(living)
    await ada_lives(living)

    erased = await erase(living)

    bo = await living.profile(BO)
    (order,) = (await living.engine.profiles.events(bo.id, Window(first=5), ["Order"])).items
    assert erased.changed == 2
    assert order.event.properties == {
        "referred_by": "[erased]",
        "note": "ask <[erased]>.",
        "seller": "[erased]",
        "plan": "pro",
    }
    assert order.event.context.url == "https://x.example/?to=[erased]&x=1"
    assert (bo.attributes["friend"], bo.attributes["nickname"]) == ("[erased]", "Bo")


async def test_rules_follow_what_is_replaced(living: Living) -> None:
    await ada_lives(living)
    await living.take(event("track", living.at, name="Order", anonymous_id="bo-phone", properties={"referred_by": ADA}))
    await living.identify("bo-phone", BO, traits={"friend": ADA})
    await living.make("friends", f'friend = "{ADA}"')
    await living.make("asked", f'DID "Order" WHERE referred_by = "{ADA}"')
    await living.walk()
    assert {"friends", "asked"} <= await living.slugs(BO)

    erased = await erase(living)

    assert not {"friends", "asked"} & await living.slugs(BO)
    assert erased.named_in == ["asked", "friends"]
    assert await living.differences() == []


async def test_counts_sizes_and_the_catalog_know_her_no_more(living: Living) -> None:
    await ada_lives(living)
    await living.make("pros", 'plan = "pro"')
    await living.walk()
    sizes = {one.slug: one.size for one in living.engine.audiences.all()}
    assert living.engine.catalog.attribute("ship") is not None

    await erase(living)

    assert sizes["pros"] == 1
    assert {one.slug: one.size for one in living.engine.audiences.all()}["pros"] == 0
    assert living.engine.catalog.attribute("ship") is None
    assert "Boarded Heart of Gold" not in {one.name for one in living.engine.catalog.events()}
    assert await living.engine.profiles.count() == 1


async def test_no_id_leads_to_her_any_more(living: Living) -> None:
    await ada_lives(living)
    ada = await living.profile(ADA)
    events = [one.id for one in (await living.engine.profiles.events(ada.id, Window(first=10))).items]

    await erase(living)

    assert await living.engine.profiles.find(ProfileBy(id=ada.id)) is None
    assert [await living.engine.profiles.event(id) for id in events] == [None] * len(events)
    assert (await living.engine.profiles.history(ada.id, Window(first=10))).items == []
    with pytest.raises(NotFound):
        await erase(living, ProfileBy(id=ada.id))


async def test_a_merged_profile_is_erased_with_all_that_was_merged(living: Living) -> None:
    await living.identify("ada-phone-0001", ADA)
    await living.identify("ada-tablet-01", "countess@example.com")
    former = (await living.profile("countess@example.com")).id
    await living.engine.identities.merge(BY_ADA, ProfileBy(id=former))

    await erase(living, ProfileBy(id=former))

    assert places(living.database, [*HERS, "countess"]) == []
    assert (await living.identify("ada-tablet-01", "countess@example.com")).duplicate == 1
    assert await living.differences() == []


async def test_a_device_that_others_use_stays_theirs(living: Living) -> None:
    await living.identify("family-computer", BO, traits={"plan": "free"})
    living.at += 1
    await living.identify("family-computer", ADA, traits={"plan": "pro"})

    await erase(living)
    living.at += 1
    taken = await living.page("family-computer")

    bo = await living.profile(BO)
    assert (taken.accepted, (await living.profile("family-computer")).id) == (1, bo.id)
    assert (bo.attributes["plan"], bo.attributes["page_view_count"]) == ("free", 1)
    assert await living.differences() == []


async def test_what_comes_late_does_not_bring_her_back(living: Living) -> None:
    await ada_lives(living)
    await erase(living)
    profiles = await living.engine.profiles.count()

    late = [
        event("page", living.at, anonymous_id="ada-tablet-01"),
        event("identify", START, email=ADA, anonymous_id="a-new-device"),
        event("track", START, name="Order", user_id="customer-4711"),
    ]
    outcome = await living.take(*late)

    assert (outcome.accepted, outcome.duplicate) == (0, 3)
    assert await living.engine.profiles.count() == profiles
    assert places(living.database, [*HERS, "a-new-device"]) == []


async def test_what_is_refused_late_is_not_kept_either(living: Living) -> None:
    await ada_lives(living)
    await erase(living)
    bodies = [f'{{"email": "{ADA.upper()}"', '{"userId": "customer-4711"}', '{"userId": "somebody"}']
    said = [Refusal(source="k", received_at=living.at, code="c", path="p", message="m", body=one) for one in bodies]

    await living.engine.ingest.ingest([Submission((), said)])

    assert [one.body for one in await living.engine.refusals.recent()] == ['{"userId": "somebody"}']


async def test_who_comes_back_is_a_stranger_and_can_be_erased_again(living: Living) -> None:
    await ada_lives(living)
    old = await living.profile(ADA)
    await erase(living)
    living.at += 1
    await living.identify("ada-tablet-01", ADA, traits={"plan": "free"})

    new = await living.profile(ADA)
    assert new.id > old.id
    assert (new.attributes["plan"], "nickname" in new.attributes, new.scores) == ("free", False, {})
    assert (await erase(living)).events == 1
    assert (await living.identify(None, ADA)).duplicate == 1
    assert places(living.database) == []


async def test_tombstones_outlive_a_restart_and_a_rebuild(living: Living) -> None:
    await ada_lives(living)
    await erase(living)

    await living.restart()

    assert (await living.identify("x", ADA)).duplicate == 1
    assert (await living.page("somebody-else")).accepted == 1


@pytest.mark.parametrize(("content", "says"), [(None, "is missing"), ("00" * 32, "is not that of this database")])
async def test_without_its_key_file_the_house_does_not_open(living: Living, content: str | None, says: str) -> None:
    await living.identify("d", ADA)
    await erase(living)
    key = living.database.with_name(f"{living.database.name}.key")
    key.unlink()
    if content is not None:
        key.write_text(content)

    with pytest.raises(InvalidValue, match=says):
        await living.restart()


async def test_a_house_where_nobody_was_erased_needs_no_key_file(living: Living) -> None:
    await living.page("d")

    assert list(living.database.parent.glob("*.key")) == []


async def test_of_two_who_erase_at_once_one_does(living: Living) -> None:
    await ada_lives(living)

    done = await asyncio.gather(erase(living), erase(living), return_exceptions=True)

    assert {type(one) for one in done} == {Erased, NotFound}
    assert places(living.database) == []


async def test_an_order_that_was_put_down_is_carried_out_by_the_next_start(living: Living) -> None:
    await ada_lives(living)
    ada = await living.profile(ADA)
    insert = "INSERT INTO erasures (profile_id, requested_at) VALUES (?, ?)"
    await living.house.write(lambda connection: connection.execute(insert, (ada.id, living.at)).lastrowid)

    await living.restart()

    assert places(living.database) == []
    assert await living.parts.erasures.run_once() == 0


async def test_a_reader_in_the_way_is_told_and_the_trace_goes_when_he_is_gone(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runtime.erasures.PATIENCE", 0.2)
    await ada_lives(living)
    with closing(sqlite3.connect(living.database)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        with pytest.raises(TraceLeft, match="write-ahead log"):
            await erase(living)
        assert await living.engine.profiles.find(BY_ADA) is None

    assert await living.parts.erasures.run_once() == 1
    assert places(living.database) == []


async def test_under_load_only_what_has_come_since_is_searched_again(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runtime.erasures.MOST_UNSEARCHED", 0)
    await ada_lives(living)
    loop, search, stretches = asyncio.get_running_loop(), Aside.search, list[tuple[int, int]]()

    def searched(aside: Aside, table: str, needles: Sequence[str], after: int, until: int) -> list[int]:
        if table == "events":
            stretches.append((after, until))
            if len(stretches) < 4:
                asyncio.run_coroutine_threadsafe(living.page("bo-phone", properties={"of": ADA}), loop).result(30)
        return search(aside, table, needles, after, until)

    monkeypatch.setattr(Aside, "search", searched)
    erased = await erase(living)

    begun, ended = zip(*stretches, strict=True)
    assert (begun[1:], erased.changed) == (ended[:-1], 3)
    assert places(living.database) == []


async def test_events_that_come_while_she_is_erased_go_too(living: Living) -> None:
    await living.identify("ada-phone-0001", ADA)
    late = [event("identify", living.at, anonymous_id=f"her-{number}", email=ADA) for number in range(40)]

    done = await asyncio.gather(*map(living.take, late[:20]), erase(living), *map(living.take, late[20:]))

    assert sum(one.accepted + one.duplicate for one in done if isinstance(one, Outcome)) == 40
    assert places(living.database, [*HERS, "her-"]) == []
    assert await living.differences() == []


async def test_columns_worked_out_before_are_not_written_after(living: Living) -> None:
    await ada_lives(living)
    await living.identify("bo-phone", BO)
    await living.house.write(lambda connection: note(connection, 1_000))
    refreshed = await living.house.read(lambda connection: _refreshed(connection, True))
    assert refreshed is not None
    await erase(living)

    await living.house.write(lambda connection: _save(connection, refreshed))

    assert places(living.database) == []


async def test_columns_of_a_former_profile_go_though_nobody_had_noted_yet_that_it_was_joined(living: Living) -> None:
    await living.identify("hers", ADA)
    await living.page("hers_too")
    while await living.parts.columns.run_once():
        pass
    await living.identify("hers_too", ADA)
    await erase(living)
    assert places(living.database, ["hers_too"]) == []
    assert await living.differences() == []
