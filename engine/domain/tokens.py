"""Identity tokens: JSON Web Tokens by which a site's own server proves who its visitor is (RFC 7519, RFC 8725).

PyJWT checks form, signature and audience. Times are checked here, by the clock of the house, which may be simulated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from engine.domain.contact import identifier, normalise_email
from engine.domain.keys import Algorithm, Proof
from engine.errors import InvalidValue, Unauthorized

LEEWAY: Final = 60
"""Seconds by which two clocks may differ."""
LONGEST_LIFE: Final = 3_600
"""Seconds that a token may have before it."""
LONGEST_TOKEN: Final = 4_096
SMALLEST_RSA: Final = 2_048

Claims: TypeAlias = Mapping[str, Any]
PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
_OPTIONS: Final[Any] = {
    "require": ["exp", "aud"],
    **dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat", "verify_sub", "verify_jti", "verify_iss"), False),
}
_UNREADABLE: Final = (jwt.PyJWTError, ValueError, TypeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Signer:
    """What a key's tokens are checked with; the algorithm belongs to the key, whatever a token says."""

    algorithm: Algorithm
    key: bytes | PublicKey


def text_of(token: object) -> str:
    """Give a token as the text that it must be. Raises Unauthorized."""
    if not isinstance(token, str) or not token or len(token) > LONGEST_TOKEN:
        refuse(f"it is not text of 1 to {LONGEST_TOKEN} characters")
    return token


def key_named_by(token: str) -> str | None:
    """Read which key a token names, before anything of it is believed. Raises Unauthorized."""
    try:
        named = jwt.get_unverified_header(token).get("kid")
    except _UNREADABLE:
        refuse("it is not a JSON Web Token")
    return named if named is None else str(named)


def claims_of(token: str, signer: Signer, audience: str) -> Claims:
    """Give what a token says, if its key has signed it for us; times are still to be looked at. Raises Unauthorized."""
    try:
        claims: Claims = jwt.decode(
            token, signer.key, algorithms=[signer.algorithm], audience=audience, options=_OPTIONS
        )
    except jwt.InvalidAlgorithmError:
        refuse(f"its alg is not that of its key, which is {signer.algorithm}")
    except jwt.InvalidSignatureError:
        refuse("its signature is not by its key")
    except jwt.MissingRequiredClaimError as error:
        refuse(f"it has no {error.claim}")
    except jwt.InvalidAudienceError:
        refuse(f"its aud is not {audience!r}")
    except _UNREADABLE:
        refuse("it is not a JSON Web Token")
    return claims


def proof_of(claims: Claims, now: int) -> Proof:
    """Tell who claims prove somebody to be; `now` in milliseconds. Raises Unauthorized with the reason."""
    _check_times(claims, now / 1000)
    return _proven(claims)


def refuse(reason: str) -> NoReturn:
    """Raise Unauthorized: the reason tells developers what to mend, and nothing that is not theirs."""
    raise Unauthorized(f"The identity token is not accepted: {reason}.", ("identityToken",))


def public_key(pem: str, algorithm: Algorithm) -> PublicKey:
    """Read a public key, which must be one for the algorithm. Raises InvalidValue."""
    if "PRIVATE KEY" in pem:
        raise InvalidValue("This is a private key. Keep it, and give the public one that belongs to it.", _PUBLIC_KEY)
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidValue("This is no public key in PEM form (-----BEGIN PUBLIC KEY-----).", _PUBLIC_KEY) from None
    match algorithm, key:
        case Algorithm.RS256, RSAPublicKey() if key.key_size >= SMALLEST_RSA:
            return key
        case Algorithm.ES256, EllipticCurvePublicKey() if isinstance(key.curve, SECP256R1):
            return key
        case Algorithm.EDDSA, Ed25519PublicKey():
            return key
        case _:
            raise InvalidValue(f"{algorithm} needs {_NEEDED[algorithm]}; this is another key.", _PUBLIC_KEY)


def pem_of(key: PublicKey) -> str:
    """Write a public key in its one form."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


_PUBLIC_KEY: Final = ("public_key",)
_NEEDED: Final[Mapping[Algorithm, str]] = {
    Algorithm.HS256: "no public key",
    Algorithm.RS256: f"an RSA key of at least {SMALLEST_RSA} bits",
    Algorithm.ES256: "a key on the curve P-256",
    Algorithm.EDDSA: "an Ed25519 key",
}


def _check_times(claims: Claims, now: float) -> None:
    expires_at = _moment(claims, "exp")
    if expires_at is None or expires_at + LEEWAY <= now:
        refuse("it has expired")
    if expires_at > now + LONGEST_LIFE + LEEWAY:
        refuse("its exp is more than an hour ahead")
    for name in ("nbf", "iat"):
        at = _moment(claims, name)
        if at is not None and at > now + LEEWAY:
            refuse(f"its {name} is still to come")


def _moment(claims: Claims, name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        refuse(f"its {name} is not a number of seconds since 1970")
    return value


def _proven(claims: Claims) -> Proof:
    """Read who is named; an address that its own issuer has not verified proves nothing."""
    user_id, email = claims.get("sub"), claims.get("email")
    if user_id is not None and (not isinstance(user_id, str) or identifier(user_id) is None):
        refuse("its sub is not text that identifies anyone")
    if email is not None and (not isinstance(email, str) or normalise_email(email) is None):
        refuse("its email is not an e-mail address")
    if claims.get("email_verified") in (False, "false"):
        email = None
    if user_id is None and email is None:
        refuse("it names nobody: sub is the user id, email a verified address")
    return Proof(identifier(user_id), None if email is None else normalise_email(email))
