"""`rollcall keys`: a key is printed once, alone, and works at once on a server that runs, until it is revoked."""

from __future__ import annotations

import asyncio
import time
from typing import get_args

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cyclopts import CycloptsError

from cli.__main__ import AlgorithmName, Kind, ScopeName, app
from engine.assembly import open_parts
from engine.domain.keys import Algorithm, KeyDraft, KeyKind, Scope
from engine.errors import RollcallError
from engine.settings import Settings
from tests.cli.running import Folder
from tests.collector.wire import ask, batch, event, post, soon
from tests.server import Server


def listed(folder: Folder) -> list[list[str]]:
    """Give the rows of `keys list`: id, kind and the rest."""
    return [line.split() for line in folder.done("keys", "list").splitlines()[1:]]


def works(server: Server, key: str) -> bool:
    return post(server, "/v1/page", event(), Authorization=f"Bearer {key}").status == 200


@pytest.mark.parametrize(
    ("kind", "prefix"), [("write", "wk_"), ("secret", "sk_"), ("console", "ct_"), ("identity", "is_")]
)
def test_a_key_is_printed_alone_and_kept_only_as_a_digest(folder: Folder, kind: str, prefix: str) -> None:
    key = folder.done("keys", "create", kind, "for a test").strip()

    assert key.startswith(prefix)
    assert len(key) > 30
    assert len(key.split()) == 1
    assert key.encode() not in b"".join(path.read_bytes() for path in folder.path.iterdir())


@pytest.mark.parametrize("kind", ["write", "secret"])
def test_a_server_that_runs_takes_a_new_key_and_a_rotated_one_and_no_revoked_one(server: Server, kind: str) -> None:
    folder = Folder(server.database.parent)
    old = folder.done("keys", "create", kind, "turning").strip()
    new = folder.done("keys", "rotate", "turning", "--kind", kind).strip()

    assert soon(lambda: works(server, old) and works(server, new))

    (id,) = [row[0] for row in listed(folder) if row[1:3] == [kind, "turning"]][:1]
    folder.done("keys", "revoke", id)

    assert soon(lambda: not works(server, old))
    assert works(server, new)


def test_old_keys_can_be_taken_away_at_once(folder: Folder) -> None:
    folder.done("keys", "create", "secret", "shop", "--scope", "events", "--scope", "audiences:read")
    folder.done("keys", "rotate", "shop", "--revoke-old")

    old, new = listed(folder)

    assert (old[-1], new[-1]) == ("revoked", "live")
    assert new[1:5] == ["secret", "shop", "audiences:read", "events"]


def test_the_list_tells_all_but_the_token(folder: Folder) -> None:
    token = folder.done("keys", "create", "write", "shop", "--origin", "HTTPS://Shop.example/").strip()
    folder.done("keys", "create", "secret", "server")

    said = folder.done("keys", "list")

    assert said.split("\n")[0].split() == ["id", "kind", "name", "may", "made", "last", "used", "state"]
    for told in ("write", "https://shop.example", "secret", "everything", "never", "live"):
        assert told in said
    assert token not in said


def test_a_key_without_a_name_gets_one_that_is_free(folder: Folder) -> None:
    for _ in range(3):
        folder.done("keys", "create", "write")

    said = folder.done("keys", "list")

    assert all(f"from the command line{more}  " in said for more in ("", " 2", " 3"))


def test_a_public_key_signs_tokens_and_nothing_secret_is_printed(server: Server) -> None:
    folder = Folder(server.database.parent)
    private = generate_private_key(SECP256R1())
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder.path / "public.pem").write_bytes(pem)

    ran = folder.run("keys", "create", "identity", "site", "--algorithm", "ES256", "--public-key", "public.pem")

    claims = {"aud": "rollcall", "exp": int(time.time()) + 600, "sub": "u-1"}
    token = jwt.encode(claims, private, "ES256", {"kid": ran.out.strip()})
    assert ran.out.strip() in ran.err
    assert soon(lambda: batch(server, event(), identityToken=token).status == 200)


def test_a_console_key_takes_no_events(server: Server) -> None:
    key = Folder(server.database.parent).done("keys", "create", "console").strip()
    time.sleep(1.5)

    assert post(server, "/v1/page", event(), Authorization=f"Bearer {key}").status == 401
    assert ask(server, "GET", "/metrics", None, X_Real_IP="192.0.2.1", Authorization=f"Bearer {key}").status == 401


WRONG = {
    "a name twice": ("create write shop", "Rotate it, or choose another name"),
    "nothing to rotate": ("rotate nobody", "There is no live key “nobody”"),
    "nothing to revoke": ("revoke nobody", "There is no key 'nobody'"),
    "a scope that is none": ("create secret x --scope everything", "everything"),
    "a scope of a write key": ("create write x --scope events", "Only secret keys have scopes"),
    "an origin that is none": ("create write x --origin shop", "'shop' is not an origin"),
    "an origin of a secret key": ("create secret x --origin https://shop.example", "Only write keys have origins"),
    "no public key": ("create identity x --algorithm RS256", "RS256 needs the public key"),
    "a public key that is none": ("create identity x --algorithm RS256 --public-key text.txt", "no public key in PEM"),
    "a file that is not there": ("create identity x --algorithm RS256 --public-key no.pem", "no.pem"),
    "two kinds of a name": ("rotate both", "add --kind secret or --kind write"),
}


@pytest.fixture(scope="module")
def stocked(shared: Folder) -> Folder:
    """Give a folder with some keys."""

    async def stock() -> None:
        async with open_parts(Settings(database=f"sqlite:///{shared.database}")) as parts:
            for kind, name in ((KeyKind.WRITE, "shop"), (KeyKind.WRITE, "both"), (KeyKind.SECRET, "both")):
                await parts.engine.keys.create(KeyDraft(kind, name))

    (shared.path / "text.txt").write_text("hello")
    asyncio.run(stock())
    return shared


@pytest.mark.parametrize(("words", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_said_in_words(
    stocked: Folder, words: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(stocked.path)

    with pytest.raises((RollcallError, CycloptsError, OSError)) as failed:
        app(["keys", *words.split()], exit_on_error=False, print_error=False)

    assert told in str(failed.value)
    assert capsys.readouterr().out == ""


def test_what_the_command_names_is_what_there_is() -> None:
    assert set(get_args(Kind)) == set(KeyKind)
    assert set(get_args(ScopeName)) == set(Scope)
    assert set(get_args(AlgorithmName)) == set(Algorithm)
