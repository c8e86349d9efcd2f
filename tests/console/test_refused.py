"""What was refused, and what was not followed, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.console.people import ADA, visit
from tests.server import Server


def test_an_empty_house_says_that_all_is_well(server: Server, console: Page) -> None:
    console.goto(f"{server.address}/console/refused")
    expect(console.get_by_role("heading", name="Nothing was refused")).to_be_visible()

    console.get_by_role("link", name="Identifications").click()
    expect(console.get_by_role("heading", name="No conflicts")).to_be_visible()

    console.goto(f"{server.address}/console/profiles")
    expect(console.get_by_role("heading", name="Nobody has come by yet")).to_be_visible()


def test_a_refused_event_is_shown_with_its_reason_and_its_body(server: Server, console: Page) -> None:
    server.post("/v1/batch", {"batch": [{"type": "track", "anonymousId": "somebody-unnamed", "properties": {"a": 1}}]})
    console.goto(f"{server.address}/console/refused")

    line = console.get_by_test_id("refused").locator("li").first
    for told in ["A track call names its event", "event_missing", "at event", "just now", "from settings"]:
        expect(line).to_contain_text(told)
    line.locator("summary").click()
    expect(line.locator("pre")).to_contain_text('"anonymousId":"somebody-unnamed"')


def test_many_refusals_are_read_in_parts(server: Server, console: Page) -> None:
    for part in range(2):
        server.post("/v1/batch", {"batch": [{"type": "page", "n": part * 40 + n} for n in range(40)]})
    console.goto(f"{server.address}/console/refused")
    lines = console.get_by_test_id("refused").locator("li")
    expect(lines).to_have_count(50)
    expect(lines.last).to_contain_text('"n":30')

    console.get_by_role("link", name="Older").click()

    expect(lines.first).to_contain_text('"n":29')
    console.get_by_role("link", name="Newer").click()
    expect(console.get_by_role("link", name="Older")).to_be_visible()


def test_a_conflict_names_the_profile_and_whom_the_event_named(server: Server, console: Page) -> None:
    visit(server, "first-device-here", type="identify", userId="u-1", traits={"email": ADA})
    visit(server, "second-device-here", type="identify", userId="u-2", traits={"email": "bob@example.com"})
    visit(server, "second-device-here", type="identify", userId="u-2", traits={"email": ADA})
    console.goto(f"{server.address}/console/refused/identities")

    line = console.get_by_test_id("conflicts").locator("li").first

    expect(line).to_contain_text("bob@example.com")
    expect(line).to_contain_text(f"named {ADA} and u-2, but its identifiers name two different people")
    expect(line).to_contain_text("If they are one, merge.")
