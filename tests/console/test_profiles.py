"""The list of profiles and the page of one, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.console.people import ADA, DEVICE, MONTH, make, open_profile, read_and_leave_address, visit
from tests.server import Server

MOMENT = "high_momentum_low_frequency"


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let Ada and a stranger come by."""
    read_and_leave_address(server)
    visit(server, "stranger-in-town", context={"page": {"title": "Shop", "url": "https://site.example/shop"}})


def open_event(console: Page, text: str) -> None:
    console.get_by_test_id("events").locator("summary", has_text=text).first.click()


def test_profiles_are_found_by_the_beginning_of_an_address(server: Server, console: Page) -> None:
    console.goto(f"{server.address}/console/profiles")
    expect(console.locator("#results tbody tr")).to_have_count(2)

    console.get_by_label("Search").press_sequentially("Ada@")

    expect(console.locator("#results tbody tr")).to_have_count(1)
    expect(console.get_by_role("link", name=ADA)).to_be_visible()
    expect(console.locator("#results")).to_contain_text("1 profile")


def test_profiles_are_found_by_device(server: Server, console: Page) -> None:
    open_profile(server, console, "stranger")

    expect(console.get_by_role("heading", level=1)).to_have_text("Visitor stranger")
    expect(console.get_by_test_id("known").first).to_have_text("Anonymous")


def test_the_known_and_the_anonymous_are_told_apart(server: Server, console: Page) -> None:
    console.goto(f"{server.address}/console/profiles")

    console.get_by_label("Anonymous").check(force=True)

    expect(console.locator("#results tbody tr")).to_have_count(1)
    expect(console.locator("#results tbody")).to_contain_text("Visitor stranger")
    console.get_by_label("Search").fill("ada")
    expect(console.get_by_role("heading", name="Nobody found")).to_be_visible()
    expect(console.locator("#results")).to_contain_text("No identifier begins with “ada” among the anonymous.")


def test_a_profile_tells_who_it_is_and_how_it_scores(server: Server, console: Page) -> None:
    open_profile(server, console, ADA)

    expect(console.get_by_test_id("name")).to_have_text(ADA)
    expect(console.get_by_test_id("known").first).to_have_text("Known")
    expect(console.locator(".who-head")).to_contain_text("Ada Lovelace")
    expect(console.get_by_test_id("devices")).to_contain_text(DEVICE)
    expect(console.get_by_test_id("names")).to_contain_text("claimed")
    expect(console.locator(".topics")).to_contain_text("cycling")
    expect(console.get_by_test_id("attributes")).to_contain_text("Lovelace")
    assert int(console.get_by_test_id("score-momentum").inner_text()) > 50
    assert int(console.get_by_test_id("score-frequency").inner_text()) < 25
    expect(console.get_by_test_id("score-volatility")).to_have_text("–")


def test_a_membership_opens_to_say_why_and_how_long(server: Server, console: Page) -> None:
    open_profile(server, console, ADA)
    line = console.get_by_test_id(f"in-{MOMENT}")
    expect(line).to_contain_text("since")
    expect(line).to_contain_text("stays for another 18 days if nothing happens")

    line.locator("summary").click()

    step = line.locator(".step", has_text="Score: momentum")
    expect(step).to_contain_text("is more than 50 it is")
    expect(step).to_have_class("step depth-1 yes")


def test_one_may_ask_why_someone_is_not_in_an_audience(server: Server, console: Page) -> None:
    open_profile(server, console, ADA)

    console.get_by_label("Why, or why not, in…").select_option("Anonymous users")
    console.get_by_role("button", name="Explain").click()

    expect(console.get_by_role("heading", level=1)).to_have_text(f"{ADA} is not in “Anonymous users”")
    expect(console.locator(".step")).to_contain_text(f"E-mail address is not known it is {ADA}")
    expect(console.locator(".step")).to_have_class("step depth-0 no")


def test_entries_and_exits_are_told_with_their_cause(server: Server, console: Page) -> None:
    open_profile(server, console, ADA)

    entered = console.get_by_test_id("history").get_by_test_id("entered-known_users")
    expect(entered).to_contain_text(f"By an event Gave an e-mail address: {ADA}")
    expect(entered.locator("time")).to_contain_text("UTC")
    expect(console.get_by_test_id("history").get_by_test_id("left-anonymous_users")).to_be_visible()


def test_an_event_opens_to_show_all_that_is_known_of_it(server: Server, console: Page) -> None:
    script = "javascript:alert(1)"
    order = {"total": 42, "page": script}
    visit(
        server,
        type="track",
        event="Order Completed",
        properties=order,
        context={"page": {"url": "javascript:alert(1)"}},
    )
    open_profile(server, console, ADA)

    open_event(console, "Order Completed")
    opened = console.get_by_test_id("events").locator("details[open]")
    expect(opened).to_contain_text('"total": 42')
    expect(opened).to_contain_text(script)
    expect(opened.get_by_role("link")).to_have_count(0)

    open_event(console, "Over the pass")
    link = console.get_by_role("link", name="https://site.example/0")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_the_events_behind_a_count_are_told_and_shown(server: Server, console: Page) -> None:
    make(server, "Subscribers", 'DID "Subscribed & paid" AT LEAST 2 TIMES IN LAST "30d"')
    for _ in range(2):
        visit(server, type="track", event="Subscribed & paid")
    open_profile(server, console, ADA)
    line = console.get_by_test_id("in-subscribers")
    line.locator("summary").click()
    expect(line.locator(".step")).to_contain_text("at least 2 times in the last 30 days last done")
    expect(line.locator(".step-actual time")).to_have_count(2)

    line.get_by_role("link", name="see these events").click()

    titles = console.get_by_test_id("events").locator(".title")
    expect(titles).to_have_text(["Subscribed & paid"] * 2)
    expect(console.locator("#events")).to_contain_text("only “Subscribed & paid”")
    console.get_by_role("link", name="show all").click()
    expect(titles.filter(has_text="Over the pass")).to_be_visible()


def test_what_was_never_done_is_said_so(server: Server, console: Page) -> None:
    make(server, "Flyers", 'DID "Flown"')
    open_profile(server, console, ADA)

    console.get_by_label("Why, or why not, in…").select_option("Flyers")
    console.get_by_role("button", name="Explain").click()

    expect(console.locator(".step")).to_contain_text('Did "Flown" never')
    expect(console.get_by_role("link", name="see these events")).to_have_count(0)


def test_the_page_follows_the_visitor_and_leaves_open_what_is_open(server: Server, console: Page) -> None:
    make(server, "Readers", "page_view_count > 1")
    open_profile(server, console, ADA)
    views = int(console.get_by_test_id("page-views").inner_text())
    line = console.get_by_test_id("in-readers")
    line.locator("summary").click()
    expect(line.locator(".step")).to_contain_text(f"is more than 1 it is {views}")

    visit(server, context={"page": {"title": "A third story"}})

    expect(console.get_by_test_id("page-views")).to_have_text(str(views + 1))
    expect(console.get_by_test_id("events").locator("li").first).to_contain_text("A third story")
    expect(line.locator(".step")).to_be_visible()
    expect(line.locator(".step")).to_contain_text(f"is more than 1 it is {views + 1}")


def test_a_new_audience_shows_up_on_the_page_and_leaves_by_time(server: Server, console: Page) -> None:
    open_profile(server, console, ADA)
    make(server, "Fresh", "score_momentum > 50 AND score_frequency < 25")
    expect(console.get_by_test_id("in-fresh")).to_be_visible()

    server.advance(MONTH)

    expect(console.get_by_test_id("in-fresh")).to_have_count(0)
    left = console.get_by_test_id("history").get_by_test_id("left-fresh")
    expect(left).to_contain_text("By time passing")


def test_the_address_of_a_visitor_who_became_known_leads_to_who_it_is(server: Server, console: Page) -> None:
    visit(server, "adas-second-device")
    open_profile(server, console, "adas-second")
    before = console.url

    visit(server, "adas-second-device", type="identify", traits={"email": ADA})
    console.goto(before)

    expect(console.get_by_role("heading", level=1)).to_have_text(ADA)
    assert console.url != before


def test_who_is_not_there_is_told_in_the_consoles_look(server: Server, console: Page, tolerated: list[str]) -> None:
    tolerated.append("404")

    console.goto(f"{server.address}/console/profiles/4711")

    expect(console.get_by_role("main")).to_contain_text("There is no such profile.")
