"""The main job, end to end, as a person plays it: in Chromium, against `rollcall demo` in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.steps import ENGAGED, build_audience, leave_address, open_profile, read_two_stories, sign_in
from tests.server import CONSOLE_TOKEN, Server, StartServer

EMAIL = "ada.reader@example.com"


@pytest.fixture(scope="module")
def demo(start_server: StartServer) -> Server:
    """Give `rollcall demo` with a few dozen people."""
    return start_server("--people", "40", "--no-browse", command="demo", cold=True)


def score(page: Page, name: str) -> int:
    return int(page.get_by_test_id(f"score-{name}").inner_text())


def test_from_a_first_page_to_an_audience_that_time_alone_takes_away(demo: Server, context: BrowserContext) -> None:
    page = context.new_page()

    read_two_stories(page, demo.address)
    expect(page.get_by_test_id("known")).to_have_text("Anonymous")
    expect(page.get_by_test_id(f"audience-{ENGAGED}")).to_contain_text("High momentum, low frequency")
    assert score(page, "momentum") > 50
    assert score(page, "frequency") < 25

    page.evaluate("window.stayed = true")
    leave_address(page, EMAIL)
    expect(page.get_by_test_id("known")).to_have_text("Known")
    expect(page.get_by_test_id("entered-known_users")).to_be_attached()
    expect(page.get_by_test_id("left-anonymous_users")).to_be_attached()
    expect(page.get_by_test_id("letter-thanks")).to_be_visible()
    assert page.evaluate("window.stayed"), "the page was loaded again"

    console = context.new_page()
    sign_in(console, demo.address, CONSOLE_TOKEN)
    build_audience(console, "Fresh and curious")
    expect(console.get_by_test_id("size")).to_have_text(re.compile(r"^[1-9]\d*$"))
    expect(console.get_by_test_id("sample").get_by_role("link").first).to_be_visible()
    console.get_by_test_id("save").click()
    expect(console.get_by_test_id("name")).to_have_text("Fresh and curious")
    expect(console.get_by_test_id("state")).to_have_text("Active")

    belongings = open_profile(console, demo.address, EMAIL)
    expect(belongings.get_by_test_id("in-fresh_and_curious")).to_be_visible()

    page.get_by_role("button", name="A month passes").click()
    expect(page.get_by_test_id(f"left-{ENGAGED}")).to_contain_text("because time passed")

    belongings = open_profile(console, demo.address, EMAIL)
    expect(belongings.get_by_test_id("in-fresh_and_curious")).not_to_be_attached()
    expect(console.get_by_test_id("left-fresh_and_curious")).to_contain_text("time")


def test_history_tells_each_cause(demo: Server) -> None:
    query = """query ($by: ProfileByInput!) { profile(by: $by) {
        known membershipHistory(first: 100) { nodes { transition cause audience { slug } } } } }"""

    profile = demo.graphql(query, by={"email": EMAIL})["profile"]
    told = {(one["audience"]["slug"], one["transition"], one["cause"]) for one in profile["membershipHistory"]["nodes"]}

    assert profile["known"]
    assert ("fresh_and_curious", "ENTERED", "DEFINITION") in told
    assert ("fresh_and_curious", "EXITED", "TIME") in told
    assert (ENGAGED, "EXITED", "TIME") in told


def test_live_equals_recomputed_beside_the_running_server(demo: Server) -> None:
    words = ("rebuild", "--check", "--database", f"sqlite:///{demo.database}")

    checked = subprocess.run([sys.executable, "-m", "cli", *words], capture_output=True, text=True)

    assert (checked.returncode, checked.stdout.strip()) == (0, "Live equals recomputed."), checked.stderr
