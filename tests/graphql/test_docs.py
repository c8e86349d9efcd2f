"""The examples of docs/graphql.md run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import graphql_api
from graphql_api.documents import documents
from graphql_api.schema import build_schema
from tests.graphql.asking import Asker, Device

PAGE = (Path(graphql_api.__file__).parent.parent / "docs" / "graphql.md").read_text()


def blocks(language: str) -> list[str]:
    """Give the page's examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("query", [*blocks("graphql"), *re.findall(r"query: '(.*?)'", PAGE)])
def test_queries_fit_the_schema(query: str) -> None:
    assert documents(build_schema()._schema)(query).definitions


def test_the_query_for_pages_answers_a_page(visitor: Device) -> None:
    (query,) = re.findall(r"query: '(.*?)'", PAGE)

    assert visitor.asker.ask(query)["me"]["known"] is False


def test_the_program_for_servers_runs(
    server_key: Asker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROLLCALL_ADDRESS", server_key.address)
    monkeypatch.setenv("ROLLCALL_SECRET_KEY", "sk_test")
    (program,) = blocks("python")

    exec(compile(program, "docs/graphql.md", "exec"), {"__name__": "example"})

    assert "warm_readers" in capsys.readouterr().out


def test_the_writes_about_who_is_who_run_in_their_order(address: str, server_key: Asker) -> None:
    join, part, forget = (query for query in blocks("graphql") if query.startswith("mutation"))
    for email in ("ada@docs.example", "bea@docs.example"):
        Device(address).identifies(email=email)

    joined = server_key.ask(join, kept="ada@docs.example", other="bea@docs.example")["mergeProfiles"]
    parted = server_key.ask(part, namespace="email", value="bea@docs.example")["unlinkIdentity"]
    forgotten = server_key.ask(forget, email="bea@docs.example")["eraseProfile"]

    assert (len(joined["profile"]["mergedFrom"]), len(parted["profiles"])) == (1, 2)
    assert (forgotten["eventsErased"], forgotten["userErrors"]) == (1, [])
