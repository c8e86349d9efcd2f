"""The master key: one for a house, made once, readable by its owner only, kept apart from the database."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engine.errors import InvalidValue, StorageUnavailable
from engine.settings import Settings
from engine.storage.key_file import KeyFile, key_file_of


def test_it_is_made_when_first_needed_and_for_its_owner_only(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "house.key")
    made_before = file.path.exists()

    file.derive("anything")

    assert not made_before
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file.path]


def test_a_purpose_gives_the_same_secret_ever_after_and_another_purpose_another(tmp_path: Path) -> None:
    path = tmp_path / "house.key"
    first = KeyFile(path).derive("tombstones")

    assert KeyFile(path).derive("tombstones") == first
    assert KeyFile(path).derive("identity key 1") != first
    assert first.hex() not in path.read_text()
    assert len(first) == 32


def test_all_who_begin_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        derived = set(pool.map(lambda _: KeyFile(tmp_path / "house.key").derive("x"), range(64)))

    assert len(derived) == 1


def test_it_lies_beside_the_database_or_where_the_settings_say(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/house.db"

    assert key_file_of(Settings(database=database)).path == tmp_path / "house.db.key"
    assert key_file_of(Settings(database=database, key_file="/keys/mine")).path == Path("/keys/mine")


@pytest.mark.parametrize("held", ["", "abc", "zz" * 32, "00" * 31, "é"])
def test_a_file_that_holds_no_key_is_an_error_and_stays_as_it_is(tmp_path: Path, held: str) -> None:
    path = tmp_path / "house.key"
    path.write_text(held)

    with pytest.raises(InvalidValue, match="is not a key file"):
        KeyFile(path).derive("x")
    assert path.read_text() == held


def test_where_it_cannot_be_made_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="No such file or directory"):
        KeyFile(tmp_path / "nowhere" / "house.key").derive("x")
