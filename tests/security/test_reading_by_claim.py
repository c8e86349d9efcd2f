"""The attack: say a victim's address with the key that stands in every page, and read what is known of the victim."""

from __future__ import annotations

from typing import Any

import pytest

from tests.collector.wire import Browser, browser, event
from tests.security.people import Victim, by_server, claims, identities, learns, own_view, victim, visitor_asks, whole
from tests.server import Server


def assert_nothing_of(who: Victim, told: str) -> None:
    """See that a text holds nothing that only the victim and the servers have said; the address all know."""
    assert who.word not in told.replace(who.email, "")
    assert who.user_id not in told
    assert who.browser.id not in told
    assert "'gold'" not in told
    assert "from_email" not in told


@pytest.mark.parametrize("proven", [False, True], ids=["a claimed victim", "a proven victim"])
@pytest.mark.parametrize("type", ["identify", "track", "page"])
def test_claiming_an_address_tells_the_claimant_what_he_said_himself(server: Server, type: str, proven: bool) -> None:
    who, attacker = victim(server, proven), browser()

    answer = attacker.post(server, event(type, properties={"email": who.email}))

    assert_nothing_of(who, f"{answer.json} {learns(server, attacker)}")


@pytest.mark.parametrize("proven", [False, True], ids=["a claimed victim", "a proven victim"])
def test_claiming_the_id_of_an_account_tells_no_more(server: Server, proven: bool) -> None:
    who, attacker = victim(server, proven), browser()

    answer = attacker.post(server, event("identify", userId=who.user_id))

    assert_nothing_of(who, f"{answer.json} {learns(server, attacker)}".replace(who.user_id, ""))


def test_claiming_address_and_account_at_once_tells_no_more(server: Server) -> None:
    who, attacker = victim(server, proven=True), browser()

    claims(server, attacker, who.email, userId=who.user_id)

    assert_nothing_of(who, learns(server, attacker).replace(who.user_id, ""))


def test_what_the_victim_does_after_the_claim_stays_with_the_victim(server: Server) -> None:
    who, attacker = victim(server), browser()
    claims(server, attacker, who.email)

    who.browser.post(server, event("track", event=f"Later {who.word}", properties={"what": who.word}))
    by_server(server, event("identify", anonymousId=None, userId=who.user_id, traits={"later": who.word}))

    assert_nothing_of(who, learns(server, attacker))


def test_a_victim_who_comes_after_the_claim_is_not_watched(server: Server) -> None:
    attacker, email = browser(), "will-come@victim.example"
    claims(server, attacker, email)

    later, word = browser(), "later-secret"
    later.post(server, event(context={"page": {"url": f"https://shop.example/{word}"}}))
    claims(server, later, email, traits={"note": word})

    assert word not in learns(server, attacker)
    assert later.id not in learns(server, attacker)


def _logs_in(server: Server, who: Browser, account: str) -> None:
    """Let the shop's server tell that whoever holds this browser has an account of his own."""
    by_server(server, event("identify", anonymousId=who.id, userId=account))


@pytest.mark.parametrize("proven", [False, True], ids=["a claimed victim", "a proven victim"])
def test_logging_in_as_oneself_after_claiming_a_victim_proves_nothing_about_the_victim(
    server: Server, proven: bool
) -> None:
    who, attacker = victim(server, proven), browser()
    claims(server, attacker, who.email)

    _logs_in(server, attacker, f"attacker-of-{who.user_id}")

    assert_nothing_of(who, learns(server, attacker).replace(f"attacker-of-{who.user_id}", ""))
    assert whole(server, email=who.email)["id"] != whole(server, identity=account(f"attacker-of-{who.user_id}"))["id"]


def test_logging_in_as_oneself_after_claiming_a_victim_without_an_account_opens_nothing(server: Server) -> None:
    attacker, later, email, word = browser(), browser(), "no-account@victim.example", "word-without-an-account"
    later.post(server, event(context={"campaign": {"medium": "email", "name": word}}))
    claims(server, later, email, traits={"note": word})
    claims(server, attacker, email)

    _logs_in(server, attacker, "attacker-of-one-without-account")

    told = learns(server, attacker)
    assert word not in told
    assert "from_email" not in told
    assert "attacker-of-one-without-account" not in identities(whole(server, email=email))


def test_claiming_a_victim_after_logging_in_as_oneself_opens_nothing(server: Server) -> None:
    who, attacker = victim(server), browser()
    _logs_in(server, attacker, f"attacker-of-{who.word}")

    claims(server, attacker, who.email)

    assert_nothing_of(who, learns(server, attacker).replace(f"attacker-of-{who.word}", ""))


def test_who_is_logged_in_and_claims_an_address_early_does_not_watch_who_claims_it_later(server: Server) -> None:
    attacker, later, email, word = browser(), browser(), "early@victim.example", "word-of-the-later-one"
    _logs_in(server, attacker, "an-early-attacker")
    claims(server, attacker, email)

    later.post(server, event(context={"campaign": {"medium": "email", "name": word}}))
    claims(server, later, email, traits={"note": word})

    told = learns(server, attacker)
    assert word not in told
    assert "from_email" not in told


def test_claiming_first_and_logging_in_before_the_victim_comes_opens_nothing(server: Server) -> None:
    attacker, later, email, word = browser(), browser(), "early-2@victim.example", "word-of-another"
    claims(server, attacker, email)
    _logs_in(server, attacker, "another-early-attacker")

    later.post(server, event(context={"campaign": {"medium": "email", "name": word}}))
    claims(server, later, email, traits={"note": word})

    told = learns(server, attacker)
    assert word not in told
    assert "from_email" not in told


def test_a_device_that_a_server_has_proven_reads_no_words_of_servers(server: Server) -> None:
    who = victim(server, proven=True)

    told = str(own_view(server, who.browser))

    assert "gold" in told
    assert "debts" not in told


def test_events_that_are_not_shown_do_not_end_the_pages(server: Server) -> None:
    who = victim(server, proven=True)
    query = """query ($after: String) { me { events(first: 1, after: $after) {
      nodes { type } pageInfo { endCursor hasNextPage } } } }"""

    pages: list[Any] = []
    after = None
    while not pages or pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(visitor_asks(server, who.browser, query, after=after).json["data"]["me"]["events"])
        after = pages[-1]["pageInfo"]["endCursor"]

    assert [[node["type"] for node in page["nodes"]] for page in pages] == [
        *([], ["identify"], [f"Bought {who.word}"], ["page"])
    ]


def account(user_id: str) -> dict[str, Any]:
    """Name a profile by the id of an account."""
    return {"namespace": "user_id", "value": user_id}
