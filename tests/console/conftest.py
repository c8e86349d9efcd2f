"""A signed-in browser, and a client that speaks HTTP as a browser does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import assert_quiet, new_visitor
from tests.server import CONSOLE_TOKEN, Server

SignIn: TypeAlias = Callable[..., httpx2.Response]


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """Give a client of the server that follows nothing by itself."""
    with httpx2.Client(base_url=server.address) as client:
        yield client


@pytest.fixture
def sign_in(client: httpx2.Client) -> SignIn:
    """Post the sign-in form as the console's own page does."""

    def post(token: str = CONSOLE_TOKEN, back: str = "", **headers: str) -> httpx2.Response:
        form = {"token": token, "next": back}
        given = headers or {"Sec-Fetch-Site": "same-origin"}
        return client.post("/console/sign-in", data=form, headers=given)

    return post


@pytest.fixture(scope="module")
def console_errors() -> list[str]:
    """What pages complained about so far; `context` empties it for each test."""
    return []


@pytest.fixture(scope="module")
def visitor(chromium: Browser, console_errors: list[str]) -> Iterator[BrowserContext]:
    """One visitor's browser for a module: what its pages load, scripts above all, stays in its cache."""
    visitor = new_visitor(chromium, console_errors)
    yield visitor
    visitor.close()


@pytest.fixture
def context(visitor: BrowserContext, console_errors: list[str], tolerated: list[str]) -> Iterator[BrowserContext]:
    """The module's visitor, at first without tabs, cookies and permissions; the console keeps nothing else there."""
    console_errors.clear()
    yield visitor
    for page in visitor.pages:
        page.close()
    visitor.clear_cookies()
    visitor.clear_permissions()
    assert_quiet(console_errors, tolerated)


@pytest.fixture
def console(server: Server, page: Page) -> Page:
    """Give a browser's tab that is signed in, on the list of audiences."""
    enter(page, server)
    page.goto(f"{server.address}/console/audiences")
    return page


def enter(page: Page, server: Server) -> None:
    """Sign a browser in without its pages."""
    own = {"Sec-Fetch-Site": "same-origin"}
    page.request.post(f"{server.address}/console/sign-in", form={"token": CONSOLE_TOKEN}, headers=own)
