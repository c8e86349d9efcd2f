"""People who visit, as the tests of the console's pages need them: sent through the real collector."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.server import Server

MONTH = 30 * 86_400
DEVICE = "ada-lovelace-laptop"
ADA = "ada@example.com"
CREATE = """mutation ($input: CreateAudienceInput!) {
  createAudience(input: $input) { audience { slug } userErrors { message } }
}"""


def visit(server: Server, device: str = DEVICE, **event: Any) -> None:
    """Send one event, a page view if nothing else is said; it must be accepted."""
    answer = server.post("/v1/batch", {"batch": [{"type": "page", "anonymousId": device} | event]})
    assert answer["accepted"] == 1, answer


def read_and_leave_address(server: Server) -> None:
    """Let Ada read two stories about cycling, and leave her address."""
    for number, title in enumerate(["Over the pass", "Down the valley"]):
        page = {"title": title, "url": f"https://site.example/{number}"}
        visit(server, context={"page": page, "topics": {"cycling": 1}})
    visit(server, type="identify", traits={"email": ADA, "first_name": "Ada", "last_name": "Lovelace"})


def make(server: Server, name: str, definition: str, **more: Any) -> str:
    """Make an audience, and give its slug."""
    asked = {"name": name, "definition": {"text": definition}} | more
    answer = server.graphql(CREATE, input=asked)["createAudience"]
    assert answer["userErrors"] == [], answer
    return str(answer["audience"]["slug"])


def open_profile(server: Server, console: Page, search: str) -> None:
    """Find a profile by the beginning of an identifier, and open it."""
    console.goto(f"{server.address}/console/profiles?q={search}")
    console.locator("#results a.person").first.click()
    console.wait_for_url("**/console/profiles/*")
