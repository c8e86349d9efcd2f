"""Driving the audience builder as people do, in a real browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.server import Server

PATIENCE = 15_000
"""Milliseconds: what is waited for comes after a pause in typing and two requests, on a machine that may be busy."""


@dataclass(frozen=True)
class Building:
    """A builder page that is open."""

    server: Server
    page: Page

    @property
    def text(self) -> Locator:
        """The rules as text."""
        return self.page.get_by_test_id("text")

    @property
    def rules(self) -> Locator:
        """The rows, groups apart."""
        return self.page.get_by_test_id("rule")

    def part(self, test_id: str, rule: int = 0) -> Locator:
        """Find a control of the rule at a place in reading order."""
        return self.rules.nth(rule).get_by_test_id(test_id)

    def add_rule(self, search: str, label: str) -> None:
        """Add a custom rule to the outermost group, and pick an attribute by the mouse."""
        rule = self.rules.nth(self.rules.count())
        self.page.get_by_test_id("add-rule").last.click()
        rule.get_by_test_id("attribute").press_sequentially(search)
        rule.get_by_test_id("attribute-option").filter(has_text=label).click()
        expect(rule.get_by_test_id("operator")).to_be_focused()

    def add_event(self, search: str, label: str) -> None:
        """Add a rule about what people did to the outermost group, and pick an event by the mouse."""
        rule = self.rules.nth(self.rules.count())
        self.page.get_by_test_id("add-event").last.click()
        rule.get_by_test_id("event").press_sequentially(search)
        rule.get_by_test_id("event-option").filter(has_text=label).last.click()
        expect(rule.get_by_test_id("bound")).to_be_focused()

    def condition(self, test_id: str, at: int = 0) -> Locator:
        """Find a control of the condition at a place in reading order."""
        return self.page.get_by_test_id("condition").nth(at).get_by_test_id(test_id)

    def add_condition(self, search: str, label: str) -> None:
        """Add a condition to the last rule about an event, and pick a property by the mouse."""
        at = self.page.get_by_test_id("condition").count()
        self.page.get_by_test_id("add-condition").last.click()
        self.condition("property", at).press_sequentially(search)
        self.condition("property-option", at).filter(has_text=label).last.click()
        expect(self.condition("operator", at)).to_be_focused()

    def write(self, text: str) -> None:
        """Change the text, and wait until the rows have followed or the mistake is told."""
        with self.page.expect_response("**/console/builder/preview"):
            self.text.fill(text)
        expect(self.page.locator("#preview.htmx-request")).to_have_count(0)

    def expect_text(self, text: str) -> None:
        """Wait until the text says so."""
        expect(self.text).to_have_value(text, timeout=PATIENCE)

    def expect_size(self, size: int) -> None:
        """Wait until the panel counts so many."""
        expect(self.page.get_by_test_id("size")).to_have_attribute("data-size", str(size), timeout=PATIENCE)

    def save(self) -> None:
        """Save, and wait for the audience's page."""
        self.page.get_by_test_id("save").click()
        self.page.wait_for_url(re.compile(r"/console/audiences/(?!new$)[a-z0-9_]+$"))

    def saved(self, slug: str) -> dict[str, Any]:
        """Ask GraphQL for what was saved."""
        query = """query ($slug: String!) { audience(by: {slug: $slug}) {
            name description tags personalizable definition { text } } }"""
        found: dict[str, Any] = self.server.graphql(query, slug=slug)["audience"]
        return found | {"definition": found["definition"]["text"]}


def build(server: Server, console: Page, slug: str | None = None) -> Building:
    """Open the builder for a new audience, or for one there is; `console` is signed in."""
    with console.expect_response("**/console/builder/preview"):
        console.goto(f"{server.address}/console/audiences/{f'{slug}/edit' if slug else 'new'}")
    return Building(server, console)
