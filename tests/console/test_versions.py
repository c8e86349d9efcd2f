"""Versions of an audience in a real browser: who changed what, line by line, and the way back."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.people import make, read_and_leave_address
from tests.server import Server

_NUMBERS = count(1)
FIRST = "AND (EXISTS email, visit_count > 1)"
SECOND = "AND (visit_count > 3, EXISTS email, NOT INCLUDE mobile)"
UPDATE = """mutation ($id: ID!, $input: UpdateAudienceInput!) {
  updateAudience(id: $id, input: $input) { audience { version } userErrors { message } }
}"""


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let Ada come by."""
    read_and_leave_address(server)


def edit(server: Server, slug: str, **changes: Any) -> None:
    """Change an audience from elsewhere."""
    id = server.graphql("query ($slug: String!) { audience(by: {slug: $slug}) { id } }", slug=slug)["audience"]["id"]
    assert server.graphql(UPDATE, id=id, input=changes)["updateAudience"]["userErrors"] == []


def edited(server: Server) -> str:
    """Make an audience, edit its rules, then rename it; give its slug, another each time."""
    slug = make(server, f"Spring {next(_NUMBERS)}", FIRST)
    edit(server, slug, definition={"text": SECOND})
    edit(server, slug, name="Summer", tags=["season"])
    return slug


def open_page(server: Server, console: Page, path: str) -> None:
    console.goto(f"{server.address}/console/audiences/{path}")


def told(console: Page) -> list[str]:
    """Read the difference as a person who sees no colours hears it."""
    return [" ".join(line.split()) for line in lines(console).all_inner_texts()]


def lines(console: Page) -> Locator:
    return console.get_by_test_id("diff").locator(".diff-line")


def test_each_version_says_what_it_changed_when_and_who(server: Server, console: Page) -> None:
    slug = edited(server)
    open_page(server, console, slug)

    rows = console.get_by_test_id("versions").locator("li")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text(re.compile(r"Version 3 In force\s+Renamed from “Spring \d+” to “Summer”\."))
    expect(rows.nth(1)).to_contain_text(
        "Changed: Number of visits is more than 3, it was: Number of visits is more than 1."
    )
    expect(rows.nth(1)).to_contain_text("Added: Not in the audience mobile.")
    expect(rows.nth(2)).to_contain_text("Version 1 Made.")
    expect(rows.nth(2).locator("time")).to_have_attribute("datetime", re.compile(r"^20\d\d-"))
    expect(rows.nth(2)).to_contain_text(", from settings")
    expect(console.locator(".slug").first).to_have_text(slug)


def test_a_version_is_compared_with_the_one_before_it(server: Server, console: Page) -> None:
    open_page(server, console, edited(server))
    console.get_by_role("link", name="Version 2").click()

    expect(console.get_by_test_id("between")).to_contain_text("FromVersion 1")
    assert told(console) == [
        "All of these hold",
        "− Before: Number of visits is more than 1 visit_count > 1",
        "+ Now: Number of visits is more than 3 visit_count > 3",
        "E-mail address is known EXISTS email",
        "+ Added: Not in the audience mobile NOT INCLUDE mobile",
    ]


def test_what_went_and_what_came_is_told_without_colours_too(server: Server, console: Page) -> None:
    open_page(server, console, f"{edited(server)}/versions/2")

    assert lines(console).locator(".diff-mark").all_inner_texts() == ["", "−", "+", "", "+"]
    struck = lines(console).nth(1).locator(".diff-said > :not(code)").last
    expect(struck).to_have_css("text-decoration-line", "line-through")
    assert lines(console).nth(1).evaluate("one => one.tagName") == "DEL"


def test_a_version_is_compared_with_what_is_in_force(server: Server, console: Page) -> None:
    open_page(server, console, f"{edited(server)}/versions/1")
    expect(console.get_by_role("main")).to_contain_text("These were its first rules.")

    console.get_by_role("link", name="What has changed since").click()

    expect(console.get_by_test_id("between")).to_contain_text("ToVersion 3")
    expect(console.get_by_test_id("details")).to_contain_text("to “Summer”.")
    assert [line[0] for line in told(console)] == ["A", "−", "+", "E", "+"]


def test_a_change_of_name_alone_shows_the_rules_as_they_stayed(server: Server, console: Page) -> None:
    open_page(server, console, f"{edited(server)}/versions/3")

    expect(console.get_by_role("main")).to_contain_text("The rules stayed as they were.")
    expect(console.get_by_test_id("restore")).to_have_count(0)


def test_restoring_asks_first_and_then_is_a_version_like_another(server: Server, console: Page) -> None:
    slug = edited(server)
    open_page(server, console, f"{slug}/versions/1")

    console.get_by_test_id("restore").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("Restore the rules of version 1?")
    expect(console.get_by_role("main")).to_contain_text("as a new version, 4")
    assert [line[0] for line in told(console)] == ["A", "E", "−", "−", "+"]
    console.get_by_test_id("confirm-restore").click()

    console.wait_for_url(f"**/console/audiences/{slug}")
    newest = console.get_by_test_id("versions").locator("li").first
    expect(newest).to_contain_text("Version 4 In force Rules of version 1 restored.")
    expect(newest).to_contain_text("Console")
    expect(console.get_by_test_id("name")).to_have_text("Summer")


def test_before_restoring_it_says_who_would_enter_and_leave(server: Server, console: Page) -> None:
    slug = make(server, f"Moving {next(_NUMBERS)}", "EXISTS email")
    edit(server, slug, definition={"text": "NOT EXISTS email"})
    open_page(server, console, f"{slug}/versions/1/restore")

    expect(console.get_by_test_id("moves")).to_have_text("1 would enter, nobody would leave")


def test_what_changed_while_one_was_asked_is_not_overwritten(
    server: Server, console: Page, tolerated: list[str]
) -> None:
    tolerated.append("409")
    slug = edited(server)
    open_page(server, console, f"{slug}/versions/1/restore")
    edit(server, slug, name="Theirs")

    console.get_by_test_id("confirm-restore").click()
    expect(console.get_by_role("alert")).to_contain_text("it is at version 4 now")
    console.get_by_test_id("confirm-restore").click()

    expect(console.get_by_test_id("name")).to_have_text("Theirs")
    expect(console.get_by_test_id("versions").locator("li").first).to_contain_text("Version 5")


def test_rules_that_ask_about_what_is_gone_are_not_restored(
    server: Server, console: Page, tolerated: list[str]
) -> None:
    tolerated.append("422")
    short_lived = make(server, f"Short lived {next(_NUMBERS)}", "EXISTS email")
    slug = make(server, f"Outlives it {next(_NUMBERS)}", f"INCLUDE {short_lived}")
    edit(server, slug, definition={"text": FIRST})
    open_page(server, console, f"{short_lived}/delete")
    console.get_by_test_id("confirm-delete").click()
    open_page(server, console, f"{slug}/versions/1/restore")

    console.get_by_test_id("confirm-restore").click()

    expect(console.get_by_role("alert")).to_contain_text(f"There is no audience {short_lived}.")


def test_a_long_list_of_versions_has_a_page_of_its_own(server: Server, console: Page) -> None:
    slug = make(server, f"Wavering {next(_NUMBERS)}", FIRST)
    for number in range(20):
        edit(server, slug, name=f"Name {number}")
    open_page(server, console, slug)
    expect(console.get_by_test_id("versions").locator("li")).to_have_count(20)

    console.get_by_role("link", name="All 21").click()

    expect(console.get_by_test_id("versions").locator("li")).to_have_count(21)


@pytest.mark.parametrize("version", ["0", "9", "x", "-1", "²", "99999999999999999999"])
def test_a_version_that_is_not_there_is_told_so(
    server: Server, console: Page, tolerated: list[str], version: str
) -> None:
    tolerated.append("404")
    open_page(server, console, f"known_users/versions/{version}")

    expect(console.get_by_role("main")).to_contain_text("There is no version")
