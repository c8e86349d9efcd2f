"""Identity tokens: what proves who somebody is, and all that must not."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from engine.domain.keys import Algorithm, KeyDraft, KeyKind, Proof
from engine.errors import InvalidValue, Unauthorized
from tests.engine.living import START, Living

NOW = START // 1000
HOUR = 3_600
CLAIMS = {"aud": "rollcall", "exp": NOW + 600, "sub": "u-1", "email": "Ada@Example.com"}
ADA = Proof("u-1", "ada@example.com")
RSA = rsa.generate_private_key(65_537, 2_048)
PRIVATE: Mapping[Algorithm, Any] = {
    Algorithm.RS256: RSA,
    Algorithm.ES256: ec.generate_private_key(ec.SECP256R1()),
    Algorithm.EDDSA: ed25519.Ed25519PrivateKey.generate(),
}


def public(private: Any) -> str:
    """Give the public key of a private one, as PEM."""
    text: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return text.decode()


@dataclass(frozen=True, slots=True)
class Site:
    """A site's own server, which has an identity key."""

    id: str
    algorithm: Algorithm
    secret: Any = field(repr=False)

    def token(self, header: Mapping[str, Any] = {}, **claims: Any) -> str:
        """Sign a token; a claim that is None is left out."""
        said = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
        named = {name: value for name, value in {"kid": self.id, **header}.items() if value is not None}
        return jwt.encode(said, self.secret, self.algorithm, named)


async def site(living: Living, algorithm: Algorithm = Algorithm.HS256, name: str = "site") -> Site:
    """Make an identity key for a site."""
    private = PRIVATE.get(algorithm)
    pem = None if private is None else public(private)
    new = await living.engine.keys.create(KeyDraft(KeyKind.IDENTITY, name, algorithm=algorithm, public_key=pem))
    return Site(new.key.id, algorithm, new.token or private)


def why_not(living: Living, token: object) -> str:
    """Tell why a token is not accepted."""
    with pytest.raises(Unauthorized) as told:
        living.engine.keys.identity(token)
    prefix = "The identity token is not accepted: "
    assert told.value.message.startswith(prefix)
    return told.value.message.removeprefix(prefix).rstrip(".")


def forged(header: Mapping[str, Any], claims: object, key: bytes | None = None) -> str:
    """Write a token by hand, as no library would."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
    text = b".".join(parts)
    signature = b"" if key is None else hmac.digest(key, text, "sha256")
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_a_token_proves_who_it_names_also_after_a_restart(living: Living, algorithm: Algorithm) -> None:
    token = (await site(living, algorithm)).token()
    before = living.engine.keys.identity(token)
    await living.restart()
    assert (before, living.engine.keys.identity(token)) == (ADA, ADA)


@pytest.mark.parametrize(
    ("claims", "proof"),
    [
        ({"email": None}, Proof("u-1", None)),
        ({"sub": None}, Proof(None, "ada@example.com")),
        ({"aud": ["other", "rollcall"]}, ADA),
        ({"iat": NOW, "nbf": NOW, "jti": "7", "iss": "https://shop.example", "name": "Ada"}, ADA),
        ({"exp": NOW + 600.5}, ADA),
        ({"email_verified": True}, ADA),
        ({"email_verified": False}, Proof("u-1", None)),
    ],
)
async def test_what_a_token_may_say(living: Living, claims: dict[str, Any], proof: Proof) -> None:
    assert living.engine.keys.identity((await site(living)).token(**claims)) == proof


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": None}, "it has no aud"),
        ({"aud": "other"}, "its aud is not 'rollcall'"),
        ({"aud": ["rollcall ", "Rollcall"]}, "its aud is not 'rollcall'"),
        ({"aud": 7}, "its aud is not 'rollcall'"),
        ({"exp": None}, "it has no exp"),
        ({"exp": "soon"}, "its exp is not a number of seconds since 1970"),
        ({"exp": True}, "its exp is not a number of seconds since 1970"),
        ({"exp": float("nan")}, "its exp is not a number of seconds since 1970"),
        ({"nbf": "later"}, "its nbf is not a number of seconds since 1970"),
        ({"exp": NOW * 1_000}, "its exp is more than an hour ahead"),
        ({"sub": 7}, "its sub is not text that identifies anyone"),
        ({"sub": "null"}, "its sub is not text that identifies anyone"),
        ({"sub": ""}, "its sub is not text that identifies anyone"),
        ({"email": "ada"}, "its email is not an e-mail address"),
        ({"email": ["ada@example.com"]}, "its email is not an e-mail address"),
        ({"sub": None, "email": None}, "it names nobody: sub is the user id, email a verified address"),
        ({"sub": None, "email_verified": False}, "it names nobody: sub is the user id, email a verified address"),
    ],
)
async def test_what_a_token_must_not_say(living: Living, claims: dict[str, Any], reason: str) -> None:
    assert why_not(living, (await site(living)).token(**claims)) == reason


TIMES = {
    "just within the leeway of its end": ({"exp": NOW - 59}, None),
    "past the leeway of its end": ({"exp": NOW - 60}, "it has expired"),
    "a second past it": ({"exp": NOW - 61}, "it has expired"),
    "an hour and the leeway ahead": ({"exp": NOW + HOUR + 60}, None),
    "a second more": ({"exp": NOW + HOUR + 61}, "its exp is more than an hour ahead"),
    "not before, within the leeway": ({"nbf": NOW + 60}, None),
    "not before, a second past it": ({"nbf": NOW + 61}, "its nbf is still to come"),
    "made in the future, within the leeway": ({"iat": NOW + 60}, None),
    "made in the future, a second past it": ({"iat": NOW + 61}, "its iat is still to come"),
}


@pytest.mark.parametrize(("claims", "reason"), TIMES.values(), ids=TIMES)
async def test_times_are_those_of_the_house_with_a_minute_of_leeway(
    living: Living, claims: dict[str, Any], reason: str | None
) -> None:
    token = (await site(living)).token(**claims)
    if reason is None:
        assert living.engine.keys.identity(token) == ADA
    else:
        assert why_not(living, token) == reason


async def test_a_token_ages_by_the_clock_of_the_house(living: Living) -> None:
    token = (await site(living)).token()
    proof = living.engine.keys.identity(token)
    living.at += HOUR * 1_000
    assert proof == ADA
    assert why_not(living, token) == "it has expired"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
@pytest.mark.parametrize("algorithm", [Algorithm.HS256, Algorithm.RS256])
async def test_a_token_without_a_signature_proves_nothing(living: Living, algorithm: Algorithm, alg: str) -> None:
    key = await site(living, algorithm)
    assert why_not(living, forged({"alg": alg, "kid": key.id}, CLAIMS)) == (
        f"its alg is not that of its key, which is {algorithm}"
    )


@pytest.mark.parametrize("algorithm", PRIVATE)
async def test_a_public_key_is_no_secret(living: Living, algorithm: Algorithm) -> None:
    """The confusion of HS and RS: a token is signed by HMAC with what everybody knows."""
    key = await site(living, algorithm)
    for text in (public(PRIVATE[algorithm]), public(PRIVATE[algorithm]).strip()):
        token = forged({"alg": "HS256", "kid": key.id}, CLAIMS, text.encode())
        assert why_not(living, token) == f"its alg is not that of its key, which is {algorithm}"


async def test_a_secret_signs_by_its_own_algorithm_only(living: Living) -> None:
    key = await site(living)
    token = jwt.encode(CLAIMS, key.secret * 2, "HS512", {"kid": key.id})
    assert why_not(living, token) == "its alg is not that of its key, which is HS256"


async def test_a_key_vouches_for_its_own_tokens_only(living: Living) -> None:
    mine, other = await site(living), await site(living, name="other")
    stranger = Site(mine.id, mine.algorithm, "is_" + "x" * 43)
    asymmetric = await site(living, Algorithm.ES256, "third")
    assert why_not(living, Site(mine.id, other.algorithm, other.secret).token()) == "its signature is not by its key"
    assert why_not(living, stranger.token()) == "its signature is not by its key"
    assert "its alg is not" in why_not(living, Site(mine.id, asymmetric.algorithm, asymmetric.secret).token())
    assert "its alg is not" in why_not(living, Site(asymmetric.id, mine.algorithm, mine.secret).token())


async def test_one_key_needs_no_kid_several_do(living: Living) -> None:
    first = await site(living)
    alone = living.engine.keys.identity(first.token({"kid": None}))
    await site(living, name="second")
    assert alone == ADA
    assert why_not(living, first.token({"kid": None})) == "there are several identity keys, and it names none by kid"


@pytest.mark.parametrize("kid", ["nobody", "", 7, ["x"], {"a": 1}, "../../etc/passwd", "x' OR 1=1"])
async def test_an_unknown_kid_opens_nothing(living: Living, kid: Any) -> None:
    key = await site(living)
    token = forged({"alg": "HS256", "kid": kid}, CLAIMS, key.secret.encode())
    assert why_not(living, token) in ("its kid is no identity key that is live here", "it is not a JSON Web Token")


async def test_keys_of_other_kinds_vouch_for_nobody(living: Living) -> None:
    new = await living.engine.keys.create(KeyDraft(KeyKind.SECRET, "server"))
    token = jwt.encode(CLAIMS, str(new.token), "HS256", {"kid": new.key.id})
    assert why_not(living, token) == "there is no identity key"
    await site(living)
    assert why_not(living, token) == "its kid is no identity key that is live here"


async def test_a_rotated_key_vouches_until_it_is_revoked(living: Living) -> None:
    old = await site(living)
    token = old.token()
    new = await living.engine.keys.rotate(KeyKind.IDENTITY, "site")
    both = [living.engine.keys.identity(token), Site(new.key.id, old.algorithm, new.token).token()]
    await living.engine.keys.revoke(old.id)
    assert living.engine.keys.identity(both[1]) == both[0] == ADA
    assert why_not(living, token) == "its kid is no identity key that is live here"


@pytest.mark.parametrize(
    "token",
    [
        *("", "x", "a.b.c", "a.b", "....", "é.é.é", "\ud800.x.y", " ", "bnVsbA.e30.x", "W10.e30.x"),
        *(None, 7, True, [], {}, b"a.b.c", "x" * 5_000, base64.urlsafe_b64encode(b"[" * 2_900).decode() + ".e30.x"),
    ],
)
async def test_what_is_no_token_is_said_to_be_none(living: Living, token: object) -> None:
    await site(living)
    assert "it is not" in why_not(living, token)


async def test_what_a_token_demands_to_be_understood_is_not_passed_over(living: Living) -> None:
    key = await site(living)
    token = forged({"alg": "HS256", "kid": key.id, "crit": ["b64"], "b64": False}, CLAIMS, key.secret.encode())
    assert why_not(living, token) == "it is not a JSON Web Token"


async def test_a_body_that_is_no_object_is_no_token(living: Living) -> None:
    key = await site(living)
    for body in (["x"], "x", 7, None):
        token = forged({"alg": "HS256", "kid": key.id}, body, key.secret.encode())
        assert why_not(living, token) == "it is not a JSON Web Token"


async def test_a_refusal_tells_nothing_of_the_token(living: Living) -> None:
    key = await site(living)
    reason = why_not(living, key.token(sub="null", email="secret@example.com"))
    assert "secret" not in reason
    assert key.secret not in reason


async def test_another_key_file_is_noticed(living: Living) -> None:
    token = (await site(living)).token()
    living.database.with_name("rollcall.db.key").unlink()
    await living.restart()
    assert "key file is not the one" in why_not(living, token)


UNFIT = {
    "a private key": (RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), "a private key"),
    "no key": ("hello", "no public key in PEM form"),
    "an empty file": ("", "no public key in PEM form"),
    "a short RSA key": (public(rsa.generate_private_key(65_537, 1_024)), "at least 2048 bits"),
    "a key of another algorithm": (public(PRIVATE[Algorithm.ES256]), "RS256 needs an RSA key"),
}


@pytest.mark.parametrize(("pem", "told"), UNFIT.values(), ids=UNFIT)
async def test_a_public_key_that_does_not_fit_is_an_error(living: Living, pem: str, told: str) -> None:
    draft = KeyDraft(KeyKind.IDENTITY, "site", algorithm=Algorithm.RS256, public_key=pem)
    with pytest.raises(InvalidValue, match=told):
        await living.engine.keys.create(draft)


async def test_the_curve_must_be_that_of_the_algorithm(living: Living) -> None:
    pem = public(ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(InvalidValue, match="P-256"):
        await living.engine.keys.create(KeyDraft(KeyKind.IDENTITY, "s", algorithm=Algorithm.ES256, public_key=pem))
