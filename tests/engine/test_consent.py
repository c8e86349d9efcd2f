"""To what people agreed is kept as an attribute for each purpose, which nothing else can set."""

from __future__ import annotations

import pytest

from engine.domain.events import Context, Trust
from engine.domain.profiles import MOST_ATTRIBUTES
from engine.ports import ProfileBy
from engine.values import FieldType, format_time
from tests.engine.living import START, Living, event

YES, NO = Context(consent={"analytics": True}), Context(consent={"analytics": False})


@pytest.mark.parametrize(
    ("context", "kept"),
    [
        (YES, {"consent.analytics": True}),
        (Context(gpc=True), {"consent.sale": False}),
        (Context(gpc=True, consent={"sale": True}), {"consent.sale": True}),
        (Context(gpc=True, consent={"ads": True}), {"consent.sale": False, "consent.ads": True}),
        (Context(), {}),
    ],
)
async def test_any_event_may_say_what_was_agreed_to(living: Living, context: Context, kept: dict[str, bool]) -> None:
    await living.page("d", context=context)

    attributes = (await living.profile("d")).attributes
    assert {name: value for name, value in attributes.items() if name.startswith("consent.")} == kept
    assert await living.differences() == []


async def test_rules_ask_about_it_and_follow_a_change_of_mind(living: Living) -> None:
    await living.page("d", context=YES)
    await living.make("measured", "consent.analytics = true")
    await living.walk()
    assert "measured" in await living.slugs("d")

    living.at += 1
    await living.page("d", context=NO)

    assert "measured" not in await living.slugs("d")
    seen = living.engine.catalog.attribute("consent.analytics")
    assert seen is not None
    assert seen.field.type is FieldType.BOOLEAN


async def test_the_last_word_counts_in_any_order_and_more_trust_before_less(living: Living) -> None:
    await living.take(event("page", START + 2, anonymous_id="d", context=YES))
    await living.take(event("page", START + 1, anonymous_id="d", context=NO))
    assert (await living.profile("d")).attributes["consent.analytics"] is True

    await living.take(event("page", START + 1, anonymous_id="d", context=NO, trust=Trust.SERVER))
    await living.take(event("page", START + 3, anonymous_id="d", context=YES))
    assert (await living.profile("d")).attributes["consent.analytics"] is False


async def test_traits_cannot_set_it(living: Living) -> None:
    await living.identify(
        "d", "ada@example.com", traits={"consent": {"sale": True}, "consent.analytics": True, "plan": "a"}
    )

    assert not any(name.startswith("consent.") for name in (await living.profile("d")).attributes)


async def test_a_flood_of_traits_does_not_push_it_out(living: Living) -> None:
    await living.page("d", context=NO)
    living.at += 1
    await living.identify("d", "ada@example.com", traits={f"t{number}": 1 for number in range(MOST_ATTRIBUTES + 10)})

    assert (await living.profile("d")).attributes["consent.analytics"] is False


async def test_the_export_tells_who_said_it_and_when(living: Living) -> None:
    await living.take(event("page", START, anonymous_id="d", message_id="m1", source="k1", context=YES))

    told = await living.engine.privacy.export(ProfileBy(identity=("anonymous_id", "d")))

    said = {"value": True, "trust": "claimed", "at": format_time(START), "source": "k1", "message_id": "m1"}
    assert told["consents"] == {"analytics": said}
    assert told["attributes"] == {}
