"""A browser in which no script runs: everything still works, only not by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.people import ADA, make, read_and_leave_address
from tests.server import CONSOLE_TOKEN, Server


@pytest.fixture
def plain(server: Server, chromium: Browser) -> Iterator[Page]:
    """Give a signed-in browser without scripts."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.address}/console/")
    page.get_by_label("Console token").fill(CONSOLE_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    yield page
    context.close()


def test_searching_explaining_and_deleting_need_no_script(server: Server, plain: Page) -> None:
    read_and_leave_address(server)
    make(server, "Not for long", "EXISTS email")

    plain.get_by_role("link", name="Profiles").click()
    plain.get_by_label("Search").fill("ada")
    plain.get_by_role("button", name="Show").click()
    plain.get_by_role("link", name=ADA).click()
    plain.get_by_test_id("in-not_for_long").locator("summary").click()
    expect(plain.get_by_test_id("in-not_for_long").locator(".steps")).to_be_visible()

    plain.get_by_test_id("in-not_for_long").get_by_role("link", name="Open the audience").click()
    plain.get_by_test_id("delete").click()
    plain.get_by_test_id("confirm-delete").click()
    expect(plain.get_by_role("status").first).to_have_text("The audience not_for_long is deleted.")

    plain.get_by_role("button", name="Sign out").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Sign in")
