"""How a profile's page tells how it came together, and the pages that unlink, merge and erase, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.conftest import SignIn
from tests.console.people import make, open_profile, visit
from tests.server import SECRET_KEY, Server

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
OWN = {"Sec-Fetch-Site": "same-origin"}


def person(server: Server, name: str, *devices: str, **more: str) -> str:
    """Let somebody read a page and leave an address on each device; gives the address."""
    email = f"{name}@example.com"
    for device in devices:
        visit(server, device, context={"userAgent": FIREFOX, "page": {"title": f"Read on {device}"}})
        visit(server, device, type="identify", context={"userAgent": FIREFOX}, traits={"email": email}, **more)
    return email


def identity(console: Page, value: str) -> Locator:
    """Give the line of an identity on a profile's page."""
    return console.locator("#identities li", has=console.get_by_text(value, exact=True)).last


def unlink(console: Page, value: str) -> None:
    """Ask for unlinking an identity."""
    identity(console, value).get_by_role("link", name="Unlink").click()


def confirm(console: Page, word: str, button: str) -> None:
    """Type a word and press the button."""
    console.get_by_label("to confirm").fill(word)
    console.get_by_role("button", name=button).click()


def number(console: Page) -> str:
    """Give the number of the profile whose page is open."""
    return console.url.rpartition("/")[2].partition("?")[0]


def test_a_profile_tells_its_names_and_devices_with_trust_cause_and_event(server: Server, console: Page) -> None:
    email = person(server, "tess", "tess-laptop", "tess-phone")
    told = {"userId": "customer-7", "traits": {"email": email}}
    server.post("/v1/identify", told, Authorization=f"Bearer {SECRET_KEY}")
    open_profile(server, console, email)

    names, devices = console.get_by_test_id("names"), console.get_by_test_id("devices")
    expect(names.locator("li")).to_have_count(2)
    expect(identity(console, "customer-7")).to_contain_text("server")
    expect(devices.locator("li")).to_have_count(3)
    laptop = devices.locator("li", has_text="tess-laptop")
    expect(laptop).to_contain_text("Firefox on Linux")
    expect(laptop).to_contain_text("claimed")
    expect(console.locator(".legend")).to_contain_text("anyone can say anything to a page")
    expect(console.locator(".join-row", has_text="tess-phone").locator(".unseen")).to_contain_text(
        f"is {email}, claimed"
    )
    expect(console.locator(".join-lines path.trust-2")).to_have_count(2)

    devices.locator("li", has_text="tess-phone").get_by_role("link", name="Gave an e-mail address").click()
    expect(console.get_by_role("heading", level=1)).to_have_text(f"Gave an e-mail address: {email}")
    expect(console.get_by_test_id("leads")).to_contain_text("tess-phone")


def test_a_device_is_unlinked_with_what_was_done_on_it(server: Server, console: Page, tolerated: list[str]) -> None:
    tolerated.append("422")
    email = person(server, "uma", "uma-laptop", "uma-tablet")
    open_profile(server, console, email)
    unlink(console, "uma-tablet")
    expect(console.get_by_role("main")).to_contain_text("as an anonymous profile of its own")

    confirm(console, "uma-tabel", "Unlink it")
    expect(console.get_by_role("alert")).to_contain_text("That is not it. Nothing was changed.")
    expect(console.get_by_label("to confirm")).to_have_value("uma-tabel")
    confirm(console, "uma-tablet", "Unlink it")

    cards = console.get_by_test_id("unlinked").locator("section")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text(email)
    expect(cards.first).not_to_contain_text("uma-tablet")
    expect(cards.last).to_contain_text("uma-tablet")
    cards.last.get_by_role("link", name="Visitor uma-tabl").click()
    expect(console.get_by_test_id("known").first).to_have_text("Anonymous")
    expect(console.get_by_test_id("events")).to_contain_text("Read on uma-tablet")


def test_what_was_unlinked_is_not_joined_again_by_a_claim(server: Server, console: Page) -> None:
    email = person(server, "vera", "vera-laptop", "vera-tablet")
    open_profile(server, console, email)
    unlink(console, "vera-tablet")
    confirm(console, "vera-tablet", "Unlink it")
    expect(console.get_by_test_id("unlinked")).to_be_visible()

    visit(server, "vera-tablet", type="identify", traits={"email": email})

    open_profile(server, console, email)
    expect(console.get_by_test_id("devices")).not_to_contain_text("vera-tablet")
    expect(console.get_by_test_id("apart")).to_have_text(f"vera-tablet from {email}", use_inner_text=True)
    console.goto(f"{server.address}/console/refused/identities")
    expect(console.get_by_test_id("conflicts").locator("li").first).to_contain_text(email)


def test_two_profiles_are_merged_and_parted_again(server: Server, console: Page, tolerated: list[str]) -> None:
    tolerated.append("422")
    home, work = person(server, "wim", "wim-laptop"), person(server, "wim.work", "wim-office")
    open_profile(server, console, home)
    kept = number(console)
    console.get_by_test_id("merge").click()
    console.get_by_label("The other profile").fill(work)
    console.get_by_role("button", name="Look up").click()
    console.get_by_role("link", name=f"Compare with {work}").click()
    expect(console.locator("main section")).to_have_count(2)

    confirm(console, home, "Merge them")
    expect(console.get_by_role("alert")).to_contain_text("Nothing was changed")
    confirm(console, work, "Merge them")

    console.wait_for_url(f"**/console/profiles/{kept}")
    expect(console.get_by_test_id("names").locator("li")).to_have_count(2)
    expect(identity(console, "wim-office").last).to_contain_text("merged into this one by a server")
    unlink(console, work)
    expect(console.get_by_role("main")).to_contain_text("is taken back")
    confirm(console, work.upper(), "Unlink it")

    cards = console.get_by_test_id("unlinked").locator("section")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("wim-laptop")
    expect(cards.last).to_contain_text("wim-office")


def test_nobody_is_merged_with_themselves_or_with_nobody(server: Server, console: Page) -> None:
    email = person(server, "xena", "xena-laptop")
    open_profile(server, console, email)
    console.get_by_test_id("merge").click()

    for sought, told in [("xena-laptop", "That is this very profile."), ("no-such", "Nobody is called “no-such”.")]:
        console.get_by_label("The other profile").fill(sought)
        console.get_by_role("button", name="Look up").click()
        expect(console.get_by_role("status")).to_have_text(told)


def test_a_person_is_erased_after_the_export(
    server: Server, console: Page, tolerated: list[str], tmp_path: Path
) -> None:
    tolerated.append("422")
    email = person(server, "yara", "yara-laptop", "yara-phone")
    make(server, "Just Yara", f'email = "{email}"')
    open_profile(server, console, email)
    gone = console.url
    console.get_by_test_id("erase").click()
    goes = console.get_by_test_id("goes")
    for told in ["4 events", f"1 name: {email}", "2 devices"]:
        expect(goes).to_contain_text(told)

    expect(console.locator(".notice").get_by_role("link", name="Just Yara")).to_be_visible()
    with console.expect_download() as download:
        console.get_by_test_id("export").click()
    download.value.save_as(tmp_path / "export.json")
    assert email in json.dumps(json.loads((tmp_path / "export.json").read_text()))
    confirm(console, "yara", "Erase for good")
    expect(console.get_by_role("alert")).to_contain_text("Nothing was changed")
    confirm(console, email, "Erase for good")

    expect(console.get_by_role("heading", level=1)).to_have_text("Erased")
    expect(console.get_by_role("status")).to_contain_text("its 4 events are gone")
    expect(console.get_by_role("link", name="Just Yara")).to_be_visible()
    tolerated.append("404")
    console.goto(gone)
    expect(console.get_by_role("heading", level=1)).to_have_text("Nothing is here")


def test_a_conflict_on_the_profile_leads_to_both_people(server: Server, console: Page) -> None:
    zoe, yan = person(server, "zoe", "zoe-laptop"), person(server, "yan", "yan-laptop", userId="yan-1")
    visit(server, "yan-laptop", type="identify", userId="yan-1", traits={"email": zoe})
    console.goto(f"{server.address}/console/refused/identities")

    line = console.get_by_test_id("conflicts").locator("li").first
    expect(line).to_contain_text(yan)
    expect(line).to_contain_text("name two different people")
    line.get_by_role("link", name=f"Compare with {zoe}").click()

    expect(console.get_by_role("heading", level=1)).to_have_text("Are these two the same person?")


@pytest.mark.parametrize("page", ["unlink?identity=0", "merge?with=1", "erase"])
def test_what_another_site_posts_is_refused(server: Server, client: httpx2.Client, sign_in: SignIn, page: str) -> None:
    visit(server)
    sign_in()

    answer = client.post(f"/console/profiles/1/{page}", data={"typed": "1"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_the_export_is_a_file_that_nobody_keeps(server: Server, client: httpx2.Client, sign_in: SignIn) -> None:
    visit(server)
    sign_in()

    answer = client.get("/console/profiles/1/export.json")

    assert answer.headers["content-disposition"] == 'attachment; filename="rollcall-profile-1.json"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-type"] == "application/json"
