"""Who is it? Anonymous history comes along, people on one device stay apart, a claim opens nothing of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as replaced

from engine.domain.contact import identifier, normalise_email
from engine.domain.events import Trust
from engine.domain.identity import (
    LENT,
    TOO_MANY_DEVICES,
    TOO_MANY_NAMES,
    TWO_PEOPLE,
    Device,
    Follow,
    Identifier,
    Join,
    Known,
    Leave,
    Stay,
    Unproven,
    Yield,
    resolve,
)
from engine.ports import ProfileBy, Submission
from tests.engine.living import DAY, HOUR, START, Living, event

ADA, BO = "ada@example.com", "bo@example.com"
E_ADA, E_BO, U_1, U_2 = ("email", ADA), ("email", BO), ("user_id", "u1"), ("user_id", "u2")


def known(device: int | None = None, people: tuple[Identifier, ...] = (), **owners: tuple[Identifier, ...]) -> Known:
    """Say what is known: the device's home with its people, and who owns what (`p7=…`)."""
    by_home = {int(name[1:]): held for name, held in owners.items()}
    if device is not None:
        by_home[device] = people
    held = {home: dict.fromkeys(names, Trust.CLAIMED) for home, names in by_home.items()}
    owned = {one: home for home, names in by_home.items() for one in names}
    here = None if device is None else Device(10, device, device, run=10, names=frozenset(people))
    return Known(here, owned, held, been_in={} if device is None else {device: 10})


def says(*who: Identifier, device: str | None = "d") -> Any:
    return event("identify", START, anonymous_id=device, **dict(who))


FIVE = tuple(("email", f"{number}@example.com") for number in range(5))


@pytest.mark.parametrize(
    ("said", "before", "decision"),
    [
        (says(), known(), Stay()),
        (says(), known(1, (E_ADA,)), Stay()),
        (says(E_ADA), known(), Follow(None, (E_ADA,))),
        (says(E_ADA), known(1), Stay((E_ADA,))),
        (says(E_ADA), known(1, p2=(E_ADA,)), Join(2)),
        (says(E_ADA), known(p2=(E_ADA,)), Follow(2)),
        (says(E_ADA), known(1, (E_ADA,)), Stay()),
        (says(E_BO), known(1, (E_ADA,)), Follow(None, (E_BO,))),
        (says(E_BO), known(1, (E_ADA,), p2=(E_BO,)), Follow(2)),
        (says(U_1), known(1, (E_ADA,)), Stay((U_1,))),
        (says(U_1, E_BO), known(1, (E_ADA, U_1)), Stay((E_BO,))),
        (says(U_2), known(1, (E_ADA, U_1)), Follow(None, (U_2,))),
        (says(E_ADA, U_1), known(1), Stay((U_1, E_ADA))),
        (says(E_ADA, U_1), known(1, p2=(E_ADA,)), Join(2, (U_1,))),
        (says(E_ADA, device=None), known(), Follow(None, (E_ADA,))),
        (says(E_ADA, U_1, device=None), known(p2=(E_ADA,)), Follow(2, (U_1,))),
        (says(E_ADA, U_1), known(1, (E_ADA,), p2=(U_1,)), Stay((), TWO_PEOPLE)),
        (says(E_ADA, U_2), known(1, (E_ADA, U_1)), Stay((), TOO_MANY_NAMES)),
        (says(E_ADA, U_1), known(1, (U_1, *FIVE)), Stay((), TOO_MANY_NAMES)),
        (
            says(E_ADA, U_1, device=None),
            known(p2=(U_1, *FIVE)),
            Follow(2, (), TOO_MANY_NAMES),
        ),
        (says(E_ADA, U_1), known(1, p2=(U_1, *FIVE)), Join(2, (), TOO_MANY_NAMES)),
        (
            says(E_ADA, device="new"),
            known(p2=(E_ADA, *(("anonymous_id", f"d{number}") for number in range(50)))),
            Stay((), TOO_MANY_DEVICES),
        ),
        (
            says(E_ADA, device="d7"),
            known(p2=(E_ADA, *(("anonymous_id", f"d{number}") for number in range(50)))),
            Follow(2),
        ),
    ],
)
def test_each_event_has_one_decision(said: Any, before: Known, decision: Any) -> None:
    assert resolve(said, before) == decision


def proven(*names: Identifier, by: Known) -> Known:
    """Let some of what is held be proven."""
    raised = {
        home: {one: Trust.SERVER if one in names else held[one] for one in held} for home, held in by.held.items()
    }
    return replace(by, held=raised)


def guest(by: Known) -> Known:
    """Let the device be where others are, by a claim."""
    assert by.device is not None
    return replace(by, device=replace(by.device, is_guest=True))


@pytest.mark.parametrize(
    ("said", "before", "decision"),
    [
        ((U_1,), known(1, (E_ADA,)), Stay((U_1,))),
        ((U_1,), guest(known(1, (E_ADA,))), Leave(10)),
        ((E_ADA, U_1), guest(known(1, (E_ADA,))), Stay((U_1,))),
        ((U_1,), guest(known(1, (E_ADA,), p2=(U_1,))), Follow(2)),
        ((E_ADA,), proven(U_2, by=known(p2=(U_2, E_ADA))), Yield(E_ADA, 2)),
        ((E_ADA, U_2), proven(U_2, by=known(p2=(U_2, E_ADA))), Follow(2)),
        ((E_ADA, U_1), proven(U_1, by=known(p2=(U_1,), p3=(E_ADA,))), Yield(E_ADA, 3)),
        ((E_ADA, U_1), known(p2=(U_1,), p3=(E_ADA,)), Stay((), TWO_PEOPLE)),
        ((E_ADA, U_1), proven(U_1, E_ADA, by=known(p2=(U_1,), p3=(E_ADA,))), Stay((), TWO_PEOPLE)),
        ((E_ADA, U_1), known(1, (E_ADA, U_2)), Yield(U_2, 1)),
        ((E_ADA, U_1), proven(U_2, by=known(1, (E_ADA, U_2))), Yield(E_ADA, 1)),
        ((E_BO, U_1), known(1, (U_1, *FIVE)), Yield(min(FIVE), 1)),
        ((E_BO, U_1), proven(*FIVE, by=known(1, (U_1, *FIVE))), Yield(U_1, 1)),
    ],
)
def test_proof_is_not_held_up_by_claims(said: tuple[Identifier, ...], before: Known, decision: Any) -> None:
    assert resolve(replaced(says(*said), trust=Trust.SERVER), before) == decision


@pytest.mark.parametrize(
    ("said", "before", "decision"),
    [
        ((E_ADA,), proven(U_2, by=known(1, p2=(U_2, E_ADA))), Stay((), LENT)),
        ((E_ADA,), proven(U_2, by=known(1, (E_BO,), p2=(U_2, E_ADA))), Follow(None, (), LENT)),
        ((E_ADA,), proven(U_2, by=known(1, (U_2, E_ADA))), Stay()),
        ((E_ADA, U_2), proven(U_2, by=known(1, p2=(U_2, E_ADA))), Join(2)),
        ((E_ADA,), proven(U_2, E_ADA, by=known(1, p2=(U_2, E_ADA))), Join(2)),
    ],
)
def test_no_claim_leads_to_who_is_proven_by_another_name(
    said: tuple[Identifier, ...], before: Known, decision: Any
) -> None:
    assert resolve(says(*said), before) == decision


@pytest.mark.parametrize("trust", Trust)
@pytest.mark.parametrize("shown", [True, False])
def test_only_a_server_names_somebody_for_a_device_without_its_secret(trust: Trust, shown: bool) -> None:
    before = known(1)
    assert before.device is not None
    before = replace(before, device=replace(before.device, proven=True))

    decision = resolve(replaced(says(E_ADA), trust=trust), before, shown)

    assert decision == (Stay((E_ADA,)) if shown or trust is Trust.SERVER else Unproven())


JUNK = ("null", "None", "NIL", "undefined", "NaN", "true", "FALSE", "0", "-1", "anonymous", "Guest", "unknown", "test")
ODD_JUNK = ("[object Object]", "{}", "-", "_", "n/a", "", "  ", "a\nb", "x" * 201)
PADDED_JUNK = ('"null"', "'Guest'", " undefined ")


@pytest.mark.parametrize("junk", [*JUNK, *ODD_JUNK, *PADDED_JUNK])
def test_junk_never_identifies(junk: str) -> None:
    assert identifier(junk) is None


@pytest.mark.parametrize(("raw", "text"), [("u1", "u1"), (7, "7"), (7.0, "7"), (" u1 ", "u1"), ("001", "001")])
def test_what_identifies_is_text(raw: object, text: str) -> None:
    assert identifier(raw) == text


@pytest.mark.parametrize("raw", [True, None, 1.5, float("nan"), float("inf"), [], {}])
def test_what_is_no_text_or_whole_number_never_identifies(raw: object) -> None:
    assert identifier(raw) is None


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("Ada@Example.COM", ADA),
        (" ada@example.com ", ADA),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@", None),
        ("ada", None),
        ("adä@example.com", None),
        ("ada@example", None),
        ("a" * 300 + "@example.com", None),
    ],
)
def test_an_address_has_one_form(raw: str, address: str | None) -> None:
    assert normalise_email(raw) == address


async def test_the_anonymous_past_comes_along_at_the_first_naming(living: Living) -> None:
    await living.page()
    before = await living.profile()
    await living.wait(HOUR)
    await living.identify("d", ADA)
    after = await living.profile(ADA)
    assert (after.id, after.first_seen_at, after.attributes["visit_count"]) == (before.id, START, 1)
    turned = {(slug, transition) for slug, transition, _, at in await living.told() if at == START + HOUR}
    assert turned == {("anonymous_users", "EXITED"), ("known_users", "ENTERED")}


async def test_an_anonymous_profile_becomes_part_of_the_one_it_names(living: Living) -> None:
    await living.page("phone")
    await living.identify("phone", ADA)
    await living.wait(2 * DAY)
    await living.page("laptop")
    former = await living.profile("laptop")
    sizes = living.audience("all").size, living.audience("new_visitors").size
    await living.identify("laptop", ADA)
    merged = await living.profile(ADA)
    assert (merged.merged_from, merged.attributes["visit_count"]) == ((former.id,), 2)
    assert ("repeat_visitors", "ENTERED", "MERGE", living.at) in await living.told(ADA)
    assert sizes == (2, 2)
    assert (living.audience("all").size, living.audience("new_visitors").size) == (1, 0)
    assert await living.differences() == []


async def test_a_former_profiles_id_leads_to_the_one_it_became_part_of(living: Living) -> None:
    await living.identify("phone", ADA)
    await living.page("laptop")
    former = await living.profile("laptop")
    await living.identify("laptop", ADA)
    found = await living.engine.profiles.find(ProfileBy(id=former.id))
    assert found is not None
    assert found.email == ADA


async def test_another_person_on_the_same_device_starts_anew(living: Living) -> None:
    await living.identify("d", ADA)
    await living.page("d")
    await living.wait(2 * DAY)
    await living.identify("d", BO)
    await living.page("d")
    ada, bo = await living.profile(ADA), await living.profile(BO)
    assert ada.id != bo.id
    assert (ada.last_seen_at, bo.first_seen_at) == (START, living.at)
    assert (await living.profile("d")).id == bo.id
    await living.identify("d", ADA)
    assert (await living.profile("d")).id == ada.id
    assert await living.differences() == []


async def test_two_known_people_are_never_merged_by_the_public_side(living: Living) -> None:
    await living.identify("a", ADA)
    await living.identify("b", BO, user_id="u1")
    outcome = await living.identify("a", ADA, user_id="u1")
    assert outcome.conflicts == {0: TWO_PEOPLE}
    assert (await living.profile(ADA)).id != (await living.profile(BO)).id
    assert {one.namespace for one in (await living.profile(ADA)).identities} == {"anonymous_id", "email"}
    assert await living.differences() == []


async def test_an_address_beyond_the_limit_is_told_and_names_nobody(living: Living) -> None:
    for number in range(6):
        outcome = await living.identify(None, f"{number}@example.com", user_id="u1", trust=Trust.SERVER)
    assert outcome.conflicts == {0: TOO_MANY_NAMES}
    assert await living.engine.profiles.find(ProfileBy(identity=("email", "5@example.com"))) is None
    emails = [one.value for one in (await living.profile("u1", "user_id")).identities if one.namespace == "email"]
    assert len(emails) == 5


async def test_a_device_joined_by_claim_sees_what_it_told_itself(living: Living) -> None:
    await living.take(event("identify", START, anonymous_id="ada's", email=ADA, traits={"plan": "pro"}))
    await living.identify("claims", ADA)
    me = await living.me("claims")
    assert (me.known, me.email, me.device) == (True, ADA, "claims")
    assert "plan" not in me.attributes
    assert me.id != (await living.profile(ADA)).id
    assert (await living.me("ada's")).attributes["plan"] == "pro"


async def test_the_device_that_had_a_profile_to_itself_keeps_memberships_and_history(living: Living) -> None:
    await living.page("first")
    await living.identify("first", ADA)
    await living.wait(2 * DAY)
    before = await living.told("first")
    held = {one.audience.slug for one in (await living.me("first")).audiences}
    await living.identify("second", ADA)
    me = await living.me("first")
    assert {one.audience.slug for one in me.audiences} == held
    assert [(one.audience_slug, one.occurred_at) for one in await living.history(me.id)] == [
        (slug, at) for slug, _, _, at in before
    ]


async def test_an_older_device_that_comes_later_takes_nothing_from_the_first(living: Living) -> None:
    await living.page("older")
    await living.identify("first", ADA)
    held = {one.audience.slug for one in (await living.me("first")).audiences}
    await living.identify("older", ADA)
    assert {one.audience.slug for one in (await living.me("first")).audiences} == held
    assert await living.differences() == []


async def test_what_time_did_before_a_fork_is_in_the_history_of_both(living: Living) -> None:
    await living.page("first")
    await living.identify("first", ADA)
    living.at += 2 * DAY
    await living.identify("second", ADA)
    for id in ((await living.me("first")).id, (await living.profile(ADA)).id):
        assert ("visited_within_day", "EXITED") in [
            (one.audience_slug, one.transition) for one in await living.history(id)
        ]


async def test_proof_ends_a_devices_own_view(living: Living) -> None:
    await living.take(event("identify", START, anonymous_id="ada's", email=ADA, traits={"plan": "pro"}))
    await living.identify("claims", ADA)
    assert "plan" not in (await living.me("claims")).attributes
    await living.identify("claims", ADA, trust=Trust.SERVER)
    me, profile = await living.me("claims"), await living.profile(ADA)
    assert (me.id, me.attributes["plan"]) == (profile.id, "pro")
    assert await living.differences() == []


async def test_an_anonymous_event_of_much_trust_proves_no_link(living: Living) -> None:
    await living.page("first", trust=Trust.SERVER)
    await living.identify("first", ADA)
    await living.take(event("identify", START, anonymous_id="second", email=ADA, traits={"plan": "pro"}))
    assert "plan" not in (await living.me("first")).attributes


async def test_a_visitor_is_told_personalizable_audiences_in_the_very_answer(living: Living) -> None:
    await living.edit("infrequent_users", personalizable=False)
    page = event("page", START, anonymous_id="d", email=ADA)
    (outcome,) = await living.engine.ingest.ingest([Submission([page], visitor="d")])
    assert outcome.visitor is not None
    assert outcome.visitor.known
    assert {"known_users", "all"} <= set(outcome.visitor.audiences)
    assert "infrequent_users" not in outcome.visitor.audiences
    assert outcome.visitor == await living.engine.profiles.visitor("d")


async def test_a_device_never_seen_is_told_nothing(living: Living) -> None:
    assert await living.engine.profiles.of_visitor("never") is None
    assert (await living.engine.profiles.visitor("never")).audiences == ()
