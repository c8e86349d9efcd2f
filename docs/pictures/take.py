"""Takes the pictures of the README anew: plays the journey with `.venv/bin/python docs/pictures/take.py`."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser import ARGUMENTS, executable  # noqa: E402  # found only once the root is on the path
from tests.journeys import steps  # noqa: E402
from tests.server import CONSOLE_TOKEN, SECRET_KEY, Server  # noqa: E402

HERE = Path(__file__).parent
SIZE = {"width": 1280, "height": 860}
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.4 Mobile/15E148 Safari/604.1"
)
EMAIL = "ada.reader@example.com"


def main() -> None:
    """Start the demo, take every picture, stop."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "demo.db", ("--people", "300", "--no-browse"), {}, "demo")
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        try:
            _take(browser, server)
        finally:
            browser.close()
            server.kill()


def _take(browser: Browser, server: Server) -> None:
    address = server.address
    page = browser.new_context(viewport=SIZE, user_agent=LAPTOP).new_page()
    steps.read_two_stories(page, address)
    page.goto(address)
    expect(page.get_by_test_id("offer")).to_be_visible()
    steps.leave_address(page, EMAIL)
    expect(page.get_by_test_id("known")).to_have_text("Known")
    page.evaluate("scrollTo(0, 0)")
    _shoot(page, "demo")
    page.emulate_media(color_scheme="dark")
    _shoot(page, "demo-dark")
    _come_by_phone(browser, address)
    order = {"userId": "customer-4711", "traits": {"email": EMAIL, "plan": "pro"}}
    server.post("/v1/identify", order, Authorization=f"Bearer {SECRET_KEY}")
    _take_console(browser, address)


def _come_by_phone(browser: Browser, address: str) -> None:
    """Let the same reader come by with another device."""
    page = browser.new_context(viewport={"width": 390, "height": 844}, user_agent=PHONE).new_page()
    page.goto(address)
    expect(page.get_by_test_id("offer")).to_be_attached()
    steps.leave_address(page, EMAIL)
    page.close()


def _take_console(browser: Browser, address: str) -> None:
    console = browser.new_context(viewport={**SIZE, "height": 1000}).new_page()
    steps.sign_in(console, address, CONSOLE_TOKEN)
    steps.build_audience(console, "Fresh and curious")
    expect(console.get_by_test_id("sample")).to_be_visible()
    _shoot(console, "builder")
    console.get_by_test_id("save").click()
    expect(console.get_by_test_id("state")).to_have_text("Active")
    steps.open_profile(console, address, EMAIL)
    _shoot(console, "profile")
    console.locator("#identities").screenshot(path=HERE / "identities.png")
    print("identities.png")


def _shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(600)  # transitions end
    page.screenshot(path=HERE / f"{name}.png")
    print(f"{name}.png")


if __name__ == "__main__":
    main()
