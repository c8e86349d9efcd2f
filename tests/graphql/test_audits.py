"""What others' programs say of the API: all audits of GraphQL over HTTP pass, and schema linters find nothing."""

from __future__ import annotations

import json
from pathlib import Path

import graphql_api
from tests.graphql.npm import node
from tests.server import StartServer

SCHEMA = Path(graphql_api.__file__).parent / "schema.graphql"


def test_all_audits_of_graphql_over_http_pass(start_server: StartServer) -> None:
    server = start_server(ROLLCALL_GRAPHQL_INTROSPECTION="everyone")  # four audits ask for `__type`

    audits = json.loads(node("audit.js", f"{server.address}/graphql"))

    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61


def test_linters_of_schemas_find_nothing() -> None:
    words = ("node_modules/eslint/bin/eslint.js", "--max-warnings=0", "--stdin", "--stdin-filename=schema.graphql")

    assert node(*words, given=SCHEMA.read_text(), SCHEMA=str(SCHEMA)) == ""
