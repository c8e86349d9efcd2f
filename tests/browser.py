"""A real Chromium for tests: `chromium`, and `page`, which fails its test when the page complains.

The browser lives as long as a module, not a session: Playwright's synchronous API keeps an event loop running in the
main thread, in which the asynchronous tests of other modules could not start theirs. Keep those out of browser modules.
A test names its server before `page`: fixtures close in reverse, and a page whose server is gone complains.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Names for pages that are neither on localhost nor of the collector's origin: *.test is this machine.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
MISSING = "Chromium is needed for this test: `make browser`, or `apt-get install chromium`."


def executable() -> Path:
    """Find the installed Chromium, or fail the test with what to do."""
    found = which("chromium") or which("chromium-browser") or which("google-chrome")
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return Path(found)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try what a real browser failed at once more: its timing is not ours. The report tells every such retry."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What pages complained about so far; complete after the next call to the page."""
    return []


@pytest.fixture
def tolerated() -> list[str]:
    """Parts of complaints that a test provokes on purpose: it appends them before it does."""
    return []


@pytest.fixture
def context(chromium: Browser, console_errors: list[str], tolerated: list[str]) -> Iterator[BrowserContext]:
    """A visitor's browser: storage of its own, at first empty; its pages must not complain."""
    visitor = new_visitor(chromium, console_errors)
    yield visitor
    visitor.close()
    assert_quiet(console_errors, tolerated)


def new_visitor(chromium: Browser, errors: list[str]) -> BrowserContext:
    """Give a visitor's browser with an empty storage; what its pages complain about is added to the errors."""
    visitor = chromium.new_context()
    visitor.set_default_timeout(10_000)
    visitor.on("console", lambda message: _note(message, errors))
    visitor.on("weberror", lambda thrown: errors.append(str(thrown.error)))
    return visitor


def assert_quiet(errors: list[str], tolerated: list[str]) -> None:
    """Fail the test for complaints that it does not tolerate."""
    assert [complaint for complaint in errors if not any(part in complaint for part in tolerated)] == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab of the visitor's browser."""
    return context.new_page()


def _note(message: ConsoleMessage, console_errors: list[str]) -> None:
    if message.type == "error" and "favicon.ico" not in message.location["url"]:
        console_errors.append(f"{message.text} ({message.location['url']})")
