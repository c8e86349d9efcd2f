"""The steps of the main journey, as a person takes them: in the magazine, then in the console."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

STORIES = ("/stories/the-long-way-to-the-lake", "/stories/twenty-quiet-minutes-with-a-chain")
ENGAGED = "high_momentum_low_frequency"


def read_two_stories(page: Page, address: str) -> None:
    """Read two stories, waiting for each until the panel has it."""
    for count, path in enumerate(STORIES, 1):
        page.goto(address + path)
        expect(page.get_by_test_id("pages")).to_have_text(str(count))


def leave_address(page: Page, email: str) -> None:
    """Fill in the newsletter form of the page that is open."""
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Send me the letter").click()


def sign_in(page: Page, address: str, token: str) -> None:
    """Open the console, and give the token that `rollcall demo` prints."""
    page.goto(f"{address}/console/")
    page.get_by_label("Console token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Audiences")).to_be_visible()


def add_rule(page: Page, search: str, attribute: str, operator: str, value: str) -> None:
    """Choose a custom rule, search for its attribute, pick operator and value."""
    rules = page.get_by_test_id("rule")
    before = rules.count()
    page.get_by_test_id("add-rule").last.click()
    expect(rules).to_have_count(before + 1)
    rule = rules.last
    rule.get_by_test_id("attribute").press_sequentially(search)
    page.get_by_role("option", name=attribute).click()
    rule.get_by_test_id("operator").select_option(label=operator)
    rule.get_by_test_id("value").fill(value)


def build_audience(page: Page, name: str) -> None:
    """Build by clicking: momentum above 50, frequency below 25."""
    page.get_by_test_id("new-audience").click()
    add_rule(page, "momen", "Score: momentum", "is more than", "50")
    add_rule(page, "freq", "Score: frequency", "is less than", "25")
    page.get_by_test_id("name").fill(name)


def open_profile(page: Page, address: str, email: str) -> Locator:
    """Find a profile by its e-mail address; gives the list of its audiences."""
    page.goto(f"{address}/console/profiles")
    page.get_by_role("searchbox").fill(email)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=email).click()
    expect(page.get_by_test_id("name")).to_contain_text(email)
    return page.get_by_test_id("audiences")
