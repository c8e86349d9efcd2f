"""GraphQL over HTTP: methods, media types, sizes, keys and origins."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from graphql_api.request import LARGEST_FOR_VISITORS
from tests.graphql.asking import Asker

GRAPHQL = {"Accept": "application/graphql-response+json"}
QUERY = {"query": "{ __typename }"}
MUTATION = 'mutation { deleteAudience(id: "x") { deletedAudienceId } }'


def code(response: httpx2.Response) -> str:
    """Give the code of the first error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


def test_reads_may_be_get(address: str) -> None:
    response = httpx2.get(f"{address}/graphql", params=QUERY)

    assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})


def test_writes_may_not_be_get(address: str, server_key: Asker) -> None:
    headers = {"Authorization": str(server_key.authorization)}
    response = httpx2.get(f"{address}/graphql", params={"query": MUTATION}, headers=headers)

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_answers_are_private_and_never_stored(address: str) -> None:
    assert httpx2.post(f"{address}/graphql", json=QUERY).headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("query", "expected"),
    [("{ nosuch }", "GRAPHQL_VALIDATION_FAILED"), ("{", "GRAPHQL_PARSE_FAILED"), ("{ node(id: $x) { id } }", None)],
)
@pytest.mark.parametrize(("accept", "status"), [(GRAPHQL, 400), ({}, 200), ({"Accept": "application/json"}, 200)])
def test_what_did_not_run_says_so_by_status_where_the_media_type_can(
    query: str, expected: str | None, accept: dict[str, str], status: int, address: str
) -> None:
    response = httpx2.post(f"{address}/graphql", json={"query": query}, headers=accept)

    assert response.status_code == status
    assert code(response) == (expected or "GRAPHQL_VALIDATION_FAILED")
    assert "data" not in response.json()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"[" * 10_000, "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": []}, 400),
        ({"json": [QUERY, QUERY]}, 400),
        ({"json": {}}, 400),
        ({"json": {"query": 7}}, 400),
        ({"json": {**QUERY, "variables": "x"}}, 400),
        ({"content": b'{"query": "{ __typename }"}', "headers": {"Content-Type": "text/plain"}}, 415),
        ({"data": QUERY}, 415),
        ({"json": {"query": "#" * LARGEST_FOR_VISITORS + "\n{ __typename }"}}, 413),
    ],
    ids=[
        "json",
        "bytes",
        "nested",
        "empty-list",
        "batch",
        "empty",
        "query-type",
        "variables-type",
        "text",
        "form",
        "large",
    ],
)
def test_what_is_not_graphql_is_refused(request_: dict[str, Any], status: int, address: str) -> None:
    response = httpx2.post(f"{address}/graphql", **request_)

    assert (response.status_code, code(response)) == (status, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer sk_unknown"}, 401),
        ({"Authorization": "Basic c2tfdGVzdDo="}, 401),
        ({"Authorization": "Bearer wk_test"}, 403),
        ({"Authorization": "Bearer sk_test", "Origin": "https://shop.example"}, 403),
        ({"Authorization": "Bearer sk_test", "Sec-Fetch-Site": "same-origin"}, 403),
    ],
)
def test_keys_that_may_not_ask_are_refused(headers: dict[str, str], status: int, address: str) -> None:
    assert httpx2.post(f"{address}/graphql", json=QUERY, headers=headers).status_code == status


def test_pages_of_other_origins_may_ask_with_authorization(address: str) -> None:
    preflight = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    asked = httpx2.options(f"{address}/graphql", headers=preflight)
    answered = httpx2.post(f"{address}/graphql", json=QUERY, headers={"Origin": "https://shop.example"})

    assert "authorization" in asked.headers["access-control-allow-headers"].lower()
    assert answered.headers["access-control-allow-origin"] == "*"


def test_a_variable_that_does_not_fit_is_told(address: str, server_key: Asker) -> None:
    answer = server_key.answer("query ($id: ID!) { node(id: $id) { id } }", id=None)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert "data" not in answer
