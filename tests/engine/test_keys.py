"""Keys open what they are for, are told once, and are kept by their digest alone."""

from __future__ import annotations

import pytest

from engine.assembly import open_parts
from engine.ports import KeyKind
from engine.settings import Settings
from tests.engine.living import Living


@pytest.mark.parametrize(
    ("kind", "prefix"), [(KeyKind.WRITE, "wk_"), (KeyKind.SECRET, "sk_"), (KeyKind.CONSOLE, "ct_")]
)
async def test_a_key_is_told_once_and_known_ever_after(living: Living, kind: KeyKind, prefix: str) -> None:
    token = await living.engine.keys.create(kind, "shop")
    await living.restart()
    key = living.engine.keys.check(token)
    assert token.startswith(prefix)
    assert key is not None
    assert (key.kind, key.name, key.created_at) == (kind, "shop", living.at)
    assert key in living.engine.keys.all()


@pytest.mark.parametrize("token", ["", "sk_", "wk_wrong", "\ud800", "é" * 1_000])
async def test_what_is_no_key_opens_nothing(living: Living, token: str) -> None:
    await living.engine.keys.create(KeyKind.SECRET, "shop")
    assert living.engine.keys.check(token) is None


async def test_a_secret_token_is_nowhere_in_the_file(living: Living) -> None:
    token = await living.engine.keys.create(KeyKind.SECRET, "shop")
    files = [living.database, living.database.with_name("rollcall.db-wal")]
    assert not any(token.encode() in file.read_bytes() for file in files)


async def test_keys_from_settings_are_keys_too(living: Living) -> None:
    settings = Settings(database=f"sqlite:///{living.database}", write_key="wk_mine", secret_key="sk_mine")
    async with open_parts(settings) as parts:
        found = [parts.engine.keys.check(token) for token in ("wk_mine", "sk_mine", "ct_mine")]
    assert [one and one.kind for one in found] == [KeyKind.WRITE, KeyKind.SECRET, None]


async def test_two_keys_are_two_sources(living: Living) -> None:
    for name in ("one", "two"):
        await living.engine.keys.create(KeyKind.WRITE, name)
    assert len({key.id for key in living.engine.keys.all()}) == 2
