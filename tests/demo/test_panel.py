"""What the panel tells: this device's own doings, in words, and nothing that a browser may not know."""

from __future__ import annotations

from demo_site.panel import Panel, look
from engine.domain.audiences import AudienceDraft
from engine.ports import Engine
from tests.demo.reader import DEVICE, leave_address, read

MONTH = 30 * 86_400


async def panel_of(engine: Engine, device: str = DEVICE) -> Panel:
    panel = await look(engine, device)
    assert panel is not None
    return panel


async def test_a_device_never_seen_has_no_panel(engine: Engine) -> None:
    assert await look(engine, "nobody") is None


async def test_a_first_page_shows_an_anonymous_reader(engine: Engine) -> None:
    await read(engine)

    panel = await panel_of(engine)

    assert (panel.known, panel.email, panel.visits, panel.page_views) == (False, None, 1, 1)
    assert panel.topics == [("cooking", 28)]
    assert [doing.text for doing in panel.events] == ["Read “Beans, slowly”"]
    assert "anonymous_users" in {one.slug for one in panel.audiences}


async def test_a_score_that_there_is_no_ground_for_has_no_value(engine: Engine) -> None:
    await read(engine)

    gauges = {gauge.name: gauge.value for gauge in (await panel_of(engine)).gauges}

    assert gauges["momentum"] == 80
    assert gauges["consistency"] is None


async def test_an_audience_says_how_long_it_holds(engine: Engine) -> None:
    await read(engine)

    lasts = {one.slug: one.lasts for one in (await panel_of(engine)).audiences}

    assert lasts["high_momentum_low_frequency"] == "18 days"
    assert lasts["anonymous_users"] is None


async def test_entries_and_exits_tell_their_causes(engine: Engine) -> None:
    await read(engine)
    await leave_address(engine, "ada@example.com")
    assert engine.simulation is not None
    await engine.simulation.advance(MONTH)

    told = {(one.slug, one.entered): one.why for one in (await panel_of(engine)).passages}

    assert told["known_users", True] == "because you left your e-mail address"
    assert told["anonymous_users", False] == "because you left your e-mail address"
    assert told["high_momentum_low_frequency", False] == "because time passed"


async def test_audiences_that_browsers_may_not_know_do_not_appear(engine: Engine) -> None:
    await engine.audiences.create(AudienceDraft(name="Secret plans", definition="page_view_count >= 1"))
    await read(engine)

    panel = await panel_of(engine)

    assert "Secret plans" not in {one.name for one in panel.audiences} | {one.name for one in panel.passages}


async def test_what_another_device_brought_under_the_same_address_stays_there(engine: Engine) -> None:
    await read(engine, "Hut to hut", "hiking", device="another")
    await leave_address(engine, "ada@example.com", device="another")
    await read(engine)
    await leave_address(engine, "ada@example.com")

    panel = await panel_of(engine)

    assert panel.known
    assert panel.page_views == 1
    assert panel.topics == [("cooking", 28)]
    assert "Read “Hut to hut”" not in {doing.text for doing in panel.events}
