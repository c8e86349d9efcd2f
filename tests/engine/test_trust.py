"""Less trust never overwrites more; attributes may need some; in the verified mode claims link nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.domain.events import Trust
from engine.domain.identity import UNPROVEN
from engine.errors import InvalidValue
from engine.ports import ProfileBy
from engine.settings import DeclaredAttribute, Settings, claims_link
from engine.values import FieldType
from tests.engine.living import HOUR, Living, copied

ADA = "ada@example.com"
PLAN = DeclaredAttribute("plan", FieldType.STRING, trust=Trust.SERVER)


@pytest.fixture
def database(furnished: Path, tmp_path: Path) -> Path:
    """Give a house of its own to a test that opens it in several ways."""
    return copied(furnished, tmp_path)


@pytest.fixture
async def strict(database: Path) -> AsyncIterator[Living]:
    """Give a house in which only proof links."""
    async with Living(database, identity_link="verified") as house:
        yield house


@pytest.mark.parametrize("later", [Trust.CLAIMED, Trust.VERIFIED])
@pytest.mark.parametrize("value", ["free", None])
async def test_less_trust_neither_overwrites_nor_deletes(living: Living, later: Trust, value: str | None) -> None:
    await living.identify("d", ADA, trust=Trust.SERVER, traits={"plan": "pro"})
    await living.wait(HOUR)
    await living.identify("d", ADA, trust=later, traits={"plan": value})
    assert (await living.profile(ADA)).attributes["plan"] == "pro"


async def test_what_needs_trust_is_not_set_without_it(database: Path) -> None:
    async with Living(database, declared=(PLAN,)) as living:
        await living.identify("d", ADA, traits={"plan": "pro", "city": "Bern"})
        claimed = await living.profile(ADA)
        await living.identify("d", ADA, traits={"plan": "pro"}, trust=Trust.SERVER)
        told = await living.profile(ADA)
        assert (claimed.attributes.get("plan"), claimed.attributes["city"]) == (None, "Bern")
        assert told.attributes["plan"] == "pro"
        assert "pros" in {one.audience.slug for one in told.audiences}
        assert await living.differences() == []


async def test_a_need_that_comes_or_goes_holds_for_what_was_said_before(database: Path) -> None:
    async with Living(database) as living:
        await living.identify("d", ADA, traits={"plan": "pro"})
        assert "pros" in await living.slugs(ADA)
    async with Living(database, declared=(PLAN,)) as living:
        assert "plan" not in (await living.profile(ADA)).attributes
        assert "pros" not in await living.slugs(ADA)
        assert await living.differences() == []
    async with Living(database) as living:
        assert "pros" in await living.slugs(ADA)
        assert await living.differences() == []


async def test_in_the_verified_mode_a_claim_names_nobody(strict: Living) -> None:
    outcome = await strict.identify("d", ADA)
    assert outcome.conflicts == {0: UNPROVEN}
    assert not (await strict.profile("d")).known
    assert await strict.engine.profiles.find(ProfileBy(identity=("email", ADA))) is None
    assert await strict.differences() == []


@pytest.mark.parametrize("trust", [Trust.VERIFIED, Trust.SERVER])
async def test_in_the_verified_mode_proof_links(strict: Living, trust: Trust) -> None:
    await strict.page("d")
    await strict.identify("d", ADA, trust=trust)
    assert (await strict.profile(ADA)).id == (await strict.profile("d")).id
    assert (await strict.me("d")).known
    assert await strict.differences() == []


def test_another_word_for_what_links_is_an_error() -> None:
    with pytest.raises(InvalidValue, match="`claimed` or `verified`"):
        claims_link(Settings(identity_link="always"))
