"""The list of audiences and the page of one, in a real browser."""

from __future__ import annotations

import re
from secrets import token_hex

import pytest
from playwright.sync_api import Page, Route, expect

from tests.console.people import ADA, make, read_and_leave_address, visit
from tests.server import Server


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let Ada and three strangers come by, and make audiences."""
    read_and_leave_address(server)
    for number in range(3):
        visit(server, f"stranger-number-{number}")
    make(server, "Cyclists", "affinity.cycling > 0.2", description="Read about cycling.", tags=["interest"])
    make(server, "Letter to cyclists", "INCLUDE cyclists AND EXISTS email", tags=["letter"], personalizable=True)


def open_audience(server: Server, console: Page, slug: str) -> None:
    console.goto(f"{server.address}/console/audiences/{slug}")


def names(console: Page) -> list[str]:
    return console.locator("#results tbody a.title").all_inner_texts()


def test_the_list_tells_what_each_audience_is_and_how_many_are_in_it(console: Page) -> None:
    row = console.get_by_test_id("audience-cyclists")

    expect(row.get_by_role("link", name="Cyclists")).to_have_attribute("href", "/console/audiences/cyclists")
    for told in ["cyclists", "interest", "Read about cycling.", "1 25 %", "Active"]:
        expect(row).to_contain_text(told)
    expect(row.locator("time")).to_have_text(re.compile(r"ago|just now"))
    expect(console.get_by_test_id("audience-all")).to_contain_text("4 100 %")


def test_typing_narrows_the_list_and_the_address_keeps_it(console: Page) -> None:
    console.get_by_label("Search").press_sequentially("CYCL")

    expect(console.locator("#results tbody tr")).to_have_count(2)
    expect(console.get_by_label("Search")).to_be_focused()
    console.reload()
    expect(console.get_by_label("Search")).to_have_value("CYCL")
    assert names(console) == ["Cyclists", "Letter to cyclists"]


def test_a_tag_and_a_state_narrow_the_list(console: Page) -> None:
    console.get_by_label("Tag").select_option("letter")
    expect(console.locator("#results tbody tr")).to_have_count(1)

    console.get_by_label("State").select_option("FAILED")

    expect(console.get_by_role("heading", name="No audience fits")).to_be_visible()
    console.get_by_role("link", name="Show all").click()
    expect(console.get_by_test_id("audience-all")).to_be_visible()


def test_the_list_is_sorted_as_asked(console: Page) -> None:
    assert names(console) == sorted(names(console), key=str.lower)

    console.get_by_label("Sort by").select_option("Largest first")

    expect(console.locator("#results tbody .size .strong").last).to_have_text("0")
    counts = [int(one) for one in console.locator("#results tbody .size .strong").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_the_list_follows_what_happens_without_reload(server: Server, console: Page) -> None:
    slug = make(server, f"Made elsewhere {token_hex(4)}", "visit_count > 0")  # another name when it is tried again
    row = console.get_by_test_id(f"audience-{slug}")
    expect(row).to_contain_text("4 100 %")
    expect(row.get_by_text("Active")).to_be_visible()

    visit(server, "stranger-number-9")

    expect(row).to_contain_text("5 100 %")


def test_the_list_follows_too_where_a_script_comes_late(server: Server, console: Page) -> None:
    def late(route: Route) -> None:
        console.wait_for_timeout(300)
        route.continue_()

    console.route("**/htmx-sse-*", late)
    console.reload()
    slug = make(server, f"Made later {token_hex(4)}", "visit_count > 0")

    expect(console.get_by_test_id(f"audience-{slug}")).to_be_visible()


def test_an_audience_says_who_belongs_in_english_and_as_text(server: Server, console: Page) -> None:
    open_audience(server, console, "letter_to_cyclists")

    expect(console.get_by_test_id("summary")).to_have_text(
        "People who are in the audience cyclists and whose e-mail address is known."
    )
    console.get_by_text("As text").click()
    expect(console.get_by_test_id("definition")).to_contain_text("INCLUDE cyclists")
    expect(console.get_by_test_id("size")).to_have_text("1")
    expect(console.locator(".figures")).to_contain_text("Yes")
    expect(console.get_by_test_id("versions")).to_contain_text("Version 1")
    expect(console.get_by_test_id("edit")).to_have_attribute("href", "/console/audiences/letter_to_cyclists/edit")


def test_an_audience_shows_who_is_in_it_and_who_came(server: Server, console: Page) -> None:
    open_audience(server, console, "known_users")

    expect(console.get_by_test_id("members")).to_contain_text(ADA)
    came = console.get_by_test_id("changes").locator("li")
    expect(came).to_have_count(1)
    expect(came).to_contain_text(f"Entered · Gave an e-mail address: {ADA}")
    came.get_by_role("link", name=ADA).click()
    expect(console.get_by_role("heading", level=1)).to_have_text(ADA)


def test_long_lists_are_read_in_parts(server: Server, console: Page) -> None:
    for number in range(12):
        visit(server, f"many-number-{number:02}")
    open_audience(server, console, "all")
    newest = console.get_by_test_id("members").inner_text()

    console.get_by_role("navigation", name="Pages of members").get_by_role("link", name="More").click()

    expect(console.get_by_test_id("members")).to_contain_text(ADA)
    assert ADA not in newest
    console.get_by_role("navigation", name="Pages of members").get_by_role("link", name="Back").click()
    expect(console.get_by_test_id("members")).to_contain_text("Visitor many-num")


def test_what_others_use_cannot_be_deleted_and_they_are_named(server: Server, console: Page) -> None:
    open_audience(server, console, "cyclists")
    expect(console.locator(".related")).to_contain_text("Used by")

    console.get_by_test_id("delete").click()

    expect(console.get_by_role("alert")).to_contain_text("another audience includes it")
    expect(console.get_by_role("link", name="Letter to cyclists")).to_be_visible()
    expect(console.get_by_test_id("confirm-delete")).to_have_count(0)


def test_what_came_to_be_used_while_one_was_asked_is_not_deleted(
    server: Server, console: Page, tolerated: list[str]
) -> None:
    tolerated.append("409")
    open_audience(server, console, make(server, "Soon used", "EXISTS email"))
    console.get_by_test_id("delete").click()
    make(server, "Its user", "INCLUDE soon_used")

    console.get_by_test_id("confirm-delete").click()

    expect(console.get_by_role("alert")).to_contain_text("It cannot be deleted yet")
    expect(console.get_by_role("link", name="Its user")).to_be_visible()


def test_deleting_asks_first_and_tells_afterwards(server: Server, console: Page) -> None:
    slug = make(server, "Made by mistake", "EXISTS email")
    open_audience(server, console, slug)

    console.get_by_test_id("delete").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("Delete “Made by mistake”?")
    console.get_by_test_id("confirm-delete").click()

    expect(console.get_by_role("status").first).to_have_text("The audience made_by_mistake is deleted.")
    expect(console.get_by_test_id("audience-made_by_mistake")).to_have_count(0)


def test_an_audience_that_is_not_there_is_told_in_the_consoles_look(
    server: Server, console: Page, tolerated: list[str]
) -> None:
    tolerated.append("404")
    open_audience(server, console, "nobody_knows")

    expect(console.get_by_role("heading", level=1)).to_have_text("Nothing is here")
    expect(console.get_by_role("main")).to_contain_text("There is no audience “nobody_knows”.")
    expect(console.get_by_role("navigation", name="Main")).to_be_visible()
