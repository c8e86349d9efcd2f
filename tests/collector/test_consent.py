"""What requests say of consent: Segment's categories, and the browser's Global Privacy Control."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server import SECRET_KEY, Server, StartServer

PLACE = "context.consent.categoryPreferences"


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Server:
    return start_server()


def told(server: Server, user: str) -> dict[str, Any]:
    """Give the consents of a profile."""
    query = 'query ($id: String!) { profile(by: {identity: {namespace: "user_id", value: $id}}) { attributes } }'
    profile = server.graphql(query, id=user)["profile"]
    return {name: value for name, value in profile["attributes"].items() if name.startswith("consent.")}


def page(user: str, **context: Any) -> dict[str, Any]:
    return {"userId": user, "context": context}


def consent(**purposes: Any) -> dict[str, Any]:
    return {"categoryPreferences": purposes}


def test_categories_are_kept(server: Server) -> None:
    answer = server.post("/v1/page", page("u1", consent=consent(analytics=True, ads=False)))

    assert answer["warnings"] == []
    assert told(server, "u1") == {"consent.analytics": True, "consent.ads": False}


def test_what_a_batch_says_holds_for_each_of_its_events(server: Server) -> None:
    item = {"type": "page", "userId": "u2"}
    server.post("/v1/batch", {"batch": [item], "context": {"consent": consent(analytics=True)}})

    assert told(server, "u2") == {"consent.analytics": True}


@pytest.mark.parametrize(
    ("said", "path", "kept"),
    [
        (consent(ads="yes", analytics=True), f"{PLACE}.ads", {"consent.analytics": True}),
        (consent(ads=None), f"{PLACE}.ads", {}),
        (consent(**{"": True}), PLACE, {}),
        (consent(**{"x" * 101: True}), PLACE, {}),
        ({"categoryPreferences": ["ads"]}, PLACE, {}),
        ("granted", PLACE, {}),
        (
            consent(**{f"p{number}": True for number in range(60)}),
            PLACE,
            {f"consent.p{number}": True for number in range(50)},
        ),
    ],
)
def test_what_is_not_understood_gets_a_warning_and_the_event_is_kept(
    server: Server, said: Any, path: str, kept: dict[str, bool]
) -> None:
    user = f"user {abs(hash(str(said)))}"
    answer = server.post("/v1/page", page(user, consent=said))

    assert (answer["accepted"], [(one["code"], one["path"]) for one in answer["warnings"]]) == (
        1,
        [("consent_not_kept", path)],
    )
    assert told(server, user) == kept


def test_global_privacy_control_says_no_to_sale(server: Server) -> None:
    server.post("/v1/page", page("u3"), Sec_GPC="1")
    server.post("/v1/page", page("u4", consent=consent(sale=True)), Sec_GPC="1")
    server.post("/v1/page", page("u5"), Sec_GPC="0")

    assert [told(server, user) for user in ("u3", "u4", "u5")] == [{"consent.sale": False}, {"consent.sale": True}, {}]


def test_a_servers_own_header_is_not_its_visitors_but_it_may_say_so(server: Server) -> None:
    server.post("/v1/page", page("u6"), Sec_GPC="1", Authorization=f"Bearer {SECRET_KEY}")
    server.post("/v1/page", page("u7", gpc=True), Authorization=f"Bearer {SECRET_KEY}")

    assert [told(server, user) for user in ("u6", "u7")] == [{}, {"consent.sale": False}]
