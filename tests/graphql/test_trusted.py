"""Trusted documents: asked by `documentId`, and, where a site wants that, the only ones that visitors may ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from engine.errors import InvalidValue
from engine.settings import Settings
from graphql_api.allowed import Allowed
from graphql_api.schema import build_schema
from graphql_api.trusted import id_of, trusted_documents
from tests.server import SECRET_KEY, StartServer

TEXT = "query Mine { me { known audienceSlugs } }"
SCHEMA = build_schema()._schema


@pytest.fixture(scope="module")
def strict(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the address of a server where visitors may run trusted documents only."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "mine.graphql").write_text(TEXT)
    return start_server(ROLLCALL_GRAPHQL_DOCUMENTS=str(folder), ROLLCALL_GRAPHQL_VISITORS="documents").address


def ask(address: str, **body: Any) -> httpx2.Response:
    accept = {"Accept": "application/graphql-response+json"}
    return httpx2.post(f"{address}/graphql", json=body, headers=accept)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def test_a_trusted_document_is_asked_by_its_id_or_its_text(strict: str) -> None:
    named = {"documentId": id_of(TEXT)}

    answers = [ask(strict, **named), ask(strict, query=TEXT), httpx2.get(f"{strict}/graphql", params=named)]

    assert [answer.json() for answer in answers] == [{"data": {"me": None}}] * 3


def test_visitors_run_nothing_else_and_servers_anything(strict: str) -> None:
    other = {"query": "{ me { id } }"}
    key = {"Authorization": f"Bearer {SECRET_KEY}"}

    assert refusal(ask(strict, **other)) == (403, "FORBIDDEN")
    assert httpx2.post(f"{strict}/graphql", json=other, headers=key).json() == {"data": {"me": None}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"documentId": "sha256:unknown"}, "PERSISTED_DOCUMENT_NOT_FOUND"),
        ({"documentId": id_of(TEXT), "query": TEXT}, "BAD_REQUEST"),
        ({"documentId": 7}, "BAD_REQUEST"),
        ({}, "BAD_REQUEST"),
    ],
)
def test_what_names_no_document_is_refused(body: dict[str, Any], code: str, strict: str) -> None:
    assert refusal(ask(strict, **body)) == (400, code)


def test_a_json_file_names_its_documents_itself(tmp_path: Path) -> None:
    (tmp_path / "documents.json").write_text(json.dumps({"mine-1": TEXT}))

    assert trusted_documents(str(tmp_path / "documents.json")) == {"mine-1": TEXT, id_of(TEXT): TEXT}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", "[]", "one JSON object"),
        ("a.json", "{", "cannot be read"),
        ("a.json", '{"a": "{ nosuch }"}', "Cannot query field 'nosuch'"),
        ("b.json", "{}", "cannot be read"),
    ],
)
def test_what_cannot_be_trusted_is_told_at_the_start(name: str, text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(InvalidValue, match=told):
        Allowed(SCHEMA, Settings(graphql_documents=str(tmp_path / "a.json")))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(graphql_visitors="documents"), "needs graphql_documents"),
        (Settings(graphql_visitors="some"), "`anything` or `documents`"),
        (Settings(graphql_introspection="all"), "`keys` or `everyone`"),
    ],
)
def test_settings_that_do_not_fit_are_told(settings: Settings, told: str) -> None:
    with pytest.raises(InvalidValue, match=told):
        Allowed(SCHEMA, settings)
