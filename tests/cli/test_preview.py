"""`rollcall preview`: the end of an address that this house has sealed."""

from __future__ import annotations

import time

import pytest

from collector.previews import previewed
from engine.domain.veil import Veil
from engine.errors import Forbidden
from engine.settings import Settings
from engine.storage.key_file import key_file_of
from tests.cli.running import Folder

DAY = 86_400_000


def test_it_prints_what_the_collector_of_this_house_believes_for_so_many_days(shared: Folder) -> None:
    shared.done("keys", "create", "write")
    said = shared.done("preview", "mobile", "!known_users", "--days", "2").strip()
    keys = key_file_of(Settings(database=f"sqlite:///{shared.database}"))
    veil, now = Veil(lambda: keys.derive("what visitors are shown")), int(time.time() * 1_000)

    named, _, seal = said.partition("&rollcall_seal=")

    assert named == "?rollcall_preview=mobile,!known_users"
    assert previewed(veil, seal, now + DAY) == ["mobile", "!known_users"]
    with pytest.raises(Forbidden):
        previewed(veil, seal, now + 3 * DAY)


@pytest.mark.parametrize(
    ("words", "told"),
    [(["!nobody"], "There is no audience nobody."), (["mobile", "--days", "0"], "lasts 1 to 365 days")],
)
def test_it_says_what_is_wrong(shared: Folder, words: list[str], told: str) -> None:
    shared.done("keys", "create", "write")

    ended = shared.run("preview", *words)

    assert ended.code != 0
    assert told in ended.said
