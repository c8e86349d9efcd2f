"""What people are shown of links that are no more: pairs kept apart, and what was not followed, by profile."""

from __future__ import annotations

from engine.domain.identity import DEVICE, TWO_PEOPLE
from engine.ports import ProfileBy
from tests.engine.living import Living

ADA, BO = "ada@example.com", "bo@example.com"


async def test_both_sides_of_an_unlinking_tell_what_is_kept_apart(living: Living) -> None:
    for device in ("a1", "a2"):
        await living.identify(device, ADA)
    kept, freed = await living.engine.identities.unlink((DEVICE, "a2"))
    apart = living.engine.identities.apart

    assert list(await apart(kept)) == [(("email", ADA), (DEVICE, "a2"))]
    assert list(await apart(freed)) == [((DEVICE, "a2"), ("email", ADA))]


async def test_nothing_is_kept_apart_of_others_or_once_it_is_proven(living: Living) -> None:
    for device, email in (("a1", ADA), ("a2", ADA), ("b1", BO)):
        await living.identify(device, email)
    kept, freed = await living.engine.identities.unlink((DEVICE, "a2"))
    apart = living.engine.identities.apart
    assert list(await apart((await living.profile(BO)).id)) == []

    await living.engine.identities.merge(ProfileBy(id=kept), ProfileBy(id=freed))

    assert list(await apart(kept)) == []


async def test_what_was_not_followed_is_told_of_whose_it_is_now(living: Living) -> None:
    await living.identify("a1", ADA)
    for device in ("b1", "b2"):
        await living.identify(device, BO, user_id="u2")
    await living.identify("b2", ADA, user_id="u2")
    conflicts = living.engine.refusals.conflicts
    bo = (await living.profile(BO)).id
    assert [one.reason for one in await conflicts(profile_id=bo)] == [TWO_PEOPLE]

    kept, freed = await living.engine.identities.unlink((DEVICE, "b2"))

    assert kept == bo
    assert await conflicts(profile_id=bo) == []
    assert [one.profile_id for one in await conflicts(profile_id=freed)] == [freed]
    assert [one.profile_id for one in await conflicts()] == [freed]
