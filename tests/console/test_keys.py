"""Keys in a real browser: made, told once, used, rotated and revoked."""

from __future__ import annotations

import re

import httpx2
import pytest
from playwright.sync_api import Error, Locator, Page, expect

from tests.collector.wire import event, new, post
from tests.console.conftest import SignIn
from tests.server import Server

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


def works(server: Server, token: str) -> bool:
    return post(server, "/v1/page", event(), Authorization=f"Bearer {token}").status == 200


def made(server: Server, console: Page, kind: str, name: str) -> str:
    """Make a key of a kind by its form, and give the token that is shown."""
    console.goto(f"{server.address}/console/keys")
    console.get_by_test_id("new-key").click()
    console.get_by_role("link", name=kind).click()
    console.get_by_label("Name").fill(name)
    console.get_by_test_id("make").click()
    return console.get_by_test_id("token").input_value()


def row(console: Page, name: str) -> Locator:
    return console.locator("tr", has=console.get_by_text(name, exact=True))


def test_a_key_is_made_shown_once_and_works(server: Server, console: Page) -> None:
    name = new("billing")
    token = made(server, console, "For servers", name)
    assert token.startswith("sk_")
    assert works(server, token)
    assert token not in console.url

    console.get_by_role("link", name="I have it").click()

    expect(row(console, name)).to_contain_text("Everything")
    expect(row(console, name)).to_contain_text("just now")
    assert token not in console.content()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser would ask whether to send the form again
        console.go_back()
    expect(console.locator("body")).not_to_contain_text(token)


def test_a_token_can_be_copied(server: Server, console: Page) -> None:
    console.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.address)
    token = made(server, console, "For pages", new("copied"))

    console.get_by_test_id("copy").click()

    expect(console.locator("#copied")).to_have_text("Copied.")
    assert console.evaluate("navigator.clipboard.readText()") == token


def test_scopes_and_origins_are_chosen_in_the_form(server: Server, console: Page) -> None:
    reader, shop = new("reader"), new("shop")
    console.goto(f"{server.address}/console/keys/new?kind=secret")
    console.get_by_label("Name").fill(reader)
    for box in console.get_by_role("checkbox").all():
        box.uncheck()
    console.get_by_label("read audiences, attributes").check()
    console.get_by_test_id("make").click()
    expect(console.get_by_test_id("token")).to_be_visible()
    console.goto(f"{server.address}/console/keys/new?kind=write")
    console.get_by_label("Name").fill(shop)
    console.get_by_label("Only from these pages").fill("https://shop.example\nhttps://m.shop.example")
    console.get_by_test_id("make").click()

    console.goto(f"{server.address}/console/keys")

    expect(row(console, reader).locator("td").nth(1)).to_have_text("audiences:read")
    expect(row(console, shop).locator("td").nth(1)).to_have_text(re.compile("https://shop.example.*https://m"))


def test_what_is_wrong_is_said_in_the_form_and_nothing_typed_is_lost(
    server: Server, console: Page, tolerated: list[str]
) -> None:
    tolerated.append("409 (Conflict)")
    name = new("taken")
    made(server, console, "For pages", name)
    console.goto(f"{server.address}/console/keys/new?kind=write")
    console.get_by_label("Name").fill(name)
    console.get_by_label("Only from these pages").fill("https://kept.example")
    console.get_by_test_id("make").click()

    expect(console.get_by_role("alert").filter(has_text="Rotate it, or choose another name")).to_be_visible()
    expect(console.get_by_label("Only from these pages")).to_have_value("https://kept.example")


def test_a_rotated_key_works_beside_the_old_one_until_that_is_revoked(server: Server, console: Page) -> None:
    name = new("turning")
    old = made(server, console, "For pages", name)
    console.goto(f"{server.address}/console/keys")
    console.get_by_role("link", name=f"Rotate {name}").click()
    console.get_by_test_id("rotate").click()
    fresh = console.get_by_test_id("token").input_value()
    assert (works(server, old), works(server, fresh)) == (True, True)

    console.goto(f"{server.address}/console/keys")
    row(console, name).last.get_by_role("link", name="Revoke").click()
    expect(console.get_by_text("The other live key of this name works on.")).to_be_visible()
    console.get_by_test_id("confirm-revoke").click()

    expect(row(console, name).filter(has_text="revoked")).to_have_count(1)
    assert (works(server, old), works(server, fresh)) == (False, True)


def test_a_key_that_somebody_saw_is_replaced_at_once(server: Server, console: Page) -> None:
    name = new("seen by others")
    old = made(server, console, "For pages", name)
    console.goto(f"{server.address}/console/keys")
    console.get_by_role("link", name=f"Rotate {name}").click()
    console.get_by_label("opens nothing any more").check()
    console.get_by_test_id("rotate").click()

    assert works(server, console.get_by_test_id("token").input_value())
    assert not works(server, old)


def test_an_identity_key_tells_its_secret_and_how_tokens_name_it(server: Server, console: Page) -> None:
    secret = made(server, console, "For proof", new("site"))

    assert secret.startswith("is_")
    expect(console.locator("main")).to_contain_text('"kid": "')


def test_who_signed_in_with_a_key_is_signed_out_when_it_is_revoked(
    server: Server, console: Page, client: httpx2.Client, sign_in: SignIn
) -> None:
    name = new("a colleague")
    token = made(server, console, "For people", name)
    assert sign_in(token).status_code == 303
    assert client.get("/console/keys").status_code == 200

    console.goto(f"{server.address}/console/keys")
    console.get_by_role("link", name=f"Revoke {name}").click()
    console.get_by_test_id("confirm-revoke").click()
    console.wait_for_url("**/console/keys")

    assert client.get("/console/keys").status_code == 303


@pytest.mark.parametrize("path", ["new", "x/rotate", "x/revoke"])
def test_another_site_cannot_post_these_forms(client: httpx2.Client, sign_in: SignIn, path: str) -> None:
    sign_in()
    other = {"Sec-Fetch-Site": "cross-site"}

    answer = client.post(f"/console/keys/{path}", data={"kind": "secret", "name": "x"}, headers=other)

    assert answer.status_code == 403


def test_the_answer_with_a_token_is_never_stored(client: httpx2.Client, sign_in: SignIn) -> None:
    sign_in()

    answer = client.post("/console/keys/new", data={"kind": "console", "name": "fresh"}, headers=SAME_SITE)

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "private, no-store"
    assert 'value="ct_' in answer.text


def test_keys_from_the_settings_are_shown_and_cannot_be_changed_here(
    server: Server, client: httpx2.Client, sign_in: SignIn
) -> None:
    sign_in()
    page = client.get("/console/keys").text
    ids = [id for id, rest in re.findall(r'data-testid="key-(\w+)"(.*?)</tr>', page, re.DOTALL) if "Change it" in rest]

    asked = [client.get(f"/console/keys/{id}/{verb}").status_code for id in ids for verb in ("rotate", "revoke")]

    assert len(ids) == 3
    assert asked == [404] * 6
