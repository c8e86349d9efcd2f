"""Keys open what they are for, are told once, kept as digests, rotated two at a time, and revoked for good."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import pytest

from engine.assembly import open_parts
from engine.domain.keys import EVERYTHING, Algorithm, KeyDraft, KeyKind, Scope, checked
from engine.domain.keys import origin as normal_origin
from engine.errors import InvalidValue, NotFound, RollcallError, Taken
from engine.settings import Settings
from tests.engine.living import MINUTE, Living

SECRET = KeyDraft(KeyKind.SECRET, "shop")


async def made(living: Living, kind: KeyKind = KeyKind.SECRET, name: str = "shop") -> str:
    """Make a key and give its token."""
    return str((await living.engine.keys.create(KeyDraft(kind, name))).token)


def live(living: Living) -> list[str]:
    """List the ids of live keys."""
    return [key.id for key in living.engine.keys.all() if key.is_live]


@pytest.mark.parametrize(
    ("kind", "prefix"), [(KeyKind.WRITE, "wk_"), (KeyKind.SECRET, "sk_"), (KeyKind.CONSOLE, "ct_")]
)
async def test_a_key_is_told_once_and_known_ever_after(living: Living, kind: KeyKind, prefix: str) -> None:
    token = await made(living, kind)
    await living.restart()
    key = living.engine.keys.check(token)
    assert token.startswith(prefix)
    assert key is not None
    assert (key.kind, key.name, key.created_at) == (kind, "shop", living.at)
    assert key.id in live(living)


@pytest.mark.parametrize("token", ["", "sk_", "wk_wrong", "\ud800", "é" * 1_000])
async def test_what_is_no_key_opens_nothing(living: Living, token: str) -> None:
    await made(living)
    assert living.engine.keys.check(token) is None


async def test_nothing_secret_is_in_the_file(living: Living) -> None:
    token = await made(living)
    signing = await living.engine.keys.create(KeyDraft(KeyKind.IDENTITY, "site"))
    await living.engine.keys.rotate(KeyKind.IDENTITY, "site")
    held = b"".join(path.read_bytes() for path in living.database.parent.glob("rollcall.db*"))
    assert token.encode() not in held
    assert str(signing.token).encode() not in held


async def test_keys_from_settings_are_keys_too_and_may_everything(living: Living) -> None:
    settings = Settings(database=f"sqlite:///{living.database}", write_key="wk_mine", secret_key="sk_mine")
    async with open_parts(settings) as parts:
        found = [parts.engine.keys.check(token) for token in ("wk_mine", "sk_mine", "ct_mine")]
        with pytest.raises(InvalidValue, match="stands in the settings"):
            await parts.engine.keys.revoke(parts.engine.keys.all()[0].id)
    assert [one and one.kind for one in found] == [KeyKind.WRITE, KeyKind.SECRET, None]
    assert [one.scopes for one in found if one] == [frozenset(), EVERYTHING]


async def test_two_keys_are_two_sources(living: Living) -> None:
    for name in ("one", "two"):
        await made(living, KeyKind.WRITE, name)
    assert len({key.id for key in living.engine.keys.all()}) == 2


async def test_a_secret_key_has_all_scopes_unless_some_are_named(living: Living) -> None:
    whole = await living.engine.keys.create(SECRET)
    some = await living.engine.keys.create(KeyDraft(KeyKind.SECRET, "part", frozenset({Scope.EVENTS})))
    await living.restart()
    held = [key.scopes for key in living.engine.keys.all()]
    assert held == [EVERYTHING, {Scope.EVENTS}]
    assert [whole.key.may_everything, some.key.may_everything] == [True, False]


async def test_a_rotation_makes_a_second_key_like_the_first_and_both_open(living: Living) -> None:
    draft = KeyDraft(KeyKind.SECRET, "shop", frozenset({Scope.METRICS}))
    old = await living.engine.keys.create(draft)
    new = await living.engine.keys.rotate(KeyKind.SECRET, "shop")
    found = [living.engine.keys.check(str(one.token)) for one in (old, new)]
    assert old.token != new.token
    assert [key and (key.kind, key.name, key.scopes) for key in found] == [(KeyKind.SECRET, "shop", draft.scopes)] * 2


async def test_at_most_two_keys_of_a_name_are_live(living: Living) -> None:
    await living.engine.keys.create(SECRET)
    await living.engine.keys.rotate(KeyKind.SECRET, "shop")
    with pytest.raises(Taken, match="revoke one first"):
        await living.engine.keys.rotate(KeyKind.SECRET, "shop")
    with pytest.raises(Taken, match="Rotate it, or choose another name"):
        await living.engine.keys.create(SECRET)
    assert len(live(living)) == 2


async def test_a_rotation_may_take_the_old_ones_away_at_once(living: Living) -> None:
    old = [await living.engine.keys.create(SECRET), await living.engine.keys.rotate(KeyKind.SECRET, "shop")]
    new = await living.engine.keys.rotate(KeyKind.SECRET, "shop", revoke_old=True)
    assert [living.engine.keys.check(str(one.token)) for one in old] == [None, None]
    assert live(living) == [new.key.id]


async def test_a_revoked_key_opens_nothing_and_stays_on_the_list(living: Living) -> None:
    new = await living.engine.keys.create(SECRET)
    revoked = await living.engine.keys.revoke(new.key.id)
    living.at += MINUTE
    again = await living.engine.keys.revoke(new.key.id)
    await living.restart()
    assert living.engine.keys.check(str(new.token)) is None
    assert living.engine.keys.live(new.key.id) is None
    assert revoked == again == living.engine.keys.all()[0]
    assert revoked.revoked_at == living.at - MINUTE


async def test_the_name_of_a_revoked_key_is_free_again(living: Living) -> None:
    await living.engine.keys.revoke((await living.engine.keys.create(SECRET)).key.id)
    assert (await living.engine.keys.create(SECRET)).token
    assert len(live(living)) == 1


async def test_what_is_not_there_cannot_be_rotated_or_revoked(living: Living) -> None:
    await made(living, KeyKind.WRITE)
    with pytest.raises(NotFound):
        await living.engine.keys.rotate(KeyKind.SECRET, "shop")
    with pytest.raises(NotFound):
        await living.engine.keys.revoke("nobody")


async def test_rotations_that_race_make_one_key(living: Living) -> None:
    await living.engine.keys.create(SECRET)
    racing = [living.engine.keys.rotate(KeyKind.SECRET, "shop") for _ in range(5)]
    told = await asyncio.gather(*racing, return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["NewKey", *["Taken"] * 4]
    assert len(live(living)) == 2


def last_written(living: Living) -> int | None:
    with closing(sqlite3.connect(living.database)) as connection:
        (at,) = connection.execute("SELECT last_used_at FROM keys").fetchone()
        return int(at) if at else None


async def test_uses_are_noted_at_once_and_written_later(living: Living) -> None:
    token = await made(living)
    living.engine.keys.check(token)
    noted, before = living.engine.keys.all()[0].last_used_at, last_written(living)
    written = [await living.parts.uses.run_once() for _ in range(2)]
    await living.restart()
    assert (noted, before, last_written(living)) == (living.at, None, living.at)
    assert written == [1, 0]
    assert living.engine.keys.all()[0].last_used_at == living.at


async def test_the_key_of_the_demo_site_is_made_anew_when_it_was_revoked(living: Living) -> None:
    first = await living.engine.keys.public("demo site")
    same = await living.engine.keys.public("demo site")
    key = living.engine.keys.check(first)
    assert key is not None
    await living.engine.keys.revoke(key.id)
    assert first == same
    assert await living.engine.keys.public("demo site") not in (first, None)


MISFITS = {
    "a blank name": KeyDraft(KeyKind.WRITE, "  "),
    "a name of two lines": KeyDraft(KeyKind.WRITE, "a\nb"),
    "a long name": KeyDraft(KeyKind.WRITE, "x" * 101),
    "scopes of a write key": KeyDraft(KeyKind.WRITE, "x", frozenset({Scope.EVENTS})),
    "no scope at all": KeyDraft(KeyKind.SECRET, "x", frozenset()),
    "origins of a secret key": KeyDraft(KeyKind.SECRET, "x", origins=("https://a.example",)),
    "an algorithm of a console key": KeyDraft(KeyKind.CONSOLE, "x", algorithm=Algorithm.HS256),
    "a public key for HS256": KeyDraft(KeyKind.IDENTITY, "x", public_key="pem"),
    "no public key for RS256": KeyDraft(KeyKind.IDENTITY, "x", algorithm=Algorithm.RS256),
    "no origin": KeyDraft(KeyKind.WRITE, "x", origins=("*",)),
    "too many origins": KeyDraft(KeyKind.WRITE, "x", origins=tuple(f"https://{n}.example" for n in range(51))),
}


@pytest.mark.parametrize("draft", MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_together_is_an_error(draft: KeyDraft) -> None:
    with pytest.raises(InvalidValue):
        checked(draft)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_compared_as_browsers_write_it(written: str, normal: str) -> None:
    assert normal_origin(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        *("", "*", "null", "shop.example", "https://", "https://*.shop.example", "ftp://shop.example"),
        *("https://shop.example/path", "https://shop.example?x", "https://me@shop.example", "https://shop.example:x"),
    ],
)
def test_what_is_no_origin_is_an_error(written: str) -> None:
    with pytest.raises(RollcallError, match="origin"):
        normal_origin(written)


async def test_a_new_key_does_not_show_its_token_by_accident(living: Living) -> None:
    new = await living.engine.keys.create(SECRET)
    assert new.token is not None
    assert new.token not in repr(new)
