"""Who gets in: a token for a session, and nothing else."""

from __future__ import annotations

import re

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import SignIn
from tests.server import CONSOLE_TOKEN, SECRET_KEY, WRITE_KEY, Server, StartServer

INSIDE = ["/console/", "/console/audiences", "/console/profiles", "/console/profiles/1", "/console/live/audiences"]


@pytest.mark.parametrize("path", INSIDE)
def test_who_is_not_signed_in_is_sent_to_sign_in(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/sign-in?next=")


def test_one_signs_in_and_is_back_where_one_wanted_to_go(server: Server, page: Page) -> None:
    page.goto(f"{server.address}/console/profiles?who=known&sort=newest")

    page.get_by_label("Console token").fill(CONSOLE_TOKEN)
    page.get_by_label("Console token").press("Enter")

    expect(page).to_have_url(f"{server.address}/console/profiles?who=known&sort=newest")
    expect(page.get_by_role("heading", level=1)).to_have_text("Profiles")


@pytest.mark.parametrize("token", ["ct_wrong", "", WRITE_KEY, SECRET_KEY, "ct_test ct_test", "\u0000", "ü" * 300])
def test_only_a_console_token_opens(client: httpx2.Client, sign_in: SignIn, token: str) -> None:
    answer = sign_in(token)

    assert answer.status_code == 401
    assert "is not a console token" in answer.text
    assert "set-cookie" not in answer.headers
    sign_in()  # a right one forgets the wrong ones before it


def test_spaces_around_a_pasted_token_do_no_harm(sign_in: SignIn) -> None:
    assert sign_in(f"  {CONSOLE_TOKEN}\n").status_code == 303


def test_the_cookie_is_a_session_and_for_this_site_alone(sign_in: SignIn) -> None:
    cookie = sign_in().headers["set-cookie"]

    assert re.match(r"rollcall-console=[\w-]{43};", cookie)
    assert {"HttpOnly", "SameSite=lax", "Path=/console"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert CONSOLE_TOKEN not in cookie


def test_behind_tls_the_cookie_is_secure_and_of_this_host(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_SECURE_COOKIES="true")
    form = {"token": CONSOLE_TOKEN}

    answer = httpx2.post(f"{server.address}/console/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-rollcall-console=")
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/"} <= set(cookie.split("; "))


def test_signing_out_ends_the_session_on_the_server(client: httpx2.Client, sign_in: SignIn) -> None:
    cookie = sign_in().headers["set-cookie"].partition(";")[0]
    assert client.get("/console/audiences").status_code == 200

    client.post("/console/sign-out", headers={"Sec-Fetch-Site": "same-origin"})

    assert "rollcall-console" not in client.cookies
    assert client.get("/console/audiences", headers={"Cookie": cookie}).status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "{here}"}, 403),
        ({"Origin": "{here}"}, 303),
        ({"Origin": "https://elsewhere.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"X-Says": "nothing of where it comes from"}, 403),
    ],
)
def test_only_our_own_pages_may_post(server: Server, sign_in: SignIn, headers: dict[str, str], status: int) -> None:
    given = {name: value.format(here=server.address) for name, value in headers.items()}

    assert sign_in(**given).status_code == status


def test_a_form_of_another_site_deletes_nothing(server: Server, client: httpx2.Client, sign_in: SignIn) -> None:
    sign_in()

    answer = client.post("/console/audiences/dormant/delete", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "Another site sent this form" in answer.text
    assert server.graphql('{ audience(by: {slug: "dormant"}) { slug } }')["audience"] == {"slug": "dormant"}


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "/console/\\..\\evil",
        "javascript:alert(1)",
        "/console/\r\nSet-Cookie: a=b",
        "/graphql",
        "console/profiles",
        "",
    ],
)
def test_the_way_back_is_a_page_of_the_console_only(sign_in: SignIn, back: str) -> None:
    assert sign_in(back=back).headers["location"] == "/console/audiences"


def test_a_page_whose_session_ended_says_so_and_keeps_what_was_typed(
    server: Server, console: Page, tolerated: list[str]
) -> None:
    tolerated.append("401 (Unauthorized)")
    console.context.clear_cookies()

    console.get_by_label("Search").fill("momentum")

    expect(console.get_by_role("alert")).to_contain_text("You have been signed out.")
    expect(console.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "/console/sign-in")
    expect(console.get_by_label("Search")).to_have_value("momentum")
    expect(console.get_by_test_id("audience-all")).to_be_visible()


def test_guessing_becomes_slow_and_a_right_token_gets_in_afterwards(start_server: StartServer) -> None:
    server = start_server()
    with httpx2.Client(base_url=server.address, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        first = [client.post("/console/sign-in", data={"token": f"ct_{n}"}) for n in range(6)]
        during = client.post("/console/sign-in", data={"token": CONSOLE_TOKEN})
        while (last := client.post("/console/sign-in", data={"token": CONSOLE_TOKEN})).status_code == 429:
            assert 1 <= int(last.headers["retry-after"]) <= 30

    assert [answer.status_code for answer in first] == [401, 401, 401, 401, 401, 429]
    assert during.status_code == 429
    assert "Too many wrong tokens" in during.text
    assert last.status_code == 303


def test_a_form_of_a_size_that_nobody_types_is_refused(sign_in: SignIn) -> None:
    assert sign_in("x" * 3_000_000).status_code == 413


def test_a_page_says_that_the_server_is_gone_and_that_it_is_back(
    start_server: StartServer, page: Page, tolerated: list[str]
) -> None:
    tolerated += [
        "ERR_CONNECTION_REFUSED",
        "ERR_INCOMPLETE_CHUNKED_ENCODING",
        "401",
        "network error",
        "Failed to fetch",
    ]
    server = start_server()
    page.goto(f"{server.address}/console/")
    page.get_by_label("Console token").fill(CONSOLE_TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audiences")

    server.stop()
    expect(page.get_by_role("alert")).to_contain_text("Rollcall does not answer.")

    server.restart()
    expect(page.get_by_role("alert")).to_contain_text("You have been signed out.", timeout=60_000)
