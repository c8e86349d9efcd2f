"""Links are made by servers and taken back exactly: each side is then what it would have been alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.domain.events import Trust
from engine.domain.identity import APART, MOST, TOO_MANY_DEVICES, UNPROVEN
from engine.errors import InvalidValue, NotFound
from engine.ports import ProfileBy, Submission
from engine.runtime.columns import _refreshed, _save
from engine.storage import columns
from tests.engine.living import DAY, HOUR, START, Living, event

ADA, BO, CY = "ada@example.com", "bo@example.com", "cy@example.com"
RULES = 'DID "Order" AT LEAST 2 TIMES IN LAST "30d"'


def by(value: str, namespace: str = "email") -> ProfileBy:
    return ProfileBy(identity=(namespace, value))


async def seen(living: Living, value: str, namespace: str = "email") -> Any:
    """What is told of a profile, but for its id and the instants of its memberships."""
    found = await living.engine.profiles.find(by(value, namespace))
    if found is None:
        return None
    slugs = {one.audience.slug for one in found.audiences}
    return (found.email, found.first_seen_at, found.last_seen_at, found.attributes, found.scores, slugs)


async def lives(living: Living, *devices: str) -> None:
    """Let each device browse, name its person and order once; Ada's also come from a server's record."""
    for device in devices:
        await living.page(device)
        await living.wait(HOUR)
        email = {"a": ADA, "b": BO, "c": CY}[device[0]]
        await living.identify(device, email, traits={f"said_by_{device}": device})
        await living.take(event("track", living.at, anonymous_id=device, name="Order"))
        await living.wait(DAY)


async def test_a_merge_joins_two_known_people_and_both_names_lead_to_one(living: Living) -> None:
    await living.make("two_orders", RULES)
    await lives(living, "a1", "b1")
    ada, bo = await living.profile(ADA), await living.profile(BO)
    id = await living.engine.identities.merge(by(ADA), by(BO))
    merged = await living.profile(BO)
    assert (id, merged.id, merged.merged_from) == (ada.id, ada.id, (bo.id,))
    assert {one.value for one in merged.identities} == {ADA, BO, "a1", "b1"}
    assert merged.attributes["visit_count"] == ada.attributes["visit_count"] + bo.attributes["visit_count"]
    assert ("two_orders", "ENTERED", "MERGE", living.at) in await living.told(ADA)
    assert (await living.engine.profiles.find(ProfileBy(id=bo.id))).id == ada.id  # type: ignore[union-attr]
    assert await living.differences() == []


@pytest.mark.parametrize("taken_back", [("email", ADA), ("email", BO), ("user_id", "u1")])
async def test_a_merge_taken_back_leaves_both_as_if_it_had_never_been(
    living: Living, other_living: Living, taken_back: tuple[str, str]
) -> None:
    for one in (living, other_living):
        await one.make("two_orders", RULES)
        await lives(one, "a1", "b1")
        await one.identify(None, BO, user_id="u1", trust=Trust.SERVER)
    await living.engine.identities.merge(by(ADA), by(BO))
    for one in (living, other_living):
        await lives(one, "a1", "b1", "b2")
    profiles = await living.engine.identities.unlink(taken_back)
    assert len(profiles) == 2
    for email in (ADA, BO):
        assert await seen(living, email) == await seen(other_living, email)
    assert await living.differences() == []
    for one in (living, other_living):
        await lives(one, "b1", "a1")
    assert [await seen(living, email) for email in (ADA, BO)] == [await seen(other_living, e) for e in (ADA, BO)]


async def test_what_a_merge_and_its_end_did_is_in_the_history_with_its_cause(living: Living) -> None:
    await living.make("two_orders", RULES)
    await lives(living, "a1", "b1")
    await living.engine.identities.merge(by(ADA), by(BO))
    await living.wait(HOUR)
    await living.engine.identities.unlink(("email", BO))
    assert ("two_orders", "EXITED", "UNLINK", living.at) in await living.told(ADA)
    told = await living.told(BO)
    assert ("known_users", "EXITED", "MERGE", living.at - HOUR) in told
    assert ("known_users", "ENTERED", "UNLINK", living.at) in told
    assert living.audience("known_users").size == 2


async def test_chained_merges_come_apart_link_by_link(living: Living) -> None:
    await lives(living, "a1", "b1", "c1")
    before = {email: await seen(living, email) for email in (ADA, BO, CY)}
    await living.engine.identities.merge(by(BO), by(CY))
    await living.engine.identities.merge(by(ADA), by(BO))
    assert (await living.profile(CY)).id == (await living.profile(ADA)).id
    await living.engine.identities.unlink(("email", BO))
    assert (await living.profile(CY)).id == (await living.profile(BO)).id
    await living.engine.identities.unlink(("email", CY))
    assert {email: (await seen(living, email))[3] for email in before} == {e: b[3] for e, b in before.items()}
    assert await living.differences() == []


async def test_merging_again_changes_nothing(living: Living) -> None:
    await lives(living, "a1", "b1")
    first = await living.engine.identities.merge(by(ADA), by(BO))
    told = await living.told(ADA)
    assert await living.engine.identities.merge(by(BO), by(ADA)) == first
    assert await living.told(ADA) == told


async def test_an_anonymous_profile_gives_way_to_a_known_one(living: Living) -> None:
    await lives(living, "a1")
    await living.page("alone")
    id = await living.engine.identities.merge(by("alone", "anonymous_id"), by(ADA))
    assert id == (await living.profile(ADA)).id
    assert (await living.me("alone")).id == id
    assert await living.differences() == []
    await living.engine.identities.unlink(("anonymous_id", "alone"))
    assert not (await living.profile("alone")).known
    assert await living.differences() == []


async def test_a_device_unlinked_has_what_it_would_have_had_alone(living: Living) -> None:
    await living.make("two_orders", RULES)
    await lives(living, "a1", "a2")
    kept, freed = await living.engine.identities.unlink(("anonymous_id", "a2"))
    ada, alone = await living.profile(ADA), await living.profile("a2")
    assert (ada.id, alone.id) == (kept, freed)
    assert {one.value for one in ada.identities} == {ADA, "a1"}
    assert {one.value for one in alone.identities} == {"a2"}
    assert "said_by_a2" not in ada.attributes
    assert ("two_orders", "EXITED", "UNLINK", living.at) in await living.told(ADA)
    assert {"anonymous_users", "all"} <= {one.audience.slug for one in (await living.me("a2")).audiences}
    assert not (await living.me("a2")).known
    assert (living.audience("known_users").size, living.audience("anonymous_users").size) == (1, 1)
    assert await living.differences() == []


async def test_no_claim_joins_again_what_was_taken_apart_and_proof_does(living: Living) -> None:
    await lives(living, "a1", "a2")
    await living.engine.identities.unlink(("anonymous_id", "a2"))
    outcome = await living.identify("a2", ADA)
    assert outcome.conflicts == {0: APART}
    assert (await living.profile("a2")).id != (await living.profile(ADA)).id
    assert (await living.me("a2")).known, "what a device says of itself it is told, whoever holds that here"
    assert await living.differences() == []
    await living.identify("a2", ADA, trust=Trust.SERVER)
    assert (await living.profile("a2")).id == (await living.profile(ADA)).id
    assert await living.differences() == []
    assert (await living.identify("a2", ADA)).conflicts == {}


async def test_a_device_that_is_all_there_is_keeps_the_profile_without_the_name(living: Living) -> None:
    await lives(living, "a1")
    id = (await living.profile(ADA)).id
    assert await living.engine.identities.unlink(("anonymous_id", "a1")) == [id]
    assert await living.engine.profiles.find(by(ADA)) is None
    assert not (await living.profile("a1")).known
    assert (await living.identify("a1", ADA)).conflicts == {0: APART}
    await living.identify("another", ADA)
    assert (await living.profile(ADA)).id != id
    assert await living.differences() == []


async def test_a_name_leaves_with_what_it_alone_holds(living: Living) -> None:
    await living.identify("a1", ADA, user_id="u1")
    await living.identify("a2", BO, user_id="u1")
    await living.identify("b1", BO)
    kept, freed = await living.engine.identities.unlink(("email", BO))
    assert {one.value for one in (await living.profile(ADA)).identities} == {ADA, "u1", "a1", "a2"}
    assert {one.value for one in (await living.profile(BO)).identities} == {BO, "b1"}
    assert ((await living.profile(ADA)).id, (await living.profile(BO)).id) == (kept, freed)
    assert await living.differences() == []
    assert (await living.identify("a1", BO, user_id="u1")).conflicts != {}
    assert await living.differences() == []


async def test_the_only_name_lets_each_device_go_its_own_way(living: Living) -> None:
    await lives(living, "a1", "a2")
    await living.identify(None, ADA, trust=Trust.SERVER)
    profiles = await living.engine.identities.unlink(("email", ADA))
    assert len(profiles) == 3
    assert {one.value for one in (await living.profile(ADA)).identities} == {ADA}
    assert len({(await living.profile(who)).id for who in ("a1", "a2")}) == 2
    assert await living.differences() == []


@pytest.mark.parametrize("identity", [("email", "nobody@example.com"), ("anonymous_id", "never"), ("odd", "x")])
async def test_what_names_nobody_cannot_be_unlinked(living: Living, identity: tuple[str, str]) -> None:
    with pytest.raises(NotFound):
        await living.engine.identities.unlink(identity)


async def test_a_device_linked_to_nobody_cannot_be_unlinked(living: Living) -> None:
    await living.page("alone")
    with pytest.raises(InvalidValue, match="linked to nobody"):
        await living.engine.identities.unlink(("anonymous_id", "alone"))


async def test_the_longest_unused_claim_gives_way_to_one_device_more(living: Living) -> None:
    for number in range(MOST["anonymous_id"]):
        await living.identify(f"d{number}", ADA)
        await living.wait(HOUR)
    await living.page("d0")
    outcome = await living.identify("one more", ADA)
    ada, gone = await living.profile(ADA), await living.profile("d1")
    devices = {one.value for one in ada.identities if one.namespace == "anonymous_id"}
    assert outcome.conflicts == {}
    assert (len(devices), {"d0", "one more"} - devices, "d1" in devices) == (50, set(), False)
    assert (gone.known, gone.attributes["event_count"]) == (False, 0)
    assert await living.differences() == []


async def test_many_claims_at_once_leave_fifty(living: Living) -> None:
    events = [event("identify", living.at, anonymous_id=f"d{number}", email=ADA) for number in range(300)]
    await living.engine.ingest.ingest([Submission(events)])
    ada = await living.profile(ADA)
    assert len([one for one in ada.identities if one.namespace == "anonymous_id"]) == 50
    assert (living.audience("all").size, living.audience("known_users").size) == (251, 1)
    assert await living.differences() == []


async def test_no_claim_pushes_out_what_is_proven(living: Living) -> None:
    for number in range(MOST["anonymous_id"]):
        await living.identify(f"d{number}", ADA, trust=Trust.SERVER)
    outcome = await living.identify("one too many", ADA)
    assert outcome.conflicts == {0: TOO_MANY_DEVICES}
    assert not (await living.profile("one too many")).known
    assert await living.differences() == []


async def test_a_device_that_showed_its_secret_is_named_by_nobody_without_it(living: Living) -> None:
    await living.engine.ingest.ingest([Submission([event("page", living.at, anonymous_id="d")], visitor="d")])
    outcome = await living.identify("d", ADA)
    assert outcome.conflicts == {0: UNPROVEN}
    assert not (await living.profile("d")).known
    assert not (await living.me("d")).known
    assert await living.engine.profiles.find(by(ADA)) is None
    own = event("identify", living.at, anonymous_id="d", email=ADA)
    await living.engine.ingest.ingest([Submission([own], visitor="d")])
    assert (await living.profile(ADA)).id == (await living.profile("d")).id
    assert await living.differences() == []


async def test_a_name_held_by_claim_yields_to_who_proves_it(living: Living) -> None:
    await living.identify("thief", user_id="u1", trust=Trust.SERVER)
    await living.identify("thief", ADA)
    assert (await living.profile(ADA)).id == (await living.profile("u1", "user_id")).id
    await living.identify("owner", ADA, trust=Trust.VERIFIED)
    await living.page("owner")
    assert {one.value for one in (await living.profile(ADA)).identities} == {ADA, "owner"}
    assert {one.value for one in (await living.profile("u1", "user_id")).identities} == {"u1", "thief"}
    assert await living.differences() == []


async def test_two_servers_that_merge_the_same_pair_at_once_merge_it_once(living: Living) -> None:
    await lives(living, "a1", "b1")
    identities = living.engine.identities
    ids = await asyncio.gather(*(identities.merge(*pair) for pair in ((by(ADA), by(BO)), (by(BO), by(ADA)))))
    assert len(set(ids)) == 1
    assert len((await living.profile(ADA)).merged_from) == 1
    assert living.audience("known_users").size == 1
    assert await living.differences() == []


async def test_late_events_of_a_merged_person_are_theirs_in_both_lives(living: Living) -> None:
    await lives(living, "a1", "b1")
    await living.engine.identities.merge(by(ADA), by(BO))
    await living.take(event("page", START, anonymous_id="b1", received_at=living.at))
    assert (await living.profile(ADA)).attributes["page_view_count"] == 3
    await living.engine.identities.unlink(("email", BO))
    counts = [(await living.profile(one)).attributes["page_view_count"] for one in (ADA, BO)]
    assert counts == [1, 2]
    assert await living.differences() == []


async def test_an_unlink_while_rules_are_being_built_is_right(living: Living) -> None:
    await lives(living, "a1", "a2", "b1")
    await living.engine.identities.merge(by(ADA), by(BO))
    await living.make("orders", 'DID "Order" AT LEAST 3 TIMES')
    await living.engine.identities.unlink(("email", BO))
    await living.walk()
    assert living.audience("orders").size == 0
    assert await living.differences() == []


async def test_merges_and_unlinks_survive_a_restart(living: Living) -> None:
    await lives(living, "a1", "b1")
    await living.engine.identities.merge(by(ADA), by(BO))
    await living.restart()
    await living.engine.identities.unlink(("email", BO))
    await living.restart()
    assert (await living.profile(ADA)).id != (await living.profile(BO)).id
    await living.engine.identities.unlink(("anonymous_id", "b1"))
    await living.restart()
    assert (await living.identify("b1", BO)).conflicts == {0: APART}
    assert await living.differences() == []


async def test_columns_worked_out_before_a_merge_are_not_written_after_it(living: Living) -> None:
    await lives(living, "a1", "b1")
    await living.house.write(lambda connection: columns.note(connection, 100))
    refreshed = await living.house.read(lambda connection: _refreshed(connection, True))
    assert refreshed is not None
    await living.engine.identities.merge(by(ADA), by(BO))
    await living.house.write(lambda connection: _save(connection, refreshed))
    assert await living.differences() == []
