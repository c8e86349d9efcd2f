"""Ada, who leaves traces wherever one can; Bo, who speaks of her; and a look through all that is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path

from engine.domain.events import Context, Refusal, Trust
from engine.ports import ProfileBy, Submission
from tests.engine.living import DAY, Living, event

ADA, BO = "ada.lovelace@example.com", "bo@example.com"
BY_ADA = ProfileBy(identity=("email", ADA))
HERS = ("ada.lovelace", "ada-phone-0001", "ada-tablet-01", "Zaphod", "customer-4711", "Heart of Gold", "consent.ads")


async def ada_lives(living: Living) -> None:
    """Let Ada leave traces in as many places as there are."""
    await living.page("ada-phone-0001", context=Context(url="https://x.example/ada", topics={"coffee": 1.0}))
    said = {"nickname": "Zaphod", "plan": "pro", f"by.{ADA}": "yes"}
    await living.identify("ada-phone-0001", ADA, traits=said, context=Context(consent={"ads": True}))
    await living.identify("ada-tablet-01", ADA, user_id="customer-4711", traits={"ship": "Heart of Gold"})
    await living.take(
        event("track", living.at, name="Boarded Heart of Gold", user_id="customer-4711", trust=Trust.SERVER)
    )
    body = f'{{"type": "page", "userId": "customer-4711", "properties": {{"email": "{ADA.upper()}"}}}}'
    refusal = Refusal(source="k", received_at=living.at, code="bad", path="properties", message="no", body=body)
    await living.engine.ingest.ingest([Submission((), (refusal,))])
    await living.identify("bo-laptop", BO, user_id="customer-0815")
    await living.identify("ada-phone-0001", ADA, user_id="customer-0815")  # names two people: a conflict
    await living.engine.identities.unlink(("anonymous_id", "ada-tablet-01"))
    await living.engine.identities.merge(BY_ADA, ProfileBy(identity=("anonymous_id", "ada-tablet-01")))
    await living.identify(None, "old@example.com", user_id="customer-4711", trust=Trust.SERVER)
    await living.engine.identities.unlink(("email", "old@example.com"))
    await living.wait(DAY)
    await living.parts.columns.run_once()


async def bo_lives(living: Living) -> None:
    """Let Bo be here too, and speak of Ada."""
    about = {"referred_by": ADA.upper(), "note": f"ask <{ADA}>.", "seller": "customer-4711", "plan": "pro"}
    page = Context(url="https://x.example/?to=ada.lovelace%40example.com&x=1")
    await living.take(event("track", living.at, name="Order", anonymous_id="bo-phone", properties=about, context=page))
    await living.identify("bo-phone", BO, traits={"friend": ADA, "nickname": "Bo"})


def rows(database: Path) -> Iterator[tuple[str, str]]:
    """Give all that stands in every column of every table there is, as text, each with its place."""
    with closing(sqlite3.connect(database)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f"SELECT * FROM {table}"):
                for value in row:
                    yield table, value.decode("latin-1") if isinstance(value, bytes) else str(value)


def places(database: Path, values: Collection[str] = HERS) -> list[tuple[str, str]]:
    """List the tables and the files that hold one of some values, in any case."""
    wanted = [one.lower() for one in values]
    found = {(table, one) for table, text in rows(database) for one in wanted if one in text.lower()}
    for file in database.parent.iterdir():
        data = file.read_bytes().lower()
        found |= {(file.name, one) for one in wanted if one.encode() in data}
    return sorted(found)
