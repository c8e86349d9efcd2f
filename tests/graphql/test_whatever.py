"""Whatever the schema allows is answered: no document that fits it makes the server fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

import graphql_api
from tests.graphql.asking import Asker

TEXTS = ["", "x", "ada@example.org", "\u0000", "known_users", "🦋" * 50, "sha256:", "-1", "EXISTS email"]
schemathesis.graphql.scalar("DateTime", st.just("2026-01-31T12:00:00Z").map(nodes.String))
schemathesis.graphql.scalar("JSON", st.sampled_from(TEXTS).map(nodes.String))

schema = schemathesis.graphql.from_path(Path(graphql_api.__file__).parent / "schema.graphql")


@schema.parametrize()
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_whatever_fits_the_schema_is_answered(case: schemathesis.Case[Any], server_key: Asker) -> None:
    headers = {"Authorization": str(server_key.authorization)}
    answer = case.call(f"{server_key.address}/graphql", headers=headers)

    assert answer.status_code < 500, case.body
    told = answer.json().get("errors", [])
    assert not [error for error in told if error["extensions"]["code"] == "INTERNAL"], case.body
