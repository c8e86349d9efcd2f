"""A visitor whose secret is in a cookie that no script reads: who gets it, what it proves, and to whom it does not."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from typing import Any

import pytest

from collector.visitor_cookie import LASTS_FOR, NAME
from engine.domain.keys import KeyDraft, KeyKind
from engine.domain.visitors import anonymous_id
from tests.collector.wire import Answer, ask, browser, event, new
from tests.keys import make
from tests.server import WRITE_KEY, Server, StartServer

SHOP, OTHER = "https://www.shop.example", "https://blog.shop.example"


@pytest.fixture(scope="module")
def site(start_server: StartServer) -> Server:
    """A server whose cookie is for pages of one shop."""
    return start_server(ROLLCALL_VISITOR_COOKIE="true", ROLLCALL_ALLOWED_ORIGINS=SHOP)


def visitor(server: Server, origin: str | None = SHOP, cookie: str | None = None, **body: Any) -> Answer:
    return send(server, "/v1/visitor", body, origin, cookie)


def send(server: Server, path: str, body: Any, origin: str | None, cookie: str | None, **headers: str) -> Answer:
    given = {"Origin": origin, "Cookie": cookie and f"theme=dark; {NAME}={cookie}"} | headers
    text = json.dumps({"writeKey": WRITE_KEY, **body}).encode()
    return ask(server, "POST", path, text, **{name: said for name, said in given.items() if said})


def post(server: Server, id: str, cookie: str | None, origin: str | None = SHOP, **around: Any) -> Answer:
    return send(server, "/v1/batch", {"batch": [event(anonymousId=id)], **around}, origin, cookie)


def secret_of(answer: Answer) -> str:
    return SimpleCookie(answer.headers["set-cookie"])[NAME].value


def test_a_visitor_never_seen_gets_an_id_and_a_cookie_that_proves_it(site: Server) -> None:
    answer = visitor(site)

    secret = secret_of(answer)
    assert answer.json == {
        "success": True,
        "anonymousId": anonymous_id(secret),
        "visitor": {"known": False, "audiences": []},
    }
    assert answer.headers["set-cookie"] == (
        f"__Host-rollcall={secret}; Max-Age={LASTS_FOR}; Path=/; Secure; HttpOnly; SameSite=Lax"
    )
    assert secret not in answer.body.decode()


def test_whose_storage_was_deleted_is_who_he_was(site: Server) -> None:
    first = visitor(site)
    id, cookie = first.json["anonymousId"], secret_of(first)
    post(site, id, cookie)

    again = visitor(site, cookie=cookie)

    assert (again.json["anonymousId"], secret_of(again)) == (id, cookie)
    assert "anonymous_users" in again.json["visitor"]["audiences"]


def test_the_cookie_stands_in_the_place_of_the_secret_and_is_renewed(site: Server) -> None:
    first = visitor(site)
    id, cookie = first.json["anonymousId"], secret_of(first)

    answer = post(site, id, cookie)

    assert "anonymous_users" in answer.audiences
    assert secret_of(answer) == cookie
    me = ask(site, "GET", "/v1/me", None, Origin=SHOP, Cookie=f"{NAME}={cookie}")
    assert me.json == answer.json["visitor"]


def test_a_secret_that_a_script_kept_until_now_is_taken_over(site: Server) -> None:
    before = browser()
    before.post(site, event())

    answer = visitor(site, visitorSecret=before.secret)

    assert (answer.json["anonymousId"], secret_of(answer)) == (before.id, before.secret)


def test_a_cookie_that_is_there_is_not_replaced_by_what_a_script_says(site: Server) -> None:
    cookie = secret_of(visitor(site))

    answer = visitor(site, cookie=cookie, visitorSecret=browser().secret)

    assert secret_of(answer) == cookie


def test_a_secret_in_the_body_has_the_last_word_on_events(site: Server) -> None:
    mine, cookie = browser(), secret_of(visitor(site))

    answer = post(site, mine.id, cookie, visitorSecret=mine.secret)

    assert answer.json["visitor"] is not None
    assert "set-cookie" not in answer.headers


def test_it_proves_nothing_for_another_visitors_events(site: Server) -> None:
    answer = post(site, browser().id, secret_of(visitor(site)))

    assert (answer.json["accepted"], answer.json["visitor"], answer.json["warnings"]) == (1, None, [])
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", [OTHER, "null", f"{SHOP}.evil.example", None])
def test_pages_that_are_not_named_neither_get_it_nor_use_it(site: Server, origin: str | None) -> None:
    first = visitor(site)
    id, cookie = first.json["anonymousId"], secret_of(first)

    refused = visitor(site, origin, cookie)
    sent = post(site, id, cookie, origin)
    read = ask(site, "GET", "/v1/me", None, **({"Origin": origin} if origin else {}), Cookie=f"{NAME}={cookie}")

    assert (refused.status, "set-cookie" in refused.headers) == (403, False)
    assert (sent.json["visitor"], "set-cookie" in sent.headers) == (None, False)
    assert read.json == {"known": False, "audiences": []}
    assert all("access-control-allow-credentials" not in one.headers for one in (refused, sent, read))


def test_nobody_plants_a_secret_of_his_own_from_another_page(site: Server) -> None:
    planted = visitor(site, OTHER, visitorSecret=browser().secret)
    by_form = send(site, "/v1/visitor", {"visitorSecret": browser().secret}, None, None, Sec_Fetch_Site="cross-site")

    assert [(one.status, "set-cookie" in one.headers) for one in (planted, by_form)] == [(403, False)] * 2


def test_a_page_of_another_site_is_told_that_no_browser_would_keep_it(site: Server) -> None:
    answer = send(site, "/v1/visitor", {}, SHOP, None, Sec_Fetch_Site="cross-site")

    assert (answer.status, "domain" in answer.json["message"]) == (403, True)


def test_a_page_of_the_collectors_own_origin_reads_with_it_though_its_get_names_no_origin(site: Server) -> None:
    cookie = secret_of(visitor(site))
    answer = ask(site, "GET", "/v1/me", None, Sec_Fetch_Site="same-origin", Cookie=f"{NAME}={cookie}")
    ours = post(site, str(anonymous_id(cookie)), cookie)

    read = ask(site, "GET", "/v1/me", None, Sec_Fetch_Site="same-origin", Cookie=f"{NAME}={cookie}")

    assert (answer.status, read.json) == (200, ours.json["visitor"])


def test_named_pages_may_send_cookies_and_only_they(site: Server) -> None:
    mine, others = (
        ask(site, "OPTIONS", "/v1/visitor", None, Origin=origin, Access_Control_Request_Method="POST")
        for origin in (SHOP, OTHER)
    )

    assert mine.headers["access-control-allow-origin"] == SHOP
    assert mine.headers["access-control-allow-credentials"] == "true"
    assert not [name for name in others.headers if name.startswith("access-control")]


def test_a_keys_own_origins_stand_in_the_place_of_the_settings(site: Server) -> None:
    key = make(site, KeyDraft(KeyKind.WRITE, new("key"), origins=(OTHER,)))[0].token

    statuses = [visitor(site, origin, writeKey=key).status for origin in (OTHER, SHOP)]

    assert statuses == [200, 403]


def test_it_can_be_forgotten(site: Server) -> None:
    cookie = secret_of(visitor(site))

    answer = visitor(site, cookie=cookie, forget=True)

    assert answer.json == {"success": True, "anonymousId": None, "visitor": None}
    assert re.match(r"__Host-rollcall=; Max-Age=0; Path=/; Secure;", answer.headers["set-cookie"])


@pytest.mark.parametrize("cookie", ["", "short", "x" * 44, "a b", '"' + "a" * 43 + '"'])
def test_what_is_no_secret_is_no_cookie(site: Server, cookie: str) -> None:
    answer = visitor(site, cookie=cookie)

    assert len(secret_of(answer)) == 43
    assert secret_of(answer) != cookie


def test_without_the_setting_there_is_none(server: Server) -> None:
    mine = browser()

    answers = [visitor(server), post(server, mine.id, mine.secret)]

    assert [one.status for one in answers] == [404, 200]
    assert answers[1].json["visitor"] is None
    assert all("set-cookie" not in one.headers for one in answers)
    assert all("access-control-allow-credentials" not in one.headers for one in answers)


def test_it_does_not_start_where_any_page_would_be_trusted(start_server: StartServer) -> None:
    with pytest.raises(AssertionError, match="visitor_cookie needs allowed_origins"):
        start_server(ROLLCALL_VISITOR_COOKIE="true")


def test_the_secret_is_neither_stored_nor_logged(site: Server) -> None:
    first = visitor(site)
    cookie = secret_of(first)
    post(site, first.json["anonymousId"], cookie)

    kept = [path.read_bytes() for path in site.database.parent.iterdir()]

    assert all(cookie.encode() not in held for held in kept)
