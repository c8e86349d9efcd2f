"""A signed-in browser, and a client that speaks HTTP as a browser does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import httpx2
import pytest
from playwright.sync_api import Page

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
