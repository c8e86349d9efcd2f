"""No N+1: a page of profiles with their audiences takes as many SQL statements for a hundred as for two."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from graphql import ExecutionResult, execute, parse

from engine.domain.keys import Key, KeyKind
from engine.storage.sqlite import READERS
from graphql_api.authorization import Server
from graphql_api.context import Context
from graphql_api.schema import build_schema
from tests.engine.living import Living, event

SCHEMA = build_schema()._schema
KEY = Server(Key("k", KeyKind.SECRET, "a test's", 0))
LISTED = """query ($first: Int) { profiles(first: $first) { totalCount nodes {
  known email audienceSlugs audiences(first: 20) { totalCount nodes { slug } } identities { value }
  scores { name } affinities { topic } attributes } } }"""
MEMBERS = """query ($first: Int) { audience(by: {slug: "known_users"}) { members(first: $first) { nodes {
  email audienceSlugs attributes } } } }"""


async def watched(living: Living) -> list[str]:
    """Give the list into which every statement of every reading connection goes from now on."""
    statements: list[str] = []
    all_here = threading.Barrier(READERS)  # so that each connection's thread takes one

    def watch(connection: Any) -> None:
        all_here.wait(10)
        connection.set_trace_callback(statements.append)

    await asyncio.gather(*(living.house.read(watch) for _ in range(READERS)))
    return statements


async def asked(living: Living, query: str, first: int) -> Any:
    result = execute(SCHEMA, parse(query), context_value=Context(living.engine, KEY), variable_values={"first": first})
    answer = result if isinstance(result, ExecutionResult) else await result
    assert not answer.errors, answer.errors
    return answer.data


@pytest.mark.parametrize("query", [LISTED, MEMBERS], ids=["profiles", "members"])
async def test_a_hundred_profiles_take_as_many_statements_as_two(query: str, tmp_path: Path) -> None:
    async with Living(tmp_path / "rollcall.db") as living:
        await living.walk()
        people = [f"person-{n}@example.org" for n in range(100)]
        await living.take(*(event("identify", living.at, anonymous_id=email, email=email) for email in people))
        statements, counts = await watched(living), []
        for first in (2, 100):
            statements.clear()
            assert str(await asked(living, query, first)).count("@example.org") >= first
            counts.append(len(statements))

    assert counts[0] == counts[1], statements
    assert 0 < counts[1] <= 12, statements
