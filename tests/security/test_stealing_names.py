"""The attack: take a name before its owner does, or fill his profile so that he does not get in himself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.collector.wire import Browser, batch, browser, event, new
from tests.security.people import by_server, claims, identities, learns, own_view, victim, whole
from tests.server import Server


def _devices(profile: Any) -> set[str]:
    return identities(profile, "anonymous_id")


def _fill(server: Server, email: str, devices: int = 60) -> None:
    """Let many devices claim an address."""
    named = [event("identify", anonymousId=new("crowd"), traits={"email": email}) for _ in range(devices)]
    assert batch(server, *named).json["accepted"] == devices


def test_an_address_claimed_early_goes_to_who_proves_it(server: Server) -> None:
    thief, owner, email, account = browser(), browser(), f"{new('owner')}@victim.example", new("account")
    by_server(server, event("identify", anonymousId=thief.id, userId=new("thief-account")))
    claims(server, thief, email, traits={"plan": "stolen"})

    by_server(server, event("identify", anonymousId=owner.id, userId=account, traits={"email": email}))
    owner.post(server, event(context={"campaign": {"medium": "email", "name": f"word-of-{account}"}}))

    found = whole(server, email=email)
    assert (account in identities(found), thief.id in identities(found)) == (True, False)
    assert "stolen" not in str(found["attributes"])
    assert f"word-of-{account}" not in learns(server, thief)


def test_an_account_claimed_early_goes_to_whom_the_server_gives_it(server: Server) -> None:
    thief, owner, account = browser(), browser(), new("account")
    by_server(server, event("identify", anonymousId=thief.id, traits={"email": f"{new('thief')}@attacker.example"}))
    claims(server, thief, userId=account)

    by_server(server, event("identify", anonymousId=owner.id, userId=account, traits={"note": f"of-{account}"}))

    found = whole(server, identity={"namespace": "user_id", "value": account})
    assert _devices(found) == {owner.id}
    assert f"of-{account}" not in learns(server, thief).replace(account, "")


def test_an_owner_who_proves_himself_sees_nothing_of_the_thief(server: Server) -> None:
    thief, owner, email = browser(), browser(), f"{new('owner')}@victim.example"
    by_server(server, event("identify", anonymousId=thief.id, userId=f"thief-of-{email}"))
    claims(server, thief, email)

    by_server(server, event("identify", anonymousId=owner.id, userId=new("account"), traits={"email": email}))

    assert thief.id not in str(own_view(server, owner))
    assert "thief-of" not in str(own_view(server, owner))


def test_a_crowd_of_claims_does_not_keep_the_owners_next_device_out(server: Server) -> None:
    who, next_device = victim(server), browser()
    _fill(server, who.email)

    answer = claims(server, next_device, who.email)

    found = whole(server, email=who.email)
    assert answer.json["visitor"]["known"] is True
    assert next_device.id in _devices(found)
    assert len(_devices(found)) <= 50


def test_a_crowd_of_claims_does_not_push_out_what_is_proven(server: Server) -> None:
    who = victim(server, proven=True)
    tablet = new("tablet")
    by_server(server, event("identify", anonymousId=tablet, userId=who.user_id))

    _fill(server, who.email, 120)

    assert {who.browser.id, tablet} <= _devices(whole(server, email=who.email))
    assert "gold" in str(own_view(server, who.browser)["audienceSlugs"])


def test_a_server_gets_its_device_in_though_claims_have_taken_every_place(server: Server) -> None:
    who, phone = victim(server), new("phone")
    _fill(server, who.email)

    answer = by_server(server, event("identify", anonymousId=phone, userId=who.user_id))

    assert answer.warnings == []
    assert phone in _devices(whole(server, email=who.email))


def test_a_device_that_gave_way_keeps_its_own_view(server: Server) -> None:
    email, first = f"{new('full')}@victim.example", browser()
    claims(server, first, email)
    before = own_view(server, first)

    _fill(server, email)

    after = own_view(server, first)
    assert first.id not in _devices(whole(server, email=email))
    assert after["id"] == before["id"]
    assert [one["id"] for one in after["events"]["nodes"]] == [one["id"] for one in before["events"]["nodes"]]


@pytest.mark.parametrize("namespace", ["user_id", "email"])
def test_claims_do_not_lock_a_person_out_of_his_own_names(server: Server, namespace: str) -> None:
    owner, account, email = browser(), new("account"), f"{new('owner')}@victim.example"
    claims(server, owner, **({"email": email} if namespace == "user_id" else {"userId": account}))
    for _ in range(6):
        more = (
            {"email": email, "userId": new("wrong")}
            if namespace == "user_id"
            else {**{"userId": account, "email": f"{new('wrong')}@attacker.example"}}
        )
        claims(server, browser(), **more)

    by_server(server, event("identify", anonymousId=owner.id, userId=account, traits={"email": email}))

    assert {account, email, owner.id} <= identities(whole(server, email=email))
    assert {account, email} <= identities(own_view(server, owner))


def test_a_person_who_leaves_a_shared_device_is_not_followed_by_the_next(server: Server) -> None:
    shared: Browser = browser()
    first, second = f"{new('first')}@victim.example", f"{new('second')}@attacker.example"
    claims(server, shared, first, traits={"note": "of-the-first"})

    claims(server, shared, second)
    shared.post(server, event("track", event="Done by the second"))

    assert "of-the-first" not in str(own_view(server, shared))
    assert "Done by the second" not in str(whole(server, email=first))
