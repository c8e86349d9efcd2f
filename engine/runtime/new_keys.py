"""New keys: their tokens and secrets, and what is kept of them to recognise those by."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from engine.domain import tokens
from engine.domain.keys import EVERYTHING, Algorithm, Key, KeyDraft, KeyKind, Scope
from engine.domain.tokens import Signer
from engine.storage.key_file import KeyFile
from engine.storage.keys import StoredKey
from engine.system import new_id, new_token

PREFIX = {KeyKind.WRITE: "wk", KeyKind.SECRET: "sk", KeyKind.CONSOLE: "ct"}


def new_key(draft: KeyDraft, now: int, key_file: KeyFile) -> tuple[StoredKey, str | None]:
    """Make a key of a draft that is checked, and its token or secret."""
    if draft.kind is KeyKind.IDENTITY:
        return _new_identity(draft, now, key_file)
    token = new_token(PREFIX[draft.kind])
    digest = sha256(token.encode()).digest()
    scopes = all_of(draft.kind) if draft.scopes is None else draft.scopes
    return StoredKey(Key(id_of(digest), draft.kind, draft.name, now, scopes, draft.origins), digest), token


def _new_identity(draft: KeyDraft, now: int, key_file: KeyFile) -> tuple[StoredKey, str | None]:
    algorithm = draft.algorithm or Algorithm.HS256
    key = Key(new_id(), draft.kind, draft.name, now, algorithm=algorithm)
    if draft.public_key is None:
        secret = _secret(key.id, key_file)
        return StoredKey(key, sha256(secret.encode()).digest()), secret
    pem = tokens.pem_of(tokens.public_key(draft.public_key, algorithm))
    return StoredKey(key, sha256(f"{key.id} {pem}".encode()).digest(), pem), None


def signer_of(stored: StoredKey, key_file: KeyFile) -> Signer:
    """Give what an identity key's tokens are checked with. Raises Unauthorized for another house's key file."""
    algorithm = stored.key.algorithm or Algorithm.HS256
    if stored.public_key is not None:
        return Signer(algorithm, tokens.public_key(stored.public_key, algorithm))
    secret = _secret(stored.key.id, key_file).encode()
    if not hmac.compare_digest(sha256(secret).digest(), stored.digest):
        tokens.refuse("the server's key file is not the one that this identity key was made with")
    return Signer(algorithm, secret)


def _secret(id: str, key_file: KeyFile) -> str:
    """Derive the secret of an identity key, as text that goes into any library as it stands."""
    return f"is_{urlsafe_b64encode(key_file.derive(f'identity key {id}')).decode().rstrip('=')}"


def all_of(kind: KeyKind) -> frozenset[Scope]:
    """Give the scopes of a key for which none were named."""
    return EVERYTHING if kind is KeyKind.SECRET else frozenset()


def id_of(digest: bytes) -> str:
    """Name a key after the digest of its token."""
    return digest[:6].hex()
