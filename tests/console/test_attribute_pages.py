"""The catalog in a real browser: searched while typing, by keyboard, without scripts, and at the rule it concerns."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.building import build
from tests.console.conftest import enter
from tests.console.people import make, visit
from tests.server import Server


@pytest.fixture(scope="module", autouse=True)
def people(server: Server) -> None:
    """Let four people tell their size, one of them in words, and one buy something for a price in words."""
    for number, size in enumerate((46, 47, 48, "large")):
        visit(server, f"catalog-device-{number}", type="identify", traits={"size": size, "city": "Bern"})
    for total in (10, 20, 30, "free"):
        visit(server, "catalog-device-0", type="track", event="Bought", properties={"total": total})
    make(server, "Large ones", 'size = "large"')


@pytest.fixture
def plain(server: Server, chromium: Browser) -> Iterator[Page]:
    """Give a signed-in browser without scripts."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    enter(page, server)
    yield page
    context.close()


def test_an_attribute_is_found_while_typing_and_opened_by_keyboard(server: Server, console: Page) -> None:
    console.get_by_role("link", name="Attributes").click()
    expect(console.get_by_role("link", name="Attributes")).to_have_attribute("aria-current", "page")
    console.keyboard.press("/")
    console.keyboard.type("size")
    expect(console.get_by_test_id("attribute")).to_have_count(1)

    console.get_by_role("link", name="Size").focus()
    console.keyboard.press("Enter")

    expect(console.get_by_role("heading", level=1)).to_have_text("Size")
    expect(console.get_by_test_id("conflict")).to_contain_text("75 % of its values are numbers")
    console.get_by_role("link", name="Large ones").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("Large ones")


def test_conflicts_alone_are_listed_at_a_choice(server: Server, console: Page) -> None:
    console.goto(f"{server.address}/console/attributes")

    console.get_by_label("In conflict").check()

    expect(console.get_by_test_id("attribute")).to_have_count(1)
    expect(console.get_by_test_id("attribute")).to_contain_text("Text, also seen as number")
    expect(console).to_have_url(re.compile("kind=conflict"))


def test_searching_and_opening_need_no_script(server: Server, plain: Page) -> None:
    plain.goto(f"{server.address}/console/attributes")
    plain.get_by_label("Search").fill("how often they came")
    plain.get_by_role("button", name="Show").click()
    plain.get_by_role("link", name="Number of visits").click()

    expect(plain.get_by_test_id("description")).to_contain_text("How often they came")
    expect(plain.get_by_test_id("facts")).to_contain_text("visitct")


def test_the_builder_says_at_a_rule_which_values_it_does_not_see(server: Server, console: Page) -> None:
    building = build(server, console, "large_ones")
    expect(building.part("lost")).to_contain_text("75 % of its values are numbers: they count as missing here.")
    link = building.part("lost").get_by_role("link", name="See its values")
    expect(link).to_have_attribute("href", "/console/attributes/about?name=size")

    building.add_rule("city", "City")
    expect(building.part("lost", 1)).to_have_count(0)
    building.add_event("Bought", "Bought")
    building.add_condition("total", "Total")

    expect(building.condition("lost")).to_have_text("75 % of its values are numbers: they count as missing here.")


def test_the_builder_offers_an_attribute_with_its_meaning(server: Server, console: Page) -> None:
    building = build(server, console)
    building.page.get_by_test_id("add-rule").last.click()
    building.part("attribute").press_sequentially("visitct")

    offered = building.part("attribute-option")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("How often they came; a pause over 30 minutes begins a new visit.")
    expect(offered).to_contain_text("visit_count · built in, also called visitct")
