"""Identity tokens on the wire: what one proves, what stays a claim, and that a bad one refuses the whole request."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import jwt
import pytest

from engine.domain.keys import KeyDraft, KeyKind, NewKey
from tests.collector.wire import Answer, batch, browser, event, new, post, profile
from tests.keys import make
from tests.server import SECRET_KEY, Server


@pytest.fixture(scope="module")
def key(server: Server) -> NewKey:
    """Give an identity key that the server knows."""
    return make(server, KeyDraft(KeyKind.IDENTITY, "site"))[0]


def token(key: NewKey, lasts: int = 600, **claims: Any) -> str:
    """Sign a token, as the site's own server does."""
    said = {"aud": "rollcall", "exp": int(time.time()) + lasts, **claims}
    return jwt.encode(said, str(key.token), "HS256", {"kid": key.key.id})


def person() -> tuple[str, str]:
    """Give a user id and an address that nobody has yet."""
    name = new("user")
    return name, f"{name}@example.com"


def identify(user: str | None = None, email: str | None = None, **more: Any) -> dict[str, Any]:
    """Make an event that names somebody."""
    named = {"userId": user} if user else {}
    return event("identify", traits={"email": email} if email else {}, **named, **more)


def trusts(server: Server, one: dict[str, Any]) -> dict[str, str]:
    """Give how far each name of an event's profile is believed."""
    found = profile(server, anonymousId=one["anonymousId"])["identities"]
    return {identity["value"]: identity["trust"] for identity in found if identity["namespace"] != "anonymous_id"}


def stored(server: Server) -> int:
    """Count everything that is kept of requests."""
    with closing(sqlite3.connect(server.database)) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("events", "refusals")]
    return sum(count for (count,) in counts)


def test_a_token_verifies_the_names_that_it_speaks_of(server: Server, key: NewKey) -> None:
    user, email = person()
    one = identify(user, email)

    answer = batch(server, one, identityToken=token(key, sub=user, email=email))

    assert (answer.json["accepted"], answer.warnings) == (1, [])
    assert trusts(server, one) == {user: "VERIFIED", email: "VERIFIED"}


def test_a_single_call_may_carry_one_too(server: Server, key: NewKey) -> None:
    user, _ = person()
    one = identify(user, identityToken=token(key, sub=user))

    assert post(server, "/v1/identify", one).json["accepted"] == 1
    assert trusts(server, one) == {user: "VERIFIED"}


def test_an_address_is_compared_in_its_one_form(server: Server, key: NewKey) -> None:
    user, email = person()
    one = identify(None, f" {email.upper()} ")

    batch(server, one, identityToken=token(key, sub=user, email=email.title()))

    assert trusts(server, one) == {email: "VERIFIED"}


def test_a_name_that_the_token_does_not_speak_of_is_left_out_with_a_warning(server: Server, key: NewKey) -> None:
    (user, email), (other, another) = person(), person()
    by_user, by_email = identify(user, another), identify(other, email)

    first = batch(server, by_user, identityToken=token(key, sub=user))
    second = batch(server, by_email, identityToken=token(key, email=email))

    assert (first.warnings, second.warnings) == ([(0, "name_not_proven", "email")], [(0, "name_not_proven", "userId")])
    assert trusts(server, by_user) == {user: "VERIFIED"}
    assert trusts(server, by_email) == {email: "VERIFIED"}


def test_an_event_that_names_somebody_else_stays_a_claim(server: Server, key: NewKey) -> None:
    (user, email), (other, another), (_, third) = person(), person(), person()
    named, half = identify(other, another), identify(user, third)

    answer = batch(server, named, half, identityToken=token(key, sub=user, email=email))

    contradicted = [(0, "userId"), (0, "email"), (1, "email")]
    assert answer.warnings == [(index, "token_contradicted", path) for index, path in contradicted]
    assert trusts(server, named) == {other: "CLAIMED", another: "CLAIMED"}


def test_an_event_that_names_nobody_or_somebody_of_whom_the_token_is_silent_stays_a_claim(
    server: Server, key: NewKey
) -> None:
    (user, _), (_, email) = person(), person()
    unnamed, silent = event(), identify(None, email)

    answer = batch(server, unnamed, silent, identityToken=token(key, sub=user))

    assert (answer.json["accepted"], answer.warnings) == (2, [])
    assert trusts(server, unnamed) == {}
    assert trusts(server, silent) == {email: "CLAIMED"}


BAD: Mapping[str, Callable[[NewKey], Any]] = {
    "expired": lambda key: token(key, lasts=-120, sub="u"),
    "of an hour and more": lambda key: token(key, lasts=3_700, sub="u"),
    "for others": lambda key: token(key, sub="u", aud="other"),
    "forged": lambda key: token(key, sub="u")[:-4] + "AAAA",
    "unsigned": lambda key: token(key, sub="u").rpartition(".")[0] + ".",
    "nobody": lambda key: token(key),
    "empty": lambda key: "",
    "a number": lambda key: 7,
    "a list": lambda key: [token(key, sub="u")],
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("authorization", [None, f"Bearer {SECRET_KEY}"], ids=["page", "server"])
def test_a_bad_token_refuses_the_whole_request(
    server: Server, key: NewKey, kind: str, authorization: str | None
) -> None:
    before = stored(server)
    body = {"batch": [event(), {"type": "nonsense"}], "identityToken": BAD[kind](key)}

    answer = post(server, "/v1/batch", body, **({"Authorization": authorization} if authorization else {}))

    assert (answer.status, answer.error, answer.json["error"]["path"]) == (401, "unauthorized", "identityToken")
    assert answer.json["error"]["message"].startswith("The identity token is not accepted: ")
    assert stored(server) == before


def test_null_is_no_token(server: Server, key: NewKey) -> None:
    assert batch(server, event(), identityToken=None).status == 200


def test_a_server_is_believed_as_a_server(server: Server, key: NewKey) -> None:
    (user, email), (_, another) = person(), person()
    one = identify(user, another)
    body = {"batch": [one], "identityToken": token(key, sub=user, email=email)}

    answer = post(server, "/v1/batch", body, Authorization=f"Bearer {SECRET_KEY}")

    assert answer.warnings == []
    assert trusts(server, one) == {user: "SERVER", another: "SERVER"}


def test_a_token_is_kept_nowhere(server: Server, key: NewKey) -> None:
    user, _ = person()
    good, signature = token(key, sub=user), token(key, sub=user).rpartition(".")[2]
    refused: Answer = post(server, "/v1/track", {"anonymousId": new("device"), "identityToken": good})
    post(server, "/v1/identify", identify(user, identityToken=good))
    post(server, "/v1/identify", identify(user, identityToken=f"{good}x"))

    assert refused.rejected == [(0, "event_missing", "event")]
    held = b"".join(path.read_bytes() for path in server.database.parent.iterdir())
    assert signature.encode() not in held
    assert str(key.token).encode() not in held


def test_a_verified_device_sees_the_profile(server: Server, key: NewKey) -> None:
    user, email = person()
    post(server, "/v1/identify", identify(user, email), Authorization=f"Bearer {SECRET_KEY}")
    claimed, proven = browser(), browser()

    by_claim = claimed.post(server, {**event("identify"), "userId": user})
    by_token = proven.post(server, {**event("identify"), "userId": user}, identityToken=token(key, sub=user))

    assert by_claim.json["visitor"]["known"] is False
    assert by_token.json["visitor"]["known"] is True
    assert server.get("/v1/me", Authorization=f"Visitor {proven.secret}")["known"] is True
