"""The catalog's pages as they are served: what is declared, what is in conflict, who asks about it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from console.attributes import SIZE
from console.types_seen import lost_on_rules
from engine.assembly import Parts, open_parts
from engine.domain.audiences import AudienceDraft
from engine.domain.events import Event
from engine.language.types import Field
from engine.ports import Submission
from engine.seen import AttributeSeen
from engine.settings import DeclaredAttribute, Settings
from engine.values import FieldType, Motion
from tests.console.alone import signed_in

BOOLEAN, NUMBER, SET, STRING = FieldType.BOOLEAN, FieldType.NUMBER, FieldType.SET, FieldType.STRING
TOKEN = "ct_test"
DECLARED = (
    DeclaredAttribute("plan", STRING, "Plan", "What the customer pays for."),
    DeclaredAttribute("a/b?c=d&e..f#g", NUMBER),
)
_NUMBERS = count()


@pytest_asyncio.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    """Open an engine with declared attributes, whose background work nobody drives."""
    settings = Settings(database=f"sqlite:///{tmp_path}/rollcall.db", console_token=TOKEN, attributes=DECLARED)
    async with open_parts(settings) as parts:
        yield parts


@pytest_asyncio.fixture
async def client(parts: Parts) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a signed-in client of the console alone."""
    async with signed_in(parts.engine, TOKEN) as client:
        yield client


async def say(parts: Parts, device: str, **traits: Any) -> None:
    """Let a device tell traits."""
    now = parts.engine.clock.now()
    told = Event(
        type="identify",
        name="identify",
        source="test",
        message_id=f"m{next(_NUMBERS)}",
        occurred_at=now,
        received_at=now,
        anonymous_id=device,
        traits=traits,
    )
    await parts.engine.ingest.ingest([Submission([told])])


async def read(client: httpx2.AsyncClient, path: str, **query: str) -> str:
    """Give what a person reads on a page."""
    answer = await client.get(f"/console/{path}", params=query)
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])).split())


async def test_a_declared_attribute_is_listed_with_its_words_before_anybody_has_it(client: httpx2.AsyncClient) -> None:
    listed = await read(client, "attributes", kind="yours")

    assert "2 attributes" in listed
    assert "Plan plan What the customer pays for. Text Text none has it yet declared" in listed
    assert "Plan What the customer pays for. What it is Name in rules plan Type Text From rollcall.toml" in await read(
        client, "attributes/about", name="plan"
    )


async def test_a_name_of_any_characters_has_its_page(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/console/attributes", params={"q": "a/b"})
    link = unescape(re.findall(r'href="(/console/attributes/about[^"]+)"', answer.text)[0])

    assert f"<code>{DECLARED[1].name.replace('&', '&amp;')}</code>" in (await client.get(link)).text


async def test_a_conflict_is_told_in_figures(parts: Parts, client: httpx2.AsyncClient) -> None:
    for number in range(8):
        await say(parts, f"d{number}", plan=5 if number == 0 else "pro", seats=["one"] if number < 2 else 3)

    listed, plan = (
        await read(client, "attributes", kind="conflict"),
        await read(client, "attributes/about", name="plan"),
    )

    assert "2 attributes" in listed
    assert "Seats seats List, also seen as number" in listed
    assert "12 % of its values are numbers: they count as missing in rules. Its type is text, as declared." in plan
    assert 'Text such as "pro" 7 88 % Number such as 42 counts as missing 1 12 %' in plan
    assert "pro 7 people 5 1 person" in plan
    seats = await read(client, "attributes/about", name="seats")
    assert "75 % of its values are numbers: they count as missing in rules. Its type is list, the widest" in seats


async def test_audiences_that_keep_another_type_are_noted(parts: Parts, client: httpx2.AsyncClient) -> None:
    await say(parts, "d", seats=3)
    for name, rules in (("Big", "seats > 2"), ("Other", "*")):
        await parts.engine.audiences.create(AudienceDraft(name=name, definition=rules))
    assert "Audiences that ask about it Big Building" in await read(client, "attributes/about", name="seats")

    await say(parts, "e", seats="many")

    about = await read(client, "attributes/about", name="seats")
    assert "Big Its rules were saved when the type was number, and still ask for that" in about
    assert "Edit and save them to ask for text." in about


async def test_a_built_in_field_is_found_by_what_other_systems_call_it(client: httpx2.AsyncClient) -> None:
    assert "1 attribute Attribute Type How many Number of visits visit_count" in await read(
        client, "attributes", q="visitct"
    )
    about = await read(client, "attributes/about", name="visitct")
    assert "Name in rules visit_count Other names visitct Type Number From Rollcall works it out" in about


async def test_long_catalogs_are_read_in_parts(parts: Parts, client: httpx2.AsyncClient) -> None:
    for number in range(SIZE + 5):
        await say(parts, "d", **{f"trait_{number:03}": number})

    first, second = [await read(client, "attributes", kind="yours", page=page) for page in ("1", "2")]

    assert "107 attributes" in first
    assert ("trait_097" in first, "trait_098" in first, "More →" in first) == (True, False, True)
    assert ("trait_097" in second, "trait_098" in second, "← Back" in second) == (False, True, True)
    for beyond in ("999999999", "-1", "x"):
        assert "107 attributes" in await read(client, "attributes", kind="yours", page=beyond)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"q": "nothing like it"}, "Nothing that is told of an attribute has “nothing like it” in it."),
        ({"kind": "conflict"}, "The values of each attribute are all of one type."),
        ({"kind": "conflict", "q": "x"}, "Nothing that is told of one of these has “x” in it."),
    ],
)
async def test_an_empty_list_says_why(client: httpx2.AsyncClient, query: dict[str, str], told: str) -> None:
    assert told in await read(client, "attributes", **query)


async def test_what_is_no_attribute_has_no_page(client: httpx2.AsyncClient) -> None:
    for name in ("nobody", ""):
        answer = await client.get("/console/attributes/about", params={"name": name})
        assert answer.status_code == 404
        assert "There is no such attribute." in answer.text


@pytest.mark.parametrize(
    ("types", "told"),
    [
        ({STRING: 5}, ""),
        ({STRING: 5, NUMBER: 0}, ""),
        ({}, ""),
        ({STRING: 88, NUMBER: 12}, "12 % of its values are numbers: they count as missing here."),
        ({NUMBER: 3}, "100 % of its values are numbers: they count as missing here."),
        ({STRING: 999, BOOLEAN: 1}, "under 1 % of its values are yes or no: they count as missing here."),
        (
            {STRING: 80, NUMBER: 5, SET: 15},
            "15 % of its values are lists and 5 % are numbers: they count as missing here.",
        ),
    ],
)
def test_the_share_that_rules_do_not_see_is_told(types: dict[FieldType, int], told: str) -> None:
    one = AttributeSeen(Field("plan", STRING, Motion.STILL, "Plan"), sum(types.values()), types)

    assert lost_on_rules(one) == told
    assert lost_on_rules(None) == ""
