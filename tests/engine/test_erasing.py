"""Erasure on a real database file: nothing of the person is left, others keep what is theirs."""

from __future__ import annotations

from engine.domain.events import Context
from engine.ports import ProfileBy
from tests.engine.living import Living

ADA = "ada.lovelace@example.com"


async def test_nothing_is_left_of_who_is_erased(living: Living) -> None:
    await living.page("ada-device-1")
    await living.identify("ada-device-1", ADA, traits={"nickname": "Zaphod", "plan": "pro"})
    await living.page(
        "bo-device-1",
        properties={"from": ADA.upper()},
        context=Context(url="https://x.example/?m=ada.lovelace%40example.com"),
    )

    erased = await living.engine.privacy.erase(ProfileBy(identity=("email", ADA)))

    assert (erased.events, erased.changed) == (2, 1)
    assert await living.differences() == []
    for name in living.database.parent.iterdir():
        data = name.read_bytes().lower()
        assert [one for one in (b"ada.lovelace", b"ada-device", b"zaphod") if one in data] == [], name
