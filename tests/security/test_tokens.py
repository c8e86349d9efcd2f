"""The attack: an identity token that nobody gave, or one's own token in the service of being somebody else."""

from __future__ import annotations

import json
import sqlite3
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.domain.keys import Algorithm, KeyDraft, KeyKind
from tests.collector.wire import Answer, batch, browser, event, new
from tests.keys import make
from tests.security.people import Browser, by_server, identities, learns, own_view, victim, whole
from tests.server import SECRET_KEY, WRITE_KEY, Server


@dataclass(frozen=True, slots=True)
class Site:
    """A site with two keys for its tokens: a shared one, and one whose public half alone is here."""

    id: str
    secret: str
    public_id: str
    private: EllipticCurvePrivateKey
    public: str

    def token(self, **claims: Any) -> str:
        """Give a good token, but for what `claims` say."""
        return jwt.encode(_claims(claims), self.secret, "HS256", {"kid": self.id})


def _claims(more: Mapping[str, Any]) -> dict[str, Any]:
    claims = {"aud": "rollcall", "exp": int(time.time()) + 600, "sub": "somebody", **more}
    return {name: value for name, value in claims.items() if value is not None}


@pytest.fixture(scope="module")
def site(server: Server) -> Site:
    private = generate_private_key(SECP256R1())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    shared, halved = make(
        server,
        KeyDraft(KeyKind.IDENTITY, "shared", algorithm=Algorithm.HS256),
        KeyDraft(KeyKind.IDENTITY, "halved", algorithm=Algorithm.ES256, public_key=public),
    )
    return Site(shared.key.id, str(shared.token), halved.key.id, private, public)


def _part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(text).decode().rstrip("=")


def _written(header: Mapping[str, Any], claims: Mapping[str, Any], key: bytes | None) -> str:
    """Write a token by hand, as no library would; signed by HMAC, or not at all."""
    signed = f"{_part(header)}.{_part(claims)}"
    return f"{signed}.{'' if key is None else _part(digest(key, signed.encode(), sha256))}"


def _of_somebody_else(site: Site, who: str) -> str:
    """Put other claims under the signature of a good token."""
    header, _, signature = site.token(sub="the-attacker").split(".")
    return f"{header}.{_part(_claims({'sub': who}))}.{signature}"


Forge = Callable[[Site, str], str]
FORGED: dict[str, Forge] = {
    "alg none": lambda site, who: _written({"alg": "none", "kid": site.id}, _claims({"sub": who}), None),
    "alg None": lambda site, who: _written({"alg": "None", "kid": site.id}, _claims({"sub": who}), None),
    "alg none, signed": lambda site, who: _written({"alg": "none", "kid": site.id}, _claims({"sub": who}), b"x"),
    "no alg": lambda site, who: _written({"kid": site.id}, _claims({"sub": who}), b"x"),
    "no signature": lambda site, who: site.token(sub=who).rpartition(".")[0] + ".",
    "two parts": lambda site, who: site.token(sub=who).rpartition(".")[0],
    "five parts": lambda site, who: site.token(sub=who) + ".x.y",
    "another's claims": _of_somebody_else,
    "the public half as a shared secret": lambda site, who: _written(
        {"alg": "HS256", "kid": site.public_id}, _claims({"sub": who}), site.public.encode()
    ),
    "alg none for the public half": lambda site, who: _written(
        {"alg": "none", "kid": site.public_id}, _claims({"sub": who}), None
    ),
    "a key of one's own": lambda site, who: jwt.encode(
        _claims({"sub": who}), generate_private_key(SECP256R1()), "ES256", {"kid": site.public_id}
    ),
    "a key that it brings along": lambda site, who: jwt.encode(
        _claims({"sub": who}), "a" * 43, "HS256", {"kid": site.id, "jwk": {"kty": "oct", "k": _part(b"a" * 43)}}
    ),
    "a key from an address": lambda site, who: jwt.encode(
        _claims({"sub": who}), "a" * 43, "HS256", {"kid": site.id, "jku": "https://attacker.example/keys.json"}
    ),
    "the other key's name": lambda site, who: jwt.encode(
        _claims({"sub": who}), site.secret, "HS256", {"kid": site.public_id}
    ),
    "a key that is not there": lambda site, who: jwt.encode(
        _claims({"sub": who}), site.secret, "HS256", {"kid": "../../dev/null"}
    ),
    "an empty shared secret": lambda site, who: _written({"alg": "HS256", "kid": site.id}, _claims({"sub": who}), b""),
    "the write key as secret": lambda site, who: _written(
        {"alg": "HS256", "kid": site.id}, _claims({"sub": who}), WRITE_KEY.encode()
    ),
    "the key's name as secret": lambda site, who: _written(
        {"alg": "HS256", "kid": site.id}, _claims({"sub": who}), site.id.encode()
    ),
    "a longer hash": lambda site, who: jwt.encode(_claims({"sub": who}), site.secret * 2, "HS512", {"kid": site.id}),
    "a header that must be understood": lambda site, who: jwt.encode(
        _claims({"sub": who}), site.secret, "HS256", {"kid": site.id, "crit": ["exp"]}
    ),
    "expired": lambda site, who: site.token(sub=who, exp=int(time.time()) - 61),
    "without an end": lambda site, who: site.token(sub=who, exp=None),
    "with an end far off": lambda site, who: site.token(sub=who, exp=int(time.time()) + 86_400),
    "with an end that is text": lambda site, who: _written(
        {"alg": "HS256", "kid": site.id}, _claims({"sub": who, "exp": "never"}), site.secret.encode()
    ),
    "not yet begun": lambda site, who: site.token(sub=who, nbf=int(time.time()) + 300),
    "made in the future": lambda site, who: site.token(sub=who, iat=int(time.time()) + 300),
    "for another audience": lambda site, who: site.token(sub=who, aud="another-service"),
    "for nobody": lambda site, who: site.token(sub=who, aud=None),
    "for a longer name": lambda site, who: site.token(sub=who, aud="rollcall.attacker.example"),
    "for an empty list": lambda site, who: site.token(sub=who, aud=[]),
    "naming nobody": lambda site, who: site.token(sub=None),
    "naming junk": lambda site, who: site.token(sub="null"),
    "not a token": lambda site, who: who,
    "a secret key": lambda site, who: SECRET_KEY,
    "too long": lambda site, who: site.token(sub=who, more="x" * 5_000),
}
ODD: list[Any] = [7, True, [], {}, ["a.b.c"], {"token": "a.b.c"}, ""]


def says(server: Server, who: Browser, token: Any, *events: dict[str, Any]) -> Answer:
    """Post events with a token, as the tag does."""
    return who.post(server, *events, identityToken=token)


def _kept(server: Server) -> int:
    with closing(sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)) as connection:
        tables = ("events", "refusals", "fragments", "identifiers")
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_refuses_the_whole_request(server: Server, site: Site, forge: Forge) -> None:
    who, attacker = victim(server, proven=True), browser()
    before = _kept(server)
    token = forge(site, who.user_id)

    answer = says(server, attacker, token, event("identify", userId=who.user_id), event())

    assert (answer.status, answer.error) == (401, "unauthorized")
    assert who.word not in answer.body.decode()
    assert site.secret not in answer.body.decode()
    assert _kept(server) == before
    assert own_view(server, attacker) is None


@pytest.mark.parametrize("token", ODD, ids=str)
def test_what_is_no_text_is_no_token(server: Server, site: Site, token: Any) -> None:
    assert says(server, browser(), token, event()).status == 401


def test_a_good_token_opens_what_a_forged_one_would(server: Server, site: Site) -> None:
    who, phone = victim(server, proven=True), browser()

    answer = says(server, phone, site.token(sub=who.user_id), event("identify", userId=who.user_id))

    assert answer.status == 200
    assert "gold" in answer.audiences
    assert phone.id in identities(whole(server, email=who.email))


@pytest.mark.parametrize("end", [-59, 3_600])
def test_clocks_may_differ_by_a_minute(server: Server, site: Site, end: int) -> None:
    token = site.token(sub=new("user"), exp=int(time.time()) + end)

    assert says(server, browser(), token, event()).status == 200


def test_ones_own_token_proves_nobody_else(server: Server, site: Site) -> None:
    who, attacker, own = victim(server, proven=True), browser(), new("attacker")
    others = [
        event("identify", userId=who.user_id),
        event("identify", traits={"email": who.email}),
        event("identify", userId=own, traits={"email": who.email}),
        event("track", userId=who.user_id, context={"traits": {"email": who.email}}),
    ]

    answers = [says(server, attacker, site.token(sub=own), one) for one in others]

    assert [answer.status for answer in answers] == [200] * 4
    told = f"{[answer.json for answer in answers]} {learns(server, attacker)}"
    assert "'gold'" not in told
    assert who.word not in told.replace(who.email, "").replace(who.user_id, "")
    assert attacker.id not in {
        one["value"] for one in whole(server, email=who.email)["identities"] if one["trust"] != "CLAIMED"
    }


def test_an_address_that_its_issuer_has_not_verified_proves_nothing(server: Server, site: Site) -> None:
    who, attacker = victim(server, proven=True), browser()
    token = site.token(sub=new("attacker"), email=who.email, email_verified=False)

    answer = says(server, attacker, token, event("identify", traits={"email": who.email}))

    assert "gold" not in answer.audiences
    assert "'gold'" not in learns(server, attacker)


def test_ones_own_token_does_not_draw_a_strangers_device_into_ones_own_profile(server: Server, site: Site) -> None:
    """With the id of a device from a log, and a token that proves only who the attacker is."""
    who, attacker, account = victim(server), browser(), new("attacker")
    says(server, attacker, site.token(sub=account), event("identify", userId=account))

    drawn = event("identify", anonymousId=who.browser.id, userId=account)
    answer = batch(server, drawn, identityToken=site.token(sub=account))

    assert answer.json["visitor"] is None
    assert whole(server, anonymousId=who.browser.id)["id"] == whole(server, email=who.email)["id"]
    assert who.word not in learns(server, attacker)
    assert own_view(server, who.browser)["email"] == who.email


def test_a_token_after_a_claim_of_a_stranger_proves_nothing_about_the_stranger(server: Server, site: Site) -> None:
    who, attacker, account = victim(server), browser(), new("attacker")
    attacker.post(server, event("identify", traits={"email": who.email}))

    says(server, attacker, site.token(sub=account), event("identify", userId=account))

    assert who.word not in learns(server, attacker).replace(who.email, "")
    assert account not in identities(whole(server, email=who.email))


def test_a_token_never_overwrites_the_servers_word(server: Server, site: Site) -> None:
    who, account = browser(), new("user")
    by_server(server, event("identify", anonymousId=None, userId=account, traits={"plan": "free"}))

    says(server, who, site.token(sub=account), event("identify", userId=account, traits={"plan": "gold"}))
    says(server, who, site.token(sub=account), event("identify", userId=account, traits={"plan": None}))

    assert whole(server, anonymousId=who.id)["attributes"]["plan"] == "free"


@pytest.mark.parametrize("place", ["in the event", "in its context", "in its traits"])
def test_a_token_counts_only_at_the_top_of_a_batch(server: Server, site: Site, place: str) -> None:
    who, attacker = victim(server, proven=True), browser()
    said = {"identityToken": site.token(sub=who.user_id)}
    placed: dict[str, Any] = {
        **{"in the event": said, "in its context": {"context": said}, "in its traits": {"traits": said}}
    }

    answer = attacker.post(server, event("identify", userId=who.user_id, **placed[place]))

    assert "gold" not in answer.audiences


def test_a_token_is_kept_nowhere(server: Server, site: Site) -> None:
    who, token = browser(), site.token(sub=new("user"))

    says(server, who, token, event("identify"), event("nonsense", identityToken=token))

    signature = token.rpartition(".")[2].encode()
    assert all(signature not in path.read_bytes() for path in server.database.parent.iterdir() if path.is_file())
